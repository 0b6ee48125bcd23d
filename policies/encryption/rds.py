"""Encryption of RDS and Aurora."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CIS_AWS_5, CUSTOMER_KEY, FSBP
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_rule,
    customer_key_violations,
)
from policies.encryption.database_clusters import RESTORED, global_cluster_rule, key_violations, storage_violations
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
DOCDB_INSTANCE = "aws:docdb/clusterInstance:ClusterInstance"

AGE_DECIDES = "AWS encrypts Aurora clusters made since February 2026, not older ones"


@rule(
    applies_to=(INSTANCE,),
    severity=Severity.HIGH,
    remedy="Set storageEncrypted; move an existing database through an encrypted copy of its snapshot.",
    controls=(CIS_AWS_5["2.2.1"], FSBP["RDS.3"], *AT_REST),
    checkov=("CKV_AWS_16",),
    topic="Encrypting Amazon RDS resources",
    passes=({"storageEncrypted": True}, {"replicateSourceDb": "main"}, {"replicateSourceDb": UNKNOWN}),
    fails=({}, {"storageEncrypted": False}, {"snapshotIdentifier": "before-migration", "storageEncrypted": False}),
    undecided=(
        {"storageEncrypted": UNKNOWN},
        {"snapshotIdentifier": "before-migration"},
        {"restoreToPointInTime": {"sourceDbInstanceIdentifier": "main"}},
    ),
)
def rds_storage_encrypted(db: Resource) -> Iterator[Violation]:
    """RDS instances encrypt their storage.

    Whoever copies an unencrypted snapshot can read it, and encryption cannot be switched on later in place.
    """
    if db.has("replicateSourceDb"):
        return  # a replica inherits the encryption of its source
    if not db.flag("storageEncrypted"):
        for source in RESTORED:
            if db.has(source) and not db.has("storageEncrypted"):
                raise UnknownValue(Reason.NOT_REPORTED, source, "what is restored decides whether the storage is encrypted")
        yield Violation("storage is not encrypted", at="storageEncrypted", fix=Fix({"storageEncrypted": True}, replaces=True))


@rule(
    applies_to=(INSTANCE,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId to the ARN of a key that you manage, with storageEncrypted; this replaces the instance.",
    controls=CUSTOMER_KEY,
    topic="Encrypting Amazon RDS resources",
    passes=(
        {"storageEncrypted": True, "kmsKeyId": KEY_ARN},
        Example({"storageEncrypted": True, "kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        {"replicateSourceDb": "main"},
    ),
    fails=({}, {"storageEncrypted": True}, {"storageEncrypted": True, "kmsKeyId": "alias/aws/rds"}),
    undecided=({"storageEncrypted": True, "kmsKeyId": UNKNOWN}, {"snapshotIdentifier": "before-migration"}),
)
def rds_storage_encrypted_with_customer_key(db: Resource, stack: Stack) -> Iterator[Violation]:
    """RDS instances encrypt their storage with a customer managed key.

    With a key of your own you decide who may decrypt, and you can withdraw it. A snapshot under the key aws/rds cannot
    be shared with another account.
    """
    yield from key_violations(db, "kmsKeyId", stack)


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.HIGH,
    remedy="Set storageEncrypted; move an existing cluster by restoring its snapshot with a kmsKeyId.",
    controls=(FSBP["RDS.27"], *AT_REST),
    checkov=("CKV_AWS_96",),
    topic="Encrypting Amazon Aurora resources",
    passes=(
        {"storageEncrypted": True},
        {"engineMode": "serverless"},
        {"snapshotIdentifier": "before-migration", "kmsKeyId": KEY_ARN},
        {"replicationSourceIdentifier": "arn:aws:rds:eu-west-1:111122223333:cluster:main"},
        {"engine": "aurora-mysql", "replicationSourceIdentifier": "arn:aws:rds:eu-west-1:111122223333:cluster:main"},
    ),
    fails=(
        {},
        {"engine": "postgres", "dbClusterInstanceClass": "db.m6gd.large"},
        {"engine": "aurora-postgresql", "storageEncrypted": False},
    ),
    undecided=(
        {"storageEncrypted": UNKNOWN},
        {"engine": "aurora-postgresql"},
        {"engine": "Aurora-MySQL", "engineMode": "provisioned", "globalClusterIdentifier": "world"},
        {"engine": UNKNOWN},
        {"snapshotIdentifier": "before-migration"},
        {"engineMode": UNKNOWN},
    ),
)
def rds_cluster_storage_encrypted(cluster: Resource) -> Iterator[Violation]:
    """RDS and Aurora clusters encrypt their storage.

    Whoever copies an unencrypted snapshot can read it, and encryption cannot be switched on later in place. AWS encrypts
    Aurora clusters made since February 2026 by itself, but neither older ones nor Multi-AZ clusters. Only a program that
    says it shows that an Aurora cluster is encrypted.
    """
    if cluster.flag("storageEncrypted"):
        return
    if cluster.text("engineMode") == "serverless":
        return  # Aurora Serverless v1 is always encrypted
    for violation in storage_violations(cluster, "kmsKeyId"):
        # what RDS reports of a cluster is false under a key that AWS owns, too
        is_asked_for = cluster.has("storageEncrypted") and not cluster.recorded
        if not is_asked_for and cluster.text("engine").lower().startswith("aurora"):
            raise UnknownValue(Reason.NOT_REPORTED, "storageEncrypted", AGE_DECIDES)
        yield violation


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId to the ARN of a key that you manage; this replaces the cluster.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_327",),
    topic="Encrypting Amazon Aurora resources",
    passes=(
        {"kmsKeyId": KEY_ARN},
        Example({"kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        {"replicationSourceIdentifier": "arn:aws:rds:eu-west-1:111122223333:cluster:main"},
    ),
    fails=({}, {"kmsKeyId": "alias/aws/rds"}),
    undecided=({"kmsKeyId": UNKNOWN}, {"snapshotIdentifier": "before-migration"}),
)
def rds_cluster_storage_encrypted_with_customer_key(cluster: Resource, stack: Stack) -> Iterator[Violation]:
    """RDS and Aurora clusters encrypt their storage with a customer managed key.

    With a key of your own you decide who may decrypt, and you can withdraw it. A snapshot under the key aws/rds cannot
    be shared with another account.
    """
    yield from key_violations(cluster, "kmsKeyId", stack)


@rule(
    applies_to=(INSTANCE, CLUSTER, CLUSTER_INSTANCE, DOCDB_INSTANCE),
    severity=Severity.LOW,
    remedy="Set performanceInsightsKmsKeyId to the ARN of a key that you manage; a key once chosen cannot be changed.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_354",),
    topic="Performance Insights encryption",
    passes=(
        {},
        {"performanceInsightsEnabled": False},
        {"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": KEY_ARN},
        Example({"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        Example({"enablePerformanceInsights": True, "performanceInsightsKmsKeyId": KEY_ARN}, type=DOCDB_INSTANCE),
    ),
    fails=(
        {"performanceInsightsEnabled": True},
        {"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": "alias/aws/rds"},
        Example({"enablePerformanceInsights": True}, type=DOCDB_INSTANCE),
    ),
    undecided=(
        {"performanceInsightsEnabled": UNKNOWN},
        {"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": UNKNOWN},
    ),
)
def rds_performance_insights_encrypted_with_customer_key(db: Resource, stack: Stack) -> Iterator[Violation]:
    """RDS, Aurora and DocumentDB encrypt Performance Insights with a customer managed key.

    Performance Insights keeps the text of queries, which may hold personal data. Without a key of your own AWS uses the key
    aws/rds, and you cannot decide who may read them.
    """
    switch = "enablePerformanceInsights" if db.type == DOCDB_INSTANCE else "performanceInsightsEnabled"
    if db.flag(switch):
        yield from customer_key_violations(db, db, "performanceInsightsKmsKeyId", stack)


RULES = (
    global_cluster_rule(
        "rds",
        what="Aurora global clusters",
        topic="Using Amazon Aurora global databases",
        checkov=("CKV_AWS_140",),
        by_default=AGE_DECIDES,
    ),
    customer_key_rule(
        "rds-activity-stream",
        ("aws:rds/clusterActivityStream:ClusterActivityStream",),
        "kmsKeyId",
        what="Database activity streams",
        why=(
            "The stream holds every statement and login. AWS asks for a key; under one of your own you decide who may read"
            " the stream, database administrators left out."
        ),
        remedy="Set kmsKeyId to a key that you manage.",
        checkov=("CKV_AWS_246",),
        topic="Monitoring Amazon Aurora with Database Activity Streams",
    ),
)
