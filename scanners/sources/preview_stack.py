"""The stack that the steps of a preview would leave: the new state of each step after which there is a resource.

The steps are those of pulumi's pkg/resource/deploy/step.go.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from policies.resource import Resource
from policies.stack import Stack, names_in
from policies.unknown import NOT_REPORTED, UnknownValue
from scanners.sources.source import CHANGES, PREVIEW, SourceStack
from scanners.sources.stack_export import add_states, misfit
from scanners.sources.state_resources import URN_PARTS, State, StateResources, read_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policies.block import Properties

ABSENT = msgspec.Raw(b"")
"""A state that is not there."""

_UNKNOWN = msgspec.Raw(b'"04da6b54-80e4-46f7-96ec-b56ff0331ba9"')
_MASK = "[secret]"
_MASKS = (_MASK, "[credential]")
"""What the engine writes into the texts of events, wherever a secret or a credential of its own stands in them."""

_REMOVES = frozenset({"delete", "discard"})
_LEAVES_AS_IS = frozenset({"delete-replaced", "discard-replaced", "remove-pending-replace", "extend-parameterize"})
_KEEPS = frozenset({"same", "refresh", "update"})
"""Steps after which the resource is still the one that it was, with the id and the ARN that it had."""

_DEFAULT_PROVIDER = re.compile(r"urn:pulumi:.+::(?P<type>pulumi:providers:(?P<package>[\w-]+))::default_\d+_\d+_\d+\w*")


class Step(msgspec.Struct):
    """A step as events carry it: `old` and `new` are the states before and after it, null where there is none."""

    op: str
    urn: str = ""
    old: msgspec.Raw = ABSENT
    new: msgspec.Raw = ABSENT


class _Left(NamedTuple):
    """A resource that the update would leave; `number` is that of the step or the line."""

    number: int
    op: str
    state: State
    raw: msgspec.Raw


class PreviewStack:
    """What a preview says, gathered step by step; the last word on a URN counts."""

    def __init__(self, where: Callable[[int], str], *, masked: bool) -> None:
        """Begin without steps.

        `where` gives the place of a step from its number; `masked` says that a mask may stand inside of a text.
        """
        self.config: Mapping[str, str] = {}
        """The stack's configuration, secrets masked."""
        self.unchanged = 0
        """How many resources the preview counted as unchanged."""
        self._where = where
        self._masked = masked
        self._notes: list[str] = []
        self._failed: dict[str, None] = {}
        self._stateless: list[int] = []
        self._left: dict[str, _Left] = {}
        self._sames = 0
        self._refreshed: set[str] = set()
        self._names = ("", "")

    def note(self, text: str) -> None:
        """Take what makes the preview incomplete."""
        self._notes.append(text)

    def fails(self, urn: str) -> None:
        """Take an error, at a resource or at none: the preview did not see the whole program."""
        self._failed[f" of {urn}" if urn else ""] = None

    def ends(self, result: str) -> None:
        """Take how the preview ended: `succeeded`, `failed`, `canceled`, or nothing, as older versions say.

        Where it succeeded, the errors so far are what the program logged, and nothing is missing.
        """
        if result == "succeeded":
            self._failed.clear()
        elif result == "canceled":
            self.note("the preview was canceled")
        elif result:
            self.fails("")

    def add(self, number: int, step: Step, *, done: bool = False) -> None:
        """Take a step; `done` says that it was tried, so that a resource without a new state is gone."""
        if not self._names[0]:
            self._names = names_in(step.urn)
        if step.op == "refresh" and not done:  # its states are both the one before the refresh
            self._refreshed.add(step.urn)
            return
        if step.op in _LEAVES_AS_IS:
            return
        self._refreshed.discard(step.urn)
        self._sames += step.op == "same"
        new = step.new
        if step.op in _REMOVES or (done and _is_null(new)):
            # what an earlier update replaced has the URN of its replacement
            if _is_null(step.old) or not self._state(number, step.old, "old").delete:
                self._left.pop(step.urn, None)
        elif _is_null(new):
            self._stateless.append(number)
        else:
            self._leave(number, step, new)

    def _leave(self, number: int, step: Step, new: msgspec.Raw) -> None:
        state = self._state(number, new, "new")
        if state.delete:
            return
        id_, inputs, outputs, aliases = state.id, state.inputs, state.outputs, _aliases(step, new)
        if step.op in _KEEPS and not state.external and not _is_null(step.old):
            old = self._state(number, step.old, "old")
            id_ = id_ or old.id
            if step.op == "same" and not id_ and _is_custom(new):
                return  # `--target` keeps it from being made
            outputs = old.outputs if _is_empty(outputs) and not _is_empty(old.outputs) else outputs
        if state.external and _is_empty(outputs):  # they stand for its inputs
            outputs = _UNKNOWN
        if self._masked:
            inputs, outputs = _unmasked(inputs), _unmasked(outputs)
        if aliases or id_ != state.id or inputs is not state.inputs or outputs is not state.outputs:
            changed = {"id": id_, "inputs": inputs, "outputs": outputs, **aliases}
            kept = _read_fields(new) | {name: value for name, value in changed.items() if value != ABSENT}
            new = msgspec.Raw(msgspec.json.encode(kept))
            state = read_state(new)
        self._left[step.urn or state.urn] = _Left(number, step.op, state, new)

    def _state(self, number: int, raw: msgspec.Raw, which: str) -> State:
        try:
            return read_state(raw)
        except msgspec.ValidationError as error:
            raise misfit(error, f"{self._where(number)}, {which} state: $") from None

    def source(self, path: str) -> SourceStack:
        """Return the stack; it is not complete where the preview failed, or leaves out what stays the same."""
        if self._failed:
            first, *more = self._failed
            others = f" and {len(more)} more" if more else ""
            self.note(f"the preview failed: pulumi reports an error{first}{others}; what depends on it is not shown")
        if self._stateless:
            first, *more = map(self._where, self._stateless)
            others = f", and {len(more)} more" if more else ""
            self.note(f"{first}: a step without a new state{others}; their resources are not judged")
        left = self._left.values()
        resources = StateResources(recorded=False, not_shown=_unknown_provider)
        states = ((item.number, item.state, item.raw) for item in left)
        add_states(resources, chain(self._default_providers(), states), self._where, self._notes)
        # whatever a refresh found is gone if the program, of which at least the stack stays the same, says nothing more of it
        shows_all = self._sames >= max(self.unchanged, bool(self._refreshed))
        stack = Stack(*self._names, resources, complete=shows_all and not self._notes)
        return SourceStack(path, PREVIEW if shows_all else CHANGES, stack, notes=tuple(self._notes))

    def _default_providers(self) -> Iterator[tuple[int, State, msgspec.Raw]]:
        """Yield the default providers, which no preview shows, as the configuration of the stack makes them."""
        used = dict.fromkeys(item.state.provider.rpartition("::")[0] for item in self._left.values())
        for urn in used:
            found = _DEFAULT_PROVIDER.fullmatch(urn)
            if urn in self._left or not found:
                continue
            of_package = f"{found['package']}:"
            given = {key.removeprefix(of_package): value for key, value in self.config.items() if key.startswith(of_package)}
            inputs = {"region": _UNKNOWN, **given}  # a region may come from the environment instead
            raw = msgspec.Raw(msgspec.json.encode({"urn": urn, "type": found["type"], "custom": True, "inputs": inputs}))
            yield 0, read_state(raw), raw


_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class _Urn(msgspec.Struct):
    urn: str = ""


_read_urn = msgspec.json.Decoder(_Urn).decode


def _aliases(step: Step, new: msgspec.Raw) -> dict[str, list[str]]:
    """Return the alias by which the engine found the resource, where its new state does not name any.

    The states of a step have different URNs then. Documents name the alias, events do not.
    """
    if _is_null(step.old) or b'"aliases"' in bytes(new):
        return {}
    try:
        old = _read_urn(step.old).urn
    except msgspec.ValidationError:
        return {}
    return {"aliases": [old]} if old and old != step.urn else {}


def _is_null(raw: msgspec.Raw) -> bool:
    return bytes(raw) in {b"", b"null"}


def _is_custom(raw: msgspec.Raw) -> bool:
    return bytes(_read_fields(raw).get("custom", ABSENT)) == b"true"


def _is_empty(raw: msgspec.Raw) -> bool:
    return bytes(raw).translate(None, b" \t\r\n") in {b"", b"null", b"{}"}


def _unknown_provider(urn: str) -> Resource:
    """Return a provider of which the preview shows nothing: one that the program makes, and that stays the same."""

    def inputs() -> Properties:
        raise UnknownValue(NOT_REPORTED.reason, "provider", "the preview does not show the provider")

    type_, name = [*urn.split("::", URN_PARTS - 1), *[""] * URN_PARTS][2:URN_PARTS]
    return Resource(urn, type_, name, inputs)


def _unmasked(raw: msgspec.Raw) -> msgspec.Raw:
    """Return properties in which each text that holds a mask is a secret as a whole; the same where there is none."""
    data = bytes(raw)
    if not any(mask.encode() in data for mask in _MASKS):
        return raw
    try:
        return msgspec.Raw(msgspec.json.encode(_without_masks(msgspec.json.decode(data))))
    except RecursionError:
        return _UNKNOWN


def _without_masks(value: object) -> object:
    if isinstance(value, str):
        return _MASK if any(mask in value for mask in _MASKS) else value
    if isinstance(value, dict):
        return {key: _without_masks(item) for key, item in value.items()}
    return [_without_masks(item) for item in value] if isinstance(value, list) else value
