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
    if baseline and new_only:
        blocked = blocks(baseline.new_by_level, baseline.new_by_severity, fail_on)
    else:
        checkov = summary.checkov
        blocked = blocks(summary.failed_by_level, summary.failed_by_severity, fail_on) or (
            checkov is not None and blocks(checkov.failed_by_level, checkov.failed_by_severity, fail_on)
        )
    return Gate(fail_on, new_only, FAILED if blocked else PASSED)


def is_blocking(level: str, severity: str, fail_on: str) -> bool:
    """Say whether one violation makes the gate fail."""
    return blocks({level: 1}, {severity: 1}, fail_on)


def blocks(by_level: Mapping[str, int], by_severity: Mapping[str, int], fail_on: str) -> bool:
    """Say whether something of what is counted is at or above `fail_on`."""
    if fail_on == NEVER:
        return False
    if fail_on in (Level.ADVISORY, Level.MANDATORY):
        lowest = _BLOCKING[Level(fail_on)]
        return any(count and _BLOCKING[Level(level)] >= lowest for level, count in by_level.items())
    lowest = Severity(fail_on).rank
    return any(by_severity.get(severity.value) for severity in Severity if severity.rank >= lowest)
