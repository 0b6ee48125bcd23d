"""CloudFormation's names as the provider aws-native has them: `AWS::RDS::DBInstance` is `aws-native:rds:DbInstance`.

The rule for properties is that of pulumi-aws-native's `provider/pkg/naming`: a run of capitals and digits is one word, of which
the last capital begins the next one.
"""

from __future__ import annotations

import re
from functools import cache

from policies.provider.native import PREFIX
from policies.unknown import Partial

_TYPE = re.compile(r"AWS::(\w+)::(\w+)")
_RUN = re.compile(r"[A-Z][A-Z0-9]+")
_PLURAL = re.compile(r"s(?![^A-Z0-9])")
"""What follows an acronym in the plural, such as ARNs: no other word."""

DOCUMENTS = frozenset({
    "AccessPolicies", "AccessPolicy", "AdditionalModelRequestFields", "ArchivePolicy", "AssumeRolePolicyDocument", "Body",
    "CognitoEvents", "DataProtectionPolicy", "DefaultArguments", "DeliveryPolicy", "FieldIndexPolicies", "FileSystemPolicy",
    "FilterPolicy", "HookDetails", "KeyPolicy", "NamespaceResourcePolicy", "NonOverridableArguments", "Policy",
    "PolicyDocument", "RedriveAllowPolicy", "ReplayPolicy", "RepositoryPolicyText", "ResourcePolicyDocument",
    "StageVariables", "SupportedLoginProviders",
})  # fmt: skip
"""Properties that hold a document of another language: its keys stay as they are."""

MAPS = frozenset({
    "AdditionalConfigs", "AdvancedOptions", "Arguments", "AuthenticationRequestExtraParams", "BackupVaultTags",
    "DefinitionSubstitutions", "DockerLabels", "DriverOpts", "EnvironmentVariables", "Labels", "LogPublishingOptions",
    "LogTypes", "Options", "Parameters", "Properties", "RequestModels", "RequestParameters", "RequestTemplates",
    "ResponseModels", "ResponseParameters", "ResponseTemplates", "RouteSettings", "SparkProperties", "StageVariableOverrides",
    "Tags", "TestAliasTags", "UserPoolTags", "Variables",
})  # fmt: skip
"""Properties of which the keys are data, where they hold an object and not a list."""

_ONLY_OF = frozenset({
    ("AWS::SNS::Subscription", "RedrivePolicy"),
    ("AWS::SageMaker::Model", "Environment"),
    ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy"),
    ("AWS::StepFunctions::StateMachine", "Definition"),
})  # fmt: skip
"""Documents by the type that has one under a name which other types give to something else."""


def native_type(type_: str) -> str:
    """Return aws-native's token of a type; empty for what is no type of AWS."""
    found = _TYPE.fullmatch(type_)
    return f"{PREFIX}{found[1].lower()}:{_words(found[2])}" if found else ""


@cache
def native_name(name: str) -> str:
    """Return aws-native's name of a property."""
    words = _words(name)
    return words[:1].lower() + words[1:]


def _words(name: str) -> str:
    found = _RUN.search(name)
    if not found:
        return name
    end = found.end()
    rest = name[end:]
    if rest and not (rest[0] == "s" and _PLURAL.match(rest)):
        end -= 1
    start = found.start() + 1
    return name[:start] + name[start:end].lower() + _words(name[end:])


def native_properties(values: dict[str, object], type_: str) -> dict[str, object]:
    """Return the properties of a resource of a type, under aws-native's names."""
    renamed = {native_name(name): _renamed(name, value, type_) for name, value in values.items()}
    return Partial(renamed) if isinstance(values, Partial) else renamed


def _renamed(name: str, value: object, type_: str) -> object:
    if name in DOCUMENTS or (type_, name) in _ONLY_OF:
        return value
    if isinstance(value, list):
        return [_renamed(name, item, type_) if isinstance(item, list) else _members(item, type_) for item in value]
    if name in MAPS and isinstance(value, dict):
        return {key: _members(item, type_) for key, item in value.items()}
    return _members(value, type_)


def _members(value: object, type_: str) -> object:
    return native_properties(value, type_) if isinstance(value, dict) else value
