"""Principals of policies that name nobody."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.iam.identity_policies import ROLE
from policies.iam.resource_policies import KEY, QUEUE, element
from policies.iam.resource_policy_conditions import all_grants
from policies.iam.resource_policy_grants import CONTROLS, TYPES, policy
from policies.iam_analysis.holes import unknown
from policies.policy_document import WILDCARD_INSIDE
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant

_UNIQUE_ID = re.compile(r"AWS:(AIDA|AROA)[A-Z0-9]{12,}")
_ROOT = "arn:aws:iam::111122223333:root"
_GONE = "AROA1234567890ABCDEFG"


@rule(
    applies_to=(*TYPES, ROLE),
    topic="AWS JSON policy elements: Principal",
    each=all_grants,
    severity=Severity.LOW,
    remedy="Remove the id, or name the ARN of the role or user that took its place.",
    controls=CONTROLS,
    passes=(Example(policy({"AWS": _ROOT}), QUEUE), Example(policy("*", Effect="Deny"), QUEUE)),
    fails=(
        Example(policy({"AWS": _GONE}), QUEUE),
        Example(policy({"AWS": [_ROOT, "AIDA1234567890ABCDEFG"]}, "kms:*", Effect="Deny"), KEY),
        Example(
            {
                "assumeRolePolicy": json.dumps(
                    {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": _GONE}}}
                )
            },
            ROLE,
        ),
    ),
    undecided=(Example({"policy": UNKNOWN}, QUEUE), Example(policy({"AWS": UNKNOWN}), QUEUE)),
)
def policy_principals_exist(grant: Grant) -> Iterator[Violation]:
    """Policies name principals that exist.

    AWS shows an id such as AROA... where a role or user was deleted. The statement applies to nobody, not even to a new
    principal of the same name, and a Deny no longer denies.
    """
    principals = grant.statement.principals
    gone = [item for item in (principals.items if principals else ()) if _UNIQUE_ID.fullmatch(item)]
    for item in gone:
        name = item.removeprefix("AWS:")
        yield Violation(f"{name} is the id of a principal that was deleted", at=element(grant.statement, "Principal"))
    if principals and principals.holes:
        raise unknown(principals.holes)


@rule(
    applies_to=(*TYPES, ROLE),
    topic="AWS JSON policy elements: Principal",
    each=all_grants,
    severity=Severity.LOW,
    remedy='Name each principal, or use "*" with a condition ArnLike on aws:PrincipalArn.',
    controls=CONTROLS,
    passes=(
        Example(policy({"AWS": [_ROOT, "arn:aws:iam::111122223333:role/app"]}), QUEUE),
        Example(policy("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}), QUEUE),
    ),
    fails=(
        Example(policy({"AWS": "arn:aws:iam::111122223333:role/*"}), QUEUE),
        Example(policy({"AWS": ["arn:aws:iam::*:root"]}, Effect="Deny"), QUEUE),
    ),
    undecided=(Example({"policy": UNKNOWN}, QUEUE), Example(policy({"AWS": UNKNOWN}), QUEUE)),
)
def policy_principals_without_wildcard(grant: Grant) -> Iterator[Violation]:
    """Principals are named whole.

    AWS takes no wildcard inside a principal: it refuses the policy, or matches nobody.
    """
    principals = grant.statement.principals
    holes = principals.holes if principals else ()
    if any(hole.endswith(WILDCARD_INSIDE) for hole in holes):
        yield Violation(WILDCARD_INSIDE, at=element(grant.statement, "Principal"))
    elif holes:
        raise unknown(holes)
