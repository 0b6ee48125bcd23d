"""Encryption in transit at classic load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, IN_TRANSIT
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block


def _listener(protocol: object) -> dict[str, object]:
    return {"instancePort": 8080, "instanceProtocol": "http", "lbPort": 80, "lbProtocol": protocol}


@rule(
    applies_to=("aws:elb/loadBalancer:LoadBalancer",),
    severity=Severity.HIGH,
    remedy="Set lbProtocol to https with a certificate, or move to an application load balancer, which can redirect to HTTPS.",
    controls=(FSBP["ELB.3"], *IN_TRANSIT),
    checkov=("CKV_AWS_376",),
    each=lambda balancer: balancer.each("listeners"),
    passes=({"listeners": [_listener("https"), _listener("SSL"), _listener("tcp")]}, {"listeners": []}),
    fails=({"listeners": [_listener("http")]}, {"listeners": [UNKNOWN, _listener("https"), _listener("HTTP")]}),
    undecided=({"listeners": UNKNOWN}, {"listeners": [_listener(UNKNOWN)]}),
)
def elb_listener_uses_tls(listener: Block) -> Iterator[Violation]:
    """Classic load balancer listeners use HTTPS or TLS.

    Plain HTTP can be read and changed on the way. Listeners for TCP pass through what the service behind them encrypts,
    and are left alone.
    """
    if listener.text("lbProtocol").upper() == "HTTP":
        yield Violation("the listener serves plain HTTP", at=listener.at("lbProtocol"))
