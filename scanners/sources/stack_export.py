"""Exported stacks: what `pulumi stack export` prints, and the checkpoints of a file backend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from policies.block import DEEPEST
from policies.resource import Location, Resource
from policies.stack import Stack, names_in
from policies.unknown import Reason, UnknownValue
from scanners.sources.source import SourceError, SourceStack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policies.block import Properties

KNOWN_VERSIONS = (3, 4)
"""Deployment versions this reads; `pulumi stack export` has written 3 since 2019, 4 with newer engine features."""

_PROVIDERS = "pulumi:providers:"
_URN_PARTS = 4


class _State(msgspec.Struct, rename="camel"):
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


class _Deployment(msgspec.Struct):
    resources: list[_State] | None = None


class _Checkpoint(msgspec.Struct):
    stack: str = ""
    latest: _Deployment | None = None


class _File(msgspec.Struct):
    version: int | None = None
    deployment: _Deployment | None = None
    checkpoint: _Checkpoint | None = None


class _Frame(msgspec.Struct, rename="camel"):
    source_position: str = ""


def read(path: str, data: bytes, *, view: str = "inputs") -> SourceStack | None:
    """Read a stack from the bytes of a file; None if it is JSON of another kind.

    `view` is `inputs` (what the program asked for) or `outputs` (what the provider recorded). Raises `SourceError`.
    """
    file = _decode(data)
    if file is None or (file.deployment is None and file.checkpoint is None):
        return None
    if file.version not in KNOWN_VERSIONS:
        known = " and ".join(map(str, KNOWN_VERSIONS))
        what = "no version" if file.version is None else f"version {file.version}"
        raise SourceError(f"a deployment with {what}; versions {known} are understood")
    kind, deployment = "stack export", file.deployment
    if file.checkpoint is not None:
        kind, deployment = "checkpoint", file.checkpoint.latest or _Deployment()
    states = (deployment.resources if deployment else None) or []
    notes: list[str] = []
    kept = _usable(states, notes)
    resources = _resources(kept, recorded=view == "outputs")
    stack, project = _names(kept, file.checkpoint.stack if file.checkpoint else "")
    return SourceStack(path, kind, Stack(stack, project, resources), notes=tuple(notes))


def _decode(data: bytes) -> _File | None:
    try:
        return msgspec.json.decode(data, type=_File)
    except msgspec.ValidationError as error:
        if data.lstrip()[:1] != b"{":
            return None
        message, _, place = str(error).partition(" - at ")
        raise SourceError(f"{place.strip('`') or '$'}: {message[0].lower()}{message[1:].replace('`', '')}") from None


def _usable(states: list[_State], notes: list[str]) -> list[_State]:
    """Return the resources that can be judged; what is wrong with the others is noted with its place."""
    kept: dict[str, _State] = {}
    for index, state in enumerate(states):
        if state.delete:
            continue  # replaced, and to be deleted by the next update
        place = f"$.deployment.resources[{index}]"
        if not state.type:
            notes.append(f"{place}: a resource without a type; it is not judged")
        elif not state.urn.startswith("urn:pulumi:") or len(state.urn.split("::", _URN_PARTS - 1)) < _URN_PARTS:
            notes.append(f"{place}: not a URN; the resource is not judged")
        elif state.urn in kept:
            notes.append(f"{place}: the URN {state.urn} stands twice; only the first is judged")
        else:
            kept[state.urn] = state
    _note_cycles(kept, notes)
    return list(kept.values())


def _note_cycles(states: Mapping[str, _State], notes: list[str]) -> None:
    checked: set[str] = set()
    for urn in states:
        chain: dict[str, None] = {}
        current = urn
        while current in states and current not in checked:
            if current in chain:
                notes.append(f"the parents of {current} form a cycle")
                break
            chain[current] = None
            current = states[current].parent
        checked.update(chain)


def _names(states: list[_State], checkpoint_stack: str) -> tuple[str, str]:
    """Return the names of stack and project, from the URNs; a checkpoint without resources names its stack itself."""
    if states:
        return names_in(states[0].urn)
    parts = checkpoint_stack.split("/")
    return parts[-1], parts[-2] if len(parts) > 1 else ""


def _resources(states: list[_State], *, recorded: bool) -> list[Resource]:
    providers: dict[str, Resource] = {}
    for state in states:
        if state.type.startswith(_PROVIDERS):
            providers[state.urn] = _resource(state, None, recorded=False)
    return [
        providers.get(state.urn) or _resource(state, providers.get(state.provider.rpartition("::")[0]), recorded=recorded)
        for state in states
    ]


def _resource(state: _State, provider: Resource | None, *, recorded: bool) -> Resource:
    outputs = _properties(state.outputs, "outputs")
    judged = outputs if recorded or state.external else _properties(state.inputs, "inputs")
    return Resource(
        state.urn,
        state.type,
        state.urn.split("::", _URN_PARTS - 1)[-1],
        judged,
        outputs=outputs,
        id=state.id,
        parent=state.parent,
        provider=provider,
        property_dependencies=lambda: _dependencies(state.property_dependencies),
        location=lambda: _location(state),
        external=state.external,
        recorded=recorded or state.external,
    )


def _properties(raw: msgspec.Raw, name: str) -> Callable[[], Properties]:
    """Return the reader of a resource's properties. What it cannot read leaves every rule undecided."""

    def decode() -> Properties:
        data = bytes(raw)
        if data in {b"", b"null"}:
            return {}
        try:
            value = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnknownValue(Reason.MALFORMED, name, f"not readable: {type(error).__name__}") from None
        if not isinstance(value, dict):
            raise UnknownValue(Reason.MALFORMED, name, "expected an object")
        if data.count(b"{") + data.count(b"[") > DEEPEST and _is_deeper_than(value, DEEPEST):
            raise UnknownValue(Reason.MALFORMED, name, f"nested deeper than {DEEPEST}")
        return value

    return decode


_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def depth_exceeded_at(data: bytes, limit: int) -> int | None:
    """Return the byte where JSON gets nested deeper than a limit; None where it does not."""
    depth = 0
    for match in _TOKENS.finditer(data):
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
            if depth > limit:
                return match.start()
        elif token in (b"}", b"]"):
            depth -= 1
    return None


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
        found = msgspec.json.decode(raw, type=dict[str, tuple[str, ...] | None] | None) or {}
    except msgspec.DecodeError:
        raise UnknownValue(Reason.MALFORMED, "propertyDependencies", "expected lists of URNs") from None
    return {name: urns or () for name, urns in found.items()}


def _location(state: _State) -> Location | None:
    """Return the line of the user's program: the first frame inside the project that is not in a virtual environment."""
    positions = [state.source_position]
    if bytes(state.stack_trace):
        try:
            frames = msgspec.json.decode(state.stack_trace, type=list[_Frame] | None) or []
        except msgspec.DecodeError:
            frames = []
        positions.extend(frame.source_position for frame in frames)
    return next((found for position in positions if (found := _program_line(position))), None)


_POSITION = re.compile(r"project:///(?P<file>[^#]+)#(?P<line>\d{1,9})(?:,\d+)?")
_FOREIGN = re.compile(r"(^|/)(\.\.|\.venv|venv|site-packages|node_modules|dist-packages)(/|$)")


def _program_line(position: str) -> Location | None:
    match = _POSITION.fullmatch(position)
    if match is None or _FOREIGN.search(match["file"]):
        return None
    return Location(match["file"], int(match["line"]))
