"""Encryption of ElastiCache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP, IN_TRANSIT
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
    yield from _must_encrypt(group, "atRestEncryptionEnabled")


@rule(
    applies_to=(REPLICATION_GROUP,),
    severity=Severity.HIGH,
    remedy="Set transitEncryptionEnabled, and let the clients connect by TLS; old engine versions replace the group.",
    controls=(FSBP["ElastiCache.5"], *IN_TRANSIT),
    checkov=("CKV_AWS_30",),
    passes=(
        {"transitEncryptionEnabled": True},
        {"engine": "valkey"},
        {"globalReplicationGroupId": "sgaui-sessions"},
    ),
    fails=({}, {"engine": "redis"}, {"engine": "valkey", "transitEncryptionEnabled": False}),
    undecided=({"transitEncryptionEnabled": UNKNOWN}, {"engine": UNKNOWN}),
)
def elasticache_replication_group_encrypted_in_transit(group: Resource) -> Iterator[Violation]:
    """ElastiCache replication groups are encrypted in transit.

    Without TLS, passwords and cached data cross the network in plain text.
    """
    yield from _must_encrypt(group, "transitEncryptionEnabled")


def _must_encrypt(group: Resource, path: str) -> Iterator[Violation]:
    if not group.has(path):
        if group.has("globalReplicationGroupId"):
            return  # a secondary group inherits the encryption of its global group
        if group.text("engine").lower() == "valkey":
            return  # on by default
    if not group.flag(path):
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}, replaces=True))
