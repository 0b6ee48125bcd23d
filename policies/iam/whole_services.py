"""Policies that grant services as a whole, or what ends the watch over an account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import allow, statement_of, with_deny
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES, unlimited
from policies.iam_analysis.permissions import first_granted, told, without
from policies.iam_analysis.unnamed_resources import whole
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.permissions import Permission

_CONTROLS = (NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"])
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_WITHOUT_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
_POWER_USER = {"policy": {"Statement": {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}}}
_AUDITED: dict[str, object] = {
    "Action": "*",
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}


def _of_whole_service(permission: Permission, service: str) -> Iterator[Violation]:
    """Report a permission for actions of a service that nobody named, on resources that nobody named."""
    if witness := permission.grants(*whole(service)):
        message = f"allows every action of the service ({service}:*) on every resource"
        yield Violation(message + without(witness), at=permission.statement.at)


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Security best practices in IAM",
    each=unlimited,
    severity=Severity.HIGH,
    remedy="Name the actions of IAM that are needed, and the users and roles they are needed on.",
    controls=_CONTROLS,
    checkov=("CKV2_AWS_40",),
    passes=(
        allow(["iam:Get*", "iam:List*"], "*"),
        allow("iam:*", "arn:aws:iam::111122223333:user/${aws:username}"),
        allow("iam:*", "*", Effect="Deny"),
        allow("iam:*", "*", Condition=_MFA),
        _POWER_USER,
        with_deny("*", "*", {"Action": "iam:*", "Resource": "*"}),
        with_deny("iam:*", "*", _AUDITED),
    ),
    fails=(
        allow("iam:*", "*"),
        allow("*", "*"),
        allow("iam:*", "arn:aws:iam::111122223333:*"),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}},
        {
            "policy": {
                "Statement": {"Effect": "Allow", "Action": "iam:*", "NotResource": "arn:aws:iam::111122223333:role/admin"}
            }
        },
        with_deny("iam:*", "*", {"Action": "iam:DeleteUser", "Resource": "*"}),
        with_deny(
            "iam:*", "*", {"Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
        ),
        {"policy": json.dumps({"Statement": [statement_of("s3:GetObject", "*"), statement_of("IAM:*", "*")]})},
    ),
    undecided=(
        {"policy": UNKNOWN},
        allow("iam:*", UNKNOWN),
        allow("iam:*", "*", Condition=UNKNOWN),
        with_deny("iam:*", "*", {"Action": UNKNOWN, "Resource": "*"}),
    ),
)
def iam_policy_not_full_iam(permission: Permission) -> Iterator[Violation]:
    """Policies do not allow all of IAM.

    Whoever may do everything in IAM can give itself every other right.
    """
    yield from _of_whole_service(permission, "iam")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Using IAM policies with AWS KMS",
    each=unlimited,
    severity=Severity.HIGH,
    remedy="Name the actions and the keys that are needed; keep those who administer keys and those who use them apart.",
    controls=_CONTROLS,
    passes=(
        allow(["kms:Describe*", "kms:ListKeys"], "*"),
        allow("kms:*", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        with_deny("*", "*", {"Action": ["kms:*"], "Resource": "*"}),
    ),
    fails=(
        allow("kms:*", "*"),
        allow(["kms:*", UNKNOWN], "arn:aws:kms:*:*:*"),
        _POWER_USER,
        with_deny("kms:*", "*", {"Action": "kms:ScheduleKeyDeletion", "Resource": "*"}),
    ),
    undecided=({"policy": UNKNOWN}, allow("kms:*", UNKNOWN), allow(UNKNOWN, "*")),
)
def iam_policy_not_full_kms(permission: Permission) -> Iterator[Violation]:
    """Policies do not allow all of KMS.

    All of KMS includes decryption with every key, changes of key policies and the deletion of keys.
    """
    yield from _of_whole_service(permission, "kms")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Bucket policies and user policies",
    each=unlimited,
    severity=Severity.MEDIUM,
    remedy="Name the actions of S3 and the buckets that are needed.",
    controls=_CONTROLS,
    passes=(
        allow(["s3:Get*", "s3:List*"], "*"),
        allow("s3:*", ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]),
        with_deny("s3:*", "*", {"Action": "s3:*", "NotResource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]}),
    ),
    fails=(
        allow("s3:*", "*"),
        allow("s3:*", ["arn:aws:s3:::*"]),
        _POWER_USER,
        with_deny("s3:*", "*", {"Action": "s3:DeleteBucket", "Resource": "*"}),
    ),
    undecided=({"policy": UNKNOWN}, allow("s3:*", UNKNOWN), with_deny("s3:*", "*", {"Action": "s3:*", "Resource": UNKNOWN})),
)
def iam_policy_not_full_s3(permission: Permission) -> Iterator[Violation]:
    """Policies do not allow all of S3.

    All of S3 includes every object of every bucket, and the policies that keep them private.
    """
    yield from _of_whole_service(permission, "s3")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Identity-based policy examples for CloudTrail",
    each=unlimited,
    severity=Severity.MEDIUM,
    remedy="Name the actions of CloudTrail that are needed; leave the trails to those who operate them.",
    controls=_CONTROLS,
    passes=(
        allow(["cloudtrail:LookupEvents", "cloudtrail:Get*"], "*"),
        allow("cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/test"),
        with_deny("*", "*", {"Action": "cloudtrail:*", "Resource": "*"}),
    ),
    fails=(
        allow("cloudtrail:*", "*"),
        allow("cloudtrail:StopLogging", "*"),
        allow(["cloudtrail:Put*"], "arn:aws:cloudtrail:*:*:trail/*"),
        _POWER_USER,
    ),
    undecided=({"policy": UNKNOWN}, allow("cloudtrail:*", UNKNOWN), allow([UNKNOWN], "*")),
)
def iam_policy_not_full_cloudtrail(permission: Permission) -> Iterator[Violation]:
    """Policies do not allow all of CloudTrail, nor trails to be stopped.

    Whoever can stop a trail or choose its events can act without leaving a trace.
    """
    if witness := first_granted(
        permission, ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors")
    ):
        yield Violation(f"allows {told(witness)}", at=permission.statement.at)
    else:
        yield from _of_whole_service(permission, "cloudtrail")


_PRODUCT = {"aws-marketplace:ProductId": ["p-1"]}


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Controlling access to AWS Marketplace subscriptions",
    each=unlimited,
    severity=Severity.MEDIUM,
    remedy="Leave aws-marketplace:Subscribe to those who buy, or limit it by a Condition on aws-marketplace:ProductId.",
    controls=(NIST_800_53["AC-6"], SOC2["CC6.3"], ISO_27001["A.5.18"], ISO_27001["A.8.2"]),
    passes=(
        allow("aws-marketplace:ViewSubscriptions", "*"),
        allow("aws-marketplace:Subscribe", "*", Condition={"ForAnyValue:StringEquals": _PRODUCT}),
        allow("aws-marketplace:Subscribe", "*", Condition={"ForAllValues:StringEquals": _PRODUCT}),
        with_deny("aws-marketplace:*", "*", {"Action": "aws-marketplace:Subscribe", "Resource": "*"}),
    ),
    fails=(
        allow("aws-marketplace:Subscribe", "*"),
        allow("aws-marketplace:*", "*"),
        allow("*", "*"),
        _POWER_USER,
    ),
    undecided=({"policy": UNKNOWN}, allow(UNKNOWN, "*"), allow("aws-marketplace:Subscribe", "*", Condition=UNKNOWN)),
)
def iam_policy_marketplace_subscriptions_limited(permission: Permission) -> Iterator[Violation]:
    """Policies do not allow every product of AWS Marketplace to be bought.

    A subscription costs money and brings software of others into the account.
    """
    if witness := first_granted(permission, ("aws-marketplace:Subscribe",)):
        yield Violation(f"allows {told(witness)}", at=permission.statement.at)


_LEAVING = (
    "organizations:LeaveOrganization", "organizations:DeleteOrganization", "organizations:CloseAccount", "account:CloseAccount",
)  # fmt: skip


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Identity-based policy examples for AWS Organizations",
    each=unlimited,
    severity=Severity.MEDIUM,
    remedy="Take these actions out, or deny them to all but the role that is meant for them.",
    controls=_CONTROLS,
    passes=(
        allow("organizations:Describe*", "*"),
        allow("organizations:LeaveOrganization", "*", Condition=_MFA),
        with_deny("*", "*", {"Action": ["organizations:*", "account:*"], "Resource": "*"}),
    ),
    fails=(
        allow("organizations:LeaveOrganization", "*"),
        allow("organizations:*", "*"),
        allow(["account:Close*", UNKNOWN], "*"),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}},
        with_deny("*", "*", {"Action": "organizations:LeaveOrganization", "Resource": "*"}),
    ),
    undecided=({"policy": UNKNOWN}, allow("organizations:*", UNKNOWN), allow(UNKNOWN, "*")),
)
def iam_policy_keeps_organization(permission: Permission) -> Iterator[Violation]:
    """Policies do not allow the organization to be left or deleted, nor accounts to be closed.

    An account outside the organization is free of its service control policies and of its central trails.
    """
    if witness := first_granted(permission, _LEAVING):
        yield Violation(f"allows {told(witness)}", at=permission.statement.at)


_STOPPING = (
    "access-analyzer:DeleteAnalyzer", "config:DeleteConfigurationRecorder", "config:StopConfigurationRecorder",
    "ec2:DisableEbsEncryptionByDefault", "guardduty:DeleteDetector", "guardduty:UpdateDetector", "inspector2:Disable",
    "kms:DisableKey", "kms:ScheduleKeyDeletion", "macie2:DisableMacie", "securityhub:DisableSecurityHub",
)  # fmt: skip


class Stopping(NamedTuple):
    """Which actions on security services may be allowed."""

    allowed_actions: Annotated[tuple[str, ...], "Actions that are accepted, such as kms:ScheduleKeyDeletion."] = ()


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Security best practices in IAM",
    each=unlimited,
    severity=Severity.MEDIUM,
    remedy="Take these actions out, or deny them to all but the role that operates the security services.",
    controls=_CONTROLS,
    parameters=Stopping,
    passes=(
        allow(["guardduty:Get*", "securityhub:BatchImportFindings", "config:PutEvaluations"], "*"),
        allow("kms:ScheduleKeyDeletion", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        Example(allow("kms:ScheduleKeyDeletion", "*"), parameters=Stopping(("KMS:ScheduleKeyDeletion",))),
        with_deny("guardduty:*", "*", {"Action": ["guardduty:Delete*", "guardduty:Update*"], "Resource": "*"}),
    ),
    fails=(
        allow("guardduty:DeleteDetector", "*"),
        allow(["config:Stop*", UNKNOWN], "*"),
        allow("ec2:*", "*"),
        allow("kms:ScheduleKeyDeletion", "arn:aws:kms:*:111122223333:key/*"),
        _POWER_USER,
        Example(allow("guardduty:*", "*"), parameters=Stopping(("kms:ScheduleKeyDeletion",))),
    ),
    undecided=({"policy": UNKNOWN}, allow("guardduty:*", UNKNOWN), allow(UNKNOWN, "*")),
)
def iam_policy_keeps_security_services(permission: Permission, parameters: Stopping) -> Iterator[Violation]:
    """Policies do not allow security services to be switched off, nor keys to be deleted.

    Whoever breaks in stops first what could report it.
    """
    accepted = {action.lower() for action in parameters.allowed_actions}
    if witness := first_granted(permission, tuple(action for action in _STOPPING if action.lower() not in accepted)):
        yield Violation(f"allows {told(witness)}", at=permission.statement.at)
