"""Encryption of CloudWatch logs."""

from __future__ import annotations

from policies.customer_key import customer_key_rule

RULES = (
    customer_key_rule(
        "cloudwatch-log-group",
        ("aws:cloudwatch/logGroup:LogGroup",),
        "kmsKeyId",
        what="CloudWatch log groups",
        why=(
            "Logs often hold personal data and secrets. With a key of your own you decide who may read them, see each use of"
            " the key in CloudTrail, and can withdraw it."
        ),
        remedy="Set kmsKeyId to the ARN of a key that you manage, and let the logs service of the Region use it.",
        checkov=("CKV_AWS_158",),
        topic="Encrypt log data in CloudWatch Logs using AWS KMS",
    ),
)
