"""Encryption of ECS, and secrets in its task definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY, FSBP, IN_TRANSIT, SECRETS
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.embedded_json import json_block
from policies.encryption.efs import mounts_without_tls
from policies.environment_secrets import NotSecret, Variable, plain_secrets
from policies.fix import Fix, nested
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

TASK = "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER = "aws:ecs/cluster:Cluster"
CONTAINERS = "containerDefinitions"


def _volume(**efs: object) -> dict[str, object]:
    return {"volumes": [{"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1", **efs}}]}


def _volumes(task: Resource) -> Iterator[Block]:
    yield from task.each("volumes")


@rule(
    applies_to=(TASK,),
    severity=Severity.HIGH,
    remedy="Set transitEncryption to ENABLED in each efsVolumeConfiguration.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_97",),
    topic="Amazon EFS volumes for Amazon ECS",
    each=_volumes,
    passes=({}, {"volumes": [{"name": "scratch"}]}, _volume(transitEncryption="ENABLED")),
    fails=(_volume(), _volume(transitEncryption="DISABLED")),
    undecided=({"volumes": UNKNOWN}, _volume(transitEncryption=UNKNOWN), {"volumes": [{"efsVolumeConfiguration": UNKNOWN}]}),
)
def ecs_task_efs_volume_encrypted_in_transit(volume: Block) -> Iterator[Violation]:
    """ECS tasks encrypt their traffic with EFS.

    NFS carries files in plain text. ECS mounts EFS without TLS unless the volume asks for it.
    """
    for mount in mounts_without_tls(volume):
        at = mount.at("transitEncryption")
        yield Violation(f"{at} is not ENABLED", at=at, fix=Fix({at: "ENABLED"}, replaces=True))


def _exec(**settings: object) -> dict[str, object]:
    return nested("configuration.executeCommandConfiguration", settings)


def _exec_settings(cluster: Resource) -> Iterator[Block]:
    for configuration in cluster.each("configuration"):
        yield from configuration.each("executeCommandConfiguration")


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId of the executeCommandConfiguration to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_224",),
    topic="Logging and auditing using ECS Exec",
    passes=(
        {},
        _exec(kmsKeyId=KEY_ARN),
        Example(_exec(kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
    ),
    fails=(_exec(logging="DEFAULT"), _exec(kmsKeyId="alias/aws/ssm")),
    undecided=({"configuration": UNKNOWN}, _exec(kmsKeyId=UNKNOWN)),
)
def ecs_exec_session_encrypted_with_customer_key(cluster: Resource, stack: Stack) -> Iterator[Violation]:
    """ECS Exec sessions are encrypted with a customer managed key.

    A session is a shell in a container, and runs over TLS. With a key of your own, who opens one needs your key too. A
    cluster without an executeCommandConfiguration is left alone.
    """
    for settings in _exec_settings(cluster):
        yield from customer_key_violations(cluster, settings, "kmsKeyId", stack)


def _logs(**settings: object) -> dict[str, object]:
    return _exec(logging="OVERRIDE", logConfiguration=settings)


@rule(
    applies_to=(CLUSTER,),
    severity=Severity.MEDIUM,
    remedy=(
        "Set cloudWatchEncryptionEnabled, for a log group that is encrypted with a KMS key, or s3BucketEncryptionEnabled:"
        " whichever the logConfiguration sends logs to."
    ),
    controls=AT_REST,
    topic="Logging and auditing using ECS Exec",
    passes=(
        {},
        _exec(logging="DEFAULT"),
        _exec(logging="NONE", logConfiguration={"s3BucketName": "audit"}),
        _logs(cloudWatchLogGroupName="audit", cloudWatchEncryptionEnabled=True),
        _logs(s3BucketName="audit", s3BucketEncryptionEnabled=True),
    ),
    fails=(
        _logs(cloudWatchLogGroupName="audit"),
        _logs(s3BucketName="audit"),
        _logs(cloudWatchLogGroupName="audit", cloudWatchEncryptionEnabled=True, s3BucketName="audit"),
        _logs(s3BucketName="audit", s3BucketEncryptionEnabled=False),
    ),
    undecided=(
        {"configuration": UNKNOWN},
        _exec(logging=UNKNOWN, logConfiguration={"s3BucketName": "audit"}),
        _logs(s3BucketName="audit", s3BucketEncryptionEnabled=UNKNOWN),
    ),
)
def ecs_exec_log_encrypted(cluster: Resource) -> Iterator[Violation]:
    """ECS encrypts the logs of Exec sessions.

    They hold whatever was typed and shown in a container. Where a cluster names a place for them, ECS does not ask for
    encryption unless the cluster does.
    """
    for settings in _exec_settings(cluster):
        if settings.text("logging") != "OVERRIDE":
            continue
        for logs in settings.each("logConfiguration"):
            at = logs.at("s3BucketEncryptionEnabled")
            if logs.has("s3BucketName") and not logs.flag("s3BucketEncryptionEnabled"):
                yield Violation(f"{at} is not true", at=at, fix=Fix({at: True}))
            # no fix: with a log group that has no KMS key, sessions would no longer start
            at = logs.at("cloudWatchEncryptionEnabled")
            if logs.has("cloudWatchLogGroupName") and not logs.flag("cloudWatchEncryptionEnabled"):
                yield Violation(f"{at} is not true", at=at)


def _variables(task: Resource) -> Iterator[Variable]:
    for container in json_block(task, CONTAINERS).each(CONTAINERS):
        for block in container.each("environment"):
            yield Variable(block)


def _environment(variables: dict[str, str]) -> dict[str, object]:
    listed = [{"name": name, "value": value} for name, value in variables.items()]
    return {CONTAINERS: json.dumps([{"name": "app", "image": "app", "environment": listed}])}


@rule(
    applies_to=(TASK,),
    severity=Severity.HIGH,
    remedy="Move it to Secrets Manager or Parameter Store, name it in secrets of the container, and replace what was exposed.",
    controls=(FSBP["ECS.8"], *SECRETS),
    topic="Pass sensitive data to an Amazon ECS container",
    each=_variables,
    parameters=NotSecret,
    passes=(
        {},
        _environment({"STAGE": "prod", "DB_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"}),
        _environment({"DB_PASSWORD": "", "TOKEN_TTL": "3600"}),
        {CONTAINERS: json.dumps([{"name": "app", "secrets": [{"name": "DB_PASSWORD", "valueFrom": "/prod/db"}]}])},
    ),
    fails=(
        _environment({"DB_PASSWORD": "correct horse"}),
        _environment({"OTHER": "AKIA" + "IOSFODNN7EXAMPLE"}),
        {CONTAINERS: json.dumps([{"Name": "app", "Environment": [{"Name": "apiKey", "Value": "Zm9vYmFy"}]}])},
        _environment({"STAGE": "prod", "TOKEN": "Zm9vYmFy"}),
    ),
    undecided=({CONTAINERS: UNKNOWN}, {CONTAINERS: "["}),
)
def ecs_task_environment_free_of_secrets(variable: Variable, parameters: NotSecret) -> Iterator[Violation]:
    """ECS task definitions hold no secrets in plain text.

    Whoever may describe a task definition reads its environment, in every revision, and so does anyone who sees the
    container. ECS can hand secrets over by reference. A value counts as a secret by its form or by its variable's name.
    """
    yield from plain_secrets(variable, parameters, at=CONTAINERS)
