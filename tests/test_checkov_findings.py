"""What Checkov says in a report: one result with a rule that says the same, a finding of its own where none does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policies.catalog import builtin_rules
from scanners.stored_report import report_in
from tests.command import Ran, stackproof
from tests.test_checkov_report import record, report

ROOT = Path(__file__).parents[1]
SARIF_SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text())
REPORT_SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())
RDS = "rds-storage-encrypted"
ENCRYPTED, TLS, BACKUPS, OURS = "CKV_AWS_16", "CKV2_AWS_69", "CKV_AWS_133", "STACKPROOF_RDS_STORAGE_ENCRYPTED"
DATABASE = "aws_db_instance.main"
URN = f"urn:pulumi:checkov::terraform::aws:rds/instance:Instance::{DATABASE}"
PLAIN = 'resource "aws_db_instance" "main" {\n  storage_encrypted = false\n}'


def said(
    check: str, result: str = "FAILED", *, resource: str = DATABASE, code: str = PLAIN, **fields: object
) -> dict[str, Any]:
    comment = {"suppress_comment": "Only test data"} if result == "SKIPPED" else {}
    return record(
        resource, code, check_id=check, check_name=f"About {check}", check_result={"result": result, **comment}, **fields
    )


def scan(tmp_path: Path, *records: dict[str, Any], options: tuple[str, ...] = (), config: str = "") -> Ran:
    file, configured = tmp_path / "checkov.json", tmp_path / "stackproof.yaml"
    file.write_text(json.dumps(report(*records)))
    configured.write_text(config)
    return stackproof("scan", file, "-f", "json", "--rule", RDS, "--config", configured, *options)


def listed(ran: Ran) -> dict[str, str]:
    return {finding["check"]: finding["status"] for finding in ran.report["checkov_findings"]}


def counted(ran: Ran, *names: str) -> dict[str, Any]:
    return {name: ran.report["summary"]["checkov"][name] for name in names}


def test_what_a_rule_and_checkov_both_say_is_one_result(tmp_path: Path) -> None:
    ran = scan(tmp_path, said(ENCRYPTED), said(ENCRYPTED, "PASSED"), said(OURS))
    (result,) = ran.report["results"]
    assert (result["rule"], result["status"]) == (RDS, "failed")
    agreed = [{"check": check, "verdict": "failed", "agrees": True} for check in (ENCRYPTED, OURS)]
    assert result["checkov_verdicts"] == agreed
    assert listed(ran) == {}
    assert ran.report["summary"]["failed"] == 1
    assert counted(ran, "agree", "only_checkov", "failed") == {"agree": 2, "only_checkov": 0, "failed": 0}


def test_a_finding_has_the_severity_and_the_controls_of_rules_that_are_not_asked(tmp_path: Path) -> None:
    ran = scan(tmp_path, said(TLS), said(TLS), said(BACKUPS))
    tls, backups = sorted(ran.report["checkov_findings"], key=lambda item: str(item["check"]))
    assert (tls["status"], tls["urn"], tls["level"]) == ("failed", URN, "advisory")
    assert tls["rules"] == ["rds-postgresql-requires-tls"]
    assert tls["severity"] == "high"
    assert tls["controls"] == sorted(map(str, builtin_rules()["rds-postgresql-requires-tls"].controls)) != []
    assert tls["location"] == {"file": "main.tf", "line": 7}
    assert (backups["severity"], backups["rules"], backups["controls"]) == ("", [], [])
    assert counted(ran, "only_checkov", "failed", "failed_by_severity", "failed_by_level") == {
        "only_checkov": 2,
        "failed": 2,
        "failed_by_severity": {"critical": 0, "high": 1, "medium": 0, "low": 0, "none": 1},
        "failed_by_level": {"advisory": 2},
    }
    assert ran.report["summary"]["failed"] == 1


def test_the_same_finding_has_the_same_fingerprint_and_no_other_has(tmp_path: Path) -> None:
    pods = [said("CKV_K8S_1", resource="Pod.a", code="kind: Pod", file_line_range=[line, line]) for line in (1, 9)]
    marks = [
        [item["fingerprint"] for item in scan(tmp_path, *records).report["checkov_findings"]]
        for records in ([said(TLS), said(BACKUPS), *pods], [*pods, said(BACKUPS), said(TLS)])
    ]
    assert marks[0] == marks[1]
    assert len(set(marks[0])) == len(marks[0]) == 4


def test_of_several_verdicts_of_a_check_on_a_resource_the_worst_counts(tmp_path: Path) -> None:
    several = [
        said(BACKUPS, result, file_line_range=[line, line]) for line, result in enumerate(("PASSED", "SKIPPED", "FAILED"), 1)
    ]
    for records in (several, several[::-1]):
        ran = scan(tmp_path, *records)
        assert listed(ran) == {BACKUPS: "failed"}
        assert counted(ran, "only_checkov", "failed", "exempt") == {"only_checkov": 1, "failed": 1, "exempt": 0}


@pytest.mark.parametrize(
    ("config", "options", "exit_code"),
    [
        ("", (), 0),
        ("", ("--fail-on", "advisory"), 1),
        ("", ("--fail-on", "high"), 1),
        ("", ("--fail-on", "critical"), 0),
        ("checkov: {level: mandatory}", (), 1),
        ("checkov: {level: mandatory}", ("--fail-on", "never"), 0),
        ("checkov: {level: disabled}", ("--fail-on", "advisory"), 0),
        ("checkov: {level: disabled}", ("--fail-on", "high"), 0),
    ],
)
def test_the_level_of_the_configuration_decides_on_the_exit_code(
    config: str, options: tuple[str, ...], exit_code: int, tmp_path: Path
) -> None:
    good = PLAIN.replace("false", "true")
    ran = scan(tmp_path, said(TLS, code=good), said(ENCRYPTED, "PASSED", code=good), config=config, options=options)
    assert ran.exit_code == exit_code
    assert listed(ran) == ({} if "disabled" in config else {TLS: "failed"})


def exemption(rule: str, expires: str = "2999-12-31") -> str:
    return f"exemptions: [{{rule: '{rule}', resource: '*::aws_db_instance.*', reason: ours, owner: me, expires: {expires}}}]"


@pytest.mark.parametrize("rule", [TLS, "CKV2_*", "rds-postgresql-requires-tls", "*"])
def test_an_exemption_from_the_check_or_from_a_rule_that_carries_it_holds_for_the_finding(rule: str, tmp_path: Path) -> None:
    good = PLAIN.replace("false", "true")
    ran = scan(tmp_path, said(TLS, code=good), config=exemption(rule), options=("--fail-on", "advisory"))
    (finding,) = ran.report["checkov_findings"]
    assert ran.exit_code == 0
    assert finding["status"] == "exempt"
    assert finding["exemption"] == {
        "reason": "ours", "owner": "me", "expires": "2999-12-31", "expired": False, "source": "configuration",
        "words": "Exempt until 2999-12-31, owner me: ours",
    }  # fmt: skip
    assert counted(ran, "failed", "exempt") == {"failed": 0, "exempt": 1}


def test_an_exemption_that_has_expired_is_told_and_exempts_nothing(tmp_path: Path) -> None:
    ran = scan(tmp_path, said(TLS), config=exemption(TLS, "2020-01-31"))
    (finding,) = ran.report["checkov_findings"]
    assert (finding["status"], finding["exemption"]["expired"]) == ("failed", True)
    text = scan(tmp_path, said(TLS), config=exemption(TLS, "2020-01-31"), options=("-f", "text")).out
    assert f"{TLS}  About {TLS}. Its exemption expired on 2020-01-31, owner me: ours" in text


def test_an_exemption_from_a_check_leaves_the_rules_as_they_are(tmp_path: Path) -> None:
    ran = scan(tmp_path, said(ENCRYPTED), config=exemption("CKV_AWS_*"))
    assert [(item["rule"], item["status"]) for item in ran.report["results"]] == [(RDS, "failed")]


def test_a_suppression_is_an_exemption_with_its_reason(tmp_path: Path) -> None:
    ran = scan(tmp_path, said(ENCRYPTED, "SKIPPED"), said(BACKUPS, "SKIPPED"))
    (result,) = ran.report["results"]
    (finding,) = ran.report["checkov_findings"]
    words = "Exempt by checkov:skip: Only test data"
    note = {
        "reason": "Only test data", "owner": "", "expires": "", "expired": False, "source": "checkov:skip", "words": words,
    }  # fmt: skip
    assert (result["status"], result["exemption"]) == ("exempt", note)
    assert (finding["check"], finding["status"], finding["exemption"]) == (BACKUPS, "exempt", note)
    assert ran.exit_code == 0
    assert "Exempt by checkov:skip: Only test data" in scan(tmp_path, said(BACKUPS, "SKIPPED"), options=("-f", "text")).out


@pytest.mark.parametrize(("expires", "source"), [("2999-12-31", "configuration"), ("2020-01-31", "checkov:skip")])
def test_an_exemption_of_the_configuration_comes_first_while_it_holds(expires: str, source: str, tmp_path: Path) -> None:
    for rule, check in ((RDS, ENCRYPTED), (BACKUPS, BACKUPS)):
        ran = scan(tmp_path, said(check, "SKIPPED"), config=exemption(rule, expires))
        (found,) = (item for item in [*ran.report["results"], *ran.report["checkov_findings"]] if item["status"] == "exempt")
        assert found["exemption"]["source"] == source


def test_a_suppression_covers_neither_what_is_undecided_nor_what_fails_by_another_check(tmp_path: Path) -> None:
    unknown = said(ENCRYPTED, "SKIPPED", code=PLAIN.replace("false", "var.x"))
    for records, status in (([unknown], "undecided"), ([said(ENCRYPTED, "SKIPPED"), said(OURS)], "failed")):
        (result,) = scan(tmp_path, *records).report["results"]
        assert (result["status"], result["exemption"]) == (status, None)


def test_what_is_listed_follows_the_option(tmp_path: Path) -> None:
    records = (said(TLS), said(BACKUPS, "SKIPPED"), said("CKV_AWS_118", "UNKNOWN"))
    assert listed(scan(tmp_path, *records)) == {TLS: "failed", BACKUPS: "exempt", "CKV_AWS_118": "undecided"}
    assert listed(scan(tmp_path, *records, options=("--show", "exempt"))) == {BACKUPS: "exempt"}
    quiet = scan(tmp_path, *records, options=("--show", ""))
    assert listed(quiet) == {}
    assert counted(quiet, "failed", "exempt", "unknown") == {"failed": 1, "exempt": 1, "unknown": 1}


def test_every_format_tells_findings_whatever_their_names(tmp_path: Path) -> None:
    odd = said("CKV_ODD_1", resource="[x](javascript:1) <b>", code="kind: Pod", file_path="/a b%20c.tf")
    records = (said(TLS), said(BACKUPS, "SKIPPED"), odd)
    found = scan(tmp_path, *records)
    jsonschema.validate(found.report, REPORT_SCHEMA)
    assert [item.check for item in report_in(found.out.encode()).checkov_findings] == ["CKV_ODD_1", TLS, BACKUPS]
    log = json.loads(scan(tmp_path, *records, options=("-f", "sarif")).out)
    jsonschema.validate(log, SARIF_SCHEMA, format_checker=jsonschema.FormatChecker())
    (run,) = log["runs"]
    by_rule = {item["ruleId"]: item for item in run["results"]}
    assert set(by_rule) == {RDS, TLS, BACKUPS, "CKV_ODD_1"}
    for item in run["results"]:
        assert run["tool"]["driver"]["rules"][item["ruleIndex"]]["id"] == item["ruleId"]
    assert (by_rule[TLS]["kind"], by_rule[TLS]["level"]) == ("fail", "error")
    (suppression,) = by_rule[BACKUPS]["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "exempt: Only test data")
    assert "](" not in by_rule["CKV_ODD_1"]["message"]["text"]
    lines = scan(tmp_path, *records, options=("-f", "text")).out.splitlines()
    assert f"{URN}  main.tf:7" in lines
    assert f"  high      advisory  {TLS}  About {TLS}" in lines
    assert "Only Checkov: 2 failed (1 high; 2 advisory), 0 undecided, 1 exempt" in lines


def test_what_checkov_says_beside_a_result_is_told_with_it(tmp_path: Path) -> None:
    unknown = said(ENCRYPTED, code=PLAIN.replace("false", "var.x"))
    assert f"  Checkov says: {ENCRYPTED} failed\n" in scan(tmp_path, unknown, options=("-f", "text")).out
    disputed = scan(tmp_path, said(ENCRYPTED, "PASSED"), options=("-f", "text")).out
    assert f"  Checkov disagrees: {ENCRYPTED} passed\n" in disputed
    (run,) = json.loads(scan(tmp_path, said(ENCRYPTED), options=("-f", "sarif")).out)["runs"]
    assert [item["properties"]["checkov"] for item in run["results"]] == [[f"{ENCRYPTED} failed"]]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("checkov: {level: mandatry}", "1: 'mandatry' is not a level; did you mean mandatory?"),
        (
            "checkov: {level: remediate}",
            "1: remediate is not a level of what Checkov finds; valid: advisory, mandatory, disabled",
        ),
        ("checkov: {severity: high}", "1: checkov has no setting 'severity'; it takes a level only"),
        ("checkov: mandatory", "1: checkov is a map, such as {level: mandatory}"),
    ],
)
def test_a_wrong_setting_names_its_line(config: str, message: str, tmp_path: Path) -> None:
    ran = scan(tmp_path, said(TLS), config=config)
    assert (ran.exit_code, ran.out) == (2, "")
    assert f"stackproof.yaml:{message}" in ran.err
