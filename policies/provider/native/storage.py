"""Twins of what keeps or carries data: S3, EBS, EFS, ECR, logs, trails, streams, topics, queues, backups."""

from __future__ import annotations

from policies.provider.native.conversions import TAGGED, TAGS, is_enabled, kebab_case, malformed_unless
from policies.provider.native.twin import Field, Twin
from policies.unknown import read


def destination(value: object) -> object:
    """Return a destination of replication with the key of the replicas beside the bucket."""
    known = read(value)
    if not isinstance(known, dict) or known.get("encryptionConfiguration") is None:
        return value
    encryption = malformed_unless(known["encryptionConfiguration"], dict)
    key = encryption.get("replicaKmsKeyId") if isinstance(encryption, dict) else encryption
    return {**known, "replicaKmsKeyId": key}


_SELECTED = Field("sseKmsEncryptedObjects", {"status": Field("enabled")})
_REPLICATION = Field(
    "replicationConfiguration",
    {
        "rules": Field(
            "rules",
            {
                "destination": Field("destination", convert=destination),
                "sourceSelectionCriteria": Field("sourceSelectionCriteria", {"sseKmsEncryptedObjects": _SELECTED}),
            },
        )
    },
)

TWINS = {
    "aws-native:backup:BackupVault": Twin(
        "aws:backup/vault:Vault",
        {"backupVaultName": Field("name"), "backupVaultTags": Field("tags"), "encryptionKeyArn": Field("kmsKeyArn")},
    ),
    "aws-native:cloudtrail:Trail": Twin(
        "aws:cloudtrail/trail:Trail",
        {
            **TAGGED,
            "cloudWatchLogsLogGroupArn": Field("cloudWatchLogsGroupArn"),
            "isLogging": Field("enableLogging"),
            "trailName": Field("name"),
        },
    ),
    "aws-native:ec2:Volume": Twin(
        "aws:ebs/volume:Volume",
        {**TAGGED, "sourceVolumeId": Field("snapshotId"), "volumeType": Field("type")},
    ),
    "aws-native:ecr:Repository": Twin(
        "aws:ecr/repository:Repository",
        {**TAGGED, "encryptionConfiguration": Field("encryptionConfigurations"), "repositoryName": Field("name")},
    ),
    "aws-native:efs:FileSystem": Twin(
        "aws:efs/fileSystem:FileSystem",
        {
            "fileSystemProtection": Field("protection", {"replicationOverwriteProtection": Field("replicationOverwrite")}),
            "fileSystemTags": TAGS,
        },
    ),
    "aws-native:kinesis:Stream": Twin(
        "aws:kinesis/stream:Stream",
        {
            **TAGGED,
            "desiredShardLevelMetrics": Field("shardLevelMetrics"),
            "retentionPeriodHours": Field("retentionPeriod"),
            "streamEncryption": Field("", {"encryptionType": Field("encryptionType"), "keyId": Field("kmsKeyId")}),
        },
    ),
    "aws-native:logs:LogGroup": Twin("aws:cloudwatch/logGroup:LogGroup", {**TAGGED, "logGroupName": Field("name")}),
    "aws-native:s3:Bucket": Twin(
        "aws:s3/bucket:Bucket",
        {
            **TAGGED,
            "accessControl": Field("acl", convert=kebab_case),
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
            "versioningConfiguration": Field("versioning", {"status": Field("enabled", convert=is_enabled)}),
            "websiteConfiguration": Field("website"),
        },
    ),
    "aws-native:s3:BucketPolicy": Twin("aws:s3/bucketPolicy:BucketPolicy", {"policyDocument": Field("policy")}),
    "aws-native:sns:Topic": Twin("aws:sns/topic:Topic", {**TAGGED, "topicName": Field("name")}),
    "aws-native:sqs:Queue": Twin("aws:sqs/queue:Queue", {**TAGGED, "queueName": Field("name")}),
}
