"""Who gets the permission sets of IAM Identity Center, and in which accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.locations import ASSIGNMENT, PERMISSION_SET
from policies.iam_analysis.policy_sources import label
from policies.iam_analysis.references import named, targets
from policies.unknown import UnknownValue, told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack


class Assignment(NamedTuple):
    """A user or a group of Identity Center that may use a permission set in an account.

    `permission_set` is a URN, or the ARN of one outside the stack. What is not known is empty; `unknown` says why.
    """

    urn: str
    permission_set: str
    principal_type: str  # USER or GROUP
    principal_id: str
    account: str
    unknown: tuple[str, ...] = ()


def assignments_of(stack: Stack) -> tuple[Assignment, ...]:
    """Return the account assignments of a stack."""
    return tuple(assignment for resource in stack.of(ASSIGNMENT) for assignment in _assigned(resource, stack))


def _assigned(resource: Resource, stack: Stack) -> Iterator[Assignment]:
    unknown: list[str] = []
    principal_type, principal, account = (
        _text(resource, path, unknown) for path in ("principalType", "principalId", "targetId")
    )
    found = targets(resource, "permissionSetArn", named(stack, PERMISSION_SET), stack)
    if found.why:
        unknown.append(label(resource, found.why))
    for permission_set in (*found.found, *found.outside) or ("",):
        yield Assignment(resource.urn, permission_set, principal_type, principal, account, tuple(unknown))


def _text(resource: Resource, path: str, unknown: list[str]) -> str:
    try:
        return resource.text(path)
    except UnknownValue as error:
        unknown.append(label(resource, told_by(error)))
        return ""
