"""What the table of Terraform types says agrees with the facts about the AWS provider, in both directions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from policies import provider
from policies.unknown import COMPUTED
from scanners.sources.terraform_blocks import read_block
from scanners.sources.terraform_types import (
    PROVIDER,
    camel_case,
    nested,
    planned_properties_of,
    properties_of,
    terraform_name,
    terraform_of,
    terraform_type,
    terraform_types,
    terraform_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scanners.sources.terraform_types import Shape

TYPES = sorted((name, type_) for name in terraform_types() if (type_ := terraform_type(name)))
TOKENS = sorted(provider.resource_types())
CUT = "..."


def steps(shape: Shape, path: str = "", depth: int = 0) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the path of each property of a shape, and its step; of statements in statements the first few levels."""
    for name, step in shape.items():
        inner = f"{path}.{step.get('name') or camel_case(name)}".lstrip(".")
        yield inner, step
        if depth < 8:
            yield from steps(nested(step), inner, depth + 1)


class Named(NamedTuple):
    """A property that the facts show: its path, Terraform's name of it, what the facts say of it, and its step."""

    path: str
    name: str | None
    facts: provider.Shape
    step: Mapping[str, object]


def named(properties: Mapping[str, provider.Shape], shape: Shape, path: str) -> Iterator[Named]:
    """Yield the properties of an object and of all in it."""
    for property_, facts in properties.items():
        if property_ not in ("*", CUT):
            name = terraform_name(property_, shape)
            step = shape.get(name, {}) if name else {}
            yield Named(f"{path}.{property_}", name, facts, step)
            yield from named(facts.properties, nested(step), f"{path}.{property_}")


@pytest.fixture(scope="module")
def all_named() -> list[Named]:
    """Return the properties of all types; their paths begin with the token."""
    found = ((token, terraform_of(token)) for token in TOKENS)
    return [item for token, type_ in found if type_ for item in named(provider.property_shape(token), type_[1].shape, token)]


def cut(token: str, path: str) -> bool:
    """Say whether a path is nested too deep for the facts to tell its shape."""
    return provider.has_property(token, f"{path}.thereIsNoSuchProperty")


def test_every_type_and_property_of_the_table_exists() -> None:
    wrong = []
    for name, type_ in TYPES:
        if type_.token not in provider.resource_types():
            wrong.append(f"{name}: {type_.token}")
        for path, step in steps(type_.shape):
            is_list = provider.has_property(type_.token, f"{path}[0]")
            if not provider.has_property(type_.token, path) or ("is" in step and is_list and not cut(type_.token, path)):
                wrong.append(f"{name}: {path} {step.get('is')}")
    assert "\n".join(wrong) == ""


def test_a_step_says_nothing_else_than_what_is_written_about_the_table() -> None:
    words = {"name", "is", "has", "sensitive", "type"}
    wrong = [
        f"{name}: {path} {step}"
        for name, type_ in TYPES
        for path, step in steps(type_.shape)
        if not step.keys() <= words
        or step.get("is", "map") not in ("object", "single", "map")
        or step.get("type", "bool") not in ("bool", "number", "string")
        or step.get("sensitive", True) is not True
    ]
    assert "\n".join(wrong) == ""


def test_every_token_has_a_terraform_type() -> None:
    assert [token for token in TOKENS if terraform_of(token) is None] == []


def test_a_terraform_type_leads_to_the_token_that_leads_to_it() -> None:
    wrong = [f"{name}: {type_.token}" for name, type_ in TYPES if terraform_of(type_.token) != (name, type_)]
    assert wrong == []


def test_every_property_has_a_terraform_name_that_leads_back_to_it(all_named: list[Named]) -> None:
    wrong = [
        f"{path} -> {name}"
        for path, name, _, step in all_named
        if name is None or (step.get("name") or camel_case(name)) != path.rpartition(".")[2]
    ]
    assert "\n".join(wrong) == ""


def test_no_two_terraform_names_become_the_same_property() -> None:
    wrong = [
        f"{name}: {path}"
        for name, type_ in TYPES
        for path, times in Counter(path for path, _ in steps(type_.shape)).items()
        if times > 1
    ]
    assert "\n".join(wrong) == ""


def test_every_object_and_map_is_told_from_a_list(all_named: list[Named]) -> None:
    wrong = []
    for path, _, facts, step in all_named:
        inside = facts.properties.keys() - {CUT}
        kind = step.get("is")
        right = kind == "map" if "*" in inside else facts.is_list or not inside or kind in ("object", "single")
        if not right or (facts.is_list and kind in ("object", "single")):
            wrong.append(f"{path} {kind}")
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize(
    ("property_", "name"),
    [
        ("sseKmsEncryptedObjects", "sse_kms_encrypted_objects"),
        ("ipv6CidrBlock", "ipv6_cidr_block"),
        ("s3Bucket", "s3_bucket"),
        ("enableHttp2", "enable_http2"),
        ("addressLine1", "address_line1"),
        ("tags", "tags"),
    ],
)
def test_a_property_without_a_step_has_the_name_that_camel_case_makes_it_of(property_: str, name: str) -> None:
    assert terraform_name(property_, {}) == name
    assert camel_case(name) == property_


@pytest.mark.parametrize(
    ("token", "property_", "name"),
    [
        ("aws:account/primaryContact:PrimaryContact", "addressLine1", "address_line_1"),
        ("aws:ec2/securityGroupRule:SecurityGroupRule", "prefixListIds", "prefix_list_ids"),
        ("aws:ec2/networkInterface:NetworkInterface", "privateIpLists", "private_ip_list"),
        ("aws:s3/bucket:Bucket", "versioning", "versioning"),
        ("aws:s3/bucketV2:BucketV2", "versionings", "versioning"),
        ("aws:s3/bucketAclV2:BucketAclV2", "accessControlPolicy", "access_control_policy"),
        ("aws:lambda/function:Function", "code", "filename"),
        ("aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration", "routingRuleDetails", "routing_rules"),
        ("aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration", "routingRules", "routing_rule"),
        (PROVIDER, "assumeRoles", "assume_role"),
    ],
)
def test_properties_that_have_another_name_in_terraform(token: str, property_: str, name: str) -> None:
    found = terraform_of(token)
    assert found
    assert terraform_name(property_, found[1].shape) == name


@pytest.mark.parametrize("property_", ["filter", "__defaults", "snake_case", "Name", "a.b", ""])
def test_what_no_terraform_name_becomes_has_none(property_: str) -> None:
    assert terraform_name(property_, {"filter": {"name": "filters"}}) is None


@pytest.mark.parametrize(
    ("token", "path"),
    [
        ("aws:rds/instance:Instance", "password"),
        ("aws:lb/listener:Listener", "defaultActions.authenticateOidc.clientSecret"),
        ("aws:secretsmanager/secretVersion:SecretVersion", "secretString"),
        (PROVIDER, "secretKey"),
    ],
)
def test_what_terraform_shows_as_sensitive(token: str, path: str) -> None:
    found = terraform_of(token)
    assert found
    assert dict(steps(found[1].shape))[path]["sensitive"] is True


@pytest.mark.parametrize(
    ("terraform", "pulumi"),
    [
        ("aws_elasticache_replication_group", {"at_rest_encryption_enabled": (True, "true")}),
        ("aws_elasticache_replication_group", {"at_rest_encryption_enabled": (False, "false")}),
        ("aws_lb_target_group", {"deregistration_delay": (300, "300")}),
        ("aws_networkmanager_connect_peer", {"bgp_options": ({"peerAsn": "64512"}, [{"peer_asn": 64512}])}),
    ],
)
def test_values_whose_types_differ_are_converted(terraform: str, pulumi: dict[str, tuple[object, object]]) -> None:
    type_ = terraform_type(terraform)
    assert type_
    for name, (ours, theirs) in pulumi.items():
        assert planned_properties_of({name: theirs}, type_) == {camel_case(name): ours}
        if not isinstance(ours, dict):
            assert terraform_value(ours, type_.shape[name]) == theirs
            block = read_block(f'resource "{terraform}" "a" {{\n  {name} = "{theirs}"\n}}\n')
            assert properties_of(block, type_, lambda _: lambda expression, _: expression) == {camel_case(name): ours}


def test_a_number_that_is_whole_is_written_without_a_point() -> None:
    assert [terraform_value(number, {"type": "number"}) for number in (300, 300.0, 0.5)] == ["300", "300", "0.5"]


@pytest.mark.parametrize("value", ["", "auto", None, [], "1e999", "9" * 5000, COMPUTED])
def test_a_value_that_is_not_of_the_type_stays_as_it_is(value: object) -> None:
    for type_ in ("bool", "number", "string"):
        assert terraform_value(value, {"type": type_}) is value


@pytest.mark.parametrize("name", ["aws_iam_policy_document", "aws_caller_identity", "google_storage_bucket", "", "module"])
def test_what_is_no_resource_of_pulumi_has_no_type(name: str) -> None:
    assert terraform_type(name) is None
