"""Policies that let their holder pass or assume any role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import allow, statement_of, with_deny
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES, unlimited
from policies.iam_analysis.permissions import told
from policies.iam_analysis.unnamed_resources import unnamed
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.permissions import Permission

_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_ROLE = "arn:aws:iam::111122223333:role"
_TO_EC2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
_NOT_TO_TASKS = {"StringNotEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Grant a user permissions to pass a role to an AWS service",
    each=unlimited,
    severity=Severity.HIGH,
    remedy="Set Resource to the roles that may be passed; a Condition on iam:PassedToService limits it further.",
    controls=(NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    passes=(
        allow("iam:PassRole", "arn:aws:iam::111122223333:role/app-*"),
        allow("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
        allow("iam:GetRole", "*"),
        allow("iam:PassRole", "*", Effect="Deny"),
        with_deny("iam:*", "*", {"Action": "iam:PassRole", "Resource": "*"}),
        with_deny("iam:PassRole", "*", {"Action": "iam:PassRole", "NotResource": f"{_ROLE}/app-*"}),
        with_deny("iam:PassRole", "*", {"Action": "*", "Resource": "*", "Condition": _NOT_TO_TASKS}),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}},
        allow("iam:PassRole", f"{_ROLE}/app/*"),
        allow("iam:PassRole", f"{_ROLE}/${{aws:username}}"),
    ),
    fails=(
        allow("iam:PassRole", "*"),
        allow("*", "*"),
        allow(["iam:Get*", "iam:pass*"], ["arn:aws:iam::111122223333:role/*"]),
        allow("iam:PassRole", "*", Condition={"StringLike": {"iam:PassedToService": "*"}}),
        allow("iam:PassRole", "*", Condition={"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
        with_deny("iam:PassRole", "*", {"Action": "iam:PassRole", "Resource": f"{_ROLE}/admin"}),
        with_deny("*", "*", {"Action": "iam:PassRole", "Resource": "*", "Condition": _TO_EC2}),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "s3:*", "NotResource": f"{_ROLE}/admin"}}},
        {"policy": json.dumps({"Statement": statement_of("iam:*", "*")})},
    ),
    undecided=({"policy": UNKNOWN}, allow("iam:PassRole", UNKNOWN), allow([UNKNOWN], "*")),
)
def iam_policy_pass_role_names_roles(permission: Permission) -> Iterator[Violation]:
    """Policies that allow iam:PassRole name the roles that may be passed.

    Whoever may pass any role to a service they control holds the rights of the most powerful role of the account.
    """
    yield from _on_every_role(permission, "iam:PassRole")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Grant a user permissions to switch roles",
    each=unlimited,
    severity=Severity.HIGH,
    remedy="Set Resource to the ARNs of the roles that are to be assumed.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    passes=(
        allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/deploy"),
        allow("sts:GetCallerIdentity", "*"),
        {"policy": json.dumps({"Statement": statement_of("sts:AssumeRole", "*", Condition=_MFA)})},
    ),
    fails=(
        allow("sts:AssumeRole", "*"),
        allow("*", "*"),
        allow(["sts:*", UNKNOWN], [UNKNOWN, "arn:aws:iam::*:role/*"]),
        {"policy": json.dumps({"Statement": statement_of("STS:assumerole", "*")})},
    ),
    undecided=({"policy": UNKNOWN}, allow("sts:AssumeRole", UNKNOWN)),
)
def iam_policy_assume_role_names_roles(permission: Permission) -> Iterator[Violation]:
    """Policies that allow sts:AssumeRole name the roles that may be assumed.

    With Resource * only the trust policies of roles, in this and in other accounts, decide how far the holder gets.
    """
    yield from _on_every_role(permission, "sts:AssumeRole")


def _on_every_role(permission: Permission, action: str) -> Iterator[Violation]:
    """Report an Allow of an action on roles that it does not name, unless a Deny or a condition limits it."""
    if witness := permission.grants(*unnamed(action)):
        yield Violation(f"allows {told(witness)}", at=permission.statement.at)
