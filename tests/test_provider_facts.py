"""What is committed about the AWS provider is what the installed one says, and the rules and examples speak of nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from policies import provider
from policies.block import DEFAULTS
from policies.catalog import builtin_rules
from policies.encryption.key_properties import KEY_PROPERTIES
from policies.evaluate import judge
from policies.examples import PROVIDER, stack_of
from policies.provider import generate
from scanners.pulumi_source import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.rule import Example, Rule

RULES = list(builtin_rules().values())
IAM_GRAMMAR = ("Statement", "Version", "Id")
INSTANCE = "aws:ec2/instance:Instance"


def paths(value: object, path: str = "") -> Iterator[str]:
    """Yield the path of every property in an example's inputs, but for the insides of policy documents."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in (DEFAULTS, *IAM_GRAMMAR):
                inner = f'{path}["{key}"]' if "." in key else f"{path}.{key}" if path else key
                yield inner
                yield from paths(item, inner)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from paths(item, f"{path}[]")


def is_known(type_: str, path: str) -> bool:
    """Say whether the provider has a property; it adds the input `tagsAll` to resources that take tags."""
    if path.partition(".")[0] == "tagsAll":
        return provider.takes_tags(type_)
    return provider.has_property(type_, re.split(r"\.(?:Statement|Version)\b", path)[0])


def unknown_paths(example: Example) -> Iterator[str]:
    for item in (example, *example.related):
        yield from (f"{item.type} {path}" for path in paths(dict(item.inputs)) if not is_known(item.type, path))
    yield from (f"{PROVIDER} {path}" for path in paths(dict(example.provider or {})) if not is_known(PROVIDER, path))


def test_the_facts_are_those_of_the_installed_provider() -> None:
    sdk = generate.Sdk.installed()
    if sdk.version != provider.version():
        pytest.skip(f"pulumi_aws {sdk.version} is installed, the facts are of {provider.version()}")
    for name, text in generate.files(sdk.version, sdk.resource_types()).items():
        assert (generate.HERE / name).read_text(encoding="utf-8") == text, f"{name}: run python -m policies.provider.generate"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_applies_to_types_that_exist(rule: Rule) -> None:
    assert set(rule.applies_to) <= provider.resource_types()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_have_only_properties_that_exist(rule: Rule) -> None:
    assert [path for example in rule.examples for path in unknown_paths(example)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_violations_and_fixes_name_properties_that_exist(rule: Rule) -> None:
    found = set()
    for example in rule.fails:
        stack, subject = stack_of(example)
        parameters = example.parameters or (rule.parameters and rule.parameters())
        for finding in judge(rule, subject, stack, parameters):
            found |= {(example.type, path) for path in (finding.path, *(finding.fix.set if finding.fix else ())) if path}
    assert [place for place in sorted(found) if not is_known(*place)] == []


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("ami", True),
        ("nope", False),
        ("rootBlockDevice.encrypted", True),
        ("rootBlockDevice[0].encrypted", False),
        ("rootBlockDevice.nope", False),
        ("ebsBlockDevices[0].encrypted", True),
        ("ebsBlockDevices[].encrypted", True),
        ("ebsBlockDevices.encrypted", True),
        ("securityGroups[3]", True),
        ("tags.anything", True),
        ('tags["cost.center"]', True),
        ("ami.nope", False),
    ],
)
def test_a_property_is_found_by_its_path(path: str, *, known: bool) -> None:
    assert provider.has_property(INSTANCE, path) is known


def test_what_is_nested_too_deep_to_be_written_counts_as_there() -> None:
    path = "rules[].statement.andStatement.statements[].notStatement.statement.andStatement.anything.below"
    assert provider.has_property("aws:wafv2/webAcl:WebAcl", path)


def test_a_type_that_does_not_exist_has_no_properties() -> None:
    assert not provider.has_property("aws:ec2/instance:Nope", "ami")
    assert not provider.takes_tags("aws:ec2/instance:Nope")


def test_maps_of_tags_are_told_from_other_inputs_named_tags() -> None:
    assert provider.takes_tags(INSTANCE)
    assert not provider.takes_tags("aws:autoscaling/group:Group"), "its tags are a list"
    assert not provider.takes_tags("aws:inspector/resourceGroup:ResourceGroup"), "its tags choose other resources"


def test_properties_are_written_in_python_as_the_sdk_names_them() -> None:
    """The programs on the pages of the rules are written without the SDK at hand."""
    named = re.compile(r'@pulumi\.getter\(name="(\w+)"\)\s+def (\w+)\(')
    wrong = {
        (wire, python)
        for file in generate.Sdk.installed().root.rglob("*.py")
        for wire, python in named.findall(file.read_text("utf-8"))
        if snake_case(wire) != python
    }
    assert wrong == set()


def test_the_properties_that_name_keys_are_the_providers() -> None:
    wrong = [
        (type_, path) for type_, paths in KEY_PROPERTIES.items() for path in paths if not provider.has_property(type_, path)
    ]
    assert wrong == []
