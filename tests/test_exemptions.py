"""Exemptions from end to end: what the configuration takes, who says what of them, and what a report tells."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import grpc
import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2 as proto

from policies import configuration
from policies.configuration import ConfigurationError
from policies.exemptions import Exemption
from policies.resource import Resource
from tests.command import Ran, resource, stackproof, state
from tests.engine import ROOT, request, running
from tests.test_checkov_findings import BACKUPS, ENCRYPTED, TLS, said
from tests.test_checkov_report import report

if TYPE_CHECKING:
    from pathlib import Path

RDS, LOW, KMS = "rds-storage-encrypted", "rds-instance-copies-tags-to-snapshots", "s3-bucket-encrypted-with-kms"
TYPE = "aws:rds/instance:Instance"
TODAY = date.today()  # noqa: DTZ011  (the day where the user is)
FAR, SOON, OVER = (TODAY + timedelta(days=days) for days in (400, 10, -1))
START = f"urn:pulumi:prod::shop::{TYPE}::"


def exemption(name: str = "*", rule: str = RDS, **fields: object) -> dict[str, object]:
    full = {"rule": rule, "resource": START + name, "reason": "legacy", "owner": "web", "expires": str(FAR), **fields}
    return {key: value for key, value in full.items() if value}


def configured(directory: Path, *exemptions: object, **content: object) -> Path:
    path = directory / "stackproof.yaml"
    path.write_text(yaml.safe_dump({"exemptions": list(exemptions), **content}))
    return path


def shop(directory: Path, *names: str, stack: str = "prod", **inputs: object) -> Path:
    path = directory / f"{stack}.json"
    path.write_bytes(state(*(resource(TYPE, name, inputs=inputs) for name in names)).replace(b":prod:", f":{stack}:".encode()))
    return path


def scan(*words: str | Path) -> Ran:
    return stackproof("scan", *words, "-f", "json")


def statuses(ran: Ran) -> list[tuple[str, int]]:
    return [(use["status"], use["results"]) for use in ran.report["exemptions"]]


def wrong(path: Path) -> str:
    with pytest.raises(ConfigurationError) as error:
        configuration.load(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (RDS, f"rule {RDS} is high"),
        ("rds-storage-*", f"rds-storage-* also stands for {RDS}, which is high"),
        ("CKV_AWS_16", f"CKV_AWS_16 also stands for {RDS}, which is high"),
        ("STACKPROOF_RDS_STORAGE_ENCRYPTED", f"also stands for {RDS}, which is high"),
        ("*", "is critical"),
    ],
)
@pytest.mark.parametrize(("lacking", "needs"), [("owner", "needs an owner"), ("expires", "needs a last day (expires: ")])
def test_a_rule_that_is_high_needs_an_owner_and_an_end(rule: str, named: str, lacking: str, needs: str, tmp_path: Path) -> None:
    low = {"rule": LOW, "resource": "*", "reason": "x"}
    message = wrong(configured(tmp_path, low, exemption(rule=rule, **{lacking: ""})))
    assert message.startswith(f"{tmp_path}/stackproof.yaml:5: ")
    assert named in message
    assert needs in message
    configuration.load(configured(tmp_path, low, exemption(rule=rule)))


def test_a_rule_may_take_no_exemption(tmp_path: Path) -> None:
    closed = {RDS: {"exemptible": False}}
    for rule, named in (
        (RDS, f"rule {RDS} takes no exemption"),
        ("CKV_AWS_16", f"rule {RDS}, which carries CKV_AWS_16, takes"),
    ):
        message = wrong(configured(tmp_path, exemption(rule=rule), rules=closed))
        assert message.startswith(f"{tmp_path}/stackproof.yaml:6: ")
        assert named in message
    config = configured(tmp_path, exemption(rule="rds-*"), rules={**closed, LOW: {}})
    ran = scan(shop(tmp_path, "db"), "--config", config, "--rule", f"{RDS},{LOW}")
    assert {item["rule"]: item["status"] for item in ran.report["results"]} == {RDS: "failed", LOW: "exempt"}
    assert {rule["id"]: rule["exemptible"] for rule in ran.report["rules"]} == {RDS: False, LOW: True}
    assert statuses(ran) == [("active", 1)]


def test_all_rules_may_take_none_but_for_some(tmp_path: Path) -> None:
    rules = {"all": {"exemptible": False}, RDS: {"exemptible": True}, LOW: {}}
    config = configured(tmp_path, exemption(rule="rds-*"), rules=rules)
    ran = scan(shop(tmp_path, "db"), "--config", config, "--rule", f"{RDS},{LOW}")
    assert {item["rule"]: item["status"] for item in ran.report["results"]} == {RDS: "exempt", LOW: "failed"}
    assert "exemptible is true or false" in wrong(configured(tmp_path, rules={"all": {"exemptible": "no"}}))


def test_a_suppression_does_not_reach_a_rule_that_takes_none(tmp_path: Path) -> None:
    file, config = (
        tmp_path / "checkov.json",
        configured(tmp_path, rules={RDS: {"exemptible": False}, "all": {"exemptible": False}}),
    )
    file.write_text(json.dumps(report(said(ENCRYPTED, "SKIPPED"), said(TLS, "SKIPPED"), said(BACKUPS, "SKIPPED"))))
    ran = scan(file, "--config", config, "--rule", RDS)
    assert [(item["rule"], item["status"]) for item in ran.report["results"]] == [(RDS, "failed")]
    found = {item["check"]: item["status"] for item in ran.report["checkov_findings"]}
    assert found == {TLS: "undecided", BACKUPS: "exempt"}, "Checkov does not ask what is suppressed"


SHOWN = {
    "active": exemption("active", reason="public  feed:\n # 'really'"),
    "expiring": exemption("expiring", expires=str(SOON)),
    "today": exemption("today", expires=str(TODAY)),
    "expired": exemption("expired", expires=str(OVER)),
    "wild": exemption("w*d", owner="Ops & <b>"),
}
WORDS = {
    "active": f"Exempt until {FAR}, owner web: public feed: # 'really'",
    "expiring": f"Exempt until {SOON} (10 days left), owner web: legacy",
    "today": f"Exempt until {TODAY} (ends today), owner web: legacy",
    "expired": f"Its exemption expired on {OVER}, owner web: legacy",
    "wild": f"Exempt until {FAR}, owner Ops & <b>: legacy",
    "low": "Exempt without end, no owner: not worth it",
}


def test_the_pack_at_preview_and_the_scanner_say_the_same_words(tmp_path: Path) -> None:
    low = exemption("low", rule=LOW, owner="", expires="", reason="not worth it")
    config = configured(tmp_path, *SHOWN.values(), low, extends=[], rules={RDS: {}, LOW: {}})
    names = [*SHOWN, "low"]
    told: dict[tuple[str, str], list[str]] = {}
    with running(ROOT, STACKPROOF_CONFIG=str(config)) as engine:
        for name in names:
            for found in engine.analyze(Resource(START + name, TYPE, name, {})):
                lines = found.message.splitlines()
                told[found.policyName, name] = [line for line in lines if line.startswith(("Exempt ", "Its exemption "))]
    ran = scan(shop(tmp_path, *names), "--config", config)
    scanned = {(item["rule"], item["name"]): item["exemption"] for item in ran.report["results"]}
    assert {key: [note["words"]] if note else [] for key, note in scanned.items()} == told
    assert {name: told[LOW if name == "low" else RDS, name] for name in names} == {name: [WORDS[name]] for name in names}
    text = stackproof("scan", tmp_path / "prod.json", "--config", config).out
    for words in WORDS.values():
        assert words in text
    (expired,) = (item for item in ran.report["results"] if (item["rule"], item["name"]) == (RDS, "expired"))
    assert (expired["status"], expired["message"].partition(". ")[2]) == ("failed", WORDS["expired"])


def test_the_engine_can_close_a_rule_to_exemptions(tmp_path: Path) -> None:
    config = configured(
        tmp_path, exemption("*", rule="rds-st*d"), exemption("*", rule=LOW), extends=[], rules={RDS: {}, LOW: {}}
    )
    database = Resource(f"{START}db", TYPE, "db", {})
    with running(ROOT, STACKPROOF_CONFIG=str(config)) as engine:
        assert all("Exempt until" in found.message for found in engine.analyze(database))
        engine.configure({RDS: ("mandatory", {"exemptible": False})})
        found = {item.policyName: item.message for item in engine.analyze(database)}
        assert "Exempt" not in found[RDS]
        assert "Exempt until" in found[LOW]
        with pytest.raises(grpc.RpcError, match=rf"{LOW} takes no exemption .*stackproof.yaml:\d+"):
            engine.configure({LOW: ("mandatory", {"exemptible": False})})


def test_a_report_tells_what_became_of_each_exemption(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        exemption("open"),
        exemption("o*", expires=str(SOON)),
        exemption("o*", expires=str(OVER)),
        exemption("closed"),
        exemption("closed", expires=str(SOON)),
        exemption(resource="urn:pulumi:dev::shop::*"),
        exemption(resource="urn:pulumi:*::site::*"),
        exemption(resource="urn:pulumi:*::shop::*gone"),
        exemption(resource="*", rule="CKV_AWS_1*"),
        exemption(resource="*", rule="sqs-queue-encrypted"),
        extends=[], rules={RDS: {}},
    )  # fmt: skip
    names = ["active", "expiring", "expired", "stale", "stale", "elsewhere", "elsewhere", "stale", "unchecked", "unchecked"]
    counts = [1, 2, 2, 0, 0, 0, 0, 0, 0, 0]
    file = tmp_path / "prod.json"
    file.write_bytes(
        state(
            *(resource(TYPE, name) for name in ("open", "other")), resource(TYPE, "closed", inputs={"storageEncrypted": True})
        )
    )
    ran = scan(file, "--config", config, "--show", "")
    assert statuses(ran) == [*zip(names, counts, strict=True)]
    lines = config.read_text().splitlines()
    for use in ran.report["exemptions"]:
        assert lines[use["line"] - 1].startswith("- ")
        assert use["days_left"] == (date.fromisoformat(use["expires"]) - TODAY).days
    text = stackproof("scan", file, "--config", config).out
    shown = text.partition("Exemptions to look at\n")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in shown.splitlines()[::2]] == ["expiring", "expired", "stale", "stale", "stale"]


def test_nothing_is_stale_where_not_all_was_asked_or_answered(tmp_path: Path) -> None:
    config = configured(tmp_path, exemption("closed"), extends=[], rules={RDS: {}, LOW: {}})
    file = shop(tmp_path, "closed", storageEncrypted=True)
    assert statuses(scan(file, "--config", config)) == [("stale", 0)]
    assert statuses(scan(file, tmp_path / "missing.json", "--config", config)) == [("unchecked", 0)]
    assert statuses(scan(file, "--config", config, "--rule", LOW)) == [("unchecked", 0)]
    wide = configured(tmp_path, exemption(rule="rds-*"), extends=[], rules={RDS: {}, LOW: {"level": "disabled"}})
    assert statuses(scan(file, "--config", wide)) == [("stale", 0)]
    assert statuses(scan(file, "--config", wide, "--rule", RDS)) == [("unchecked", 0)], "others of rds-* are not asked"


def test_uses_are_counted_the_same_by_several_processes(tmp_path: Path) -> None:
    names = [f"db{number}" for number in range(4_100)]  # enough for two processes
    config = configured(tmp_path, exemption("db1*"), extends=[], rules={RDS: {}})
    file = shop(tmp_path, *names)
    wanted = [("active", sum(name.startswith("db1") for name in names))]
    for jobs in ("1", "2"):
        assert statuses(scan(file, "--config", config, "--jobs", jobs, "--show", "")) == wanted


def test_what_only_checkov_finds_is_counted_too(tmp_path: Path) -> None:
    config = configured(tmp_path, exemption(rule=TLS, resource="*aws_db_instance.*"))
    file = tmp_path / "checkov.json"
    file.write_text(json.dumps(report(said(TLS))))
    assert statuses(scan(file, "--config", config, "--rule", RDS)) == [("active", 1)]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("*", True), ("*::db", True), ("urn:pulumi:*::db", True), ("urn:pulumi:p*", True), ("urn:pulumi:prod::sh*", True),
        ("urn:pulumi:*::aws:rds/*::db", True), ("urn:pulumi:*::shop::*", True), ("*::shop::*", True),
        ("urn:pulumi:prod::*::db", True), (f"{START}db", True), ("urn:pulumi:p*d::s*p::*", True),
        ("urn:pulumi:prod::site::*", False), ("urn:pulumi:*::site::*", False), ("urn:pulumi:dev::*", False),
        ("urn:pulumi:production::shop::*", False), ("urn:pulumi:*::sho::*", False), ("aws_db_instance.main", False),
    ],
)  # fmt: skip
def test_a_pattern_tells_the_stacks_that_it_can_be_for(pattern: str, fits: bool) -> None:  # noqa: FBT001
    assert Exemption("r", pattern, "x").can_be_for("prod", "shop") == fits


def test_an_exemption_stays_over_a_rename(tmp_path: Path) -> None:
    config = configured(tmp_path, exemption("old"), extends=[], rules={RDS: {}})
    renamed = Resource(f"{START}new", TYPE, "new", {}, aliases=(f"{START}old",))
    with running(ROOT, STACKPROOF_CONFIG=str(config)) as engine:
        asked = request(renamed)
        assert [item.enforcementLevel for item in engine.stub.Analyze(asked).diagnostics] == [proto.MANDATORY]
        asked.options.aliases.extend(renamed.aliases)
        (found,) = engine.stub.Analyze(asked).diagnostics
        assert f"Exempt until {FAR}, owner web: legacy" in found.message


LISTENER = "lb-listener-uses-tls"


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (KMS, "aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"),
        (LISTENER, "aws:elasticloadbalancingv2/listener:Listener", "aws:lb/listener:Listener"),
        (LISTENER, "aws:lb/listener:Listener", "aws:elasticloadbalancingv2/listener:Listener"),
    ],
)
def test_an_exemption_stays_over_an_upgrade_of_the_provider_in_both_hosts(
    rule: str, before: str, after: str, tmp_path: Path
) -> None:
    given = exemption(rule=rule, resource=f"urn:pulumi:prod::shop::{before}::data")
    config = configured(tmp_path, given, extends=[], rules={rule: {}})
    inputs: dict[str, object] = {"protocol": "HTTP"} if rule == LISTENER else {}
    old, new = resource(before, "data", inputs=inputs), resource(after, "data", inputs=inputs)
    file = tmp_path / "upgraded.json"
    file.write_bytes(state(new))
    assert statuses(scan(file, "--config", config)) == [("active", 1)]
    with running(ROOT, STACKPROOF_CONFIG=str(config)) as engine:
        upgraded = Resource(new["urn"], after, "data", inputs)
        told = [*engine.analyze(upgraded), *engine.analyze_stack([upgraded])]
    assert [item.message.splitlines()[1] for item in told] == [f"Exempt until {FAR}, owner web: legacy"]
    file.write_bytes(state(new, old))
    ran = scan(file, "--config", config)
    assert {item["urn"].split("::")[2]: item["status"] for item in ran.report["results"]} == {before: "exempt", after: "failed"}
