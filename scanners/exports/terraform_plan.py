"""A stack as the plan that `terraform show -json` would print of it, which Checkov and Trivy read.

The form is that of https://developer.hashicorp.com/terraform/internals/json-format. A plan has what the program asks for, all
of it as resources to be made: a preview does not know what was there before, and neither reader judges it. So what AWS
computes, such as ids and ARNs, is not in it, and no property looks as if the program had set it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from policies.block import entries_of
from policies.effective_tags import default_tags
from policies.provider import property_shape
from policies.tags import Tags
from policies.unknown import SECRET, Reason, Unknown, UnknownValue, told_by
from scanners.exports import LeftOut
from scanners.exports.addresses import Addresses
from scanners.exports.providers import FULL_NAME, TYPES, Providers
from scanners.exports.references import PropertyReferences, Sources
from scanners.exports.values import Origin, Planned, Position, name_of, object_of, origin, planned
from scanners.sources.terraform_types import planned_shape, terraform_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

FORMAT_VERSION, TERRAFORM_VERSION = "1.2", "1.9.0"
"""Of the form of plans, and of a Terraform that writes it: readers look for both."""

_NOT_PLAIN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON allows, and that end lines or are refused where a reader takes JSON for YAML."""


class Plan(NamedTuple):
    """A plan as JSON values, the URN of each address in it, and the resources that are not in it.

    `unknown` has the places of each resource that are not known, as Terraform marks them, by address.
    """

    content: dict[str, object]
    urns: dict[str, str]
    left_out: list[LeftOut]
    unknown: dict[str, object]

    def text(self) -> Iterator[str]:
        """Yield the plan as indented JSON, which ends in a line break: Checkov shows the lines of each resource."""
        text = msgspec.json.format(msgspec.json.encode(self.content), indent=2).decode()
        text = _NOT_PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        yield text.replace('"values": {}', '"values": {\n}')  # on one line they would have no lines of their own
        yield "\n"


def export(stack: Stack) -> Plan:
    """Return a stack as a plan."""
    return plan_of(stack)


def plan_of(stack: Stack) -> Plan:
    """Return a stack as a plan; nothing in it depends on anything but the stack."""
    left_out: list[LeftOut] = []
    addresses, providers = Addresses(), Providers()
    for resource in stack.resources:
        if resource.type in TYPES:
            providers.add(resource)
        elif (type_ := terraform_of(resource.type)) is None:
            left_out.append(LeftOut(resource.urn, resource.type, "no twin in Terraform's AWS provider"))
        elif resource.external:
            left_out.append(LeftOut(resource.urn, resource.type, "the program only reads it"))
        else:
            addresses.add(type_[0], resource.name, resource.urn)
    sources = Sources(stack, {urn: address for address, urn in addresses.urns.items()})
    made = []
    for resource in stack.resources.each(list(addresses.urns.values())):
        address = sources.addresses[resource.urn]
        try:
            made.append(_made(resource, address, sources, providers))
        except UnknownValue as error:
            why = f"its properties cannot be read ({told_by(error)})"
            left_out.append(LeftOut(resource.urn, resource.type, why, lost=True))
            del addresses.urns[address]
    content: dict[str, object] = {
        "format_version": FORMAT_VERSION,
        "terraform_version": TERRAFORM_VERSION,
        "planned_values": {"root_module": {"resources": [item.planned for item in made]}},
        "resource_changes": [item.change for item in made],
        "configuration": {
            "provider_config": providers.configuration(stack, sources),
            "root_module": {"resources": [item.configuration for item in made]},
        },
    }
    unknown = {sources.addresses[item.urn]: item.unknown for item in made}
    return Plan(content, {**providers.urns, **addresses.urns}, left_out, unknown)


class _Made(NamedTuple):
    """What a resource becomes in each part of a plan."""

    urn: str
    planned: dict[str, object]
    change: dict[str, object]
    configuration: dict[str, object]
    unknown: object


def _made(resource: Resource, address: str, sources: Sources, providers: Providers) -> _Made:
    type_name, _, name = address.partition(".")
    identity = {"address": address, "mode": "managed", "type": type_name, "name": name}
    members, expressions, depends_on = _members(resource, sources)
    sensitive = members.sensitive or {}
    change = {
        "actions": ["create"],
        "before": None,
        "after": members.value,
        "after_unknown": members.unknown or {},
        "before_sensitive": False,
        "after_sensitive": sensitive,
    }
    written = {"provider_config_key": providers.key_of(resource), "expressions": expressions, "schema_version": 0}
    return _Made(
        resource.urn,
        {
            **identity,
            "provider_name": FULL_NAME,
            "schema_version": 0,
            "values": members.value,
            "sensitive_values": sensitive,
        },
        {**identity, "provider_name": FULL_NAME, "change": change},
        {**identity, **written, **({"depends_on": depends_on} if depends_on else {})},
        members.unknown,
    )


def _members(resource: Resource, sources: Sources) -> tuple[Planned, dict[str, object], list[str]]:
    """Return the properties of a resource, their expressions, and the addresses of what it depends on besides."""
    found = terraform_of(resource.type)
    shape = planned_shape(found[1]) if found else {}
    facts = property_shape(resource.type)
    dependencies = resource.property_dependencies
    members: dict[str, Planned] = {}
    depends_on: dict[str, None] = {}
    for property_, value in resource.values.items():
        if property_.startswith("__"):
            continue  # the engine's and the provider's own
        if property_ == "tagsAll":
            value = _without_secrets(value, resource)  # noqa: PLW2901  (one value, seen better)
        name = name_of(property_, shape)
        references = PropertyReferences(sources, dependencies.get(property_, ()), resource.urn)
        member = planned(value, Position(name, shape.get(name, {}), facts.get(property_)), references)
        if references.missing and (member.expression is None or isinstance(member.expression, Origin)):
            before = member.expression["references"] if member.expression else []
            member = member._replace(expression=origin([*before, *references.of_rest(name)]))
        depends_on |= dict.fromkeys(references.missing)
        members[name] = member
    whole = object_of(members)
    expressions: dict[str, object] = whole.expression  # type: ignore[assignment]
    return whole, expressions, list(depends_on)


def _without_secrets(all_tags: object, resource: Resource) -> object:
    """Return `tagsAll` with the marks of the secrets that were merged into it: the provider writes them in plain.

    Source: `mergeTags` in provider/tags.go of pulumi-aws, which gets values without marks.
    """
    if not isinstance(all_tags, dict):
        return all_tags
    own = resource.value("tags")
    if _is_secret(own):
        return SECRET
    default = default_tags(resource.provider) if resource.provider else Tags({})
    other = SECRET if default.reason is Reason.SECRET else None
    merged = {**default.entries, **(entries_of(own) if isinstance(own, dict) else {})}
    return {key: SECRET if _is_secret(merged.get(key, other)) else value for key, value in all_tags.items()}


def _is_secret(value: object) -> bool:
    return isinstance(value, Unknown) and value.reason is Reason.SECRET
