"""`stackproof iam diff`: what access a later state, or a preview, gives that an earlier one does not.

The JSON: `old` and `new` (the inputs), `complete`, `notes`, `differences` and `summary` (of how many subjects access is
`added` for certain, `possible`, or `removed`). Each of `differences` has `subject` (principal, trust policy or resource
policy), `urn` (or the ARN of a resource outside the stacks), `name`, `location`, `change` (new, changed or removed), `gains`
and `losses`. A gain has `verdict` (yes or unknown), `actions` (patterns), `number` and `levels` of those that AWS documents,
`statement`, `example` (a request that is allowed now) and `why`. docs/iam.schema.json has all of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.iam_analysis.access import Verdict
from policies.iam_analysis.policy_diff import Difference, Subject, differences
from policies.iam_analysis.witness import described
from scanners import iam_inputs
from scanners.arguments import Usage
from scanners.iam_told import (
    as_location,
    as_statement,
    as_witness,
    conditions,
    counts,
    label,
    mark,
    origin,
    place,
    principals,
    reasons,
    resources,
)
from scanners.sources.source import named
from scanners.writers.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from policies.iam_analysis.gains import Gain
    from policies.iam_analysis.landscape import Landscape
    from scanners.iam_inputs import Inputs

_MOST_NAMES = 8


class Report:
    """What the command found."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Read both inputs and compare them; raises `Usage`."""
        if options.old == options.new == "-":
            raise Usage("OLD and NEW cannot both be standard input")
        self.old, self.new = (iam_inputs.read([source]) for source in (options.old, options.new))
        self.names = options.old, options.new
        for name, inputs in zip(self.names, (self.old, self.new), strict=True):
            if len(inputs.landscapes) > 1:
                raise Usage(f"{name}: holds stacks that have principals of the same names; compare one stack at a time")
        self.errors = (*self.old.errors, *self.new.errors)
        self.landscapes: tuple[Landscape, ...] = (*self.new.landscapes, *self.old.landscapes)
        self.compared = bool(self.old.landscapes and self.new.landscapes)
        self.differences = tuple(differences(self.old.landscapes[0], self.new.landscapes[0])) if self.compared else ()
        certain = any(gain.verdict is Verdict.YES for one in self.differences for gain in one.gains)
        possible = any(one.gains for one in self.differences)
        self.failed = {"never": False, "new": certain, "possible": possible}[options.fail_on]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return (*self.old.notes, *self.new.notes, *_assumed(self.old, self.new))

    def write(self, format_: str) -> Iterator[str]:
        """Yield the report as text or JSON."""
        return iter([json.dumps(self._object(), indent=2) + "\n"]) if format_ == "json" else self._text()

    def _summary(self) -> dict[str, int]:
        return {
            "added": sum(any(gain.verdict is Verdict.YES for gain in one.gains) for one in self.differences),
            "possible": sum(any(gain.verdict is not Verdict.YES for gain in one.gains) for one in self.differences),
            "removed": sum(bool(one.losses) for one in self.differences),
        }

    def _object(self) -> dict[str, object]:
        return {
            "version": 1,
            "old": self.names[0],
            "new": self.names[1],
            "complete": not self.errors,
            "notes": list(self.notes),
            "differences": [self._difference(one) for one in self.differences],
            "summary": self._summary(),
        }

    def _difference(self, one: Difference) -> dict[str, object]:
        return {
            "subject": one.subject,
            "urn": one.urn,
            "name": label(one.urn),
            "location": as_location(one.urn, self.landscapes),
            "change": _change(one),
            "gains": [self._gain(gain) for gain in one.gains],
            "losses": [{"actions": list(gain.actions), "number": gain.number} for gain in one.losses],
        }

    def _gain(self, gain: Gain) -> dict[str, object]:
        return {
            "verdict": gain.verdict,
            "actions": list(gain.actions),
            "number": gain.number,
            "levels": {level.value: count for level, count in gain.levels},
            "statement": as_statement(gain.statement, self.landscapes),
            "example": as_witness(gain.witness),
            "why": list(gain.why),
        }

    def _text(self) -> Iterator[str]:
        for alike in _grouped(self.differences):
            yield from (f"{printable(line)}\n" for line in self._lines(alike))
            yield "\n"
        for note in self.notes:
            yield f"Note: {printable(note)}.\n"
        summary = self._summary()
        told = "New access for {added}, possibly new for {possible}, less for {removed}.".format_map(summary)
        if self.compared:
            yield f"{told if any(summary.values()) else 'No access is new, and none is gone.'}\n"
        if self.errors:
            yield "This comparison is incomplete: an input could not be read whole.\n"

    def _lines(self, alike: Sequence[Difference]) -> Iterator[str]:
        first = alike[0]
        names = [place(one.urn, self.landscapes) for one in alike]
        subject = "" if first.subject is Subject.PRINCIPAL else f"{first.subject} of "
        state = {"new": "new: ", "removed": "removed: ", "changed": ""}[_change(first)]
        yield f"{state}{subject}{named(names, _MOST_NAMES)}"
        if first.new and not first.gains:
            yield "  nothing is allowed"
        for gain in first.gains:
            yield from self._added(gain)
        if first.losses:
            actions = dict.fromkeys(pattern for gain in first.losses for pattern in gain.actions)
            yield f"  - {named(tuple(actions), _MOST_NAMES)}"

    def _added(self, gain: Gain) -> Iterator[str]:
        sure = gain.verdict is Verdict.YES
        levels = counts(gain.levels)
        told = f"{', '.join(gain.actions)}{f' ({levels})' if levels else ''}"
        yield f"  + {told}" if sure else f"  ? {mark(gain.verdict)}: {told}"
        if gain.statement:
            who = principals(gain.statement.principals)
            about = [f"on {resources(gain.statement.resources)}"] if gain.statement.resources else []
            about += [f"for {who}"] if who else []
            about += [f"if {conditions(gain.statement.conditions)}"] if gain.statement.conditions else []
            yield f"      {' '.join(about)}"
            yield f"      by {origin(gain.statement, self.landscapes)}"
        if gain.witness:
            yield f"      for example {described(gain.witness)}"
        if not sure:
            yield f"      because of {reasons(gain.why)}"


def _change(one: Difference) -> str:
    return "new" if one.new else "removed" if one.gone else "changed"


def _grouped(found: Iterable[Difference]) -> list[list[Difference]]:
    """Return differences, those together that say the same of several principals, such as the members of a group."""
    groups: dict[object, list[Difference]] = {}
    for one in found:
        gains = tuple((gain.actions, gain.verdict, gain.statement, gain.why) for gain in one.gains)
        lost = tuple(gain.actions for gain in one.losses)
        key = (one.subject, one.new, one.gone, gains, lost) if gains or lost else one.urn
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _assumed(old: Inputs, new: Inputs) -> Iterator[str]:
    """Yield what the comparison cannot show."""
    if old.landscapes and new.landscapes and not old.resources:
        yield "the earlier state has no resources"
    if any(landscape.graph.resource_policies for landscape in (*old.landscapes, *new.landscapes)):
        yield "a request across accounts needs the policies of both: what a resource lets in is told here by itself"
