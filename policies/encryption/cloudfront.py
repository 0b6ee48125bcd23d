"""Encryption between viewers, CloudFront and origins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CERTIFICATES, FSBP, IN_TRANSIT
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
MULTITENANT = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
DISTRIBUTIONS = (DISTRIBUTION, MULTITENANT)
VPC_ORIGIN = "aws:cloudfront/vpcOrigin:VpcOrigin"
HTTPS_ONLY = {"viewerProtocolPolicy": "https-only"}
REDIRECTS = {"viewerProtocolPolicy": "redirect-to-https"}
ALLOWS_HTTP = {"viewerProtocolPolicy": "allow-all"}
_OLD = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
_BOTH_CERTIFICATES: dict[str, object] = {"cloudfrontDefaultCertificate": True, "acmCertificateArn": CERTIFICATE}


def behaviors(distribution: Resource) -> Iterator[Block]:
    """Yield the cache behaviours of a distribution, the default one last."""
    yield from distribution.each("orderedCacheBehaviors")
    yield from distribution.each("cacheBehaviors")  # of a multi-tenant distribution
    yield distribution.block("defaultCacheBehavior")


@rule(
    applies_to=DISTRIBUTIONS,
    severity=Severity.HIGH,
    remedy="Set viewerProtocolPolicy of each cache behaviour to redirect-to-https or https-only.",
    controls=(FSBP["CloudFront.3"], *IN_TRANSIT),
    checkov=("CKV_AWS_34",),
    topic="Requiring HTTPS for communication between viewers and CloudFront",
    each=behaviors,
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
    controls=(FSBP["CloudFront.15"], *IN_TRANSIT),
    checkov=("CKV_AWS_174",),
    topic="Supported protocols and ciphers between viewers and CloudFront",
    passes=(
        {"viewerCertificate": {"acmCertificateArn": CERTIFICATE, "minimumProtocolVersion": "TLSv1.2_2021"}},
        {"viewerCertificate": {"acmCertificateArn": UNKNOWN, "minimumProtocolVersion": "TLSv1.3_2025"}},
        {"viewerCertificate": {**_BOTH_CERTIFICATES, "minimumProtocolVersion": "TLSv1.2_2021"}},
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
    if not _has_own_certificate(certificate) and certificate.flag("cloudfrontDefaultCertificate"):
        yield Violation("the default certificate of CloudFront admits TLS 1.0", at=path)
    elif not certificate.text("minimumProtocolVersion").startswith(("TLSv1.2_", "TLSv1.3_")):
        # a dedicated IP address takes no newer version, and without a certificate there is nothing to set
        method = certificate.value("sslSupportMethod")
        fix = Fix({path: "TLSv1.2_2021"}) if isinstance(method, str) and method == "sni-only" else None
        yield Violation("minimumProtocolVersion is older than TLS 1.2", at=path, fix=fix)


def _has_own_certificate(certificate: Block) -> bool:
    """Say whether a distribution names a certificate: the provider then says nothing of the default one to CloudFront."""
    return certificate.has("acmCertificateArn") or certificate.has("iamCertificateId")


@rule(
    # no multi-tenant ones: they have no host name under cloudfront.net, and tenants may bring their own certificates
    applies_to=(DISTRIBUTION,),
    severity=Severity.LOW,
    remedy="Set viewerCertificate.acmCertificateArn to a certificate in us-east-1 for your own domain name.",
    controls=(FSBP["CloudFront.7"], *CERTIFICATES),
    checkov=("CKV2_AWS_42",),
    topic="Using HTTPS with CloudFront",
    passes=(
        {"viewerCertificate": {"acmCertificateArn": CERTIFICATE, "sslSupportMethod": "sni-only"}},
        {"viewerCertificate": {"acmCertificateArn": UNKNOWN}},
        {"viewerCertificate": {"iamCertificateId": "ASCA", "sslSupportMethod": "sni-only"}},
        {"viewerCertificate": _BOTH_CERTIFICATES},
    ),
    fails=(
        {},
        {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
        {"viewerCertificate": {"cloudfrontDefaultCertificate": False, "acmCertificateArn": ""}},
    ),
    undecided=({"viewerCertificate": UNKNOWN},),
)
def cloudfront_certificate_of_your_own(distribution: Resource) -> Iterator[Violation]:
    """CloudFront distributions use a certificate of their own.

    The default certificate serves only names under cloudfront.net, and with it viewers may fall back to TLS 1.0.
    """
    if not _has_own_certificate(distribution.block("viewerCertificate")):
        yield Violation("the distribution uses the default certificate of CloudFront", at="viewerCertificate")


@rule(
    applies_to=DISTRIBUTIONS,
    severity=Severity.LOW,
    remedy="Set viewerCertificate.sslSupportMethod to sni-only.",
    controls=(FSBP["CloudFront.8"], *IN_TRANSIT),
    topic="Choose how CloudFront serves HTTPS requests",
    passes=(
        {},
        {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
        {"viewerCertificate": {"cloudfrontDefaultCertificate": True, "sslSupportMethod": "vip"}},
        {"viewerCertificate": {"acmCertificateArn": CERTIFICATE, "sslSupportMethod": "sni-only"}},
    ),
    fails=(
        {"viewerCertificate": {"acmCertificateArn": CERTIFICATE, "sslSupportMethod": "vip"}},
        {"viewerCertificate": {"acmCertificateArn": CERTIFICATE, "sslSupportMethod": "static-ip"}},
        {"viewerCertificate": {**_BOTH_CERTIFICATES, "sslSupportMethod": "vip"}},
        {"viewerCertificate": {"iamCertificateId": "ASCA", "sslSupportMethod": "vip", "minimumProtocolVersion": "SSLv3"}},
        {"viewerCertificate": {"acmCertificateArn": UNKNOWN, "sslSupportMethod": "vip", "minimumProtocolVersion": UNKNOWN}},
    ),
    undecided=(
        {"viewerCertificate": UNKNOWN},
        {"viewerCertificate": {"sslSupportMethod": UNKNOWN}},
        {"viewerCertificate": {"cloudfrontDefaultCertificate": UNKNOWN, "sslSupportMethod": "vip"}},
    ),
)
def cloudfront_serves_https_by_sni(distribution: Resource) -> Iterator[Violation]:
    """CloudFront distributions serve HTTPS by SNI.

    Only very old clients need dedicated IP addresses, which cost extra and hold the distribution at TLS 1.0. Every current
    client sends the name of the server.
    """
    certificate = distribution.block("viewerCertificate")
    if certificate.text("sslSupportMethod", "sni-only") == "sni-only":
        return
    # with the default certificate, the method says nothing
    if _has_own_certificate(certificate) or not certificate.flag("cloudfrontDefaultCertificate"):
        path = certificate.at("sslSupportMethod")
        # CloudFront takes SSLv3 with dedicated IP addresses only
        oldest = certificate.value("minimumProtocolVersion")
        is_too_old = isinstance(oldest, str) and oldest == "SSLv3"
        newer = {certificate.at("minimumProtocolVersion"): "TLSv1.2_2021"} if is_too_old else {}
        fix = Fix({path: "sni-only", **newer})
        yield Violation("the distribution does not rely on the server names that clients send", at=path, fix=fix)


def _custom_origins(resource: Resource) -> Iterator[Block]:
    yield from resource.each("vpcOriginEndpointConfig")  # of a VPC origin
    for origin in resource.each("origins"):
        yield from origin.each("customOriginConfig")
        yield from origin.each("customOriginConfigs")  # of a multi-tenant distribution


def _origin(protocol: object, *versions: object) -> dict[str, object]:
    """Return the inputs of a distribution with one origin that is no bucket."""
    config = {"originProtocolPolicy": protocol, "originSslProtocols": list(versions), "httpPort": 80, "httpsPort": 443}
    return {"origins": [{"domainName": "app.example.com", "originId": "app", "customOriginConfig": config}]}


def _vpc_origin(protocol: object, *versions: object) -> Example:
    protocols = {"items": list(versions), "quantity": len(versions)}
    return Example(
        {"vpcOriginEndpointConfig": {"originProtocolPolicy": protocol, "originSslProtocols": protocols}}, type=VPC_ORIGIN
    )


@rule(
    applies_to=(*DISTRIBUTIONS, VPC_ORIGIN),
    severity=Severity.MEDIUM,
    remedy="Set originProtocolPolicy to https-only; for the website of a bucket, use the bucket itself as the origin.",
    controls=(FSBP["CloudFront.9"], *IN_TRANSIT),
    checkov=("CKV2_AWS_72",),
    topic="Requiring HTTPS for communication between CloudFront and your custom origin",
    each=_custom_origins,
    passes=(
        _origin("https-only"),
        _origin("match-viewer"),
        {"origins": [{"domainName": "files.s3.amazonaws.com", "originId": "files"}]},
        _vpc_origin("https-only", "TLSv1.2"),
    ),
    fails=(
        _origin("http-only"),
        Example({"origins": [{"customOriginConfigs": [{"originProtocolPolicy": "http-only"}]}]}, type=MULTITENANT),
        _vpc_origin("http-only", "TLSv1.2"),
    ),
    undecided=(_origin(UNKNOWN), {"origins": UNKNOWN}, _vpc_origin(UNKNOWN)),
)
def cloudfront_origins_use_https(origin: Block) -> Iterator[Violation]:
    """CloudFront reaches its origins by HTTPS.

    Between CloudFront and an origin the traffic crosses the internet too, or your VPC. An origin that follows the viewer
    is as good as what CloudFront admits from viewers, which has a rule of its own. The website of a bucket answers plain
    HTTP only.
    """
    if origin.text("originProtocolPolicy") == "http-only":
        yield Violation("CloudFront reaches the origin by plain HTTP", at=origin.at("originProtocolPolicy"))


@rule(
    applies_to=(*DISTRIBUTIONS, VPC_ORIGIN),
    severity=Severity.MEDIUM,
    remedy='Set originSslProtocols to ["TLSv1.2"], after checking that the origin supports it.',
    controls=(FSBP["CloudFront.10"], *IN_TRANSIT),
    checkov=("CKV2_AWS_54",),
    topic="Supported protocols and ciphers between CloudFront and the origin",
    each=_custom_origins,
    passes=(
        _origin("https-only", "TLSv1.2"),
        _origin("http-only", "SSLv3"),
        _vpc_origin("https-only", "TLSv1.2"),
        _vpc_origin("http-only", "TLSv1"),
    ),
    fails=(
        _origin("https-only", "TLSv1.2", "TLSv1"),
        _origin("match-viewer", UNKNOWN, "SSLv3"),
        Example({"origins": [{"customOriginConfigs": [{"originSslProtocols": ["TLSv1.1"]}]}]}, type=MULTITENANT),
        _vpc_origin("match-viewer", "TLSv1.1", "TLSv1.2"),
    ),
    undecided=(
        _origin("https-only", UNKNOWN),
        _origin(UNKNOWN, "TLSv1"),
        {"origins": UNKNOWN},
        _vpc_origin("https-only", UNKNOWN),
    ),
)
def cloudfront_origin_tls_versions_current(origin: Block) -> Iterator[Violation]:
    """CloudFront uses nothing older than TLS 1.2 towards its origins.

    SSL 3.0, TLS 1.0 and 1.1 are broken and deprecated. Origins that are reached by plain HTTP have a rule of their own.
    """
    in_vpc = origin.path == "vpcOriginEndpointConfig"
    name = "originSslProtocols.items" if in_vpc else "originSslProtocols"
    if any(version in _OLD for version in origin.texts(name)) and origin.text("originProtocolPolicy") != "http-only":
        path = origin.at(name)
        count = {origin.at("originSslProtocols.quantity"): 1} if in_vpc else {}
        fix = Fix({path: ["TLSv1.2"], **count})
        yield Violation(f"{path} admits versions older than TLS 1.2", at=path, fix=fix)
