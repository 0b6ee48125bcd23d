"""Whether the buckets behind CloudFront can be reached by CloudFront alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
MULTITENANT = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
ACCESS_CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"

_CONTROLS = (FSBP["CloudFront.13"], NIST_800_53["AC-3"], PCI_DSS_4["1.4.4"], SOC2["CC6.1"], ISO_27001["A.8.3"])
_TOPIC = "Restrict access to an Amazon S3 origin"
_OTHER_KINDS = ("customOriginConfig", "customOriginConfigs", "vpcOriginConfig", "vpcOriginConfigs")
_IDENTITY = "s3OriginConfig.originAccessIdentity"


def _origins(distribution: Resource) -> Iterator[Block]:
    return distribution.each("origins")


def _is_bucket(origin: Block) -> bool:
    """Say whether an origin is a bucket: CloudFront takes an origin for one that is configured as nothing else."""
    return not any(origin.has(kind) for kind in _OTHER_KINDS)


def _origin(**settings: object) -> dict[str, object]:
    return {"origins": [{"originId": "files", "domainName": "files.s3.eu-west-1.amazonaws.com", **settings}]}


_LEGACY = _origin(s3OriginConfig={"originAccessIdentity": "origin-access-identity/cloudfront/E1A2B3C4D5E6F7"})
_WEBSITE = _origin(customOriginConfig={"originProtocolPolicy": "http-only"})


@rule(
    applies_to=(DISTRIBUTION, MULTITENANT),
    each=_origins,
    severity=Severity.MEDIUM,
    remedy="Set originAccessControlId, and let the bucket's policy admit cloudfront.amazonaws.com for the distribution only.",
    controls=_CONTROLS,
    checkov=("CKV2_AWS_46",),
    topic=_TOPIC,
    passes=(
        _origin(originAccessControlId="E1A2B3C4D5E6F7"),
        _LEGACY,
        _WEBSITE,
        {"origins": [{"domainName": UNKNOWN, "originAccessControlId": UNKNOWN}]},
        {"origins": [{"domainName": UNKNOWN, "vpcOriginConfig": {"vpcOriginId": UNKNOWN}}]},
        Example({"origins": [{"domainName": "app.example.com", "customOriginConfigs": [{"httpPort": 80}]}]}, MULTITENANT),
    ),
    fails=(
        _origin(),
        _origin(s3OriginConfig={"originAccessIdentity": ""}),
        {"origins": [UNKNOWN, {"domainName": UNKNOWN, "originId": "files"}]},
        Example({"origins": [{"id": "files", "domainName": "files.s3.eu-west-1.amazonaws.com"}]}, MULTITENANT),
    ),
    undecided=(
        {"origins": UNKNOWN},
        _origin(s3OriginConfig=UNKNOWN),
    ),
)
def cloudfront_bucket_origins_restricted(origin: Block) -> Iterator[Violation]:
    """CloudFront shows its buckets who it is, so that the buckets can refuse everyone else.

    A bucket that CloudFront reads like anybody must be public. Then the web firewall, signed addresses and logs of the
    distribution can be passed by.
    """
    if _is_bucket(origin) and not origin.has("originAccessControlId") and not origin.has(_IDENTITY):
        yield Violation("CloudFront does not sign its requests to the bucket", at=origin.at("originAccessControlId"))


@rule(
    applies_to=(DISTRIBUTION,),  # multi-tenant ones know no legacy identity
    each=_origins,
    severity=Severity.LOW,
    remedy="Set originAccessControlId instead of s3OriginConfig, and let the bucket's policy admit the distribution.",
    controls=_CONTROLS,
    topic=_TOPIC,
    passes=(_origin(originAccessControlId="E1A2B3C4D5E6F7"), _origin(), _WEBSITE),
    fails=(
        _LEGACY,
        {"origins": [{"domainName": UNKNOWN, "s3OriginConfig": {"originAccessIdentity": UNKNOWN}}]},
    ),
    undecided=({"origins": UNKNOWN}, _origin(s3OriginConfig=UNKNOWN)),
)
def cloudfront_bucket_origins_use_access_control(origin: Block) -> Iterator[Violation]:
    """CloudFront uses origin access control for its buckets, not the older origin access identity.

    With an identity CloudFront can read no objects that are encrypted with KMS, and no buckets of newer Regions.
    """
    if origin.has(_IDENTITY) and not origin.has("originAccessControlId"):
        yield Violation("the origin uses the older origin access identity", at=origin.at(_IDENTITY))


def _access_control(behavior: object) -> dict[str, object]:
    return {"originAccessControlOriginType": "s3", "signingBehavior": behavior, "signingProtocol": "sigv4"}


@rule(
    applies_to=(ACCESS_CONTROL,),
    severity=Severity.MEDIUM,
    remedy="Set signingBehavior to always.",
    controls=_CONTROLS,
    topic=_TOPIC,
    passes=(_access_control("always"), _access_control("no-override")),
    fails=(_access_control("never"),),
    undecided=(_access_control(UNKNOWN),),
)
def cloudfront_origin_access_control_signs(control: Resource) -> Iterator[Violation]:
    """Origin access controls of CloudFront sign requests.

    One that never signs is as good as none: the origin must be public.
    """
    if control.text("signingBehavior") == "never":
        yield Violation("signingBehavior is never", at="signingBehavior", fix=Fix({"signingBehavior": "always"}))
