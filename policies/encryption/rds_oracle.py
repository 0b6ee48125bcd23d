"""Encryption in transit of RDS Oracle, which has options for it instead of a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import IN_TRANSIT
from policies.encryption.database_clusters import RESTORED
from policies.encryption.rds import INSTANCE
from policies.encryption.rds_transit import default_family
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

OPTION_GROUP = "aws:rds/optionGroup:OptionGroup"


def _offers_tls(option: Block) -> bool:
    """Say whether an option of Oracle makes TLS possible, or native encryption necessary."""
    if option.text("optionName") == "SSL":
        return True
    return option.text("optionName") == "NATIVE_NETWORK_ENCRYPTION" and any(
        setting.text("name") == "SQLNET.ENCRYPTION_SERVER" and setting.text("value").upper() == "REQUIRED"
        for setting in option.each("optionSettings")
    )


def _native(value: object) -> list[object]:
    settings = [{"name": "SQLNET.ENCRYPTION_SERVER", "value": value}]
    return [{"optionName": "Timezone"}, {"optionName": "NATIVE_NETWORK_ENCRYPTION", "optionSettings": settings}]


@rule(
    applies_to=(INSTANCE, OPTION_GROUP),
    severity=Severity.MEDIUM,
    remedy="Use an option group with the option SSL, or NATIVE_NETWORK_ENCRYPTION with SQLNET.ENCRYPTION_SERVER REQUIRED.",
    controls=IN_TRANSIT,
    topic="Oracle Secure Sockets Layer on Amazon RDS",
    passes=(
        {"engine": "postgres"},
        {"replicateSourceDb": "main"},
        Example(
            {"engine": "oracle-se2", "optionGroupName": Reference("options")},
            related=(Example({"engineName": "oracle-se2"}, type=OPTION_GROUP, name="options"),),
        ),
        Example({"engineName": "mysql"}, type=OPTION_GROUP),
        Example({"engineName": "oracle-se2", "options": [{"optionName": "SSL", "port": 2484}]}, type=OPTION_GROUP),
        Example({"engineName": "oracle-se2", "options": _native("REQUIRED")}, type=OPTION_GROUP),
    ),
    fails=(
        {"engine": "oracle-se2"},
        {"engine": "Oracle-SE2"},
        {"engine": "oracle-ee", "optionGroupName": "default:oracle-ee-19"},
        Example({"engineName": "oracle-se2"}, type=OPTION_GROUP),
        Example({"engineName": "oracle-se2", "options": _native("REQUESTED")}, type=OPTION_GROUP),
        Example({"engineName": "oracle-ee-cdb", "options": [{"optionName": "NATIVE_NETWORK_ENCRYPTION"}]}, type=OPTION_GROUP),
    ),
    undecided=(
        {"engine": "oracle-se2", "optionGroupName": "made-elsewhere"},
        {"engine": "oracle-se2", "snapshotIdentifier": "before-migration"},
        {"engine": "oracle-ee", "restoreToPointInTime": {"sourceDbInstanceIdentifier": "main"}},
        {"engine": UNKNOWN},
        Example({"engineName": UNKNOWN}, type=OPTION_GROUP),
        Example({"engineName": "oracle-se2", "options": _native(UNKNOWN)}, type=OPTION_GROUP),
    ),
)
def rds_oracle_offers_tls(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """RDS Oracle offers TLS or requires native network encryption.

    Oracle speaks plain text unless an option adds a port for TLS or encrypts its own protocol. The option group is judged,
    or the database where it has the default one.
    """
    if subject.type == OPTION_GROUP:
        group: Resource | None = subject
        at, engine = "options", subject.text("engineName").lower()
    else:
        at, engine = "optionGroupName", subject.text("engine").lower()
        if engine and not engine.startswith("oracle-"):
            return
        group = stack.target(subject, (OPTION_GROUP,), at)
        if group is not None and not group.external:
            return  # it answers for itself
        if not subject.has(at) and any(subject.has(source) for source in RESTORED):
            raise UnknownValue(Reason.NOT_REPORTED, at, "what is restored has its option group with it")
        engine = group.text("engineName").lower() if group else default_family(subject, at)
    if engine.startswith("oracle-") and not (group and any(_offers_tls(option) for option in group.each("options"))):
        yield Violation("the option group neither offers TLS nor requires encryption", at=at)
