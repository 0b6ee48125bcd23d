"""A stack as rules about related resources see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from policies.unknown import NOT_REPORTED, Reason, Unknown, UnknownValue, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policies.block import Block
    from policies.resource import Resource

T = TypeVar("T")

IDENTITIES = (
    "arn", "id", "name", "bucket", "url", "keyId", "identifier", "clusterIdentifier", "functionName", "domainName",
    "userPoolId", "family",
)  # fmt: skip
"""Properties by which other resources refer to a resource."""


def names_in(urn: str) -> tuple[str, str]:
    """Return the names of stack and project in a URN; empty ones where it has none."""
    name, project = [*urn.removeprefix("urn:pulumi:").split("::"), ""][:2]
    return name, project


class Resources(Protocol):
    """The resources of a stack by URN, in the order of their source. A large source makes each one when it is asked for."""

    @property
    def by_type(self) -> Mapping[str, Sequence[str]]:
        """The URNs of each type."""

    def __iter__(self) -> Iterator[Resource]:
        """Yield all of them."""

    def __len__(self) -> int:
        """Return how many there are."""

    def each(self, urns: Iterable[str]) -> Iterator[Resource]:
        """Yield the resources with some URNs, each of which is there."""

    def get(self, urn: str, /) -> Resource | None:
        """Return the resource with a URN."""

    def type_of(self, urn: str) -> str | None:
        """Return the type of the resource with a URN."""


class Held:
    """Resources that are all there."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        """Hold resources, each with a URN of its own."""
        self._by_urn = {resource.urn: resource for resource in resources}
        self.get = self._by_urn.get
        self.by_type: dict[str, list[str]] = {}
        for urn, resource in self._by_urn.items():
            self.by_type.setdefault(resource.type, []).append(urn)

    def __iter__(self) -> Iterator[Resource]:
        """Yield all of them."""
        return iter(self._by_urn.values())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._by_urn)

    def each(self, urns: Iterable[str]) -> Iterator[Resource]:
        """Yield the resources with some URNs, each of which is there."""
        return map(self._by_urn.__getitem__, urns)

    def type_of(self, urn: str) -> str | None:
        """Return the type of the resource with a URN."""
        found = self.get(urn)
        return found.type if found else None


class _Referrers(NamedTuple):
    """URNs of the resources of some types that refer to others by one property.

    Those with a value that is known, and those without, are also filed by the kinds of resources that they depend on.
    """

    by_urn: dict[str, list[str]]
    by_value: dict[str, list[str]]
    known: set[frozenset[str]]
    unknown: dict[frozenset[str], UnknownValue]


class _Named(NamedTuple):
    """URNs of the resources of some types by the values that name them, and what keeps one of them from being named."""

    by_value: dict[str, str]
    unknown: UnknownValue | None


class Stack:
    """All resources of one stack. A reference is followed by its property dependency first, then by its value.

    `complete` is False where the source shows only a part of the stack: what is not found may still exist. What a stack
    remembers are texts, never resources: a large one is read as it is judged, and nothing of it stays.
    """

    def __init__(
        self,
        name: str,
        project: str,
        resources: Resources | Sequence[Resource],
        *,
        complete: bool = True,
        shown: Callable[[str], bool] | None = None,
    ) -> None:
        """Take the resources, each with a URN of its own; of a stack that is not complete, `shown` as in `shows`."""
        self.name = name
        self.project = project
        self.resources = Held(resources) if isinstance(resources, Sequence) else resources
        self.complete = complete
        self._shown = shown
        self._referrers: dict[tuple[tuple[str, ...], str], _Referrers] = {}
        self._memory: dict[object, object] = {}

    def shows(self, *types: str) -> bool:
        """Say whether all resources of some types are shown for certain, although the stack may not be complete."""
        return self.complete or (self._shown is not None and all(map(self._shown, types)))

    def once(self, key: object, compute: Callable[[], T]) -> T:
        """Return what `compute` gives, computed once per stack and key."""
        if key not in self._memory:
            self._memory[key] = compute()
        return self._memory[key]  # type: ignore[return-value]

    def forget(self) -> None:
        """Drop what was computed once: some of it refers to the stack, and would keep it until cycles are looked for."""
        self._memory.clear()

    def get(self, urn: str) -> Resource | None:
        """Return the resource with a URN."""
        return self.resources.get(urn)

    def of(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of some types."""
        for type_ in types:
            yield from self.resources.each(self.resources.by_type.get(type_, ()))

    def related(self, subject: Resource, types: tuple[str, ...], by: str) -> Iterator[Resource]:
        """Yield the resources of `types` whose top-level property `by` refers to `subject`.

        After the last one it raises `UnknownValue` if there may be others: a reference that cannot be resolved,
        or a source that does not show the whole stack. So `any(...)` over it stops at the first good one, and a
        loop that needs all of them ends undecided.
        """
        referrers = self._referrers_of(types, by)
        found = dict.fromkeys(referrers.by_urn.get(subject.urn, ()))
        if referrers.by_value:
            for identity in _identity(subject).values:
                found |= dict.fromkeys(referrers.by_value.get(identity, ()))
        yield from filter(None, map(self.resources.get, found))
        kind = _kind(subject.type)  # what depends on another of the kind refers to that one
        for kinds, unknown in referrers.unknown.items():
            if kind not in kinds:
                raise unknown.with_traceback(None)
        if any(kind not in kinds for kinds in referrers.known) and (unknown_name := _identity(subject).unknown):
            raise unknown_name.with_traceback(None)
        if not self.complete:
            raise UnknownValue(Reason.NOT_REPORTED, by, f"resources that refer to this one by {by} may not be reported")

    def _referrers_of(self, types: tuple[str, ...], by: str) -> _Referrers:
        referrers = self._referrers.get((types, by))
        if referrers is None:
            referrers = self._referrers[types, by] = _Referrers({}, {}, set(), {})
            for resource in self.of(*types):
                self._file(resource, by, referrers)
        return referrers

    def _file(self, resource: Resource, by: str, referrers: _Referrers) -> None:
        edges = tuple(resource.property_dependencies.get(by, ()))
        for urn in edges:
            referrers.by_urn.setdefault(urn, []).append(resource.urn)
        kinds = frozenset(_kind(type_) for urn in edges if (type_ := self.resources.type_of(urn)))
        value = resource.value(by)
        if isinstance(value, Unknown):
            detail = f"{resource.urn} may refer to this resource by its {by}"
            referrers.unknown.setdefault(kinds, UnknownValue(value.reason, by, detail))
        elif isinstance(value, str):
            referrers.by_value.setdefault(value, []).append(resource.urn)
            referrers.known.add(kinds)

    def target(self, resource: Block, types: tuple[str, ...], by: str) -> Resource | None:
        """Return the resource of `types` that the top-level property `by` of `resource` refers to.

        None where the property is not set or refers to something outside the stack; raises `UnknownValue` where
        that cannot be told.
        """
        for urn in tuple(getattr(resource, "property_dependencies", {}).get(by, ())):
            if self.resources.type_of(urn) in types:
                return self.resources.get(urn)
        value = resource.value(by)
        if isinstance(value, Unknown):
            raise UnknownValue(value.reason, resource.at(by))
        if not isinstance(value, str) or not value:
            return None
        named = self.once(("named", types), lambda: self._named(types))
        if value in named.by_value:
            return self.resources.get(named.by_value[value])
        if named.unknown:
            raise named.unknown.with_traceback(None)
        if not self.complete:
            raise UnknownValue(NOT_REPORTED.reason, resource.at(by), f"what {by} refers to is not reported")
        return None

    def _named(self, types: tuple[str, ...]) -> _Named:
        by_value: dict[str, str] = {}
        unknown: UnknownValue | None = None
        for resource in self.of(*types):
            try:
                identity = _identity(resource)
            except UnknownValue as error:  # its properties cannot be read
                unknown = unknown or error.with_traceback(None)
                continue
            unknown = unknown or identity.unknown
            for value in identity.values:
                by_value.setdefault(value, resource.urn)
        return _Named(by_value, unknown)


def _kind(type_: str) -> str:
    """Return the last part of a type, without the version that some names end in."""
    return type_.rpartition(":")[2].removesuffix("V2")


class _Identity(NamedTuple):
    """The known values by which others may refer to a resource; `unknown` is the first value by which the program names it."""

    values: tuple[str, ...]
    unknown: UnknownValue | None


def _identity(resource: Resource) -> _Identity:
    """Return by what a resource is referred to; read once per resource."""
    return resource.once("identity", lambda: _read_identity(resource))


def _read_identity(resource: Resource) -> _Identity:
    values = [resource.id]
    unknown: UnknownValue | None = None
    for block in (resource, resource.outputs):
        given = block.values
        for name in IDENTITIES:
            if name in given:
                value = read(given[name])
                values.append(value)
                if unknown is None and block is resource and isinstance(value, Unknown):
                    unknown = UnknownValue(value.reason, name)
    return _Identity(tuple(dict.fromkeys(value for value in values if isinstance(value, str) and value)), unknown)
