"""Encryption in transit at application and network load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CERTIFICATES, FSBP, IN_TRANSIT
from policies.encryption.certificate_store import ACM_ARN, IAM_ARN, RELATED_CERTIFICATES, is_kept_in_acm
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
LISTENER_CERTIFICATES = (
    "aws:lb/listenerCertificate:ListenerCertificate",
    "aws:alb/listenerCertificate:ListenerCertificate",
)
TARGET_GROUPS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
RECOMMENDED = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
RECOMMENDED_FIPS = "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09"

CURRENT = (
    "ELBSecurityPolicy-TLS13-1-3-",
    "ELBSecurityPolicy-TLS13-1-2-",
    "ELBSecurityPolicy-FS-1-2-",
    "ELBSecurityPolicy-TLS-1-2-",
)
"""How the names of the policies begin that admit nothing older than TLS 1.2; those for FIPS and RFC 9151 do so too."""

REDIRECT = {"type": "redirect", "redirect": {"statusCode": "HTTP_301", "protocol": "HTTPS", "port": "443"}}


class Tcp(NamedTuple):
    """Whether TCP is good enough."""

    refuse_tcp: Annotated[bool, "fail listeners for TCP too, which pass on what they get, encrypted or not"] = False


NO_TCP = Tcp(refuse_tcp=True)


@rule(
    applies_to=LISTENERS,
    severity=Severity.HIGH,
    remedy="Set protocol to HTTPS with a certificate, or let the default action redirect to HTTPS.",
    controls=(FSBP["ELB.18"], FSBP["ELB.1"], *IN_TRANSIT),
    checkov=("CKV_AWS_2", "CKV2_AWS_20"),
    topic="Create an HTTPS listener for your Application Load Balancer",
    parameters=Tcp,
    passes=(
        {"protocol": "HTTPS", "port": 443},
        {"protocol": "TLS", "port": 443},
        {"protocol": "TCP", "port": 5432},
        {"protocol": "HTTP", "port": 80, "defaultActions": [REDIRECT]},
        {"port": 80, "defaultActions": [REDIRECT]},
        {"defaultActions": [{"type": "forward"}]},
        Example({"protocol": "HTTPS", "port": 443}, type=LISTENERS[1]),
        Example({"protocol": "TLS", "port": 443}, parameters=NO_TCP),
        Example({"protocol": "UDP", "port": 53}, parameters=NO_TCP),
        Example({"protocol": "QUIC", "port": 443}, parameters=NO_TCP),
    ),
    fails=(
        {"protocol": "HTTP", "port": 80, "defaultActions": [{"type": "forward"}]},
        {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": {"statusCode": "HTTP_301"}}]},
        {"port": 80, "defaultActions": [{"type": "forward"}]},
        Example({"protocol": "HTTP", "defaultActions": [{"type": "fixed-response"}]}, type=LISTENERS[1]),
        Example({"protocol": "TCP", "port": 5432}, parameters=NO_TCP),
        Example({"protocol": "TCP_UDP", "port": 53}, parameters=NO_TCP),
        Example({"protocol": "TCP_QUIC", "port": 443}, parameters=NO_TCP),
    ),
    undecided=(
        {"protocol": UNKNOWN, "defaultActions": [{"type": "forward"}]},
        {"protocol": "HTTP", "defaultActions": UNKNOWN},
        {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": {"protocol": UNKNOWN}}]},
    ),
)
def lb_listener_uses_tls(listener: Resource, parameters: Tcp) -> Iterator[Violation]:
    """Load balancer listeners use HTTPS or TLS, or redirect to HTTPS.

    Plain HTTP can be read and changed on the way. Listeners for TCP and UDP pass through what the service behind them
    encrypts, and are left alone unless you ask for TLS at the load balancer.
    """
    protocol = protocol_of(listener)
    if parameters.refuse_tcp and protocol in {"TCP", "TCP_UDP", "TCP_QUIC"}:
        yield Violation("the listener does not encrypt TCP", at="protocol")
    if protocol == "HTTP" and not any(_redirects_to_https(action) for action in listener.each("defaultActions")):
        yield Violation("the listener serves plain HTTP", at="protocol")


@rule(
    applies_to=LISTENERS,
    severity=Severity.HIGH,
    remedy=f"Set sslPolicy to {RECOMMENDED}, which AWS recommends, or to another policy that admits only TLS 1.2 and 1.3.",
    controls=(FSBP["ELB.17"], *IN_TRANSIT),
    checkov=("CKV_AWS_103", "CKV2_AWS_74"),
    topic="Security policies for your Application Load Balancer",
    passes=(
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-PQ-2025-09"},
        {"protocol": "HTTP", "port": 80},
        {"port": 80},
        Example({"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-FS-1-2-Res-2020-10"}, type=LISTENERS[1]),
    ),
    fails=(
        {"protocol": "HTTPS"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09"},
        Example({"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS-1-1-2017-01"}, type=LISTENERS[1]),
    ),
    undecided=({"protocol": "HTTPS", "sslPolicy": UNKNOWN}, {"protocol": UNKNOWN}),
)
def lb_listener_tls_policy_current(listener: Resource) -> Iterator[Violation]:
    """Load balancer listeners admit nothing older than TLS 1.2.

    TLS 1.0 and 1.1 are broken and deprecated. A listener that names no policy gets one from 2016 that admits them.
    """
    if protocol_of(listener) in {"HTTPS", "TLS"} and not (policy := listener.text("sslPolicy")).startswith(CURRENT):
        fix = Fix({"sslPolicy": recommended_for(policy)})
        yield Violation("sslPolicy admits TLS 1.0 or 1.1", at="sslPolicy", fix=fix)


@rule(
    applies_to=(*LISTENERS, *LISTENER_CERTIFICATES),
    severity=Severity.MEDIUM,
    remedy="Request the certificate from ACM, or import it there, and set certificateArn to its ARN.",
    controls=CERTIFICATES,
    topic="SSL certificates for your Application Load Balancer",
    passes=(
        {"protocol": "HTTPS", "certificateArn": ACM_ARN},
        {"protocol": "HTTP", "port": 80},
        Example({"protocol": "TLS", "certificateArn": Reference("acm", "arn")}, related=RELATED_CERTIFICATES),
        Example({"certificateArn": ACM_ARN}, type=LISTENER_CERTIFICATES[0]),
        Example({"certificateArn": Reference("acm", "arn")}, type=LISTENER_CERTIFICATES[1], related=RELATED_CERTIFICATES),
    ),
    fails=(
        {"protocol": "HTTPS"},
        {"protocol": "HTTPS", "certificateArn": IAM_ARN},
        Example({"protocol": "TLS", "certificateArn": Reference("iam", "arn")}, related=RELATED_CERTIFICATES),
        Example({"certificateArn": IAM_ARN}, type=LISTENER_CERTIFICATES[0]),
    ),
    undecided=({"protocol": "HTTPS", "certificateArn": UNKNOWN}, {"protocol": UNKNOWN, "certificateArn": IAM_ARN}),
)
def lb_listener_certificate_in_acm(listener: Resource, stack: Stack) -> Iterator[Violation]:
    """Load balancer listeners with TLS use a certificate of ACM.

    ACM renews the certificates that it issues and shows when the others expire. IAM does neither.
    """
    if listener.type in LISTENERS and protocol_of(listener) not in {"HTTPS", "TLS"}:
        return
    if not listener.has("certificateArn"):
        yield Violation("certificateArn is not set", at="certificateArn")
    elif not is_kept_in_acm(listener, listener, "certificateArn", stack):
        yield Violation("the certificate is kept in IAM", at="certificateArn")


@rule(
    applies_to=TARGET_GROUPS,
    severity=Severity.MEDIUM,
    remedy="Set protocol to HTTPS and let the targets serve TLS, with whatever certificate; this replaces the target group.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_378",),
    topic="Target groups for your Application Load Balancers",
    passes=(
        {"protocol": "HTTPS", "port": 8443},
        {"protocol": "TCP", "port": 5432},
        {"targetType": "lambda"},
        {"protocol": "HTTP", "targetType": "lambda"},
    ),
    fails=({"protocol": "HTTP", "port": 8080}, {"protocol": "HTTP", "targetType": "ip", "protocolVersion": "GRPC"}),
    undecided=({"protocol": UNKNOWN}, {"protocol": "HTTP", "targetType": UNKNOWN}),
)
def lb_target_group_uses_tls(group: Resource) -> Iterator[Violation]:
    """Load balancers reach their targets by HTTPS or TLS.

    Behind a load balancer that ends TLS, plain HTTP carries cookies and forms through the network in plain text. Load
    balancers do not check the certificates of targets, so a self-signed one is enough.
    """
    if group.text("protocol").upper() == "HTTP" and group.text("targetType") != "lambda":
        yield Violation("targets are reached by plain HTTP", at="protocol")


def recommended_for(policy: str) -> str:
    """Return the policy that AWS recommends in place of another; one for FIPS stays one for FIPS."""
    return RECOMMENDED_FIPS if "-FIPS-" in policy else RECOMMENDED


def protocol_of(listener: Resource) -> str:
    """Return the protocol: absent means HTTP, except on a gateway load balancer, whose listeners have no port either."""
    return listener.text("protocol").upper() or ("HTTP" if listener.has("port") else "")


def _redirects_to_https(action: Block) -> bool:
    return action.text("type") == "redirect" and action.text("redirect.protocol") == "HTTPS"
