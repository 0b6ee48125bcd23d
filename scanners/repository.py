"""Where the user's program stands in its repository, and where people read it there: from options and the CI's environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanners.sources.program_file import program_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST = 2_000
_PROJECT = r"[A-Za-z0-9_.-]{1,100}"
_TEMPLATE = r"https?://[A-Za-z0-9.-]+(:\d{1,5})?/(?:[\w.~!$&'()*+,;=:@/?#%-]|\{file\}|\{line\})*"
_SERVER = r"https?://[A-Za-z0-9.-]+(:\d{1,5})?"
_PATH = r"(/[\w.~-]+)+"
_COMMIT = r"[0-9a-f]{40}([0-9a-f]{24})?"


def project_dirs(given: Iterable[str]) -> dict[str, str]:
    """Return the directory of each Pulumi project in the repository, by its name; under an empty name that of all others.

    `given` has texts such as `infra` and `shop=services/shop/infra`. Raises `ValueError` for what is no directory
    inside a repository, or is given twice.
    """
    found: dict[str, str] = {}
    for text in given:
        project, separator, directory = text.partition("=")
        if not separator or not re.fullmatch(_PROJECT, project):
            project, directory = "", text
        if project in found:
            raise ValueError(f"the directory of {f'project {project}' if project else 'all projects'} is given twice")
        plain = "" if directory in {".", "./"} else program_file(directory.rstrip("/") or directory)
        if not plain and directory not in {".", "./"}:
            raise ValueError(f"{text[:100]!r} is no directory inside the repository, such as infra or shop=services/shop")
        found[project] = plain
    return found


def source_url(template: str) -> str:
    """Return a template of links to a line of a file, as it was given.

    Raises `ValueError` for what is no address by http or https with `{file}` after its host, or has other braces.
    """
    if len(template) > _LONGEST or "{file}" not in template or not re.fullmatch(_TEMPLATE, template, re.ASCII):
        raise ValueError(
            f"{template[:100]!r} is no address by http or https with {{file}} and {{line}} in it, such as "
            "https://github.com/acme/shop/blob/main/{file}#L{line}"
        )
    return template


def source_url_of_ci(environment: Mapping[str, str]) -> str:
    """Return the template that a CI service's variables tell, or an empty text: for GitHub Actions, GitLab and Bitbucket.

    What is not as the service documents it is not used. Sources: "Default environment variables" of GitHub's docs,
    "Predefined CI/CD variables" of GitLab's, "Variables and secrets" of Bitbucket's.
    """
    get = environment.get
    for root, path, commit, template in (
        (
            get("GITHUB_SERVER_URL"),
            f"/{get('GITHUB_REPOSITORY')}",
            get("GITHUB_SHA"),
            "{root}/blob/{commit}/{{file}}#L{{line}}",
        ),
        (get("CI_PROJECT_URL"), "", get("CI_COMMIT_SHA"), "{root}/-/blob/{commit}/{{file}}#L{{line}}"),
        (
            get("BITBUCKET_GIT_HTTP_ORIGIN"),
            "",
            get("BITBUCKET_COMMIT"),
            "{root}/src/{commit}/{{file}}#lines-{{line}}",
        ),
    ):
        whole = f"{root}{path}"
        if root and commit and re.fullmatch(_SERVER + _PATH, whole, re.ASCII) and re.fullmatch(_COMMIT, commit):
            return template.format(root=whole, commit=commit)
    return ""
