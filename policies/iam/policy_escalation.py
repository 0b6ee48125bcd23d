"""Policies that by themselves let their holder get more rights."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import CIS_AWS_5, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import allow, statement_of, with_deny
from policies.iam_analysis.access import NO, Answer, Verdict
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES, policies
from policies.iam_analysis.permissions import told, undecided
from policies.iam_analysis.unnamed_resources import unnamed
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.identity_grants import Policy
    from policies.iam_analysis.search import Witness
    from policies.iam_catalogue.escalation_paths import Path

_FENCED = (
    "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary", "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary", "iam:DetachRolePolicy", "iam:DetachUserPolicy", "iam:DeleteRolePolicy",
    "iam:DeleteUserPolicy", "iam:TagRole", "iam:TagUser",
)  # fmt: skip
"""Actions that only give more rights to whom a boundary, a Deny or a tag keeps back: the policy alone does not say so."""

_SHOWN = 3
_PASSES_APP = statement_of("iam:PassRole", "arn:aws:iam::111122223333:role/app-*")
_PASSES_TO_TASKS = statement_of("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}})
_WITHOUT_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}


class Escalation(NamedTuple):
    """Which ways to more rights are judged."""

    ignored_ways: Annotated[
        tuple[str, ...], "Ways that are accepted, by their actions, such as iam:PassRole + ec2:RunInstances."
    ] = ()


class _Open(NamedTuple):
    """A way that is open: the statement of its last step, and requests for all."""

    way: str
    at: str
    witnesses: tuple[Witness, ...]


class _Ways(NamedTuple):
    """Ways that are open, and the names of those that may be, each with what is not known."""

    found: tuple[_Open, ...]
    missing: tuple[tuple[str, Answer], ...]


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="Using permissions boundaries to delegate permissions management",
    each=policies,
    severity=Severity.HIGH,
    remedy="Name the roles, users and policies that are needed, or ask for a permissions boundary in a Condition.",
    controls=(
        CIS_AWS_5["1.15"], NIST_800_53["AC-6"], NIST_800_53["AC-6(10)"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"], ISO_27001["A.8.2"],
    ),
    checkov=("CKV_AWS_110", "CKV_AWS_286"),
    parameters=Escalation,
    passes=(
        allow(["ec2:RunInstances", "lambda:CreateFunction", "iam:Get*"], "*"),
        allow("iam:PassRole", "*"),
        allow(["iam:CreateAccessKey", "iam:UpdateLoginProfile"], "arn:aws:iam::*:user/${aws:username}"),
        allow("iam:PutRolePolicy", "*", Condition={"StringEquals": {"iam:PermissionsBoundary": UNKNOWN}}),
        {"policy": {"Statement": [_PASSES_APP, statement_of("ec2:RunInstances", "*")]}},
        {"policy": {"Statement": [statement_of("ec2:RunInstances", "*"), _PASSES_TO_TASKS]}},
        with_deny(["iam:PassRole", "ec2:RunInstances"], "*", {"Action": "iam:PassRole", "Resource": "*"}),
        with_deny("iam:CreatePolicyVersion", "*", {"NotAction": "s3:*", "Resource": "*"}),
        Example(allow(["iam:PassRole", "ec2:RunInstances"], "*"), parameters=Escalation(("iam:PassRole + ec2:RunInstances",))),
    ),
    fails=(
        allow("iam:CreatePolicyVersion", "*"),
        allow(["iam:PassRole", "ec2:RunInstances"], "*"),
        {"policy": {"Statement": [statement_of("iam:Pass*", "*"), statement_of(["lambda:Create*", "lambda:Invoke*"], "*")]}},
        allow("iam:AttachRolePolicy", ["arn:aws:iam::111122223333:role/*", UNKNOWN]),
        allow("ssm:SendCommand", "*"),
        {"policy": {"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}},
        with_deny("iam:PutUserPolicy", "*", {"Action": "iam:*", "Resource": "arn:aws:iam::111122223333:user/admin"}),
        with_deny(["iam:PassRole", "ec2:RunInstances"], "*", {"Action": "*", "Resource": "*", "Condition": _WITHOUT_MFA}),
        {"policy": json.dumps({"Statement": statement_of("iam:*", "*")})},
    ),
    undecided=(
        {"policy": UNKNOWN},
        allow("iam:PutUserPolicy", UNKNOWN),
        allow(["iam:PassRole", UNKNOWN], "*"),
        with_deny("iam:PutUserPolicy", "*", {"Action": "iam:*", "Resource": UNKNOWN}),
        {"policy": {"Statement": [statement_of("iam:PutUserPolicy", "*"), UNKNOWN]}},
    ),
)  # fmt: skip
def iam_policy_without_privilege_escalation(policy: Policy, parameters: Escalation) -> Iterator[Violation]:
    """Policies open by themselves no way to the rights of others.

    Some actions together hand over the rights of another role, user or policy: passing any role to an instance, writing
    any policy, running commands on any instance. Whoever may do that on everything has all that anybody has.
    """
    document = policy.document
    found, missing = _open_ways(policy)
    ignored = set(parameters.ignored_ways)
    ways = [way for way in found if way.way not in ignored]
    if ways:
        yield Violation(f"opens {_listed(ways)}: allows {', and '.join(map(told, ways[0].witnesses))}", at=ways[0].at)
        return
    for way, answer in missing:
        if way not in ignored:
            raise undecided(answer, document.unknown[0] if document.unknown else "")
    if document.unknown:
        raise unknown(document.unknown)


def _listed(ways: list[_Open]) -> str:
    if len(ways) == 1:
        return "a way to the rights of others"
    names = ", ".join(way.way for way in ways[1:_SHOWN])
    more = f" and {len(ways) - _SHOWN} more" if len(ways) > _SHOWN else ""
    return f"{len(ways)} ways to the rights of others (also {names}{more})"


def _open_ways(policy: Policy) -> _Ways:
    """Return the ways that a policy opens, and those of which it is not known; the shortest first."""
    kept = policy.kept.get("ways")
    if kept is None:
        kept = policy.kept["ways"] = _look_for_ways(policy) if policy.unlimited else _Ways((), ())
    return kept  # type: ignore[return-value]


def _look_for_ways(policy: Policy) -> _Ways:
    found: list[_Open] = []
    missing: list[tuple[str, Answer]] = []
    answers: dict[str, tuple[Answer, str]] = {}
    for path in _paths():
        steps = []
        for step in path.steps:
            if step.action not in answers:
                answers[step.action] = _allowed(policy, step.action)
            steps.append(answers[step.action])
            if steps[-1][0].verdict is Verdict.NO:
                break
        else:
            missing += [(path.name, one) for one, _ in steps if one.verdict is Verdict.UNKNOWN][:1]
            if all(one for one, _ in steps):
                found.append(_Open(path.name, steps[0][1], tuple(one.witness for one, _ in steps if one.witness)))
    return _Ways(tuple(found), tuple(missing))


def _allowed(policy: Policy, action: str) -> tuple[Answer, str]:
    """Say whether a policy allows an action on a resource that it does not name, and by which statement."""
    found, at = NO, ""
    for permission in policy.unlimited:
        one = permission.all_of(unnamed(action))
        if one:
            return one, permission.statement.at
        if one.verdict is Verdict.UNKNOWN:
            found, at = one, permission.statement.at
    return found, at


@lru_cache(maxsize=1)
def _paths() -> tuple[Path, ...]:
    """Return the ways that a policy can open by itself, as others describe them."""
    from policies.iam_catalogue.escalation_paths import Kind, escalation_paths  # noqa: PLC0415

    fenced = set(_FENCED)
    found: dict[str, Path] = {}
    for path in sorted(escalation_paths(), key=lambda path: (path.kind is not Kind.SELF, len(path.steps))):
        judged = path.is_verified and path.kind is not Kind.EXPOSURE and path.name != "sts:AssumeRole"  # has a rule of its own
        if judged and not fenced.intersection(step.action for step in path.steps):
            found.setdefault(path.name, path)
    return tuple(found.values())
