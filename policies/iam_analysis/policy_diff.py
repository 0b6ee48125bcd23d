"""What changes from one state of stacks to another in who may do what."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from policies.iam_analysis.access import Access, Effective, Verdict
from policies.iam_analysis.conditions import holds, is_opaque
from policies.iam_analysis.gains import NO_ACCESS, Between, Gain, between, gains, without_common_parts
from policies.iam_analysis.guarded import ROLE
from policies.iam_analysis.naming import OWN_ACCOUNT
from policies.iam_analysis.search import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.conditions import Facts
    from policies.iam_analysis.guarded import Guarded
    from policies.iam_analysis.landscape import Landscape
    from policies.iam_analysis.model import Document, Statement


T = TypeVar("T")
_MOST_NAMES = 4


class Subject(StrEnum):
    """What a difference is about."""

    PRINCIPAL = "principal"
    TRUST = "trust policy"
    RESOURCE = "resource policy"


class Difference(NamedTuple):
    """What is different about one subject: `new` in the later state, `gone` from it, or there in both.

    `urn` is that in the later state if it is there, or the ARN of a resource outside the stacks. `losses` are told by
    actions only.
    """

    subject: Subject
    urn: str
    gains: tuple[Gain, ...] = ()
    losses: tuple[Gain, ...] = ()
    new: bool = False
    gone: bool = False


def differences(old: Landscape, new: Landscape) -> Iterator[Difference]:
    """Yield what is different, principals first; what is alike in both is left out."""
    yield from _of_principals(old, new)
    yield from _of_resources(old, new)


def _of_principals(old: Landscape, new: Landscape) -> Iterator[Difference]:
    for before, after in _matched(old.actors, new.actors, _names_of_actor):
        if after is None:
            if before and new.stack.complete:
                yield Difference(Subject.PRINCIPAL, before.id, losses=_lost(old, before), gone=True)
        elif before is None:
            question = Question(facts=after.facts)
            found = tuple(gains(between(new.access(after)), NO_ACCESS, question))
            yield Difference(Subject.PRINCIPAL, after.id, found, new=True)
        elif difference := _of_principal(old, before, new, after):
            yield difference


def _lost(landscape: Landscape, actor: Actor) -> tuple[Gain, ...]:
    return tuple(gains(between(landscape.access(actor)), NO_ACCESS, Question(facts=actor.facts)))


def _of_principal(old: Landscape, before: Actor, new: Landscape, after: Actor) -> Difference | None:
    earlier, later = old.access(before), new.access(after)
    same_facts = dict(before.facts) == dict(after.facts)
    if same_facts and _parts(earlier) == _parts(later):
        return None
    facts = after.facts
    if not same_facts:  # each side is settled by its own, and what only one side knows stays open
        facts = {key: value for key, value in after.facts.items() if before.facts.get(key) == value}
        earlier, later = _settled(earlier, before.facts, facts), _settled(later, after.facts, facts)
    question = Question(facts=facts)
    parts = tuple(without_common_parts(later, earlier))
    added = tuple(gains(between(later), between(earlier), question, parts))
    lost = tuple(gains(between(earlier), between(later), question))
    lost = tuple(one for one in lost if one.verdict is Verdict.YES)
    return Difference(Subject.PRINCIPAL, after.id, added, lost) if added or lost else None


def _parts(access: Effective) -> tuple[object, ...]:
    return access.documents, access.fences, access.possible


def _settled(access: Effective, own: Facts, shared: Facts) -> Effective:
    """Return an access with the conditions on what is known of this principal alone decided."""
    facts = {key: values[0] for key, values in own.items() if key not in shared and len(values) == 1}

    def of(document: Document) -> Document:
        return document._replace(statements=tuple(filter(None, (_decided(one, facts) for one in document.statements))))

    fences = [[of(document) for document in fence] for fence in access.fences]
    possible = {why: [of(document) for document in fence] for why, fence in access.possible.items()}
    return Effective([of(document) for document in access.documents], fences, possible)


def _decided(statement: Statement, facts: Mapping[str, tuple[str, ...] | None]) -> Statement | None:
    left = []
    for atom in statement.conditions:
        if atom.key not in facts or atom.holes or is_opaque(atom):
            left.append(atom)
        elif not holds(atom, facts[atom.key]):
            return None
    return statement._replace(conditions=tuple(left))


def _of_resources(old: Landscape, new: Landscape) -> Iterator[Difference]:
    for before, after in _matched(old.guarded, new.guarded, _names_of_guarded):
        subject = _subject(after or before)
        if before and after and (before.documents, before.arn) == (after.documents, after.arn):
            continue
        if after is None and not new.stack.complete:
            continue
        earlier = _between(before) if before else NO_ACCESS
        later = _between(after) if after else NO_ACCESS
        added = tuple(gains(later, earlier, Question()))
        lost = tuple(one for one in gains(earlier, later, Question()) if one.verdict is Verdict.YES)
        if added or lost:
            whose = after.whose if after else before.whose if before else ""
            yield Difference(subject, whose, added, lost, new=before is None, gone=after is None)


def _subject(guarded: Guarded | None) -> Subject:
    return Subject.TRUST if guarded and guarded.needs == ROLE else Subject.RESOURCE


def _between(guarded: Guarded) -> Between:
    most = Access(_owned(guarded.most(), guarded))
    least = Access(_owned(guarded.least(), guarded))
    return Between(least, most, guarded.holes or (() if guarded.arn.exact else ("the ARN of the resource is not known",)))


def _owned(statements: Iterable[Statement], guarded: Guarded) -> Iterator[Statement]:
    """Yield statements with the account of the resource where a default policy stands for it."""
    for one in statements:
        if guarded.account and one.principals and OWN_ACCOUNT in one.principals.items:
            yield one._replace(principals=one.principals._replace(items=(f"AWS:{guarded.account}",)))
        else:
            yield one


def _names_of_actor(actor: Actor) -> Iterator[tuple[str, ...]]:
    """Yield what a principal may be recognised by, the surest first: its URN, its ARN, its name, its logical name."""
    principal = actor.principal
    yield ("urn", actor.id)
    yield ("arn", principal.arn.text if principal.arn.exact else actor.id)
    yield (principal.kind, principal.name.text if principal.name.known else actor.id)
    yield ("logical", _tail(actor.id))


def _names_of_guarded(guarded: Guarded) -> Iterator[tuple[str, ...]]:
    yield ("urn", guarded.whose)
    yield ("arn", guarded.arn.text if guarded.arn.exact else guarded.whose)
    yield ("logical", _tail(guarded.whose))


def _tail(urn: str) -> str:
    """Return the type and the name in a URN, without the types of its parents."""
    type_, _, name = urn.rpartition("::")
    return f"{type_.rpartition('::')[2].rpartition('$')[2]}::{name}"


def _matched(
    old: Sequence[T], new: Sequence[T], names: Callable[[T], Iterator[tuple[str, ...]]]
) -> Iterator[tuple[T | None, T | None]]:
    """Yield pairs of what is the same in both, by the surest name first; None for what has no twin.

    A name that two have on one side recognises neither.
    """
    waiting, left = list(enumerate(new)), list(old)
    twins: dict[int, T] = {}
    for place in range(_MOST_NAMES):
        by_name: dict[tuple[str, ...], list[T]] = {}
        for item in left:
            for name in [*names(item)][place : place + 1]:
                by_name.setdefault(name, []).append(item)
        taken: set[int] = set()
        wanted = Counter(name for _, item in waiting for name in [*names(item)][place : place + 1])
        for index, item in waiting:
            for name in [*names(item)][place : place + 1]:
                found = by_name.get(name, [])
                if len(found) == 1 and wanted[name] == 1:
                    twins[index] = found[0]
                    taken.add(id(found[0]))
        waiting = [(index, item) for index, item in waiting if index not in twins]
        left = [item for item in left if id(item) not in taken]
        if not waiting or not left:
            break
    for index, item in enumerate(new):
        yield twins.get(index), item
    for item in left:
        yield item, None
