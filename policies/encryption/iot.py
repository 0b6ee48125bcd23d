"""Encryption in transit in IoT Core."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

_OLD = re.compile(r"_TLS1[23]_1_[01]_", re.IGNORECASE)


@rule(
    applies_to=("aws:iot/domainConfiguration:DomainConfiguration",),
    severity=Severity.HIGH,
    remedy="Leave tlsConfig out, or set tlsConfig.securityPolicy to IoTSecurityPolicy_TLS13_1_2_2022_10.",
    controls=IN_TRANSIT,
    topic="Transport security in AWS IoT Core",
    passes=(
        {},
        {"tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS13_1_2_2022_10"}},
        {"tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS12_1_2_2022_10"}},
    ),
    fails=(
        {"tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS12_1_0_2016_01"}},
        {"tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS12_1_0_2015_01"}},
    ),
    undecided=({"tlsConfig": UNKNOWN}, {"tlsConfig": {"securityPolicy": UNKNOWN}}),
)
def iot_domain_tls_policy_current(domain: Resource) -> Iterator[Violation]:
    """IoT domain configurations admit nothing older than TLS 1.2.

    TLS 1.0 and 1.1 are broken and deprecated. AWS gives a policy for TLS 1.2 and 1.3 to configurations that name none.
    """
    path = "tlsConfig.securityPolicy"
    if _OLD.search(domain.text(path)):
        fix = Fix({path: "IoTSecurityPolicy_TLS13_1_2_2022_10"})
        yield Violation(f"{path} admits TLS 1.0", at=path, fix=fix)
