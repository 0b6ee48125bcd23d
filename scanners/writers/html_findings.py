"""The findings of the HTML report: the worst of them, by rule, with what a reader filters by."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from policies.rule import Level
from scanners.found import SEVERITIES, STATUSES, everything, rule_of
from scanners.gate import FAIL_ON, is_blocking
from scanners.report import CheckovFinding, Result
from scanners.writers.html_rows import FACETS, Anchors, Rows, stack_name, stack_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scanners.found import Found
    from scanners.report import Gate, Report, RuleNote
    from scanners.writers.html_rows import Fixed, Row

MOST_LISTED = 5_000
"""Findings with their details; a browser stays quick with so many, and the page below 5 MB."""

_RANK = {
    (status, name): place * 10 + below
    for place, status in enumerate(STATUSES)
    for below, name in enumerate((*SEVERITIES, ""))
}  # fmt: skip
_LAST = 10 * len(STATUSES)
_LEVELS = frozenset(Level) - {Level.DISABLED}


class Group(NamedTuple):
    """The findings of a rule, or of a check of Checkov that no rule answers; `rule` is None for it.

    `counts` are over all findings, listed or not; `first` is one of them.
    """

    anchor: str
    id: str
    title: str
    severity: str
    category: str
    rule: RuleNote | None
    first: Found
    is_checkov: bool
    counts: Mapping[str, int]
    rows: list[Row]
    fixes: list[Fixed]


class Findings(NamedTuple):
    """What is listed of a report, and what is counted on the way.

    `listed` and `found` count findings by outcome: on the page, and in the report. `by_stack` counts violations by severity in
    each stack, the worst first. `blocking` counts what makes the gate fail, by rule or check and then by stack. `filters` has
    the values of each filter in the order of `FACETS`, with how many rows have them.
    """

    groups: list[Group]
    listed: Counter[str]
    found: Counter[str]
    by_stack: dict[str, Counter[str]]
    blocking: dict[str, Counter[str]]
    filters: dict[str, dict[str, int]]


def findings(report: Report) -> Findings:
    """Return the worst `MOST_LISTED` findings of a report, rules and Checkov's; all are looked at once."""
    worst = _Worst()
    found: Counter[str] = Counter()
    blocking: dict[str, Counter[str]] = defaultdict(Counter)
    by_stack: dict[str, Counter[str]] = {stack_name(source.stack, source.project): Counter() for source in report.sources}
    for item in everything(report):
        found[item.status] += 1
        if item.status == "failed":
            stack = stack_of(item)
            by_stack.setdefault(stack, Counter())[item.severity or "none"] += 1
            if _is_blocking(report.gate, item):
                blocking[rule_of(item)][stack] += 1
        worst.add(item)
    kept = worst.kept()
    by_stack.pop("", None)
    filters = _filters(kept)
    return Findings(
        _groups(report, kept, filters),
        Counter(item.status for item in kept),
        found,
        dict(sorted(by_stack.items(), key=lambda entry: ([-entry[1][word] for word in (*SEVERITIES, "none")], entry[0]))),
        blocking,
        filters,
    )


def _is_blocking(gate: Gate, item: Found) -> bool:
    """Say whether a violation makes the gate fail; levels and severities of a report that was read back may be any."""
    if gate.new_only and item.known:
        return False
    return _blocks(item.level, item.severity, gate.fail_on)


@lru_cache(64)
def _blocks(level: str, severity: str, fail_on: str) -> bool:
    return level in _LEVELS and fail_on in FAIL_ON and is_blocking(level, severity, fail_on)


class _Worst:
    """Keeps the worst of what it is given: no more at a time than are listed."""

    def __init__(self) -> None:
        self._by_rank: dict[int, list[Found]] = defaultdict(list)
        self._count = 0

    def add(self, item: Found) -> None:
        rank = _rank(item.status, item.severity)
        if self._count >= MOST_LISTED:
            last = max(self._by_rank)
            if rank >= last:
                return
            self._by_rank[last].pop()
            if not self._by_rank[last]:
                del self._by_rank[last]
        else:
            self._count += 1
        self._by_rank[rank].append(item)

    def kept(self) -> list[Found]:
        """Return them, worst first."""
        return [item for rank in sorted(self._by_rank) for item in self._by_rank[rank]]


def _rank(status: str, severity: str) -> int:
    """Return the place among the worst; a severity that is none of ours, or none at all, comes after the others."""
    return _RANK.get((status, severity), _RANK.get((status, ""), _LAST))


def _filters(kept: list[Found]) -> dict[str, dict[str, int]]:
    filters: dict[str, dict[str, int]] = {}
    for name, facet in FACETS.items():
        counted = Counter(map(facet, kept))
        counted.pop("", None)
        order = STATUSES if name == "outcome" else sorted(counted)
        filters[name] = {value: counted[value] for value in order if counted[value]}
    return filters


def _groups(report: Report, kept: list[Found], filters: dict[str, dict[str, int]]) -> list[Group]:
    rules = {rule.id: rule for rule in report.rules}
    places = {name: {value: place for place, value in enumerate(values, 1)} for name, values in filters.items()}
    anchors = Anchors()
    checkov: dict[str, Counter[str]] = defaultdict(Counter)
    for finding in report.checkov_findings:
        checkov[finding.check][finding.status] += 1
    by_rule: dict[str, list[Found]] = defaultdict(list)
    by_check: dict[str, list[Found]] = defaultdict(list)
    for item in kept:
        if isinstance(item, Result):
            by_rule[item.rule].append(item)
        else:
            by_check[item.check].append(item)
    groups = [
        _group(id_, items, rules.get(id_), None, Rows(report.run, places, anchors), anchors) for id_, items in by_rule.items()
    ]
    groups += [
        _group(id_, items, None, checkov[id_], Rows(report.run, places, anchors), anchors) for id_, items in by_check.items()
    ]
    return sorted(groups, key=_worst_group_first)


def _worst_group_first(group: Group) -> tuple[bool, int, int, str]:
    worst = _rank(group.rows[0].item.status, group.severity)
    return group.is_checkov, worst, -group.counts["failed"], group.id


def _group(  # noqa: PLR0913, PLR0917  (a rule or a check, and where its rows come from)
    id_: str, items: list[Found], rule: RuleNote | None, counted: Counter[str] | None, rows: Rows, anchors: Anchors
) -> Group:
    first = items[0]
    is_checkov = isinstance(first, CheckovFinding)
    return Group(
        anchors.new("rule", id_),
        id_,
        rule.title if rule else first.title if isinstance(first, CheckovFinding) else "",
        rule.severity if rule else first.severity,
        rule.category if rule else "checkov" if is_checkov else "",
        rule,
        first,
        is_checkov,
        {word: getattr(rule.counts, word) for word in STATUSES} if rule else counted or Counter(item.status for item in items),
        [rows.row(item) for item in sorted(items, key=lambda item: (_rank(item.status, "") // 10, stack_of(item), item.urn))],
        rows.fixes,
    )
