"""Permissions: what one Allow grants to a plain request, less the Deny statements beside it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policies.iam_analysis.access import NO, TOO_COMPLEX, Answer, Effective, Verdict
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.languages import compiled, matches
from policies.iam_analysis.model import Document, Patterns
from policies.iam_analysis.plain_requests import NOBODYS, plain_facts
from policies.iam_analysis.search import Question, Witness
from policies.iam_analysis.unnamed_resources import filled, may_match, unnamed
from policies.iam_analysis.witness import confirmed
from policies.unknown import Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policies.iam_analysis.conditions import Facts
    from policies.iam_analysis.model import Statement


class Permission:
    """A statement that allows, or may, with what takes from it: the Deny statements beside it, and those not known.

    Answers are kept: documents that say the same share their permissions.
    """

    def __init__(self, statement: Statement, denials: tuple[Statement, ...] = (), unknown: tuple[str, ...] = ()) -> None:
        """Hold a statement of a document."""
        self.statement = statement
        self.denials = denials
        self.unknown = unknown
        self._answers: dict[object, Answer] = {}
        items = [item.lower() for item in statement.actions.items]
        self._patterns = tuple(compiled(item) for item in items if "*" in item or "?" in item)
        self._exact = frozenset(items)

    def allows(self, actions: tuple[str, ...], resources: tuple[str, ...]) -> Answer:
        """Say whether a plain request with one of the actions, on a resource that the patterns match, is allowed."""
        if not self._may_reach(resources):
            return NO
        return self.once((actions, resources), lambda: self._asked(actions, resources))

    def once(self, key: object, ask: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, asked once."""
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]

    def _asked(self, actions: tuple[str, ...], resources: tuple[str, ...]) -> Answer:
        statement = self.statement
        if statement.effect == "Allow" and not (self.denials or self.unknown or statement.conditions or statement.holes):
            arn = next((arn for arn in self._examples(resources) if self._matches(arn)), None)
            if arn is not None:
                return Answer(Verdict.YES, Witness(actions[0], arn, "", {}, (statement,)))
        question = Question(Patterns(actions), Patterns(resources), facts=self._facts)
        answer = self._effective.allows(question)
        if answer.verdict is Verdict.YES and answer.witness:
            return answer._replace(witness=confirmed(self._effective.least, answer.witness))
        if answer.verdict is Verdict.UNKNOWN and self.unknown:
            alone = self._alone.allows(question)
            return NO if alone.verdict is Verdict.NO else answer  # what else is not known is judged by itself
        return answer

    @cached_property
    def _effective(self) -> Effective:
        return Effective((Document((self.statement, *self.denials), self.unknown),))

    @cached_property
    def _alone(self) -> Effective:
        """The same without what is not known of the document."""
        return Effective((Document((self.statement, *self.denials)),))

    @cached_property
    def _facts(self) -> Facts:
        return plain_facts((self.statement, *self.denials))

    def _may_reach(self, resources: tuple[str, ...]) -> bool:
        """Say, by a quick look, whether the statement may match one of some ARNs of resources that nobody named."""
        own = self.statement.resources
        if own is None or own.negated or own.holes:
            return True
        return any(may_match(item, arn) for item in own.items for arn in resources)

    def _examples(self, resources: tuple[str, ...]) -> Iterator[str]:
        """Yield ARNs of the patterns that the statement may match, the `*` before their last segment filled in."""
        own = self.statement.resources
        items = own.items if own and not own.negated else ("*",)
        for arn in resources:
            for item in items:
                if may_match(item, arn):
                    yield filled(arn, item)

    def _matches(self, arn: str) -> bool:
        own = self.statement.resources
        return own is not None and own.negated is not any(matches(compiled(item, arn=True), arn) for item in own.items)

    def may_name(self, action: str) -> bool:
        """Say, without the catalogue, whether the statement names an action or may come to."""
        actions = self.statement.actions
        if actions.holes:
            return True
        action = action.lower()
        named = action in self._exact or any(matches(pattern, action) for pattern in self._patterns)
        return named is not actions.negated

    def answer(self, action: str, resources: tuple[str, ...]) -> Answer:
        """Say whether a plain request for one action is allowed."""
        return self.allows((action,), resources) if self.may_name(action) else NO

    def first(self, actions: tuple[str, ...]) -> Answer:
        """Say which of some actions is allowed first on a resource that the statement does not name."""
        return self.once(
            actions, lambda: first_answer(self.all_of(unnamed(action)) for action in actions if self.may_name(action))
        )

    def grants(self, *requests: tuple[str, tuple[str, ...]]) -> Witness | None:
        """Return a plain request if one of each kind (action, resources) is allowed; raises `UnknownValue`."""
        answer = self.all_of(requests)
        if answer.verdict is Verdict.UNKNOWN:
            raise undecided(answer, self.statement.at)
        return answer.witness

    def all_of(self, requests: Iterable[tuple[str, tuple[str, ...]]]) -> Answer:
        """Say whether a request of each kind is allowed; the witness is one of the last kind."""
        answers = [self.answer(action, resources) for action, resources in requests]
        for verdict in (Verdict.NO, Verdict.UNKNOWN):
            found = [answer for answer in answers if answer.verdict is verdict]
            if found:
                return found[0]
        return answers[-1]


def undecided(answer: Answer, at: str) -> UnknownValue:
    """Return the exception for an answer that is not known."""
    if answer.why == (TOO_COMPLEX,):
        return UnknownValue(Reason.MALFORMED, at, TOO_COMPLEX)
    return unknown(answer.why)


def first_granted(permission: Permission, actions: tuple[str, ...]) -> Witness | None:
    """Return a plain request for one of some actions on a resource that the permission does not name; raises `UnknownValue`."""
    answer = permission.first(actions)
    if answer.verdict is Verdict.UNKNOWN:
        raise undecided(answer, permission.statement.at)
    return answer.witness


def first_answer(answers: Iterable[Answer]) -> Answer:
    """Return the first yes; else what is unknown, if anything is; else no."""
    found = NO
    for answer in answers:
        if answer:
            return answer
        if answer.verdict is Verdict.UNKNOWN:
            found = answer
    return found


def named_actions(permission: Permission) -> int:
    """Return the set of documented actions that a permission names; see `universe`."""
    from policies.iam_catalogue.actions import universe  # noqa: PLC0415

    found = 0
    for item in permission.statement.actions.items:
        found |= universe().mask(item)
    return universe().every & ~found if permission.statement.actions.negated else found


def told(witness: Witness) -> str:
    """Return a request as messages tell it: the action, a resource if it has types of them, and what is absent."""
    if NOBODYS not in witness.resource or witness.resource.startswith("arn::"):
        return f"{witness.action}{without(witness)}"
    return f"{witness.action} on resources that it does not name, such as {witness.resource}{without(witness)}"


def without(witness: Witness) -> str:
    """Return which keys a request must not have; of others nothing is told, for values may be secrets."""
    absent = [f"no {key}" for key, value in sorted(witness.context.items()) if value is None]
    return f" with {', '.join(absent)}" if absent else ""
