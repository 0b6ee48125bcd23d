"""The rules by id, and the explicit list of the modules that hold them.

What can be said of a rule without its code stands in `rule_index.py`, which `make docs` writes. A module is imported when
one of its rules is first run, so a start costs the same however many rules there are for types that are not there.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from policies.controls import control
from policies.rule import Rule, Scope, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from policies.controls import Control

MODULES = (
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
    "encryption.service_passwords",
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
    "iam.access_analyzer",
    "iam.account_baseline",
    "iam.accounts",
    "iam.api_authorization",
    "iam.attachments",
    "iam.client_authentication",
    "iam.cloudfront_origins",
    "iam.codebuild_webhooks",
    "iam.cognito",
    "iam.cognito_access",
    "iam.containers",
    "iam.cors",
    "iam.data_access",
    "iam.database_access",
    "iam.document_form",
    "iam.document_names",
    "iam.eks",
    "iam.eks_nodes",
    "iam.embedded_secrets",
    "iam.escalation",
    "iam.federation",
    "iam.identity_policies",
    "iam.inline_policies",
    "iam.instance_metadata",
    "iam.instance_roles",
    "iam.key_access",
    "iam.lake_formation",
    "iam.lambda_permissions",
    "iam.managed_policies",
    "iam.mfa",
    "iam.multi_factor",
    "iam.open_services",
    "iam.opensearch_policies",
    "iam.organizations",
    "iam.permissions_boundary",
    "iam.plain_passwords",
    "iam.policy_conditions",
    "iam.policy_escalation",
    "iam.provider_credentials",
    "iam.public_access_blocks",
    "iam.public_policies",
    "iam.public_sharing",
    "iam.reference_policy",
    "iam.resource_policy_conditions",
    "iam.resource_policy_grants",
    "iam.resource_policy_principals",
    "iam.resource_wildcards",
    "iam.role_limits",
    "iam.role_trust",
    "iam.role_trust_accounts",
    "iam.role_trust_dead",
    "iam.role_trust_federation",
    "iam.role_trust_services",
    "iam.role_use",
    "iam.s3_access_points",
    "iam.s3_bucket_sharing",
    "iam.s3_public_access",
    "iam.s3_public_policies",
    "iam.secret_rotation",
    "iam.service_access",
    "iam.settings_secrets",
    "iam.shared_accounts",
    "iam.sign_in",
    "iam.user_credentials",
    "iam.users",
    "iam.vpc_endpoints",
    "iam.whole_services",
    "iam.workload_roles",
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
"""Every module with rules, below `policies`. A new rule module is added here; a new rule in one of them is not."""

_OF_THE_MODULE = ("check", "each", "parameters", "passes", "fails", "undecided")


class IndexedRule(Rule):
    """A rule of this package as the index tells it; what only its module knows is taken from there when first asked for.

    `module` is one of `MODULES`, `schema` the JSON schemas of the parameters by name as JSON text, empty where there are none.
    """

    __slots__ = ("module", "schema")

    def __init__(  # noqa: PLR0913, PLR0917  (the columns of the index)
        self,
        id: str,  # noqa: A002
        module: str,
        title: str,
        why: str,
        severity: str,
        remedy: str,
        scope: str,
        judges_secrecy: bool,  # noqa: FBT001
        applies_to: tuple[str, ...],
        controls: tuple[str, ...],
        checkov: tuple[str, ...],
        topic: str,
        schema: str,
    ) -> None:
        """Take a row of the index."""
        self.id = id
        self.module = module
        self.title = title
        self.why = why
        self.severity = Severity(severity)
        self.remedy = remedy
        self.scope = Scope(scope)
        self.judges_secrecy = judges_secrecy
        self.applies_to = applies_to
        self.controls = _controls(controls)
        self.checkov = checkov
        self.topic = topic
        self.schema = schema
        if not schema:
            self.parameters = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (Python asks here for what is not set yet)
        """Import the module; several threads may, each to the same end."""
        if name not in _OF_THE_MODULE:
            raise AttributeError(name)
        original = self.original
        for field in _OF_THE_MODULE:
            setattr(self, field, getattr(original, field))
        return getattr(original, name)

    @property
    def original(self) -> Rule:
        """The rule as its module defines it; raises `LookupError` where the index names a rule that is gone."""
        found = _rules_of(self.module).get(self.id)
        if found is None:
            message = f"policies.{self.module} holds no rule {self.id}: run `make docs`"
            raise LookupError(message)
        return found


@cache
def _controls(texts: tuple[str, ...]) -> tuple[Control, ...]:
    return tuple(map(control, texts))


@cache
def _rules_of(module: str) -> dict[str, Rule]:
    return collect([import_module(f"policies.{module}")])


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
    """Return the rules that come with this package, by id, in the order of ids."""
    from policies.rule_index import RULES  # noqa: PLC0415  (late: what writes the index comes without it)

    return {row[0]: IndexedRule(*row) for row in RULES}


def original(rule: Rule) -> Rule:
    """Return a rule as its module defines it: what a program gets that imports it from there."""
    return rule.original if isinstance(rule, IndexedRule) else rule


def category(rule: Rule) -> str:
    """Return what a rule is about: `encryption`, `iam` or `tagging`; nothing for a user's own rule."""
    return rule.module.partition(".")[0] if isinstance(rule, IndexedRule) else ""
