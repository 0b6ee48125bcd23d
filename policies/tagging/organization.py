"""Tags in the organization: tag policies, and the tags that bills are grouped by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import INVENTORY
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

ORGANIZATION = "aws:organizations/organization:Organization"
POLICY = "aws:organizations/policy:Policy"
ATTACHMENT = "aws:organizations/policyAttachment:PolicyAttachment"
TAG_POLICY = "TAG_POLICY"

_POLICY = Example({"type": TAG_POLICY, "content": "{}"}, type=POLICY, name="policy")
_ATTACHMENT = Example({"policyId": Reference("policy"), "targetId": "r-abcd"}, type=ATTACHMENT, name="attachment")
_ENABLED: dict[str, object] = {"enabledPolicyTypes": [TAG_POLICY]}

RULES = (
    must_be(
        "cost-allocation-tag-active",
        ("aws:costexplorer/costAllocationTag:CostAllocationTag",),
        "status",
        "Active",
        title="Cost allocation tags are active.",
        why="AWS groups costs by a tag from the day on which the tag is active, not before.",
        severity=Severity.LOW,
        topic="Organizing and tracking costs using AWS cost allocation tags",
    ),
)


@rule(
    applies_to=(ORGANIZATION,),
    severity=Severity.LOW,
    remedy="Add TAG_POLICY to enabledPolicyTypes, and attach a policy of this type to the root.",
    controls=INVENTORY,
    topic="Tag policies in AWS Organizations",
    passes=(
        {"enabledPolicyTypes": ["SERVICE_CONTROL_POLICY", TAG_POLICY]},
        Example(_ENABLED, related=(_POLICY, _ATTACHMENT)),
    ),
    fails=(
        {},
        {"enabledPolicyTypes": ["SERVICE_CONTROL_POLICY"]},
        Example(_ENABLED, related=(_POLICY,)),
    ),
    undecided=(
        {"enabledPolicyTypes": UNKNOWN},
        {"enabledPolicyTypes": ["SERVICE_CONTROL_POLICY", UNKNOWN]},
        Example(_ENABLED, related=(Example({"type": UNKNOWN, "content": "{}"}, type=POLICY, name="policy"),)),
    ),
)
def organization_uses_tag_policies(organization: Resource, stack: Stack) -> Iterator[Violation]:
    """Organizations use tag policies.

    A tag policy says for all accounts how keys are spelled and which values they have, and AWS reports what differs.
    Where the stack has tag policies, one of them must be attached; they may also stand in another stack.
    """
    if TAG_POLICY not in organization.texts("enabledPolicyTypes"):
        yield Violation("enabledPolicyTypes does not hold TAG_POLICY", at="enabledPolicyTypes")
        return
    policies = [policy for policy in stack.of(POLICY) if policy.text("type", "SERVICE_CONTROL_POLICY") == TAG_POLICY]
    attachments = in_turn(*(stack.related(policy, (ATTACHMENT,), "policyId") for policy in policies))
    if policies and not any(True for _ in attachments):
        yield Violation("no tag policy of the stack is attached", at="enabledPolicyTypes")
