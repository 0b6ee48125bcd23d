"""Encryption of ElastiCache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP, IN_TRANSIT
from policies.customer_key import customer_key_rule
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"


@rule(
    applies_to=(REPLICATION_GROUP,),
    severity=Severity.HIGH,
    remedy="Set atRestEncryptionEnabled; this replaces an existing replication group.",
    controls=(FSBP["ElastiCache.4"], *AT_REST),
    checkov=("CKV_AWS_29",),
    topic="At-rest encryption in ElastiCache",
    passes=(
        {"atRestEncryptionEnabled": True},
        {"engine": "valkey"},
        {"globalReplicationGroupId": "sgaui-sessions"},
    ),
    fails=({}, {"engine": "redis"}, {"engine": "valkey", "atRestEncryptionEnabled": False}),
    undecided=({"atRestEncryptionEnabled": UNKNOWN}, {"engine": UNKNOWN}),
)
def elasticache_replication_group_encrypted_at_rest(group: Resource) -> Iterator[Violation]:
    """ElastiCache replication groups are encrypted at rest.

    Sync, backup and swap write the cached data to disk. Groups with Valkey are encrypted unless switched off, those with
    Redis only when asked for.
    """
    path = "atRestEncryptionEnabled"
    if not group.has(path) and group.text("engine").lower() == "valkey":
        return  # on by default
    yield from _must_encrypt(group, path)


@rule(
    applies_to=(REPLICATION_GROUP,),
    severity=Severity.HIGH,
    remedy=(
        "Set transitEncryptionEnabled, on a running group with transitEncryptionMode preferred until all clients connect by"
        " TLS; engine versions before 7.0.5 replace the group."
    ),
    controls=(FSBP["ElastiCache.5"], *IN_TRANSIT),
    checkov=("CKV_AWS_30",),
    topic="ElastiCache in-transit encryption (TLS)",
    passes=(
        {"transitEncryptionEnabled": True},
        {"globalReplicationGroupId": "sgaui-sessions"},
    ),
    fails=({}, {"engine": "valkey"}, {"transitEncryptionEnabled": False}),
    undecided=({"transitEncryptionEnabled": UNKNOWN},),
)
def elasticache_replication_group_encrypted_in_transit(group: Resource) -> Iterator[Violation]:
    """ElastiCache replication groups are encrypted in transit.

    Without TLS, passwords and cached data cross the network in plain text. TLS is off unless asked for, with Valkey too.
    """
    # the provider sends false where the program says nothing, whatever the engine
    yield from _must_encrypt(group, "transitEncryptionEnabled")


def _must_encrypt(group: Resource, path: str) -> Iterator[Violation]:
    if not group.has(path) and group.has("globalReplicationGroupId"):
        return  # a secondary group inherits the encryption of its global group
    if not group.flag(path):
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}, replaces=True))


@rule(
    applies_to=(REPLICATION_GROUP,),
    severity=Severity.MEDIUM,
    remedy="When all clients use TLS, set transitEncryptionMode to required.",
    controls=IN_TRANSIT,
    topic="ElastiCache in-transit encryption (TLS)",
    passes=(
        {"transitEncryptionEnabled": True},
        {"transitEncryptionEnabled": True, "transitEncryptionMode": "required"},
        {"transitEncryptionMode": "preferred"},
    ),
    fails=({"transitEncryptionEnabled": True, "transitEncryptionMode": "preferred"},),
    undecided=(
        {"transitEncryptionEnabled": True, "transitEncryptionMode": UNKNOWN},
        {"transitEncryptionEnabled": UNKNOWN, "transitEncryptionMode": "preferred"},
    ),
)
def elasticache_replication_group_requires_tls(group: Resource) -> Iterator[Violation]:
    """ElastiCache replication groups with TLS turn other clients away.

    The mode preferred is for moving clients to TLS: it accepts plain text as well. Groups without TLS are another rule's.
    """
    path = "transitEncryptionMode"
    if group.text(path) == "preferred" and group.flag("transitEncryptionEnabled"):
        yield Violation("the group accepts plain text beside TLS", at=path, fix=Fix({path: "required"}))


@rule(
    applies_to=("aws:elasticache/cluster:Cluster",),
    severity=Severity.HIGH,
    # no fix: whether AWS takes it depends on the engine and its version
    remedy=(
        "Set transitEncryptionEnabled with Memcached 1.6.12 or later, which replaces the cluster; make Redis and Valkey a"
        " replication group or a serverless cache."
    ),
    controls=IN_TRANSIT,
    topic="ElastiCache in-transit encryption (TLS)",
    passes=(
        {"engine": "memcached", "transitEncryptionEnabled": True},
        {"replicationGroupId": "sessions"},
        {"replicationGroupId": UNKNOWN},
    ),
    fails=({"engine": "memcached"}, {"engine": "memcached", "transitEncryptionEnabled": False}, {"engine": "redis"}),
    undecided=({"engine": "memcached", "transitEncryptionEnabled": UNKNOWN},),
)
def elasticache_cluster_encrypted_in_transit(cluster: Resource) -> Iterator[Violation]:
    """ElastiCache clusters outside a replication group are encrypted in transit.

    Without TLS, cached data crosses the network in plain text. Memcached has TLS only when asked for; Redis and Valkey have
    it in a replication group only, which answers for its members.
    """
    if not cluster.has("replicationGroupId") and not cluster.flag("transitEncryptionEnabled"):
        yield Violation("transitEncryptionEnabled is not true", at="transitEncryptionEnabled")


RULES = (
    customer_key_rule(
        "elasticache",
        (REPLICATION_GROUP, "aws:elasticache/serverlessCache:ServerlessCache"),
        "kmsKeyId",
        what="ElastiCache replication groups and serverless caches",
        why=(
            "ElastiCache uses a key of its own otherwise. With a key of your own you decide who may decrypt disks and backups,"
            " and you can withdraw it."
        ),
        remedy="Set kmsKeyId to the ARN of a key that you manage; this replaces the cache.",
        checkov=("CKV_AWS_191",),
        topic="At-rest encryption in ElastiCache",
    ),
)
