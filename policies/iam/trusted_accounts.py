"""Accounts: the stack's own, those that a user trusts, and those that the principals of a policy are of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.iam_analysis.arns import account_in, homes_of
from policies.iam_analysis.holes import unknown
from policies.unknown import Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.iam_analysis.model import Statement
    from policies.resource import Resource
    from policies.stack import Stack

_ACCOUNT = re.compile(r"\d{12}")
_SHOWING = ("arn", "resourceArn", "secretArn")
"""Inputs that name the resource itself, or the one that a policy is attached to."""

_RECORDED = (
    "aws:iam/role:Role",
    "aws:lambda/function:Function",
    "aws:kms/key:Key",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
)
"""Types whose ARNs name their account; most stacks have one of them."""


class Trusted(NamedTuple):
    """Whom a user trusts beside the stack's own account."""

    accounts: Annotated[tuple[str, ...], "Ids of accounts that are trusted, such as those of one's own organization."] = ()
    organizations: Annotated[tuple[str, ...], "Ids of organizations that are trusted, such as o-abcdefghij."] = ()


def own_account(resource: Resource, stack: Stack) -> str:
    """Return the account of a resource; empty where nothing tells it: neither the provider nor an ARN."""
    home = homes_of(stack).of(resource)
    if home.account:
        return home.account
    for value in (resource.outputs.value("arn"), *(resource.value(name) for name in _SHOWING)):
        if account := account_in(value):
            return account
    return stack.once(("recorded account", home.provider), lambda: _recorded(stack, home.provider))


def _recorded(stack: Stack, provider: str) -> str:
    for resource in stack.of(*_RECORDED):
        of = resource.provider.urn if resource.provider is not None else ""
        if of == provider and (account := account_in(resource.outputs.value("arn"))):
            return account
    return ""


def account_of(principal: str) -> str:
    """Return the account of a principal of a statement (`AWS:...`); empty for services, providers and everyone."""
    kind, _, text = principal.partition(":")
    if kind != "AWS":
        return ""
    return text if _ACCOUNT.fullmatch(text) else account_in(text)


def is_whole_account(principal: str) -> bool:
    """Say whether a principal, with or without `AWS:`, stands for all of an account: its id, or the ARN of its root."""
    return _ACCOUNT.fullmatch(principal.removeprefix("AWS:")) is not None or principal.endswith(":root")


def outsider(principal: str) -> str:
    """Return how reports call a principal of another account (without `AWS:`): the account where it stands for all of it."""
    return f"account {account_of(f'AWS:{principal}')}" if is_whole_account(principal) else principal


def organizations_of(statement: Statement) -> tuple[str, ...] | None:
    """Return the organizations that a statement's callers must be of; None where no condition says so, or not by fixed ids.

    Raises `UnknownValue` where a condition that is not known may say so.
    """
    holes: tuple[str, ...] = ()
    for atom in statement.conditions:
        if atom.key not in {"", "aws:principalorgid", "aws:principalorgpaths"} or atom.negated or atom.if_exists:
            continue
        if atom.holes:
            holes += atom.holes
            continue
        ids = tuple(value.partition("/")[0] for value in atom.values)
        fixed = ids and not any(mark in id_ for id_ in ids for mark in "*?$")
        if atom.operator in {"stringequals", "stringequalsignorecase", "stringlike"} and atom.sets != "forallvalues" and fixed:
            return ids
    if holes:
        raise unknown(holes)
    return None


def foreign_principals(
    statement: Statement,
    own: str,
    trusted: Trusted = Trusted(),  # noqa: B008  (nothing changes it)
    only: Callable[[str], bool] = bool,
) -> Iterator[str]:
    """Yield the principals of other accounts (`only` some) that a statement allows something, as the policy writes them.

    Raises `UnknownValue` at the end where a principal, or whether its account is the stack's own, is not known. Everyone and
    NotPrincipal are left to the rules about public policies.
    """
    principals = statement.principals
    if statement.effect == "Deny" or principals is None or principals.negated or _is_of(trusted, statement):
        return
    homeless = False
    for item in principals.items:
        account = account_of(item)
        if not account or account == own or account in trusted.accounts or not only(item):
            continue
        if not statement.effect:
            raise unknown(statement.holes)
        if own:
            yield item.removeprefix("AWS:")
        else:
            homeless = True
    if homeless:
        raise UnknownValue(Reason.COMPUTED, f"{statement.at}.Principal", "the account of the stack is not known")
    if principals.holes or not statement.effect:
        raise unknown(statement.holes)


def _is_of(trusted: Trusted, statement: Statement) -> bool:
    """Say whether callers must be of a trusted organization; any fixed one where none is listed."""
    organizations = organizations_of(statement)
    return organizations is not None and (not trusted.organizations or set(organizations) <= set(trusted.organizations))
