"""S3 buckets and plain HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FSBP, IN_TRANSIT
from policies.encryption.s3 import BUCKET, BUCKET_V2, BUCKETS, THE_BUCKET
from policies.policy_document import statements
from policies.policy_matching import any_of, denies_plain_http
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Statement
    from policies.resource import Resource
    from policies.stack import Stack

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"


def _tls_policy(*resources: str, **changes: object) -> dict[str, object]:
    statement: dict[str, object] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": list(resources) or ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement | changes]}


def _attached(policy: object) -> Example:
    return Example({"bucket": THE_BUCKET, "policy": policy}, type=BUCKET_POLICY, name="policy")


@rule(
    applies_to=(*BUCKETS, BUCKET_POLICY),
    severity=Severity.HIGH,
    remedy=(
        "Add to the bucket policy a Deny of s3:* for principal * on the bucket and its objects,"
        " with the condition Bool aws:SecureTransport false."
    ),
    controls=(CIS_AWS_5["2.1.1"], FSBP["S3.5"], *IN_TRANSIT),
    checkov=("CKV_AWS_379",),
    topic="Security best practices for Amazon S3: enforce encryption of data in transit",
    passes=(
        {"policy": _tls_policy()},
        {"policy": _tls_policy("arn:aws:s3:::logs*", Principal={"AWS": "*"})},
        Example({"bucket": "logs"}, related=(_attached(_tls_policy()),)),
        Example({}, type=BUCKET_V2, related=(_attached(_tls_policy("*")),)),
        Example({"bucket": "made-elsewhere", "policy": _tls_policy()}, type=BUCKET_POLICY),
        Example(  # the bucket answers for its policy
            {"bucket": Reference("bucket"), "policy": _tls_policy(Effect="Allow")},
            type=BUCKET_POLICY,
            related=(Example({}, type=BUCKET, name="bucket"),),
        ),
    ),
    fails=(
        {},
        {"policy": _tls_policy(Effect="Allow")},
        {"policy": _tls_policy("arn:aws:s3:::logs/*")},
        {"policy": _tls_policy("arn:aws:s3:::logs")},
        {"policy": _tls_policy(Condition={"Bool": {"aws:SecureTransport": "true"}})},
        Example({"bucket": "logs"}, related=(_attached(_tls_policy(Action="s3:GetObject")),)),
        Example({}, type=BUCKET_V2, related=(_attached(_tls_policy(Principal={"AWS": "111122223333"})),)),
        Example({"bucket": "made-elsewhere", "policy": _tls_policy(Effect="Allow")}, type=BUCKET_POLICY),
    ),
    undecided=(
        {"policy": UNKNOWN},
        Example({}, related=(_attached(UNKNOWN),)),
        Example({"bucket": UNKNOWN, "policy": _tls_policy(Effect="Allow")}, type=BUCKET_POLICY),
    ),
)
def s3_bucket_denies_plain_http(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """S3 buckets deny requests over plain HTTP.

    S3 answers HTTP as well as HTTPS. Only a Deny in the bucket policy keeps a client from sending data in plain text.
    A policy is judged by itself only where the stack does not manage its bucket.
    """
    if subject.type == BUCKET_POLICY:
        bucket = stack.target(subject, BUCKETS, "bucket")
        if bucket is not None and not bucket.external:
            return
    for what, test in (("the bucket", _denies_on_bucket), ("its objects", _denies_on_objects)):
        if not any_of(_statements(subject, stack), test):
            yield Violation(f"no policy denies s3:* over plain HTTP on {what}", at="policy")
            return


def _statements(subject: Resource, stack: Stack) -> Iterator[Statement]:
    yield from statements(subject, "policy")
    if subject.type in BUCKETS:
        for policy in stack.related(subject, (BUCKET_POLICY,), "bucket"):
            yield from statements(policy, "policy")


def _denies_on_objects(statement: Statement) -> bool:
    return denies_plain_http(statement, "s3:*", objects=True)


def _denies_on_bucket(statement: Statement) -> bool:
    """Say whether a Deny reaches requests to the bucket itself, such as listing it: an ARN without a key covers it."""
    return denies_plain_http(statement, "s3:*") and any("/" not in resource for resource in statement.resources())
