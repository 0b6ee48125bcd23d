"""What stands at a property path, told without its texts: they may be secrets."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from policies.block import DEFAULTS
from policies.fix import path_steps
from policies.provider import has_property
from policies.unknown import Partial, Reason, Unknown, read

if TYPE_CHECKING:
    from policies.resource import Resource

_LARGEST = 1e15


def evidence(resource: Resource, path: str, *, tells_numbers: bool = True) -> str:
    """Return what stands at a property path of a resource: `not set`, `true`, `a list of 3`, `a text`; empty if nobody can say.

    A number is told as it is where the provider defines its property; in a map of free keys, such as environment variables, it
    may be a password. `tells_numbers` False never tells one. Paths of native resources are not those of their values: empty.
    Never raises.
    """
    if not path or resource.native:
        return ""
    try:
        value: object = read(resource.values)
        for step in _steps(path):
            value = read(_inside(value, step))
            if value is None:
                return "not set"
            if value is _NOWHERE:
                return ""
        return _told(value, path if tells_numbers else "", resource.type)
    except Exception:  # noqa: BLE001  (a source gives any value; what cannot be told is left out)
        return ""


_NOWHERE = object()
"""The path leads into what has no members, such as a document in a text."""


@lru_cache(4096)
def _steps(path: str) -> tuple[str | int, ...]:
    return tuple(path_steps(path))


def _inside(value: object, step: str | int) -> object:
    if isinstance(value, list) and isinstance(step, str):  # a single block that stands as a list of one
        value = read(value[0]) if len(value) == 1 else None if not value else _NOWHERE
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int):
        return value[step] if step < len(value) else None
    return value if value is None or isinstance(value, Unknown) else _NOWHERE


def _told(value: object, path: str, type_: str) -> str:
    if isinstance(value, Unknown):
        return "a secret" if value.reason is Reason.SECRET else f"unknown ({value.reason})"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value) if path and abs(value) < _LARGEST and _is_defined(type_, path) else "a number"
    if isinstance(value, list) and value:
        return f"a list of {len(value)}"
    if isinstance(value, dict) and any(name != DEFAULTS for name in value):
        return "an object"
    return "a text" if isinstance(value, str) and value else _EMPTY.get(type(value), "")


_EMPTY: dict[type, str] = {
    str: "an empty text",
    list: "an empty list",
    dict: "an empty object",
    Partial: "an empty object",
}


def _number(value: float) -> str:
    return f"{value:g}" if value % 1 else str(int(value))


@lru_cache(4096)
def _is_defined(type_: str, path: str) -> bool:
    """Say whether the provider names the property: not so a key of a map."""
    steps = path_steps(path)
    name = steps[-1]
    if not isinstance(name, str):
        return False
    invented = ".".join(step for step in (*steps[:-1], f"{name}Invented") if isinstance(step, str))
    return has_property(type_, path) and not has_property(type_, invented)
