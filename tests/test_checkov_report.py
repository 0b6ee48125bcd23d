"""What becomes of Checkov's output: its verdicts, and the resources rebuilt from the code that it shows."""

from __future__ import annotations

import copy
import json
import os
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.catalog import builtin_rules
from policies.unknown import Reason, Unknown, UnknownValue
from scanners.sources import checkov_report
from scanners.sources.source import SourceError, SourceStack
from scanners.sources.terraform_blocks import DEEPEST, BlockError, read_block
from tests.command import stackproof

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "examples" / "checkov" / "terraform.json"
BUCKET = "aws_s3_bucket.b"


def record(resource: str, code: str = "", **fields: object) -> dict[str, Any]:
    lines = [[number, f"{line}\n"] for number, line in enumerate(dedent(code).strip("\n").split("\n"), 1)]
    return {
        "check_id": "CKV_AWS_1",
        "check_name": "A check",
        "check_result": {"result": "PASSED"},
        "resource": resource,
        "code_block": lines,
        "file_path": "/main.tf",
        "file_line_range": [7, 6 + len(lines)],
    } | fields


def report(*records: dict[str, Any], framework: str = "terraform", errors: tuple[object, ...] = ()) -> dict[str, Any]:
    results = {"passed_checks": list(records), "failed_checks": [], "skipped_checks": [], "parsing_errors": list(errors)}
    return {"check_type": framework, "results": results, "summary": {}}


def read(*records: dict[str, Any], framework: str = "terraform") -> SourceStack:
    (source,) = checkov_report.read("report.json", report(*records, framework=framework))
    return source


def rebuilt(code: str, type_: str = "aws_s3_bucket") -> object:
    code = f'resource "{type_}" "b" {{\n{dedent(code)}\n}}'
    (resource,) = read(record(f"{type_}.b", code)).stack.resources
    return shown(resource.values)


def shown(value: object) -> Any:  # noqa: ANN401  (JSON with the reasons of unknown values)
    if isinstance(value, Unknown):
        return value.reason
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


COMPUTED, NOT_REPORTED, MASKED = Reason.COMPUTED, Reason.NOT_REPORTED, Reason.MASKED


@pytest.mark.parametrize(
    ("content", "is_report"),
    [
        (report(), True),
        ([report(), report(framework="secrets")], True),
        ({"passed": 0, "failed": 0, "skipped": 0, "checkov_version": "3.3.30"}, True),
        ([], False),
        ({}, False),
        ([[report()]], False),
        ({"version": 3, "deployment": {}}, False),
        (None, False),
        ("passed", False),
    ],
)
def test_a_report_is_recognised_by_its_shape(content: object, *, is_report: bool) -> None:
    assert checkov_report.recognises(content) is is_report


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"check_type": None}, "check_type names no framework, so no rule judged anything"),
        ({"summary": {"passed": 9, "failed": 3, "skipped": 0}}, "of 3 verdicts failed only 1 are listed"),
        ({"summary": {"passed": 9, "failed": 1, "skipped": 2}}, "of 2 verdicts skipped only 0 are listed"),
    ],
)
def test_a_report_that_lacks_a_part_makes_the_run_incomplete(change: dict[str, Any], note: str, tmp_path: Path) -> None:
    content = report() | change
    content["results"]["failed_checks"] = [record("aws_x.y", "", check_result={"result": "FAILED"})]
    (source,) = checkov_report.read("r", content)
    assert source.notes == (note,)
    file = tmp_path / "checkov.json"
    file.write_text(json.dumps(content))
    assert stackproof("scan", file, "--fail-on", "never").exit_code == 4


@pytest.mark.parametrize(
    ("code", "properties"),
    [
        ('acl = "private"', {"acl": "private"}),
        ("force_destroy = true", {"forceDestroy": True}),
        ("x = -1.5", {"x": -1.5}),
        ("acl = null", {"acl": None}),
        ("acl = var.acl", {"acl": NOT_REPORTED}),
        ('acl = "${var.acl}"', {"acl": NOT_REPORTED}),
        ('acl = "a-${var.acl}"', {"acl": COMPUTED}),
        ('acl = "$${var.acl} %%{"', {"acl": "${var.acl} %{"}),
        ('acl = var.public ? "public-read" : "private"', {"acl": NOT_REPORTED}),
        ('acl = aws_other.a["k"].acl', {"acl": COMPUTED}),
        ("acl = data.aws_other.a.acl", {"acl": COMPUTED}),
        ("acl = try(aws_other.a.acl, null)", {"acl": NOT_REPORTED}),
        ('acl = (\n  "private"\n)', {"acl": "private"}),
        ('acl = "private" # why\n/* and\nmore */ bucket = "b" // so', {"acl": "private", "bucket": "b"}),
        (r'policy = "{\"a\": \"\u00e9\"}"', {"policy": '{"a": "é"}'}),
        ("policy = <<E\n{\n EE\n}\nE\n", {"policy": "{\n EE\n}\n"}),
        ("policy = <<-E\n    {\n      }\n  E\n", {"policy": "{\n  }\n"}),
        ("policy = <<E\n${aws_x.y.z}\nE\n", {"policy": COMPUTED}),
        (
            'policy = jsonencode({ "A-b" = [1, var.x], c_d = { e_f = "g" } })',
            {"policy": {"A-b": [1, NOT_REPORTED], "c_d": {"e_f": "g"}}},
        ),
        ("policy = jsonencode(merge(var.a, var.b))", {"policy": COMPUTED}),
        ('tags = { my_key : "v", "a b" = 1,\n (var.k) = 2 }', {"tags": COMPUTED}),
        ('tags = { my_key : "v", "a b" = 1\n other = local.x }', {"tags": {"my_key": "v", "a b": 1, "other": NOT_REPORTED}}),
        ('tags = merge(local.tags, { a = "b" })', {"tags": NOT_REPORTED}),
        ("tags = { for k, v in var.tags : k => v }", {"tags": COMPUTED}),
        ("versioning {\n  enabled = true\n}", {"versioning": {"enabled": True}}),
        ("versioning { enabled = true }", {"versioning": {"enabled": True}}),
        ("grant {\n  id = 1\n}\ngrant {\n  id = 2\n}", {"grants": [{"id": 1}, {"id": 2}]}),
        ('dynamic "grant" {\n  for_each = [1]\n  content {\n    id = 1\n  }\n}', {"grants": NOT_REPORTED}),
        ('grant {}\ndynamic "grant" {\n  for_each = [1]\n  content {}\n}', {"grants": [{}, NOT_REPORTED]}),
        ('count = 2\nprovider = aws.x\nlifecycle {\n}\ntimeouts {\n}\ndepends_on = [aws_x.y]\nacl = "a"', {"acl": "a"}),
        ('acl = "AKIAI**********"', {"acl": MASKED}),
    ],
)
def test_a_literal_is_a_value_and_anything_else_is_unknown(code: str, properties: dict[str, object]) -> None:
    assert rebuilt(code) == properties


def test_a_provider_that_cannot_be_read_may_hold_anything() -> None:
    source = read(record("aws.default", '"aws": {'), framework="terraform_plan")
    (provider,) = source.stack.resources
    assert shown(provider.value("accessKey")) == NOT_REPORTED


def test_a_block_with_a_count_of_zero_is_no_resource() -> None:
    none = record("aws_s3_bucket.none", 'resource "aws_s3_bucket" "none" {\n  count = 0\n}')
    some = record(BUCKET, 'resource "aws_s3_bucket" "b" {\n  count = var.count\n}')
    assert [resource.name for resource in read(none, some).stack.resources] == [BUCKET]


@pytest.mark.parametrize(
    ("type_", "code", "properties"),
    [
        (
            "aws_autoscaling_group",
            'tag {\n  key = "a"\n  propagate_at_launch = true\n}',
            {"tags": [{"key": "a", "propagateAtLaunch": True}]},
        ),
        (
            "aws_lambda_function",
            "environment {\n  variables = { MY_KEY = 1 }\n}",
            {"environment": {"variables": {"MY_KEY": 1}}},
        ),
        ("aws_security_group", "ingress = [{ from_port = 1 }]", {"ingress": [{"fromPort": 1}]}),
        ("aws_lambda_function", 'function_name = "f"', {"name": "f"}),
    ],
)
def test_names_and_shapes_are_those_of_pulumi(type_: str, code: str, properties: dict[str, object]) -> None:
    assert rebuilt(code, type_) == properties


@pytest.mark.parametrize(
    ("type_", "token"),
    [
        ("aws_s3_bucket", "aws:s3/bucket:Bucket"),
        ("aws_s3_bucket_versioning", "aws:s3/bucketVersioning:BucketVersioning"),
        ("aws_lb", "aws:lb/loadBalancer:LoadBalancer"),
        ("aws_alb", "aws:alb/loadBalancer:LoadBalancer"),
    ],
)
def test_a_type_becomes_the_current_resource_of_pulumi(type_: str, token: str) -> None:
    (resource,) = read(record(f"{type_}.b", f'resource "{type_}" "b" {{\n}}')).stack.resources
    assert (resource.type, resource.name) == (token, f"{type_}.b")
    assert resource.urn == f"urn:pulumi:checkov::terraform::{token}::{type_}.b"
    assert resource.location == ("main.tf", 7)


@pytest.mark.parametrize(
    ("path", "file"),
    [("/infra/main.tf", "infra/main.tf"), ("/../elsewhere/main.tf", "main.tf"), (None, "main.tf")],
)
def test_a_file_is_named_from_where_checkov_was_started(path: object, file: str) -> None:
    source = read(bucket(repo_file_path=path))
    assert next(iter(source.stack.resources)).location == (file, 7)
    assert source.checkov[0].file == file


def bucket(address: str = BUCKET, **fields: object) -> dict[str, Any]:
    return record(address, 'resource "aws_s3_bucket" "b" {\n}', **fields)


@pytest.mark.parametrize(
    "value",
    [
        "aws_s3_bucket.b.id",
        "aws_s3_bucket.b.arn",
        '"${aws_s3_bucket.b.id}"',
        '"arn:${aws_s3_bucket.b.arn}/*"',
        "[1, aws_s3_bucket.b.id]",
        "var.x ? aws_s3_bucket.b.id : null",
        'jsonencode({ Resource = ["${aws_s3_bucket.b.arn}/*"] })',
        "<<E\n${aws_s3_bucket.b.id}\nE\n",
    ],
)
def test_a_reference_to_a_reported_resource_is_a_dependency(value: str) -> None:
    source = read(bucket(), record("aws_s3_bucket_policy.p", f'resource "aws_s3_bucket_policy" "p" {{\n  policy = {value}\n}}'))
    target, policy = source.stack.resources
    assert dict(policy.property_dependencies) == {"policy": (target.urn,)}


def targets(*records: dict[str, Any], of: str) -> list[str]:
    stack = read(*records).stack
    resource = next(item for item in stack.resources if item.name == of)
    found = (stack.get(urn) for urns in resource.property_dependencies.values() for urn in urns)
    return [item.name for item in found if item]


def policy(address: str, reference: str, **fields: object) -> dict[str, Any]:
    return record(address, f'resource "aws_s3_bucket_policy" "p" {{\n  bucket = {reference}\n}}', **fields)


def test_a_reference_to_one_of_many_leads_to_that_one() -> None:
    many = [bucket("aws_s3_bucket.b[0]"), bucket("aws_s3_bucket.b[1]")]
    second = "aws_s3_bucket_policy.p[1]"
    assert targets(*many, policy(second, "aws_s3_bucket.b[count.index].id"), of=second) == ["aws_s3_bucket.b[1]"]
    assert targets(*many, policy(second, "aws_s3_bucket.b[0].id"), of=second) == ["aws_s3_bucket.b[0]"]
    assert targets(*many, policy(second, "aws_s3_bucket.b[var.n].id"), of=second) == []
    assert targets(bucket(), policy("aws_s3_bucket_policy.p", "aws_s3_bucket.b[0].id"), of="aws_s3_bucket_policy.p") == [BUCKET]


def test_a_name_means_something_only_in_its_module_and_directory() -> None:
    inside = policy("module.m.aws_s3_bucket_policy.p", "aws_s3_bucket.b.id")
    assert targets(bucket(), inside, of="module.m.aws_s3_bucket_policy.p") == []
    assert targets(bucket("module.m.aws_s3_bucket.b"), inside, of="module.m.aws_s3_bucket_policy.p") == [
        "module.m.aws_s3_bucket.b"
    ]
    elsewhere = bucket(file_path="/other/main.tf")
    source = read(bucket(), elsewhere)
    assert len({resource.urn for resource in source.stack.resources}) == 2
    assert targets(elsewhere, policy("aws_s3_bucket_policy.p", "aws_s3_bucket.b.id"), of="aws_s3_bucket_policy.p") == []


@pytest.mark.parametrize(
    "address",
    [
        'module.m["c[0]"].aws_s3_bucket.b',
        'module.m["a.b"].module.n[1].aws_s3_bucket.b["x]y"]',
        r'module.m["q\"x"].aws_s3_bucket.b["sp ace"]',
        'aws_s3_bucket.b["a"b"]',
    ],
)
def test_any_key_may_stand_in_an_address(address: str) -> None:
    source = read(bucket(address))
    assert [resource.name for resource in source.stack.resources] == [address]
    assert source.notes == ()


def test_a_resource_whose_name_is_not_understood_is_told() -> None:
    source = read(bucket('module.m["].aws_s3_bucket.b'))
    assert not source.stack.resources
    assert source.notes[0].endswith('module.m["].aws_s3_bucket.b (main.tf:7: its name is not understood)')


@pytest.mark.parametrize(("key", "name"), [('"a.b"', "a.b"), ('"a""', 'a"'), ("0", "0"), (r'"a\"b"', COMPUTED)])
def test_a_key_is_the_text_between_its_quotes(key: str, name: object) -> None:
    code = 'resource "aws_s3_bucket" "b" {\n  bucket = "${each.key}"\n}'
    (resource,) = read(record(f"aws_s3_bucket.b[{key}]", code)).stack.resources
    assert shown(resource.values)["bucket"] in {name, NOT_REPORTED if name is COMPUTED else name}


def provider(name: str, code: str) -> dict[str, Any]:
    return record(name, f'provider "aws" {{\n{code}\n}}')


def test_default_tags_come_from_the_provider() -> None:
    tags = provider("aws.default", 'default_tags {\n  tags = {\n    my_owner = "a"\n  }\n}')
    other = provider("aws.other", 'alias = "other"')
    chosen = record("aws_s3_bucket.c", 'resource "aws_s3_bucket" "c" {\n  provider = aws.other\n}')
    inside = bucket("module.m.aws_s3_bucket.b")
    by_name = {resource.name: resource for resource in read(bucket(), chosen, inside, tags, other).stack.resources}
    assert by_name["aws.default"].values == {"defaultTags": {"tags": {"my_owner": "a"}}}
    assert by_name[BUCKET].provider is by_name["aws.default"]
    assert by_name["aws_s3_bucket.c"].provider is by_name["aws.other"]
    unsure = by_name["module.m.aws_s3_bucket.b"].provider
    assert unsure is not None
    assert shown(unsure.values) == {"defaultTags": NOT_REPORTED}
    (default, inherits) = read(inside, tags).stack.resources
    assert inherits.provider is default


def test_what_a_report_without_passed_checks_leaves_out_may_be_another_provider() -> None:
    tags = provider("aws.default", 'default_tags {\n  tags = {\n    my_owner = "a"\n  }\n}')
    inside = bucket("module.m.aws_s3_bucket.b")
    failed = [item | {"check_result": {"result": "FAILED"}} for item in (tags, inside, bucket())]
    unsure, sure = (item.provider for item in read(*failed).stack.resources if item.provider)
    assert shown(unsure.values) == {"defaultTags": NOT_REPORTED}
    assert sure.values == {"defaultTags": {"tags": {"my_owner": "a"}}}


def test_default_tags_are_unknown_where_no_provider_is_reported() -> None:
    (resource,) = read(bucket()).stack.resources
    assert resource.provider is not None
    assert shown(resource.provider.values) == {"defaultTags": NOT_REPORTED}


def test_data_and_other_frameworks_are_kept_as_verdicts_only() -> None:
    data = record("aws_iam_policy_document.d", 'data "aws_iam_policy_document" "d" {\n}', check_id="CKV_AWS_2")
    same_name = record("aws_s3_bucket.d", 'data "aws_s3_bucket" "d" {\n}')
    other = record("google_storage_bucket.b", 'resource "google_storage_bucket" "b" {\n}')
    source = read(data, same_name, other)
    assert not source.stack.resources
    assert [item.urn for item in source.checkov] == ["", "", ""]
    kubernetes = read(record("Pod.default.web", "kind: Pod"), framework="kubernetes")
    assert not kubernetes.stack.resources
    assert kubernetes.checkov[0].resource == "Pod.default.web"


def test_verdicts_are_kept_once_and_the_worst_wins() -> None:
    skipped = record(BUCKET, check_id="CKV_AWS_3", check_result={"result": "SKIPPED", "suppress_comment": "Not\x1b[31m here"})
    source = read(bucket(), bucket(), bucket(check_result={"result": "FAILED"}), skipped)
    assert [(item.check, item.verdict, item.reason) for item in source.checkov] == [
        ("CKV_AWS_1", "failed", ""),
        ("CKV_AWS_3", "skipped", "Not\ufffd[31m here"),
    ]
    assert {item.urn for item in source.checkov} == {next(iter(source.stack.resources)).urn}
    assert not source.stack.complete


@pytest.mark.parametrize(
    "block",
    [
        [[1, 'resource "aws_s3_bucket" "b" {\n']],
        [[1, 'resource "aws_s3_bucket" "b" {\n'], [3, "}\n"]],
        [[1, 'resource "aws_s3_bucket" "c" {\n'], [2, "}\n"]],
        [[1, 'resource "aws_s3_bucket" "b" {\n'], [2, '  acl = "x\n'], [3, "}\n"]],
        [[1, "# " + "x" * 200_000 + "\n"]],
        [[1]],
        [[1, 'resource "aws_s3_bucket" "b" {\n'], [2, '  acl = "\ud800"\n'], [3, "}\n"]],
        [[1, 'resource "aws_s3_bucket" "b" {\n'], [2, '  acl = "\\udc00"\n'], [3, "}\n"]],
        None,
        "text",
    ],
)
def test_of_code_that_is_cut_or_not_understood_nothing_is_known(block: object) -> None:
    source = read(record(BUCKET, code_block=block))
    (resource,) = source.stack.resources
    assert shown(resource.value("acl")) == NOT_REPORTED
    with pytest.raises(UnknownValue):
        resource.has("acl")
    assert len(source.notes) == 1
    assert source.notes[0].startswith("the code of 1 resource cannot be read, so their properties are unknown: aws_s3_bucket.b")


PLAN = """
          "values": {
            "acl": null,
            "grant": [],
            "logging": [],
            "tags": {"my_key": "a"},
            "tags_all": {"my_key": "a"},
            "versioning": [
              {
                "mfa_delete": false
              }
            ]
"""


def test_in_a_plan_null_is_not_set_and_what_is_absent_is_unknown() -> None:
    (resource,) = read(record("module.m[0].aws_s3_bucket.b", PLAN), framework="terraform_plan").stack.resources
    assert not resource.has("acl")
    assert not resource.has("logging")
    assert resource.entries("tagsAll") == {"my_key": "a"}
    assert not resource.flag("versioning.mfaDelete")
    for path in ("bucket", "versioning.enabled"):
        with pytest.raises(UnknownValue):
            resource.has(path)


def test_half_of_a_surrogate_pair_in_a_plan_makes_it_unreadable() -> None:
    (note,) = read(record(BUCKET, '"values": {\n  "acl": "\\uD800"\n'), framework="terraform_plan").notes
    assert "aws_s3_bucket.b (main.tf:7: a text holds half of a surrogate pair)" in note


def test_a_plan_on_one_line_is_said_to_have_no_code() -> None:
    (note,) = read(record(BUCKET, code_block=[]), framework="terraform_plan").notes
    assert note.endswith("Checkov shows no code of a plan that is written on one line: format it with `jq .` first")


def test_a_plan_may_be_shown_by_its_source() -> None:
    source = read(record(BUCKET, 'resource "aws_s3_bucket" "b" {\n  acl = "private"\n}'), framework="terraform_plan")
    assert [resource.values for resource in source.stack.resources] == [{"acl": "private"}]
    assert source.notes == ()


def test_a_plan_enriched_with_its_source_is_one_resource_at_its_place_in_the_plan() -> None:
    planned = record(BUCKET, PLAN, file_path="/plan.json", repo_file_path="/plan.json")
    source = 'resource "aws_s3_bucket" "b" {\n  acl = var.acl\n}'
    enriched = record(
        BUCKET, source, check_id="CKV_2", file_path="main.tf", repo_file_path="/plan.json", file_line_range=[1, 3]
    )
    found = read(planned, enriched, framework="terraform_plan")
    (resource,) = found.stack.resources
    assert not resource.has("acl")
    assert {(item.file, item.line, item.urn) for item in found.checkov} == {("plan.json", 7, resource.urn)}


def test_the_settings_of_a_provider_are_unknown_in_a_plan() -> None:
    source = read(record("aws.default", '"aws": {\n  "name": "aws"\n}'), framework="terraform_plan")
    (found,) = source.stack.resources
    assert source.notes == ()
    for name in ("accessKey", "defaultTags"):
        assert shown(found.value(name)) == NOT_REPORTED


def test_what_checkov_could_not_read_is_a_note() -> None:
    content = [report(bucket(), {"resource": BUCKET}, errors=("/src/a\x07.tf",)), report(framework="secrets")]
    first, second = checkov_report.read("report.json", content)
    assert first.notes == (
        "report 1: not a record, for check_id is missing: results.passed_checks[1]",
        "report 1: Checkov could not read /src/a\ufffd.tf",
    )
    assert (first.stack.project, second.stack.project) == ("terraform", "secrets")
    assert len(first.checkov) == 1


def test_a_run_that_judged_nothing_is_a_note() -> None:
    (source,) = checkov_report.read("report.json", {"passed": 0, "failed": 0, "checkov_version": "3.3.30"})
    assert source.notes == ("Checkov found nothing to judge",)


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ([], "results: expected an object"),
        ({"failed_checks": {}}, "results.failed_checks: expected a list"),
        ({"parsing_errors": 3}, "results.parsing_errors: expected a list"),
    ],
)
def test_a_shape_that_checkov_does_not_write_is_an_error(results: object, message: str) -> None:
    with pytest.raises(SourceError) as error:
        checkov_report.read("report.json", {"check_type": "terraform", "results": results})
    assert str(error.value) == message


def test_the_example_is_read_whole() -> None:
    (source,) = checkov_report.read(str(REPORT), json.loads(REPORT.read_text()))
    assert source.notes == ()
    names = [resource.name for resource in source.stack.resources]
    assert names[0] == "aws.default"
    assert {"aws_sqs_queue.jobs[0]", "aws_sqs_queue.jobs[1]", "aws_iam_role.deploy"} < set(names)
    assert {item.resource for item in source.checkov if not item.urn} == {"aws_iam_policy_document.tls_only"}


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1e308, "", "\x00\x1b[31m", "a" * 5000, [], {}, [[]], {"": None}, [1, "}"], "module.a.aws_b"]
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


MUTABLE = [report(bucket(), provider("aws.default", "")), report(record(BUCKET, PLAN), framework="terraform_plan")]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_odd_values_anywhere_never_crash(data: st.DataObject) -> None:
    content: Any = copy.deepcopy(MUTABLE)
    for path in data.draw(st.lists(st.sampled_from(places(MUTABLE)[1:]), min_size=1, max_size=3)):
        parent = content
        try:
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = data.draw(ODD)
        except (LookupError, TypeError):
            continue
    if checkov_report.recognises(content):
        try:
            sources = checkov_report.read("report.json", content)
        except SourceError:
            return
        for source in sources:
            for resource in source.stack.resources:
                assert isinstance(resource.values, dict)
            assert all(text.isprintable() for item in source.checkov for text in item if isinstance(text, str))
            assert all(note.isprintable() for note in source.notes)


PIECES = [
    '"',
    "${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "\n",
    "=",
    ",",
    " ",
    "a",
    "a.b",
    "<<E\n",
    "E\n",
    "/*",
    "*/",
    "#",
    "\\",
    "1",
    "for",
    "%{",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_text_is_a_block_or_a_block_error(pieces: list[str]) -> None:
    for text in ("".join(pieces), f'resource "a" "b" {{\n  x = {"".join(pieces)}\n}}'):
        try:
            assert read_block(text)
        except BlockError as error:
            assert str(error).startswith("line ")  # noqa: PT017  (either is fine)


@pytest.mark.parametrize(
    "text",
    [
        'a {\n  x = "' + "a" * 100_000 + '${\n  y = "}"\n}',
        "a { x = " + "/*" * 50_000,
        "a { x = " + "[" * 100_000,
        "a { x = " + "-(" * 100_000,
        "a {" * 100_000,
        'a { x = "${' + '"${' * 30_000,
        "a { x = " + "<<E\n" * 30_000,
        "a { x = " + "1" * 100_000 + "\n}",
        "a { x = " + "a." * 50_000 + "\n}",
        "a { x = " + "[" * (DEEPEST - 2) + "1 + " * 20_000 + "]" * (DEEPEST - 2) + "\n}",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()
    with pytest.raises(BlockError):
        read_block(text + "!")
    assert time.process_time() - start < 5


def test_other_parsers_of_terraform_read_the_same_literals() -> None:
    hcl2 = pytest.importorskip("hcl2")
    compared = 0
    for file in sorted((ROOT / "examples" / "terraform").glob("*.tf")):
        for block in hcl2.loads(file.read_text()).get("resource", []):
            ((type_, named),) = block.items()
            ((name, body),) = named.items()
            lines = file.read_text().splitlines(keepends=True)[body["__start_line__"] - 1 : body["__end_line__"]]
            ours = read_block("".join(lines))
            assert ours.labels == (type_, name)
            for attribute, value in ours.attributes.items():
                if isinstance(value, str | bool | int) and '"' not in str(value):
                    assert body[attribute] == [value]
                    compared += 1
    assert compared > 40


@pytest.mark.xdist_group("checkov")
def test_checkov_itself_says_what_the_example_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    from checkov.runner_filter import RunnerFilter  # noqa: PLC0415  (seconds; only here)
    from checkov.terraform.runner import Runner  # noqa: PLC0415

    monkeypatch.chdir(ROOT)
    ran: Any = Runner().run(root_folder="examples/terraform", runner_filter=RunnerFilter(framework=["terraform"]))
    found = json.loads(json.dumps(ran.get_dict(is_quiet=False)).replace(f"{ROOT}{os.sep}", "/src/"))
    kept = json.loads(REPORT.read_text())
    for category in ("passed_checks", "failed_checks", "skipped_checks", "parsing_errors"):
        assert in_order(found["results"][category]) == in_order(kept["results"][category]), "see examples/checkov/README.md"


def in_order(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for item in records:
        item["check_result"]["evaluated_keys"].sort()  # of a set: another order in each run
    return sorted(records, key=lambda item: (item["check_id"], item["resource"]))


@pytest.mark.xdist_group("checkov")
def test_every_check_that_a_rule_names_exists_in_checkov() -> None:
    from checkov.docs_generator import get_checks  # noqa: PLC0415

    known = {row[0] for row in get_checks(["terraform"])}
    assert {(rule.id, check) for rule in builtin_rules().values() for check in rule.checkov if check not in known} == set()


DEVICES = """
resource "aws_instance" "i" {
  ebs_block_device {
    device_name = "a"
    encrypted = ENCRYPTED
  }
  ebs_block_device {
    device_name = "b"
    encrypted = ENCRYPTED
  }
}
"""


@pytest.mark.parametrize(
    ("encrypted", "verdict", "compared"),
    [
        ("false", "FAILED", (1, 0, 0)),
        ("false", "PASSED", (0, 1, 0)),
        ("true", "PASSED", (1, 0, 0)),
        ("true", "FAILED", (0, 1, 0)),
        ("var.x", "FAILED", (0, 0, 1)),
        ("false", "SKIPPED", (0, 0, 1)),
    ],
)
def test_a_verdict_is_compared_once_however_many_violations_a_rule_finds(
    encrypted: str, verdict: str, compared: tuple[int, int, int], tmp_path: Path
) -> None:
    code = DEVICES.replace("ENCRYPTED", encrypted)
    file = tmp_path / "checkov.json"
    said = record("aws_instance.i", code, check_id="CKV_AWS_8", check_result={"result": verdict})
    file.write_text(json.dumps(report(said)))
    ran = stackproof("scan", file, "-f", "json", "--rule", "ec2-block-devices-encrypted")
    summary = ran.report["summary"]
    assert tuple(summary["checkov"][key] for key in ("agree", "disagree", "undecided")) == compared
    violations = 2 if encrypted == "false" else 0
    assert (summary["failed"], summary["exempt"]) == ((0, violations) if verdict == "SKIPPED" else (violations, 0))
    assert summary["checkov"]["only_checkov"] == 0


def test_a_block_in_an_override_file_replaces_parts_of_another() -> None:
    plain = 'resource "aws_ebs_volume" "v" {\n  encrypted = false\n  size = 8\n}'
    override = 'resource "aws_ebs_volume" "v" {\n  encrypted = true\n}'
    source = read(
        record("aws_ebs_volume.v[0]", plain),
        record("aws_ebs_volume.v", override, file_path="/main_override.tf"),
        record("aws_ebs_volume.v", plain, file_path="/other/main.tf"),
    )
    there, replacing, elsewhere = source.stack.resources
    assert shown(there.values) == {"encrypted": NOT_REPORTED, "size": 8}
    assert replacing.flag("encrypted")
    assert isinstance(replacing.value("size"), Unknown)
    assert elsewhere.values == {"encrypted": False, "size": 8}
