"""Actions of statements as sets: a bit for each action of AWS, for each further one that a policy names, and for the rest.

The last bit stands for actions that nobody knows yet: only `*` and `NotAction` reach them, so they stay larger than any list.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.languages import compiled, matches
from policies.iam_catalogue.actions import universe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.iam_analysis.languages import Budget
    from policies.iam_analysis.model import Patterns

_WILDCARD = re.compile(r"[*?]+")


def names(patterns: Patterns, action: str) -> bool:
    """Say whether patterns name an action, which AWS need not have."""
    return patterns.negated != any(matches(compiled(text.lower()), action.lower()) for text in patterns.items)


UNKNOWN_ACTION = "unknown:action"
"""Stands in witnesses for an action that AWS may add."""


class _Named(NamedTuple):
    """What some texts name: documented actions, names that AWS does not document, and the texts by service (`*` for any)."""

    known: int
    further: tuple[str, ...]
    by_service: dict[str, list[str]]


@lru_cache(maxsize=4_096)
def _named(items: tuple[str, ...]) -> _Named:
    known = universe()
    found = 0
    further: dict[str, None] = {}
    by_service: dict[str, list[str]] = {}
    for item in items:
        text = item.lower()
        mask = known.mask(text)
        found |= mask
        service = text.partition(":")[0]
        by_service.setdefault("*" if "*" in service or "?" in service else service, []).append(text)
        if not mask and "*" not in text and "?" not in text:
            further[text] = None
    return _Named(found, tuple(further), by_service)


@lru_cache(maxsize=4_096)
def _effort(text: str) -> int:
    """Return the steps that it takes to find the actions that a pattern names: it is compared with all of its prefix."""
    wildcard = _WILDCARD.search(text)
    if wildcard is None or (text.endswith("*") and wildcard.end() == len(text)):
        return 1
    first, end = universe().span(text[: wildcard.start()])
    return 1 + (end - first) * (1 + len(text) // 64) // 12


class ActionSets:
    """Sets of actions for some statements that are looked at together."""

    __slots__ = ("_all", "_by_service", "_further", "_known", "_other")

    def __init__(self, named: Sequence[Patterns], budget: Budget) -> None:
        """Take the actions of all statements: those that AWS does not have get a bit too."""
        self._known = universe()
        first = len(self._known.names)
        budget.take(2 * sum(1 + len(patterns.items) for patterns in named))
        for text in {item for patterns in named for item in patterns.items}:
            budget.take(_effort(text))
        self._further = tuple(dict.fromkeys(name for patterns in named for name in _named(patterns.items).further))
        self._by_service: dict[str, list[tuple[str, int]]] = {}
        for place, name in enumerate(self._further, first):
            self._by_service.setdefault(name.partition(":")[0], []).append((name, 1 << place))
        self._other = 1 << first + len(self._further)
        self._all = (self._other << 1) - 1

    def mask(self, patterns: Patterns, budget: Budget) -> int:
        """Return the set that the patterns name."""
        if "*" in patterns.items:
            return 0 if patterns.negated else self._all
        named = _named(patterns.items)
        found = named.known
        for service, pairs in self._by_service.items():
            texts = (*named.by_service.get(service, ()), *named.by_service.get("*", ()))
            budget.take(len(texts) * len(pairs))
            for text in texts:
                pattern = compiled(text)
                found |= sum(bit for name, bit in pairs if matches(pattern, name))
        return self._all & ~found if patterns.negated else found

    def example(self, actions: int) -> str:
        """Return the name of one action of a set, as AWS spells it; one that is known if there is one."""
        known = actions & ((1 << len(self._known.names)) - 1)
        if known:
            return self._known.spelled(self._known.names[(known & -known).bit_length() - 1])
        for index, name in enumerate(self._further):
            if actions >> len(self._known.names) + index & 1:
                return name
        return UNKNOWN_ACTION

    def summary(self, actions: int, limit: int = 8) -> list[str]:
        """Return few patterns that stand for a set; of what goes past the limit, the last one says how much it is.

        A set of nearly all is told by what is left out: "* except iam:*".
        """
        if actions == self._all:
            return ["*"]
        first = len(self._known.names)
        further = [name for index, name in enumerate(self._further) if actions >> first + index & 1]
        known = actions & ((1 << first) - 1)
        if actions & self._other and known:
            left_out = self._known.summary(self._known.every & ~known, limit)
            return [f"* except {', '.join(left_out)}", *further[:limit]]
        told = self._known.summary(known, limit) if known else []
        return [*told, *further[: max(limit - len(told), 1)]]
