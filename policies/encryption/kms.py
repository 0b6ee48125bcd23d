"""Keys of KMS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CIS_AWS_5, KEY_LIFECYCLE, KEY_ROTATION
from policies.customer_key import KEY
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

EXTERNAL_KEY = "aws:kms/externalKey:ExternalKey"
REPLICA_KEY = "aws:kms/replicaKey:ReplicaKey"
REPLICA_EXTERNAL_KEY = "aws:kms/replicaExternalKey:ReplicaExternalKey"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
KEYS = (KEY, EXTERNAL_KEY, REPLICA_KEY, REPLICA_EXTERNAL_KEY)


@rule(
    applies_to=(KEY,),
    severity=Severity.MEDIUM,
    remedy="Set enableKeyRotation to true.",
    controls=(CIS_AWS_5["3.6"], *KEY_ROTATION),
    checkov=("CKV_AWS_7",),
    topic="Rotate AWS KMS keys",
    passes=(
        {"enableKeyRotation": True},
        {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"},
        {"customerMasterKeySpec": "HMAC_256", "keyUsage": "GENERATE_VERIFY_MAC"},
        {"customKeyStoreId": "cks-1234567890abcdef0"},
        {"customKeyStoreId": UNKNOWN},
    ),
    fails=({}, {"enableKeyRotation": False}, {"customerMasterKeySpec": "SYMMETRIC_DEFAULT"}),
    undecided=({"enableKeyRotation": UNKNOWN}, {"customerMasterKeySpec": UNKNOWN}),
)
def kms_key_rotation_enabled(key: Resource) -> Iterator[Violation]:
    """Symmetric KMS keys are rotated automatically.

    Rotation limits how much data one key protects. AWS rotates only symmetric keys whose material it made itself:
    asymmetric and HMAC keys and those of custom key stores are left alone.
    """
    if key.flag("enableKeyRotation") or key.has("customKeyStoreId") or key.has("xksKeyId"):
        return
    if key.text("origin", "AWS_KMS") != "AWS_KMS":
        return  # aws-native: imported material, which aws has a type of its own for
    if key.text("customerMasterKeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
        fix = Fix({"enableKeyRotation": True})
        yield Violation("automatic rotation is not enabled", at="enableKeyRotation", fix=fix)


@rule(
    applies_to=KEYS,
    severity=Severity.MEDIUM,
    remedy="Set isEnabled (enabled for external and replica keys) to true, or delete a key that nothing needs.",
    controls=KEY_LIFECYCLE,
    checkov=("CKV_AWS_227",),
    topic="Enabling and disabling keys",
    passes=(
        {},
        {"isEnabled": True},
        Example({"enabled": True}, type=REPLICA_KEY),
        Example({"enabled": False}, type=EXTERNAL_KEY),
    ),
    fails=(
        {"isEnabled": False},
        Example({"enabled": False}, type=REPLICA_KEY),
        Example({"enabled": False, "keyMaterialBase64": UNKNOWN}, type=EXTERNAL_KEY),
    ),
    undecided=({"isEnabled": UNKNOWN}, Example({"enabled": UNKNOWN}, type=REPLICA_KEY)),
)
def kms_key_enabled(key: Resource) -> Iterator[Violation]:
    """KMS keys are enabled.

    Nobody can read what a disabled key protects, and services that use it fail. An external key without its material
    is left alone: it cannot be enabled yet.
    """
    path = "isEnabled" if key.type == KEY else "enabled"
    if key.flag(path, default=True):
        return
    if key.type in {EXTERNAL_KEY, REPLICA_EXTERNAL_KEY} and not key.has("keyMaterialBase64"):
        return
    yield Violation("the key is disabled", at=path, fix=Fix({path: True}))


class WaitingPeriod(NamedTuple):
    """How long a key can be rescued after someone deletes it."""

    minimum_days: Annotated[int, "The shortest waiting period, 7 to 30 days."] = 14


@rule(
    applies_to=KEYS,
    severity=Severity.MEDIUM,
    remedy="Leave deletionWindowInDays out or set it to 30.",
    controls=KEY_LIFECYCLE,
    topic="Deleting AWS KMS keys",
    parameters=WaitingPeriod,
    passes=(
        {},
        {"deletionWindowInDays": 14},
        {"deletionWindowInDays": 30},
        Example({"deletionWindowInDays": 7}, parameters=WaitingPeriod(minimum_days=7)),
    ),
    fails=({"deletionWindowInDays": 7}, Example({"deletionWindowInDays": 20}, parameters=WaitingPeriod(minimum_days=30))),
    undecided=({"deletionWindowInDays": UNKNOWN},),
)
def kms_key_deletion_window_long(key: Resource, parameters: WaitingPeriod) -> Iterator[Violation]:
    """KMS keys can be rescued for long enough after someone deletes them.

    What a deleted key protects is lost for good. AWS waits 30 days unless the key asks for fewer, and only in that time
    can the deletion be cancelled.
    """
    path = "deletionWindowInDays"
    days = key.number(path) or 30
    if days < parameters.minimum_days:
        message = f"a deletion can be cancelled for {days:g} days, fewer than {parameters.minimum_days}"
        yield Violation(message, at=path, fix=Fix({path: 30}))


class RefusedSpecs(NamedTuple):
    """Key specs that are not wanted."""

    refused: Annotated[tuple[str, ...], "Key specs that no key may have."] = ("RSA_2048", "HMAC_224", "ECC_SECG_P256K1", "SM2")


@rule(
    applies_to=(KEY, EXTERNAL_KEY),
    severity=Severity.LOW,
    remedy="Replace the key by one with a stronger spec, such as RSA_3072, ECC_NIST_P256 or HMAC_256.",
    controls=KEY_LIFECYCLE,
    topic="AWS KMS key types",
    parameters=RefusedSpecs,
    passes=(
        {},
        {"customerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        {"customerMasterKeySpec": "ML_DSA_65", "keyUsage": "SIGN_VERIFY"},
        Example({"keySpec": "ECC_NIST_P384"}, type=EXTERNAL_KEY),
        Example({"customerMasterKeySpec": "RSA_2048"}, parameters=RefusedSpecs(refused=())),
    ),
    fails=(
        {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"},
        Example({"keySpec": "HMAC_224"}, type=EXTERNAL_KEY),
        Example({"customerMasterKeySpec": "RSA_3072"}, parameters=RefusedSpecs(refused=("RSA_3072",))),
    ),
    undecided=({"customerMasterKeySpec": UNKNOWN}, Example({"keySpec": UNKNOWN}, type=EXTERNAL_KEY)),
)
def kms_key_spec_strong(key: Resource, parameters: RefusedSpecs) -> Iterator[Violation]:
    """KMS keys have a strong key spec.

    NIST plans to retire RSA keys of 2048 bits and SHA-224 after 2030, and approves neither the curve secp256k1 nor SM2 for
    general use.
    """
    path = "customerMasterKeySpec" if key.type == KEY else "keySpec"
    if key.text(path, "SYMMETRIC_DEFAULT") in parameters.refused:
        yield Violation(f"{path} is one that no key may have", at=path)


RULES = (
    must_be(
        "kms-key-policy-lockout-check-kept",
        (*KEYS, KEY_POLICY),
        "bypassPolicyLockoutSafetyCheck",
        False,  # noqa: FBT003  (the value that the property must have)
        default=False,
        title="KMS keys keep the check against locking yourself out.",
        why=(
            "KMS refuses a key policy under which the caller could no longer change the policy. Without the check a mistake"
            " makes the key unmanageable, and only AWS Support can help."
        ),
        severity=Severity.MEDIUM,
        controls=KEY_LIFECYCLE,
        topic="AWS KMS key policies",
    ),
    must_be(
        "kms-key-single-region",
        (KEY, EXTERNAL_KEY),
        "multiRegion",
        False,  # noqa: FBT003  (the value that the property must have)
        default=False,
        replaces=True,
        title="KMS keys stay in one Region.",
        why=(
            "The same key material in several Regions weakens the separation between them. Switch this rule off, or exempt"
            " the key, where data must be decrypted in another Region."
        ),
        remedy="Leave multiRegion out; moving to another key means encrypting the data again.",
        severity=Severity.LOW,
        controls=KEY_LIFECYCLE,
        topic="Multi-Region keys in AWS KMS",
    ),
)
