"""What a report holds to be listed, whoever found it: results of rules, then what only Checkov finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from scanners.report import CheckovFinding, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Report

Found: TypeAlias = Result | CheckovFinding

STATUSES = ("failed", "broken", "undecided", "exempt", "passed")
"""What can come of a rule, the worst first."""
SEVERITIES = ("critical", "high", "medium", "low")


def everything(report: Report) -> Iterator[Found]:
    """Yield what is listed, in the order of the report."""
    yield from report.results
    yield from report.checkov_findings


def count(report: Report) -> int:
    """Return how much is listed."""
    return len(report.results) + len(report.checkov_findings)


def rank(found: Found) -> tuple[int, bool, int]:
    """Return what sorts the worst first, and of the same status what a baseline knows last."""
    severity = SEVERITIES.index(found.severity) if found.severity in SEVERITIES else len(SEVERITIES)
    return STATUSES.index(found.status), bool(found.known), severity


def cut(text: str, most: int) -> str:
    """Return a text of at most about `most` characters; one that is cut says how much is missing."""
    return text if len(text) <= most else f"{text[:most]} (and {len(text) - most} more characters)"


def rule_of(found: Found) -> str:
    """Return the id of the rule, or that of Checkov's check."""
    return found.rule if isinstance(found, Result) else found.check
