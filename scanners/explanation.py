"""One rule explained for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.rule_sets import SETS, members
from policies.settings import parameters_schema
from scanners.sources.source import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.rule import Rule

_TYPES_SHOWN = 8


def explanation(rule: Rule, rules: Mapping[str, Rule]) -> str:
    """Return what one of some rules is about as text, ending in a line break."""
    return "\n".join(_lines(rule, rules)) + "\n"


def _lines(rule: Rule, rules: Mapping[str, Rule]) -> Iterator[str]:
    yield from (rule.id, "", rule.title)
    if rule.why:
        yield rule.why
    yield from ("", f"Remedy: {rule.remedy}", f"Severity: {rule.severity}; level unless configured: {rule.level}")
    yield f"Resources: {named(rule.applies_to, _TYPES_SHOWN)}"
    for name, schema in parameters_schema(rule).items():
        yield f"Setting {name}: {schema.get('description', '')} Default: {schema.get('default')!r}"
    yield f"Rule sets: {', '.join(name for name in SETS if rule.id in members(name, rules))}"
    if rule.topic:
        yield f"AWS documentation: {rule.topic}"
    if rule.controls:
        yield "Controls:"
        yield from (f"  {control}: {control.name}" for control in rule.controls)
    if rule.checkov:
        yield f"Checkov: {', '.join(rule.checkov)}"
