"""Customer managed keys of services that have one rule each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_rule, customer_key_violations
from policies.encryption.nested_customer_key import nested_customer_key_rule
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack


def _catalog(**access: object) -> dict[str, object]:
    return {"catalogProperties": {"dataLakeAccessProperties": access}}


@rule(
    applies_to=("aws:glue/catalog:Catalog",),
    severity=Severity.LOW,
    remedy="Set kmsKey in catalogProperties.dataLakeAccessProperties to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="Creating an Amazon Redshift managed catalog in the AWS Glue Data Catalog",
    passes=(
        {},
        _catalog(dataLakeAccess=True, kmsKey=KEY_ARN),
        Example(_catalog(dataLakeAccess=True, kmsKey=KEY_OF_THE_STACK), related=RELATED_KEY),
        _catalog(dataLakeAccess=False),
        {"catalogProperties": {"customProperties": {"owner": "data"}}},
    ),
    fails=(
        _catalog(dataLakeAccess=True),
        _catalog(catalogType="aws:redshift"),
        _catalog(dataLakeAccess=True, kmsKey="alias/aws/redshift"),
        _catalog(dataLakeAccess=UNKNOWN, catalogType="aws:redshift"),
    ),
    undecided=(
        {"catalogProperties": UNKNOWN},
        _catalog(dataLakeAccess=UNKNOWN),
        _catalog(dataLakeAccess=True, kmsKey=UNKNOWN),
    ),
)
def glue_catalog_encrypted_with_customer_key(catalog: Resource, stack: Stack) -> Iterator[Violation]:
    """Glue catalogs encrypt the Redshift storage that is made for them with a customer managed key.

    For a managed catalog, and for data lake access, AWS makes Redshift storage and a staging bucket under a key that it
    manages. With a key of your own you decide who may decrypt them, and you can withdraw it.
    """
    access = catalog.block("catalogProperties.dataLakeAccessProperties")
    if access.has("catalogType") or access.flag("dataLakeAccess"):
        yield from customer_key_violations(catalog, access, "kmsKey", stack)


RULES = (
    customer_key_rule(
        "agent-registry",
        ("aws:agentregistry/registry:Registry",),
        "encryptionConfiguration.kmsKeyArn",
        what="Agent registries",
        why=(
            "A registry describes your agents, tools and prompts, by default under a key that AWS owns. With a key of your"
            " own you decide who may decrypt it."
        ),
        remedy=(
            "Make the registry with encryptionConfiguration.kmsKeyArn set to the ARN of a key that you manage; an existing one"
            " keeps its key."
        ),
        severity=Severity.LOW,
        topic="Configure KMS key for a registry",
    ),
    customer_key_rule(
        "cloudwatch-omni-space",
        ("aws:cloudwatchomni/space:Space",),
        "encryptionConfiguration.kmsKeyArn",
        what="CloudWatch Omni spaces",
        why=(
            "A space holds logs, traces and metrics of your systems, by default under a key that AWS owns. With a key of your"
            " own you decide who may decrypt them."
        ),
        remedy="Set encryptionStrategy to CUSTOMER_MANAGED, and kmsKeyArn to the ARN of a key that you manage.",
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
    ),
    customer_key_rule(
        "devops-agent-space",
        ("aws:devopsagent/agentSpace:AgentSpace",),
        "kmsKeyArn",
        what="DevOps agent spaces",
        why=(
            "A space holds what the agent finds out about your systems, by default under a key that AWS owns. With a key of"
            " your own you decide who may decrypt it."
        ),
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the space.",
        severity=Severity.LOW,
        topic="Encryption at rest for AWS DevOps Agent",
    ),
    nested_customer_key_rule(
        "mail-manager-rule-set",
        ("aws:mailmanager/ruleSet:RuleSet",),
        "rules.actions.writeToS3",
        "s3SseKmsKeyId",
        what="Messages that Mail Manager writes to S3",
        why="The objects are whole e-mails. With a key of your own, who reads them needs your key too.",
        beside={"s3Bucket": "mail"},
        topic="AWS services integrated with AWS KMS",
    ),
    customer_key_rule(
        "msk-channel",
        ("aws:msk/channel:Channel",),
        "encryptionConfiguration.kmsKeyArn",
        what="MSK channels",
        why=(
            "A channel holds records of the topic until they are delivered, by default under a key that AWS controls. With a"
            " key of your own you decide who may decrypt them."
        ),
        remedy="Set encryptionConfiguration.kmsKeyArn to the ARN of a key that you manage; this replaces the channel.",
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
    ),
    nested_customer_key_rule(
        "log-centralization",
        ("aws:observabilityadmin/centralizationRuleForOrganization:CentralizationRuleForOrganization",),
        "rule.destination.destinationLogsConfiguration",
        "logsEncryptionConfiguration.kmsKeyArn",
        what="Copies of an organization's logs",
        why=(
            "The copies hold the logs of every account in one place, by default under a key that AWS owns. With a key of your"
            " own you decide who may decrypt them."
        ),
        beside={"logGroupNameConfiguration": {"logGroupNamePattern": "${source.logGroup}"}},
        topic="AWS services integrated with AWS KMS",
    ),
    customer_key_rule(
        "log-table-integration",
        ("aws:observabilityadmin/s3TableIntegration:S3TableIntegration",),
        "encryption.kmsKeyArn",
        what="Copies of logs in S3 tables",
        why=(
            "CloudWatch copies logs to a table bucket that AWS manages, with SSE-S3 unless you name a key. With a key of your"
            " own, who reads them needs your key too."
        ),
        remedy="Set sseAlgorithm of encryption to aws:kms, and kmsKeyArn to the ARN of a key that you manage.",
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
    ),
    customer_key_rule(
        "opensearch-application",
        ("aws:opensearch/application:Application",),
        "kmsKeyArn",
        what="OpenSearch applications",
        why=(
            "An application holds saved queries, dashboards and notes, by default under a key that AWS controls. With a key of"
            " your own you decide who may decrypt them."
        ),
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
    ),
    customer_key_rule(
        "resilience-hub",
        (
            "aws:resiliencehub/v2Policy:V2Policy",
            "aws:resiliencehub/v2Service:V2Service",
            "aws:resiliencehub/v2System:V2System",
        ),
        "kmsKeyId",
        what="Systems, services and policies of Resilience Hub",
        why=(
            "They show how your systems are built and where they fail, by default under a key that AWS controls. With a key of"
            " your own you decide who may decrypt it."
        ),
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
    ),
    customer_key_rule(
        "security-hub-connector",
        ("aws:securityhub/connectorV2:ConnectorV2",),
        "kmsKeyArn",
        what="Security Hub connectors",
        why=(
            "A connector holds access to the ticket system that it writes findings to, by default under a key that AWS"
            " controls. With a key of your own you decide who may decrypt it."
        ),
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
    ),
)
