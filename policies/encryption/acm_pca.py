"""Private certificate authorities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CERTIFICATES, FSBP
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

AUTHORITY = "aws:acmpca/certificateAuthority:CertificateAuthority"


@rule(
    applies_to=(AUTHORITY,),
    severity=Severity.LOW,
    remedy="Set enabled to false once the root has signed its subordinate authorities, and issue certificates from those.",
    controls=(FSBP["PCA.1"], *CERTIFICATES),
    topic="Designing a CA hierarchy",
    passes=({"type": "ROOT", "enabled": False}, {"type": "SUBORDINATE"}, {}),
    fails=({"type": "ROOT"}, {"type": "ROOT", "enabled": True}),
    undecided=({"type": UNKNOWN}, {"type": "ROOT", "enabled": UNKNOWN}),
)
def acmpca_root_disabled(authority: Resource) -> Iterator[Violation]:
    """Private root certificate authorities are disabled.

    Whoever can use the root can issue a certificate for any name, and it is needed only to sign subordinate authorities.
    AWS enables an authority unless told otherwise.
    """
    if authority.text("type", "SUBORDINATE") == "ROOT" and authority.flag("enabled", default=True):
        yield Violation("the root is enabled", at="enabled", fix=Fix({"enabled": False}))


def _with_key(algorithm: object) -> dict[str, object]:
    return {"certificateAuthorityConfiguration": {"keyAlgorithm": algorithm}}


@rule(
    applies_to=(AUTHORITY,),
    severity=Severity.LOW,
    remedy="Create an authority with an ML_DSA key for clients that verify such certificates; this replaces the authority.",
    topic="Post-quantum cryptography at AWS",
    passes=(_with_key("ML_DSA_65"), _with_key("ML_DSA_87")),
    fails=(_with_key("RSA_4096"), _with_key("EC_prime256v1")),
    undecided=(_with_key(UNKNOWN), {"certificateAuthorityConfiguration": UNKNOWN}),
)
def acmpca_key_post_quantum(authority: Resource) -> Iterator[Violation]:
    """Private certificate authorities have a post-quantum key.

    A quantum computer could forge the signatures of RSA and elliptic curve keys, and an authority lives for decades. Many
    clients do not verify ML-DSA yet, so ask for it where you must, such as for CNSA 2.0.
    """
    path = "certificateAuthorityConfiguration.keyAlgorithm"
    if not authority.text(path).startswith("ML_DSA_"):
        yield Violation("the key is not an ML-DSA key", at=path)
