"""Make large stack exports out of the real ones in examples/states.

    python -m tests.benchmarks.generate_export 10000 > large.json

The resources of the real exports are repeated until there are enough of them. Every copy is a graph of its own: its
URNs, ids, ARNs, physical names and Name tags are no other copy's, wherever they stand, so that no two resources are
the same to a program that remembers what it has seen. The same count gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from policies.stack import IDENTITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

STATES = Path(__file__).parents[2] / "examples" / "states"
STACK = "urn:pulumi:load::generated::"
_COPY = "\ue000"
"""Stands in a template where the number of the copy goes."""

_NAMES = frozenset(IDENTITIES)
_SHARED = re.compile(r"arn:aws:iam::aws:.*|[a-z]{2}-[a-z]+-\d|\d*|https?:.*|true|false")
"""What all stacks call the same: AWS's own policies, regions, accounts, switches."""

_DISTINCT = re.compile(r"(?=.*[-_:\d]).{6,}")
"""A name that is no word of a language, so that it means the same wherever it stands."""

_OWN = frozenset({"Name", "ciphertext"})
"""Keys whose texts are each copy's own, whatever they are."""


def write_export(count: int, stream: BinaryIO, types: Container[str] | None = None) -> None:
    """Write a stack export with `count` resources, of some types only if `types` are given."""
    stream.write(b'{"version": 3, "deployment": {"manifest": {}, "metadata": {}, "resources": [')
    for index, resource in zip(range(count), _resources(types), strict=False):
        stream.write(b",\n" if index else b"\n")
        stream.write(resource.encode())
    stream.write(b"\n]}}\n")


def _resources(types: Container[str] | None) -> Iterator[str]:
    templates = [template.split(_COPY) for file in sorted(STATES.glob("*.json")) for template in _templates(file, types)]
    copy = 0
    while templates:
        mark = f"{copy:05x}"
        yield from (mark.join(parts) for parts in templates)
        copy += 1


def _templates(file: Path, types: Container[str] | None) -> Iterator[str]:
    """Yield the JSON of each resource of a state, with marks where copies differ."""
    originals = json.loads(file.read_text())["deployment"]["resources"]
    urns = {item["urn"]: f"{STACK}{item['urn'].split('::', 2)[2]}-{file.stem}-{_COPY}" for item in originals}
    names = {name for item in originals for name in _names(item) if name not in urns}
    pattern = "|".join(re.escape(name) for name in sorted({*urns, *names}, key=len, reverse=True))
    rename = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])")

    def renamed(text: str) -> str:
        return rename.sub(lambda found: urns.get(found[0]) or _marked(found[0]), text)

    for item in originals:
        if types is None or item["type"] in types:
            yield json.dumps(_mapped(item, renamed), ensure_ascii=False)


def _names(value: Any) -> Iterator[str]:  # noqa: ANN401  (any JSON)
    """Yield what a resource and others call it by."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                if key in _NAMES and (key == "id" or _DISTINCT.fullmatch(item)) and not _SHARED.fullmatch(item):
                    yield item
            else:
                yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _marked(name: str) -> str:
    """Return a name with the mark of its copy: at the end, in the name of a host at the end of its first label."""
    if "." in name and not re.search(r"[:/]", name):
        first, _, rest = name.partition(".")
        return f"{first}-{_COPY}.{rest}"
    return f"{name}-{_COPY}"


def _mapped(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401  (any JSON)
    """Return a value with every text changed; keys stay."""
    if isinstance(value, dict):
        return {
            key: _marked(item) if key in _OWN and isinstance(item, str) else _mapped(item, change)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


if __name__ == "__main__":
    write_export(int(sys.argv[1]), sys.stdout.buffer)
