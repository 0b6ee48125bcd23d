"""Encryption of Timestream."""

from __future__ import annotations

from policies.customer_key import customer_key_rule

RULES = (
    customer_key_rule(
        "timestream-database",
        ("aws:timestreamwrite/database:Database",),
        "kmsKeyId",
        what="Timestream databases",
        why=(
            "Timestream always encrypts, by default with the key aws/timestream. With a key of your own you decide who may"
            " decrypt, and can withdraw it."
        ),
        remedy="Set kmsKeyId to the ARN, not an alias, of a key that you manage.",
        checkov=("CKV_AWS_160",),
        topic="Encryption at rest in Amazon Timestream",
    ),
)
