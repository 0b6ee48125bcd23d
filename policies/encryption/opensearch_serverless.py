"""Encryption of OpenSearch Serverless."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.block import Block
from policies.controls import CUSTOMER_KEY
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_violations,
    is_customer_key,
)
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

SECURITY_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection"


def _policy(**elements: object) -> dict[str, object]:
    rules = [{"ResourceType": "collection", "Resource": ["collection/logs"]}]
    return {"type": "encryption", "policy": json.dumps({"Rules": rules, **elements})}


def _collection(**config: object) -> dict[str, object]:
    return {"encryptionConfigs": [config]}


@rule(
    applies_to=(SECURITY_POLICY, COLLECTION),
    severity=Severity.MEDIUM,
    remedy=(
        "Set KmsARN in the encryption policy, or kmsKeyArn in encryptionConfigs of the collection, to the ARN of a key that"
        " you manage; a collection keeps the key that it was made with."
    ),
    controls=CUSTOMER_KEY,
    topic="Encryption in Amazon OpenSearch Serverless",
    passes=(
        _policy(KmsARN=KEY_ARN),
        _policy(KmsARN=KEY_ARN, AWSOwnedKey=True),  # AWS ignores the second
        {"type": "network", "policy": "[]"},
        {"type": "network", "policy": UNKNOWN},
        Example({}, type=COLLECTION),  # its encryption policy answers
        Example(_collection(awsOwnedKey=False, kmsKeyArn=KEY_ARN), type=COLLECTION),
        Example(_collection(awsOwnedKey=False, kmsKeyArn=KEY_OF_THE_STACK), type=COLLECTION, related=RELATED_KEY),
    ),
    fails=(
        _policy(AWSOwnedKey=True),
        _policy(),
        Example(_collection(awsOwnedKey=True, kmsKeyArn=KEY_ARN), type=COLLECTION),
        Example(_collection(awsOwnedKey=False, kmsKeyArn=""), type=COLLECTION),
    ),
    undecided=(
        {"type": "encryption", "policy": UNKNOWN},
        {"type": "encryption", "policy": "{"},
        {"type": UNKNOWN, "policy": json.dumps({"AWSOwnedKey": True})},
        Example(_collection(awsOwnedKey=False, kmsKeyArn=UNKNOWN), type=COLLECTION),
        Example({"encryptionConfigs": UNKNOWN}, type=COLLECTION),
    ),
)
def opensearch_serverless_encrypted_with_customer_key(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """OpenSearch Serverless collections are encrypted with a customer managed key.

    An encryption policy gives each collection that it matches its key when the collection is made, unless the collection
    names one itself. With a key of your own you decide who may decrypt, and you can withdraw it.
    """
    if subject.type == COLLECTION:
        for config in subject.each("encryptionConfigs"):
            if config.flag("awsOwnedKey"):
                yield Violation("awsOwnedKey is true", at=config.at("awsOwnedKey"))
            else:
                yield from customer_key_violations(subject, config, "kmsKeyArn", stack)
    elif subject.text("type") == "encryption":
        document = Block({"policy": subject.json("policy")}).block("policy")
        if not is_customer_key(subject, document, "KmsARN", stack):
            yield Violation("the encryption policy names no customer managed key in KmsARN", at="policy")
