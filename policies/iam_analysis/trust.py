"""Which roles a service or a principal may assume, by their trust policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.access import Answer, Verdict
from policies.iam_analysis.actors import probe
from policies.iam_analysis.arns import ANY_ACCOUNT, account_in
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.principal_sets import account_of
from policies.iam_analysis.search import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.conditions import Facts

_ANYBODY = "*"
_ASSUME = "sts:AssumeRole"
_IDENTITY_PROVIDERS = frozenset({"cognito-identity.amazonaws.com"})
"""Services that are passed roles and assume them as identity providers ("Role trust and permissions" of Amazon Cognito)."""


class Trust:
    """The trust policies of some roles, found by whom they name."""

    def __init__(self, roles: Iterable[Actor], account: str) -> None:
        """File roles by the principals of their trust policies; those with a hole may name anybody.

        `account` is that of the stack, empty where it is not known.
        """
        self._account = account
        self._any_open = False
        self._by_name: dict[str, dict[str, Actor]] = {}
        self._answers: dict[tuple[str, str], Answer] = {}
        for role in roles:
            for name in _names(role):
                self._by_name.setdefault(name, {})[role.id] = role
            self._any_open = self._any_open or _is_open(role)

    def of_service(self, service: str) -> dict[str, Answer]:
        """Return the roles that a service may assume, or may come to, by their id."""
        found: dict[str, Answer] = {}
        federated = [(f"Federated:{service}", "sts:AssumeRoleWithWebIdentity")] if service in _IDENTITY_PROVIDERS else []
        for principal, action in (*federated, (f"Service:{service}", _ASSUME), (f"Service:{service}.cn", _ASSUME)):
            for role in self._named(principal):
                answer = _lets(role, principal, {}, action)
                if answer.verdict is not Verdict.NO and not found.get(role.id):
                    found[role.id] = answer
        return found

    def that_may_name(self, actor: Actor) -> Iterator[Actor]:
        """Yield the roles whose trust policy names an actor, its account, or anybody."""
        account = account_in(actor.arn)
        exact = actor.principal.arn.exact
        names = [f"AWS:{actor.arn}", *([f"account {account}"] if account else []), *([] if exact else ["some principal"])]
        return self._named(*names)

    def lets(self, role: Actor, actor: Actor) -> Answer:
        """Say whether the trust policy of a role lets an actor assume it."""
        key = role.id, actor.id
        if key not in self._answers:
            self._answers[key] = self._asked(role, actor)
        return self._answers[key]

    def _asked(self, role: Actor, actor: Actor) -> Answer:
        known = _lets(role, f"AWS:{probe(actor.arn, self._account)}", actor.facts)
        if known.verdict is not Verdict.NO or "*" not in actor.arn:
            return known
        answer = _lets(role, f"AWS:{actor.arn}", actor.facts)
        if answer.verdict is Verdict.NO:
            return answer
        return Answer(Verdict.UNKNOWN, answer.witness, (*answer.why, f"the whole ARN of {actor.arn}"))

    def _named(self, *names: str) -> Iterator[Actor]:
        found: dict[str, Actor] = {}
        for name in (*names, _ANYBODY):
            found |= self._by_name.get(name, {})
        yield from found.values()


def _lets(role: Actor, principal: str, facts: Facts, action: str = _ASSUME) -> Answer:
    return role.trust.allows(Question(Patterns((action,)), principals=Patterns((principal,)), facts=facts))


def _names(role: Actor) -> set[str]:
    """Return the principals that a trust policy allows: as they stand there, and accounts apart."""
    trust = role.principal.trust
    if trust is None:
        return set()
    found = {_ANYBODY} if trust.unknown else set()
    for statement in trust.statements:
        principals = statement.principals
        if statement.effect == "Deny":
            continue
        if principals is None or principals.negated or principals.holes or not statement.effect:
            found.add(_ANYBODY)
        for item in principals.items if principals else ():
            account = account_of(item)
            found.add(f"account {account}" if account else item.replace(ANY_ACCOUNT, "*"))
            if item.startswith("AWS:"):
                found.add("some principal")
    return found


def names_itself(role: Actor, actor: Actor) -> Verdict:
    """Say whether a trust policy names an actor itself, not only its account: then nothing else has to allow it."""
    names = _names(role)
    if f"AWS:{actor.arn}" in names:
        return Verdict.YES
    kind = f":{actor.principal.kind}/"
    alike = not actor.principal.name.known and any(name.startswith("AWS:arn:") and kind in name for name in names)
    return Verdict.UNKNOWN if alike or _is_open(role) else Verdict.NO


def _is_open(role: Actor) -> bool:
    """Say whether a trust policy may name a user or a role that nobody knows yet."""
    trust = role.principal.trust
    if trust is None:
        return False
    holes = [hole for statement in trust.statements if statement.principals for hole in statement.principals.holes]
    return bool(trust.unknown) or any(".Service:" not in hole and ".Federated:" not in hole for hole in holes)
