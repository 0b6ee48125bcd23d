"""The rules: an explicit list of the modules that hold them, and the rules by id."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from policies.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

_NAMES = (
    "encryption.acm",
    "encryption.acm_pca",
    "encryption.analytics_keys",
    "encryption.api_gateway",
    "encryption.appflow",
    "encryption.application_keys",
    "encryption.appsync",
    "encryption.athena",
    "encryption.audit_keys",
    "encryption.backup",
    "encryption.batch",
    "encryption.bedrock",
    "encryption.bedrock_agentcore",
    "encryption.business_services",
    "encryption.classic_load_balancer",
    "encryption.classified_data",
    "encryption.cloudfront",
    "encryption.cloudfront_headers",
    "encryption.cloudsearch",
    "encryption.cloudtrail",
    "encryption.cloudwatch",
    "encryption.codebuild",
    "encryption.comprehend",
    "encryption.copy_keys",
    "encryption.database_keys",
    "encryption.datasync",
    "encryption.developer_tools",
    "encryption.dlm",
    "encryption.dms",
    "encryption.docdb",
    "encryption.dynamodb",
    "encryption.ebs",
    "encryption.ebs_copies",
    "encryption.ebs_keys",
    "encryption.ebs_services",
    "encryption.ecr",
    "encryption.ecs",
    "encryption.efs",
    "encryption.eks",
    "encryption.elastic_beanstalk",
    "encryption.elasticache",
    "encryption.emr",
    "encryption.end_user_keys",
    "encryption.eventbridge_scheduler",
    "encryption.firehose",
    "encryption.fsx",
    "encryption.glue",
    "encryption.image_builder",
    "encryption.iot",
    "encryption.kendra",
    "encryption.key_accounts",
    "encryption.keyspaces",
    "encryption.kinesis",
    "encryption.kms",
    "encryption.lambda_functions",
    "encryption.lightsail",
    "encryption.load_balancer",
    "encryption.memorydb",
    "encryption.mq",
    "encryption.msk",
    "encryption.neptune",
    "encryption.network_firewall",
    "encryption.opensearch",
    "encryption.opensearch_serverless",
    "encryption.other_services",
    "encryption.post_quantum",
    "encryption.rds",
    "encryption.rds_copies",
    "encryption.rds_oracle",
    "encryption.rds_tls_versions",
    "encryption.rds_transit",
    "encryption.redshift",
    "encryption.route53",
    "encryption.s3",
    "encryption.s3_objects",
    "encryption.s3_replication",
    "encryption.s3_tables",
    "encryption.s3_transport",
    "encryption.sagemaker",
    "encryption.sagemaker_jobs",
    "encryption.secrets_manager",
    "encryption.ses",
    "encryption.sns",
    "encryption.sqs",
    "encryption.ssm",
    "encryption.step_functions",
    "encryption.storage_gateway",
    "encryption.timestream",
    "encryption.transfer",
    "encryption.volume_keys",
    "encryption.vpc_lattice",
    "encryption.vpn",
    "encryption.workspaces",
    "iam.accounts",
    "iam.attachments",
    "iam.identity_policies",
    "iam.instance_metadata",
    "iam.lambda_permissions",
    "iam.opensearch_policies",
    "iam.public_policies",
    "iam.resource_wildcards",
    "iam.role_trust",
    "iam.role_use",
    "iam.s3_public_access",
    "tagging.bucket_names",
    "tagging.descriptions",
    "tagging.fsx",
    "tagging.launched",
    "tagging.launched_by_services",
    "tagging.limits",
    "tagging.organization",
    "tagging.required_tags",
    "tagging.secret_tags",
    "tagging.snapshots",
    "tagging.stack_tags",
    "tagging.standalone_tags",
    "tagging.tag_keys",
    "tagging.tag_policy_rule",
    "tagging.tag_values",
)

MODULES: tuple[ModuleType, ...] = tuple(import_module(f"policies.{name}") for name in _NAMES)
"""Every module with rules. A new rule module is added here; a new rule in one of them is not."""


def rules_in(module: ModuleType) -> Iterator[Rule]:
    """Yield the rules that a module defines: decorated functions, and those in tables (tuples) at its top level."""
    for value in vars(module).values():
        if isinstance(value, Rule):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Rule))


def collect(modules: Iterable[ModuleType]) -> dict[str, Rule]:
    """Return the rules of some modules by id, in the order of ids; raise `ValueError` for an id used twice."""
    rules: dict[str, Rule] = {}
    for module in modules:
        for rule in rules_in(module):
            if rules.setdefault(rule.id, rule) is not rule:
                message = f"two rules have the id {rule.id}; the second is in {module.__name__}"
                raise ValueError(message)
    return dict(sorted(rules.items()))


@cache
def builtin_rules() -> dict[str, Rule]:
    """Return the rules that come with this package, by id."""
    return collect(MODULES)


@cache
def _categories() -> dict[str, str]:
    return {rule.id: module.__name__.split(".")[1] for module in MODULES for rule in rules_in(module)}


def category(rule: Rule) -> str:
    """Return what a rule is about: `encryption`, `iam` or `tagging`; nothing for a user's own rule."""
    return _categories().get(rule.id, "")
