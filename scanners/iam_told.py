"""Statements, requests and reasons of the IAM commands, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.witness import PRIVATE_KEYS, described
from scanners.sources.source import named
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policies.iam_analysis.landscape import Landscape
    from policies.iam_analysis.model import Atom, Patterns, Statement
    from policies.iam_analysis.search import Witness
    from policies.iam_catalogue.actions import Level
    from policies.resource import Location

MOST_ITEMS = 4
"""Of a list in a line: the others are counted."""

_MOST_REASONS = 3
_WIDEST = 60
_GAP = "  "
_OF_AWS = ":iam::aws:policy/"
_MARKS = {"yes": "yes", "unknown": "cannot tell", "no": "no"}


def mark(verdict: str) -> str:
    """Return an answer as people read it."""
    return _MARKS[verdict]


def label(urn: str) -> str:
    """Return the kind and the logical name of a resource: "role app"; what is no URN nearly as it is."""
    if not urn.startswith("urn:"):
        return f"AWS's {urn.rpartition('/')[2]}" if _OF_AWS in urn else urn
    type_, _, name = urn.rpartition("::")
    noun = type_.rpartition(":")[2]
    return f"{noun[:1].lower()}{noun[1:]} {name}"


def location_of(urn: str, landscapes: Iterable[Landscape]) -> Location | None:
    """Return the line of the program that makes a resource, where the source tells it."""
    for landscape in landscapes:
        if (resource := landscape.stack.get(urn)) is not None:
            return resource.location
    return None


def place(urn: str, landscapes: Iterable[Landscape]) -> str:
    """Return what is shown of a resource: its name, and the line of the program in parentheses."""
    location = location_of(urn, landscapes)
    return f"{label(urn)} ({location.file}:{location.line})" if location else label(urn)


def origin(statement: Statement, landscapes: Iterable[Landscape]) -> str:
    """Return where a statement stands: its resource, the property path and the line of the program."""
    location = location_of(statement.source, landscapes)
    line = f" ({location.file}:{location.line})" if location else ""
    return " ".join(filter(None, [label(statement.source), statement.at])) + line


def resources(patterns: Patterns | None) -> str:
    """Return the resources of a statement in words."""
    if patterns is None or (patterns.items == ("*",) and not patterns.negated):
        return "any resource"
    items = _items(patterns)
    return f"all but {named(items, MOST_ITEMS)}" if patterns.negated else named(items, MOST_ITEMS)


def _items(patterns: Patterns) -> list[str]:
    """Return patterns of resources; a resource that stands there with all that is in it is named once."""
    whole = {item for item in patterns.items if f"{item}/*" in patterns.items and f"{item}:*" in patterns.items}
    inside = {f"{item}{end}" for item in whole for end in ("/*", ":*")}
    return [item for item in patterns.items if item not in inside]


def principals(patterns: Patterns | None) -> str:
    """Return the principals of a statement in words; empty where it has none."""
    if patterns is None:
        return ""
    names = [principal(item) for item in patterns.items]
    return f"everyone but {named(names, MOST_ITEMS)}" if patterns.negated else named(names, MOST_ITEMS)


def principal(item: str) -> str:
    """Return a principal of a policy in words."""
    if item in ("*", "AWS:*"):
        return "everyone"
    kind, _, name = item.partition(":")
    return name if kind == "AWS" else f"{kind} {name}"


def condition(atom: Atom) -> str:
    """Return a condition in words; values that may be passwords are left out."""
    if not atom.key:
        return "a condition that is not known"
    operator = f"{atom.sets}:{atom.operator}" if atom.sets else atom.operator
    operator += "ifexists" if atom.if_exists else ""
    values = "some value" if atom.key in PRIVATE_KEYS else named(atom.values, MOST_ITEMS) or "a value that is not known"
    return f"{atom.key} {operator} {values}"


def conditions(atoms: Iterable[Atom]) -> str:
    """Return conditions in a line; empty where there are none."""
    return ", ".join(map(condition, atoms))


def counts(levels: Iterable[tuple[Level, int]]) -> str:
    """Return access levels with how many actions have each: "3 Write, 1 List"."""
    return ", ".join(f"{count} {level}" for level, count in levels)


def reasons(why: Sequence[str]) -> str:
    """Return why something cannot be told."""
    rest = len(why) - _MOST_REASONS
    return f"{'; '.join(why[:_MOST_REASONS])}{f'; and {rest} more reasons' if rest > 0 else ''}"


def table(rows: Sequence[Sequence[str]], indent: str = "") -> Iterator[str]:
    """Yield lines with aligned columns; a cell that is too wide pushes the rest of its line. Nothing in them can act."""
    shown = [[printable(cell) for cell in row] for row in rows]
    columns = max(map(len, shown), default=0)
    widths = [
        max((len(row[place]) for row in shown if len(row) > place and len(row[place]) <= _WIDEST), default=0)
        for place in range(columns)
    ]
    for row in shown:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield f"{indent}{_GAP.join(cells)}".rstrip() + "\n"


def as_statement(statement: Statement | None, landscapes: Iterable[Landscape]) -> dict[str, object] | None:
    """Return a statement as JSON: `source` (URN or ARN), `path`, `location`, what it is about, and its conditions."""
    if statement is None:
        return None
    location = as_location(statement.source, landscapes)
    found: dict[str, object] = {"source": statement.source, "path": statement.at, "location": location}
    if statement.resources is not None:
        found["notResources" if statement.resources.negated else "resources"] = _items(statement.resources)
    if statement.principals is not None:
        found["notPrincipals" if statement.principals.negated else "principals"] = list(statement.principals.items)
    return {**found, "conditions": [condition(atom) for atom in statement.conditions]}


def as_location(urn: str, landscapes: Iterable[Landscape]) -> dict[str, object] | None:
    """Return the line of a resource as JSON."""
    location = location_of(urn, landscapes)
    return {"file": location.file, "line": location.line} if location else None


def as_witness(witness: Witness | None) -> dict[str, object] | None:
    """Return a request as JSON: action, resource, principal, context (null for a key that is absent), and all as text."""
    if witness is None:
        return None
    context = {
        key: ["some value"] if key in PRIVATE_KEYS and value is not None else value and list(value)
        for key, value in sorted(witness.context.items())
    }
    return {
        "action": witness.action,
        "resource": witness.resource,
        "principal": witness.principal,
        "context": context,
        "text": described(witness),
    }
