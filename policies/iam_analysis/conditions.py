"""Conditions: when an operator holds, and which values of a key make a difference to some of them.

For a question about several policies only a few values of each key matter: one for each way in which the operators on
it can hold together. `classes` gives these, with the key absent as one of them (IAM user guide, "IAM JSON policy elements:
Condition operators" and "Multivalued context keys").
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from policies.iam_analysis.languages import (
    Budget,
    TooComplexError,
    compiled,
    matches,
    quoted,
    shown,
    signatures,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from policies.iam_analysis.model import Atom

    Value: TypeAlias = tuple[str, ...] | None
    """The values of a key in a request; None where the key is absent."""

    Facts: TypeAlias = Mapping[str, tuple[Value, ...]]
    """What is known of a request: by key in lower case, the values it may have."""

ALWAYS_PRESENT = frozenset({"aws:currenttime", "aws:epochtime", "aws:requestedregion", "aws:securetransport"})
"""Keys that AWS includes in every request ("AWS global condition context keys", Availability)."""

_MOST_SETS = 512
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OPPOSITES = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}


def _equals(wanted: str, value: str) -> bool:
    return matches(compiled(quoted(wanted)), value)


def _equals_ignoring_case(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def _like(wanted: str, value: str) -> bool:
    return matches(compiled(wanted), value)


def _arn_like(wanted: str, value: str) -> bool:
    return matches(compiled(wanted, arn=True), value)


def _same_flag(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def _within(wanted: str, value: str) -> bool:
    import ipaddress  # noqa: PLC0415  (late: few policies have addresses)

    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def number(text: str) -> float | None:
    """Return the number that a text is, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def moment(text: str) -> float | None:
    """Return the seconds since 1970 that a date says (ISO 8601 or the seconds themselves), or None."""
    seconds = number(text)
    if seconds is not None:
        return seconds
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return None
    return ((given if given.tzinfo else given.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def _comparison(read: Callable[[str], float | None], sign: str) -> Callable[[str, str], bool]:
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
    "binaryequals": _equals,
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
        return any(wanted.lower() == ("true" if value is None else "false") for wanted in atom.values)
    if not value:
        return atom.if_exists or atom.sets == "forallvalues" or (atom.negated and atom.sets != "foranyvalue")
    if atom.sets == "forallvalues" or (atom.negated and not atom.sets):
        return all(holds_for(atom, one) for one in value)
    return any(holds_for(atom, one) for one in value)


def _texts(atoms: Iterable[Atom], budget: Budget) -> Iterator[str]:
    patterns = []
    for atom in atoms:
        name = _NEGATED.get(atom.operator, atom.operator)
        if name in ("stringlike", "arnlike", "arnequals"):
            patterns += [compiled(value, arn=name != "stringlike") for value in atom.values]
        elif name in ("stringequals", "binaryequals"):
            patterns += [compiled(quoted(value)) for value in atom.values]
        elif name == "stringequalsignorecase":
            for value in atom.values:
                patterns += [compiled(quoted(form)) for form in (value, value.lower(), value.upper())]
    distinct = list(dict.fromkeys(patterns))
    yield from signatures(compiled("*"), distinct, budget).values()


def _numbers(atoms: Iterable[Atom], prefix: str, read: Callable[[str], float | None]) -> Iterator[float]:
    found = sorted(
        {
            value
            for atom in atoms
            if _NEGATED.get(atom.operator, atom.operator).startswith(prefix)
            for value in map(read, atom.values)
            if value is not None
        }
    )
    if found:
        yield found[0] - 1
        yield from found
        yield from ((one + other) / 2 for one, other in pairwise(found))
        yield found[-1] + 1


def _written(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _dated(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return _written(seconds)


def _addresses(atoms: Iterable[Atom]) -> Iterator[str]:
    """Yield the ends of all ranges and what lies beside them: truth only changes there."""
    values = [value for atom in atoms if _NEGATED.get(atom.operator, atom.operator) == "ipaddress" for value in atom.values]
    if values:
        import ipaddress  # noqa: PLC0415  (late: few policies have addresses)

        found: dict[str, None] = {}
        for value in values:
            try:
                network = ipaddress.ip_network(value, strict=False)
            except ValueError:
                continue
            first, last = network.network_address, network.broadcast_address
            found[str(first)] = None
            if int(first):
                found[str(first - 1)] = None
            if int(last) < 2**network.max_prefixlen - 1:
                found[str(last + 1)] = None
        yield from found
        yield "2001:db8::1"
        yield "198.51.100.1"


def _candidates(atoms: Sequence[Atom], budget: Budget) -> list[str]:
    found = dict.fromkeys(_texts(atoms, budget))
    found |= dict.fromkeys(map(_written, _numbers(atoms, "numeric", number)))
    found |= dict.fromkeys(map(_dated, _numbers(atoms, "date", moment)))
    found |= dict.fromkeys(_addresses(atoms))
    if any(atom.operator == "bool" for atom in atoms):
        found |= {"true": None, "false": None}
    return list(found)


def classes(key: str, atoms: Sequence[Atom], facts: Facts, budget: Budget) -> list[tuple[int, Value]]:
    """Return the values of a key that differ in which atoms hold: bits over `atoms`, and the value.

    All atoms are on `key`, with operators that IAM has. Raises `TooComplexError` where there are too many.
    """
    known = facts.get(key)
    found: dict[int, Value] = {}
    if known is not None:
        for value in known:
            found.setdefault(_vector(atoms, value), value)
    else:
        if key not in ALWAYS_PRESENT:
            found[_vector(atoms, None)] = None
        candidates = _candidates(atoms, budget)
        budget.take(len(candidates) * len(atoms))
        for text in candidates:
            found.setdefault(_vector(atoms, (text,)), (text,))
        if len(atoms) > 1 and any(atom.sets for atom in atoms):
            for vector, value in _sets(atoms, candidates, budget).items():
                found.setdefault(vector, value)
    return [(vector, value and tuple(map(shown, value))) for vector, value in found.items()]


def _vector(atoms: Sequence[Atom], value: Value) -> int:
    return sum(1 << index for index, atom in enumerate(atoms) if holds(atom, value))


def _sets(atoms: Sequence[Atom], candidates: Iterable[str], budget: Budget) -> dict[int, Value]:
    """Return what can hold for several values at once: closed under adding a value."""
    single: dict[int, str] = {}
    for text in candidates:
        single.setdefault(sum(1 << i for i, atom in enumerate(atoms) if atom.operator == "null" or holds_for(atom, text)), text)
    states: dict[tuple[int, int], tuple[str, ...]] = {(vector, vector): (text,) for vector, text in single.items()}
    waiting = list(states.items())
    while waiting:
        (every, some), values = waiting.pop()
        for vector, text in single.items():
            after = (every & vector, some | vector)
            if after not in states:
                budget.take()
                states[after] = (*values, text)
                waiting.append((after, states[after]))
        if len(states) > _MOST_SETS:
            raise TooComplexError
    return {_vector(atoms, values): values for values in states.values()}
