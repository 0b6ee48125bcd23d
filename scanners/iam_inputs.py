"""The states and previews that the IAM commands are about."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.joined_stacks import joined
from policies.iam_analysis.landscape import Landscape
from scanners.sources import files
from scanners.sources.source import CHANGES, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanners.sources.source import SourceStack

_ONLY_CHANGES = "shows what changes only, so little is certain; `pulumi preview --json --show-sames` shows all"


class Inputs(NamedTuple):
    """What the inputs hold. `errors` make a run incomplete; `notes` are what a reader must know. Both name the input."""

    landscapes: tuple[Landscape, ...]
    errors: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def resources(self) -> int:
        """How many resources there are."""
        return sum(len(landscape.stack.resources) for landscape in self.landscapes)


def read(sources: Iterable[str]) -> Inputs:
    """Read files, directories, globs or `-`; one that is named twice is read once. Never raises for what they hold."""
    found: list[SourceStack] = []
    errors: list[str] = []
    notes: list[str] = []
    seen: set[str] = set()
    for file in _located(sources, errors):
        place = os.path.realpath(file)
        if place in seen:
            continue
        seen.add(place)
        try:
            stacks = files.load(file)
        except SourceError as error:
            errors.append(f"{file}: {error}")
            continue
        for stack in stacks:
            errors += (f"{file}: {note}" for note in stack.notes)
            notes += [f"{file} {_ONLY_CHANGES}"] if stack.kind == CHANGES else []
        found += stacks
    stacks_ = joined([source.stack for source in found])
    return Inputs(tuple(map(Landscape, stacks_)), tuple(errors), tuple(notes))


def _located(sources: Iterable[str], errors: list[str]) -> list[str]:
    found: list[str] = []
    for source in sources:
        try:
            found.extend(files.locate(source))
        except SourceError as error:
            errors.append(f"{source}: {error}")
    return found
