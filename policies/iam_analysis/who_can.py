"""Who may take an action on a resource: principals of the stacks, and those outside that a resource lets in.

A request is allowed as "How AWS enforcement code logic evaluates requests to allow or deny access" says: in one account the
principal's policies or those of the resource, across accounts both; for KMS keys and for assuming roles the policy of the
resource in any case.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import TOO_COMPLEX, Verdict
from policies.iam_analysis.action_sets import ActionSets
from policies.iam_analysis.guarded import ASSUMING, KEY, KEY_USE, ROLE
from policies.iam_analysis.languages import Budget, TooComplexError, compiled, intersects, matches
from policies.iam_analysis.model import ALL, Patterns, Statement
from policies.iam_analysis.naming import Naming
from policies.iam_analysis.search import Formula, Question, Search
from policies.iam_analysis.witness import replayed
from policies.iam_catalogue.actions import universe
from policies.iam_catalogue.resources import resource_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.guarded import Guarded
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


class Wanted(NamedTuple):
    """An action and the resources on which it is asked about; both may have wildcards. No resources: any."""

    action: str
    resource: str = ""

    @property
    def actions(self) -> Patterns:
        """The action as a pattern of a statement."""
        return Patterns((self.action,))

    @property
    def resources(self) -> Patterns | None:
        """Patterns of the resources; without any, those that AWS documents for the action."""
        if self.resource:
            return Patterns((self.resource,))
        types = resource_types(self.action)
        return Patterns(tuple(pattern for type_ in types for pattern in type_.patterns)) if types else None

    def touches(self, statement: Statement) -> bool:
        """Say whether a statement is about the action and some of the resources."""
        sets = ActionSets((statement.actions, self.actions))
        if not sets.mask(statement.actions) & sets.mask(self.actions):
            return False
        if self.resources is None or statement.resources is None or statement.resources.negated:
            return True
        return any(
            intersects(compiled(one, arn=True), compiled(other, arn=True))
            for one in self.resources.items
            for other in statement.resources.items
        )


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


class Guard(NamedTuple):
    """A guarded resource that a question is about, with the statements that are."""

    guarded: Guarded
    least: tuple[Statement, ...]
    most: tuple[Statement, ...]


class WhoCan:
    """One question, asked about everyone."""

    def __init__(self, landscape: Landscape, wanted: Wanted) -> None:
        """Ask about the principals of a landscape."""
        self.landscape = landscape
        self.wanted = wanted

    @cached_property
    def guards(self) -> tuple[Guard, ...]:
        """The guarded resources that the question is about."""
        found = []
        for guarded in self.landscape.guarded:
            most = tuple(filter(self.wanted.touches, guarded.most()))
            least = tuple(filter(self.wanted.touches, guarded.least())) if guarded.holes or not guarded.arn.exact else most
            if most or least:
                found.append(Guard(guarded, least, most))
        return tuple(found)

    @cached_property
    def _needs(self) -> set[str]:
        """KEY and ROLE, if the action is one on keys, or one that assumes roles."""
        sets = ActionSets((self.wanted.actions, KEY_USE, ASSUMING))
        wanted = sets.mask(self.wanted.actions)
        return {needs for needs, actions in ((KEY, KEY_USE), (ROLE, ASSUMING)) if wanted & sets.mask(actions)}

    def principals(self) -> Iterator[Allowed]:
        """Yield an answer for each principal that acts."""
        for actor in self.landscape.actors:
            yield self.of(actor)

    def of(self, actor: Actor) -> Allowed:
        """Say whether an actor is allowed it."""
        asked = _Asked(self, actor)
        try:
            return asked.answer()
        except TooComplexError:
            return Allowed(actor.id, Verdict.UNKNOWN, why=(TOO_COMPLEX,))


class _Asked:
    """The question about one actor."""

    def __init__(self, who_can: WhoCan, actor: Actor) -> None:
        self._asked = who_can
        self._wanted = who_can.wanted
        self._actor = actor
        self._caller: Caller = who_can.landscape.caller(actor)
        self._fences = who_can.landscape.fences(actor)
        self._guards = [guard for guard in who_can.guards if self._is_named(guard)]

    def _is_named(self, guard: Guard) -> bool:
        return any(
            one.principals and self._caller.named_by(one.principals, whole=False).perhaps for one in (*guard.most, *guard.least)
        )

    def answer(self) -> Allowed:
        id_ = self._actor.id
        most = self._parts(least=False)
        search = Search(most.statements)
        if not search.actions_of(most.formula.groups[0]) & search.action_sets.mask(self._wanted.actions) and not any(
            self._wanted.touches(statement) for statement in most.statements if statement.effect == "Allow"
        ):
            return Allowed(id_, Verdict.NO)
        least = self._parts(least=True)
        examples = self._examples(least.statements)
        found = self._find(least, Patterns(examples)) if examples else None
        if found:
            return Allowed(id_, Verdict.YES, found)
        possible = self._find(most, self._wanted.resources)
        if not possible:
            return Allowed(id_, Verdict.NO)
        sure = self._find(least, self._wanted.resources)
        if sure and not sure.approximate:
            return Allowed(id_, Verdict.YES, sure)
        return Allowed(id_, Verdict.UNKNOWN, possible, self._why())

    def _why(self) -> tuple[str, ...]:
        holes = (hole for guard in self._guards for hole in guard.guarded.holes)
        outside = (_OUTSIDE[needs] for needs in sorted(self._asked._needs))  # noqa: SLF001  (its own part)
        own = self._asked.landscape.access(self._actor).holes
        return tuple(dict.fromkeys((*own, *holes, *outside))) or ("what the ARNs of the resources are",)

    def _find(self, parts: _Parts, resources: Patterns | None) -> Witness | None:
        search = Search(parts.statements)
        question = Question(self._wanted.actions, resources, facts=self._actor.facts)
        witness = search.find(parts.formula, question, Budget(_STEPS))
        return replayed(search, parts.formula, witness) if witness else None

    def _parts(self, *, least: bool) -> _Parts:
        """Return all that decides on requests of the actor; the last group is what the guards of resources let through."""
        access, fences = self._actor.access, self._fences
        outer = [*access.fences, *fences.sure, *(fences.possible.values() if least else ())]
        last = 1 + len(outer)
        parts = _Parts(last + 1)
        for group, documents in enumerate([access.documents, *outer]):
            for document in documents:
                parts.add(document.smallest() if least else document.largest(), group)
        direct = (IDENTITY, BOUNDARY, last) if self._actor.principal.boundary else (IDENTITY, last)
        for guard in self._guards:
            groups = {Naming.ACCOUNT: (last,), Naming.ROLE: (IDENTITY, last), Naming.ITSELF: direct}
            if self._is_elsewhere(guard.guarded):
                groups = dict.fromkeys(groups, (last,))
            for statement in guard.least if least else guard.most:
                named = self._named(statement, least=least)
                if named:
                    parts.add([statement._replace(principals=None)], *groups[named])
        parts.add(self._unguarded(parts.statements, least=least), last)
        return parts

    def _named(self, statement: Statement, *, least: bool) -> Naming:
        if statement.principals is None:
            return Naming.NOT
        denies = statement.effect != "Allow"
        named = self._caller.named_by(statement.principals, whole=denies)
        return named.surely if least != denies else named.perhaps

    def _is_elsewhere(self, guarded: Guarded) -> bool:
        return bool(guarded.account and self._caller.account and guarded.account != self._caller.account)

    def _unguarded(self, statements: Sequence[Statement], *, least: bool) -> Iterator[Statement]:
        """Yield what lets through what no guard is needed for, so that the principal's policies alone decide."""
        guarded = self._asked.landscape.guarded
        abroad = self._listed((one for one in guarded if self._is_elsewhere(one)), statements)
        free = Patterns((*KEY_USE.items, *ASSUMING.items), negated=True)
        yield Statement("Allow", free, Patterns(abroad, negated=True) if abroad else ALL)
        if not self._asked._needs:  # noqa: SLF001  (its own part)
            return
        if least:
            yield Statement("Allow", _without_keys(), ALL)
            return
        for needs, actions in ((KEY, KEY_USE), (ROLE, ASSUMING)):
            known = self._listed((one for one in guarded if one.needs == needs), statements)
            yield Statement("Allow", actions, Patterns((*known, *abroad), negated=True) if known or abroad else ALL)

    def _listed(self, guarded: Iterable[Guarded], statements: Sequence[Statement]) -> tuple[str, ...]:
        """Return the ARNs of guarded resources that statements reach, as many as can be dealt with."""
        items = dict.fromkeys(item for one in statements if one.resources for item in one.resources.items)
        wide = [compiled(item, arn=True) for item in items if "*" in item or "?" in item]
        found: list[str] = []
        for one in guarded:
            arn = one.arn.text
            if one.arn.exact and (arn in items or any(matches(pattern, arn) for pattern in wide)):
                found += [arn, f"{arn}/*"]
            if len(found) > _MOST_LISTED:
                break
        return tuple(found)

    def _examples(self, statements: Sequence[Statement]) -> tuple[str, ...]:
        """Return ARNs that are asked about first: a text is looked at faster than a pattern."""
        wanted = self._wanted.resources
        if wanted is None:
            return ()
        patterns = [compiled(item, arn=True) for item in wanted.items]
        items = [item for one in statements if one.effect == "Allow" and one.resources for item in one.resources.items]
        texts = dict.fromkeys(example(item, self._caller.account) for item in (*items, *sorted(wanted.items, key=len)))
        return tuple(text for text in texts if any(matches(pattern, text) for pattern in patterns))[:_MOST_EXAMPLES]


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
