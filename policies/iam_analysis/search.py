"""The question that all others come down to: is there a request that some statements apply to and others do not.

A request has an action, a resource, a principal and a context. In each of these only a few values matter: one for each
set of statements that can apply at once. So a point of the search is a bit for each statement, and a `Formula` over these
bits says whether the point is what is looked for. Every point comes with a request that reaches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.action_sets import ActionSets, names
from policies.iam_analysis.condition_values import classes
from policies.iam_analysis.conditions import is_opaque
from policies.iam_analysis.languages import Budget, compiled, intersects, matches, shown, signatures
from policies.iam_analysis.model import ALL, Patterns
from policies.iam_analysis.principal_sets import principal_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.iam_analysis.conditions import Facts, Value
    from policies.iam_analysis.languages import Pattern
    from policies.iam_analysis.model import Atom, Statement


_OPAQUE = "?"
"""Marks what stands for an operator that IAM does not have: it may hold or not."""


class Formula(NamedTuple):
    """When a request is allowed: a statement of every group applies, none of `deny` does, and `unless` does not hold."""

    groups: tuple[int, ...]
    deny: int = 0
    unless: Formula | None = None

    def holds(self, applying: int) -> bool:
        """Say whether it holds where these statements apply."""
        if applying & self.deny or (self.unless and self.unless.holds(applying)):
            return False
        return all(applying & group for group in self.groups)

    def is_possible(self, applicable: int) -> bool:
        """Say whether it can hold where no other statements than these may apply."""
        return all(applicable & group for group in self.groups)


class Witness(NamedTuple):
    """A request: the action in lower case, a resource, a principal (empty if the question had none) and its context."""

    action: str
    resource: str
    principal: str
    context: Mapping[str, Value]
    statements: tuple[Statement, ...] = ()
    """Statements that apply to it."""
    approximate: bool = False
    """Whether an operator that IAM does not have was taken for one that may or may not hold."""


class Question(NamedTuple):
    """What a request must be like: patterns of actions, resources and principals, and what is known of its context.

    `apart_from` are resources that are not meant.
    """

    actions: Patterns = ALL
    resources: Patterns | None = None
    principals: Patterns | None = None
    facts: Facts = {}
    apart_from: tuple[str, ...] = ()


class Search:
    """Statements made ready for questions about them."""

    __slots__ = ("_actions", "_masks", "_principals", "_resources", "statements")

    def __init__(self, statements: Sequence[Statement]) -> None:
        """Take statements without holes; bit i of all formulas stands for `statements[i]`."""
        self.statements = tuple(statements)
        self._actions = ActionSets(statement.actions for statement in self.statements)
        self._masks = [self._actions.mask(statement.actions) for statement in self.statements]
        self._resources = [_resource_patterns(statement.resources) for statement in self.statements]
        self._principals = [_principal_patterns(statement.principals) for statement in self.statements]

    def actions_of(self, statements: int) -> int:
        """Return the set of actions that some of the statements name."""
        found = 0
        for index in bits(statements):
            found |= self._masks[index]
        return found

    def find(self, formula: Formula, question: Question = Question(), budget: Budget | None = None) -> Witness | None:  # noqa: B008
        """Return a request for which the formula holds, or None if there is none.

        Raises `TooComplexError` where the budget does not suffice.
        """
        budget = budget or Budget()
        for applicable, actions in self._cells(question.actions):
            if not formula.is_possible(applicable):
                continue
            candidates = applicable & formula.groups[0]
            for index in bits(candidates):
                if formula.unless and self._is_within_another(index, applicable, formula.unless):
                    continue
                found = self._find_in(index, applicable, formula, question, budget)
                if found:
                    return found._replace(action=self._actions.example(actions) if actions else question.actions.items[0])
        return None

    def _cells(self, wanted: Patterns) -> Iterator[tuple[int, int]]:
        """Yield sets of actions that the same statements name: bits of the statements, and the set.

        The set is empty for the one action that is asked for and that neither AWS nor a statement has.
        """
        every = self._actions.mask(wanted)
        if not every:
            for action in wanted.items:
                yield sum(1 << i for i, statement in enumerate(self.statements) if names(statement.actions, action)), 0
            return
        cells = {0: every}
        for index, mask in enumerate(self._masks):
            bit = 1 << index
            if len(cells) == 1:  # one action, or actions that no statement has told apart yet
                ((applicable, actions),) = cells.items()
                if actions & mask == actions:
                    cells = {applicable | bit: actions}
                    continue
            after: dict[int, int] = {}
            for applicable, actions in cells.items():
                inside = actions & mask
                if inside:
                    after[applicable | bit] = inside
                if inside != actions:
                    after[applicable] = actions ^ inside
            cells = after
        yield from cells.items()

    def _is_within_another(self, index: int, applicable: int, known: Formula) -> bool:
        """Say whether what a statement allows is plainly allowed by the known ones: one of each group says as much."""
        if applicable & known.deny:
            return False
        return all(
            any(_says_as_much(self.statements[other], self.statements[index]) for other in bits(applicable & group))
            for group in known.groups
        )

    def _find_in(self, index: int, applicable: int, formula: Formula, question: Question, budget: Budget) -> Witness | None:
        bit = 1 << index
        asked = [_resource_patterns(question.resources)]
        if question.apart_from:
            asked.append(_resource_patterns(Patterns(question.apart_from, negated=True)))
        resources = self._dimension(index, applicable, self._resources, asked, budget)
        if not resources:
            return None
        principals = self._dimension(index, applicable, self._principals, [_principal_patterns(question.principals)], budget)
        if not principals:
            return None
        both: dict[int, tuple[str, str]] = {}
        for first, resource in resources.items():
            for second, principal in principals.items():
                budget.take()
                applying = first & second
                if applying & bit and formula.is_possible(applying):
                    both.setdefault(applying, (resource, principal))
        for applying, (resource, principal) in both.items():
            for holding, context in self._contexts(bit, applying, question.facts, budget).items():
                if formula.holds(holding):
                    return Witness(
                        "",
                        shown(resource),
                        shown(principal),
                        {key: value for key, value in context.items() if not key.startswith(_OPAQUE)},
                        tuple(self.statements[i] for i in bits(holding)),
                        approximate=any(key.startswith(_OPAQUE) for key in context),
                    )
        return None

    def _dimension(
        self, index: int, applicable: int, patterns: Sequence[_Side], asked: Sequence[_Side], budget: Budget
    ) -> dict[int, str]:
        """Return which statements can apply together with one of them, in one dimension, and a text for each.

        Only texts that all of `asked` match.
        """
        sides = [(i, patterns[i]) for i in bits(applicable)]
        wanted = [side for side in (*asked, patterns[index]) if side]
        if not wanted and all(side is None for _, side in sides):
            return {applicable: ""}
        start = next((side for side in wanted if not side.negated), None)
        found: dict[int, str] = {}
        for root in start.patterns if start else (_EVERYTHING,):
            relevant: dict[Pattern, int] = {}
            for side in (*wanted, *(side for _, side in sides)):
                for pattern in side.patterns if side else ():
                    if pattern not in relevant and intersects(root, pattern, budget):
                        relevant[pattern] = 1 << len(relevant)
            masks = [(1 << i, *_mask(side, relevant)) for i, side in sides]
            musts = [_mask(side, relevant) for side in wanted]
            for vector, text in signatures(root, tuple(relevant), budget).items():
                if all(bool(vector & mask) != negated for mask, negated in musts):
                    applying = sum(bit for bit, mask, negated in masks if bool(vector & mask) != negated)
                    found.setdefault(applying, text)
        return found

    def _contexts(self, bit: int, applying: int, facts: Facts, budget: Budget) -> dict[int, dict[str, Value]]:
        """Return which statements can hold together with one of them, and a context for each."""
        found: dict[int, dict[str, Value]] = {applying: {}}
        for key, atoms in self._atoms(applying).items():
            after: dict[int, dict[str, Value]] = {}
            options = _options(key, atoms, facts, applying, budget)
            for holding, context in found.items():
                for mask, value in options.items():
                    budget.take()
                    both = holding & mask
                    if both & bit and both not in after:
                        after[both] = {**context, key: value}
            found = after
        return found

    def _atoms(self, applying: int) -> dict[str, dict[Atom, int]]:
        """Return the conditions of some statements by key, each with the statements that have it."""
        found: dict[str, dict[Atom, int]] = {}
        for index in bits(applying):
            for atom in self.statements[index].conditions:
                atoms = found.setdefault(f"{_OPAQUE}{atom}" if is_opaque(atom) else atom.key, {})
                atoms[atom] = atoms.get(atom, 0) | 1 << index
        return found


def _options(key: str, atoms: Mapping[Atom, int], facts: Facts, applying: int, budget: Budget) -> dict[int, Value]:
    """Return which statements are left for the values of a key, and a value for each."""
    found: dict[int, Value] = {}
    values: list[tuple[int, Value]]
    values = [(1, ("true",)), (0, None)] if key.startswith(_OPAQUE) else classes(key, tuple(atoms), facts, budget)
    for vector, value in values:
        mask = applying
        for place, statements in enumerate(atoms.values()):
            if not vector >> place & 1:
                mask &= ~statements
        found.setdefault(mask, value)
    return found


class _Patterns(NamedTuple):
    patterns: tuple[Pattern, ...]
    negated: bool


_Side = _Patterns | None
_EVERYTHING = compiled("*")


def bits(mask: int) -> Iterator[int]:
    """Yield the positions of the bits of a mask."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _resource_patterns(resources: Patterns | None) -> _Side:
    if resources is None:
        return None
    return _Patterns(tuple(compiled(text, arn=True) for text in dict.fromkeys(resources.items)), resources.negated)


def _principal_patterns(principals: Patterns | None) -> _Side:
    if principals is None:
        return None
    return _Patterns(principal_patterns(principals.items), principals.negated)


def _mask(side: _Side, places: Mapping[Pattern, int]) -> tuple[int, bool]:
    """Return the bits of a side's patterns, and whether none of them may be set; without patterns it is always met."""
    if side is None:
        return 0, True
    return sum(places.get(pattern, 0) for pattern in side.patterns), side.negated


def _says_as_much(one: Statement, other: Statement) -> bool:
    """Say whether a statement applies to all that another one does, by the look of both (actions aside)."""
    return (
        set(one.conditions) <= set(other.conditions)
        and _covers(one.resources, other.resources)
        and _covers(one.principals, other.principals)
    )


def _covers(one: Patterns | None, other: Patterns | None) -> bool:
    if one is None or one == other:
        return True
    if other is None:
        other = ALL
    if one.negated:
        return other.negated and set(one.items) <= set(other.items)
    if other.negated:
        return "*" in one.items
    whole = [compiled(text, arn=True) for text in one.items]
    return all(text in one.items or any(p.is_prefix and matches(p, text) for p in whole) for text in other.items)
