"""The active rules of each resource type, ready to be run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.evaluate import judge_of

if TYPE_CHECKING:
    from policies.evaluate import Judge
    from policies.settings import ActiveRule, Settings


class Ready(NamedTuple):
    """A rule that is switched on, and what judges a resource by it."""

    active: ActiveRule
    judge: Judge


class Dispatch:
    """The active rules by resource type. Those of a type are made ready, and so imported, when it is first met."""

    def __init__(self, settings: Settings) -> None:
        """Take the active rules."""
        self._active = settings.by_type()
        self._ready: dict[str, tuple[Ready, ...]] = {}

    def __contains__(self, type_: object) -> bool:
        """Say whether a rule looks at a type."""
        return type_ in self._active

    def __bool__(self) -> bool:
        """Say whether there is any rule."""
        return bool(self._active)

    def of(self, type_: str) -> tuple[Ready, ...]:
        """Return the rules that look at a type."""
        ready = self._ready.get(type_)
        if ready is None:
            active = self._active.get(type_, ())
            ready = self._ready[type_] = tuple(Ready(item, judge_of(item.rule, item.parameters)) for item in active)
        return ready
