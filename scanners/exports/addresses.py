"""Terraform's names of Pulumi's resources."""

from __future__ import annotations

import re

_NO_PART_OF_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 200


class Addresses:
    """Gives each resource an address that no other has: its Terraform type and a name made of its Pulumi name."""

    def __init__(self) -> None:
        """Begin without addresses."""
        self.urns: dict[str, str] = {}
        self._numbers: dict[str, int] = {}

    def add(self, type_: str, name: str, urn: str) -> str:
        """Return the address of a resource; one whose name is taken gets the next number."""
        label = _NO_PART_OF_A_NAME.sub("_", name)[:_LONGEST]
        label = label if label[:1].isalpha() or label[:1] == "_" else f"_{label}"
        first = address = f"{type_}.{label}"
        while address in self.urns:
            self._numbers[first] = self._numbers.get(first, 1) + 1
            address = f"{first}_{self._numbers[first]}"
        self.urns[address] = urn
        return address
