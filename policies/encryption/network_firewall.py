"""Encryption of Network Firewall."""

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

TLS_INSPECTION = "aws:networkfirewall/tlsInspectionConfiguration:TlsInspectionConfiguration"


def _encryption(type_: object, **settings: object) -> dict[str, object]:
    return {"encryptionConfiguration": {"type": type_, **settings}}


@rule(
    applies_to=(
        "aws:networkfirewall/firewall:Firewall",
        "aws:networkfirewall/firewallPolicy:FirewallPolicy",
        "aws:networkfirewall/ruleGroup:RuleGroup",
        TLS_INSPECTION,
    ),
    severity=Severity.LOW,
    remedy="Set type of the encryption configuration to CUSTOMER_KMS, and keyId to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_345", "CKV_AWS_346"),
    topic="Encryption at rest with AWS KMS keys in Network Firewall",
    passes=(
        _encryption("CUSTOMER_KMS", keyId=KEY_ARN),
        Example(_encryption("CUSTOMER_KMS", keyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        Example({"encryptionConfigurations": [{"type": "CUSTOMER_KMS", "keyId": KEY_ARN}]}, type=TLS_INSPECTION),
    ),
    fails=(
        {},
        _encryption("AWS_OWNED_KMS_KEY"),
        _encryption("AWS_OWNED_KMS_KEY", keyId="AWS_OWNED_KMS_KEY"),
        _encryption("CUSTOMER_KMS", keyId="alias/aws/network-firewall"),
        Example({}, type=TLS_INSPECTION),
        Example({"encryptionConfigurations": [{"type": "AWS_OWNED_KMS_KEY"}]}, type=TLS_INSPECTION),
    ),
    undecided=(
        {"encryptionConfiguration": UNKNOWN},
        _encryption(UNKNOWN, keyId=KEY_ARN),
        _encryption("CUSTOMER_KMS", keyId=UNKNOWN),
    ),
)
def network_firewall_encrypted_with_customer_key(resource: Resource, stack: Stack) -> Iterator[Violation]:
    """Network firewalls, their policies and rules are encrypted with a customer managed key.

    They show how your network is guarded. Without a key of yours AWS uses one that it owns; with one you decide who may
    decrypt them, and you can withdraw it.
    """
    path = "encryptionConfigurations" if resource.type == TLS_INSPECTION else "encryptionConfiguration"
    encryption = resource.block(path)
    if encryption.text("type") != "CUSTOMER_KMS":
        yield Violation(f"{encryption.at('type')} is not CUSTOMER_KMS", at=encryption.at("type"))
    else:
        yield from customer_key_violations(resource, encryption, "keyId", stack)
