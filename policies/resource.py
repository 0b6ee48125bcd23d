"""Resources: what a rule sees, the same in every host."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from policies.block import Block, parse_json
from policies.provider.native import twin_of
from policies.provider.renamed import CURRENT
from policies.unknown import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias, TypedDict, Unpack

    from policies.block import Properties
    from policies.provider.native.twin import Twin
    from policies.tags import Tags

    Dependencies: TypeAlias = Mapping[str, Iterable[str]] | Callable[[], Mapping[str, Iterable[str]]] | None

    class _Given(TypedDict, total=False):
        """The fields of `Details`."""

        id: object
        parent: str
        outputs: Properties | Callable[[], Properties] | None
        property_dependencies: Dependencies
        aliases: Iterable[str] | Callable[[], Iterable[str]]


T = TypeVar("T")


class Location(NamedTuple):
    """Where the user's program creates a resource: a file of the project and a line, from 1."""

    file: str
    line: int


class Details(NamedTuple):
    """What is known of a resource beside its inputs: few rules ask. What is dear to read may be given as a function."""

    id: object = None
    parent: str = ""
    outputs: Properties | Callable[[], Properties] | None = None
    property_dependencies: Dependencies = None
    aliases: Iterable[str] | Callable[[], Iterable[str]] = ()


class Resource(Block):
    """A resource as a rule sees it: its inputs as a block, and what the stack knows of it.

    `external` resources are only read by the program: they are never judged, and their outputs stand for inputs.
    """

    __slots__ = (
        "_dependencies", "_details", "_location", "_memory", "_outputs", "_read", "external", "name", "native", "provider",
        "tags", "type", "urn",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913  (the fields of a resource in Pulumi's state)
        self,
        urn: str,
        type: str,  # noqa: A002  (Pulumi's own name)
        name: str,
        inputs: Properties | Callable[[], Properties],
        details: Details | Callable[[], Details] = Details(),  # noqa: B008  (nothing changes it)
        *,
        provider: Resource | None = None,
        location: Location | Callable[[], Location | None] | None = None,
        external: bool = False,
        recorded: bool = False,
        **given: Unpack[_Given],
    ) -> None:
        """View a resource. Its details may be given one by one; `inputs` and `details` as functions, called when first asked.

        A type that the provider has renamed since gets its current name, and a resource of the provider aws-native the
        type and the property names of its twin; the URN keeps the old ones. `property_dependencies` maps a top-level
        property to the URNs its value came from.
        """
        self._values = {}
        self.path = ""
        self.recorded = recorded
        self._read = inputs
        self._details = Details(**given) if given else details
        self._memory: dict[object, object] = {}
        self._outputs: Block | None = None
        self._dependencies: Mapping[str, Iterable[str]] | None = None
        self.urn = urn
        self.native = twin_of(type)
        self.type = self._type_of_twin(self.native) if self.native else CURRENT.get(type, type)
        self.name = name
        self.provider = provider
        self._location = location
        self.external = external
        self.tags: Tags | None = None  # the effective ones, once a rule has read them

    def _type_of_twin(self, twin: Twin) -> str:
        try:
            return twin.type_of(self._inputs())
        except UnknownValue:  # the inputs cannot be read: every rule will say so
            return twin.type

    def _inputs(self) -> Properties:
        if callable(self._read):
            self._read = self._read()
        return self._read

    @property
    def values(self) -> Properties:
        """The inputs, read when they are first looked at."""
        if self._read is not None:
            self._values = self.native.translate(self._inputs()) if self.native else self._inputs()
            self._read = None  # type: ignore[assignment]
        return self._values

    def _known_of_it(self) -> Details:
        if callable(self._details):
            self._details = self._details()
        return self._details

    @property
    def id(self) -> object:
        """The id that the provider gave it."""
        return self._known_of_it().id

    @property
    def parent(self) -> str:
        """The URN of its parent; empty where it has none."""
        return self._known_of_it().parent

    @property
    def outputs(self) -> Block:
        """What the provider recorded; for resolving references, not for judging."""
        if self._outputs is None:
            outputs = _asked(self._known_of_it().outputs) or {}
            self._outputs = Block(self.native.translate(outputs) if self.native else outputs, "outputs", recorded=True)
        return self._outputs

    @property
    def property_dependencies(self) -> Mapping[str, Iterable[str]]:
        """The URNs that the value of each top-level property came from."""
        if self._dependencies is None:
            found = _asked(self._known_of_it().property_dependencies) or {}
            self._dependencies = self.native.dependencies(found) if self.native else found
        return self._dependencies

    @property
    def aliases(self) -> tuple[str, ...]:
        """The URNs that it had before, as far as the source says so: previews do, states of today's engine do not."""
        return tuple(_asked(self._known_of_it().aliases))

    @property
    def location(self) -> Location | None:
        """Where the user's program creates the resource, if the source says so."""
        if callable(self._location):
            self._location = self._location()
        return self._location

    def once(self, key: object, compute: Callable[[], T]) -> T:
        """Return what `compute` gives, computed once per resource and key: rules share what is dear to read."""
        if key not in self._memory:
            self._memory[key] = compute()
        return self._memory[key]  # type: ignore[return-value]

    def json(self, path: str) -> object:
        """Return a property that holds JSON: decoded text, or the object or list itself; None where it is not set.

        Raises `UnknownValue` (malformed) for text that is not JSON.
        """

        def parse() -> object:
            value = self._known(path)
            if isinstance(value, str):
                return parse_json(value, path) if value.strip() else None
            return value

        return self.once(("json", path), parse)


def _asked(given: T | Callable[[], T]) -> T:
    """Return what is given, or what it gives."""
    return given() if callable(given) else given
