"""What a data classification tag asks of encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY, is_customer_key
from policies.effective_tags import tags_of
from policies.encryption.database_clusters import RESTORED, key_violations
from policies.encryption.dynamodb import RESTORED as RESTORED_TABLE
from policies.encryption.dynamodb import TABLE
from policies.encryption.ebs_account import VOLUME, AccountDefault, ebs_key_violations, encrypted_by_default
from policies.encryption.ebs_keys import OWN_DEFAULT
from policies.encryption.s3 import BUCKET, BUCKETS, CONFIGURATION, default_encryptions
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

QUEUE = "aws:sqs/queue:Queue"
DATABASE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
WAREHOUSE = "aws:redshift/cluster:Cluster"

_PATHS = {
    DATABASE: "kmsKeyId",
    CLUSTER: "kmsKeyId",
    "aws:cloudwatch/logGroup:LogGroup": "kmsKeyId",
    TABLE: "serverSideEncryption.kmsKeyArn",
    VOLUME: "kmsKeyId",
    "aws:efs/fileSystem:FileSystem": "kmsKeyId",
    WAREHOUSE: "kmsKeyId",
    "aws:secretsmanager/secret:Secret": "kmsKeyId",
    "aws:sns/topic:Topic": "kmsMasterKeyId",
    QUEUE: "kmsMasterKeyId",
}
_RESTORED = {
    DATABASE: RESTORED,
    CLUSTER: RESTORED,
    TABLE: RESTORED_TABLE,
    VOLUME: ("snapshotId",),
    WAREHOUSE: ("snapshotIdentifier", "snapshotArn"),
}
"""What a store may be restored from: without a key of its own it has the key of its source."""
_BUCKET_PATH = "serverSideEncryptionConfiguration"


class Classified(NamedTuple):
    """Which data needs a key of its own."""

    key: Annotated[str, "The tag key that holds the classification."] = "DataClassification"
    values: Annotated[tuple[str, ...], "Classifications that need a customer managed key, in any case."] = (
        "confidential",
        "restricted",
        "pii",
        "phi",
        "pci",
    )


_SECRET = {"tags": {"DataClassification": "Confidential"}}
_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def _separate(**default: object) -> Example:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", **default}}]
    return Example({"bucket": Reference("example"), "rules": rules}, type=CONFIGURATION, name="encryption")


@rule(
    applies_to=(DATABASE, *BUCKETS, *(type_ for type_ in _PATHS if type_ != DATABASE)),
    severity=Severity.MEDIUM,
    remedy="Name a key that you manage, or correct the classification.",
    controls=CUSTOMER_KEY,
    topic="Protecting data with AWS KMS customer managed keys",
    parameters=Classified,
    passes=(
        {**_SECRET, "kmsKeyId": _ARN},
        Example({**_SECRET, "kmsKeyId": Reference("key", "arn")}, related=(Example({}, type=KEY, name="key"),)),
        {**_SECRET, "replicateSourceDb": "main"},
        {**_SECRET, "snapshotIdentifier": "before-migration", "kmsKeyId": _ARN},
        Example({**_SECRET, "replicationSourceIdentifier": "main"}, type=CLUSTER),
        Example({**_SECRET, "encrypted": True}, type=VOLUME, related=OWN_DEFAULT),
        Example({**_SECRET, "serverSideEncryption": {"enabled": True, "kmsKeyArn": _ARN}}, type=TABLE),
        {"tags": {"DataClassification": "public"}},
        {},
        Example({**_SECRET, "kmsMasterKeyId": "alias/orders"}, type=QUEUE),
        Example(_SECRET, type=BUCKET, related=(_separate(kmsMasterKeyId=_ARN),)),
        Example(_SECRET, parameters=Classified(values=("restricted",))),
    ),
    fails=(
        _SECRET,
        {"tags": {"DataClassification": "pii", "Owner": UNKNOWN}},
        Example({**_SECRET, "kmsMasterKeyId": "alias/aws/sqs"}, type=QUEUE),
        Example({**_SECRET, "encrypted": True}, type=VOLUME),
        Example(_SECRET, type=VOLUME, related=OWN_DEFAULT),
        Example({**_SECRET, "serverSideEncryption": {"enabled": True}}, type=TABLE),
        Example({**_SECRET, "serverSideEncryption": {"enabled": False, "kmsKeyArn": _ARN}}, type=TABLE),
        Example(_SECRET, type=BUCKET),
        Example(_SECRET, type=BUCKET, related=(_separate(),)),
    ),
    undecided=(
        {"tags": {"DataClassification": UNKNOWN}},
        {**_SECRET, "kmsKeyId": UNKNOWN},
        {**_SECRET, "snapshotIdentifier": "before-migration"},
        Example({**_SECRET, "restoreToPointInTime": {"sourceClusterIdentifier": "main"}}, type=CLUSTER),
        Example({**_SECRET, "snapshotArn": UNKNOWN}, type=WAREHOUSE),
        Example({**_SECRET, "snapshotId": "snap-0123456789abcdef0"}, type=VOLUME),
        Example({**_SECRET, "restoreSourceName": "orders"}, type=TABLE),
        Example(_SECRET, type=BUCKET, related=(_separate(kmsMasterKeyId=UNKNOWN),)),
    ),
)
def classified_data_encrypted_with_customer_key(store: Resource, stack: Stack, parameters: Classified) -> Iterator[Violation]:
    """Sensitive data is encrypted with a customer managed key.

    The owner of the data has said that not everybody may read it. Only with a key of your own do you decide who can.
    """
    value = tags_of(store).text(parameters.key)
    if value is None or value.casefold() not in map(str.casefold, parameters.values):
        return
    if store.type in BUCKETS:
        if not any(
            is_customer_key(owner, block, "kmsMasterKeyId", stack) for owner, block in default_encryptions(store, stack)
        ):
            yield Violation(f"tag {parameters.key} asks for a key of your own, the bucket has none", at=_BUCKET_PATH)
        return
    path = _PATHS[store.type]
    if not _has_own_key(store, path, stack):
        yield Violation(f"tag {parameters.key} asks for a key of your own, {path} names none", at=path)


def _has_own_key(store: Resource, path: str, stack: Stack) -> bool:
    if store.type == VOLUME and not store.has(path) and not store.has("snapshotId"):
        if any(True for _ in ebs_key_violations(store, store, stack)):
            return False
        return store.flag("encrypted") or encrypted_by_default(store, stack, AccountDefault())
    if any(True for _ in key_violations(store, path, stack, restored=_RESTORED.get(store.type, ()))):
        return False
    return store.type != TABLE or not store.has(path) or store.flag("serverSideEncryption.enabled")
