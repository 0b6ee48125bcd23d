"""Policies that allow on every resource what they should allow on some."""

from __future__ import annotations

import json
from functools import cache
from itertools import chain, groupby
from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import allow, statement_of, with_deny
from policies.iam_analysis.access import Answer, Verdict
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES, unlimited
from policies.iam_analysis.permissions import first_answer, first_granted, named_actions, told, undecided
from policies.iam_analysis.unnamed_resources import of_a_service, unnamed
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.permissions import Permission


PERMISSION_CHANGES = (
    "iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey",
    "iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary", "iam:PutGroupPolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary", "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
)  # fmt: skip
"""Actions of IAM by which their holder gets the rights of others, or gives them to themselves."""

_REPORTED_ELSEWHERE = (*PERMISSION_CHANGES, "iam:PassRole", "sts:AssumeRole")

DATA_READS = (
    "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:GetRecords", "dynamodb:PartiQLSelect", "dynamodb:Query",
    "dynamodb:Scan", "kinesis:GetRecords", "rds-db:connect", "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM", "s3:GetObject", "s3:GetObjectVersion", "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue", "sqs:ReceiveMessage", "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters",
    "ssm:GetParametersByPath",
)  # fmt: skip
"""Actions that read secrets or data, and for which a policy can name resources."""

_USUAL = (
    "cloudwatch:PutMetricData", "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
)  # fmt: skip
"""Writes that AWS's own policies for the roles of functions, tasks and agents allow on all resources."""


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Actions, resources, and condition keys for AWS services",
    each=unlimited,
    severity=Severity.HIGH,
    remedy="Set Resource to the users, groups, roles or policies that may be changed, or ask for a permissions boundary.",
    controls=(
        NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"],
    ),
    checkov=("CKV_AWS_109", "CKV_AWS_289"),
    passes=(
        allow("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/app-*"),
        allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}"),
        allow("iam:PutRolePolicy", "*", Condition={"StringEquals": {"iam:PermissionsBoundary": UNKNOWN}}),
        allow(["iam:Get*", "iam:ListRoles", "s3:*"], "*"),
        allow("iam:*", "*", Effect="Deny"),
    ),
    fails=(
        allow("*", "*"),
        allow("iam:CreatePolicyVersion", "*"),
        allow(["iam:Get*", "iam:attach*"], ["arn:aws:iam::111122223333:role/*", UNKNOWN]),
        {"policy": json.dumps({"Statement": statement_of("iam:*", "*")})},
    ),
    undecided=({"policy": UNKNOWN}, allow("iam:PutUserPolicy", UNKNOWN), allow("iam:PutUserPolicy", "*", Condition=UNKNOWN)),
)  # fmt: skip
def iam_policy_permission_changes_name_resources(permission: Permission) -> Iterator[Violation]:
    """Policies that allow changes of permissions in IAM name what may be changed.

    Whoever may give any user or role another policy, an access key or a password can take every right in the account.
    """
    if witness := first_granted(permission, PERMISSION_CHANGES):
        yield Violation(f"allows {told(witness)}", at=place(permission))


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Actions, resources, and condition keys for AWS services",
    each=unlimited,
    severity=Severity.MEDIUM,
    remedy="Set Resource to the ARNs that are needed, or limit the statement by a Condition.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    checkov=("CKV_AWS_111", "CKV_AWS_290", "CKV_AWS_355", "CKV_AWS_356"),
    passes=(
        allow(["secretsmanager:GetSecretValue"], "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-*"),
        allow(["ec2:DescribeInstances", "s3:ListAllMyBuckets", "cloudwatch:PutMetricData", "xray:PutTraceSegments"], "*"),
        allow(["logs:CreateLogGroup", "logs:PutLogEvents", "ec2:CreateNetworkInterface"], "*"),
        allow("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        allow("s3:PutObject", ["arn:aws:s3:::reports/*", "arn:aws:s3:::*-logs/*"]),
        allow(["iam:PutRolePolicy", "iam:PassRole", "sts:AssumeRole"], "*"),
        allow("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/*"),
        with_deny("s3:*", "*", {"Action": "s3:*", "NotResource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]}),
        with_deny(["ec2:RunInstances", "ec2:Describe*"], "*", {"NotAction": "ec2:Describe*", "Resource": "*"}),
        allow("ec2:StartInstances", "*", Condition={"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}),
    ),
    fails=(
        allow(["*", "iam:PassRole"], "*"),
        allow("iam:*", "*"),
        allow("secretsmanager:GetSecretValue", "*"),
        allow("ec2:RunInstances", "*"),
        allow(["ec2:Describe*", "dynamodb:DeleteItem"], "*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow("s3:*", ["arn:aws:s3:::*", "arn:aws:s3:::*/*"]),
        allow("glue:*", "*"),
        allow("iam:CreateRole", "*"),
        {"policy": json.dumps({"Statement": statement_of(["kms:D*", "ec2:DescribeInstances"], "*")})},
        {"policy": {"Statement": [statement_of("ssm:getparameters", ["*", UNKNOWN]), statement_of(UNKNOWN, UNKNOWN)]}},
        allow(["ec2:TerminateInstances"], "*", Condition={"StringEqualsIfExists": {"aws:ResourceTag/team": "web"}}),
        with_deny("s3:*", "*", {"Action": "s3:*", "Resource": "arn:aws:s3:::audit*"}),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::audit/*"}}},
        allow("wisdom:DeleteAssistant", "*"),
    ),
    undecided=(
        {"policy": UNKNOWN},
        allow("kms:Decrypt", UNKNOWN),
        allow("kms:Decrypt", "*", Condition=UNKNOWN),
        with_deny("s3:*", "*", {"Action": "s3:*", "Resource": UNKNOWN}),
        {"policy": {"Statement": [statement_of("ssm:getparameters", "*"), UNKNOWN]}},
        {"policy": json.dumps({"Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue"}})},
    ),
)
def iam_policy_resources_named(permission: Permission) -> Iterator[Violation]:
    """Policies name the resources on which they allow changes or the reading of data.

    With Resource * an action reaches everything of its kind in the account, also what belongs to other teams. Actions
    that AWS offers for all resources only are never reported, nor single ones that rules of their own report: passing
    and assuming roles, changing permissions in IAM.
    """
    answer = _touching(permission)
    if answer.verdict is Verdict.UNKNOWN:
        raise undecided(answer, permission.statement.at)
    if answer.witness:
        shown = permission.all_of(unnamed(answer.witness.action)).witness or answer.witness
        yield Violation(f"allows {told(shown)}", at=place(permission))


def place(permission: Permission) -> str:
    """Return the property path of what names the resources of a permission."""
    resources = permission.statement.resources
    return f"{permission.statement.at}.{'NotResource' if resources and resources.negated else 'Resource'}"


def _touching(permission: Permission) -> Answer:
    """Say whether a permission allows something that touches data on a resource of no kind in particular."""
    return permission.once("touching data", lambda: first_answer(_touching_by_service(permission)))


def _touching_by_service(permission: Permission) -> Iterator[Answer]:
    from policies.iam_catalogue.actions import universe  # noqa: PLC0415  (late: few policies come so far)
    from policies.iam_catalogue.resources import resource_types  # noqa: PLC0415

    wanted = named_actions(permission) & _touching_data()
    reads = _masked(DATA_READS)  # first, for what they read is what messages should name
    members = chain(universe().members(wanted & reads), universe().members(wanted & ~reads))
    for _, group in groupby(members, lambda name: name.partition(":")[0]):
        names = tuple(group)[: None if permission.denials else 1]
        services = {arn.split(":")[2] for name in names for type_ in resource_types(name) for arn in type_.arns}
        yield permission.allows(names, of_a_service(*sorted(services)))
    holes = permission.statement.actions.holes
    if holes and permission.allows(("*",), of_a_service("*")).verdict is not Verdict.NO:
        yield Answer(Verdict.UNKNOWN, why=holes)


@cache
def _touching_data() -> int:
    """Return the actions that change a resource that a policy can name, or read its data."""
    from policies.iam_catalogue.actions import Level, universe  # noqa: PLC0415

    known = universe()
    writes = known.of_level(Level.WRITE, Level.TAGGING, Level.PERMISSIONS_MANAGEMENT)
    return (writes & ~known.without_resources() & ~_masked(_USUAL + _REPORTED_ELSEWHERE)) | _masked(DATA_READS)


def _masked(names: tuple[str, ...]) -> int:
    from policies.iam_catalogue.actions import universe  # noqa: PLC0415

    mask = 0
    for name in names:
        mask |= universe().mask(name)
    return mask
