"""Encryption of RDS and Aurora."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CIS_AWS_5, CUSTOMER_KEY, FSBP
from policies.encryption.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_violations,
)
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"


@rule(
    applies_to=(INSTANCE,),
    severity=Severity.HIGH,
    remedy="Set storageEncrypted; move an existing database through an encrypted copy of its snapshot.",
    controls=(CIS_AWS_5["2.2.1"], FSBP["RDS.3"], *AT_REST),
    checkov=("CKV_AWS_16",),
    passes=({"storageEncrypted": True}, {"replicateSourceDb": "main"}, {"replicateSourceDb": UNKNOWN}),
    fails=({}, {"storageEncrypted": False}, {"snapshotIdentifier": "before-migration"}),
    undecided=({"storageEncrypted": UNKNOWN},),
)
def rds_storage_encrypted(db: Resource) -> Iterator[Violation]:
    """RDS instances encrypt their storage.

    Whoever copies an unencrypted snapshot can read it, and encryption cannot be switched on later in place.
    """
    if db.has("replicateSourceDb"):
        return  # a replica inherits the encryption of its source
    if not db.flag("storageEncrypted"):
        yield Violation("storage is not encrypted", at="storageEncrypted", fix=Fix({"storageEncrypted": True}, replaces=True))


@rule(
    applies_to=(INSTANCE,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId to the ARN of a key that you manage, with storageEncrypted; this replaces the instance.",
    controls=CUSTOMER_KEY,
    passes=(
        {"storageEncrypted": True, "kmsKeyId": KEY_ARN},
        Example({"storageEncrypted": True, "kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        {"replicateSourceDb": "main"},
    ),
    fails=({}, {"storageEncrypted": True}, {"storageEncrypted": True, "kmsKeyId": "alias/aws/rds"}),
    undecided=({"storageEncrypted": True, "kmsKeyId": UNKNOWN},),
)
def rds_storage_encrypted_with_customer_key(db: Resource, stack: Stack) -> Iterator[Violation]:
    """RDS instances encrypt their storage with a customer managed key.

    With a key of your own you decide who may decrypt, and you can withdraw it. A snapshot under the key aws/rds cannot
    be shared with another account.
    """
    if db.has("replicateSourceDb") and not db.has("kmsKeyId"):
        return  # in the Region of its source a replica has the source's key; AWS asks for one elsewhere
    yield from customer_key_violations(db, db, "kmsKeyId", stack)


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.HIGH,
    remedy="Set storageEncrypted; move an existing cluster by restoring its snapshot with a kmsKeyId.",
    controls=(FSBP["RDS.27"], *AT_REST),
    checkov=("CKV_AWS_96",),
    passes=(
        {"storageEncrypted": True},
        {"engineMode": "serverless"},
        {"snapshotIdentifier": "before-migration", "kmsKeyId": KEY_ARN},
        {"replicationSourceIdentifier": "arn:aws:rds:eu-west-1:111122223333:cluster:main"},
    ),
    fails=({}, {"storageEncrypted": False}, {"globalClusterIdentifier": "world", "engineMode": "provisioned"}),
    undecided=(
        {"storageEncrypted": UNKNOWN},
        {"snapshotIdentifier": "before-migration"},
        {"engineMode": UNKNOWN},
    ),
)
def rds_cluster_storage_encrypted(cluster: Resource) -> Iterator[Violation]:
    """RDS and Aurora clusters encrypt their storage.

    Whoever copies an unencrypted snapshot can read it, and encryption cannot be switched on later in place. AWS encrypts
    Aurora clusters made since February 2026 by itself; older ones and Multi-AZ clusters stay as they are, so the program
    has to say it.
    """
    if cluster.flag("storageEncrypted"):
        return
    if cluster.text("engineMode") == "serverless":
        return  # Aurora Serverless v1 is always encrypted
    if not cluster.has("storageEncrypted"):
        if cluster.has("replicationSourceIdentifier"):
            return  # a replica inherits the encryption of its source
        for source in ("snapshotIdentifier", "restoreToPointInTime"):
            if cluster.has(source):
                if cluster.has("kmsKeyId"):
                    return  # restoring with a key encrypts, whatever the source is
                raise UnknownValue(Reason.NOT_REPORTED, source, "what is restored decides whether the cluster is encrypted")
    yield Violation("storage is not encrypted", at="storageEncrypted", fix=Fix({"storageEncrypted": True}, replaces=True))


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId to the ARN of a key that you manage; this replaces the cluster.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_327",),
    passes=({"kmsKeyId": KEY_ARN}, Example({"kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY)),
    fails=({}, {"kmsKeyId": "alias/aws/rds"}),
    undecided=({"kmsKeyId": UNKNOWN},),
)
def rds_cluster_storage_encrypted_with_customer_key(cluster: Resource, stack: Stack) -> Iterator[Violation]:
    """RDS and Aurora clusters encrypt their storage with a customer managed key.

    With a key of your own you decide who may decrypt, and you can withdraw it. A snapshot under the key aws/rds cannot
    be shared with another account.
    """
    yield from customer_key_violations(cluster, cluster, "kmsKeyId", stack)
