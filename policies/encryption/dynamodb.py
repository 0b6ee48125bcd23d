"""Encryption of DynamoDB and of its cache, DAX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY, FSBP, IN_TRANSIT
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_rule,
    customer_key_violations,
)
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

TABLE = "aws:dynamodb/table:Table"
DAX = "aws:dax/cluster:Cluster"
RESTORED = ("restoreBackupArn", "restoreSourceName", "restoreSourceTableArn")
"""What a table may be restored from: without settings of its own it has the encryption of its source."""


def _uses_kms(table: Resource) -> bool:
    if not table.has("serverSideEncryption"):
        for source in RESTORED:
            if table.has(source):
                raise UnknownValue(Reason.NOT_REPORTED, source, "what is restored decides how the table is encrypted")
    return table.flag("serverSideEncryption.enabled")


@rule(
    applies_to=(TABLE,),
    severity=Severity.MEDIUM,
    remedy="Set serverSideEncryption.enabled and kmsKeyArn to a key that you manage; give each replica a key of its Region.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_119",),
    topic="DynamoDB encryption at rest",
    passes=(
        {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN}},
        Example({"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_OF_THE_STACK}}, related=RELATED_KEY),
    ),
    fails=(
        {},
        {"serverSideEncryption": {"enabled": True}},
        {"serverSideEncryption": {"enabled": False, "kmsKeyArn": KEY_ARN}},
        {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN}, "replicas": [{"regionName": "eu-central-1"}]},
    ),
    undecided=(
        {"serverSideEncryption": UNKNOWN},
        {"serverSideEncryption": {"enabled": True, "kmsKeyArn": UNKNOWN}},
        {"serverSideEncryption": {"enabled": UNKNOWN, "kmsKeyArn": KEY_ARN}},
        {"restoreSourceName": "orders"},
    ),
)
def dynamodb_table_encrypted_with_customer_key(table: Resource, stack: Stack) -> Iterator[Violation]:
    """DynamoDB tables and their replicas are encrypted with a customer managed key.

    DynamoDB always encrypts, by default with a key that AWS owns and that you can neither see nor withdraw.
    """
    encryption = table.block("serverSideEncryption")
    if not _uses_kms(table):
        yield Violation("the table uses a key that AWS owns", at=encryption.at("enabled"))
    else:
        for replica in table.each("replicas"):
            yield from customer_key_violations(table, replica, "kmsKeyArn", stack)
        yield from customer_key_violations(table, encryption, "kmsKeyArn", stack)


@rule(
    applies_to=(TABLE,),
    severity=Severity.LOW,
    remedy="Set serverSideEncryption.enabled to true.",
    controls=AT_REST,
    topic="DynamoDB encryption at rest",
    passes=(
        {"serverSideEncryption": {"enabled": True}},
        {"serverSideEncryption": {"enabled": True, "kmsKeyArn": UNKNOWN}},
        {"serverSideEncryption": {"enabled": True}, "restoreSourceName": "orders"},
    ),
    fails=(
        {},
        {"serverSideEncryption": {"enabled": False}},
        {"serverSideEncryption": {"enabled": False}, "restoreSourceName": "orders"},
    ),
    undecided=(
        {"serverSideEncryption": UNKNOWN},
        {"serverSideEncryption": {"enabled": UNKNOWN}},
        {"restoreSourceName": "orders"},
        {"restoreBackupArn": UNKNOWN},
    ),
)
def dynamodb_table_encrypted_with_kms(table: Resource) -> Iterator[Violation]:
    """DynamoDB tables are encrypted with a KMS key of your account.

    DynamoDB always encrypts, by default with a key that AWS owns. A key of your account, aws/dynamodb or your own, shows
    each use in CloudTrail; KMS charges for it.
    """
    path = "serverSideEncryption.enabled"
    if not _uses_kms(table):
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}))


RULES = (
    customer_key_rule(
        "dynamodb-replica",
        ("aws:dynamodb/tableReplica:TableReplica",),
        "kmsKeyArn",
        what="Replicas of DynamoDB tables",
        why=(
            "A replica has a key of its own Region; without one it falls back to a key that you cannot withdraw, whatever key"
            " the table has."
        ),
        remedy="Set kmsKeyArn to a key that you manage, in the Region of the replica.",
        checkov=("CKV_AWS_271",),
        topic="DynamoDB encryption at rest",
    ),
    must_be(
        "dax-cluster-encrypted",
        (DAX,),
        "serverSideEncryption.enabled",
        True,  # noqa: FBT003  (the value that the property must have)
        title="DAX clusters are encrypted at rest.",
        why="DAX writes cached items, logs and configuration to disk unencrypted unless the cluster asks for encryption.",
        severity=Severity.HIGH,
        replaces=True,
        controls=(FSBP["DynamoDB.3"], *AT_REST),
        checkov=("CKV_AWS_47",),
        topic="DAX encryption at rest",
    ),
    must_be(
        "dax-cluster-uses-tls",
        (DAX,),
        "clusterEndpointEncryptionType",
        "TLS",
        default="NONE",
        title="DAX clusters accept only TLS.",
        why="Unless the cluster asks for TLS, items and queries cross the network in plain text.",
        severity=Severity.HIGH,
        replaces=True,
        controls=(FSBP["DynamoDB.7"], *IN_TRANSIT),
        checkov=("CKV_AWS_239",),
        topic="DAX encryption in transit",
    ),
)
