"""Which versions of TLS and which certificates RDS, Aurora and DocumentDB use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.controls import CERTIFICATES, IN_TRANSIT
from policies.encryption.rds import CLUSTER, CLUSTER_INSTANCE, DOCDB_INSTANCE, INSTANCE
from policies.encryption.rds_transit import CLUSTER_GROUP, GROUP
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

CERTIFICATE = "aws:rds/certificate:Certificate"
AUTHORITY = {CLUSTER: "caCertificateIdentifier", CERTIFICATE: "certificateIdentifier"}
"""By which property a resource names its certificate authority; elsewhere it is caCertIdentifier."""

OLD_TLS = re.compile(r"TLSv1(\.[01])?(,|$)", re.IGNORECASE)
RETIRED = re.compile(r"rds-ca-20\d\d")
"""Authorities of 2010, 2015 and 2019 are named after their year; the last of them expired in 2024."""


def _parameters(group: Resource) -> Iterator[Block]:
    yield from group.each("parameters")


def _only(name: str, value: object) -> dict[str, object]:
    return {"parameters": [{"name": name, "value": value}]}


@rule(
    applies_to=(GROUP, CLUSTER_GROUP),
    severity=Severity.HIGH,
    remedy="Name no TLS older than 1.2 in tls_version and ssl_min_protocol_version, and disable rds.tls10 and rds.tls11.",
    controls=IN_TRANSIT,
    topic="SSL/TLS support for MySQL DB instances on Amazon RDS",
    each=_parameters,
    passes=(
        {},
        _only("tls_version", "TLSv1.2,TLSv1.3"),
        _only("tls_version", "TLSv1.3"),
        _only("ssl_min_protocol_version", "TLSv1.2"),
        _only("rds.tls10", "disabled"),
        _only("rds.tls11", "default"),
        _only("application_name", UNKNOWN),
    ),
    fails=(
        _only("tls_version", "TLSv1,TLSv1.1,TLSv1.2"),
        _only("tls_version", "TLSv1.1"),
        _only("ssl_min_protocol_version", "TLSv1"),
        _only("rds.tls10", "enabled"),
        {"parameters": [{"name": "application_name", "value": UNKNOWN}, {"name": "rds.tls11", "value": "enabled"}]},
    ),
    undecided=(
        {"parameters": UNKNOWN},
        _only("tls_version", UNKNOWN),
        {"parameters": [{"name": UNKNOWN, "value": "enabled"}]},
    ),
)
def rds_tls_version_current(parameter: Block) -> Iterator[Violation]:
    """RDS and Aurora parameter groups admit nothing older than TLS 1.2.

    TLS 1.0 and 1.1 are broken and deprecated. Current engines leave them out by themselves, so only groups that ask for
    them fail.
    """
    name, path = parameter.text("name"), parameter.at("value")
    if name in {"rds.tls10", "rds.tls11"}:
        if parameter.text("value").lower() == "enabled":
            yield Violation(f"{name} is enabled", at=path, fix=Fix({path: "disabled"}))
    elif name in {"tls_version", "ssl_min_protocol_version"} and OLD_TLS.search(parameter.text("value")):
        yield Violation(f"{name} admits TLS 1.0 or 1.1", at=path, fix=Fix({path: "TLSv1.2"}))


@rule(
    applies_to=(INSTANCE, CLUSTER_INSTANCE, CLUSTER, DOCDB_INSTANCE, CERTIFICATE),
    severity=Severity.MEDIUM,
    remedy="Name rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1, or none, and let clients trust the new authority.",
    controls=CERTIFICATES,
    checkov=("CKV_AWS_211",),
    topic="Using SSL/TLS to encrypt a connection to a DB instance",
    passes=(
        {},
        {"caCertIdentifier": "rds-ca-rsa2048-g1"},
        {"caCertIdentifier": "rds-ca-ecc384-g1"},
        Example({"caCertificateIdentifier": "rds-ca-rsa4096-g1"}, type=CLUSTER),
        Example({"certificateIdentifier": "rds-ca-rsa4096-g1"}, type=CERTIFICATE),
    ),
    fails=(
        {"caCertIdentifier": "rds-ca-2019"},
        {"caCertIdentifier": "rds-ca-2015"},
        Example({"caCertificateIdentifier": "rds-ca-2019"}, type=CLUSTER),
        Example({"certificateIdentifier": "rds-ca-2019"}, type=CERTIFICATE),
    ),
    undecided=({"caCertIdentifier": UNKNOWN}, Example({"caCertificateIdentifier": UNKNOWN}, type=CLUSTER)),
)
def rds_certificate_authority_current(db: Resource) -> Iterator[Violation]:
    """RDS, Aurora and DocumentDB use a certificate authority that AWS still runs.

    Certificates of rds-ca-2019 expired in August 2024: clients that verify them can no longer connect, and those that do
    connect do not verify. A database that names no authority gets a current one.
    """
    path = AUTHORITY.get(db.type, "caCertIdentifier")
    if RETIRED.match(db.text(path)):
        yield Violation(f"{path} names an authority that AWS has retired", at=path, fix=Fix({path: "rds-ca-rsa2048-g1"}))
