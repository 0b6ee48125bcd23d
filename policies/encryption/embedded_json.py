"""JSON documents inside a property, read as blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.block import Block

if TYPE_CHECKING:
    from policies.resource import Resource


def embedded_json(resource: Resource, path: str) -> Block:
    """Return the JSON object that a property holds as text; an empty block where it is not set.

    Raises `UnknownValue` (malformed) for text that is not JSON, YAML too, and for JSON that is not an object.
    """
    return Block({path: resource.json(path)}).block(path)
