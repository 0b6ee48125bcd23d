"""Who can become what in Terraform, by a report that Checkov has made of `iam_terraform/main.tf`.

    checkov -d tests/iam_terraform -o json --skip-download --framework terraform --check CKV_AWS_40,CKV_AWS_41,CKV_AWS_49,\
        CKV_AWS_62,CKV_AWS_273,CKV_AWS_274,CKV2_AWS_21 | sed "s|$PWD/|/src/|g" | jq -c . > tests/iam_terraform/report.json
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from policies.catalog import builtin_rules
from policies.evaluate import Outcome, judge
from policies.examples import stack_of
from policies.rule import Example, Reference
from policies.unknown import UNKNOWN
from scanners.sources import checkov_report

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT = Path(__file__).parent / "iam_terraform" / "report.json"
RULE = "iam-principal-cannot-become-administrator"
FAILED, PASSED, UNDECIDED = Outcome.FAILED, Outcome.PASSED, Outcome.UNDECIDED
SAID = {
    "aws_iam_user.releases": FAILED,  # passes the role of an administrator to a function
    "aws_iam_user.images": PASSED,  # another role
    "aws_iam_user.partner": UNDECIDED,  # var.role_arn
    'aws_iam_user.team["anna"]': FAILED,  # by a data source, with the account of the caller
    'aws_iam_user.team["ben"]': FAILED,
    "aws_iam_user.trainee": PASSED,  # the same, and a denial
    "aws_iam_user.clerk": FAILED,  # by a group that Checkov does not list
    "aws_iam_user.owner": PASSED,  # is one
    "aws_iam_user.oncall": FAILED,  # a trust policy names it
    "aws_iam_user.visitor": PASSED,  # and not this one
}


def content() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(REPORT.read_text())
    return found


def users(report: dict[str, Any], rule: str = RULE) -> dict[str, Outcome]:
    """Return what a rule says of the users in a report."""
    (source,) = checkov_report.read("report.json", report)
    found = {}
    for resource in source.stack.of("aws:iam/user:User"):
        findings = judge(builtin_rules()[rule], resource, source.stack, None)
        found[resource.name] = findings[0].outcome if findings else PASSED
    return found


def records(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [record for name in ("passed_checks", "failed_checks") for record in report["results"][name]]


def test_what_is_certain_is_said_and_what_is_not_stays_open() -> None:
    assert users(content()) == SAID


def test_the_message_names_the_role_and_the_way() -> None:
    (source,) = checkov_report.read("report.json", content())
    releases = next(resource for resource in source.stack.resources if resource.name == "aws_iam_user.releases")
    (finding,) = judge(builtin_rules()[RULE], releases, source.stack, None)
    assert "it acts as role aws_iam_role.administration" in finding.message
    assert "iam:PassRole on arn:aws:iam::111122223333:role/functions/administration" in finding.message
    assert "approximate" not in finding.message


def cut(report: dict[str, Any], resource: str) -> None:
    for record in records(report):
        if record["resource"] == resource:
            record["code_block"].pop()


@pytest.mark.parametrize("resource", sorted({record["resource"] for record in records(content())}))
def test_code_that_is_not_whole_never_turns_an_answer_around(resource: str) -> None:
    report = content()
    cut(report, resource)
    for name, outcome in users(report).items():
        assert outcome in {SAID[name], UNDECIDED}, name


def of_one_check(report: dict[str, Any]) -> None:
    for name in ("passed_checks", "failed_checks"):
        report["results"][name] = [found for found in report["results"][name] if found["check_id"] == "CKV_AWS_273"]
    report["summary"]["passed"] = len(report["results"]["passed_checks"])


def without_what_passed(report: dict[str, Any]) -> None:
    report["results"]["passed_checks"] = []


def without_a_summary(report: dict[str, Any]) -> None:
    del report["summary"]


def with_a_module_from_elsewhere(report: dict[str, Any]) -> None:
    block = [[1, 'module "users" {\n'], [2, '  source = "example/users/aws"\n'], [3, "}\n"]]
    record = {**records(report)[0], "check_id": "CKV_TF_1", "resource": "users", "code_block": block}
    report["results"]["failed_checks"].append(record)


@pytest.mark.parametrize("change", [of_one_check, without_what_passed, without_a_summary, with_a_module_from_elsewhere])
def test_a_report_that_may_leave_policies_out_decides_nothing(change: Callable[[dict[str, Any]], None]) -> None:
    report = content()
    change(report)
    assert PASSED not in set(users(report).values())
    assert FAILED not in set(users(report).values())


def test_a_resource_that_nobody_accounts_for_may_put_users_into_groups() -> None:
    report = content()
    report["summary"]["resource_count"] += 1
    found = users(report)
    assert found["aws_iam_user.releases"] is FAILED
    assert found["aws_iam_user.visitor"] is UNDECIDED  # the staff may make keys for an administrator


def address(code: str) -> str:
    type_, *labels = re.findall(r'(?:^|")(\w+)', code.strip().partition("{")[0])
    alias = re.search(r'alias = "(\w+)"', code)
    return f"aws.{alias[1] if alias else 'default'}" if type_ == "provider" else ".".join(labels)


def statements(*blocks: str) -> list[Any]:
    """Return the statements of the policy `p` of some Terraform blocks."""
    shown = [
        {
            "check_id": "CKV_AWS_62",
            "resource": address(code),
            "file_path": "/main.tf",
            "file_line_range": [1, 9],
            "code_block": [[number, f"{line}\n"] for number, line in enumerate(dedent(code).strip("\n").split("\n"), 1)],
        }
        for code in blocks
    ]
    (source,) = checkov_report.read("report.json", {"check_type": "terraform", "results": {"passed_checks": shown}})
    policy = next(resource for resource in source.stack.resources if resource.name == "aws_iam_policy.p")
    document = policy.value("policy")
    found = document["Statement"] if isinstance(document, dict) else document
    return found if isinstance(found, list) else [found]


def data(name: str, inside: str) -> str:
    return f'data "aws_iam_policy_document" "{name}" {{\n{dedent(inside)}\n}}'


def allowing(action: str, sid: str = "") -> str:
    return f'statement {{\n  sid = "{sid}"\n  actions = ["{action}"]\n  resources = ["*"]\n}}'


POLICY = 'resource "aws_iam_policy" "p" {\n  name = "p"\n  policy = data.aws_iam_policy_document.p.json\n}'


def test_a_statement_of_a_data_source_replaces_one_with_its_sid() -> None:
    base = data("base", allowing("s3:*", "Data") + "\n" + allowing("ec2:*"))
    mine = data("p", "source_policy_documents = [data.aws_iam_policy_document.base.json]\n" + allowing("s3:GetObject", "Data"))
    assert [found["Action"] for found in statements(POLICY, base, mine)] == [["s3:GetObject"], ["ec2:*"]]


def test_overrides_that_are_not_known_may_replace_every_statement() -> None:
    mine = data("p", "override_policy_documents = [var.more]\n" + allowing("s3:*", "Data"))
    (found,) = statements(POLICY, mine)
    assert isinstance(found, type(UNKNOWN))


def test_conditions_principals_and_variables_of_a_data_source() -> None:
    mine = data(
        "p",
        """
        statement {
          effect        = "Deny"
          not_actions   = ["iam:Get*"]
          not_resources = ["arn:aws:iam::*:user/&{aws:username}"]
          not_principals {
            type        = "AWS"
            identifiers = ["arn:aws:iam::111122223333:root"]
          }
          condition {
            test     = "StringEquals"
            variable = "aws:PrincipalTag/team"
            values   = ["web", "data"]
          }
        }
    """,
    )
    assert statements(POLICY, mine) == [{
        "Effect": "Deny",
        "NotAction": ["iam:Get*"],
        "NotResource": ["arn:aws:iam::*:user/${aws:username}"],
        "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root"]},
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["web", "data"]}},
    }]  # fmt: skip


ROLE = 'resource "aws_iam_role" "app" {\n  name = "app"\n}'
NAMES_IT = """
    resource "aws_iam_policy" "p" {
      policy = jsonencode({ Statement = { Effect = "Allow", Action = "*", Resource = aws_iam_role.app.arn } })
    }
"""


def pattern_of(statement: dict[str, Any]) -> str:
    return getattr(statement["Resource"], "pattern", "")


def test_an_arn_of_the_report_is_known_but_for_its_account() -> None:
    (found,) = statements(NAMES_IT, ROLE)
    assert pattern_of(found) == "arn:aws:iam::????????????:role/app"


@pytest.mark.parametrize("role", [ROLE.replace('name = "app"', "name = var.name"), ROLE.replace('name = "app"', "")])
def test_an_arn_without_a_known_name_is_not_known(role: str) -> None:
    (found,) = statements(NAMES_IT, role)
    assert pattern_of(found) == ""


def test_an_arn_is_not_known_where_there_may_be_several_accounts() -> None:
    other = 'provider "aws" {\n  alias = "other"\n  assume_role {\n    role_arn = var.role\n  }\n}'
    (found,) = statements(NAMES_IT, ROLE, 'provider "aws" {\n}', other)
    assert pattern_of(found) == ""


USER, ROLE_TYPE = "aws:iam/user:User", "aws:iam/role:Role"
USER_POLICY, ROLE_POLICY = "aws:iam/userPolicy:UserPolicy", "aws:iam/rolePolicy:RolePolicy"


def policy(actions: object, effect: str = "Allow") -> dict[str, object]:
    return {"policy": {"Statement": {"Effect": effect, "Action": actions, "Resource": "*"}}}


def administrator(**trusted: object) -> tuple[Example, ...]:
    trust = {"Statement": {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}}
    return (
        Example({"name": "admin", "assumeRolePolicy": trust}, ROLE_TYPE, "admin"),
        Example({"role": Reference("admin", "name"), **policy("*")}, ROLE_POLICY, "all"),
    )


def of_dev(actions: object, effect: str = "Allow") -> Example:
    return Example({"user": Reference("dev", "name"), **policy(actions, effect)}, USER_POLICY, f"{effect} to dev")


def said(*others: Example) -> Outcome:
    """Return what is said of the user dev at a preview."""
    stack, dev = stack_of(Example({"name": "dev"}, USER, "dev", related=others), references_known=False)
    findings = judge(builtin_rules()[RULE], dev, stack, None)
    return findings[0].outcome if findings else PASSED


DEV = "arn:aws:iam::????????????:user/dev"


@pytest.mark.parametrize(
    ("outcome", "others"),
    [
        (FAILED, administrator(AWS=DEV)),
        (PASSED, (*administrator(AWS=DEV), of_dev("sts:*", "Deny"))),
        (UNDECIDED, (*administrator(AWS=DEV), of_dev(UNKNOWN, "Deny"))),
        (UNDECIDED, administrator(AWS=UNKNOWN)),
        (PASSED, administrator(Federated=UNKNOWN)),
        (PASSED, administrator(AWS="arn:aws:iam::111122223333:root")),
        (UNDECIDED, (*administrator(AWS="arn:aws:iam::111122223333:root"), of_dev("sts:AssumeRole"))),  # is that its account?
    ],
)
def test_a_trust_policy_that_names_a_user_needs_no_other(outcome: Outcome, others: tuple[Example, ...]) -> None:
    assert said(*others) is outcome


def function(role: object) -> Example:
    return Example({"name": "job", "role": role}, "aws:lambda/function:Function", "job")


@pytest.mark.parametrize(
    ("outcome", "role"),
    [(FAILED, Reference("admin", "arn")), (UNDECIDED, UNKNOWN), (PASSED, "arn:aws:iam::111122223333:role/other")],
)
def test_a_role_that_nobody_knows_may_be_any(outcome: Outcome, role: object) -> None:
    assert said(*administrator(Service="lambda.amazonaws.com"), function(role), of_dev("lambda:UpdateFunctionCode")) is outcome
