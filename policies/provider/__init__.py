"""Facts about the AWS provider: which types there are, which take tags and which input properties they have.

They are generated from pulumi_aws by `python -m policies.provider.generate`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from policies.fix import path_steps
from policies.provider.taggable import TAGGABLE, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TAGGABLE", "Shape", "has_property", "property_shape", "resource_types", "takes_tags", "version"]


class Shape(NamedTuple):
    """The shape of a property. `properties` is empty for plain values; the key `*` stands for any key of a map."""

    is_list: bool
    properties: dict[str, Shape]


_ANY_KEY = "*"
_CUT = "..."
_PART = re.compile(r"[^\s{}\[\]]+|[{}\[\]]")


def version() -> str:
    """Return the version of the provider that the facts were read from."""
    return VERSION


def takes_tags(type_: str) -> bool:
    """Say whether a resource type has the inputs `tags` and `tagsAll`."""
    return type_ in _taggable()


@cache
def _taggable() -> frozenset[str]:
    return frozenset(TAGGABLE)


def resource_types() -> frozenset[str]:
    """Return the tokens of all resource types, the provider's own among them."""
    return frozenset(_inputs())


@cache
def _inputs() -> dict[str, str]:
    """Return the lines of the data file: type to inputs."""
    from pathlib import Path  # noqa: PLC0415  (late: rules need the types only)

    lines = Path(__file__).with_name("inputs.txt").read_text(encoding="utf-8").splitlines()
    return {type_: inputs for type_, _, inputs in (line.partition(" ") for line in lines)}


def has_property(type_: str, path: str) -> bool:
    """Say whether a resource type has an input at a path, such as `ebsBlockDevices[0].encrypted` or `tags["a key"]`.

    `[]` stands for any index; indexes may be left out, but not stand on what is no list. Any key of a map is right.
    What is nested deeper than seven levels is not written down and counts as there.
    """
    if type_ not in _inputs():
        return False
    shape = Shape(is_list=False, properties=property_shape(type_))
    for step in path_steps(path.replace("[]", "[0]")):
        if isinstance(step, int):
            if not shape.is_list:
                return False
            continue
        found = shape.properties.get(step) or shape.properties.get(_ANY_KEY)
        if found is None:
            return _CUT in shape.properties
        shape = found
    return True


@cache
def property_shape(type_: str) -> dict[str, Shape]:
    """Return the input properties of a type; none for a type that does not exist."""
    if type_ not in _inputs():
        return {}
    return _read(iter(_PART.findall(_inputs()[type_])))


def _read(parts: Iterator[str]) -> dict[str, Shape]:
    """Read the properties of one object, to its closing brace."""
    properties: dict[str, Shape] = {}
    name = ""
    for part in parts:
        if part == "}":
            break
        if part == "{":
            properties[name] = properties[name]._replace(properties=_read(parts))
        elif part == "[":
            properties[name] = Shape(is_list=True, properties={})
        elif part != "]":
            name = part
            properties[name] = Shape(is_list=False, properties={})
    return properties
