"""A rule says the same of its examples when they are Terraform that Checkov has looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from policies.catalog import builtin_rules
from policies.evaluate import Outcome, judge
from policies.examples import stack_of
from policies.stack import Stack
from scanners.sources import checkov_report
from tests.terraform_of import CannotExpressError, address_of, plan_of, terraform_of

if TYPE_CHECKING:
    from policies.rule import Example, Rule

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}-{kind}-{index}")
    for rule in builtin_rules().values()
    for kind in ("passes", "fails", "undecided")
    for index, example in enumerate(getattr(rule, kind))
]
ONLY_PULUMI = "tagsAll is the provider's own"
"""What examples may say that Terraform cannot: what Pulumi's provider adds."""


def parameters_of(rule: Rule, example: Example) -> object:
    if example.parameters is not None or rule.parameters is None:
        return example.parameters
    return rule.parameters()


def said(rule: Rule, example: Example) -> Outcome:
    """Return the verdict at a preview, of a stack that is not known to be complete."""
    stack, subject = stack_of(example, references_known=False)
    findings = judge(
        rule, subject, Stack(stack.name, stack.project, stack.resources, complete=False), parameters_of(rule, example)
    )
    return findings[0].outcome if findings else Outcome.PASSED


def said_of(report: dict[str, Any], rule: Rule, example: Example) -> Outcome:
    """Return the verdict on what Checkov reports."""
    (source,) = checkov_report.read("report.json", report)
    subject = next(resource for resource in source.stack.resources if resource.name == address_of(example))
    findings = judge(rule, subject, source.stack, parameters_of(rule, example))
    return findings[0].outcome if findings else Outcome.PASSED


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_terraform_source_is_judged_as_the_example_is(rule: Rule, example: Example) -> None:
    try:
        terraform = terraform_of(example)
    except CannotExpressError as error:
        assert re.fullmatch(ONLY_PULUMI, str(error))  # noqa: PT017  (which ones there may be is the point)
        return
    wanted = {said(rule, example)}
    if rule.judges_secrecy and Outcome.PASSED in wanted:
        wanted.add(Outcome.UNDECIDED)  # Terraform has no secrets in a program, and what Checkov masks is none
    assert said_of(terraform.report(), rule, example) in wanted, terraform.text


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_what_a_report_leaves_out_never_turns_a_verdict_around(rule: Rule, example: Example) -> None:
    try:
        reports = [terraform_of(example).report(), plan_of(example)]
    except CannotExpressError:
        return
    for record in reports[0]["results"]["passed_checks"]:
        record["code_block"].pop()  # the closing brace: nothing of the block can be trusted
    for report in reports:
        assert said_of(report, rule, example) in {said(rule, example), Outcome.UNDECIDED}


def test_every_rule_has_an_example_that_terraform_can_express() -> None:
    expressed = set()
    for rule, example in (parameter.values for parameter in EXAMPLES):
        assert not isinstance(rule, str)
        try:
            terraform_of(example)  # type: ignore[arg-type]
        except CannotExpressError:
            continue
        expressed.add(rule.id)  # type: ignore[attr-defined]
    assert set(builtin_rules()) - expressed == set()
