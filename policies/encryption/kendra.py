"""Encryption of Kendra."""

from __future__ import annotations

from policies.customer_key import customer_key_rule

RULES = (
    customer_key_rule(
        "kendra-index",
        ("aws:kendra/index:Index",),
        "serverSideEncryptionConfiguration.kmsKeyId",
        what="Kendra indexes",
        why=(
            "An index holds the text of your documents, under a key that AWS owns otherwise. With a key of your own you decide"
            " who may decrypt, and you can withdraw it."
        ),
        remedy="Set serverSideEncryptionConfiguration.kmsKeyId to a key that you manage; this replaces the index.",
        checkov=("CKV_AWS_262",),
        topic="Encryption at rest in Amazon Kendra",
    ),
)
