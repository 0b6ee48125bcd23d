"""Rebuild Pulumi resources from the Terraform code that a report shows of each."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.arns import home_of
from policies.iam_analysis.locations import GROUP
from policies.resource import Location, Resource
from policies.unknown import NOT_REPORTED, Partial
from scanners.sources.checkov_coverage import shown_types
from scanners.sources.checkov_record import holds_half_of_a_pair
from scanners.sources.program_file import program_file
from scanners.sources.terraform_blocks import BlockError, read_block
from scanners.sources.terraform_documents import DATA_TYPE
from scanners.sources.terraform_expressions import Expression
from scanners.sources.terraform_scope import Scope
from scanners.sources.terraform_types import (
    PROVIDER,
    TerraformType,
    planned_properties_of,
    properties_of,
    terraform_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policies.iam_analysis.arns import Home
    from scanners.sources.terraform_blocks import Block
    from scanners.sources.terraform_types import Compute

PLAN = "terraform_plan"
"""Checkov's name of the framework whose code is a plan."""

_DEFAULT = "aws.default"  # Checkov's name of the provider without an alias
_LONGEST_BLOCK = 100_000
_DATA = TerraformType("", {})
_UNREPORTED: dict[str, object] = {"defaultTags": NOT_REPORTED}
"""A provider of which nothing is known, as far as its resources inherit it."""
_OVERRIDE = re.compile(r"(?:.*[/_])?override\.tf", re.DOTALL)
"""Files of which each block replaces parts of one in another file: see "Override Files" in Terraform's documentation."""

_GROUP = re.compile(r"aws_iam_group\.[\w-]+(\[(\d+|\"[^\"]*\")\])?")
_ACCOUNT_SETTINGS = {"accessKey", "assumeRoles", "assumeRoleWithWebIdentities", "profile"}
"""Properties of a provider by which it may work in another account than a second one."""
_ADDRESS = re.compile(
    r"""((?:module\.[\w-]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^"\]]*)\])?\.)*)([\w-]+)\.([\w-]+)(\[.*\])?""", re.DOTALL
)
_AWS_RESOURCE = re.compile(r'\s*resource\s+"(aws_\w+)"')


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


class _Rebuilt(NamedTuple):
    """A resource or a policy document under way: its expressions are computed when all are known.

    `inputs` are its properties where no block of source tells them.
    """

    place: _Place
    instance: str  # [0] or ["key"], where there are several
    type: TerraformType
    shown: Shown
    urn: str
    block: Block | None
    inputs: dict[str, object] = {}


class Rebuilder:
    """Takes what a report shows of each resource, then gives the resources.

    `unreadable` names those of which the code does not tell the properties, and why.
    """

    def __init__(self, prefix: str, framework: str) -> None:
        """URNs begin with `prefix`; `framework` is `terraform` or `PLAN`."""
        self.prefix = prefix
        self.framework = framework
        self.unreadable: list[str] = []
        self._rebuilt: list[_Rebuilt] = []
        self._by_name: dict[tuple[_Place, str], _Rebuilt] = {}
        self._overrides: dict[tuple[_Place, str], list[Block]] = {}
        self._groups: dict[tuple[_Place, str], Resource] = {}
        self._unlisted: set[tuple[_Place, str, str]] = set()
        self._taken: set[str] = set()

    def add(self, shown: Shown) -> str:
        """Take one resource; return its URN, or an empty text where Pulumi has no such resource."""
        address = _ADDRESS.fullmatch(shown.address)
        if address is None:
            block_type = _AWS_RESOURCE.match(shown.code or "")
            if block_type and terraform_type(block_type[1]):
                self.unreadable.append(f"{shown.address} ({_at(shown)}: its name is not understood)")
            return ""
        type_ = terraform_type(address[2])
        place = _Place(address[1], str(PurePosixPath(shown.file).parent))
        instance = address[4] or ""
        if (shown.code or "").lstrip().startswith("data"):
            if address[2] == DATA_TYPE:
                self._add_document(shown, place, instance, (address[2], address[3]))
            return ""
        if type_ is None:
            return ""
        block: Block | None = None
        inputs: dict[str, object] = {}
        try:
            if self.framework == PLAN and type_.token == PROVIDER:
                inputs = Partial(_UNREPORTED)  # its settings are expressions there; each resource has its tags in `tags_all`
            elif self.framework == PLAN and not _is_block(shown):
                inputs = planned_properties_of(_planned_values(_code(shown)), type_)
            else:
                block = _block(shown, "provider" if type_.token == PROVIDER else "resource", (address[2], address[3]))
        except (BlockError, ValueError, RecursionError) as error:
            why = str(error) if isinstance(error, BlockError) else "not understood"
            self.unreadable.append(f"{shown.address} ({_at(shown)}: {why})")
            inputs = Partial(_UNREPORTED if type_.token == PROVIDER else {})
        if block and block.attributes.get("count") == 0:
            return ""  # there is none
        urn = self._urn(type_, shown)
        item = _Rebuilt(place, instance, type_, shown, urn, block, inputs)
        self._register(item, f"{address[2]}.{address[3]}")
        return urn

    def _register(self, item: _Rebuilt, name: str) -> None:
        if not _is_override(item.shown):
            self._by_name.setdefault((item.place, f"{name}{item.instance}"), item)
        elif item.block:
            self._overrides.setdefault((item.place, name), []).append(item.block)
        self._rebuilt.append(item)

    def _add_document(self, shown: Shown, place: _Place, instance: str, labels: tuple[str, str]) -> None:
        try:
            block = _block(shown, "data", labels)
        except (BlockError, ValueError, RecursionError):
            return  # what refers to it stays unknown
        item = _Rebuilt(place, instance, _DATA, shown, "", block)
        self._by_name.setdefault((place, f"data.{labels[0]}.{labels[1]}{instance}"), item)

    def _urn(self, type_: TerraformType, shown: Shown) -> str:
        return self._urn_of(type_.token, shown.address, f"{shown.file}:")

    def _urn_of(self, token: str, address: str, where: str) -> str:
        urn = f"{self.prefix}::{token}::{address}"
        if urn in self._taken:  # two root modules in one run
            urn = f"{self.prefix}::{token}::{where}{address}"
        self._taken.add(urn)
        return urn

    def resources(self, *, lists_passed: bool) -> list[Resource]:
        """Return the resources, providers first, each with what it refers to.

        Without `lists_passed` the report leaves out what passed, as most providers do: nobody knows which others there are.
        """
        providers = [item for item in self._rebuilt if item.type.token == PROVIDER]
        others = [item for item in self._rebuilt if item.type.token != PROVIDER]
        resources = {item.urn: self._resource(item) for item in providers}
        is_only = lists_passed and len(providers) < 2  # noqa: PLR2004
        shapes = is_only or (lists_passed and not any(_may_leave_account(found.values) for found in resources.values()))
        # modules inherit the default provider; where there are several, a call may pass another
        inherited = providers[0].urn if is_only and providers and providers[0].shown.address == _DEFAULT else ""
        unreported = Resource(f"{self.prefix}::{PROVIDER}::not-reported", PROVIDER, "not reported", _UNREPORTED)
        for item in others:
            named = _provider_of(item)
            provider = self._by_name.get((item.place, named))
            urn = provider.urn if provider else inherited if item.place.module and named == _DEFAULT else ""
            resources[item.urn] = self._resource(item, resources.get(urn, unreported), shapes=shapes)
        return [*resources.values(), *self._groups.values()]

    def _resource(self, item: _Rebuilt, provider: Resource | None = None, *, shapes: bool = False) -> Resource:
        shown = item.shown
        references: dict[str, list[str]] = {}
        home = home_of(provider) if shapes else None
        inputs = item.inputs
        if item.block:
            scope = self._scope(item, home)

            def compute_for(property_: str) -> Compute:
                def compute(expression: Expression, encoded: bool) -> object:  # noqa: FBT001  (as `Compute` has it)
                    references.setdefault(property_, []).extend(expression.references)
                    return scope.value(expression, encoded)

                return compute

            inputs = properties_of(item.block, item.type, compute_for)
            if _is_override(shown):
                inputs = Partial(inputs)  # the others stand in the block that it changes
            for name in () if _is_override(shown) else self._overridden(item):
                inputs[name] = NOT_REPORTED
                references.pop(name, None)
        return Resource(
            item.urn,
            item.type.token,
            shown.address,
            inputs,
            provider=provider,
            property_dependencies={
                name: tuple(self._targets(dict.fromkeys(found), item)) for name, found in references.items() if found
            },
            location=Location(file, shown.line) if shown.line and (file := program_file(shown.file)) else None,
        )

    def _overridden(self, item: _Rebuilt) -> Iterable[str]:
        """Return the properties of a resource that a block in an override file replaces."""
        name = item.shown.address.removeprefix(item.place.module).partition("[")[0]
        for block in self._overrides.get((item.place, name), ()):
            yield from properties_of(block, item.type, lambda _: lambda _inner, _encoded: NOT_REPORTED)

    def _scope(self, item: _Rebuilt, home: Home | None) -> Scope:
        def find(name: str) -> tuple[Block, Scope] | None:
            found = self._find(item.place, name)
            return (found.block, self._scope(found, home)) if found and found.block else None

        return Scope(find, item.instance, home, item.block.attributes.get("for_each") if item.block else None)

    def _find(self, place: _Place, name: str) -> _Rebuilt | None:
        return self._by_name.get((place, name)) or self._by_name.get((place, name.partition("[")[0]))

    def _targets(self, references: Iterable[str], of: _Rebuilt) -> Iterator[str]:
        """Yield the URNs of those references that lead to one resource of the report."""
        for reference in references:
            name = reference.replace("[count.index]", of.instance).replace("[each.key]", of.instance)
            found = self._find(of.place, name)
            if found:
                yield found.urn
                continue
            type_, _, label = name.partition("[")[0].partition(".")
            if terraform_type(type_) and type_ != "aws":
                self._unlisted.add((of.place, type_, label))
            if _GROUP.fullmatch(name):
                yield self._group(name, of.place)

    def shows(self, content: dict[str, object], looked_at: Iterable[tuple[str, Shown]]) -> Callable[[str], bool]:
        """Return what says whether a report shows every resource of a Pulumi type; asked after `resources`."""
        return shown_types(content, looked_at, (type_ for _, type_, _ in self._unlisted))

    def _group(self, name: str, place: _Place) -> str:
        """Return the URN of a group that others refer to: Checkov checks no groups, and so does not list them."""
        group = self._groups.get((place, name))
        if group is None:
            address = f"{place.module}{name}"
            urn = self._urn_of(GROUP, address, f"{place.directory}/")
            group = self._groups[place, name] = Resource(urn, GROUP, address, Partial(), external=True)
        return group.urn


def _at(shown: Shown) -> str:
    return f"{shown.file}:{shown.line}" if shown.line else shown.file


def _is_override(shown: Shown) -> bool:
    return _OVERRIDE.fullmatch(shown.file) is not None


def _may_leave_account(provider: Mapping[str, object]) -> bool:
    return isinstance(provider, Partial) or not _ACCOUNT_SETTINGS.isdisjoint(provider)


def _provider_of(item: _Rebuilt) -> str:
    """Return the name of the provider that a block names, as Checkov has it; empty where it cannot be told."""
    if item.block is None:
        return ""
    provider = item.block.attributes.get("provider", Expression((_DEFAULT,)))
    named = provider.references if isinstance(provider, Expression) else ()
    return named[0] if named else ""


def _code(shown: Shown) -> str:
    """Return the code of a resource; raises `BlockError` where it is not whole, or longer than any."""
    if not shown.code:
        raise BlockError("not all of its code is shown" if shown.code is None else "no code is shown")
    if len(shown.code) > _LONGEST_BLOCK:
        message = f"longer than {_LONGEST_BLOCK} characters"
        raise BlockError(message)
    return shown.code


def _is_block(shown: Shown) -> bool:
    """Say whether a resource of a plan is shown by its source, as Checkov does where it knows the directory of the program."""
    return (shown.code or "").lstrip().startswith("resource")


def _block(shown: Shown, type_: str, labels: tuple[str, ...]) -> Block:
    """Return the block of a resource; raises `BlockError` or `ValueError` where the code is not that, or not whole."""
    block = read_block(_code(shown))
    if (block.type, block.labels) != (type_, labels[:1] if type_ == "provider" else labels):
        raise BlockError("the code is of another resource")
    return block


def _planned_values(code: str) -> dict[str, object]:
    """Return the `values` of a resource in a plan; Checkov leaves out the line with their closing brace."""
    values = json.loads(f"{{{code}}}}}")
    if "\\ud" in code.lower() and holds_half_of_a_pair(json.dumps(values, ensure_ascii=False)):
        raise BlockError("a text holds half of a surrogate pair")
    if not isinstance(values, dict) or not isinstance(values.get("values"), dict):
        raise BlockError("expected the values of a plan")
    planned: dict[str, object] = values["values"]
    return planned
