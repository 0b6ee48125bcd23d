"""Patterns and condition operators, decided for one text and one request context.

Follows the pages "Condition operators", "Single-valued vs. multivalued context keys", "Variables and tags" and "Resource"
of the IAM User Guide. It shares no code with the analysis of whole languages of patterns: findings are checked here.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policies.iam_analysis.model import Atom

    Value: TypeAlias = str | tuple[str, ...]
    Context: TypeAlias = Mapping[str, Value]
    Matcher: TypeAlias = Callable[[str, str, Context], bool]

# A pattern is a list of symbols: single characters, and these two, which no character equals.
_ANY = "any characters"
_ONE = "one character"

_SEGMENTS = 6
_VARIABLE = re.compile(r"\$\{([^{}]+)\}")
_DEFAULT = re.compile(r"([^,]+?)\s*,\s*'([^']*)'\s*")
_W3C_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_DECIMAL = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


def lowered(context: Context) -> dict[str, Value]:
    """Return the context with its keys in lower case: AWS compares names of keys so."""
    return {key.lower(): value for key, value in context.items()}


def symbols(text: str, context: Context | None = None, *, wildcards: bool = True) -> list[str] | None:
    """Read a pattern; with a context (keys in lower case), put in its values for the policy variables.

    What a variable stands for is literal, wildcards included. None if a variable has neither a value nor a default: such
    a text matches nothing. A key with several values cannot be a variable.
    """
    if context is None or "${" not in text:
        return _plain(text, wildcards=wildcards)
    found: list[str] = []
    end = 0
    for variable in _VARIABLE.finditer(text):
        value = _value_of(variable[1], context)
        if value is None:
            return None
        found += _plain(text[end : variable.start()], wildcards=wildcards)
        found += value
        end = variable.end()
    return found + _plain(text[end:], wildcards=wildcards)


def _plain(text: str, *, wildcards: bool) -> list[str]:
    if not wildcards:
        return list(text)
    return [_ANY if character == "*" else _ONE if character == "?" else character for character in text]


def _value_of(variable: str, context: Context) -> str | None:
    if variable in {"*", "?", "$"}:
        return variable
    with_default = _DEFAULT.fullmatch(variable)
    key, default = with_default.groups() if with_default else (variable, None)
    value = context.get(key.strip().lower())
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    return default if value is None else value


def matches(pattern: Sequence[str], text: str) -> bool:
    """Say whether a pattern matches a whole text; takes at most the product of both lengths."""
    position = index = 0
    star, after_star = -1, 0
    while index < len(text):
        symbol = pattern[position] if position < len(pattern) else ""
        if symbol is _ANY:
            star, after_star = position, index
            position += 1
        elif symbol is _ONE or symbol == text[index]:
            position += 1
            index += 1
        elif star >= 0:  # the last star takes one character more
            after_star += 1
            position, index = star + 1, after_star
        else:
            return False
    return all(symbol is _ANY for symbol in pattern[position:])


def arn_matches(pattern: Sequence[str], arn: str) -> bool:
    """Say whether a pattern matches an ARN, each of the six segments by itself.

    A wildcard stays within its segment. A pattern of fewer segments whose last one ends in a star matches whatever
    follows: `*` alone matches everything, also what is no ARN.
    """
    wanted = _segments(pattern)
    found = arn.split(":", _SEGMENTS - 1)
    if len(wanted) < len(found) and not (wanted[-1] and wanted[-1][-1] is _ANY):
        return False
    return len(wanted) <= len(found) and all(map(matches, wanted, found))


def _segments(pattern: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for symbol in pattern:
        if symbol == ":" and len(found) < _SEGMENTS:
            found.append([])
        else:
            found[-1].append(symbol)
    return found


def condition_holds(atom: Atom, context: Context) -> bool:
    """Say whether a condition holds for a request context (keys in any case; an absent key is not in it).

    Raises `ValueError` for an operator that IAM does not have: AWS refuses such a document.
    """
    return holds(atom, lowered(context))


def holds(atom: Atom, context: Context) -> bool:
    """Say the same of a context whose keys are in lower case."""
    operator = atom.operator.lower()
    value = context.get(atom.key.lower())
    if operator == "null":
        is_null = value is None or (isinstance(value, tuple) and not any(value))
        return str(is_null).lower() in {wanted.lower() for wanted in atom.values}
    positive, match = _operator(operator)
    if value is None and atom.if_exists:
        return True

    def passes(text: str) -> bool:
        return any(match(wanted, text, context) for wanted in atom.values) is positive

    present = () if value is None else value if isinstance(value, tuple) else (value,)
    if atom.sets:  # here empty texts count as no value
        given = filter(None, present)
        return all(map(passes, given)) if atom.sets.lower() == "forallvalues" else any(map(passes, given))
    # AWS documents no meaning for several values without a set operator: one that matches is a match.
    return any(map(passes, present)) if positive else all(map(passes, present))


def _operator(name: str) -> tuple[bool, Matcher]:
    """Return whether the operator asks for a match or for none, and what a match is."""
    if name in _MATCHERS:
        return True, _MATCHERS[name]
    if name in _NEGATED:
        return False, _MATCHERS[_NEGATED[name]]
    raise ValueError(f"IAM has no condition operator {name}")


def _equals(wanted: str, text: str, context: Context) -> bool:
    pattern = symbols(wanted, context, wildcards=False)
    return pattern is not None and pattern == list(text)


def _equals_ignoring_case(wanted: str, text: str, context: Context) -> bool:
    pattern = symbols(wanted, context, wildcards=False)
    return pattern is not None and "".join(pattern).lower() == text.lower()


def _like(wanted: str, text: str, context: Context) -> bool:
    pattern = symbols(wanted, context)
    return pattern is not None and matches(pattern, text)


def _arn_like(wanted: str, text: str, context: Context) -> bool:
    pattern = symbols(wanted, context)
    return pattern is not None and arn_matches(pattern, text)


def _bool(wanted: str, text: str, context: Context) -> bool:
    return text.lower() in {"true", "false"} and _equals_ignoring_case(wanted, text, context)


def _binary(wanted: str, text: str, _: Context) -> bool:
    """Compare the bytes; both sides are texts in base64."""
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False


def _in_range(wanted: str, text: str, _: Context) -> bool:
    try:
        return ipaddress.ip_address(text) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def _seconds(text: str) -> Decimal | None:
    """Read a date (a W3C form of ISO 8601, or Unix time) as seconds since 1970.

    Four digits are a year; a time without a zone is UTC.
    """
    parts = _W3C_DATE.fullmatch(text)
    if not parts:
        return _number(text)
    year, month, day, hour, minute, second = (int(part or least) for part, least in zip(parts.groups(), "011000", strict=False))
    zone = (parts[8] or "Z").upper()
    try:
        date = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    whole = Decimal(int((date - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())) + Decimal(f"0{parts[7] or ''}")
    if zone == "Z":
        return whole
    ahead = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return whole - ahead if zone[0] == "+" else whole + ahead


def _compare(read: Callable[[str], Decimal | None], test: Callable[[Decimal, Decimal], bool]) -> Matcher:
    def match(wanted: str, text: str, _: Context) -> bool:
        limit, value = read(wanted), read(text)
        return limit is not None and value is not None and test(value, limit)

    return match


_MATCHERS: dict[str, Matcher] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": _like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": _bool,
    "binaryequals": _binary,
    "ipaddress": _in_range,
} | {
    f"{kind}{name}": _compare(read, test)
    for kind, read in (("numeric", _number), ("date", _seconds))
    for name, test in (
        ("equals", Decimal.__eq__),
        ("lessthan", Decimal.__lt__),
        ("lessthanequals", Decimal.__le__),
        ("greaterthan", Decimal.__gt__),
        ("greaterthanequals", Decimal.__ge__),
    )
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
