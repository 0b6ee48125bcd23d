"""Where a result stands: its file in the repository, and a link to the line."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from scanners.report import CheckovFinding
from scanners.sources.program_file import program_file

if TYPE_CHECKING:
    from scanners.report import Result, Run

_URN = "urn:pulumi:"


def repository_path(run: Run, found: Result | CheckovFinding) -> str:
    """Return the file of a result, relative to the repository, with `/` between its parts; empty where there is none.

    It is never absolute and never leads out of the repository, also where a stored report was changed by hand.
    """
    file = program_file(found.location.file) if found.location else ""
    directory = run.project_dirs.get(_project(found), run.project_dirs.get("", ""))
    return program_file(f"{directory}/{file}" if directory else file) if file else ""


def source_link(run: Run, found: Result | CheckovFinding) -> str:
    """Return the address of a result's line, by http or https and percent-encoded; empty where none is known."""
    file, template = repository_path(run, found), run.source_url
    if not file or not found.location or not template.startswith(("https://", "http://")):
        return ""
    line = max(found.location.line, 1)
    return template.replace("{line}", str(line)).replace("{file}", quote(file, errors="replace"))


def _project(found: Result | CheckovFinding) -> str:
    """Return the name of the Pulumi project; of what Checkov read itself the framework, as in URNs made of it."""
    if found.urn.startswith(_URN):
        return found.urn.split("::", 2)[1] if "::" in found.urn else ""
    return found.framework if isinstance(found, CheckovFinding) else ""
