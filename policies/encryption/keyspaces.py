"""Encryption of Keyspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

CUSTOMER_MANAGED = "CUSTOMER_MANAGED_KMS_KEY"


@rule(
    applies_to=("aws:keyspaces/table:Table",),
    severity=Severity.MEDIUM,
    remedy="Set encryptionSpecification.type to CUSTOMER_MANAGED_KMS_KEY and kmsKeyIdentifier to a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_265",),
    topic="Encryption at rest in Amazon Keyspaces",
    passes=(
        {"encryptionSpecification": {"type": CUSTOMER_MANAGED, "kmsKeyIdentifier": KEY_ARN}},
        Example(
            {"encryptionSpecification": {"type": CUSTOMER_MANAGED, "kmsKeyIdentifier": KEY_OF_THE_STACK}}, related=RELATED_KEY
        ),
    ),
    fails=(
        {},
        {"encryptionSpecification": {"type": "AWS_OWNED_KMS_KEY"}},
        {"encryptionSpecification": {"kmsKeyIdentifier": KEY_ARN}},
        {"encryptionSpecification": {"type": CUSTOMER_MANAGED}},
    ),
    undecided=(
        {"encryptionSpecification": UNKNOWN},
        {"encryptionSpecification": {"type": UNKNOWN, "kmsKeyIdentifier": KEY_ARN}},
        {"encryptionSpecification": {"type": CUSTOMER_MANAGED, "kmsKeyIdentifier": UNKNOWN}},
    ),
)
def keyspaces_table_encrypted_with_customer_key(table: Resource, stack: Stack) -> Iterator[Violation]:
    """Keyspaces tables are encrypted with a customer managed key.

    Keyspaces always encrypts, by default with a key that AWS owns and that you can neither see nor withdraw.
    """
    specification = table.block("encryptionSpecification")
    if specification.text("type") != CUSTOMER_MANAGED:
        yield Violation("the table uses a key that AWS owns", at=specification.at("type"))
    else:
        yield from customer_key_violations(table, specification, "kmsKeyIdentifier", stack)
