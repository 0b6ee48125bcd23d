"""What the examples of the rules on identity policies do not say: AWS's own policies, messages, one reading of each text."""

from __future__ import annotations

import json

import pytest

from policies.catalog import builtin_rules
from policies.evaluate import Finding, Outcome, judge
from policies.iam_analysis.document_names import misfit_conditions, unknown_actions, unknown_keys
from policies.iam_analysis.document_places import PLACES
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES, policies
from policies.iam_analysis.model import document_of
from policies.iam_catalogue.managed import managed_policies, managed_policy
from policies.provider import has_property
from policies.resource import Resource

POLICY = "aws:iam/policy:Policy"


def findings(rule_id: str, document: object, type_: str = POLICY, name: str = "policy") -> list[Finding]:
    rule = builtin_rules()[rule_id]
    resource = Resource(f"urn:pulumi:dev::shop::{type_}::one", type_, "one", {name: document})
    return judge(rule, resource, None, rule.parameters() if rule.parameters else None)


def failed(rule_id: str, document: object) -> bool:
    return any(finding.outcome is Outcome.FAILED for finding in findings(rule_id, document))


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("AdministratorAccess", {"iam-policy-not-full-admin", "iam-policy-not-full-iam", "iam-policy-not-full-kms"}),
        ("IAMFullAccess", {"iam-policy-not-full-iam"}),
        ("PowerUserAccess", {"iam-policy-not-full-kms"}),
        ("ReadOnlyAccess", set()),
        ("SecurityAudit", set()),
    ],
)
def test_policies_of_aws_are_judged_by_what_they_grant(name: str, rules: set[str]) -> None:
    judged = ("iam-policy-not-full-admin", "iam-policy-not-full-iam", "iam-policy-not-full-kms")
    assert {rule for rule in judged if failed(rule, managed_policy(name))} == rules


def test_policies_of_aws_have_few_names_that_aws_does_not_have() -> None:
    documents = {policy.name: document_of(policy.document) for policy in managed_policies()}
    unexplained = {
        name
        for name, document in documents.items()
        if any("retired" not in misfit.what for misfit in unknown_actions(document)) or unknown_keys(document)
    }
    assert len(unexplained) < len(documents) / 200
    assert not [name for name, document in documents.items() if misfit_conditions(document)]


def test_a_message_names_a_request_that_is_allowed() -> None:
    (finding,) = findings(
        "iam-policy-pass-role-names-roles",
        {
            "Statement": [
                {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::444455556666:*"},
                {
                    "Effect": "Deny",
                    "Action": "iam:PassRole",
                    "Resource": "*",
                    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
                },
            ]
        },
    )
    assert finding.path == "policy.Statement[0]"
    assert "iam:PassRole" in finding.message
    assert "arn:aws:iam::444455556666:role/" in finding.message
    assert "no aws:multifactorauthpresent" in finding.message


def test_a_message_does_not_quote_the_values_of_conditions() -> None:
    document = {
        "Statement": [
            {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"StringLike": {"aws:Referer": "s3cr3t*"}}},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"sts:ExternalId": "s3cr3t"}}},
        ]
    }
    for rule in ("iam-policy-not-full-iam", "iam-policy-pass-role-names-roles", "iam-policy-without-privilege-escalation"):
        (finding,) = findings(rule, document)
        assert finding.outcome is Outcome.FAILED
        assert "s3cr3t" not in finding.message


def test_documents_with_the_same_text_are_read_once() -> None:
    text = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    one, other = (Resource(f"urn:{name}", POLICY, name, {"policy": text}) for name in ("one", "other"))
    assert next(policies(one)) is next(policies(other))


@pytest.mark.parametrize("type_", sorted({*IDENTITY_POLICIES, *PLACES}))
def test_the_places_of_documents_are_properties_of_the_provider(type_: str) -> None:
    from policies.iam_analysis.document_places import places  # noqa: PLC0415

    resource = Resource("urn:x", type_, "x", {})
    found = [place.path.partition(".")[0] for place in places(resource)]
    assert found
    assert all(has_property(type_, name) for name in found)


ODD = ("[]", "1", '"text"', "null", '{"Statement": 1}', '{"Statement": [[]]}', '{"Statement": {"Effect": [], "Action": {}}}')


@pytest.mark.parametrize("text", [*ODD, "{" * 900])
def test_no_text_breaks_a_rule(text: str) -> None:
    for rule in builtin_rules().values():
        if POLICY in rule.applies_to and rule.scope == "resource":
            resource = Resource("urn:x", POLICY, "x", {"policy": text})
            found = judge(rule, resource, None, rule.parameters() if rule.parameters else None)
            assert Outcome.BROKEN not in {finding.outcome for finding in found}, (rule.id, found)
