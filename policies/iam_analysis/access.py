"""What policies together allow, with three answers: yes, no, and cannot tell.

`Access` is a set of policies with all holes filled; `Effective` holds the largest and the smallest of them. A request is
allowed if the identity's policies allow it, every fence (permissions boundary, service control policies) allows it, and
nothing denies it (IAM user guide, "Policy evaluation logic").
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.languages import Budget, TooComplexError
from policies.iam_analysis.model import ALL, Document, Statement
from policies.iam_analysis.search import Formula, Question, Search, Witness
from policies.iam_analysis.statement_sides import bits
from policies.iam_analysis.variables import has_variables, loosened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

TOO_COMPLEX = "the policies are too complex to compare exactly"
UNKNOWN_OPERATOR = "a condition operator that IAM does not have"
VARIABLES = "what the policy variables stand for"


class Verdict(StrEnum):
    """An answer about requests."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """A verdict with the request that shows it, and what keeps it from being decided (`why`, property paths)."""

    verdict: Verdict
    witness: Witness | None = None
    why: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether the answer is yes; unknown is not."""
        return self.verdict is Verdict.YES


NO = Answer(Verdict.NO)


class Access:
    """What statements without holes allow together: all identity statements, and fences that must each allow it too."""

    def __init__(self, identity: Iterable[Statement], fences: Iterable[Iterable[Statement]] = ()) -> None:
        """Take the statements of the policies that grant, and those of each fence."""
        statements: list[Statement] = []
        groups: list[int] = []
        deny = 0
        for group in (identity, *fences):
            allow = 0
            for statement in group:
                bit = 1 << len(statements)
                statements.append(statement)
                if statement.effect == "Allow":
                    allow |= bit
                else:
                    deny |= bit
            groups.append(allow)
        self.search = Search(statements)
        self.formula = Formula(tuple(groups), deny)

    @cached_property
    def actions(self) -> int:
        """The set of actions that some statement of every group allows; conditions, resources and Deny are left out."""
        found = -1
        for group in self.formula.groups:
            found &= self.search.actions_of(group)
        return found

    def mapped(self, change: Callable[[Statement], Iterable[Statement]]) -> Access:
        """Return the access with some statements, or none, in place of each."""
        statements: list[Statement] = []
        places: list[int] = []
        for statement in self.search.statements:
            first = len(statements)
            statements += change(statement)
            places.append((1 << len(statements)) - (1 << first))

        def moved(mask: int) -> int:
            return sum(places[index] for index in bits(mask))

        return access_of(Search(statements), _moved(self.formula, moved))

    def beyond(self, known: Access) -> Access:
        """Return what this access allows and the known one does not."""
        shift = len(self.search.statements)
        unless = _moved(known.formula, lambda mask: mask << shift)
        search = Search((*self.search.statements, *known.search.statements))
        return access_of(search, self.formula._replace(unless=unless))

    def at_best(self, fixed: Collection[str]) -> Access:
        """Return what is allowed where the conditions of every Allow are met and those of no Deny.

        Apart from conditions on the keys that are `fixed`: these stay.
        """

        def best(statement: Statement) -> Iterator[Statement]:
            conditions = tuple(atom for atom in statement.conditions if atom.key in fixed)
            if statement.effect == "Allow" or conditions == statement.conditions:
                yield statement._replace(conditions=conditions)

        return self.mapped(best)

    def find(self, question: Question, budget: Budget | None = None) -> Witness | None:
        """Return a request that is allowed, or None; raises `TooComplexError`."""
        return self.search.find(self.formula, question, budget)

    def ask(self, question: Question, budget: Budget) -> Answer:
        """Say whether a request of a kind is allowed; not known where that hangs on what policy variables stand for."""
        witness = self.find(question, budget)
        if witness and not witness.approximate:
            return Answer(Verdict.YES, witness)
        if witness:
            return Answer(Verdict.UNKNOWN, witness, (UNKNOWN_OPERATOR,))
        witness = self.loosened.find(question, budget) if self.loosened else None
        return Answer(Verdict.UNKNOWN, witness, (VARIABLES,)) if witness else NO

    @cached_property
    def loosened(self) -> Access | None:
        """The access where policy variables may stand for anything; None where there are none."""
        return self.mapped(loosened) if any(map(has_variables, self.search.statements)) else None


def access_of(search: Search, formula: Formula) -> Access:
    """Return an access whose statements are in some groups at once."""
    access = Access(())
    access.search, access.formula = search, formula
    return access


def _moved(formula: Formula, moved: Callable[[int], int]) -> Formula:
    return Formula(tuple(map(moved, formula.groups)), moved(formula.deny), formula.unless and _moved(formula.unless, moved))


class Effective:
    """What policies that are partly unknown allow: at least `least`, at most `most`; `holes` are what is not known."""

    __slots__ = ("_least", "documents", "fences", "holes", "most", "possible")

    def __init__(
        self,
        identity: Sequence[Document],
        fences: Sequence[Sequence[Document]] = (),
        possible: Mapping[str, Sequence[Document]] = {},
    ) -> None:
        """Take the documents that grant, those of each fence, and fences that may be there by why that is not known."""
        self.documents = tuple(identity)
        self.fences = tuple(map(tuple, fences))
        self.possible = dict(possible)
        known = (hole for group in (self.documents, *self.fences) for document in group for hole in document.holes)
        self.holes = (*known, *self.possible)
        self._least: Access | None = None
        try:
            self.most = self._filled(Document.largest, self.fences)
            """The largest access that the policies may come to."""
        except TooComplexError:
            self.most = Access((Statement("Allow", ALL, ALL, ALL),))
            self._least = Access(())
            self.holes = (*self.holes, TOO_COMPLEX)

    @property
    def least(self) -> Access:
        """The access that the policies give in any case."""
        if not self.holes:
            return self.most
        if self._least is None:
            try:
                self._least = self._filled(Document.smallest, (*self.fences, *self.possible.values()))
            except TooComplexError:
                self._least = Access(())
        return self._least

    def _filled(self, fill: Callable[[Document], Sequence[Statement]], fences: Sequence[Sequence[Document]]) -> Access:
        return Access(
            (statement for document in self.documents for statement in fill(document)),
            ((statement for document in fence for statement in fill(document)) for fence in fences),
        )

    def fenced(self, fences: Sequence[Sequence[Document]], possible: Mapping[str, Sequence[Document]]) -> Effective:
        """Return the same access with more fences."""
        if not fences and not possible:
            return self
        return Effective(self.documents, (*self.fences, *fences), self.possible | dict(possible))

    def allows(self, question: Question, budget: Budget | None = None) -> Answer:
        """Say whether some request of a kind is allowed."""
        return _answer(self.least, self.most, question, self.holes, budget)


def wider(new: Effective, known: Effective, question: Question = Question(), budget: Budget | None = None) -> Answer:  # noqa: B008
    """Say whether `new` allows a request that `known` does not; the witness is one."""
    holes = (*new.holes, *known.holes)
    try:
        least = new.least.beyond(known.most)
        most = new.most.beyond(known.least) if holes else least
    except TooComplexError:
        return Answer(Verdict.UNKNOWN, why=(TOO_COMPLEX,))
    return _answer(least, most, question, holes, budget)


def includes(access: Access, statements: Sequence[Statement], question: Question) -> bool:
    """Say whether an access allows all that some statements do; False where that cannot be told."""
    try:
        return Access(statements).beyond(access).ask(question, Budget()).verdict is Verdict.NO
    except TooComplexError:
        return False


def _answer(least: Access, most: Access, question: Question, holes: tuple[str, ...], budget: Budget | None) -> Answer:
    budget = budget or Budget()
    try:
        answer = least.ask(question, budget)
        if answer.verdict is Verdict.YES or most is least:
            return answer
        possible = most.ask(question, budget)
    except TooComplexError:
        return Answer(Verdict.UNKNOWN, why=(TOO_COMPLEX,))
    if possible.verdict is Verdict.NO:
        return NO
    return Answer(Verdict.UNKNOWN, possible.witness, (*holes, *possible.why))
