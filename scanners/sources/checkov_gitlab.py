"""Read what `checkov -o gitlab_sast` writes: what failed, with its file and line, without its resource and its code."""

from __future__ import annotations

from scanners.sources.checkov_record import Record, clean, file_of, line_of, members, severity_of
from scanners.sources.checkov_stack import stack_of
from scanners.sources.source import SourceError, SourceStack, named

_SCANNER = "checkov"
_NO_CODE = (
    "a GitLab report holds what failed, without code, so no rule judged anything; `checkov -o json` shows the code. "
    "Checkov's findings are kept"
)


def recognises(content: object) -> bool:
    """Say whether decoded JSON is a security report in GitLab's format, of whatever tool."""
    return (
        isinstance(content, dict) and isinstance(content.get("vulnerabilities"), list) and isinstance(content.get("scan"), dict)
    )


def read(path: str, content: dict[str, object]) -> list[SourceStack]:
    """Return a stack without resources, for no code is shown; raises `SourceError` where the report is another tool's."""
    scan = members(content["scan"])
    scanner = members(scan.get("scanner")) or members(scan.get("analyzer"))
    if scanner.get("id") != _SCANNER:
        message = f"a GitLab report of {clean(scanner.get('name')) or 'an unnamed tool'}, not of Checkov"
        raise SourceError(message)
    vulnerabilities = content["vulnerabilities"]
    items = vulnerabilities if isinstance(vulnerabilities, list) else []
    found = [_record(members(item)) for item in items]
    others = [f"vulnerabilities[{index}]" for index, record in enumerate(found) if record is None]
    notes = [_NO_CODE]
    if others:
        notes.append(f"not a finding of Checkov, for its identifier is missing: {named(others)}")
    return [stack_of(path, "", [record for record in found if record], notes)]


def _record(item: dict[str, object]) -> Record | None:
    identifiers = item.get("identifiers")
    given = [members(identifier) for identifier in identifiers] if isinstance(identifiers, list) else []
    check = next(filter(None, (clean(identifier.get("value")) for identifier in given)), "")
    if not check:
        return None
    location = members(item.get("location"))
    severity = severity_of(item.get("severity"))
    return Record(
        check=check,
        verdict="failed",
        title=clean(item.get("name")),
        address="",
        file=file_of(location.get("file")),
        line=line_of(location.get("start_line")),
        severity="" if severity == "info" else severity,  # GitLab's name for none
    )
