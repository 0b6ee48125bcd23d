"""Encryption of Amazon MQ."""

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


def _broker(**options: object) -> dict[str, object]:
    return {"engineType": "ActiveMQ", "encryptionOptions": {"useAwsOwnedKey": False, **options}}


@rule(
    applies_to=("aws:mq/broker:Broker",),
    severity=Severity.MEDIUM,
    remedy=(
        "Set encryptionOptions.useAwsOwnedKey to false, and kmsKeyId to the ARN of a key that you manage; this replaces the"
        " broker."
    ),
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_209",),
    topic="Data protection in Amazon MQ",
    passes=(
        _broker(kmsKeyId=KEY_ARN),
        Example(_broker(kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        {"engineType": "RabbitMQ"},
    ),
    fails=(
        {"engineType": "ActiveMQ"},
        {"engineType": "ActiveMQ", "encryptionOptions": {"kmsKeyId": KEY_ARN}},
        _broker(),
        _broker(kmsKeyId="alias/aws/mq"),
        _broker(kmsKeyId=KEY_ARN, useAwsOwnedKey=True),
    ),
    undecided=(
        {"engineType": UNKNOWN},
        _broker(kmsKeyId=UNKNOWN),
        _broker(kmsKeyId=KEY_ARN, useAwsOwnedKey=UNKNOWN),
    ),
)
def mq_broker_encrypted_with_customer_key(broker: Resource, stack: Stack) -> Iterator[Violation]:
    """ActiveMQ brokers are encrypted with a customer managed key.

    Amazon MQ uses a key that AWS owns otherwise. With a key of your own you decide who may decrypt messages, and you can
    withdraw it. RabbitMQ brokers take no such key.
    """
    if broker.text("engineType").lower() == "rabbitmq":
        return
    owned = "encryptionOptions.useAwsOwnedKey"
    if broker.flag(owned, default=True):
        yield Violation(f"{owned} is not false", at=owned)
    else:
        yield from customer_key_violations(broker, broker, "encryptionOptions.kmsKeyId", stack)
