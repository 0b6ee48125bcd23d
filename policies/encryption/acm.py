"""Certificates in ACM and IAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CERTIFICATES, CIS_AWS_5, FSBP, SECRETS
from policies.encryption.certificate_keys import WITH_EC, WITH_RSA_1024, WITH_RSA_2048, rsa_key_bits
from policies.encryption.certificate_store import CERTIFICATE, SERVER_CERTIFICATE
from policies.fix import Fix
from policies.plain_secrets import plain_secret_violations
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import SECRET, UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

_SHORTEST = 2048


@rule(
    applies_to=(CERTIFICATE, SERVER_CERTIFICATE),
    severity=Severity.MEDIUM,
    remedy="Use an RSA key of 2048 bits or more, or an elliptic curve key.",
    controls=(FSBP["ACM.2"], *CERTIFICATES),
    topic="AWS Certificate Manager certificate characteristics",
    passes=(
        {"domainName": "shop.example.com"},
        {"domainName": "shop.example.com", "keyAlgorithm": "EC_prime256v1"},
        {"certificateBody": WITH_RSA_2048},
        {"certificateBody": WITH_EC},
    ),
    fails=(
        {"domainName": "shop.example.com", "keyAlgorithm": "RSA_1024"},
        {"certificateBody": WITH_RSA_1024},
        Example({"certificateBody": WITH_RSA_1024}, type=SERVER_CERTIFICATE),
    ),
    undecided=(
        {"domainName": "shop.example.com", "keyAlgorithm": UNKNOWN},
        {"certificateBody": UNKNOWN},
        {"certificateBody": "not a certificate"},
    ),
)
def certificate_key_strong(certificate: Resource) -> Iterator[Violation]:
    """Certificates in ACM and IAM have keys of at least 2048 bits.

    RSA keys of 1024 bits can be broken. ACM issues certificates with RSA_2048 unless told otherwise; weak keys come in with
    imported certificates.
    """
    if certificate.text("keyAlgorithm") == "RSA_1024":
        yield Violation("keyAlgorithm is RSA_1024", at="keyAlgorithm", fix=Fix({"keyAlgorithm": "RSA_2048"}, replaces=True))
    body = certificate.text("certificateBody")
    bits = rsa_key_bits(body, "certificateBody") if body else None
    if bits is not None and bits < _SHORTEST:
        yield Violation(f"the key of the certificate has {bits} bits", at="certificateBody")


@rule(
    applies_to=(CERTIFICATE,),
    severity=Severity.LOW,
    remedy="Name each host in domainName and subjectAlternativeNames.",
    controls=CERTIFICATES,
    checkov=("CKV2_AWS_71",),
    topic="AWS Certificate Manager certificate characteristics",
    passes=(
        {"domainName": "shop.example.com", "subjectAlternativeNames": ["www.example.com"]},
        {"certificateBody": UNKNOWN},
    ),
    fails=(
        {"domainName": "*.example.com"},
        {"domainName": "example.com", "subjectAlternativeNames": [UNKNOWN, "*.example.com"]},
    ),
    undecided=({"domainName": UNKNOWN}, {"domainName": "example.com", "subjectAlternativeNames": UNKNOWN}),
)
def acm_certificate_names_each_host(certificate: Resource) -> Iterator[Violation]:
    """ACM certificates name each host instead of a wildcard.

    Whoever gets the key of a wildcard certificate can answer for every host of the domain.
    """
    if certificate.text("domainName").startswith("*."):
        yield Violation("domainName is a wildcard", at="domainName")
    if any(name.startswith("*.") for name in certificate.texts("subjectAlternativeNames")):
        yield Violation("subjectAlternativeNames holds a wildcard", at="subjectAlternativeNames")


@rule(
    applies_to=(CERTIFICATE,),
    severity=Severity.MEDIUM,
    remedy="Request the certificate from ACM with validationMethod DNS, and keep the records that ACM asks for.",
    controls=(FSBP["ACM.1"], *CERTIFICATES),
    topic="Managed certificate renewal in AWS Certificate Manager",
    passes=(
        {"domainName": "shop.example.com", "validationMethod": "DNS"},
        {"domainName": "shop.example.com", "validationMethod": "HTTP"},
        {"domainName": "shop.internal", "certificateAuthorityArn": UNKNOWN},
    ),
    fails=(
        {"domainName": "shop.example.com"},
        {"domainName": "shop.example.com", "validationMethod": "EMAIL"},
        {"certificateBody": UNKNOWN, "privateKey": SECRET},
        {"domainName": "shop.example.com", "validationMethod": "NONE"},
    ),
    undecided=({"domainName": "shop.example.com", "validationMethod": UNKNOWN},),
)
def acm_certificate_renews_itself(certificate: Resource) -> Iterator[Violation]:
    """ACM renews certificates by itself.

    An expired certificate is an outage. ACM renews what it issued while the DNS records stand; it cannot renew an imported
    certificate, and a certificate validated by mail, which is the default, waits for someone to answer a mail.
    """
    if certificate.has("certificateBody"):
        yield Violation("ACM cannot renew an imported certificate", at="certificateBody")
    elif not certificate.has("certificateAuthorityArn"):
        method = certificate.text("validationMethod", "EMAIL")
        if method == "EMAIL":
            fix = Fix({"validationMethod": "DNS"}, replaces=True)
            yield Violation("the renewal waits for an answer to a mail", at="validationMethod", fix=fix)
        elif method == "NONE":  # what the provider reads of a certificate that others imported into ACM
            yield Violation("ACM cannot renew an imported certificate", at="validationMethod")


@rule(
    applies_to=(CERTIFICATE, SERVER_CERTIFICATE),
    severity=Severity.HIGH,
    remedy="Take privateKey from a Pulumi secret, or let ACM issue the certificate and keep its key.",
    controls=SECRETS,
    topic="Importing certificates into AWS Certificate Manager",
    judges_secrecy=True,
    passes=({"privateKey": SECRET}, {}),
    fails=({"privateKey": "-----BEGIN PRIVATE KEY-----"},),
    undecided=({"privateKey": UNKNOWN},),
)
def certificate_private_key_secret(certificate: Resource) -> Iterator[Violation]:
    """Private keys of imported certificates are Pulumi secrets.

    A key in plain text stands in the program and in the state for everyone who can read them.
    """
    yield from plain_secret_violations(certificate, "privateKey")


@rule(
    applies_to=(SERVER_CERTIFICATE,),
    severity=Severity.LOW,
    remedy="Request the certificate from ACM, or import it there.",
    controls=(CIS_AWS_5["1.18"], *CERTIFICATES),
    topic="Managing server certificates in IAM",
    passes=(Example({"path": "/cloudfront/"}, provider={"region": "cn-north-1"}),),
    fails=(
        {},
        {"path": "/shop/"},
        Example({"path": "/shop/"}, provider={"region": "cn-north-1"}),
        Example({"path": "/cloudfront/"}, provider={"region": "eu-west-1"}),
    ),
    undecided=(
        {"path": UNKNOWN},
        {"path": "/cloudfront/"},
        Example({"path": "/cloudfront/"}, provider={"region": UNKNOWN}),
    ),
)
def server_certificate_in_acm(certificate: Resource) -> Iterator[Violation]:
    """Server certificates are kept in ACM instead of IAM.

    IAM neither renews certificates nor shows in its console when they expire. Only CloudFront in China still needs
    certificates in IAM.
    """
    if certificate.text("path").startswith("/cloudfront/"):
        region = certificate.provider.text("region") if certificate.provider else ""
        if not region:
            raise UnknownValue(Reason.NOT_REPORTED, "path", "whether this is CloudFront in China hangs on the Region")
        if region.startswith("cn-"):
            return
    yield Violation("the certificate is kept in IAM")


RULES = (
    must_be(
        "acm-certificate-not-exportable",
        (CERTIFICATE,),
        "options.export",
        "DISABLED",
        default="DISABLED",
        title="The private keys of ACM certificates cannot be exported.",
        why="Inside ACM nobody can read the key of a public certificate. Once it may be exported, whoever has the permission "
        "can take it anywhere.",
        severity=Severity.MEDIUM,
        remedy="Leave options.export out, or set it to DISABLED; this replaces the certificate.",
        replaces=True,
        controls=CERTIFICATES,
        topic="AWS Certificate Manager exportable public certificates",
    ),
)
