"""Encryption of Kinesis data streams and video streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY, FSBP
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_rule,
    customer_key_violations,
)
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

STREAM = "aws:kinesis/stream:Stream"


@rule(
    applies_to=(STREAM,),
    severity=Severity.HIGH,
    remedy="Set encryptionType to KMS, and kmsKeyId to alias/aws/kinesis or a key of your own.",
    controls=(FSBP["Kinesis.1"], *AT_REST),
    checkov=("CKV_AWS_43",),
    topic="Data protection in Amazon Kinesis Data Streams",
    passes=({"encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"},),
    fails=({}, {"encryptionType": "NONE"}, {"kmsKeyId": "alias/streams"}),
    undecided=({"encryptionType": UNKNOWN},),
)
def kinesis_stream_encrypted(stream: Resource) -> Iterator[Violation]:
    """Kinesis data streams are encrypted.

    Kinesis keeps records for a day or longer, unencrypted unless the stream asks for encryption.
    """
    if not _encrypts(stream):
        key = {"kmsKeyId": "alias/aws/kinesis"} if stream.value("kmsKeyId") is None else {}
        yield Violation("encryptionType is not KMS", at="encryptionType", fix=Fix({"encryptionType": "KMS", **key}))


@rule(
    applies_to=(STREAM,),
    severity=Severity.MEDIUM,
    remedy="Set encryptionType to KMS, and kmsKeyId to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_185",),
    topic="Data protection in Amazon Kinesis Data Streams",
    passes=(
        {"encryptionType": "KMS", "kmsKeyId": KEY_ARN},
        Example({"encryptionType": "KMS", "kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
    ),
    fails=(
        {},
        {"kmsKeyId": KEY_ARN},
        {"encryptionType": "KMS"},
        {"encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"},
    ),
    undecided=({"encryptionType": "KMS", "kmsKeyId": UNKNOWN}, {"encryptionType": UNKNOWN, "kmsKeyId": KEY_ARN}),
)
def kinesis_stream_encrypted_with_customer_key(stream: Resource, stack: Stack) -> Iterator[Violation]:
    """Kinesis data streams are encrypted with a customer managed key.

    The policy of the key alias/aws/kinesis cannot be changed, so streams under it cannot be read from another account.
    With a key of your own you decide who may read, and you can withdraw it.
    """
    if _encrypts(stream):
        yield from customer_key_violations(stream, stream, "kmsKeyId", stack)
    else:
        yield Violation("encryptionType is not KMS", at="encryptionType")


def _encrypts(stream: Resource) -> bool:
    return stream.text("encryptionType", "NONE") == "KMS"


RULES = (
    customer_key_rule(
        "kinesis-video-stream",
        ("aws:kinesis/videoStream:VideoStream",),
        "kmsKeyId",
        what="Kinesis video streams",
        why=(
            "Without kmsKeyId the stream uses the AWS managed key aws/kinesisvideo. With a key of your own you decide who may"
            " watch, and you can withdraw it."
        ),
        checkov=("CKV_AWS_177",),
        topic="Data protection in Kinesis Video Streams",
    ),
)
