"""Encryption of Storage Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY, IN_TRANSIT
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

GATEWAY = "aws:storagegateway/gateway:Gateway"
VOLUME = "aws:storagegateway/cachesIscsiVolume:CachesIscsiVolume"
KEYS = {
    "aws:storagegateway/nfsFileShare:NfsFileShare": "kmsKeyArn",
    "aws:storagegateway/smbFileShare:SmbFileShare": "kmsKeyArn",
    VOLUME: "kmsKey",
    "aws:storagegateway/storedIscsiVolume:StoredIscsiVolume": "kmsKey",
}


@rule(
    applies_to=KEYS,
    severity=Severity.MEDIUM,
    remedy="Set kmsEncrypted, and kmsKeyArn (of a volume: kmsKey) to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="Encrypting your data using AWS KMS in Storage Gateway",
    passes=(
        {"kmsEncrypted": True, "kmsKeyArn": KEY_ARN},
        Example({"kmsEncrypted": True, "kmsKeyArn": KEY_OF_THE_STACK}, related=RELATED_KEY),
        Example({"kmsEncrypted": True, "kmsKey": KEY_ARN}, type=VOLUME),
    ),
    fails=(
        {},
        {"kmsEncrypted": False},
        {"kmsEncrypted": True, "kmsKeyArn": "alias/aws/s3"},
        Example({"kmsEncrypted": True, "kmsKey": "alias/aws/s3"}, type=VOLUME),
    ),
    undecided=({"kmsEncrypted": UNKNOWN, "kmsKeyArn": KEY_ARN}, {"kmsEncrypted": True, "kmsKeyArn": UNKNOWN}),
)
def storagegateway_data_encrypted_with_customer_key(share: Resource, stack: Stack) -> Iterator[Violation]:
    """Storage Gateway file shares and volumes are encrypted with a customer managed key.

    Their data lies in S3, encrypted with a key of S3 unless the share asks for KMS. With a key of your own you decide who
    may read it, and you can withdraw it.
    """
    if not share.flag("kmsEncrypted"):
        yield Violation("kmsEncrypted is not true", at="kmsEncrypted")
        return
    yield from customer_key_violations(share, share, KEYS[share.type], stack)


@rule(
    applies_to=(GATEWAY,),
    severity=Severity.MEDIUM,
    remedy="Set smbSecurityStrategy to MandatoryEncryption.",
    controls=IN_TRANSIT,
    topic="Setting a security level for your gateway",
    passes=(
        {},
        {"gatewayType": "FILE_S3", "smbSecurityStrategy": "MandatoryEncryption"},
        {"gatewayType": "FILE_S3", "smbSecurityStrategy": "MandatoryEncryptionNoAes128"},
    ),
    fails=(
        {"gatewayType": "FILE_S3", "smbSecurityStrategy": "ClientSpecified"},
        {"gatewayType": "FILE_S3", "smbSecurityStrategy": "MandatorySigning"},
    ),
    undecided=({"smbSecurityStrategy": UNKNOWN},),
)
def storagegateway_smb_encryption_enforced(gateway: Resource) -> Iterator[Violation]:
    """File gateways accept only encrypted SMB sessions.

    Gateways activated since June 2019 do so by themselves. Where the client chooses, or only has to sign, files may cross
    the network in plain text.
    """
    path = "smbSecurityStrategy"
    if not gateway.text(path, "MandatoryEncryption").startswith("MandatoryEncryption"):
        fix = Fix({path: "MandatoryEncryption"})
        yield Violation("smbSecurityStrategy accepts sessions that are not encrypted", at=path, fix=fix)
