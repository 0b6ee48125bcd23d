"""The policies that a stack gives to identities, with what each grants to a plain request."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from policies.block import Block
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.locations import INLINE_POLICIES, POLICY, ROLE
from policies.iam_analysis.model import Document, Patterns, read_document
from policies.iam_analysis.permissions import Permission
from policies.iam_analysis.plain_requests import is_limited
from policies.iam_analysis.unnamed_resources import may_be_wide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.resource import Resource

IDENTITY_POLICIES = (POLICY, *(place.type for place in INLINE_POLICIES[:3]), ROLE, INLINE_POLICIES[3].type)
"""Types with a policy of an identity."""

_PROPERTIES = {POLICY: "policy", **{place.type: place.document for place in INLINE_POLICIES}}


class Policy:
    """The document of an identity with its permissions; documents with the same text are one."""

    def __init__(self, document: Document) -> None:
        """Hold a document."""
        self.document = document
        self.kept: dict[object, object] = {}

    @cached_property
    def permissions(self) -> tuple[Permission, ...]:
        """The statements that allow, or may, each with what takes from it."""
        statements = self.document.statements
        denials = [statement for statement in statements if statement.effect != "Allow"]
        return tuple(
            Permission(statement, tuple(other for other in denials if other is not statement), self.document.unknown)
            for statement in statements
            if statement.effect != "Deny"
        )

    @cached_property
    def unlimited(self) -> tuple[Permission, ...]:
        """The permissions that no condition limits and that are on patterns of resources."""
        return tuple(
            permission
            for permission in self.permissions
            if may_be_wide(permission.statement.resources) and not is_limited(permission.statement)
        )


def policies(resource: Resource) -> Iterator[Policy]:
    """Yield the policies that a resource gives to identities; raises `UnknownValue` where a list of them is not known."""
    if resource.type != ROLE:
        yield _policy(resource, _PROPERTIES[resource.type])
        return
    for block in resource.each("inlinePolicies"):
        yield _policy(block, "policy")


def _policy(block: Block, name: str) -> Policy:
    value = block.values.get(name)
    return _read(value, block.path, name) if isinstance(value, str) else Policy(_complete(read_document(block, name)))


@lru_cache(maxsize=2_048)
def _read(text: str, path: str, name: str) -> Policy:
    """Read a document once for all resources that have the same."""
    return Policy(_complete(read_document(Block({name: text}, path), name)))


def _complete(document: Document) -> Document:
    """Return the document of an identity; a statement without Resource is one that AWS refuses."""
    if all(statement.resources for statement in document.statements):
        return document
    return document._replace(
        statements=tuple(
            statement
            if statement.resources
            else statement._replace(resources=Patterns((), holes=(f"{statement.at}: neither Resource nor NotResource",)))
            for statement in document.statements
        )
    )


def permissions(resource: Resource) -> Iterator[Permission]:
    """Yield the statements of a resource that allow, or may; what else is not known raises `UnknownValue` at the end."""
    return _of_all(resource, lambda policy: policy.permissions)


def unlimited(resource: Resource) -> Iterator[Permission]:
    """Yield the permissions that no condition limits, on patterns of resources; what else is not known raises at the end."""
    return _of_all(resource, lambda policy: policy.unlimited)


def _of_all(resource: Resource, wanted: Callable[[Policy], tuple[Permission, ...]]) -> Iterator[Permission]:
    missing: tuple[str, ...] = ()
    for policy in policies(resource):
        yield from wanted(policy)
        missing = missing or policy.document.unknown
    if missing:
        raise unknown(missing)
