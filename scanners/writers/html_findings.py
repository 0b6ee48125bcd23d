"""The findings of the HTML report: the worst of them, by rule, with what a reader filters by."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from policies.rule import Severity
from scanners import pulumi_source
from scanners.report import CheckovFinding, Result
from scanners.writers.place import repository_path, source_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scanners.report import FixPatch, Report, RuleNote, Run

MOST_LISTED = 5_000
"""Findings with their details; a browser stays quick with so many, and the page below 5 MB."""

OUTCOMES = ("failed", "broken", "undecided", "exempt", "passed")
"""In the order in which they are listed."""

SEVERITIES = tuple(severity.value for severity in sorted(Severity, key=lambda item: -item.rank))

_RANK = {
    (status, name): place * 10 + below for place, status in enumerate(OUTCOMES) for below, name in enumerate((*SEVERITIES, ""))
}
_EXEMPT_FOR = timedelta(days=90)
_SERVICE = re.compile(r"[\w-]+:(\w+)")
_PLAIN = re.compile(
    r"(?!(?:true|false|null|yes|no|on|off|[yn])$)[a-z][\w./$@+=-]*(?:::?[\w./$@+=-]+)*", re.ASCII | re.IGNORECASE
)
"""What YAML reads as a text without quotes."""

_UNSAFE_IN_ID = re.compile(r"[^\w-]", re.ASCII)


class Fixed(NamedTuple):
    """A fix as code. `number` counts the fixes of a rule from 1."""

    number: int
    python: str
    yaml: str
    replaces: bool


class Row(NamedTuple):
    """A finding as the page shows it. `facets` are the places of its values in the filters, from 1."""

    id: str
    item: Result | CheckovFinding
    stack: str
    facets: str
    name: str
    type: str
    urn: str
    message: str
    place: str
    href: str
    fix: int
    exemption: str
    framework: str


class Group(NamedTuple):
    """The findings of a rule, or of a check of Checkov where `rule` is None. `counts` are over all, listed or not."""

    anchor: str
    id: str
    title: str
    severity: str
    category: str
    rule: RuleNote | None
    first: Result | CheckovFinding
    is_checkov: bool
    counts: Mapping[str, int]
    rows: list[Row]
    fixes: list[Fixed]


class Findings(NamedTuple):
    """What is listed of a report, and what is counted on the way.

    `listed` and `found` count findings by outcome: on the page, and in the report. `by_stack` counts violations by severity in
    each stack. `filters` has the values of each filter in the order of `Row.facets`, with how many rows have them.
    """

    groups: list[Group]
    listed: Counter[str]
    found: Counter[str]
    by_stack: dict[str, Counter[str]]
    filters: dict[str, dict[str, int]]


def findings(report: Report) -> Findings:
    """Return the worst `MOST_LISTED` findings of a report, rules and Checkov's; all are looked at once."""
    worst = _Worst()
    found: Counter[str] = Counter()
    by_stack: dict[str, Counter[str]] = {stack_of(source.stack, source.project): Counter() for source in report.sources}
    for items in (report.results, report.checkov_findings):
        for item in items:
            found[item.status] += 1
            if item.status == "failed":
                by_stack.setdefault(_stack(item), Counter())[item.severity or "none"] += 1
            worst.add(item)
    kept = worst.kept()
    by_stack.pop("", None)
    filters = _filters(kept)
    return Findings(
        _groups(report, kept, filters),
        Counter(item.status for item in kept),
        found,
        dict(sorted(by_stack.items(), key=lambda entry: ([-entry[1][word] for word in (*SEVERITIES, "none")], entry[0]))),
        filters,
    )


def stack_of(stack: str, project: str) -> str:
    """Return how the page names a stack: names of stacks alone, such as `dev`, are those of many projects."""
    return f"{project}/{stack}" if project else stack


class _Worst:
    """Keeps the worst of what it is given: no more at a time than are listed."""

    def __init__(self) -> None:
        self._by_rank: dict[int, list[Result | CheckovFinding]] = defaultdict(list)
        self._count = 0

    def add(self, item: Result | CheckovFinding) -> None:
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

    def kept(self) -> list[Result | CheckovFinding]:
        """Return them, worst first."""
        return [item for rank in sorted(self._by_rank) for item in self._by_rank[rank]]


def _stack(item: Result | CheckovFinding) -> str:
    parts = item.urn.split("::", 2) if item.urn.startswith("urn:") else []
    return stack_of(item.stack, parts[1] if len(parts) > 1 else "")


def _service(item: Result | CheckovFinding) -> str:
    type_ = (
        item.type if isinstance(item, Result) else item.urn.split("::")[2].split("$")[-1] if item.urn.count("::") > 2 else ""
    )
    found = _SERVICE.match(type_)
    return found[1] if found else ""


def _owner(item: Result | CheckovFinding) -> str:
    return item.owner if isinstance(item, Result) else ""


_KNOWN = {None: "", True: "known", False: "new"}
_FACETS = {
    "outcome": lambda item: item.status,
    "stack": _stack,
    "service": _service,
    "owner": _owner,
    "known": lambda item: _KNOWN[item.known],
}


def _filters(kept: list[Result | CheckovFinding]) -> dict[str, dict[str, int]]:
    filters: dict[str, dict[str, int]] = {}
    for name, facet in _FACETS.items():
        counted = Counter(map(facet, kept))
        counted.pop("", None)
        order = OUTCOMES if name == "outcome" else sorted(counted)
        filters[name] = {value: counted[value] for value in order if counted[value]}
    return filters


def _groups(report: Report, kept: list[Result | CheckovFinding], filters: dict[str, dict[str, int]]) -> list[Group]:
    rules = {rule.id: rule for rule in report.rules}
    places = {name: {value: place for place, value in enumerate(values, 1)} for name, values in filters.items()}
    gathered: dict[tuple[bool, str], list[Result | CheckovFinding]] = defaultdict(list)
    for item in kept:
        gathered[isinstance(item, Result), item.rule if isinstance(item, Result) else item.check].append(item)
    checkov: dict[str, Counter[str]] = defaultdict(Counter)
    for finding in report.checkov_findings:
        checkov[finding.check][finding.status] += 1
    page = _Page(report.run, places)
    groups = [
        page.group(name, items, rules.get(name) if is_rule else None, checkov[name])
        for (is_rule, name), items in gathered.items()
    ]
    return sorted(groups, key=_worst_group_first)


def _worst_group_first(group: Group) -> tuple[bool, int, int, str]:
    worst = _rank(group.rows[0].item.status, group.severity)
    return group.is_checkov, worst, -group.counts["failed"], group.id


def _rank(status: str, severity: str) -> int:
    """Return the place among the worst; a severity that is none of ours, or none at all, comes after the others."""
    return _RANK.get((status, severity), _RANK[status, ""])


class _Page:
    """Makes rows: ids are given once on a page."""

    def __init__(self, run: Run, places: dict[str, dict[str, int]]) -> None:
        self._run = run
        self._places = places
        self._taken: Counter[str] = Counter()
        self._expires = _later(run.judged_on)

    def group(self, id_: str, items: list[Result | CheckovFinding], rule: RuleNote | None, counted: Counter[str]) -> Group:
        first = items[0]
        fixes = _Fixes()
        rows = [self._row(item, fixes) for item in sorted(items, key=lambda item: (OUTCOMES.index(item.status), _stack(item)))]
        return Group(
            self._anchor("rule", id_),
            id_,
            rule.title if rule else getattr(first, "title", ""),
            rule.severity if rule else first.severity,
            rule.category if rule else "",
            rule,
            first,
            isinstance(first, CheckovFinding),
            _counts(rule, items) if isinstance(first, Result) else counted,
            rows,
            fixes.made,
        )

    def _anchor(self, kind: str, name: str) -> str:
        anchor = f"{kind}-{_UNSAFE_IN_ID.sub('-', name[:80])}"
        self._taken[anchor] += 1
        return anchor if self._taken[anchor] == 1 else f"{anchor}.{self._taken[anchor]}"

    def _row(self, item: Result | CheckovFinding, fixes: _Fixes) -> Row:
        facets = (self._places[name].get(facet(item), 0) for name, facet in _FACETS.items())
        is_result = isinstance(item, Result)
        urn = item.urn or ("" if is_result else item.resource)
        can_be_exempt = item.status in ("failed", "undecided")
        return Row(
            self._anchor("f", item.fingerprint[:12]),
            item,
            _stack(item),
            " ".join(map(str, facets)),
            item.name if is_result else item.resource,
            item.type if is_result else "",
            urn,
            item.message if is_result else item.reason,
            _place(self._run, item),
            source_link(self._run, item),
            fixes.number(item.type, item.fix) if is_result and item.fix else 0,
            self._exemption(item.rule if is_result else item.check, urn, _owner(item)) if can_be_exempt else "",
            "" if is_result else item.framework,
        )

    def _exemption(self, rule: str, urn: str, owner: str) -> str:
        """Return an exemption as the configuration takes it; it is refused until a reason is filled in."""
        return (
            f"exemptions:\n  - rule: {_quoted(rule)}\n    resource: {_quoted(urn)}\n"
            f"    reason:\n    owner: {_quoted(owner)}\n    expires: {self._expires}"
        ).replace(": \n", ":\n")


def _counts(rule: RuleNote | None, items: Iterable[Result | CheckovFinding]) -> Mapping[str, int]:
    if rule is None:
        return Counter(item.status for item in items)
    return {status: getattr(rule.counts, status) for status in OUTCOMES}


class _Fixes:
    """The fixes of a rule as code: one that mends many resources is written once."""

    def __init__(self) -> None:
        self.made: list[Fixed] = []
        self._numbers: dict[str, int] = {}

    def number(self, type_: str, fix: FixPatch) -> int:
        key = f"{fix.set!r} {fix.replaces}"
        if key not in self._numbers:
            self._numbers[key] = len(self.made) + 1
            try:
                python, yaml = pulumi_source.python_arguments(type_, fix.set), pulumi_source.yaml_properties(type_, fix.set)
            except RecursionError:  # a report that was read back may nest without end: the remedy is told all the same
                python = yaml = "# nested too deep to be written"
            self.made.append(Fixed(len(self.made) + 1, python, yaml, fix.replaces))
        return self._numbers[key]


def _later(day: str) -> str:
    """Return the day on which an exemption made now might end; nothing where a report that was read back holds no date."""
    try:
        return (date.fromisoformat(day) + _EXEMPT_FOR).isoformat()
    except (ValueError, OverflowError):
        return ""


def _place(run: Run, item: Result | CheckovFinding) -> str:
    file = repository_path(run, item)
    return f"{file}:{item.location.line}" if file and item.location else ""


def _quoted(text: str) -> str:
    if not text or _PLAIN.fullmatch(text):
        return text
    from yaml import safe_dump  # noqa: PLC0415  (late: few names need it)

    return str(safe_dump(text, default_style='"', allow_unicode=True, width=10 * len(text) + 80)).strip()
