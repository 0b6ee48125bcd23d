"""Encryption between viewers and CloudFront."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, IN_TRANSIT
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

MULTITENANT = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
DISTRIBUTIONS = ("aws:cloudfront/distribution:Distribution", MULTITENANT)
HTTPS_ONLY = {"viewerProtocolPolicy": "https-only"}
REDIRECTS = {"viewerProtocolPolicy": "redirect-to-https"}
ALLOWS_HTTP = {"viewerProtocolPolicy": "allow-all"}
_OLD = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"


def _behaviors(distribution: Resource) -> Iterator[Block]:
    yield from distribution.each("orderedCacheBehaviors")
    yield from distribution.each("cacheBehaviors")  # of a multi-tenant distribution
    yield distribution.block("defaultCacheBehavior")


@rule(
    applies_to=DISTRIBUTIONS,
    severity=Severity.HIGH,
    remedy="Set viewerProtocolPolicy of each cache behaviour to redirect-to-https or https-only.",
    controls=(FSBP["CloudFront.3"], *IN_TRANSIT),
    checkov=("CKV_AWS_34",),
    each=_behaviors,
    passes=(
        {"defaultCacheBehavior": REDIRECTS},
        {"defaultCacheBehavior": HTTPS_ONLY, "orderedCacheBehaviors": [HTTPS_ONLY, REDIRECTS]},
        Example({"defaultCacheBehavior": REDIRECTS, "cacheBehaviors": [HTTPS_ONLY]}, type=MULTITENANT),
    ),
    fails=(
        {"defaultCacheBehavior": ALLOWS_HTTP},
        {"defaultCacheBehavior": HTTPS_ONLY, "orderedCacheBehaviors": [REDIRECTS, ALLOWS_HTTP]},
        Example({"defaultCacheBehavior": REDIRECTS, "cacheBehaviors": [ALLOWS_HTTP]}, type=MULTITENANT),
    ),
    undecided=(
        {"defaultCacheBehavior": {"viewerProtocolPolicy": UNKNOWN}},
        {"defaultCacheBehavior": REDIRECTS, "orderedCacheBehaviors": UNKNOWN},
    ),
)
def cloudfront_viewers_use_https(behavior: Block) -> Iterator[Violation]:
    """CloudFront serves viewers only by HTTPS, or redirects them to it.

    Plain HTTP can be read and changed on the way, cookies and forms included.
    """
    if behavior.text("viewerProtocolPolicy") not in {"https-only", "redirect-to-https"}:
        path = behavior.at("viewerProtocolPolicy")
        yield Violation(f"{path} admits plain HTTP", at=path, fix=Fix({path: "redirect-to-https"}))


@rule(
    applies_to=DISTRIBUTIONS,
    severity=Severity.HIGH,
    remedy="Set viewerCertificate.minimumProtocolVersion to TLSv1.2_2021 or later, with a certificate of your own.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_174",),
    passes=(
        {"viewerCertificate": {"acmCertificateArn": CERTIFICATE, "minimumProtocolVersion": "TLSv1.2_2021"}},
        {"viewerCertificate": {"acmCertificateArn": UNKNOWN, "minimumProtocolVersion": "TLSv1.3_2025"}},
        Example({"viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2025"}}, type=MULTITENANT),
    ),
    fails=(
        {},
        {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
        {"viewerCertificate": {"cloudfrontDefaultCertificate": True, "minimumProtocolVersion": "TLSv1.2_2021"}},
        {"viewerCertificate": {"acmCertificateArn": CERTIFICATE, "sslSupportMethod": "sni-only"}},
        {"viewerCertificate": {"iamCertificateId": "ASCA", "sslSupportMethod": "vip", "minimumProtocolVersion": "TLSv1"}},
        Example({"viewerCertificate": {"minimumProtocolVersion": "TLSv1.1_2016"}}, type=MULTITENANT),
    ),
    undecided=(
        {"viewerCertificate": UNKNOWN},
        {"viewerCertificate": {"minimumProtocolVersion": UNKNOWN}},
        {"viewerCertificate": {"cloudfrontDefaultCertificate": UNKNOWN, "minimumProtocolVersion": "TLSv1.2_2021"}},
    ),
)
def cloudfront_viewer_tls_version_current(distribution: Resource) -> Iterator[Violation]:
    """CloudFront admits nothing older than TLS 1.2 from viewers.

    TLS 1.0 and 1.1 are broken and deprecated. With its default certificate CloudFront admits them whatever the program
    says, so this needs a certificate of your own.
    """
    certificate = distribution.block("viewerCertificate")
    path = certificate.at("minimumProtocolVersion")
    if certificate.flag("cloudfrontDefaultCertificate"):
        yield Violation("the default certificate of CloudFront admits TLS 1.0", at=path)
    elif not certificate.text("minimumProtocolVersion").startswith(("TLSv1.2_", "TLSv1.3_")):
        # a dedicated IP address takes no newer version, and without a certificate there is nothing to set
        method = certificate.value("sslSupportMethod")
        fix = Fix({path: "TLSv1.2_2021"}) if isinstance(method, str) and method == "sni-only" else None
        yield Violation("minimumProtocolVersion is older than TLS 1.2", at=path, fix=fix)


def _custom_origins(distribution: Resource) -> Iterator[Block]:
    for origin in distribution.each("origins"):
        yield from origin.each("customOriginConfig")
        yield from origin.each("customOriginConfigs")  # of a multi-tenant distribution


def _origin(protocol: object, *versions: object) -> dict[str, object]:
    """Return the inputs of a distribution with one origin that is no bucket."""
    config = {"originProtocolPolicy": protocol, "originSslProtocols": list(versions), "httpPort": 80, "httpsPort": 443}
    return {"origins": [{"domainName": "app.example.com", "originId": "app", "customOriginConfig": config}]}


@rule(
    applies_to=DISTRIBUTIONS,
    severity=Severity.MEDIUM,
    remedy="Set originProtocolPolicy to https-only; for the website of a bucket, use the bucket itself as the origin.",
    controls=(FSBP["CloudFront.9"], *IN_TRANSIT),
    each=_custom_origins,
    passes=(
        _origin("https-only"),
        _origin("match-viewer"),
        {"origins": [{"domainName": "files.s3.amazonaws.com", "originId": "files"}]},
    ),
    fails=(
        _origin("http-only"),
        Example({"origins": [{"customOriginConfigs": [{"originProtocolPolicy": "http-only"}]}]}, type=MULTITENANT),
    ),
    undecided=(_origin(UNKNOWN), {"origins": UNKNOWN}),
)
def cloudfront_origins_use_https(origin: Block) -> Iterator[Violation]:
    """CloudFront reaches its origins by HTTPS.

    Between CloudFront and an origin the traffic crosses the internet too. An origin that follows the viewer is as good as
    what CloudFront admits from viewers, which has a rule of its own. The website of a bucket answers plain HTTP only.
    """
    if origin.text("originProtocolPolicy") == "http-only":
        yield Violation("CloudFront reaches the origin by plain HTTP", at=origin.at("originProtocolPolicy"))


@rule(
    applies_to=DISTRIBUTIONS,
    severity=Severity.MEDIUM,
    remedy='Set originSslProtocols to ["TLSv1.2"], after checking that the origin supports it.',
    controls=(FSBP["CloudFront.10"], *IN_TRANSIT),
    each=_custom_origins,
    passes=(_origin("https-only", "TLSv1.2"), _origin("http-only", "SSLv3")),
    fails=(
        _origin("https-only", "TLSv1.2", "TLSv1"),
        _origin("match-viewer", UNKNOWN, "SSLv3"),
        Example({"origins": [{"customOriginConfigs": [{"originSslProtocols": ["TLSv1.1"]}]}]}, type=MULTITENANT),
    ),
    undecided=(_origin("https-only", UNKNOWN), _origin(UNKNOWN, "TLSv1"), {"origins": UNKNOWN}),
)
def cloudfront_origin_tls_versions_current(origin: Block) -> Iterator[Violation]:
    """CloudFront uses nothing older than TLS 1.2 towards its origins.

    SSL 3.0, TLS 1.0 and 1.1 are broken and deprecated. Origins that are reached by plain HTTP have a rule of their own.
    """
    if any(version in _OLD for version in origin.texts("originSslProtocols")) and (
        origin.text("originProtocolPolicy") != "http-only"
    ):
        path = origin.at("originSslProtocols")
        yield Violation("originSslProtocols admits versions older than TLS 1.2", at=path, fix=Fix({path: ["TLSv1.2"]}))
