"""Who may take an action on a resource: principals of the stacks, and those outside that a resource lets in.

A request is allowed as "How AWS enforcement code logic evaluates requests to allow or deny access" says: in one account the
principal's policies or those of the resource, across accounts both; for KMS keys and for assuming roles the policy of the
resource in any case.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import TOO_COMPLEX, Answer, Verdict, access_of
from policies.iam_analysis.guarded import ASSUMING, KEY, KEY_USE, ROLE
from policies.iam_analysis.guards import Guards
from policies.iam_analysis.languages import Budget, TooComplexError, compiled, matches
from policies.iam_analysis.model import ALL, Patterns, Statement
from policies.iam_analysis.naming import Naming
from policies.iam_analysis.search import Formula, Question, Search
from policies.iam_analysis.witness import confirmed
from policies.iam_catalogue.actions import universe
from policies.iam_catalogue.resources import resource_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.guarded import Guarded
    from policies.iam_analysis.guards import Guard, Wanted
    from policies.iam_analysis.landscape import Landscape
    from policies.iam_analysis.naming import Caller
    from policies.iam_analysis.search import Witness

_STEPS = 100_000
_MOST_EXAMPLES = 40
_MOST_LISTED = 64
_EXAMPLE, _ACCOUNT = "example", "111122223333"
_OUTSIDE = {
    KEY: "the policies of KMS keys outside the stacks are not known",
    ROLE: "the trust policies of roles outside the stacks are not known",
}
IDENTITY, BOUNDARY = 0, 1


class Allowed(NamedTuple):
    """What is said of one principal: its URN, or what a policy calls one outside the stacks.

    `witness` is a request that is allowed, or may be; `why` says what keeps the answer from being yes or no.
    """

    who: str
    verdict: Verdict
    witness: Witness | None = None
    why: tuple[str, ...] = ()


class _Parts:
    """Statements with the groups of a formula that each belongs to."""

    def __init__(self, groups: int) -> None:
        self.statements: list[Statement] = []
        self._groups = [0] * groups
        self._deny = 0

    def add(self, statements: Iterable[Statement], *groups: int) -> None:
        for statement in statements:
            bit = 1 << len(self.statements)
            self.statements.append(statement)
            if statement.effect != "Allow":
                self._deny |= bit
                continue
            for group in groups:
                self._groups[group] |= bit

    @property
    def formula(self) -> Formula:
        return Formula(tuple(self._groups), self._deny)


class WhoCan:
    """One question, asked about everyone."""

    def __init__(self, landscape: Landscape, wanted: Wanted) -> None:
        """Ask about the principals of a landscape."""
        self.landscape = landscape
        self.wanted = wanted
        self.needs = wanted.needs
        self.guards = Guards(landscape.guarded, wanted)

    def principals(self) -> Iterator[Allowed]:
        """Yield an answer for each principal that acts."""
        for actor in self.landscape.actors:
            yield self.of(actor)

    def of(self, actor: Actor) -> Allowed:
        """Say whether an actor is allowed it."""
        try:
            return _Asked(self, actor).answer()
        except TooComplexError:
            return Allowed(actor.id, Verdict.UNKNOWN, why=(TOO_COMPLEX,))


class _Asked:
    """The question about one actor."""

    def __init__(self, who_can: WhoCan, actor: Actor) -> None:
        self._who_can = who_can
        self._wanted = who_can.wanted
        self._actor = actor
        self._caller: Caller = who_can.landscape.caller(actor)
        self._fences = who_can.landscape.fences(actor)
        self._own = tuple(
            statement
            for document in actor.access.documents
            for statement in document.largest()
            if statement.effect == "Allow" and self._wanted.touches(statement)
        )
        self._granting = tuple(dict.fromkeys(who_can.guards.granting(self._caller)))

    def answer(self) -> Allowed:
        id_ = self._actor.id
        if not self._own and not self._granting:
            return Allowed(id_, Verdict.NO)
        for text in self._examples():
            found = self._ask(self._parts(dict.fromkeys(self._who_can.guards.at(text)), least=True), Patterns((text,)))
            if found:
                return Allowed(id_, Verdict.YES, found.witness)
        touched = dict.fromkeys(self._granting)
        for item in self._items:
            touched |= dict.fromkeys(self._who_can.guards.touched(item))
        possible = self._ask(self._parts(touched, least=False), self._wanted.resources)
        if possible.verdict is Verdict.NO:
            return Allowed(id_, Verdict.NO)
        sure = self._ask(self._parts(touched, least=True), self._wanted.resources)
        if sure:
            return Allowed(id_, Verdict.YES, sure.witness)
        return Allowed(id_, Verdict.UNKNOWN, possible.witness, (*possible.why, *self._why(touched)))

    def _why(self, touched: Iterable[Guard]) -> tuple[str, ...]:
        own = self._who_can.landscape.access(self._actor).holes
        holes = (hole for guard in touched for hole in guard.guarded.holes)
        outside = (_OUTSIDE[needs] for needs in sorted(self._who_can.needs))
        inexact = () if all(guard.guarded.arn.exact for guard in touched) else ("the ARNs of all resources",)
        return tuple(dict.fromkeys((*own, *holes, *outside, *inexact)))

    def _ask(self, parts: _Parts, resources: Patterns | None) -> Answer:
        access = access_of(Search(parts.statements), parts.formula)
        question = Question(self._wanted.actions, resources, facts=self._actor.facts)
        answer = access.ask(question, Budget(_STEPS))
        if answer.witness is None or answer.verdict is not Verdict.YES:
            return answer
        shown = confirmed(access, answer.witness)
        return answer._replace(witness=shown, verdict=Verdict.UNKNOWN if shown.approximate else Verdict.YES)

    def _parts(self, guards: Iterable[Guard], *, least: bool) -> _Parts:
        """Return all that decides on requests of the actor; the last group is what the guards of resources let through."""
        access, fences = self._actor.access, self._fences
        outer = [*access.fences, *fences.sure, *(fences.possible.values() if least else ())]
        last = 1 + len(outer)
        parts = _Parts(last + 1)
        for group, documents in enumerate([access.documents, *outer]):
            for document in documents:
                parts.add(document.smallest() if least else document.largest(), group)
        direct = (IDENTITY, BOUNDARY, last) if self._actor.principal.boundary else (IDENTITY, last)
        for guard in guards:
            groups = {Naming.ACCOUNT: (last,), Naming.ROLE: (IDENTITY, last), Naming.ITSELF: direct}
            if self._is_elsewhere(guard.guarded):
                groups = dict.fromkeys(groups, (last,))
            for statement in guard.least if least else guard.most:
                named = self._named(statement, least=least)
                if named:
                    parts.add([statement._replace(principals=None)], *groups[named])
        parts.add(self._unguarded(guards, least=least), last)
        return parts

    def _named(self, statement: Statement, *, least: bool) -> Naming:
        if statement.principals is None:
            return Naming.NOT
        denies = statement.effect != "Allow"
        named = self._caller.named_by(statement.principals, whole=denies)
        return named.surely if least != denies else named.perhaps

    def _is_elsewhere(self, guarded: Guarded) -> bool:
        return bool(guarded.account and self._caller.account and guarded.account != self._caller.account)

    def _unguarded(self, guards: Iterable[Guard], *, least: bool) -> Iterator[Statement]:
        """Yield what lets through what no guard is needed for, so that the principal's policies alone decide."""
        abroad = [text for guard in guards if self._is_elsewhere(guard.guarded) for text in _inside(guard, least=least)]
        free = Patterns((*KEY_USE.items, *ASSUMING.items), negated=True)
        yield Statement("Allow", free, Patterns(tuple(abroad), negated=True) if abroad else ALL)
        if not self._who_can.needs:
            return
        if least:
            yield Statement("Allow", _without_keys(), ALL)
            return
        for needs, actions in ((KEY, KEY_USE), (ROLE, ASSUMING)):
            known = [text for guard in guards if guard.guarded.needs == needs for text in _inside(guard, least=least)]
            kept = tuple((*known, *abroad)[:_MOST_LISTED])
            yield Statement("Allow", actions, Patterns(kept, negated=True) if kept else ALL)

    @cached_property
    def _items(self) -> tuple[str, ...]:
        """The resources of the question that the actor's own policies name."""
        items = (item for one in self._own if one.resources and not one.resources.negated for item in one.resources.items)
        wide = ("*",) if any(one.resources is None or one.resources.negated for one in self._own) else ()
        return tuple(dict.fromkeys((*wide, *filter(self._wanted.is_on, items))))

    def _examples(self) -> Iterator[str]:
        """Yield ARNs that are asked about first: a text is looked at much faster than a pattern."""
        wanted = self._wanted.resources
        if wanted is None:
            return
        patterns = [compiled(item, arn=True) for item in wanted.items]
        giving = self._who_can.guards.giving(self._caller) if self._who_can.needs and self._own else ()
        guards = islice(chain(self._granting, giving), _MOST_EXAMPLES)
        arns = [text for guard in guards for text in (guard.guarded.arn.text, f"{guard.guarded.arn.text}/*")]
        own = islice(self._items, _MOST_EXAMPLES)
        items = (*arns, *own) if self._who_can.needs else (*own, *sorted(wanted.items, key=len), *arns)
        texts = dict.fromkeys(example(item, self._caller.account) for item in items)
        for text in texts:
            if any(matches(pattern, text) for pattern in patterns) and self._may_be_allowed(text):
                yield text

    def _may_be_allowed(self, text: str) -> bool:
        """Say whether the actor's own policies, or one that grants, are about an ARN at all."""
        own = any(matches(compiled(item, arn=True), text) for item in self._items)
        return own or any(guard in self._granting for guard in self._who_can.guards.at(text))


def _inside(guard: Guard, *, least: bool) -> tuple[str, ...]:
    """Return patterns for a guarded resource and what is in it; where its ARN is not known, only for `least`."""
    arn = guard.guarded.arn
    return (arn.text, f"{arn.text}/*", f"{arn.text}:*") if arn.exact or least else ()


def example(pattern: str, account: str) -> str:
    """Return an ARN that a pattern stands for."""
    parts = pattern.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:  # noqa: PLR2004  (parts of an ARN)
        return pattern.replace("*", _EXAMPLE).replace("?", "x")
    fill = ("arn", "aws", _EXAMPLE, "us-east-1", account or _ACCOUNT, _EXAMPLE)
    return ":".join(part.replace("*", text).replace("?", "x") for part, text in zip(parts, fill, strict=True))


def _without_keys() -> Patterns:
    """Return the actions of KMS that act on no key."""
    known = universe()
    names = known.members(known.mask("kms:*"))
    return Patterns(tuple(name for name in names if all(type_.name != "key" for type_ in resource_types(name))))
