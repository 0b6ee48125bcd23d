"""Encryption of DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.encryption.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

TABLE = "aws:dynamodb/table:Table"


@rule(
    applies_to=(TABLE,),
    severity=Severity.MEDIUM,
    remedy="Set serverSideEncryption.enabled and kmsKeyArn to a key that you manage; give each replica a key of its Region.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_119",),
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
    ),
)
def dynamodb_table_encrypted_with_customer_key(table: Resource, stack: Stack) -> Iterator[Violation]:
    """DynamoDB tables and their replicas are encrypted with a customer managed key.

    DynamoDB always encrypts, by default with a key that AWS owns and that you can neither see nor withdraw.
    """
    encryption = table.block("serverSideEncryption")
    if not encryption.flag("enabled"):
        yield Violation("the table uses a key that AWS owns", at=encryption.at("enabled"))
    else:
        for replica in table.each("replicas"):
            yield from customer_key_violations(table, replica, "kmsKeyArn", stack)
        yield from customer_key_violations(table, encryption, "kmsKeyArn", stack)
