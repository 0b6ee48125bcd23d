"""The report as GitLab reads code quality: a list of violations.

What is exempt, undecided or broken has no place in it. Source: "Code Quality report format",
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanners.writers.gitlab import array, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Report
    from scanners.writers.gitlab import Violation

_SEVERITIES = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor"}
_NO_SEVERITY = "info"


def write(report: Report) -> Iterator[str]:
    """Yield the report as JSON, without a byte order mark, which GitLab does not take."""
    yield from array(map(_issue, violations(report)))
    yield "\n"


def _issue(violation: Violation) -> dict[str, Any]:
    about = violation.message or violation.title
    return {
        "description": f"{violation.resource}: {about}" + ("" if violation.line else " (its line is not known)"),
        "check_name": violation.rule,
        "fingerprint": violation.found.fingerprint,
        "severity": _SEVERITIES.get(violation.severity, _NO_SEVERITY),
        "location": {"path": violation.file, "lines": {"begin": violation.line or 1}},
    }
