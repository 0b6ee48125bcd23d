"""Encryption in transit at application and network load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, IN_TRANSIT
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")

CURRENT = (
    "ELBSecurityPolicy-TLS13-1-3-",
    "ELBSecurityPolicy-TLS13-1-2-",
    "ELBSecurityPolicy-FS-1-2-",
    "ELBSecurityPolicy-TLS-1-2-",
)
"""How the names of the policies begin that admit nothing older than TLS 1.2."""

REDIRECT = {"type": "redirect", "redirect": {"statusCode": "HTTP_301", "protocol": "HTTPS", "port": "443"}}


@rule(
    applies_to=LISTENERS,
    severity=Severity.HIGH,
    remedy="Set protocol to HTTPS with a certificate, or let the default action redirect to HTTPS.",
    controls=(FSBP["ELB.1"], *IN_TRANSIT),
    checkov=("CKV_AWS_2",),
    passes=(
        {"protocol": "HTTPS", "port": 443},
        {"protocol": "TLS", "port": 443},
        {"protocol": "TCP", "port": 5432},
        {"protocol": "HTTP", "port": 80, "defaultActions": [REDIRECT]},
        {"port": 80, "defaultActions": [REDIRECT]},
        {"defaultActions": [{"type": "forward"}]},
        Example({"protocol": "HTTPS", "port": 443}, type=LISTENERS[1]),
    ),
    fails=(
        {"protocol": "HTTP", "port": 80, "defaultActions": [{"type": "forward"}]},
        {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": {"statusCode": "HTTP_301"}}]},
        {"port": 80, "defaultActions": [{"type": "forward"}]},
        Example({"protocol": "HTTP", "defaultActions": [{"type": "fixed-response"}]}, type=LISTENERS[1]),
    ),
    undecided=(
        {"protocol": UNKNOWN, "defaultActions": [{"type": "forward"}]},
        {"protocol": "HTTP", "defaultActions": UNKNOWN},
        {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": {"protocol": UNKNOWN}}]},
    ),
)
def lb_listener_uses_tls(listener: Resource) -> Iterator[Violation]:
    """Load balancer listeners use HTTPS or TLS, or redirect to HTTPS.

    Plain HTTP can be read and changed on the way. Listeners for TCP and UDP pass through what the service behind them
    encrypts, and are left alone.
    """
    if _protocol(listener) == "HTTP" and not any(_redirects_to_https(action) for action in listener.each("defaultActions")):
        yield Violation("the listener serves plain HTTP", at="protocol")


@rule(
    applies_to=LISTENERS,
    severity=Severity.HIGH,
    remedy="Set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06 or another policy that admits only TLS 1.2 and 1.3.",
    controls=(FSBP["ELB.17"], *IN_TRANSIT),
    checkov=("CKV_AWS_103", "CKV2_AWS_74"),
    passes=(
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
        {"protocol": "HTTP", "port": 80},
        {"port": 80},
        Example({"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-FS-1-2-Res-2020-10"}, type=LISTENERS[1]),
    ),
    fails=(
        {"protocol": "HTTPS"},
        {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
        Example({"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS-1-1-2017-01"}, type=LISTENERS[1]),
    ),
    undecided=({"protocol": "HTTPS", "sslPolicy": UNKNOWN}, {"protocol": UNKNOWN}),
)
def lb_listener_tls_policy_current(listener: Resource) -> Iterator[Violation]:
    """Load balancer listeners admit nothing older than TLS 1.2.

    TLS 1.0 and 1.1 are broken and deprecated. A listener that names no policy gets one from 2016 that admits them.
    """
    if _protocol(listener) in {"HTTPS", "TLS"} and not listener.text("sslPolicy").startswith(CURRENT):
        fix = Fix({"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"})
        yield Violation("sslPolicy admits TLS 1.0 or 1.1", at="sslPolicy", fix=fix)


def _protocol(listener: Resource) -> str:
    """Return the protocol: absent means HTTP, except on a gateway load balancer, whose listeners have no port either."""
    return listener.text("protocol").upper() or ("HTTP" if listener.has("port") else "")


def _redirects_to_https(action: Block) -> bool:
    return action.text("type") == "redirect" and action.text("redirect.protocol") == "HTTPS"
