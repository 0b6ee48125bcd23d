"""Encryption of MemoryDB."""

from __future__ import annotations

from policies.controls import IN_TRANSIT
from policies.customer_key import customer_key_rule
from policies.rule import Severity
from policies.rule_tables import must_be

CLUSTER = "aws:memorydb/cluster:Cluster"

RULES = (
    must_be(
        "memorydb-cluster-uses-tls",
        (CLUSTER, "aws:memorydb/multiRegionCluster:MultiRegionCluster"),
        "tlsEnabled",
        True,  # noqa: FBT003  (the value that the property must have)
        default=True,
        title="MemoryDB clusters use TLS.",
        why=(
            "TLS is on unless it is switched off. Without it data crosses the network in plain text, and the cluster must let"
            " everyone in: MemoryDB takes no other ACL than open-access then."
        ),
        severity=Severity.HIGH,
        remedy="Leave tlsEnabled out or set it to true; this replaces an existing cluster.",
        replaces=True,
        controls=IN_TRANSIT,
        checkov=("CKV_AWS_202",),
        topic="In-transit encryption (TLS) in MemoryDB",
    ),
    customer_key_rule(
        "memorydb-cluster",
        (CLUSTER,),
        "kmsKeyArn",
        what="MemoryDB clusters",
        why=(
            "MemoryDB encrypts with a key of its own otherwise. With a key of your own you decide who may decrypt the"
            " transaction log and the snapshots, and you can withdraw it."
        ),
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the cluster.",
        checkov=("CKV_AWS_201",),
        topic="At-rest encryption in MemoryDB",
    ),
    customer_key_rule(
        "memorydb-snapshot",
        ("aws:memorydb/snapshot:Snapshot",),
        "kmsKeyArn",
        what="MemoryDB snapshots",
        why=(
            "A snapshot holds all data of its cluster and outlives it. With a key of your own you decide who may restore it,"
            " and you can withdraw it."
        ),
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the snapshot.",
        checkov=("CKV_AWS_278",),
        topic="At-rest encryption in MemoryDB",
    ),
)
