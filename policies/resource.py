"""Resources: what a rule sees, the same in every host."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from policies.block import Block, parse_json
from policies.provider.renamed import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from policies.block import Properties

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
        "_dependencies", "_location", "_memory", "_outputs", "_read", "external", "id", "name", "parent",
        "provider", "type", "urn",
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
        property_dependencies: Mapping[str, Iterable[str]] | Callable[[], Mapping[str, Iterable[str]]] | None = None,
        location: Location | Callable[[], Location | None] | None = None,
        external: bool = False,
        recorded: bool = False,
    ) -> None:
        """View a resource. `property_dependencies` maps a top-level property to the URNs its value came from.

        A type that the provider has renamed since gets its current name; the URN keeps the old one. What is dear to
        read may be given as a function; it is called when a rule or a report first asks.
        """
        super().__init__({}, recorded=recorded)
        self._read = inputs
        self._outputs = outputs
        self._memory: dict[object, object] = {}
        self.urn = urn
        self.type = CURRENT.get(type, type)
        self.name = name
        self.id = id
        self.parent = parent
        self.provider = provider
        self._dependencies = property_dependencies
        self._location = location
        self.external = external

    @property
    def values(self) -> Properties:
        """The inputs, read when they are first looked at."""
        if self._read is not None:
            self._values = self._read() if callable(self._read) else self._read
            self._read = None  # type: ignore[assignment]
        return self._values

    @property
    def outputs(self) -> Block:
        """What the provider recorded; for resolving references, not for judging."""
        if not isinstance(self._outputs, Block):
            outputs = self._outputs() if callable(self._outputs) else self._outputs
            self._outputs = Block(outputs or {}, "outputs", recorded=True)  # type: ignore[assignment]
        return self._outputs  # type: ignore[return-value]

    @property
    def property_dependencies(self) -> Mapping[str, Iterable[str]]:
        """The URNs that the value of each top-level property came from."""
        if callable(self._dependencies):
            self._dependencies = self._dependencies()
        return self._dependencies or {}

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
