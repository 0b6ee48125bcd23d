"""Which values of a condition key make a difference to some conditions.

For a question about several policies only a few values of each key matter: one for each way in which the operators on
it can hold together. `classes` gives these, with the key absent as one of them.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import localcontext
from itertools import pairwise
from typing import TYPE_CHECKING

from policies.iam_analysis.conditions import EPOCH, holds, holds_for, moment, number, positive
from policies.iam_analysis.languages import Budget, TooComplexError, compiled, compiled_ignoring_case, quoted, shown, signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from decimal import Decimal

    from policies.iam_analysis.conditions import Facts, Value
    from policies.iam_analysis.model import Atom

ALWAYS_PRESENT = frozenset({"aws:currenttime", "aws:epochtime", "aws:requestedregion", "aws:securetransport"})
"""Keys that AWS includes in every request ("AWS global condition context keys", Availability)."""

_MOST_SETS = 512


def classes(key: str, atoms: Sequence[Atom], facts: Facts, budget: Budget) -> list[tuple[int, Value]]:
    """Return the values of a key that differ in which atoms hold: bits over `atoms`, and the value.

    All atoms are on `key`, with operators that IAM has. Raises `TooComplexError` where there are too many, or where texts
    are compared with numbers, dates or addresses.
    """
    known = facts.get(key)
    found: dict[int, Value] = {}
    if known is not None:
        budget.take(sum(len(value or ()) for value in known) * _cost(atoms))
        for value in known:
            found.setdefault(_vector(atoms, value), value)
        return list(found.items())
    if key not in ALWAYS_PRESENT:
        found[_vector(atoms, None)] = None
    candidates = list(dict.fromkeys(map(shown, _candidates(atoms, budget))))
    budget.take(len(candidates) * _cost(atoms))
    for text in candidates:
        found.setdefault(_vector(atoms, (text,)), (text,))
    if len(atoms) > 1 and any(atom.sets for atom in atoms):
        for vector, texts in _sets(atoms, candidates, budget).items():
            found.setdefault(vector, texts)
    return list(found.items())


def _cost(atoms: Iterable[Atom]) -> int:
    """Return the steps of asking about one value."""
    return sum(1 + len(atom.values) for atom in atoms)


def _vector(atoms: Sequence[Atom], value: Value) -> int:
    return sum(1 << index for index, atom in enumerate(atoms) if holds(atom, value))


def _candidates(atoms: Sequence[Atom], budget: Budget) -> Iterator[str]:
    kinds = {_kind(atom) for atom in atoms} - {"null"}
    if len(kinds) > 1 and kinds != {"bool", "text"}:
        raise TooComplexError
    limits = sum(len(atom.values) for atom in atoms) if kinds - {"bool", "text"} else 0
    letters = sum(len(text) for atom in atoms for text in atom.values)
    budget.take(6 * _cost(atoms) + letters // 16 + limits * (8 + limits))  # limits are all compared with each other
    if "bool" in kinds:
        yield from ("true", "false")
    if "text" in kinds or not kinds:
        yield from _texts(atoms, budget)
        yield ""
    elif "numeric" in kinds:
        yield from (f"{value:f}" for value in _points(atoms, number))
    elif "date" in kinds:
        yield from map(_dated, _points(atoms, moment))
    elif "address" in kinds:
        yield from _addresses(atoms)
    elif "bytes" in kinds:
        yield from (value for atom in atoms for value in atom.values)
        yield "bm9ib2R5J3M="


def _kind(atom: Atom) -> str:
    name = positive(atom)
    if name in ("bool", "null"):
        return name
    for start, kind in (("numeric", "numeric"), ("date", "date"), ("ipaddress", "address"), ("binary", "bytes")):
        if name.startswith(start):
            return kind
    return "text"


def _texts(atoms: Iterable[Atom], budget: Budget) -> Iterator[str]:
    """Yield a text that is not empty for each way in which the patterns match."""
    patterns = []
    for atom in atoms:
        name = positive(atom)
        if name in ("stringlike", "arnlike", "arnequals"):
            patterns += [compiled(value, arn=name != "stringlike") for value in atom.values]
        elif name == "stringequals":
            patterns += [compiled(quoted(value)) for value in atom.values]
        elif name == "stringequalsignorecase":
            patterns += [compiled_ignoring_case(quoted(value)) for value in atom.values]
    distinct = list(dict.fromkeys(patterns))
    yield from signatures(compiled("?*"), distinct, budget).values()


def _points(atoms: Iterable[Atom], read: Callable[[str], Decimal | None]) -> Iterator[Decimal]:
    """Yield the limits of all comparisons, and what lies between and beside them."""
    texts = [text for atom in atoms for text in atom.values]
    with localcontext() as exact:
        exact.prec = 2 * max((len(text) for text in texts), default=0) + 24
        found = sorted({value for value in map(read, texts) if value is not None}) or [*filter(None, (read("1"),))]
        middles = [(one + other) / 2 for one, other in pairwise(found)]
        yield from (found[0] - 1, *found, *middles, found[-1] + 1)


def _dated(seconds: Decimal) -> str:
    if seconds == int(seconds):
        try:
            return (EPOCH + timedelta(seconds=int(seconds))).isoformat().replace("+00:00", "Z")
        except OverflowError:
            pass
    return f"{seconds:f}"


def _addresses(atoms: Iterable[Atom]) -> Iterator[str]:
    """Yield the ends of all ranges and what lies beside them: truth only changes there."""
    import ipaddress  # noqa: PLC0415  (late: few policies have addresses)

    for value in dict.fromkeys(value for atom in atoms if _kind(atom) == "address" for value in atom.values):
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            continue
        first, last = network.network_address, network.broadcast_address
        yield str(first)
        if int(first):
            yield str(first - 1)
        if int(last) < 2**network.max_prefixlen - 1:
            yield str(last + 1)
    yield "2001:db8::1"
    yield "198.51.100.1"


def _sets(atoms: Sequence[Atom], candidates: Iterable[str], budget: Budget) -> dict[int, Value]:
    """Return what can hold for several values at once: closed under adding a value."""
    single: dict[int, str] = {}
    for text in filter(None, candidates):
        single.setdefault(sum(1 << i for i, atom in enumerate(atoms) if atom.operator == "null" or holds_for(atom, text)), text)
    states: dict[tuple[int, int], tuple[str, ...]] = {(vector, vector): (text,) for vector, text in single.items()}
    waiting = list(states.items())
    while waiting:
        (every, some), values = waiting.pop()
        budget.take(len(single))
        for vector, text in single.items():
            after = (every & vector, some | vector)
            if after not in states:
                budget.take(len(values) * _cost(atoms))
                states[after] = (*values, text)
                waiting.append((after, states[after]))
        if len(states) > _MOST_SETS:
            raise TooComplexError
    return {_vector(atoms, values): values for values in states.values()}
