"""Policies of S3 buckets that let everyone in, and what a public access block makes of them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FSBP
from policies.iam.public_policies import (
    CONTROLS,
    FAILS,
    PASSES,
    REMEDY,
    UNDECIDED,
    as_text,
    is_open,
    opening,
    policy_of,
)
from policies.iam.resource_policies import BUCKET, BUCKET_POLICY, BUCKET_V2, BUCKETS, Grant, element, grants
from policies.iam.s3_public_access import ACCOUNT_BLOCK, ACLS_OF_BUCKETS, BUCKET_BLOCK, SETTINGS, opens_to_everyone
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.public import S3, exposure
from policies.iam_analysis.strangers import CLOSED, entry
from policies.policy_matching import any_of
from policies.rule import ANYONE, Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

TRAIL = "aws:cloudtrail/trail:Trail"
_INLINE_BLOCK = "publicAccessBlockConfiguration"  # aws-native writes the block into the bucket


def is_held_back(subject: Resource, stack: Stack) -> bool:
    """Say whether a public access block of the stack keeps strangers out of the bucket of a policy, whatever it allows."""
    return any_of(_blocks(subject, stack), lambda block: block.flag("restrictPublicBuckets"))


def _blocks(subject: Resource, stack: Stack) -> Iterator[Block]:
    yield from stack.of(ACCOUNT_BLOCK)
    bucket = subject if subject.type != BUCKET_POLICY else stack.target(subject, (BUCKET, BUCKET_V2), "bucket")
    if bucket is None:  # a bucket from outside the stack: both name it
        name = subject.text("bucket")
        yield from (block for block in stack.of(BUCKET_BLOCK) if block.text("bucket") == name)
        return
    if bucket.has(_INLINE_BLOCK):
        yield bucket.block(_INLINE_BLOCK)
    yield from stack.related(bucket, (BUCKET_BLOCK,), by="bucket")


_OPEN = policy_of("*", Action="s3:GetObject", Resource="arn:aws:s3:::site/*")
_NAMED = Example({"bucket": "site"}, BUCKET, name="bucket")


def _with(policy: dict[str, object], *related: Example) -> Example:
    return Example({"bucket": Reference("bucket"), **policy}, BUCKET_POLICY, related=(_NAMED, *related))


def _block(*, bucket: object = Reference("bucket"), **settings: object) -> Example:
    return Example({"bucket": bucket, **dict.fromkeys(SETTINGS, True), **settings}, BUCKET_BLOCK, name="block")


def _denied(condition: dict[str, object], **elements: object) -> dict[str, object]:
    """Return inputs whose policy allows everyone to read, and denies everything under a condition."""
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition, **elements}
    return {"policy": {"Version": "2012-10-17", "Statement": [allow, deny]}}


_OTHERS_DENIED = _denied({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}})


@rule(
    applies_to=BUCKETS,
    topic="Bucket policies for Amazon S3",
    each=grants,
    severity=Severity.CRITICAL,
    remedy=REMEDY,
    controls=(FSBP["S3.2"], FSBP["S3.3"], *CONTROLS),
    checkov=("CKV_AWS_70", "CKV_AWS_283"),
    passes=(
        *PASSES,
        policy_of("*", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.0.0.0/8"]}}),
        policy_of("*", {"StringEquals": {"aws:SourceVpce": ["vpce-1a2b3c4d"]}, "Null": UNKNOWN}),
        policy_of("*", {"Bool": {"aws:PrincipalIsAWSService": "true"}}),
        policy_of("*", {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::111122223333:role/app-*"}}),
        policy_of(
            "*", {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1/*"}, "Null": {"aws:PrincipalOrgPaths": "false"}}
        ),
        Example(policy_of({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}), BUCKET_V2),
        _OTHERS_DENIED,
        _denied({"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}}),
        _denied({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, Action=["s3:GetObject", "s3:List*"]),
        _with(_OPEN, _block()),
        _with(_OPEN, Example({"restrictPublicBuckets": True}, ACCOUNT_BLOCK, name="account")),
        Example({"bucket": "site", **_OPEN}, BUCKET_POLICY, related=(_block(bucket="site"),)),
    ),
    fails=(
        *FAILS,
        policy_of("*", {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
        policy_of("*", {"StringLike": {"aws:SourceVpce": ["vpce-*", UNKNOWN]}}),
        policy_of("*", {"Bool": {"aws:PrincipalIsAWSService": "false"}}),
        Example(policy_of("*"), BUCKET),
        Example(as_text(policy_of("*")), BUCKET_V2),
        {"policy": {"Statement": [{"Effect": "Allow", "NotPrincipal": UNKNOWN, "Action": "s3:*", "Resource": UNKNOWN}]}},
        _denied({"Bool": {"aws:SecureTransport": "false"}}, Resource=UNKNOWN),
        _denied({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, Action="s3:PutObject"),
        _denied({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        _denied({"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
        _with(_OPEN, _block(restrictPublicBuckets=False)),
        _with(_OPEN, _block(bucket="other")),
    ),
    undecided=(
        *UNDECIDED,
        {"policy": {"Statement": [UNKNOWN, {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}},
        _denied({"StringNotEquals": {"aws:PrincipalOrgID": UNKNOWN}}),
        _denied({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, Resource=UNKNOWN),
        _with(_OPEN, _block(restrictPublicBuckets=UNKNOWN)),
    ),
)
def s3_bucket_policy_not_public(grant: Grant, stack: Stack) -> Iterator[Violation]:
    """S3 bucket policies do not let everyone in.

    Objects of a public bucket can be read, replaced or deleted by anyone who knows or guesses its name. A Deny statement or
    a public access block of the stack that keeps strangers out counts.
    """
    found = entry(grant.statement, grant.document)
    if found == CLOSED or is_held_back(grant.resource, stack):
        return
    if not found.is_open:
        raise unknown(found.holes)
    yield Violation(opening(grant.statement, found), at=element(grant.statement, "Principal"), exposed_to=found.who)


@rule(
    applies_to=BUCKETS,
    topic="Blocking public access to your Amazon S3 storage",
    each=grants,
    severity=Severity.LOW,
    remedy="Narrow the statement, or remove it: then the bucket stays closed without its public access block too.",
    controls=CONTROLS,
    passes=(
        _with(policy_of({"AWS": "111122223333"}), _block()),
        _with(_OPEN),
        _with(_OPEN, _block(restrictPublicBuckets=False)),
        _with(_OTHERS_DENIED, _block()),
    ),
    fails=(_with(_OPEN, _block()), _with(_OPEN, Example({"restrictPublicBuckets": True}, ACCOUNT_BLOCK, name="account"))),
    undecided=(_with({"policy": UNKNOWN}, _block()), _with(_OPEN, _block(restrictPublicBuckets=UNKNOWN))),
)
def s3_bucket_policy_closed_without_block(grant: Grant, stack: Stack) -> Iterator[Violation]:
    """S3 bucket policies do not need a public access block to keep everyone out.

    The block holds the policy back, and users of other accounts that the policy names with it. Whoever lifts the block opens
    the bucket at once.
    """
    found = entry(grant.statement, grant.document)
    if found == CLOSED or not is_held_back(grant.resource, stack):
        return
    if not found.is_open:
        raise unknown(found.holes)
    message = "only the public access block keeps everyone out that the statement allows"
    yield Violation(message, at=element(grant.statement, "Principal"))


@rule(
    applies_to=BUCKETS,
    topic="Blocking public access to your Amazon S3 storage",
    each=grants,
    severity=Severity.LOW,
    remedy="Say who may call in the Allow statement itself, by Principal or by a condition with fixed values.",
    controls=CONTROLS,
    passes=(
        policy_of({"AWS": "111122223333"}),
        policy_of("*", {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        policy_of("*", {"StringEquals": {"aws:userid": "AROAEXAMPLEID:session"}}),
        _OPEN,
    ),
    fails=(
        _OTHERS_DENIED,
        policy_of("*", {"StringLike": {"aws:userid": "AROAEXAMPLEID:*"}}),
        policy_of({"Federated": "graph.facebook.com"}),
    ),
    undecided=({"policy": UNKNOWN}, policy_of("*", {"StringLike": {"aws:userid": UNKNOWN}})),
)
def s3_bucket_policy_accepted_by_block(grant: Grant) -> Iterator[Violation]:
    """S3 takes bucket policies for what they are when it blocks public access.

    S3 looks at Allow statements alone: a policy that is closed by a Deny, or by a value such as AROAEXAMPLEID:*, is public to
    it. A public access block, which new buckets have, refuses such a policy or shuts other accounts out.
    """
    seen = exposure(grant.statement, S3)
    if not seen.may_be_public:
        return
    found = entry(grant.statement, grant.document)
    if found.is_open:
        return  # public by both definitions: s3-bucket-policy-not-public says so
    if found.holes or not seen.is_public:
        raise unknown((*seen.holes, *found.holes))
    yield Violation(
        "S3 takes the statement for public, though it lets no strangers in", at=element(grant.statement, "Principal")
    )


def _trail(*related: Example) -> Example:
    return Example({"s3BucketName": Reference("bucket")}, TRAIL, related=(_NAMED, *related))


_POLICY_OF_BUCKET = Example({"bucket": Reference("bucket"), **_OPEN}, BUCKET_POLICY, name="policy")


@rule(
    applies_to=(TRAIL,),
    topic="Amazon S3 bucket policy for CloudTrail",
    severity=Severity.CRITICAL,
    remedy="Give the bucket of the trail a policy for cloudtrail.amazonaws.com alone, and a public access block.",
    controls=(CIS_AWS_5["2.1.4"], *CONTROLS),
    passes=(
        _trail(),
        {"s3BucketName": "logs-of-another-stack"},
        _trail(_POLICY_OF_BUCKET, _block()),
        _trail(
            _POLICY_OF_BUCKET._replace(
                inputs=policy_of({"Service": "cloudtrail.amazonaws.com"}) | {"bucket": Reference("bucket")}
            )
        ),
    ),
    fails=(
        _trail(_POLICY_OF_BUCKET),
        _trail(Example({"bucket": Reference("bucket"), "acl": "public-read"}, ACLS_OF_BUCKETS[0], name="acl")),
        Example({"s3BucketName": "site"}, TRAIL, related=(Example({"bucket": "site", **_OPEN}, BUCKET, name="bucket"),)),
    ),
    undecided=(
        _trail(_POLICY_OF_BUCKET._replace(inputs={"bucket": Reference("bucket"), "policy": UNKNOWN})),
        _trail(_POLICY_OF_BUCKET, _block(restrictPublicBuckets=UNKNOWN)),
    ),
)
def cloudtrail_bucket_not_public(trail: Resource, stack: Stack) -> Iterator[Violation]:
    """Buckets of CloudTrail trails are not public.

    The logs tell who works in the account, with which roles and on what: all that an attacker looks for first.
    """
    bucket = stack.target(trail, (BUCKET, BUCKET_V2), "s3BucketName")
    if bucket is None:
        return
    if any_of(_policies(bucket, stack), is_open) and not is_held_back(bucket, stack):
        yield Violation("the policy of the bucket lets everyone in", at="s3BucketName", exposed_to=ANYONE)
    acls = chain((bucket,), stack.related(bucket, ACLS_OF_BUCKETS, by="bucket"))
    blocks = (block for block in _blocks(bucket, stack))
    if any_of(acls, opens_to_everyone) and not any_of(blocks, lambda block: block.flag("ignorePublicAcls")):
        yield Violation("an ACL of the bucket lets everyone in", at="s3BucketName", exposed_to=ANYONE)


def _policies(bucket: Resource, stack: Stack) -> Iterator[Grant]:
    yield from grants(bucket)
    for policy in stack.related(bucket, (BUCKET_POLICY,), by="bucket"):
        yield from grants(policy)
