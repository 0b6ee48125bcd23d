"""Where a result stands: its file in the repository, and a link to the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec.structs import replace

from scanners.report import CheckovFinding, Place
from scanners.repository import is_source_url
from scanners.sources.program_file import program_file

if TYPE_CHECKING:
    from scanners.report import Result, Run

_REVISION = re.compile(r"(?P<root>https?://[\w.~:/-]+?)(/-)?/(blob|src)/(?P<commit>[0-9a-f]{40,64})/\{file\}#.*", re.ASCII)
_URN = "urn:pulumi:"
_READ_BY_CHECKOV = "urn:pulumi:checkov::"  # a resource that was rebuilt from what Checkov read: its project is the framework
PROJECT_FILE = "Pulumi.yaml"


def repository_path(run: Run, found: Result | CheckovFinding) -> str:
    """Return the file of a result, relative to the repository, with `/` between its parts; empty where there is none.

    It is never absolute and never leads out of the repository, also where a stored report was changed by hand. The directory
    of the Pulumi project is not that of code which Checkov read: only one that was named for its framework is.
    """
    file = program_file(found.location.file) if found.location else ""
    default = "" if _is_checkovs(found) else run.project_dirs.get("", "")
    directory = run.project_dirs.get(_project(found), default)
    return program_file(f"{directory}/{file}" if directory else file) if file else ""


def anchor(run: Run, found: Result | CheckovFinding) -> tuple[str, int | None]:
    """Return the file and the line to show a result at, for formats that show nothing without a file.

    Where the line of the program is not known, that is the project's own file, and no line.
    """
    if found.location and (file := repository_path(run, found)):
        return file, max(found.location.line, 1)
    return repository_path(run, replace(found, location=Place(PROJECT_FILE, 1))) or PROJECT_FILE, None


def source_link(run: Run, found: Result | CheckovFinding) -> str:
    """Return the address of a result's line, by http or https and percent-encoded; empty where none is known.

    Code that Checkov read may be in another repository than the program: it has a link only where its directory was named.
    """
    file, template = repository_path(run, found), run.source_url
    if _is_checkovs(found) and _project(found) not in run.project_dirs:
        return ""
    if not file or not found.location or not is_source_url(template):
        return ""
    line = max(found.location.line, 1)
    return template.replace("{line}", str(line)).replace("{file}", quote(file, errors="replace"))


def revision(run: Run) -> tuple[str, str]:
    """Return the address of the repository and the commit that links lead to, as CI services tell them; or empty texts."""
    match = _REVISION.fullmatch(run.source_url)
    return (match["root"], match["commit"]) if match else ("", "")


def _is_checkovs(found: Result | CheckovFinding) -> bool:
    """Say whether the location is in code that Checkov read, not in a Pulumi program."""
    return found.urn.startswith(_READ_BY_CHECKOV) or not found.urn.startswith(_URN)


def _project(found: Result | CheckovFinding) -> str:
    """Return the name of the Pulumi project; of what Checkov read itself the framework, as in URNs made of it."""
    if found.urn.startswith(_URN):
        return found.urn.split("::", 2)[1] if "::" in found.urn else ""
    return found.framework if isinstance(found, CheckovFinding) else ""
