"""Those outside the stacks that the policies of resources let in: everyone, accounts, services, identity providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.access import TOO_COMPLEX, Access, Verdict
from policies.iam_analysis.arns import account_in
from policies.iam_analysis.languages import Budget, TooComplexError
from policies.iam_analysis.model import EVERYTHING, Patterns
from policies.iam_analysis.naming import EVERYONE, OWN_ACCOUNT
from policies.iam_analysis.principal_sets import account_of
from policies.iam_analysis.search import Question
from policies.iam_analysis.who_can import Allowed
from policies.iam_analysis.witness import confirmed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.iam_analysis.access import Answer
    from policies.iam_analysis.guards import Guard
    from policies.iam_analysis.model import Statement
    from policies.iam_analysis.who_can import WhoCan

_OWN_POLICIES = "the policies of its own account must allow it too and are not known"
_UNREAD = "who is let in is not known"


class _LetIn(NamedTuple):
    """A principal that statements of a guard name; `excluded` are those that NotPrincipal leaves out."""

    name: str
    principals: Patterns | None


def outsiders(who_can: WhoCan) -> Iterator[Allowed]:
    """Yield an answer for each resource and each principal outside the stacks that it lets in."""
    insiders = {actor.arn for actor in who_can.landscape.actors if actor.principal.arn.exact}
    for guard in who_can.guards.all:
        for let_in in _let_in(guard, insiders):
            answer = _answer(who_can, guard, let_in)
            if answer.verdict is not Verdict.NO:
                yield answer


def _let_in(guard: Guard, insiders: set[str]) -> Iterator[_LetIn]:
    seen: dict[str, None] = {}
    for statement in guard.most:
        if statement.effect != "Allow" or statement.principals is None:
            continue
        if statement.principals.negated:
            names = [_shown(item) for item in statement.principals.items]
            yield _LetIn(f"everyone but {', '.join(names)}" if names else "everyone", None)
        else:
            seen |= dict.fromkeys(statement.principals.items)
    for item in seen:
        account = account_of(item)
        own = item == OWN_ACCOUNT or (account and account == guard.guarded.account)
        if not own and not _is_inside(item.removeprefix("AWS:"), insiders):
            yield _LetIn(_shown(item), Patterns((EVERYTHING if item in EVERYONE else item,)))


def _is_inside(arn: str, insiders: set[str]) -> bool:
    if arn in insiders:
        return True
    parts = arn.split(":", 5)
    if parts[2:3] != ["sts"] or not parts[-1].startswith("assumed-role/"):
        return False
    role = f":{parts[4]}:role/"
    name = parts[-1].split("/")[1]
    return any(role in one and one.rpartition("/")[2] == name for one in insiders)


def _shown(item: str) -> str:
    if item in EVERYONE:
        return "everyone"
    kind, _, name = item.partition(":")
    if account := account_of(item):
        return f"account {account}"
    return name if kind == "AWS" else f"{kind} {name}"


def _answer(who_can: WhoCan, guard: Guard, let_in: _LetIn) -> Allowed:
    try:
        sure = _ask(who_can, guard.least, let_in)
        possible = sure or _ask(who_can, guard.most, let_in)
    except TooComplexError:
        return Allowed(let_in.name, Verdict.UNKNOWN, why=(TOO_COMPLEX,))
    if possible.verdict is Verdict.NO:
        return Allowed(let_in.name, Verdict.NO)
    if sure:
        own: tuple[str, ...] = (_OWN_POLICIES,) if _needs_own_policies(guard, let_in) else ()
        return Allowed(let_in.name, Verdict.UNKNOWN if own else Verdict.YES, sure.witness, own)
    why = tuple(dict.fromkeys((*possible.why, *guard.guarded.holes))) or ("the ARN of the resource",)
    name = _UNREAD if let_in.name == "everyone" and guard.guarded.holes else let_in.name
    return Allowed(name, Verdict.UNKNOWN, possible.witness, why)


def _needs_own_policies(guard: Guard, let_in: _LetIn) -> bool:
    """Say whether a principal is one of another account, or of one that is not known to be the same."""
    if let_in.principals is None or let_in.name == "everyone" or not let_in.principals.items[0].startswith("AWS:"):
        return False
    item = let_in.principals.items[0]
    account = account_of(item) or account_in(item.removeprefix("AWS:"))
    return bool(account) and account != guard.guarded.account


def _ask(who_can: WhoCan, statements: Sequence[Statement], let_in: _LetIn) -> Answer:
    access = Access(statements)
    question = Question(who_can.wanted.actions, who_can.wanted.resources, let_in.principals)
    answer = access.ask(question, Budget())
    return answer._replace(witness=confirmed(access, answer.witness)) if answer and answer.witness else answer
