"""`stackproof compare-checkov`: Checkov and the rules on the same stack."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from scanners.checkov_differences import differences
from tests.command import EXAMPLES, resource, stackproof, state

if TYPE_CHECKING:
    from tests.command import Ran

VALID = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parents[1] / "docs" / "compare.schema.json").read_text(encoding="utf-8"))
)
QUEUE, POLICY = "aws:sqs/queue:Queue", "aws:iam/policy:Policy"
EVIL = "evil\x1b[2J"


def document(*actions: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


STACK = state(
    resource(QUEUE, "plain", inputs={}),
    resource(QUEUE, EVIL, inputs={}),
    resource(QUEUE, "encrypted", inputs={"kmsMasterKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1"}),
    resource(POLICY, "iam", inputs={"policy": document("iam:*")}),
    resource("aws:rds/instance:Instance", "db", inputs={"engine": "postgres"}),
    resource("aws:lambda/function:Function", "job", inputs={"name": "job"}),
)


@pytest.fixture(scope="module")
def ran() -> Ran:
    return stackproof("compare-checkov", "-", "-f", "json", given=STACK)


@pytest.fixture(scope="module")
def text(ran: Ran) -> str:
    del ran  # Checkov is loaded by then
    return stackproof("compare-checkov", "-", given=STACK).out


def counts(ran: Ran, check: str) -> dict[str, int]:
    (found,) = [item for item in ran.report["checks"] if item["id"] == check]
    return {name: count for name, count in found.items() if name not in ("id", "rules") and count}


def disagreements(ran: Ran, check: str) -> list[dict[str, Any]]:
    return [item for item in ran.report["disagreements"] if item["check"] == check]


def test_a_comparison_that_was_made_exits_0_whatever_came_of_it(ran: Ran) -> None:
    assert ran.exit_code == 0
    assert ran.report["complete"]
    assert ran.report["disagreements"]
    VALID.validate(ran.report)


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("CKV_AWS_16", {"both_fail": 1}),
        ("CKV_AWS_27", {"both_pass": 1, "only_checkov": 2}),
        ("CKV2_AWS_73", {"both_pass": 1, "only_stackproof": 2}),
        ("CKV2_AWS_69", {"undecided": 1}),  # AWS chooses the version of the database, and that decides
        ("CKV_AWS_173", {"not_comparable": 1}),  # Checkov has no answer for a function without environment
        ("CKV_AWS_289", {"both_fail": 1}),  # of two rules that carry it, one passes: the check fails all the same
    ],
)
def test_each_check_is_counted_by_resources(ran: Ran, check: str, expected: dict[str, int]) -> None:
    assert counts(ran, check) == expected


def test_a_disagreement_has_both_reasons_and_the_difference_behind_it(ran: Ran) -> None:
    one = next(item for item in disagreements(ran, "CKV2_AWS_73") if item["urn"].endswith("::plain"))
    assert one["only"] == "stackproof"
    assert one["checkov"]["verdict"] == "passed"
    assert one["checkov"]["resource"] == "aws_sqs_queue.plain"
    assert one["checkov"]["title"] == "Ensure AWS SQS uses CMK not AWS default keys for encryption"
    assert one["checkov"]["looked_at"] == ["kms_master_key_id"]
    (said,) = one["stackproof"]
    assert (said["rule"], said["outcome"]) == ("sqs-queue-encrypted-with-customer-key", "failed")
    assert (said["message"], said["path"]) == ("kmsMasterKeyId is not set", "kmsMasterKeyId")
    difference = differences()["CKV2_AWS_73", "stackproof"]
    assert one["why"] == {"checkov": difference.checkov, "stackproof": difference.stackproof}


def test_people_read_counts_first_and_then_each_disagreement(text: str, ran: Ran) -> None:
    table, *told = text.split("\n\n")
    row = next(line for line in table.splitlines() if line.startswith("CKV_AWS_27 "))
    assert row.split() == ["CKV_AWS_27", "0", "1", "2", "0", "0", "0"]
    about = next(block for block in told if block.startswith("CKV_AWS_27: only Checkov fails, on 2 resources\n"))
    assert "  rules: sqs-queue-encrypted\n" in about
    assert f"  stackproof: {differences()['CKV_AWS_27', 'checkov'].stackproof}\n" in about
    assert "::plain\n      Checkov: failed aws_sqs_queue.plain, looking at " in about
    number = len(ran.report["disagreements"])
    assert text.endswith(f"\n{number} disagreements, each explained.\n")


def test_names_cannot_write_to_the_terminal(text: str) -> None:
    assert "\x1b" not in text
    assert "evil\\x1b[2J" in text


def test_a_report_of_checkov_needs_no_checkov(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scanners.checkov_runner", None)  # importing it fails
    ran = stackproof("compare-checkov", EXAMPLES / "checkov" / "terraform.json", "-f", "json")
    assert ran.exit_code == 0
    VALID.validate(ran.report)
    locations = [item["location"] for item in ran.report["disagreements"]]
    assert {location["file"].rpartition("/")[2] for location in locations} <= {"access.tf", "providers.tf", "storage.tf"}
    assert locations


def test_a_source_that_cannot_be_read_makes_it_incomplete(ran: Ran, tmp_path: Path) -> None:
    assert ran.report["errors"] == []
    missing = tmp_path / "missing.json"
    incomplete = stackproof("compare-checkov", missing, EXAMPLES / "checkov" / "terraform.json", "-f", "json")
    assert incomplete.exit_code == 4
    VALID.validate(incomplete.report)
    assert [error["path"] for error in incomplete.report["errors"]] == [str(missing)]
    assert str(missing) in incomplete.err


def test_words_that_it_does_not_know_are_wrong_usage() -> None:
    ran = stackproof("compare-checkov", "-", "--format", "yaml")
    assert (ran.exit_code, ran.out) == (2, "")


def test_a_scan_puts_checkovs_verdict_beside_the_rule_that_answers(ran: Ran) -> None:
    assert ran.exit_code == 0  # Checkov is loaded by then
    rules = "iam-policy-permission-changes-name-resources,iam-policy-sharing-names-resources"
    options = ("--with-checkov", "--checkov-check", "CKV_AWS_289", "--show", "failed,passed", "-f", "json")
    report = stackproof("scan", "-", "--rules", rules, *options, given=STACK).report
    said = {result["rule"]: [verdict["agrees"] for verdict in result["checkov_verdicts"]] for result in report["results"]}
    assert said == {"iam-policy-permission-changes-name-resources": [True], "iam-policy-sharing-names-resources": []}
    assert (report["summary"]["checkov"]["agree"], report["summary"]["checkov"]["disagree"]) == (1, 0)
