"""Actions of statements as sets: a bit for each action of AWS, for each further one that a policy names, and for the rest.

The last bit stands for actions that nobody knows yet: only `*` and `NotAction` reach them, so they stay larger than any list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.languages import compiled, matches
from policies.iam_catalogue.actions import universe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.iam_analysis.model import Patterns


def names(patterns: Patterns, action: str) -> bool:
    """Say whether patterns name an action, which AWS need not have."""
    return patterns.negated != any(matches(compiled(text.lower()), action.lower()) for text in patterns.items)


UNKNOWN_ACTION = "unknown:action"
"""Stands in witnesses for an action that AWS may add."""


class ActionSets:
    """Sets of actions for some statements that are looked at together."""

    __slots__ = ("_all", "_further", "_known", "_other")

    def __init__(self, named: Iterable[Patterns]) -> None:
        """Take the actions of all statements: those that AWS does not have get a bit too."""
        self._known = universe()
        further: dict[str, None] = {}
        for patterns in named:
            for text in patterns.items:
                if "*" not in text and "?" not in text and not self._known.is_known(text):
                    further[text.lower()] = None
        self._further = tuple(further)
        self._other = 1 << len(self._known.names) + len(self._further)
        self._all = (self._other << 1) - 1

    def mask(self, patterns: Patterns) -> int:
        """Return the set that the patterns name."""
        found = 0
        for text in patterns.items:
            found |= self._mask(text)
        return self._all & ~found if patterns.negated else found

    def _mask(self, text: str) -> int:
        if text == "*":
            return self._all
        found = self._known.mask(text)
        if self._further:
            pattern = compiled(text.lower())
            for index, name in enumerate(self._further):
                if matches(pattern, name):
                    found |= 1 << len(self._known.names) + index
        return found

    def example(self, actions: int) -> str:
        """Return the name of one action of a set, as AWS spells it; one that is known if there is one."""
        known = actions & ((1 << len(self._known.names)) - 1)
        if known:
            return self._known.spelled(self._known.names[(known & -known).bit_length() - 1])
        for index, name in enumerate(self._further):
            if actions >> len(self._known.names) + index & 1:
                return name
        return UNKNOWN_ACTION
