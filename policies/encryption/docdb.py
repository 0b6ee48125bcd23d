"""Encryption of DocumentDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, IN_TRANSIT
from policies.encryption.database_clusters import global_cluster_rule, key_rule, storage_rule
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

CLUSTER = "aws:docdb/cluster:Cluster"
ELASTIC_CLUSTER = "aws:docdb/elasticCluster:ElasticCluster"
PARAMETER_GROUP = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"

RULES = (
    storage_rule(
        "docdb-cluster",
        CLUSTER,
        "kmsKeyId",
        what="DocumentDB clusters",
        topic="Encrypting Amazon DocumentDB data at rest",
        controls=(FSBP["DocumentDB.1"],),
        checkov=("CKV_AWS_74",),
    ),
    key_rule(
        "docdb-cluster",
        (CLUSTER, ELASTIC_CLUSTER),
        "kmsKeyId",
        what="DocumentDB clusters, elastic ones too,",
        topic="Encrypting Amazon DocumentDB data at rest",
        why=(
            "Without one AWS encrypts with a key that it manages: you cannot decide who may use it, nor withdraw it, and a"
            " snapshot under it cannot be shared with another account."
        ),
        checkov=("CKV_AWS_182",),
    ),
    global_cluster_rule(
        "docdb", what="DocumentDB global clusters", topic="Encrypting Amazon DocumentDB data at rest", checkov=("CKV_AWS_292",)
    ),
)


@rule(
    applies_to=(PARAMETER_GROUP,),
    severity=Severity.HIGH,
    remedy="Leave the parameter tls out, or set it to enabled, tls1.2+, tls1.3+ or fips-140-3; then reboot the instances.",
    controls=(FSBP["DocumentDB.6"], *IN_TRANSIT),
    checkov=("CKV_AWS_90",),
    topic="Encrypting Amazon DocumentDB data in transit",
    passes=(
        {"family": "docdb5.0"},
        {"parameters": [{"name": "tls", "value": "enabled"}]},
        {"parameters": [{"name": "ttl_monitor", "value": UNKNOWN}, {"name": "tls", "value": "tls1.2+"}]},
    ),
    fails=(
        {"parameters": [{"name": "tls", "value": "disabled"}]},
        {"parameters": [{"name": "audit_logs", "value": "enabled"}, {"name": "tls", "value": "disabled"}]},
    ),
    undecided=({"parameters": UNKNOWN}, {"parameters": [{"name": "tls", "value": UNKNOWN}]}),
)
def docdb_requires_tls(group: Resource) -> Iterator[Violation]:
    """DocumentDB parameter groups leave TLS on.

    DocumentDB accepts only TLS unless a parameter group switches it off; then it accepts none at all, and passwords and
    documents cross the network in plain text. The default groups cannot be changed, so clusters themselves are not judged.
    """
    for parameter in group.each("parameters"):
        if parameter.text("name") == "tls" and parameter.text("value") == "disabled":
            path = parameter.at("value")
            yield Violation("tls is disabled", at=path, fix=Fix({path: "enabled"}))
