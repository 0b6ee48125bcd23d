"""The example of a rule as Terraform, and as what Checkov would print for it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from policies.block import DEFAULTS
from policies.rule import Example, Reference
from policies.unknown import Reason, Unknown, read
from scanners.sources.terraform_types import MASK, PROVIDER, nested, terraform_name, terraform_type
from scanners.sources.terraform_types import terraform_of as terraform_of_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scanners.sources.terraform_types import Shape, TerraformType

UNKNOWNS = {
    Reason.COMPUTED: "terraform_data.later.output",
    Reason.NOT_REPORTED: "var.given",
    Reason.SECRET: f'"pass{MASK}"',
}
AWS = "aws.default"
"""Checkov's name of the provider without an alias."""


class CannotExpressError(Exception):
    """Terraform has no way to say what an example says."""


class Terraform(NamedTuple):
    """An example in Terraform: its text, and the address of the resource that it is about."""

    blocks: dict[str, str]
    address: str

    @property
    def text(self) -> str:
        return "\n".join(self.blocks.values())

    def report(self) -> dict[str, Any]:
        """Return what Checkov would print: a record for each block, with its lines."""
        records, line = [], 1
        for address, block in self.blocks.items():
            lines = block.splitlines(keepends=True)
            records.append(passed(address, "/main.tf", line, lines))
            line += len(lines) + 1
        results = {"passed_checks": records, "failed_checks": [], "skipped_checks": [], "parsing_errors": []}
        return {"check_type": "terraform", "results": results, "summary": {}}


def passed(address: str, file: str, first: int, lines: list[str]) -> dict[str, Any]:
    """Return what Checkov prints of a resource that passed a check: its lines, of which the first has a number."""
    return {
        "check_id": "CKV_AWS_41",
        "check_name": "A check",
        "check_result": {"result": "PASSED"},
        "code_block": [[number, text] for number, text in enumerate(lines, first)],
        "file_path": file,
        "file_line_range": [first, first + len(lines) - 1],
        "resource": address,
    }


def terraform_of(example: Example) -> Terraform:
    """Return an example as Terraform; raises `CannotExpressError`."""
    everything = {item.name: item for item in (example, *example.related)}
    writer = _Writer(everything)
    inputs = example.inputs if example.type == PROVIDER else example.provider or {}
    provider = {name: _decoded(value) for name, value in inputs.items()}
    aws = terraform_type("aws")
    assert aws
    blocks = {AWS: writer.block('provider "aws"', provider, aws.shape, "")}
    for item in everything.values():
        if item.type == PROVIDER and item is example:
            continue
        type_name, type_ = _type(item)
        address = address_of(item)
        name = address.partition(".")[2]
        header = f'resource "{type_name}" "{name}"'
        blocks[address] = writer.block(header, item.inputs, type_.shape, "")
    return Terraform(blocks, address_of(example))


def plan_of(example: Example) -> dict[str, Any]:
    """Return what Checkov would print for an example in a plan: the values that are known, without their closing brace."""
    records = []
    for item in (example, *example.related):
        _, type_ = _type(item)
        values = _planned(item.inputs, type_.shape)
        lines = json.dumps({"values": values}, indent=2).splitlines(keepends=True)[1:-2]
        if values == {}:
            lines = ['"values": {\n']
        records.append(passed(address_of(item), "/plan.json", 1, lines))
    return {"check_type": "terraform_plan", "results": {"passed_checks": records}, "summary": {}}


_NOT_KNOWN = object()


def _planned(inputs: Mapping[str, object], shape: Shape) -> dict[str, object]:
    """Return a Terraform object as a plan has it: what is not known yet is left out."""
    planned = {}
    for property_, value in inputs.items():
        if property_ not in (DEFAULTS, "tagsAll"):
            name = _name(property_, shape)
            step = shape.get(name, {})
            known = _planned_value(value, step)
            if known is not _NOT_KNOWN:
                planned[name] = [known] if step.get("is") == "object" and isinstance(known, dict) else known
    return planned


def _planned_value(value: object, step: Mapping[str, object]) -> object:
    value = read(value)
    if isinstance(value, Unknown | Reference):
        return _NOT_KNOWN
    if isinstance(value, dict):
        if _is_document([value]) and step.get("is") != "map":
            known = _planned_data(value)
            return _NOT_KNOWN if known is _NOT_KNOWN else json.dumps(known)
        if step.get("is") == "map":
            items = {key: _planned_value(item, {}) for key, item in value.items() if key != DEFAULTS}
            return {key: item for key, item in items.items() if item is not _NOT_KNOWN}
        return _planned(value, nested(step))
    if isinstance(value, list | tuple):
        items_ = [_planned_value(item, step) for item in value]
        return [None if item is _NOT_KNOWN else item for item in items_]
    return value


def _planned_data(value: object) -> object:
    """Return a JSON document; `_NOT_KNOWN` if anything in it is not known."""
    value = read(value)
    if isinstance(value, Unknown | Reference):
        return _NOT_KNOWN
    if isinstance(value, dict):
        known = {key: _planned_data(item) for key, item in value.items()}
        return _NOT_KNOWN if _NOT_KNOWN in known.values() else known
    if isinstance(value, list | tuple):
        items = [_planned_data(item) for item in value]
        return _NOT_KNOWN if _NOT_KNOWN in items else items
    return value


def address_of(example: Example) -> str:
    """Return the Terraform address of an example."""
    if example.type == PROVIDER:
        return AWS
    return f"{_type(example)[0]}.{re.sub(r'[^A-Za-z0-9_-]', '_', example.name)}"


def _type(example: Example) -> tuple[str, TerraformType]:
    found = terraform_of_token(example.type)
    if found is None or example.type == PROVIDER:
        message = f"no Terraform resource becomes {example.type}"
        raise CannotExpressError(message)
    return found


def _name(property_: str, shape: Shape) -> str:
    name = terraform_name(property_, shape)
    if name is None:
        message = f"no Terraform name becomes {property_}"
        raise CannotExpressError(message)
    return name


def _decoded(value: object) -> object:
    """Return a provider's input, which may be JSON text."""
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
    except ValueError:
        raise CannotExpressError("an input of the provider that is not JSON") from None


class _Writer:
    def __init__(self, examples: Mapping[str, Example]) -> None:
        self.examples = examples

    def block(self, header: str, inputs: Mapping[str, object], shape: Shape, indent: str) -> str:
        lines = [f"{indent}{header} {{\n"]
        for property_, value in inputs.items():
            if property_ == DEFAULTS:
                continue
            if property_ == "tagsAll":
                raise CannotExpressError("tagsAll is the provider's own")
            lines += self.property(property_, read(value), shape, f"{indent}  ")
        return "".join([*lines, f"{indent}}}\n"])

    def property(self, property_: str, value: object, shape: Shape, indent: str) -> Iterator[str]:
        name = _name(property_, shape)
        step = shape.get(name, {})
        items = [read(item) for item in value] if isinstance(value, list | tuple) else [value]
        if step.get("is") == "map" or not any(isinstance(item, dict) for item in items) or _is_document(items):
            yield f"{indent}{name} = {self.value(value, document=_is_document(items) and step.get('is') != 'map')}\n"
            return
        for item in items:
            if isinstance(item, dict):
                yield self.block(name, item, nested(step), indent)
            elif isinstance(item, Unknown):
                yield f'{indent}dynamic "{name}" {{\n{indent}  for_each = var.given\n{indent}  content {{}}\n{indent}}}\n'
            else:
                raise CannotExpressError("blocks and other values in one list")

    def value(self, value: object, *, document: bool = False) -> str:  # noqa: PLR0911  (one return for each kind)
        value = read(value)
        if document:
            return f"jsonencode({self.value(value)})"
        if isinstance(value, Unknown):
            if value.reason not in UNKNOWNS:
                raise CannotExpressError("a value of the wrong type")
            return UNKNOWNS[value.reason]
        if isinstance(value, Reference):
            return f"{address_of(self.examples[value.to])}.{value.output}"
        if isinstance(value, dict):
            items = (f"{_quoted(key)} = {self.value(item)}" for key, item in value.items() if key != DEFAULTS)
            return f"{{ {', '.join(items)} }}"
        if isinstance(value, list | tuple):
            return f"[{', '.join(self.value(item) for item in value)}]"
        if isinstance(value, str):
            return _quoted(value)
        if value is None:
            return "null"
        if isinstance(value, bool | int | float):
            return json.dumps(value)
        raise CannotExpressError("a value that is no Terraform literal")


def _is_document(items: Iterable[object]) -> bool:
    """Say whether values are JSON documents, such as IAM policies: their keys are capitalised."""
    return any(isinstance(item, dict) and any(key[:1].isupper() for key in item) for item in items)


def _quoted(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False).replace("\\b", "\\u0008").replace("\\f", "\\u000c")
    return escaped.replace("${", "$${").replace("%{", "%%{")
