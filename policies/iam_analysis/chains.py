"""Chains of ways: who reaches the rights of an administrator in how many steps, and which statement to change.

The search goes backwards from those who are administrators, so an actor is asked about the few that are worth gaining.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import Verdict, wider
from policies.iam_analysis.actors import Actor, actors_of
from policies.iam_analysis.escalation import Way, Ways
from policies.iam_analysis.graph import graph_of
from policies.iam_analysis.search import Question
from policies.iam_analysis.targets import ADMIN, KEYS, Targets
from policies.iam_analysis.variants import variants_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.iam_analysis.model import Statement
    from policies.stack import Stack


class Chain(NamedTuple):
    """How an actor gains more: the ways one after the other, each taken by the one that was gained before.

    `open` are all ways that can be taken first; `cut` is the statement that most of them need, and `cuts` how many do.
    """

    actor: str
    ways: tuple[Way, ...]
    open: tuple[Way, ...] = ()
    cut: Statement | None = None
    cuts: int = 0

    @property
    def verdict(self) -> Verdict:
        """Yes if every way is open for certain."""
        return Verdict.YES if all(way.is_sure for way in self.ways) else Verdict.UNKNOWN

    @property
    def is_verified(self) -> bool:
        """Say whether every way is described by someone else too."""
        return all(way.path.is_verified for way in self.ways)


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
        self._targets = Targets(stack, graph, self.actors)
        self._ways = {id_: Ways(actor, self._targets) for id_, actor in self.actors.items()}
        self._groups = {urn for urn, principal in graph.principals.items() if principal.kind == "group"}
        self.to_administrator: Mapping[str, Chain] = self._reach()

    def of(self, urn: str) -> Chain | None:
        """Return the shortest chain by which a principal becomes an administrator; None where it is one or cannot."""
        chain = self.to_administrator.get(urn)
        return chain if chain and chain.ways else None

    def _reach(self) -> dict[str, Chain]:
        """Return the shortest chain for each actor that reaches an administrator, those that are sure before others."""
        found: dict[str, Chain] = {}
        for verified in (True, False):
            for sure in (True, False):
                reached = {ADMIN} | {id_ for id_, chain in found.items() if not chain.ways or verified}
                reached |= {id_ for id_, actor in self.actors.items() if actor.is_administrator}
                for id_ in reached - {ADMIN}:
                    found.setdefault(id_, Chain(id_, ()))
                self._spread(found, set(found) | {ADMIN}, verified=verified, sure=sure)
        return found

    def _spread(self, found: dict[str, Chain], frontier: set[str], *, verified: bool, sure: bool) -> None:
        while frontier:
            after: set[str] = set()
            for id_, ways in self._ways.items():
                if id_ in found or not ways.paths:
                    continue
                open_ways = tuple(ways.to(frontier))
                first = next((way for way in open_ways if way.path.is_verified >= verified and (not sure or way.is_sure)), None)
                if first:
                    rest = found[first.gained].ways if first.gained in found else ()
                    found[id_] = Chain(id_, (first, *rest), open_ways, *_cut(open_ways))
                    after.add(id_)
            frontier = after

    def more(self, urn: str) -> Chain | None:
        """Return a way by which a principal gains one that may do something it may not; None where it becomes administrator."""
        if urn in self.to_administrator or urn not in self._ways:
            return None
        others = {id_ for id_ in self.actors if id_ != urn and id_ not in self.to_administrator}
        for way in self._ways[urn].to(others):
            gained = self.actors[way.gained]
            answer = wider(gained.access, self.actors[urn].access, Question(facts=gained.facts))
            if answer.verdict is Verdict.YES:
                return Chain(urn, (way,))
        return None

    def outside(self, urn: str) -> Chain | None:
        """Return a way that is open on targets outside the stack; None where the principal becomes administrator inside."""
        ways = self._ways.get(urn)
        if urn in self.to_administrator or ways is None:
            return None
        way = next(ways.outside(), None)
        return Chain(urn, (way,)) if way else None

    def keys(self, urn: str) -> Iterator[Way]:
        """Yield the ways by which a principal may open KMS keys to others."""
        if urn in self._ways and not self.actors[urn].is_administrator:
            yield from self._ways[urn].to({KEYS})


def _cut(ways: Iterable[Way]) -> tuple[Statement | None, int]:
    """Return the Allow statement that most of some ways need, and how many do."""
    counts: Counter[Statement] = Counter()
    for way in ways:
        counts.update(
            {statement for witness in way.witnesses for statement in witness.statements if statement.effect == "Allow"}
        )
    return counts.most_common(1)[0] if counts else (None, 0)
