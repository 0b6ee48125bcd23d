"""Identity policies within a policy that the user gives as the most that anyone may hold."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import (
    GROUP_POLICY,
    PERMISSION_SET_POLICY,
    ROLE,
    ROLE_POLICY,
    allow,
    statement_of,
)
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue, told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.access import Effective
    from policies.iam_analysis.model import Document, Statement
    from policies.resource import Resource


RULE = "iam-policy-within-reference"


class ReferencePolicy(NamedTuple):
    """What identity policies must stay within."""

    reference: Annotated[
        dict[str, object] | str,
        "A policy document, as an object or as JSON text, that allows all that identity policies may allow. Without "
        "one nothing is judged. A file is named by the key reference-policy of the configuration.",
    ] = ""


_WITHIN_S3 = ReferencePolicy({
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "logs:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::archive/*"},
    ],
})  # fmt: skip
_IN_EUROPE = ReferencePolicy(
    json.dumps(
        {
            "Statement": statement_of(
                "*", "*", Condition={"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}
            )
        }
    )
)


def _judged(inputs: dict[str, object], reference: ReferencePolicy = _WITHIN_S3, type_: str = "") -> Example:
    return Example(inputs, type_, parameters=reference)


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="IAM Access Analyzer custom policy checks: CheckNoNewAccess",
    severity=Severity.HIGH,
    remedy="Take away what the reference policy does not allow, or widen the reference policy.",
    controls=(NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"]),
    parameters=ReferencePolicy,
    passes=(
        allow("*", "*"),
        {"policy": UNKNOWN},
        _judged(allow("s3:GetObject", "*")),
        _judged(allow("s3:*", "arn:aws:s3:::reports/*")),
        _judged({"policy": json.dumps({"Statement": statement_of("LOGS:Put*", "*")})}, type_=ROLE_POLICY),
        _judged({"policy": {"Statement": [
            statement_of("s3:*", "*"), statement_of("*", "arn:aws:s3:::archive/*", Effect="Deny")
        ]}}, type_=GROUP_POLICY),
        _judged(allow("iam:*", UNKNOWN, Effect="Deny")),
        _judged(allow("s3:GetObject", UNKNOWN)),
        _judged({"assumeRolePolicy": "{}"}, type_=ROLE),
        _judged(allow("ec2:*", "*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}), _IN_EUROPE),
    ),
    fails=(
        _judged(allow("*", "*")),
        _judged(allow("s3:*", "*")),
        _judged(allow("s3:DeleteObject", "arn:aws:s3:::*/*")),
        _judged({"policy": {"Statement": [statement_of(UNKNOWN, "*"), statement_of("ec2:RunInstances", "*")]}}),
        _judged({"inlinePolicy": json.dumps({"Statement": statement_of("ec2:*", "*")})}, type_=PERMISSION_SET_POLICY),
        _judged({"inlinePolicies": [
            {"policy": json.dumps({"Statement": statement_of("s3:Get*", "*")})},
            {"policy": json.dumps({"Statement": statement_of("ec2:RunInstances", "*")})},
        ]}, type_=ROLE),
        _judged(allow("ec2:*", "*"), _IN_EUROPE),
        _judged(allow("ec2:*", "*", Condition={"StringLike": {"aws:RequestedRegion": "eu-*"}}), _IN_EUROPE),
        _judged(
            {"policy": {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}},
            ReferencePolicy({"Statement": {"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}}),
        ),
    ),
    undecided=(
        _judged({"policy": UNKNOWN}),
        _judged(allow(UNKNOWN, "*")),
        _judged({"policy": {"Statement": [UNKNOWN, statement_of("ec2:RunInstances", "*")]}}),
        _judged(allow("s3:DeleteObject", UNKNOWN)),
        _judged(allow("ec2:*", "*", Condition=UNKNOWN), _IN_EUROPE),
        _judged({"inlinePolicies": UNKNOWN}, type_=ROLE),
        _judged(allow("s3:GetObject", "*"), ReferencePolicy("no JSON")),
        _judged(allow("s3:GetObject", "*"), ReferencePolicy({"Statement": {"Effect": "Allow"}})),
    ),
)  # fmt: skip
def iam_policy_within_reference(policy: Resource, parameters: ReferencePolicy) -> Iterator[Violation]:
    """Identity policies allow nothing that a reference policy does not.

    The reference is the most that anybody should hold: a change that goes past it is seen before it is made. It is
    compared as a whole, wildcards, conditions and Deny included; the message names a request that only this policy allows.
    """
    if not parameters.reference:
        return
    from policies.iam_analysis.access import Effective, Verdict, wider  # noqa: PLC0415  (late: only where a reference is given)
    from policies.iam_analysis.witness import described, replayed  # noqa: PLC0415

    given = parameters.reference
    reference = _reference(given if isinstance(given, str) else json.dumps(given))
    unknown: list[str] = list(reference.holes)
    for document in _documents(policy, unknown):
        access = Effective([document])
        answer = wider(access, reference)
        if answer.verdict is Verdict.UNKNOWN:
            unknown += answer.why
        elif answer.witness:
            added = access.least.beyond(reference.most)
            witness = replayed(added.search, added.formula, answer.witness)
            yield Violation(
                f"allows {described(witness)}, which the reference policy does not", at=_place(witness.statements, policy)
            )
    if unknown:
        raise UnknownValue(Reason.COMPUTED, "", f"not all is known: {'; '.join(dict.fromkeys(unknown))}"[:500])


def problem(text: str) -> str:
    """Return what keeps a text from being a reference policy, with its place; empty where it is one."""
    holes = _reference(text).holes
    return f"not a policy document: {holes[0]}" if holes else ""


@lru_cache(maxsize=16)
def _reference(text: str) -> Effective:
    from policies.iam_analysis.access import Effective  # noqa: PLC0415
    from policies.iam_analysis.model import document_of  # noqa: PLC0415

    return Effective([document_of(text, place="reference")])


def _documents(policy: Resource, unknown: list[str]) -> Iterator[Document]:
    """Yield the documents that a resource gives to an identity; what cannot be read is added to `unknown`."""
    from policies.iam_analysis.model import read_document  # noqa: PLC0415

    if policy.type != ROLE:
        yield read_document(policy, "inlinePolicy" if policy.type == PERMISSION_SET_POLICY else "policy", policy.urn)
        return
    try:
        for block in policy.each("inlinePolicies"):
            yield read_document(block, "policy", policy.urn)
    except UnknownValue as error:
        unknown.append(told_by(error))


def _place(statements: tuple[Statement, ...], policy: Resource) -> str:
    """Return where the statement stands that allows too much."""
    return next((one.at for one in statements if one.effect == "Allow" and one.source == policy.urn), "")
