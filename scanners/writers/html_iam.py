"""What the HTML report says of IAM: chains by which principals gain more rights, and what outsiders reach."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from policies.rule import ANY_ACCOUNT, ANYONE
from scanners.found import SEVERITIES
from scanners.writers.chain_drawing import Drawing, drawing
from scanners.writers.html_rows import stack_of

if TYPE_CHECKING:
    from scanners.report import Report, Result
    from scanners.writers.html_findings import Findings

T = TypeVar("T")

MOST_CHAINS, MOST_EXPOSED = 60, 200
_ADMINISTRATOR = "iam-principal-cannot-become-administrator"
_CHAIN_RULES = frozenset({
    _ADMINISTRATOR, "iam-principal-grants-reach-no-unknown-targets", "iam-principal-gains-no-further-rights",
    "iam-principal-opens-no-keys",
})  # fmt: skip
_WIDEST = {ANYONE: 0, "a caller without credentials": 0, ANY_ACCOUNT: 1, "any AWS service": 1}


class Link(NamedTuple):
    """A result, its stack as the page names it, and the anchor of its finding, or of its rule where it is not listed."""

    result: Result
    stack: str
    anchor: str


class Chain(NamedTuple):
    """A chain as it is drawn. `number` counts them on the page; `becomes` is what comes of it, as the message says."""

    number: int
    link: Link
    becomes: str
    drawing: Drawing


class Iam(NamedTuple):
    """What the page shows. Of chains and exposures the worst are there; `cut_...` are left out.

    `asked` says whether rules looked for chains; `undecided` is how many answers they do not know, `not_listed` how many
    violations the report does not list.
    """

    asked: bool
    chains: list[tuple[str, list[Chain]]]
    found: int
    administrators: int
    cut_chains: int
    undecided: int
    not_listed: int
    exposed: list[Link]
    cut_exposed: int


def data(report: Report, found: Findings) -> Iam | None:
    """Return what `iam.html` shows of a report as `iam`; None where there is nothing, then the part is left out."""
    chains: _Worst[Result] = _Worst(MOST_CHAINS)
    exposed: _Worst[Result] = _Worst(MOST_EXPOSED)
    administrators = 0
    for result in report.results:
        if result.chain:
            chains.add(_worst_chain(result), result)
            administrators += result.rule == _ADMINISTRATOR
        if result.exposed_to:
            exposed.add(_widest(result), result)
    rules = [rule for rule in report.rules if rule.id in _CHAIN_RULES]
    if not (rules or chains.count or exposed.count):
        return None
    anchors = _Anchors(found)
    return Iam(
        bool(rules),
        _by_stack([anchors.link(result) for result in chains.kept()]),
        chains.count,
        administrators,
        chains.count - len(chains.kept()),
        sum(rule.counts.undecided for rule in rules),
        max(sum(rule.counts.failed + rule.counts.exempt for rule in rules) - chains.count, 0),
        [anchors.link(result) for result in exposed.kept()],
        exposed.count - len(exposed.kept()),
    )


def _by_stack(links: list[Link]) -> list[tuple[str, list[Chain]]]:
    """Return the chains of each stack; the stack with the worst one first."""
    first = {link.stack: place for place, link in reversed(list(enumerate(links)))}
    ordered = enumerate(sorted(links, key=lambda link: first[link.stack]), 1)
    chains = (_chain(number, link) for number, link in ordered)
    return [(stack, list(some)) for stack, some in groupby(chains, key=lambda chain: chain.link.stack)]


def _chain(number: int, link: Link) -> Chain:
    end = "administrator" if link.result.rule == _ADMINISTRATOR else ""
    return Chain(number, link, link.result.message.partition(":")[0], drawing(link.result.chain, end))


def _worst_chain(result: Result) -> tuple[object, ...]:
    return _severity(result), result.rule != _ADMINISTRATOR, len(result.chain), result.stack, result.urn, result.rule


def _widest(result: Result) -> tuple[object, ...]:
    return _WIDEST.get(result.exposed_to, len(_WIDEST)), _severity(result), result.stack, result.urn, result.rule, result.path


def _severity(result: Result) -> tuple[bool, int]:
    rank = SEVERITIES.index(result.severity) if result.severity in SEVERITIES else len(SEVERITIES)
    return result.status != "failed", rank


class _Worst(Generic[T]):
    """Counts what it is given and keeps the worst, with the smallest keys: never many more than are asked for."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most
        self._held: list[tuple[tuple[object, ...], int, T]] = []

    def add(self, key: tuple[object, ...], item: T) -> None:
        self.count += 1
        self._held.append((key, self.count, item))
        if len(self._held) > 2 * self._most:
            self._cut()

    def _cut(self) -> None:
        self._held.sort()
        del self._held[self._most :]

    def kept(self) -> list[T]:
        self._cut()
        return [item for _, _, item in self._held]


class _Anchors:
    """Where on the page the finding of a result stands."""

    def __init__(self, found: Findings) -> None:
        groups = [group for group in found.groups if not group.is_checkov]
        self._rules = {group.id: group.anchor for group in groups}
        self._rows = {(group.id, row.item.urn, row.item.fingerprint): row.id for group in groups for row in group.rows}

    def link(self, result: Result) -> Link:
        anchor = self._rows.get((result.rule, result.urn, result.fingerprint)) or self._rules.get(result.rule, "findings")
        return Link(result, stack_of(result), anchor)
