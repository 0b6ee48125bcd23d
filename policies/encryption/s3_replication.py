"""Encryption of what S3 replicates to other buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.encryption.s3 import BUCKET, BUCKET_V2, BUCKETS, CONFIGURATION, encrypts_with_kms
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"

_PATHS = {
    BUCKET: ("sourceSelectionCriteria.sseKmsEncryptedObjects.enabled", "destination.replicaKmsKeyId"),
    BUCKET_V2: ("sourceSelectionCriterias.sseKmsEncryptedObjects.enabled", "destinations.replicaKmsKeyId"),
    REPLICATION: (
        "sourceSelectionCriteria.sseKmsEncryptedObjects.status",
        "destination.encryptionConfiguration.replicaKmsKeyId",
    ),
}
"""Where a rule of replication says whether it takes objects under KMS keys, and the key of the replicas."""


def _rules(resource: Resource) -> Iterator[tuple[Resource, Block]]:
    if resource.type == REPLICATION:
        for rule_ in resource.each("rules"):
            yield resource, rule_
        return
    for place in ("replicationConfiguration", "replicationConfigurations"):
        for configuration in resource.each(place):
            for rule_ in configuration.each("rules"):
                yield resource, rule_


def _inline(*, selects: object, key: object = None, status: str = "Enabled") -> dict[str, object]:
    destination = {"bucket": "arn:aws:s3:::copies", **({} if key is None else {"replicaKmsKeyId": key})}
    criteria = {"sseKmsEncryptedObjects": {"enabled": selects}}
    rules = [{"status": status, "destination": destination, "sourceSelectionCriteria": criteria}]
    return {"replicationConfiguration": {"role": "arn:aws:iam::111122223333:role/replication", "rules": rules}}


def _inline_v2() -> dict[str, object]:
    rule_ = {
        "status": "Enabled",
        "destinations": [{"bucket": "arn:aws:s3:::copies", "replicaKmsKeyId": KEY_ARN}],
        "sourceSelectionCriterias": [{"sseKmsEncryptedObjects": [{"enabled": True}]}],
    }
    return {"replicationConfigurations": [{"rules": [rule_]}]}


def _apart(*, selects: object = None, key: object = None, status: object = "Enabled") -> dict[str, object]:
    """Return the inputs of a separate configuration for a bucket of the stack."""
    destination = {
        "bucket": "arn:aws:s3:::copies",
        **({} if key is None else {"encryptionConfiguration": {"replicaKmsKeyId": key}}),
    }
    criteria = {"sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": selects}}} if selects is not None else {}
    return {"bucket": Reference("bucket"), "rules": [{"status": status, "destination": destination, **criteria}]}


def _bucket(algorithm: object = "AES256") -> tuple[Example, ...]:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]
    return (
        Example({}, type=BUCKET, name="bucket"),
        Example({"bucket": Reference("bucket"), "rules": rules}, type=CONFIGURATION, name="encryption"),
    )


WITH_KMS = {"serverSideEncryptionConfiguration": {"rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}}}


@rule(
    applies_to=(*BUCKETS, REPLICATION),
    severity=Severity.MEDIUM,
    remedy=(
        "Select sseKmsEncryptedObjects in each rule of replication, with the key of the replicas: one that you manage in the"
        " Region of the destination."
    ),
    controls=CUSTOMER_KEY,
    topic="Replicating encrypted objects",
    each=_rules,
    passes=(
        {},
        _inline(selects=True, key=KEY_ARN),
        _inline(selects=False),
        _inline(selects=True, status="Disabled"),
        Example(_apart(selects="Enabled", key=KEY_ARN), type=REPLICATION, related=_bucket("aws:kms")),
        Example(_apart(selects="Enabled", key=KEY_OF_THE_STACK), type=REPLICATION, related=(*_bucket("aws:kms"), *RELATED_KEY)),
        Example(_apart(), type=REPLICATION, related=_bucket()),
        Example(_inline_v2(), type=BUCKET_V2),
    ),
    fails=(
        _inline(selects=True, key="alias/aws/s3"),
        _inline(selects=False) | WITH_KMS,
        Example(_apart(selects="Enabled"), type=REPLICATION, related=_bucket()),
        Example(_apart(), type=REPLICATION, related=_bucket("aws:kms")),
    ),
    undecided=(
        {"replicationConfiguration": UNKNOWN},
        _inline(selects=UNKNOWN),
        _inline(selects=True, key=UNKNOWN),
        Example(_apart(status=UNKNOWN), type=REPLICATION, related=_bucket("aws:kms")),
        Example(_apart(), type=REPLICATION, related=_bucket(UNKNOWN)),
        Example({**_apart(), "bucket": "made-elsewhere"}, type=REPLICATION),
    ),
)
def s3_replicas_encrypted_with_customer_key(item: tuple[Resource, Block], stack: Stack) -> Iterator[Violation]:
    """S3 replication takes along objects under KMS keys and encrypts the replicas with a customer managed key.

    S3 leaves objects under KMS keys out unless a rule selects them and names a key for the replicas, so a copy that you
    count on may not be there. Buckets that do not encrypt with KMS need neither.
    """
    owner, replication = item
    selects, key = _PATHS[owner.type]
    if replication.text("status") == "Disabled":
        return
    if replication.text(selects).lower() in {"enabled", "true", "1"}:
        yield from customer_key_violations(owner, replication, key, stack)
        return
    source = stack.target(owner, BUCKETS, "bucket") if owner.type == REPLICATION else owner
    if source is None or source.external:
        raise UnknownValue(Reason.NOT_REPORTED, "bucket", "the encryption of the bucket decides whether a key is needed")
    if encrypts_with_kms(source, stack):
        path = replication.at(selects)
        yield Violation("objects under a KMS key are not replicated", at=path)
