"""Descriptions: what a resource is for, where AWS keeps a text for it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import INVENTORY
from policies.exemptions import wildcard
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_RULES = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
ROLE = "aws:iam/role:Role"
KEY = "aws:kms/key:Key"
DATABASE = "aws:athena/database:Database"

_DEFAULTS = frozenset({"managed by pulumi", "managed by terraform"})
"""What providers write where a program says nothing."""

_PATHS = {
    "aws:appflow/flow:Flow": "description",
    DATABASE: "comment",
    "aws:athena/dataCatalog:DataCatalog": "description",
    "aws:athena/namedQuery:NamedQuery": "description",
    "aws:athena/workgroup:Workgroup": "description",
    KEY: "description",
    "aws:lambda/function:Function": "description",
    "aws:secretsmanager/secret:Secret": "description",
    "aws:apigateway/restApi:RestApi": "description",
    "aws:apigatewayv2/api:Api": "description",
    "aws:backup/framework:Framework": "description",
    "aws:cfg/rule:Rule": "description",
    "aws:cloudwatch/eventRule:EventRule": "description",
    "aws:ec2/launchTemplate:LaunchTemplate": "description",
    "aws:elasticache/parameterGroup:ParameterGroup": "description",
    "aws:glue/job:Job": "description",
    "aws:iam/policy:Policy": "description",
    ROLE: "description",
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": "description",
    "aws:rds/optionGroup:OptionGroup": "optionGroupDescription",
    "aws:rds/parameterGroup:ParameterGroup": "description",
    "aws:ssm/parameter:Parameter": "description",
    "aws:ssoadmin/permissionSet:PermissionSet": "description",
    "aws:wafv2/webAcl:WebAcl": "description",
}


def _undescribed(block: Block, path: str) -> Iterator[Violation]:
    text = block.text(path).strip().casefold()
    if not text or text in _DEFAULTS:
        what = "is only what the provider writes" if text else "is not set"
        yield Violation(f"{block.at(path)} {what}", at=block.at(path))


def _with_rules(group: Resource) -> Iterator[Block]:
    """Yield a group and the rules that stand in it, or a rule that is a resource of its own.

    A default group has the description that AWS gave it.
    """
    if group.type != DEFAULT_SECURITY_GROUP:
        yield group
    if group.type in {SECURITY_GROUP, DEFAULT_SECURITY_GROUP}:
        yield from in_turn(group.each("ingress"), group.each("egress"))


@rule(
    applies_to=(SECURITY_GROUP, DEFAULT_SECURITY_GROUP, *_RULES),
    severity=Severity.LOW,
    remedy="Say in description what the group or the rule is for; a new description of a group replaces it.",
    controls=INVENTORY,
    checkov=("CKV_AWS_23",),
    topic="Security group rules",
    each=_with_rules,
    passes=(
        {"description": "Web servers"},
        {"description": "Web servers", "ingress": [{"protocol": "tcp", "fromPort": 443, "description": "HTTPS"}]},
        Example({"description": "HTTPS"}, type=_RULES[1]),
        Example({}, type=DEFAULT_SECURITY_GROUP),
        Example({"ingress": [{"protocol": "-1", "self": True, "description": "Members"}]}, type=DEFAULT_SECURITY_GROUP),
    ),
    fails=(
        {"name": "web"},
        {"description": "Managed by Pulumi"},
        {"description": "Web servers", "ingress": [{"description": UNKNOWN}], "egress": [{"protocol": "-1"}]},
        {"description": UNKNOWN, "ingress": [{"protocol": "tcp"}]},
        Example({}, type=_RULES[1]),
        Example({"egress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]}, type=DEFAULT_SECURITY_GROUP),
    ),
    undecided=(
        {"description": UNKNOWN},
        {"description": "Web servers", "ingress": UNKNOWN},
        Example({"ingress": UNKNOWN}, type=DEFAULT_SECURITY_GROUP),
    ),
)
def security_group_described(described: Block) -> Iterator[Violation]:
    """Security groups and their rules have a description.

    A port that nobody can explain stays open for ever. Without a description Pulumi writes "Managed by Pulumi".
    """
    yield from _undescribed(described, "description")


class Described(NamedTuple):
    """Which types need a description."""

    types: Annotated[
        tuple[str, ...], "Resource types that need a description; * stands for any characters, as in aws:iam/*."
    ] = ("aws:appflow/*", "aws:athena/*", "aws:kms/*", "aws:lambda/*", "aws:secretsmanager/*")


_ALL = Described(("*",))


@cache
def _fits_any(type_: str, patterns: tuple[str, ...]) -> bool:
    return any(wildcard(pattern).fullmatch(type_) for pattern in patterns)


@rule(
    applies_to=_PATHS,
    severity=Severity.LOW,
    remedy="Say in the description what the resource is for.",
    controls=INVENTORY,
    topic="AWS KMS: Edit keys",
    parameters=Described,
    passes=(
        Example({"description": "Encrypts the orders"}, type=KEY),
        Example({}, type=ROLE),
        Example({"description": "Runs the shop"}, type=ROLE, parameters=_ALL),
    ),
    fails=(
        Example({}, type=KEY),
        Example({"comment": " "}, type=DATABASE),
        Example({}, type=ROLE, parameters=_ALL),
        Example({"description": "Managed by Pulumi"}, type="aws:rds/parameterGroup:ParameterGroup", parameters=_ALL),
    ),
    undecided=(Example({"description": UNKNOWN}, type=KEY),),
)
def resource_described(resource: Resource, parameters: Described) -> Iterator[Violation]:
    """Keys, functions, secrets and the like have a description.

    A name says what a resource is, a description what it is for and whether it can go.
    """
    if _fits_any(resource.type, parameters.types):
        yield from _undescribed(resource, _PATHS[resource.type])
