"""The policies that stand on resources, with the resource that each protects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.arns import Arn, homes_of, name_of
from policies.iam_analysis.model import NOTHING, read_document
from policies.iam_analysis.policy_sources import label
from policies.iam_analysis.references import Targets, named, targets
from policies.iam_analysis.resource_grants import GRANT_TYPES, LAYER_PERMISSION, PERMISSION, granted
from policies.iam_analysis.resource_locations import ENDPOINTS, GUARDS, SHAPES
from policies.unknown import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.arns import Homes
    from policies.iam_analysis.model import Document
    from policies.resource import Resource
    from policies.stack import Stack

_UNKNOWN = Arn("*", exact=False)
_REST_API = "aws:apigateway/restApi:RestApi"
_RECORDED = {_REST_API: "executionArn", "aws:lambda/layerVersion:LayerVersion": "layerArn"}
"""Outputs that hold the ARN that policies name, where it is not `arn`."""


class ResourcePolicy(NamedTuple):
    """A document that stands on a resource, or a grant as such a document.

    `urn` and `arn` are those of the resource that it protects, and of the holder of the document where it is one of the
    whole account. `urn` is empty where the resource is not in the stack or not certain: `possible` are then those it may
    be, None for any of its kind, and `why` says what is not known. `source` is the URN of what holds the document.
    `kind` is `resource`, or `endpoint` for a policy that limits what goes through a VPC endpoint and grants nothing.
    """

    urn: str
    type: str
    arn: Arn
    source: str
    document: Document
    kind: str = "resource"
    possible: tuple[str, ...] | None = ()
    why: str = ""


def resource_policies_of(stack: Stack) -> tuple[ResourcePolicy, ...]:
    """Return the policies of all resources of a stack. Where two stand on one resource, AWS keeps the one set last."""
    found: list[ResourcePolicy] = []
    arns: dict[str, Arn] = {}
    for type_ in stack.resources.by_type:
        if type_ in GUARDS:
            for resource in stack.of(type_):
                found += _guarding(resource, stack, arns)
        elif type_ in GRANT_TYPES:
            for resource in stack.of(type_):
                found += _granting(resource, stack, arns)
    return tuple(found)


def _guarding(resource: Resource, stack: Stack, arns: dict[str, Arn]) -> Iterator[ResourcePolicy]:
    guard = GUARDS[resource.type]
    document = read_document(resource, guard.document, resource.urn)
    if document == NOTHING:
        return
    kind = "endpoint" if resource.type in ENDPOINTS else "resource"
    if not guard.by:
        yield ResourcePolicy(resource.urn, resource.type, arn_of(resource, homes_of(stack)), resource.urn, document, kind)
        return
    protected = targets(resource, guard.by, named(stack, *guard.protects), stack)
    for place in _places(resource, protected, guard.protects, stack, arns):
        yield place._replace(document=document, kind=kind)


def _granting(resource: Resource, stack: Stack, arns: dict[str, Arn]) -> Iterator[ResourcePolicy]:
    spec = GRANT_TYPES[resource.type]
    protected = targets(resource, spec.by, named(stack, *spec.protects), stack)
    if protected == Targets() and spec.default:  # the event bus that every account has
        protected = Targets(outside=("default",))
    for place in _places(resource, protected, spec.protects, stack, arns):
        arn = _version(resource, place.arn)
        yield place._replace(arn=arn, document=granted(resource, arn.text))


def _version(resource: Resource, arn: Arn) -> Arn:
    """Add the version or the alias that a permission of Lambda is for."""
    path = {PERMISSION: "qualifier", LAYER_PERMISSION: "versionNumber"}.get(resource.type)
    if path is None:
        return arn
    try:
        version = resource.text(path)
    except UnknownValue:
        return Arn(f"{arn.text}:*", exact=False)
    return Arn(f"{arn.text}:{version}", arn.exact) if version else arn


def _places(
    resource: Resource, protected: Targets, types: tuple[str, ...], stack: Stack, arns: dict[str, Arn]
) -> Iterator[ResourcePolicy]:
    for urn in protected.found:
        if urn not in arns:
            target = stack.get(urn)
            arns[urn] = arn_of(target, homes_of(stack)) if target is not None else _UNKNOWN
        yield ResourcePolicy(urn, stack.resources.type_of(urn) or "", arns[urn], resource.urn, NOTHING)
    type_ = types[0] if types else ""
    for text in protected.outside:
        arn = _arn_of_text(text, type_, resource, stack)
        why = label(resource, protected.why) if protected.why else ""
        yield ResourcePolicy("", type_, arn, resource.urn, NOTHING, possible=protected.possible, why=why)
    if protected.why and not protected.outside:
        why = label(resource, protected.why)
        yield ResourcePolicy("", type_, _UNKNOWN, resource.urn, NOTHING, possible=protected.possible, why=why)


def arn_of(resource: Resource, homes: Homes) -> Arn:
    """Return the ARN of a resource: as recorded, else as its name and its provider tell."""
    try:
        return _read_arn(resource, homes)
    except UnknownValue:
        return _UNKNOWN


def _read_arn(resource: Resource, homes: Homes) -> Arn:
    shape = SHAPES.get(resource.type)
    name = name_of(resource, shape.name if shape else "")
    recorded = resource.outputs.value(_RECORDED.get(resource.type, "arn"))
    if isinstance(recorded, str) and recorded.startswith("arn:") and (not name.known or name.text in recorded):
        homes.learn(homes.of(resource), recorded)
        return Arn(f"{recorded}/*", exact=False) if resource.type == _REST_API else Arn(recorded, exact=True)
    return _shaped(resource, shape.arn, name.text, homes) if shape else _UNKNOWN


def _shaped(resource: Resource, shape: str, name: str, homes: Homes) -> Arn:
    home = homes.of(resource)
    region = resource.value("region")  # of the resource, before that of its provider
    region = home.region if region is None else region
    region = region if isinstance(region, str) else "*"
    text = shape.format(p=home.partition, r=region, a=homes.account(home) or "*", n=name)
    return Arn(text, exact="*" not in text)


def _arn_of_text(text: str, type_: str, resource: Resource, stack: Stack) -> Arn:
    if text.startswith("arn:"):
        return Arn(text, exact=True)
    shape = SHAPES.get(type_)
    return _shaped(resource, shape.arn, text.rpartition("/")[2], homes_of(stack)) if shape else _UNKNOWN
