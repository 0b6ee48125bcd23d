"""Policies that allow on every resource what they should allow on some."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.actions import changes_named_resources
from policies.iam.identity_policies import (
    IDENTITY_POLICIES,
    allow,
    covers_any,
    identity_statements,
    is_every_action,
    is_every_resource,
    is_limited,
    resources_of,
    statement_of,
)
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.policy_document import Statement


def _lower(*actions: str) -> frozenset[str]:
    return frozenset(map(str.lower, actions))


_PERMISSION_CHANGES = _lower(
    "iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey",
    "iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary", "iam:PutGroupPolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary", "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
)  # fmt: skip
"""Actions of IAM by which their holder gets the rights of others, or gives them to themselves."""

_REPORTED_ELSEWHERE = _PERMISSION_CHANGES | _lower("iam:PassRole", "sts:AssumeRole")

_SENSITIVE_READS = _lower(
    "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:GetRecords", "dynamodb:PartiQLSelect", "dynamodb:Query",
    "dynamodb:Scan", "kinesis:GetRecords", "rds-db:connect", "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM", "s3:GetObject", "s3:GetObjectVersion", "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue", "sqs:ReceiveMessage", "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters",
    "ssm:GetParametersByPath",
)  # fmt: skip
"""Actions that read secrets or data, and for which a policy can name resources."""

_EVERY_IDENTITY = re.compile(r"arn:[^:]+:iam::[^:]*:((group|policy|role|user)/?)?\*")
_EVERY_OF_A_SERVICE = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:[*/]*\*")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Actions, resources, and condition keys for AWS services",
    each=identity_statements,
    severity=Severity.HIGH,
    remedy="Set Resource to the users, groups, roles or policies that may be changed, or ask for a permissions boundary.",
    controls=(
        NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"],
    ),
    checkov=("CKV_AWS_109", "CKV_AWS_110", "CKV_AWS_286", "CKV_AWS_289"),
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
def iam_policy_permission_changes_name_resources(statement: Statement) -> Iterator[Violation]:
    """Policies that allow changes of permissions in IAM name what may be changed.

    Whoever may give any user or role another policy, an access key or a password can take every right in the account.
    """
    yield from _unnamed(statement, _changes_permissions, lambda arn: bool(_EVERY_IDENTITY.fullmatch(arn)))


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Actions, resources, and condition keys for AWS services",
    each=identity_statements,
    severity=Severity.MEDIUM,
    remedy="Set Resource to the ARNs that are needed, or limit the statement by a Condition.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    checkov=("CKV_AWS_108", "CKV_AWS_111", "CKV_AWS_288", "CKV_AWS_290", "CKV_AWS_355", "CKV_AWS_356"),
    passes=(
        allow(["secretsmanager:GetSecretValue"], "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-*"),
        allow(["ec2:DescribeInstances", "s3:ListAllMyBuckets", "cloudwatch:PutMetricData", "xray:PutTraceSegments"], "*"),
        allow(["logs:CreateLogGroup", "logs:PutLogEvents", "ec2:CreateNetworkInterface"], "*"),
        allow("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        allow("s3:PutObject", ["arn:aws:s3:::reports/*", "arn:aws:s3:::*-logs/*"]),
        allow(["iam:PutRolePolicy", "iam:PassRole", "sts:AssumeRole"], "*"),
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
        {"policy": {"Statement": [statement_of("ssm:getparameters", ["*", UNKNOWN]), UNKNOWN]}},
    ),
    undecided=(
        {"policy": UNKNOWN},
        allow("kms:Decrypt", UNKNOWN),
        allow("kms:Decrypt", "*", Condition=UNKNOWN),
        {"policy": json.dumps({"Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue"}})},
    ),
)
def iam_policy_resources_named(statement: Statement) -> Iterator[Violation]:
    """Policies name the resources on which they allow changes or the reading of data.

    With Resource * an action reaches everything of its kind in the account, also what belongs to other teams. Actions
    that AWS offers for all resources only are never reported, nor single ones that rules of their own report: passing
    and assuming roles, changing permissions in IAM.
    """
    yield from _unnamed(statement, _touches_data, lambda arn: bool(_EVERY_OF_A_SERVICE.fullmatch(arn)))


def _changes_permissions(action: str) -> bool:
    return covers_any(action, _PERMISSION_CHANGES)


def _touches_data(action: str) -> bool:
    if is_every_action(action):
        return True
    if action.lower() in _REPORTED_ELSEWHERE:
        return False
    return changes_named_resources(action) or covers_any(action, _SENSITIVE_READS)


def _unnamed(statement: Statement, matters: Callable[[str], bool], is_wide: Callable[[str], bool]) -> Iterator[Violation]:
    """Report an Allow of an action that matters, without a limit, on every resource or on a pattern as wide."""
    if not statement.allows:
        return
    action = next((pattern for pattern in statement.actions() if matters(pattern)), None)
    if action is None:
        return
    wide = next((arn for arn in resources_of(statement) if is_every_resource(arn) or is_wide(arn)), None)
    if wide is not None and not is_limited(statement):
        yield Violation(f"allows {action} on every resource ({wide})", at=statement.at_element("Resource"))
