"""Encryption in transit of Lightsail load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

REDIRECTION = "aws:lightsail/lbHttpsRedirectionPolicy:LbHttpsRedirectionPolicy"


def _redirection(to: object, *, enabled: object = True) -> Example:
    return Example({"lbName": to, "enabled": enabled}, type=REDIRECTION, name="redirection")


@rule(
    applies_to=("aws:lightsail/lb:Lb",),
    severity=Severity.HIGH,
    remedy="Add an LbHttpsRedirectionPolicy with enabled true for the load balancer, after a certificate is attached to it.",
    controls=IN_TRANSIT,
    topic="Configure HTTPS redirection for a Lightsail load balancer",
    passes=(
        Example({"name": "web"}, related=(_redirection(Reference("example", "name")),)),
        Example({"name": "web"}, related=(_redirection("web"),)),
    ),
    fails=(
        {"name": "web"},
        Example({"name": "web"}, related=(_redirection(Reference("example", "name"), enabled=False),)),
        Example({"name": "web"}, related=(_redirection("other"),)),
    ),
    undecided=(
        Example({"name": "web"}, related=(_redirection("web", enabled=UNKNOWN),)),
        Example({"name": "web"}, related=(_redirection(UNKNOWN),)),
    ),
)
def lightsail_load_balancer_redirects_to_https(balancer: Resource, stack: Stack) -> Iterator[Violation]:
    """Lightsail load balancers redirect HTTP to HTTPS.

    A Lightsail load balancer serves plain HTTP, which can be read and changed on the way, unless a policy redirects it.
    """
    policies = stack.related(balancer, (REDIRECTION,), "lbName")
    if not any_of(policies, lambda policy: policy.flag("enabled")):
        yield Violation("no policy redirects HTTP to HTTPS", at="name")
