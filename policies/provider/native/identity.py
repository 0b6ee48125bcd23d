"""Twins of IAM, KMS and Secrets Manager, and of the policies of topics and queues."""

from __future__ import annotations

from policies.provider.native.conversions import TAGGED, only_item
from policies.provider.native.twin import Field, Twin, unread

_DOCUMENT = {"policyDocument": Field("policy"), "policyName": Field("name")}
_INLINE = ("policies", "managedPolicyArns")

TWINS = {
    "aws-native:iam:AccessKey": Twin("aws:iam/accessKey:AccessKey", {"userName": Field("user")}, given=unread("pgpKey")),
    "aws-native:iam:Group": Twin(
        "aws:iam/group:Group", {"groupName": Field("name")}, members=dict.fromkeys(_INLINE, "aws-native:iam:Group")
    ),
    "aws-native:iam:GroupPolicy": Twin("aws:iam/groupPolicy:GroupPolicy", {**_DOCUMENT, "groupName": Field("group")}),
    "aws-native:iam:InstanceProfile": Twin(
        "aws:iam/instanceProfile:InstanceProfile",
        {"instanceProfileName": Field("name"), "roles": Field("role", convert=only_item)},
        untagged=True,
    ),
    "aws-native:iam:ManagedPolicy": Twin(
        "aws:iam/policy:Policy",
        {"managedPolicyName": Field("name"), "policyDocument": Field("policy")},
        untagged=True,
    ),
    "aws-native:iam:Role": Twin(
        "aws:iam/role:Role",
        {
            **TAGGED,
            "assumeRolePolicyDocument": Field("assumeRolePolicy"),
            "policies": Field("inlinePolicies", _DOCUMENT),
            "roleName": Field("name"),
        },
    ),
    "aws-native:iam:RolePolicy": Twin("aws:iam/rolePolicy:RolePolicy", {**_DOCUMENT, "roleName": Field("role")}),
    "aws-native:iam:User": Twin(
        "aws:iam/user:User",
        {**TAGGED, "userName": Field("name")},
        members=dict.fromkeys((*_INLINE, "groups", "loginProfile"), "aws-native:iam:User"),
    ),
    "aws-native:iam:UserPolicy": Twin("aws:iam/userPolicy:UserPolicy", {**_DOCUMENT, "userName": Field("user")}),
    "aws-native:kms:Alias": Twin("aws:kms/alias:Alias", {"aliasName": Field("name")}),
    "aws-native:kms:Key": Twin(
        "aws:kms/key:Key",
        {
            **TAGGED,
            "enabled": Field("isEnabled"),
            "keyPolicy": Field("policy"),
            "keySpec": Field("customerMasterKeySpec"),
            "pendingWindowInDays": Field("deletionWindowInDays"),
        },
    ),
    "aws-native:lambda:Permission": Twin("aws:lambda/permission:Permission", {"functionName": Field("function")}),
    "aws-native:secretsmanager:ResourcePolicy": Twin(
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        {"resourcePolicy": Field("policy"), "secretId": Field("secretArn")},
    ),
    "aws-native:secretsmanager:RotationSchedule": Twin(
        "aws:secretsmanager/secretRotation:SecretRotation", {"rotateImmediatelyOnUpdate": Field("rotateImmediately")}
    ),
    "aws-native:secretsmanager:Secret": Twin(
        "aws:secretsmanager/secret:Secret", {**TAGGED, "replicaRegions": Field("replicas")}
    ),
    "aws-native:sns:TopicPolicy": Twin(
        "aws:sns/topicPolicy:TopicPolicy", {"policyDocument": Field("policy"), "topics": Field("arn", convert=only_item)}
    ),
    "aws-native:sqs:QueuePolicy": Twin(
        "aws:sqs/queuePolicy:QueuePolicy", {"policyDocument": Field("policy"), "queues": Field("queueUrl", convert=only_item)}
    ),
    "aws-native:ssm:Parameter": Twin("aws:ssm/parameter:Parameter", TAGGED),
}  # fmt: skip
