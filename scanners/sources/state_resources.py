"""The resources of an exported state: read where they are asked for, and not kept."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from policies.block import DEEPEST
from policies.provider.native import twin_of
from policies.provider.renamed import CURRENT
from policies.resource import Details, Location, Resource
from policies.unknown import Reason, Unknown, UnknownValue, read
from scanners.sources.program_file import program_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policies.block import Properties

_PROVIDERS = "pulumi:providers:"
URN_PARTS = 4
"""Parts of a URN between its `::`: stack, project, type and name."""

_MOST_ALIASES = 100
"""Programs have a few; each is a word in every result on the resource."""

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
    aliases: msgspec.Raw = msgspec.Raw(b"")
    delete: bool = False
    external: bool = False


class _Trace(msgspec.Struct, rename="camel", gc=False):
    """The frames of the program in which a resource was made."""

    stack_trace: msgspec.Raw = msgspec.Raw(b"")


read_state = msgspec.json.Decoder(State).decode
_read_object = msgspec.json.Decoder().decode
_read_dependencies = msgspec.json.Decoder(dict[str, tuple[str, ...] | None] | None).decode
_read_trace = msgspec.json.Decoder(_Trace).decode


class _Known(NamedTuple):
    """What is kept of a resource: its bytes, and apart from them what is asked of most.

    That is its type, its properties as they are judged, the URN of its provider, and the line that made it.
    """

    type: str
    raw: msgspec.Raw
    judged: msgspec.Raw
    provider: str
    position: str


class StateResources:
    """The resources of a state by URN. It holds their bytes; a resource is made anew when one is asked for."""

    def __init__(self, *, recorded: bool, not_shown: Callable[[str], Resource | None] = lambda _: None) -> None:
        """Begin without resources; `recorded` says that what the provider recorded is judged, not what was asked for.

        `not_shown` gives a provider by its URN where the source uses it and does not show it.
        """
        self.by_type: dict[str, list[str]] = {}
        self._known: dict[str, _Known] = {}
        self._external: set[str] = set()
        self._recorded = recorded
        self._texts: dict[str, str] = {}  # of types, providers, positions: one for all that have the same
        self._providers: dict[str, Resource | None] = {"": None}
        self._not_shown = not_shown
        self._recent = lru_cache(_KEPT)(self._made)

    def add(self, state: State, raw: msgspec.Raw) -> None:
        """Add a resource under a URN that is not there yet; `raw` is what the state was read from."""
        urn, type_ = state.urn, CURRENT.get(state.type, state.type)
        type_ = self._texts.setdefault(type_, type_)
        provider = state.provider.rpartition("::")[0] if not type_.startswith(_PROVIDERS) else ""
        provider = self._texts.setdefault(provider, provider)
        position = self._texts.setdefault(state.source_position, state.source_position)
        if state.external:
            self._external.add(urn)
        self._known[urn] = _Known(
            type_, raw, state.outputs if self._is_recorded(urn, type_) else state.inputs, provider, position
        )
        if twin_of(type_):
            type_ = self._made(urn).type
        if type_ in self.by_type:
            self.by_type[type_].append(urn)
        else:
            self.by_type[type_] = [urn]

    def _is_recorded(self, urn: str, type_: str) -> bool:
        return urn in self._external or (self._recorded and not type_.startswith(_PROVIDERS))

    def __contains__(self, urn: object) -> bool:
        """Say whether there is a resource with a URN."""
        return urn in self._known

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._known)

    def __iter__(self) -> Iterator[Resource]:
        """Yield all of them, in the order of the state."""
        return map(self._made, self._known)

    def each(self, urns: Iterable[str]) -> Iterator[Resource]:
        """Yield the resources with some URNs."""
        return map(self._made, urns)

    def urns(self) -> Iterator[str]:
        """Yield the URNs, in the order of the state."""
        return iter(self._known)

    def get(self, urn: str, /) -> Resource | None:
        """Return the resource with a URN."""
        return self._recent(urn) if urn in self._known else None

    def type_of(self, urn: str) -> str | None:
        """Return the type of the resource with a URN."""
        if urn not in self._known:
            return None
        type_ = self._known[urn].type
        return self._made(urn).type if twin_of(type_) else type_

    def parent_of(self, urn: str) -> str:
        """Return the URN of a resource's parent; nothing where it has none."""
        return read_state(self._known[urn].raw).parent if urn in self._known else ""

    def _made(self, urn: str) -> Resource:
        type_, raw, judged, provider, position = self._known[urn]
        recorded = self._is_recorded(urn, type_)
        return Resource(
            urn,
            type_,
            urn.split("::", URN_PARTS - 1)[-1],
            partial(_properties, judged, "outputs" if recorded else "inputs"),
            partial(_details, raw),
            provider=self._provider(provider),
            location=partial(_location, position, raw),
            external=urn in self._external,
            recorded=recorded,
        )

    def _provider(self, urn: str) -> Resource | None:
        """Return a provider; they are few, so they are kept."""
        if urn not in self._providers:
            known = (self.type_of(urn) or "").startswith(_PROVIDERS)
            self._providers[urn] = self._made(urn) if known else self._not_shown(urn)
        return self._providers[urn]


def _details(raw: msgspec.Raw) -> Details:
    state = read_state(raw)
    return Details(
        state.id,
        state.parent,
        partial(_properties, state.outputs, "outputs"),
        partial(_dependencies, state.property_dependencies),
        partial(_aliases, state.aliases) if bytes(state.aliases) else (),
    )


def _aliases(raw: msgspec.Raw) -> tuple[str, ...]:
    """Return the URNs that a state names as aliases; what is none counts as not said.

    Since version 3.28 the engine names the one by which it found the resource, in previews only. Before, it kept every alias of
    the program in the state (pulumi/pulumi #9275, #9288).
    """
    try:
        found = _read_object(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    if not isinstance(found, list):
        return ()
    urns = (alias for alias in found if isinstance(alias, str) and is_urn(alias))
    return tuple(islice(dict.fromkeys(urns), _MOST_ALIASES))


def is_urn(text: str) -> bool:
    """Say whether a text has the parts of a URN."""
    return text.startswith("urn:pulumi:") and text.count("::") >= URN_PARTS - 1


def _properties(raw: msgspec.Raw, name: str) -> Properties:
    """Return a resource's properties. What cannot be read raises `UnknownValue`, which leaves every rule undecided."""
    data = bytes(raw)
    if data in {b"", b"null"}:
        return {}
    try:
        value = _read_object(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnknownValue(Reason.MALFORMED, name, f"not readable: {type(error).__name__}") from None
    if isinstance(unknown := read(value), Unknown):
        raise UnknownValue(unknown.reason, name)
    if not isinstance(value, dict):
        raise UnknownValue(Reason.MALFORMED, name, "expected an object")
    may_be_deep = len(data) > 2 * DEEPEST and data.count(b"{") + data.count(b"[") > DEEPEST
    if may_be_deep and _is_deeper_than(value, DEEPEST):
        raise UnknownValue(Reason.MALFORMED, name, f"nested deeper than {DEEPEST}")
    return value


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


def _location(position: str, raw: msgspec.Raw) -> Location | None:
    """Return the line of the user's program: the first frame inside the project that is not in a virtual environment."""
    if found := _program_line(position):
        return found
    frames = _FRAME.finditer(bytes(_read_trace(raw).stack_trace))  # dozens, of which the first few are looked at
    return next((line for frame in frames if (line := _program_line(frame[1].decode(errors="replace")))), None)


_FRAME = re.compile(rb'"sourcePosition"\s*:\s*"([^"\\]*)"')
_POSITION = re.compile(r"project:///(?P<file>[^#]+)#(?P<line>\d{1,9})(?:,\d+)?")
_FOREIGN = re.compile(r"(^|/)(\.venv|venv|site-packages|node_modules|dist-packages)(/|$)")


@lru_cache(_KEPT)
def _program_line(position: str) -> Location | None:
    """Return the line that a frame names; nothing for one outside the program.

    Frames behind an `await` in a TypeScript program are such: `project:///file:/home/me/shop/index.ts`. Where the project
    stands on that machine is not told, so the path cannot be made relative to it.
    """
    match = _POSITION.fullmatch(position)
    if match is None:
        return None
    path = match["file"]
    if "%" in path:  # the engine escapes as addresses do
        from urllib.parse import unquote  # noqa: PLC0415  (late: few paths need it)

        path = unquote(path)
    file = program_file(path)
    return Location(file, int(match["line"]) or 1) if file and not _FOREIGN.search(file) else None
