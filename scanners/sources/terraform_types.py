"""Terraform's types and properties, as Pulumi's AWS provider names and shapes them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from policies.unknown import MASKED, NOT_REPORTED, Partial
from scanners.sources.terraform_expressions import Encoded, Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from scanners.sources.terraform_blocks import Block

    Shape: TypeAlias = Mapping[str, Mapping[str, object]]
    Compute: TypeAlias = Callable[[Expression, bool], object]

MASK = "*" * 10
"""What Checkov puts over the end of a secret."""

PROVIDER = "pulumi:providers:aws"
_CAPITAL = re.compile("[A-Z]")
_CAMEL_CASE = re.compile("[a-z][A-Za-z0-9]*")
_NUMBER = re.compile("-?[0-9]{1,18}")
_META_ARGUMENTS = frozenset(
    {"count", "for_each", "depends_on", "provider", "lifecycle", "provisioner", "connection", "timeouts"}
)


class TerraformType(NamedTuple):
    """A type of resource: Pulumi's token of it, and where its properties differ from Terraform's.

    `shape` maps Terraform's names, of those properties only that need it, to a step, with any of:
    `name`: Pulumi's, where it is not the same in camel case, or does not tell where Terraform's has underscores;
    `is`: object (a list of at most one in Terraform, the item itself in Pulumi), single (one object in both), or map (the
    keys are data);
    `has`: the shape of what is nested, for `nested`;
    `sensitive`: true where Terraform shows the value as sensitive;
    `type`: Pulumi's type where Terraform's is another, see `terraform_value`.
    """

    token: str
    shape: Shape


def terraform_type(name: str) -> TerraformType | None:
    """Return what is known of a Terraform type such as `aws_s3_bucket`; None where Pulumi has no such resource.

    The provider's own type is `aws`.
    """
    facts = _facts()["types"].get(name)
    return TerraformType(facts["token"], facts.get("has", {})) if facts else None


def terraform_of(token: str) -> tuple[str, TerraformType] | None:
    """Return the Terraform type that a Pulumi token stands for, with what is known of it; None where there is none.

    Some types have more than one token: that of `TerraformType` is the one asked for, and its shape is that token's.
    """
    name = _names().get(token)
    type_ = terraform_type(name) if name else None
    if not name or not type_:
        return None
    return name, TerraformType(token, _facts()["twins"].get(token, {}).get("has", type_.shape))


def terraform_types() -> Iterable[str]:
    """Return the names of the Terraform types that Pulumi has resources for, and of the provider."""
    names: Iterable[str] = _facts()["types"].keys()
    return names


@cache
def _names() -> dict[str, str]:
    """Return the names of Terraform's types by Pulumi's tokens."""
    types, twins = _facts()["types"], _facts()["twins"]
    return {facts["token"]: name for name, facts in types.items()} | {token: twin["type"] for token, twin in twins.items()}


@cache
def _facts() -> Any:  # noqa: ANN401  (JSON of our own)
    return json.loads(Path(__file__).with_name("terraform_types.json").read_text(encoding="utf-8"))


def nested(step: Mapping[str, object]) -> Shape:
    """Return the shape of what is nested in a property."""
    shape: Any = step.get("has", {})
    if isinstance(shape, int):  # one of those that many properties share
        shape = _facts()["shared"][shape]
    return shape  # type: ignore[no-any-return]


def camel_case(name: str) -> str:
    """Return Pulumi's spelling of a Terraform name."""
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def terraform_name(property_: str, shape: Shape) -> str | None:
    """Return Terraform's name of a Pulumi property in an object of a shape; None where no name becomes this property."""
    for name, step in shape.items():
        if step.get("name") == property_:
            return name
    name = _CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", property_)
    return name if _CAMEL_CASE.fullmatch(property_) and "name" not in shape.get(name, {}) else None


def terraform_value(value: object, step: Mapping[str, object]) -> object:
    """Return Terraform's form of a plain value: text for a boolean or a number, and a number for text, where types differ."""
    type_ = step.get("type")
    if type_ == "bool" and isinstance(value, bool):
        return str(value).lower()
    if type_ == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value) if value == value // 1 else value)
    if type_ == "string" and isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return value


def _pulumi_value(value: object, step: Mapping[str, object]) -> object:
    """Return Pulumi's form of a plain value, the other way round."""
    type_ = step.get("type")
    if isinstance(value, str):
        if type_ == "bool" and value in ("true", "false"):
            return value == "true"
        if type_ == "number" and _NUMBER.fullmatch(value):
            return int(value)
    if type_ == "string" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def properties_of(block: Block, type_: TerraformType, compute_for: Callable[[str], Compute]) -> dict[str, object]:
    """Return the Pulumi properties of a Terraform resource.

    `compute_for` gives, for a property, what computes the expressions in it: they come with whether they stand in JSON.
    """
    return _members(block, type_.shape, compute_for, leave_out=_META_ARGUMENTS)


def literal(value: object, compute: Compute) -> object:
    """Return a value that stands in JSON, or becomes part of it."""
    return _data(value, compute, encoded=True)


def planned_properties_of(values: Mapping[str, object], type_: TerraformType) -> Partial:
    """Return the Pulumi properties of a resource in a plan, which leaves out what is not known yet."""
    planned = {name: value for name, value in values.items() if name not in _META_ARGUMENTS}
    return _planned_object(planned, planned_shape(type_))


def planned_shape(type_: TerraformType) -> Shape:
    """Return the shape of a type in a plan, which has an attribute that no program sets: all tags of a resource."""
    return {**type_.shape, "tags_all": {"is": "map"}}


def _property(name: str, step: Mapping[str, object]) -> str:
    return str(step.get("name") or camel_case(name))


def _members(
    block: Block, shape: Shape, compute_for: Callable[[str], Compute], leave_out: frozenset[str] = frozenset()
) -> dict[str, object]:
    """Convert attributes and nested blocks; `compute_for` is as in `properties_of`."""
    properties: dict[str, object] = {}
    for name, value in block.attributes.items():
        if name not in leave_out:
            step = shape.get(name, {})
            property_ = _property(name, step)
            properties[property_] = _value(value, step, compute_for(property_))
    for name, blocks in _by_name(block.blocks).items():
        if name not in leave_out:
            step = shape.get(name, {})
            property_ = _property(name, step)
            properties[property_] = _blocks(blocks, step, compute_for(property_))
    return properties


def _by_name(blocks: Iterable[Block]) -> dict[str, list[Block | None]]:
    """Group blocks by their names; None stands for a dynamic block, of which there may be any number."""
    groups: dict[str, list[Block | None]] = {}
    for block in blocks:
        if block.type == "dynamic" and block.labels:
            groups.setdefault(block.labels[0], []).append(None)
        else:
            groups.setdefault(block.type, []).append(block)
    return groups


def _blocks(blocks: list[Block | None], step: Mapping[str, object], compute: Compute) -> object:
    shown = [block for block in blocks if block is not None]
    if not shown:
        return NOT_REPORTED
    if step.get("is") == "map":
        return _data({name: value for block in shown for name, value in block.attributes.items()}, compute)
    items: list[object] = [_members(block, nested(step), lambda _: compute) for block in shown]
    if step.get("is") in ("object", "single") and len(items) == 1:
        return items[0]
    return items if len(shown) == len(blocks) else [*items, NOT_REPORTED]


def _value(value: object, step: Mapping[str, object], compute: Compute) -> object:
    if isinstance(value, dict) and step.get("is") != "map":
        shape = nested(step)
        return {
            _property(name, inner): _value(item, inner, compute)
            for name, item in value.items()
            for inner in (shape.get(name, {}),)
        }
    if isinstance(value, list):
        if step.get("is") == "object" and len(value) <= 1:
            return _value(value[0], step, compute) if value else None
        return [_value(item, step, compute) for item in value]
    return _pulumi_value(_data(value, compute), step)


def _data(value: object, compute: Compute, *, encoded: bool = False) -> object:
    """Return a value whose keys are data."""
    if isinstance(value, Encoded):
        return _data(value.value, compute, encoded=True)
    if isinstance(value, Expression):
        return compute(value, encoded)
    if isinstance(value, dict):
        return {name: _data(item, compute, encoded=encoded) for name, item in value.items()}
    if isinstance(value, list):
        return [_data(item, compute, encoded=encoded) for item in value]
    return MASKED if isinstance(value, str) and MASK in value else value


def _planned_object(values: Mapping[str, object], shape: Shape) -> Partial:
    return Partial({
        _property(name, step): _planned(value, step) for name, value in values.items() for step in (shape.get(name, {}),)
    })  # fmt: skip


def _planned(value: object, step: Mapping[str, object]) -> object:
    if isinstance(value, dict):
        is_map = step.get("is") == "map"
        known = (
            Partial({name: _planned(item, {}) for name, item in value.items()})
            if is_map
            else _planned_object(value, nested(step))
        )
        return known or NOT_REPORTED  # an empty one looks the same as one of which nothing is known
    if isinstance(value, list):
        if step.get("is") == "object" and len(value) <= 1:
            return _planned(value[0], step) if value else None
        return [NOT_REPORTED if item is None else _planned(item, step) for item in value]
    return MASKED if isinstance(value, str) and MASK in value else _pulumi_value(value, step)
