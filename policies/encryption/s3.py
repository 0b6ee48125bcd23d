"""Default encryption of S3 buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import AT_REST, CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, is_customer_key
from policies.fix import Fix
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
BUCKETS = (BUCKET, BUCKET_V2)
CONFIGURATION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
CONFIGURATION_V2 = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
CONFIGURATIONS = (CONFIGURATION, CONFIGURATION_V2)

THE_BUCKET = Reference("example")
_KMS = frozenset({"aws:kms", "aws:kms:dsse"})


def _rules(**settings: object) -> list[object]:
    return [{"applyServerSideEncryptionByDefault": settings}]


def _inline(**settings: object) -> dict[str, object]:
    return {"serverSideEncryptionConfiguration": {"rule": {"applyServerSideEncryptionByDefault": settings}}}


def _inline_v2(**settings: object) -> dict[str, object]:
    return {"serverSideEncryptionConfigurations": [{"rules": [{"applyServerSideEncryptionByDefaults": [settings]}]}]}


def _separate(type_: str = CONFIGURATION, **settings: object) -> Example:
    return Example({"bucket": THE_BUCKET, "rules": _rules(**settings)}, type=type_, name="encryption")


def default_encryptions(bucket: Resource, stack: Stack) -> Iterator[tuple[Resource, Block]]:
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


def encrypts_with_kms(bucket: Resource, stack: Stack) -> bool:
    """Say whether a bucket encrypts with a KMS key by default, whoever manages the key."""
    return any_of(default_encryptions(bucket, stack), lambda found: found[1].text("sseAlgorithm") in _KMS)


def _place(bucket: Resource) -> str:
    return "serverSideEncryptionConfigurations" if bucket.type == BUCKET_V2 else "serverSideEncryptionConfiguration"


class Explicit(NamedTuple):
    """Whether a bucket must say that it is encrypted."""

    require_explicit: Annotated[bool, "fail buckets that rely on S3, which encrypts every new object by itself"] = False


EXPLICIT = Explicit(require_explicit=True)


@rule(
    applies_to=BUCKETS,
    severity=Severity.LOW,
    remedy="Set sseAlgorithm of the default encryption to AES256, aws:kms or aws:kms:dsse.",
    controls=AT_REST,
    checkov=("CKV_AWS_19",),
    topic="Setting default server-side encryption behavior for Amazon S3 buckets",
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
    for _, default in default_encryptions(bucket, stack):
        explicit = True
        if default.text("sseAlgorithm") not in {"AES256", *_KMS}:
            yield Violation("sseAlgorithm of the default encryption is none that S3 knows", at=_place(bucket))
    if parameters.require_explicit and not explicit:
        yield Violation("the bucket does not say that it is encrypted", at=_place(bucket))


@rule(
    applies_to=BUCKETS,
    severity=Severity.MEDIUM,
    remedy="Set sseAlgorithm of the default encryption to aws:kms.",
    controls=AT_REST,
    checkov=("CKV_AWS_145",),
    topic="Using server-side encryption with AWS KMS keys (SSE-KMS)",
    passes=(
        _inline(sseAlgorithm="aws:kms"),
        Example(_inline_v2(sseAlgorithm="aws:kms:dsse"), type=BUCKET_V2),
        Example({}, related=(_separate(sseAlgorithm="aws:kms"),)),
        Example({"bucket": "logs"}, type=BUCKET_V2, related=(_separate(CONFIGURATION_V2, sseAlgorithm="aws:kms"),)),
        Example(_inline(sseAlgorithm=UNKNOWN), related=(_separate(sseAlgorithm="aws:kms"),)),
    ),
    fails=(
        {},
        _inline(sseAlgorithm="AES256"),
        Example({}, type=BUCKET_V2),
        Example({}, related=(_separate(sseAlgorithm="AES256"),)),
    ),
    undecided=(
        _inline(sseAlgorithm=UNKNOWN),
        Example({}, related=(Example({"bucket": UNKNOWN, "rules": []}, type=CONFIGURATION, name="encryption"),)),
    ),
)
def s3_bucket_encrypted_with_kms(bucket: Resource, stack: Stack) -> Iterator[Violation]:
    """S3 buckets are encrypted with a KMS key by default.

    S3 encrypts every object, but with keys of its own unless the bucket asks for KMS. A KMS key shows in CloudTrail who read
    what, and who reads an object must be allowed to use the key.
    """
    if not encrypts_with_kms(bucket, stack):
        yield Violation("the default encryption uses no KMS key", at=_place(bucket))


@rule(
    applies_to=BUCKETS,
    severity=Severity.MEDIUM,
    remedy="Set sseAlgorithm of the default encryption to aws:kms, and kmsMasterKeyId to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="Using server-side encryption with AWS KMS keys (SSE-KMS)",
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
    for owner, default in default_encryptions(bucket, stack):
        if default.text("sseAlgorithm") in _KMS and is_customer_key(owner, default, "kmsMasterKeyId", stack):
            return
    yield Violation("the default encryption uses no customer managed key", at=_place(bucket))


def _encryption_rules(resource: Resource) -> Iterator[Block]:
    """Yield the rules of default encryption that a resource declares itself."""
    for configuration in resource.each("serverSideEncryptionConfiguration"):
        yield from configuration.each("rule")
    for configuration in resource.each("serverSideEncryptionConfigurations"):
        yield from configuration.each("rules")
    yield from resource.each("rules")


def _with_key(*, enabled: object, algorithm: object = "aws:kms") -> dict[str, object]:
    rule_ = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}, "bucketKeyEnabled": enabled}
    return {"serverSideEncryptionConfiguration": {"rule": rule_}}


def _apart(algorithm: object, **rule_: object) -> Example:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}, **rule_}]
    return Example({"bucket": "logs", "rules": rules}, type=CONFIGURATION)


@rule(
    applies_to=(*BUCKETS, *CONFIGURATIONS),
    severity=Severity.LOW,
    remedy="Set bucketKeyEnabled to true, where the default encryption is declared.",
    controls=AT_REST,
    topic="Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys",
    each=_encryption_rules,
    passes=(
        {},
        _with_key(enabled=True),
        _with_key(enabled=True, algorithm=UNKNOWN),
        _inline(sseAlgorithm="AES256"),
        _inline(sseAlgorithm="aws:kms:dsse"),
        _apart("aws:kms", bucketKeyEnabled=True),
    ),
    fails=(
        _inline(sseAlgorithm="aws:kms"),
        _with_key(enabled=False),
        _apart("aws:kms"),
        Example(_inline_v2(sseAlgorithm="aws:kms", kmsMasterKeyId=KEY_ARN), type=BUCKET_V2),
    ),
    undecided=(_with_key(enabled=UNKNOWN), _inline(sseAlgorithm=UNKNOWN), _apart(UNKNOWN)),
)
def s3_bucket_key_enabled(encryption: Block) -> Iterator[Violation]:
    """S3 buckets that are encrypted with KMS use a bucket key.

    Without a bucket key S3 asks KMS for every object, which costs more and may reach the limits of KMS. It is off unless the
    bucket asks for it. Dual-layer encryption takes no bucket key.
    """
    if encryption.flag("bucketKeyEnabled"):
        return
    for defaults in ("applyServerSideEncryptionByDefault", "applyServerSideEncryptionByDefaults"):
        for default in encryption.each(defaults):
            if default.text("sseAlgorithm") == "aws:kms":
                path = encryption.at("bucketKeyEnabled")
                yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}))
