"""Effective tags are those that the provider will set, and the tagging rules are configured as their schemas say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from policies.catalog import builtin_rules, category
from policies.evaluate import Outcome, judge
from policies.resource import Resource
from policies.settings import SettingsError, parameters_schema, resolve
from policies.stack import Stack
from policies.tagging.effective_tags import Tags, default_tags, tags_of
from policies.unknown import COMPUTED, NOT_REPORTED, Reason, UnknownValue

if TYPE_CHECKING:
    from policies.rule import Rule

RULES = builtin_rules()
TAGGING = [rule for rule in RULES.values() if category(rule) == "tagging"]
BUCKET = "aws:s3/bucket:Bucket"
SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def provider_with(**inputs: object) -> Resource:
    return Resource("urn:provider", "pulumi:providers:aws", "default", inputs)


def bucket(inputs: dict[str, object], provider: Resource | None = None, name: str = "bucket") -> Resource:
    return Resource(f"urn:pulumi:dev::example::{BUCKET}::{name}", BUCKET, name, inputs, provider=provider)


def as_json(**tags: object) -> str:
    return json.dumps({"tags": tags})


@pytest.mark.parametrize(
    ("inputs", "provider", "expected"),
    [
        ({}, None, {}),
        ({"tags": {"a": "1"}}, None, {"a": "1"}),
        ({"tags": {"a": "1", "__defaults": []}}, None, {"a": "1"}),
        ({"tags": {"a": "1"}, "tagsAll": {"a": "1", "b": "2"}}, None, {"a": "1", "b": "2"}),
        ({"tags": {"a": "1"}, "tagsAll": {}}, provider_with(defaultTags=as_json(b="2")), {}),
        ({"tags": {"a": "1"}}, provider_with(defaultTags=as_json(a="0", b="2")), {"a": "1", "b": "2"}),
        ({"tags": {"a": "1"}}, provider_with(defaultTags={"tags": {"b": "2"}}), {"a": "1", "b": "2"}),
        ({"tags": {"a": "1"}}, provider_with(region="eu-west-1"), {"a": "1"}),
        ({"tags": {"a": "1", "x:b": "2"}}, provider_with(ignoreTags='{"keys": ["a"], "keyPrefixes": ["x:"]}'), {}),
    ],
)
def test_effective_tags(inputs: dict[str, object], provider: Resource | None, expected: dict[str, str]) -> None:
    tags = tags_of(bucket(inputs, provider))
    assert dict(tags.texts()) == expected
    assert tags.reason is None


def test_keys_are_known_while_a_value_is_not() -> None:
    provider = provider_with(defaultTags=as_json(b=SENTINEL))
    tags = tags_of(bucket({"tags": {"a": COMPUTED, "c": "3"}, "tagsAll": SENTINEL}, provider))
    assert set(tags.keys()) == {"a", "b", "c"}
    found: list[tuple[str, str]] = []
    with pytest.raises(UnknownValue):
        found.extend(tags.texts())
    assert found == [("c", "3")], "what is known comes first"
    assert list(tags.texts(["c"])) == [("c", "3")]


@pytest.mark.parametrize(
    ("inputs", "provider", "reason"),
    [
        ({"tags": COMPUTED}, None, Reason.COMPUTED),
        ({"tags": {"a": "1"}, "tagsAll": NOT_REPORTED}, None, Reason.NOT_REPORTED),
        ({"tags": {"a": "1"}}, provider_with(defaultTags=COMPUTED), Reason.COMPUTED),
        ({"tags": {"a": "1"}}, provider_with(defaultTags="{"), Reason.MALFORMED),
        ({"tags": {"a": "1"}}, provider_with(ignoreTags="[1]"), Reason.MALFORMED),
        ({"tags": ["a"]}, None, Reason.MALFORMED),
    ],
)
def test_where_tags_may_be_missing_absence_is_not_claimed(
    inputs: dict[str, object], provider: Resource | None, reason: Reason
) -> None:
    tags = tags_of(bucket(inputs, provider))
    assert tags.reason is reason
    with pytest.raises(UnknownValue):
        tags.has("b")
    with pytest.raises(UnknownValue):
        list(tags.keys())


def test_a_value_that_is_no_text_is_not_judged() -> None:
    assert list(Tags({"a": 5.0, "b": True}).texts()) == [("a", "5"), ("b", "true")]
    with pytest.raises(UnknownValue):
        list(Tags({"a": ["x"]}).texts())


def test_effective_tags_are_computed_once() -> None:
    resource = bucket({"tags": {"a": "1"}})
    assert tags_of(resource) is tags_of(resource)
    provider = provider_with(defaultTags=as_json(a="1"))
    assert default_tags(provider) is default_tags(provider)


@pytest.mark.parametrize("rule", TAGGING, ids=lambda rule: rule.id)
def test_every_parameter_has_a_schema_with_a_description(rule: Rule) -> None:
    for name, schema in parameters_schema(rule).items():
        assert "_" not in name
        assert schema["description"]
        assert "default" in schema or schema["type"] == "object"


def test_a_configuration_is_read_and_holds() -> None:
    given: dict[str, dict[str, object]] = {
        "required-tags": {
            "level": "mandatory",
            "keys": ["Owner", "CostCenter"],
            "for-types": {"aws:rds/*": ["DataClassification"]},
        },
        "allowed-tag-values": {"values": {"Environment": ["dev", "prod"]}, "ignore-case": True},
        "tag-values-match-patterns": {"patterns": {"CostCenter": "[0-9]{4}"}},
        "tag-keys-follow-case": {"case": "kebab-case", "ignore-prefixes": []},
        "provider-default-tags-set": {"keys": ["Owner"]},
        "launch-template-tags-what-it-launches": {"resource-types": ["volume"], "keys": ["Owner"]},
    }
    active = {item.rule.id: item for item in resolve(RULES, given).active}
    required = active["required-tags"].parameters
    database = Resource("urn:db", "aws:rds/instance:Instance", "db", {"tags": {"Owner": "a", "CostCenter": "1"}})
    assert [finding.path for finding in judge(RULES["required-tags"], database, None, required)] == ["tags.DataClassification"]
    patterns = active["tag-values-match-patterns"].parameters
    assert [finding.outcome for finding in judge(RULES["tag-values-match-patterns"], database, None, patterns)] == [
        Outcome.FAILED
    ]


@pytest.mark.parametrize(
    ("id_", "settings"),
    [
        ("required-tags", {"keys": "Owner"}),
        ("required-tags", {"for_types": {}}),
        ("tag-values-match-patterns", {"patterns": {"Owner": "("}}),
        ("tag-keys-follow-case", {"case": "Pascal"}),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(id_: str, settings: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        resolve(RULES, {id_: settings})


def test_the_usual_spelling_is_told() -> None:
    rule = RULES["tag-keys-spelled-one-way"]
    resources = [bucket({"tags": {"CostCenter": "1"}}, name=str(number)) for number in range(3)]
    odd = bucket({"tags": {"cost_center": "1"}}, name="odd")
    stack = Stack("dev", "example", [*resources, odd])
    assert [finding.message for finding in judge(rule, odd, stack, None)] == [
        "tag key cost_center is spelled CostCenter elsewhere in the stack"
    ]
    assert judge(rule, resources[0], stack, None) == []


def test_one_resource_with_unknown_tags_does_not_leave_a_clear_majority_undecided() -> None:
    rule = RULES["tag-keys-spelled-one-way"]
    resources = [bucket({"tags": {"Owner": "1"}}, name=str(number)) for number in range(3)]
    odd, unknown = bucket({"tags": {"owner": "1"}}, name="odd"), bucket({"tags": COMPUTED}, name="unknown")
    stack = Stack("dev", "example", [*resources, odd, unknown])
    assert [finding.outcome for finding in judge(rule, odd, stack, None)] == [Outcome.FAILED]
    assert judge(rule, resources[0], stack, None) == []


def test_a_stack_that_is_shown_in_part_leaves_spellings_undecided() -> None:
    odd = bucket({"tags": {"owner": "1"}})
    stack = Stack("dev", "example", [odd], complete=False)
    assert [item.outcome for item in judge(RULES["tag-keys-spelled-one-way"], odd, stack, None)] == [Outcome.UNDECIDED]


def test_messages_quote_no_values() -> None:
    given: dict[str, dict[str, object]] = {
        "allowed-tag-values": {"values": {"Owner": ["a"]}},
        "tag-values-match-patterns": {"patterns": {"Owner": "a"}},
    }
    active = {item.rule.id: item.parameters for item in resolve(RULES, given, RULES).active}
    canary = "s3cr3t\n" * 60
    resource = bucket({"tags": {"Owner": canary}})
    stack = Stack("dev", "example", [resource])
    findings = [finding for rule in TAGGING for finding in judge(rule, resource, stack, active[rule.id])]
    messages = [finding.message for finding in findings if finding.path == "tags.Owner"]
    assert len(messages) == 4
    assert not any("s3cr3t" in message for message in messages)


def test_a_tag_with_an_unknown_key_that_does_not_propagate_is_blamed() -> None:
    group = Resource(
        "urn:group", "aws:autoscaling/group:Group", "group", {"tags": [{"key": COMPUTED, "propagateAtLaunch": False}]}
    )
    rule = RULES["autoscaling-group-tags-propagate"]
    assert rule.parameters is not None
    (finding,) = judge(rule, group, None, rule.parameters())
    assert finding.path == "tags[0].propagateAtLaunch"
