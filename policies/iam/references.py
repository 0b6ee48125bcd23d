"""What rules on accounts ask of a stack: which resources there are, and which name a user, a group or a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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
        return
    listed = stack.once(("listed", type_, path, subject.type), lambda: _listed(type_, path, subject.type, stack))
    if subject.urn in listed.urns or any(name in listed.names for name in _names_of(subject)):
        yield True
        return
    if listed.unknown:
        raise listed.unknown.with_traceback(None)
    name = subject.value("name")
    if isinstance(name, Unknown) and listed.has_other_names:
        raise UnknownValue(name.reason, "name")
    if not stack.complete:
        raise UnknownValue(Reason.NOT_REPORTED, path, "resources that refer to this one may not be reported")


class _Listed(NamedTuple):
    """What the lists of all resources of a type name: by dependency and by name.

    `unknown` is the first name of which nobody knows whose it is; `has_other_names` says that there are more names than
    dependencies, so that a resource whose name is not known may be among them.
    """

    urns: set[str]
    names: set[str]
    unknown: UnknownValue | None
    has_other_names: bool


def _listed(type_: str, path: str, kind: str, stack: Stack) -> _Listed:
    """Read all lists once. An unknown name is that of what the list depends on, one for one."""
    urns: set[str] = set()
    names: set[str] = set()
    unknown: UnknownValue | None = None
    has_other_names = False
    for resource in stack.of(type_):
        try:
            value = resource.value(path)
        except UnknownValue as error:  # its properties cannot be read
            unknown = unknown or error.with_traceback(None)
            continue
        edges = [urn for urn in resource.property_dependencies.get(path, ()) if stack.resources.type_of(urn) == kind]
        urns.update(edges)
        items = list(map(read, value)) if isinstance(value, list) else []
        names.update(item for item in items if isinstance(item, str))
        hidden = [item for item in items if isinstance(item, Unknown)]
        has_other_names |= len(items) > len(edges)
        if isinstance(value, Unknown) or len(hidden) > len(edges):
            reason = value.reason if isinstance(value, Unknown) else hidden[0].reason
            unknown = unknown or UnknownValue(reason, path, f"{resource.urn} may name this resource in {path}")
        elif not isinstance(value, list | None):
            unknown = unknown or UnknownValue(Reason.MALFORMED, path, f"{resource.urn} does not have a list in {path}")
    return _Listed(urns, names, unknown, has_other_names)


def _names_of(subject: Resource) -> Iterator[str]:
    """Yield by what others refer to it: its name, which is its id too."""
    for name in (subject.id, subject.value("name"), subject.outputs.value("name")):
        if isinstance(name, str) and name:
            yield name
