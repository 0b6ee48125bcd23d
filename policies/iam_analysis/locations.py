"""Where IAM's documents and edges stand in the properties of resources (pulumi_aws 7.51.1)."""

from __future__ import annotations

from typing import NamedTuple

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
SERVICE_ROLE = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
USER = "aws:iam/user:User"
GROUP = "aws:iam/group:Group"
PERMISSION_SET = "aws:ssoadmin/permissionSet:PermissionSet"
INSTANCE_PROFILE = "aws:iam/instanceProfile:InstanceProfile"

KINDS = {
    ROLE: "role",
    SERVICE_ROLE: "service-linked role",
    USER: "user",
    GROUP: "group",
    PERMISSION_SET: "permission set",
}
"""Types of principals, and what they are called."""


class Attachment(NamedTuple):
    """A type that gives principals managed policies: the properties that name both. `exclusive` if it takes others away.

    `exclusive` is `principal` where the principal keeps only these policies, `policy` where the policy keeps only these
    principals.
    """

    type: str
    to: str  # the type of the principals
    by: str
    policy: str
    exclusive: str = ""


_ALL_OF_POLICY = "aws:iam/policyAttachment:PolicyAttachment"

ATTACHMENTS = (
    Attachment("aws:iam/rolePolicyAttachment:RolePolicyAttachment", ROLE, "role", "policyArn"),
    Attachment("aws:iam/userPolicyAttachment:UserPolicyAttachment", USER, "user", "policyArn"),
    Attachment("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", GROUP, "group", "policyArn"),
    Attachment(_ALL_OF_POLICY, ROLE, "roles", "policyArn", "policy"),
    Attachment(_ALL_OF_POLICY, USER, "users", "policyArn", "policy"),
    Attachment(_ALL_OF_POLICY, GROUP, "groups", "policyArn", "policy"),
    Attachment(
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", ROLE, "roleName", "policyArns", "principal"
    ),
    Attachment(
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", USER, "userName", "policyArns", "principal"
    ),
    Attachment(
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        GROUP,
        "groupName",
        "policyArns",
        "principal",
    ),
    Attachment(
        "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", PERMISSION_SET, "permissionSetArn", "managedPolicyArn"
    ),
    Attachment(
        "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive",
        PERMISSION_SET,
        "permissionSetArn",
        "managedPolicyArns",
        "principal",
    ),
)


class InlinePolicy(NamedTuple):
    """A type that holds an inline policy, the property that names its principal, and the one with the document."""

    type: str
    to: str
    by: str
    document: str


INLINE_POLICIES = (
    InlinePolicy("aws:iam/rolePolicy:RolePolicy", ROLE, "role", "policy"),
    InlinePolicy("aws:iam/userPolicy:UserPolicy", USER, "user", "policy"),
    InlinePolicy("aws:iam/groupPolicy:GroupPolicy", GROUP, "group", "policy"),
    InlinePolicy(
        "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", PERMISSION_SET, "permissionSetArn", "inlinePolicy"
    ),
)


EXCLUSIVE_INLINE = (
    ("aws:iam/rolePoliciesExclusive:RolePoliciesExclusive", ROLE, "roleName"),
    ("aws:iam/userPoliciesExclusive:UserPoliciesExclusive", USER, "userName"),
    ("aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive", GROUP, "groupName"),
)
"""Types whose `policyNames` are the only inline policies that a principal keeps."""

GROUP_MEMBERSHIP = "aws:iam/groupMembership:GroupMembership"
USER_MEMBERSHIP = "aws:iam/userGroupMembership:UserGroupMembership"
CREDENTIALS = ("aws:iam/accessKey:AccessKey", "aws:iam/userLoginProfile:UserLoginProfile")
"""Types that let a user sign in: the property `user` names it."""

CUSTOMER_POLICY = "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment"
CUSTOMER_POLICIES = "aws:ssoadmin/customerManagedPolicyAttachmentsExclusive:CustomerManagedPolicyAttachmentsExclusive"
PERMISSION_SET_BOUNDARY = "aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment"
ASSIGNMENT = "aws:ssoadmin/accountAssignment:AccountAssignment"

_ADDING: tuple[Attachment | InlinePolicy, ...] = (
    *(spec for spec in ATTACHMENTS if spec.exclusive != "principal"),
    *INLINE_POLICIES,
)
GIVING = {type_: tuple(dict.fromkeys(spec.type for spec in _ADDING if spec.to == type_)) for type_ in KINDS}
GIVING[PERMISSION_SET] += (CUSTOMER_POLICY, CUSTOMER_POLICIES, PERMISSION_SET_BOUNDARY)
"""The types that give policies to each type of principal; those that only take others away are left out."""
