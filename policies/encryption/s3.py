"""Encryption of S3 buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from policies.controls import AT_REST, CIS_AWS_5, CUSTOMER_KEY, FSBP, IN_TRANSIT
from policies.encryption.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, is_customer_key
from policies.policy_document import statements
from policies.policy_matching import any_of, denies_plain_http
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.policy_document import Statement
    from policies.resource import Resource
    from policies.stack import Stack

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
BUCKETS = (BUCKET, BUCKET_V2)
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
CONFIGURATION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
CONFIGURATION_V2 = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
CONFIGURATIONS = (CONFIGURATION, CONFIGURATION_V2)

THE_BUCKET = Reference("example")


def _rules(**settings: object) -> list[object]:
    return [{"applyServerSideEncryptionByDefault": settings}]


def _inline(**settings: object) -> dict[str, object]:
    return {"serverSideEncryptionConfiguration": {"rule": {"applyServerSideEncryptionByDefault": settings}}}


def _inline_v2(**settings: object) -> dict[str, object]:
    return {"serverSideEncryptionConfigurations": [{"rules": [{"applyServerSideEncryptionByDefaults": [settings]}]}]}


def _separate(type_: str = CONFIGURATION, **settings: object) -> Example:
    return Example({"bucket": THE_BUCKET, "rules": _rules(**settings)}, type=type_, name="encryption")


def _defaults(bucket: Resource, stack: Stack) -> Iterator[tuple[Resource, Block]]:
    """Yield each default encryption of a bucket with the resource that declares it, the bucket's own first."""
    for configurations, rules, defaults in (
        ("serverSideEncryptionConfiguration", "rule", "applyServerSideEncryptionByDefault"),
        ("serverSideEncryptionConfigurations", "rules", "applyServerSideEncryptionByDefaults"),
    ):
        for configuration in bucket.each(configurations):
            for rule_ in configuration.each(rules):
                for default in rule_.each(defaults):
                    yield bucket, default
    for separate in stack.related(bucket, CONFIGURATIONS, "bucket"):
        for rule_ in separate.each("rules"):
            for default in rule_.each("applyServerSideEncryptionByDefault"):
                yield separate, default


def _place(bucket: Resource) -> str:
    return "serverSideEncryptionConfigurations" if bucket.type == BUCKET_V2 else "serverSideEncryptionConfiguration"


@dataclass(frozen=True)
class Explicit:
    """Whether a bucket must say that it is encrypted."""

    require_explicit: Annotated[bool, "fail buckets that rely on S3, which encrypts every new object by itself"] = False


EXPLICIT = Explicit(require_explicit=True)


@rule(
    applies_to=BUCKETS,
    severity=Severity.LOW,
    remedy="Set sseAlgorithm of the default encryption to AES256, aws:kms or aws:kms:dsse.",
    controls=AT_REST,
    checkov=("CKV_AWS_19",),
    parameters=Explicit,
    passes=(
        {},
        Example(_inline(sseAlgorithm="AES256"), parameters=EXPLICIT),
        Example(_inline_v2(sseAlgorithm="aws:kms"), type=BUCKET_V2, parameters=EXPLICIT),
        Example({}, related=(_separate(sseAlgorithm="aws:kms:dsse"),), parameters=EXPLICIT),
        Example({}, type=BUCKET_V2, related=(_separate(CONFIGURATION_V2, sseAlgorithm="AES256"),), parameters=EXPLICIT),
    ),
    fails=(
        _inline(sseAlgorithm="none"),
        Example({}, parameters=EXPLICIT),
        Example({}, type=BUCKET_V2, parameters=EXPLICIT),
        Example({}, related=(_separate(sseAlgorithm="none"),)),
    ),
    undecided=(
        _inline(sseAlgorithm=UNKNOWN),
        Example({}, related=(_separate(sseAlgorithm=UNKNOWN),)),
    ),
)
def s3_bucket_encrypted(bucket: Resource, stack: Stack, parameters: Explicit) -> Iterator[Violation]:
    """S3 buckets are encrypted by default.

    S3 has encrypted every new object since January 2023, so a bucket that says nothing is fine unless you ask for more.
    """
    explicit = False
    for _, default in _defaults(bucket, stack):
        explicit = True
        if default.text("sseAlgorithm") not in {"AES256", "aws:kms", "aws:kms:dsse"}:
            yield Violation("sseAlgorithm of the default encryption is none that S3 knows", at=_place(bucket))
    if parameters.require_explicit and not explicit:
        yield Violation("the bucket does not say that it is encrypted", at=_place(bucket))


@rule(
    applies_to=BUCKETS,
    severity=Severity.MEDIUM,
    remedy="Set sseAlgorithm of the default encryption to aws:kms, and kmsMasterKeyId to the ARN of a key that you manage.",
    controls=(FSBP["S3.17"], *CUSTOMER_KEY),
    passes=(
        _inline(sseAlgorithm="aws:kms", kmsMasterKeyId=KEY_ARN),
        Example(_inline_v2(sseAlgorithm="aws:kms:dsse", kmsMasterKeyId=KEY_ARN), type=BUCKET_V2),
        Example(_inline(sseAlgorithm="aws:kms", kmsMasterKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        Example({}, related=(_separate(sseAlgorithm="aws:kms", kmsMasterKeyId=KEY_ARN),)),
        Example({}, related=(*RELATED_KEY, _separate(sseAlgorithm="aws:kms", kmsMasterKeyId=KEY_OF_THE_STACK))),
        Example(
            {"bucket": "logs"},
            type=BUCKET_V2,
            related=(_separate(CONFIGURATION_V2, sseAlgorithm="aws:kms", kmsMasterKeyId="alias/logs"),),
        ),
    ),
    fails=(
        {},
        _inline(sseAlgorithm="AES256"),
        _inline(sseAlgorithm="aws:kms"),
        Example(_inline_v2(sseAlgorithm="aws:kms", kmsMasterKeyId="alias/aws/s3"), type=BUCKET_V2),
        Example({}, related=(_separate(sseAlgorithm="aws:kms"),)),
        Example({"bucket": "logs"}, related=(_separate(CONFIGURATION_V2, sseAlgorithm="AES256"),)),
    ),
    undecided=(
        _inline(sseAlgorithm="aws:kms", kmsMasterKeyId=UNKNOWN),
        _inline(sseAlgorithm=UNKNOWN, kmsMasterKeyId=KEY_ARN),
        Example({}, related=(Example({"bucket": UNKNOWN, "rules": []}, type=CONFIGURATION, name="encryption"),)),
    ),
)
def s3_bucket_encrypted_with_customer_key(bucket: Resource, stack: Stack) -> Iterator[Violation]:
    """S3 buckets are encrypted with a customer managed key by default.

    With a key of your own, who reads an object needs your key too: a bucket opened by mistake stays closed to others.
    """
    for owner, default in _defaults(bucket, stack):
        by_kms = default.text("sseAlgorithm") in {"aws:kms", "aws:kms:dsse"}
        if by_kms and is_customer_key(owner, default, "kmsMasterKeyId", stack):
            return
    yield Violation("the default encryption uses no customer managed key", at=_place(bucket))


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
