"""Resource policies that turn plain HTTP away, for queues and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.policy_document import statements
from policies.policy_matching import any_of, denies_plain_http
from policies.rule import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Statement
    from policies.resource import Resource
    from policies.stack import Stack


class PolicyPlace(NamedTuple):
    """Where a kind of resource has its policy: inline, or in a resource `attached` that refers to it by `by`."""

    owner: str
    attached: str
    by: str


def plain_http_violations(
    subject: Resource, stack: Stack, place: PolicyPlace, action: str, *, policy_required: bool
) -> Iterator[Violation]:
    """Yield what is wrong where a policy must deny everyone an action, or a pattern such as `sqs:*`, over plain HTTP.

    An attached policy is judged by itself only where the stack does not manage its owner. Owners without a policy fail
    if `policy_required`.
    """
    if subject.type == place.attached:
        owner = stack.target(subject, (place.owner,), place.by)
        if owner is not None and not owner.external:
            return
    if any_of(_statements(subject, stack, place), lambda statement: denies_plain_http(statement, action)):
        return
    if policy_required or any(True for _ in _statements(subject, stack, place)):
        yield Violation(f"no policy denies {action} over plain HTTP", at="policy")


def _statements(subject: Resource, stack: Stack, place: PolicyPlace) -> Iterator[Statement]:
    yield from statements(subject, "policy")
    if subject.type == place.owner:
        for policy in stack.related(subject, (place.attached,), place.by):
            yield from statements(policy, "policy")


def tls_policy(action: str, **changes: object) -> dict[str, object]:
    """Return the policy of an example: one statement that denies an action over plain HTTP, with some elements changed."""
    statement: dict[str, object] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement | changes]}
