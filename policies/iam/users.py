"""IAM users and how they sign in to the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CIS_AWS_5, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.exemptions import wildcard
from policies.fix import Fix
from policies.iam.references import is_named
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

USER = "aws:iam/user:User"
GROUP = "aws:iam/group:Group"
LOGIN_PROFILE = "aws:iam/userLoginProfile:UserLoginProfile"
GROUP_MEMBERSHIP = "aws:iam/groupMembership:GroupMembership"
USER_GROUP_MEMBERSHIP = "aws:iam/userGroupMembership:UserGroupMembership"


class AllowedUsers(NamedTuple):
    """Which users are not judged."""

    allowed: Annotated[tuple[str, ...], "Names of users that are accepted; * stands for any characters."] = ()


def _is_allowed(resource: Resource, path: str, parameters: AllowedUsers) -> bool:
    """Say whether the user that a property names is one of those accepted; the name matters only if there are any."""
    return any(wildcard(name).fullmatch(resource.text(path)) for name in parameters.allowed)


_ONLY_SERVICES = AllowedUsers(("svc-*", "break-glass"))


@rule(
    applies_to=(USER,),
    severity=Severity.LOW,
    remedy="Let people sign in through IAM Identity Center and programs assume a role.",
    controls=(CIS_AWS_5["1.20"], NIST_800_53["AC-2(1)"], PCI_DSS_4["8.6.3"], SOC2["CC6.2"], ISO_27001["A.5.15"]),
    checkov=("CKV_AWS_273",),
    topic="Security best practices in IAM",
    parameters=AllowedUsers,
    passes=(
        Example({"name": "svc-mail"}, parameters=_ONLY_SERVICES),
        Example({"name": "break-glass"}, parameters=_ONLY_SERVICES),
    ),
    fails=(
        {"name": "alice"},
        {"name": UNKNOWN},
        {},
        Example({"name": "alice"}, parameters=_ONLY_SERVICES),
        Example({}, parameters=_ONLY_SERVICES),
    ),
    undecided=(Example({"name": UNKNOWN}, parameters=_ONLY_SERVICES),),
)
def iam_user_allowed(user: Resource, parameters: AllowedUsers) -> Iterator[Violation]:
    """There are no IAM users but those that are allowed.

    A user's password and keys hold until somebody takes them away. People who sign in through an identity provider, and
    programs that assume a role, get credentials that end by themselves. Without configuration no user is allowed.
    """
    if not _is_allowed(user, "name", parameters):
        yield Violation("is a user of IAM that is not allowed", at="name")


@rule(
    applies_to=(LOGIN_PROFILE,),
    severity=Severity.MEDIUM,
    remedy="Let people sign in through IAM Identity Center or another identity provider.",
    controls=(NIST_800_53["AC-2(1)"], PCI_DSS_4["8.6.3"], SOC2["CC6.1"], ISO_27001["A.5.17"]),
    checkov=("CKV2_AWS_22",),
    topic="Manage passwords for IAM users",
    parameters=AllowedUsers,
    passes=(
        Example({"user": "break-glass"}, parameters=_ONLY_SERVICES),
        Example({"user": "svc-mail"}, parameters=_ONLY_SERVICES),
    ),
    fails=({"user": "alice"}, {"user": UNKNOWN}, Example({"user": "alice"}, parameters=_ONLY_SERVICES)),
    undecided=(Example({"user": UNKNOWN}, parameters=_ONLY_SERVICES),),
)
def iam_user_without_console_password(profile: Resource, parameters: AllowedUsers) -> Iterator[Violation]:
    """Users have no password for the console, but for those that are allowed.

    A password is guessed, reused or given to a false page. Without configuration no user is allowed one.
    """
    if not _is_allowed(profile, "user", parameters):
        yield Violation("gives a user a password for the console", at="user")


class FirstPassword(NamedTuple):
    """How long the first password must be."""

    minimum: Annotated[int, "The shortest first password, in characters."] = 20


@rule(
    applies_to=(LOGIN_PROFILE,),
    severity=Severity.MEDIUM,
    remedy="Set passwordResetRequired to true, and leave passwordLength at 20 or more; a change makes a new password.",
    controls=(NIST_800_53["IA-5(1)"], PCI_DSS_4["8.3.6"], ISO_27001["A.5.17"]),
    topic="Manage passwords for IAM users",
    parameters=FirstPassword,
    passes=(
        {"user": "alice", "passwordResetRequired": True},
        {"user": UNKNOWN, "passwordResetRequired": True, "passwordLength": 32},
        Example({"passwordResetRequired": True, "passwordLength": 16}, parameters=FirstPassword(16)),
    ),
    fails=(
        {"user": "alice"},
        {"user": "alice", "passwordResetRequired": False},
        {"user": "alice", "passwordResetRequired": True, "passwordLength": 8},
        Example({"passwordResetRequired": True}, parameters=FirstPassword(24)),
    ),
    undecided=(
        {"user": "alice", "passwordResetRequired": UNKNOWN},
        {"user": "alice", "passwordResetRequired": True, "passwordLength": UNKNOWN},
    ),
    each=lambda profile: ((profile, path) for path in ("passwordResetRequired", "passwordLength")),
)
def iam_user_first_password_temporary(item: tuple[Resource, str], parameters: FirstPassword) -> Iterator[Violation]:
    """First passwords of users are long and must be changed.

    Pulumi makes it and keeps it in the state, so others may know it. Without a setting it has 20 characters and may be kept.
    """
    profile, path = item
    if path == "passwordResetRequired":
        if not profile.flag(path):
            yield Violation("the first password need not be changed", at=path, fix=Fix({path: True}, replaces=True))
    elif (profile.number(path) or 20) < parameters.minimum:
        message = f"the first password has fewer than {parameters.minimum} characters"
        yield Violation(message, at=path, fix=Fix({path: parameters.minimum}, replaces=True))


_MEMBERSHIPS = {USER_GROUP_MEMBERSHIP: "user", GROUP_MEMBERSHIP: "users"}
_MEMBERS = {USER_GROUP_MEMBERSHIP: "groups", GROUP_MEMBERSHIP: "group"}


def _in_group(user: object, *groups: object) -> Example:
    return Example({"user": user, "groups": [*groups]}, USER_GROUP_MEMBERSHIP, name="membership")


def _group_of(group: object, *users: object) -> Example:
    return Example({"group": group, "name": "staff", "users": [*users]}, GROUP_MEMBERSHIP, name="members")


@rule(
    applies_to=(USER,),
    severity=Severity.LOW,
    remedy="Make the user a member of a group by UserGroupMembership or GroupMembership.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], ISO_27001["A.5.15"]),
    checkov=("CKV2_AWS_21",),
    topic="IAM user groups",
    passes=(
        Example({}, related=(_in_group(Reference("example", "name"), "staff"),)),
        Example({"name": "alice"}, related=(_in_group("bob", "staff"), _group_of("staff", UNKNOWN, "alice"))),
        Example({}, related=(_group_of(UNKNOWN, Reference("example")),)),
    ),
    fails=(
        {"name": "alice"},
        Example({"name": "alice"}, related=(_in_group("bob", "staff"), _group_of("staff", "bob"))),
        Example({"name": "alice"}, related=(_group_of("staff"),)),
    ),
    undecided=(
        Example({"name": "alice"}, related=(_in_group(UNKNOWN, "staff"),)),
        Example({"name": "alice"}, related=(_group_of("staff", "bob", UNKNOWN),)),
        Example({"name": UNKNOWN}, related=(_group_of("staff", "bob"),)),
        Example({"name": "alice"}, related=(Example({"group": "staff", "users": UNKNOWN}, GROUP_MEMBERSHIP, "members"),)),
    ),
)
def iam_user_in_group(user: Resource, stack: Stack) -> Iterator[Violation]:
    """Users are members of a group.

    What groups may do is seen and changed in one place; a user outside of all of them is forgotten.
    """
    if not is_named(user, _MEMBERSHIPS, stack):
        yield Violation("no group of the stack's memberships has the user", at="name")


@rule(
    applies_to=(GROUP,),
    severity=Severity.LOW,
    remedy="Add the users by UserGroupMembership or GroupMembership, or remove the group.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], ISO_27001["A.5.15"]),
    checkov=("CKV2_AWS_14",),
    topic="IAM user groups",
    passes=(
        Example({}, related=(_in_group("alice", "other", Reference("example", "name")),)),
        Example({"name": "staff"}, related=(_group_of("staff", "alice"),)),
        Example({}, related=(_group_of(Reference("example")),)),
    ),
    fails=(
        {"name": "staff"},
        Example({"name": "staff"}, related=(_in_group("alice", "other"), _group_of("other", "bob"))),
    ),
    undecided=(
        Example({"name": "staff"}, related=(_in_group("alice", UNKNOWN),)),
        Example({"name": "staff"}, related=(_group_of(UNKNOWN, "bob"),)),
    ),
)
def iam_group_has_users(group: Resource, stack: Stack) -> Iterator[Violation]:
    """IAM groups have users.

    A group without users grants nothing today, and whatever it may do tomorrow to whoever is added. Users that are added
    outside of the stack are not seen.
    """
    if not is_named(group, _MEMBERS, stack):
        yield Violation("no membership of the stack names the group", at="name")
