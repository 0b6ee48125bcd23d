"""The formats that Checkov writes: which one a file holds, and for those that hold no verdicts to read, the way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanners.sources import checkov_gitlab, checkov_report, checkov_sarif
from scanners.sources.source import SourceError

if TYPE_CHECKING:
    from scanners.sources.source import SourceStack

_SIGNS = {
    "a table of Checkov in Markdown": re.compile(rb"^### .{1,60} Scan Results:\s+```\s+Passed Checks: \d", re.MULTILINE),
    "what Checkov prints on a terminal": re.compile(
        rb"^[^\w\n]{0,20}(?:\w{1,60} scan results:|Passed checks: \d+, Failed checks: \d+|Check: \w+: \")", re.MULTILINE
    ),
    "Checkov's CSV": re.compile(rb"\A(?:Resource,Path,Git Org|Package,Version,Path,Line\(s\)),"),
    "an SPDX document": re.compile(rb"^SPDXVersion: ", re.MULTILINE),
}
_DELIMITER = b"--- OUTPUT DELIMITER ---"
_BEGINNING = 64 * 1024
_WAY_OUT = "; let Checkov write `-o json`, each output into a file of its own with `--output-file-path`"


def read_json(path: str, content: object) -> list[SourceStack] | None:
    """Return the stacks of decoded JSON that Checkov wrote; None where it looks like nothing that Checkov writes.

    Raises `SourceError` for a format that is not read, and for a shape that Checkov does not write.
    """
    if checkov_report.recognises(content):
        return checkov_report.read(path, content)
    if not isinstance(content, dict):
        return None
    if checkov_sarif.recognises(content):
        return checkov_sarif.read(path, content)
    if checkov_gitlab.recognises(content):
        return checkov_gitlab.read(path, content)
    if content.get("bomFormat") == "CycloneDX":
        raise SourceError(f"a CycloneDX document{_WAY_OUT}")
    if _is_baseline(content):
        raise SourceError(f"a baseline of Checkov{_WAY_OUT}")
    return None


def read_text(path: str, data: bytes) -> list[SourceStack] | None:
    """Return the stacks of what is no JSON; None where it looks like nothing that Checkov writes, otherwise as `read_json`."""
    if data[:_BEGINNING].lstrip().startswith(b"<"):
        from scanners.sources import checkov_junit  # noqa: PLC0415  (late: a parser of XML)

        return checkov_junit.read(path, data)
    if _DELIMITER in data:
        raise SourceError(f"several outputs of Checkov in one file{_WAY_OUT}")
    beginning = data[:_BEGINNING]
    for what, sign in _SIGNS.items():
        if sign.search(beginning):
            message = f"{what}{_WAY_OUT}"
            raise SourceError(message)
    return None


def _is_baseline(content: dict[str, object]) -> bool:
    failed = content.get("failed_checks")
    return isinstance(failed, list) and all(isinstance(item, dict) and "findings" in item for item in failed)
