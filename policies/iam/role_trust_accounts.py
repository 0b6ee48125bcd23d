"""Roles that principals of other accounts may assume."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.iam.attachments import ROLE_ATTACHMENT
from policies.iam.identity_policies import ROLE
from policies.iam.resource_policies import element
from policies.iam.role_trust import CONTROLS, as_text, lets_assume, trust, trust_grants
from policies.iam.trusted_accounts import Trusted, foreign_principals, is_whole_account, outsider, own_account
from policies.iam_analysis.holes import unknown
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant
    from policies.iam_analysis.model import Atom, Statement
    from policies.resource import Resource
    from policies.stack import Stack

_OWN = {"allowedAccountIds": '["111122223333"]'}
_PARTNER = "arn:aws:iam::444455556666:root"
_NO_ACCOUNT = "none"
_COMPARISONS = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})


class OwnAccount(NamedTuple):
    """Whether the stack's own account may be trusted as a whole."""

    own_account: Annotated[bool, "Accept the stack's own account: its policies then say who may assume the role."] = True


def _in(inputs: dict[str, object], **parameters: object) -> Example:
    """Return an example of a role in account 111122223333."""
    return Example(inputs, provider=_OWN, parameters=parameters.get("parameters"))


_NARROWER = ("aws:principalarn", "aws:principaltag/", "aws:userid", "sts:externalid", "aws:sourceip", "aws:sourcevpc")


def _narrows(atom: Atom) -> bool:
    """Say whether a condition leaves only some principals of an account; raises where that is not known."""
    if not atom.key or not atom.operator:
        raise unknown(atom.holes)
    return atom.key.startswith(_NARROWER) and not (atom.negated or atom.if_exists or atom.operator == "null")


@rule(
    applies_to=(ROLE,),
    topic="AWS JSON policy elements: Principal",
    each=trust_grants,
    severity=Severity.MEDIUM,
    remedy="Name the roles that may assume this one, or add a Condition on aws:PrincipalArn.",
    controls=CONTROLS,
    parameters=OwnAccount,
    passes=(
        trust({"AWS": "arn:aws:iam::444455556666:role/deployer"}),
        _in(trust({"AWS": "arn:aws:iam::111122223333:root"})),
        trust({"AWS": _PARTNER}, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/deploy-*"}}),
        trust({"AWS": _PARTNER}, Condition={"StringEquals": {"sts:ExternalId": "partner-4711"}}),
        trust({"Service": "ec2.amazonaws.com"}),
    ),
    fails=(
        _in(trust({"AWS": _PARTNER})),
        _in(as_text(trust({"AWS": ["444455556666", "arn:aws:iam::111122223333:role/deployer"]}))),
        _in(trust({"AWS": "111122223333"}), parameters=OwnAccount(own_account=False)),
        Example(trust({"AWS": _PARTNER}), parameters=OwnAccount(own_account=False)),
    ),
    undecided=({"assumeRolePolicy": UNKNOWN}, trust({"AWS": _PARTNER}), _in(trust({"AWS": _PARTNER}, Condition=UNKNOWN))),
)
def iam_role_trust_names_principals(grant: Grant, stack: Stack, parameters: OwnAccount) -> Iterator[Violation]:
    """Roles name the principals that may assume them instead of another account as a whole.

    The ARN of an account's root stands for everybody in the account whose policies allow it, now and later, and its owner
    decides that.
    """
    statement = grant.statement
    if lets_assume(statement) is False or any_of(statement.conditions, _narrows):
        return
    own = own_account(grant.resource, stack) if parameters.own_account else _NO_ACCOUNT
    for principal in foreign_principals(statement, own, only=is_whole_account):
        yield from _certain(statement, principal, f"{principal} stands for everybody in the account")


def _certain(statement: Statement, principal: str, message: str) -> Iterator[Violation]:
    """Yield a violation of a statement that lets a principal assume the role; raises where that is not known."""
    if not statement.effect or lets_assume(statement) is None:
        raise unknown(statement.holes)
    yield Violation(message, at=element(statement, "Principal"), exposed_to=outsider(principal))


class ThirdParties(NamedTuple):
    """Who is no third party, and what an external id must be like."""

    accounts: Annotated[tuple[str, ...], "Ids of accounts of one's own organization: they need no external id."] = ()
    shortest: Annotated[int, "The shortest external id that is accepted."] = 8


def _external_id(value: object, operator: str = "StringEquals") -> dict[str, object]:
    return _partner(Condition={operator: {"sts:ExternalId": value}})


def _partner(**elements: object) -> dict[str, object]:
    return trust({"AWS": _PARTNER}, **elements)


@rule(
    applies_to=(ROLE,),
    topic="Access to AWS accounts owned by third parties",
    each=trust_grants,
    severity=Severity.MEDIUM,
    remedy="Add a condition StringEquals sts:ExternalId with the id that the third party gave you; list accounts of your own.",
    controls=CONTROLS,
    parameters=ThirdParties,
    passes=(
        _in(_external_id("3f8a1c5e-9d27")),
        _in(trust({"AWS": "arn:aws:iam::111122223333:role/deployer"})),
        _in(_partner(), parameters=ThirdParties(accounts=("444455556666",))),
        _in(_partner(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}})),
        trust({"Service": "ec2.amazonaws.com"}),
    ),
    fails=(
        _in(_partner()),
        _in(as_text(_external_id("3f8a1c5e-9d27", "StringEqualsIfExists"))),
        _in(_external_id("*", "StringLike")),
        _in(_external_id("short")),
        _in(_external_id(["3f8a1c5e-9d27", "x"])),
    ),
    undecided=(
        {"assumeRolePolicy": UNKNOWN},
        _partner(),
        _in(_external_id(UNKNOWN)),
        _in(trust({"AWS": UNKNOWN})),
    ),
)
def iam_role_trust_external_id_checked(grant: Grant, stack: Stack, parameters: ThirdParties) -> Iterator[Violation]:
    """Roles for third parties ask for an external id.

    A third party acts for many customers. Without an external id of yours, another customer who knows the ARN of the role can
    have the third party use it for them. The id must be exact: a wildcard, ...IfExists or a short id lets others through.
    """
    statement = grant.statement
    if lets_assume(statement) is False or any_of(statement.conditions, lambda atom: _is_good_id(atom, parameters.shortest)):
        return
    trusted = Trusted(accounts=parameters.accounts)
    for principal in foreign_principals(statement, own_account(grant.resource, stack), trusted):
        yield from _certain(statement, principal, f"{principal} may assume the role without an external id that only you have")


def _is_good_id(atom: Atom, shortest: int) -> bool:
    if not atom.key or not atom.operator:
        raise unknown(atom.holes)
    if atom.key != "sts:externalid" or atom.operator not in _COMPARISONS or atom.if_exists or atom.sets == "forallvalues":
        return False
    if any(len(value) < shortest or (atom.operator == "stringlike" and set(value) & set("*?")) for value in atom.values):
        return False
    if atom.holes:
        raise unknown(atom.holes)
    return bool(atom.values)


_KNOWN = Trusted(accounts=("111122223333",), organizations=("o-abcdefghij",))


@rule(
    applies_to=(ROLE,),
    topic="AWS JSON policy elements: Principal",
    each=trust_grants,
    severity=Severity.MEDIUM,
    remedy="Trust an account that is on the list, or put the account on it.",
    controls=CONTROLS,
    parameters=Trusted,
    passes=(
        _partner(),
        Example(trust({"AWS": "arn:aws:iam::111122223333:role/deployer"}), parameters=_KNOWN),
        Example(trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), parameters=_KNOWN),
        Example(_partner(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), parameters=_KNOWN),
        Example(_partner(), provider=_OWN | {"allowedAccountIds": '["444455556666"]'}, parameters=_KNOWN),
    ),
    fails=(
        _in(_partner(), parameters=_KNOWN),
        _in(trust({"AWS": ["111122223333", "arn:aws:iam::444455556666:role/deployer"]}), parameters=_KNOWN),
        _in(_partner(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}), parameters=_KNOWN),
    ),
    undecided=(Example({"assumeRolePolicy": UNKNOWN}, parameters=_KNOWN), Example(_partner(), parameters=_KNOWN)),
)
def iam_role_trust_accounts_known(grant: Grant, stack: Stack, parameters: Trusted) -> Iterator[Violation]:
    """Roles trust accounts that are on a list.

    Judged where accounts or organizations are listed. The stack's own account needs no entry.
    """
    if parameters == Trusted() or lets_assume(grant.statement) is False:
        return
    for principal in foreign_principals(grant.statement, own_account(grant.resource, stack), parameters):
        yield from _certain(grant.statement, principal, f"{principal} is of an account that is not on the list of trusted ones")


_BROAD = re.compile(r"arn:[^:]+:iam::aws:policy/(ReadOnlyAccess|PowerUserAccess|AdministratorAccess)")
_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def _with(policy: object, inputs: dict[str, object]) -> Example:
    attachment = Example({"role": Reference("example", "name"), "policyArn": policy}, ROLE_ATTACHMENT, name="attachment")
    return Example(inputs, provider=_OWN, related=(attachment,))


@rule(
    applies_to=(ROLE,),
    topic="Access to AWS accounts owned by third parties",
    severity=Severity.HIGH,
    remedy="Ask for an external id, or attach a policy that names what the other account needs.",
    controls=CONTROLS,
    passes=(
        _with(_READ_ONLY, trust({"AWS": "111122223333"})),
        _with(_READ_ONLY, _external_id("3f8a1c5e-9d27")),
        _with("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", _partner()),
        _in(_partner()),
        _in({"managedPolicyArns": [_READ_ONLY], **trust({"Service": "ec2.amazonaws.com"})}),
    ),
    fails=(_with(_READ_ONLY, _partner()), _in({"managedPolicyArns": [_READ_ONLY], **_partner()})),
    undecided=(
        _with(UNKNOWN, _partner()),
        _in({"managedPolicyArns": [_READ_ONLY], "assumeRolePolicy": UNKNOWN}),
        Example({"managedPolicyArns": [_READ_ONLY], **_partner()}),
    ),
)
def iam_role_cross_account_without_broad_access(role: Resource, stack: Stack) -> Iterator[Violation]:
    """Roles for other accounts do not hold AWS's policies for reading, or doing, almost everything.

    ReadOnlyAccess shows objects in buckets, items in tables and the code of functions. Without an external id whoever tricks
    the other account gets all of it.
    """
    if not any_of(_policies(role, stack), lambda arn: _BROAD.fullmatch(arn) is not None):
        return
    own = own_account(role, stack)
    if any_of(_strangers(role, own), bool):
        yield Violation("another account may assume the role, which may read almost everything", at="assumeRolePolicy")


def _policies(role: Resource, stack: Stack) -> Iterator[str]:
    yield from role.texts("managedPolicyArns")
    for attachment in stack.related(role, (ROLE_ATTACHMENT,), by="role"):
        yield attachment.text("policyArn")


def _strangers(role: Resource, own: str) -> Iterator[str]:
    for grant in trust_grants(role):
        statement = grant.statement
        if lets_assume(statement) is not False and not any_of(statement.conditions, lambda atom: _is_good_id(atom, 2)):
            if lets_assume(statement) is None:
                raise unknown(statement.holes)
            yield from foreign_principals(statement, own)
