"""The AWS providers of a stack as the configuration of a Terraform plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.block import parse_json
from policies.provider import property_shape
from policies.unknown import Unknown, UnknownValue, read
from scanners.exports.addresses import Addresses, label_of
from scanners.exports.references import OUTSIDE, PropertyReferences
from scanners.exports.values import ABSENT, origin, planned_members
from scanners.sources.terraform_types import PROVIDER, terraform_type

if TYPE_CHECKING:
    from policies.resource import Resource
    from policies.stack import Stack
    from scanners.exports.references import Sources

NAME, FULL_NAME = "aws", "registry.terraform.io/hashicorp/aws"
TYPES = frozenset({PROVIDER, "pulumi:providers:aws-native"})
_DEFAULT = f"{NAME}.default"
_SETTINGS = ("region", "defaultTags", "ignoreTags", "allowedAccountIds", "forbiddenAccountIds")
"""What is written of a provider: never credentials, nor what may hold some."""


class Providers:
    """The AWS providers of a stack by their names in a plan."""

    def __init__(self) -> None:
        """Begin without providers."""
        self._addresses = Addresses()
        self._aliases: dict[str, str] = {}

    @property
    def urns(self) -> dict[str, str]:
        """The URN of each provider by the address that Checkov gives it: `aws.default`, or `aws.` and its alias."""
        return self._addresses.urns

    def add(self, provider: Resource) -> None:
        """Name a provider: the first one that the engine made for resources that name none is Terraform's default."""
        if _is_default(provider) and _DEFAULT not in self.urns:
            self.urns[_DEFAULT] = provider.urn
            self._aliases[provider.urn] = ""
        else:
            address = self._addresses.add(NAME, "default_" if provider.name == "default" else provider.name, provider.urn)
            self._aliases[provider.urn] = address.partition(".")[2]

    def key_of(self, resource: Resource) -> str:
        """Return the key of a provider in the configuration; what the source does not show of them is not there."""
        provider = resource.provider
        if provider is None:
            return NAME
        not_shown = "" if _is_default(provider) else label_of(provider.name)
        return self._key(self._aliases.get(provider.urn, not_shown))

    def configuration(self, stack: Stack, sources: Sources) -> dict[str, object]:
        """Return the configuration of the providers by their keys."""
        shown = ((stack.get(urn), alias) for urn, alias in self._aliases.items())
        return {self._key(alias): _configuration(provider, alias, sources) for provider, alias in shown if provider}

    @staticmethod
    def _key(alias: str) -> str:
        return f"{NAME}.{alias}" if alias else NAME


def _is_default(provider: Resource) -> bool:
    return provider.name == "default" or provider.name.startswith("default_")


def _configuration(provider: Resource, alias: str, sources: Sources) -> dict[str, object]:
    """Return the configuration of a provider; `alias` is empty for the default."""
    type_ = terraform_type(NAME)
    given = {name: value for name in _SETTINGS if (value := _given(provider, name)) is not None}
    members = planned_members(given, type_.shape if type_ else {}, property_shape(PROVIDER), PropertyReferences(sources, ()), 0)
    named = {"alias": alias} if alias else {}
    return {"name": NAME, "full_name": FULL_NAME, **named, "expressions": _constants(members.value, members.unknown)}


def _given(provider: Resource, name: str) -> object:
    """Return an input of a provider: all but texts arrive as JSON text."""
    try:
        value = read(provider.values.get(name))
        return parse_json(value, name) if isinstance(value, str) and value[:1] in {"{", "["} else value
    except UnknownValue as error:
        return Unknown(error.reason)


def _constants(values: object, unknown: object) -> dict[str, object]:
    """Return the expressions of an object: each a constant, or of unknown origin where it is not known."""
    known = values if isinstance(values, dict) else {}
    places = unknown if isinstance(unknown, dict) else {}
    return {name: _constant(known.get(name, ABSENT), places.get(name)) for name in {**known, **places}}


def _constant(value: object, unknown: object) -> object:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        places = unknown if isinstance(unknown, list) else [None] * len(value)
        return [_constants(item, place) for item, place in zip(value, places, strict=True)]
    return {"constant_value": value} if unknown is None else origin(list(OUTSIDE))
