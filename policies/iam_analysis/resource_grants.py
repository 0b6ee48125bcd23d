"""Grants that stand in properties of their own instead of a document, as the statements that AWS makes of them.

ACLs of S3, launch permissions of images and snapshots, and the allowed principals of endpoint services are no statements
of IAM and are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.model import Atom, Document, Patterns, Statement
from policies.unknown import Unknown, UnknownValue, told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

PERMISSION = "aws:lambda/permission:Permission"
LAYER_PERMISSION = "aws:lambda/layerVersionPermission:LayerVersionPermission"
EVENT_PERMISSION = "aws:cloudwatch/eventPermission:EventPermission"
KEY_GRANT = "aws:kms/grant:Grant"


class GrantType(NamedTuple):
    """A type that grants: the property that names the resource, the types of that, the principal, the action.

    `conditions` are properties with the operator and the key of the condition that AWS makes of each.
    """

    by: str
    protects: tuple[str, ...]
    principal: str = "principal"
    action: str = "action"
    default: str = ""
    conditions: tuple[tuple[str, str, str], ...] = ()


GRANT_TYPES = {
    PERMISSION: GrantType(
        "function",
        ("aws:lambda/function:Function", "aws:lambda/alias:Alias"),
        conditions=(
            ("sourceArn", "arnlike", "aws:sourcearn"),
            ("sourceAccount", "stringequals", "aws:sourceaccount"),
            ("principalOrgId", "stringequals", "aws:principalorgid"),
            ("functionUrlAuthType", "stringequals", "lambda:functionurlauthtype"),
            ("eventSourceToken", "stringequals", "lambda:eventsourcetoken"),
            ("invokedViaFunctionUrl", "bool", "lambda:invokedviafunctionurl"),
        ),
    ),
    LAYER_PERMISSION: GrantType(
        "layerName",
        ("aws:lambda/layerVersion:LayerVersion",),
        conditions=(("organizationId", "stringequals", "aws:principalorgid"),),
    ),
    EVENT_PERMISSION: GrantType("eventBusName", ("aws:cloudwatch/eventBus:EventBus",), default="events:PutEvents"),
    KEY_GRANT: GrantType(
        "keyId",
        (
            "aws:kms/key:Key",
            "aws:kms/externalKey:ExternalKey",
            "aws:kms/replicaKey:ReplicaKey",
            "aws:kms/replicaExternalKey:ReplicaExternalKey",
        ),
        principal="granteePrincipal",
        action="operations",
    ),
}
"""From the Lambda, EventBridge and KMS API references: AddPermission, AddLayerVersionPermission, PutPermission, CreateGrant."""


def granted(resource: Resource, arn: str) -> Document:
    """Return what a resource of one of `GRANT_TYPES` grants on the resource with an ARN; never raises."""
    spec = GRANT_TYPES[resource.type]
    operations = spec.action == "operations"
    actions = _texts(resource, spec.action, spec.default)
    if operations:
        actions = actions._replace(items=tuple(f"kms:{item}" for item in actions.items))
    principals = _texts(resource, spec.principal)
    principals = principals._replace(items=tuple(map(_tagged, principals.items)))
    conditions = [*_conditions(resource, spec), *_of_its_own(resource)]
    statement = Statement(
        "Allow", actions, Patterns((arn,)), principals, tuple(conditions), at=spec.principal, source=resource.urn
    )
    return Document((statement,))


def _texts(resource: Resource, path: str, default: str = "") -> Patterns:
    """Return the text at a path, or the texts of a list."""
    known: list[str] = []
    try:
        if isinstance(resource.value(path), list):
            known.extend(resource.texts(path))
        else:
            known.append(resource.text(path, default))
    except UnknownValue as error:
        return Patterns(tuple(known), holes=(told_by(error),))
    return Patterns(tuple(filter(None, known)))


def _reason(value: object) -> str:
    return value.reason if isinstance(value, Unknown) else "not known"


def _tagged(principal: str) -> str:
    if principal == "*":
        return principal
    is_service = not principal.startswith("arn:") and not principal.isdigit() and "." in principal
    return f"{'Service' if is_service else 'AWS'}:{principal}"


def _conditions(resource: Resource, spec: GrantType) -> Iterator[Atom]:
    for path, operator, key in spec.conditions:
        try:
            value = resource.text(path)
        except UnknownValue as error:
            yield Atom(operator, key, (), holes=(told_by(error),))
            continue
        if value:
            yield Atom(operator, key, (value,))


def _of_its_own(resource: Resource) -> Iterator[Atom]:
    """Yield the conditions that the program writes as blocks."""
    try:
        if resource.type == EVENT_PERMISSION:
            for block in resource.each("condition"):
                yield _written(block)
        if resource.type == KEY_GRANT:
            for block in resource.each("constraints"):
                for path in ("encryptionContextEquals", "encryptionContextSubset"):
                    for name, value in block.entries(path).items():
                        yield _atom("stringequals", f"kms:encryptioncontext:{name.lower()}", value, block.at(path))
    except UnknownValue as error:
        yield Atom("", "", (), holes=(told_by(error),))


def _written(block: Block) -> Atom:
    operator, key = block.text("type"), block.text("key")
    return _atom(operator.lower(), key.lower(), block.value("value"), block.at("value"))


def _atom(operator: str, key: str, value: object, at: str) -> Atom:
    if isinstance(value, str):
        return Atom(operator, key, (value,))
    return Atom(operator, key, (), holes=(f"{at}: {_reason(value)}",))
