"""Policy documents as the analyser takes them: plain values, with a place for what is not known.

A document is read once. An action, a resource, a principal or a condition value that nobody knows yet is a *hole*: its
property path is kept, and the largest and the smallest document that may come of it are both judged (`largest`,
`smallest`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from policies import policy_document
from policies.block import Block
from policies.unknown import UnknownValue, told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

T = TypeVar("T")

_IF_EXISTS = "ifexists"
_VARIABLE = re.compile(r"\$\{([^{},]*)(?:,\s*'([^{}]*)'\s*)?\}")
EVERYTHING = "*"


class Patterns(NamedTuple):
    """Texts with wildcards: all that one of `items` matches or, `negated`, all that none matches. `holes` are unknown items."""

    items: tuple[str, ...]
    negated: bool = False
    holes: tuple[str, ...] = ()

    @property
    def largest(self) -> Patterns:
        """All that the patterns may come to match."""
        return Patterns(self.items, negated=True) if self.negated else Patterns((*self.items, EVERYTHING))

    @property
    def smallest(self) -> Patterns:
        """What the patterns match in any case."""
        return Patterns((), negated=False) if self.negated else Patterns(self.items)


ALL = Patterns((EVERYTHING,))


class Atom(NamedTuple):
    """One operator and key of a Condition, in lower case. It holds if one of `values` does (for negated operators: if none).

    `sets` is `forallvalues`, `foranyvalue` or empty. An operator or a key that is unknown is empty, its path a hole.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    sets: str = ""
    if_exists: bool = False
    holes: tuple[str, ...] = ()

    @property
    def negated(self) -> bool:
        """Say whether the operator is one of the `Not` ones."""
        return "not" in self.operator


class Statement(NamedTuple):
    """One statement. `effect` is Allow, Deny, or empty where it is unknown.

    `resources` is None in trust policies, `principals` (`AWS:arn:...`, `Service:ec2.amazonaws.com`) in policies of
    identities. `at` is the property path, `source` the URN of the resource that holds the document, or what names it.
    """

    effect: str
    actions: Patterns
    resources: Patterns | None = None
    principals: Patterns | None = None
    conditions: tuple[Atom, ...] = ()
    at: str = ""
    source: str = ""

    @property
    def holes(self) -> tuple[str, ...]:
        """Property paths of what is not known."""
        elements = (self.actions, self.resources, self.principals, *self.conditions)
        holes = [path for element in elements if element for path in element.holes]
        return (*holes, *(() if self.effect else (f"{self.at}.Effect",)))

    def applies_at_most(self) -> Statement:
        """Return the statement with every hole filled so that it applies to as much as possible."""
        conditions = (
            atom if not atom.holes else atom._replace(holes=()) if atom.negated and atom.values else None
            for atom in self.conditions
        )
        return self._replace(
            actions=_largest(self.actions),
            resources=self.resources and _largest(self.resources),
            principals=self.principals and _largest(self.principals),
            conditions=tuple(filter(None, conditions)),
        )

    def applies_at_least(self) -> Statement | None:
        """Return the statement with every hole filled so that it applies to as little as possible; None for nothing."""
        for atom in self.conditions:
            if atom.holes and (atom.negated or not atom.values):
                return None
        return self._replace(
            actions=_smallest(self.actions),
            resources=self.resources and _smallest(self.resources),
            principals=self.principals and _smallest(self.principals),
            conditions=tuple(atom._replace(holes=()) if atom.holes else atom for atom in self.conditions),
        )


def _largest(patterns: Patterns) -> Patterns:
    return patterns.largest if patterns.holes else patterns


def _smallest(patterns: Patterns) -> Patterns:
    return patterns.smallest if patterns.holes else patterns


class Document(NamedTuple):
    """A policy document: its statements, and why there may be others (`unknown`, each with its property path).

    `unsure` says why the document may not apply at all; else it is empty.
    """

    statements: tuple[Statement, ...]
    unknown: tuple[str, ...] = ()
    unsure: str = ""

    @property
    def holes(self) -> tuple[str, ...]:
        """All that is not known of the document, statements included."""
        holes = (*self.unknown, *(hole for statement in self.statements for hole in statement.holes))
        return (self.unsure, *holes) if self.unsure else holes

    def largest(self) -> tuple[Statement, ...]:
        """Return statements that allow at least what the document will allow."""
        if not self.holes:
            return self.statements
        found: list[Statement] = []
        for statement in self.statements:
            if statement.effect == "Deny":
                least = None if self.unsure else statement.applies_at_least()
                found += [least] if least else []
            else:
                found.append(statement.applies_at_most()._replace(effect="Allow"))
        return (*found, *(Statement("Allow", ALL, ALL, ALL, at=why) for why in self.unknown[:1]))

    def smallest(self) -> tuple[Statement, ...]:
        """Return statements that allow at most what the document will allow."""
        if not self.holes:
            return self.statements
        found: list[Statement] = []
        for statement in self.statements:
            if statement.effect == "Allow":
                least = None if self.unsure else statement.applies_at_least()
                found += [least] if least else []
            else:
                found.append(statement.applies_at_most()._replace(effect="Deny"))
        return (*found, *(Statement("Deny", ALL, ALL, ALL, at=why) for why in self.unknown[:1]))

    def bound(self, values: Mapping[str, str | None]) -> Document:
        """Return the document for one principal: policy variables of these names, in lower case, have a value.

        A text with a variable that has none, and no default, matches nothing (IAM user guide, "Variables and tags").
        """
        if not any("${" in text for statement in self.statements for text in _texts(statement)):
            return self
        return self._replace(statements=tuple(_bound(statement, values) for statement in self.statements))


NOTHING = Document(())


def _texts(statement: Statement) -> Iterator[str]:
    if statement.resources:
        yield from statement.resources.items
    for atom in statement.conditions:
        yield from atom.values


def _bound(statement: Statement, values: Mapping[str, str | None]) -> Statement:
    resources = statement.resources
    return statement._replace(
        resources=resources and resources._replace(items=_filled(resources.items, values)),
        conditions=tuple(atom._replace(values=_filled(atom.values, values)) for atom in statement.conditions),
    )


def _filled(texts: tuple[str, ...], values: Mapping[str, str | None]) -> tuple[str, ...]:
    def value(variable: re.Match[str]) -> str:
        found = values.get(variable[1].strip().lower(), variable[0])
        return "${}" if found is None and variable[2] is None else variable[2] if found is None else found

    filled = (_VARIABLE.sub(value, text) if "${" in text else text for text in texts)
    return tuple(text for text in filled if "${}" not in text)


def unknown_document(why: str) -> Document:
    """Return a document of which nothing is known, such as that of a policy outside the stack."""
    return Document((), (why,))


def read_document(block: Block, path: str, source: str = "") -> Document:
    """Read the policy document at a property path of a resource or of a block in it; never raises.

    What is not known and what AWS would refuse become holes; nothing is there where no document is set.
    """
    found: list[Statement] = []
    unknown: list[str] = []
    statements = policy_document.statements(block, path)
    while True:
        try:
            found.append(read_statement(next(statements), source))
        except StopIteration:
            break
        except UnknownValue as error:
            unknown.append(told_by(error))
            break  # statements() raises after the last one
    return Document(tuple(found), tuple(unknown))


def document_of(value: object, source: str = "", place: str = "policy") -> Document:
    """Read a document that stands by itself: JSON text, or an object as JSON gives it. Never raises."""
    return read_document(Block({place: value}, ""), place, source)


def read_statement(statement: policy_document.Statement, source: str = "") -> Statement:
    """Take over one statement; never raises."""
    statement = statement.with_patterns()
    try:
        effect = statement.effect
    except UnknownValue as error:
        error.with_traceback(None)
        effect = ""
    return Statement(
        effect,
        _patterns(statement, "Action", statement.actions, statement.not_actions) or Patterns((), holes=(statement.at,)),
        _patterns(statement, "Resource", statement.resources, statement.not_resources),
        _patterns(
            statement,
            "Principal",
            lambda: map(_tagged, statement.principals()),
            lambda: map(_tagged, statement.not_principals()),
        ),
        tuple(_atoms(statement)),
        statement.at,
        source,
    )


def _tagged(principal: policy_document.Principal) -> str:
    return EVERYTHING if principal.is_everyone else f"{principal.type}:{principal.id}"


def _patterns(
    statement: policy_document.Statement,
    element: str,
    items: Callable[[], Iterable[str]],
    excluded: Callable[[], Iterable[str]],
) -> Patterns | None:
    try:
        if statement.has(element):
            known, holes = _gather(items())
            return Patterns(known, holes=holes)
        if statement.has(f"Not{element}"):
            known, holes = _gather(excluded())
            return Patterns(known, negated=True, holes=holes)
    except UnknownValue as error:
        return Patterns((), holes=(told_by(error),))
    return None


def _gather(items: Iterable[T]) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """Return the items that are known, and what is said of the others."""
    known: list[T] = []
    try:
        known.extend(items)
    except UnknownValue as error:
        return tuple(known), (told_by(error),)
    return tuple(known), ()


def _atoms(statement: policy_document.Statement) -> Iterator[Atom]:
    conditions, holes = _gather(statement.conditions())
    for condition in conditions:
        values, unknown = _gather(condition.values())
        sets, _, operator = condition.operator.rpartition(":")
        if_exists = operator.endswith(_IF_EXISTS)
        yield Atom(operator.removesuffix(_IF_EXISTS), condition.key, values, sets, if_exists, unknown)
    if holes:
        yield Atom("", "", (), holes=holes)
