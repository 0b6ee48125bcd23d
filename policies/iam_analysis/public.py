"""Whom a statement of a resource's policy lets in, by AWS's definition of public.

A statement that allows everyone (`*`, or NotPrincipal) is public unless one of its conditions ties the caller to fixed
accounts, an organization, a network or a resource for which a service calls. A Deny elsewhere in the document does not
count here: see `strangers`. Sources: "Blocking public access to your Amazon S3 storage" (The meaning of "public") in the
Amazon S3 user guide, "IAM JSON policy elements: Condition operators" in the IAM user guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.caller_keys import (
    ACCESS_POINT,
    ADDRESS,
    CALLER_KEYS,
    S3_MORE,
    S3_STRICTER,
    Who,
    are_few_addresses,
    names_account,
    names_account_by_parts,
    seeming_key,
)
from policies.iam_analysis.model import EVERYTHING
from policies.unknown import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.caller_keys import CallerKey
    from policies.iam_analysis.model import Atom, Patterns, Statement

_COMPARISONS = frozenset({"bool", "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
_ANY_SERVICE = "Service:*"
_FEDERATED = "Federated:"
_NOT_KNOWN = "|".join(reason.value for reason in Reason if reason is not Reason.MALFORMED)
_KIND = re.compile(rf"\.Principal\.(Service|Federated)(?:\[\d+\])?: (?:{_NOT_KNOWN})$")
"""What kind of principal a hole is about: one that is well formed and not known."""


class Definition(NamedTuple):
    """Which condition keys count: those that really say who calls, or those that S3 looks at."""

    s3: bool = False
    access_point: bool = False

    def key(self, name: str) -> CallerKey | None:
        """Return what is said of a condition key, given in lower case."""
        if self.access_point and name in ACCESS_POINT:
            return None
        if self.s3 and name in S3_MORE:
            return S3_MORE[name]
        found = CALLER_KEYS.get(name)
        if self.s3 and found and name in S3_STRICTER:
            return found._replace(is_fixed=S3_STRICTER[name])
        return found


CALLERS = Definition()
S3 = Definition(s3=True)
ACCESS_POINTS = Definition(access_point=True)


class Narrowing(NamedTuple):
    """What a condition does to the callers: at least and at most who is left.

    `key` is the condition key as AWS writes it where it narrows or seems to; `why` says why it does not.
    """

    least: Who
    most: Who
    key: str = ""
    why: str = ""


class Exposure(NamedTuple):
    """Whom a statement lets in: surely `least`, at most `most`; where they differ, `holes` say what is not known.

    `keys` are the condition keys that narrow, `seeming` those that only seem to, with the reason.
    """

    least: Who
    most: Who
    holes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    seeming: tuple[tuple[str, str], ...] = ()

    @property
    def is_public(self) -> bool:
        """Say whether strangers are let in, whatever the unknown values turn out to be."""
        return self.least.is_public

    @property
    def may_be_public(self) -> bool:
        """Say whether strangers may be let in."""
        return self.most.is_public


NOBODY = Exposure(Who.NOBODY, Who.NOBODY)


def exposure(statement: Statement, definition: Definition = CALLERS) -> Exposure:
    """Return whom a statement lets in; nobody for a Deny."""
    if statement.effect == "Deny" or statement.principals is None:
        return NOBODY
    least, most = _principals(statement.principals, definition)
    if not statement.effect:
        least = Who.NOBODY
    keys: list[str] = []
    seeming: list[tuple[str, str]] = []
    for narrowing in narrowings(statement, definition):
        least, most = min(least, narrowing.least), min(most, narrowing.most)
        if narrowing.why:
            seeming.append((narrowing.key, narrowing.why))
        elif narrowing.key:
            keys.append(narrowing.key)
    holes = _holes(statement) if least != most else ()
    return Exposure(least, most, holes, tuple(keys), tuple(seeming))


def _holes(statement: Statement) -> tuple[str, ...]:
    """Return what is not known of who may call: actions and resources do not matter."""
    found = [hole for element in (statement.principals, *statement.conditions) if element for hole in element.holes]
    return (*found, *(() if statement.effect else (f"{statement.at}.Effect",)))


def _principals(principals: Patterns, definition: Definition) -> tuple[Who, Who]:
    if principals.negated:
        return Who.ANYONE, Who.ANYONE
    least = max((_who(item, definition) for item in principals.items), default=Who.NOBODY)
    return least, max(least, *(_who_at(hole, definition) for hole in principals.holes), Who.NOBODY)


def _who_at(hole: str, definition: Definition) -> Who:
    """Return at most whom an unknown principal is: below Service or Federated stand no accounts, whatever the value."""
    found = _KIND.search(hole)
    return _who(f"{found[1]}:*", definition) if found else Who.ANYONE


def _who(principal: str, definition: Definition) -> Who:
    if principal == EVERYTHING or (definition.s3 and principal.startswith(_FEDERATED)):
        return Who.ANYONE  # S3 takes every identity provider for public
    return Who.ANY_SERVICE if principal == _ANY_SERVICE else Who.NAMED


def narrowings(statement: Statement, definition: Definition = CALLERS) -> Iterator[Narrowing]:
    """Yield what each condition of a statement does to its callers."""
    nulls = [atom for atom in statement.conditions if atom.operator == "null"]
    present = {atom.key for atom in nulls if _says_present(atom) and not atom.holes}
    perhaps = {atom.key for atom in nulls if _says_present(atom)} - present
    for atom in statement.conditions:
        narrowing = _narrowing(atom, definition, is_present=atom.key in present)
        if narrowing.why and atom.key in perhaps:  # ...IfExists narrows where the key is known to be there
            certain = _narrowing(atom, definition, is_present=True)
            narrowing = certain._replace(most=narrowing.most)
        yield narrowing


def _says_present(null: Atom) -> bool:
    """Say whether a Null condition asks for the key, as far as its values are known."""
    return bool(null.values or null.holes) and all(value.lower() == "false" for value in null.values)


def _narrowing(atom: Atom, definition: Definition, *, is_present: bool) -> Narrowing:
    if not atom.operator or not atom.key:
        return Narrowing(Who.NOBODY, Who.ANYONE)  # a condition of which nothing is known
    key = definition.key(atom.key)
    if key is None:
        seeming = seeming_key(atom.key)
        return _open(*seeming) if seeming else Narrowing(Who.ANYONE, Who.ANYONE)
    why = _escape(atom, is_present=is_present)
    if why:
        return _open(key.name, why)
    if not atom.values:  # an empty list, or nothing that is known
        return Narrowing(key.who, Who.ANYONE, key.name) if atom.holes else _open(key.name, "has no value")
    if not _are_fixed(atom, key):
        return _open(key.name, "takes in more than fixed values")
    return Narrowing(key.who, Who.ANYONE if atom.holes else key.who, key.name)


def _open(key: str, why: str) -> Narrowing:
    return Narrowing(Who.ANYONE, Who.ANYONE, key, why)


def _escape(atom: Atom, *, is_present: bool) -> str:
    """Say how callers who are meant to be kept out fulfil a condition on a key that says who calls; empty if they do not."""
    if atom.operator == "null":
        return "is only looked at for whether it is there"
    if atom.negated:
        return "is compared by an operator that holds for everybody else"
    if atom.if_exists and not is_present:
        return "is compared by ...IfExists, which holds where the key is missing"
    if atom.sets == "forallvalues" and not is_present:
        return "is compared by ForAllValues, which holds where the key is missing"
    if atom.operator not in (_COMPARISONS if atom.key != ADDRESS else ("ipaddress",)):
        return "is compared by an operator that does not fit it"
    return ""


def _are_fixed(atom: Atom, key: CallerKey) -> bool:
    if atom.key == ADDRESS:
        return are_few_addresses(atom.values)
    test = key.is_fixed
    if test is names_account and atom.operator.startswith("arn"):
        test = names_account_by_parts
    return all(test(value) for value in atom.values)
