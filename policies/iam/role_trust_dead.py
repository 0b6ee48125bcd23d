"""Trust policies that nobody can fulfil."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam.identity_policies import ROLE
from policies.iam.resource_policies import element
from policies.iam.role_trust import CONTROLS, as_text, trust, trust_grants
from policies.iam.trusted_accounts import own_account
from policies.iam_analysis.arns import account_in
from policies.iam_analysis.federation import ASSUME, SAML, WEB_IDENTITY, Pin, allows, trusts
from policies.iam_analysis.holes import unknown
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant
    from policies.iam_analysis.model import Statement
    from policies.stack import Stack

_GITHUB = "token.actions.githubusercontent.com"
_PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{_GITHUB}"


def _github(subject: object, operator: str = "StringLike", host: str = _GITHUB, **elements: object) -> dict[str, object]:
    condition = {operator: {f"{host}:sub": subject}}
    return trust({"Federated": _PROVIDER}, **{"Action": WEB_IDENTITY, "Condition": condition, **elements})


def _in(account: str, inputs: dict[str, object]) -> Example:
    return Example(inputs, provider={"allowedAccountIds": f'["{account}"]'})


@rule(
    applies_to=(ROLE,),
    topic="Create a role for OpenID Connect federation (console)",
    each=trust_grants,
    severity=Severity.LOW,
    remedy="Use StringLike for patterns, keys of the issuer, the action that fits the principal, a provider of the account.",
    controls=CONTROLS,
    passes=(
        _in("111122223333", _github("repo:acme/shop:*")),
        _in("111122223333", _github("repo:acme/shop:*", Action=["sts:AssumeRoleWithWebIdentity", "sts:TagSession"])),
        _in("111122223333", _github("repo:acme/shop:*", Action="sts:TagSession")),
        trust({"AWS": "111122223333"}),
        trust({"Service": "ec2.amazonaws.com"}, Action="sts:*"),
        trust({"Federated": "cognito-identity.amazonaws.com"}, Action=WEB_IDENTITY),
    ),
    fails=(
        _in("111122223333", _github("repo:acme/shop:*", "StringEquals")),
        _in("111122223333", _github("repo:acme/shop:*", host="token.actions.github.com")),
        _in("111122223333", _github("repo:acme/shop:*", Action="sts:AssumeRole")),
        _in("444455556666", _github("repo:acme/shop:*")),
        as_text(trust({"AWS": "111122223333"}, Action=WEB_IDENTITY)),
        trust({"Service": "ec2.amazonaws.com"}, Action=SAML),
    ),
    undecided=({"assumeRolePolicy": UNKNOWN}, _github("repo:acme/shop:*"), _in("111122223333", _github(UNKNOWN))),
)
def iam_role_trust_can_match(grant: Grant, stack: Stack) -> Iterator[Violation]:
    """Trust policies can be fulfilled.

    A wildcard under StringEquals is the letter itself, a key of another issuer is never there, sts:AssumeRole is not for
    identity providers, and a provider of another account does not count. Such a statement trusts nobody, and the next attempt
    to mend it often trusts too many.
    """
    statement = grant.statement
    principals = statement.principals
    if statement.effect == "Deny" or principals is None or principals.negated:
        return
    wrong = _wrong_action(statement) or _wrong_condition(statement)
    if wrong and statement.effect:
        yield Violation(wrong, at=statement.at)
        return
    providers = [item for item in principals.items if item.startswith("Federated:arn:")]
    own = own_account(grant.resource, stack) if providers else ""
    for item in providers:
        account = account_in(item.removeprefix("Federated:"))
        if own and account and account != own and statement.effect:
            yield Violation(f"the provider is of the account {account}, the role is not", at=element(statement, "Principal"))
    holes = [*principals.holes, *(hole for atom in statement.conditions for hole in atom.holes), *statement.actions.holes]
    if providers and not own:
        raise unknown((f"{statement.at}.Principal: the account of the stack is not known",))
    if holes or not statement.effect:
        raise unknown(holes or statement.holes)


_FITTING = {"Federated:": (WEB_IDENTITY, SAML), "AWS:": (ASSUME,), "Service:": (ASSUME,)}


def _wrong_action(statement: Statement) -> str:
    """Say which action does not fit the principals; empty where one does, or that is not known."""
    principals, actions = statement.principals, statement.actions
    if not principals or principals.holes or actions.holes or actions.negated or not principals.items:
        return ""
    if not any(allows(statement, action) for action in (ASSUME, WEB_IDENTITY, SAML)):
        return ""  # a statement about tags or the source identity of a session
    for item in principals.items:
        fitting = next((names for kind, names in _FITTING.items() if item.startswith(kind)), ())
        if not fitting or any(allows(statement, action) for action in fitting):
            return ""
    named = ", ".join(item for item in actions.items if item.startswith("sts:")) or "the actions"
    return f"no principal of the statement can call {named}"


def _wrong_condition(statement: Statement) -> str:
    """Say that no token of a trusted issuer fulfils the conditions; empty where one may."""
    principals = statement.principals
    found = list(trusts(statement))
    if not found or (principals and principals.holes) or len(found) < len(principals.items if principals else ()):
        return ""
    closed = all(trusted.least == Pin.CLOSED and trusted.is_certain for trusted in found)
    return f"no token of {found[0].issuer.host} fulfils the conditions" if closed else ""
