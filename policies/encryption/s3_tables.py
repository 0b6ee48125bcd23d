"""Customer managed keys for S3 Tables, S3 Vectors and S3 Files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_row,
    customer_key_rule,
    customer_key_violations,
)
from policies.rule import Example, Reference, Rule, Violation
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

WHY = (
    "S3 encrypts with keys of its own unless told otherwise. With a key of your own, who reads the data needs your key too,"
    " and you can withdraw it. What says nothing is encrypted as its bucket, and the bucket is judged itself."
)


def _inheriting_rule(  # noqa: PLR0913  (what a line of the table holds)
    subject: str,
    *,
    bucket: str,
    inner: str,
    configuration: str,
    algorithm: str,
    by: Reference,
    named: str,
    what: str,
    topic: str,
) -> Rule:
    """Return the rule that a kind of bucket, and what lies in it and says something itself, has a customer managed key.

    `configuration` holds `kmsKeyArn`, `algorithm` beside it; `named` is the property of `inner` that refers to the bucket.
    """
    in_list = configuration.endswith("s")

    def check(resource: Resource, stack: Stack) -> Iterator[Violation]:
        if resource.has(configuration):
            for block in resource.each(configuration):
                yield from customer_key_violations(resource, block, "kmsKeyArn", stack)
        elif resource.type == bucket:
            yield Violation(f"{configuration} is not set", at=configuration)
        else:
            parent = stack.target(resource, (bucket,), named)
            if parent is None or parent.external:
                raise UnknownValue(Reason.NOT_REPORTED, named, "the encryption of the bucket decides")

    def inputs(**settings: object) -> dict[str, object]:
        return {configuration: [settings] if in_list else settings}

    with_key = {algorithm: "aws:kms", "kmsKeyArn": KEY_ARN}
    return customer_key_row(
        subject,
        (bucket, inner),
        check,
        f"Set {configuration} with {algorithm} aws:kms and kmsKeyArn, the ARN of a key that you manage.",
        what=what,
        why=WHY,
        topic=topic,
        passes=(
            inputs(**with_key),
            Example(inputs(**{**with_key, "kmsKeyArn": KEY_OF_THE_STACK}), related=RELATED_KEY),
            Example({named: by}, type=inner, related=(Example({}, type=bucket, name="bucket"),)),
        ),
        fails=(
            {"forceDestroy": False},
            inputs(**{algorithm: "AES256"}),
            Example({named: by, **inputs(**{algorithm: "AES256"})}, inner, related=(Example({}, bucket, "bucket"),)),
        ),
        undecided=(
            inputs(**{**with_key, "kmsKeyArn": UNKNOWN}),
            {configuration: UNKNOWN},
            Example({named: UNKNOWN}, type=inner),
            Example({named: "made-elsewhere"}, type=inner),
        ),
    )


RULES = (
    _inheriting_rule(
        "s3-table-bucket",
        bucket="aws:s3tables/tableBucket:TableBucket",
        inner="aws:s3tables/table:Table",
        configuration="encryptionConfiguration",
        algorithm="sseAlgorithm",
        by=Reference("bucket", "arn"),
        named="tableBucketArn",
        what="S3 table buckets and their tables",
        topic="Using server-side encryption with AWS KMS keys in table buckets",
    ),
    _inheriting_rule(
        "s3-vector-bucket",
        bucket="aws:s3/vectorsVectorBucket:VectorsVectorBucket",
        inner="aws:s3/vectorsIndex:VectorsIndex",
        configuration="encryptionConfigurations",
        algorithm="sseType",
        by=Reference("bucket", "vectorBucketName"),
        named="vectorBucketName",
        what="S3 vector buckets and their indexes",
        topic="Data protection and encryption in S3 Vectors",
    ),
    customer_key_rule(
        "s3-file-system",
        ("aws:s3/filesFileSystem:FilesFileSystem",),
        "kmsKeyId",
        what="S3 file systems",
        why=(
            "S3 Files encrypts with a key that AWS owns. With a key of your own you decide who may read the files, see each use"
            " of the key in CloudTrail, and can withdraw it."
        ),
        topic="Amazon S3 Files encryption",
    ),
)
