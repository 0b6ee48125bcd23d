"""`stackproof iam who-can`: who is allowed an action on a resource.

The JSON: `action`, `resource` (null for any), `complete`, `notes` and `principals`, each with `principal` (its URN, or what a
policy calls one outside the stacks), `name`, `kind` (role, user, group, permission set, or outside), `arn` (null outside, with
`*` for what is not known), `location`, `verdict` (yes, unknown or no), `example` (a request that is allowed, or may be),
`statements` that allow it, and `why` it cannot be told. docs/iam.schema.json has all of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import Verdict
from policies.iam_analysis.guards import Wanted
from policies.iam_analysis.outsiders import outsiders
from policies.iam_analysis.who_can import Allowed, WhoCan
from policies.iam_catalogue.actions import universe
from scanners import iam_inputs
from scanners.arguments import Usage
from scanners.iam_told import (
    as_location,
    as_statement,
    as_witness,
    conditions,
    label,
    mark,
    origin,
    reasons,
    resources,
    table,
)
from scanners.writers.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from policies.iam_analysis.model import Statement

_ORDER = (Verdict.YES, Verdict.UNKNOWN, Verdict.NO)
_ASSUMED = (
    "resources outside the stacks are taken to be in the account of who asks, without policies of their own",
    "session policies, endpoint policies, S3 Block Public Access and the root users of accounts are left out",
)


class _Row(NamedTuple):
    kind: str
    arn: str | None
    allowed: Allowed


class Report:
    """What the command found."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Read the inputs and ask about everyone; raises `Usage`."""
        resource, states = _sorted(options.words)
        self.wanted = Wanted(_action(options.action), resource)
        self.inputs = iam_inputs.read(states)
        self.errors = self.inputs.errors
        self.notes = (*self.inputs.notes, *_ASSUMED)
        rows = [row for row in self._rows() if options.all or row.allowed.verdict is not Verdict.NO]
        self.rows = sorted(rows, key=lambda row: (_ORDER.index(row.allowed.verdict), row.kind == "outside", row.allowed.who))

    def _rows(self) -> Iterator[_Row]:
        for landscape in self.inputs.landscapes:
            question = WhoCan(landscape, self.wanted)
            for actor, allowed in zip(landscape.actors, question.principals(), strict=True):
                yield _Row(actor.principal.kind, actor.arn, allowed)
            for allowed in outsiders(question):
                yield _Row("outside", None, allowed)

    def write(self, format_: str) -> Iterator[str]:
        """Yield the report as text or JSON."""
        return iter([json.dumps(self._object(), indent=2) + "\n"]) if format_ == "json" else self._text()

    def _object(self) -> dict[str, object]:
        return {
            "version": 1,
            "action": self.wanted.action,
            "resource": self.wanted.resource or None,
            "complete": not self.errors,
            "notes": list(self.notes),
            "principals": [self._row(row) for row in self.rows],
        }

    def _row(self, row: _Row) -> dict[str, object]:
        return {
            "principal": row.allowed.who,
            "name": label(row.allowed.who),
            "kind": row.kind,
            "arn": row.arn,
            "location": as_location(row.allowed.who, self.inputs.landscapes),
            "verdict": row.allowed.verdict,
            "example": as_witness(row.allowed.witness),
            "statements": [as_statement(one, self.inputs.landscapes) for one in _granting(row.allowed)],
            "why": list(row.allowed.why),
        }

    def _text(self) -> Iterator[str]:
        rows = [self._cells(row) for row in self.rows]
        yield from table([("ANSWER", "WHO", "ON", "BY"), *rows]) if rows else ()
        sure = {row.allowed.who for row in self.rows if row.allowed.verdict is Verdict.YES}
        open_ = {row.allowed.who for row in self.rows if row.allowed.verdict is Verdict.UNKNOWN} - sure
        on = self.wanted.resource or "any resource"
        yield from ("\n",) if rows else ()
        yield f"{len(sure)} can {printable(self.wanted.action)} on {printable(on)}; of {len(open_)} it cannot be told.\n"
        for note in self.inputs.notes:
            yield f"Note: {printable(note)}.\n"
        if self.errors:
            yield "This answer is incomplete: an input could not be read whole.\n"

    def _cells(self, row: _Row) -> Sequence[str]:
        allowed = row.allowed
        granting = _granting(allowed)
        on = resources(granting[0].resources) if granting else ""
        by = "; ".join(origin(one, self.inputs.landscapes) for one in granting[:2])
        limits = conditions(atom for one in granting[:1] for atom in one.conditions)
        told = f"{by} if {limits}" if limits else by
        if allowed.verdict is Verdict.UNKNOWN:
            told = f"{told}; not known: {reasons(allowed.why)}".removeprefix("; ")
        return mark(allowed.verdict), label(allowed.who), on, told


def _granting(allowed: Allowed) -> list[Statement]:
    """Return the statements that allow a request and stand in a policy."""
    statements = allowed.witness.statements if allowed.witness else ()
    return [statement for statement in statements if statement.effect == "Allow" and statement.source]


def _sorted(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the resource, empty for any, and the inputs among the words of the command."""
    wanted = [word for word in words if word == "*" or word.startswith("arn:")]
    states = [word for word in words if word not in wanted]
    if len(wanted) > 1:
        raise Usage(f"one RESOURCE at a time: {wanted[0]} or {wanted[1]}")
    if not states:
        raise Usage("name a STATE; see stackproof iam who-can --help")
    if states.count("-") > 1:
        raise Usage("standard input can be read once")
    return "".join(word for word in wanted if word != "*"), states


def _action(text: str) -> str:
    """Return an action as AWS spells it; raises `Usage` for what no action of AWS matches."""
    known = universe()
    if text == "*" or known.mask(text.lower()):
        return known.spelled(text)
    if ":" not in text:
        raise Usage(f"{text!r} is no action: it has a service and a name, such as s3:GetObject")
    near = known.nearest(text)
    raise Usage(f"AWS has no action {text!r}{f'; did you mean {near}?' if near else ''}")
