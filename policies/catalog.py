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
    "encryption.classic_load_balancer",
    "encryption.cloudfront",
    "encryption.cloudsearch",
    "encryption.cloudwatch",
    "encryption.dynamodb",
    "encryption.ebs",
    "encryption.efs",
    "encryption.elasticache",
    "encryption.eventbridge_scheduler",
    "encryption.firehose",
    "encryption.kendra",
    "encryption.kinesis",
    "encryption.kms",
    "encryption.load_balancer",
    "encryption.memorydb",
    "encryption.mq",
    "encryption.msk",
    "encryption.opensearch",
    "encryption.opensearch_serverless",
    "encryption.rds",
    "encryption.redshift",
    "encryption.s3",
    "encryption.secrets_manager",
    "encryption.sns",
    "encryption.sqs",
    "encryption.step_functions",
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
    "tagging.launched",
    "tagging.limits",
    "tagging.required_tags",
    "tagging.snapshots",
    "tagging.tag_keys",
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
