"""Encryption of the Database Migration Service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY, FSBP, IN_TRANSIT
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_rule,
    customer_key_violations,
)
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

ENDPOINT = "aws:dms/endpoint:Endpoint"
S3_ENDPOINT = "aws:dms/s3Endpoint:S3Endpoint"

ALWAYS_TLS = frozenset({
    "azure-sql-managed-instance", "azuredb", "dynamodb", "elasticsearch", "kinesis", "neptune", "opensearch", "redshift",
    "redshift-serverless", "s3", "timestream",
})  # fmt: skip
"""Engines for which sslMode says nothing: DMS uses TLS anyway, or Azure refuses to go without."""

TAKES_REQUIRE = frozenset({"aurora-postgresql", "aurora-postgresql-serverless", "mongodb", "postgres", "sqlserver"})
"""Engines with the mode `require`, which needs no certificate of the user's."""

KAFKA_TLS = frozenset({"sasl-ssl", "ssl-authentication", "ssl-encryption"})


@rule(
    applies_to=(ENDPOINT,),
    severity=Severity.HIGH,
    remedy=(
        "Set sslMode to require, verify-ca or verify-full, whichever the engine has; for Kafka and Redis set the protocol of"
        " kafkaSettings or redisSettings to ssl-encryption."
    ),
    controls=(FSBP["DMS.12"], FSBP["DMS.9"], *IN_TRANSIT),
    checkov=("CKV2_AWS_49",),
    topic="Using SSL with AWS Database Migration Service",
    passes=(
        {"engineName": "postgres", "sslMode": "require"},
        {"engineName": "mysql", "sslMode": "verify-full"},
        {"engineName": "kinesis"},
        {"engineName": "redshift", "sslMode": "none"},
        {"engineName": "kafka", "kafkaSettings": {"broker": "kafka:9094", "securityProtocol": "ssl-encryption"}},
        {"engineName": "kafka", "kafkaSettings": {"broker": "kafka:9096", "securityProtocol": "sasl-ssl"}},
        {"engineName": "redis", "redisSettings": {"serverName": "cache"}},
        {"engineName": "redis", "redisSettings": {"sslSecurityProtocol": "ssl-encryption"}},
    ),
    fails=(
        {"engineName": "mysql"},
        {"engineName": "oracle", "sslMode": "none"},
        {"engineName": "postgres", "sslMode": "none"},
        {"engineName": "kafka", "kafkaSettings": {"broker": "kafka:9092"}},
        {"engineName": "kafka", "sslMode": "require"},
        {"engineName": "kafka", "kafkaSettings": {"broker": "kafka:9092", "securityProtocol": "plaintext"}},
        {"engineName": "redis", "redisSettings": {"sslSecurityProtocol": "plaintext"}},
    ),
    undecided=(
        {"engineName": UNKNOWN},
        {"engineName": "mysql", "sslMode": UNKNOWN},
        {"engineName": "kafka", "kafkaSettings": UNKNOWN},
        {"engineName": "redis", "redisSettings": {"sslSecurityProtocol": UNKNOWN}},
    ),
)
def dms_endpoint_uses_tls(endpoint: Resource) -> Iterator[Violation]:
    """DMS endpoints use TLS.

    Whole databases and their passwords pass through an endpoint. DMS does not encrypt the connection unless the endpoint
    says so, except to Redis and to services that know nothing but HTTPS.
    """
    engine = endpoint.text("engineName")
    if engine == "kafka":
        if endpoint.text("kafkaSettings.securityProtocol") not in KAFKA_TLS:
            # no fix: the brokers take TLS on another port
            yield Violation("the connection to Kafka is not encrypted", at="kafkaSettings.securityProtocol")
    elif engine == "redis":
        path = "redisSettings.sslSecurityProtocol"
        if endpoint.text(path, "ssl-encryption") != "ssl-encryption":
            yield Violation("the connection to Redis is not encrypted", at=path, fix=Fix({path: "ssl-encryption"}))
    elif engine not in ALWAYS_TLS and endpoint.text("sslMode", "none") == "none":
        fix = Fix({"sslMode": "require"}) if engine in TAKES_REQUIRE else None
        yield Violation("the connection is not encrypted", at="sslMode", fix=fix)


def _sse(**settings: object) -> dict[str, object]:
    return {"endpointType": "target", **settings}


@rule(
    applies_to=(S3_ENDPOINT,),
    severity=Severity.MEDIUM,
    remedy="Set encryptionMode to SSE_KMS, and serverSideEncryptionKmsKeyId to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="Using Amazon S3 as a target for AWS DMS",
    passes=(
        _sse(encryptionMode="SSE_KMS", serverSideEncryptionKmsKeyId=KEY_ARN),
        Example(_sse(encryptionMode="SSE_KMS", serverSideEncryptionKmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        {"endpointType": "source"},
    ),
    fails=(
        _sse(),
        _sse(encryptionMode="SSE_S3"),
        _sse(serverSideEncryptionKmsKeyId=KEY_ARN),
        _sse(encryptionMode="SSE_KMS", serverSideEncryptionKmsKeyId="alias/aws/s3"),
    ),
    undecided=(
        _sse(encryptionMode=UNKNOWN, serverSideEncryptionKmsKeyId=KEY_ARN),
        _sse(encryptionMode="SSE_KMS", serverSideEncryptionKmsKeyId=UNKNOWN),
        {"endpointType": UNKNOWN},
    ),
)
def dms_s3_files_encrypted_with_customer_key(endpoint: Resource, stack: Stack) -> Iterator[Violation]:
    """DMS encrypts what it writes to S3 with a customer managed key.

    DMS asks S3 for SSE-S3 unless the endpoint names a key, whatever the default of the bucket is. With a key of your own,
    who reads the migrated tables needs your key too.
    """
    if endpoint.text("endpointType") == "source":
        return
    if endpoint.text("encryptionMode", "SSE_S3") != "SSE_KMS":
        yield Violation("encryptionMode is not SSE_KMS", at="encryptionMode")
    else:
        yield from customer_key_violations(endpoint, endpoint, "serverSideEncryptionKmsKeyId", stack)


RULES = (
    customer_key_rule(
        "dms-endpoint",
        (ENDPOINT, S3_ENDPOINT),
        "kmsKeyArn",
        what="DMS endpoints",
        why=(
            "An endpoint holds how to reach a database, the password among it, by default under the key aws/dms. With a key of"
            " your own you decide who may decrypt it, and you can withdraw it."
        ),
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the endpoint.",
        checkov=("CKV_AWS_296", "CKV_AWS_298"),
        topic="Setting an encryption key for AWS DMS",
    ),
    customer_key_rule(
        "dms-replication-instance",
        ("aws:dms/replicationInstance:ReplicationInstance",),
        "kmsKeyArn",
        what="DMS replication instances",
        why=(
            "An instance keeps rows that it has read and not yet written, by default under the key aws/dms. With a key of your"
            " own you decide who may decrypt them, and you can withdraw it."
        ),
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the instance.",
        checkov=("CKV_AWS_212",),
        topic="Setting an encryption key for AWS DMS",
    ),
    customer_key_rule(
        "dms-serverless-replication",
        ("aws:dms/replicationConfig:ReplicationConfig",),
        "computeConfig.kmsKeyId",
        what="DMS serverless replications",
        why=(
            "A replication keeps rows that it has read and not yet written, by default under the key aws/dms. With a key of"
            " your own you decide who may decrypt them, and you can withdraw it."
        ),
        beside={"computeConfig": {"maxCapacityUnits": "4"}},
        topic="Setting an encryption key for AWS DMS",
    ),
    customer_key_rule(
        "dms-instance-profile",
        ("aws:dms/instanceProfile:InstanceProfile",),
        "kmsKeyArn",
        what="DMS instance profiles",
        why=(
            "Data migrations keep how to reach their databases under the key of the profile, by default aws/dms. With a key of"
            " your own you decide who may decrypt it, and you can withdraw it."
        ),
        severity=Severity.LOW,
        topic="AWS services integrated with AWS KMS",
    ),
)
