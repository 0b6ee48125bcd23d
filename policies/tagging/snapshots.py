"""Tags that databases hand on to their snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP
from policies.rule import Rule, Severity
from policies.rule_tables import must_be

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.controls import Control


def _copies_tags(id_: str, type_: str, what: str, controls: Iterable[Control] = (), checkov: Iterable[str] = ()) -> Rule:
    return must_be(
        id_,
        (type_,),
        "copyTagsToSnapshot",
        True,  # noqa: FBT003  (the value that the property must have)
        title=f"{what} copy their tags to their snapshots.",
        why="A snapshot holds the same data as the database and outlives it; without tags nobody knows whose it is.",
        severity=Severity.LOW,
        controls=controls,
        checkov=checkov,
    )


RULES = (
    _copies_tags(
        "rds-instance-copies-tags-to-snapshots",
        "aws:rds/instance:Instance",
        "RDS instances",
        (FSBP["RDS.17"],),
        ("CKV2_AWS_60",),
    ),
    _copies_tags(
        "rds-cluster-copies-tags-to-snapshots",
        "aws:rds/cluster:Cluster",
        "RDS clusters",
        (FSBP["RDS.16"],),
        ("CKV_AWS_313",),
    ),
    _copies_tags(
        "neptune-cluster-copies-tags-to-snapshots",
        "aws:neptune/cluster:Cluster",
        "Neptune clusters",
        (FSBP["Neptune.8"],),
        ("CKV_AWS_362",),
    ),
    _copies_tags(
        "docdb-instance-copies-tags-to-snapshots", "aws:docdb/clusterInstance:ClusterInstance", "DocumentDB instances"
    ),
)
