"""Encryption of services for business users: QuickSight, Connect and Chime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY, IN_TRANSIT
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

CONNECT_STORAGE = "aws:connect/instanceStorageConfig:InstanceStorageConfig"

STORES = {"S3": "s3Config", "KINESIS_VIDEO_STREAM": "kinesisVideoStreamConfig"}
"""Kinds of storage whose encryption Connect decides, and the properties that describe them."""


def _storage(kind: str, key: object) -> dict[str, object]:
    return {"storageConfig": {"storageType": kind, STORES[kind]: {"encryptionConfig": {"encryptionType": "KMS", "keyId": key}}}}


@rule(
    applies_to=(CONNECT_STORAGE,),
    severity=Severity.MEDIUM,
    remedy="Set encryptionConfig of the storage with encryptionType KMS and keyId, the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_269", "CKV_AWS_270"),
    topic="Encryption at rest in Amazon Connect",
    passes=(
        _storage("S3", KEY_ARN),
        _storage("KINESIS_VIDEO_STREAM", KEY_ARN),
        {"storageConfig": {"storageType": "KINESIS_STREAM"}},
        Example(_storage("S3", KEY_OF_THE_STACK), related=RELATED_KEY),
        Example(_storage("KINESIS_VIDEO_STREAM", KEY_OF_THE_STACK), related=RELATED_KEY),
    ),
    fails=(
        {"storageConfig": {"storageType": "S3", "s3Config": {"bucketName": "recordings"}}},
        _storage("KINESIS_VIDEO_STREAM", "alias/aws/kinesisvideo"),
    ),
    undecided=(_storage("S3", UNKNOWN), {"storageConfig": {"storageType": UNKNOWN}}, {"storageConfig": UNKNOWN}),
)
def connect_storage_encrypted_with_customer_key(storage: Resource, stack: Stack) -> Iterator[Violation]:
    """Connect encrypts recordings, transcripts and media streams with a customer managed key.

    What callers say is personal data. Without a key of your own the bucket's encryption protects it, for everyone who may
    read the bucket.
    """
    store = STORES.get(storage.text("storageConfig.storageType"))
    if store:
        yield from customer_key_violations(storage, storage, f"storageConfig.{store}.encryptionConfig.keyId", stack)


RULES = (
    must_be(
        "quicksight-data-source-uses-tls",
        ("aws:quicksight/dataSource:DataSource",),
        "sslProperties.disableSsl",
        False,  # noqa: FBT003  (the value that the property must have)
        default=False,
        title="QuickSight connects to data sources over TLS.",
        why="QuickSight uses TLS unless it is switched off. Without it, passwords and data cross the network in plain text.",
        severity=Severity.MEDIUM,
        controls=IN_TRANSIT,
        topic="Connecting to data sources with SSL in QuickSight",
    ),
    must_be(
        "chime-voice-connector-requires-encryption",
        ("aws:chime/voiceConnector:VoiceConnector",),
        "requireEncryption",
        True,  # noqa: FBT003  (the value that the property must have)
        title="Chime voice connectors require encryption.",
        why="Otherwise calls may run over plain SIP and RTP, which others on the way can listen to.",
        severity=Severity.HIGH,
        controls=IN_TRANSIT,
        topic="Using call encryption with Voice Connectors",
    ),
)
