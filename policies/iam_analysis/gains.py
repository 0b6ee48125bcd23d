"""What one access allows that another does not, all of it: by statement, with the actions and a request that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import TOO_COMPLEX, UNKNOWN_OPERATOR, VARIABLES, Access, Effective, Verdict
from policies.iam_analysis.actors import EVERYTHING_ALLOWED
from policies.iam_analysis.languages import Budget, TooComplexError
from policies.iam_analysis.model import NOTHING
from policies.iam_analysis.statement_sides import bits
from policies.iam_analysis.witness import replayed
from policies.iam_catalogue.actions import Level, universe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.iam_analysis.model import Document, Statement
    from policies.iam_analysis.search import Cell, Formula, Question, Search, Witness

_AT_MOST = 8
_STEPS = 200_000  # for all statements of two policies


class Between(NamedTuple):
    """An access that is not wholly known: at least `least`, at most `most`; `holes` are what is not known."""

    least: Access
    most: Access
    holes: tuple[str, ...] = ()


class Gain(NamedTuple):
    """What a statement grants anew: few patterns for the actions, how many AWS documents of them, and of which levels.

    `statement` is None where nobody knows which one it will be. Unless the `verdict` is yes, `why` says what is not known.
    """

    actions: tuple[str, ...]
    number: int
    levels: tuple[tuple[Level, int], ...]
    verdict: Verdict
    statement: Statement | None
    witness: Witness | None = None
    why: tuple[str, ...] = ()


NO_ACCESS = Between(Access(()), Access(()))


def between(access: Effective) -> Between:
    """Return the access of a principal."""
    return Between(access.least, access.most, access.holes)


def gains(new: Between, known: Between, question: Question, parts: Sequence[tuple[Between, Between]] = ()) -> Iterator[Gain]:
    """Yield what `new` allows and `known` does not: what is certain, then what may be.

    `parts` are what both may be where they have something in common that is not known; see `without_common_parts`.
    """
    told: set[tuple[object, int]] = set()
    try:
        yield from _certain(new.least, known.most, question, told)
        if holes := tuple(dict.fromkeys((*new.holes, *known.holes))):
            for more, less in parts or ((new, known),):
                yield from _possible(more.most, less.least, question, told, holes)
    except TooComplexError:
        yield Gain(("*",), 0, (), Verdict.UNKNOWN, None, why=(TOO_COMPLEX,))


def _certain(new: Access, known: Access, question: Question, told: set[tuple[object, int]]) -> Iterator[Gain]:
    added = new.beyond(known)
    for statement, actions, witness in _added(added, question):
        shown = replayed(added.search, added.formula, witness) if witness else None
        why = _doubts(witness, shown)
        if not why:
            told.add((_key(statement), _documented(actions)))
        yield _gain(added.search, actions, Verdict.UNKNOWN if why else Verdict.YES, statement, shown, why)
    if added.loosened:
        yield from _further(added.loosened, question, told, (VARIABLES,))


def _doubts(witness: Witness | None, shown: Witness | None) -> tuple[str, ...]:
    """Return what keeps a request from being certain."""
    if witness is None or shown is None:
        return (TOO_COMPLEX,)
    if witness.approximate:
        return (UNKNOWN_OPERATOR,)
    return ("a condition that could not be checked",) if shown.approximate else ()


def _possible(
    new: Access, known: Access, question: Question, told: set[tuple[object, int]], holes: tuple[str, ...]
) -> Iterator[Gain]:
    added = new.beyond(known)
    return _further(added.loosened or added, question, told, holes)


def _further(added: Access, question: Question, told: set[tuple[object, int]], why: tuple[str, ...]) -> Iterator[Gain]:
    """Yield what may be added beside what is told already."""
    sure: dict[object, int] = {}
    for key, actions in told:
        sure[key] = sure.get(key, 0) | actions
    for statement, actions, witness in _added(added, question):
        left = actions & ~sure.get(_key(statement), 0)
        if _documented(left) or (left and not _documented(actions)):
            told.add((_key(statement), _documented(left)))
            shown = replayed(added.search, added.formula, witness) if witness else None
            yield _gain(added.search, left, Verdict.UNKNOWN, statement if statement.source else None, shown, why)


def _key(statement: Statement) -> object:
    return statement.source, statement.at


def _documented(actions: int) -> int:
    return actions & universe().every


def _added(added: Access, question: Question) -> Iterator[tuple[Statement, int, Witness | None]]:
    """Yield the statements that grant something anew, the actions and a request; None where it is too complex to tell."""
    search, formula = added.search, added.formula
    found: dict[tuple[int, bool], tuple[int, Witness | None]] = {}
    largest: dict[tuple[int, bool], int] = {}
    for cell in search.cells(formula, question, Budget(_STEPS)):
        number = cell.actions.bit_count()
        for index in bits(cell.applicable & formula.groups[0]):
            witness, complex_ = _ask(search, cell, formula._replace(groups=(1 << index, *formula.groups[1:])), question)
            if witness or complex_:
                key = index, complex_
                actions, shown = found.get(key, (0, witness))
                if number > largest.get(key, 0):  # the request that stands for most actions
                    largest[key], shown = number, witness
                found[key] = actions | cell.actions, shown
    for (index, _), (actions, witness) in sorted(found.items(), key=lambda item: item[0]):
        yield search.statements[index], actions, witness


def _ask(search: Search, cell: Cell, formula: Formula, question: Question) -> tuple[Witness | None, bool]:
    try:
        return search.find_in(cell, formula, question, Budget()), False
    except TooComplexError:
        return None, True


def _gain(  # noqa: PLR0913, PLR0917  (the fields of a gain)
    search: Search,
    actions: int,
    verdict: Verdict,
    statement: Statement | None,
    witness: Witness | None,
    why: Sequence[str],
) -> Gain:
    documented = _documented(actions)
    return Gain(
        tuple(search.action_sets.summary(actions, _AT_MOST)),
        documented.bit_count(),
        tuple(levels(documented)),
        verdict,
        statement,
        witness,
        tuple(why),
    )


def levels(actions: int) -> Iterator[tuple[Level, int]]:
    """Yield the access levels of a set of documented actions, the gravest first, with how many have each."""
    for level in (Level.PERMISSIONS_MANAGEMENT, Level.WRITE, Level.TAGGING, Level.READ, Level.LIST):
        if count := (actions & universe().of_level(level)).bit_count():
            yield level, count


def without_common_parts(new: Effective, known: Effective) -> Iterator[tuple[Between, Between]]:
    """Yield pairs that together add all that may be added, without what is not known and the same in both.

    Of a document that both have, each request is allowed in both or in neither: so it is left out once, and once allows
    everything. A fence that both may have adds nothing.
    """
    common = {document for document in new.documents if document.holes} & set(known.documents)
    possible = new.possible if new.possible == known.possible else None
    for stand_in in (NOTHING, EVERYTHING_ALLOWED) if common else (NOTHING,):
        yield tuple(between(_with(access, common, stand_in, possible)) for access in (new, known))  # type: ignore[misc]


def _with(access: Effective, common: set[Document], stand_in: Document, possible: Mapping[str, object] | None) -> Effective:
    kept = [document for document in access.documents if document not in common]
    return Effective([*kept, stand_in], access.fences, {} if possible is not None else access.possible)
