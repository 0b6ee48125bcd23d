"""What a principal of a stack may do by all its policies together, for plain requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.access import NO, Answer, Effective
from policies.iam_analysis.action_sets import names
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.permissions import first_answer, undecided
from policies.iam_analysis.plain_requests import NOBODYS, is_limited, plain_facts
from policies.iam_analysis.search import Question
from policies.iam_analysis.unnamed_resources import whole
from policies.iam_analysis.witness import confirmed
from policies.unknown import Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policies.iam_analysis.conditions import Facts
    from policies.iam_analysis.model import Document
    from policies.iam_analysis.principals import Principal


class Powers:
    """The access of a principal: its policies and those of its groups, within its permissions boundary."""

    def __init__(self, principal: Principal) -> None:
        """Look at a principal of the graph."""
        self._documents = [_unlimited(document) for document in principal.documents]
        self._boundary = [_unlimited(document) for document in principal.boundary] if principal.boundary is not None else None
        every = (*self._documents, *(self._boundary or ()))
        self._facts = plain_facts(statement for document in every for statement in document.statements)
        self._effective = Effective(self._documents, () if self._boundary is None else (self._boundary,))

    def allow(self, action: str, resources: Sequence[str]) -> Answer:
        """Say whether a plain request for an action on some resource of the patterns is allowed."""
        if not any(document.unknown or _may_name(document, action) for document in self._documents):
            return NO
        return self._effective.allows(Question(Patterns((action,)), Patterns(tuple(resources)), facts=self._facts))

    def ask(self, actions: Patterns, facts: Facts) -> Answer:
        """Say whether a plain request for one of the actions on anything is allowed, with further facts about it."""
        answer = self._effective.allows(Question(actions, facts={**self._facts, **facts}))
        return (
            answer._replace(witness=confirmed(self._effective.least, answer.witness)) if answer and answer.witness else answer
        )

    def all_of(self, requests: Iterable[tuple[str, tuple[str, ...]]]) -> Answer:
        """Say whether a request of each kind is allowed."""
        answers = [self.allow(action, resources) for action, resources in requests]
        return min(answers, key=_strength)

    def administer(self) -> Answer:
        """Say whether the principal is an administrator: all of IAM, or all of every other service."""
        return first_answer((self.all_of(whole("iam")), self.all_of(whole(NOBODYS))))


def open_question(answer: Answer) -> UnknownValue:
    """Return the exception for an answer about a principal that is not known."""
    told = [why for why in answer.why if not why.startswith("arn:")]  # what another property says is not for messages
    if told:
        return undecided(answer._replace(why=tuple(told)), "")
    return UnknownValue(Reason.COMPUTED, "", "a policy that is attached is not in the stack")


def _strength(answer: Answer) -> int:
    return ("no", "unknown", "yes").index(answer.verdict)


def _unlimited(document: Document) -> Document:
    """Return a document without the Allow statements that are for special requests only."""
    kept = tuple(one for one in document.statements if one.effect == "Deny" or not is_limited(one))
    return document if len(kept) == len(document.statements) else document._replace(statements=kept)


def _may_name(document: Document, action: str) -> bool:
    return any(one.effect != "Deny" and (one.actions.holes or names(one.actions, action)) for one in document.statements)
