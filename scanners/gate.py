"""The gate: whether what was found lets a change through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.rule import Level, Severity
from scanners.report import Gate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scanners.report import BaselineNote, Summary

PASSED, FAILED, INCOMPLETE = "passed", "failed", "incomplete"
NEVER = "never"
FAIL_ON = (NEVER, Level.ADVISORY.value, Level.MANDATORY.value, *(severity.value for severity in Severity))
"""What `fail_on` may be: the lowest level or severity that blocks."""

_BLOCKING = {Level.ADVISORY: 0, Level.MANDATORY: 1, Level.REMEDIATE: 1}


def decide(summary: Summary, baseline: BaselineNote | None, fail_on: str, *, new_only: bool) -> Gate:
    """Return the gate for what was counted; with `new_only` for what the baseline does not know."""
    if not summary.complete:
        return Gate(fail_on, new_only, INCOMPLETE)
    return Gate(fail_on, new_only, FAILED if blocking_in(summary, baseline, fail_on, new_only=new_only) else PASSED)


def blocking_in(summary: Summary, baseline: BaselineNote | None, fail_on: str, *, new_only: bool) -> int:
    """Return how many violations block; with `new_only` only those that the baseline does not know."""
    if baseline and new_only:
        return blocking(baseline.new_by_level, baseline.new_by_severity, fail_on)
    counted = (summary, summary.checkov) if summary.checkov else (summary,)
    return sum(blocking(item.failed_by_level, item.failed_by_severity, fail_on) for item in counted)


def is_blocking(level: str, severity: str, fail_on: str) -> bool:
    """Say whether one violation makes the gate fail."""
    return blocking({level: 1}, {severity: 1}, fail_on) > 0


def blocking(by_level: Mapping[str, int], by_severity: Mapping[str, int], fail_on: str) -> int:
    """Return how many of the violations that are counted are at or above `fail_on`."""
    if fail_on == NEVER:
        return 0
    if fail_on in (Level.ADVISORY, Level.MANDATORY):
        lowest = _BLOCKING[Level(fail_on)]
        return sum(by_level.get(level, 0) for level, rank in _BLOCKING.items() if rank >= lowest)
    lowest = Severity(fail_on).rank
    return sum(by_severity.get(severity, 0) for severity in Severity if severity.rank >= lowest)
