"""Permissions boundaries that their holders can take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import ROLE, ROLE_POLICY, USER_POLICY
from policies.iam_analysis.locations import POLICY, USER
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack


def _user(boundary: dict[str, object], *statements: dict[str, object]) -> Example:
    """Return a user with a boundary and a policy that allows everything."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    inline = Example({"user": Reference("dev", "name"), "policy": {"Statement": [everything, *statements]}}, USER_POLICY, "all")
    fence = Example({"name": "fence", "policy": {"Statement": boundary}}, POLICY, "fence")
    return Example({"name": "dev", "permissionsBoundary": Reference("fence", "arn")}, USER, "dev", related=(inline, fence))


def _allow(actions: object, resources: object = "*", **elements: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **elements}


_KEEPING: dict[str, object] = {
    "Effect": "Deny",
    "Action": ["iam:*PermissionsBoundary", "iam:*PolicyVersion", "iam:DeletePolicy"],
    "Resource": "*",
}


@rule(
    applies_to=(USER, ROLE),
    topic="Permissions boundaries for IAM entities",
    severity=Severity.HIGH,
    remedy="Deny iam:*PermissionsBoundary and iam:CreatePolicyVersion in the boundary itself.",
    controls=(NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    passes=(
        {"name": "free"},
        _user(_allow(["s3:*", "iam:Get*"])),
        _user(_allow("*"), _KEEPING),
        _user(_allow(["iam:PutRolePolicy", "iam:CreatePolicyVersion"], "arn:aws:iam::111122223333:policy/app-*")),
    ),
    fails=(
        _user(_allow("iam:*")),
        _user({"Effect": "Allow", "NotAction": "organizations:*", "Resource": "*"}),
        _user(_allow("iam:CreatePolicyVersion", "*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
        Example(
            {"name": "app", "permissionsBoundary": Reference("fence", "arn")}, ROLE, "app",
            related=(
                Example({"role": Reference("app", "name"), "policy": {"Statement": _allow("iam:Delete*")}}, ROLE_POLICY, "own"),
                Example({"name": "fence", "policy": {"Statement": _allow("*")}}, POLICY, "fence"),
            ),
        ),
    ),
    undecided=(_user(_allow(UNKNOWN)), _user(_allow("iam:*", UNKNOWN))),
)  # fmt: skip
def iam_permissions_boundary_holds(principal: Resource, stack: Stack) -> Iterator[Violation]:
    """Principals cannot take away their own permissions boundaries.

    A boundary that allows its holder to delete it, to set another one or to write a new version of it bounds nothing.
    """
    from policies.iam_analysis.boundaries import escape  # noqa: PLC0415  (late: for principals with a boundary only)

    if not principal.has("permissionsBoundary"):
        return
    answer, told = escape(principal.urn, stack)
    if answer == "unknown":
        raise UnknownValue(Reason.COMPUTED, "permissionsBoundary", told)
    if answer == "yes":
        yield Violation(f"is allowed {told}", at="permissionsBoundary")
