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
from policies.iam_analysis.languages import Budget, each_signature, intersects, shown
from policies.iam_analysis.model import ALL, Patterns
from policies.iam_analysis.statement_sides import (
    EVERYTHING,
    bits,
    mask_of,
    principal_side,
    resource_side,
    says_as_much,
    size,
    size_of_conditions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policies.iam_analysis.conditions import Facts, Value
    from policies.iam_analysis.languages import Pattern
    from policies.iam_analysis.model import Atom, Statement
    from policies.iam_analysis.statement_sides import Side


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


class Cell(NamedTuple):
    """Actions that the same statements name: bits of these, and the set; empty for one that neither AWS nor they have."""

    applicable: int
    actions: int


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

    __slots__ = ("_masks", "_meeting", "_principals", "_resources", "_vectors", "action_sets", "statements")

    def __init__(self, statements: Iterable[Statement], budget: Budget | None = None) -> None:
        """Take statements without holes; bit i of all formulas stands for `statements[i]`.

        Raises `TooComplexError` where the budget does not suffice.
        """
        budget = budget or Budget()
        self.statements = tuple(statements)
        for statement in self.statements:
            budget.take(1 + size(statement) // 16)
        self.action_sets = ActionSets([statement.actions for statement in self.statements], budget)
        self._masks = [self.action_sets.mask(statement.actions, budget) for statement in self.statements]
        self._resources = [resource_side(statement.resources) for statement in self.statements]
        self._principals = [principal_side(statement.principals) for statement in self.statements]
        self._meeting: dict[tuple[Pattern, Pattern], bool] = {}
        self._vectors: dict[tuple[Pattern, ...], dict[int, str]] = {}

    def actions_of(self, statements: int) -> int:
        """Return the set of actions that some of the statements name."""
        found = 0
        for index in bits(statements):
            found |= self._masks[index]
        return found

    def find(self, formula: Formula, question: Question = Question(), budget: Budget | None = None) -> Witness | None:  # noqa: B008
        """Return a request for which the formula holds, an approximate one if there is no other, or None if there is none.

        Raises `TooComplexError` where the budget does not suffice.
        """
        budget = budget or Budget()
        self._meeting.clear()  # what a question costs must not hang on those before it
        self._vectors.clear()
        approximate: Witness | None = None
        for cell in self.cells(formula, question, budget):
            found = self.find_in(cell, formula, question, budget)
            if found and not found.approximate:
                return found
            approximate = approximate or found
        return approximate

    def cells(self, formula: Formula, question: Question, budget: Budget) -> Iterator[Cell]:
        """Yield the sets of actions that the same statements name, where the formula can hold for some."""
        for applicable, actions in self._cells(question.actions, budget):
            budget.take()
            if formula.is_possible(applicable):
                yield Cell(applicable, actions)

    def find_in(self, cell: Cell, formula: Formula, question: Question, budget: Budget) -> Witness | None:
        """Return a request for an action of a cell for which the formula holds; the others of the cell are like it.

        Raises `TooComplexError`.
        """
        approximate: Witness | None = None
        for index in bits(cell.applicable & formula.groups[0]):
            if self._is_within_another(index, cell.applicable, formula, budget):
                continue
            found = self._find_in(index, cell.applicable, formula, question, budget)
            if found:
                action = self.action_sets.example(cell.actions) if cell.actions else question.actions.items[0]
                found = found._replace(action=action)
                if not found.approximate:
                    return found
                approximate = approximate or found
        return approximate

    def _cells(self, wanted: Patterns, budget: Budget) -> Iterator[tuple[int, int]]:
        """Yield sets of actions that the same statements name: bits of the statements, and the set.

        The set is empty for the one action that is asked for and that neither AWS nor a statement has.
        """
        every = self.action_sets.mask(wanted, budget)
        if not every:
            for action in wanted.items:
                budget.take(sum(1 + len(statement.actions.items) for statement in self.statements))
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
            budget.take(len(cells))
            for applicable, actions in cells.items():
                inside = actions & mask
                if inside:
                    after[applicable | bit] = inside
                if inside != actions:
                    after[applicable] = actions ^ inside
            cells = after
        yield from cells.items()

    def _is_within_another(self, index: int, applicable: int, formula: Formula, budget: Budget) -> bool:
        """Say whether what a statement allows is plainly known: one of each group says as much, and no Deny is new."""
        known = formula.unless
        if known is None:
            return False
        own = self.statements[index]
        budget.take(sum(map(int.bit_count, known.groups)) * (1 + size(own) // 256))
        denials = [self.statements[other] for other in bits(applicable & formula.deny)]
        budget.take(len(denials) * (applicable & known.deny).bit_count())
        return all(
            any(says_as_much(denial, self.statements[other]) for denial in denials) for other in bits(applicable & known.deny)
        ) and all(
            any(says_as_much(self.statements[other], own) for other in bits(applicable & group)) for group in known.groups
        )

    def _find_in(self, index: int, applicable: int, formula: Formula, question: Question, budget: Budget) -> Witness | None:
        bit = 1 << index
        asked = [resource_side(question.resources)]
        if question.apart_from:
            asked.append(resource_side(Patterns(question.apart_from, negated=True)))
        callers = [principal_side(question.principals)]
        principals = dict(self._dimension(index, applicable, self._principals, callers, budget))
        approximate: Witness | None = None
        tried: set[int] = set()
        for first, resource in self._dimension(index, applicable, self._resources, asked, budget) if principals else ():
            for second, principal in principals.items():
                budget.take()
                applying = first & second
                if applying & bit and applying not in tried and formula.is_possible(applying):
                    tried.add(applying)
                    found = self._find_context(bit, applying, formula, question.facts, budget)
                    if found:
                        found = found._replace(resource=shown(resource), principal=shown(principal))
                        if not found.approximate:
                            return found
                        approximate = approximate or found
        return approximate

    def _find_context(self, bit: int, applying: int, formula: Formula, facts: Facts, budget: Budget) -> Witness | None:
        approximate: Witness | None = None
        for holding, context in self._contexts(bit, applying, facts, budget).items():
            if formula.holds(holding):
                known = {key: value for key, value in context.items() if not key.startswith(_OPAQUE)}
                found = Witness("", "", "", known, tuple(self.statements[i] for i in bits(holding)), len(known) < len(context))
                if not found.approximate:
                    return found
                approximate = approximate or found
        return approximate

    def _dimension(
        self, index: int, applicable: int, patterns: Sequence[Side], asked: Sequence[Side], budget: Budget
    ) -> Iterator[tuple[int, str]]:
        """Yield which statements can apply together with one of them, in one dimension, and a text for each.

        Only texts that all of `asked` match.
        """
        sides = [(i, patterns[i]) for i in bits(applicable)]
        budget.take(sum(1 + len(side.patterns) if side else 1 for _, side in sides))
        wanted = [side for side in (*asked, patterns[index]) if side]
        if not wanted and all(side is None for _, side in sides):
            yield applicable, ""
            return
        start = next((side for side in wanted if not side.negated), None)
        found: set[int] = set()
        for root in start.patterns if start else (EVERYTHING,):
            relevant: dict[Pattern, int] = {}
            for side in (*wanted, *(side for _, side in sides)):
                for pattern in side.patterns if side else ():
                    budget.take()
                    if pattern not in relevant and self._meets(root, pattern, budget):
                        relevant[pattern] = 1 << len(relevant)
            masks = [(1 << i, *mask_of(side, relevant)) for i, side in sides]
            musts = [mask_of(side, relevant) for side in wanted]
            budget.take(sum(1 + len(side.patterns) if side else 1 for _, side in sides))
            for vector, text in self._signatures(root, tuple(relevant), budget):
                budget.take(1 + len(masks) // 4)
                if all(bool(vector & mask) != negated for mask, negated in musts):
                    applying = sum(bit for bit, mask, negated in masks if bool(vector & mask) != negated)
                    if applying not in found:
                        found.add(applying)
                        yield applying, text

    def _meets(self, one: Pattern, other: Pattern, budget: Budget) -> bool:
        """Say whether two patterns have a text in common; asked for many cells of actions, computed once."""
        if (one, other) not in self._meeting:
            self._meeting[one, other] = intersects(one, other, budget)
        return self._meeting[one, other]

    def _signatures(self, pattern: Pattern, others: tuple[Pattern, ...], budget: Budget) -> Iterator[tuple[int, str]]:
        """Yield which of the others match one text together, as far as it is asked; computed once."""
        key = (pattern, *others)
        known = self._vectors.get(key)
        if known is not None:
            yield from known.items()
            return
        found: dict[int, str] = {}
        for vector, text in each_signature(pattern, others, budget):
            if vector not in found:
                found[vector] = text
                yield vector, text
        self._vectors[key] = found

    def _contexts(self, bit: int, applying: int, facts: Facts, budget: Budget) -> dict[int, dict[str, Value]]:
        """Return which statements can hold together with one of them, and a context for each."""
        found: dict[int, dict[str, Value]] = {applying: {}}
        budget.take(sum(1 + size_of_conditions(self.statements[index]) // 64 for index in bits(applying)))
        for key, atoms in self._atoms(applying).items():
            after: dict[int, dict[str, Value]] = {}
            options = _options(key, atoms, facts, applying, budget)
            for holding, context in found.items():
                budget.take(len(options) * (1 + len(context) // 16))
                for mask, value in options.items():
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
    budget.take(len(values) * len(atoms) // 4)
    for vector, value in values:
        mask = applying
        for place, statements in enumerate(atoms.values()):
            if not vector >> place & 1:
                mask &= ~statements
        found.setdefault(mask, value)
    return found
