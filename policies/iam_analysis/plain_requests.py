"""Plain requests: those that no condition of a policy singles out.

A condition limits a policy if it keeps plain requests out: an Allow under it is for special ones only, and a Deny that
special requests alone escape leaves nothing else. In a plain request a key is absent, or has a value that nobody named; a
flag is false. What every caller chooses freely (TLS, the name of the client, the Region, when to ask) limits no Deny.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.conditions import holds, is_opaque

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policies.iam_analysis.conditions import Facts, Value
    from policies.iam_analysis.model import Atom, Statement

NOBODYS = "a-name-that-nobody-planned"
"""Stands in requests for names and values that no policy means."""

_CHOSEN_BY_CALLERS = frozenset({"aws:securetransport", "aws:useragent", "aws:referer"})
_CHOSEN_BY_TIME_AND_PLACE = frozenset({"aws:requestedregion", "aws:currenttime", "aws:epochtime"})
"""An Allow for a Region or a time is limited, but whom a Deny keeps out of one Region goes to another."""

_ALWAYS_THERE = frozenset({
    "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principaltype", "aws:requestedregion",
    "aws:resourceaccount", "aws:userid", "aws:viaawsservice",
    "aws:tagkeys", "iam:passedtoservice",  # of requests that tag, or pass a role; no condition on others names them
})  # fmt: skip
"""Keys that are never absent ("AWS global condition context keys", Availability)."""

_EXACT = frozenset({"stringequals", "stringequalsignorecase", "binaryequals"})
_WITHOUT_PLAIN_VALUE = ("numeric", "date")
_ADDRESSES = ("192.88.99.77", "5f00::77")
"""Addresses of ranges that are reserved."""


def is_limited(statement: Statement) -> bool:
    """Say whether a condition of an Allow keeps plain requests out, whatever its unknown values are."""
    return any(map(_keeps_out, statement.conditions))


def _keeps_out(atom: Atom) -> bool:
    if atom.key in _CHOSEN_BY_CALLERS:
        return False
    if atom.holes and (atom.sets == "forallvalues" or not atom.operator.startswith((*_EXACT, *_WITHOUT_PLAIN_VALUE))):
        return False  # what is not known may let everybody in
    if is_opaque(atom):
        return True  # AWS refuses the policy
    return not any(holds(atom, value) for value in _plain_values(atom.key, (atom,)))


def plain_facts(statements: Iterable[Statement]) -> Facts:
    """Return what plain requests say for the keys of some statements, each value to be tried."""
    atoms: dict[str, list[Atom]] = {}
    for statement in statements:
        for atom in statement.conditions:
            atoms.setdefault(atom.key, []).append(atom)
    free = _CHOSEN_BY_CALLERS | _CHOSEN_BY_TIME_AND_PLACE
    return {key: _plain_values(key, group) for key, group in atoms.items() if key not in free}


def _plain_values(key: str, atoms: Sequence[Atom]) -> tuple[Value, ...]:
    """Return the values of a key in plain requests.

    A service's own key that ForAllValues asks for, such as `dynamodb:LeadingKeys`, is what its actions say.
    """
    operators = {atom.operator for atom in atoms}
    in_lists = not key.startswith("aws:") and any(atom.sets == "forallvalues" for atom in atoms)
    absent: tuple[Value, ...] = () if key in _ALWAYS_THERE or in_lists else (None,)
    if "null" in operators and absent:
        return absent  # whether the key is there is the limit
    values: list[Value] = []
    if any("string" in name or "binary" in name for name in operators):
        values.append((NOBODYS,))
    if any("arn" in name for name in operators):
        values.append((f"arn:aws:{NOBODYS}:::{NOBODYS}",))
    if any("ipaddress" in name for name in operators):
        values += [(address,) for address in _ADDRESSES]
    if "bool" in operators:
        values.append(("false",))
    return (*absent, *values) or ((NOBODYS,),)
