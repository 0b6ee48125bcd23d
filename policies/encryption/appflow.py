"""Encryption of AppFlow."""

from __future__ import annotations

from policies.customer_key import customer_key_rule

RULES = (
    customer_key_rule(
        "appflow-flow",
        ("aws:appflow/flow:Flow",),
        "kmsArn",
        what="AppFlow flows",
        why=(
            "A flow holds the records that it moves while it runs, by default under a key that AWS manages. With a key of your"
            " own you decide who may decrypt them, and you can withdraw it."
        ),
        checkov=("CKV_AWS_263",),
        topic="Data protection in Amazon AppFlow",
    ),
    customer_key_rule(
        "appflow-connector-profile",
        ("aws:appflow/connectorProfile:ConnectorProfile",),
        "kmsArn",
        what="AppFlow connector profiles",
        why=(
            "A profile holds passwords and tokens of other services, by default under a key that AWS manages. With a key of"
            " your own you decide who may decrypt them, and you can withdraw it."
        ),
        checkov=("CKV_AWS_264",),
        topic="Data protection in Amazon AppFlow",
    ),
)
