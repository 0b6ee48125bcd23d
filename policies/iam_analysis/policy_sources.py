"""The managed policies that a stack attaches: its own, those of AWS, and those that are somewhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.locations import POLICY
from policies.iam_analysis.model import NOTHING, document_of, read_document, unknown_document
from policies.iam_analysis.references import dependencies, named, targets
from policies.unknown import Unknown, UnknownValue, told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.iam_analysis.model import Document
    from policies.resource import Resource
    from policies.stack import Stack

_OF_AWS = re.compile(r"arn:[^:]+:iam::aws:policy/.+")


class Grant(NamedTuple):
    """A document that a principal holds.

    `source` is the URN of the resource with the document or the ARN of a policy outside the stack, empty where nobody
    knows which policy it is. `through` is the URN of what gives it: the attachment, the group, the role itself.
    """

    document: Document
    source: str
    through: str

    @property
    def key(self) -> str:
        """What tells policies apart."""
        return self.source or f"?{self.through}"


def label(resource: Resource, why: str) -> str:
    """Return what is not known of a resource: its name, the property path and the reason."""
    return f"{resource.name}.{why}"


class Policies:
    """The managed policies of a stack; each document is read once."""

    def __init__(self, stack: Stack) -> None:
        """Look at the policies of a stack."""
        self._stack = stack
        self._named = named(stack, POLICY)
        self._read: dict[str, Document] = {}

    def named_by(self, resource: Resource, path: str) -> tuple[Grant, ...]:
        """Return the policies that a property names by ARN, or a list of ARNs where the path ends in `s`; never raises."""
        found = targets(resource, path, self._named, self._stack, several=path.endswith("s"))
        grants = [Grant(self._of(urn), urn, resource.urn) for urn in found.found]
        grants += [Grant(self._by_arn(arn), arn, resource.urn) for arn in found.outside]
        if found.why:
            grants.append(Grant(unknown_document(label(resource, found.why)), "", resource.urn))
        return tuple(grants)

    def itself(self, policy: Resource) -> Grant:
        """Return a policy as what it gives to those that it lists itself."""
        return Grant(self._of(policy.urn), policy.urn, policy.urn)

    def referred_by(self, resource: Resource, block: Block, path: str) -> Grant:
        """Return the policy that a reference of Identity Center (name and path) stands for, if the stack has it.

        The name is looked up in each account that the permission set is assigned to: here it is taken for the account
        of the stack.
        """
        try:
            name = block.value(f"{path}.name" if path else "name")
        except UnknownValue as error:
            return Grant(unknown_document(label(resource, told_by(error))), "", resource.urn)
        top = (block.at(path) or path).partition(".")[0].partition("[")[0]
        depends = dependencies(resource, top, self._named.types, self._stack)
        urn = self._named.by_value.get(name) if isinstance(name, str) else None
        if urn is None and len(depends) == 1:
            urn = depends[0]
        if urn is not None:
            return Grant(self._of(urn), urn, resource.urn)
        if isinstance(name, Unknown) or name is None:
            return Grant(unknown_document(label(resource, f"{block.at(path)}.name: not known")), "", resource.urn)
        return Grant(
            unknown_document(label(resource, f"{block.at(path)}: a policy that is not in the stack")), str(name), resource.urn
        )

    def _of(self, urn: str) -> Document:
        if urn not in self._read:
            policy = self._stack.get(urn)
            self._read[urn] = read_document(policy, "policy", urn) if policy is not None else unknown_document(urn)
        return self._read[urn]

    def _by_arn(self, arn: str) -> Document:
        if arn not in self._read:
            self._read[arn] = _outside(arn)
        return self._read[arn]


def _outside(arn: str) -> Document:
    if not _OF_AWS.fullmatch(arn):
        shown = arn if arn.startswith("arn:") else "a policy"
        return unknown_document(f"{shown}: the policy is not in the stack")
    from policies.iam_catalogue.managed import managed_policy  # noqa: PLC0415  (large, and only some stacks need it)

    content = managed_policy(arn)
    if content is None:
        return unknown_document(f"{arn}: what this policy of AWS allows is not known")
    return document_of(content, arn)


def inline(block: Block, path: str, urn: str) -> Iterator[Grant]:
    """Yield the document that a resource, or a block in it, holds itself, if there is one."""
    document = read_document(block, path, urn)
    if document != NOTHING:
        yield Grant(document, urn, urn)
