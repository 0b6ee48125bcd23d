"""Policies attached to roles, users and groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import POLICY, ROLE, ROLE_POLICY, USER_POLICY
from policies.iam.references import is_named
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Unknown, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

ROLE_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
GROUP_ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
PERMISSION_SET_ATTACHMENT = "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment"
ROLE_ATTACHMENTS = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
ROLE_POLICIES = "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive"
USER_ATTACHMENTS = "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive"
ATTACHED = {
    ROLE_ATTACHMENT: "policyArn",
    USER_ATTACHMENT: "policyArn",
    GROUP_ATTACHMENT: "policyArn",
    ATTACHMENT: "policyArn",
    PERMISSION_SET_ATTACHMENT: "managedPolicyArn",
    ROLE: "managedPolicyArns",
    ROLE_ATTACHMENTS: "policyArns",
    USER_ATTACHMENTS: "policyArns",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
}
"""Types that attach policies, and the property that holds their ARN or the list of them."""

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_IAM_FULL = "arn:aws:iam::aws:policy/IAMFullAccess"
_EVERY_ADMINISTRATOR = re.compile(r"arn:[^:]+:iam::aws:policy/AdministratorAccess")
_EVERY_IAM_FULL = re.compile(r"arn:[^:]+:iam::aws:policy/IAMFullAccess")
_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


class Attached(NamedTuple):
    """The ARN of an attached policy and the property path it stands at."""

    arn: str
    at: str


def attached_policies(resource: Resource) -> Iterator[Attached]:
    """Yield the ARNs of the policies that a resource attaches; unknown ones raise at the end."""
    path = ATTACHED[resource.type]
    for arn in resource.texts(path) if path.endswith("Arns") else (resource.text(path),):
        yield Attached(arn, path)


@rule(
    applies_to=ATTACHED,
    topic="AWS managed policies for job functions",
    each=attached_policies,
    severity=Severity.HIGH,
    remedy="Attach a policy that names the actions and resources that are needed.",
    controls=(
        CIS_AWS_5["1.15"], NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"],
        ISO_27001["A.8.2"],
    ),
    checkov=("CKV_AWS_274",),
    passes=(
        {"role": "app", "policyArn": _READ_ONLY},
        {"role": "app", "policyArn": "arn:aws:iam::111122223333:policy/AdministratorAccess"},
        Example({}, ROLE),
        Example({"managedPolicyArns": [_READ_ONLY]}, ROLE),
    ),
    fails=(
        {"role": "app", "policyArn": _ADMINISTRATOR},
        Example({"user": UNKNOWN, "policyArn": _ADMINISTRATOR}, USER_ATTACHMENT),
        Example({"group": "staff", "policyArn": "arn:aws-us-gov:iam::aws:policy/AdministratorAccess"}, GROUP_ATTACHMENT),
        Example({"roles": ["app"], "policyArn": _ADMINISTRATOR}, ATTACHMENT),
        Example({"managedPolicyArns": [UNKNOWN, _ADMINISTRATOR]}, ROLE),
        Example({"permissionSetArn": UNKNOWN, "managedPolicyArn": _ADMINISTRATOR}, PERMISSION_SET_ATTACHMENT),
    ),
    undecided=(
        {"role": "app", "policyArn": UNKNOWN},
        Example({"managedPolicyArns": [_READ_ONLY, UNKNOWN]}, ROLE),
    ),
)  # fmt: skip
def iam_attachment_not_administrator_access(attached: Attached) -> Iterator[Violation]:
    """AWS's policy AdministratorAccess is not attached to roles, users, groups or permission sets.

    Whoever holds it may do everything in the account, including giving these rights to others.
    """
    if _EVERY_ADMINISTRATOR.fullmatch(attached.arn):
        yield Violation("attaches AdministratorAccess", at=attached.at)


@rule(
    applies_to=ATTACHED,
    topic="AWS managed policies for IAM",
    each=attached_policies,
    severity=Severity.HIGH,
    remedy="Attach a policy that names the actions and resources that are needed.",
    controls=(NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    checkov=("CKV2_AWS_56",),
    passes=(
        {"role": "app", "policyArn": _READ_ONLY},
        {"role": "app", "policyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"},
        Example({}, ROLE),
    ),
    fails=(
        {"role": "app", "policyArn": _IAM_FULL},
        {"role": UNKNOWN, "policyArn": _IAM_FULL},
        Example({"managedPolicyArns": [UNKNOWN, _IAM_FULL]}, ROLE),
        Example({"permissionSetArn": UNKNOWN, "managedPolicyArn": _IAM_FULL}, PERMISSION_SET_ATTACHMENT),
    ),
    undecided=({"role": "app", "policyArn": UNKNOWN}, Example({"managedPolicyArns": [_READ_ONLY, UNKNOWN]}, ROLE)),
)
def iam_attachment_not_iam_full_access(attached: Attached) -> Iterator[Violation]:
    """AWS's policy IAMFullAccess is not attached to roles, users, groups or permission sets.

    Whoever holds it may give themselves every other right, so it is administrator access by another name.
    """
    if _EVERY_IAM_FULL.fullmatch(attached.arn):
        yield Violation("attaches IAMFullAccess", at=attached.at)


@rule(
    applies_to=(USER_ATTACHMENT, USER_POLICY, ATTACHMENT, USER_ATTACHMENTS),
    severity=Severity.MEDIUM,
    remedy="Attach the policy to a group or a role, and make the user a member or let them assume the role.",
    controls=(FSBP["IAM.2"], CIS_AWS_5["1.14"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], ISO_27001["A.5.15"]),
    checkov=("CKV_AWS_40",),
    topic="Managed policies and inline policies",
    passes=(
        Example({"roles": ["app"], "groups": UNKNOWN, "policyArn": _READ_ONLY}, ATTACHMENT),
        Example({"users": [], "groups": ["staff"], "policyArn": _READ_ONLY}, ATTACHMENT),
        Example({"userName": "alice", "policyArns": []}, USER_ATTACHMENTS),
    ),
    fails=(
        {"user": "alice", "policyArn": _READ_ONLY},
        Example({"user": UNKNOWN, "policy": UNKNOWN}, USER_POLICY),
        Example({"users": [UNKNOWN], "policyArn": _READ_ONLY}, ATTACHMENT),
        Example({"userName": "alice", "policyArns": [_READ_ONLY]}, USER_ATTACHMENTS),
    ),
    undecided=(Example({"users": UNKNOWN, "policyArn": _READ_ONLY}, ATTACHMENT),),
)
def iam_user_permissions_come_from_groups(resource: Resource) -> Iterator[Violation]:
    """Users get their permissions from groups or roles, not from policies of their own.

    Rights of single users are overlooked when people change their tasks or leave.
    """
    if resource.type == USER_POLICY:
        yield Violation("gives a user an inline policy", at="user")
    elif resource.type == USER_ATTACHMENT:
        yield Violation("attaches a policy to a user", at="user")
    else:
        path = "users" if resource.type == ATTACHMENT else "policyArns"
        items = resource.value(path)
        if isinstance(items, Unknown):  # a list that may turn out to be empty
            raise UnknownValue(items.reason, path)
        if items:
            yield Violation("attaches policies to users", at=path)


def _own(**inputs: object) -> dict[str, object]:
    return {"policyArn": Reference("policy", "arn"), **inputs}


_OWN_POLICY = Example({"policy": {"Statement": []}}, POLICY, name="policy")
_TO_OTHERS = (ROLE_ATTACHMENT, USER_ATTACHMENT, GROUP_ATTACHMENT, ATTACHMENT)


@rule(
    applies_to=(ATTACHMENT,),
    severity=Severity.MEDIUM,
    remedy="Use RolePolicyAttachment, UserPolicyAttachment or GroupPolicyAttachment, one for each role, user or group.",
    controls=(NIST_800_53["AC-6"], ISO_27001["A.5.15"]),
    topic="Adding and removing IAM identity permissions",
    passes=(
        Example(_own(roles=["app"]), related=(_OWN_POLICY,)),
        Example(_own(roles=["app"]), related=(_OWN_POLICY, Example({"policyArn": _READ_ONLY}, ROLE_ATTACHMENT, name="other"))),
    ),
    fails=(
        {"roles": ["app"], "policyArn": _READ_ONLY},
        {"groups": UNKNOWN, "policyArn": "arn:aws:iam::111122223333:policy/shared"},
        Example({"roles": ["app"], "policyArn": _READ_ONLY}, related=(_OWN_POLICY._replace(inputs={"name": UNKNOWN}),)),
        Example(_own(roles=["app"]), related=(_OWN_POLICY, Example(_own(role="web"), ROLE_ATTACHMENT, name="other"))),
        Example(_own(roles=["app"]), related=(_OWN_POLICY, Example(_own(users=["alice"]), ATTACHMENT, name="other"))),
    ),
    undecided=(
        {"roles": ["app"], "policyArn": UNKNOWN},
        Example(_own(roles=["app"]), related=(_OWN_POLICY, Example({"policyArn": UNKNOWN}, GROUP_ATTACHMENT, name="other"))),
    ),
)
def iam_policy_attachment_keeps_others(attachment: Resource, stack: Stack) -> Iterator[Violation]:
    """Attachments of a policy do not take it from others.

    A PolicyAttachment takes the policy from every role, user and group of the account that it does not list, those of
    other stacks too. Only a policy that the stack makes, and attaches nowhere else, can be attached so.
    """
    arn = attachment.value("policyArn")
    if isinstance(arn, str) and ":iam::aws:policy/" in arn:
        policy = None
    else:
        policy = stack.target(attachment, (POLICY,), by="policyArn")
    if policy is None:
        yield Violation("takes a policy of others from all that the attachment does not list", at="policyArn")
    elif any(other.urn != attachment.urn for other in stack.related(policy, _TO_OTHERS, by="policyArn")):
        yield Violation("takes the policy from those that other resources of the stack attach it to", at="policyArn")


def _attachment(role: object) -> Example:
    return Example({"role": role, "policyArn": _READ_ONLY}, ROLE_ATTACHMENT, name="attachment")


def _list_attachment(*roles: object) -> Example:
    return Example({"roles": [*roles], "policyArn": _READ_ONLY}, ATTACHMENT, name="attachment")


def _policy(role: object) -> Example:
    return Example({"role": role, "policy": {"Statement": []}}, ROLE_POLICY, name="policy")


_ALSO_LISTED = Example({"roleName": Reference("example", "name"), "policyArns": []}, ROLE_ATTACHMENTS, name="exclusive")
_ALSO_INLINE = Example({"roleName": "app", "policyNames": ["read"]}, ROLE_POLICIES, name="exclusive")
_OTHERS = {
    "managedPolicyArns": {ROLE_ATTACHMENT: "role", ATTACHMENT: "roles", ROLE_ATTACHMENTS: "roleName"},
    "inlinePolicies": {ROLE_POLICY: "role", ROLE_POLICIES: "roleName"},
}
"""What a role may list itself, and the types that give it the same, with the property that names the role."""


@rule(
    applies_to=(ROLE,),
    severity=Severity.MEDIUM,
    remedy="Remove managedPolicyArns and inlinePolicies, and attach by RolePolicyAttachment and RolePolicy only.",
    topic="IAM roles",
    passes=(
        Example({}, related=(_attachment(Reference("example", "name")), _policy(Reference("example")))),
        Example({"managedPolicyArns": [_READ_ONLY]}, related=(_policy(Reference("example")), _ALSO_INLINE)),
        Example({"inlinePolicies": [{"name": "read"}], "name": "app"}, related=(_attachment("app"), _policy("other"))),
        Example({"managedPolicyArns": [_READ_ONLY], "name": "app"}, related=(_list_attachment("other"),)),
    ),
    fails=(
        Example({"managedPolicyArns": [_READ_ONLY]}, related=(_attachment(Reference("example", "name")),)),
        Example({"managedPolicyArns": UNKNOWN}, related=(_attachment(Reference("example")),)),
        Example({"inlinePolicies": [{}]}, related=(_policy(Reference("example")),)),
        Example({"managedPolicyArns": [_READ_ONLY]}, related=(_list_attachment(UNKNOWN, Reference("example", "name")),)),
        Example({"managedPolicyArns": [_READ_ONLY]}, related=(_ALSO_LISTED,)),
        Example({"inlinePolicies": [{"name": "read"}], "name": "app"}, related=(_ALSO_INLINE,)),
    ),
    undecided=(
        Example({"managedPolicyArns": [_READ_ONLY]}, related=(_attachment(UNKNOWN),)),
        Example({"managedPolicyArns": [_READ_ONLY]}, related=(_list_attachment("other", UNKNOWN),)),
    ),
)
def iam_role_policies_managed_in_one_place(role: Resource, stack: Stack) -> Iterator[Violation]:
    """Roles list their policies or have them attached by other resources, not both.

    A role that sets managedPolicyArns or inlinePolicies removes every policy it does not list. Policies attached by
    other resources then come and go with each update, and permissions with them.
    """
    if role.recorded or role.native:
        return  # the provider lists there whatever is attached; aws-native removes nothing
    for path, others in _OTHERS.items():
        if role.has(path) and is_named(role, others, stack):
            yield Violation(f"{path} removes what other resources of the stack attach to the role", at=path)
