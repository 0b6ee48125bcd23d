"""Effective tags are those that the provider will set, and the tagging rules are configured as their schemas say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pulumi.runtime.proto import analyzer_pb2 as proto

from policies.catalog import builtin_rules, category
from policies.effective_tags import default_tags, tags_if_any, tags_of
from policies.evaluate import Outcome, judge
from policies.pulumi_protocol import read_struct
from policies.resource import Resource
from policies.settings import SettingsError, parameters_schema, resolve
from policies.stack import Stack
from policies.tags import Tags
from policies.unknown import COMPUTED, NOT_REPORTED, Reason, UnknownValue
from tests.engine import SENTINEL, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.rule import Rule
    from tests.engine import Engine

RULES = builtin_rules()
TAGGING = [rule for rule in RULES.values() if category(rule) == "tagging"]
BUCKET = "aws:s3/bucket:Bucket"


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


def test_rules_about_tags_are_not_run_where_there_are_none() -> None:
    assert tags_if_any(bucket({})) == ()
    assert tags_if_any(bucket({"tags": {"a": None}, "tagsAll": {}})) == ()
    for tags in ({"a": COMPUTED}, COMPUTED):
        resource = bucket({"tags": tags})
        assert tags_if_any(resource) == (tags_of(resource),)


@pytest.mark.parametrize("id_", ["tag-keys-allowed", "allowed-tag-values", "tag-values-match-patterns"])
@pytest.mark.parametrize("inputs", [{"tags": COMPUTED}, {"tags": {"a": COMPUTED}}])
def test_tags_that_are_not_known_pass_a_rule_that_is_not_configured(id_: str, inputs: dict[str, object]) -> None:
    rule = RULES[id_]
    assert rule.parameters is not None
    assert judge(rule, bucket(inputs), None, rule.parameters()) == []


@pytest.mark.parametrize(
    ("id_", "path"),
    [("tag-values-filled-in", "tags.a"), ("tags-use-portable-characters", "tags.a"), ("tag-keys-distinct", "tags")],
)
def test_an_unknown_value_is_told_before_tags_that_may_be_missing(id_: str, path: str) -> None:
    rule = RULES[id_]
    resource = bucket({"tags": {"a": COMPUTED, "b": "1"}, "tagsAll": NOT_REPORTED})
    (finding,) = judge(rule, resource, None, rule.parameters() if rule.parameters else None)
    assert (finding.outcome, finding.path) == (Outcome.UNDECIDED, path)


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


@pytest.fixture(scope="module")
def pack() -> Iterator[Engine]:
    """Our pack at level remediate for required-tags, with tags to add."""
    with running(STACKPROOF_CONFIG="") as engine:
        added: dict[str, object] = {"keys": ["Owner"], "add": {"ManagedBy": "pulumi", "acme:cost.center": "4711"}}
        engine.configure({"required-tags": ("remediate", added)})
        yield engine


ADDED = {"ManagedBy": "pulumi", "acme:cost.center": "4711"}


@pytest.mark.parametrize(
    ("inputs", "mended"),
    [
        ({"tags": {"Owner": "web"}}, {"tags": {"Owner": "web", **ADDED}}),
        (
            {"tags": {"Owner": "web"}, "tagsAll": {"Owner": "web", "Team": "a"}},
            {"tags": {"Owner": "web", **ADDED}, "tagsAll": {"Owner": "web", "Team": "a", **ADDED}},
        ),
        ({"tagsAll": {"Owner": "web"}}, {"tags": ADDED, "tagsAll": {"Owner": "web", **ADDED}}),
        (
            {"tags": {"Owner": SENTINEL}, "tagsAll": SENTINEL},
            {"tags": {"Owner": SENTINEL, **ADDED}, "tagsAll": SENTINEL},
        ),
        (
            {"tags": {"Owner": "web", "ManagedBy": "hand"}, "tagsAll": {"Owner": "web", "ManagedBy": "hand"}},
            {"tags": {"Owner": "web", **ADDED, "ManagedBy": "hand"}, "tagsAll": {"Owner": "web", **ADDED, "ManagedBy": "hand"}},
        ),
    ],
    ids=["state", "preview", "default-tags", "unknown-value", "present"],
)
def test_missing_tags_are_added_and_the_resource_then_passes(
    pack: Engine, inputs: dict[str, object], mended: dict[str, object]
) -> None:
    given = bucket({"bucket": "logs", **inputs}, provider_with(region="eu-west-1"))
    answer = pack.remediate(given)
    assert [item.policyName for item in answer.remediations] == ["required-tags"]
    patched = read_struct(answer.remediations[0].properties)
    assert patched == {"bucket": "logs", **mended}
    again = pack.analyze(bucket(patched, provider_with(region="eu-west-1")))
    assert [item.message for item in again if item.policyName == "required-tags"] == []


def test_a_tag_that_only_a_person_can_know_is_still_missed(pack: Engine) -> None:
    (remediation,) = pack.remediate(bucket({"tags": {"Team": "web"}})).remediations
    patched = read_struct(remediation.properties)
    assert patched == {"tags": {"Team": "web", **ADDED}}
    (told,) = [item for item in pack.analyze(bucket(patched)) if item.policyName == "required-tags"]
    assert "Required tag Owner is missing" in told.message
    assert told.enforcementLevel == proto.MANDATORY, "what remains blocks"
    assert not any(f"tag {key} is missing" in told.message for key in ADDED)


def test_tags_that_are_not_known_are_left_alone(pack: Engine) -> None:
    assert list(pack.remediate(bucket({"tags": SENTINEL, "tagsAll": SENTINEL})).remediations) == []
    provider = provider_with(defaultTags=as_json(ManagedBy="default", Owner="web", **{"acme:cost.center": "1"}))
    assert list(pack.remediate(bucket({"tags": {}}, provider)).remediations) == [], "default tags count"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("AKIA" + "ABCDEFGHIJKLMNOP", "an AWS access key"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln", "a JSON web token"),
        ("ghp_" + "a" * 36, "a GitHub token"),
        ("xoxb-" + "1234567890-abc", "a Slack token"),
        ("xoxb-" + "1234567890", "a Slack token"),
        ("xapp-" + "1-12345678", "a Slack token"),
        ("hooks.slack" + ".com/services/T1/B2/" + "a" * 20, "a Slack token"),
        ("ASIA" + "ABCDEFGHIJKLMNOP", "an AWS access key"),
        ("a://:x@", "a password in a URL"),
        ("https://example.com/a:b@c", ""),
        ("github" + "_pat_" + "a" * 20, "a GitHub token"),
        ("glpat-" + "a" * 20, "a GitLab token"),
        ("rk_live" + "_" + "a" * 16, "a Stripe key"),
        ("SG." + "a" * 20 + "." + "b" * 40, "a SendGrid key"),
        ("AIza" + "a" * 35, "a Google key"),
        ("sk-ant-" + "a" * 20, "a key of OpenAI or Anthropic"),
        ("npm_" + "a" * 36, "an npm token"),
        ("pypi-" + "AgEI" + "a" * 20, "a PyPI token"),
        ("dckr_" + "pat_" + "a" * 20, "a Docker Hub token"),
        ("hvs." + "a" * 24, "a Vault token"),
        ("hvb." + "a" * 24, "a Vault token"),
        ("pul-" + "0" * 40, "a Pulumi token"),
        ("4111-1111-1111-1111", "a card number"),
        ("378282246310005", "a card number"),
        ("4111-1111-1111-1112", ""),
        ("111122223333", ""),
        ("arn:aws:iam::111122223333:role/AKIA", ""),
        ("a" * 100_000, ""),
        ("eyJ" * 50_000, ""),
    ],
)
def test_credentials_in_values_are_seen_and_not_quoted(value: str, found: str) -> None:
    findings = judge(RULES["tag-values-free-of-secrets"], bucket({"tags": {"Note": value}}), None, None)
    assert [finding.message for finding in findings] == ([f"the value of tag Note looks like {found}"] if found else [])


@pytest.mark.parametrize(("stack", "wrong"), [("prod", False), ("production-eu", False), ("dev", True), ("jane", False)])
def test_the_environment_tag_is_held_to_the_name_of_the_stack(stack: str, *, wrong: bool) -> None:
    rule = RULES["environment-tag-matches-stack"]
    assert rule.parameters is not None
    resource = Resource(f"urn:pulumi:{stack}::shop::{BUCKET}::logs", BUCKET, "logs", {"tags": {"Environment": "Production"}})
    assert bool(judge(rule, resource, Stack(stack, "shop", [resource]), rule.parameters())) is wrong


@pytest.mark.parametrize(
    "id_", ["tag-keys-allowed", "temporary-stack-expires", "tags-follow-tag-policy", "backup-plan-tags-recovery-points"]
)
def test_a_rule_that_needs_a_configuration_says_so(id_: str) -> None:
    assert "Without configuration" in " ".join(RULES[id_].why.split())


def test_what_a_resource_sets_itself_and_a_tag_resource_sets_again_is_blamed_on_the_tag() -> None:
    vpc = Resource("urn:vpc", "aws:ec2/vpc:Vpc", "vpc", {"tagsAll": {"Owner": "a"}}, id="vpc-1")
    tag = Resource("urn:tag", "aws:ec2/tag:Tag", "tag", {"resourceId": "vpc-1", "key": "Owner", "value": "b"})
    stack = Stack("dev", "shop", [vpc, tag])
    (finding,) = judge(RULES["standalone-tag-set-once"], tag, stack, None)
    assert finding.message == "the resource sets tag Owner itself"
    read = Resource("urn:vpc", "aws:ec2/vpc:Vpc", "vpc", {"tagsAll": {"Owner": "a"}}, id="vpc-1", external=True)
    assert judge(RULES["standalone-tag-set-once"], tag, Stack("dev", "shop", [read, tag]), None) == []


@pytest.mark.parametrize("tags", [{"b": "", "a": {}}, {"a": {}, "b": ""}])
def test_a_value_that_is_no_text_hides_nothing_that_is_wrong_beside_it(tags: dict[str, object]) -> None:
    rule = RULES["tag-values-filled-in"]
    assert rule.parameters is not None
    (finding,) = judge(rule, bucket({"tags": tags}), None, rule.parameters())
    assert (finding.outcome, finding.path) == (Outcome.FAILED, "tags.b")
