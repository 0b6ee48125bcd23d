"""Encryption of Secrets Manager secrets."""

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

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105  (a resource type)


@rule(
    applies_to=(SECRET,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId, for replicas too, to a key that you manage in the same Region.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_149",),
    topic="Secret encryption and decryption in AWS Secrets Manager",
    passes=(
        {"kmsKeyId": KEY_ARN},
        {"kmsKeyId": "alias/secrets", "replicas": [{"region": "eu-central-1", "kmsKeyId": "alias/secrets"}]},
        Example({"kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
    ),
    fails=(
        {},
        {"kmsKeyId": "alias/aws/secretsmanager"},
        {"kmsKeyId": KEY_ARN, "replicas": [{"region": "eu-central-1"}]},
    ),
    undecided=({"kmsKeyId": UNKNOWN}, {"kmsKeyId": KEY_ARN, "replicas": UNKNOWN}),
)
def secretsmanager_secret_encrypted_with_customer_key(secret: Resource, stack: Stack) -> Iterator[Violation]:
    """Secrets Manager secrets and their replicas are encrypted with a customer managed key.

    The key aws/secretsmanager is open to everyone in the account who may read the secret, and cannot be shared with
    other accounts. A key of your own is a second lock that you hold.
    """
    for replica in secret.each("replicas"):
        yield from customer_key_violations(secret, replica, "kmsKeyId", stack)
    yield from customer_key_violations(secret, secret, "kmsKeyId", stack)
