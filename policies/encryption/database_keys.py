"""Customer managed keys of databases that have one rule each."""

from __future__ import annotations

from policies.customer_key import YOURS, customer_key_rule
from policies.rule import Severity

RULES = (
    customer_key_rule(
        "dsql-cluster",
        ("aws:dsql/cluster:Cluster",),
        "kmsEncryptionKey",
        word="AWS_OWNED_KMS_KEY",
        severity=Severity.LOW,
        what="Aurora DSQL clusters",
        why="Tables and backups lie under a key that AWS owns unless the cluster names one." + YOURS,
        topic="Data encryption for Amazon Aurora DSQL",
    ),
    customer_key_rule(
        "neptune-graph",
        ("aws:neptunegraph/graph:Graph",),
        "kmsKeyIdentifier",
        word="AWS_OWNED_KEY",
        severity=Severity.LOW,
        what="Neptune Analytics graphs",
        why="Graphs and their snapshots lie under a key that AWS owns unless the graph names one." + YOURS,
        topic="Neptune Analytics encryption at rest",
    ),
    customer_key_rule(
        "oracle-autonomous-database",
        ("aws:odb/autonomousDatabase:AutonomousDatabase",),
        "kmsKeyId",
        what="Autonomous databases of Oracle Database@AWS",
        why="Tables and backups lie under a key that Oracle manages unless the database names one." + YOURS,
        remedy="Set encryptionKeyProvider to AWS_KMS, and kmsKeyId to the ARN of a key that you manage.",
        severity=Severity.LOW,
        topic="Oracle Database@AWS security",
    ),
)
