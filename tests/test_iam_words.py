"""What a reader is told of ways to more rights."""

from __future__ import annotations

import json

from tests.command import resource, stackproof, state
from tests.test_pulumi_preview import UNKNOWN

RULE = "iam-principal-cannot-become-administrator"


def message(policy: str) -> str:
    """Return what is told of a user with this policy, beside a role for functions that may do everything."""
    trust = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    given = state(
        resource("aws:iam/role:Role", "root", inputs={"name": "root", "assumeRolePolicy": json.dumps(trust)}),
        resource("aws:iam/rolePolicy:RolePolicy", "all", inputs={"role": "root", "policy": json.dumps(everything)}),
        resource("aws:iam/user:User", "dev", inputs={"name": "dev"}),
        resource("aws:iam/userPolicy:UserPolicy", "build", inputs={"user": "dev", "policy": policy}),
    )
    ran = stackproof("scan", "-", "--rule", RULE, "-f", "json", "--show", "failed,undecided", given=given)
    (told,) = [result["message"] for result in ran.report["results"] if result["name"] == "dev"]
    assert isinstance(told, str)
    return told


def test_a_role_that_is_passed_is_named_once_and_in_its_arn() -> None:
    actions = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]
    told = message(json.dumps({"Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}}))
    assert "(pf-lambda-001) it acts as role root, for it is allowed iam:PassRole on arn:aws:iam::" in told
    assert told.count("role root") == 1


def test_what_is_undecided_for_many_reasons_begins_with_them() -> None:
    assert message(UNKNOWN).startswith("not all policies are known: ")
