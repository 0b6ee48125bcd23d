"""What identity policies grant: managed and inline policies of roles, users, groups and permission sets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES, permissions, unlimited
from policies.iam_analysis.permissions import without
from policies.iam_analysis.plain_requests import NOBODYS
from policies.iam_analysis.unnamed_resources import whole
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.iam_analysis.model import Patterns
    from policies.iam_analysis.permissions import Permission

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
GROUP_POLICY = "aws:iam/groupPolicy:GroupPolicy"
PERMISSION_SET_POLICY = "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy"

_EVERY_OF_SERVICE = re.compile(r"[A-Za-z0-9-]+:\*+")


def is_every_action(pattern: str) -> bool:
    """Say whether a pattern of Action covers every action of every service."""
    return "*" in pattern and not pattern.strip("*?:")


def allow(action: object, resource: object, **elements: object) -> dict[str, object]:
    """Return inputs with one statement, as an object; for examples."""
    return {"policy": {"Version": "2012-10-17", "Statement": [statement_of(action, resource, **elements)]}}


def statement_of(action: object, resource: object, **elements: object) -> dict[str, object]:
    """Return a statement that allows an action on a resource; for examples."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def with_deny(action: object, resource: object, deny: dict[str, object]) -> dict[str, object]:
    """Return inputs with a statement that allows and one that denies; for examples."""
    return {"policy": {"Statement": [statement_of(action, resource), {"Effect": "Deny", **deny}]}}


_BUCKET = "arn:aws:s3:::reports"
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
_READ = statement_of(["s3:GetObject"], f"{_BUCKET}/*")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Policies and permissions in IAM: least privilege",
    each=unlimited,
    severity=Severity.CRITICAL,
    remedy="Name the actions that are needed and the resources they are needed on.",
    controls=(
        FSBP["IAM.1"], CIS_AWS_5["1.15"], NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"],
        SOC2["CC6.3"], ISO_27001["A.8.2"],
    ),
    checkov=("CKV_AWS_1", "CKV_AWS_62"),
    passes=(
        allow("s3:GetObject", f"{_BUCKET}/*"),
        allow("*", f"{_BUCKET}/*"),
        allow("*", "*", Effect="Deny"),
        allow("*", "*", Condition=_MFA),
        allow("*", "*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}),
        allow("s3:ListAllMyBuckets", UNKNOWN),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}}},
        with_deny("*", "*", {"Action": "*", "Resource": "*"}),
        with_deny("*", "*", {"Action": ["iam:*", UNKNOWN], "Resource": "*"}),
        with_deny("*", "*", {"NotAction": "s3:GetObject", "Resource": "*"}),
        with_deny("*", "*", {"Action": "*", "Resource": "*", "Condition": _NO_MFA}),
        {"policy": json.dumps({"Statement": _READ})},
        Example({"assumeRolePolicy": "{}"}, ROLE),
        Example({"inlinePolicies": [{"name": "none", "policy": ""}]}, ROLE),
    ),
    fails=(
        allow("*", "*"),
        {"policy": {"Statement": statement_of(["s3:GetObject", "*:*"], [f"{_BUCKET}/*", "*"])}},
        {"policy": json.dumps({"Version": "2012-10-17", "Statement": statement_of("*", "*")})},
        allow("*", "*", Condition={"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"aws:PrincipalArn": ["a", "*"]}}),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "s3:DeleteBucket", "NotResource": _BUCKET}}},
        with_deny("*", "*", {"Action": "organizations:*", "Resource": "*"}),
        with_deny("*", "*", {"Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}),
        with_deny("*", "*", {"Action": "*", "Resource": UNKNOWN, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}),
        Example({"inlinePolicy": json.dumps({"Statement": [_READ, statement_of("*", "*")]})}, PERMISSION_SET_POLICY),
        Example({"inlinePolicies": [{"policy": UNKNOWN}, {"policy": json.dumps({"Statement": statement_of("*", "*")})}]}, ROLE),
        Example(allow("*", "arn:aws:*"), ROLE_POLICY),
    ),
    undecided=(
        {"policy": UNKNOWN},
        {"policy": "{Statement: []}"},
        {"policy": {"Statement": [UNKNOWN, _READ]}},
        {"policy": {"Statement": [UNKNOWN, statement_of("*", "*")]}},
        {"policy": {"Statement": [statement_of("*", "*"), {"effect": "Allow"}]}},
        with_deny("*", "*", {"Action": UNKNOWN, "Resource": "*"}),
        allow("*", UNKNOWN),
        allow("*", "*", Effect=UNKNOWN),
        allow("*", "*", Effect="allow"),
        allow("*", "*", Condition=UNKNOWN),
        allow("*", "*", Condition={"StringLike": {"aws:PrincipalArn": UNKNOWN}}),
        {"policy": {"Statement": {"Effect": "Allow", "Action": "*"}}},
        Example({"inlinePolicies": UNKNOWN}, ROLE),
    ),
)  # fmt: skip
def iam_policy_not_full_admin(permission: Permission) -> Iterator[Violation]:
    """Policies do not allow every action on every resource.

    Whoever holds such a policy holds the account: a stolen credential or a mistake then has no limit. Who may do anything
    but use IAM is no such administrator; NotAction that leaves IAM in is one.
    """
    if witness := permission.grants(*whole(NOBODYS), *whole("iam")):
        message = "allows every action (*) on every resource (*)"
        if permission.denials:
            message += f"{without(witness)}, in spite of the Deny beside it"
        yield Violation(message, at=permission.statement.at)


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Policies and permissions in IAM: least privilege",
    each=permissions,
    severity=Severity.HIGH,
    remedy="Name the actions that are needed.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    checkov=("CKV_AWS_49", "CKV_AWS_63"),
    passes=(allow("s3:*", "*"), allow("*", "*", Effect="Deny"), {"policy": json.dumps({"Statement": _READ})}),
    fails=(allow("*", f"{_BUCKET}/*"), allow(["s3:GetObject", "*"], UNKNOWN), allow("*:*", "*", Condition=_MFA)),
    undecided=({"policy": UNKNOWN}, allow(UNKNOWN, "*"), allow(["s3:GetObject", UNKNOWN], "*")),
)
def iam_policy_actions_named(permission: Permission) -> Iterator[Violation]:
    """Policies name the actions they allow instead of allowing all.

    The action * includes what AWS adds tomorrow, and actions on permissions and keys that nobody meant to grant.
    """
    if _names(permission, permission.statement.actions, is_every_action):
        yield Violation("allows every action (*)", at=f"{permission.statement.at}.Action")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Grant least privilege access",
    each=permissions,
    severity=Severity.MEDIUM,
    remedy="Name the actions of the service that are needed.",
    controls=(FSBP["IAM.21"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    passes=(
        allow(["s3:Get*", "s3:ListBucket"], "*"),
        allow("s3:*", "*", Effect="Deny"),
        {"policy": json.dumps({"Statement": _READ})},
    ),
    fails=(
        allow(["s3:GetObject", "S3:*"], f"{_BUCKET}/*"),
        {"policy": json.dumps({"Statement": statement_of("dynamodb:*", "*")})},
        allow(["s3:*", UNKNOWN], UNKNOWN),
    ),
    undecided=({"policy": UNKNOWN}, allow(["s3:GetObject", UNKNOWN], "*")),
)
def iam_policy_service_actions_named(permission: Permission) -> Iterator[Violation]:
    """Policies name the actions of a service instead of allowing all of them.

    All actions of a service include those that delete its data or change who may reach it.
    """
    for action in _names(permission, permission.statement.actions, _is_every_of_service):
        yield Violation(f"allows every action of a service ({action})", at=f"{permission.statement.at}.Action")


def _is_every_of_service(pattern: str) -> bool:
    return _EVERY_OF_SERVICE.fullmatch(pattern) is not None


def _names(permission: Permission, patterns: Patterns, wrong: Callable[[str], bool]) -> list[str]:
    """Return the items of an element that are wrong; raises `UnknownValue` where one may come to be, or the effect is open."""
    found = [] if patterns.negated else [item for item in patterns.items if wrong(item)]
    if (found and not permission.statement.effect) or (not found and patterns.holes and not patterns.negated):
        raise unknown(permission.statement.holes)
    return found


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="IAM JSON policy elements: NotAction",
    each=permissions,
    severity=Severity.HIGH,
    remedy="List what is allowed in Action; to take some actions away, add a Deny statement.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    passes=(
        allow("s3:GetObject", "*"),
        {"policy": {"Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}}},
        {"policy": json.dumps({"Statement": _READ})},
    ),
    fails=(
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}},
        {"policy": json.dumps({"Statement": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}]})},
        {"policy": {"Statement": [UNKNOWN, {"Effect": "Allow", "NotAction": UNKNOWN, "Resource": UNKNOWN}]}},
    ),
    undecided=({"policy": UNKNOWN}, {"policy": {"Statement": {"Effect": UNKNOWN, "NotAction": "iam:*", "Resource": "*"}}}),
)
def iam_policy_allow_without_not_action(permission: Permission) -> Iterator[Violation]:
    """Statements that allow say so by Action, not by NotAction.

    Allow with NotAction grants everything but a few actions, and everything that AWS adds later.
    """
    if _is_negated(permission, permission.statement.actions, "NotAction"):
        yield Violation("allows everything but the actions in NotAction", at=f"{permission.statement.at}.NotAction")


def _is_negated(permission: Permission, patterns: Patterns | None, element: str) -> bool:
    """Say whether a statement has NotAction or NotResource; raises `UnknownValue` where that is not known."""
    statement = permission.statement
    path = f"{statement.at}.{element}"
    if patterns and patterns.negated:
        if not statement.effect:
            raise unknown(statement.holes)
        return True
    hidden = [hole for hole in (patterns.holes if patterns else ()) if hole.startswith(path)]
    if hidden:
        raise unknown(hidden)
    return False


def _not_resource(resource: object, **elements: object) -> dict[str, object]:
    return {"policy": {"Statement": {"Effect": "Allow", "Action": "s3:*", "NotResource": resource, **elements}}}


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="IAM JSON policy elements: NotResource",
    each=permissions,
    severity=Severity.HIGH,
    remedy="List the resources that are needed in Resource; to take some away, add a Deny statement.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    passes=(allow("s3:GetObject", "*"), _not_resource(f"{_BUCKET}/*", Effect="Deny")),
    fails=(_not_resource(f"{_BUCKET}/*"), {"policy": json.dumps(_not_resource([_BUCKET])["policy"])}, _not_resource(UNKNOWN)),
    undecided=({"policy": UNKNOWN}, _not_resource(_BUCKET, Effect=UNKNOWN)),
)
def iam_policy_allow_without_not_resource(permission: Permission) -> Iterator[Violation]:
    """Statements that allow say where by Resource, not by NotResource.

    Allow with NotResource reaches everything but a few resources, and everything that is added later.
    """
    if _is_negated(permission, permission.statement.resources, "NotResource"):
        yield Violation("allows on everything but the resources in NotResource", at=f"{permission.statement.at}.NotResource")
