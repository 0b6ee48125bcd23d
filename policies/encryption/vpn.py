"""Encryption of site-to-site VPN connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT, SECRETS
from policies.plain_secrets import plain_secret_violations
from policies.rule import Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

CONNECTION = "aws:ec2/vpnConnection:VpnConnection"

_ENCRYPTION = frozenset({"AES256", "AES128-GCM-16", "AES256-GCM-16"})
_INTEGRITY = frozenset({"SHA2-256", "SHA2-384", "SHA2-512"})
_GROUPS = frozenset({"14", "15", "16", "17", "18", "19", "20", "21"})
"""Diffie-Hellman groups; 22 to 24 are advised against by RFC 8247, whatever their number says."""

_STRONG = {
    "IkeVersions": frozenset({"ikev2"}),
    "Phase1EncryptionAlgorithms": _ENCRYPTION,
    "Phase1IntegrityAlgorithms": _INTEGRITY,
    "Phase1DhGroupNumbers": _GROUPS,
    "Phase2EncryptionAlgorithms": _ENCRYPTION,
    "Phase2IntegrityAlgorithms": _INTEGRITY,
    "Phase2DhGroupNumbers": _GROUPS,
}
"""What a tunnel may offer, by the end of the property's name."""

_TUNNELS = ("tunnel1", "tunnel2")


def _offers(connection: Resource) -> Iterator[tuple[Resource, str, str]]:
    """Yield what there is to judge: a whole tunnel that says nothing, else each of its properties."""
    for tunnel in _TUNNELS:
        if any(connection.has(tunnel + name) for name in _STRONG):
            yield from ((connection, tunnel, name) for name in _STRONG)
        else:
            yield connection, tunnel, ""


def _inputs(**changes: object) -> dict[str, object]:
    """Return a connection with two strong tunnels."""
    strong: dict[str, object] = {
        "IkeVersions": ["ikev2"],
        "Phase1EncryptionAlgorithms": ["AES256", "AES256-GCM-16"],
        "Phase1IntegrityAlgorithms": ["SHA2-256"],
        "Phase1DhGroupNumbers": [14, 20],
        "Phase2EncryptionAlgorithms": ["AES256-GCM-16"],
        "Phase2IntegrityAlgorithms": ["SHA2-512"],
        "Phase2DhGroupNumbers": [20.0],
    }
    return {tunnel + name: value for tunnel in _TUNNELS for name, value in strong.items()} | changes


@rule(
    applies_to=(CONNECTION,),
    severity=Severity.MEDIUM,
    remedy=(
        "List for both tunnels what they may use: ikev2, AES256 or a GCM algorithm, SHA2, and Diffie-Hellman groups 14 to 21."
        " The device at the other end must support it."
    ),
    controls=IN_TRANSIT,
    topic="Tunnel options for your AWS Site-to-Site VPN connection",
    each=_offers,
    passes=(_inputs(),),
    fails=(
        {},
        _inputs(tunnel1IkeVersions=["ikev1", "ikev2"]),
        _inputs(tunnel2Phase1EncryptionAlgorithms=["AES128"]),
        _inputs(tunnel1Phase2IntegrityAlgorithms=["SHA2-256", "SHA1"]),
        _inputs(tunnel2Phase2DhGroupNumbers=[2, 14]),
        _inputs(tunnel2Phase2DhGroupNumbers=[24]),
        _inputs(tunnel1Phase1DhGroupNumbers=[]),
        _inputs(tunnel1IkeVersions=UNKNOWN, tunnel2Phase1IntegrityAlgorithms=["SHA1"]),
    ),
    undecided=(
        _inputs(tunnel1IkeVersions=UNKNOWN),
        _inputs(tunnel2Phase1DhGroupNumbers=[14, UNKNOWN]),
    ),
)
def vpn_tunnel_algorithms_strong(item: tuple[Resource, str, str]) -> Iterator[Violation]:
    """Site-to-site VPN tunnels use strong algorithms only.

    Where a tunnel says nothing AWS accepts IKEv1, AES-128, SHA-1 and Diffie-Hellman group 2 as well, and the device at the
    other end chooses.
    """
    connection, tunnel, name = item
    if not name:
        yield Violation(f"{tunnel} says nothing, so AWS accepts weak algorithms", at=f"{tunnel}IkeVersions")
        return
    path = tunnel + name
    if not connection.has(path):
        yield Violation(f"{path} is not set, so AWS accepts weak ones", at=path)
    elif any(offer.removesuffix(".0") not in _STRONG[name] for offer in connection.texts(path)):
        yield Violation(f"{path} admits weak ones", at=path)


def _keys(connection: Resource) -> Iterator[tuple[Resource, str]]:
    for tunnel in _TUNNELS:
        yield connection, f"{tunnel}PresharedKey"


@rule(
    applies_to=(CONNECTION,),
    severity=Severity.HIGH,
    remedy="Leave the pre-shared keys out, so that AWS makes them, or pass them as secrets; then replace those that were seen.",
    controls=SECRETS,
    topic="Tunnel options for your AWS Site-to-Site VPN connection",
    each=_keys,
    judges_secrecy=True,
    passes=({}, {"tunnel1PresharedKey": SECRET, "tunnel2PresharedKey": SECRET}),
    fails=(
        {"tunnel1PresharedKey": "an-example"},
        {"tunnel1PresharedKey": SECRET, "tunnel2PresharedKey": "an-example", "presharedKeyStorage": "SecretsManager"},
        {"tunnel1PresharedKey": UNKNOWN, "tunnel2PresharedKey": "an-example"},
    ),
    undecided=({"tunnel1PresharedKey": UNKNOWN},),
)
def vpn_preshared_keys_secret(item: tuple[Resource, str]) -> Iterator[Violation]:
    """Pre-shared keys of site-to-site VPN connections are secrets.

    Who knows the key can pose as the other end. A key in plain text is known to everyone who may read the program or the
    state. Pulumi's AWS provider marks these keys as secret itself; other tools do not.
    """
    connection, path = item
    yield from plain_secret_violations(connection, path)
