"""The resources of a stack that carry a role: who controls one of them acts as the role."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.embedded_json import json_block
from policies.iam_analysis.locations import INSTANCE_PROFILE, ROLE, SERVICE_ROLE
from policies.iam_analysis.model import NOTHING, read_document
from policies.iam_analysis.references import Targets, dependencies, named, targets, targets_of, values_at
from policies.iam_analysis.resource_locations import SESSION_POLICIES
from policies.iam_analysis.role_holders import ROLE_PROPERTIES, names_profile
from policies.unknown import Unknown, UnknownValue, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.model import Document
    from policies.resource import Resource
    from policies.stack import Stack


class Holder(NamedTuple):
    """A resource that carries a role at a property path.

    `role` is the URN of the role where it is in the stack and certain. Else `text` is what the property says, an ARN or
    a name, as far as it is known; `possible` are the URNs of roles that may be meant, None for any, and `why` says what
    is not known. `profile` is the URN of the instance profile between them. `session` is a policy that limits what is done
    with the role, None where there is none.
    """

    urn: str
    type: str
    property: str
    role: str = ""
    text: str = ""
    possible: tuple[str, ...] | None = ()
    why: str = ""
    profile: str = ""
    session: Document | None = None


def holders_of(stack: Stack) -> tuple[Holder, ...]:
    """Return all resources of a stack that carry a role."""
    found: list[Holder] = []
    profiles: dict[str, Targets] = {}
    for type_ in stack.resources.by_type:
        if type_ in ROLE_PROPERTIES:
            paths = ROLE_PROPERTIES[type_].split()
            for resource in stack.of(type_):
                session = _session(resource)
                for path in paths:
                    found += (holder._replace(session=session) for holder in _carried(resource, path, stack, profiles))
    return tuple(found)


def _session(resource: Resource) -> Document | None:
    path = SESSION_POLICIES.get(resource.type)
    document = read_document(resource, path, resource.urn) if path else NOTHING
    return None if document == NOTHING else document


def _carried(resource: Resource, path: str, stack: Stack, profiles: dict[str, Targets]) -> Iterator[Holder]:
    among = named(stack, INSTANCE_PROFILE) if names_profile(resource.type, path) else named(stack, ROLE, SERVICE_ROLE)
    depends: tuple[str, ...] | None = None
    name, in_text, inside = path.partition("(json).")
    path = f"{name}.{inside}" if in_text else path
    for at, value in _in_text(resource, name, path) if in_text else values_at(resource, path):
        for place, item in _each(at, value):
            if item is None or (isinstance(item, str) and not item):
                continue
            if depends is None:
                depends = dependencies(resource, path, among.types, stack)
            if in_text and isinstance(item, Unknown):  # what a text came from may stand elsewhere in it
                found = Targets(possible=depends or None, why=f"{place}: {item.reason}")
            else:
                found = targets_of(item, place, depends, among)
            if INSTANCE_PROFILE in among.types:
                yield from _through_profile(Holder(resource.urn, resource.type, place), found, stack, profiles)
            else:
                yield from _holders(Holder(resource.urn, resource.type, place), found)


def _in_text(resource: Resource, name: str, path: str) -> Iterator[tuple[str, object]]:
    """Yield what stands at a path whose first name is a property with JSON text, as `values_at` does."""
    try:
        yield from values_at(json_block(resource, name), path)
    except UnknownValue as error:
        yield path, Unknown(error.with_traceback(None).reason)


def _each(at: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield f"{at}[{index}]", read(item)
    else:
        yield at, value


def _holders(holder: Holder, found: Targets) -> Iterator[Holder]:
    for urn in found.found:
        yield holder._replace(role=urn)
    for text in found.outside:
        yield holder._replace(text=text, possible=found.possible, why=found.why)
    if found.why and not found.outside:
        yield holder._replace(possible=found.possible, why=found.why)


def _through_profile(holder: Holder, found: Targets, stack: Stack, profiles: dict[str, Targets]) -> Iterator[Holder]:
    for urn in found.found:
        if urn not in profiles:
            profile = stack.get(urn)
            profiles[urn] = _role_of(profile, stack) if profile is not None else found._replace(found=())
        yield from _holders(holder._replace(profile=urn), profiles[urn])
    for text in found.outside:
        yield holder._replace(text=text, possible=None if found.possible else (), why=found.why)
    if found.why and not found.outside:
        yield holder._replace(possible=None, why=found.why)


def _role_of(profile: Resource, stack: Stack) -> Targets:
    try:
        path = "roles" if profile.value("role") is None and profile.value("roles") is not None else "role"
    except UnknownValue:
        path = "role"
    return targets(profile, path, named(stack, ROLE, SERVICE_ROLE), stack, several=path == "roles")
