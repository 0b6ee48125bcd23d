"""The active rules of each resource type, ready to be run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.evaluate import items_of, judge_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policies.evaluate import Finding, Judge
    from policies.resource import Resource
    from policies.settings import ActiveRule, Settings
    from policies.stack import Stack


class _Group(NamedTuple):
    """Rules with the same `each`, and what judges a resource by each of them."""

    each: Callable[[Resource], Iterable[object]] | None
    rules: tuple[tuple[ActiveRule, Judge], ...]


class Dispatch:
    """The active rules by resource type. Those of a type are made ready, and so imported, when it is first met."""

    def __init__(self, settings: Settings) -> None:
        """Take the active rules."""
        self._active = settings.by_type()
        self._groups: dict[str, tuple[_Group, ...]] = {}

    def __contains__(self, type_: object) -> bool:
        """Say whether a rule looks at a type."""
        return type_ in self._active

    def __bool__(self) -> bool:
        """Say whether there is any rule."""
        return bool(self._active)

    def of(self, type_: str) -> tuple[ActiveRule, ...]:
        """Return the rules that look at a type."""
        return self._active.get(type_, ())

    def judge(
        self, resource: Resource, stack: Stack | None, *, passes: bool = False
    ) -> Iterator[tuple[ActiveRule, list[Finding]]]:
        """Yield the rules that a resource does not pass, and what they find; with `passes` the others too.

        Rules with the same `each` share its items: where there are none, none of them is run.
        """
        for each, rules in self._groups.get(resource.type) or self._ready(resource.type):
            items = None
            if each is not None:
                items = items_of(each, resource)
                if not items.found and not items.stop and not passes:
                    continue
            for active, judge in rules:
                findings = judge(resource, stack, items)
                if findings or passes:
                    yield active, findings

    def _ready(self, type_: str) -> tuple[_Group, ...]:
        by_each: dict[object, list[tuple[ActiveRule, Judge]]] = {}
        for active in self.of(type_):
            by_each.setdefault(active.rule.each, []).append((active, judge_of(active.rule, active.parameters)))
        self._groups[type_] = tuple(_Group(each, tuple(rules)) for each, rules in by_each.items())  # type: ignore[arg-type]
        return self._groups[type_]
