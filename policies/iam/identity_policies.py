"""What identity policies grant: managed and inline policies of roles, users, groups and permission sets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.policy_document import statements
from policies.policy_matching import any_of, matches
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Condition, Statement
    from policies.resource import Resource

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
GROUP_POLICY = "aws:iam/groupPolicy:GroupPolicy"
PERMISSION_SET_POLICY = "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy"
IDENTITY_POLICIES = (POLICY, ROLE_POLICY, USER_POLICY, GROUP_POLICY, ROLE, PERMISSION_SET_POLICY)

_WILDCARD = re.compile("[*?]")
_START_OF_ARN = re.compile(r"(arn(:aws(-[a-z]+)*)?)?")
_EVERY_OF_SERVICE = re.compile(r"[A-Za-z0-9-]+:\*+")


def identity_statements(resource: Resource) -> Iterator[Statement]:
    """Yield the statements that a resource gives to an identity; unknown and malformed ones raise at the end."""
    if resource.type == PERMISSION_SET_POLICY:
        return statements(resource, "inlinePolicy")
    if resource.type == ROLE:
        return _inline_statements(resource)
    return statements(resource, "policy")


def _inline_statements(role: Resource) -> Iterator[Statement]:
    found, unknown = role.once("inline statements", lambda: _read_inline(role))
    yield from found
    if unknown:
        raise unknown.with_traceback(None)


def _read_inline(role: Resource) -> tuple[list[Statement], UnknownValue | None]:
    found: list[Statement] = []
    unknown: UnknownValue | None = None
    blocks = role.each("inlinePolicies")
    try:
        for block in blocks:
            try:
                found.extend(statements(block, "policy"))
            except UnknownValue as error:
                unknown = error.with_traceback(None)
    except UnknownValue as error:
        unknown = error.with_traceback(None)
    return found, unknown


def is_every_action(pattern: str) -> bool:
    """Say whether a pattern of Action covers every action of every service."""
    return "*" in pattern and not pattern.strip("*?:")


def is_every_resource(pattern: str) -> bool:
    """Say whether a pattern of Resource covers every resource of every service."""
    return "*" in pattern and _START_OF_ARN.fullmatch(pattern.strip("*?:")) is not None


def covers_any(pattern: str, actions: frozenset[str]) -> bool:
    """Say whether a pattern covers any of some actions, which are in lower case."""
    pattern = pattern.lower()
    start = _WILDCARD.split(pattern, maxsplit=1)[0]
    if start == pattern:
        return pattern in actions
    return any(matches(pattern, action) for action in actions if action.startswith(start))


def is_limited(statement: Statement) -> bool:
    """Say whether a condition limits what a statement allows; which limit is enough, only its author knows.

    TLS, the user agent and the referer limit nothing: the caller chooses them. Neither does a comparison with `*`.
    """
    return any_of(statement.conditions(), _limits)


def _limits(condition: Condition) -> bool:
    if condition.key in {"aws:securetransport", "aws:useragent", "aws:referer"}:
        return False
    if condition.operator.removesuffix("ifexists").endswith(("stringlike", "arnlike")):
        return not any_of(condition.values(), lambda value: not value.strip("*"))
    return True


def resources_of(statement: Statement) -> Iterator[str]:
    """Yield the patterns of Resource; AWS refuses an identity policy whose statement has none."""
    if not statement.has("Resource") and not statement.has("NotResource"):
        raise UnknownValue(Reason.MALFORMED, statement.at, "neither Resource nor NotResource")
    yield from statement.resources()


def allow(action: object, resource: object, **elements: object) -> dict[str, object]:
    """Return inputs with one statement, as an object; for examples."""
    return {"policy": {"Version": "2012-10-17", "Statement": [statement_of(action, resource, **elements)]}}


def statement_of(action: object, resource: object, **elements: object) -> dict[str, object]:
    """Return a statement that allows an action on a resource; for examples."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


_BUCKET = "arn:aws:s3:::reports"
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_READ = statement_of(["s3:GetObject"], f"{_BUCKET}/*")


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Policies and permissions in IAM: least privilege",
    each=identity_statements,
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
        {"policy": json.dumps({"Statement": _READ})},
        Example({"assumeRolePolicy": "{}"}, ROLE),
        Example({"inlinePolicies": [{"name": "none", "policy": ""}]}, ROLE),
    ),
    fails=(
        allow("*", "*"),
        {"policy": {"Statement": statement_of(["s3:GetObject", "*:*"], [f"{_BUCKET}/*", "*"])}},
        {"policy": json.dumps({"Version": "2012-10-17", "Statement": statement_of("*", "*")})},
        allow("*", "*", Condition={"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"aws:PrincipalArn": ["a", "*"]}}),
        {"policy": {"Statement": [UNKNOWN, statement_of("*", "*"), {"effect": "Allow"}]}},
        Example({"inlinePolicy": json.dumps({"Statement": [_READ, statement_of("*", "*")]})}, PERMISSION_SET_POLICY),
        Example({"inlinePolicies": [{"policy": UNKNOWN}, {"policy": json.dumps({"Statement": statement_of("*", "*")})}]}, ROLE),
        Example(allow("*", "arn:aws:*"), ROLE_POLICY),
    ),
    undecided=(
        {"policy": UNKNOWN},
        {"policy": "{Statement: []}"},
        {"policy": {"Statement": [UNKNOWN, _READ]}},
        allow("*", UNKNOWN),
        allow("*", "*", Effect=UNKNOWN),
        allow("*", "*", Effect="allow"),
        allow("*", "*", Condition=UNKNOWN),
        allow("*", "*", Condition={"StringLike": {"aws:PrincipalArn": UNKNOWN}}),
        {"policy": {"Statement": {"Effect": "Allow", "Action": "*"}}},
        Example({"inlinePolicies": UNKNOWN}, ROLE),
    ),
)  # fmt: skip
def iam_policy_not_full_admin(statement: Statement) -> Iterator[Violation]:
    """Policies do not allow every action on every resource.

    Whoever holds such a policy holds the account: a stolen credential or a mistake then has no limit.
    """
    if (
        statement.allows
        and any(is_every_action(action) for action in statement.actions())
        and any(is_every_resource(resource) for resource in resources_of(statement))
        and not is_limited(statement)
    ):
        yield Violation("allows every action (*) on every resource (*)", at=statement.at)


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Policies and permissions in IAM: least privilege",
    each=identity_statements,
    severity=Severity.HIGH,
    remedy="Name the actions that are needed.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    checkov=("CKV_AWS_49", "CKV_AWS_63"),
    passes=(allow("s3:*", "*"), allow("*", "*", Effect="Deny"), {"policy": json.dumps({"Statement": _READ})}),
    fails=(allow("*", f"{_BUCKET}/*"), allow(["s3:GetObject", "*"], UNKNOWN), allow("*:*", "*", Condition=_MFA)),
    undecided=({"policy": UNKNOWN}, allow(UNKNOWN, "*"), allow(["s3:GetObject", UNKNOWN], "*")),
)
def iam_policy_actions_named(statement: Statement) -> Iterator[Violation]:
    """Policies name the actions they allow instead of allowing all.

    The action * includes what AWS adds tomorrow, and actions on permissions and keys that nobody meant to grant.
    """
    if statement.allows and any(is_every_action(action) for action in statement.actions()):
        yield Violation("allows every action (*)", at=statement.at_element("Action"))


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Grant least privilege access",
    each=identity_statements,
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
def iam_policy_service_actions_named(statement: Statement) -> Iterator[Violation]:
    """Policies name the actions of a service instead of allowing all of them.

    All actions of a service include those that delete its data or change who may reach it.
    """
    if not statement.allows:
        return
    for action in statement.actions():
        if _EVERY_OF_SERVICE.fullmatch(action):
            yield Violation(f"allows every action of a service ({action})", at=statement.at_element("Action"))


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="IAM JSON policy elements: NotAction",
    each=identity_statements,
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
def iam_policy_allow_without_not_action(statement: Statement) -> Iterator[Violation]:
    """Statements that allow say so by Action, not by NotAction.

    Allow with NotAction grants everything but a few actions, and everything that AWS adds later.
    """
    if statement.allows and statement.has("NotAction"):
        yield Violation("allows everything but the actions in NotAction", at=statement.at_element("NotAction"))


def _not_resource(resource: object, **elements: object) -> dict[str, object]:
    return {"policy": {"Statement": {"Effect": "Allow", "Action": "s3:*", "NotResource": resource, **elements}}}


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="IAM JSON policy elements: NotResource",
    each=identity_statements,
    severity=Severity.HIGH,
    remedy="List the resources that are needed in Resource; to take some away, add a Deny statement.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    passes=(allow("s3:GetObject", "*"), _not_resource(f"{_BUCKET}/*", Effect="Deny")),
    fails=(_not_resource(f"{_BUCKET}/*"), {"policy": json.dumps(_not_resource([_BUCKET])["policy"])}, _not_resource(UNKNOWN)),
    undecided=({"policy": UNKNOWN}, _not_resource(_BUCKET, Effect=UNKNOWN)),
)
def iam_policy_allow_without_not_resource(statement: Statement) -> Iterator[Violation]:
    """Statements that allow say where by Resource, not by NotResource.

    Allow with NotResource reaches everything but a few resources, and everything that is added later.
    """
    if statement.allows and statement.has("NotResource"):
        yield Violation("allows on everything but the resources in NotResource", at=statement.at_element("NotResource"))
