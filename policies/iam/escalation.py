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
    from policies.iam_analysis.chain_words import steps, told  # noqa: PLC0415

    return Violation(f"{becomes}: {told(chain, chains)}", at=_place(chain), chain=steps(chain, chains))


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


def _denied(actions: str) -> Example:
    """Return a policy that takes actions away from that role."""
    return Example({"role": Reference("app", "name"), **_allowing(actions, Effect="Deny")}, ROLE_POLICY, "denied")


_ARN = "arn:aws:iam::111122223333:role/"
_LAMBDA = _trust(Service="lambda.amazonaws.com")
_ADMINISTRATOR = (
    Example({"name": "admin", "assumeRolePolicy": _LAMBDA}, ROLE, "admin"),
    Example({"role": Reference("admin", "name"), **_allowing("*")}, ROLE_POLICY, "admin-policy"),
)
_REMEDY = (
    "Name other resources in the statement that the message names, or take its actions away; `stackproof iam can` shows all."
)
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@rule(
    applies_to=PRINCIPALS,
    topic="Privilege escalation: permissions that let a principal raise its own permissions",
    severity=Severity.HIGH,
    remedy=_REMEDY,
    controls=(*_CONTROLS, CIS_AWS_5["1.15"], FSBP["IAM.1"]),
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
        _with(["iam:AttachRole*"], "*", Condition=_MFA),
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
    steps = f"{len(chain.ways)} step{'s' if len(chain.ways) > 1 else ''}"
    yield _violation(chain, chains, f"becomes an administrator in {steps}")


@rule(
    applies_to=PRINCIPALS,
    topic="Privilege escalation: permissions that let a principal raise its own permissions",
    severity=Severity.MEDIUM,
    remedy=_REMEDY,
    controls=_CONTROLS,
    passes=(
        _with(["lambda:Get*", "lambda:InvokeFunction"]),
        _with("iam:PutRolePolicy", f"{_ARN}other"),
        _with(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], f"{_ARN}app-*"),
        _with("sts:AssumeRole", "*"),
    ),
    fails=(
        _with(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
        _with("iam:UpdateAssumeRolePolicy", "arn:aws:iam::*:role/*"),
        _with("iam:CreateAccessKey"),
        _with("sso:CreateAccountAssignment"),
    ),
    undecided=(_with(UNKNOWN), _with("iam:CreateAccessKey", UNKNOWN)),
)  # fmt: skip
def iam_principal_grants_reach_no_unknown_targets(principal: Resource, stack: Stack) -> Iterator[Violation]:
    """No principal may act on any role, user or workload in a way that gives it their rights.

    With these permissions on every role, the principal becomes whatever the most powerful role of the account is. That role
    may not be in this stack, so nobody can tell how far it leads. Ways that only this tool describes are told here too.
    """
    chains = _chains(stack)
    chain = chains.of(principal.urn)
    if chain and not chain.rank:
        if not chain.is_sure:
            raise _undecided(chain)
        return  # told by the rule above
    chain = chain or chains.outside(principal.urn)
    if chain is None:
        return
    if not chain.is_sure:
        raise _undecided(chain)
    yield _violation(chain, chains, "may gain the rights of others")


@rule(
    applies_to=PRINCIPALS,
    topic="Privilege escalation: permissions that let a principal raise its own permissions",
    severity=Severity.MEDIUM,
    remedy=_REMEDY,
    controls=_CONTROLS,
    passes=(
        _with(["s3:GetObject", "lambda:UpdateFunctionCode"]),
        _with("iam:PutRolePolicy"),
    ),
    fails=(
        _with(
            "lambda:UpdateFunctionCode", "*",
            Example({"name": "reader", "assumeRolePolicy": _LAMBDA}, ROLE, "reader"),
            Example({"role": Reference("reader", "name"), **_allowing("s3:GetObject")}, ROLE_POLICY, "reads"),
            Example({"name": "job", "role": Reference("reader", "arn")}, "aws:lambda/function:Function", "job"),
        ),
    ),
    undecided=(_with(UNKNOWN),),
)  # fmt: skip
def iam_principal_gains_no_further_rights(principal: Resource, stack: Stack) -> Iterator[Violation]:
    """No principal can act as another one of the stack that may do what it may not.

    Deployment roles often do so on purpose; then exempt them. For others it is a way around their own policy.
    """
    chains = _chains(stack)
    chain = chains.of(principal.urn)
    if chain and not chain.is_sure:
        raise _undecided(chain)
    found = chains.more(principal.urn)
    if found is None:
        return
    if not found.is_sure:
        raise _undecided(found)
    yield _violation(found, chains, "gains rights that it does not have")


@rule(
    applies_to=PRINCIPALS,
    topic="AWS managed policies for job functions",
    severity=Severity.HIGH,
    remedy="Take iam:* away from all but the one role that administers the account, or set a permissions boundary.",
    controls=(*_CONTROLS, CIS_AWS_5["1.15"], FSBP["IAM.1"]),
    passes=(
        _with(["s3:*", "iam:Get*"]),
        _with("*", "*", _denied("iam:*")),
        Example({"name": "fenced", "permissionsBoundary": Reference("fence", "arn")}, USER, "fenced", related=(
            Example({"user": Reference("fenced", "name"), **_allowing("*")}, USER_POLICY, "all"),
            Example({"name": "fence", **_allowing("s3:*")}, "aws:iam/policy:Policy", "fence"),
        )),
    ),
    fails=(
        _with("*"),
        _with(["i*:*"], "*", Condition=_MFA),
        _with("*", "*", _denied("s3:*")),
        Example({"name": "ops"}, USER, "ops", related=(
            Example({"user": Reference("ops", "name"), "policyArn": "arn:aws:iam::aws:policy/IAMFullAccess"},
                "aws:iam/userPolicyAttachment:UserPolicyAttachment", "attached"),
        )),
        Example({"name": "staff"}, GROUP, "staff", related=(
            Example({"group": Reference("staff", "name"), "policy": {"Statement": {
                "Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}}, "aws:iam/groupPolicy:GroupPolicy", "most"),
        )),
    ),
    undecided=(_with(UNKNOWN), _with("iam:*", UNKNOWN)),
)  # fmt: skip
def iam_principal_not_administrator(principal: Resource, stack: Stack) -> Iterator[Violation]:
    """No principal may do all of IAM, by all of its policies together.

    Whoever may do all of IAM may give itself everything else. This counts NotAction and several policies that add up,
    and leaves out what a Deny or a permissions boundary takes away. Exempt the role that administers the account.
    """
    actor = _chains(stack).actors.get(principal.urn)
    if actor is None:
        return
    if actor.administrator == "unknown":
        raise UnknownValue(Reason.COMPUTED, "", "; ".join(("not all policies are known", *actor.access.holes))[:500])
    if actor.is_administrator:
        yield Violation("may do iam:* on every resource")


_USES = ["kms:Decrypt", "kms:GenerateDataKey"]


@rule(
    applies_to=PRINCIPALS,
    topic="Actions, resources, and condition keys for AWS Key Management Service",
    severity=Severity.MEDIUM,
    remedy="Name the keys in Resource, or limit grants by kms:GrantIsForAWSResource.",
    controls=_CONTROLS,
    passes=(
        _with(_USES),
        _with("kms:PutKeyPolicy", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        _with("kms:CreateGrant", "*", _denied("kms:*")),
    ),
    fails=(_with("kms:PutKeyPolicy"), _with([*_USES, "kms:Create*"], "arn:aws:kms:*:*:key/*")),
    undecided=(_with(UNKNOWN), _with("kms:PutKeyPolicy", UNKNOWN)),
)  # fmt: skip
def iam_principal_opens_no_keys(principal: Resource, stack: Stack) -> Iterator[Violation]:
    """No principal may open every KMS key to others.

    A key policy and a grant decide who may decrypt what stands under a key. Whoever may write them for every key can read all
    that is encrypted, or lock the owners out. Administrators are judged by other rules.
    """
    chains = _chains(stack)
    found = chains.keys(principal.urn)
    if found is None:
        return
    if not found.is_sure:
        raise _undecided(found)
    yield _violation(found, chains, "opens keys to others")
