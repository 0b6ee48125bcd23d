"""From which web pages browsers may call APIs (cross-origin resource sharing)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.lambda_permissions import FUNCTION_URL
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

API = "aws:apigatewayv2/api:Api"

_ORIGINS = {FUNCTION_URL: "cors.allowOrigins", API: "corsConfiguration.allowOrigins"}
_EVERY_ORIGIN = frozenset({"*", "http://*", "https://*"})


@rule(
    applies_to=_ORIGINS,
    severity=Severity.MEDIUM,
    remedy="Name the origins that need the API in allowOrigins, such as https://app.example.com.",
    controls=(NIST_800_53["AC-4"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.8.3"]),
    checkov=("CKV2_AWS_75",),
    topic="Configure CORS for HTTP APIs in API Gateway",
    passes=(
        {"authorizationType": "AWS_IAM"},
        {"authorizationType": "NONE", "cors": {"allowOrigins": ["https://app.example.com"], "allowMethods": ["*"]}},
        Example({"protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["https://app.example.com"]}}, API),
    ),
    fails=(
        {"authorizationType": "AWS_IAM", "cors": {"allowOrigins": ["*"]}},
        {"authorizationType": UNKNOWN, "cors": {"allowOrigins": [UNKNOWN, "https://*"], "allowCredentials": True}},
        Example({"protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["*"]}}, API),
    ),
    undecided=(
        {"cors": UNKNOWN},
        {"cors": {"allowOrigins": UNKNOWN}},
        Example({"protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["https://app.example.com", UNKNOWN]}}, API),
    ),
)
def cors_origins_named(resource: Resource) -> Iterator[Violation]:
    """Browsers may call HTTP APIs and function URLs from named origins only.

    With a wildcard, any page that a user opens can call the API from the user's network, and read the answers. With
    https://* and credentials it does so in the user's name.
    """
    path = _ORIGINS[resource.type]
    if any(origin in _EVERY_ORIGIN for origin in resource.texts(path)):
        yield Violation(f"{path} admits every origin", at=path)
