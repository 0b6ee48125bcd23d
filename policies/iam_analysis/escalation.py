"""Ways to more rights: which of the known ones are open to an actor, and whose rights it gains.

A way is open if the actor is allowed each of its actions on one and the same target: a role that trusts the service it is
passed to, a user, a group, a policy, a resource that carries a role. What is gained is the access of that target, or of an
administrator where the actor may write the target's policies itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import TOO_COMPLEX, Verdict
from policies.iam_analysis.actors import probe
from policies.iam_analysis.languages import Budget, TooComplexError
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.path_filter import paths_within
from policies.iam_analysis.search import Question

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from policies.iam_analysis.access import Effective
    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.conditions import Facts
    from policies.iam_analysis.search import Witness
    from policies.iam_analysis.targets import Bound, Targets
    from policies.iam_catalogue.escalation_paths import Path, Step


_STEPS_FOR_SURE, _STEPS_FOR_OTHERS = 200_000, 20_000
"""Steps that the questions about one actor may take together: fewer where the answer cannot be sure anyway."""


class Way(NamedTuple):
    """A path that is open to an actor: on which target, what it gains (URN of an actor, ADMIN or OUTSIDE), and how surely.

    `witnesses` are requests that are allowed, one for each step; `why` says what is not known. A `possible` way is open, but
    nobody knows what it leads to.
    """

    path: Path
    target: str
    gained: str
    verdict: Verdict
    witnesses: tuple[Witness, ...]
    why: tuple[str, ...] = ()
    possible: bool = False

    @property
    def is_sure(self) -> bool:
        """Say whether it is open for certain."""
        return self.verdict is Verdict.YES

    @property
    def rank(self) -> int:
        """0 if it is known to work, 1 if only our reasoning says so or nobody knows what it leads to."""
        return int(self.possible or not self.path.is_verified)


class Ways:
    """The ways that are open to one actor: for certain (`sure`), or with all that is not known in its favour."""

    def __init__(self, actor: Actor, targets: Targets) -> None:
        """Look at an actor among all others."""
        self.actor = actor
        self._targets = targets
        self._answers: dict[object, Witness | None] = {}
        self._budgets = {True: Budget(_STEPS_FOR_SURE), False: Budget(_STEPS_FOR_OTHERS)}
        self._is_too_complex = False

    def to(self, wanted: Collection[str], *, sure: bool) -> Iterator[Way]:
        """Yield ways by which the actor gains one of some others: for each path and target at most one."""
        bounds = ((path, bound) for path in self._paths(sure=sure) for bound in self._targets.of(path, self.actor, wanted))
        yield from self._open(bounds, sure=sure)

    def outside(self, *, sure: bool) -> Iterator[Way]:
        """Yield ways that are open on targets that no policy has planned for: any role, any user, any function."""
        bounds = ((path, bound) for path in self._paths(sure=sure) if (bound := self._targets.outside(path)))
        yield from self._open(bounds, sure=sure)

    def _open(self, bounds: Iterable[tuple[Path, Bound]], *, sure: bool) -> Iterator[Way]:
        """Yield the ways that are open. Of an actor whose policies are too complex, one that nobody can be sure of."""
        for path, bound in bounds:
            if self._is_too_complex:
                if not sure:
                    yield Way(path, bound.label, bound.gained, Verdict.UNKNOWN, (), (TOO_COMPLEX,), bound.possible)
                return
            try:
                way = self._by(path, bound, sure=sure)
            except TooComplexError:
                self._is_too_complex = True
                continue
            if way:
                yield way

    def _paths(self, *, sure: bool) -> tuple[Path, ...]:
        """Return the paths all of whose actions the actor is, or may come to be, allowed on something."""
        access = self.actor.access.least if sure else self.actor.access.most
        return paths_within(access.actions)

    def _by(self, path: Path, bound: Bound, *, sure: bool) -> Way | None:
        if sure and bound.why:
            return None
        for facts in bound.facts:
            witnesses = []
            for step in path.steps:
                if step.action == "sts:AssumeRole" and self._is_named(bound, sure=sure):
                    continue
                witness = self._witness(step, bound, facts, sure=sure)
                if witness is None:
                    break
                witnesses.append(witness)
            else:
                verdict = Verdict.YES if sure else Verdict.UNKNOWN
                why = () if sure else (*bound.why, *self.actor.access.holes)
                return Way(path, bound.label, bound.gained, verdict, tuple(witnesses), why, bound.possible)
        return None

    def _is_named(self, bound: Bound, *, sure: bool) -> bool:
        """Say whether an actor is the role already, or a trust policy names it and nothing denies that it assumes the role."""
        role = bound.arns["sts:AssumeRole"]
        if role == self.actor.arn:
            return True
        if bound.trusts_actor is Verdict.NO or (sure and bound.trusts_actor is Verdict.UNKNOWN):
            return False
        key = sure, role
        if key not in self._answers:
            self._answers[key] = self._asked(self.actor.when_named, "sts:AssumeRole", role, {}, sure=sure)
        return self._answers[key] is not None

    def _witness(self, step: Step, bound: Bound, facts: Facts, *, sure: bool) -> Witness | None:
        """Return a request by which the actor takes a step on its target."""
        template = bound.arns.get(step.action, "")
        if "iam:passedtoservice" in facts and step.action != "iam:PassRole":
            facts = {key: value for key, value in facts.items() if key != "iam:passedtoservice"}
        key = sure, step.action, template, *facts.items()
        if key not in self._answers:
            target = probe(template, self._targets.account) if sure and template else template
            self._answers[key] = self._asked(self.actor.access, step.action, target, facts, sure=sure)
        return self._answers[key]

    def _asked(self, effective: Effective, action: str, resource: str, facts: Facts, *, sure: bool) -> Witness | None:
        """Return a request that is allowed; raises `TooComplexError`."""
        resources = Patterns((resource,)) if resource else None
        question = Question(Patterns((action,)), resources, facts={**self.actor.facts, **facts})
        access = effective.least if sure else effective.most
        answer = access.ask(question, self._budgets[sure])
        return answer.witness if answer or not sure else None
