"""Names of S3 buckets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_START = re.compile(r"[a-z0-9][a-z0-9-]*")
_SHORTEST, _LONGEST, _LONGEST_PREFIX = 3, 63, 37
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


@rule(
    applies_to=("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"),
    severity=Severity.LOW,
    remedy="Name the bucket with lower-case letters, digits and hyphens; a new name replaces the bucket.",
    topic="Amazon S3 bucket naming rules",
    passes=(
        {"bucket": "acme-logs-2"},
        {"bucketPrefix": "acme-logs-"},
        {},
    ),
    fails=(
        {"bucket": "logs.acme.com"},
        {"bucket": "AcmeLogs"},
        {"bucket": "-logs"},
        {"bucket": "ab"},
        {"bucket": "a" * 64},
        {"bucket": "acme-s3alias"},
        {"bucketPrefix": "acme.logs."},
        {"bucketPrefix": "a" * 38},
    ),
    undecided=({"bucket": UNKNOWN}, {"bucketPrefix": UNKNOWN}),
)
def s3_bucket_name_fits_dns(bucket: Resource) -> Iterator[Violation]:
    """S3 bucket names are DNS labels, without periods.

    S3 refuses most other names. It takes periods, but its certificate does not cover the host name that they make, so
    clients cannot check it over HTTPS.
    """
    if bucket.has("bucket"):
        name = bucket.text("bucket")
        if wrong := _wrong(name, _SHORTEST, _LONGEST, fits=_LABEL.fullmatch(name) is not None):
            yield Violation(f"the name of the bucket {wrong}", at="bucket")
    elif bucket.has("bucketPrefix"):
        prefix = bucket.text("bucketPrefix")
        if wrong := _wrong(prefix, 1, _LONGEST_PREFIX, fits=_START.fullmatch(prefix) is not None):
            yield Violation(f"the prefix of the name {wrong}", at="bucketPrefix")


def _wrong(name: str, shortest: int, longest: int, *, fits: bool) -> str:
    """Return what is wrong with a name, as the rest of a clause; nothing where it is right."""
    if not shortest <= len(name) <= longest:
        return f"has {len(name)} characters, where S3 allows {shortest} to {longest}"
    if "." in name:
        return "holds a period"
    if not fits:
        return "is no DNS label"
    return "is reserved by S3" if name.startswith(_RESERVED_STARTS) or name.endswith(_RESERVED_ENDS) else ""
