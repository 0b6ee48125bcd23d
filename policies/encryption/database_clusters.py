"""What the clusters of RDS, DocumentDB and Neptune have in common: storage, keys, global clusters and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.fix import Fix
from policies.rule import Example, Reference, Rule, Severity, Violation
from policies.rule_tables import row
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policies.controls import Control
    from policies.resource import Resource
    from policies.stack import Stack

RESTORED = ("snapshotIdentifier", "restoreToPointInTime")
REPLICATED = ("replicateSourceDb", "replicationSourceIdentifier")


def storage_violations(cluster: Resource, key: str) -> Iterator[Violation]:
    """Yield what is wrong where a cluster does not encrypt its storage; `key` is the property that names its key."""
    if cluster.flag("storageEncrypted"):
        return
    if not cluster.has("storageEncrypted"):
        if cluster.has("replicationSourceIdentifier"):
            return  # a replica inherits the encryption of its source
        for source in RESTORED:
            if cluster.has(source):
                if cluster.has(key):
                    return  # restoring with a key encrypts, whatever the source is
                raise UnknownValue(Reason.NOT_REPORTED, source, "what is restored decides whether the storage is encrypted")
    yield Violation("storage is not encrypted", at="storageEncrypted", fix=Fix({"storageEncrypted": True}, replaces=True))


def key_violations(database: Resource, key: str, stack: Stack, *, restored: Iterable[str] = RESTORED) -> Iterator[Violation]:
    """Yield what is wrong where the storage of an instance or a cluster has no customer managed key.

    `restored` are the properties that say what the database is restored from: without a key it keeps that of its source.
    """
    if not database.has(key):
        if any(database.has(source) for source in REPLICATED):
            return  # in the Region of its source a replica has the source's key; AWS asks for one elsewhere
        for source in restored:
            if database.has(source):
                raise UnknownValue(Reason.NOT_REPORTED, source, "without a key of its own it has the key of what is restored")
    yield from customer_key_violations(database, database, key, stack)


def snapshot_violations(
    snapshot: Resource, by: str, types: tuple[str, ...], stack: Stack, judge: Callable[[Resource], Iterator[Violation]]
) -> Iterator[Violation]:
    """Yield what is wrong where the database that a snapshot names in property `by` is unencrypted, as `judge` finds."""
    source = stack.target(snapshot, types, by)
    if source is None:
        raise UnknownValue(Reason.NOT_REPORTED, by, "the database is not in this stack")
    for _ in judge(source):
        yield Violation(f"{by} names a database whose storage is not encrypted", at=by)


def storage_rule(  # noqa: PLR0913  (what a line of the table holds)
    subject: str, type_: str, key: str, *, what: str, topic: str, controls: Iterable[Control], checkov: Iterable[str]
) -> Rule:
    """Return the rule `<subject>-storage-encrypted` of one type of cluster."""

    def check(cluster: Resource) -> Iterator[Violation]:
        yield from storage_violations(cluster, key)

    return row(
        f"{subject}-storage-encrypted",
        (type_,),
        check,
        f"Set storageEncrypted; move an existing cluster by restoring its snapshot with a {key}.",
        passes=[{"storageEncrypted": True}, {"snapshotIdentifier": "before-migration", key: KEY_ARN}],
        fails=[{}, {"storageEncrypted": False}, {key: KEY_ARN}],
        undecided=[{"storageEncrypted": UNKNOWN}, {"snapshotIdentifier": "before-migration"}],
        title=f"{what} encrypt their storage.",
        why=(
            "A cluster that does not ask for encryption stores data, backups and snapshots in plain text."
            " Encryption cannot be switched on later in place."
        ),
        severity=Severity.HIGH,
        controls=(*controls, *AT_REST),
        checkov=checkov,
        topic=topic,
    )


def key_rule(  # noqa: PLR0913  (what a line of the table holds)
    subject: str, types: tuple[str, ...], key: str, *, what: str, why: str, topic: str, checkov: Iterable[str]
) -> Rule:
    """Return the rule `<subject>-storage-encrypted-with-customer-key` of some types of clusters."""

    def check(cluster: Resource, stack: Stack) -> Iterator[Violation]:
        yield from key_violations(cluster, key, stack)

    return row(
        f"{subject}-storage-encrypted-with-customer-key",
        types,
        check,
        f"Set {key} to the ARN of a key that you manage; this replaces the cluster.",
        passes=[{key: KEY_ARN}, Example({key: KEY_OF_THE_STACK}, related=RELATED_KEY)],
        fails=[{}, {"storageEncrypted": True}, {key: "alias/aws/rds"}],
        undecided=[{key: UNKNOWN}, {"snapshotIdentifier": "before-migration"}],
        title=f"{what} encrypt their storage with a customer managed key.",
        why=why,
        severity=Severity.MEDIUM,
        controls=CUSTOMER_KEY,
        checkov=checkov,
        topic=topic,
    )


def global_cluster_rule(service: str, *, what: str, topic: str, checkov: Iterable[str] = (), by_default: str = "") -> Rule:
    """Return the rule `<service>-global-cluster-storage-encrypted`; `service` is the module of the provider.

    `by_default` is a clause that says which clusters AWS encrypts unasked, where that cannot be told from the program.
    """

    def check(cluster: Resource) -> Iterator[Violation]:
        if cluster.has("sourceDbClusterIdentifier"):
            return  # made from a cluster, it is encrypted as that is
        if not cluster.flag("storageEncrypted"):
            if by_default and (cluster.recorded or not cluster.has("storageEncrypted")):
                raise UnknownValue(Reason.NOT_REPORTED, "storageEncrypted", by_default)
            fix = Fix({"storageEncrypted": True}, replaces=True)
            yield Violation("storage is not encrypted", at="storageEncrypted", fix=fix)

    source = Example({"storageEncrypted": True}, type=f"aws:{service}/cluster:Cluster", name="primary")
    return row(
        f"{service}-global-cluster-storage-encrypted",
        (f"aws:{service}/globalCluster:GlobalCluster",),
        check,
        "Set storageEncrypted; an existing global cluster has to be made anew.",
        passes=[
            {"storageEncrypted": True},
            {"sourceDbClusterIdentifier": UNKNOWN},
            Example({"sourceDbClusterIdentifier": Reference("primary", "arn")}, related=(source,)),
        ],
        fails=[{"storageEncrypted": False}, *([] if by_default else [{}])],
        undecided=[{"storageEncrypted": UNKNOWN}, *([{}] if by_default else [])],
        title=f"{what} encrypt their storage.",
        why=(
            "Every cluster of a global cluster has to be encrypted, or none, and this cannot be changed later. "
            + (
                f"{by_default}."
                if by_default
                else "One that is not made from an existing cluster is unencrypted unless it asks."
            )
        ),
        severity=Severity.HIGH,
        controls=AT_REST,
        checkov=checkov,
        topic=topic,
    )
