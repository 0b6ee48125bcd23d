"""Encryption in transit in VPC Lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource


@rule(
    applies_to=("aws:vpclattice/listener:Listener",),
    severity=Severity.MEDIUM,
    remedy="Set protocol to HTTPS or TLS_PASSTHROUGH; this replaces the listener.",
    controls=IN_TRANSIT,
    topic="VPC Lattice listeners",
    passes=({"protocol": "HTTPS"}, {"protocol": "TLS_PASSTHROUGH", "port": 443}),
    fails=({"protocol": "HTTP", "port": 80},),
    undecided=({"protocol": UNKNOWN},),
)
def vpclattice_listener_uses_tls(listener: Resource) -> Iterator[Violation]:
    """VPC Lattice listeners use HTTPS or TLS.

    Plain HTTP can be read and changed on the way between services. VPC Lattice has a certificate for the names that it
    gives to services, so HTTPS needs none of your own.
    """
    if listener.text("protocol") == "HTTP":
        fix = Fix({"protocol": "HTTPS"}, replaces=True)
        yield Violation("the listener serves plain HTTP", at="protocol", fix=fix)


@rule(
    applies_to=("aws:vpclattice/targetGroup:TargetGroup",),
    severity=Severity.MEDIUM,
    remedy="Set config.protocol to HTTPS and let the targets serve TLS; this replaces the target group.",
    controls=IN_TRANSIT,
    topic="VPC Lattice listeners",
    passes=(
        {"type": "IP", "config": {"protocol": "HTTPS", "port": 8443}},
        {"type": "IP", "config": {"protocol": "TCP", "port": 443}},
        {"type": "LAMBDA"},
    ),
    fails=({"type": "INSTANCE", "config": {"protocol": "HTTP", "port": 8080}},),
    undecided=({"type": "ALB", "config": {"protocol": UNKNOWN}}, {"type": "IP", "config": UNKNOWN}),
)
def vpclattice_target_group_uses_tls(group: Resource) -> Iterator[Violation]:
    """VPC Lattice reaches its targets by HTTPS or TLS.

    Behind a listener that ends TLS, plain HTTP carries requests through the network in plain text.
    """
    if group.text("config.protocol") == "HTTP":
        yield Violation("targets are reached by plain HTTP", at="config.protocol")
