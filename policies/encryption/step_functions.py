"""Encryption of Step Functions."""

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

BY_CUSTOMER_KEY = "CUSTOMER_MANAGED_KMS_KEY"


def _encryption(**settings: object) -> dict[str, object]:
    return {"encryptionConfiguration": {"type": BY_CUSTOMER_KEY, **settings}}


@rule(
    applies_to=("aws:sfn/stateMachine:StateMachine", "aws:sfn/activity:Activity"),
    severity=Severity.LOW,
    remedy=f"Set encryptionConfiguration.type to {BY_CUSTOMER_KEY}, and kmsKeyId to a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="Data at rest encryption in Step Functions",
    passes=(
        _encryption(kmsKeyId=KEY_ARN),
        Example(_encryption(kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
    ),
    fails=({}, _encryption(), _encryption(kmsKeyId=KEY_ARN, type="AWS_OWNED_KEY")),
    undecided=(
        {"encryptionConfiguration": UNKNOWN},
        _encryption(kmsKeyId=UNKNOWN),
        _encryption(kmsKeyId=KEY_ARN, type=UNKNOWN),
    ),
)
def step_functions_encrypted_with_customer_key(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """Step Functions state machines and activities are encrypted with a customer managed key.

    Definitions and the data of executions lie under a key that AWS owns otherwise. With a key of your own you decide who
    may read them, see each use of the key in CloudTrail, and can withdraw it.
    """
    path = "encryptionConfiguration.type"
    if subject.text(path) != BY_CUSTOMER_KEY:
        yield Violation(f"{path} is not {BY_CUSTOMER_KEY}", at=path)
    else:
        yield from customer_key_violations(subject, subject, "encryptionConfiguration.kmsKeyId", stack)
