"""Customer managed keys of services that have one rule each."""

from __future__ import annotations

from policies.customer_key import customer_key_rule
from policies.encryption.nested_customer_key import nested_customer_key_rule
from policies.rule import Severity

RULES = (
    customer_key_rule(
        "agent-registry",
        ("aws:agentregistry/registry:Registry",),
        "encryptionConfiguration.kmsKeyArn",
        what="Agent registries",
        why=(
            "A registry describes your agents, tools and prompts, by default under a key that AWS controls. With a key of your"
            " own you decide who may decrypt it."
        ),
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
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
            "A space holds what the agent finds out about your systems, by default under a key that AWS controls. With a key of"
            " your own you decide who may decrypt it."
        ),
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the space.",
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
    ),
    nested_customer_key_rule(
        "glue-catalog",
        ("aws:glue/catalog:Catalog",),
        "catalogProperties.dataLakeAccessProperties",
        "kmsKey",
        what="Glue catalogs with storage of their own",
        why=(
            "Such a catalog keeps its tables in storage that AWS manages. With a key of your own you decide who may decrypt"
            " them, and you can withdraw it."
        ),
        beside={"dataLakeAccess": True},
        topic="AWS services integrated with AWS KMS",
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
