"""Ways to more rights: which of the known ones are open to an actor, and whose rights it gains.

A way is open if the actor is allowed each of its actions on one and the same target: a role that trusts the service it is
passed to, a user, a group, a policy, a resource that carries a role. What is gained is the access of that target, or of an
administrator where the actor may write the target's policies itself.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import Answer, Verdict
from policies.iam_analysis.actors import Actor, probe
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.search import Question
from policies.iam_catalogue.actions import universe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policies.iam_analysis.access import Effective
    from policies.iam_analysis.conditions import Facts
    from policies.iam_analysis.search import Witness
    from policies.iam_analysis.targets import Bound, Targets
    from policies.iam_catalogue.escalation_paths import Path, Step


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
    """The ways that are open to one actor."""

    def __init__(self, actor: Actor, targets: Targets) -> None:
        """Look at an actor among all others."""
        self.actor = actor
        self._targets = targets
        self._answers: dict[tuple[str, str, str], Answer] = {}

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The paths all of whose actions the actor may come to be allowed on something."""
        actions = self.actor.actions | (universe().mask("sts:AssumeRole") if self._targets.trusted(self.actor) else 0)
        return tuple(path for path, needed in self._targets.paths if not needed & ~actions)

    def to(self, wanted: Collection[str]) -> Iterator[Way]:
        """Yield ways by which the actor gains one of some others: for each path and target at most one."""
        for path in self.paths:
            for bound in self._targets.of(path, self.actor, wanted):
                if way := self._by(path, bound):
                    yield way

    def outside(self) -> Iterator[Way]:
        """Yield ways that are open on targets that no policy has planned for: any role, any user, any function."""
        for path in self.paths:
            bound = self._targets.outside(path)
            if bound and (way := self._by(path, bound)):
                yield way

    def _by(self, path: Path, bound: Bound) -> Way | None:
        for facts in bound.facts:
            answers = []
            for step in path.steps:
                answer = self._answer(step, bound, facts)
                if answer.verdict is Verdict.NO:
                    break
                answers.append(answer)
            else:
                why = tuple(dict.fromkeys((*bound.why, *(text for answer in answers for text in answer.why))))
                sure = not bound.why and all(answers)
                witnesses = tuple(answer.witness for answer in answers if answer.witness)
                verdict = Verdict.YES if sure else Verdict.UNKNOWN
                return Way(path, bound.label, bound.gained, verdict, witnesses, why, bound.possible)
        return None

    def _answer(self, step: Step, bound: Bound, facts: Facts) -> Answer:
        """Say whether the actor may take a step on its target."""
        template = bound.arns.get(step.action, "")
        if step.action == "sts:AssumeRole" and bound.trusts_actor is Verdict.YES:
            answer = self._allowed(step.action, template, self.actor.facts, self.actor.unless_denied)
            return answer._replace(witness=None)  # no policy of the actor has to allow it
        relevant = {key: value for key, value in facts.items() if key != "iam:passedtoservice" or step.action == "iam:PassRole"}
        key = (step.action, template, repr(relevant))
        if key not in self._answers:
            self._answers[key] = self._allowed(step.action, template, {**self.actor.facts, **relevant}, self.actor.access)
        answer = self._answers[key]
        if step.action == "sts:AssumeRole" and bound.trusts_actor is Verdict.UNKNOWN and answer.verdict is Verdict.NO:
            answer = self._allowed(step.action, template, self.actor.facts, self.actor.unless_denied)
            if answer:
                return Answer(Verdict.UNKNOWN, why=(f"whether the trust policy of {bound.label} names it",))
        return answer

    def _allowed(self, action: str, template: str, facts: Facts, access: Effective) -> Answer:
        question = Question(Patterns((action,)), facts=facts)
        if not template:
            return access.allows(question)
        sure = access.allows(question._replace(resources=Patterns((probe(template, self._targets.account),))))
        if sure.verdict is not Verdict.NO or "*" not in template:
            return sure
        answer = access.allows(question._replace(resources=Patterns((template,))))
        if answer.verdict is Verdict.NO:
            return answer
        return Answer(Verdict.UNKNOWN, answer.witness, (*answer.why, f"the whole ARN of {template}"))
