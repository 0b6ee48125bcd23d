"""Which ways to more rights can be open at all, by the actions that somebody is allowed on something."""

from __future__ import annotations

from functools import cache, lru_cache

from policies.iam_catalogue.actions import universe
from policies.iam_catalogue.escalation_paths import Path, escalation_paths


@lru_cache(maxsize=4_096)
def paths_within(actions: int) -> tuple[Path, ...]:
    """Return the ways that need no other actions than some, a set of `policies.iam_catalogue.actions`.

    An action that AWS does not document is not looked at here, nor is sts:AssumeRole: whom a trust policy names needs no
    grant of it.
    """
    places, paths = _needed()
    data = actions.to_bytes((max(actions.bit_length(), places[-1] + 1) + 7) // 8, "little")
    missing = sum(1 << number for number, place in enumerate(places) if not data[place >> 3] >> (place & 7) & 1)
    return tuple(path for path, needed in paths if not needed & missing)


@cache
def _needed() -> tuple[tuple[int, ...], tuple[tuple[Path, int], ...]]:
    """Return the places of the actions that ways need, and each way with its own: bit i stands for the i-th of them."""
    index = universe().index
    needed = {
        path: {place for step in path.steps if step.action != "sts:AssumeRole" and (place := index(step.action)) is not None}
        for path in escalation_paths()
    }
    places = tuple(sorted(set().union(*needed.values())))
    numbers = {place: number for number, place in enumerate(places)}
    return places, tuple((path, sum(1 << numbers[place] for place in own)) for path, own in needed.items())
