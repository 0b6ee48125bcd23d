"""Our rules inside Checkov say what they say elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policies.catalog import builtin_rules
from policies.evaluate import Outcome, judge
from policies.examples import stack_of
from scanners.checkov_checks import check_id
from tests.command import stackproof
from tests.terraform_of import CannotExpressError, terraform_of

if TYPE_CHECKING:
    from policies.rule import Example, Rule

ROOT = Path(__file__).parents[1]
IN_CHECKOV = {"PASSED": Outcome.PASSED, "FAILED": Outcome.FAILED, "UNKNOWN": Outcome.UNDECIDED}

NOT_THE_SAME = {"efs-file-system-denies-clients-without-tls-fails-1"}
"""Examples that are another thing in Terraform: a document without anything in it becomes a block."""
ONLY_WITH_SETTINGS: set[str] = set()


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a check for each rule."""
    directory = tmp_path_factory.mktemp("checks") / "all"
    ran = stackproof("checkov-checks", directory, "--rules", "all", "--config", "/dev/null")
    assert (ran.exit_code, ran.err) == (0, "")
    return directory


def wanted(rule: Rule, example: Example) -> set[Outcome]:
    """Return what may be said of an example before anything of it is made."""
    stack, subject = stack_of(example, references_known=False)
    findings = judge(rule, subject, stack, rule.parameters() if rule.parameters else None)
    outcome = findings[0].outcome if findings else Outcome.PASSED
    if rule.judges_secrecy and outcome is Outcome.PASSED:
        return {outcome, Outcome.UNDECIDED}  # Terraform has no secrets in a program
    return {outcome}


def test_every_example_is_judged_in_checkov_as_it_says(checks: Path, tmp_path: Path) -> None:
    given: list[tuple[str, str, str]] = []
    expected: list[set[Outcome]] = []
    for rule in builtin_rules().values():
        for kind in ("passes", "fails", "undecided"):
            for index, example in enumerate(getattr(rule, kind)):
                name = f"{rule.id}-{kind}-{index}"
                if example.parameters is not None or name in NOT_THE_SAME:
                    continue
                try:
                    terraform = terraform_of(example)
                except CannotExpressError:
                    continue
                directory = tmp_path / name
                directory.mkdir()
                (directory / "main.tf").write_text(terraform.text)
                given.append((directory.name, check_id(rule.id), terraform.address))
                expected.append(wanted(rule, example))
    (tmp_path / "examples.json").write_text(json.dumps(given))
    command = [sys.executable, "-m", "tests.checkov_examples", str(checks), str(tmp_path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    answers = [IN_CHECKOV[answer] for answer in json.loads(ran.stdout)]
    wrong = [
        f"{directory}: {answer}, not {'or '.join(outcomes)}"
        for (directory, _, _), answer, outcomes in zip(given, answers, expected, strict=True)
        if answer not in outcomes
    ]
    assert wrong == []
    assert {id_ for _, id_, _ in given} == {check_id(rule) for rule in builtin_rules()} - ONLY_WITH_SETTINGS
