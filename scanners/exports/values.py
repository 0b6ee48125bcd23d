"""Properties of a Pulumi resource as a Terraform plan has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from policies.block import DEFAULTS
from policies.unknown import Reason, Unknown, holds_sentinel, is_file, read, resource_in
from scanners.sources.terraform_types import nested, terraform_name, terraform_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policies.provider import Shape as Facts
    from scanners.exports.references import PropertyReferences
    from scanners.sources.terraform_types import Shape

_DEEPEST = 40
"""Objects in one another that are written; Terraform's deepest types have some twenty."""
_LONGEST_KEY = 1000
"""Characters of a key: a reader of YAML, such as Checkov's, takes 1,024."""

_PLACES = ("path", "uri")


class Planned(NamedTuple):
    """What a plan says of a value.

    `value` is what is known of it, `ABSENT` where nothing is. `unknown` and `sensitive` are True for the whole of it, or have
    the places in it, the way Terraform marks them; `expression` is where it came from, None where that is not known.
    """

    value: object
    unknown: object = None
    sensitive: object = None
    expression: object = None


ABSENT = object()


class Position(NamedTuple):
    """Where a value stands: the Terraform name and shape of its property, the facts about Pulumi's, and how deep."""

    name: str
    step: Mapping[str, object]
    facts: Facts | None
    depth: int = 0

    def inner(self, name: str, step: Mapping[str, object], facts: Facts | None) -> Position:
        """Return the position of what is nested."""
        return Position(name, step, facts, self.depth + 1)


def planned_members(
    values: Mapping[str, object], shape: Shape, facts: Mapping[str, Facts], references: PropertyReferences, depth: int
) -> Planned:
    """Return the properties of an object under Terraform's names."""
    members = {}
    for property_, value in values.items():
        if property_.startswith("__"):
            continue  # the engine's and the provider's own
        name = name_of(property_, shape)
        position = Position(name, shape.get(name, {}), facts.get(property_), depth)
        members[name] = planned(value, position, references)
    return object_of(members)


def name_of(property_: str, shape: Shape) -> str:
    """Return Terraform's name of a property; its own where no name becomes it."""
    return terraform_name(property_, shape) or property_


def planned(value: object, at: Position, references: PropertyReferences) -> Planned:
    """Return a property as a plan has it; the resources that are found in it are taken from `references`."""
    if urn := resource_in(value):
        references.add(urn)
    value = read(value)
    if at.step.get("sensitive") and not isinstance(value, Unknown) and value not in (None, ""):
        value = Unknown(Reason.SECRET)  # plain in the program, and still nothing to write down
    if isinstance(value, dict):
        if is_file(value):
            return _asset(value, at, references)
        if at.depth > _DEEPEST or any(len(key) > _LONGEST_KEY for key in value):
            return _unknown(Unknown(Reason.MALFORMED), at, references)
        return _dict(value, at, references)
    if isinstance(value, list):
        return _list(value, at, references)
    return _leaf(value, at, references)


def _leaf(value: object, at: Position, references: PropertyReferences) -> Planned:
    if isinstance(value, Unknown):
        return _unknown(value, at, references)
    if isinstance(value, str):
        if holds_sentinel(value):
            return _unknown(Unknown(Reason.COMPUTED), at, references)
        return Planned(terraform_value(value, at.step), expression=origin(references.within(value, at.name)))
    return Planned(terraform_value(int(value) if isinstance(value, float) and value.is_integer() else value, at.step))


def _unknown(value: Unknown, at: Position, references: PropertyReferences) -> Planned:
    """Return what stands for a value that may not be written.

    A secret is one too: in Terraform's words an unknown value that is sensitive.
    """
    is_secret = value.reason in (Reason.SECRET, Reason.MASKED) or None
    return Planned(ABSENT, unknown=True, sensitive=is_secret, expression=origin(references.of_unknown(at.name)))


class Origin(dict[str, list[str]]):
    """The expression of a value that came from other resources: `references` to them."""


def origin(references: list[str]) -> Origin | None:
    """Return an expression with some references, None where there are none."""
    return Origin(references=references) if references else None


def _asset(value: Mapping[str, object], at: Position, references: PropertyReferences) -> Planned:
    """Return the place of an asset or an archive, which is all that Terraform knows of a file."""
    place = next((found for name in _PLACES if isinstance(found := value.get(name), str) and found), None)
    return _leaf(place or Unknown(Reason.COMPUTED), at, references)


def _dict(value: dict[str, object], at: Position, references: PropertyReferences) -> Planned:
    if at.step.get("is") == "map":
        return _map(value, at, references)
    facts = at.facts
    if facts is not None and not facts.properties:
        return _document(value, at, references)
    if facts is not None and "*" in facts.properties:
        return _map(value, at, references)
    properties = facts.properties if facts else {}
    inner = planned_members(value, nested(at.step), properties, references, at.depth + 1)
    if inner.value == {} and inner.unknown is None:  # as Terraform has it: without its members it may have unknown ones
        inner = inner._replace(value=dict.fromkeys(name_of(property_, nested(at.step)) for property_ in properties))
    is_block = at.step.get("is") == "object" or (facts is not None and facts.is_list)
    return _one_block(inner) if is_block else inner


def _one_block(inner: Planned) -> Planned:
    return Planned(
        [inner.value],
        [inner.unknown] if inner.unknown is not None else None,
        [inner.sensitive] if inner.sensitive is not None else None,
        [inner.expression],
    )


def object_of(members: Mapping[str, Planned]) -> Planned:
    """Return an object of its members; its expression has those of the members."""
    return Planned(
        {name: member.value for name, member in members.items() if member.value is not ABSENT},
        {name: member.unknown for name, member in members.items() if member.unknown is not None} or None,
        {name: member.sensitive for name, member in members.items() if member.sensitive is not None} or None,
        {name: member.expression for name, member in members.items() if member.expression is not None},
    )


def _map(value: Mapping[str, object], at: Position, references: PropertyReferences) -> Planned:
    """Return a map, whose keys are data; one without entries is null, for an empty one may have some that are unknown."""
    entries = {
        key: planned(item, at.inner(at.name, {"is": "map"}, None), references) for key, item in value.items() if key != DEFAULTS
    }
    if not entries:
        return Planned(None)
    return object_of(entries)._replace(expression=_together(entries.values()))


def _list(value: list[object], at: Position, references: PropertyReferences) -> Planned:
    facts = at.facts
    if facts is not None and not facts.is_list and not facts.properties and at.step.get("is") != "object":
        return _document(value, at, references)
    items_at = at._replace(
        step={key: kind for key, kind in at.step.items() if key != "is" or kind == "map"},
        facts=facts._replace(is_list=False) if facts else None,
        depth=at.depth + 1,
    )
    items = [planned(item, items_at, references) for item in value]
    if items and all(item.value is ABSENT for item in items):  # as a set of Terraform's, which has no places to keep
        is_secret = any(item.sensitive for item in items) or None
        return Planned(ABSENT, unknown=True, sensitive=is_secret, expression=_together(items))
    blocks = any(isinstance(item.value, dict) for item in items) and at.step.get("is") != "map"
    return Planned(
        [None if item.value is ABSENT else item.value for item in items],
        _places(item.unknown for item in items),
        _places(item.sensitive for item in items),
        [item.expression if isinstance(item.value, dict) else {} for item in items] if blocks else _together(items),
    )


def _places(marks: Iterable[object]) -> object:
    """Return the marks of the items of a list, each at its place."""
    found = list(marks)
    return [False if mark is None else mark for mark in found] if any(mark is not None for mark in found) else None


def _together(parts: Iterable[Planned]) -> object:
    """Return one expression for what Terraform writes as one: that of a map, or of a list of texts."""
    found: dict[str, None] = {}
    for part in parts:
        expressions = [part.expression]
        while expressions:
            expression = expressions.pop()
            if isinstance(expression, Origin):
                found |= dict.fromkeys(expression["references"])
            elif isinstance(expression, list | dict):
                expressions += expression.values() if isinstance(expression, dict) else expression
    return origin(list(found))


def _document(value: dict[str, object] | list[object], at: Position, references: PropertyReferences) -> Planned:
    """Return a JSON document as the text that Terraform wants; unknown as a whole where a part of it is."""
    if isinstance(value, list) and not value:
        return Planned(value)
    document = _plain(value)
    if isinstance(document, Unknown):
        return _unknown(document, at, references)
    text = json.dumps(document, separators=(",", ":"))
    return Planned(text, expression=origin(references.within(text, at.name)))


def _plain(value: object) -> object:
    """Return a document without the engine's marks; an `Unknown` if anything in it is, a secret before all others."""
    value = read(value)
    if isinstance(value, str):
        return Unknown(Reason.COMPUTED) if holds_sentinel(value) else value
    if isinstance(value, dict):
        members = {key: _plain(item) for key, item in value.items() if key != DEFAULTS}
        return _whole(members, members.values())
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        return _whole(items, items)
    return value


def _whole(value: object, parts: Iterable[object]) -> object:
    """Return a part of a document, or what is unknown in it: a secret before all else."""
    unknown = sorted((part for part in parts if isinstance(part, Unknown)), key=lambda part: part.reason is not Reason.SECRET)
    return unknown[0] if unknown else value
