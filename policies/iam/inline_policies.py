"""Inline policies of users, groups and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from policies.controls import ISO_27001, NIST_800_53
from policies.iam.identity_policies import GROUP_POLICY, ROLE, ROLE_POLICY, USER_POLICY
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource


class InlineKinds(NamedTuple):
    """Who is judged."""

    kinds: Annotated[
        tuple[Literal["user", "group", "role"], ...], "Whose inline policies are violations: user, group and role."
    ] = ("user", "group")


_EVERYBODY = InlineKinds(("user", "group", "role"))
_KINDS = {USER_POLICY: "user", GROUP_POLICY: "group", ROLE_POLICY: "role", ROLE: "role"}


@rule(
    applies_to=_KINDS,
    severity=Severity.LOW,
    remedy="Make the policy an iam.Policy and attach it.",
    controls=(NIST_800_53["AC-6"], ISO_27001["A.5.15"]),
    topic="Managed policies and inline policies",
    parameters=InlineKinds,
    passes=(
        Example({"role": "app", "policy": UNKNOWN}, ROLE_POLICY),
        Example({"inlinePolicies": [{"name": "read", "policy": "{}"}]}, ROLE),
        Example({"inlinePolicies": [{}]}, ROLE, parameters=_EVERYBODY),
        Example({"group": "staff", "policy": "{}"}, GROUP_POLICY, parameters=InlineKinds(("role",))),
    ),
    fails=(
        {"user": UNKNOWN, "policy": UNKNOWN},
        Example({"group": "staff", "policy": "{}"}, GROUP_POLICY),
        Example({"role": "app", "policy": "{}"}, ROLE_POLICY, parameters=_EVERYBODY),
        Example({"inlinePolicies": [UNKNOWN, {"name": "read", "policy": UNKNOWN}]}, ROLE, parameters=_EVERYBODY),
    ),
    undecided=(Example({"inlinePolicies": UNKNOWN}, ROLE, parameters=_EVERYBODY),),
)
def iam_policy_not_inline(resource: Resource, parameters: InlineKinds) -> Iterator[Violation]:
    """Users and groups have managed policies, not inline ones.

    An inline policy stands in one place only: nobody sees who else has the same rights, and it has no earlier versions to
    return to. Roles are judged where kinds says so: a policy of one role is often best kept with it.
    """
    kind = _KINDS[resource.type]
    if kind not in parameters.kinds:
        return
    if resource.type != ROLE:
        yield Violation(f"gives a {kind} an inline policy", at="policy")
    elif any(block.has("policy") for block in resource.each("inlinePolicies")):
        yield Violation("gives a role inline policies", at="inlinePolicies")
