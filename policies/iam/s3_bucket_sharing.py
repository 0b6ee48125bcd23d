"""What bucket policies let other accounts do, and whom they lock out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.resource_policies import BUCKETS, element, grants
from policies.iam.resource_policy_grants import policy
from policies.iam.trusted_accounts import foreign_principals, outsider, own_account
from policies.iam_analysis.federation import allows
from policies.iam_analysis.holes import unknown
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant
    from policies.stack import Stack

_CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])
_SENSITIVE = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
)
_OWN = {"allowedAccountIds": '["111122223333"]'}


def _in(inputs: dict[str, object]) -> Example:
    return Example(inputs, provider=_OWN)


@rule(
    applies_to=BUCKETS,
    topic="Bucket policies for Amazon S3",
    each=grants,
    severity=Severity.HIGH,
    remedy="Name the actions that the other account needs; leave policies, ACLs and encryption to the owner.",
    controls=(FSBP["S3.6"], *_CONTROLS),
    passes=(
        _in(policy({"AWS": "444455556666"}, ["s3:GetObject", "s3:ListBucket"])),
        _in(policy({"AWS": "arn:aws:iam::111122223333:role/admin"}, "s3:*")),
        _in(policy({"AWS": "444455556666"}, "s3:PutBucketPolicy", Effect="Deny")),
        policy({"Service": "s3.amazonaws.com"}, "s3:*"),
    ),
    fails=(
        _in(policy({"AWS": "444455556666"}, "s3:*")),
        _in(policy({"AWS": ["111122223333", "arn:aws:iam::444455556666:role/app"]}, ["s3:GetObject", "s3:PutBucket*"])),
        _in({"policy": json.dumps(policy({"AWS": "444455556666"}, "s3:PutObjectAcl")["policy"])}),
    ),
    undecided=(
        {"policy": UNKNOWN},
        policy({"AWS": "444455556666"}, "s3:*"),
        _in(policy({"AWS": "444455556666"}, ["s3:GetObject", UNKNOWN])),
    ),
)
def s3_bucket_settings_own_account(grant: Grant, stack: Stack) -> Iterator[Violation]:
    """S3 bucket policies do not let other accounts change the policy, the ACLs or the encryption of a bucket.

    Who may change the policy may do everything, and may shut the owner out.
    """
    answers = {action: allows(grant.statement, action) for action in _SENSITIVE}
    allowed = next((action for action, answer in answers.items() if answer), "")
    if not allowed and None not in answers.values():
        return
    for principal in foreign_principals(grant.statement, own_account(grant.resource, stack)):
        if not allowed:
            raise unknown(grant.statement.holes)
        yield Violation(
            f"{principal} is allowed {allowed}", at=element(grant.statement, "Action"), exposed_to=outsider(principal)
        )


def _deny(action: object, **elements: object) -> dict[str, object]:
    return policy(**{"principal": "*", "action": action, "Effect": "Deny", **elements})


@rule(
    applies_to=BUCKETS,
    topic="Bucket policies for Amazon S3",
    each=grants,
    severity=Severity.MEDIUM,
    remedy="Add a condition to the Deny, such as ArnNotLike aws:PrincipalArn with the role that manages the bucket.",
    controls=_CONTROLS,
    checkov=("CKV_AWS_93",),
    passes=(
        _deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        _deny("s3:DeleteBucket"),
        _deny("s3:*", principal={"AWS": "444455556666"}),
        _deny("s3:*", Effect="Allow"),
    ),
    fails=(_deny("s3:*"), _deny(["s3:DeleteBucket", "s3:Put*"]), _deny("*", Resource=UNKNOWN)),
    undecided=({"policy": UNKNOWN}, _deny([UNKNOWN]), _deny("s3:*", Condition=UNKNOWN), _deny("s3:*", principal=UNKNOWN)),
)
def s3_bucket_policy_can_be_changed(grant: Grant) -> Iterator[Violation]:
    """S3 bucket policies leave somebody who can change them.

    After a Deny for everybody only the root user of the account can delete the policy, and the next update of the stack fails.
    """
    statement, principals = grant.statement, grant.statement.principals
    covers = allows(statement, "s3:PutBucketPolicy")
    if statement.effect == "Allow" or covers is False or principals is None or principals.negated:
        return
    everyone = "*" in principals.items
    known = [atom for atom in statement.conditions if atom.key]
    if known or (not everyone and not principals.holes):
        return
    if not everyone or covers is None or statement.conditions or not statement.effect:
        raise unknown(statement.holes)
    yield Violation("denies everybody s3:PutBucketPolicy", at=element(statement, "Action"))
