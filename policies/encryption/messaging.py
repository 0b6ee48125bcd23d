"""Encryption of queues, topics and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.rule_tables import must_be_set
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
STREAM = "aws:kinesis/stream:Stream"


@rule(
    applies_to=(QUEUE,),
    severity=Severity.HIGH,
    remedy="Leave sqsManagedSseEnabled out or set it to true, or set kmsMasterKeyId.",
    controls=(FSBP["SQS.1"], *AT_REST),
    checkov=("CKV_AWS_27",),
    passes=(
        {},
        {"sqsManagedSseEnabled": True},
        {"kmsMasterKeyId": "alias/queues", "sqsManagedSseEnabled": False},
        {"kmsMasterKeyId": UNKNOWN, "sqsManagedSseEnabled": False},
    ),
    fails=({"sqsManagedSseEnabled": False}, {"kmsMasterKeyId": "", "sqsManagedSseEnabled": False}),
    undecided=({"sqsManagedSseEnabled": UNKNOWN},),
)
def sqs_queue_encrypted(queue: Resource) -> Iterator[Violation]:
    """SQS queues are encrypted.

    SQS encrypts new queues by itself, so an unencrypted one was switched off on purpose.
    """
    if not queue.has("kmsMasterKeyId") and not queue.flag("sqsManagedSseEnabled", default=True):
        fix = Fix({"sqsManagedSseEnabled": True})
        yield Violation("encryption is switched off", at="sqsManagedSseEnabled", fix=fix)


@rule(
    applies_to=(STREAM,),
    severity=Severity.HIGH,
    remedy="Set encryptionType to KMS, and kmsKeyId to alias/aws/kinesis or a key of your own.",
    controls=(FSBP["Kinesis.1"], *AT_REST),
    checkov=("CKV_AWS_43",),
    passes=({"encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"},),
    fails=({}, {"encryptionType": "NONE"}, {"kmsKeyId": "alias/streams"}),
    undecided=({"encryptionType": UNKNOWN},),
)
def kinesis_stream_encrypted(stream: Resource) -> Iterator[Violation]:
    """Kinesis data streams are encrypted.

    Kinesis keeps records for a day or longer, unencrypted unless the stream asks for encryption.
    """
    if stream.text("encryptionType", "NONE") != "KMS":
        key = {"kmsKeyId": "alias/aws/kinesis"} if stream.value("kmsKeyId") is None else {}
        yield Violation("encryptionType is not KMS", at="encryptionType", fix=Fix({"encryptionType": "KMS", **key}))


RULES = (
    must_be_set(
        "sns-topic-encrypted",
        (TOPIC,),
        "kmsMasterKeyId",
        title="SNS topics are encrypted with a KMS key.",
        why="SNS encrypts its disks by itself; a KMS key decides who may read messages and shows each use in CloudTrail.",
        severity=Severity.MEDIUM,
        # no fix: under the key alias/aws/sns other AWS services can no longer publish to the topic
        remedy="Set kmsMasterKeyId to a key that you manage, or to alias/aws/sns if no AWS service publishes to the topic.",
        example="alias/aws/sns",
        controls=AT_REST,
        checkov=("CKV_AWS_26",),
    ),
)
