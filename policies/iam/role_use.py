"""Policies that let their holder pass or assume any role."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.controls import NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import (
    IDENTITY_POLICIES,
    allow,
    identity_statements,
    is_every_resource,
    is_limited,
    resources_of,
    statement_of,
)
from policies.policy_matching import covers_action
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Statement


_EVERY_ROLE = re.compile(r"arn:[^:]+:iam::[^:]*:(role/?)?\*")


def _is_every_role(pattern: str) -> bool:
    return is_every_resource(pattern) or _EVERY_ROLE.fullmatch(pattern) is not None


_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Grant a user permissions to pass a role to an AWS service",
    each=identity_statements,
    severity=Severity.HIGH,
    remedy="Set Resource to the roles that may be passed; a Condition on iam:PassedToService limits it further.",
    controls=(NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    passes=(
        allow("iam:PassRole", "arn:aws:iam::111122223333:role/app-*"),
        allow("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
        allow("iam:GetRole", "*"),
        allow("iam:PassRole", "*", Effect="Deny"),
    ),
    fails=(
        allow("iam:PassRole", "*"),
        allow("*", "*"),
        allow(["iam:Get*", "iam:pass*"], ["arn:aws:iam::111122223333:role/*"]),
        allow("iam:PassRole", "*", Condition={"StringLike": {"iam:PassedToService": "*"}}),
        {"policy": json.dumps({"Statement": statement_of("iam:*", "*")})},
    ),
    undecided=({"policy": UNKNOWN}, allow("iam:PassRole", UNKNOWN), allow([UNKNOWN], "*")),
)
def iam_policy_pass_role_names_roles(statement: Statement) -> Iterator[Violation]:
    """Policies that allow iam:PassRole name the roles that may be passed.

    Whoever may pass any role to a service they control holds the rights of the most powerful role of the account.
    """
    yield from _on_every_role(statement, "iam:PassRole")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Grant a user permissions to switch roles",
    each=identity_statements,
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
def iam_policy_assume_role_names_roles(statement: Statement) -> Iterator[Violation]:
    """Policies that allow sts:AssumeRole name the roles that may be assumed.

    With Resource * only the trust policies of roles, in this and in other accounts, decide how far the holder gets.
    """
    yield from _on_every_role(statement, "sts:AssumeRole")


def _on_every_role(statement: Statement, action: str) -> Iterator[Violation]:
    """Report an unconditional Allow of an action on all roles."""
    if (
        statement.allows
        and any(covers_action(pattern, action) for pattern in statement.actions())
        and any(_is_every_role(resource) for resource in resources_of(statement))
        and not is_limited(statement)
    ):
        yield Violation(f"allows {action} on every role", at=statement.at)
