"""Who may assume a role: its trust policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import ROLE
from policies.iam.resource_policies import element, grants_at
from policies.iam_analysis.federation import ASSUME, SAML, WEB_IDENTITY, Pin, allows, trusts
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.oidc_issuers import GITHUB
from policies.iam_analysis.public import exposure
from policies.iam_analysis.strangers import CLOSED, entry
from policies.rule import ANY_ACCOUNT, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant
    from policies.iam_analysis.model import Statement
    from policies.resource import Resource

CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])


def trust_grants(role: Resource) -> Iterator[Grant]:
    """Yield the statements of a role's trust policy; unknown ones raise at the end."""
    return grants_at(role, "assumeRolePolicy")


def trust(principal: object, **elements: object) -> dict[str, object]:
    """Return inputs of a role whose trust policy has one statement, as an object."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **elements}
    return {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": [statement]}}


def as_text(inputs: dict[str, object]) -> dict[str, object]:
    """Return the inputs with their trust policy as JSON text."""
    return {"assumeRolePolicy": json.dumps(inputs["assumeRolePolicy"])}


def lets_assume(statement: Statement) -> bool | None:
    """Say whether a statement lets somebody assume the role, and not only tag the session; None where that is not known."""
    answers = [allows(statement, action) for action in (ASSUME, WEB_IDENTITY, SAML)]
    return True if True in answers else None if None in answers else False


_DENY_OTHERS = {"Effect": "Deny", "Action": "sts:*", "Principal": "*"}


def _denying(condition: dict[str, object]) -> dict[str, object]:
    """Return inputs of a role that everyone may assume, unless a condition holds."""
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}
    return {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": [allow, _DENY_OTHERS | {"Condition": condition}]}}


@rule(
    applies_to=(ROLE,),
    topic="AWS JSON policy elements: Principal",
    each=trust_grants,
    severity=Severity.CRITICAL,
    remedy="Name the accounts, roles or services in Principal, or add a Condition on aws:PrincipalOrgID.",
    controls=CONTROLS,
    checkov=("CKV_AWS_60",),
    passes=(
        trust({"Service": "ec2.amazonaws.com"}),
        as_text(trust({"AWS": ["arn:aws:iam::111122223333:root", "444455556666"]})),
        trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        trust({"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app-*"}}),
        trust("*", Effect="Deny"),
        trust("*", Action="sts:TagSession"),
        trust({"Federated": UNKNOWN, "Service": UNKNOWN}),
        _denying({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
    ),
    fails=(
        trust("*"),
        as_text(trust({"AWS": ["111122223333", "*"]})),
        trust({"AWS": [UNKNOWN, "*"]}),
        trust("*", Action="sts:*", Condition={"StringEquals": {"sts:ExternalId": "partner"}}),
        trust("*", Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        trust("*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
        _denying({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}),
    ),
    undecided=(
        {"assumeRolePolicy": UNKNOWN},
        {"assumeRolePolicy": "not JSON"},
        trust({"AWS": UNKNOWN}),
        trust({"AWS": "arn:aws:iam::*:root"}),
        trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": UNKNOWN}}),
        _denying({"StringNotEquals": {"aws:PrincipalOrgID": UNKNOWN}}),
    ),
)
def iam_role_trust_not_public(grant: Grant) -> Iterator[Violation]:
    """Roles say who may assume them.

    A role that trusts everyone can be assumed from any AWS account. An external id does not narrow who asks: it is a
    name that the caller sends, and AWS does not treat it as a secret.
    """
    statement = grant.statement
    assumes = lets_assume(statement)
    found = entry(statement, grant.document) if assumes is not False else CLOSED
    if found == CLOSED:
        return
    if not found.is_open or assumes is None:
        raise unknown(found.holes or statement.actions.holes)
    seeming = exposure(statement).seeming
    why = f": {seeming[0][0]} {seeming[0][1]}" if seeming else ""
    yield Violation(f"lets every AWS account assume the role{why}", at=element(statement, "Principal"), exposed_to=ANY_ACCOUNT)


@rule(
    applies_to=(ROLE,),
    topic="AWS JSON policy elements: NotPrincipal",
    each=trust_grants,
    severity=Severity.CRITICAL,
    remedy="Name those who may assume the role in Principal.",
    controls=CONTROLS,
    passes=(trust({"Service": "ec2.amazonaws.com"}), {"assumeRolePolicy": {"Statement": [_DENY_OTHERS]}}),
    fails=(
        {"assumeRolePolicy": {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": UNKNOWN}}}},
        {"assumeRolePolicy": {"Statement": {"Effect": "Deny", "Action": "sts:AssumeRole", "NotPrincipal": "*"}}},
    ),
    undecided=({"assumeRolePolicy": UNKNOWN},),
)
def iam_role_trust_without_not_principal(grant: Grant) -> Iterator[Violation]:
    """Trust policies say by Principal whom they are about.

    NotPrincipal beside Allow is everyone but a few, anonymous callers included. IAM does not support the element in trust
    policies.
    """
    principals = grant.statement.principals
    if principals and principals.negated:
        yield Violation("names by NotPrincipal who may not assume the role", at=element(grant.statement, "Principal"))
    elif principals and (hidden := [hole for hole in principals.holes if ".NotPrincipal" in hole]):
        raise unknown(hidden)  # set, but not reported


_GITHUB = GITHUB.host
_PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{_GITHUB}"


def _github(**claims: object) -> dict[str, object]:
    """Return the inputs of a role for GitHub Actions with conditions on some claims."""
    condition: dict[str, object] = {"StringEquals": {f"{_GITHUB}:aud": "sts.amazonaws.com"}}
    if claims:
        condition["StringLike"] = {f"{_GITHUB}:{claim}": value for claim, value in claims.items()}
    return trust({"Federated": _PROVIDER}, Action=WEB_IDENTITY, Condition=condition)


def _web_identity(principal: object, **elements: object) -> dict[str, object]:
    return trust(principal, Action=WEB_IDENTITY, **elements)


@rule(
    applies_to=(ROLE,),
    topic="Configuring a role for GitHub OIDC identity provider",
    each=trust_grants,
    severity=Severity.CRITICAL,
    remedy='Add a condition on token.actions.githubusercontent.com:sub that begins with "repo:OWNER/REPOSITORY:".',
    controls=CONTROLS,
    checkov=("CKV_AWS_358", "CKV_AWS_393"),
    passes=(
        _github(sub="repo:acme/shop:ref:refs/heads/main"),
        as_text(_github(sub=["repo:acme/shop:*", "repo:acme/web:environment:production"])),
        _github(sub="repository_owner_id:123456:repository_id:7:*"),
        _github(repository_owner_id="123456"),
        trust({"Service": "ec2.amazonaws.com"}, Condition=UNKNOWN),
        _web_identity({"Federated": f"arn:aws:iam::111122223333:oidc-provider/{_GITHUB}/acme"}),
        _web_identity({"Federated": _PROVIDER}, Condition={"ForAnyValue:StringLike": {f"{_GITHUB}:sub": ["repo:acme/*"]}}),
        _web_identity({"Federated": UNKNOWN}, Condition={"StringLike": {f"{_GITHUB}:sub": "repo:acme/shop:*"}}),
        _web_identity({"Federated": _PROVIDER}, Condition={"StringEquals": {f"{_GITHUB}:sub": "repo:*"}}),
        trust({"Federated": _PROVIDER}),
    ),
    fails=(
        _github(),
        as_text(_github(sub="repo:*")),
        _github(sub="repo:acme*"),
        _github(sub="repo:*/shop:ref:refs/heads/main"),
        _github(sub=["repo:acme/shop:*", "*"]),
        _github(sub="repo:acme?/shop:*"),
        _github(sub="*:environment:production"),
        _github(job_workflow_ref="acme/shop/.github/workflows/deploy.yml@refs/heads/main"),
        _github(actor="octocat"),
        _github(sub="ref:refs/heads/main:repo:acme/shop"),
        _web_identity({"Federated": _PROVIDER}, Condition={"ForAllValues:StringLike": {f"{_GITHUB}:sub": "repo:acme/shop:*"}}),
        _web_identity({"Federated": [UNKNOWN, _PROVIDER]}),
    ),
    undecided=(
        {"assumeRolePolicy": UNKNOWN},
        _github(sub=UNKNOWN),
        _web_identity({"Federated": UNKNOWN}, Condition={"StringEquals": {f"{_GITHUB}:aud": "sts.amazonaws.com"}}),
    ),
)
def iam_role_trust_github_repository_pinned(grant: Grant) -> Iterator[Violation]:
    """Roles for GitHub Actions name the repositories or the owner that may assume them.

    GitHub signs tokens for everybody with the same issuer: without a pinned subject any repository on GitHub can
    assume the role. The audience is the same for all of them, and an owner's name cut short by a wildcard can be
    completed by someone else.
    """
    for found in trusts(grant.statement):
        if found.issuer is not GITHUB or found.least > Pin.OPEN:
            continue
        if found.most > Pin.OPEN or not found.is_certain:
            raise unknown(grant.statement.holes)
        yield Violation(f"no condition on {_GITHUB}:sub names the owner of the repository", at=grant.statement.at)
