"""Public access to S3 by ACLs, and the settings that block public access."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from policies.controls import CIS_AWS_5, FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.fix import Fix
from policies.iam.resource_policies import BUCKET, BUCKET_V2
from policies.policy_matching import any_of
from policies.rule import ANYONE, Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

BUCKET_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
BUCKET_ACL = "aws:s3/bucketAcl:BucketAcl"
BUCKET_ACL_V2 = "aws:s3/bucketAclV2:BucketAclV2"
OBJECT_COPY = "aws:s3/objectCopy:ObjectCopy"
ACLS_OF_BUCKETS = (BUCKET_ACL, BUCKET_ACL_V2)
ACLS = (
    *ACLS_OF_BUCKETS,
    BUCKET,
    BUCKET_V2,
    "aws:s3/bucketObject:BucketObject",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    OBJECT_COPY,
)
SETTINGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

_CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-21"], PCI_DSS_4["1.4.4"], SOC2["CC6.1"], ISO_27001["A.8.3"])
_BLOCK_CONTROLS = (FSBP["S3.8"], CIS_AWS_5["2.1.4"], *_CONTROLS)

_SETTING_CONTROLS = (FSBP["S3.1"], *_BLOCK_CONTROLS)

RULES = (
    must_be(
        "s3-public-acls-blocked",
        (BUCKET_BLOCK, ACCOUNT_BLOCK),
        "blockPublicAcls",
        wanted=True,
        title="S3 public access blocks reject new public ACLs.",
        why="S3 then refuses every request that would make a bucket or an object public by an ACL.",
        severity=Severity.HIGH,
        controls=_SETTING_CONTROLS,
        checkov=("CKV_AWS_53",),
        topic="Blocking public access to your Amazon S3 storage",
    ),
    must_be(
        "s3-public-policy-blocked",
        (BUCKET_BLOCK, ACCOUNT_BLOCK),
        "blockPublicPolicy",
        wanted=True,
        title="S3 public access blocks reject public bucket policies.",
        why="S3 then refuses a bucket policy that lets everyone in.",
        severity=Severity.HIGH,
        controls=_SETTING_CONTROLS,
        checkov=("CKV_AWS_54",),
        topic="Blocking public access to your Amazon S3 storage",
    ),
    must_be(
        "s3-public-acls-ignored",
        (BUCKET_BLOCK, ACCOUNT_BLOCK),
        "ignorePublicAcls",
        wanted=True,
        title="S3 public access blocks ignore public ACLs that exist.",
        why="Rejecting new public ACLs leaves old ones in force; this setting takes their effect away.",
        severity=Severity.HIGH,
        controls=_SETTING_CONTROLS,
        checkov=("CKV_AWS_55",),
        topic="Blocking public access to your Amazon S3 storage",
    ),
    must_be(
        "s3-public-buckets-restricted",
        (BUCKET_BLOCK, ACCOUNT_BLOCK),
        "restrictPublicBuckets",
        wanted=True,
        title="S3 public access blocks restrict buckets that have a public policy.",
        why="Only AWS services and users of the bucket's account then get through a public policy that exists already.",
        severity=Severity.HIGH,
        controls=_SETTING_CONTROLS,
        checkov=("CKV_AWS_56",),
        topic="Blocking public access to your Amazon S3 storage",
    ),
)

_ALL_ON: dict[str, object] = dict.fromkeys(SETTINGS, True)


def _block(**inputs: object) -> Example:
    return Example(_ALL_ON | inputs, BUCKET_BLOCK, name="block")


@rule(
    applies_to=(BUCKET, BUCKET_V2),
    severity=Severity.MEDIUM,
    remedy="Add a BucketPublicAccessBlock for the bucket with all four settings true.",
    controls=_BLOCK_CONTROLS,
    checkov=("CKV2_AWS_6",),
    topic="Blocking public access to your Amazon S3 storage",
    passes=(
        Example({}, related=(_block(bucket=Reference("example")),)),
        Example({"bucket": "reports"}, BUCKET_V2, related=(_block(bucket=Reference("example", "bucket")),)),
        Example({"bucket": "reports"}, related=(_block(bucket="reports"),)),
        Example({}, related=(Example(_ALL_ON, ACCOUNT_BLOCK, name="account"), _block(bucket=UNKNOWN))),
    ),
    fails=(
        {},
        Example({}, BUCKET_V2),
        Example({"bucket": "reports"}, related=(_block(bucket="other"),)),
        Example({}, related=(_block(bucket=Reference("example"), restrictPublicBuckets=False),)),
        Example({}, related=(Example({"blockPublicAcls": True}, ACCOUNT_BLOCK, name="account"),)),
    ),
    undecided=(
        Example({}, related=(_block(bucket=UNKNOWN),)),
        Example({}, related=(_block(bucket=Reference("example"), ignorePublicAcls=UNKNOWN),)),
    ),
)
def s3_bucket_has_public_access_block(bucket: Resource, stack: Stack) -> Iterator[Violation]:
    """S3 buckets have a public access block with all four settings on.

    Buckets made since April 2023 block public access by default, but nothing in the stack then keeps it so: whoever
    takes the default away leaves no trace in the program. A block for the whole account in the same stack counts too.
    """
    inline = "publicAccessBlockConfiguration"  # aws-native writes the block into the bucket
    if bucket.has(inline) and _is_complete(bucket.block(inline)):
        return
    blocks = chain(stack.related(bucket, (BUCKET_BLOCK,), by="bucket"), stack.of(ACCOUNT_BLOCK))
    if not any_of(blocks, _is_complete):
        yield Violation("no public access block with all four settings on refers to the bucket")


def _is_complete(block: Block) -> bool:
    return all(block.flag(setting) for setting in SETTINGS)


_PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
_PUBLIC_GROUPS = ("/global/AllUsers", "/global/AuthenticatedUsers")
_ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def _grant(uri: object) -> dict[str, object]:
    return {"accessControlPolicy": {"grants": [{"grantee": {"type": "Group", "uri": uri}, "permission": "READ"}]}}


class _Setting(NamedTuple):
    """A property that may open an ACL, and the block that it stands in."""

    block: Block
    name: str


def _acl_settings(resource: Resource) -> Iterator[_Setting]:
    """Yield the canned ACL and the group of each grant."""
    yield _Setting(resource, "acl")
    if resource.type in {BUCKET_ACL, BUCKET_ACL_V2}:
        for grant in resource.block("accessControlPolicy").each("grants"):
            yield _Setting(grant, "grantee.uri")
    else:
        for grant in resource.each("grants"):
            yield _Setting(grant, "uri")


@rule(
    applies_to=ACLS,
    topic="Access control list (ACL) overview",
    each=_acl_settings,
    severity=Severity.CRITICAL,
    remedy='Set acl to "private" or remove it, and give access by a bucket policy or through CloudFront.',
    controls=(FSBP["S3.2"], FSBP["S3.3"], *_CONTROLS),
    checkov=("CKV_AWS_20", "CKV_AWS_57", "CKV_AWS_375", "CKV2_AWS_43"),
    passes=(
        {},
        {"acl": "private"},
        {"acl": "log-delivery-write"},
        _grant("http://acs.amazonaws.com/groups/s3/LogDelivery"),
        Example({"grants": [{"id": "79a59df900b949e5", "type": "CanonicalUser", "permissions": ["READ"]}]}, BUCKET),
    ),
    fails=(
        {"acl": "public-read"},
        {"acl": "authenticated-read"},
        _grant(_ALL_USERS),
        Example({"acl": "public-read-write"}, BUCKET_V2),
        Example({"acl": UNKNOWN, "grants": [UNKNOWN, {"type": "Group", "uri": _ALL_USERS}]}, BUCKET),
    ),
    undecided=({"acl": UNKNOWN}, _grant(UNKNOWN), Example({"grants": UNKNOWN}, BUCKET)),
)
def s3_acl_not_public(setting: _Setting) -> Iterator[Violation]:
    """S3 ACLs do not open buckets or objects to everyone.

    The group of authenticated users is no better than everyone: anyone can make an AWS account.
    """
    if not _is_public(setting):
        return
    if setting.name == "acl":
        yield Violation("acl is public", at="acl", fix=Fix({"acl": "private"}), exposed_to=ANYONE)
    else:
        yield Violation("the ACL grants access to everyone", at=setting.block.at(setting.name), exposed_to=ANYONE)


def opens_to_everyone(resource: Resource) -> bool:
    """Say whether the ACL of a bucket, or of a resource that sets one, grants something to everyone."""
    return any_of(_acl_settings(resource), _is_public)


def _is_public(setting: _Setting) -> bool:
    value = setting.block.text(setting.name)
    return value in _PUBLIC_ACLS if setting.name == "acl" else value.endswith(_PUBLIC_GROUPS)
