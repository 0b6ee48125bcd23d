"""Rebuild Pulumi resources from the CloudFormation code that a report shows of each.

A resource becomes one of the provider aws-native, which has CloudFormation's properties, or several where the provider aws
keeps apart what CloudFormation writes into one. A literal is a value, anything that CloudFormation computes is unknown. A
resource with a condition is judged as if it existed. Tags that are given to the stack when it is deployed are not seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policies.provider.native import twin_of
from policies.resource import Location, Resource
from policies.unknown import Partial
from scanners.sources.checkov_coverage import whole_summary
from scanners.sources.cloudformation_names import native_name, native_properties, native_type
from scanners.sources.cloudformation_parts import Part, parts_of
from scanners.sources.cloudformation_template import TemplateError, read_resource
from scanners.sources.cloudformation_values import ANYTHING_MORE, NOTHING, Values, is_function
from scanners.sources.program_file import program_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scanners.sources.terraform_resources import Shown

FRAMEWORK = "cloudformation"
"""Checkov's name of the framework."""

_ADDRESS = re.compile(r"(AWS::\w+::\w+)\.([A-Za-z0-9]{1,255})")
_MAKES_OTHERS = re.compile(r"AWS::(?:Serverless|CloudFormation)::")


class _Rebuilt(NamedTuple):
    """A resource under way: functions are computed when all resources are known. Without `part` its code is not readable."""

    shown: Shown
    urn: str
    type: str
    part: Part | None


class Rebuilder:
    """Takes what a report shows of each resource, then gives the resources.

    `unreadable` names those of which the code does not tell the properties, and why.
    """

    def __init__(self, prefix: str, _framework: str = FRAMEWORK) -> None:
        """URNs begin with `prefix`."""
        self.prefix = prefix
        self.unreadable: list[str] = []
        self._rebuilt: list[_Rebuilt] = []
        self._urns: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()

    def add(self, shown: Shown) -> str:
        """Take one resource; return its URN, or an empty text where it is none of AWS's."""
        address = _ADDRESS.fullmatch(shown.address)
        if address is None:
            return ""
        type_, logical_id = address[1], address[2]
        try:
            parts: list[Part] = _parts(shown, type_, logical_id)
        except TemplateError as error:
            self.unreadable.append(f"{shown.address} ({shown.file}:{shown.line}: {error})")
            urn = self._add(shown, type_, logical_id, None)
        else:
            urns = [self._add(shown, part.type, logical_id, part) for part in parts]
            urn = urns[0]
        self._urns.setdefault((shown.file, logical_id), urn)
        return urn

    def _add(self, shown: Shown, type_: str, logical_id: str, part: Part | None) -> str:
        token = native_type(type_) or type_
        name = f"{logical_id}/{part.name}" if part and part.name else logical_id
        urn = f"{self.prefix}::{token}::{name}"
        if urn in self._taken:  # two templates in one run
            urn = f"{self.prefix}::{token}::{shown.file}:{name}"
        self._taken.add(urn)
        self._rebuilt.append(_Rebuilt(shown, urn, type_, part))
        return urn

    def resources(self, *, lists_passed: bool) -> list[Resource]:  # noqa: ARG002  (others do not change a resource)
        """Return the resources, each with what it refers to."""
        return list(map(self._resource, self._rebuilt))

    def _resource(self, item: _Rebuilt) -> Resource:
        shown, part = item.shown, item.part
        inputs: dict[str, object] = Partial()
        references: dict[str, tuple[str, ...]] = {}
        if part:
            inputs = native_properties(self._inputs(part, shown.file, references), item.type)
        return Resource(
            item.urn,
            native_type(item.type) or item.type,
            f"{shown.address}/{part.name}" if part and part.name else shown.address,
            inputs,
            property_dependencies=references,
            location=Location(file, shown.line) if shown.line and (file := program_file(shown.file)) else None,
        )

    def _inputs(self, part: Part, file: str, references: dict[str, tuple[str, ...]]) -> dict[str, object]:
        """Compute properties; note which resources of the template each refers to."""
        twin = twin_of(native_type(part.type))

        def members(values: dict[str, object], path: str) -> dict[str, object]:
            found: dict[str, object] = {}
            for name, value in values.items():
                if name.startswith(ANYTHING_MORE):
                    continue
                inner = f"{path}{native_name(name)}"
                if twin and twin.field(inner).is_lifted and isinstance(value, dict) and not is_function(value):
                    found[name] = members(value, f"{inner}.")
                    continue
                urns: dict[str, None] = {}

                def refers_to(logical_id: str, urns: dict[str, None] = urns) -> bool:
                    urn = self._urns.get((file, logical_id))
                    if urn:
                        urns[urn] = None
                    return urn is not None

                computed = Values(refers_to).value(value)
                if computed is not NOTHING:
                    found[name] = computed
                    if urns:
                        references[inner] = tuple(urns)
            return Partial(found) if any(name.startswith(ANYTHING_MORE) for name in values) else found

        return members(part.properties, "")

    def shows(self, content: dict[str, object], looked_at: Iterable[tuple[str, Shown]]) -> Callable[[str], bool]:
        """Return what says whether a report shows every resource of a type: either all are shown, or nothing is said.

        A report counts the resources of the templates. Some types, macros and modules make others that no template shows.
        """
        listed = {(shown.address, shown.file) for _, shown in looked_at}
        summary = whole_summary(content)
        shows_all = (
            summary is not None
            and summary.get("resource_count") == len(listed)
            and all(_ADDRESS.fullmatch(address) and not _MAKES_OTHERS.match(address) for address, _ in listed)
        )
        return lambda _: shows_all


def _parts(shown: Shown, type_: str, logical_id: str) -> list[Part]:
    """Return what the code of a resource declares; raises `TemplateError` where that cannot be told."""
    if not shown.code:
        raise TemplateError("not all of its code is shown" if shown.code is None else "no code is shown")
    content = read_resource(shown.code, type_, logical_id)
    properties = content.get("Properties", {})
    if not isinstance(properties, dict):
        raise TemplateError("its properties are no object")
    if is_function(properties):
        properties = {"Fn::Transform": properties}  # it may be any object
    more = {name: value for name, value in content.items() if name.startswith(ANYTHING_MORE)}
    return parts_of(type_, logical_id, {**properties, **more})
