"""A stack as a Terraform plan: what is in it, what is told of the rest, and that Checkov reads it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import provider
from policies.catalog import builtin_rules
from policies.resource import Resource
from policies.stack import Stack, names_in
from scanners.exports.terraform_plan import plan_of
from scanners.sources import files
from tests.command import STATES, resource, stackproof, state
from tests.round_trip import MARK, differences, rebuilt
from tests.test_hosts_agree import resources as resources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.exports.terraform_plan import Plan

STATE_FILES = [
    file
    for directory in (STATES, *map(Path, filter(None, os.environ.get("MORE_STATES", "").split(os.pathsep))))
    for file in sorted(directory.glob("*.json"))
]
"""MORE_STATES names directories with more exports to make plans of."""

CANARY = "canary-77aa"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
BUCKET, BLOCK = "aws:s3/bucket:Bucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OUTSIDE = ["data.terraform_remote_state.pulumi.outputs", "data.terraform_remote_state.pulumi"]
EXPORT = ("export", "-", "--to", "terraform-plan")


def secret(value: str = CANARY) -> dict[str, str]:
    return {MARK: "1b47061264138c4ac30d75fd1eb44270", "value": value, "plaintext": f'"{value}"', "ciphertext": "v1:x"}


def stack_of(*found: dict[str, Any]) -> Stack:
    resources = [
        Resource(
            item["urn"],
            item["type"],
            item["urn"].rpartition("::")[2],
            item["inputs"],
            id=item.get("id"),
            outputs=item.get("outputs"),
            property_dependencies=item.get("propertyDependencies"),
            external=item.get("external", False),
        )
        for item in found
    ]
    return Stack(*names_in(found[0]["urn"]), resources)


def planned(type_: str, **inputs: object) -> dict[str, Any]:
    """Return the change of one resource, with its expressions as `from`."""
    found: dict[str, Any] = changes(plan_of(stack_of(resource(type_, "it", inputs=inputs))))["it"]
    return found


def changes(plan: Plan) -> dict[str, Any]:
    """Return the change of each resource by its name."""
    content: Any = plan.content
    written = content["configuration"]["root_module"]["resources"]
    return {
        item["name"]: item["change"] | {"from": of["expressions"], "after_all": of.get("depends_on")}
        for item, of in zip(content["resource_changes"], written, strict=True)
    }


def examples() -> Iterator[dict[str, Any]]:
    """Yield the resources of every example of every rule, each with a URN of its own."""
    for rule in builtin_rules().values():
        for index, example in enumerate(rule.examples):
            text = json.dumps(list(resources_of(example)))
            yield from json.loads(text.replace("::example::", f"::{rule.id}-{index}::"))


def lost(plan: Plan, stack: Stack) -> dict[str, str]:
    """Return what did not come back from a plan as it was given, and why; what is only hidden is left out."""
    return {path: why for path, why in compared(plan, stack) if why and not why.startswith("hidden")}


def compared(plan: Plan, stack: Stack) -> Iterator[tuple[str, str]]:
    back = rebuilt(plan)
    assert [name for name, urn in plan.urns.items() if urn not in back and not name.startswith("aws.")] == []
    for subject in stack.resources.each(back):
        for path, why in differences(subject.values, back[subject.urn]):
            yield f"{subject.urn} {path}", why


@pytest.mark.parametrize("file", STATE_FILES, ids=lambda file: file.stem)
def test_the_plan_of_a_state_has_the_properties_of_its_resources(file: Path) -> None:
    (source,) = files.load(str(file))
    plan = plan_of(source.stack)
    assert set(plan.urns.values()) | {item.urn for item in plan.left_out} == {item.urn for item in source.stack.resources}
    assert lost(plan, source.stack) == {}
    hidden = {why for _, why in compared(plan, source.stack) if why}
    assert hidden <= {"hidden: an asset without a place"}  # of archives, Terraform knows the place only


def test_the_plan_of_every_example_of_every_rule_has_the_properties_of_its_resources() -> None:
    stack = stack_of(*(item for item in examples() if "V2" not in item["type"]))  # those come back as the type of today
    plan = plan_of(stack)
    assert plan.left_out == []
    assert lost(plan, stack) == {}
    hidden = [path for path, why in compared(plan, stack) if why == "hidden"]
    assert [path for path in hidden if not sensitive(path)] == []


def sensitive(path: str) -> bool:
    """Say whether Terraform takes a property for sensitive, by its name."""
    names = ("password", "secret", "credential", "key", "token", "username", "properties", "value", "smb", "oidc", "snowflake")
    return any(name in path.rpartition(" ")[2].lower() for name in names)


@st.composite
def values_of(draw: st.DrawFn, shape: provider.Shape) -> Any:  # noqa: ANN401  (JSON)
    """Draw a value of a property, of which the whole or parts may be unknown or secret."""
    if draw(st.integers(0, 9)) == 0:
        return draw(unknowns)
    if shape.is_list:
        items = [draw(values_of(shape._replace(is_list=False))) for _ in range(draw(st.integers(0, 2)))]
        return [item for item in items if item is not None]  # in the list of a plan, null is a value that is not known
    if "*" in shape.properties:
        return draw(st.dictionaries(st.text(max_size=8).filter(lambda key: not key.startswith("__")), plain, max_size=2))
    return draw(objects(shape.properties, 2) if shape.properties else plain)


@st.composite
def objects(draw: st.DrawFn, properties: dict[str, provider.Shape], most: int) -> dict[str, Any]:
    names = sorted(name for name in properties if name not in {"...", *META})
    chosen = draw(st.lists(st.sampled_from(names), max_size=most, unique=True)) if names else []
    return {name: draw(values_of(properties[name])) for name in chosen}


META = {"count", "forEach", "dependsOn", "provider", "lifecycle", "provisioner", "connection", "timeouts"}
"""Terraform's own words: a plan has properties of these names, and a reader takes them for no properties."""


unknowns = st.sampled_from([UNKNOWN, secret()])
plain = st.text(max_size=12) | st.booleans() | st.integers(-(2**31), 2**31) | st.none() | unknowns
TYPES = sorted(type_ for type_ in provider.resource_types() if type_.startswith("aws:") and "V2" not in type_)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first case reads what is known of all types
@given(st.sampled_from(TYPES), st.data())
def test_any_properties_of_any_type_come_back(type_: str, data: st.DataObject) -> None:
    stack = stack_of(resource(type_, "it", inputs=data.draw(objects(provider.property_shape(type_), 4))))
    plan = plan_of(stack)
    assert plan.left_out == []
    assert lost(plan, stack) == {}
    if any(why == "hidden" for _, why in compared(plan, stack)):
        assert changes(plan)["it"]["after_sensitive"] != {}
    text = "".join(plan.text())
    assert CANARY not in text
    assert yaml.load(text, yaml.CSafeLoader) == json.loads(text) == plan.content  # Checkov takes JSON for YAML


def test_what_is_not_known_is_left_out_and_marked_where_it_would_stand() -> None:
    change = planned(
        "aws:lambda/function:Function",
        kmsKeyArn=UNKNOWN,
        layers=["arn:aws:lambda:eu-west-1:1:layer:a", UNKNOWN],
        environment={"variables": {"OPEN": "x", "LATER": UNKNOWN, "HIDDEN": secret()}},
        deadLetterConfig=UNKNOWN,
        vpcConfig={"subnetIds": [UNKNOWN, UNKNOWN], "securityGroupIds": secret()},
        __defaults=["name"],
    )
    assert change["after"] == {
        "layers": ["arn:aws:lambda:eu-west-1:1:layer:a", None],
        "environment": [{"variables": {"OPEN": "x"}}],
        "vpc_config": [{}],
    }
    assert change["after_unknown"] == {
        "kms_key_arn": True,
        "layers": [False, True],
        "environment": [{"variables": {"LATER": True, "HIDDEN": True}}],
        "dead_letter_config": True,
        "vpc_config": [{"subnet_ids": True, "security_group_ids": True}],
    }
    assert change["after_sensitive"] == {
        "environment": [{"variables": {"HIDDEN": True}}],
        "vpc_config": [{"security_group_ids": True}],
    }
    somewhere = {"references": OUTSIDE}
    assert change["from"] == {
        "kms_key_arn": somewhere,
        "layers": somewhere,
        "environment": [{"variables": somewhere}],
        "dead_letter_config": somewhere,
        "vpc_config": [{"subnet_ids": somewhere, "security_group_ids": somewhere}],
    }


@pytest.mark.parametrize(
    ("type_", "inputs", "after"),
    [
        (BUCKET, {"tags": {"Some Key": "1"}, "tagsAll": {"Some Key": "1", "Team": "a"}},
         {"tags": {"Some Key": "1"}, "tags_all": {"Some Key": "1", "Team": "a"}}),
        (BUCKET, {"tags": {}, "tagsAll": {}}, {"tags": None, "tags_all": None}),
        (BUCKET, {"corsRules": [{"allowedMethods": ["GET"]}]}, {"cors_rule": [{"allowed_methods": ["GET"]}]}),
        (BUCKET, {"versioning": {"enabled": True, "__defaults": []}}, {"versioning": [{"enabled": True}]}),
        (BUCKET, {"versioning": {}}, {"versioning": [{"enabled": None, "mfa_delete": None}]}),
        ("aws:s3/bucketV2:BucketV2", {"versionings": [{"enabled": True}]}, {"versioning": [{"enabled": True}]}),
        ("aws:iam/policy:Policy", {"policy": {"Statement": [{"Effect": "Deny"}]}},
         {"policy": '{"Statement":[{"Effect":"Deny"}]}'}),
        ("aws:iam/policy:Policy", {"policy": {"Statement": [{"Resource": UNKNOWN}]}}, {}),
        ("aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": [{"name": "a"}]},
         {"container_definitions": '[{"name":"a"}]'}),
        ("aws:s3/bucketObjectv2:BucketObjectv2", {"source": {MARK: "c44067f5952c0a294b673a41bacd8c17", "path": "./a.txt"}},
         {"source": "./a.txt"}),
        ("aws:rds/instance:Instance", {"allocatedStorage": 20.0, "storageEncrypted": True},
         {"allocated_storage": 20, "storage_encrypted": True}),
        ("aws:rds/instance:Instance", {"password": "plain in the program"}, {}),
        ("aws:rds/instance:Instance", {"identifier": f"before {UNKNOWN} after"}, {}),
        ("aws-native:s3:Bucket", {"bucketName": "a", "tags": [{"key": "Team", "value": "b"}]},
         {"bucket": "a", "tags": {"Team": "b"}}),
    ],
)  # fmt: skip
def test_properties_have_the_names_and_shapes_of_terraform(type_: str, inputs: dict[str, Any], after: dict[str, Any]) -> None:
    assert planned(type_, **inputs)["after"] == after
    assert json.dumps(planned(type_, **inputs)["after"]) == json.dumps(after)  # no 20.0 for 20


def test_hostile_values_are_unknown_or_harmless() -> None:
    deep: Any = "end"
    for _ in range(150):
        deep = {"statement": deep}
    hostile = {
        "k" * 1100: "x",
        "\x7f\x85\u2028\ufeff": "\x7f\x85\u2028\ufffe\U0001f600",
        "references": "${x} %{if}",
        "__proto__": 1,
    }
    stack = stack_of(
        resource("aws:wafv2/webAcl:WebAcl", "deep", inputs={"rules": [{"statement": deep}]}),
        resource(BUCKET, "wide", inputs={"tags": hostile}),
        resource(BUCKET, "shallow", inputs={"tags": {key: item for key, item in hostile.items() if len(key) < 1000}}),
        resource(BUCKET, 'x" }\nresource "a" "b" { <b>\x1b[31m', inputs={}),
    )
    plan = plan_of(stack)
    assert lost(plan, stack) == {}
    text = "".join(plan.text())
    assert len(text.splitlines()) == text.count("\n")
    assert yaml.load(text, yaml.CSafeLoader) == json.loads(text) == plan.content
    assert changes(plan)["wide"]["after_unknown"] == {"tags": True}
    assert str(changes(plan)["deep"]["after"]).count("statement") < 50 < str(deep).count("statement")
    assert set(changes(plan)) == {"deep", "wide", "shallow", "x_resource_a_b_b_31m"}


@pytest.mark.parametrize(
    ("tags", "default", "shown"),
    [
        ({"own": "a", "hidden": secret()}, json.dumps({"tags": {"all": "b"}}), {"own": "a", "all": "b"}),
        ({"own": "a"}, json.dumps({"tags": {"all": "b", "hidden": secret()}}), {"own": "a", "all": "b"}),
        ({"own": "a"}, secret(), {"own": "a"}),
        (secret(), json.dumps({"tags": {"all": "b"}}), None),
    ],
)
def test_a_tag_that_is_a_secret_is_one_where_the_provider_merges_the_tags(
    tags: object, default: object, shown: dict[str, str] | None
) -> None:
    merged = {"own": "a", "all": "b", "hidden": CANARY}
    aws = provider_of("x", defaultTags=default)
    bucket = resource(BUCKET, inputs={"tags": tags, "tagsAll": merged}, provider=f"{aws['urn']}::id")
    ran = stackproof(*EXPORT, given=state(aws, bucket))
    assert CANARY not in ran.out
    change = json.loads(ran.out)["resource_changes"][0]["change"]
    assert change["after"].get("tags_all") == shown
    assert change["after_sensitive"]["tags_all"] == (dict.fromkeys(merged.keys() - shown.keys(), True) if shown else True)


def test_names_of_properties_that_terraform_does_not_allow_are_replaced() -> None:
    after = planned(BUCKET, **{'a = 1 }\nresource "b" "c" {': 1, "": 2, "1st": 3, "Large": 4})["after"]
    assert after == {"a_1_resource_b_c_": 1, "_": 2, "_1st": 3, "Large": 4}


def test_each_resource_has_an_address_of_its_own() -> None:
    names = ["a.b", "a/b", "a_b", "a_b_2", "1st", "-", "é", "x" * 300]
    stack = stack_of(*(resource(BUCKET, name) for name in names), resource("aws:sns/topic:Topic", "a_b"))
    plan = plan_of(stack)
    assert {address: urn.rpartition("::")[2] for address, urn in plan.urns.items()} == {
        "aws_s3_bucket.a_b": "a.b",
        "aws_s3_bucket.a_b_2": "a/b",
        "aws_s3_bucket.a_b_3": "a_b",
        "aws_s3_bucket.a_b_2_2": "a_b_2",
        "aws_s3_bucket._1st": "1st",
        "aws_s3_bucket._-": "-",
        "aws_s3_bucket._": "é",
        f"aws_s3_bucket.{'x' * 200}": "x" * 300,
        "aws_sns_topic.a_b": "a_b",
    }
    assert "".join(plan.text()) == "".join(plan_of(stack).text())


KEY = resource("aws:kms/key:Key", "main", outputs={"arn": "arn:aws:kms:eu-west-1:1:key/k-1"}) | {"id": "k-1"}
NET = resource("aws:ec2/subnet:Subnet", "net") | {"id": "subnet-0123456789abcdef0"}
LOGS = resource(BUCKET, "logs", outputs={"arn": "arn:aws:s3:::logs", "bucketDomainName": "logs.s3.amazonaws.com"}) | {
    "id": "logs"
}
FOREIGN = resource("random:index/randomPassword:RandomPassword", "word")


def reference(of: dict[str, Any], attribute: str) -> list[str]:
    address = {"main": "aws_kms_key.main", "net": "aws_subnet.net", "logs": "aws_s3_bucket.logs"}[of["urn"].rpartition("::")[2]]
    return [f"{address}.{attribute}", address]


@pytest.mark.parametrize(
    ("type_", "inputs", "depends", "expressions"),
    [
        ("aws:rds/instance:Instance", {"kmsKeyId": KEY["outputs"]["arn"]}, {"kmsKeyId": [KEY]},
         {"kms_key_id": {"references": reference(KEY, "arn")}}),
        ("aws:rds/instance:Instance", {"kmsKeyId": UNKNOWN}, {"kmsKeyId": [KEY]},
         {"kms_key_id": {"references": reference(KEY, "id")}}),
        ("aws:rds/instance:Instance", {"password": secret()}, {"password": [FOREIGN]}, {"password": {"references": OUTSIDE}}),
        ("aws:rds/instance:Instance", {"identifier": UNKNOWN}, {"identifier": [LOGS, FOREIGN]},
         {"identifier": {"references": [*reference(LOGS, "id"), *OUTSIDE]}}),
        (BLOCK, {"bucket": "logs"}, {"bucket": [LOGS]}, {"bucket": {"references": reference(LOGS, "id")}}),
        (BLOCK, {"bucket": "logs"}, {}, {"bucket": {"references": reference(LOGS, "id")}}),
        (BLOCK, {"expectedBucketOwner": "logs"}, {}, {}),
        (BUCKET, {"bucket": "it-id"}, {}, {}),
        (BLOCK, {"bucket": {MARK: "5cf8f73096256a8f31e491e813e4eb8e", "urn": LOGS["urn"], "id": "logs"}}, {},
         {"bucket": {"references": reference(LOGS, "id")}}),
        ("aws:ec2/instance:Instance", {"subnetId": NET["id"], "tags": {"net": "logs"}}, {},
         {"subnet_id": {"references": reference(NET, "id")}}),
        ("aws:iam/policy:Policy", {"policy": '{"Resource":"arn:aws:s3:::logs/*"}'}, {"policy": [LOGS]},
         {"policy": {"references": reference(LOGS, "arn")}}),
        ("aws:cloudfront/distribution:Distribution",
         {"origins": [{"originId": "o", "domainName": "logs.s3.amazonaws.com"}], "loggingConfig": {"prefix": UNKNOWN}},
         {"origins": [LOGS], "loggingConfig": [NET]},
         {"origin": [{"domain_name": {"references": reference(LOGS, "bucket_domain_name")}}],
          "logging_config": [{"prefix": {"references": reference(NET, "id")}}]}),
    ],
)  # fmt: skip
def test_expressions_name_what_a_value_came_from(
    type_: str, inputs: dict[str, Any], depends: dict[str, list[dict[str, Any]]], expressions: dict[str, Any]
) -> None:
    edges = {name: [item["urn"] for item in found] for name, found in depends.items()}
    subject = resource(type_, "it", inputs=inputs, propertyDependencies=edges)
    assert changes(plan_of(stack_of(KEY, NET, LOGS, FOREIGN, subject)))["it"]["from"] == expressions


def test_a_resource_that_no_value_shows_is_depended_on() -> None:
    inputs = {"loggingConfig": {"bucket": "elsewhere", "includeCookies": True}}
    subject = resource(
        "aws:cloudfront/distribution:Distribution", "it", inputs=inputs, propertyDependencies={"loggingConfig": [LOGS["urn"]]}
    )
    change = changes(plan_of(stack_of(LOGS, subject)))["it"]
    assert (change["from"], change["after_all"]) == ({"logging_config": [{}]}, ["aws_s3_bucket.logs"])


def test_each_of_a_long_list_of_references_is_found_at_once() -> None:
    groups = [
        resource("aws:ec2/securityGroup:SecurityGroup", f"g{number}", outputs={"arn": f"arn:aws:ec2:::sg-{number:017x}"})
        | {"id": f"sg-{number:017x}"}
        for number in range(1500)
    ]
    subject = resource(
        "aws:lb/loadBalancer:LoadBalancer",
        "it",
        inputs={"securityGroups": [group["id"] for group in groups]},
        propertyDependencies={"securityGroups": [group["urn"] for group in groups]},
    )
    stack = stack_of(*groups, subject)
    started = time.process_time()
    found = changes(plan_of(stack))["it"]["from"]["security_groups"]["references"]
    assert found == [
        part for number in range(1500) for part in (f"aws_security_group.g{number}.id", f"aws_security_group.g{number}")
    ]
    assert time.process_time() - started < 10  # each with each of the others it would be half a minute


def provider_of(name: str, **inputs: object) -> dict[str, Any]:
    return resource("pulumi:providers:aws", name, inputs={"__internal": {}, "version": "7.51.1", **inputs})


def test_providers_are_configured_without_credentials() -> None:
    default = provider_of("default_7_51_1", region="eu-west-1", accessKey=CANARY, secretKey=CANARY, token=CANARY)
    named = provider_of(
        "default", region=UNKNOWN, defaultTags=json.dumps({"tags": {"Team": "a"}}), assumeRoles=json.dumps([CANARY])
    )
    older = provider_of("default_6_0_0", defaultTags=json.dumps({"tags": {"Team": secret()}}), ignoreTags='{"keys":["x"]}')
    far = resource(BUCKET, "far", provider=f"{named['urn']}::id-1")
    data = state(default, named, older, far, resource(BUCKET, "near", provider=f"{default['urn']}::id-2"))
    ran = stackproof(*EXPORT, given=data)
    content = json.loads(ran.out)
    known = {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws"}
    assert content["configuration"]["provider_config"] == {
        "aws": {**known, "expressions": {"region": {"constant_value": "eu-west-1"}}},
        "aws.default_": {
            **known,
            "alias": "default_",
            "expressions": {
                "region": {"references": OUTSIDE},
                "default_tags": [{"tags": {"constant_value": {"Team": "a"}}}],
            },
        },
        "aws.default_6_0_0": {
            **known,
            "alias": "default_6_0_0",
            "expressions": {
                "default_tags": [{"tags": {"references": OUTSIDE}}],
                "ignore_tags": [{"keys": {"constant_value": ["x"]}}],
            },
        },
    }
    keys = {item["name"]: item["provider_config_key"] for item in content["configuration"]["root_module"]["resources"]}
    assert keys == {"far": "aws.default_", "near": "aws"}
    assert CANARY not in ran.out + ran.err
