"""What Pulumi is told of each rule: the same in our pack and in a pack that includes the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies import catalog
from policies.rule import Level
from policies.settings import ALL, EXEMPTIBLE, LEVEL, ActiveRule, parameters_schema, resolve, written

if TYPE_CHECKING:
    from policies.configuration import Configuration
    from policies.rule import Rule

_EXEMPTIBLE = {"type": "boolean", "description": "Whether an exemption may reach the rule."}


def every_rule(configuration: Configuration) -> list[ActiveRule]:
    """Return all rules with their settings; Pulumi can enable those that are switched off, with level `disabled`."""
    active = {item.rule.id: item for item in configuration.settings.active}
    return [active.get(rule.id) or _disabled(rule, configuration) for rule in configuration.rules.values()]


def _disabled(rule: Rule, configuration: Configuration) -> ActiveRule:
    given = {**configuration.given.get(rule.id, {}), LEVEL: rule.level}
    (enabled,) = resolve({rule.id: rule}, {ALL: configuration.given.get(ALL, {}), rule.id: given}).active
    return ActiveRule(rule, Level.DISABLED, enabled.configured, exemptible=enabled.exemptible)


def description_of(rule: Rule) -> str:
    """Return what a policy says of itself: the title, and why."""
    return f"{rule.title} {rule.why}".strip()


def tags_of(rule: Rule) -> list[str]:
    """Return the tags of a rule's policy: the category, such as `encryption`, and all controls."""
    return [*filter(None, [catalog.category(rule)]), *map(str, rule.controls)]


def config_schema(setting: ActiveRule) -> dict[str, Any]:
    """Return the JSON schema of a rule's settings beside the level; the defaults are the values that hold now.

    The engine sends back the default of what its own configuration does not set. So what the configuration of the
    rules sets holds until the engine's sets it otherwise.
    """
    schema = parameters_schema(setting.rule)
    if setting.configured is not None:
        values = written(setting.configured)
        schema = {key: {**item, "default": values[key]} for key, item in schema.items()}
    return {**schema, EXEMPTIBLE: {**_EXEMPTIBLE, "default": setting.exemptible}}
