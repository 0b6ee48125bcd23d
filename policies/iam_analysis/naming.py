"""How the policy of a resource names a principal: the closer, the more a grant reaches.

"How AWS enforcement code logic evaluates requests to allow or deny access" and "AWS JSON policy elements: Principal" of the
IAM user guide.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.arns import account_in
from policies.iam_analysis.languages import compiled, matches
from policies.iam_analysis.model import EVERYTHING
from policies.iam_analysis.principal_sets import account_of

if TYPE_CHECKING:
    from policies.iam_analysis.actors import Actor
    from policies.iam_analysis.model import Patterns

_SESSION = re.compile(r"arn:[^:]+:sts::(\d{12}):assumed-role/([^/]+)/.+")
EVERYONE = (EVERYTHING, f"AWS:{EVERYTHING}")
OWN_ACCOUNT = "AWS:own account"
"""Stands for the account of the resource, which default policies name."""


class Naming(IntEnum):
    """How close a principal is named."""

    NOT = 0
    ACCOUNT = 1  # its account may give it away: its own policies decide
    ROLE = 2  # its permissions boundary still limits it
    ITSELF = 3  # a user, a session or everyone: nothing else has to allow it


class Named(NamedTuple):
    """How a principal is named for certain, and how at most."""

    surely: Naming
    perhaps: Naming


class Caller(NamedTuple):
    """What is known of the principal of a request. Of an ARN that is not exact, a `*` stands for what is not known."""

    kind: str
    arn: str
    exact: bool
    account: str

    def named_by(self, principals: Patterns, *, whole: bool) -> Named:
        """Say how Principal or NotPrincipal of a statement without holes names it.

        `whole` asks whether all sessions of a role are named; else one will do.
        """
        found = [self._named(item, whole=whole) for item in principals.items]
        best = Named(
            max((one.surely for one in found), default=Naming.NOT), max((one.perhaps for one in found), default=Naming.NOT)
        )
        if not principals.negated:
            return best
        return Named(
            Naming.NOT if best.perhaps else Naming.ITSELF,
            Naming.NOT if best.surely else Naming.ITSELF,
        )

    def _named(self, item: str, *, whole: bool) -> Named:  # noqa: PLR0911  (one for each form)
        if item in EVERYONE:
            return Named(Naming.ITSELF, Naming.ITSELF)
        if item == OWN_ACCOUNT:
            return Named(Naming.ACCOUNT, Naming.ACCOUNT)
        if account := account_of(item):
            surely = Naming.ACCOUNT if account == self.account else Naming.NOT
            return Named(surely, surely if self.account else Naming.ACCOUNT)
        arn = item.removeprefix("AWS:")
        if not arn.startswith("arn:"):
            return Named(Naming.NOT, Naming.NOT)
        if session := _SESSION.fullmatch(arn):
            named = self._of_session(session[1], session[2])
            return named._replace(surely=Naming.NOT) if whole else named
        closest = Naming.ROLE if self.kind in ("role", "permission set") else Naming.ITSELF
        if self.exact:
            same = closest if arn == self.arn else Naming.NOT
            return Named(same, same)
        return Named(Naming.NOT, closest if matches(compiled(self.arn, arn=True), arn) else Naming.NOT)

    def _of_session(self, account: str, role: str) -> Named:
        if self.kind not in ("role", "permission set"):
            return Named(Naming.NOT, Naming.NOT)
        own = self.arn.rpartition("/")[2]
        if self.exact:
            named = Naming.ITSELF if (account, role) == (self.account, own) else Naming.NOT
            return Named(named, named)
        same = self.account in ("", account) and matches(compiled(own), role)
        return Named(Naming.NOT, Naming.ITSELF if same else Naming.NOT)


def caller(actor: Actor, account: str | None) -> Caller:
    """Return an actor as the caller of a request; `account` is the only one of its stacks, where that is known."""
    principal = actor.principal
    own = account_in(actor.arn) or (account if account and principal.kind != "permission set" else "")
    return Caller(principal.kind, actor.arn, principal.arn.exact, own)
