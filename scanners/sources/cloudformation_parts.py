"""What one resource of CloudFormation is in the provider aws: a resource, and others that stand on their own there.

Each is given as CloudFormation writes properties; a reference such as `{"Ref": "Id"}` leads back to the resource itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROLE_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
_GROUP_ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
_MEMBERSHIP = "aws:iam/userGroupMembership:UserGroupMembership"
_LOGIN = "aws:iam/userLoginProfile:UserLoginProfile"
_NOT_TOLD: dict[str, object] = {"Fn::Transform": {}}


class Part(NamedTuple):
    """A resource: its type in CloudFormation or the token of a type of the provider aws, and its properties.

    `name` tells several of one resource apart; the first has none.
    """

    type: str
    name: str
    properties: dict[str, object]


def parts_of(type_: str, logical_id: str, properties: dict[str, object]) -> list[Part]:
    """Return what a resource is, itself first."""
    split = _SPLIT.get(type_)
    return list(split(type_, {"Ref": logical_id}, properties)) if split else [Part(type_, "", properties)]


def _without(properties: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in properties.items() if name not in names}


def _each(properties: dict[str, object], name: str) -> Iterator[tuple[str, object]]:
    """Yield the items of a list with their places; a list that a function makes as one item."""
    value = properties.get(name)
    if isinstance(value, list):
        yield from ((f"{name}[{index}]", item) for index, item in enumerate(value))
    elif value is not None:
        yield name, value


def _inline_policy(_type: str, _own: object, properties: dict[str, object]) -> Iterator[Part]:
    """Yield a policy for each principal that it is embedded in."""
    kinds = {"Roles": "Role", "Users": "User", "Groups": "Group"}
    policy = _without(properties, *kinds)
    first = True
    for name, kind in kinds.items():
        for place, principal in _each(properties, name):
            yield Part(f"AWS::IAM::{kind}Policy", "" if first else place, {**policy, f"{kind}Name": principal})
            first = False
    if first:
        yield Part("AWS::IAM::RolePolicy", "", policy)


def _managed_policy(type_: str, own: object, properties: dict[str, object]) -> Iterator[Part]:
    kinds = {"Roles": ("Role", _ROLE_ATTACHMENT), "Users": ("User", _USER_ATTACHMENT), "Groups": ("Group", _GROUP_ATTACHMENT)}
    yield Part(type_, "", _without(properties, *kinds))
    for name, (kind, attachment) in kinds.items():
        for place, principal in _each(properties, name):
            yield Part(attachment, place, {"PolicyArn": own, kind: principal})


def _principal(kind: str, attachment: str) -> Callable[[str, object, dict[str, object]], Iterator[Part]]:
    """Return what splits a user or a group from its policies, groups and password."""

    def split(type_: str, own: object, properties: dict[str, object]) -> Iterator[Part]:
        yield Part(type_, "", _without(properties, "Policies", "ManagedPolicyArns", "Groups", "LoginProfile"))
        for place, policy in _each(properties, "Policies"):
            is_policy = isinstance(policy, dict) and "PolicyDocument" in policy
            content = policy if isinstance(policy, dict) and is_policy else {"PolicyDocument": policy, "PolicyName": policy}
            yield Part(f"AWS::IAM::{kind}Policy", place, {**content, f"{kind}Name": own})
        for place, arn in _each(properties, "ManagedPolicyArns"):
            yield Part(attachment, place, {kind: own, "PolicyArn": arn})
        if "Groups" in properties:
            yield Part(_MEMBERSHIP, "Groups", {kind: own, "Groups": properties["Groups"]})
        if "LoginProfile" in properties:
            yield Part(_LOGIN, "LoginProfile", {kind: own, "PgpKey": _NOT_TOLD})

    return split


def _membership(_type: str, _own: object, properties: dict[str, object]) -> Iterator[Part]:
    name = ""
    for place, user in _each(properties, "Users"):
        yield Part(_MEMBERSHIP, name and place, {"User": user, "Groups": [properties.get("GroupName")]})
        name = "Users"


def _one_each(several: str) -> Callable[[str, object, dict[str, object]], Iterator[Part]]:
    """Return what makes one resource for each item of a list."""

    def split(type_: str, _own: object, properties: dict[str, object]) -> Iterator[Part]:
        items = list(_each(properties, several)) or [(several, None)]
        for index, (place, item) in enumerate(items):
            yield Part(type_, place if index else "", {**properties, several: item if item is None else [item]})

    return split


def _beside(
    name: str, token: str, by: str, as_: str, inner: str = ""
) -> Callable[[str, object, dict[str, object]], Iterator[Part]]:
    """Return what takes a property out, into a resource that refers to this one `by` a property and has it `as_` another."""

    def split(type_: str, own: object, properties: dict[str, object]) -> Iterator[Part]:
        yield Part(type_, "", _without(properties, name))
        value = properties.get(name)
        if inner and isinstance(value, dict) and inner in value:
            value = value[inner]
        if value is not None:
            yield Part(token, name, {by: own, as_: value})

    return split


def _topic(type_: str, own: object, properties: dict[str, object]) -> Iterator[Part]:
    yield Part(type_, "", _without(properties, "Subscription"))
    for place, item in _each(properties, "Subscription"):
        told = item if isinstance(item, dict) and "Protocol" in item else {"Endpoint": item, "Protocol": item}
        yield Part("aws:sns/topicSubscription:TopicSubscription", place, {**told, "Topic": own})


_SPLIT: dict[str, Callable[[str, object, dict[str, object]], Iterator[Part]]] = {
    "AWS::Backup::BackupVault": _beside("AccessPolicy", "aws:backup/vaultPolicy:VaultPolicy", "BackupVaultName", "Policy"),
    "AWS::DynamoDB::Table": _beside(
        "ResourcePolicy", "aws:dynamodb/resourcePolicy:ResourcePolicy", "ResourceArn", "Policy", inner="PolicyDocument"
    ),
    "AWS::ECR::Repository": _beside(
        "RepositoryPolicyText", "aws:ecr/repositoryPolicy:RepositoryPolicy", "Repository", "Policy"
    ),
    "AWS::EFS::FileSystem": _beside(
        "FileSystemPolicy", "aws:efs/fileSystemPolicy:FileSystemPolicy", "FileSystemId", "Policy"
    ),
    "AWS::IAM::Group": _principal("Group", _GROUP_ATTACHMENT),
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::IAM::Policy": _inline_policy,
    "AWS::IAM::User": _principal("User", _USER_ATTACHMENT),
    "AWS::IAM::UserToGroupAddition": _membership,
    "AWS::SNS::Topic": _topic,
    "AWS::SNS::TopicPolicy": _one_each("Topics"),
    "AWS::SQS::QueuePolicy": _one_each("Queues"),
    "AWS::SecretsManager::Secret": _beside(
        "SecretString", "aws:secretsmanager/secretVersion:SecretVersion", "SecretId", "SecretString"
    ),
}  # fmt: skip
