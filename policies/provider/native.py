"""Resources of the provider aws-native under the names of their twins in the provider aws: one table for both.

The provider writes CloudFormation's properties in camel case (pulumi-aws-native 1.84.0). What is not in a table has the
same name in both providers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policies.fix import path_steps, path_to
from policies.unknown import Reason, Unknown, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Field(NamedTuple):
    """Where a property of the native resource stands in its twin; `fields` are those of the object in it."""

    name: str
    fields: Mapping[str, Field] = {}
    convert: Callable[[object], object] | None = None


class Twin(NamedTuple):
    """The type that a native resource is judged as; `members` are the types where a property is set."""

    type: str
    fields: Mapping[str, Field]
    members: Mapping[str, str] = {}

    def type_of(self, inputs: Mapping[str, object]) -> str:
        """Return the type for some inputs, native or translated already."""
        for name, type_ in self.members.items():
            if any(inputs.get(key) not in (None, "") for key in (name, self.translate_name(name))):
                return type_
        return self.type

    def translate(self, values: dict[str, object]) -> dict[str, object]:
        """Return native properties under the twin's names. What has the twin's names already stays as it is."""
        return _renamed(values, self.fields)  # type: ignore[return-value]

    def translate_name(self, name: str) -> str:
        """Return the twin's name of a property at the top."""
        return self.fields[name].name if name in self.fields else name

    def original(self, path: str) -> str:
        """Return where a path of the twin stands in the native resource."""
        fields, found = self.fields, ""
        for step in path_steps(path):
            if isinstance(step, int):
                found += f"[{step}]"
                continue
            name = next((native for native, field in fields.items() if field.name == step), step)
            found = path_to(found, name) if found else name
            field = fields.get(name, Field(name))
            if field.convert:
                return found
            fields = field.fields
        return found


def _renamed(value: object, fields: Mapping[str, Field]) -> object:
    if isinstance(value, list):
        return [_renamed(item, fields) for item in value]
    if not isinstance(value, dict):
        return value
    renamed: dict[str, object] = {}
    for name, item in value.items():
        field = fields.get(name)
        if field is None:
            renamed[name] = item
        elif item is not None or field.name not in renamed:  # two properties may have one place: of them one is set
            renamed[field.name] = field.convert(item) if field.convert else _renamed(item, field.fields)
    return renamed


def _tags(value: object) -> object:
    """Return a list of keys and values as a map; unknown as a whole where a key is."""
    tags = read(value)
    if not isinstance(tags, list):
        return value
    found: dict[str, object] = {}
    for item in map(read, tags):
        if not isinstance(item, dict):
            return item if isinstance(item, Unknown) else value
        key = read(item.get("key"))
        if not isinstance(key, str):
            return key if isinstance(key, Unknown) else value
        found[key] = item.get("value")
    return found


def _kebab_case(value: object) -> object:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", value).lower() if isinstance(value, str) and value.isalpha() else value


def _is_enabled(value: object) -> object:
    return value.lower() == "enabled" if isinstance(value, str) and value.isalpha() else value


def _destination(value: object) -> object:
    """Return a destination of replication with the key of the replicas beside the bucket."""
    destination = read(value)
    if not isinstance(destination, dict) or destination.get("encryptionConfiguration") is None:
        return value
    encryption = read(destination["encryptionConfiguration"])
    if not isinstance(encryption, dict | Unknown):
        encryption = Unknown(Reason.MALFORMED)
    key = encryption.get("replicaKmsKeyId") if isinstance(encryption, dict) else encryption
    return {**destination, "replicaKmsKeyId": key}


_SELECTED = Field("sseKmsEncryptedObjects", {"status": Field("enabled")})
_REPLICATION = Field(
    "replicationConfiguration",
    {
        "rules": Field(
            "rules",
            {
                "destination": Field("destination", convert=_destination),
                "sourceSelectionCriteria": Field("sourceSelectionCriteria", {"sseKmsEncryptedObjects": _SELECTED}),
            },
        )
    },
)
_TAGGED = {"tags": Field("tags", convert=_tags)}

TWINS = {
    "aws-native:dynamodb:Table": Twin(
        "aws:dynamodb/table:Table",
        {
            **_TAGGED,
            "tableName": Field("name"),
            "sseSpecification": Field(
                "serverSideEncryption", {"sseEnabled": Field("enabled"), "kmsMasterKeyId": Field("kmsKeyArn")}
            ),
        },
    ),
    "aws-native:kms:Key": Twin(
        "aws:kms/key:Key",
        {
            **_TAGGED,
            "enabled": Field("isEnabled"),
            "keyPolicy": Field("policy"),
            "keySpec": Field("customerMasterKeySpec"),
            "pendingWindowInDays": Field("deletionWindowInDays"),
        },
    ),
    "aws-native:lambda:Function": Twin("aws:lambda/function:Function", {**_TAGGED, "functionName": Field("name")}),
    "aws-native:logs:LogGroup": Twin("aws:cloudwatch/logGroup:LogGroup", {**_TAGGED, "logGroupName": Field("name")}),
    "aws-native:rds:DbCluster": Twin(
        "aws:rds/cluster:Cluster",
        {
            **_TAGGED,
            "dbClusterIdentifier": Field("clusterIdentifier"),
            "enableIamDatabaseAuthentication": Field("iamDatabaseAuthenticationEnabled"),
            "masterUserPassword": Field("masterPassword"),
            "sourceDbClusterIdentifier": Field("restoreToPointInTime"),
            "sourceDbClusterResourceId": Field("restoreToPointInTime"),
        },
    ),
    "aws-native:rds:DbInstance": Twin(
        "aws:rds/instance:Instance",
        {
            **_TAGGED,
            "caCertificateIdentifier": Field("caCertIdentifier"),
            "dbClusterIdentifier": Field("clusterIdentifier"),
            "dbClusterSnapshotIdentifier": Field("snapshotIdentifier"),
            "dbInstanceIdentifier": Field("identifier"),
            "dbParameterGroupName": Field("parameterGroupName"),
            "dbSnapshotIdentifier": Field("snapshotIdentifier"),
            "enableIamDatabaseAuthentication": Field("iamDatabaseAuthenticationEnabled"),
            "enablePerformanceInsights": Field("performanceInsightsEnabled"),
            "masterUserPassword": Field("password"),
            "masterUsername": Field("username"),
            "sourceDbClusterIdentifier": Field("replicateSourceDb"),
            "sourceDbInstanceAutomatedBackupsArn": Field("restoreToPointInTime"),
            "sourceDbInstanceIdentifier": Field("replicateSourceDb"),
            "sourceDbiResourceId": Field("restoreToPointInTime"),
        },
        members={"dbClusterIdentifier": "aws:rds/clusterInstance:ClusterInstance"},
    ),
    "aws-native:s3:Bucket": Twin(
        "aws:s3/bucket:Bucket",
        {
            **_TAGGED,
            "accessControl": Field("acl", convert=_kebab_case),
            "bucketEncryption": Field(
                "serverSideEncryptionConfiguration",
                {
                    "serverSideEncryptionConfiguration": Field(
                        "rule", {"serverSideEncryptionByDefault": Field("applyServerSideEncryptionByDefault")}
                    )
                },
            ),
            "bucketName": Field("bucket"),
            "bucketNamePrefix": Field("bucketPrefix"),
            "loggingConfiguration": Field("logging"),
            "replicationConfiguration": _REPLICATION,
            "versioningConfiguration": Field("versioning", {"status": Field("enabled", convert=_is_enabled)}),
            "websiteConfiguration": Field("website"),
        },
    ),
    "aws-native:s3:BucketPolicy": Twin("aws:s3/bucketPolicy:BucketPolicy", {"policyDocument": Field("policy")}),
    "aws-native:sns:Topic": Twin("aws:sns/topic:Topic", {**_TAGGED, "topicName": Field("name")}),
    "aws-native:sqs:Queue": Twin("aws:sqs/queue:Queue", {**_TAGGED, "queueName": Field("name")}),
}
"""What each native type is judged as."""
