"""Encryption of Neptune."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP
from policies.encryption.database_clusters import (
    global_cluster_rule,
    key_rule,
    snapshot_violations,
    storage_rule,
    storage_violations,
)
from policies.rule import Example, Reference, Severity, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.rule import Violation
    from policies.stack import Stack

CLUSTER = "aws:neptune/cluster:Cluster"
SNAPSHOT = "aws:neptune/clusterSnapshot:ClusterSnapshot"

RULES = (
    storage_rule(
        "neptune-cluster",
        CLUSTER,
        "kmsKeyArn",
        what="Neptune clusters",
        topic="Encrypting Amazon Neptune resources at rest",
        controls=(FSBP["Neptune.1"],),
        checkov=("CKV_AWS_44",),
    ),
    key_rule(
        "neptune-cluster",
        (CLUSTER,),
        "kmsKeyArn",
        what="Neptune clusters",
        topic="Encrypting Amazon Neptune resources at rest",
        why=(
            "Without one AWS encrypts the cluster and its snapshots with the key aws/rds: you cannot decide who may use it,"
            " nor withdraw it, and a snapshot under it cannot be shared with another account."
        ),
        checkov=("CKV_AWS_347",),
    ),
    global_cluster_rule("neptune", what="Neptune global clusters", topic="Encrypting Amazon Neptune resources at rest"),
)


def _cluster(**inputs: object) -> tuple[Example, ...]:
    return (Example(inputs, type=CLUSTER, name="graph"),)


THE_CLUSTER = {"dbClusterIdentifier": Reference("graph")}


@rule(
    applies_to=(SNAPSHOT,),
    severity=Severity.HIGH,
    remedy="Encrypt the cluster before you take snapshots of it.",
    controls=(FSBP["Neptune.6"], *AT_REST),
    checkov=("CKV_AWS_279",),
    topic="Encrypting data at rest in your Amazon Neptune database",
    passes=(
        Example(THE_CLUSTER, related=_cluster(storageEncrypted=True)),
        Example({"dbClusterIdentifier": "people"}, related=_cluster(clusterIdentifier="people", storageEncrypted=True)),
    ),
    fails=(
        Example(THE_CLUSTER, related=_cluster()),
        Example(THE_CLUSTER, related=_cluster(storageEncrypted=False)),
    ),
    undecided=(
        {"dbClusterIdentifier": "made-elsewhere"},
        {"dbClusterIdentifier": UNKNOWN},
        Example(THE_CLUSTER, related=_cluster(storageEncrypted=UNKNOWN)),
        Example(THE_CLUSTER, related=_cluster(snapshotIdentifier="before-migration")),
    ),
)
def neptune_snapshot_encrypted(snapshot: Resource, stack: Stack) -> Iterator[Violation]:
    """Neptune snapshots are taken of encrypted clusters.

    A snapshot is encrypted exactly if its cluster is. It outlives the cluster, and whoever may restore it can read it.
    """
    yield from snapshot_violations(
        snapshot, "dbClusterIdentifier", (CLUSTER,), stack, lambda cluster: storage_violations(cluster, "kmsKeyArn")
    )
