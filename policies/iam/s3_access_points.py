"""Public access to S3 access points, and who owns the objects of a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.fix import Fix
from policies.iam.properties import Property
from policies.iam.s3_public_access import SETTINGS
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

ACCESS_POINT = "aws:s3/accessPoint:AccessPoint"
MULTI_REGION_ACCESS_POINT = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"

_CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-21"], PCI_DSS_4["1.4.4"], SOC2["CC6.1"], ISO_27001["A.8.3"])
_ALL_ON: dict[str, object] = dict.fromkeys(SETTINGS, True)


def _settings(access_point: Resource) -> Iterator[Property]:
    block = "publicAccessBlockConfiguration" if access_point.type == ACCESS_POINT else "details.publicAccessBlock"
    for setting in SETTINGS:
        yield Property(access_point, f"{block}.{setting}")


def _multi_region(**settings: object) -> Example:
    return Example({"details": {"name": "files", "publicAccessBlock": settings}}, MULTI_REGION_ACCESS_POINT)


@rule(
    applies_to=(ACCESS_POINT, MULTI_REGION_ACCESS_POINT),
    each=_settings,
    severity=Severity.HIGH,
    remedy="Leave the four settings away, or set them to true; the access point is made anew for that.",
    controls=(FSBP["S3.19"], FSBP["S3.24"], *_CONTROLS),
    checkov=("CKV_AWS_392",),
    topic="Managing public access to access points for general purpose buckets",
    passes=(
        {"bucket": "reports"},
        {"bucket": "reports", "publicAccessBlockConfiguration": _ALL_ON},
        {"bucket": "reports", "publicAccessBlockConfiguration": {"blockPublicAcls": True}},
        _multi_region(),
        _multi_region(blockPublicPolicy=True),
    ),
    fails=(
        {"bucket": "reports", "publicAccessBlockConfiguration": {"blockPublicPolicy": False}},
        {"publicAccessBlockConfiguration": {**_ALL_ON, "blockPublicAcls": False, "restrictPublicBuckets": False}},
        _multi_region(ignorePublicAcls=False),
    ),
    undecided=(
        {"publicAccessBlockConfiguration": UNKNOWN},
        {"publicAccessBlockConfiguration": {"ignorePublicAcls": UNKNOWN}},
        _multi_region(restrictPublicBuckets=UNKNOWN),
    ),
)
def s3_access_point_blocks_public_access(setting: Property) -> Iterator[Violation]:
    """S3 access points block public access.

    All four settings are on unless the program says otherwise, and cannot be changed later.
    """
    if not setting.block.flag(setting.name, default=True):
        yield Violation(f"{setting.path} is false", at=setting.path, fix=Fix({setting.path: True}, replaces=True))


RULES = (
    must_be(
        "s3-bucket-acls-disabled",
        ("aws:s3/bucketOwnershipControls:BucketOwnershipControls",),
        "rule.objectOwnership",
        "BucketOwnerEnforced",
        title="S3 buckets have their ACLs disabled.",
        why=(
            "Policies then say alone who reads and writes, and the bucket's owner owns every object. Buckets without"
            " ownership controls have been so since April 2023."
        ),
        severity=Severity.LOW,
        controls=(FSBP["S3.12"], *_CONTROLS),
        checkov=("CKV2_AWS_65",),
        topic="Controlling ownership of objects and disabling ACLs for your bucket",
    ),
)
