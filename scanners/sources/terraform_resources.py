"""Rebuild Pulumi resources from the Terraform code that a report shows of each."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from policies.resource import Location, Resource
from policies.unknown import NOT_REPORTED
from scanners.sources.terraform_blocks import BlockError, read_block
from scanners.sources.terraform_expressions import Expression
from scanners.sources.terraform_types import PROVIDER, Partial, planned_properties_of, properties_of, terraform_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.sources.terraform_types import TerraformType

PLAN = "terraform_plan"
FRAMEWORKS = frozenset({"terraform", PLAN})
"""Checkov's names of the kinds of Terraform that can be rebuilt: source, and plans."""

_DEFAULT = "aws.default"  # Checkov's name of the provider without an alias
_LONGEST_BLOCK = 100_000
_ADDRESS = re.compile(r"((?:module\.[\w-]+(?:\[[^\]]*\])?\.)*)([\w-]+)\.([\w-]+)(\[.*\])?", re.DOTALL)


class Shown(NamedTuple):
    """What a report shows of a resource. `code` is None where lines of it are missing, and empty where there is none."""

    address: str
    file: str
    line: int
    code: str | None


class _Place(NamedTuple):
    """Where a Terraform name means something: a module, in a directory."""

    module: str
    directory: str


class _Inputs(NamedTuple):
    """What the code of a resource says: properties, what each refers to, and the name of the provider."""

    properties: dict[str, object]
    references: dict[str, tuple[str, ...]] = {}
    provider: str = ""


class _Rebuilt(NamedTuple):
    """A resource under way: what it refers to is looked up when all are known."""

    place: _Place
    instance: str  # [0] or ["key"], where there are several
    type: TerraformType
    shown: Shown
    urn: str
    inputs: _Inputs


class Rebuilder:
    """Takes what a report shows of each resource, then gives the resources.

    `unreadable` names those of which the code does not tell the properties, and why.
    """

    def __init__(self, prefix: str, framework: str) -> None:
        """URNs begin with `prefix`; `framework` is one of `FRAMEWORKS`."""
        self.prefix = prefix
        self.framework = framework
        self.unreadable: list[str] = []
        self._rebuilt: list[_Rebuilt] = []
        self._by_name: dict[tuple[_Place, str], str] = {}
        self._taken: set[str] = set()

    def add(self, shown: Shown) -> str:
        """Take one resource; return its URN, or an empty text where Pulumi has no such resource."""
        address = _ADDRESS.fullmatch(shown.address)
        type_ = terraform_type(address[2]) if address else None
        if address is None or type_ is None or (shown.code or "").lstrip().startswith("data"):
            return ""
        try:
            inputs = self._read(shown, type_, (address[2], address[3]))
        except (BlockError, ValueError, RecursionError) as error:
            why = str(error) if isinstance(error, BlockError) else "not understood"
            self.unreadable.append(f"{shown.address} ({shown.file}:{shown.line}: {why})")
            inputs = _Inputs({"defaultTags": NOT_REPORTED} if type_.token == PROVIDER else Partial())
        place = _Place(address[1], str(PurePosixPath(shown.file).parent))
        instance = address[4] or ""
        urn = self._urn(type_, shown)
        self._by_name.setdefault((place, f"{address[2]}.{address[3]}{instance}"), urn)
        self._rebuilt.append(_Rebuilt(place, instance, type_, shown, urn, inputs))
        return urn

    def _read(self, shown: Shown, type_: TerraformType, labels: tuple[str, str]) -> _Inputs:
        """Return what the code says; raises `BlockError` or `ValueError` where it is not that of the resource, or not whole."""
        if not shown.code:
            raise BlockError("not all of its code is shown" if shown.code is None else "no code is shown")
        if len(shown.code) > _LONGEST_BLOCK:
            message = f"longer than {_LONGEST_BLOCK} characters"
            raise BlockError(message)
        if self.framework == PLAN:
            return _Inputs(planned_properties_of(_planned_values(shown.code), type_))
        block = read_block(shown.code)
        expected = ("provider", ("aws",)) if type_.token == PROVIDER else ("resource", labels)
        if (block.type, block.labels) != expected:
            raise BlockError("the code is of another resource")
        properties, references = properties_of(block, type_)
        provider = block.attributes.get("provider", Expression((_DEFAULT,)))
        named = provider.references if isinstance(provider, Expression) else ()
        return _Inputs(properties, references, named[0] if named else "")

    def _urn(self, type_: TerraformType, shown: Shown) -> str:
        urn = f"{self.prefix}::{type_.token}::{shown.address}"
        if urn in self._taken:  # two root modules in one run
            urn = f"{self.prefix}::{type_.token}::{shown.file}:{shown.address}"
        self._taken.add(urn)
        return urn

    def resources(self) -> list[Resource]:
        """Return the resources, providers first, each with what it refers to."""
        providers = [item for item in self._rebuilt if item.type.token == PROVIDER]
        others = [item for item in self._rebuilt if item.type.token != PROVIDER]
        resources = {item.urn: _resource(item) for item in providers}
        # modules inherit the default provider; where there are several, a call may pass another
        inherited = providers[0].urn if len(providers) == 1 and providers[0].shown.address == _DEFAULT else ""
        unreported = Resource(
            f"{self.prefix}::{PROVIDER}::not-reported", PROVIDER, "not reported", {"defaultTags": NOT_REPORTED}
        )
        for item in others:
            urn = self._by_name.get((item.place, item.inputs.provider), "")
            if not urn and item.place.module and item.inputs.provider == _DEFAULT:
                urn = inherited
            dependencies = {name: tuple(self._targets(found, item)) for name, found in item.inputs.references.items()}
            resources[item.urn] = _resource(item, resources.get(urn, unreported), dependencies)
        return list(resources.values())

    def _targets(self, references: tuple[str, ...], of: _Rebuilt) -> Iterator[str]:
        """Yield the URNs of those references that lead to one resource of the report."""
        for reference in references:
            name = reference.replace("[count.index]", of.instance).replace("[each.key]", of.instance)
            found = self._by_name.get((of.place, name)) or self._by_name.get((of.place, name.partition("[")[0]))
            if found:
                yield found


def _resource(
    item: _Rebuilt, provider: Resource | None = None, dependencies: dict[str, tuple[str, ...]] | None = None
) -> Resource:
    shown = item.shown
    return Resource(
        item.urn,
        item.type.token,
        shown.address,
        item.inputs.properties,
        provider=provider,
        property_dependencies=dependencies,
        location=Location(shown.file, shown.line) if shown.line else None,
    )


def _planned_values(code: str) -> dict[str, object]:
    """Return the `values` of a resource in a plan; Checkov leaves out the line with their closing brace."""
    values = json.loads(f"{{{code}}}}}")
    if not isinstance(values, dict) or not isinstance(values.get("values"), dict):
        raise BlockError("expected the values of a plan")
    planned: dict[str, object] = values["values"]
    return planned
