"""Key exchanges that a quantum computer cannot undo.

CloudFront offers one under each of its TLS policies, so there is no rule for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.controls import NIST_800_53
from policies.encryption.load_balancer import LISTENERS, RECOMMENDED, protocol_of, recommended_for
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

_CURRENT = re.compile(r"(ELBSecurityPolicy-TLS13-1-[23](-Res|-Ext\d)?(-FIPS)?)-\d{4}-\d{2}")
"""The load balancer policies without PQ for TLS 1.2 and 1.3, or 1.3 alone: each has a twin with it."""

_YEAR = re.compile(r"-(\d{4})-\d{2}$")
_FIRST_YEAR = 2025
"""The year from which on all new policies of Transfer Family offer ML-KEM; the experimental ones of 2023 use drafts of it."""


@rule(
    applies_to=LISTENERS,
    severity=Severity.LOW,
    remedy=f"Set sslPolicy to {RECOMMENDED} or another policy with PQ in its name.",
    controls=(NIST_800_53["SC-8(1)"],),
    topic="Security policies for your Network Load Balancer",
    passes=(
        {"protocol": "HTTPS", "sslPolicy": RECOMMENDED},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09"},
        {"protocol": "HTTP", "port": 80},
        {"protocol": "TCP", "port": 443},
    ),
    fails=(
        {"protocol": "HTTPS"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04"},
    ),
    undecided=({"protocol": "HTTPS", "sslPolicy": UNKNOWN}, {"protocol": UNKNOWN}),
)
def lb_listener_key_exchange_post_quantum(listener: Resource) -> Iterator[Violation]:
    """Load balancer listeners offer post-quantum key exchange.

    Traffic that someone records today can be decrypted by a quantum computer later. Policies with PQ in their name offer
    ML-KEM to clients that know it, and the older exchanges to the rest.
    """
    if protocol_of(listener) in {"HTTPS", "TLS"} and "-PQ-" not in (policy := listener.text("sslPolicy")):
        fix = None if "RFC9151" in policy else Fix({"sslPolicy": _twin(policy)})  # PQ breaks the rules of RFC 9151
        yield Violation("sslPolicy offers no post-quantum key exchange", at="sslPolicy", fix=fix)


def _twin(policy: str) -> str:
    """Return the policy that adds PQ to another and else changes as little as it can, save that TLS 1.0 and 1.1 go."""
    current = _CURRENT.fullmatch(policy)
    return f"{current[1]}-PQ-2025-09" if current else recommended_for(policy)


def _domain(type_: object, policy: object, **more: object) -> dict[str, object]:
    return {"endpointConfiguration": {"types": type_}, "securityPolicy": policy, **more}


@rule(
    applies_to=("aws:apigateway/domainName:DomainName",),
    severity=Severity.LOW,
    remedy="Set securityPolicy to SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09, and endpointAccessMode with it.",
    controls=(NIST_800_53["SC-8(1)"],),
    topic="Post-quantum cryptography at AWS",
    passes=(
        _domain("REGIONAL", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", endpointAccessMode="STRICT"),
        _domain("EDGE", "TLS_1_2"),
        _domain("REGIONAL", "TLS_1_2", mutualTlsAuthentication={"truststoreUri": "s3://trust/store.pem"}),
        {},
    ),
    fails=(
        _domain("REGIONAL", "TLS_1_2"),
        _domain("PRIVATE", "SecurityPolicy_TLS13_1_3_2025_09"),
        {"endpointConfiguration": {"types": "REGIONAL"}},
    ),
    undecided=(_domain("REGIONAL", UNKNOWN), _domain(UNKNOWN, "TLS_1_2")),
)
def apigateway_domain_key_exchange_post_quantum(domain: Resource) -> Iterator[Violation]:
    """Regional and private API Gateway domain names offer post-quantum key exchange.

    Traffic that someone records today can be decrypted by a quantum computer later. Domain names with mutual TLS, and
    those of HTTP APIs, cannot have such a policy; the former are left alone. CloudFront answers for edge domain names.
    """
    if domain.text("endpointConfiguration.types") not in {"REGIONAL", "PRIVATE"}:
        return
    if not domain.has("mutualTlsAuthentication") and "_PQ_" not in domain.text("securityPolicy"):
        yield Violation("securityPolicy offers no post-quantum key exchange", at="securityPolicy")


@rule(
    applies_to=("aws:transfer/server:Server",),
    severity=Severity.LOW,
    remedy="Set securityPolicyName to TransferSecurityPolicy-2025-03, or to TransferSecurityPolicy-FIPS-2025-03.",
    controls=(NIST_800_53["SC-8(1)"],),
    topic="Post-quantum cryptography at AWS",
    passes=(
        {"securityPolicyName": "TransferSecurityPolicy-2025-03"},
        {"securityPolicyName": "TransferSecurityPolicy-FIPS-2025-03", "protocols": ["SFTP", "FTPS"]},
        {"protocols": ["FTPS"]},
    ),
    fails=(
        {},
        {"securityPolicyName": "TransferSecurityPolicy-2024-01", "protocols": ["SFTP"]},
        {"securityPolicyName": "TransferSecurityPolicy-FIPS-2024-05"},
        {"securityPolicyName": "TransferSecurityPolicy-PQ-SSH-Experimental-2023-04"},
    ),
    undecided=({"securityPolicyName": UNKNOWN}, {"protocols": UNKNOWN}, {"protocols": [UNKNOWN]}),
)
def transfer_server_key_exchange_post_quantum(server: Resource) -> Iterator[Violation]:
    """Transfer Family servers offer post-quantum key exchange for SFTP.

    Files that someone records on the way today can be decrypted by a quantum computer later. A server that names no policy
    gets one from 2018.
    """
    policy = server.text("securityPolicyName")
    year = _YEAR.search(policy)
    if year and int(year[1]) >= _FIRST_YEAR:
        return
    if not server.has("protocols") or "SFTP" in server.texts("protocols"):
        best = "TransferSecurityPolicy-FIPS-2025-03" if "-FIPS-" in policy else "TransferSecurityPolicy-2025-03"
        fix = Fix({"securityPolicyName": best})
        yield Violation("securityPolicyName offers no post-quantum key exchange", at="securityPolicyName", fix=fix)
