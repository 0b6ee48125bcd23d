"""Conditions: when an operator holds for the values of a key.

Follows "IAM JSON policy elements: Condition operators" and "Multivalued context keys" of the IAM user guide. A policy
variable stands for itself here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from policies.iam_analysis.languages import compiled, matches, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from policies.iam_analysis.model import Atom

    Value: TypeAlias = tuple[str, ...] | None
    """The values of a key in a request; None where the key is absent."""

    Facts: TypeAlias = Mapping[str, tuple[Value, ...]]
    """What is known of a request: by key in lower case, the values it may have."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(-\d\d)?(-\d\d)?(T(?:[01]\d|2[0-3]):\d\d)?(:\d\d)?(\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?",
    re.ASCII | re.IGNORECASE,
)
"""The forms of a date: each part only after the one before."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _equals(wanted: str, value: str) -> bool:
    return wanted == value or quoted(wanted) == quoted(value)


def _equals_ignoring_case(wanted: str, value: str) -> bool:
    return quoted(wanted).lower() == quoted(value).lower()


def _like(wanted: str, value: str) -> bool:
    return matches(compiled(wanted), quoted(value))


def _arn_like(wanted: str, value: str) -> bool:
    return matches(compiled(wanted, arn=True), quoted(value))


def _same_flag(wanted: str, value: str) -> bool:
    return value.lower() in ("true", "false") and wanted.lower() == value.lower()


def _same_bytes(wanted: str, value: str) -> bool:
    import base64  # noqa: PLC0415  (late: hardly a policy compares bytes)

    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(value, validate=True)
    except ValueError:
        return False


def _within(wanted: str, value: str) -> bool:
    import ipaddress  # noqa: PLC0415  (late: few policies have addresses)

    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def number(text: str) -> Decimal | None:
    """Return the number that a text is, or None."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> Decimal | None:
    """Return the seconds since 1970 that a date says (ISO 8601 as W3C narrows it, or the seconds themselves), or None.

    Four digits are a year.
    """
    found = _DATE.fullmatch(text)
    if not found:
        return number(text)
    year, month, day, time, seconds, fraction, zone = found.groups()
    if (day and not month) or (time and not day) or (seconds and not time) or (fraction and not seconds) or (zone and not time):
        return None
    written = f"{year}{month or '-01'}{day or '-01'}{time or 'T00:00'}{seconds or ':00'}{zone or 'Z'}"
    try:
        given = datetime.fromisoformat(written.upper())
    except ValueError:
        return None
    return Decimal(round((given - EPOCH).total_seconds())) + Decimal(f"0{fraction or ''}")


def _comparison(read: Callable[[str], Decimal | None], sign: str) -> Callable[[str, str], bool]:
    def compare(wanted: str, value: str) -> bool:
        one, other = read(value), read(wanted)
        if one is None or other is None:
            return False
        if sign == "=":
            return one == other
        return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign]

    return compare


_SIGNS = {"equals": "=", "lessthan": "<", "lessthanequals": "<=", "greaterthan": ">", "greaterthanequals": ">="}
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": _like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": _same_flag,
    "binaryequals": _same_bytes,
    "ipaddress": _within,
    **{f"numeric{name}": _comparison(number, sign) for name, sign in _SIGNS.items()},
    **{f"date{name}": _comparison(moment, sign) for name, sign in _SIGNS.items()},
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
OPERATORS = frozenset({*_OPERATORS, *_NEGATED, "null"})
"""All operators that IAM has, in lower case, without prefix and IfExists."""


def is_opaque(atom: Atom) -> bool:
    """Say whether nothing can be said about when an atom holds: IAM does not have its operator."""
    return atom.operator not in OPERATORS


def holds_for(atom: Atom, value: str) -> bool:
    """Say whether an atom holds for one value of its key."""
    positive = _NEGATED.get(atom.operator)
    if positive:
        test = _OPERATORS[positive]
        return not any(test(wanted, value) for wanted in atom.values)
    test = _OPERATORS[atom.operator]
    return any(test(wanted, value) for wanted in atom.values)


def holds(atom: Atom, value: Value) -> bool:
    """Say whether an atom holds for the values of its key; its operator must be one that IAM has."""
    if atom.operator == "null":
        return any(wanted.lower() == ("false" if value else "true") for wanted in atom.values)
    if value is None and atom.if_exists:
        return True
    given = [one for one in value or () if one or not atom.sets]  # for set operators an empty text is no value
    if atom.sets == "forallvalues" or (atom.negated and not atom.sets):
        return all(holds_for(atom, one) for one in given)
    return any(holds_for(atom, one) for one in given)


def positive(atom: Atom) -> str:
    """Return the operator of an atom without its Not."""
    return _NEGATED.get(atom.operator, atom.operator)
