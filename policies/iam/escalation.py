"""Principals that can get more rights than their policies say, by all policies of the stack together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import ROLE, ROLE_POLICY, USER_POLICY
from policies.iam_analysis.locations import GROUP, PERMISSION_SET, USER
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.chains import Chain, Chains
    from policies.resource import Resource
    from policies.stack import Stack

PRINCIPALS = (ROLE, USER, GROUP, PERMISSION_SET)
_CONTROLS = (
    NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], NIST_800_53["AC-5"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"],
)  # fmt: skip


def _chains(stack: Stack) -> Chains:
    from policies.iam_analysis.chains import chains_of  # noqa: PLC0415  (late: not for a stack without principals)

    return chains_of(stack)


def _violation(chain: Chain, chains: Chains, becomes: str) -> Violation:
    from policies.iam_analysis.chain_words import told  # noqa: PLC0415

    return Violation(f"{becomes}: {told(chain, chains)}", at=_place(chain))


def _place(chain: Chain) -> str:
    """Return where the statement to change stands, if the principal holds it itself."""
    return chain.cut.at if chain.cut and chain.cut.source == chain.actor else ""


def _undecided(chain: Chain) -> UnknownValue:
    why = [text for way in chain.ways for text in way.why] or ["what another principal may do"]
    return UnknownValue(Reason.COMPUTED, "", f"not all policies are known: {'; '.join(dict.fromkeys(why))}"[:500])


def _trust(**principal: object) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}})


def _allowing(actions: object, resources: object = "*", **elements: object) -> dict[str, object]:
    return {"policy": {"Statement": {"Effect": "Allow", "Action": actions, "Resource": resources, **elements}}}


def _with(actions: object, resources: object = "*", *related: Example, **elements: object) -> Example:
    """Return a role with a policy."""
    inline = Example({"role": Reference("app", "name"), **_allowing(actions, resources, **elements)}, ROLE_POLICY, "app-policy")
    return Example({"name": "app", "assumeRolePolicy": _LAMBDA}, ROLE, "app", related=(inline, *related))


_ARN = "arn:aws:iam::111122223333:role/"
_LAMBDA = _trust(Service="lambda.amazonaws.com")
_ADMINISTRATOR = (
    Example({"name": "admin", "assumeRolePolicy": _LAMBDA}, ROLE, "admin"),
    Example({"role": Reference("admin", "name"), **_allowing("*")}, ROLE_POLICY, "admin-policy"),
)
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@rule(
    applies_to=PRINCIPALS,
    topic="Privilege escalation: permissions that let a principal raise its own permissions",
    severity=Severity.HIGH,
    remedy="Name the resources in the statement that the message names, or take its actions away; `stackproof iam can` lists all.",
    controls=(*_CONTROLS, CIS_AWS_5["1.15"], FSBP["IAM.1"]),
    checkov=("CKV_AWS_110", "CKV_AWS_286"),
    passes=(
        _with(["s3:GetObject", "lambda:CreateFunction"]),
        _with("iam:PutRolePolicy", f"{_ARN}other", *_ADMINISTRATOR),
        _with(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], f"{_ARN}harmless", *_ADMINISTRATOR),
        _with(
            ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*", *_ADMINISTRATOR,
            Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        Example(
            {"name": "fenced", "permissionsBoundary": Reference("fence", "arn")}, USER, "fenced",
            related=(
                Example({"user": Reference("fenced", "name"), **_allowing("iam:*Policy")}, USER_POLICY, "all"),
                Example({"name": "fence", **_allowing("s3:*")}, "aws:iam/policy:Policy", "fence"),
            ),
        ),
        Example({"name": "admin"}, USER, "admin", related=(
            Example({"user": Reference("admin", "name"), **_allowing("*")}, USER_POLICY, "all"),
        )),
    ),
    fails=(
        _with("iam:PutRolePolicy", "*"),
        _with(["iam:AttachRole*"], f"{_ARN}*", Condition=_MFA)._replace(provider={"allowedAccountIds": ["111122223333"]}),
        _with(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*", *_ADMINISTRATOR),
        _with("iam:UpdateAssumeRolePolicy", "*", *_ADMINISTRATOR),
        Example({"name": "dev"}, USER, "dev", related=(
            Example({"user": Reference("dev", "name"), **_allowing(["iam:CreateAccessKey", UNKNOWN])}, USER_POLICY, "keys"),
            Example({"name": "root"}, USER, "root"),
            Example({"user": Reference("root", "name"), **_allowing("*")}, USER_POLICY, "all"),
        )),
    ),
    undecided=(
        _with(UNKNOWN),
        _with("iam:PutRolePolicy", UNKNOWN),
    ),
)  # fmt: skip
def iam_principal_cannot_become_administrator(principal: Resource, stack: Stack) -> Iterator[Violation]:
    """No principal can make itself an administrator, alone or through others.

    Some permissions give their holder those of another principal: passing a role to a function, writing a policy, making a
    key for another user. All policies of the stack are taken together, with boundaries, Deny and conditions, and a way
    counts only if its target is there. Those who are administrators anyway are judged by other rules.
    """
    chains = _chains(stack)
    chain = chains.of(principal.urn)
    if chain is None or chain.rank:
        return
    if not chain.is_sure:
        raise _undecided(chain)
    yield _violation(chain, chains, f"becomes an administrator in {len(chain.ways)} step{'s'[: len(chain.ways) > 1]}")
