"""Every place where a policy document stands, of which kind it is there, and how long it may be."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from policies.block import Block
from policies.iam_analysis.locations import INLINE_POLICIES, POLICY, ROLE
from policies.iam_analysis.model import Document, read_document, unknown_document
from policies.iam_analysis.resource_locations import GUARDS, SESSION_POLICIES
from policies.unknown import UnknownValue, told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource


class Kind(StrEnum):
    """What a document is for."""

    IDENTITY = "identity policy"
    TRUST = "trust policy"
    RESOURCE = "resource policy"


class Limit(NamedTuple):
    """How many characters a document may have at most; IAM does not count white space, other services do."""

    characters: int
    without_white_space: bool = True


_OF_POLICY = Limit(6_144)
_OF_INLINE = {
    "aws:iam/rolePolicy:RolePolicy": Limit(10_240),
    "aws:iam/userPolicy:UserPolicy": Limit(2_048),
    "aws:iam/groupPolicy:GroupPolicy": Limit(5_120),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": Limit(32_768),
}
_OF_ROLE = Limit(10_240)
OF_TRUST = Limit(2_048)
_OF_RESOURCES = {
    **dict.fromkeys(
        ("aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"),
        Limit(20_480, without_white_space=False),
    ),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": Limit(20_480, without_white_space=False),
    **dict.fromkeys(
        ("aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy", "aws:kms/externalKey:ExternalKey", "aws:kms/replicaKey:ReplicaKey",
         "aws:kms/replicaExternalKey:ReplicaExternalKey"),
        Limit(32_768, without_white_space=False),
    ),
}  # fmt: skip
"""Sources: "IAM and AWS STS quotas"; quotas of IAM Identity Center; pages on bucket policies, PutKeyPolicy and DynamoDB."""

_AS_TYPE = {POLICY: "policy", **{place.type: place.document for place in INLINE_POLICIES}, **SESSION_POLICIES}

IDENTITY_PLACES = (*_AS_TYPE, ROLE)
"""Types that hold the policy of an identity, or one that limits a session."""

PLACES = tuple(dict.fromkeys((*IDENTITY_PLACES, *GUARDS)))
"""Types that hold a policy document."""


class Place(NamedTuple):
    """A property of a block that holds a document, or may."""

    block: Block
    path: str
    kind: Kind
    limit: Limit | None = None

    @property
    def at(self) -> str:
        """The property path."""
        return self.block.at(self.path)

    @property
    def document(self) -> Document:
        """The document as the analysis takes it; each text is read once."""
        try:
            value = self.block.value(self.path)
        except UnknownValue as error:
            return unknown_document(told_by(error))
        if isinstance(value, str):
            return _read(value, self.block.path, self.path)
        return read_document(self.block, self.path)


@lru_cache(maxsize=2_048)
def _read(text: str, path: str, name: str) -> Document:
    top, _, last = name.rpartition(".")
    values: dict[str, object] = {last: text}
    return read_document(Block(values, ".".join(filter(None, (path, top)))), last)


def places(resource: Resource) -> Iterator[Place]:
    """Yield where a resource holds documents; a list of them that is not known raises `UnknownValue`."""
    type_ = resource.type
    if type_ == ROLE:
        yield Place(resource, "assumeRolePolicy", Kind.TRUST, OF_TRUST)
        for block in resource.each("inlinePolicies"):
            yield Place(block, "policy", Kind.IDENTITY, _OF_ROLE)
    elif type_ in _AS_TYPE:
        yield Place(resource, _AS_TYPE[type_], Kind.IDENTITY, _OF_POLICY if type_ == POLICY else _OF_INLINE.get(type_))
    elif type_ in GUARDS:
        yield Place(resource, GUARDS[type_].document, Kind.RESOURCE, _OF_RESOURCES.get(type_))
