"""Names of S3 buckets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_START = re.compile(r"[a-z0-9][a-z0-9-]*")
_SHORTEST, _LONGEST, _LONGEST_PREFIX = 3, 63, 37
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_ACCOUNT_END = "-an"

WEBSITES = (
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2",
)

_WEBSITE = (Example({"bucket": Reference("example")}, type=WEBSITES[0], name="website"),)


@rule(
    applies_to=("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"),
    severity=Severity.LOW,
    remedy="Name the bucket with lower-case letters, digits and hyphens; a new name replaces the bucket.",
    topic="Amazon S3 bucket naming rules",
    passes=(
        {"bucket": "acme-logs-2"},
        {"bucketPrefix": "acme-logs-"},
        {"bucket": "acme-111122223333-eu-west-1-an", "bucketNamespace": "account-regional"},
        {"bucket": "www.acme.com", "website": {"indexDocument": "index.html"}},
        Example({"bucket": "www.acme.com"}, related=_WEBSITE),
        {},
    ),
    fails=(
        {"bucket": "logs.acme.com"},
        {"bucket": "AcmeLogs"},
        {"bucket": "-logs"},
        {"bucket": "ab"},
        {"bucket": "a" * 64},
        {"bucket": "acme-s3alias"},
        {"bucket": "acme-an"},
        {"bucket": "acme-an", "bucketNamespace": "global"},
        Example({"bucket": "Www.acme.com"}, related=_WEBSITE),
        {"bucketPrefix": "acme.logs."},
        {"bucketPrefix": "a" * 38},
    ),
    undecided=(
        {"bucket": UNKNOWN},
        {"bucketPrefix": UNKNOWN},
        {"bucket": "acme-an", "bucketNamespace": UNKNOWN},
        Example({"bucket": "www.acme.com"}, related=(Example({"bucket": UNKNOWN}, type=WEBSITES[0], name="website"),)),
    ),
)
def s3_bucket_name_fits_dns(bucket: Resource, stack: Stack) -> Iterator[Violation]:
    """S3 bucket names are DNS labels, without periods.

    S3 refuses most other names. It takes periods, but its certificate does not cover the host name that they make, so
    clients cannot check it over HTTPS. Only the buckets of static websites may have them.
    """
    if bucket.has("bucket"):
        name = bucket.text("bucket")
        if wrong := _wrong(name, _SHORTEST, _LONGEST, fits=all(map(_LABEL.fullmatch, name.split(".")))):
            yield Violation(f"the name of the bucket {wrong}", at="bucket")
        elif "." in name and not _is_website(bucket, stack):
            yield Violation("the name of the bucket holds a period", at="bucket")
        elif name.endswith(_ACCOUNT_END) and bucket.text("bucketNamespace", "global") == "global":
            yield Violation("the name of the bucket is reserved by S3", at="bucket")
    elif bucket.has("bucketPrefix"):
        prefix = bucket.text("bucketPrefix")
        if wrong := _wrong(prefix, 1, _LONGEST_PREFIX, fits=_START.fullmatch(prefix) is not None):
            yield Violation(f"the prefix of the name {wrong}", at="bucketPrefix")


def _is_website(bucket: Resource, stack: Stack) -> bool:
    """Say whether a bucket serves a static website: it then has the host name of the site."""
    return bucket.has("website") or bucket.has("websites") or any(True for _ in stack.related(bucket, WEBSITES, "bucket"))


def _wrong(name: str, shortest: int, longest: int, *, fits: bool) -> str:
    """Return what is wrong with a name, as the rest of a clause; nothing where it is right."""
    if not shortest <= len(name) <= longest:
        return f"has {len(name)} characters, where S3 allows {shortest} to {longest}"
    if not fits:
        return "is no DNS label"
    return "is reserved by S3" if name.startswith(_RESERVED_STARTS) or name.endswith(_RESERVED_ENDS) else ""
