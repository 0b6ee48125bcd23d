"""Policy variables that have no value yet: where a statement may apply whatever they stand for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.iam_analysis.model import Atom, Patterns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.model import Statement

_VARIABLE = re.compile(r"\$\{(?![*?$]\})[^{}]*\}")
_OPERATOR = "variable"
"""Starts names of operators that nobody has: such an atom may hold or not."""


def has_variables(statement: Statement) -> bool:
    """Say whether a statement has variables, plain letters such as `${*}` aside."""
    items = statement.resources.items if statement.resources else ()
    return any(
        "${" in text and _VARIABLE.search(text) for text in (*items, *(v for atom in statement.conditions for v in atom.values))
    )


def loosened(statement: Statement) -> Iterator[Statement]:
    """Yield statements of which some may apply, by operators that IAM does not have, wherever the statement does.

    Equal texts stay equal: what is allowed by a variable is within what the same variable allows.
    """
    if not has_variables(statement):
        yield statement
        return
    conditions = tuple(
        atom._replace(operator=f"{_OPERATOR}:{atom.operator}") if any(map(_VARIABLE.search, atom.values)) else atom
        for atom in statement.conditions
    )
    plain = statement._replace(conditions=conditions)
    resources = statement.resources or Patterns(())
    variable = [item for item in resources.items if _VARIABLE.search(item)]
    if not variable:
        yield plain
        return
    known = tuple(item for item in resources.items if item not in variable)
    if resources.negated:
        starts = tuple(_VARIABLE.split(item, maxsplit=1)[0] + "*" for item in variable)
        yield plain._replace(resources=Patterns((*known, *starts), negated=True))
        unmet = Atom(f"{_OPERATOR}:not", "", tuple(variable))
        yield plain._replace(resources=Patterns(known, negated=True), conditions=(*conditions, unmet))
        return
    if known:
        yield plain._replace(resources=Patterns(known))
    for item in variable:
        met = Atom(_OPERATOR, "", (item,))
        yield plain._replace(resources=Patterns((_VARIABLE.split(item, maxsplit=1)[0] + "*",)), conditions=(*conditions, met))
