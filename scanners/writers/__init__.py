"""Report -> text: one format a module, each with `write(report)`, which yields the text in parts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Report

WRITERS = {
    "text": "scanners.writers.text",
    "json": "scanners.writers.json_report",
    "sarif": "scanners.writers.sarif",
    "junit": "scanners.writers.junit",
    "gitlab-codequality": "scanners.writers.gitlab_code_quality",
    "gitlab-sast": "scanners.writers.gitlab_sast",
    "csv": "scanners.writers.csv_report",
    "jsonl": "scanners.writers.json_lines",
    "github": "scanners.writers.github_annotations",
    "markdown": "scanners.writers.markdown",
    "html": "scanners.writers.html_report",
    "ocsf": "scanners.writers.ocsf",
    "asff": "scanners.writers.asff",
    "oscal": "scanners.writers.oscal",
}
"""Format name to the module that writes it; a module is imported when its format is asked for."""

WITH_TAGS = frozenset({"json", "html"})
"""Formats that tell which resources carry which tags: only for them are those read that no rule looks at."""

BRIEF = frozenset({"text", "github"})
"""Formats that need no more of a result than `Asked.brief` leaves in it."""


def write(report: Report, format_: str) -> Iterator[str]:
    """Yield a report in a format of `WRITERS`, ending in a line break: a large one never stands in memory."""
    parts: Iterator[str] = import_module(WRITERS[format_]).write(report)
    return parts
