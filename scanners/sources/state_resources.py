"""The resources of an exported state: read where they are asked for, and not kept."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from policies.block import DEEPEST
from policies.provider.native import TWINS
from policies.provider.renamed import CURRENT
from policies.resource import Location, Resource
from policies.unknown import Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policies.block import Properties

_PROVIDERS = "pulumi:providers:"
_URN_PARTS = 4
_KEPT = 256
"""Resources that are kept after they were asked for by name: what refers to one thing often stands together."""


class State(msgspec.Struct, rename="camel", gc=False):
    """A resource as a state carries it; what only some resources are asked for stays undecoded."""

    urn: str = ""
    type: str = ""
    id: str = ""
    inputs: msgspec.Raw = msgspec.Raw(b"")
    outputs: msgspec.Raw = msgspec.Raw(b"")
    parent: str = ""
    provider: str = ""
    property_dependencies: msgspec.Raw = msgspec.Raw(b"")
    source_position: str = ""
    stack_trace: msgspec.Raw = msgspec.Raw(b"")
    delete: bool = False
    external: bool = False


class _Frame(msgspec.Struct, rename="camel"):
    source_position: str = ""


read_state = msgspec.json.Decoder(State).decode
_read_object = msgspec.json.Decoder().decode
_read_dependencies = msgspec.json.Decoder(dict[str, tuple[str, ...] | None] | None).decode
_read_frames = msgspec.json.Decoder(list[_Frame] | None).decode


class StateResources:
    """The resources of a state by URN. It holds their bytes; a resource is made anew when one is asked for."""

    def __init__(self, *, recorded: bool) -> None:
        """Begin without resources; `recorded` says that what the provider recorded is judged, not what was asked for."""
        self.by_type: dict[str, list[str]] = {}
        self._all: dict[str, tuple[str, msgspec.Raw]] = {}
        self._names: dict[str, str] = {}  # one text for all resources of a type
        self._recorded = recorded
        self._providers: dict[str, Resource | None] = {}
        self._recent = lru_cache(_KEPT)(self._made)

    def add(self, state: State, raw: msgspec.Raw) -> None:
        """Add a resource under a URN that is not there yet; `raw` is what the state was read from."""
        type_ = state.type
        if type_ in TWINS:
            type_ = self._resource(state).type  # may depend on the inputs
        elif type_ in CURRENT:
            type_ = CURRENT[type_]
        urns = self.by_type.get(type_)
        if urns is None:
            urns = self.by_type[type_] = []
            self._names[type_] = type_
        urns.append(state.urn)
        self._all[state.urn] = (self._names[type_], raw)

    def __contains__(self, urn: object) -> bool:
        """Say whether there is a resource with a URN."""
        return urn in self._all

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all)

    def __iter__(self) -> Iterator[Resource]:
        """Yield all of them, in the order of the state."""
        return map(self._made, self._all)

    def each(self, urns: Iterable[str]) -> Iterator[Resource]:
        """Yield the resources with some URNs."""
        return map(self._made, urns)

    def urns(self) -> Iterator[str]:
        """Yield the URNs, in the order of the state."""
        return iter(self._all)

    def get(self, urn: str, /) -> Resource | None:
        """Return the resource with a URN."""
        return self._recent(urn) if urn in self._all else None

    def type_of(self, urn: str) -> str | None:
        """Return the type of the resource with a URN."""
        return self._all[urn][0] if urn in self._all else None

    def parent_of(self, urn: str) -> str:
        """Return the URN of a resource's parent; nothing where it has none."""
        return read_state(self._all[urn][1]).parent if urn in self._all else ""

    def _made(self, urn: str) -> Resource:
        return self._resource(read_state(self._all[urn][1]))

    def _resource(self, state: State) -> Resource:
        is_provider = state.type.startswith(_PROVIDERS)
        recorded = (self._recorded and not is_provider) or state.external
        outputs = _properties(state.outputs, "outputs")
        return Resource(
            state.urn,
            state.type,
            state.urn.split("::", _URN_PARTS - 1)[-1],
            outputs if recorded else _properties(state.inputs, "inputs"),
            outputs=outputs,
            id=state.id,
            parent=state.parent,
            provider=self._provider(state.provider) if state.provider and not is_provider else None,
            property_dependencies=lambda: _dependencies(state.property_dependencies),
            location=lambda: _location(state),
            external=state.external,
            recorded=recorded,
        )

    def _provider(self, reference: str) -> Resource | None:
        """Return the provider that a resource names as `URN::id`; providers are few, so they are kept."""
        urn = reference.rpartition("::")[0]
        if urn not in self._providers:
            known = (self.type_of(urn) or "").startswith(_PROVIDERS)
            self._providers[urn] = self._made(urn) if known else None
        return self._providers[urn]


def _properties(raw: msgspec.Raw, name: str) -> Callable[[], Properties]:
    """Return the reader of a resource's properties. What it cannot read leaves every rule undecided."""

    def read() -> Properties:
        data = bytes(raw)
        if data in {b"", b"null"}:
            return {}
        try:
            value = _read_object(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnknownValue(Reason.MALFORMED, name, f"not readable: {type(error).__name__}") from None
        if not isinstance(value, dict):
            raise UnknownValue(Reason.MALFORMED, name, "expected an object")
        if data.count(b"{") + data.count(b"[") > DEEPEST and _is_deeper_than(value, DEEPEST):
            raise UnknownValue(Reason.MALFORMED, name, f"nested deeper than {DEEPEST}")
        return value

    return read


def _is_deeper_than(value: dict[str, Any], limit: int) -> bool:
    """Say whether a value is nested deeper than a limit."""
    level: list[Any] = [value]
    for _ in range(limit):
        children = (item.values() if isinstance(item, dict) else item for item in level)
        level = [child for group in children for child in group if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _dependencies(raw: msgspec.Raw) -> dict[str, tuple[str, ...]]:
    if not bytes(raw):
        return {}
    try:
        found = _read_dependencies(raw) or {}
    except msgspec.DecodeError:
        raise UnknownValue(Reason.MALFORMED, "propertyDependencies", "expected lists of URNs") from None
    return {name: urns or () for name, urns in found.items()}


def _location(state: State) -> Location | None:
    """Return the line of the user's program: the first frame inside the project that is not in a virtual environment."""
    found = _program_line(state.source_position)
    if found or not bytes(state.stack_trace):
        return found
    try:
        frames = _read_frames(state.stack_trace) or []
    except msgspec.DecodeError:
        return None
    return next((line for frame in frames if (line := _program_line(frame.source_position))), None)


_POSITION = re.compile(r"project:///(?P<file>[^#]+)#(?P<line>\d{1,9})(?:,\d+)?")
_FOREIGN = re.compile(r"(^|/)(\.\.|\.venv|venv|site-packages|node_modules|dist-packages)(/|$)")


def _program_line(position: str) -> Location | None:
    match = _POSITION.fullmatch(position)
    if match is None or _FOREIGN.search(match["file"]):
        return None
    return Location(match["file"], int(match["line"]))
