"""The rules as policies of `pulumi_policy`, for teams that have a policy pack of their own.

    PolicyPack(name="acme", policies=[*as_policies(), our_own_policy])

Names, levels and texts are those of our own pack. Where `pulumi_policy` cannot tell the same: it shows secrets in
plain, so a rule may judge one, and a rule that asks for a secret is undecided; of several undecided resources a policy
names the first; a crashed rule is reported at its own level; an exemption comes out as "not applicable".
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi_policy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.proxy import UnknownValueError

from policies import configuration
from policies.evaluate import Outcome, judge_of
from policies.pulumi_descriptions import config_schema, description_of, every_rule, tags_of
from policies.pulumi_verdicts import NotApplied, mended, resource_in_stack, stack_of, verdicts
from policies.resource import Resource
from policies.rule import Scope
from policies.settings import EXEMPTIBLE, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from policies.configuration import Configuration
    from policies.pulumi_verdicts import Inputs
    from policies.settings import ActiveRule
    from policies.stack import Stack


def as_policies(path: Path | None = None) -> list[pulumi_policy.Policy]:
    """Return every rule as a policy; `path` is a `stackproof.yaml`, None for the defaults. Raises `ConfigurationError`."""
    with contextlib.redirect_stdout(sys.stderr):  # a rule module that prints must not write before the pack's port
        given = configuration.load(path)
    analyzed: dict[str, Inputs] = {}
    return [_Policy(setting, given, analyzed).as_policy() for setting in every_rule(given)]


class _UndecidedError(UnknownValueError):
    """What pulumi_policy reports as advisory."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)
        self.message = message


class _Policy:
    """One rule behind the functions that pulumi_policy calls."""

    def __init__(self, setting: ActiveRule, given: Configuration, analyzed: dict[str, Inputs]) -> None:
        """Hold the rule; `analyzed` is shared by all rules: inputs by URN, for those that look at the whole stack."""
        self._setting = setting
        self._types = frozenset(setting.rule.applies_to)
        self._exemptions = given.exemptions
        self._analyzed = analyzed
        self._settings: dict[str, ActiveRule] = {}

    def as_policy(self) -> pulumi_policy.Policy:
        rule = self._setting.rule
        first = rule.controls[0] if rule.controls else None
        described: dict[str, Any] = {
            "name": rule.id,
            "description": description_of(rule),
            "display_name": rule.title,
            "enforcement_level": pulumi_policy.EnforcementLevel(self._setting.level.value),
            "severity": pulumi_policy.Severity(rule.severity.value),
            "framework": first
            and pulumi_policy.PolicyComplianceFramework(first.framework, first.version, first.id, first.name),
            "tags": tags_of(rule),
            "remediation_steps": rule.remedy,
            "config_schema": pulumi_policy.PolicyConfigSchema(config_schema(self._setting)),
        }
        if rule.scope is Scope.STACK:
            return pulumi_policy.StackValidationPolicy(validate=self.validate_stack, **described)
        return pulumi_policy.ResourceValidationPolicy(validate=self.validate, remediate=self.remediate, **described)

    def validate(self, args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        resource = _resource(args)
        self._analyzed[args.urn] = partial(getattr, resource, "values")
        if resource.type in self._types:
            self._report(args, report, [resource], None)

    def validate_stack(self, args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        resources = [self._stack_resource(item) for item in args.resources]
        subjects = (item for item in resources if item.type in self._types and not item.external)
        self._report(args, report, subjects, stack_of(resources))

    def remediate(self, args: pulumi_policy.ResourceValidationArgs) -> Any:  # noqa: ANN401  (typed as awaitable only)
        resource = _resource(args)
        if resource.type not in self._types:
            return None
        inputs = mended(self._configured(args), resource, self._exemptions)
        if isinstance(inputs, NotApplied):
            args.not_applicable(inputs.reason)
        return inputs if isinstance(inputs, dict) else None

    def _stack_resource(self, item: pulumi_policy.PolicyResource) -> Resource:
        return resource_in_stack(
            item.urn,
            item.resource_type,
            item.name,
            partial(_plain, item.props),
            self._analyzed,
            parent=item.parent.urn if item.parent else "",
            provider=_provider(item),
            property_dependencies=lambda: {key: [on.urn for on in found] for key, found in item.property_dependencies.items()},
            aliases=item.opts.aliases,
        )

    def _report(self, args: Any, report: Any, subjects: Iterable[Resource], stack: Stack | None) -> None:  # noqa: ANN401
        """Report what blocks; then raise what is undecided, else what is exempt: pulumi_policy ends a policy by that."""
        rest: dict[Outcome, str] = {}
        setting = self._configured(args)
        judge = judge_of(setting.rule, setting.parameters)
        for resource in subjects:
            for verdict in verdicts(setting, resource, judge(resource, stack), self._exemptions, stack):
                if setting.rule.judges_secrecy and verdict.outcome is Outcome.FAILED:
                    rest[Outcome.UNDECIDED] = f"{setting.rule.title} pulumi_policy does not say which values are secrets."
                elif verdict.outcome in {Outcome.FAILED, Outcome.BROKEN}:
                    report(verdict.text, resource.urn)
                else:
                    rest.setdefault(verdict.outcome, verdict.text)
        if Outcome.UNDECIDED in rest:
            raise _UndecidedError(rest[Outcome.UNDECIDED])
        if Outcome.EXEMPT in rest:
            args.not_applicable(rest[Outcome.EXEMPT])

    def _configured(self, args: Any) -> ActiveRule:  # noqa: ANN401  (the arguments of a resource or a stack policy)
        """Return the rule with the parameters that the engine has sent; it sends all of them or none."""
        given = args.get_config()
        rule = self._setting.rule
        own = self._setting.exemptible
        if not given or (rule.parameters is None and given.get(EXEMPTIBLE, own) is own):
            return self._setting
        key = json.dumps(dict(given), sort_keys=True)
        if key not in self._settings:
            self._settings[key] = resolve({rule.id: rule}, {rule.id: {**given, "level": rule.level}}).active[0]
        return self._settings[key]


def _resource(args: pulumi_policy.ResourceValidationArgs) -> Resource:
    return Resource(
        args.urn,
        args.resource_type,
        args.name,
        partial(_plain, args.props),
        parent=args.opts.parent or "",
        provider=_provider(args),
        aliases=args.opts.aliases,
    )


def _provider(args: Any) -> Resource | None:  # noqa: ANN401  (whatever has a provider)
    provider = args.provider
    if provider is None:
        return None
    return Resource(provider.urn, provider.resource_type, provider.name, partial(_plain, provider.props))


def _plain(value: Any) -> Any:  # noqa: ANN401  (any property value)
    """Return what stands behind the proxies of pulumi_policy; secrets are marked again where it says which they are."""
    if isinstance(value, pulumi_policy.Secret):
        return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": _plain(value.value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping) or (hasattr(value, "__getitem__") and not isinstance(value, str)):
        return _plain(value["__target"])  # a proxy
    return value
