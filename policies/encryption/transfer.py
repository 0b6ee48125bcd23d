"""Encryption in transit at Transfer Family."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.controls import FSBP, IN_TRANSIT
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

SERVER = "aws:transfer/server:Server"
CONNECTOR = "aws:transfer/connector:Connector"

DEFAULTS = {
    SERVER: "TransferSecurityPolicy-2018-11",  # the provider's; AWS's own is a newer one
    CONNECTOR: "TransferSFTPConnectorSecurityPolicy-2024-03",
}
LATEST = {SERVER: "TransferSecurityPolicy-2025-03", CONNECTOR: "TransferSFTPConnectorSecurityPolicy-2024-03"}
LATEST_FIPS = {
    SERVER: "TransferSecurityPolicy-FIPS-2025-03",
    CONNECTOR: "TransferSFTPConnectorSecurityPolicy-FIPS-2024-10",
}
OLDEST = 2024
"""The year of the oldest policies that count as current."""

_YEAR = re.compile(r"-(\d{4})-\d{2}$")


@rule(
    applies_to=(SERVER,),
    severity=Severity.HIGH,
    # no fix: what the clients of an FTP server can speak, only a person can know
    remedy="Take FTP out of protocols; offer SFTP or FTPS.",
    controls=(FSBP["Transfer.2"], *IN_TRANSIT),
    checkov=("CKV_AWS_357",),
    topic="Transfer Family server protocols",
    passes=({}, {"protocols": ["SFTP"]}, {"protocols": ["FTPS", "AS2"]}),
    fails=({"protocols": ["FTP"]}, {"protocols": ["SFTP", "FTP"]}, {"protocols": [UNKNOWN, "FTP"]}),
    undecided=({"protocols": UNKNOWN}, {"protocols": ["SFTP", UNKNOWN]}),
)
def transfer_server_protocols_encrypted(server: Resource) -> Iterator[Violation]:
    """Transfer Family servers offer only encrypted protocols.

    FTP sends passwords and files in plain text. A server that names no protocol offers SFTP.
    """
    if any(protocol == "FTP" for protocol in server.texts("protocols")):
        yield Violation("protocols offers FTP", at="protocols")


@rule(
    applies_to=(SERVER, CONNECTOR),
    severity=Severity.MEDIUM,
    remedy="Set securityPolicyName to TransferSecurityPolicy-2025-03 or another one of 2024 or later.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_380",),
    topic="Security policies for AWS Transfer Family servers",
    passes=(
        {"securityPolicyName": "TransferSecurityPolicy-2024-01"},
        {"securityPolicyName": "TransferSecurityPolicy-2025-03"},
        {"securityPolicyName": "TransferSecurityPolicy-FIPS-2024-05"},
        {"securityPolicyName": "TransferSecurityPolicy-Restricted-2024-06"},
        {"securityPolicyName": "TransferSecurityPolicy-SshAuditCompliant-2025-02"},
        {"securityPolicyName": "TransferSecurityPolicy-AS2Restricted-2025-07"},
        Example({}, type=CONNECTOR),
        Example({"securityPolicyName": "TransferSFTPConnectorSecurityPolicy-FIPS-2024-10"}, type=CONNECTOR),
    ),
    fails=(
        {"protocols": ["SFTP"]},
        {"securityPolicyName": "TransferSecurityPolicy-2018-11"},
        {"securityPolicyName": "TransferSecurityPolicy-Restricted-2020-06"},
        {"securityPolicyName": "TransferSecurityPolicy-FIPS-2023-05"},
        {"securityPolicyName": "TransferSecurityPolicy-PQ-SSH-Experimental-2023-04"},
        Example({"securityPolicyName": "TransferSFTPConnectorSecurityPolicy-2023-07"}, type=CONNECTOR),
    ),
    undecided=({"securityPolicyName": UNKNOWN}, Example({"securityPolicyName": UNKNOWN}, type=CONNECTOR)),
)
def transfer_security_policy_current(resource: Resource) -> Iterator[Violation]:
    """Transfer Family servers and connectors use a security policy of 2024 or later.

    The policy decides which algorithms are admitted. A server that names none gets that of 2018 from the provider, which
    admits SHA-1; connectors get a current one.
    """
    path = "securityPolicyName"
    name = resource.text(path, DEFAULTS[resource.type])
    year = _YEAR.search(name)
    if year is None or int(year[1]) < OLDEST:
        latest = LATEST_FIPS if "-FIPS-" in name else LATEST
        yield Violation(f"the policy is older than {OLDEST}", at=path, fix=Fix({path: latest[resource.type]}))


def _as2(encryption: object, signing: object) -> dict[str, object]:
    return {"as2Config": {"encryptionAlgorithm": encryption, "signingAlgorithm": signing}}


@rule(
    applies_to=(CONNECTOR,),
    severity=Severity.MEDIUM,
    remedy="Set encryptionAlgorithm to AES256_CBC and signingAlgorithm to SHA256, once your partner can read them.",
    controls=IN_TRANSIT,
    topic="Configure AS2 connectors",
    passes=(
        {},
        _as2("AES256_CBC", "SHA256"),
        _as2("AES128_CBC", "SHA512"),
        {"sftpConfig": {"userSecretId": UNKNOWN}},
    ),
    fails=(
        _as2("NONE", "SHA256"),
        _as2("DES_EDE3_CBC", "SHA256"),
        _as2("AES256_CBC", "SHA1"),
        _as2("AES256_CBC", "NONE"),
        _as2("NONE", "NONE"),
    ),
    undecided=({"as2Config": UNKNOWN}, _as2(UNKNOWN, "SHA256"), _as2("AES256_CBC", UNKNOWN)),
)
def transfer_as2_messages_encrypted_and_signed(connector: Resource) -> Iterator[Violation]:
    """AS2 connectors of Transfer Family encrypt and sign their messages with current algorithms.

    AS2 may run over plain HTTP, and HTTPS ends at the web server of your partner, so the message has to protect itself.
    Triple DES and SHA-1 no longer do. AWS admits messages without encryption only over HTTPS.
    """
    if not connector.has("as2Config"):
        return
    for name, accepted, best in (
        ("encryptionAlgorithm", {"AES128_CBC", "AES192_CBC", "AES256_CBC"}, "AES256_CBC"),
        ("signingAlgorithm", {"SHA256", "SHA384", "SHA512"}, "SHA256"),
    ):
        path = f"as2Config.{name}"
        if connector.text(path) not in accepted:
            yield Violation(f"{path} is none or too weak", at=path, fix=Fix({path: best}))
