"""Rebuild the stack of what Checkov has read: every block of the graph that it makes of Terraform source or of plans.

A block of source is read from its own lines, as Checkov prints them, and a resource of a plan from the plan's values: so a
rule says the same here as of Checkov's report. The graph shows more than a report, which leaves out what no check looks at.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from policies.stack import Stack
from scanners.sources.terraform_resources import PLAN, Rebuilder, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.resource import Resource

    Vertex = Mapping[str, Any]

_SOURCE = "terraform"
_BLOCKS = frozenset({"resource", "data", "provider"})
_DECLARES = re.compile(r'^\s*(?:resource|module)\s+"|"(?:resource|module)"\s*:', re.MULTILINE)
_SIGNIFICANT = (".tf", ".tf.json")


class _Found(NamedTuple):
    """Where a block stands, and the URN of what became of it."""

    path: str
    urn: str


class Program:
    """The stack of a graph, and which resource of it is which block of Checkov's. `unreadable` is as of `Rebuilder`."""

    def __init__(self, stack: Stack, found: dict[str, list[_Found]], unreadable: tuple[str, ...]) -> None:
        """Take the stack, and the places of each address."""
        self.stack = stack
        self.unreadable = unreadable
        self._found = found
        self._asked: dict[tuple[str, str], str] = {}

    def find(self, address: str, file: str) -> Resource | None:
        """Return the resource with an address; None where there is none in the stack.

        `file` is as Checkov gives it to a check, from the directory that it reads: of several root modules with one address
        it tells which.
        """
        urn = self._asked.get((address, file))
        if urn is None:  # all checks of a resource ask in turn
            urn = self._asked[address, file] = self._urn(self._found.get(address, []), file)
        return self.stack.get(urn)

    @staticmethod
    def _urn(places: list[_Found], file: str) -> str:
        if len(places) > 1:
            end = re.sub(r"^(/\.\.)+", "", file.replace(os.sep, "/"))
            places = sorted((place for place in places if place.path.endswith(end)), key=lambda place: len(place.path))
        return places[0].urn if places else ""


def read(graph: Any) -> Program:  # noqa: ANN401  (a graph of rustworkx or networkx: Checkov has both)
    """Return the program that a graph of Checkov's shows."""
    vertices = list(_vertices(graph))
    plans = sorted({path for vertex in vertices if _is_plan(path := vertex["file_path_"])})
    framework = PLAN if plans else _SOURCE
    if plans:
        planned = {path: _plan(path) for path in plans}
        shown = [item for path, plan in planned.items() for item in _planned(path, plan)]
        complete = all(map(_is_whole, planned.values()))
    else:
        shown = list(_blocks(vertices))
        complete = _shows_all(vertices)
    resources = Rebuilder(f"urn:pulumi:checkov::{framework}", framework)
    found: dict[str, list[_Found]] = {}
    for path, item in shown:
        places = found.setdefault(item.address, [])
        if not any(place.path == path for place in places) and (urn := resources.add(item)):
            places.append(_Found(path, urn))
    stack = Stack("checkov", framework, resources.resources(lists_passed=True), complete=complete)
    return Program(stack, found, tuple(resources.unreadable))


def _vertices(graph: Any) -> Iterator[Vertex]:  # noqa: ANN401  (as above)
    for node in graph.nodes():
        yield node[1] if isinstance(node, tuple) else graph.nodes[node]


def _is_plan(path: str) -> bool:
    return path.endswith(".json") and not path.endswith(".tf.json")


def _content(vertex: Vertex) -> Mapping[str, Any]:
    """Return what stands in a block, with Checkov's own keys."""
    content = next(iter(vertex["config_"].values()))
    return next(iter(content.values())) if vertex["block_type_"] in {"resource", "data"} else content


def _shown_name(path: str) -> str:
    """Return a file from where Checkov was started, as its reports have it."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except (OSError, ValueError):  # another drive, or the directory is gone
        return PurePath(path).as_posix()


def _blocks(vertices: Iterable[Vertex]) -> Iterator[tuple[str, Shown]]:
    """Yield the blocks of source with the files that they stand in."""
    lines: dict[str, list[str] | None] = {}
    for vertex in vertices:
        if vertex["block_type_"] not in _BLOCKS:
            continue
        content, path = _content(vertex), vertex["file_path_"]
        start, end = (_line(content.get(name)) for name in ("__start_line__", "__end_line__"))
        if path not in lines:
            lines[path] = _lines(path)
        text = lines[path]
        code = None if text is None or not 0 < start <= end <= len(text) else "".join(text[start - 1 : end])
        yield path, Shown(str(content.get("__address__", "")), _shown_name(path), start, code)


def _line(value: object) -> int:
    """Return a number of a line; Checkov keeps some in a list."""
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, int) else 0


def _lines(path: str) -> list[str] | None:
    text = _text(path)
    # not `splitlines`: it knows ends of lines that neither Checkov nor Terraform does
    return None if text is None else [f"{line}\n" for line in text.split("\n")]


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _shows_all(vertices: Iterable[Vertex]) -> bool:
    """Say whether a graph has all resources of its directories: no module is missing, nor a file that Checkov cannot read."""
    paths = {vertex["file_path_"] for vertex in vertices}
    modules = (vertex for vertex in vertices if vertex["block_type_"] == "module")
    return all(_content(module).get("__resolved__") for module in modules) and not any(
        file not in paths and _DECLARES.search(_text(file) or "")
        for directory in {os.path.dirname(path) for path in paths}  # noqa: PTH120  (Checkov's are texts)
        for file in _files(directory)
    )


def _files(directory: str) -> Iterator[str]:
    try:
        names = os.listdir(directory)  # noqa: PTH208  (the same)
    except OSError:
        return
    for name in names:
        if name.endswith(_SIGNIFICANT) and not name.startswith("."):
            yield os.path.join(directory, name)  # noqa: PTH118  (the same)


def _plan(path: str) -> Mapping[str, Any]:
    """Return a plan; an empty one where it cannot be read."""
    try:
        with Path(path).open(encoding="utf-8-sig") as stream:
            plan = json.load(stream)
    except (OSError, ValueError, RecursionError):
        return {}
    return plan if isinstance(plan, dict) else {}


def _is_whole(plan: Mapping[str, Any]) -> bool:
    """Say whether a plan has all resources of its configuration: a targeted one says that it has not."""
    return "planned_values" in plan and plan.get("complete") is not False and not plan.get("errored")


def _planned(path: str, plan: Mapping[str, Any]) -> Iterator[tuple[str, Shown]]:
    """Yield the resources of a plan with its file."""
    planned = plan.get("planned_values")
    modules = [planned.get("root_module")] if isinstance(planned, dict) else []
    name = _shown_name(path)
    while modules:
        module = modules.pop()
        if not isinstance(module, dict):
            continue
        modules += module.get("child_modules") or []
        for item in module.get("resources") or []:
            if isinstance(item, dict) and item.get("mode") == "managed":
                values = json.dumps(item.get("values") or {})
                # as Checkov prints it: without the brace that ends the values
                yield path, Shown(str(item.get("address", "")), name, 0, f'"values": {values[:-1]}')
