"""Whatever is wrong with an input is told, with file and place; the other files are still judged."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.catalog import builtin_rules
from policies.examples import stack_of
from policies.unknown import Unknown
from scanners.report import Report
from scanners.sources import files
from scanners.writers import write
from tests.command import EXAMPLES, STATES, resource, stackproof, state

if TYPE_CHECKING:
    from policies.resource import Resource

GOOD = STATES / "wordpress-fargate-rds.json"
NESTED = json.loads("[" * 300 + "]" * 300)


def truncated() -> bytes:
    return GOOD.read_bytes()[:2000]


UNREADABLE = {
    "not-json": (b"resources: []", "not valid JSON: Expecting value (line 1, column 1)"),
    "truncated": (truncated(), "not valid JSON: "),
    "empty": (b"", "the file is empty"),
    "not-a-deployment": (b'{"name": "package"}', "neither a stack export, a checkpoint, a preview nor a Checkov report"),
    "a-list-of-something": (b"[1, 2]", "neither a stack export"),
    "a-text": (b'"hello"', "neither a stack export"),
    "a-terraform-plan": (b'{"format_version": "1.2", "planned_values": {}}', "a Terraform plan; let Checkov read it"),
    "future-version": (state(version=99), "version 99; versions 3 and 4 are understood"),
    "no-version": (b'{"deployment": {"resources": []}}', "no version"),
    "resources-not-a-list": (b'{"version": 3, "deployment": {"resources": {}}}', "$.deployment.resources: expected array"),
    "urn-not-a-text": (
        b'{"version": 3, "deployment": {"resources": [{"urn": 7}]}}',
        "$.deployment.resources[0].urn: expected str",
    ),
    "invalid-utf-8": (state(resource()).replace(b"prod", b"pr\xffod"), "not UTF-8"),
    "invalid-utf-8-where-nobody-looks": (state(resource("aws:x/y:Z", tags="@")).replace(b'"@"', b'"\xff"'), "not UTF-8"),
    "absurdly-deep": (
        b'{"version": 3, "deployment": {"resources": [{"inputs": ' + b"[" * 100_000,
        "nested deeper than 200 (line 1)",
    ),
    "half-a-surrogate-pair": (
        state(resource("aws:rds/instance:Instance", "db\ud800")),
        "half of a surrogate pair (line 1, column 106)",
    ),
    "not-a-number": (
        b'{"version": 3, "deployment": {"resources": [\n{"type": "a NaN", "inputs": {"x": NaN}}]}}',
        "not valid JSON: NaN (line 2, column 35)",
    ),
    "number-of-5000-digits": (b"[" + b"9" * 5000 + b"]", "a number of thousands of digits"),
    "utf-16": ("\ufeff{}".encode("utf-16-le"), "UTF-16, expected UTF-8"),
    "two-files-in-one-gzip": (gzip.compress(GOOD.read_bytes()) * 2, "not valid JSON: Extra data"),
    "gzip-and-more": (gzip.compress(GOOD.read_bytes()) + b"more", "not a valid gzip file"),
    "truncated-gzip": (gzip.compress(GOOD.read_bytes())[:500], "the gzip file is truncated"),
    "broken-gzip": (b"\x1f\x8bnot really", "not a valid gzip file"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_an_unreadable_file_is_named_and_the_others_are_judged(case: str, tmp_path: Path) -> None:
    content, message = UNREADABLE[case]
    file = tmp_path / f"{case}.json"
    file.write_bytes(content)
    ran = stackproof("scan", file, GOOD, "-f", "json")
    assert ran.exit_code == 4
    assert f"stackproof: {file}: " in ran.err
    assert message in ran.err
    assert "Traceback" not in ran.err + ran.out
    assert ran.report["summary"]["complete"] is False
    assert [source["path"] for source in ran.report["sources"]] == sorted([str(file), str(GOOD)])
    assert any(result["rule"] == "rds-storage-encrypted" for result in ran.report["results"])


@pytest.mark.parametrize("argument", ["missing.json", "missing/*.json"])
def test_a_source_that_is_not_there_is_named(argument: str, tmp_path: Path) -> None:
    ran = stackproof("scan", tmp_path / argument)
    assert ran.exit_code == 4
    assert str(tmp_path / argument) in ran.err


UNUSABLE_RESOURCES = {
    "duplicate-urn": ([resource(), resource()], "stands twice; only the first is judged"),
    "no-type": ([resource(), {"urn": "urn:pulumi:prod::shop::x::y"}], "$.deployment.resources[1]: a resource without a type"),
    "invalid-urn": ([resource(), resource(urn="arn:aws:s3:::x")], "$.deployment.resources[1]: not a URN"),
    "short-urn": ([resource(), resource(urn="urn:pulumi:prod::shop")], "$.deployment.resources[1]: not a URN"),
    "parent-cycle": (
        [
            resource("a:b:C", "one", parent="urn:pulumi:prod::shop::a:b:C::two"),
            resource("a:b:C", "two", parent="urn:pulumi:prod::shop::a:b:C::one"),
            resource(),
        ],
        "form a cycle",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE_RESOURCES)
def test_a_resource_that_cannot_be_judged_is_named_and_the_others_are(case: str, tmp_path: Path) -> None:
    resources, message = UNUSABLE_RESOURCES[case]
    file = tmp_path / "state.json"
    file.write_bytes(state(*resources))
    ran = stackproof("scan", file, "-f", "json")
    assert ran.exit_code == 4
    assert message in ran.err
    assert "rds-storage-encrypted" in {result["rule"] for result in ran.report["results"]}


MALFORMED: dict[str, tuple[str, dict[str, Any], str]] = {
    "deep": ("aws:rds/instance:Instance", {"storageEncrypted": True, "x": NESTED}, "rds-storage-encrypted"),
    "wrong-type": ("aws:rds/instance:Instance", {"storageEncrypted": ["true"]}, "rds-storage-encrypted"),
    "document-not-json": ("aws:iam/policy:Policy", {"policy": "{"}, "iam-policy-not-full-admin"),
    "document-not-an-object": ("aws:iam/policy:Policy", {"policy": "[1]"}, "iam-policy-not-full-admin"),
    "text-for-list": ("aws:ec2/instance:Instance", {"ebsBlockDevices": "all"}, "ec2-block-devices-encrypted"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_values_of_the_wrong_shape_leave_the_rule_undecided(case: str, tmp_path: Path) -> None:
    type_, inputs, rule = MALFORMED[case]
    file = tmp_path / "state.json"
    file.write_bytes(state(resource(type_, "odd", inputs=inputs)))
    ran = stackproof("scan", file, "-f", "json", "--rule", rule)
    assert [(result["rule"], result["status"]) for result in ran.report["results"]] == [(rule, "undecided")]
    assert ran.exit_code == 0


def test_a_hundred_megabytes_in_one_string_are_read(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(state(resource(inputs={"userData": "x" * 100_000_000})))
    ran = stackproof("scan", file, "-f", "json", "--rule", "rds-storage-encrypted")
    assert [result["status"] for result in ran.report["results"]] == ["failed"]
    assert len(ran.out) < 10_000


LONG: dict[str, dict[str, Any]] = {
    "digits-in-a-type": resource("aws:s3:" + "1" * 200_000 + "a", "odd"),
    "braces-in-a-variable": resource(
        "aws:lambda/function:Function", "odd", inputs={"environment": {"variables": {"DB_PASSWORD": "{{" * 200_000 + "\x01"}}}
    ),
    "digits-in-a-version": resource(inputs={"engine": "postgres", "engineVersion": "9" * 200_000}),
}


@pytest.mark.parametrize("case", LONG)
def test_long_texts_take_no_more_than_linear_time(case: str) -> None:
    ran = stackproof("scan", "-", "--rules", "all", "-f", "json", given=state(LONG[case]))
    assert ran.report["summary"]["complete"]


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    escape = "\x1b]0;title\x07\x1b[31mred\u202e"
    file = tmp_path / "state.json"
    file.write_bytes(state(resource("aws:rds/instance:Instance", f"db{escape}"), resource(urn=f"bad{escape}")))
    ran = stackproof("scan", file)
    assert ran.exit_code == 4
    assert not set("\x1b\x07\u202e") & set(ran.out + ran.err)
    assert "rds-storage-encrypted" in ran.out


def test_a_directory_that_holds_anything_but_stacks_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_bytes(state(resource()))
    (tmp_path / "package.json").write_text('{"name": "x"}')
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "self").symlink_to(tmp_path)
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    ran = stackproof("scan", tmp_path, "-f", "json")
    assert ran.exit_code == 4
    assert {Path(source["path"]).name for source in ran.report["sources"]} == {"package.json", "state.json"}
    assert "package.json: neither a stack export" in ran.err


def test_a_directory_that_cannot_be_read_is_named_and_the_rest_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state.json").write_bytes(state(resource()))
    (tmp_path / "locked").mkdir()
    list_directory = os.scandir

    def refuse(path: str) -> Any:  # noqa: ANN401  (root may read everything, so a test cannot lock a directory)
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return list_directory(path)

    monkeypatch.setattr(os, "scandir", refuse)
    ran = stackproof("scan", tmp_path, "-f", "json")
    assert ran.exit_code == 4
    assert f"{tmp_path}/locked cannot be read: Permission denied" in ran.err
    assert "rds-storage-encrypted" in {result["rule"] for result in ran.report["results"]}


def test_a_small_file_that_unpacks_to_a_large_one_is_refused_without_holding_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 50_000_000)
    file = tmp_path / "bomb.json.gz"
    with gzip.open(file, "wb") as stream:
        for _ in range(60):
            stream.write(b" " * 1_000_000)
    tracemalloc.start()
    ran = stackproof("scan", file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ran.exit_code == 4
    assert "larger than" in ran.err
    assert peak < 10_000_000


@pytest.mark.parametrize("name", ["-x.json", "a\nb.json", "\x1b[31m.json", "\udcff.json", "a b%20[1]*.json"])
def test_a_file_may_have_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(state(resource()))
    ran = stackproof("scan", "-f", "json", "--", name)
    assert (ran.exit_code, ran.report["sources"][0]["path"]) == (1, name)
    Path(name).write_bytes(b"{")
    broken = stackproof("scan", "--", name)
    assert broken.exit_code == 4
    assert all(line.isprintable() for line in (broken.out + broken.err).splitlines())


ODD: list[Any] = [
    None, True, 0, -1, 1.5, 1e308, 2**63, 10**40, "", "x", "a" * 3000, "9" * 5000, "\x1b[31m\u202e", "[secret]",
    "{", "[1]", "null", "nan",
    '{"a": NaN}', '{"Statement": 1}', '{"Statement": [1]}', '{"Statement": {"Effect": [], "Action": {}, "Principal": [1]}}',
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9", [], {}, [None], [[]], [1, "a", None, {}], {"__defaults": None}, {"": ""}, NESTED,
    {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"},
    {"4dabf18193072939515e22adb298388d": []},
    {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e", "id": [1]},
]  # fmt: skip


def documents() -> list[Any]:
    """Return a small state for each example of each rule, the reports of Checkov, and parts of real exports."""
    found: list[Any] = []
    for rule in builtin_rules().values():
        for example in rule.examples:
            stack, _ = stack_of(example)
            found.append({"version": 3, "deployment": {"resources": [as_state(item) for item in stack.resources]}})
    for file in STATES.glob("*.json"):
        resources = json.loads(file.read_text())["deployment"]["resources"]
        found += [
            {"version": 3, "deployment": {"resources": resources[start : start + 3]}} for start in range(0, len(resources), 3)
        ]
    report = json.loads((EXAMPLES / "checkov" / "terraform.json").read_text())
    for verdict in ("passed_checks", "failed_checks"):
        records = report["results"][verdict]
        found += [report | {"results": {verdict: records[start : start + 2]}} for start in range(0, len(records), 10)]
    return found


def as_state(item: Resource) -> dict[str, Any]:
    return {
        "urn": item.urn, "type": item.type, "id": item.id, "inputs": plain(item.values), "outputs": plain(item.outputs.values),
        "provider": f"{item.provider.urn}::id" if item.provider else "", "stackTrace": [{"sourcePosition": "project:///a.py#1"}],
        "propertyDependencies": {name: list(urns) for name, urns in item.property_dependencies.items()},
    }  # fmt: skip


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return "04da6b54-80e4-46f7-96ec-b56ff0331ba9" if isinstance(value, Unknown) else value


DOCUMENTS = documents()


def change(value: Any, data: st.DataObject) -> Any:  # noqa: ANN401  (JSON)
    """Return JSON in which one value, somewhere, is another, is gone or stands one level deeper."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 7)):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = data.draw(st.sampled_from(keys))
        copy = value.copy()
        copy[key] = change(value[key], data)
        return copy
    return data.draw(st.sampled_from([*ODD, [value], {"x": value}]))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_change_of_an_input_crashes_the_scan_or_a_rule(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    document = change(data.draw(st.sampled_from(DOCUMENTS)), data)
    file = tmp_path_factory.getbasetemp() / "changed.json"
    file.write_text(json.dumps(document))
    view = data.draw(st.sampled_from(["inputs", "outputs"]))
    ran = stackproof("scan", file, "-f", "json", "--view", view, "--rules", "all")
    report = ran.report
    assert report["summary"]["broken"] == 0
    assert report["summary"]["complete"] == (ran.exit_code != 4) == (not ran.err)
    for format_ in ("text", "sarif"):
        assert "".join(write(msgspec.convert(report, Report), format_)).encode()


def test_what_is_wrong_is_told_however_far_the_object_is_indented(tmp_path: Path) -> None:
    file = tmp_path / "indented.json"
    file.write_text("\n" * 2_000 + '{"version": 3.5, "deployment": {}}')
    assert "$.version: expected int" in stackproof("scan", file).err
