"""What rules on accounts ask of a stack: which resources there are, and which name a user, a group or a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.policy_matching import any_of
from policies.unknown import Reason, Unknown, UnknownValue, in_turn, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.resource import Resource
    from policies.stack import Stack

_LISTS = frozenset({"groups", "roles", "users"})


def every(stack: Stack, *types: str) -> Iterator[Resource]:
    """Yield the resources of some types; raise `UnknownValue` at the end where the source does not show the whole stack."""
    yield from stack.of(*types)
    if not stack.complete:
        raise UnknownValue(Reason.NOT_REPORTED, detail="other resources of the stack may not be reported")


def is_named(subject: Resource, by: Mapping[str, str], stack: Stack) -> bool:
    """Say whether a resource of the stack names a user, a group or a role.

    `by` maps types to the property that holds the name, or the list of names. Raises `UnknownValue` where none is seen
    to do so and a name is not known, or the source does not show the whole stack.
    """
    return any(True for _ in in_turn(*(_naming(subject, type_, path, stack) for type_, path in by.items())))


def _naming(subject: Resource, type_: str, path: str, stack: Stack) -> Iterator[object]:
    """Yield something for a resource of the type that names `subject`; raise `UnknownValue` at the end if others may."""
    if path not in _LISTS:
        yield from stack.related(subject, (type_,), path)
    elif any_of(every(stack, type_), lambda resource: _lists(resource, path, subject, stack)):
        yield True


def _lists(resource: Resource, path: str, subject: Resource, stack: Stack) -> bool:
    """Say whether a list names `subject`. An unknown name is that of what the list depends on, one for one."""
    edges = [urn for urn in resource.property_dependencies.get(path, ()) if stack.resources.type_of(urn) == subject.type]
    if subject.urn in edges:
        return True
    value = resource.value(path)
    if not isinstance(value, list | Unknown | None):
        raise UnknownValue(Reason.MALFORMED, path, "expected a list")
    items = list(map(read, value)) if isinstance(value, list) else []
    if any(isinstance(item, str) and item in _names_of(subject) for item in items):
        return True
    unknown = [value] if isinstance(value, Unknown) else [item for item in items if isinstance(item, Unknown)]
    if isinstance(value, Unknown) or len(unknown) > len(edges):
        raise UnknownValue(unknown[0].reason, path, f"{resource.urn} may name this resource in {path}")
    name = subject.value("name")
    if isinstance(name, Unknown) and len(items) > len(edges):
        raise UnknownValue(name.reason, "name")
    return False


def _names_of(subject: Resource) -> Iterator[str]:
    """Yield by what others refer to it: its name, which is its id too."""
    for name in (subject.id, subject.value("name"), subject.outputs.value("name")):
        if isinstance(name, str) and name:
            yield name
