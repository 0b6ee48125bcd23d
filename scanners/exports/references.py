"""Which attribute of which resource a property's value came from."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from policies.provider import property_shape
from policies.unknown import UnknownValue, read
from scanners.exports.addresses import type_of
from scanners.sources.terraform_types import terraform_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policies.stack import Stack

OUTSIDE = ("data.terraform_remote_state.pulumi.outputs", "data.terraform_remote_state.pulumi")
"""What a value refers to that comes from nowhere in the plan: Checkov and Trivy know that it is set, and not to what."""

_SHORTEST_PART = 4
_KEPT = 256


class Sources:
    """The resources of a plan as what values come from."""

    def __init__(self, stack: Stack, addresses: Mapping[str, str]) -> None:
        """Take the addresses of the resources in the plan by their URNs."""
        self._stack = stack
        self.addresses = addresses
        self.attributes = lru_cache(_KEPT)(self._attributes)

    def _attributes(self, urn: str) -> dict[str, str]:
        """Return the known attributes of a resource, value to Terraform's name; its id first."""
        resource = self._stack.get(urn)
        found = type_of(resource.type) if resource else None
        if resource is None or found is None:
            return {}
        attributes: dict[str, str] = {}
        try:
            outputs = {"id": resource.id, "arn": resource.outputs.values.get("arn"), **resource.outputs.values}
        except UnknownValue:
            return {}
        for property_, value in outputs.items():
            known = read(value)
            if isinstance(known, str) and known:
                name = terraform_name(property_, found[1].shape)
                attributes.setdefault(known, name or "id")
        return attributes

    def attribute_for(self, urn: str, name: str) -> str:
        """Return the attribute of a resource that a property with some Terraform name most likely refers to."""
        if name.endswith(("arn", "arns")):
            return "arn"
        resource = self._stack.get(urn)
        found = type_of(resource.type) if resource else None
        if resource and found:
            inputs = property_shape(resource.type)
            if any(terraform_name(property_, found[1].shape) == name for property_ in inputs):
                return name
        return "id"


class PropertyReferences:
    """The resources that one property came from, and which of them have been found in its value."""

    def __init__(self, sources: Sources, urns: Iterable[str]) -> None:
        """Take the URNs that the property depends on; some may not be in the plan."""
        urns = dict.fromkeys(urns)
        self._sources = sources
        self._urns = [urn for urn in urns if urn in sources.addresses]
        self._all_shown = len(self._urns) == len(urns) > 0
        self._missing = dict.fromkeys(self._urns)

    def add(self, urn: str) -> None:
        """Take a resource that stands in the value itself."""
        if urn in self._sources.addresses and urn not in self._urns:
            self._urns.append(urn)
            self._missing[urn] = None

    def within(self, text: str) -> list[str]:
        """Return the references to those resources of which an attribute is the text, or stands in it."""
        found: list[str] = []
        for urn in self._urns:
            attributes = self._sources.attributes(urn)
            attribute = attributes.get(text)
            if attribute is None:
                parts = [value for value in attributes if len(value) >= _SHORTEST_PART and value in text]
                attribute = attributes[max(parts, key=len)] if parts else None
            if attribute:
                found += self._reference(urn, attribute)
        return found

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
