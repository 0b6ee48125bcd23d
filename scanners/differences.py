"""What a change adds to the violations of stacks, and what it mends: two sides, compared result by result.

The JSON is a `Difference`; docs/diff.schema.json has all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct

from policies.rule import Severity
from policies.stack import names_in
from scanners.found import path_of, rule_of, subject_of
from scanners.identity import canonical, shared_path
from scanners.judged import names_of, numbered
from scanners.report import CheckovFinding, Place, Result, Tool
from scanners.sources.checkov_stack import KIND as CHECKOV
from scanners.sources.source import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scanners.judged import Judged

VERSION = 1
"""Raised when a reader of older differences could misread a newer one."""

KINDS = ("added", "undecided", "unjudged", "exempted", "fixed", "unchanged")
_RANK = {severity.value: severity.rank for severity in Severity}


def _nowhere(_urn: str) -> bool:
    return False


class Change(Struct):
    """What became of one rule on one resource.

    `change` is `added` (fails now, and did not), `fixed` (failed, and does not), `unchanged` (fails in both), `undecided` (was
    decided, and is not), `unjudged` (failed, and is not judged now) or `exempted` (failed, and is exempt now).
    `before` and `after` are outcomes: failed, undecided, exempt, broken or passed; `absent` where there is no such resource,
    `unjudged` where the rule was not asked or the resource is not shown, `unknown` where a report does not tell whether
    the resource is there. `urn` is today's, or Checkov's name of what has none; `urn_before` is the one of the old side where
    that is another. `rule` may be a check of Checkov.
    """

    change: str
    rule: str
    urn: str
    urn_before: str
    stack: str
    path: str
    severity: str
    level: str
    before: str
    after: str
    message: str
    location: Place | None


class Side(Struct):
    """One side: the argument, and the stacks in it as project/stack. `errors` say why it is not complete."""

    source: str
    stacks: list[str]
    errors: list[str]


class Difference(Struct):
    """All of a comparison. `complete` is false where a side has errors; `notes` are what a reader must know.

    `counts` are those of `changes` by their `change`. `verdict` is that of a gate: `passed`, `failed` or `incomplete`;
    what was added decides, from the level or severity `fail_on` up.
    """

    version: int
    tool: Tool
    complete: bool
    old: Side
    new: Side
    notes: list[str]
    fail_on: str
    verdict: str
    counts: dict[str, int]
    changes: list[Change]


class _Item(NamedTuple):
    """A result of one side: rule, names (today's first), path and order identify it."""

    said: Result | CheckovFinding
    rule: str
    names: tuple[str, ...]
    path: str
    order: int

    def key(self, name: str) -> tuple[str, str, str, int]:
        return self.rule, name, self.path, self.order


class _Side:
    """What one side says of its resources, each by the names that the two sides share."""

    def __init__(self, judged: Sequence[Judged], *, without_stack: bool) -> None:
        """Take what was judged; `without_stack` leaves stack and project out of the names."""
        self._name = local if without_stack else canonical
        self.items = [self._item(said, order) for one in judged for said, order in numbered(one.report)]
        self._rules = {rule.id for one in judged for rule in one.report.rules}
        self._has_checkov = any(one.report.summary.checkov for one in judged)
        sources = [source for one in judged for source in one.report.sources]
        self._kinds = {("", "") if without_stack else (source.stack, source.project): source.kind for source in sources}
        told = [one.names for one in judged if one.names is not None]
        self._tells_all = len(told) == len(judged) and CHECKOV not in self._kinds.values()
        self._resources = {self._name(urn) for urns in told for urn in urns}
        self._resources.update(name for item in self.items for name in item.names)
        self._said: dict[tuple[str, str], set[str]] = {}
        for item in self.items:
            for name in item.names:
                self._said.setdefault((item.rule, name), set()).add(item.said.status)

    def _item(self, said: Result | CheckovFinding, order: int) -> _Item:
        names = tuple(dict.fromkeys(map(self._name, names_of(said, _nowhere).all)))
        return _Item(said, rule_of(said), names, shared_path(subject_of(said), path_of(said)), order)

    def of(self, status: str) -> list[_Item]:
        """Return the results with a status."""
        return [item for item in self.items if item.said.status == status]

    def has(self, name: str) -> bool:
        """Say whether a resource of this side has a name, or had it."""
        return name in self._resources

    def outcome(self, item: _Item) -> str:
        """Return what this side says where the other has a result that it does not share; the words are those of `Change`."""
        statuses = set().union(*(self._said.get((item.rule, name), set()) for name in item.names))
        for status in ("undecided", "broken", "exempt"):
            if status in statuses:
                return status
        asked = self._has_checkov if isinstance(item.said, CheckovFinding) else item.rule in self._rules
        if not asked:
            return "unjudged"
        if not self._resources.isdisjoint(item.names):
            return "passed"
        kind = self._kinds.get(names_in(item.names[0]) if item.names[0].startswith(_URN) else ("", ""))
        if kind in {None, CHANGES}:
            return "unjudged"
        return "absent" if self._tells_all else "unknown"


_URN = "urn:pulumi:"


def local(urn: str) -> str:
    """Return a URN without its stack and project, with the current names of types; any other text as it is."""
    return canonical(urn).split("::", 2)[-1] if urn.startswith(_URN) else urn


def stacks_of(judged: Iterable[Judged]) -> set[tuple[str, str]]:
    """Return the stacks (name, project) of what was judged."""
    return {(source.stack, source.project) for one in judged for source in one.report.sources if source.stack}


def compare(old: Sequence[Judged], new: Sequence[Judged], *, without_stack: bool) -> list[Change]:
    """Return what became of the violations of two sides, the weightiest first.

    A result is the same where rule, property path and order are, and the URN of one side is the URN or an alias of the other.
    """
    before, after = _Side(old, without_stack=without_stack), _Side(new, without_stack=without_stack)
    changes: list[Change] = []
    for is_one, was in _paired(before, after, "failed"):
        if is_one and was:
            changes.append(_change("unchanged", is_one, was, "failed", "failed"))
        elif is_one:
            changes.append(_change("added", is_one, None, before.outcome(is_one), "failed"))
        elif was:
            outcome = after.outcome(was)
            changes.append(_change(_BECAME.get(outcome, "fixed"), was, None, "failed", outcome))
    changes += _undecided(before, after)
    return sorted(changes, key=_weight)


_BECAME = {"undecided": "undecided", "broken": "unjudged", "unjudged": "unjudged", "exempt": "exempted"}


def _undecided(before: _Side, after: _Side) -> Iterator[Change]:
    """Yield what is undecided and was not; what failed before is told as such."""
    failed = {(item.rule, name) for item in before.of("failed") for name in item.names}
    for is_one, was in _paired(before, after, "undecided"):
        if is_one and not was and not any((is_one.rule, name) in failed for name in is_one.names):
            yield _change("undecided", is_one, None, before.outcome(is_one), "undecided")


def _paired(before: _Side, after: _Side, status: str) -> Iterator[tuple[_Item | None, _Item | None]]:
    """Yield each result of the new side with the same one of the old side, then those of the old side that are left.

    Who has the URN today comes before who had it once, on either side, and before who has the same id in the cloud.
    """
    left = {item.key(item.names[0]): item for item in before.of(status)}
    found = [(item, left.pop(item.key(item.names[0]), None)) for item in after.of(status)]
    once = {item.key(name): item for item in left.values() for name in item.names[1:]}
    for item, was in found:
        match = was
        if match is None:
            keys = [item.key(name) for name in item.names]
            candidates = [*(left.get(key) for key in keys), *(once.get(key) for key in keys)]
            match = next(
                (one for one in candidates if one and one.key(one.names[0]) in left and _was(one, item, before, after)), None
            )
            if match:
                del left[match.key(match.names[0])]
        yield item, match
    for item in left.values():
        yield None, item


def _was(old: _Item, new: _Item, before: _Side, after: _Side) -> bool:
    """Say whether two results may be on one resource: by an alias, or by the id where neither URN is on the other side.

    Resources of two regions may have the same id.
    """
    if old.names[0] in new.names or new.names[0] in old.names:
        return True
    return not (after.has(old.names[0]) or before.has(new.names[0]))


def _change(change: str, item: _Item, was: _Item | None, before: str, after: str) -> Change:
    said = item.said
    urn = subject_of(said)
    urn_before = subject_of(was.said) if was and was.names[0] != item.names[0] else ""
    message = said.message if isinstance(said, Result) else said.title
    facts = (said.stack, path_of(said), said.severity, said.level, before, after, message, said.location)
    return Change(change, item.rule, urn, urn_before, *facts)


def _weight(change: Change) -> tuple[int, int, str, str, str, str]:
    severity = -_RANK.get(change.severity, -1)
    return KINDS.index(change.change), severity, change.urn, change.rule, change.path, change.message


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the JSON."""
    return msgspec.json.schema(Difference)
