"""Policies of VPC endpoints: what may go through them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, SOC2
from policies.iam.resource_policies import grants
from policies.iam_analysis.holes import unknown
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant
    from policies.iam_analysis.model import Atom
    from policies.resource import Resource
    from policies.stack import Stack

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ENDPOINT_POLICY = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
_WITH_POLICY = frozenset({"Gateway", "Interface"})
_NARROWING = ("aws:principal", "aws:resource", "s3:resourceaccount", "aws:userid")
_ANY = ("*", "arn:aws:s3:::*", "arn:aws:s3:::*/*")


def _policy(**elements: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **elements}
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


_ORGANIZATION = {"StringEquals": {"aws:ResourceOrgID": "o-abcdefghij"}}
_ATTACHED = Example({"vpcEndpointId": Reference("example"), **_policy(Condition=_ORGANIZATION)}, ENDPOINT_POLICY, name="policy")


@rule(
    applies_to=(ENDPOINT, ENDPOINT_POLICY),
    topic="Control access to VPC endpoints using endpoint policies",
    severity=Severity.MEDIUM,
    remedy="Name the resources, or add conditions on aws:PrincipalOrgID and aws:ResourceOrgID.",
    controls=(NIST_800_53["AC-3"], NIST_800_53["AC-6"], SOC2["CC6.1"], ISO_27001["A.5.15"]),
    passes=(
        _policy(Condition=_ORGANIZATION),
        _policy(Resource=["arn:aws:s3:::reports/*"]),
        _policy(Principal={"AWS": "111122223333"}),
        {"vpcEndpointType": "GatewayLoadBalancer"},
        Example({}, related=(_ATTACHED,)),
    ),
    fails=(
        {},
        {"vpcEndpointType": "Interface", "serviceName": UNKNOWN},
        _policy(),
        _policy(Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        Example(_policy(), ENDPOINT_POLICY),
    ),
    undecided=({"policy": UNKNOWN}, {"vpcEndpointType": UNKNOWN}, _policy() | {"policy": {"Statement": [UNKNOWN]}}),
)
def vpc_endpoint_policy_limits_access(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """VPC endpoints let through only what belongs to the account or organization.

    An endpoint without a policy lets everything through: a program in the VPC can send data to buckets of other accounts with
    credentials of theirs, and no firewall sees it.
    """
    if subject.type == ENDPOINT and subject.text("vpcEndpointType", default="Gateway") not in _WITH_POLICY:
        return
    if any_of(grants(subject), _is_wide):
        yield Violation("the policy allows everything on resources of any account", at="policy")
    elif not subject.has("policy") and not (subject.type == ENDPOINT and _has_policy(subject, stack)):
        yield Violation("there is no policy, so everything goes through", at="policy")


def _has_policy(endpoint: Resource, stack: Stack) -> bool:
    return next(stack.related(endpoint, (ENDPOINT_POLICY,), by="vpcEndpointId"), None) is not None


def _is_wide(grant: Grant) -> bool:
    """Say whether a statement lets requests for resources of any account through; conditions on accounts narrow it."""
    statement = grant.statement
    principals, resources = statement.principals, statement.resources
    if statement.effect == "Deny" or principals is None or resources is None:
        return False
    everyone = principals.negated or "*" in principals.items
    anything = resources.negated or any(item in _ANY for item in resources.items)
    if (not everyone and not principals.holes) or (not anything and not resources.holes):
        return False
    if any_of(statement.conditions, _narrows):
        return False
    if not (everyone and anything and statement.effect):
        raise unknown(statement.holes)
    return True


def _narrows(atom: Atom) -> bool:
    if not atom.key or not atom.operator:
        raise unknown(atom.holes)
    if not atom.key.startswith(_NARROWING) or atom.negated or atom.if_exists or atom.operator == "null":
        return False
    if any(not value.strip("*") for value in atom.values):
        return False
    if atom.holes:
        raise unknown(atom.holes)
    return bool(atom.values)
