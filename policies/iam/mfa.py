"""Where a second factor is required: for console users, and for deleting versions of objects in S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53
from policies.exemptions import wildcard
from policies.iam.identity_policies import GROUP_POLICY, POLICY, USER_POLICY, is_every_action
from policies.iam.references import every
from policies.iam.resource_policies import BUCKET, BUCKET_V2
from policies.iam.users import LOGIN_PROFILE
from policies.policy_document import statements
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Condition, Statement
    from policies.resource import Resource
    from policies.stack import Stack

VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
VERSIONING_V2 = "aws:s3/bucketVersioningV2:BucketVersioningV2"

_ENROLMENT = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]
_WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def _group_policy(**elements: object) -> tuple[Example, ...]:
    statement = {"Effect": "Deny", "NotAction": _ENROLMENT, "Resource": "*", "Condition": _WITHOUT_MFA, **elements}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return (Example({"group": "staff", "policy": policy}, GROUP_POLICY, name="policy"),)


_ALICE = {"user": "alice"}


@rule(
    applies_to=(LOGIN_PROFILE,),
    severity=Severity.MEDIUM,
    remedy=(
        "Give a group with the user a policy that denies everything but the enrolment of a device where"
        " aws:MultiFactorAuthPresent is false (BoolIfExists)."
    ),
    controls=(FSBP["IAM.5"], CIS_AWS_5["1.9"], NIST_800_53["IA-2(1)"], NIST_800_53["IA-2(2)"], ISO_27001["A.8.5"]),
    topic="AWS: allows MFA-authenticated IAM users to manage their own credentials on the Security credentials page",
    passes=(
        Example(_ALICE, related=_group_policy()),
        Example(
            _ALICE,
            related=(
                Example(
                    {
                        "policy": {
                            "Statement": {
                                "Effect": "Deny",
                                "Action": "*",
                                "Resource": "*",
                                "Condition": {"Bool": {"aws:multifactorauthpresent": False}},
                            }
                        }
                    },
                    POLICY,
                    name="policy",
                ),
            ),
        ),
    ),
    fails=(
        _ALICE,
        Example(_ALICE, related=_group_policy(Effect="Allow")),
        Example(_ALICE, related=_group_policy(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
        Example(_ALICE, related=_group_policy(Condition={})),
        Example(_ALICE, related=_group_policy(Condition={"Bool": {"aws:SecureTransport": "false"}})),
        Example(_ALICE, related=_group_policy(Condition={"Null": {"aws:MultiFactorAuthPresent": "false"}})),
        Example({"user": UNKNOWN}, related=(Example({"policy": {"Statement": []}}, POLICY, name="policy"),)),
    ),
    undecided=(
        Example(_ALICE, related=(Example({"group": "staff", "policy": UNKNOWN}, GROUP_POLICY, name="policy"),)),
        Example(_ALICE, related=(Example({"user": "alice", "policy": UNKNOWN}, USER_POLICY, name="policy"),)),
    ),
)
def iam_console_user_needs_mfa(profile: Resource, stack: Stack) -> Iterator[Violation]:
    """Stacks with console users have a policy that denies what is done without MFA.

    A user enrols a device by hand, which no program shows; a policy makes them do it. Whom it is attached to is not
    followed.
    """
    del profile  # that there is one is enough
    answer = stack.once("denies without MFA", lambda: _has_policy(stack))
    if isinstance(answer, UnknownValue):
        raise answer.with_traceback(None)
    if not answer:
        yield Violation("no policy of the stack denies the user what is done without MFA", at="user")


def _has_policy(stack: Stack) -> bool | UnknownValue:
    """Say whether a policy of the stack denies what is done without MFA, or return why it cannot be told."""
    policies = every(stack, POLICY, GROUP_POLICY, USER_POLICY)
    try:
        return any_of(policies, lambda policy: any_of(statements(policy, "policy"), _denies_without_mfa))
    except UnknownValue as error:
        return error.with_traceback(None)


def _denies_without_mfa(statement: Statement) -> bool:
    if statement.allows or not any_of(statement.conditions(), _is_without_mfa):
        return False
    return statement.has("NotAction") or any_of(statement.actions(), is_every_action)


def _is_without_mfa(condition: Condition) -> bool:
    if condition.key != "aws:multifactorauthpresent" or condition.operator not in {"bool", "boolifexists"}:
        return False
    return any_of(condition.values(), lambda value: value.lower() == "false")


class GuardedBuckets(NamedTuple):
    """Which buckets need MFA delete."""

    buckets: Annotated[tuple[str, ...], "Names of buckets that need MFA delete; * stands for any characters."] = (
        "*cloudtrail*",
        "*audit*",
        "*archive*",
    )


def _versioning(bucket: object, **configuration: object) -> dict[str, object]:
    return {"bucket": bucket, "versioningConfiguration": {"status": "Enabled", **configuration}}


_TRAIL = Example({"bucket": "acme-cloudtrail"}, BUCKET, name="trail")


@rule(
    applies_to=(VERSIONING, VERSIONING_V2, BUCKET, BUCKET_V2),
    severity=Severity.LOW,
    remedy=(
        "As the root user, set mfaDelete to Enabled with the serial number and code of its device; lifecycle rules must go."
        " Object Lock guards versions without the root user."
    ),
    controls=(CIS_AWS_5["2.1.2"], NIST_800_53["AC-3"], NIST_800_53["CP-9"], ISO_27001["A.8.13"]),
    topic="Configuring MFA delete",
    parameters=GuardedBuckets,
    passes=(
        Example({"bucket": "acme-audit", "versioning": {"enabled": True, "mfaDelete": True}}, BUCKET),
        _versioning("acme-cloudtrail", mfaDelete="Enabled"),
        _versioning("acme-website"),
        {"bucket": "acme-cloudtrail", "versioningConfiguration": {"status": "Suspended"}},
        Example({"bucket": "acme-audit"}, BUCKET),
        Example({"versioning": {"enabled": True}}, BUCKET),
        Example(_versioning("acme-audit"), parameters=GuardedBuckets(("acme-finance",))),
    ),
    fails=(
        Example({"bucket": "acme-audit", "versioning": {"enabled": True}}, BUCKET),
        _versioning("acme-cloudtrail"),
        _versioning("acme-audit-log", mfaDelete="Disabled"),
        Example(_versioning(Reference("trail", "bucket")), related=(_TRAIL,)),
        Example({"bucketPrefix": "audit-", "versionings": [{"enabled": True}]}, BUCKET_V2),
        Example(_versioning("acme-website"), parameters=GuardedBuckets(("*",))),
    ),
    undecided=(
        _versioning(UNKNOWN),
        _versioning("acme-cloudtrail", mfaDelete=UNKNOWN),
        {"bucket": "acme-cloudtrail", "versioningConfiguration": UNKNOWN},
        Example({"bucket": "acme-audit", "versioning": {"enabled": UNKNOWN}}, BUCKET),
    ),
)
def s3_bucket_requires_mfa_to_delete(resource: Resource, stack: Stack, parameters: GuardedBuckets) -> Iterator[Violation]:
    """Buckets with trails, audit logs and archives require MFA to delete versions of objects.

    Whoever has taken over an account deletes the traces first. Only buckets with versioning are judged, and only those whose
    name is in buckets: MFA delete needs the root user, and rules out lifecycle rules.
    """
    if resource.type in {VERSIONING, VERSIONING_V2}:
        path, on, guarded = "versioningConfiguration", ("status", "Enabled"), "Enabled"
        bucket = stack.target(resource, (BUCKET, BUCKET_V2), by="bucket") or resource
    else:
        path, on, guarded = "versioning" if resource.type == BUCKET else "versionings", ("enabled", "true"), "true"
        bucket = resource
    if not any(wildcard(name).fullmatch(_name_of(bucket)) for name in parameters.buckets):
        return
    for versioning in resource.each(path):
        if versioning.text(on[0]) == on[1] and versioning.text("mfaDelete") != guarded:
            yield Violation("versions of objects can be deleted without MFA", at=versioning.at("mfaDelete"))


def _name_of(bucket: Resource) -> str:
    return bucket.text("bucket") or bucket.text("bucketPrefix")
