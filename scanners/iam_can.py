"""`stackproof iam can`: all that a principal is allowed, what limits it, and whether it can become administrator.

The JSON: `complete`, `notes` and `principals`. Each has `principal` (URN), `name`, `kind`, `arn`, `location`, `administrator`
(yes, chain, possible or no), `chain` (steps to the rights of an administrator), `allowed` and `denied`, `letInBy` (resources
whose own policies name it), `limits` and `unknown` (what is not known). Of `allowed` and `denied`, each has `actions` by
service (`patterns`, and `number` and `levels` of those that AWS documents), the `statements` that say so, and its `verdict`.
docs/iam.schema.json has all of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from policies.exemptions import wildcard
from policies.iam_analysis.abilities import Abilities, Ability, abilities
from policies.iam_analysis.chains import chains_of
from policies.settings import nearest
from scanners import iam_inputs
from scanners.arguments import Usage
from scanners.iam_told import (
    MOST_ITEMS,
    as_location,
    as_statement,
    conditions,
    counts,
    label,
    mark,
    origin,
    place,
    resources,
    table,
)
from scanners.sources.source import named
from scanners.writers.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.chains import Chain
    from policies.iam_analysis.landscape import Landscape

_MOST_SHOWN = 12
_MOST_UNKNOWN = 8


class _Found(NamedTuple):
    actor: Actor
    landscape: Landscape
    abilities: Abilities
    chain: Chain | None

    @property
    def administrator(self) -> str:
        if self.actor.is_administrator:
            return "yes"
        if self.chain is None:
            return "no" if self.actor.administrator == "no" else "possible"
        return "chain" if self.chain.is_sure else "possible"


class Report:
    """What the command found."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Read the inputs and look at the principals that are meant; raises `Usage`."""
        if options.states.count("-") > 1:
            raise Usage("standard input can be read once")
        self.inputs = iam_inputs.read(options.states)
        self.errors = self.inputs.errors
        self.found = [
            _Found(actor, landscape, abilities(landscape, actor), chains_of(landscape.stack).of(actor.id))
            for landscape, actor in _meant(options.principal, self.inputs.landscapes, complete=not self.errors)
        ]

    def write(self, format_: str) -> Iterator[str]:
        """Yield the report as text or JSON."""
        return iter([json.dumps(self._object(), indent=2) + "\n"]) if format_ == "json" else self._text()

    def _object(self) -> dict[str, object]:
        return {
            "version": 1,
            "complete": not self.errors,
            "notes": list(self.inputs.notes),
            "principals": [self._principal(one) for one in self.found],
        }

    def _principal(self, one: _Found) -> dict[str, object]:
        found = one.abilities
        return {
            "principal": one.actor.id,
            "name": label(one.actor.id),
            "kind": one.actor.principal.kind,
            "arn": one.actor.arn,
            "location": as_location(one.actor.id, self.inputs.landscapes),
            "administrator": one.administrator,
            "chain": list(_steps(one.chain)),
            "allowed": [self._ability(ability) for ability in found.allowed],
            "denied": [self._ability(ability) for ability in found.denied],
            "letInBy": [
                {
                    "resource": let_in.whose,
                    "actions": list(let_in.actions),
                    "statement": as_statement(let_in.statement, self.inputs.landscapes),
                    "verdict": let_in.verdict,
                }
                for let_in in found.let_in
            ],
            "limits": [
                {"name": fence.name, "allows": list(fence.allows), "denies": list(fence.denies), "verdict": fence.verdict}
                for fence in found.fences
            ],
            "unknown": list(found.unknown),
        }

    def _ability(self, ability: Ability) -> dict[str, object]:
        return {
            "verdict": ability.verdict,
            "actions": [
                {
                    "service": actions.service,
                    "patterns": list(actions.patterns),
                    "number": actions.number,
                    "levels": {level.value: count for level, count in actions.levels},
                }
                for actions in ability.actions
            ],
            "statements": [as_statement(statement, self.inputs.landscapes) for statement in ability.statements],
        }

    def _text(self) -> Iterator[str]:
        for one in self.found:
            yield f"{printable(place(one.actor.id, self.inputs.landscapes))}  {printable(one.actor.arn)}\n"
            yield from (f"  {printable(line)}\n" for line in _rights(one))
            yield from self._abilities("allowed", one.abilities.allowed)
            yield from self._abilities("denied", one.abilities.denied)
            yield from self._limits(one.abilities)
            yield "\n"
        for note in self.inputs.notes:
            yield f"Note: {printable(note)}.\n"
        if self.errors:
            yield "This answer is incomplete: an input could not be read whole.\n"

    def _abilities(self, heading: str, found: Sequence[Ability]) -> Iterator[str]:
        for ability in found:
            doubt = "" if ability.verdict == "yes" else f"{mark(ability.verdict)} whether "
            limits = f" if {conditions(ability.conditions)}" if ability.conditions else ""
            yield printable(f"  {doubt}{heading} on {resources(ability.resources)}{limits}") + "\n"
            yield from table([(", ".join(actions.patterns), counts(actions.levels)) for actions in ability.actions], "    ")
            by = dict.fromkeys(origin(statement, self.inputs.landscapes) for statement in ability.statements)
            yield printable(f"    by {named(tuple(by), MOST_ITEMS)}") + "\n"

    def _limits(self, found: Abilities) -> Iterator[str]:
        if found.let_in:
            yield "  let in by policies of resources\n"
            rows = [
                (
                    ", ".join(one.actions) if one.verdict == "yes" else f"{mark(one.verdict)}: {', '.join(one.actions)}",
                    f"on {label(one.whose)}{f' if {conditions(one.statement.conditions)}' if one.statement.conditions else ''}",
                    f"by {origin(one.statement, self.inputs.landscapes)}",
                )
                for one in found.let_in[:_MOST_SHOWN]
            ]
            yield from table(rows, "    ")
            yield from _more(len(found.let_in) - _MOST_SHOWN)
        if found.fences:
            yield "  limited by\n"
            for fence in found.fences:
                denies = f", denies {named(fence.denies, _MOST_SHOWN)}" if fence.denies else ""
                yield f"    {printable(fence.name)}: allows {named(fence.allows, _MOST_SHOWN) or 'nothing'}{denies}\n"
        if found.unknown:
            yield "  not known\n"
            yield from (f"    {printable(why)}\n" for why in found.unknown[:_MOST_UNKNOWN])
            yield from _more(len(found.unknown) - _MOST_UNKNOWN)


def _more(number: int) -> Iterator[str]:
    yield from [f"    and {number} more\n"] if number > 0 else ()


def _rights(one: _Found) -> Iterator[str]:
    """Yield what is said of the rights of an administrator."""
    if one.administrator == "yes":
        yield "is an administrator: it may change what everyone may do, itself included"
    elif one.administrator == "no":
        yield "is no administrator, and no known way leads there"
    else:
        yield "can become administrator:" if one.administrator == "chain" else "can perhaps become administrator:"
        yield from (f"  {step}" for step in _steps(one.chain))
    if one.actor.principal.kind == "group":
        yield "nobody in the stacks is known to be in this group"


def _steps(chain: Chain | None) -> Iterator[str]:
    for way in chain.ways if chain else ():
        doubt = f" ({'; '.join(way.why)})" if way.why else ""
        yield f"{way.path.name} on {way.target}{doubt}"


def _meant(text: str, landscapes: Iterable[Landscape], *, complete: bool) -> list[tuple[Landscape, Actor]]:
    """Return the principals that a name, an ARN, a URN or a pattern means; raises `Usage` where none or several fit.

    Where an input could not be read, one that is not there may be in that input.
    """
    known = [(landscape, actor) for landscape in landscapes for actor in _everyone(landscape)]
    pattern = wildcard(text)
    found = [(landscape, actor) for landscape, actor in known if any(map(pattern.fullmatch, _names(actor)))]
    if not found and complete:
        names = dict.fromkeys(_names(actor)[1] for _, actor in known)
        hint = nearest(text, names) if names else "there are no principals in the stacks"
        raise Usage(f"there is no principal {text!r}; {hint}".rstrip("; "))
    if len(found) > 1 and "*" not in text:
        raise Usage(f"{text!r} may be {named([actor.id for _, actor in found], MOST_ITEMS)}; name one by its URN")
    return found


def _everyone(landscape: Landscape) -> Iterator[Actor]:
    from policies.iam_analysis.actors import Actor  # noqa: PLC0415  (late: annotations need the name only)

    actors = {actor.id: actor for actor in landscape.actors}
    for urn, principal in landscape.graph.principals.items():
        yield actors.get(urn) or Actor(principal)


def _names(actor: Actor) -> tuple[str, str, str, str]:
    """Return what a principal goes by: its URN, its logical name, its name in AWS and its ARN."""
    return actor.id, actor.id.rpartition("::")[2], actor.principal.name.text, actor.arn
