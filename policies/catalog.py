"""The rules: an explicit list of the modules that hold them, and the rules by id."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from policies.encryption import (
    classic_load_balancer,
    cloudfront,
    customer_key,
    ebs,
    efs,
    elasticache,
    kms,
    load_balancer,
    messaging,
    opensearch,
    rds,
    redshift,
    s3,
)
from policies.iam import (
    accounts,
    attachments,
    identity_policies,
    instance_metadata,
    lambda_permissions,
    opensearch_policies,
    public_policies,
    resource_wildcards,
    role_trust,
    role_use,
    s3_public_access,
)
from policies.rule import Rule
from policies.tagging import launched, limits, required_tags, snapshots, tag_keys, tag_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

MODULES: tuple[ModuleType, ...] = (
    accounts,
    attachments,
    identity_policies,
    instance_metadata,
    lambda_permissions,
    opensearch_policies,
    public_policies,
    resource_wildcards,
    role_trust,
    role_use,
    s3_public_access,
    classic_load_balancer,
    cloudfront,
    customer_key,
    ebs,
    efs,
    elasticache,
    kms,
    load_balancer,
    messaging,
    opensearch,
    rds,
    redshift,
    s3,
    launched,
    limits,
    required_tags,
    snapshots,
    tag_keys,
    tag_values,
)  # fmt: skip
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
