"""Stacks as questions about access see them: who acts, what limits them, and which resources guard themselves."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policies.iam_analysis.actors import Actor
from policies.iam_analysis.arns import account_in
from policies.iam_analysis.graph import graph_of
from policies.iam_analysis.guarded import guarded_of
from policies.iam_analysis.limits import NO_FENCES, limits_of
from policies.iam_analysis.naming import caller

if TYPE_CHECKING:
    from policies.iam_analysis.access import Effective
    from policies.iam_analysis.guarded import Guarded
    from policies.iam_analysis.limits import Fences
    from policies.iam_analysis.naming import Caller
    from policies.stack import Stack


class Landscape:
    """All that is known of access in a stack. Each part is made when it is first asked for."""

    def __init__(self, stack: Stack) -> None:
        """Look at a stack, which may be several joined."""
        self.stack = stack
        self.graph = graph_of(stack)

    @cached_property
    def actors(self) -> tuple[Actor, ...]:
        """The principals that act: users, roles, permission sets, and groups without members."""
        principals = self.graph.principals.values()
        return tuple(Actor(one) for one in principals if not one.external and not self.graph.members(one))

    @cached_property
    def guarded(self) -> tuple[Guarded, ...]:
        """The resources with policies of their own."""
        return guarded_of(self.stack, self.graph)

    def caller(self, actor: Actor) -> Caller:
        """Return an actor as the caller of requests."""
        return caller(actor, self.graph.account)

    def fences(self, actor: Actor) -> Fences:
        """Return the control policies that limit an actor."""
        if actor.principal.kind == "service-linked role":
            return NO_FENCES
        return limits_of(self.stack, self.graph).of(account_in(actor.arn) or self.graph.account or "")

    def access(self, actor: Actor) -> Effective:
        """Return what an actor's own policies, its boundary and the control policies allow together."""
        fences = self.fences(actor)
        return actor.access.fenced(fences.sure, fences.possible)
