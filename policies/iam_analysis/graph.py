"""The graph of a stack: who holds which policies, what carries which role, what guards which resource."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policies.iam_analysis.arns import homes_of
from policies.iam_analysis.holders import Holder, holders_of
from policies.iam_analysis.principals import Principal, principals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.stack import Stack


def graph_of(stack: Stack) -> Graph:
    """Return the graph of a stack: one per stack; never raises."""
    return stack.once(Graph, lambda: Graph(stack))


class Graph:
    """The principals of a stack and what they are tied to. Each part is made when it is first asked for."""

    def __init__(self, stack: Stack) -> None:
        """Look at a stack."""
        self._stack = stack

    @cached_property
    def principals(self) -> Mapping[str, Principal]:
        """Users, groups, roles and permission sets by URN."""
        return principals_of(self._stack)

    def principal(self, urn: str) -> Principal | None:
        """Return the principal with a URN."""
        return self.principals.get(urn)

    def with_arn(self, arn: str) -> Principal | None:
        """Return the principal that has exactly this ARN; None where there is none, or its ARN is not exact."""
        return self._by_arn.get(arn)

    @cached_property
    def _by_arn(self) -> dict[str, Principal]:
        return {principal.arn.text: principal for principal in self.principals.values() if principal.arn.exact}

    def named(self, kind: str, name: str) -> tuple[Principal, ...]:
        """Return the principals of a kind that have a name; several where the stack is in several accounts."""
        return self._by_name.get((kind, name), ())

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], tuple[Principal, ...]]:
        found: dict[tuple[str, str], tuple[Principal, ...]] = {}
        for principal in self.principals.values():
            if principal.name.known:
                key = principal.kind, principal.name.text
                found[key] = (*found.get(key, ()), principal)
        return found

    def members(self, group: Principal) -> tuple[Principal, ...]:
        """Return the users that are in a group for certain."""
        return tuple(principal for principal in self.principals.values() if group.urn in principal.groups)

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """The resources that carry a role."""
        return holders_of(self._stack)

    def holders_of(self, principal: Principal) -> tuple[Holder, ...]:
        """Return the resources that carry a role for certain."""
        return self._by_role.get(principal.urn, ())

    @cached_property
    def _by_role(self) -> dict[str, tuple[Holder, ...]]:
        found: dict[str, list[Holder]] = {}
        for holder in self.holders:
            found.setdefault(holder.role, []).append(holder)
        return {urn: tuple(holders) for urn, holders in found.items() if urn}

    @property
    def account(self) -> str | None:
        """The account of the stack, 12 digits; None where it is not known, or there are several."""
        _ = self.principals  # their ARNs show it
        return homes_of(self._stack).only_account
