"""Encryption of what RDS copies out of a database: snapshots, their copies, and backups in another Region."""

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
from policies.encryption import rds
from policies.encryption.database_clusters import snapshot_violations
from policies.encryption.rds import CLUSTER, INSTANCE
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

SNAPSHOT = "aws:rds/snapshot:Snapshot"
CLUSTER_SNAPSHOT = "aws:rds/clusterSnapshot:ClusterSnapshot"
SNAPSHOT_COPY = "aws:rds/snapshotCopy:SnapshotCopy"
CLUSTER_SNAPSHOT_COPY = "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy"

OF_THE_INSTANCE = {"dbInstanceIdentifier": Reference("db")}
OF_THE_CLUSTER = {"dbClusterIdentifier": Reference("db")}
OF_THE_SNAPSHOT = {"sourceDbSnapshotIdentifier": Reference("snapshot", "dbSnapshotArn")}
OF_THE_CLUSTER_SNAPSHOT = {"sourceDbClusterSnapshotIdentifier": Reference("snapshot", "dbClusterSnapshotArn")}


def _instance(**inputs: object) -> tuple[Example, ...]:
    return (Example(inputs, type=INSTANCE, name="db"),)


def _cluster(**inputs: object) -> tuple[Example, ...]:
    return (Example(inputs, type=CLUSTER, name="db"),)


@rule(
    applies_to=(SNAPSHOT, CLUSTER_SNAPSHOT),
    severity=Severity.HIGH,
    remedy="Encrypt the database before you take snapshots of it, or copy its snapshots with a kmsKeyId.",
    controls=(FSBP["RDS.4"], *AT_REST),
    checkov=("CKV_AWS_146",),
    topic="Encrypting Amazon RDS resources",
    passes=(
        Example(OF_THE_INSTANCE, related=_instance(storageEncrypted=True)),
        Example({"dbInstanceIdentifier": "main"}, related=_instance(identifier="main", storageEncrypted=True)),
        Example(OF_THE_CLUSTER, type=CLUSTER_SNAPSHOT, related=_cluster(storageEncrypted=True)),
    ),
    fails=(
        Example(OF_THE_INSTANCE, related=_instance()),
        Example({"dbInstanceIdentifier": "main"}, related=_instance(identifier="main", storageEncrypted=False)),
        Example(OF_THE_CLUSTER, type=CLUSTER_SNAPSHOT, related=_cluster()),
    ),
    undecided=(
        {"dbInstanceIdentifier": "made-elsewhere"},
        {"dbInstanceIdentifier": UNKNOWN},
        Example(OF_THE_INSTANCE, related=_instance(storageEncrypted=UNKNOWN)),
        Example({"dbClusterIdentifier": "made-elsewhere"}, type=CLUSTER_SNAPSHOT),
    ),
)
def rds_snapshot_encrypted(snapshot: Resource, stack: Stack) -> Iterator[Violation]:
    """RDS and Aurora snapshots are taken of encrypted databases.

    A snapshot is encrypted exactly if its database is. It outlives the database, and whoever may copy or restore it can
    read it.
    """
    if snapshot.type == SNAPSHOT:
        yield from snapshot_violations(snapshot, "dbInstanceIdentifier", (INSTANCE,), stack, rds.rds_storage_encrypted.check)
    else:
        judge = rds.rds_cluster_storage_encrypted.check
        yield from snapshot_violations(snapshot, "dbClusterIdentifier", (CLUSTER,), stack, judge)


@rule(
    applies_to=(SNAPSHOT_COPY, CLUSTER_SNAPSHOT_COPY),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId to the ARN of a key that you manage, in the Region of the copy.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_266",),
    topic="Copying a DB snapshot",
    passes=(
        {"kmsKeyId": KEY_ARN},
        Example({"kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        Example(
            OF_THE_SNAPSHOT,
            related=(Example(OF_THE_INSTANCE, type=SNAPSHOT, name="snapshot"), *_instance(kmsKeyId=KEY_ARN)),
        ),
        Example(
            OF_THE_CLUSTER_SNAPSHOT,
            type=CLUSTER_SNAPSHOT_COPY,
            related=(Example(OF_THE_CLUSTER, type=CLUSTER_SNAPSHOT, name="snapshot"), *_cluster(kmsKeyId=KEY_ARN)),
        ),
    ),
    fails=(
        {"kmsKeyId": "alias/aws/rds"},
        Example(OF_THE_SNAPSHOT, related=(Example(OF_THE_INSTANCE, type=SNAPSHOT, name="snapshot"), *_instance())),
        Example(
            OF_THE_CLUSTER_SNAPSHOT,
            type=CLUSTER_SNAPSHOT_COPY,
            related=(Example(OF_THE_CLUSTER, type=CLUSTER_SNAPSHOT, name="snapshot"), *_cluster(storageEncrypted=True)),
        ),
    ),
    undecided=(
        {"kmsKeyId": UNKNOWN},
        {"sourceDbSnapshotIdentifier": "arn:aws:rds:eu-west-1:111122223333:snapshot:nightly"},
        Example(OF_THE_SNAPSHOT, related=(Example({"dbInstanceIdentifier": "gone"}, type=SNAPSHOT, name="snapshot"),)),
    ),
)
def rds_snapshot_copy_encrypted_with_customer_key(copy: Resource, stack: Stack) -> Iterator[Violation]:
    """RDS and Aurora snapshots are copied with a customer managed key.

    A copy without a key of its own keeps that of its source, or stays unencrypted. A copy under the key aws/rds cannot be
    shared with another account.
    """
    if copy.has("kmsKeyId"):
        yield from customer_key_violations(copy, copy, "kmsKeyId", stack)
        return
    if copy.type == SNAPSHOT_COPY:
        snapshot = stack.target(copy, (SNAPSHOT,), "sourceDbSnapshotIdentifier")
        database = snapshot and stack.target(snapshot, (INSTANCE,), "dbInstanceIdentifier")
        judge = rds.rds_storage_encrypted_with_customer_key.check
    else:
        snapshot = stack.target(copy, (CLUSTER_SNAPSHOT,), "sourceDbClusterSnapshotIdentifier")
        database = snapshot and stack.target(snapshot, (CLUSTER,), "dbClusterIdentifier")
        judge = rds.rds_cluster_storage_encrypted_with_customer_key.check
    if database is None:
        raise UnknownValue(Reason.NOT_REPORTED, "kmsKeyId", "the copy keeps the key of its source, which is not in this stack")
    for _ in judge(database, stack):
        yield Violation("kmsKeyId is not set, and the source has no customer managed key", at="kmsKeyId")


RULES = (
    customer_key_rule(
        "rds-replicated-backups",
        ("aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",),
        "kmsKeyId",
        what="RDS backups that are replicated to another Region",
        why=(
            "Without one they are encrypted with the key aws/rds of that Region, or not at all: you cannot decide who may"
            " restore them."
        ),
        remedy="Set kmsKeyId to the ARN of a key that you manage, in the Region that the backups go to.",
        checkov=("CKV_AWS_245",),
        topic="Replicating automated backups to another AWS Region",
    ),
)
