"""Every format in which Checkov writes verdicts says the same, and no file makes the reader crash or lose a finding."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.sources import checkov_report
from scanners.sources.checkov_record import clean
from scanners.sources.files import load
from scanners.sources.source import CheckovRecord, SourceError, SourceStack
from tests.command import stackproof
from tests.test_checkov_report import shown

INPUT = Path(__file__).parent / "checkov_input"
FILES = {
    "json": "results_json.json",
    "sarif": "results_sarif.sarif",
    "gitlab_sast": "results_gitlab_sast.json",
    "junitxml": "results_junitxml.xml",
}
OTHERS = {
    "cli": "results_cli.txt",
    "github_failed_only": "results_github_failed_only.md",
    "cyclonedx": "results_cyclonedx.xml",
    "cyclonedx_json": "results_cyclonedx.json",
    "spdx": "results_spdx.spdx",
}
FRAMEWORKS = ("cloudformation", "terraform", "dockerfile", "kubernetes", "github_actions", "secrets")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Let Checkov judge a directory, and write what it finds in every format."""
    directory = tmp_path_factory.mktemp("checkov")
    program, reports = directory / "program", directory / "reports"
    shutil.copytree(INPUT, program)
    key = "AKIA" + "QWERTYUIOPASDFGH"  # in one piece it would be found here too
    (program / "keys.tf").write_text(f'locals {{\n  key = "{key}"\n}}\n')
    reports.mkdir()
    command = [str(Path(sys.executable).parent / "checkov"), "-d", ".", "--skip-download", "--output-file-path", str(reports)]
    for name in FRAMEWORKS:
        command += ["--framework", name]
    for name in (*FILES, *OTHERS):
        command += ["-o", name]
    subprocess.run(command, cwd=program, capture_output=True, check=False)
    return reports


def read(written: Path, format_: str) -> list[SourceStack]:
    return load(str(written / FILES[format_]))


def records(stacks: list[SourceStack]) -> list[CheckovRecord]:
    return [record for source in stacks for record in source.checkov]


@pytest.mark.xdist_group("checkov")
def test_every_record_of_every_framework_is_read(written: Path) -> None:
    raw = json.loads((written / FILES["json"]).read_text())
    assert [report["check_type"] for report in raw] == [source.stack.project for source in read(written, "json")]
    assert {report["check_type"] for report in raw} == set(FRAMEWORKS)
    expected = {
        (report["check_type"], verdict, item["check_id"], item["resource"], item["file_path"], item["file_line_range"][0])
        for report in raw
        for verdict in ("passed", "failed", "skipped")
        for item in report["results"][f"{verdict}_checks"]
    }
    found = records(read(written, "json"))
    assert {(item.framework, item.verdict, item.check, item.resource, f"/{item.file}", item.line) for item in found} == expected


@pytest.mark.xdist_group("checkov")
def test_the_findings_are_the_same_in_every_format(written: Path) -> None:
    by_json = records(read(written, "json"))
    verdicts = {
        (item.framework, item.check, item.verdict, item.resource, item.file, item.title, item.reason) for item in by_json
    }
    by_junit = records(read(written, "junitxml"))
    assert verdicts == {
        (item.framework, item.check, item.verdict, item.resource, item.file, item.title, item.reason) for item in by_junit
    }
    lines = {(item.check, item.resource, item.line) for item in by_json if item.verdict == "failed"}
    assert lines == {(item.check, item.resource, item.line) for item in by_junit if item.verdict == "failed"}
    places = {(item.check, item.verdict, item.file, item.line or 1, item.title, item.reason) for item in by_json}
    by_sarif = records(read(written, "sarif"))
    assert {place for place in places if place[1] != "passed"} == {
        (item.check, item.verdict, item.file, item.line, item.title, item.reason) for item in by_sarif
    }
    by_gitlab = records(read(written, "gitlab_sast"))
    assert {place for place in places if place[1] == "failed"} == {
        (item.check, item.verdict, item.file, item.line or 1, item.title, item.reason) for item in by_gitlab
    }
    assert {(item.check, item.reason) for item in by_sarif if item.verdict == "skipped"} == {
        ("CKV_AWS_18", "These are the access logs"),
        ("CKV_K8S_8", "No probe in this demo"),
    }


def properties(stacks: list[SourceStack], framework: str = "terraform") -> dict[str, Any]:
    (stack,) = (source.stack for source in stacks if source.stack.project == framework)
    return {resource.name: shown(resource.values) for resource in stack.resources}


MODULES = ("store[0]", "store[1]", 'each["x"]', 'each["y"]')
ALLOW_ALL = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": "*", "Resource": "*"}\n  ]\n}\n'


@pytest.mark.xdist_group("checkov")
def test_modules_counts_keys_heredocs_and_dynamic_blocks_are_rebuilt(written: Path) -> None:
    found = properties(read(written, "json"))
    assert set(found) == {
        "aws.default", "aws_s3_bucket.logs", "aws_s3_bucket_public_access_block.logs", "aws_sqs_queue.jobs[0]",
        "aws_sqs_queue.jobs[1]", "aws_sqs_queue_policy.jobs",
        'aws_sns_topic.by_name["raw"]', 'aws_sns_topic.by_name["curated"]',
        'aws_sns_topic.keyed["a.b"]', 'aws_sns_topic.keyed["c[0]"]', "aws_iam_policy.admin", "aws_iam_role.app",
        "aws_instance.web", "aws_ebs_volume.data",
        *(f"module.{module}.aws_dynamodb_table.items" for module in MODULES),
        *(f"module.{module}.module.inner.aws_kinesis_stream.events[0]" for module in MODULES),
    }  # fmt: skip
    assert found["aws_sqs_queue.jobs[1]"] == {"name": "jobs-1", "sqsManagedSseEnabled": False}
    assert found['aws_sns_topic.keyed["c[0]"]'] == {"name": "c[0]", "kmsMasterKeyId": "alias/c"}
    assert found["aws_iam_policy.admin"] == {"name": "admin", "policy": ALLOW_ALL}
    assert found["aws_iam_role.app"]["assumeRolePolicy"]["Statement"][0]["Action"] == "sts:AssumeRole"
    assert found["aws_sqs_queue_policy.jobs"]["policy"]["Statement"][0]["Action"] == ["sqs:SendMessage"]
    assert found["aws_instance.web"]["ebsBlockDevices"] == "not reported"
    assert found["aws_instance.web"]["rootBlockDevice"] == {"encrypted": False}
    assert found["aws_ebs_volume.data"]["encrypted"] == "not reported"


@pytest.mark.xdist_group("checkov")
def test_what_other_formats_show_of_a_resource_is_what_json_shows(written: Path) -> None:
    by_json, by_junit, by_sarif = (properties(read(written, name)) for name in ("json", "junitxml", "sarif"))
    assert set(by_junit) == set(by_json)
    shown = {name for name, values in by_junit.items() if values and name != "aws.default"}
    assert {name: by_junit[name] for name in shown} == {name: by_json[name] for name in shown}
    templates = [properties(read(written, name), "cloudformation") for name in ("json", "junitxml", "sarif")]
    assert templates == [{"AWS::S3::Bucket.Bucket": {"bucket": "acme-cfn"}}] * 3
    single = {name for name in by_sarif if name in by_json}
    assert {"aws_s3_bucket.logs", "aws_iam_policy.admin", "aws_instance.web"} <= single
    assert {name: by_sarif[name] for name in single} == {name: by_json[name] for name in single}
    assert by_sarif["aws_sqs_queue.jobs"] == {"name": "computed", "sqsManagedSseEnabled": False}


@pytest.mark.xdist_group("checkov")
def test_what_a_format_leaves_out_makes_the_run_incomplete(written: Path) -> None:
    assert [source.notes for source in read(written, "sarif") if source.notes] == []
    (note,) = [note for source in read(written, "junitxml") for note in source.notes]
    assert note.startswith("the code of ")
    assert "aws_iam_role.app (main.tf: no code is shown)" in note
    assert note.endswith("JUnit shows the code of failed checks only; `checkov -o json` shows all")
    (source,) = read(written, "gitlab_sast")
    assert not source.stack.resources
    assert "no rule judged anything" in source.notes[0]
    for source in (source for name in FILES for source in read(written, name)):
        assert not source.stack.complete
    for name in ("sarif", "junitxml", "gitlab_sast"):
        for source in read(written, name):
            assert not source.stack.shows("aws:iam/role:Role")
    assert stackproof("scan", written / FILES["gitlab_sast"]).exit_code == 4


def statuses(file: Path) -> dict[tuple[str, str], str]:
    """Return what each rule says of each resource, the worst of it."""
    found: dict[tuple[str, str], str] = {}
    for status in ("passed", "undecided", "failed"):
        ran = stackproof("scan", file, "-f", "json", "--show", status, "--rules", "all")
        found |= {(item["rule"], item["urn"]): status for item in ran.report["results"] if item["status"] == status}
    return found


@pytest.mark.xdist_group("checkov")
@pytest.mark.parametrize("name", ["junitxml", "sarif"])
def test_what_a_format_leaves_out_never_turns_a_verdict_around(name: str, written: Path, tmp_path: Path) -> None:
    report = next(item for item in json.loads((written / FILES["json"]).read_text()) if item["check_type"] == "terraform")
    whole_file = tmp_path / "terraform.json"
    whole_file.write_text(json.dumps(report))
    whole, part = statuses(whole_file), statuses(written / FILES[name])
    both = [(key, whole[key], part[key]) for key in whole.keys() & part.keys()]
    assert {mine for _, _, mine in both} == {"failed", "undecided", "passed"}
    assert [item for item in both if item[1] != item[2] and "undecided" not in item[1:]] == []


@pytest.mark.xdist_group("checkov")
@pytest.mark.parametrize("name", OTHERS)
def test_other_outputs_of_checkov_are_refused_with_the_way_out(name: str, written: Path) -> None:
    ran = stackproof("scan", written / OTHERS[name])
    assert ran.exit_code == 4
    assert "`-o json`" in ran.err


QUEUE = 'resource "aws_sqs_queue" "q" {\n  sqs_managed_sse_enabled = false\n}\n'


def sarif(*results: object, rules: object = (), **driver: object) -> dict[str, Any]:
    tool = {"driver": {"name": "Checkov", "rules": list(rules) if isinstance(rules, tuple) else rules} | driver}
    return {"version": "2.1.0", "runs": [{"tool": tool, "results": list(results)}]}


def result(code: str | None = QUEUE, check: object = "CKV_AWS_27", **fields: object) -> dict[str, Any]:
    region = {"startLine": 3, "endLine": 5} | ({"snippet": {"text": code}} if code is not None else {})
    place = {"artifactLocation": {"uri": "a%20b/main.tf"}, "region": region}
    return {"ruleId": check, "message": {"text": "A check"}, "locations": [{"physicalLocation": place}]} | fields


def gitlab(*vulnerabilities: object, scanner: object = "checkov") -> dict[str, Any]:
    return {"version": "15.0.4", "scan": {"scanner": {"id": scanner, "name": "N"}}, "vulnerabilities": list(vulnerabilities)}


def junit(*cases: str, suite: str = "terraform scan") -> str:
    return f'<?xml version="1.0" ?>\n<testsuites><testsuite name="{suite}">{"".join(cases)}</testsuite></testsuites>'


CASE = '<testcase name="[NONE][CKV_AWS_27] A check" classname="/main.tf.aws_sqs_queue.q" file="/main.tf"/>'


def loaded(content: object, directory: Path) -> list[SourceStack]:
    file = directory / "report"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return load(str(file))


@pytest.mark.parametrize(
    ("code", "framework", "resource"),
    [
        (QUEUE, "terraform", "aws_sqs_queue.q"),
        ('data "aws_iam_policy_document" "d" {\n}\n', "terraform", "aws_iam_policy_document.d"),
        ('provider "aws" {\n}\n', "terraform", "aws.default"),
        ('provider "aws" {\n  alias = "eu"\n}\n', "terraform", "aws.eu"),
        ('module "m" {\n  source = "x"\n}\n', "terraform", "m"),
        ('   "values": {\n  "acl": null\n', "terraform_plan", "a b/main.tf:3"),
        (
            '    "Q": {\n      "Type": "AWS::SQS::Queue",\n      "Properties": {}\n    }\n',
            "cloudformation",
            "AWS::SQS::Queue.Q",
        ),
        (
            "  T:\n    Properties:\n      - A: b\n        Type: AWS::S3::Object\n    Type: AWS::CloudTrail::Trail\n",
            "cloudformation",
            "AWS::CloudTrail::Trail.T",
        ),
        ("kind: Pod\n", "", "a b/main.tf:3"),
    ],
)
def test_sarif_names_a_resource_by_its_code(code: str, framework: str, resource: str, tmp_path: Path) -> None:
    (record,) = records(loaded(sarif(result(code)), tmp_path))
    assert (record.framework, record.resource, record.file, record.line) == (framework, resource, "a b/main.tf", 3)


@pytest.mark.parametrize(
    ("suppressions", "verdict"),
    [
        ([], "failed"),
        ([{"kind": "inSource", "justification": "Why"}], "skipped"),
        ([{"status": "accepted", "justification": "Why"}], "skipped"),
        ([{"status": "rejected", "justification": "Why"}], "failed"),
        ([{"status": "underReview", "justification": "Why"}], "failed"),
        ("Why", "failed"),
    ],
)
def test_only_a_suppression_that_holds_skips_a_check(suppressions: object, verdict: str, tmp_path: Path) -> None:
    (record,) = records(loaded(sarif(result(suppressions=suppressions)), tmp_path))
    assert (record.verdict, record.reason) == (verdict, "Why" if verdict == "skipped" else "")


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (None, ""),
        ("HIGH", "high"),
        ("MODERATE", "medium"),
        ({"name": "CRITICAL", "level": 5}, "critical"),
        ("NONE", ""),
        ("OFF", ""),
        (7, ""),
        ("x" * 5000, ""),
    ],
)
def test_the_severity_is_that_of_checkov(severity: object, expected: str) -> None:
    item = {"check_id": "CKV_1", "resource": "a", "severity": severity}
    (source,) = checkov_report.read("r", {"check_type": "kubernetes", "results": {"failed_checks": [item]}})
    assert source.checkov[0].severity == expected


def test_the_severity_is_read_from_every_format(tmp_path: Path) -> None:
    rule = {"id": "CKV_AWS_27", "name": "The name", "properties": {"security-severity": "8.9"}}
    (record,) = records(loaded(sarif(result(message=None), rules=(rule,)), tmp_path))
    assert (record.severity, record.title) == ("high", "The name")
    finding = {"identifiers": [{"value": "CKV_1"}], "severity": "Critical", "location": {"file": "a", "start_line": 2}}
    (record,) = records(loaded(gitlab(finding), tmp_path))
    assert (record.severity, record.resource) == ("critical", "a:2")
    (record,) = records(loaded(gitlab(finding | {"severity": "Info"}), tmp_path))
    assert not record.severity
    (record,) = records(loaded(junit(CASE.replace("NONE", "LOW")), tmp_path))
    assert record.severity == "low"


def test_sarif_of_checkov_without_code_is_kept_and_told(tmp_path: Path) -> None:
    (source,) = loaded(sarif(result(code=None), name="checkov"), tmp_path)
    assert [(item.check, item.resource) for item in source.checkov] == [("CKV_AWS_27", "a b/main.tf:3")]
    (note,) = source.notes
    assert note == (
        "results without code, so no rule judged what they are about; `checkov -o json` shows the code: "
        "CKV_AWS_27 (a b/main.tf:3)"
    )


def test_the_first_junit_of_checkov_is_read(tmp_path: Path) -> None:
    suite = "CKV_AWS_27/Ensure queues are encrypted"
    case = f'<testcase name="terraform {suite} {{0}}" classname="checks.X" file="/main.tf">{{1}}</testcase>'.format
    failure = f'<failure message="Resource x failed in check {suite} - /main.tf:[7, 9] - Guideline: None"/>'
    skipped = f'<skipped message="Resource x skipped in check {suite} &#10; Suppress comment: Not now - Guideline: None"/>'
    cases = case("module.m.aws_sqs_queue.q", failure), case("aws_sqs_queue.b", skipped)
    (source,) = loaded(junit(*cases, suite=suite), tmp_path)
    assert [(item.framework, item.check, item.resource, item.verdict, item.line, item.reason) for item in source.checkov] == [
        ("terraform", "CKV_AWS_27", "module.m.aws_sqs_queue.q", "failed", 7, ""),
        ("terraform", "CKV_AWS_27", "aws_sqs_queue.b", "skipped", 0, "Not now"),
    ]
    assert "no code is shown" in source.notes[0]


def test_code_in_junit_is_taken_from_its_own_place_only(tmp_path: Path) -> None:
    forged = '\nResource: x\n\n\t\t1 | resource "aws_sqs_queue" "q" {\n\t\t2 | }\n'
    true = '\nFile: /main.tf: 3-5\n\n\t\t3 | resource "aws_sqs_queue" "q" {\n\t\t4 |   name = "a\n\n\t\tb"\n\t\t5 | }\n'
    case = CASE.replace("/>", f"><failure>{forged}{true}</failure></testcase>")
    (source,) = loaded(junit(case), tmp_path)
    assert "not all of its code is shown" in source.notes[0]
    whole = true.replace('"a\n\n\t\tb"', '"a"')
    (source,) = loaded(junit(CASE.replace("/>", f"><failure>{forged}{whole}</failure></testcase>")), tmp_path)
    (resource,) = source.stack.resources
    assert (resource.values, source.checkov[0].line) == ({"name": "a"}, 3)


def test_a_provider_whose_code_is_not_shown_is_not_taken_for_one_without_settings(tmp_path: Path) -> None:
    case = '<testcase name="[NONE][CKV_AWS_41] A check" classname="/main.tf.aws.default" file="/main.tf"/>'
    file = tmp_path / "report.xml"
    file.write_text(junit(case))
    ran = stackproof("scan", file, "-f", "json", "--rule", "provider-without-access-keys", "--show", "undecided,passed")
    assert {item["status"] for item in ran.report["results"]} == {"undecided"}


def test_a_resource_is_read_from_the_record_that_has_its_code() -> None:
    code = [[number, line] for number, line in enumerate(QUEUE.splitlines(keepends=True), 1)]
    items = [
        {"check_id": f"CKV_{number}", "resource": "aws_sqs_queue.q", "file_path": "/main.tf", "code_block": block}
        for number, block in enumerate((None, [], [[1, "x"], [3, "y"]], code, None))
    ]
    (source,) = checkov_report.read("r", {"check_type": "terraform", "results": {"failed_checks": items}})
    assert [resource.values for resource in source.stack.resources] == [{"sqsManagedSseEnabled": False}]
    assert source.notes == ()
    assert len(source.checkov) == len(items)


def test_a_vulnerability_is_kept_with_what_it_is_about() -> None:
    item = {
        "check_id": "CKV_CVE_2020_1", "check_name": "SCA package scan", "short_description": "CVE-2020-1 - flask: 0.5",
        "resource": "requirements.txt.flask", "file_path": "/requirements.txt", "file_line_range": [0, 0], "severity": "HIGH",
        "code_block": [[0, "flask: 0.5"]], "vulnerability_details": {"id": "CVE-2020-1"}, "check_result": {"result": "FAILED"},
    }  # fmt: skip
    (source,) = checkov_report.read("r", {"check_type": "sca_package", "results": {"failed_checks": [item]}})
    (record,) = source.checkov
    assert (record.title, record.framework, record.severity, record.line) == (
        "CVE-2020-1 - flask: 0.5",
        "sca_package",
        "high",
        0,
    )


TWO_TOOLS = {"version": "2.1.0", "runs": [*sarif()["runs"], *sarif(name="Other")["runs"]]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (sarif(name="Tri\x1bvy"), "SARIF of Tri\ufffdvy, not of Checkov"),
        ({"version": "2.1.0", "runs": []}, "SARIF without a run, not of Checkov"),
        ({"version": "2", "runs": [{"tool": {"driver": {"name": "Checkov"}}, "results": {}}]}, "runs.results: expected a list"),
        (gitlab(scanner="semgrep"), "a GitLab report of N, not of Checkov"),
        ({"failed_checks": [{"file": "a", "findings": []}]}, "a baseline of Checkov; let Checkov write `-o json`"),
        ({"bomFormat": "CycloneDX"}, "a CycloneDX document; let Checkov write `-o json`"),
        ('[]\n--- OUTPUT DELIMITER ---\n<?xml version="1.0"?>', "several outputs of Checkov in one file; let Checkov write"),
        ("Resource,Path,Git Org,Git Repository\n", "Checkov's CSV; let Checkov write `-o json`"),
        ("\x1b[34mterraform scan results:\n", "what Checkov prints on a terminal; let Checkov write `-o json`"),
        ('{"check_type": "terraform", "results": {"failed_checks": [{"check_id": "CKV', "not valid JSON: Unterminated string"),
        (junit(CASE)[:-40], "not valid XML: "),
        (junit(CASE + "&lol;"), "not valid XML: undefined entity"),
        ('<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><testsuites>&b;</testsuites>', "XML with a document type"),
        ('<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]><testsuites>&a;</testsuites>', "XML with a document type"),
        ('<!DOCTYPE testsuites SYSTEM "http://127.0.0.1:9/a.dtd"><testsuites/>', "XML with a document type"),
        (junit('<testcase name="a" classname="b"/>', suite="pytest"), "JUnit of another tool, not of Checkov"),
        ("<bom/>", "XML, but not JUnit: <bom>"),
        pytest.param(f'<testsuites a="{"x" * 12_000_000}"/>', "a tag longer than 8388608 bytes", id="attribute"),
        pytest.param(f"<testsuites><!--{'x' * 12_000_000}--></testsuites>", "a tag longer than 8388608 bytes", id="comment"),
        pytest.param("<testsuites>" + "<a>" * 50_000, "nested deeper than 20", id="deep-xml"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error_that_says_why(content: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        loaded(content, tmp_path)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (sarif(result(check=7), result()), "not a result of Checkov, for ruleId is missing: results[0]"),
        (TWO_TOOLS, "runs of other tools are left out: Other"),
        (sarif(), "Checkov found nothing that it lists here, so nothing is judged"),
        (
            sarif(result('"values": {\n')),
            "verdicts without the name of their resource, which no rule judged: CKV_AWS_27 (a b/main.tf:3)",
        ),
        (gitlab({"identifiers": [{}]}), "not a finding of Checkov, for its identifier is missing: vulnerabilities[0]"),
        (junit('<testcase name="x"/>', CASE), "not a test case of Checkov: line 2"),
        (junit(suite=" scan"), "Checkov found nothing that it lists here, so nothing is judged"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_named_and_makes_the_run_incomplete(content: object, note: str, tmp_path: Path) -> None:
    assert note in [note for source in loaded(content, tmp_path) for note in source.notes]
    assert stackproof("scan", tmp_path / "report").exit_code == 4


TEXT = st.one_of(
    st.sampled_from(
        ["", "\x00", "\x1b[31m", "\u202e", "a\nb", "[red]", "<b>", "a" * 5000, "../../etc", "aws_sqs_queue.q", QUEUE]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.sampled_from([-1, 0, 10**30, 1e308, [], {}, [[]], [1, "}"], {"": None}, {"text": 3}]), TEXT
)
LINES = [[number, line] for number, line in enumerate(QUEUE.splitlines(keepends=True), 1)]


def fields(**usual: object) -> st.SearchStrategy[dict[str, Any]]:
    """Return an object of which each field is as usual, odd or missing."""
    return st.fixed_dictionaries({}, optional={name: st.one_of(st.just(value), ODD) for name, value in usual.items()})


JSON_RECORD = fields(
    check_name="A check", check_result={"result": "FAILED"}, resource="aws_sqs_queue.q", code_block=LINES, severity="HIGH",
    file_path="/main.tf", repo_file_path="/main.tf", file_line_range=[1, 3], vulnerability_details={}, short_description="x",
)  # fmt: skip
SARIF_RESULT = fields(
    ruleIndex=0, message={"text": "A check"}, locations=result()["locations"], suppressions=[{"justification": "x"}]
)
FINDING = fields(location={"file": "main.tf", "start_line": 3}, name="A check", severity="Unknown")
FRAMEWORK = st.sampled_from(["terraform", "terraform_plan", "kubernetes", "secrets", ""])


def kept(stacks: list[SourceStack]) -> tuple[set[str], str]:
    assert all(text.isprintable() for record in records(stacks) for text in record if isinstance(text, str))
    notes = "\n".join(note for source in stacks for note in source.notes)
    assert all(note.isprintable() for source in stacks for note in source.notes)
    return {record.check for record in records(stacks)}, notes


MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(st.lists(JSON_RECORD, max_size=8), FRAMEWORK)
def test_no_record_of_json_is_lost(items: list[dict[str, Any]], framework: str) -> None:
    found = [{"check_id": f"CKV_{number}"} | item for number, item in enumerate(items)]
    content = {"check_type": framework, "results": {"failed_checks": [*found, {}]}}
    checks, notes = kept(checkov_report.read("r", content))
    assert checks == {item["check_id"] for item in found}
    assert f"failed_checks[{len(found)}]" in notes


@MANY
@given(st.lists(SARIF_RESULT, max_size=8), ODD)
def test_no_result_of_sarif_is_lost(tmp_path: Path, items: list[dict[str, Any]], rules: object) -> None:
    found = [{"ruleId": f"CKV_{number}"} | item for number, item in enumerate(items)]
    checks, notes = kept(loaded(sarif(*found, {}, rules=rules), tmp_path))
    assert checks == {item["ruleId"] for item in found}
    assert f"results[{len(found)}]" in notes


@MANY
@given(st.lists(FINDING, max_size=8))
def test_no_finding_of_gitlab_is_lost(tmp_path: Path, items: list[dict[str, Any]]) -> None:
    found = [{"identifiers": [{"value": f"CKV_{number}"}]} | item for number, item in enumerate(items)]
    checks, notes = kept(loaded(gitlab(*found, {}), tmp_path))
    assert checks == {f"CKV_{number}" for number in range(len(found))}
    assert f"vulnerabilities[{len(found)}]" in notes


XML_TEXT = TEXT.filter(
    lambda text: all(character in "\t\n" or (character >= " " and character < "\ufffe") for character in text)
)


@MANY
@given(st.lists(st.tuples(XML_TEXT, XML_TEXT, XML_TEXT, st.sampled_from(["failure", "skipped", "error", "other"])), max_size=8))
def test_no_case_of_junit_is_lost(tmp_path: Path, items: list[tuple[str, str, str, str]]) -> None:
    suite = ET.Element("testsuite", {"name": "terraform scan"})
    for number, (title, place, text, outcome) in enumerate(items):
        attributes = {"name": f"[NONE][CKV_{number}] {title}", "file": place, "classname": f"{place}.{text}"}
        ET.SubElement(ET.SubElement(suite, "testcase", attributes), outcome, {"message": title}).text = text
    ET.SubElement(suite, "testcase", {"name": "[NONE][None] A check"})
    checks, notes = kept(loaded(ET.tostring(suite, encoding="unicode"), tmp_path))
    assert checks == {clean(f"CKV_{number}") for number in range(len(items))}
    assert "not a test case of Checkov: line " in notes


@pytest.mark.parametrize("count", [4_000])
def test_time_grows_with_the_number_of_records_only(count: int, tmp_path: Path) -> None:
    failure = "\nResource: x\nFile: /main.tf: 1-3\n\n" + "".join(f"\t\t{number} | {line}" for number, line in LINES)
    case = CASE.replace("/>", f"><failure>{failure}</failure></testcase>")
    reports = [
        {"check_type": "terraform", "results": {"failed_checks": [
            {"check_id": "CKV_AWS_27", "resource": f"aws_sqs_queue.q{number}", "code_block": LINES, "file_path": "/a.tf"}
            for number in range(count)
        ]}},
        sarif(*(result(QUEUE.replace('"q"', f'"q{number}"')) for number in range(count))),
        junit(*(case.replace("queue.q", f"queue.q{number}") for number in range(count))),
    ]  # fmt: skip
    for content in reports:
        start = time.process_time()
        found = loaded(content, tmp_path)
        assert len(records(found)) == count
        assert time.process_time() - start < 5
