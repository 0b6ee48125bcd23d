"""`stackproof export`: a stack as a document that other tools read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from scanners import exports
from scanners.arguments import Usage
from scanners.outputs import in_directory
from scanners.sources import files
from scanners.sources.source import CHANGES, SourceError, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.exports import LeftOut
    from scanners.sources.source import SourceStack

_NAMED = 3
"""Resources of a type that are named where they are left out."""


class Exported(NamedTuple):
    """A document in parts, what a reader must know about it, and whether all of the stack is in it that belongs there."""

    text: Iterable[str]
    told: tuple[str, ...]
    complete: bool


def exported(source: str, format_: str, output: str) -> Exported:
    """Return the one stack that a source holds as a document in a format of `EXPORTS`.

    `output` is the file that it will be written to. Raises `Usage`, and `SourceError` for what cannot be read.
    """
    file = _only_file(source)
    if output != files.STANDARD_INPUT and os.path.realpath(output) == os.path.realpath(file):
        raise Usage(f"--output: {output} is the source already")
    if output != files.STANDARD_INPUT:
        in_directory(output)
    found = _only_stack(file)
    document = exports.export(found.stack, format_)
    told = [f"{file}: {note}" for note in found.notes]
    if found.kind == CHANGES:
        told.append(f"{file} shows what changes only; `pulumi preview --json --show-sames` shows all")
    if not exports.shows_references(found):
        told.append(f"{file} {exports.NO_REFERENCES}")
    lost = any(item.lost for item in document.left_out)
    return Exported(document.text(), (*told, *_left_out(document.left_out)), not (found.notes or lost))


def _only_file(source: str) -> str:
    try:
        found = list(files.locate(source))
    except SourceError as error:
        raise SourceError(f"{source}: {error}") from None
    if len(found) > 1:
        raise Usage(f"{source} stands for {len(found)} files, and a document holds one stack; name one, such as {found[0]}")
    return found[0]


def _only_stack(file: str) -> SourceStack:
    try:
        found = files.load(file)
    except SourceError as error:
        raise SourceError(f"{file}: {error}") from None
    if any(stack.kind == "checkov" for stack in found):
        raise Usage(f"{file} is a report of Checkov; export what it was made of, or a state or a preview")
    if len(found) != 1:
        raise Usage(f"{file} holds {len(found)} stacks, and a document holds one")
    return found[0]


def _left_out(items: Iterable[LeftOut]) -> Iterator[str]:
    """Yield a line for each type of which resources are left out."""
    groups: dict[tuple[str, str], list[str]] = {}
    for item in items:
        groups.setdefault((item.type, item.why), []).append(item.urn.rpartition("::")[2])
    for (type_, why), names in groups.items():
        yield f"left out: {type_}: {named(names, _NAMED)}: {why}"
