"""Who may assume a role: its trust policy."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.everyone import lets_everyone_in
from policies.iam.identity_policies import ROLE
from policies.policy_document import statements
from policies.policy_matching import any_of
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Condition, Statement
    from policies.resource import Resource


def trust_statements(role: Resource) -> Iterator[Statement]:
    """Yield the statements of a role's trust policy."""
    return statements(role, "assumeRolePolicy")


def _trust(principal: object, **elements: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **elements}
    return {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": [statement]}}


def _as_text(inputs: dict[str, object]) -> dict[str, object]:
    return {"assumeRolePolicy": json.dumps(inputs["assumeRolePolicy"])}


@rule(
    applies_to=(ROLE,),
    topic="AWS JSON policy elements: Principal",
    each=trust_statements,
    severity=Severity.CRITICAL,
    remedy="Name the accounts, roles or services in Principal, or add a Condition on aws:PrincipalOrgID.",
    controls=(NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"]),
    checkov=("CKV_AWS_60",),
    passes=(
        _trust({"Service": "ec2.amazonaws.com"}),
        _as_text(_trust({"AWS": ["arn:aws:iam::111122223333:root", "444455556666"]})),
        _trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        _trust({"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app-*"}}),
        _trust("*", Effect="Deny"),
    ),
    fails=(
        _trust("*"),
        _as_text(_trust({"AWS": ["111122223333", "*"]})),
        _trust({"AWS": [UNKNOWN, "*"]}),
        _trust("*", Condition={"StringEquals": {"sts:ExternalId": "partner"}}),
        _trust("*", Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        _trust("*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
    ),
    undecided=(
        {"assumeRolePolicy": UNKNOWN},
        {"assumeRolePolicy": "not JSON"},
        _trust({"AWS": UNKNOWN}),
        _trust({"AWS": "arn:aws:iam::*:root"}),
        _trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": UNKNOWN}}),
    ),
)
def iam_role_trust_not_public(statement: Statement) -> Iterator[Violation]:
    """Roles say who may assume them.

    A role that trusts everyone can be assumed from any AWS account. An external id does not narrow who asks: it is a
    name that the caller sends, and AWS does not treat it as a secret.
    """
    if lets_everyone_in(statement):
        yield Violation("lets every AWS account assume the role", at=statement.at)


_GITHUB = "token.actions.githubusercontent.com"
_PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{_GITHUB}"
_SUBJECT = re.compile(r"repo:[^/:*?$]+/.+|(repository_owner_id|repository_id|repository_owner):[^:*?$]+(:.*)?")
_REPOSITORY = re.compile(r"[^/:*?$]+/.+")
_ID = re.compile(r"\d+")
_CLAIMS = {
    f"{_GITHUB}:sub": _SUBJECT,
    f"{_GITHUB}:enterprise_id": _ID,
    f"{_GITHUB}:repository": _REPOSITORY,
    f"{_GITHUB}:repository_id": _ID,
    f"{_GITHUB}:repository_owner_id": _ID,
}
_COMPARISONS = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})


def _github(**claims: object) -> dict[str, object]:
    """Return the inputs of a role for GitHub Actions with conditions on some claims."""
    condition: dict[str, object] = {"StringEquals": {f"{_GITHUB}:aud": "sts.amazonaws.com"}}
    if claims:
        condition["StringLike"] = {f"{_GITHUB}:{claim}": value for claim, value in claims.items()}
    return _trust({"Federated": _PROVIDER}, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)


@rule(
    applies_to=(ROLE,),
    topic="Configuring a role for GitHub OIDC identity provider",
    each=trust_statements,
    severity=Severity.CRITICAL,
    remedy='Add a condition on token.actions.githubusercontent.com:sub that begins with "repo:OWNER/REPOSITORY:".',
    controls=(NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"]),
    checkov=("CKV_AWS_358", "CKV_AWS_393"),
    passes=(
        _github(sub="repo:acme/shop:ref:refs/heads/main"),
        _as_text(_github(sub=["repo:acme/shop:*", "repo:acme/web:environment:production"])),
        _github(repository_owner_id="123456"),
        _trust({"Service": "ec2.amazonaws.com"}, Condition=UNKNOWN),
        _trust({"Federated": f"arn:aws:iam::111122223333:oidc-provider/{_GITHUB}/acme"}),
        _trust({"Federated": _PROVIDER}, Condition={"ForAnyValue:StringLike": {f"{_GITHUB}:sub": ["repo:acme/*"]}}),
        _trust({"Federated": UNKNOWN}, Condition={"StringLike": {f"{_GITHUB}:sub": "repo:acme/shop:*"}}),
    ),
    fails=(
        _github(),
        _as_text(_github(sub="repo:*")),
        _github(sub="repo:acme*"),
        _github(sub="repo:*/shop:ref:refs/heads/main"),
        _github(sub=["repo:acme/shop:*", "*"]),
        _github(sub="repo:acme?/shop:*"),
        _github(sub="*:environment:production"),
        _github(job_workflow_ref="acme/shop/.github/workflows/deploy.yml@refs/heads/main"),
        _github(sub="ref:refs/heads/main:repo:acme/shop"),
        _trust({"Federated": _PROVIDER}, Condition={"ForAllValues:StringLike": {f"{_GITHUB}:sub": "repo:acme/shop:*"}}),
        _trust({"Federated": [UNKNOWN, _PROVIDER]}),
    ),
    undecided=(
        {"assumeRolePolicy": UNKNOWN},
        _github(sub=UNKNOWN),
        _trust({"Federated": UNKNOWN}, Condition={"StringEquals": {f"{_GITHUB}:aud": "sts.amazonaws.com"}}),
    ),
)
def iam_role_trust_github_repository_pinned(statement: Statement) -> Iterator[Violation]:
    """Roles for GitHub Actions name the repositories or the owner that may assume them.

    GitHub signs tokens for everybody with the same issuer: without a pinned subject any repository on GitHub can
    assume the role. The audience is the same for all of them, and an owner's name cut short by a wildcard can be
    completed by someone else.
    """
    if not statement.allows or any_of((_trusts_others, _is_pinned), lambda good: good(statement)):
        return
    yield Violation(f"no condition on {_GITHUB}:sub names the owner of the repository", at=statement.at)


def _trusts_others(statement: Statement) -> bool:
    """Say whether a statement trusts nobody that GitHub signs for."""
    return not any_of(
        statement.principals(), lambda principal: principal.type == "Federated" and principal.id.endswith(f"/{_GITHUB}")
    )


def _is_pinned(statement: Statement) -> bool:
    return any_of(statement.conditions(), _pins_repository)


def _pins_repository(condition: Condition) -> bool:
    pattern = _CLAIMS.get(condition.key)
    if pattern is None or condition.operator.removeprefix("foranyvalue:") not in _COMPARISONS:
        return False
    empty = True
    for value in condition.values():
        empty = False
        if not pattern.fullmatch(value):
            return False
    return not empty
