"""Conditions of identity policies that limit less than they seem to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.identity_policies import allow, statement_of
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.identity_grants import IDENTITY_POLICIES, policies
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.identity_grants import Policy
    from policies.iam_analysis.model import Atom, Statement

_MFA = "aws:multifactorauthpresent"
_EVERYONE = {
    "ipaddress": "within every address",
    **dict.fromkeys(("stringlike", "arnlike", "arnequals"), "like *, which every value is"),
}
"""Operators by which a value can mean everyone, and how that is told."""


def _if(**condition: object) -> dict[str, object]:
    return allow("s3:GetObject", "*", Condition=condition)


def _deny(**condition: object) -> dict[str, object]:
    return allow("*", "*", Effect="Deny", Condition=condition)


@rule(
    applies_to=IDENTITY_POLICIES,
    topic="IAM JSON policy elements: Condition operators",
    each=policies,
    severity=Severity.MEDIUM,
    remedy="Name values instead of *, add Null false beside ForAllValues, and deny without MFA under BoolIfExists.",
    controls=(NIST_800_53["AC-3"], NIST_800_53["AC-6"], PCI_DSS_4["7.2.2"], SOC2["CC6.3"]),
    passes=(
        _if(StringEquals={"aws:PrincipalOrgID": "o-abcdefghij"}, IpAddress={"aws:SourceIp": "10.0.0.0/8"}),
        _if(**{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}, "Null": {"aws:PrincipalOrgPaths": "false"}}),
        _if(**{"ForAllValues:StringEquals": {"aws:TagKeys": ["team"], "dynamodb:LeadingKeys": ["${aws:userid}"]}}),
        _if(StringLike={"aws:ResourceTag/team": "*", "kms:EncryptionContext:purpose": "*"}),
        _if(**{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abcdefghij/*"}}),
        _if(StringLike={"s3:prefix": ["home/*", "*/public"]}, ArnEquals={"aws:SourceArn": "arn:aws:sns:*:*:news"}),
        _if(StringEquals={"aws:SourceArn": UNKNOWN}),
        _deny(BoolIfExists={"aws:MultiFactorAuthPresent": "false"}),
        _deny(**{"ForAllValues:StringNotEquals": {"aws:TagKeys": "team"}}, NotIpAddress={"aws:SourceIp": "0.0.0.0/0"}),
        {"policy": json.dumps({"Statement": statement_of("s3:GetObject", "*")})},
    ),
    fails=(
        _if(**{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}}),
        _if(**{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": UNKNOWN}}, Null={"aws:PrincipalOrgPaths": "true"}),
        _if(**{"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["owner", "team"]}}),
        _if(IpAddress={"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}),
        _if(IpAddress={"aws:SourceIp": [UNKNOWN, "::/0"]}),
        _if(StringLike={"aws:PrincipalArn": "*"}),
        _if(ArnLike={"aws:PrincipalArn": ["*", "arn:aws:iam::111122223333:role/app"]}),
        _deny(Bool={"aws:MultiFactorAuthPresent": "false"}),
        {"policy": json.dumps({"Statement": statement_of("s3:*", "*", Condition={"StringLike": {"s3:prefix": "**"}})})},
    ),
    undecided=(
        {"policy": UNKNOWN},
        _if(StringLike={"aws:PrincipalArn": UNKNOWN}),
        _if(**{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}, "Null": {"aws:PrincipalOrgPaths": UNKNOWN}}),
        allow("s3:GetObject", "*", Condition=UNKNOWN),
        allow("*", "*", Effect=UNKNOWN, Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
    ),
)
def iam_policy_conditions_limit(policy: Policy) -> Iterator[Violation]:
    """Conditions of identity policies limit what they are about.

    ForAllValues on a key about the caller also holds where the key is absent, ForAnyValue with a negated operator for nearly
    every list of values, and a * or 0.0.0.0/0 for everyone. A Deny under Bool aws:MultiFactorAuthPresent false leaves out
    requests that are signed with access keys: they do not have the key.
    """
    holes: list[str] = [*policy.document.unknown]
    for statement in policy.document.statements:
        for atom in statement.conditions:
            why = _weakness(atom, statement)
            if why and statement.effect and not _may_be_guarded(atom, statement):
                yield Violation(why, at=f"{statement.at}.Condition")
            elif why or (atom.holes and _may_become_weak(atom, statement)):
                holes += statement.holes
    if holes:
        raise unknown(holes)


def _weakness(atom: Atom, statement: Statement) -> str:
    """Return what is wrong with a condition; empty if nothing is."""
    if statement.effect != "Allow" and _asks_for_mfa_alone(atom) and _has(atom, "false"):
        return f"denies by Bool {_MFA} false, which requests with access keys do not have"
    if statement.effect == "Deny":
        return ""
    if atom.sets == "forallvalues" and _says_who_asks(atom.key) and not _is_guarded(atom, statement):
        return f"allows by ForAllValues on {atom.key}, which also holds where the key is absent"
    if atom.sets == "foranyvalue" and atom.negated:
        return f"allows by ForAnyValue with a negated operator on {atom.key}, which one other value fulfils"
    everyone = "" if _may_be_there_or_not(atom.key) else _EVERYONE.get(atom.operator, "")
    return f"allows by {atom.key} {everyone}" if everyone and any(map(_is_everyone, atom.values)) else ""


def _says_who_asks(key: str) -> bool:
    """Say whether a key is about the caller; others, such as aws:TagKeys, may be absent where they do not matter."""
    return key.startswith("aws:") and key != "aws:tagkeys"


def _may_be_there_or_not(key: str) -> bool:
    """Say whether asking for a key with any value asks for something: a tag, or a part of an encryption context."""
    return "/" in key or key.startswith("kms:encryptioncontext:")


def _asks_for_mfa_alone(atom: Atom) -> bool:
    return atom.key == _MFA and atom.operator == "bool" and not atom.if_exists


def _is_everyone(value: str) -> bool:
    return value.endswith("/0") or bool(value and not value.strip("*"))


def _may_become_weak(atom: Atom, statement: Statement) -> bool:
    """Say whether a value that is not known may make a condition weak."""
    if not atom.operator:
        return True
    if _may_be_there_or_not(atom.key):
        return False
    return atom.operator in _EVERYONE if statement.effect == "Allow" else _asks_for_mfa_alone(atom) or not statement.effect


def _has(atom: Atom, value: str) -> bool:
    return any(one.lower() == value for one in atom.values)


def _is_guarded(atom: Atom, statement: Statement) -> bool:
    """Say whether the statement also asks that the key is there."""
    return any(one.operator == "null" and one.key == atom.key and _has(one, "false") for one in statement.conditions)


def _may_be_guarded(atom: Atom, statement: Statement) -> bool:
    """Say whether a condition that is not known may ask that the key is there."""
    if atom.sets != "forallvalues":
        return False
    return any(one.holes and one.operator in ("", "null") and one.key in ("", atom.key) for one in statement.conditions)
