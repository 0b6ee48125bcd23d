"""Encryption of EventBridge Scheduler."""

from __future__ import annotations

from policies.customer_key import customer_key_rule
from policies.rule import Severity

RULES = (
    customer_key_rule(
        "scheduler-schedule",
        ("aws:scheduler/schedule:Schedule",),
        "kmsKeyArn",
        what="EventBridge schedules",
        why=(
            "A schedule holds the input of its target, under a key that AWS owns otherwise. With a key of your own you see each"
            " use of it in CloudTrail, and can withdraw it."
        ),
        severity=Severity.LOW,
        checkov=("CKV_AWS_297",),
        topic="Encryption at rest in EventBridge Scheduler",
    ),
)
