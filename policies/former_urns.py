"""The URNs that a resource had before: its aliases, and those of a type that the provider has renamed or replaced since."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from policies.provider.renamed import CURRENT, SUCCESSORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

TYPE = 2
"""Where the type stands between the `::` of a URN, after stack and project; parents stand before it, with `$` between."""


def urns_of(resource: Resource, stack: Stack | None) -> tuple[str, ...]:
    """Return the URNs by which an exemption may mean a resource: its own, its aliases, and those of its former types.

    None of another resource that is there is among them; without a stack nobody knows who is there.
    """
    former = formerly(resource.urn, resource.type)
    if stack is None:
        return (resource.urn, *resource.aliases, *former)
    return (resource.urn, *aliases_of(resource, stack), *(urn for urn in former if stack.resources.type_of(urn) is None))


def aliases_of(resource: Resource, stack: Stack) -> tuple[str, ...]:
    """Return the URNs that a resource had before, as its source says.

    None of another resource that is there is among them: what is known of that one is not known of this one.
    """
    return tuple(urn for urn in resource.aliases if stack.resources.type_of(urn) is None)


def formerly(urn: str, type_: str) -> Iterator[str]:
    """Yield a URN as it would be for the type that a resource is judged as, and for those that its own took the place of."""
    parts = urn.split("::", TYPE + 1)
    if len(parts) > TYPE + 1:
        parents, _, own = parts[TYPE].rpartition("$")
        for former in (type_, *_formers().get(own, ())):
            if former not in {own, ""}:
                parts[TYPE] = f"{parents}${former}" if parents else former
                yield "::".join(parts)


@cache
def _formers() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for former, type_ in (*SUCCESSORS.items(), *CURRENT.items()):
        found.setdefault(type_, []).append(former)
    return found
