"""Actions of statements as sets: a bit for each action of AWS, for each further one that a policy names, and for the rest.

The last bit stands for actions that nobody knows yet: only `*` and `NotAction` reach them, so they stay larger than any list.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from policies.iam_analysis.languages import compiled, matches
from policies.iam_catalogue.actions import Level, universe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.iam_analysis.languages import Budget
    from policies.iam_analysis.model import Patterns

_WILDCARD = re.compile(r"[*?]+")


def names(patterns: Patterns, action: str) -> bool:
    """Say whether patterns name an action, which AWS need not have."""
    name = action.lower()
    texts = _by_service(patterns.items)
    able = (*texts.get(name.partition(":")[0], ()), *texts.get("*", ()))
    return patterns.negated != any(matches(compiled(text), name) for text in able)


UNKNOWN_ACTION = "unknown:action"
"""Stands in witnesses for an action that AWS may add."""


@lru_cache(maxsize=4_096)
def _named(items: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """Return the documented actions that some texts name, and the names that AWS does not document."""
    mask = universe().mask
    found = 0
    further: dict[str, None] = {}
    for item in items:
        own = mask(item)
        found |= own
        if not own and "*" not in item and "?" not in item:
            further[item.lower()] = None
    return found, tuple(further)


@lru_cache(maxsize=4_096)
def _by_service(items: tuple[str, ...]) -> dict[str, list[str]]:
    """Return texts by the service that they name, `*` for any."""
    found: dict[str, list[str]] = {}
    for item in items:
        text = item.lower()
        service = text.partition(":")[0]
        found.setdefault("*" if "*" in service or "?" in service else service, []).append(text)
    return found


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
        budget.take(sum(1 + len(patterns.items) for patterns in named))
        for text in {item for patterns in named for item in patterns.items}:
            budget.take(_effort(text))
        self._further = tuple(dict.fromkeys(name for patterns in named for name in _named(patterns.items)[1]))
        self._by_service: dict[str, list[tuple[str, int]]] = {}
        for place, name in enumerate(self._further, first):
            self._by_service.setdefault(name.partition(":")[0], []).append((name, 1 << place))
        self._other = 1 << first + len(self._further)
        self._all = (self._other << 1) - 1

    def mask(self, patterns: Patterns, budget: Budget) -> int:
        """Return the set that the patterns name."""
        if "*" in patterns.items:
            return 0 if patterns.negated else self._all
        found = _named(patterns.items)[0]
        texts_of = _by_service(patterns.items) if self._by_service else {}
        for service, pairs in self._by_service.items():
            texts = (*texts_of.get(service, ()), *texts_of.get("*", ()))
            budget.take(len(texts) * len(pairs))
            for text in texts:
                pattern = compiled(text)
                found |= sum(bit for name, bit in pairs if matches(pattern, name))
        return self._all & ~found if patterns.negated else found

    def example(self, actions: int) -> str:
        """Return the name of one action of a set, as AWS spells it; one that is known if there is one."""
        known = actions & self._known.every
        if known & (known - 1):  # of several, one that changes what others may do says most
            changing = known & self._known.of_level(Level.PERMISSIONS_MANAGEMENT)
            known = changing & self._known.mask("iam:*") or changing or known
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
