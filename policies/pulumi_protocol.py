"""Between the rules and the messages of the engine's Analyzer protocol."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime.proto import analyzer_pb2 as proto

import policies
from policies import __version__
from policies.pulumi_descriptions import config_schema, description_of, every_rule, tags_of
from policies.pulumi_verdicts import level_of, resource_in_stack
from policies.resource import Resource
from policies.rule import Level, Scope, Severity
from policies.settings import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.configuration import Configuration
    from policies.pulumi_verdicts import Inputs, Verdict
    from policies.settings import ActiveRule

NAME = "stackproof"
_LEVELS = {
    Level.ADVISORY: proto.ADVISORY,
    Level.MANDATORY: proto.MANDATORY,
    Level.REMEDIATE: proto.REMEDIATE,
    Level.DISABLED: proto.DISABLED,
}
_LEVEL_NAMES = {number: level for level, number in _LEVELS.items()}
_SEVERITIES = {
    Severity.LOW: proto.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: proto.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: proto.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: proto.POLICY_SEVERITY_CRITICAL,
}
_SCOPES = {Scope.RESOURCE: proto.POLICY_TYPE_RESOURCE, Scope.STACK: proto.POLICY_TYPE_STACK}


def read_struct(struct: Struct) -> dict[str, Any]:
    """Return a message's properties as plain values; marks of secrets and unknown values stay as they are."""
    fields = struct.fields
    return {key: _read(fields[key]) for key in fields}  # items() is slower: it goes through Python


def _read(value: Value) -> object:
    if text := value.string_value:  # most are texts
        return text
    kind = value.WhichOneof("kind")
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return read_struct(value.struct_value)
    if kind == "list_value":
        return [_read(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number  # as a state file has it
    return "" if kind == "string_value" else None


def write_struct(values: Mapping[str, object]) -> Struct:
    """Return plain values as a message; the reverse of `read_struct`."""
    struct = Struct()
    for key, value in values.items():
        _write(struct.fields[key], value)
    return struct


def _write(target: Value, value: object) -> None:
    if value is None:
        target.null_value = 0  # type: ignore[assignment]
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, dict):
        target.struct_value.SetInParent()  # an empty object is still one
        for key, item in value.items():
            _write(target.struct_value.fields[key], item)
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for item in value:
            _write(target.list_value.values.add(), item)
    else:
        message = f"a property cannot hold {type(value).__name__}"
        raise TypeError(message)


class Providers:
    """The providers that messages name. One that says the same as before is the same, so it is read once."""

    def __init__(self) -> None:
        """Begin with none."""
        self._latest: dict[str, tuple[proto.AnalyzerProviderResource, Resource]] = {}  # by URN

    def of(self, message: proto.AnalyzeRequest | proto.AnalyzerResource) -> Resource | None:
        """Return the provider of a resource, if the message names one."""
        if not message.HasField("provider"):
            return None
        provider = message.provider
        latest = self._latest.get(provider.urn)
        if latest is None or latest[0] != provider:
            read = Resource(provider.urn, provider.type, provider.name, partial(read_struct, provider.properties))
            latest = self._latest[provider.urn] = (provider, read)
        return latest[1]


def resource_of(request: proto.AnalyzeRequest, provider: Resource | None) -> Resource:
    """Return the resource that the engine asks about; its inputs are read when a rule first looks."""
    return Resource(
        request.urn,
        request.type,
        request.name,
        partial(read_struct, request.properties),
        parent=request.options.parent,
        provider=provider,
    )


def stack_resource_of(message: proto.AnalyzerResource, analyzed: Mapping[str, Inputs], provider: Resource | None) -> Resource:
    """Return a resource of the stack: its edges and outputs from the message, its inputs from when it was analyzed."""
    return resource_in_stack(
        message.urn,
        message.type,
        message.name,
        partial(read_struct, message.properties),
        analyzed,
        parent=message.parent,
        provider=provider,
        property_dependencies=lambda: {key: tuple(item.urns) for key, item in message.propertyDependencies.items()},
    )


def diagnostic(active: ActiveRule, resource: Resource, verdict: Verdict) -> proto.AnalyzeDiagnostic:
    """Return a verdict as the engine reports it."""
    return proto.AnalyzeDiagnostic(
        policyName=active.rule.id,
        policyPackName=NAME,
        policyPackVersion=__version__,
        description=active.rule.title,
        message=f"{active.rule.title}\n{verdict.text}",
        urn=resource.urn,
        enforcementLevel=_LEVELS[level_of(verdict.outcome, active.level)],
        severity=_SEVERITIES[active.rule.severity],
    )


def remediation(active: ActiveRule, inputs: Mapping[str, object]) -> proto.Remediation:
    """Return the inputs that a rule has mended, all of them, as the engine takes them over."""
    return proto.Remediation(
        policyName=active.rule.id,
        policyPackName=NAME,
        policyPackVersion=__version__,
        description=active.rule.title,
        properties=write_struct(inputs),
    )


def settings_in(request: proto.ConfigureAnalyzerRequest) -> dict[str, dict[str, object]]:
    """Return the level and the parameters that the engine sets for each rule."""
    return {
        name: {"level": _LEVEL_NAMES[config.enforcementLevel].value, **read_struct(config.properties)}
        for name, config in request.policyConfig.items()
        if name != ALL  # the engine has given its level to every policy
    }


def analyzer_info(configuration: Configuration) -> proto.AnalyzerInfo:
    """Describe every rule as a policy."""
    return proto.AnalyzerInfo(
        name=NAME,
        version=__version__,
        description=policies.__doc__ or "",
        provider="aws",
        supportsConfig=True,
        policies=map(_policy_info, every_rule(configuration)),
    )


def _policy_info(setting: ActiveRule) -> proto.PolicyInfo:
    rule = setting.rule
    info = proto.PolicyInfo(
        name=rule.id,
        displayName=rule.title,
        description=description_of(rule),
        enforcementLevel=_LEVELS[setting.level],
        policy_type=_SCOPES[rule.scope],
        severity=_SEVERITIES[rule.severity],
        tags=tags_of(rule),
        remediation_steps=rule.remedy,
    )
    if rule.controls:
        first = rule.controls[0]
        info.framework.name, info.framework.version = first.framework, first.version
        info.framework.reference, info.framework.specification = first.id, first.name
    info.configSchema.properties.CopyFrom(write_struct(config_schema(setting)))
    return info
