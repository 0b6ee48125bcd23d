"""All that one principal can do, in few words: by the resources and conditions that its policies name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import Verdict
from policies.iam_analysis.action_sets import ActionSets
from policies.iam_analysis.gains import levels
from policies.iam_analysis.languages import Budget
from policies.iam_analysis.naming import Naming
from policies.iam_catalogue.actions import universe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.landscape import Landscape
    from policies.iam_analysis.model import Atom, Document, Patterns, Statement
    from policies.iam_catalogue.actions import Level

_MOST_SERVICES = 12
_AT_MOST = 8
_STEPS = 5_000_000  # for one principal, a few seconds


class Actions(NamedTuple):
    """Actions of one service (`*` where they are of many): patterns, how many AWS documents of them, and of which levels."""

    service: str
    patterns: tuple[str, ...]
    number: int
    levels: tuple[tuple[Level, int], ...]


class Ability(NamedTuple):
    """Actions on the same resources under the same conditions, and the statements that say so. Unknown: it may be more."""

    actions: tuple[Actions, ...]
    resources: Patterns | None
    conditions: tuple[Atom, ...]
    statements: tuple[Statement, ...]
    verdict: Verdict


class LetIn(NamedTuple):
    """A resource whose own policy names the principal, or everyone, and lets it in whatever its own policies say."""

    whose: str
    actions: tuple[str, ...]
    statement: Statement
    verdict: Verdict


class Fence(NamedTuple):
    """What limits a principal: a boundary or a control policy, what it lets through at most and what it denies."""

    name: str
    allows: tuple[str, ...]
    denies: tuple[str, ...]
    verdict: Verdict


class Abilities(NamedTuple):
    """All of it. `unknown` are property paths and reasons."""

    allowed: tuple[Ability, ...]
    denied: tuple[Ability, ...]
    let_in: tuple[LetIn, ...]
    fences: tuple[Fence, ...]
    unknown: tuple[str, ...]


def abilities(landscape: Landscape, actor: Actor) -> Abilities:
    """Return what a principal can do."""
    access = landscape.access(actor)
    return Abilities(
        tuple(_of(actor.access.documents, landscape, actor, "Allow")),
        tuple(_of(actor.access.documents, landscape, actor, "Deny")),
        tuple(_let_in(landscape, actor)),
        tuple(_fences(landscape, actor)),
        tuple(dict.fromkeys(access.holes)),
    )


def _of(documents: Iterable[Document], landscape: Landscape, actor: Actor, effect: str) -> Iterator[Ability]:
    statements: dict[Statement, bool] = {}
    for document in documents:
        sure = set(document.smallest() if effect == "Allow" else document.largest())
        for statement in document.largest() if effect == "Allow" else document.smallest():
            if statement.effect == effect and statement.at not in document.unknown:
                statements[statement] = statement in sure
    groups: dict[tuple[object, ...], list[tuple[Statement, int]]] = {}
    sets = ActionSets([statement.actions for statement in statements], Budget(_STEPS))
    left = _let_through(landscape, actor) if effect == "Allow" else -1
    for statement, certain in statements.items():
        if actions := sets.mask(statement.actions, Budget(_STEPS)) & (left | ~universe().every):
            key = statement.resources, statement.conditions, certain
            groups.setdefault(key, []).append((statement, actions))
    for found in groups.values():
        first = found[0][0]
        mask = 0
        for _, actions in found:
            mask |= actions
        verdict = Verdict.YES if statements[first] else Verdict.UNKNOWN
        said = tuple(statement for statement, _ in found)
        yield Ability(tuple(_by_service(sets, mask)), first.resources, first.conditions, said, verdict)


def _let_through(landscape: Landscape, actor: Actor) -> int:
    """Return the documented actions that every fence allows somewhere, less those that are denied everywhere."""
    access = landscape.access(actor).most
    every = universe().every
    found = every
    for group in access.formula.groups[1:]:
        found &= access.search.actions_of(group)
    for index, statement in enumerate(access.search.statements):
        everywhere = statement.resources is None or "*" in statement.resources.items
        if (
            statement.effect == "Deny"
            and everywhere
            and not statement.conditions
            and not (statement.resources and statement.resources.negated)
        ):
            found &= ~access.search.actions_of(1 << index)
    return found & every


def _by_service(sets: ActionSets, actions: int) -> Iterator[Actions]:
    known = universe()
    documented = actions & known.every
    services = sorted({name.partition(":")[0] for name in known.members(documented)}) if documented != known.every else []
    if not services or len(services) > _MOST_SERVICES:
        yield Actions("*", tuple(sets.summary(actions, _AT_MOST)), documented.bit_count(), tuple(levels(documented)))
        return
    for service in services:
        own = documented & known.mask(f"{service}:*")
        yield Actions(service, tuple(known.summary(own, _AT_MOST)), own.bit_count(), tuple(levels(own)))
    if further := tuple(sets.summary(actions & ~known.every, _AT_MOST)):
        yield Actions("", further, 0, ())


def _let_in(landscape: Landscape, actor: Actor) -> Iterator[LetIn]:
    caller = landscape.caller(actor)
    for guarded in landscape.guarded:
        if guarded.account and caller.account and guarded.account != caller.account:
            continue
        sure = set(guarded.least())
        for statement in guarded.most():
            if statement.effect != "Allow" or statement.principals is None:
                continue
            named = caller.named_by(statement.principals, whole=False)
            if named.perhaps >= Naming.ROLE:
                sets = ActionSets([statement.actions], Budget(_STEPS))
                certain = named.surely >= Naming.ROLE and statement in sure
                patterns = tuple(sets.summary(sets.mask(statement.actions, Budget(_STEPS)), _AT_MOST))
                yield LetIn(guarded.whose, patterns, statement, Verdict.YES if certain else Verdict.UNKNOWN)


def _fences(landscape: Landscape, actor: Actor) -> Iterator[Fence]:
    for documents in actor.access.fences:
        yield _fence("permissions boundary", documents, Verdict.YES)
    fences = landscape.fences(actor)
    for documents in fences.sure:
        yield _fence("control policy", documents, Verdict.YES)
    for why, documents in fences.possible.items():
        yield _fence(f"perhaps the control policy {why}", documents, Verdict.UNKNOWN)


def _fence(name: str, documents: Iterable[Document], verdict: Verdict) -> Fence:
    statements = [statement for document in documents for statement in document.largest()]
    sets = ActionSets([statement.actions for statement in statements], Budget(_STEPS))
    told: dict[str, tuple[str, ...]] = {}
    for effect in ("Allow", "Deny"):
        mask = 0
        for statement in statements:
            if statement.effect == effect:
                mask |= sets.mask(statement.actions, Budget(_STEPS))
        told[effect] = tuple(sets.summary(mask, _AT_MOST)) if mask else ()
    sources = dict.fromkeys(one.source.rpartition("::")[2] for one in statements if one.source)
    return Fence(" ".join([name, ", ".join(sources)]).strip(), told["Allow"], told["Deny"], verdict)
