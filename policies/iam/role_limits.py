"""What limits roles and their sessions: duration, permissions boundary, session policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.exemptions import wildcard
from policies.iam.identity_policies import POLICY, ROLE
from policies.iam.users import USER
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Unknown, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

ANYWHERE_PROFILE = "aws:rolesanywhere/profile:Profile"

_HOUR = 3600  # seconds; AWS's default
_LEAST_PRIVILEGE = (NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"])


class RoleSession(NamedTuple):
    """How long a session of a role may be."""

    maximum: Annotated[int, "The longest session of a role, in seconds."] = 4 * _HOUR


@rule(
    applies_to=(ROLE,),
    severity=Severity.LOW,
    remedy="Set maxSessionDuration to what the longest task needs; AWS's default is 3600 seconds.",
    controls=(NIST_800_53["AC-12"], ISO_27001["A.8.5"]),
    topic="Update the maximum session duration for a role",
    parameters=RoleSession,
    passes=(
        {},
        {"maxSessionDuration": 14400},
        Example({"maxSessionDuration": 43200}, parameters=RoleSession(43200)),
    ),
    fails=(
        {"maxSessionDuration": 14401},
        {"maxSessionDuration": "43200"},
        Example({"maxSessionDuration": 7200}, parameters=RoleSession(3600)),
    ),
    undecided=({"maxSessionDuration": UNKNOWN},),
)
def iam_role_session_short(role: Resource, parameters: RoleSession) -> Iterator[Violation]:
    """Sessions of roles are short.

    Credentials of a session that leak can be used until it ends, and a change of who may assume the role does not end it.
    """
    path = "maxSessionDuration"
    if (role.number(path) or _HOUR) > parameters.maximum:
        yield Violation(f"sessions may last longer than {parameters.maximum} seconds", at=path)


class Boundaries(NamedTuple):
    """Who needs a permissions boundary, and which ones count."""

    names: Annotated[tuple[str, ...], "Names of roles and users that need a boundary; * stands for any characters."] = ()
    boundaries: Annotated[
        tuple[str, ...], "ARNs of policies that count as a boundary, * stands for any characters; with none, any will do."
    ] = ()


_BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
_ALL = Boundaries(("*",))
_ONE = Boundaries(("*",), ("arn:aws:iam::*:policy/boundary",))


@rule(
    applies_to=(ROLE, USER),
    severity=Severity.LOW,
    remedy="Set permissionsBoundary to the ARN of the policy that limits roles and users.",
    controls=_LEAST_PRIVILEGE,
    topic="Permissions boundaries for IAM entities",
    parameters=Boundaries,
    passes=(
        Example({"name": "app", "permissionsBoundary": _BOUNDARY}, parameters=_ONE),
        Example({"name": "app", "permissionsBoundary": _BOUNDARY}, parameters=_ALL),
        Example(
            {"permissionsBoundary": Reference("boundary", "arn")},
            parameters=_ALL,
            related=(Example({"policy": {"Statement": []}}, POLICY, name="boundary"),),
        ),
        Example({"name": "app"}, parameters=Boundaries(("dev-*",))),
        {},
        {"name": UNKNOWN, "permissionsBoundary": UNKNOWN},
    ),
    fails=(
        Example({"name": "app"}, parameters=_ALL),
        Example({"namePrefix": "dev-app-"}, parameters=Boundaries(("dev-*",))),
        Example({"name": "dev-app"}, USER, parameters=Boundaries(("dev-*",))),
        Example({"name": "app", "permissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, parameters=_ONE),
    ),
    undecided=(
        Example({"name": UNKNOWN}, parameters=Boundaries(("dev-*",))),
        Example({"name": "app", "permissionsBoundary": UNKNOWN}, parameters=_ONE),
    ),
)
def iam_principal_has_permissions_boundary(principal: Resource, parameters: Boundaries) -> Iterator[Violation]:
    """Roles and users that need one have a permissions boundary.

    Whoever may make roles may give them any right. A boundary is the most that a role can ever do, whatever is attached to
    it. Without configuration none is needed.
    """
    if not parameters.names or not _fits(_name_of(principal), parameters.names):
        return
    path = "permissionsBoundary"
    if not principal.has(path):
        yield Violation("has no permissions boundary", at=path)
    elif parameters.boundaries and not _fits(principal.text(path), parameters.boundaries):
        yield Violation("has another permissions boundary than those that count", at=path)


def _name_of(principal: Resource) -> str:
    return principal.text("name") or principal.text("namePrefix")


def _fits(text: str, patterns: tuple[str, ...]) -> bool:
    return any(wildcard(pattern).fullmatch(text) for pattern in patterns)


class AnywhereSession(NamedTuple):
    """How long a session of IAM Roles Anywhere may be."""

    maximum: Annotated[int, "The longest session that a profile gives, in seconds."] = _HOUR


_SESSION_POLICY = '{"Version": "2012-10-17", "Statement": []}'


@rule(
    applies_to=(ANYWHERE_PROFILE,),
    severity=Severity.MEDIUM,
    remedy="Set sessionPolicy or managedPolicyArns to what the machines may do at most, and durationSeconds to 3600 or less.",
    controls=_LEAST_PRIVILEGE,
    topic="IAM Roles Anywhere authentication: session policies",
    parameters=AnywhereSession,
    passes=(
        {"sessionPolicy": _SESSION_POLICY},
        {"managedPolicyArns": [UNKNOWN], "durationSeconds": 3600},
        Example({"sessionPolicy": UNKNOWN, "durationSeconds": 7200}, parameters=AnywhereSession(7200)),
    ),
    fails=(
        {},
        {"durationSeconds": 900, "managedPolicyArns": []},
        {"sessionPolicy": _SESSION_POLICY, "durationSeconds": 3601},
        {"sessionPolicy": UNKNOWN, "durationSeconds": 43200},
    ),
    undecided=(
        {"managedPolicyArns": UNKNOWN},
        {"sessionPolicy": _SESSION_POLICY, "durationSeconds": UNKNOWN},
    ),
    each=lambda profile: ((profile, path) for path in ("sessionPolicy", "durationSeconds")),
)
def rolesanywhere_profile_limits_sessions(item: tuple[Resource, str], parameters: AnywhereSession) -> Iterator[Violation]:
    """Profiles of IAM Roles Anywhere limit what sessions may do, and for how long.

    Without a session policy every machine with a certificate of the trust anchor has all rights of each role that it may
    assume.
    """
    profile, path = item
    if path == "durationSeconds":
        if (profile.number(path) or _HOUR) > parameters.maximum:
            yield Violation(f"sessions may last longer than {parameters.maximum} seconds", at=path)
    elif not profile.has(path) and not _lists_any(profile, "managedPolicyArns"):
        yield Violation("no session policy limits what sessions may do", at=path)


def _lists_any(profile: Resource, path: str) -> bool:
    items = profile.value(path)
    if isinstance(items, Unknown):  # it may turn out to be empty
        raise UnknownValue(items.reason, path)
    return bool(items)
