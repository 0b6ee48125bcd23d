"""What a property of a resource refers to: by its property dependency first, by its value second."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.arns import name_of
from policies.iam_analysis.resource_locations import SHAPES
from policies.unknown import Unknown, UnknownValue, read, told_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

_NAMES = ("name", "arn", "id", "bucket", "url", "keyId", "domainName", "functionName", "identifier", "uniqueId")


class Targets(NamedTuple):
    """What a property refers to.

    `found` are URNs in the stack, `outside` the texts that name nothing in it. `possible` are URNs that may be meant
    too, None for any resource of the kind; `why` says what is not known, with its path.
    """

    found: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    possible: tuple[str, ...] | None = ()
    why: str = ""


class Named(NamedTuple):
    """The resources of some types by the texts that name them; those without a known name by how it begins."""

    types: frozenset[str]
    by_value: dict[str, str]
    nameless: dict[str, str]
    without_arn: dict[str, list[str]]  # by name

    def named_like(self, text: str) -> tuple[str, ...]:
        """Return the URNs of resources that may turn out to be what a text names."""
        if "::aws:" in text:  # AWS's own
            return ()
        last = text.rpartition("/")[2]
        found = [urn for urn, start in self.nameless.items() if last.startswith(start)]
        return (*found, *(self.without_arn.get(last, ()) if text.startswith("arn:") else ()))


NOTHING_NAMED = Named(frozenset(), {}, {}, {})


def named(stack: Stack, *types: str) -> Named:
    """Return the resources of some types by name; read once per stack."""
    return stack.once(("named in graph", types), lambda: _named(stack, types))


def _named(stack: Stack, types: tuple[str, ...]) -> Named:
    found = Named(frozenset(types), {}, {}, {})
    for resource in stack.of(*types):
        try:
            name = name_of(resource, SHAPES[resource.type].name if resource.type in SHAPES else "name")
            values = [read(value) for value in _names(resource)]
        except UnknownValue:  # its properties cannot be read
            found.nameless[resource.urn] = ""
            continue
        for value in values:
            if isinstance(value, str) and value:
                found.by_value.setdefault(value, resource.urn)
        if not name.known:
            found.nameless[resource.urn] = name.text.removesuffix("*").removesuffix("-")  # Pulumi may be told to add nothing
        elif not any(isinstance(value, str) and value.startswith("arn:") for value in values):
            found.without_arn.setdefault(name.text, []).append(resource.urn)
    return found


def _names(resource: Resource) -> Iterator[object]:
    yield resource.id
    for block in (resource, resource.outputs):
        values = block.values
        for name in _NAMES:
            if name in values:
                yield values[name]


def targets(resource: Resource, path: str, among: Named, stack: Stack, *, several: bool = False) -> Targets:
    """Return what a property of a resource refers to among some resources; never raises. `several` says that it is a list."""
    try:
        value = resource.value(path)
    except UnknownValue as error:
        return Targets(possible=None, why=told_by(error))
    return targets_of(value, path, dependencies(resource, path, among.types, stack), among, several=several)


def dependencies(resource: Resource, path: str, types: Collection[str], stack: Stack) -> tuple[str, ...]:
    """Return the URNs of some types that the top-level property of a path came from."""
    top = path.partition(".")[0].removesuffix("[]")
    urns = resource.property_dependencies.get(top, ())
    return tuple(dict.fromkeys(urn for urn in urns if (stack.resources.type_of(urn) or "") in types))


def targets_of(value: object, at: str, depends: tuple[str, ...], among: Named, *, several: bool = False) -> Targets:
    """Return what a value refers to: a name, an ARN, an id, or a list of them. `depends` are URNs that it came from.

    A value that is not known is what it came from, if there is anything. One that came from more than it can name may be each.
    """
    if value is None:
        return Targets()
    if isinstance(value, Unknown):
        why = f"{at}: {value.reason}"
        if len(depends) == 1 or (depends and several):
            return Targets(depends)
        return Targets(possible=depends or None, why=why)
    known, unknown = _sorted_items(value, at)
    found = [among.by_value[text] for text in known if text in among.by_value]
    left = [urn for urn in depends if urn not in found]
    outside: list[str] = []
    possible: dict[str, None] = {}
    for text in known:
        if text in among.by_value:
            continue
        like = among.named_like(text)
        if sure := next((urn for urn in left if urn in like), None):
            found.append(sure)
            left.remove(sure)
        else:
            outside.append(text)
            possible |= dict.fromkeys(like or left)  # it came from these, whatever they are called
    if len(left) <= len(unknown):  # each stands for one of them
        found += left
    elif unknown:
        possible |= dict.fromkeys(left)
    if len(left) < len(unknown):
        return Targets(tuple(found), tuple(outside), None, unknown[0])
    why = (unknown or [f"{at}: it may name {_plain(tuple(possible))}"])[0] if possible else ""
    return Targets(tuple(found), tuple(outside), tuple(possible), why)


def _sorted_items(value: object, at: str) -> tuple[list[str], list[str]]:
    """Return the texts of a value or a list, and what is not known of the others."""
    known: list[str] = []
    unknown: list[str] = []
    for index, item in enumerate(map(read, value) if isinstance(value, list) else [value]):
        if isinstance(item, str):
            known += [item] if item else []
        elif item is not None:
            place = f"{at}[{index}]" if isinstance(value, list) else at
            unknown.append(f"{place}: {item.reason if isinstance(item, Unknown) else 'expected a text'}")
    return known, unknown


def _plain(urns: tuple[str, ...]) -> str:
    return ", ".join(urn.rpartition("::")[2] for urn in urns[:3])


def values_at(block: Block, path: str) -> Iterator[tuple[str, object]]:
    """Yield each value at a path with `[]` in it, and where it stands; what is unknown on the way is given as Unknown."""
    before, separator, after = path.partition("[].")
    try:
        if not separator:
            path = path.removesuffix("[]")
            yield block.at(path), block.value(path)
            return
        for item in block.each(before):
            yield from values_at(item, after)
    except UnknownValue as error:
        yield error.path, Unknown(error.with_traceback(None).reason)
