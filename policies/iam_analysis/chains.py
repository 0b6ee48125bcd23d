"""Chains of ways: who reaches the rights of an administrator in how many steps, and which statement to change.

The search goes backwards from those who are administrators, so an actor is asked about the few that are worth gaining.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import Answer, Verdict, wider
from policies.iam_analysis.actors import Actor, account_of, actors_of
from policies.iam_analysis.escalation import Way, Ways
from policies.iam_analysis.graph import graph_of
from policies.iam_analysis.search import Question
from policies.iam_analysis.targets import ADMIN, KEYS, Targets
from policies.iam_analysis.variants import variants_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.iam_analysis.model import Statement
    from policies.stack import Stack


_MOST_COMPARED = 500
"""Targets of one actor whose access is compared with its own; of more, nobody wants to read."""


class Chain(NamedTuple):
    """How an actor gains more: the ways one after the other, each taken by the one that was gained before.

    `open` are all ways that can be taken first; `cut` is the statement that most of them need, and `cuts` how many do.
    It is `unsure` whether the last one is an administrator.
    """

    actor: str
    ways: tuple[Way, ...]
    open: tuple[Way, ...] = ()
    cut: Statement | None = None
    cuts: int = 0
    unsure: bool = False

    @property
    def verdict(self) -> Verdict:
        """Yes if every way is open for certain."""
        return Verdict.YES if all(way.is_sure for way in self.ways) and not self.unsure else Verdict.UNKNOWN

    @property
    def is_sure(self) -> bool:
        """Say whether it is open for certain."""
        return self.verdict is Verdict.YES

    @property
    def rank(self) -> int:
        """0 if every way is known to work; 1 if one rests on our reasoning alone, or nobody knows what it leads to."""
        return max((way.rank for way in self.ways), default=0)


def chains_of(stack: Stack) -> Chains:
    """Return the chains of a stack; computed once."""
    return stack.once(Chains, lambda: Chains(stack))


class Chains:
    """All that the actors of a stack can gain."""

    def __init__(self, stack: Stack) -> None:
        """Look at a stack."""
        graph = graph_of(stack)
        principals = list(actors_of(graph))
        self.actors: dict[str, Actor] = {actor.id: actor for actor in principals}
        for actor in principals:
            self.actors |= {variant.id: variant for variant in variants_of(actor)}
        self.account = account_of(graph, principals)
        self._targets = Targets(stack, graph, self.actors, self.account)
        self._ways = {
            id_: Ways(actor, self._targets)
            for id_, actor in self.actors.items()
            if actor.principal.kind != "group" or not graph.members(actor.principal)  # its members act, if they are known
        }
        self.to_administrator = self._reach()
        self._others = self.actors.keys() - self.to_administrator.keys()
        self._compared: dict[tuple[int, int], Answer] = {}
        self._kinds: dict[str, int] = {}
        self._numbers: dict[object, int] = {}

    def of(self, urn: str) -> Chain | None:
        """Return the shortest chain by which a principal becomes an administrator; None where it is one or cannot.

        A chain without ways stands for one that may be an administrator, or may not.
        """
        found = self.to_administrator.get(urn)
        if found is None and urn in self._ways and self.actors[urn].administrator is Verdict.UNKNOWN:
            return Chain(urn, (), unsure=True)
        return found

    def _reach(self) -> dict[str, Chain]:
        """Return the shortest chain for each actor that reaches an administrator, the surest before others."""
        found: dict[str, Chain] = {}
        for sure, verdicts in ((True, {Verdict.YES}), (False, {Verdict.YES, Verdict.UNKNOWN})):
            ends = {id_ for id_, actor in self.actors.items() if actor.administrator in verdicts}
            for rank in (0, 1):
                self._spread(found, {ADMIN, *ends, *found}, rank=rank, sure=sure)
        return found

    def _spread(self, found: dict[str, Chain], frontier: set[str], *, rank: int, sure: bool) -> None:
        """Add those that gain one of the frontier, then those that gain one of these, and so on.

        Who may be an administrator already is asked for what is sure only: more cannot be told of it.
        """
        asked = {Verdict.NO, Verdict.UNKNOWN} if sure else {Verdict.NO}
        while frontier:
            after: set[str] = set()
            for id_, ways in self._ways.items():
                if id_ in found or self.actors[id_].administrator not in asked:
                    continue
                some = ways.to(frontier, sure=sure)
                open_ways = tuple(some) if sure else tuple(islice((way for way in some if way.rank <= rank), 1))
                first = next((way for way in open_ways if way.rank <= rank), None)
                if first:
                    rest = found.get(first.gained) or Chain("", (), unsure=not self._is_end(first.gained))
                    found[id_] = Chain(id_, (first, *rest.ways), open_ways, *_cut(open_ways), unsure=rest.unsure)
                    after.add(id_)
            frontier = after

    def _is_end(self, gained: str) -> bool:
        return gained == ADMIN or self.actors[gained].is_administrator

    def more(self, urn: str) -> Chain | None:
        """Return a way by which a principal gains one that may do something it may not; None where it becomes administrator."""
        if self.of(urn) or urn not in self._ways or self.actors[urn].is_administrator:
            return None
        unsure: Chain | None = None
        for sure in (True, False):
            for way in islice(self._ways[urn].to(self._others, sure=sure), _MOST_COMPARED):
                answer = self._wider(way.gained, urn)
                if answer and sure:
                    return Chain(urn, (way,))
                if answer.verdict is not Verdict.NO and unsure is None:
                    unsure = Chain(urn, (way,), unsure=True)
        return unsure

    def _wider(self, gained: str, actor: str) -> Answer:
        one, other = self.actors[gained], self.actors[actor]
        if one.sure_actions & ~other.actions:  # plain to see: nothing to search for
            return Answer(Verdict.YES)
        key = self._kind(one), self._kind(other)
        if key not in self._compared:
            self._compared[key] = wider(one.access, other.access, Question(facts=one.facts))
        return self._compared[key]

    def _kind(self, actor: Actor) -> int:
        """Return a number that those have in common who are allowed the same."""
        number = self._kinds.get(actor.id)
        if number is None:
            number = self._kinds[actor.id] = self._numbers.setdefault(actor.likeness, len(self._numbers))
        return number

    def outside(self, urn: str) -> Chain | None:
        """Return a way that is open on targets outside the stack; None where the principal becomes administrator inside."""
        if self.of(urn) or urn not in self._ways or self.actors[urn].is_administrator:
            return None
        ways = self._ways[urn]
        way = next(ways.outside(sure=True), None) or next(ways.outside(sure=False), None)
        return Chain(urn, (way,)) if way else None

    def keys(self, urn: str) -> Chain | None:
        """Return a way by which a principal may open KMS keys to others, a sure one if there is; None for an administrator."""
        if urn not in self._ways or self.actors[urn].is_administrator:
            return None
        ways = self._ways[urn]
        found = tuple(ways.to({KEYS}, sure=True)) or tuple(ways.to({KEYS}, sure=False))
        return Chain(urn, found[:1], found, *_cut(found)) if found else None


def _cut(ways: Iterable[Way]) -> tuple[Statement | None, int]:
    """Return the Allow statement that most of some ways need, and how many do."""
    counts: Counter[Statement] = Counter()
    for way in ways:
        counts.update(
            {
                statement
                for witness in way.witnesses
                for statement in witness.statements
                if statement.effect == "Allow" and statement.at
            }
        )
    return counts.most_common(1)[0] if counts else (None, 0)
