"""JSON documents inside a property, read as blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.block import Block

if TYPE_CHECKING:
    from policies.resource import Resource


_DEEP = 10
"""As deep as anything lies that a rule reads."""


def embedded_json(resource: Resource, path: str) -> Block:
    """Return the JSON object that a property holds as text; an empty block where it is not set.

    Raises `UnknownValue` (malformed) for text that is not JSON, YAML too, and for JSON that is not an object.
    """
    return Block({path: resource.json(path)}).block(path)


def json_block(resource: Resource, path: str) -> Block:
    """Return a block whose property `path` is what a resource's property of that name holds as JSON.

    The provider takes the keys with a small or a capital first letter; here they are small.
    """
    return Block({path: _small(resource.json(path), _DEEP)}, recorded=resource.recorded)


def _small(value: object, deep: int) -> object:
    if deep and isinstance(value, list):
        return [_small(item, deep - 1) for item in value]
    if deep and isinstance(value, dict):
        return {f"{key[:1].lower()}{key[1:]}": _small(item, deep - 1) for key, item in value.items()}
    return value
