"""How far the conditions of a trust policy narrow whose token of an OpenID Connect issuer is taken.

A condition key is the issuer's host and a claim, such as `token.actions.githubusercontent.com:sub`. Source: "Create a role for
OpenID Connect federation" in the IAM user guide.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.oidc_issuers import OWN, SHARED, issuer_of
from policies.policy_matching import covers_action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.model import Atom, Statement
    from policies.iam_analysis.oidc_issuers import Issuer

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
SAML = "sts:AssumeRoleWithSAML"
ASSUME = "sts:AssumeRole"
_COMPARISONS = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})


class Pin(IntEnum):
    """How much of whose token it is, is fixed."""

    OPEN = 0
    TENANT = 1
    """The customer of the issuer's service."""
    PROJECT = 2
    """The repository, workspace or the like of the customer."""
    CLOSED = 3
    """No token fulfils the condition."""


class Trust(NamedTuple):
    """An issuer that a statement trusts, with what its tokens must have fixed at least and at most.

    `is_certain` is False where the principal is not known and may be this issuer.
    """

    issuer: Issuer
    least: Pin
    most: Pin
    is_certain: bool = True


def trusts(statement: Statement) -> Iterator[Trust]:
    """Yield the issuers that a statement lets assume the role; all shared ones where a principal is not known."""
    principals = statement.principals
    if statement.effect == "Deny" or principals is None or principals.negated or allows(statement, WEB_IDENTITY) is False:
        return
    certain = statement.effect == "Allow" and bool(allows(statement, WEB_IDENTITY))
    named = {issuer.host: issuer for issuer in map(issuer_of, principals.items) if issuer}
    for issuer in named.values():
        yield Trust(issuer, *pinned(statement, issuer), certain)
    if principals.holes:
        for issuer in _possible(statement):
            if issuer.host not in named:
                yield Trust(issuer, *pinned(statement, issuer), is_certain=False)


def _possible(statement: Statement) -> Iterator[Issuer]:
    """Yield the issuers that an unknown principal may be: no token of others fulfils a condition on an issuer's claims."""
    hosts = {atom.key.rpartition(":")[0] for atom in statement.conditions if _compares(atom)}
    named = {host for host in hosts if "." in host}
    if named:
        yield from filter(None, (issuer_of(f"Federated:{host}") for host in named))
    else:
        yield from SHARED
        yield OWN


def allows(statement: Statement, action: str) -> bool | None:
    """Say whether the actions of a statement hold one; None where that is not known."""
    hit = any(covers_action(pattern, action) for pattern in statement.actions.items)
    if statement.actions.negated:
        return False if hit else None if statement.actions.holes else True
    return True if hit else None if statement.actions.holes else False


def pinned(statement: Statement, issuer: Issuer) -> tuple[Pin, Pin]:
    """Return what the conditions of a statement fix at least and at most in the tokens of an issuer."""
    least = most = Pin.OPEN
    for atom in statement.conditions:
        low, high = _pins(atom, issuer)
        least, most = max(least, low), max(most, high)
    return least, most


def _pins(atom: Atom, issuer: Issuer) -> tuple[Pin, Pin]:
    if not atom.operator or not atom.key:
        return Pin.OPEN, Pin.CLOSED  # a condition of which nothing is known
    if not _compares(atom):
        return Pin.OPEN, Pin.OPEN
    host, _, claim = atom.key.rpartition(":")
    if host != issuer.host.lower():
        return (Pin.CLOSED, Pin.CLOSED) if "." in host else (Pin.OPEN, Pin.OPEN)  # no token of this issuer has the key
    pins = [_pin(value, claim, issuer, is_pattern=atom.operator == "stringlike") for value in atom.values]
    if atom.holes:
        return Pin.OPEN, min(pins, default=Pin.CLOSED)
    lowest = min(pins, default=Pin.OPEN)
    return lowest, lowest


def _compares(atom: Atom) -> bool:
    """Say whether a condition holds only where its key is there and equals one of the values."""
    return atom.operator in _COMPARISONS and not atom.if_exists and atom.sets != "forallvalues"


def _pin(value: str, claim: str, issuer: Issuer, *, is_pattern: bool) -> Pin:
    place = next((index for index, letter in enumerate(value) if letter in "*?"), len(value))
    if place < len(value) and not is_pattern:
        return Pin.CLOSED  # compared letter by letter, and no claim has a star in it
    wanted = issuer.claims.get(claim) or (issuer.claims.get("") if claim != "aud" else None)
    head, _, variable = value[:place].partition("${")
    if wanted is None or not head:
        return Pin.OPEN
    text = head if place < len(value) or variable else f"{head}:"
    if wanted.project and wanted.project.match(text):
        return Pin.PROJECT
    return Pin.TENANT if wanted.tenant.match(text) else Pin.OPEN


def has_condition(statement: Statement, key: str) -> bool | None:
    """Say whether a statement holds only where a key is there and has a value of the policy's; None where that is not known."""
    answers = [_asks(atom, key.lower()) for atom in statement.conditions]
    return True if True in answers else None if None in answers else False


def _asks(atom: Atom, key: str) -> bool | None:
    if not atom.operator or not atom.key:
        return None
    if atom.key != key or atom.negated or atom.if_exists or atom.sets == "forallvalues" or atom.operator == "null":
        return False
    if any(not value.strip("*") for value in atom.values):
        return False
    return None if atom.holes else bool(atom.values)
