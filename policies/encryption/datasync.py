"""Encryption in transit of DataSync."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.policy_matching import any_of
from policies.rule import Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

HDFS = "aws:datasync/locationHdfs:LocationHdfs"
PRIVACY = "PRIVACY"


def _kerberos(**protection: object) -> dict[str, object]:
    return {"authenticationType": "KERBEROS", "qopConfiguration": protection}


@rule(
    applies_to=(HDFS,),
    severity=Severity.MEDIUM,
    # no fix: the cluster must be set to the same protection
    remedy="Use KERBEROS, and set rpcProtection and dataTransferProtection to PRIVACY here and on the cluster.",
    controls=IN_TRANSIT,
    topic="Configuring AWS DataSync transfers with an HDFS cluster",
    passes=(
        {"authenticationType": "KERBEROS"},
        _kerberos(rpcProtection=PRIVACY, dataTransferProtection=PRIVACY),
        _kerberos(rpcProtection=PRIVACY),
    ),
    fails=(
        {"authenticationType": "SIMPLE"},
        {"authenticationType": "SIMPLE", "qopConfiguration": {"rpcProtection": PRIVACY}},
        _kerberos(rpcProtection=PRIVACY, dataTransferProtection="INTEGRITY"),
        _kerberos(dataTransferProtection="AUTHENTICATION"),
        _kerberos(rpcProtection="DISABLED"),
    ),
    undecided=(
        {"authenticationType": UNKNOWN},
        {"authenticationType": "KERBEROS", "qopConfiguration": UNKNOWN},
        _kerberos(rpcProtection=UNKNOWN),
    ),
)
def datasync_hdfs_location_encrypted_in_transit(location: Resource) -> Iterator[Violation]:
    """DataSync encrypts its traffic with HDFS clusters.

    With Kerberos DataSync asks for encryption unless the location says otherwise; where it sets one of the two
    protections, the other is the same. With simple authentication the connection is not encrypted. Exempt a location
    whose files lie in encryption zones: these stay encrypted on the way, and DataSync cannot read them with Kerberos.
    """
    if location.text("authenticationType") == "SIMPLE":
        yield Violation("simple authentication leaves the connection unencrypted", at="authenticationType")
        return
    protection = location.block("qopConfiguration")
    if any_of(("rpcProtection", "dataTransferProtection"), lambda name: protection.text(name, PRIVACY) != PRIVACY):
        yield Violation("qopConfiguration asks for less than PRIVACY", at="qopConfiguration")


@rule(
    applies_to=("aws:datasync/locationObjectStorage:LocationObjectStorage",),
    severity=Severity.HIGH,
    # no fix: only a person knows at which port the server speaks TLS, if it does
    remedy="Set serverProtocol to HTTPS, and serverPort to the port where the server speaks TLS; 443 is the default.",
    controls=IN_TRANSIT,
    topic="Configuring AWS DataSync transfers with an object storage system",
    passes=({}, {"serverProtocol": "HTTPS"}, {"serverProtocol": "HTTPS", "serverPort": 8443}),
    fails=({"serverProtocol": "HTTP"}, {"serverProtocol": "HTTP", "serverPort": 80}),
    undecided=({"serverProtocol": UNKNOWN},),
)
def datasync_object_storage_location_uses_https(location: Resource) -> Iterator[Violation]:
    """DataSync reaches object storage over HTTPS.

    Over plain HTTP, objects can be read and changed on the way. HTTPS is what DataSync uses unless told otherwise.
    """
    if location.text("serverProtocol", "HTTPS") != "HTTPS":
        yield Violation("serverProtocol is not HTTPS", at="serverProtocol")


RULES = (
    must_be(
        "datasync-efs-location-encrypted-in-transit",
        ("aws:datasync/efsLocation:EfsLocation",),
        "inTransitEncryption",
        "TLS1_2",
        title="DataSync encrypts its traffic with EFS.",
        why="NFS carries files in plain text. DataSync mounts EFS without TLS unless the location asks for it.",
        severity=Severity.MEDIUM,
        replaces=True,
        controls=IN_TRANSIT,
        topic="Configuring AWS DataSync transfers with Amazon EFS",
    ),
)
