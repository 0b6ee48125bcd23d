"""Conditions and exceptions of policies that do not do what they look like."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.controls import FSBP
from policies.iam.identity_policies import GROUP_POLICY, POLICY, ROLE, ROLE_POLICY, USER_POLICY
from policies.iam.resource_policies import BUCKET_POLICY, QUEUE, element, grants, grants_at
from policies.iam.resource_policy_grants import CONTROLS, TYPES, policy
from policies.iam.trusted_accounts import is_whole_account
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.public import exposure
from policies.iam_analysis.service_callers import keys_sent, says_for_whom
from policies.iam_analysis.strangers import CLOSED, entry
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam.resource_policies import Grant
    from policies.iam_analysis.model import Atom, Statement
    from policies.resource import Resource

_ROOT = "arn:aws:iam::111122223333:root"
_IDENTITIES = (POLICY, ROLE_POLICY, USER_POLICY, GROUP_POLICY)
_STATEMENT = {"Effect": "Deny", "Action": "*", "Resource": "*"}


def all_grants(resource: Resource) -> Iterator[Grant]:
    """Yield the statements of the policy of a resource, for roles of the trust policy."""
    return grants_at(resource, "assumeRolePolicy") if resource.type == ROLE else grants(resource)


def _if(operator: str, key: str, value: object, principal: object = "*") -> Example:
    return Example(policy(principal, Condition={operator: {key: value}}), QUEUE)


@rule(
    applies_to=(*TYPES, ROLE),
    topic="IAM JSON policy elements: Condition operators",
    each=all_grants,
    severity=Severity.HIGH,
    remedy="Compare a key about the caller with fixed values, by an operator without IfExists, ForAllValues and Not.",
    controls=(FSBP["SQS.3"], *CONTROLS),
    passes=(
        _if("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"),
        Example(policy("*"), QUEUE),
        _if("Bool", "aws:SecureTransport", "true"),
        _if("StringEqualsIfExists", "aws:PrincipalOrgID", "o-abcdefghij", {"AWS": _ROOT}),
        Example(
            policy(
                "*", Condition={"StringEquals": {"aws:ResourceAccount": "111122223333", "aws:SourceAccount": "111122223333"}}
            ),
            QUEUE,
        ),
    ),
    fails=(
        _if("StringEqualsIfExists", "aws:PrincipalOrgID", "o-abcdefghij"),
        _if("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-abcdefghij/*"),
        _if("StringNotEquals", "aws:PrincipalAccount", "444455556666"),
        _if("StringEquals", "aws:ResourceAccount", "111122223333"),
        _if("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
        _if("ArnLikeIfExists", "aws:SourceArn", "arn:aws:sns:eu-west-1:111122223333:*", {"Service": "sns.amazonaws.com"}),
        Example(
            {
                "assumeRolePolicy": {
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"sts:ExternalId": "partner-4711"}},
                    }
                }
            },
            ROLE,
        ),
    ),
    undecided=(
        Example({"policy": UNKNOWN}, QUEUE),
        _if("StringEqualsIfExists", "aws:PrincipalOrgID", "o-abcdefghij", UNKNOWN),
    ),
)
def resource_policy_conditions_narrow(grant: Grant) -> Iterator[Violation]:
    """Conditions that look as if they said who calls do so.

    A condition with IfExists, ForAllValues or a Not holds for callers without the key, a wildcard for others' values, and
    aws:ResourceAccount is about the resource itself. Who wrote it meant to keep strangers out, and does not.
    """
    statement = grant.statement
    exposed = exposure(statement)
    holes = [hole for atom in statement.conditions for hole in atom.holes]
    if statement.effect == "Deny" or not (exposed.seeming or holes):
        return
    if exposed.may_be_public:
        found = entry(statement, grant.document)
        if found == CLOSED:
            return
        if not found.is_open:
            raise unknown(found.holes)
    elif not _is_for_unknown_source(statement):
        return
    if exposed.seeming:
        key, why = exposed.seeming[0]
        yield Violation(f"{key} {why}, so the condition keeps no stranger out", at=f"{statement.at}.Condition")


def _is_for_unknown_source(statement: Statement) -> bool:
    """Say whether a service may act for anybody though the statement has a condition on the source."""
    principals = statement.principals
    if not principals or not (principals.holes or any(keys_sent(item) for item in principals.items)):
        return False
    answer = says_for_whom(statement)
    sources = any(key.startswith("aws:Source") for key, _ in exposure(statement).seeming)
    if answer or (answer is False and not sources):
        return False
    if answer is None or principals.holes or not statement.effect:
        raise unknown(statement.holes)
    return True


_LONG_TERM = "is missing where a caller uses an access key"
_PRESENT_FOR_SOME = {
    "aws:multifactorauthpresent": ("aws:MultiFactorAuthPresent", _LONG_TERM),
    "aws:multifactorauthage": ("aws:MultiFactorAuthAge", _LONG_TERM),
    "aws:tokenissuetime": ("aws:TokenIssueTime", _LONG_TERM),
    "aws:principalisawsservice": ("aws:PrincipalIsAWSService", "is missing where a caller has no credentials"),
    "aws:principalorgid": ("aws:PrincipalOrgID", "is missing where a caller's account is in no organization"),
    "aws:principalorgpaths": ("aws:PrincipalOrgPaths", "is missing where a caller's account is in no organization"),
    "aws:sourcevpc": ("aws:SourceVpc", "is missing where a request comes over the internet"),
    "aws:sourcevpce": ("aws:SourceVpce", "is missing where a request comes over the internet"),
}
"""Keys that some requests do not have, and which."""

_USER_OR_ROLE = re.compile(r"AWS:arn:[^:]+:(iam|sts)::(\d{12}):(user|role|assumed-role)/.+")


def _deny(condition: object, **elements: object) -> Example:
    return Example(policy("*", "s3:*", **{"Effect": "Deny", "Condition": condition, **elements}), BUCKET_POLICY)


def _but(principal: object) -> Example:
    statement = {"Effect": "Deny", "NotPrincipal": principal, "Action": "s3:*", "Resource": "*"}
    return Example({"policy": {"Statement": statement}}, BUCKET_POLICY)


_ROLE_ARN = "arn:aws:iam::111122223333:role/app"


@rule(
    applies_to=(*TYPES, *_IDENTITIES),
    topic="IAM JSON policy elements: Condition operators",
    each=grants,
    severity=Severity.MEDIUM,
    remedy="Use the operator with IfExists; instead of NotPrincipal use a condition ArnNotLike on aws:PrincipalArn.",
    controls=CONTROLS,
    passes=(
        _deny({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        _deny({"Bool": {"aws:SecureTransport": "false"}}),
        _deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}),
        _deny({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, Effect="Allow"),
        _deny({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        _deny({"Bool": {"aws:MultiFactorAuthPresent": "false"}, "Null": {"aws:MultiFactorAuthPresent": "false"}}),
        _but({"AWS": [_ROLE_ARN, _ROOT]}),
        _but({"AWS": "arn:aws:iam::111122223333:root"}),
    ),
    fails=(
        _deny({"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        _deny({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}),
        _deny({"Bool": {"aws:PrincipalIsAWSService": "false"}, "StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        _deny({"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-abcdefghij/*"}}),
        _but({"AWS": _ROLE_ARN}),
        Example(
            {
                "policy": json.dumps(
                    {"Statement": [_STATEMENT | {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}]}
                )
            },
            _IDENTITIES[0],
        ),
    ),
    undecided=(
        Example({"policy": UNKNOWN}, BUCKET_POLICY),
        _deny(UNKNOWN),
        _deny({"Bool": {"aws:MultiFactorAuthPresent": UNKNOWN}}),
        _but({"AWS": [_ROLE_ARN, UNKNOWN]}),
    ),
)
def policy_deny_applies(grant: Grant) -> Iterator[Violation]:
    """Deny statements apply to whom they are meant for.

    A Deny with a condition on a key that some requests do not have lets those requests pass, unless its operator ends in
    IfExists. A Deny with NotPrincipal that leaves out the account of a role denies the role too.
    """
    statement = grant.statement
    if statement.effect == "Allow":
        return
    gaps = [why for atom in statement.conditions if (why := _gap(atom, statement))]
    principals = statement.principals
    exceptions = (
        principals if principals and (principals.negated or any(".NotPrincipal" in hole for hole in principals.holes)) else None
    )
    wrong = gaps[0] if gaps else _without_account(exceptions.items) if exceptions and not exceptions.holes else ""
    hidden = any(not atom.key for atom in statement.conditions)  # a Null, for example
    if wrong and statement.effect and not hidden:
        yield Violation(wrong, at=f"{statement.at}.Condition" if gaps else element(statement, "Principal"))
    elif wrong or (exceptions and exceptions.holes) or any(atom.holes for atom in statement.conditions):
        raise unknown(statement.holes)


def _gap(atom: Atom, statement: Statement) -> str:
    """Say which requests a condition of a Deny lets pass by mistake; empty where there are none, or that is not known."""
    known = _PRESENT_FOR_SOME.get(atom.key)
    if known is None or atom.if_exists or atom.operator == "null" or atom.sets == "forallvalues":
        return ""
    if any(other.operator == "null" and (other.key == atom.key) for other in statement.conditions):
        return ""  # somebody thought of it
    name, why = known
    if atom.negated:
        return f"{name} {why}, and ForAnyValue does not hold then: the Deny leaves it out" if atom.sets else ""
    denies_lack = atom.operator.startswith(("numericgreater", "datelessthan")) or (atom.operator in _FLAGS and _is_no(atom))
    return f"{name} {why}: the Deny leaves it out" if denies_lack else ""


_FLAGS = frozenset({"bool", "stringequals", "stringequalsignorecase", "stringlike"})


def _is_no(atom: Atom) -> bool:
    return bool(atom.values) and not atom.holes and all(value.lower() == "false" for value in atom.values)


def _without_account(principals: tuple[str, ...]) -> str:
    for item in principals:
        match = _USER_OR_ROLE.fullmatch(item)
        if match and not any(is_whole_account(other) and match[2] in other for other in principals):
            return f"NotPrincipal names {item.removeprefix('AWS:')} without its account, so it is denied too"
    return ""
