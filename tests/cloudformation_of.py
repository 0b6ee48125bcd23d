"""The example of a rule as resources of a CloudFormation template, and as what Checkov would print for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from policies.block import DEFAULTS
from policies.provider.native import conversions, databases, delivery, processing, storage
from policies.provider.native.tables import TWINS
from policies.provider.native.twin import Field, way
from policies.rule import Example, Reference
from policies.unknown import Reason, Unknown, read
from scanners.sources.cloudformation_names import native_name, native_type
from tests.terraform_of import passed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMAS = json.loads((Path(__file__).parent / "schemas" / "cloudformation-properties.json").read_text())
BY_TOKEN = {TWINS[native_type(type_)].type: type_ for type_ in SCHEMAS}
UNKNOWNS = {
    Reason.COMPUTED: {"Fn::GetAtt": ["Later", "Output"]},
    Reason.NOT_REPORTED: {"Ref": "Given"},
    Reason.SECRET: "{{resolve:secretsmanager:orders:SecretString:password}}",
}


class CannotExpressError(Exception):
    """CloudFormation has no way to say what an example says."""


def report_of(example: Example) -> dict[str, Any]:
    """Return what Checkov would print: a record for each resource, with its lines. Raises `CannotExpressError`."""
    if example.provider:
        raise CannotExpressError("a provider")
    records, line = [], 1
    for index, item in enumerate((example, *example.related)):
        declared = {id_of(item): {"Type": _type(item), "Properties": properties_of(item)}}
        as_yaml = yaml.dump(declared, Dumper=_Dumper, sort_keys=False)
        text = json.dumps(declared, indent=2)[1:-2] + "," if index % 2 else as_yaml
        lines = text.strip("\n").splitlines(keepends=True)
        records.append(passed(address_of(item), "/template.yaml", line, lines))
        line += len(lines) + 1
    return {"check_type": "cloudformation", "results": {"passed_checks": records}, "summary": {}}


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  (PyYAML's)
        return True


def id_of(example: Example) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", example.name) or "It"


def address_of(example: Example) -> str:
    return f"{_type(example)}.{id_of(example)}"


def _type(example: Example) -> str:
    type_: str | None = BY_TOKEN.get(example.type)
    if type_ is None:
        message = f"no resource becomes {example.type}"
        raise CannotExpressError(message)
    return type_


def properties_of(example: Example) -> dict[str, object]:
    """Return an example's inputs as CloudFormation has them; raises `CannotExpressError`."""
    type_ = _type(example)
    twin = TWINS[native_type(type_)]
    if twin.given.keys() & example.inputs.keys():
        raise CannotExpressError("a property that CloudFormation does not have")
    values = example.inputs
    native = _original(values, twin.fields)
    properties = _named(native, SCHEMAS[type_])
    assert isinstance(properties, dict)
    return properties


def _original(values: Mapping[str, object], fields: Mapping[str, Field]) -> dict[str, object]:
    """Return the native properties that are translated to some values."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if name == DEFAULTS:
            continue
        inside, among = found, fields
        *on_the_way, last = way(name, fields)
        for step in on_the_way:
            among = among[step].fields
            inside = inside.setdefault(step, {})  # type: ignore[assignment]
        field = among.get(last, Field(last))
        if last in inside:
            raise CannotExpressError("one property for two of the twin")
        if name == last and field.name != name:
            message = f"nothing like {name}"
            raise CannotExpressError(message)
        if field.spread:
            message = f"{name} is told in another way"
            raise CannotExpressError(message)
        inside[last] = _inverse(value, field)
    return found


def _inverse(value: object, field: Field) -> object:
    value = read(value)
    if isinstance(value, Unknown | Reference) or value is None:
        return value
    if field.convert is None:
        return _each(value, field.fields)
    inverse = _INVERSES.get(field.convert)
    if inverse is None:
        message = f"nothing turns {field.convert.__name__} back"
        raise CannotExpressError(message)
    return inverse(value)


def _each(value: object, fields: Mapping[str, Field]) -> object:
    value = read(value)
    if isinstance(value, list | tuple):
        return [_each(item, fields) for item in value]
    return _original(value, fields) if isinstance(value, dict) else value


def _tag_list(value: object) -> object:
    if not isinstance(value, dict):
        raise CannotExpressError("tags that are no map")
    return [{"key": key, "value": item} for key, item in value.items() if key != DEFAULTS]


def _camel(value: object) -> object:
    return re.sub(r"(?:^|-)(\w)", lambda found: found[1].upper(), str(value))


def _replicas(value: object) -> object:
    assert isinstance(value, dict)
    key = value.get("replicaKmsKeyId")
    rest = {name: item for name, item in value.items() if name != "replicaKmsKeyId"}
    return {**rest, "encryptionConfiguration": {"replicaKmsKeyId": key}} if key is not None else rest


def _parameter_map(value: object) -> object:
    assert isinstance(value, list | tuple)
    found: dict[str, object] = {}
    for item in map(read, value):
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(name, str):
            raise CannotExpressError("parameters without a name")
        found[name] = item.get("value")
    return found


_INVERSES: dict[Callable[[object], object], Callable[[Any], object]] = {
    conversions.tag_map: _tag_list,
    conversions.kebab_case: _camel,
    conversions.is_enabled: lambda value: "Enabled" if value is True else "Disabled" if value is False else value,
    conversions.only_item: lambda value: [value],
    databases.parameters: _parameter_map,
    processing.enabled: lambda value: {"enabled": value},
    storage.destination: _replicas,
    delivery.certificate: lambda value: [{"certificateArn": value}],
}


def _named(value: object, schema: object) -> object:  # noqa: PLR0911  (one return for each kind)
    """Return native properties under CloudFormation's names."""
    value = read(value)
    if isinstance(value, Unknown):
        if value.reason not in UNKNOWNS:
            raise CannotExpressError("a value of the wrong type")
        return UNKNOWNS[value.reason]
    if isinstance(value, Reference):
        return {"Fn::GetAtt": [re.sub(r"[^A-Za-z0-9]", "", value.to), value.output]}
    if isinstance(value, list | tuple):
        return [_named(item, schema[0] if isinstance(schema, list) else schema) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(schema, list):  # the provider has one object where CloudFormation has a list
        return [_named(value, schema[0])]
    if isinstance(schema, dict):
        names = {native_name(name): name for name in schema}
        unlike = value.keys() - names.keys()
        if unlike:
            message = f"nothing like {min(unlike)}"
            raise CannotExpressError(message)
        return {names[name]: _named(item, schema[names[name]]) for name, item in value.items()}
    return {name: _named(item, "json") for name, item in value.items() if name != DEFAULTS}
