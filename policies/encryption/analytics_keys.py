"""Customer managed keys of analytics and monitoring services that have one rule each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, YOURS, customer_key_rule, customer_key_violations
from policies.encryption.nested_customer_key import blocks_at
from policies.rule import Example, Severity, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.rule import Violation
    from policies.stack import Stack

EMR_CLUSTER = "aws:emr/cluster:Cluster"
EMR_SERVERLESS = "aws:emrserverless/application:Application"


@rule(
    applies_to=(EMR_CLUSTER,),
    severity=Severity.LOW,
    remedy=(
        "Set logEncryptionKmsKeyId to the ARN of a key that you manage; this replaces the cluster."
        " Releases before 5.30.0, and 6.0.0, cannot have one."
    ),
    controls=CUSTOMER_KEY,
    topic="Encrypt EMR log files",
    passes=(
        {"logUri": "s3://logs", "logEncryptionKmsKeyId": KEY_ARN},
        Example({"logUri": "s3://logs", "logEncryptionKmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        {},
    ),
    fails=({"logUri": "s3://logs"}, {"logUri": UNKNOWN}, {"logUri": "s3://logs", "logEncryptionKmsKeyId": "alias/aws/s3"}),
    undecided=({"logUri": "s3://logs", "logEncryptionKmsKeyId": UNKNOWN},),
)
def emr_cluster_logs_encrypted_with_customer_key(cluster: Resource, stack: Stack) -> Iterator[Violation]:
    """EMR clusters encrypt their logs with a customer managed key.

    Logs of jobs often quote the data they work on. Without a key of yours S3 encrypts them for everyone who may read the
    bucket.
    """
    if cluster.has("logUri"):
        yield from customer_key_violations(cluster, cluster, "logEncryptionKmsKeyId", stack)


def _monitoring(**settings: object) -> dict[str, object]:
    return {"monitoringConfiguration": settings}


_PERSISTED = {"managedPersistenceMonitoringConfiguration": {"encryptionKeyArn": KEY_ARN}}


@rule(
    applies_to=(EMR_SERVERLESS,),
    severity=Severity.LOW,
    remedy="Set encryptionKeyArn of every place in monitoringConfiguration that gets logs.",
    controls=CUSTOMER_KEY,
    topic="EMR Serverless encrypting logs",
    passes=(
        _monitoring(**_PERSISTED),
        Example(
            _monitoring(managedPersistenceMonitoringConfiguration={"encryptionKeyArn": KEY_OF_THE_STACK}), related=RELATED_KEY
        ),
        _monitoring(managedPersistenceMonitoringConfiguration={"enabled": False}),
        _monitoring(**_PERSISTED, s3MonitoringConfiguration={"logUri": "s3://logs", "encryptionKeyArn": KEY_ARN}),
        _monitoring(**_PERSISTED, cloudwatchLoggingConfiguration={"enabled": False}),
    ),
    fails=(
        {},
        _monitoring(managedPersistenceMonitoringConfiguration={"enabled": True}),
        _monitoring(**_PERSISTED, s3MonitoringConfiguration={"logUri": "s3://logs"}),
        _monitoring(**_PERSISTED, cloudwatchLoggingConfiguration={"enabled": True}),
    ),
    undecided=(
        {"monitoringConfiguration": UNKNOWN},
        _monitoring(managedPersistenceMonitoringConfiguration={"enabled": UNKNOWN}),
        _monitoring(managedPersistenceMonitoringConfiguration={"encryptionKeyArn": UNKNOWN}),
    ),
)
def emr_serverless_logs_encrypted_with_customer_key(application: Resource, stack: Stack) -> Iterator[Violation]:
    """EMR Serverless applications encrypt their logs with a customer managed key.

    Logs of jobs often quote the data they work on. EMR keeps them for 30 days in storage of its own unless that is
    switched off, under a key that AWS owns.
    """
    monitoring = application.block("monitoringConfiguration")
    for path in _log_places(monitoring):
        yield from customer_key_violations(application, monitoring, f"{path}.encryptionKeyArn", stack)


def _log_places(monitoring: Block) -> Iterator[str]:
    if monitoring.flag("managedPersistenceMonitoringConfiguration.enabled", default=True):
        yield "managedPersistenceMonitoringConfiguration"
    if any(blocks_at(monitoring, "s3MonitoringConfiguration")):
        yield "s3MonitoringConfiguration"
    if monitoring.flag("cloudwatchLoggingConfiguration.enabled"):
        yield "cloudwatchLoggingConfiguration"


RULES = (
    customer_key_rule(
        "emr-studio",
        ("aws:emr/studio:Studio",),
        "encryptionKeyArn",
        what="EMR Studio workspaces",
        why="A studio keeps notebooks and their results in S3, with SSE-S3 unless it names a key." + YOURS,
        severity=Severity.LOW,
        topic="Encrypt EMR log files",
    ),
    customer_key_rule(
        "emr-job-template",
        ("aws:emrcontainers/jobTemplate:JobTemplate",),
        "kmsKeyArn",
        what="Job templates of EMR on EKS",
        why="A template holds parameters of jobs, under a key that AWS controls unless it names one." + YOURS,
        severity=Severity.LOW,
        topic="Encrypt EMR log files",
    ),
    customer_key_rule(
        "flink-application",
        ("aws:kinesisanalyticsv2/application:Application",),
        "applicationConfiguration.applicationEncryptionConfiguration.keyId",
        what="Managed Flink applications",
        why="State and checkpoints hold records of the streams, under a key that AWS owns unless you name one." + YOURS,
        remedy="Set keyType of applicationEncryptionConfiguration to CUSTOMER_MANAGED_KEY, and keyId to the ARN of the key.",
        severity=Severity.LOW,
        topic="Key management in Managed Service for Apache Flink",
    ),
    customer_key_rule(
        "opensearch-ingestion-pipeline",
        ("aws:opensearchingest/pipeline:Pipeline",),
        "encryptionAtRestOptions.kmsKeyArn",
        what="OpenSearch ingestion pipelines",
        why="A pipeline buffers documents on disk, under a key that AWS owns unless it names one." + YOURS,
        severity=Severity.LOW,
        topic="Data protection in OpenSearch Ingestion",
    ),
    customer_key_rule(
        "mwaa-environment",
        ("aws:mwaa/environment:Environment",),
        "kmsKey",
        what="Airflow environments",
        why="Connections, variables and logs of workflows lie under a key that AWS controls unless you name one." + YOURS,
        remedy="Set kmsKey to the ARN of a key that you manage; this replaces the environment.",
        severity=Severity.LOW,
        topic="Customer managed keys for Data Encryption in Amazon MWAA",
    ),
    customer_key_rule(
        "datazone-domain",
        ("aws:datazone/domain:Domain",),
        "kmsKeyIdentifier",
        what="DataZone domains",
        why="A domain describes the data of your organization, under a key that AWS owns unless it names one." + YOURS,
        remedy="Make the domain with kmsKeyIdentifier set to the ARN of a key that you manage; an existing one keeps its key.",
        severity=Severity.LOW,
        topic="Data encryption at rest for Amazon DataZone",
    ),
    customer_key_rule(
        "prometheus-workspace",
        ("aws:amp/workspace:Workspace",),
        "kmsKeyArn",
        what="Prometheus workspaces",
        why="Metrics and their labels lie under a key that AWS owns unless the workspace names one." + YOURS,
        severity=Severity.LOW,
        topic="Encryption at rest in Amazon Managed Service for Prometheus",
    ),
    customer_key_rule(
        "grafana-workspace",
        ("aws:grafana/workspace:Workspace",),
        "kmsKeyId",
        what="Grafana workspaces",
        why="Dashboards and access to data sources lie under a key that AWS owns unless the workspace names one." + YOURS,
        severity=Severity.LOW,
        topic="Data protection in Amazon Managed Grafana",
    ),
    customer_key_rule(
        "security-lake",
        ("aws:securitylake/dataLake:DataLake",),
        "configuration.encryptionConfigurations.kmsKeyId",
        word="S3_MANAGED_KEY",
        severity=Severity.LOW,
        what="Security Lake buckets",
        why="The lake gathers security logs of all accounts, under a key that S3 manages unless you name one." + YOURS,
        topic="Data protection in Security Lake",
    ),
)
