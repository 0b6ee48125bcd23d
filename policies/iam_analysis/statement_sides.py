"""What single statements say, made ready for the search: compiled patterns, sizes, and what plainly says as much."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.languages import compiled, matches
from policies.iam_analysis.model import ALL, Patterns
from policies.iam_analysis.principal_sets import principal_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.iam_analysis.languages import Pattern
    from policies.iam_analysis.model import Statement


def size(statement: Statement) -> int:
    """Return about how many letters a statement has, those of actions aside."""
    elements = (statement.resources, statement.principals)
    items = [item for element in elements if element for item in element.items]
    return sum(map(len, items)) + 4 * len(items) + size_of_conditions(statement)


def size_of_conditions(statement: Statement) -> int:
    """Return about how many letters the conditions of a statement have."""
    return sum(16 + 4 * len(atom.values) + sum(map(len, atom.values)) for atom in statement.conditions)


class Patterned(NamedTuple):
    """Compiled patterns of Resource or Principal, or of NotResource or NotPrincipal."""

    patterns: tuple[Pattern, ...]
    negated: bool


Side = Patterned | None
EVERYTHING = compiled("*")


def bits(mask: int) -> Iterator[int]:
    """Yield the positions of the bits of a mask."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def resource_side(resources: Patterns | None) -> Side:
    """Compile the resources of a statement; None where it has none."""
    if resources is None:
        return None
    return Patterned(tuple(compiled(text, arn=True) for text in dict.fromkeys(resources.items)), resources.negated)


def principal_side(principals: Patterns | None) -> Side:
    """Compile the principals of a statement; None where it has none."""
    if principals is None:
        return None
    return Patterned(principal_patterns(principals.items), principals.negated)


def mask_of(side: Side, places: Mapping[Pattern, int]) -> tuple[int, bool]:
    """Return the bits of a side's patterns, and whether none of them may be set; without patterns it is always met."""
    if side is None:
        return 0, True
    return sum(places.get(pattern, 0) for pattern in side.patterns), side.negated


def says_as_much(one: Statement, other: Statement) -> bool:
    """Say whether a statement applies to all that another one does, by the look of both (actions aside)."""
    return (
        set(one.conditions) <= set(other.conditions)
        and _covers(one.resources, other.resources)
        and _covers(one.principals, other.principals)
    )


def _covers(one: Patterns | None, other: Patterns | None) -> bool:
    if one is None or one == other:
        return True
    if other is None:
        other = ALL
    if one.negated:
        return other.negated and set(one.items) <= set(other.items)
    if other.negated:
        return "*" in one.items
    whole = [compiled(text, arn=True) for text in one.items]
    return all(text in one.items or any(p.is_prefix and matches(p, text) for p in whole) for text in other.items)
