"""What the HTML report says in short: the verdict in words, counts, why something is undecided, who exempts what."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from policies.rule import Level, Severity
from scanners import gate
from scanners.found import name_of, rule_of
from scanners.sources.source import CHANGES

if TYPE_CHECKING:
    from scanners.found import Found
    from scanners.report import ExemptionNote, Report
    from scanners.writers.html_findings import Findings, Group

MOST_REASONS = 200
"""Rows of the table of what is undecided."""

_TITLES = {gate.PASSED: "Passed", gate.FAILED: "Failed", gate.INCOMPLETE: "Incomplete"}


class Verdict(NamedTuple):
    """The gate in words: a word for it, what came out, what would have blocked."""

    word: str
    title: str
    told: str
    rule: str


class Reason(NamedTuple):
    """Why results are undecided, how many, and of which resources."""

    group: Group
    message: str
    results: int
    resources: list[str]


class Blocking(NamedTuple):
    """What of a rule blocks: how many violations, and in which stacks, most of them first."""

    group: Group
    violations: int
    stacks: list[str]


class Exempt(NamedTuple):
    """An exemption as results carry it, with the rules and resources that it is for."""

    note: ExemptionNote
    rules: list[str]
    resources: list[str]
    results: int


def verdict(report: Report) -> Verdict:
    """Return the gate of a report in words."""
    return Verdict(report.gate.verdict, _TITLES.get(report.gate.verdict, report.gate.verdict), _told(report), _blocking(report))


def _told(report: Report) -> str:
    summary = report.summary
    unread = sum(bool(source.error) for source in report.sources)
    if report.gate.verdict == gate.INCOMPLETE:
        causes = [_count(unread, "source", "could not be read whole")] if unread else []
        causes += [f"a rule crashed {_count(summary.broken, 'time')}"] if summary.broken else []
        cause = " and ".join(causes) or "Something gave no answer"
        return f"{cause[0].upper()}{cause[1:]}: what follows is not all there is, and nothing was let through."
    blocking = gate.blocking_in(summary, report.baseline, report.gate.fail_on, new_only=report.gate.new_only)
    new = "new " if report.gate.new_only and report.baseline else ""
    if report.gate.verdict == gate.FAILED:
        return f"{_count(blocking, f'{new}violation', 'blocks' if blocking == 1 else 'block')}."
    failed = summary.failed + (summary.checkov.failed if summary.checkov else 0)
    if not failed and not summary.resources:
        return "No resource was there to be judged."
    if not failed:
        return "No violation was found." + _open(report)
    return f"{_count(failed, 'violation')}, none of which blocks.{_open(report)}"


def _open(report: Report) -> str:
    """Return what a pass does not say: what is undecided is not passed."""
    count = report.summary.undecided + (report.summary.checkov.unknown if report.summary.checkov else 0)
    return f" {_count(count, 'question')} {'is' if count == 1 else 'are'} undecided." if count else ""


def _count(number: int, what: str, done: str = "") -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'} {done}".rstrip()


def _blocking(report: Report) -> str:
    fail_on, new = report.gate.fail_on, "new " if report.gate.new_only else ""
    if fail_on == gate.NEVER:
        return "Nothing blocks: --fail-on never."
    kind = f"of a rule at level {fail_on}" if fail_on in tuple(Level) else f"of severity {fail_on}"
    above = "" if fail_on in (Level.MANDATORY, Severity.CRITICAL) else " or above"
    return f"The gate blocks a {new}violation {kind}{above}: --fail-on {fail_on}{' --new-only' if new else ''}."


def blocking(found: Findings) -> list[Blocking]:
    """Return the rules that block, the worst first as at the findings."""
    listed = [(group, found.blocking[group.id]) for group in found.groups if group.id in found.blocking]
    return [Blocking(group, stacks.total(), [stack for stack, _ in stacks.most_common()]) for group, stacks in listed]


def reasons(found: Findings) -> list[Reason]:
    """Return why listed results are undecided, the commonest reason first."""
    gathered: dict[tuple[str, str], list[str]] = defaultdict(list)
    groups = {group.anchor: group for group in found.groups}
    for group in found.groups:
        for row in group.rows:
            if row.item.status == "undecided":
                gathered[group.anchor, row.message or "Checkov gives no answer"].append(row.name)
    listed = [Reason(groups[anchor], message, len(names), names) for (anchor, message), names in gathered.items()]
    return sorted(listed, key=lambda reason: -reason.results)


def exempt(found: Findings) -> list[Exempt]:
    """Return what exempts listed results, with the rules and the resources."""
    gathered: dict[tuple[str, ...], tuple[ExemptionNote, list[Found]]] = {}
    for group in found.groups:
        for row in group.rows:
            note = row.item.exemption
            if row.item.status == "exempt" and note:
                key = note.source, note.reason, note.owner, note.expires
                gathered.setdefault(key, (note, []))[1].append(row.item)
    return [_exempt(*gathered[key]) for key in sorted(gathered)]


def _exempt(note: ExemptionNote, items: list[Found]) -> Exempt:
    return Exempt(note, sorted(set(map(rule_of, items))), sorted({name_of(item) for item in items}), len(items))


def left_out(report: Report, found: Findings) -> dict[str, tuple[int, int]]:
    """Return the outcomes of which not all stand on the page: how many do, and how many there are."""
    summary, checkov = report.summary, report.summary.checkov
    counts = Counter({word: getattr(summary, word) for word in ("failed", "broken", "undecided", "exempt", "passed")})
    if checkov:
        counts.update(failed=checkov.failed, exempt=checkov.exempt, undecided=checkov.unknown)
    return {word: (found.listed[word], count) for word, count in counts.items() if found.listed[word] < count}


def not_asked(report: Report, found: Findings) -> bool:
    """Say whether the report lists fewer results than it counts."""
    return any(found.found[word] < count for word, (_, count) in left_out(report, found).items())


def shows_changes_only(report: Report) -> list[str]:
    """Return the previews that leave out what stays the same."""
    return [source.path for source in report.sources if source.kind == CHANGES]
