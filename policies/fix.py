"""Patches that mend violations, and the property paths they are written in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fix(NamedTuple):
    """A patch that mends a violation: property paths to their new values.

    Paths are Pulumi's: `ebsBlockDevices[0].encrypted`, `tags["cost.center"]`. A value of None removes the property.
    `replaces` marks a patch that makes AWS replace an existing resource; no host applies such a one by itself.
    """

    set: Mapping[str, object]
    replaces: bool = False

    def apply(self, inputs: Mapping[str, object]) -> dict[str, object]:
        """Return a patched copy of a resource's inputs; the rest of them is shared, not copied."""
        patched = dict(inputs)
        for path, value in self.set.items():
            _set(patched, path_steps(path), value)
        return patched


_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[]+)', re.DOTALL)


def path_steps(path: str) -> list[str | int]:
    """Split a Pulumi property path into names and list indexes."""
    return [
        int(index) if index else name or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        for quoted, index, name in _STEP.findall(path)
    ]


def path_to(map_path: str, key: str) -> str:
    """Return the path of a key of a map; keys that are not plain names are quoted as Pulumi does."""
    if key.isidentifier():
        return f"{map_path}.{key}"
    escaped = re.sub(r'(["\\])', r"\\\1", key)
    return f'{map_path}["{escaped}"]'


def nested(path: str, value: object) -> dict[str, object]:
    """Return the object that holds a value at a dotted path."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value  # type: ignore[return-value]


def _set(container: Any, steps: list[str | int], value: object) -> None:  # noqa: ANN401  (an object or a list)
    """Set a nested value, copying each container on the way so that the original stays as it was."""
    if isinstance(container, list) and isinstance(steps[0], str):
        steps = [0, *steps]  # a single block that stands as a list of one
    step: Any = steps[0]
    if isinstance(container, list) and step == len(container):
        container.append(None)  # an empty list, or the item after the last
    if len(steps) > 1:
        inner = container[step] if isinstance(container, list) else container.get(step)
        nested: Any = list(inner) if isinstance(inner, list) else dict(inner) if isinstance(inner, dict) else {}
        _set(nested, steps[1:], value)
        value = nested
    if value is None and isinstance(container, dict):
        container.pop(step, None)
    else:
        container[step] = value
