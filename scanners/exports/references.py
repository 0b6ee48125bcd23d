"""Which attribute of which resource a property's value came from."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from policies.provider import property_shape
from policies.unknown import UnknownValue, read
from scanners.sources.terraform_types import terraform_name, terraform_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.resource import Resource
    from policies.stack import Stack

OUTSIDE = ("data.terraform_remote_state.pulumi.outputs", "data.terraform_remote_state.pulumi")
"""What a value refers to that comes from nowhere in the plan: Checkov and Trivy know that it is set, and not to what."""

_IDENTITIES = frozenset({"id", "arn"})
_SHORTEST_PART = 4
_KEPT = 256
_MADE_BY_AWS = re.compile(r"arn:.*|[a-z]{1,8}-[0-9a-f]{8,17}", re.DOTALL)
_ENDING = re.compile(r"_(id|name|arn|identifier)s?$|s$")


class Sources:
    """The resources of a plan as what values come from."""

    def __init__(self, stack: Stack, addresses: Mapping[str, str]) -> None:
        """Take the addresses of the resources in the plan by their URNs."""
        self._stack = stack
        self.addresses = addresses
        self.attributes = lru_cache(_KEPT)(self._attributes)

    def _attributes(self, urn: str) -> dict[str, str]:
        """Return the known attributes of a resource, value to Terraform's name: its ARN and its id before all others."""
        resource = self._stack.get(urn)
        found = terraform_of(resource.type) if resource else None
        if resource is None or found is None:
            return {}
        attributes: dict[str, str] = {}
        try:
            recorded = resource.outputs.values
            outputs = {"arn": recorded.get("arn"), "id": resource.id, **recorded}
        except UnknownValue:
            return {}
        for property_, value in outputs.items():
            known = read(value)
            if isinstance(known, str) and known:
                attributes.setdefault(known, terraform_name(property_, found[1].shape) or "id")
        return attributes

    def attribute_for(self, urn: str, name: str) -> str:
        """Return the attribute of a resource that a property with some Terraform name most likely refers to."""
        if name.endswith(("arn", "arns")):
            return "arn"
        resource = self._stack.get(urn)
        found = terraform_of(resource.type) if resource else None
        if resource and found:
            inputs = property_shape(resource.type)
            if any(terraform_name(property_, found[1].shape) == name for property_ in inputs):
                return name
        return "id"

    def named(self, value: str, name: str) -> Iterator[str]:
        """Yield the URN of the resource that a value names by its id or its ARN, if it is certain which one.

        `name` is Terraform's of the property: `bucket` names an `aws_s3_bucket`, whatever else has the bucket's id.
        """
        found = self._by_identity.get(value, ())
        if not _MADE_BY_AWS.fullmatch(value):
            kind = f"_{_ENDING.sub('', name)}"
            found = [urn for urn in found if self.addresses[urn].partition(".")[0].endswith(kind)]
        if len(found) == 1:
            yield found[0]

    @cached_property
    def _by_identity(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for urn in self.addresses:
            resource = self._stack.get(urn)
            for value in _identities(resource) if resource else ():
                found.setdefault(value, []).append(urn)
        return found


def _identities(resource: Resource) -> set[str]:
    """Return the ARN and the id of a resource, as far as they are known."""
    try:
        found = (read(value) for value in (resource.outputs.values.get("arn"), resource.id))
        return {value for value in found if isinstance(value, str) and value}
    except UnknownValue:
        return set()


class PropertyReferences:
    """The resources that one property came from, and which of them have been found in its value."""

    def __init__(self, sources: Sources, urns: Iterable[str], own: str = "") -> None:
        """Take the URNs that the property depends on, of which some may not be in the plan, and that of its resource."""
        urns = dict.fromkeys(urns)
        self._sources = sources
        self._own = own
        self._urns = dict.fromkeys(urn for urn in urns if urn in sources.addresses)
        self._all_shown = len(self._urns) == len(urns) > 0
        self._missing = self._urns.copy()
        self._attributes: dict[str, dict[str, str]] = {}
        self._identical: dict[str, list[tuple[str, str]]] = {}

    def add(self, urn: str) -> None:
        """Take a resource that stands in the value itself."""
        if urn in self._sources.addresses and urn not in self._urns:
            self._urns[urn] = self._missing[urn] = None

    def within(self, text: str, name: str) -> list[str]:
        """Return the references to the resources of which an attribute is the text; if there are none, stands in it.

        `name` is Terraform's of the property. What no property depends on is found by the value alone, as rules find it.
        """
        found: list[str] = []
        if len(self._attributes) < len(self._urns):
            self._read()
        for urn, attribute in self._identical.get(text) or self._inside(text):
            reference = self._reference(urn, attribute)
            found = [*reference, *found] if attribute in _IDENTITIES else [*found, *reference]
        if not self._urns:
            for urn in self._sources.named(text, name):
                if urn != self._own:
                    found += self._reference(urn, self._sources.attributes(urn)[text])
        return found

    def _read(self) -> None:
        """Read the attributes of the resources, each once: a list may have thousands of texts, each from another resource."""
        for urn in islice(self._urns, len(self._attributes), None):
            self._attributes[urn] = attributes = self._sources.attributes(urn)
            for value, attribute in attributes.items():
                self._identical.setdefault(value, []).append((urn, attribute))

    def _inside(self, text: str) -> Iterator[tuple[str, str]]:
        for urn, attributes in self._attributes.items():
            if attribute := _attribute_inside(text, attributes):
                yield urn, attribute

    def of_unknown(self, name: str) -> list[str]:
        """Return the references of a value that is not known; `name` is Terraform's of its property."""
        found = self._by_name(self._urns, name)
        return found if self._all_shown else [*found, *OUTSIDE]

    def of_rest(self, name: str) -> list[str]:
        """Return the references to the resources that were not found in the value."""
        return self._by_name(list(self._missing), name)

    @property
    def missing(self) -> list[str]:
        """The addresses of the resources that no reference names."""
        return [self._sources.addresses[urn] for urn in self._missing]

    def _by_name(self, urns: Iterable[str], name: str) -> list[str]:
        return [part for urn in urns for part in self._reference(urn, self._sources.attribute_for(urn, name))]

    def _reference(self, urn: str, attribute: str) -> tuple[str, str]:
        self._missing.pop(urn, None)
        address = self._sources.addresses[urn]
        return f"{address}.{attribute}", address


def _attribute_inside(text: str, attributes: Mapping[str, str]) -> str:
    """Return the attribute with the longest value in a text; nothing where there is none."""
    parts = [value for value, attribute in attributes.items() if value in text and _tells(value, attribute)]
    return attributes[max(parts, key=len)] if parts else ""


def _tells(value: str, attribute: str) -> bool:
    """Say whether a value inside a text tells where it came from: account numbers and regions stand in every ARN."""
    return len(value) >= _SHORTEST_PART and not value.isdecimal() and attribute != "region"
