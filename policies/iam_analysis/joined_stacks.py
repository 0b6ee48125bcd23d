"""Several stacks looked at as one, so that what one of them attaches to the principals of another is seen.

Stacks that could be mistaken for each other stay apart: the same stack twice, or two with principals or policies of the
same names, as those of two accounts have.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from policies.iam_analysis.arns import name_of
from policies.iam_analysis.locations import KINDS, POLICY
from policies.stack import Stack
from policies.unknown import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policies.resource import Resource
    from policies.stack import Resources


def joined(stacks: Sequence[Stack]) -> list[Stack]:
    """Return the stacks, those as one that can be."""
    if len(stacks) == 1:
        return list(stacks)
    groups: list[tuple[list[Stack], set[str]]] = []
    for stack in stacks:
        taken = set(_taken(stack))
        group = next((group for group in groups if not group[1] & taken), None)
        if group is None:
            groups.append(group := ([], set()))
        group[0].append(stack)
        group[1].update(taken)
    return [_join(members) for members, _ in groups]


def _taken(stack: Stack) -> Iterator[str]:
    """Yield what no two stacks may share: the stack itself, and the names of its principals and policies."""
    yield f"{stack.project}/{stack.name}"
    for resource in stack.of(*KINDS, POLICY):
        try:
            name = name_of(resource)
        except UnknownValue:
            continue
        if name.known:
            yield f"{resource.type} {name.text}"


def _join(stacks: Sequence[Stack]) -> Stack:
    if len(stacks) == 1:
        return stacks[0]
    complete = all(stack.complete for stack in stacks)
    return Stack("", "", Joined([stack.resources for stack in stacks]), complete=complete)


class Joined:
    """The resources of several stacks. Their URNs name the stack, so no two are the same."""

    def __init__(self, parts: Sequence[Resources]) -> None:
        """Take the resources of each."""
        self._parts = parts
        self._part_of = {urn: part for part in parts for urns in part.by_type.values() for urn in urns}
        self.by_type: dict[str, list[str]] = {}
        for part in parts:
            for type_, urns in part.by_type.items():
                self.by_type.setdefault(type_, []).extend(urns)

    def __iter__(self) -> Iterator[Resource]:
        """Yield all of them."""
        return chain.from_iterable(self._parts)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._part_of)

    def each(self, urns: Iterable[str]) -> Iterator[Resource]:
        """Yield the resources with some URNs, each of which is there."""
        return filter(None, map(self.get, urns))

    def get(self, urn: str, /) -> Resource | None:
        """Return the resource with a URN."""
        part = self._part_of.get(urn)
        return part.get(urn) if part else None

    def type_of(self, urn: str) -> str | None:
        """Return the type of the resource with a URN."""
        part = self._part_of.get(urn)
        return part.type_of(urn) if part else None
