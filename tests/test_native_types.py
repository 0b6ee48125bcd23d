"""Resources of the provider aws-native are judged as their twins of the provider aws, and none passes unseen."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policies.block import Block
from policies.catalog import builtin_rules
from policies.evaluate import Outcome, judge
from policies.examples import stack_of
from policies.provider import has_property
from policies.provider.native.tables import TWINS
from policies.resource import Resource
from policies.stack import IDENTITIES, Stack
from policies.unknown import COMPUTED
from scanners.sources.cloudformation_names import DOCUMENTS, MAPS, native_properties, native_type
from tests.command import resource, stackproof, state

if TYPE_CHECKING:
    from policies.rule import Rule

RULES = builtin_rules()
SCHEMAS = json.loads((Path(__file__).parent / "schemas" / "cloudformation-properties.json").read_text())
TYPES = {native_type(type_): type_ for type_ in SCHEMAS}
"""CloudFormation's name of each native type."""

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("aws-native:rds:DbInstance", "rds-storage-encrypted", {"storageEncrypted": True}, {"engine": "mysql"}),
    ("aws-native:rds:DbInstance", "rds-storage-encrypted", {"sourceDbInstanceIdentifier": "main"}, {"storageEncrypted": False}),
    ("aws-native:rds:DbCluster", "rds-cluster-storage-encrypted", {"storageEncrypted": True}, {}),
    (
        "aws-native:dynamodb:Table", "dynamodb-table-encrypted-with-customer-key",
        {"sseSpecification": {"sseEnabled": True, "kmsMasterKeyId": KEY}}, {"sseSpecification": {"sseEnabled": True}},
    ),
    ("aws-native:sqs:Queue", "sqs-queue-encrypted", {}, {"sqsManagedSseEnabled": False}),
    ("aws-native:sns:Topic", "sns-topic-encrypted", {"kmsMasterKeyId": "alias/topics"}, {}),
    ("aws-native:kms:Key", "kms-key-rotation-enabled", {"enableKeyRotation": True}, {}),
    ("aws-native:kms:Key", "kms-key-rotation-enabled", {"keySpec": "RSA_2048"}, {"keySpec": "SYMMETRIC_DEFAULT"}),
    ("aws-native:kms:Key", "kms-key-rotation-enabled", {"origin": "EXTERNAL"}, {"origin": "AWS_KMS"}),
    (
        "aws-native:kms:Key", "kms-key-policy-not-public",
        {"keyPolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*"}]}},
        {"keyPolicy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*"}]}},
    ),
    ("aws-native:logs:LogGroup", "cloudwatch-log-group-encrypted-with-customer-key", {"kmsKeyId": KEY}, {}),
    (
        "aws-native:s3:Bucket", "s3-bucket-encrypted-with-customer-key",
        {"bucketEncryption": {"serverSideEncryptionConfiguration": [
            {"serverSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}}]}},
        {"bucketEncryption": {"serverSideEncryptionConfiguration": [
            {"serverSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]}},
    ),
    ("aws-native:s3:Bucket", "s3-acl-not-public", {"accessControl": "Private"}, {"accessControl": "PublicRead"}),
    (
        "aws-native:s3:Bucket", "s3-bucket-has-public-access-block",
        {"publicAccessBlockConfiguration": {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True,
                                            "restrictPublicBuckets": True}},
        {"publicAccessBlockConfiguration": {"blockPublicAcls": True}},
    ),
    (
        "aws-native:s3:Bucket", "required-tags",
        {"tags": [{"key": "Owner", "value": "web"}, {"key": "CostCenter", "value": COMPUTED}]},
        {"tags": [{"key": "Owner", "value": "web"}]},
    ),
    (
        "aws-native:s3:Bucket", "s3-replicas-encrypted-with-customer-key",
        {"replicationConfiguration": {"rules": [{"status": "Enabled",
            "destination": {"bucket": "b", "encryptionConfiguration": {"replicaKmsKeyId": KEY}},
            "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}}}]}},
        {"replicationConfiguration": {"rules": [{"status": "Enabled", "destination": {"bucket": "b"},
            "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}}}]}},
    ),
    (
        "aws-native:s3:Bucket", "s3-bucket-requires-mfa-to-delete",
        {"bucketName": "acme-audit", "versioningConfiguration": {"status": "Suspended"}},
        {"bucketName": "acme-audit", "versioningConfiguration": {"status": "Enabled"}},
    ),
    (
        "aws-native:s3:Bucket", "s3-bucket-name-fits-dns",
        {"bucketName": "www.acme.com", "websiteConfiguration": {"indexDocument": "index.html"}}, {"bucketName": "www.acme.com"},
    ),
    (
        "aws-native:rds:DbInstance", "rds-storage-encrypted",
        {"sourceDbClusterIdentifier": "main", "sourceDbInstanceIdentifier": None}, {"sourceDbInstanceIdentifier": None},
    ),
    (
        "aws-native:efs:FileSystem", "efs-file-system-denies-clients-without-tls",
        {"fileSystemPolicy": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*",
                                             "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}},
        {"fileSystemPolicy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}},
    ),
    (
        "aws-native:ec2:LaunchTemplate", "ec2-instance-requires-imdsv2",
        {"launchTemplateData": {"metadataOptions": {"httpTokens": "required"}}}, {"launchTemplateData": {}},
    ),
    ("aws-native:kinesis:Stream", "kinesis-stream-encrypted", {"streamEncryption": {"encryptionType": "KMS"}}, {}),
    (
        "aws-native:ec2:Instance", "ec2-root-volume-encrypted",
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": True}}]},
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "ebs": {"encrypted": True}}]},
    ),
    ("aws-native:lambda:Function", "required-tags", {"tags": [{"key": k, "value": "a"} for k in ("Owner", "CostCenter")]}, {}),
]  # fmt: skip


def native(type_: str, inputs: dict[str, Any]) -> tuple[Stack, Resource]:
    found = Resource(f"urn:pulumi:dev::shop::{type_}::it", type_, "it", inputs, id="it-id")
    return Stack("dev", "shop", [found]), found


def outcome(id_: str, type_: str, inputs: dict[str, Any]) -> Outcome:
    rule = RULES[id_]
    stack, found = native(type_, inputs)
    assert found.type in rule.applies_to
    findings = judge(rule, found, stack, rule.parameters() if rule.parameters else None)
    return findings[0].outcome if findings else Outcome.PASSED


@pytest.mark.parametrize(("type_", "id_", "good", "bad"), CASES)
def test_a_native_resource_is_judged_as_its_twin(type_: str, id_: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert outcome(id_, type_, good) is Outcome.PASSED
    assert outcome(id_, type_, bad) is Outcome.FAILED


def test_findings_name_the_properties_of_the_program() -> None:
    inputs = {"sseSpecification": {"sseEnabled": True}, "tags": [{"key": "Owner", "value": "web"}]}
    source = state(resource("aws-native:dynamodb:Table", "orders", inputs=inputs))
    ran = stackproof(
        "scan", "-", "--rules", "dynamodb-table-encrypted-with-customer-key,required-tags", "-f", "json", given=source
    )
    found = {result["rule"]: result for result in ran.report["results"]}
    key = found["dynamodb-table-encrypted-with-customer-key"]
    assert (key["path"], key["message"]) == (
        "sseSpecification.kmsMasterKeyId", "sseSpecification.kmsMasterKeyId is not set",
    )  # fmt: skip
    assert found["required-tags"]["path"] == "tags"
    assert found["required-tags"]["fix"] is None, "the fix of the twin does not fit"
    assert key["urn"].endswith("aws-native:dynamodb:Table::orders")


ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


@pytest.mark.parametrize(("roles", "wanted"), [(["app"], Outcome.FAILED), (["other"], None), ([COMPUTED], Outcome.UNDECIDED)])
def test_policies_are_attached_to_the_roles_that_they_list(roles: list[object], wanted: Outcome | None) -> None:
    role = Resource("urn:r", "aws-native:iam:Role", "r", {"roleName": "app", "assumeRolePolicyDocument": TRUST}, id="app")
    inputs: dict[str, object] = {"policyDocument": ADMINISTRATOR, "roles": roles}
    policy = Resource("urn:p", "aws-native:iam:ManagedPolicy", "p", inputs, id="arn:aws:iam::111122223333:policy/p")
    rule = RULES["iam-principal-not-administrator"]
    findings = judge(rule, role, Stack("dev", "shop", [role, policy]), rule.parameters() if rule.parameters else None)
    assert [finding.outcome for finding in findings] == ([wanted] if wanted else [])


def test_roles_keep_policies_that_others_attach() -> None:
    inline = {"policyName": "own", "policyDocument": {"Statement": []}}
    role = Resource("urn:r", "aws-native:iam:Role", "r", {"assumeRolePolicyDocument": TRUST, "policies": [inline]}, id="app")
    other = Resource("urn:p", "aws-native:iam:RolePolicy", "p", {"policyDocument": ADMINISTRATOR, "roleName": "app"})
    stack = Stack("dev", "shop", [role, other])
    assert judge(RULES["iam-principal-not-administrator"], role, stack, None)[0].outcome is Outcome.FAILED
    assert judge(RULES["iam-role-policies-managed-in-one-place"], role, stack, None) == []


def test_what_aws_native_cannot_tag_may_be_tagged_elsewhere() -> None:
    assert outcome("required-tags", "aws-native:iam:ManagedPolicy", {}) is Outcome.UNDECIDED
    assert outcome("tag-values-filled-in", "aws-native:iam:ManagedPolicy", {}) is Outcome.PASSED


def test_users_with_policies_of_their_own_are_not_judged_without_them() -> None:
    _, user = native("aws-native:iam:User", {"userName": "ann", "groups": ["admins"]})
    assert user.type == "aws-native:iam:User"


def test_a_database_in_a_cluster_is_not_judged_as_one_of_its_own() -> None:
    _, member = native("aws-native:rds:DbInstance", {"dbClusterIdentifier": "main"})
    assert member.type == "aws:rds/clusterInstance:ClusterInstance"


@pytest.mark.parametrize(("type_", "good", "bad"), [(case[0], case[2], case[3]) for case in CASES])
def test_translating_twice_changes_nothing(type_: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    twin = TWINS[type_]
    for inputs in (good, bad):
        once = twin.translate(inputs)
        assert twin.translate(once) == once
        assert twin.type_of(once) == twin.type_of(inputs)


@pytest.mark.parametrize("source", ["dbClusterSnapshotIdentifier", "sourceDbiResourceId", "dbSnapshotIdentifier"])
def test_what_is_restored_decides_on_its_encryption(source: str) -> None:
    assert outcome("rds-storage-encrypted", "aws-native:rds:DbInstance", {source: "main"}) is Outcome.UNDECIDED


@pytest.mark.parametrize("encryption", [COMPUTED, "x", {"replicaKmsKeyId": COMPUTED}])
def test_replicas_under_a_key_that_cannot_be_read_decide_nothing(encryption: object) -> None:
    rule = {
        "destination": {"encryptionConfiguration": encryption},
        "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
    }
    inputs = {"replicationConfiguration": {"rules": [rule]}}
    assert outcome("s3-replicas-encrypted-with-customer-key", "aws-native:s3:Bucket", inputs) is Outcome.UNDECIDED


@pytest.mark.parametrize("tags", [COMPUTED, [COMPUTED], [{"key": COMPUTED, "value": "a"}], "x", [7], [{"value": "a"}]])
def test_tags_that_cannot_be_read_decide_nothing(tags: object) -> None:
    assert outcome("required-tags", "aws-native:s3:Bucket", {"tags": tags}) is Outcome.UNDECIDED


@pytest.mark.parametrize("value", [COMPUTED, "x", [COMPUTED], [{"deviceName": COMPUTED, "ebs": {"encrypted": True}}]])
def test_devices_that_cannot_be_read_decide_nothing(value: object) -> None:
    assert outcome("ec2-root-volume-encrypted", "aws-native:ec2:Instance", {"blockDeviceMappings": value}) is Outcome.UNDECIDED


@pytest.mark.parametrize("value", [COMPUTED, "x"])
def test_what_stands_inside_of_an_unknown_value_is_unknown(value: object) -> None:
    assert outcome("kinesis-stream-encrypted", "aws-native:kinesis:Stream", {"streamEncryption": value}) is Outcome.UNDECIDED
    inputs = {"launchTemplateData": value}
    assert outcome("ec2-instance-requires-imdsv2", "aws-native:ec2:LaunchTemplate", inputs) is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("type_", "path", "wanted"),
    [
        ("aws-native:eks:Cluster", "encryptionConfig.provider.keyArn", "encryptionConfig.provider.keyArn"),
        ("aws-native:eks:Cluster", "enabledClusterLogTypes", "logging.clusterLogging.enabledTypes"),
        ("aws-native:kinesis:Stream", "shardCount", "shardCount"),
        ("aws-native:cloudfront:Distribution", "comment", "distributionConfig.comment"),
        ("aws-native:cloudfront:Distribution", "origins[1].originId", "distributionConfig.origins[1].id"),
        ("aws-native:cloudfront:Distribution", "tags", "tags"),
        ("aws-native:ec2:LaunchTemplate", "tags", "tagSpecifications"),
        ("aws-native:ec2:LaunchTemplate", "imageId", "launchTemplateData.imageId"),
    ],
)
def test_paths_lead_back_to_the_native_resource(type_: str, path: str, wanted: str) -> None:
    assert TWINS[type_].original(path)[0] == wanted


ABSENT = {
    "aws-native:autoscaling:LaunchConfiguration": {"rootBlockDevice", "ebsBlockDevices.noDevice", "userData"},
    "aws-native:docdb:DbCluster": {"masterPasswordWo"},
    "aws-native:dynamodb:Table": {"replicas", "restoreBackupArn", "restoreSourceName", "restoreSourceTableArn"},
    "aws-native:ec2:Instance": {"rootBlockDevice", "userData", "ebsBlockDevices.tags", "ebsBlockDevices.tagsAll"},
    "aws-native:elasticache:ReplicationGroup": {"authTokenWo"},
    "aws-native:elasticache:CacheCluster": {"replicationGroupId"},
    "aws-native:iam:InstanceProfile": {"tags"},
    "aws-native:iam:ManagedPolicy": {"tags"},
    "aws-native:iam:Role": {"namePrefix"},
    "aws-native:kms:Key": {"customKeyStoreId", "xksKeyId"},
    "aws-native:rds:DbCluster": {"caCertificateIdentifier", "masterPasswordWo"},
    "aws-native:rds:DbInstance": {"passwordWo"},
    "aws-native:redshift:Cluster": {"masterPasswordWo", "snapshotArn"},
    "aws-native:s3:Bucket": {"grants", "policy", "versioning.mfaDelete"},
    "aws-native:secretsmanager:Secret": {"namePrefix", "policy"},
    "aws-native:sns:Topic": {"policy"},
    "aws-native:sqs:Queue": {"policy"},
    "aws-native:ssm:Parameter": {"insecureValue", "keyId"},
}
"""What rules read of a twin and its native resource has nothing like: AWS's default holds there."""


def read_by(rule: Rule, type_: str, patch: pytest.MonkeyPatch) -> set[str]:
    """Return the properties that a rule reads of its examples of a type, nested ones by their paths."""
    seen: set[str] = set()
    value = Block.value

    def watched(block: Block, path: str) -> object:
        if block.path or (isinstance(block, Resource) and block.type == type_):
            seen.add(re.sub(r"\[\d+\]", "", block.at(path)))
        return value(block, path)

    patch.setattr(Block, "value", watched)
    for example in rule.examples:
        if example.type == type_:
            stack, subject = stack_of(example)
            judge(rule, subject, stack, example.parameters or (rule.parameters() if rule.parameters else None))
    return seen


def sample(schema: object) -> object:
    """Return a value with everything in it that a schema knows."""
    if isinstance(schema, dict):
        return {name: sample(inner) for name, inner in schema.items() if name != "NoDevice"}
    if isinstance(schema, list):
        return [sample(schema[0])]
    return "anything"


def leads(values: object, path: str) -> bool:
    """Say whether a path leads to something, through lists too."""
    name, _, rest = path.partition(".")
    for item in values if isinstance(values, list) else [values]:
        if isinstance(item, dict) and name in item:
            return not rest or leads(item[name], rest)
    return not isinstance(values, dict | list)


@pytest.mark.parametrize("type_", TWINS)
def test_what_rules_read_of_a_twin_is_translated(type_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = TWINS[type_]
    given = sample(SCHEMAS[TYPES[type_]])
    assert isinstance(given, dict)
    translated = twin.translate(native_properties(given, TYPES[type_]))
    for rule in RULES.values():
        if twin.type in rule.applies_to:
            read = {path for path in read_by(rule, twin.type, monkeypatch) if has_property(twin.type, path)}
            absent = {"region", "tagsAll", *IDENTITIES, *ABSENT.get(type_, ())}
            missing = {path for path in read if not leads(translated, path) and not absent & {path, path.partition(".")[0]}}
            assert not missing, f"{rule.id} reads {missing} of {twin.type}; is there nothing like it in {type_}?"


@pytest.mark.parametrize("type_", SCHEMAS)
def test_keys_that_are_data_stay_as_they_are(type_: str) -> None:
    def check(schema: object, translated: object, name: str) -> None:
        if isinstance(schema, list):
            assert isinstance(translated, list)
            check(schema[0], translated[0], "" if name in MAPS else name)
        elif isinstance(schema, dict):
            assert isinstance(translated, dict)
            assert name not in DOCUMENTS
            assert name not in MAPS
            for (inner, item), value in zip(schema.items(), translated.values(), strict=True):
                check(item, value, inner)
        elif schema:
            assert translated == ({"Some_Key": {"Another.Key": 1}} if schema == "json" else {"Some_Key": "a"})

    def given(schema: object) -> object:
        if isinstance(schema, dict):
            return {name: given(item) for name, item in schema.items()}
        if isinstance(schema, list):
            return [given(schema[0])]
        return {"": "a", "map": {"Some_Key": "a"}, "json": {"Some_Key": {"Another.Key": 1}}}[str(schema)]

    values = given(SCHEMAS[type_])
    assert isinstance(values, dict)
    check(SCHEMAS[type_], native_properties(values, type_), "")


def test_types_that_look_like_judged_ones_are_told() -> None:
    types = [
        "aws:s3/bucketV3:BucketV3",
        "aws-native:wisdom:Assistant",
        "aws-native:dms:Endpoint",
        "kubernetes:core/v1:Pod",
    ]
    ran = stackproof("scan", "-", "-f", "json", given=state(*(resource(type_, f"r{i}") for i, type_ in enumerate(types))))
    unjudged = ran.report["summary"]["unjudged"]
    assert unjudged["types"] == dict.fromkeys(sorted(types), 1)
    assert unjudged["alike"] == {
        "aws-native:dms:Endpoint": "aws:dms/endpoint:Endpoint",
        "aws:s3/bucketV3:BucketV3": "aws:s3/bucket:Bucket",
    }
    text = stackproof("scan", "-", given=state(resource("aws:s3/bucketV3:BucketV3", "b"))).out
    assert "No rule knows aws:s3/bucketV3:BucketV3, which looks like aws:s3/bucket:Bucket; nothing is said of it." in text
