"""Twins of what moves and works on data, and of who signs in: brokers, jobs, models, transfers, user pools."""

from __future__ import annotations

from policies.provider.native.conversions import TAGGED, TAGS
from policies.provider.native.twin import Field, Twin
from policies.unknown import read


def enabled(value: object) -> object:
    """Return whether an object says that something is enabled."""
    known = read(value)
    return known.get("enabled", False) if isinstance(known, dict) else value


_SWITCHED = {"iam": Field("iam", convert=enabled), "scram": Field("scram", convert=enabled)}

TWINS = {
    "aws-native:amazonmq:Broker": Twin("aws:mq/broker:Broker", TAGGED),
    "aws-native:bedrock:Agent": Twin("aws:bedrock/agentAgent:AgentAgent", TAGGED),
    "aws-native:cognito:IdentityPool": Twin("aws:cognito/identityPool:IdentityPool", {"identityPoolTags": TAGS}),
    "aws-native:cognito:UserPool": Twin(
        "aws:cognito/userPool:UserPool",
        {
            "policies": Field("", {"passwordPolicy": Field("passwordPolicy")}),
            "userPoolName": Field("name"),
            "userPoolTags": TAGS,
        },
    ),
    "aws-native:dms:ReplicationInstance": Twin(
        "aws:dms/replicationInstance:ReplicationInstance",
        {
            **TAGGED,
            "kmsKeyId": Field("kmsKeyArn"),
            "replicationInstanceIdentifier": Field("replicationInstanceId"),
            "replicationSubnetGroupIdentifier": Field("replicationSubnetGroupId"),
        },
    ),
    "aws-native:glue:Crawler": Twin(
        "aws:glue/crawler:Crawler", {**TAGGED, "crawlerSecurityConfiguration": Field("securityConfiguration")}
    ),
    "aws-native:glue:DataCatalogEncryptionSettings": Twin(
        "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        {
            "dataCatalogEncryptionSettings": Field(
                "dataCatalogEncryptionSettings",
                {"connectionPasswordEncryption": Field("connectionPasswordEncryption", {"kmsKeyId": Field("awsKmsKeyId")})},
            )
        },
    ),
    "aws-native:glue:DevEndpoint": Twin("aws:glue/devEndpoint:DevEndpoint", {**TAGGED, "endpointName": Field("name")}),
    "aws-native:glue:Job": Twin("aws:glue/job:Job", {**TAGGED, "role": Field("roleArn")}),
    "aws-native:glue:SecurityConfiguration": Twin(
        "aws:glue/securityConfiguration:SecurityConfiguration",
        {
            "encryptionConfiguration": Field(
                "encryptionConfiguration",
                {
                    "cloudWatchEncryption": Field(
                        "cloudwatchEncryption", {"cloudWatchEncryptionMode": Field("cloudwatchEncryptionMode")}
                    ),
                    "s3Encryptions": Field("s3Encryption"),
                },
            )
        },
    ),
    "aws-native:msk:Cluster": Twin(
        "aws:msk/cluster:Cluster",
        {
            **TAGGED,
            "clientAuthentication": Field(
                "clientAuthentication",
                {
                    "sasl": Field("sasl", _SWITCHED),
                    "tls": Field("tls", {"certificateAuthorityArnList": Field("certificateAuthorityArns")}),
                    "unauthenticated": Field("unauthenticated", convert=enabled),
                },
            ),
            "encryptionInfo": Field(
                "encryptionInfo",
                {"encryptionAtRest": Field("", {"dataVolumeKmsKeyId": Field("encryptionAtRestKmsKeyArn")})},
            ),
        },
    ),
    "aws-native:sagemaker:EndpointConfig": Twin(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {**TAGGED, "endpointConfigName": Field("name"), "kmsKeyId": Field("kmsKeyArn")},
    ),
    "aws-native:sagemaker:Model": Twin("aws:sagemaker/model:Model", {**TAGGED, "modelName": Field("name")}),
    "aws-native:transfer:Server": Twin("aws:transfer/server:Server", TAGGED),
    "aws-native:workspaces:Workspace": Twin("aws:workspaces/workspace:Workspace", TAGGED),
}
