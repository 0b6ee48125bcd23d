"""Signed zones in Route 53."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

SIGNING = "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec"
ZONE = "aws:route53/zone:Zone"


def _signing(zone: object = Reference("example"), **more: object) -> tuple[Example]:
    return (Example({"hostedZoneId": zone, **more}, type=SIGNING, name="signing"),)


@rule(
    applies_to=(ZONE,),
    severity=Severity.LOW,
    remedy="Add a route53.KeySigningKey and a route53.HostedZoneDnsSec for the zone, then a DS record in the parent zone.",
    controls=IN_TRANSIT,
    checkov=("CKV2_AWS_38",),
    topic="Configuring DNSSEC signing in Amazon Route 53",
    passes=(
        Example({"name": "example.com"}, related=_signing()),
        Example({"name": "example.com"}, related=_signing(signingStatus="SIGNING")),
        {"name": "internal.example.com", "vpcs": [{"vpcId": "vpc-1"}]},
        {"name": "internal.example.com", "vpcs": UNKNOWN},
    ),
    fails=(
        {"name": "example.com"},
        Example({"name": "example.com"}, related=_signing(signingStatus="NOT_SIGNING")),
        Example({"name": "example.com"}, related=_signing("Z08667423LQZPT6BSL30W")),
    ),
    undecided=(
        Example({"name": "example.com"}, related=_signing(UNKNOWN)),
        Example({"name": "example.com"}, related=_signing(signingStatus=UNKNOWN)),
    ),
)
def route53_zone_signed_with_dnssec(zone: Resource, stack: Stack) -> Iterator[Violation]:
    """Public Route 53 zones are signed with DNSSEC.

    Without signatures a resolver cannot tell a forged answer from a true one, and sends clients to another host. Private
    zones cannot be signed.
    """
    if zone.has("vpcs"):
        return
    for signing in stack.related(zone, (SIGNING,), "hostedZoneId"):
        if signing.text("signingStatus", "SIGNING") == "SIGNING":
            return
    yield Violation("nothing signs the zone")
