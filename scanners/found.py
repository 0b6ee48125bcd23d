"""What a report holds to be listed, whoever found it: results of rules, then what only Checkov finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from scanners.report import CheckovFinding, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Hop, Report

Found: TypeAlias = Result | CheckovFinding

STATUSES = ("failed", "broken", "undecided", "exempt", "passed")
"""What can come of a rule, the worst first."""
SEVERITIES = ("critical", "high", "medium", "low")
BASELINE = {None: "", True: "known", False: "new"}
"""What is said for `known`."""


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


def subject_of(found: Found) -> str:
    """Return the URN of the resource, or Checkov's name of what has none."""
    return found.urn if isinstance(found, Result) else found.urn or found.resource


def name_of(found: Found) -> str:
    """Return the name of the resource, or Checkov's of it."""
    return found.name if isinstance(found, Result) else found.resource


def path_of(found: Found) -> str:
    """Return the property path; Checkov names none."""
    return found.path if isinstance(found, Result) else ""


def type_of(found: Found) -> str:
    """Return the Pulumi type of the resource; of what only Checkov finds the one in its URN, or nothing."""
    return found.type if isinstance(found, Result) else qualified_type(found.urn).rpartition("$")[2]


def qualified_type(urn: str) -> str:
    """Return the type in a URN after those of its parents, as in `my:component:Site$aws:s3/bucket:Bucket`; or nothing."""
    parts = urn.split("::", 3)
    return parts[2] if len(parts) > 3 else ""  # noqa: PLR2004  (stack, project, types, name)


def said_of(found: Found) -> str:
    """Return what was found; of a check of Checkov its title."""
    return found.message if isinstance(found, Result) else found.title or found.check


def message_of(found: Found) -> str:
    """Return what was found, with the property where the message does not name it; of a check of Checkov its title."""
    if not isinstance(found, Result):
        return said_of(found)
    return f"{found.message} (at {found.path})".lstrip() if found.path and found.path not in found.message else found.message


def chain_words(chain: list[Hop]) -> str:
    """Return a chain of principals in one line; nothing for an empty one."""
    return "; ".join(f"{hop.actor} gains {hop.target} by {hop.way}{f' ({hop.at})' if hop.at else ''}" for hop in chain)


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` characters; one that is cut ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
