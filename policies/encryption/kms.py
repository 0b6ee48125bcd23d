"""Keys of KMS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FSBP, KEY_ROTATION
from policies.encryption.customer_key import KEY
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource


@rule(
    applies_to=(KEY,),
    severity=Severity.MEDIUM,
    remedy="Set enableKeyRotation to true.",
    controls=(CIS_AWS_5["3.6"], FSBP["KMS.4"], *KEY_ROTATION),
    checkov=("CKV_AWS_7",),
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
    if key.text("customerMasterKeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
        fix = Fix({"enableKeyRotation": True})
        yield Violation("automatic rotation is not enabled", at="enableKeyRotation", fix=fix)
