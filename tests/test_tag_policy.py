"""Tag policies of AWS Organizations: merged as AWS merges them, judged as AWS judges them, refused with a way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2 as proto

from policies import configuration, provider
from policies.catalog import builtin_rules
from policies.evaluate import Outcome, judge
from policies.pulumi_protocol import read_struct
from policies.resource import Resource
from policies.settings import resolve
from policies.tagging import tag_policy
from policies.tagging.tag_policy import RULE, TagPolicyError, load
from policies.unknown import COMPUTED
from tests.command import EXAMPLES
from tests.engine import running

if TYPE_CHECKING:
    from policies.evaluate import Finding

TYPES = Path(tag_policy.__file__).with_name("tag_policy_types.txt")
BUCKET, TABLE, INSTANCE = "aws:s3/bucket:Bucket", "aws:dynamodb/table:Table", "aws:ec2/instance:Instance"
DATABASE, QUEUE = "aws:rds/instance:Instance", "aws:sqs/queue:Queue"
NONE = {"@@operators_allowed_for_child_policies": ["@@none"]}


def assign(value: object, **more: object) -> dict[str, object]:
    return {"@@assign": value, **more}


COST_CENTER = {"costcenter": {"tag_key": assign("CostCenter"), "tag_value": assign(["Development", "Support"])}}


def merged(tmp_path: Path, *policies: object) -> Any:  # noqa: ANN401  (settings, nested)
    """Return the settings that policies make, the root's first; each is what stands under `tags`."""
    files = []
    for index, tags in enumerate(policies):
        files.append(tmp_path / f"{index}.json")
        files[-1].write_text(json.dumps({"tags": tags}))
    return load(files)[RULE]


def findings(settings: dict[str, object], type_: str, **inputs: object) -> list[Finding]:
    (active,) = resolve({RULE: builtin_rules()[RULE]}, {RULE: settings}).active
    resource = Resource(f"urn:pulumi:dev::shop::{type_}::it", type_, "it", inputs)
    return judge(active.rule, resource, None, active.parameters)


def told(settings: dict[str, object], type_: str, **tags: object) -> list[str]:
    return [finding.message for finding in findings(settings, type_, tags=tags)]


# The examples of the AWS Organizations User Guide, "Inheritance examples"


def test_a_child_overwrites_what_it_assigns(tmp_path: Path) -> None:
    child = {
        "costcenter": {
            "tag_key": assign("CostCenter"),
            "tag_value": assign(["Sandbox"]),
            "enforced_for": assign(["redshift:*", "dynamodb:table"]),
        }
    }
    settings = merged(tmp_path, COST_CENTER, child)
    assert settings["keys"] == ["CostCenter"]
    assert settings["values"] == {"CostCenter": ["Sandbox"]}
    assert {TABLE, "aws:redshift/cluster:Cluster"} <= set(settings["enforced-for"]["CostCenter"])


def test_a_child_appends_to_what_it_inherits(tmp_path: Path) -> None:
    child = {
        "costcenter": {"tag_value": {"@@append": ["Marketing", "Support"]}, "enforced_for": {"@@append": ["dynamodb:table"]}}
    }
    settings = merged(tmp_path, COST_CENTER, child)
    assert settings["values"] == {"CostCenter": ["Development", "Support", "Marketing"]}
    assert TABLE in settings["enforced-for"]["CostCenter"]


def test_a_child_removes_what_it_inherits_and_nothing_else(tmp_path: Path) -> None:
    enforced = {"costcenter": {"enforced_for": assign(["redshift:ALL_SUPPORTED", "dynamodb:table"])}}
    child = {
        "costcenter": {
            "tag_value": {"@@remove": ["Development", "Marketing"]},
            "enforced_for": {"@@remove": ["redshift:ALL_SUPPORTED", "dynamodb:table"]},
        }
    }
    settings = merged(tmp_path, COST_CENTER, enforced, child)
    assert settings == {"keys": ["CostCenter"], "values": {"CostCenter": ["Support"]}}
    assert "values" not in merged(tmp_path, {"costcenter": {"tag_value": {"@@remove": ["x"]}}}), "nothing was inherited"


def test_a_child_may_use_only_the_operators_that_its_parents_allow(tmp_path: Path) -> None:
    parent = {
        "project": {
            "tag_key": assign("Project", **NONE),
            "tag_value": assign(["Maintenance", "Escalations"], **{"@@operators_allowed_for_child_policies": ["@@append"]}),
        }
    }
    child = {"project": {"tag_key": assign("PROJECT"), "tag_value": {"@@append": ["Research"], "@@remove": ["Maintenance"]}}}
    settings = merged(tmp_path, parent, child)
    assert settings["keys"] == ["Project"]
    assert settings["values"] == {"Project": ["Maintenance", "Escalations", "Research"]}


def test_a_limit_cannot_be_taken_back_below(tmp_path: Path) -> None:
    first = {"project": {"tag_value": assign(["Maintenance"], **{"@@operators_allowed_for_child_policies": ["@@append"]})}}
    second = {"project": {"tag_value": {"@@operators_allowed_for_child_policies": ["@@append", "@@remove"]}}}
    third = {"project": {"tag_value": {"@@append": ["Research"], "@@remove": ["Maintenance"]}}}
    assert merged(tmp_path, first, second, third)["values"] == {"project": ["Maintenance", "Research"]}


@pytest.mark.parametrize(
    ("parent", "kept"),
    [
        ({**COST_CENTER, **NONE}, ["CostCenter"]),
        ({"costcenter": {**COST_CENTER["costcenter"], **NONE}}, ["CostCenter", "team"]),
        (COST_CENTER, ["CostCenter", "team"]),
    ],
)
def test_a_limit_above_keeps_children_from_adding(tmp_path: Path, parent: dict[str, object], kept: list[str]) -> None:
    child = {"Team": {}, "CostCenter": {"enforced_for": assign(["s3:bucket"]), "tag_value": assign(["Support"])}}
    settings = merged(tmp_path, parent, child)
    assert settings["keys"] == kept
    assert settings["values"] == {"CostCenter": ["Support"]}, "what is there may be changed: it has no limit of its own"
    assert ("enforced-for" in settings) is (NONE.items() <= parent.items() or parent is COST_CENTER)


def test_a_limit_holds_for_a_field_that_is_not_set_yet(tmp_path: Path) -> None:
    settings = merged(
        tmp_path, {"owner": {"tag_value": NONE}}, {"owner": {"tag_key": assign("Owner"), "tag_value": assign([])}}
    )
    assert settings == {"keys": ["Owner"]}


def test_an_effective_policy_is_taken_as_the_command_line_prints_it(tmp_path: Path) -> None:
    content = {"tags": {"costcenter": {"tag_key": "CostCenter", "tag_value": ["100", "3*"], "enforced_for": ["s3:bucket"]}}}
    printed = {
        "EffectivePolicy": {"PolicyContent": json.dumps(content), "TargetId": "123456789012", "PolicyType": "TAG_POLICY"}
    }
    file = tmp_path / "effective.json"
    file.write_text(json.dumps(printed))
    expected = {
        "keys": ["CostCenter"],
        "values": {"CostCenter": ["100", "3*"]},
        "enforced-for": {"CostCenter": [BUCKET, "aws:s3/bucketV2:BucketV2"]},
    }
    assert load([file]) == {RULE: expected}
    file.write_text(json.dumps(content))
    assert load([file]) == {RULE: expected}
    with pytest.raises(TagPolicyError, match="name it alone"):
        load([file, file])


def test_a_policy_is_taken_as_the_command_line_prints_it(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    summary = {"Id": "p-1", "Type": "TAG_POLICY"}
    file.write_text("\ufeff" + json.dumps({"Policy": {"PolicySummary": summary, "Content": json.dumps({"tags": COST_CENTER})}}))
    assert load([file])[RULE]["keys"] == ["CostCenter"]
    summary["Type"] = "SERVICE_CONTROL_POLICY"
    file.write_text(json.dumps({"Policy": {"PolicySummary": summary, "Content": "{}"}}))
    with pytest.raises(TagPolicyError, match="not of type TAG_POLICY"):
        load([file])


def test_the_capitalization_that_a_policy_leaves_out_is_lower_case(tmp_path: Path) -> None:
    assert merged(tmp_path, {"CostCenter": {}})["keys"] == ["costcenter"]
    only_required = merged(tmp_path, {"CostCenter": {"report_required_tag_for": assign(["sqs:queue"])}})
    assert only_required == {"keys": [], "required-for": {"CostCenter": [QUEUE]}}
    assert told(only_required, QUEUE, COSTCENTER="1") == []
    assert told(only_required, QUEUE, Owner="a") == ["tag CostCenter is missing, which the tag policy requires"]


def test_what_aws_refuses_is_told_from_what_it_only_reports(tmp_path: Path) -> None:
    cost = {**COST_CENTER["costcenter"], "enforced_for": assign(["s3:bucket"])}
    settings = merged(tmp_path, {"costcenter": cost})
    spelled = "tag key costcenter is spelled CostCenter in the tag policy"
    assert told(settings, BUCKET, costcenter="Support") == [f"{spelled}; AWS refuses this"]
    assert told(settings, QUEUE, costcenter="Support") == [spelled]
    (finding,) = findings(settings, BUCKET, tags={"CostCenter": "canary"})
    assert finding.message == "the value of tag CostCenter is not one that the tag policy allows; AWS refuses this"
    assert finding.path == "tags.CostCenter"
    assert told(settings, BUCKET) == [], "a tag that is not there breaks no policy"


def test_a_policy_without_values_forbids_the_key(tmp_path: Path) -> None:
    policy = {
        "Color": {
            "tag_key": assign("Color", **NONE),
            "tag_value": assign([], **NONE),
            "enforced_for": assign(["dynamodb:table"]),
        }
    }
    settings = merged(tmp_path, policy)
    assert told(settings, TABLE, Color="") == ["the value of tag Color is not one that the tag policy allows; AWS refuses this"]
    assert len(told(settings, QUEUE, Color="red")) == 1


@pytest.mark.parametrize(
    ("value", "allowed"), [("100", True), ("3", True), ("317", True), ("1", False), ("100 ", False), ("x3", False)]
)
def test_a_value_may_have_a_wildcard(tmp_path: Path, value: str, *, allowed: bool) -> None:
    settings = merged(tmp_path, {"costcenter": {"tag_key": assign("CostCenter"), "tag_value": assign(["100", "3*"])}})
    assert (told(settings, QUEUE, CostCenter=value) == []) is allowed


def test_required_keys_are_asked_of_the_types_that_the_policy_names(tmp_path: Path) -> None:
    owner = {"tag_key": assign("Owner"), "report_required_tag_for": assign(["ec2:ALL_SUPPORTED", "rds:db"])}
    settings = merged(tmp_path, {"Owner": owner})
    missing = ["tag Owner is missing, which the tag policy requires"]
    assert told(settings, INSTANCE) == told(settings, DATABASE) == told(settings, "aws:ebs/volume:Volume") == missing
    assert told(settings, "aws:ebs/snapshot:Snapshot") == told(settings, QUEUE) == [], "AWS does not support snapshots here"
    assert told(settings, INSTANCE, owner="a") == ["tag key owner is spelled Owner in the tag policy"], "told once"
    (undecided,) = findings(settings, INSTANCE, tags=COMPUTED)
    assert undecided.outcome is Outcome.UNDECIDED


def test_older_spellings_of_types_are_understood(tmp_path: Path) -> None:
    settings = merged(
        tmp_path, {"a": {"enforced_for": assign(["backup:backupVault", "auditmanager:assessmentFramework", "s3:*"])}}
    )
    types = settings["enforced-for"]["a"]
    assert {"aws:backup/vault:Vault", "aws:auditmanager/framework:Framework", BUCKET} <= set(types)


def test_a_type_that_pulumi_does_not_have_is_no_error(tmp_path: Path) -> None:
    assert merged(tmp_path, {"a": {"enforced_for": assign(["batch:job"])}}) == {"keys": ["a"]}


@pytest.mark.parametrize(
    ("tags", "place", "way_out"),
    [
        ({"a": {"tag_key": assign("B")}}, "tags.a.tag_key.@@assign", "expected a in the capitalization that you want"),
        ({"a": {"tag_key": {"@@append": ["a"]}}}, "tags.a.tag_key.@@append", "use @@assign"),
        ({"a": {"tag_values": {}}}, "tags.a.tag_values", "did you mean tag_value?"),
        ({"a": {"tag_value": {"@@set": []}}}, "tags.a.tag_value.@@set", "valid: @@assign, @@append, @@remove"),
        ({"a": {"tag_value": assign(["x", 100])}}, "tags.a.tag_value.@@assign.1", "write numbers in quotes"),
        ({"a": {"tag_value": assign("x")}}, "tags.a.tag_value.@@assign", "expected a list"),
        ({"a": {"tag_value": assign(["*@*.com"])}}, "tags.a.tag_value.@@assign.0", "one *"),
        ({"a": {"tag_value": assign(["a\nb"])}}, "tags.a.tag_value.@@assign.0", "cannot be printed"),
        ({"a": {"enforced_for": assign(["ec2:instances"])}}, "tags.a.enforced_for.@@assign.0", "did you mean ec2:instance?"),
        ({"a": {"enforced_for": assign(["s4:ALL_SUPPORTED"])}}, "tags.a.enforced_for.@@assign.0", ":ALL_SUPPORTED?"),
        ({"a": {"report_required_tag_for": assign(["*"])}}, "tags.a.report_required_tag_for.@@assign.0", "no resource type"),
        (
            {"a": {"@@operators_allowed_for_child_policies": ["@@some"]}},
            "@@operators_allowed_for_child_policies.0",
            "did you mean",
        ),
        ({"a": {}, "A": {}}, "tags.A", "stands as a already"),
        ({"a": []}, "tags.a", "expected an object with tag_key"),
        ({"": {}}, "tags.''", "expected a tag key"),
        ({"a\ud800": {}}, r"tags.'a\ud800'", "expected a tag key"),
        ({"a": {"x" * 5000: {}}}, "tags.a", "valid: tag_key"),
    ],
)
def test_what_is_wrong_in_a_policy_is_told_with_its_place(tmp_path: Path, tags: object, place: str, way_out: str) -> None:
    with pytest.raises(TagPolicyError) as raised:
        merged(tmp_path, COST_CENTER, tags)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / '1.json'}: ")
    assert place in message
    assert way_out in message
    assert len(message) < 1000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not valid JSON (line 1, column 1)"),
        (b"tags: {}", "not valid JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"tags": ' * 15_000, "nested too deeply"),
        (b'{"tags": {"a": {}, "a": {}}}', "the key a stands twice"),
        (b'{"tags": NaN}', "NaN is not JSON"),
        (b'{"tags": ' + b"9" * 10_000 + b"}", "not valid JSON"),
        (b'{"tags": {}, "policies": {}}', "policies: a tag policy holds nothing beside"),
        (b'{"Version": "2012-10-17"}', 'an object with the key "tags"'),
        (b"[]", 'an object with the key "tags"'),
        (b'{"EffectivePolicy": {"PolicyContent": {}}}', "EffectivePolicy.PolicyContent: expected the policy as JSON text"),
        (b'{"EffectivePolicy": {"PolicyContent": "{"}}', "EffectivePolicy.PolicyContent: not valid JSON"),
        (b" " * 200_001, "larger than 200000 bytes"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_is_no_policy_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="policy") as raised:
        load([file])
    assert message in str(raised.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "missing.json", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(TagPolicyError, match="cannot be read"):
            load([file])


def test_no_policy_judges_nothing() -> None:
    assert load([]) == {RULE: {"keys": []}}
    assert told({"keys": []}, BUCKET, anything="goes") == []


def test_a_large_policy_is_read_at_once(tmp_path: Path) -> None:
    tags = {f"key-{index}": {"tag_value": assign(["a*"])} for index in range(3000)}
    settings = merged(tmp_path, tags)
    assert len(settings["values"]) == 3000
    assert len(told(settings, QUEUE, **{f"key-{index}": "b" for index in range(50)})) == 50


def test_a_configuration_names_the_policies(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_text(json.dumps({"tags": COST_CENTER}))
    (tmp_path / "account.json").write_text(json.dumps({"tags": {"costcenter": {"tag_value": assign(["Sandbox"])}}}))
    file = tmp_path / "stackproof.yaml"
    file.write_text(yaml.safe_dump({"tag-policy": ["root.json", "account.json"], "rules": {RULE: {"level": "mandatory"}}}))
    (active,) = [item for item in configuration.load(file).settings.active if item.rule.id == RULE]
    assert active.level == "mandatory"
    queue = Resource("urn:queue", QUEUE, "queue", {"tags": {"CostCenter": "Support"}})
    assert [found.path for found in judge(active.rule, queue, None, active.parameters)] == ["tags.CostCenter"]


def test_every_pulumi_type_of_the_table_takes_tags() -> None:
    rows = [line.split() for line in TYPES.read_text().splitlines() if not line.startswith("#")]
    names = [name for name, *_ in rows]
    assert names == sorted(set(names))
    assert {modes for _, modes, *_ in rows} <= {"e", "r", "er", "-"}
    assert [type_ for _, _, *types in rows for type_ in types if not provider.takes_tags(type_)] == []


def test_the_example_works_from_the_file_to_the_remediation_at_preview() -> None:
    with running(STACKPROOF_CONFIG=str(EXAMPLES / "tag-policy" / "stackproof.yaml")) as engine:
        tags = {"costCenter": "4711", "Owner": "web"}
        bucket = Resource(f"urn:pulumi:dev::shop::{BUCKET}::logs", BUCKET, "logs", {"tags": tags, "tagsAll": tags})
        before = {answer.policyName: answer for answer in engine.analyze(bucket)}
        assert before["tags-follow-tag-policy"].enforcementLevel == proto.MANDATORY
        assert "CostCenter" in before["tags-follow-tag-policy"].message

        (remediation,) = engine.remediate(bucket).remediations
        assert remediation.policyName == "required-tags"
        mended = read_struct(remediation.properties)
        added = {**tags, "ManagedBy": "pulumi"}
        assert mended == {"tags": added, "tagsAll": added}, "what has no default stays missing"

        mended["tags"] = mended["tagsAll"] = {"CostCenter": "4711", "Owner": "web", "ManagedBy": "pulumi"}
        assert engine.analyze(Resource(bucket.urn, BUCKET, "logs", mended)) == []
