"""Resources: what a rule sees, the same in every host."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from policies.block import Block, parse_json
from policies.provider.native import TWINS
from policies.provider.renamed import CURRENT
from policies.unknown import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from policies.block import Properties
    from policies.provider.native import Twin
    from policies.tags import Tags

    Dependencies: TypeAlias = Mapping[str, Iterable[str]] | Callable[[], Mapping[str, Iterable[str]]] | None

T = TypeVar("T")


class Location(NamedTuple):
    """Where the user's program creates a resource: a file of the project and a line, from 1."""

    file: str
    line: int


class Resource(Block):
    """A resource as a rule sees it: its inputs as a block, and what the stack knows of it.

    `inputs` is the properties, or a function that gives them when a rule first looks.
    `external` resources are only read by the program: they are never judged, and their outputs stand for inputs.
    """

    __slots__ = (
        "_dependencies", "_location", "_memory", "_outputs", "_read", "external", "id", "name", "native", "parent",
        "provider", "tags", "type", "urn",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913  (the fields of a resource in Pulumi's state)
        self,
        urn: str,
        type: str,  # noqa: A002  (Pulumi's own name)
        name: str,
        inputs: Properties | Callable[[], Properties],
        *,
        outputs: Properties | Callable[[], Properties] | None = None,
        id: object = None,  # noqa: A002
        parent: str = "",
        provider: Resource | None = None,
        property_dependencies: Dependencies = None,
        location: Location | Callable[[], Location | None] | None = None,
        external: bool = False,
        recorded: bool = False,
    ) -> None:
        """View a resource. `property_dependencies` maps a top-level property to the URNs its value came from.

        A type that the provider has renamed since gets its current name, and a resource of the provider aws-native the
        type and the property names of its twin; the URN keeps the old ones. What is dear to read may be given as a
        function; it is called when a rule or a report first asks.
        """
        super().__init__({}, recorded=recorded)
        self._read = inputs
        self._outputs = outputs
        self._memory: dict[object, object] = {}
        self.urn = urn
        self.native = TWINS.get(type)
        self.type = self._type_of_twin(self.native) if self.native else CURRENT.get(type, type)
        self.name = name
        self.id = id
        self.parent = parent
        self.provider = provider
        self._dependencies = property_dependencies
        if self.native:
            self._dependencies = self._dependencies_of_twin(self.native, property_dependencies)
        self._location = location
        self.external = external
        self.tags: Tags | None = None  # the effective ones, once a rule has read them

    def _type_of_twin(self, twin: Twin) -> str:
        try:
            return twin.type_of(self._given())
        except UnknownValue:  # the inputs cannot be read: every rule will say so
            return twin.type

    @staticmethod
    def _dependencies_of_twin(twin: Twin, given: Dependencies) -> Callable[[], Mapping[str, Iterable[str]]]:
        def renamed() -> Mapping[str, Iterable[str]]:
            dependencies = given() if callable(given) else given or {}
            return {twin.translate_name(name): urns for name, urns in dependencies.items()}

        return renamed

    def _given(self) -> Properties:
        if callable(self._read):
            self._read = self._read()
        return self._read

    @property
    def values(self) -> Properties:
        """The inputs, read when they are first looked at."""
        if self._read is not None:
            self._values = self.native.translate(self._given()) if self.native else self._given()
            self._read = None  # type: ignore[assignment]
        return self._values

    @property
    def outputs(self) -> Block:
        """What the provider recorded; for resolving references, not for judging."""
        if not isinstance(self._outputs, Block):
            outputs = self._outputs() if callable(self._outputs) else self._outputs
            if outputs and self.native:
                outputs = self.native.translate(outputs)
            self._outputs = Block(outputs or {}, "outputs", recorded=True)  # type: ignore[assignment]
        return self._outputs  # type: ignore[return-value]

    @property
    def property_dependencies(self) -> Mapping[str, Iterable[str]]:
        """The URNs that the value of each top-level property came from."""
        if callable(self._dependencies):
            self._dependencies = self._dependencies()
        if self._dependencies is None:
            self._dependencies = {}
        return self._dependencies

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
