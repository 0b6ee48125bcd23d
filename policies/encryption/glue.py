"""Encryption of Glue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, IN_TRANSIT
from policies.customer_key import KEY_ARN
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.rule_tables import must_be_set
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

CATALOG_SETTINGS = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
SECURITY_CONFIGURATION = "aws:glue/securityConfiguration:SecurityConfiguration"
CONNECTION = "aws:glue/connection:Connection"

_SETTINGS = "dataCatalogEncryptionSettings"
_ENCRYPTED_METADATA = {"catalogEncryptionMode": "SSE-KMS"}
_ENCRYPTED_PASSWORDS = {"returnConnectionPasswordEncrypted": True, "awsKmsKeyId": KEY_ARN}


def _catalog(at_rest: object, passwords: object) -> dict[str, object]:
    return {_SETTINGS: {"encryptionAtRest": at_rest, "connectionPasswordEncryption": passwords}}


@rule(
    applies_to=(CATALOG_SETTINGS,),
    severity=Severity.MEDIUM,
    remedy="Set catalogEncryptionMode to SSE-KMS, and returnConnectionPasswordEncrypted to true with a key in awsKmsKeyId.",
    controls=AT_REST,
    checkov=("CKV_AWS_94",),
    topic="Encrypting your Data Catalog",
    passes=(
        _catalog(_ENCRYPTED_METADATA, _ENCRYPTED_PASSWORDS),
        _catalog({"catalogEncryptionMode": "SSE-KMS-WITH-SERVICE-ROLE"}, {**_ENCRYPTED_PASSWORDS, "awsKmsKeyId": UNKNOWN}),
    ),
    fails=(
        {},
        _catalog({"catalogEncryptionMode": "DISABLED"}, _ENCRYPTED_PASSWORDS),
        _catalog(_ENCRYPTED_METADATA, {"returnConnectionPasswordEncrypted": False}),
        _catalog(_ENCRYPTED_METADATA, {"returnConnectionPasswordEncrypted": False, "awsKmsKeyId": KEY_ARN}),
        _catalog(_ENCRYPTED_METADATA, {"returnConnectionPasswordEncrypted": True}),
    ),
    undecided=(
        {_SETTINGS: UNKNOWN},
        _catalog({"catalogEncryptionMode": UNKNOWN}, _ENCRYPTED_PASSWORDS),
        _catalog(_ENCRYPTED_METADATA, {**_ENCRYPTED_PASSWORDS, "returnConnectionPasswordEncrypted": UNKNOWN}),
    ),
)
def glue_data_catalog_encrypted(settings: Resource) -> Iterator[Violation]:
    """Metadata and passwords of connections in the Glue Data Catalog are encrypted.

    Glue does neither unless asked. Without it, everyone who may read a connection sees its password.
    """
    mode = f"{_SETTINGS}.encryptionAtRest.catalogEncryptionMode"
    flag = f"{_SETTINGS}.connectionPasswordEncryption.returnConnectionPasswordEncrypted"
    key = f"{_SETTINGS}.connectionPasswordEncryption.awsKmsKeyId"
    if not settings.has(key):
        yield Violation("no key encrypts the passwords of connections", at=key)
    elif not settings.flag(flag):
        yield Violation("the passwords of connections are not encrypted", at=flag, fix=Fix({flag: True}))
    if settings.text(mode, "DISABLED") not in {"SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE"}:
        yield Violation("the metadata is not encrypted", at=mode, fix=Fix({mode: "SSE-KMS"}))


def _modes(cloudwatch: object, bookmarks: object, s3: object) -> dict[str, object]:
    return {
        "encryptionConfiguration": {
            "cloudwatchEncryption": {"cloudwatchEncryptionMode": cloudwatch},
            "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": bookmarks},
            "s3Encryption": {"s3EncryptionMode": s3},
        }
    }


@rule(
    applies_to=(SECURITY_CONFIGURATION,),
    severity=Severity.MEDIUM,
    # no fix: which keys to use, only a person can know
    remedy="Set the mode to SSE-KMS for CloudWatch, CSE-KMS for job bookmarks and SSE-KMS or SSE-S3 for S3.",
    controls=AT_REST,
    checkov=("CKV_AWS_99",),
    topic="Working with security configurations in AWS Glue",
    passes=(_modes("SSE-KMS", "CSE-KMS", "SSE-KMS"), _modes("SSE-KMS", "CSE-KMS", "SSE-S3")),
    fails=(
        {},
        _modes("DISABLED", "CSE-KMS", "SSE-KMS"),
        _modes("SSE-KMS", "DISABLED", "SSE-KMS"),
        _modes("SSE-KMS", "CSE-KMS", "DISABLED"),
        {"encryptionConfiguration": {"s3Encryption": {"s3EncryptionMode": "SSE-KMS"}}},
    ),
    undecided=({"encryptionConfiguration": UNKNOWN}, _modes("SSE-KMS", "CSE-KMS", UNKNOWN)),
)
def glue_security_configuration_encrypts_everything(configuration: Resource) -> Iterator[Violation]:
    """Glue security configurations encrypt outputs, logs and job bookmarks.

    Each of the three is off unless the configuration asks for it. Logs and bookmarks tell much about the data that a job
    reads.
    """
    for what, path, accepted in (
        ("logs in CloudWatch", "cloudwatchEncryption.cloudwatchEncryptionMode", {"SSE-KMS"}),
        ("job bookmarks", "jobBookmarksEncryption.jobBookmarksEncryptionMode", {"CSE-KMS"}),
        ("outputs in S3", "s3Encryption.s3EncryptionMode", {"SSE-KMS", "SSE-S3"}),
    ):
        full = f"encryptionConfiguration.{path}"
        if configuration.text(full, "DISABLED") not in accepted:
            yield Violation(f"{what} are not encrypted", at=full)


_URL = {"JDBC_CONNECTION_URL": "jdbc:postgresql://db.example.com:5432/sales"}
_BROKERS = {"KAFKA_BOOTSTRAP_SERVERS": "broker.example.com:9094"}


@rule(
    applies_to=(CONNECTION,),
    severity=Severity.MEDIUM,
    remedy='Set JDBC_ENFORCE_SSL (for Kafka KAFKA_SSL_ENABLED) to "true" in connectionProperties.',
    controls=IN_TRANSIT,
    topic="AWS Glue connection properties",
    passes=(
        {"connectionProperties": {**_URL, "JDBC_ENFORCE_SSL": "true"}},
        {"connectionType": "KAFKA", "connectionProperties": _BROKERS},
        {"connectionType": "NETWORK"},
    ),
    fails=(
        {"connectionProperties": _URL},
        {"connectionType": "JDBC", "connectionProperties": {**_URL, "JDBC_ENFORCE_SSL": "false"}},
        {"connectionType": "KAFKA", "connectionProperties": {**_BROKERS, "KAFKA_SSL_ENABLED": "false"}},
    ),
    undecided=(
        {"connectionProperties": UNKNOWN},
        {"connectionProperties": {**_URL, "JDBC_ENFORCE_SSL": UNKNOWN}},
        {"connectionType": UNKNOWN, "connectionProperties": _URL},
    ),
)
def glue_connection_uses_tls(connection: Resource) -> Iterator[Violation]:
    """Glue connections to databases and to Kafka use TLS.

    A JDBC connection accepts plain text unless it asks for TLS; a Kafka connection uses TLS unless it is switched off.
    Other types of connections have no such property.
    """
    for type_, name, default in (("JDBC", "JDBC_ENFORCE_SSL", False), ("KAFKA", "KAFKA_SSL_ENABLED", True)):
        path = f"connectionProperties.{name}"
        if connection.text("connectionType", "JDBC") == type_ and not connection.flag(path, default=default):
            yield Violation(f"{path} is not true", at=path, fix=Fix({path: "true"}))


RULES = (
    must_be_set(
        "glue-component-has-security-configuration",
        ("aws:glue/job:Job", "aws:glue/crawler:Crawler", "aws:glue/devEndpoint:DevEndpoint"),
        "securityConfiguration",
        title="Glue jobs, crawlers and development endpoints have a security configuration.",
        why="Without one, Glue writes logs and job bookmarks without a KMS key, and leaves outputs to the bucket's encryption.",
        severity=Severity.MEDIUM,
        remedy="Set securityConfiguration to the name of a Glue security configuration.",
        example="encrypted",
        controls=AT_REST,
        checkov=("CKV_AWS_195",),
        topic="Working with security configurations in AWS Glue",
    ),
)
