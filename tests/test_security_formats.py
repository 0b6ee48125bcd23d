"""OCSF, ASFF and OSCAL say what the report says; `test_formats.py` holds them to their schemas."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from jsonschema_rs import ValidationError

from scanners.writers.asff_types import type_of
from tests import security_formats, stored
from tests.command import resource, stackproof, state

if TYPE_CHECKING:
    from pathlib import Path

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401  (JSON)
    """Return a report with a result of each outcome but a crash."""
    place = tmp_path_factory.mktemp("shop")
    database = "aws:rds/instance:Instance"
    tagged = {"tags": {"Owner": "team"}}
    (place / "shop.json").write_bytes(
        state(
            resource(database, "bad", inputs=tagged),
            resource(database, "hidden", inputs={"storageEncrypted": SECRET, **tagged}),
            resource(database, "excused", inputs=tagged),
            resource(database, "good", inputs={"storageEncrypted": True, **tagged}),
        )
    )
    exemption = {
        "rule": "rds-storage-encrypted",
        "resource": "*::excused",
        "reason": "No data.",
        "owner": "team",
        "expires": "2999-01-01",
    }
    settings = {"rules": {"required-tags": {"keys": ["Owner"]}}, "exemptions": [exemption]}
    (place / "c.yaml").write_text(json.dumps(settings))
    show = ("--show", stored.ALL, "-f", "json")
    return stackproof(
        "scan", place / "shop.json", "--config", place / "c.yaml", "--rule", "rds-storage-encrypted", *show
    ).report


def test_ocsf_says_what_the_report_says(shop: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    events = security_formats.ocsf(stored.rendered(shop, "ocsf", tmp_path / "r.json").out)
    said = {event["resources"][0]["name"]: event for event in events}
    assert {name: (event["status"], event["compliance"]["status"], event["severity"]) for name, event in said.items()} == {
        "bad": ("New", "Fail", "High"),
        "hidden": ("New", "Warning", "High"),
        "excused": ("Suppressed", "Fail", "High"),
        "good": ("Resolved", "Pass", "Informational"),
    }
    bad, excused = said["bad"], said["excused"]
    assert bad["resources"][0]["uid"] == "urn:pulumi:prod::shop::aws:rds/instance:Instance::bad"
    assert bad["resources"][0]["type"] == "aws:rds/instance:Instance"
    assert "AWS FSBP RDS.3" in bad["compliance"]["requirements"]
    assert "AWS FSBP 1.0.0" in bad["compliance"]["standards"]
    assert bad["remediation"]["desc"].startswith("Set storageEncrypted")
    assert bad["unmapped"]["stackproof"]["path"] == "storageEncrypted"
    assert excused["compliance"]["status_details"][1] == "Exempt until 2999-01-01, owner team: No data."


def test_asff_says_what_the_report_says(shop: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    findings = security_formats.asff(stored.rendered(shop, "asff", tmp_path / "r.json").out)
    said = {item["ProductFields"]["stackproof/name"]: item for item in findings}
    assert {
        name: (item["Compliance"]["Status"], item["Workflow"]["Status"], item["Severity"]["Label"])
        for name, item in said.items()
    } == {
        "bad": ("FAILED", "NEW", "HIGH"),
        "hidden": ("WARNING", "NEW", "HIGH"),
        "excused": ("FAILED", "SUPPRESSED", "HIGH"),
        "good": ("PASSED", "RESOLVED", "INFORMATIONAL"),
    }
    bad = said["bad"]
    assert bad["ProductArn"] == "arn:aws:securityhub:eu-west-1:123456789012:product/123456789012/default"
    assert bad["Resources"] == [{"Type": "AwsRdsDbInstance", "Id": "urn:pulumi:prod::shop::aws:rds/instance:Instance::bad"}]
    assert said["excused"]["Note"]["Text"] == "Exempt until 2999-01-01, owner team: No data."


def test_oscal_calls_a_control_satisfied_only_where_everything_passed(shop: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    def status(**counts: int) -> tuple[str, str]:
        changed = copy.deepcopy(shop)
        changed["summary"]["complete"] = counts.pop("complete", True)
        changed["rules"][0]["counts"] = dict.fromkeys(changed["rules"][0]["counts"], 0) | counts
        result = security_formats.oscal(stored.rendered(changed, "oscal", tmp_path / "r.json").out)
        found = {item["target"]["target-id"]: item["target"]["status"] for item in result.get("findings", ())}
        return (found["sc-28.1_obj"]["state"], found["sc-28.1_obj"]["reason"]) if found else ("not assessed", "")

    assert status(passed=3) == ("satisfied", "pass")
    assert status(passed=3, failed=1) == ("not-satisfied", "fail")
    assert status(passed=3, exempt=1) == ("not-satisfied", "fail")
    assert status(passed=3, undecided=1) == ("not-satisfied", "other")
    assert status(passed=3, broken=1, complete=False) == ("not-satisfied", "other")
    assert status(passed=3, complete=False) == ("not-satisfied", "other")
    assert status() == ("not assessed", "")


def test_oscal_ties_findings_to_observations_and_exempt_ones_to_risks(shop: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    result = security_formats.oscal(stored.rendered(shop, "oscal", tmp_path / "r.json").out)
    outcomes = {
        item["uuid"]: next(fact["value"] for fact in item["props"] if fact["name"] == "status")
        for item in result["observations"]
    }
    assert sorted(outcomes.values()) == ["exempt", "failed", "passed", "undecided"]
    finding = next(item for item in result["findings"] if item["title"].startswith("NIST 800-53 SC-28(1) "))
    assert {item["observation-uuid"] for item in finding["related-observations"]} == outcomes.keys()
    (risk,) = result["risks"]
    assert finding["related-risks"] == [{"risk-uuid": risk["uuid"]}]
    assert (risk["status"], risk["deadline"]) == ("deviation-approved", "2999-01-01T00:00:00Z")
    assert outcomes[risk["related-observations"][0]["observation-uuid"]] == "exempt"
    again = security_formats.oscal(stored.rendered(shop, "oscal", tmp_path / "again.json").out)
    assert again == result


def test_oscal_counts_what_only_checkov_finds(shop: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    report = stored.with_checkov(shop)
    report["rules"][0]["counts"] = dict.fromkeys(report["rules"][0]["counts"], 0) | {"passed": 1}

    def states() -> dict[str, str]:
        result = security_formats.oscal(stored.rendered(report, "oscal", tmp_path / "r.json").out)
        return {item["target"]["target-id"]: item["target"]["status"]["state"] for item in result["findings"]}

    found = states()
    assert (found["ac-6.1_obj"], found["ours-1"], found["sc-28_obj"]) == ("not-satisfied", "not-satisfied", "satisfied")
    report["checkov_findings"] = report["checkov_findings"][:1]  # the other one was not listed: its controls are not known
    assert states()["sc-28_obj"] == "not-satisfied"


def test_two_findings_stay_two_where_identifiers_are_long(shop: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    (result, *_) = shop["results"]
    long = [{**result, "urn": f"{result['urn']}{'x' * 600}{end}", "fingerprint": end * 32} for end in "ab"]
    findings = security_formats.asff(stored.rendered({**shop, "results": long}, "asff", tmp_path / "r.json").out)
    assert len({item["Resources"][0]["Id"] for item in findings}) == 2


def test_asff_types_are_those_of_security_hub() -> None:
    model = botocore.session.get_session().get_service_model("securityhub")
    known = {*model.shape_for("ResourceDetails").members, "Other"}
    from policies.catalog import builtin_rules  # noqa: PLC0415  (all rules)

    types = {type_ for rule in builtin_rules().values() for type_ in rule.applies_to}
    found = {type_of(type_) for type_ in types}
    assert found <= known
    assert {"AwsRdsDbInstance", "AwsS3Bucket", "AwsIamRole", "AwsElbv2LoadBalancer", "AwsEc2Volume", "Other"} <= found


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        ((), {}, "asff: no AWS account; --aws-account or AWS_ACCOUNT_ID gives its 12 digits"),
        (("--aws-account", "123"), {}, "asff: 123 AWS account"),
        ((), {"AWS_ACCOUNT_ID": "123456789012"}, "asff: no AWS region; --aws-region or AWS_REGION gives one"),
        (("--aws-account", "123456789012", "--aws-region", "Ireland"), {}, "asff: Ireland AWS region"),
    ],
)
def test_asff_asks_for_account_and_region_before_it_judges(
    words: tuple[str, ...], environment: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCOUNT_ID", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ran = stackproof("scan", "nowhere.json", "-f", "asff", *words)
    assert (ran.exit_code, ran.out) == (2, "")
    assert said in ran.err


def test_asff_takes_account_and_region_from_the_environment_or_the_report(shop: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    given = stored.stored(shop, tmp_path / "r.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCOUNT_ID", "210987654321")
        patch.setenv("AWS_DEFAULT_REGION", "us-gov-west-1")
        patch.delenv("AWS_REGION", raising=False)
        (finding, *_) = security_formats.asff(stackproof("report", given, "-f", "asff").out)
        assert finding["ProductArn"].startswith("arn:aws-us-gov:securityhub:us-gov-west-1:210987654321:")
        assert "210987654321" not in stackproof("report", given, "-f", "json").out
    known = {**shop, "run": {**shop["run"], "aws_account": "111122223333", "aws_region": "cn-north-1"}}
    (finding, *_) = security_formats.asff(stackproof("report", stored.stored(known, given), "-f", "asff").out)
    assert finding["ProductArn"].startswith("arn:aws-cn:securityhub:cn-north-1:111122223333:")


def test_the_validators_refuse_what_is_wrong(shop: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    event = stored.rendered(shop, "ocsf", tmp_path / "r.json").out.splitlines(keepends=True)[0]
    document = stored.rendered(shop, "oscal", tmp_path / "r.json").out
    finding = stored.rendered(shop, "asff", tmp_path / "r.json").out
    for wrong in (event.replace('"uid":', '"id":', 1), event.replace('"time":', '"time":"x","at":')):
        with pytest.raises(ValidationError):
            security_formats.ocsf(wrong)
    for wrong in (document.replace('"observations"', '"seen"'), document.replace('"name":"rule"', '"name":"a rule"')):
        with pytest.raises(ValidationError):
            security_formats.oscal(wrong)
    for wrong in (finding.replace('"Title"', '"Name"'), finding.replace('"Workflow":{"Status":"NEW"}', '"Workflow":[]')):
        with pytest.raises(AssertionError):
            security_formats.asff(wrong)
