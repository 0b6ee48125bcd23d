"""The graph of a stack: who holds which policies, what carries which role, what guards which resource."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from policies.iam_analysis.arns import homes_of
from policies.iam_analysis.holders import Holder, holders_of
from policies.iam_analysis.identity_center import Assignment, assignments_of
from policies.iam_analysis.organization import Control, controls_of
from policies.iam_analysis.principals import Principal, principals_of
from policies.iam_analysis.resource_policies import ResourcePolicy, resource_policies_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policies.stack import Stack

K = TypeVar("K")
V = TypeVar("V")


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
        return _grouped(
            ((principal.kind, principal.name.text), principal) for principal in self.principals.values() if principal.name.known
        )

    def members(self, group: Principal) -> tuple[Principal, ...]:
        """Return the users that are in a group for certain."""
        return self._members.get(group.urn, ())

    @cached_property
    def _members(self) -> dict[str, tuple[Principal, ...]]:
        return _grouped((urn, principal) for principal in self.principals.values() for urn in principal.groups)

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """The resources that carry a role."""
        return holders_of(self._stack)

    def holders_of(self, role: str) -> tuple[Holder, ...]:
        """Return the resources that carry the role with a URN for certain."""
        return self._by_role.get(role, ())

    @cached_property
    def _by_role(self) -> dict[str, tuple[Holder, ...]]:
        return _grouped((holder.role, holder) for holder in self.holders if holder.role)

    @cached_property
    def unsure_holders(self) -> tuple[Holder, ...]:
        """The resources that may carry one role or another of the stack."""
        return tuple(holder for holder in self.holders if holder.why and not holder.role)

    @cached_property
    def resource_policies(self) -> tuple[ResourcePolicy, ...]:
        """The policies that stand on resources, and grants as such."""
        _ = self.principals  # their ARNs show the account
        return resource_policies_of(self._stack)

    def policies_on(self, urn: str) -> tuple[ResourcePolicy, ...]:
        """Return the policies that stand on a resource for certain; without one AWS's default applies."""
        return self._by_resource.get(urn, ())

    @cached_property
    def _by_resource(self) -> dict[str, tuple[ResourcePolicy, ...]]:
        return _grouped((policy.urn, policy) for policy in self.resource_policies if policy.urn)

    @cached_property
    def controls(self) -> tuple[Control, ...]:
        """The service and resource control policies of the stack."""
        return controls_of(self._stack)

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        """Who gets which permission set in which account."""
        return assignments_of(self._stack)

    @property
    def account(self) -> str | None:
        """The account of the stack, 12 digits; None where it is not known, or there are several."""
        _ = self.principals  # their ARNs show it
        return homes_of(self._stack).only_account


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
