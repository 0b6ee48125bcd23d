"""Encryption in transit at CloudSearch."""

from __future__ import annotations

from policies.controls import IN_TRANSIT
from policies.rule import Severity
from policies.rule_tables import must_be

DOMAIN = "aws:cloudsearch/domain:Domain"

RULES = (
    must_be(
        "cloudsearch-https-enforced",
        (DOMAIN,),
        "endpointOptions.enforceHttps",
        True,  # noqa: FBT003  (the value that the property must have)
        title="CloudSearch domains accept only HTTPS.",
        why="A domain accepts plain HTTP as well unless told otherwise: queries and documents can then be read on the way.",
        severity=Severity.HIGH,
        controls=IN_TRANSIT,
        checkov=("CKV_AWS_220",),
        topic="Configuring domain endpoint options in Amazon CloudSearch",
    ),
    must_be(
        "cloudsearch-tls-policy-current",
        (DOMAIN,),
        "endpointOptions.tlsSecurityPolicy",
        "Policy-Min-TLS-1-2-2019-07",
        title="CloudSearch domains admit nothing older than TLS 1.2.",
        why="TLS 1.0 and 1.1 are broken and deprecated. A domain that names no policy admits them.",
        severity=Severity.HIGH,
        controls=IN_TRANSIT,
        checkov=("CKV_AWS_218",),
        topic="Configuring domain endpoint options in Amazon CloudSearch",
    ),
)
