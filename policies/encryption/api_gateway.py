"""Encryption in API Gateway: domains, caches and back ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP, IN_TRANSIT
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be_set
from policies.unknown import UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

DOMAIN = "aws:apigateway/domainName:DomainName"
DOMAIN_V2 = "aws:apigatewayv2/domainName:DomainName"
INTEGRATION = "aws:apigateway/integration:Integration"
INTEGRATION_V2 = "aws:apigatewayv2/integration:Integration"
PRIVATE_TARGETS = (
    "aws:lb/listener:Listener",
    "aws:alb/listener:Listener",
    "aws:servicediscovery/service:Service",
)
LISTENER_ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/net/shop/50dc6c495c0c9188/f2f7dc8efc522ab2"


def _domain_v2(policy: object) -> Example:
    return Example({"domainNameConfiguration": {"endpointType": "REGIONAL", "securityPolicy": policy}}, type=DOMAIN_V2)


@rule(
    applies_to=(DOMAIN, DOMAIN_V2),
    severity=Severity.HIGH,
    remedy="Set securityPolicy to TLS_1_2, or to a policy whose name begins with SecurityPolicy_.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_206",),
    topic="Choose a security policy for your API Gateway domain",
    passes=(
        {},
        {"securityPolicy": "TLS_1_2"},
        {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09", "endpointAccessMode": "STRICT"},
        _domain_v2("TLS_1_2"),
    ),
    fails=({"securityPolicy": "TLS_1_0"}, _domain_v2("TLS_1_0")),
    undecided=({"securityPolicy": UNKNOWN}, _domain_v2(UNKNOWN)),
)
def apigateway_domain_tls_policy_current(domain: Resource) -> Iterator[Violation]:
    """Domain names of API Gateway admit nothing older than TLS 1.2.

    TLS 1.0 is broken and deprecated. AWS gives TLS_1_2 to domain names that name no policy.
    """
    path = "domainNameConfiguration.securityPolicy" if domain.type == DOMAIN_V2 else "securityPolicy"
    if domain.text(path) == "TLS_1_0":
        yield Violation(f"{path} admits TLS 1.0", at=path, fix=Fix({path: "TLS_1_2"}))


@rule(
    applies_to=("aws:apigateway/methodSettings:MethodSettings",),
    severity=Severity.HIGH,
    remedy="Set settings.cacheDataEncrypted to true.",
    controls=(FSBP["APIGateway.5"], *AT_REST),
    checkov=("CKV_AWS_308",),
    topic="Cache settings for REST APIs in API Gateway",
    passes=(
        {"settings": {"cachingEnabled": True, "cacheDataEncrypted": True}},
        {"settings": {"cachingEnabled": False}},
        {"settings": {"cachingEnabled": UNKNOWN, "cacheDataEncrypted": True}},
        {},
    ),
    fails=({"settings": {"cachingEnabled": True}}, {"settings": {"cachingEnabled": True, "cacheDataEncrypted": False}}),
    undecided=(
        {"settings": UNKNOWN},
        {"settings": {"cachingEnabled": UNKNOWN}},
        {"settings": {"cachingEnabled": True, "cacheDataEncrypted": UNKNOWN}},
    ),
)
def apigateway_cache_encrypted(settings: Resource) -> Iterator[Violation]:
    """Responses that API Gateway caches are encrypted.

    A cache holds whole responses, personal data included, for as long as they are valid. It is unencrypted unless the
    settings of the method ask for it.
    """
    path = "settings.cacheDataEncrypted"
    if not settings.flag(path) and settings.flag("settings.cachingEnabled"):
        yield Violation("cached responses are not encrypted", at=path, fix=Fix({path: True}))


@rule(
    applies_to=(INTEGRATION, INTEGRATION_V2),
    severity=Severity.MEDIUM,
    # no fix for the address: only a person knows whether the back end serves TLS
    remedy="Let the address begin with https://, and leave tlsConfig.insecureSkipVerification out.",
    controls=IN_TRANSIT,
    topic="API Gateway integration tlsConfig",
    passes=(
        {"type": "HTTP_PROXY", "uri": "https://api.example.com/orders"},
        {"type": "HTTP", "uri": "https://api.example.com/orders", "tlsConfig": {"insecureSkipVerification": False}},
        {"type": "AWS_PROXY", "uri": UNKNOWN},
        {"type": "MOCK"},
        Example({"integrationType": "HTTP_PROXY", "integrationUri": "https://api.example.com"}, type=INTEGRATION_V2),
        Example({"integrationType": "HTTP_PROXY", "integrationUri": LISTENER_ARN}, type=INTEGRATION_V2),
        Example(  # an ARN, though not known yet
            {"integrationType": "HTTP_PROXY", "connectionType": "VPC_LINK", "integrationUri": Reference("listener", "arn")},
            type=INTEGRATION_V2,
            related=(Example({"port": 80}, type=PRIVATE_TARGETS[0], name="listener"),),
        ),
    ),
    fails=(
        {"type": "HTTP", "uri": "http://api.example.com/orders"},
        {"type": "HTTP_PROXY", "uri": "http://shop.internal", "connectionType": "VPC_LINK"},
        {"type": "HTTP", "uri": "https://api.example.com", "tlsConfig": {"insecureSkipVerification": True}},
        Example({"integrationType": "HTTP_PROXY", "integrationUri": "HTTP://api.example.com"}, type=INTEGRATION_V2),
    ),
    undecided=(
        {"type": UNKNOWN, "uri": "http://api.example.com/orders"},
        {"type": "HTTP", "uri": UNKNOWN},
        {"type": "HTTP", "uri": "https://api.example.com", "tlsConfig": UNKNOWN},
        Example({"integrationType": "HTTP_PROXY", "integrationUri": UNKNOWN}, type=INTEGRATION_V2),
        Example(
            {"integrationType": "HTTP_PROXY", "connectionType": "VPC_LINK", "integrationUri": UNKNOWN}, type=INTEGRATION_V2
        ),
    ),
)
def apigateway_integration_uses_https(integration: Resource, stack: Stack) -> Iterator[Violation]:
    """Integrations of API Gateway call HTTP back ends by HTTPS, and check their certificates.

    Plain HTTP carries requests and their tokens in plain text, through the internet unless a VPC link is used. Without a
    check of the certificate anyone on the way can answer for the back end.
    """
    old = integration.type == INTEGRATION
    if integration.text("type" if old else "integrationType") not in {"HTTP", "HTTP_PROXY"}:
        return
    unverified = "tlsConfig.insecureSkipVerification"
    if old and integration.flag(unverified):
        yield Violation("the certificate of the back end is not checked", at=unverified, fix=Fix({unverified: False}))
    path = "uri" if old else "integrationUri"
    if not old and _is_private_target(integration, path, stack):
        return  # an ARN: the rule below judges it
    if integration.text(path).lower().startswith("http://"):
        yield Violation("the back end is called by plain HTTP", at=path)


def _is_private_target(integration: Resource, path: str, stack: Stack) -> bool:
    """Say whether an address that is not known yet comes from a listener or service that a VPC link reaches."""
    if not isinstance(integration.value(path), Unknown) or integration.text("connectionType") != "VPC_LINK":
        return False
    return stack.target(integration, PRIVATE_TARGETS, path) is not None


@rule(
    applies_to=(INTEGRATION_V2,),
    severity=Severity.MEDIUM,
    remedy="Set tlsConfig.serverNameToVerify to the name in the certificate of the load balancer or service.",
    controls=IN_TRANSIT,
    topic="API Gateway integration tlsConfig",
    passes=(
        {"connectionType": "INTERNET", "integrationUri": "https://api.example.com"},
        {"integrationUri": UNKNOWN},
        {"connectionType": "VPC_LINK", "integrationUri": LISTENER_ARN, "tlsConfig": {"serverNameToVerify": "shop.internal"}},
        {"connectionType": "VPC_LINK", "integrationUri": "https://shop.internal"},
    ),
    fails=(
        {"connectionType": "VPC_LINK", "integrationUri": LISTENER_ARN},
        Example(
            {"connectionType": "VPC_LINK", "integrationUri": Reference("listener", "arn")},
            related=(Example({"port": 443}, type=PRIVATE_TARGETS[0], name="listener"),),
        ),
    ),
    undecided=(
        {"connectionType": UNKNOWN, "integrationUri": LISTENER_ARN},
        {"connectionType": "VPC_LINK", "integrationUri": UNKNOWN},
    ),
)
def apigateway_private_integration_uses_tls(integration: Resource, stack: Stack) -> Iterator[Violation]:
    """HTTP APIs call private back ends by HTTPS.

    API Gateway uses plain HTTP through a VPC link unless the integration has a TLS configuration.
    """
    if integration.text("connectionType") != "VPC_LINK" or integration.has("tlsConfig"):
        return
    target = stack.target(integration, PRIVATE_TARGETS, "integrationUri")
    if target is not None or integration.text("integrationUri").startswith("arn:"):
        yield Violation("the private back end is called by plain HTTP", at="tlsConfig")


RULES = (
    must_be_set(
        "apigateway-stage-has-client-certificate",
        ("aws:apigateway/stage:Stage",),
        "clientCertificateId",
        title="API Gateway stages have a client certificate.",
        why="With it an HTTP back end can tell calls of API Gateway from those of others. APIs without such back ends do not "
        "need it.",
        severity=Severity.LOW,
        remedy="Set clientCertificateId to an apigateway.ClientCertificate, and let the back end check it.",
        example="a1b2c3",
        controls=(FSBP["APIGateway.2"], *IN_TRANSIT),
        checkov=("CKV2_AWS_51",),
        topic="Generate and configure an SSL certificate for backend authentication",
    ),
)
