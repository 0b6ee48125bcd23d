"""Checkov beside the rules: over Terraform of our own, as teams write it, and over the examples of all rules."""

from __future__ import annotations

import json
import logging
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policies import configuration
from policies.catalog import builtin_rules
from scanners.checkov_comparison import Kind, compare
from scanners.checkov_differences import differences
from scanners.sources import checkov_report
from tests.command import stackproof
from tests.terraform_of import CannotExpressError, terraform_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.checkov_comparison import Comparison

ROOT = Path(__file__).parents[1]
TERRAFORM = ROOT / "tests" / "checkov_terraform"
DIRECTORIES = ("data-platform", "landing-zone", "web-platform")
RULES = {id_: rule for id_, rule in builtin_rules().items() if rule.checkov}
CARRIED = {check for rule in RULES.values() for check in rule.checkov}
ONLY = {Kind.ONLY_CHECKOV: "checkov", Kind.ONLY_STACKPROOF: "stackproof"}
VERDICTS = {"failed_checks": "failed", "skipped_checks": "skipped", "passed_checks": "passed", "unknown_checks": "unknown"}


def checkov(directory: Path, checks: set[str] | None = None) -> dict[str, Any]:
    """Return what Checkov reports of a directory, as it prints it."""
    from checkov.runner_filter import RunnerFilter  # noqa: PLC0415  (late: takes seconds)
    from checkov.terraform.runner import Runner  # noqa: PLC0415

    only = RunnerFilter(framework=["terraform"], checks=sorted(checks or ()))
    logging.disable(logging.CRITICAL)  # its checks crash here and there, and pytest would show each
    try:
        ran: Any = Runner().run(root_folder=str(directory), runner_filter=only)
    finally:
        logging.disable(logging.NOTSET)
    report: dict[str, Any] = json.loads(
        json.dumps(ran.get_dict(), default=str)
    )  # severities are objects, and become their names
    return report


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, Any]]:
    return {name: checkov(TERRAFORM / name) for name in DIRECTORIES}


@pytest.fixture(scope="module")
def written(reports: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    files = {name: tmp_path_factory.mktemp("reports") / f"{name}.json" for name in reports}
    for name, file in files.items():
        file.write_text(json.dumps(reports[name]))
    return files


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], str]:
    """What Checkov says of each example: by its directory, the check and the address."""
    root = tmp_path_factory.mktemp("examples")
    for name, _, _, text in in_terraform():
        (root / name).mkdir()
        (root / name / "main.tf").write_text(text)
    results = checkov(root, CARRIED)["results"]
    return {
        (Path(record["file_path"]).parts[1], record["check_id"], record["resource"]): VERDICTS[category]
        for category in results.keys() & VERDICTS.keys()
        for record in results[category]
    }


def in_terraform() -> Iterator[tuple[str, str, str, str]]:
    """Yield the decided examples of rules that carry a check: a name, the rule, the address and the text."""
    for rule in RULES.values():
        for kind in ("passes", "fails"):
            for index, example in enumerate(getattr(rule, kind)):
                if example.parameters is not None:
                    continue  # Checkov has no such setting
                try:
                    terraform = terraform_of(example)
                except CannotExpressError:
                    continue
                yield f"{rule.id}-{kind}-{index}", rule.id, terraform.address, terraform.text


def records(report: dict[str, Any], *categories: str) -> set[tuple[str, str]]:
    return {(record["check_id"], record["resource"]) for name in categories for record in report["results"][name]}


@pytest.mark.parametrize("name", DIRECTORIES)
def test_a_directory_is_real(name: str, reports: dict[str, dict[str, Any]]) -> None:
    text = "".join(file.read_text() for file in (TERRAFORM / name).rglob("*.tf"))
    assert len(re.findall(r'^resource "aws_', text, re.MULTILINE)) >= 30
    assert reports[name]["results"]["parsing_errors"] == []


@pytest.mark.parametrize("name", DIRECTORIES)
def test_every_finding_of_checkov_is_in_the_report(
    name: str, reports: dict[str, dict[str, Any]], written: dict[str, Path]
) -> None:
    ran = stackproof("scan", written[name], "--rules", "all", "--show", "failed,undecided,passed,exempt", "-f", "json")
    judged = {
        (verdict["check"], result["urn"].split("::", 3)[3])
        for result in ran.report["results"]
        for verdict in result["checkov_verdicts"]
    }
    kept = {(finding["check"], finding["resource"]) for finding in ran.report["checkov_findings"]}
    found = records(reports[name], "failed_checks", "skipped_checks")
    assert found - judged - kept == set()
    rebuilt = {result["urn"].split("::", 3)[3] for result in ran.report["results"]}
    answered = {(check, resource) for check, resource in found if check in CARRIED and resource in rebuilt}
    assert judged & found  # our verdict stands beside Checkov's
    assert {check for check, _ in answered - judged} <= OF_ANOTHER_TYPE


OF_ANOTHER_TYPE = {"CKV2_AWS_22"}
"""Checks that report another type than the rules with their ids do: a user for its password, which has a type of its own."""


def test_a_suppression_keeps_its_reason(written: dict[str, Path]) -> None:
    ran = stackproof("scan", written["landing-zone"], "--rules", "iam-user-allowed", "-f", "json")
    (result,) = [result for result in ran.report["results"] if result["urn"].endswith("::aws_iam_user.robot")]
    assert (result["status"], result["exemption"]["reason"]) == ("exempt", "The old build server knows users only")


def disagreements(written: dict[str, Path], said: dict[tuple[str, str, str], str]) -> dict[tuple[str, str], list[str]]:
    """Return where each disagreement was seen, by the check and who alone finds fault."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, file in written.items():
        for one in compared(file):
            if one.kind in ONLY:
                found[one.check, ONLY[one.kind]].append(f"{name}: {one.urn.split('::', 3)[3]}")
    for name, rule, address, _ in in_terraform():
        ours = "failed" if "-fails-" in name else "passed"
        for check in RULES[rule].checkov:
            theirs = said.get((name, check, address))
            if {ours, theirs} == {"passed", "failed"}:
                found[check, "checkov" if theirs == "failed" else "stackproof"].append(name)
    return found


def compared(file: Path) -> Iterator[Comparison]:
    settings = configuration.load(None).with_rules(RULES).settings
    for source in checkov_report.read(str(file), json.loads(file.read_bytes())):
        yield from compare(source.stack, source.checkov, settings)


def test_every_disagreement_is_explained(written: dict[str, Path], examples: dict[tuple[str, str, str], str]) -> None:
    found = disagreements(written, examples)
    assert {key: places for key, places in found.items() if key not in differences()} == {}


def test_every_explanation_is_of_a_disagreement(written: dict[str, Path], examples: dict[tuple[str, str, str], str]) -> None:
    found = disagreements(written, examples)
    assert [key for key in differences() if key not in found] == []


def test_a_difference_is_told_once() -> None:
    items = tomllib.loads((ROOT / "scanners" / "checkov_differences.toml").read_text(encoding="utf-8"))["difference"]
    told = [(check, item["only"]) for item in items for check in item["checks"]]
    assert sorted(told) == sorted(differences())


def test_explanations_are_whole_sentences_about_rules_that_carry_the_check() -> None:
    assert {check for check, _ in differences()} <= CARRIED
    assert {only for _, only in differences()} <= set(ONLY.values())
    for difference in differences().values():
        assert difference.checkov.endswith(".")
        assert difference.stackproof.endswith(".")
