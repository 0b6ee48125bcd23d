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
_ROOT = r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w.~-]+){2,}"
_COMMIT = r"[0-9a-f]{40}([0-9a-f]{24})?"
_SERVICES = (
    (("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"), "GITHUB_SHA", "{root}/blob/{sha}/{{file}}#L{{line}}"),
    (("CI_PROJECT_URL",), "CI_COMMIT_SHA", "{root}/-/blob/{sha}/{{file}}#L{{line}}"),
    (("BITBUCKET_GIT_HTTP_ORIGIN",), "BITBUCKET_COMMIT", "{root}/src/{sha}/{{file}}#lines-{{line}}"),
)
"""The variables of a CI service that tell the repository's address, joined by `/`, and the commit; the address of a line.

Sources: "Default environment variables" of GitHub's docs, "Predefined CI/CD variables" of GitLab's, "Variables and
secrets" of Bitbucket's.
"""


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
    if not is_source_url(template):
        raise ValueError(
            f"{template[:100]!r} is no address by http or https with {{file}} and {{line}} in it, such as "
            "https://github.com/acme/shop/blob/main/{file}#L{line}"
        )
    return template


def is_source_url(template: str) -> bool:
    """Say whether a text is a template of links."""
    return len(template) <= _LONGEST and "{file}" in template and re.fullmatch(_TEMPLATE, template, re.ASCII) is not None


def source_url_of_ci(environment: Mapping[str, str]) -> str:
    """Return the template that a CI service's variables tell, or an empty text: for GitHub Actions, GitLab and Bitbucket.

    What is not as the service documents it is not used.
    """
    for names, commit, template in _SERVICES:
        root, sha = "/".join(environment.get(name, "") for name in names), environment.get(commit, "")
        if re.fullmatch(_ROOT, root, re.ASCII) and re.fullmatch(_COMMIT, sha):
            return template.format(root=root, sha=sha)
    return ""
