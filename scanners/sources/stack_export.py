"""Exported stacks: what `pulumi stack export` prints, and the checkpoints of a file backend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from policies.stack import Stack, names_in
from scanners.sources.source import SourceError, SourceStack
from scanners.sources.state_resources import StateResources, is_urn, read_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scanners.sources.state_resources import State

KNOWN_VERSIONS = (3, 4)
"""Deployment versions this reads; `pulumi stack export` has written 3 since 2019, 4 with newer engine features."""

_OBJECT = re.compile(rb"\s*\{")


class _Deployment(msgspec.Struct):
    resources: list[msgspec.Raw] | None = None


class _Checkpoint(msgspec.Struct):
    stack: str = ""
    latest: _Deployment | None = None


class _File(msgspec.Struct):
    version: int | str | None = None  # a text in files of other tools
    deployment: _Deployment | None = None
    checkpoint: _Checkpoint | None = None


_read_file = msgspec.json.Decoder(_File).decode


def read(path: str, data: bytes, *, view: str = "inputs") -> SourceStack | None:
    """Read a stack from the bytes of a file; None if it is JSON of another kind.

    `view` is `inputs` (what the program asked for) or `outputs` (what the provider recorded). Raises `SourceError`.
    """
    file = _decode(data)
    if file is None or (file.deployment is None and file.checkpoint is None):
        return None
    if file.version not in KNOWN_VERSIONS:
        known = " and ".join(map(str, KNOWN_VERSIONS))
        what = "no version" if file.version is None else f"version {file.version!r}"
        raise SourceError(f"a deployment with {what}; versions {known} are understood")
    kind, deployment, place = "stack export", file.deployment, "$.deployment"
    if file.checkpoint is not None:
        kind, deployment, place = "checkpoint", file.checkpoint.latest, "$.checkpoint.latest"
    notes: list[str] = []
    resources = StateResources(recorded=view == "outputs")
    where = f"{place}.resources[{{}}]".format
    add_states(resources, _states((deployment.resources if deployment else None) or [], where), where, notes)
    stack, project = _names(resources, file.checkpoint.stack if file.checkpoint else "")
    return SourceStack(path, kind, Stack(stack, project, resources), notes=tuple(notes))


def _decode(data: bytes) -> _File | None:
    try:
        return _read_file(data)
    except msgspec.ValidationError as error:
        if not _OBJECT.match(data):
            return None
        raise misfit(error, "$") from None


def misfit(error: msgspec.ValidationError, at: str) -> SourceError:
    """Return the error for a value of the wrong type; `at` leads to what was read."""
    message, _, place = str(error).partition(" - at ")
    where = at + place.strip("`").removeprefix("$")
    return SourceError(f"{where}: {message[0].lower()}{message[1:].replace('`', '')}")


def _states(raws: Iterable[msgspec.Raw], where: Callable[[int], str]) -> Iterator[tuple[int, State, msgspec.Raw]]:
    for index, raw in enumerate(raws):
        try:
            yield index, read_state(raw), raw
        except msgspec.ValidationError as error:
            raise misfit(error, where(index)) from None


def add_states(
    resources: StateResources,
    states: Iterable[tuple[int, State, msgspec.Raw]],
    where: Callable[[int], str],
    notes: list[str],
) -> None:
    """Add the resources that can be judged; what is wrong with the others is noted with its place, which `where` gives.

    A state comes with its number and with what it was read from.
    """
    before_parent: list[str] = []
    for index, state, raw in states:
        urn = state.urn
        if state.delete:
            continue  # replaced, and to be deleted by the next update
        if not state.type:
            notes.append(f"{where(index)}: a resource without a type; it is not judged")
        elif not is_urn(urn):
            notes.append(f"{where(index)}: not a URN; the resource is not judged")
        elif urn in resources:
            notes.append(f"{where(index)}: the URN {urn} stands twice; only the first is judged")
        else:
            if state.parent and state.parent not in resources:
                before_parent.append(urn)
            resources.add(state, raw)
    _note_cycles(resources, before_parent, notes)


def _note_cycles(resources: StateResources, urns: Iterable[str], notes: list[str]) -> None:
    """Note cycles of parents: each has a resource that stands before its parent, or is its own."""
    checked: set[str] = set()
    for urn in urns:
        chain: dict[str, None] = {}
        current = urn
        while current in resources and current not in checked:
            if current in chain:
                notes.append(f"the parents of {current} form a cycle")
                break
            chain[current] = None
            current = resources.parent_of(current)
        checked.update(chain)


def _names(resources: StateResources, checkpoint_stack: str) -> tuple[str, str]:
    """Return the names of stack and project, from the URNs; a checkpoint without resources names its stack itself."""
    if first := next(resources.urns(), None):
        return names_in(first)
    parts = checkpoint_stack.split("/")
    return parts[-1], parts[-2] if len(parts) > 1 else ""
