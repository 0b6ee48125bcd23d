"""Encryption of single S3 objects and of replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY, SECRETS
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.encryption.s3 import BUCKET, BUCKETS
from policies.plain_secrets import plain_secret_violations
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

OBJECT = "aws:s3/bucketObject:BucketObject"
OBJECT_V2 = "aws:s3/bucketObjectv2:BucketObjectv2"
COPY = "aws:s3/objectCopy:ObjectCopy"


@rule(
    applies_to=(OBJECT, OBJECT_V2, COPY),
    severity=Severity.LOW,
    remedy="Set kmsKeyId to the ARN of a key that you manage, or leave encryption to the bucket and give that such a key.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_186", "CKV_AWS_181"),
    topic="Specifying server-side encryption with AWS KMS",
    passes=(
        {"bucket": "logs", "kmsKeyId": KEY_ARN},
        Example({"bucket": "logs", "kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        Example({"bucket": Reference("bucket"), "key": "a.txt"}, related=(Example({}, type=BUCKET, name="bucket"),)),
    ),
    fails=(
        {"bucket": "logs", "kmsKeyId": "alias/aws/s3"},
        {"bucket": "logs", "serverSideEncryption": "AES256"},
        {"bucket": "logs", "serverSideEncryption": "aws:kms"},
        Example({"bucket": "logs", "customerAlgorithm": "AES256", "customerKey": SECRET}, type=COPY),
    ),
    undecided=(
        {"bucket": "logs", "kmsKeyId": UNKNOWN},
        {"bucket": "logs", "key": "a.txt"},
        {"bucket": UNKNOWN, "key": "a.txt"},
    ),
)
def s3_object_encrypted_with_customer_key(item: Resource, stack: Stack) -> Iterator[Violation]:
    """S3 objects are encrypted with a customer managed key.

    An object that says nothing is encrypted as its bucket says, and the bucket is judged itself. One that asks for
    encryption without a key gets a key of S3, whatever the bucket says.
    """
    if item.has("kmsKeyId"):
        yield from customer_key_violations(item, item, "kmsKeyId", stack)
    elif item.has("serverSideEncryption"):
        yield Violation("serverSideEncryption without kmsKeyId uses a key of S3", at="kmsKeyId")
    elif item.has("customerKey"):
        yield Violation("the object is encrypted with a key that is none of KMS", at="kmsKeyId")
    else:
        bucket = stack.target(item, BUCKETS, "bucket")
        if bucket is None or bucket.external:
            raise UnknownValue(Reason.NOT_REPORTED, "bucket", "the default encryption of the bucket decides")


def _keys(copy: Resource) -> Iterator[tuple[Resource, str]]:
    yield copy, "customerKey"
    yield copy, "sourceCustomerKey"


@rule(
    applies_to=(COPY,),
    severity=Severity.MEDIUM,
    remedy="Pass the key as a secret, or better use a KMS key; then encrypt the object anew with a key that nobody saw.",
    controls=SECRETS,
    topic="Using server-side encryption with customer-provided keys (SSE-C)",
    each=_keys,
    judges_secrecy=True,
    passes=({}, {"customerKey": SECRET, "sourceCustomerKey": SECRET}),
    fails=({"customerKey": "an-example"}, {"customerKey": SECRET, "sourceCustomerKey": "an-example"}),
    undecided=({"sourceCustomerKey": UNKNOWN},),
)
def s3_object_copy_keys_secret(item: tuple[Resource, str]) -> Iterator[Violation]:
    """Keys that the customer hands to S3 for copying an object are secrets.

    Who has the key can read the object. A key in plain text is known to everyone who may read the program or the state.
    Pulumi's AWS provider marks these keys as secret itself; other tools do not.
    """
    copy, path = item
    yield from plain_secret_violations(copy, path)
