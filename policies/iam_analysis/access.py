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
from policies.iam_analysis.search import Formula, Question, Search, Witness

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from policies.iam_analysis.model import Document, Statement

TOO_COMPLEX = "the policies are too complex to compare exactly"


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

    def at_best(self, fixed: Collection[str]) -> Access:
        """Return what is allowed where the conditions of every Allow are met and those of no Deny.

        Apart from conditions on the keys that are `fixed`: these stay.
        """
        best = Access(())
        kept = []
        for index, statement in enumerate(self.search.statements):
            conditions = tuple(atom for atom in statement.conditions if atom.key in fixed)
            if statement.effect == "Allow" or conditions == statement.conditions:
                kept.append((index, statement._replace(conditions=conditions)))
        best.search = Search([statement for _, statement in kept])

        def moved(mask: int) -> int:
            return sum(1 << place for place, (index, _) in enumerate(kept) if mask >> index & 1)

        best.formula = Formula(tuple(map(moved, self.formula.groups)), moved(self.formula.deny))
        return best

    def find(self, question: Question, budget: Budget | None = None) -> Witness | None:
        """Return a request that is allowed, or None; raises `TooComplexError`."""
        return self.search.find(self.formula, question, budget)


class Effective:
    """What policies that are partly unknown allow: at least `least`, at most `most`; `holes` are what is not known."""

    __slots__ = ("_documents", "_fences", "_least", "_most", "holes")

    def __init__(self, identity: Sequence[Document], fences: Sequence[Sequence[Document]] = ()) -> None:
        """Take the documents that grant, and those of each fence."""
        self._documents = tuple(identity)
        self._fences = tuple(map(tuple, fences))
        self.holes = tuple(hole for group in (self._documents, *self._fences) for document in group for hole in document.holes)
        self._least: Access | None = None
        self._most: Access | None = None

    @property
    def most(self) -> Access:
        """The largest access that the policies may come to."""
        if self._most is None:
            self._most = Access(
                (statement for document in self._documents for statement in document.largest()),
                ((statement for document in fence for statement in document.largest()) for fence in self._fences),
            )
        return self._most

    @property
    def least(self) -> Access:
        """The access that the policies give in any case."""
        if not self.holes:
            return self.most
        if self._least is None:
            self._least = Access(
                (statement for document in self._documents for statement in document.smallest()),
                ((statement for document in fence for statement in document.smallest()) for fence in self._fences),
            )
        return self._least

    def allows(self, question: Question, budget: Budget | None = None) -> Answer:
        """Say whether some request of a kind is allowed."""
        budget = budget or Budget()
        try:
            witness = self.least.find(question, budget)
            if witness:
                return Answer(Verdict.YES, witness)
            if self.holes and (witness := self.most.find(question, budget)):
                return Answer(Verdict.UNKNOWN, witness, self.holes)
        except TooComplexError:
            return Answer(Verdict.UNKNOWN, why=(TOO_COMPLEX,))
        return NO


def wider(new: Effective, known: Effective, question: Question = Question(), budget: Budget | None = None) -> Answer:  # noqa: B008
    """Say whether `new` allows a request that `known` does not; the witness is one."""
    budget = budget or Budget()
    try:
        witness = _beyond(new.least, known.most, question, budget)
        if witness:
            return Answer(Verdict.YES, witness)
        if (new.holes or known.holes) and (witness := _beyond(new.most, known.least, question, budget)):
            return Answer(Verdict.UNKNOWN, witness, (*new.holes, *known.holes))
    except TooComplexError:
        return Answer(Verdict.UNKNOWN, why=(TOO_COMPLEX,))
    return NO


def includes(access: Access, statements: Sequence[Statement], question: Question) -> bool:
    """Say whether an access allows all that some statements do; False where that is too complex to tell."""
    try:
        return _beyond(Access(statements), access, question, Budget()) is None
    except TooComplexError:
        return False


def _beyond(new: Access, known: Access, question: Question, budget: Budget) -> Witness | None:
    search = Search((*new.search.statements, *known.search.statements))
    shift = len(new.search.statements)
    unless = Formula(tuple(group << shift for group in known.formula.groups), known.formula.deny << shift)
    return search.find(new.formula._replace(unless=unless), question, budget)
