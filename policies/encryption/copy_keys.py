"""Customer managed keys of the copies of data that services make, one rule each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, YOURS, customer_key_rule, customer_key_violations
from policies.encryption.nested_customer_key import nested_customer_key_rule
from policies.rule import Example, Severity, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.rule import Violation
    from policies.stack import Stack

METADATA = "aws:s3/bucketMetadataConfiguration:BucketMetadataConfiguration"


def _metadata(journal: object, **inventory: object) -> dict[str, object]:
    tables = {"inventoryTableConfiguration": inventory} if inventory else {}
    return {"metadataConfiguration": {"journalTableConfiguration": {"encryptionConfiguration": journal}, **tables}}


_KMS = {"sseAlgorithm": "aws:kms", "kmsKeyArn": KEY_ARN}


@rule(
    applies_to=(METADATA,),
    severity=Severity.LOW,
    remedy="Set sseAlgorithm of each encryptionConfiguration to aws:kms, and kmsKeyArn to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="Amazon S3 Metadata encryption",
    passes=(
        _metadata(_KMS),
        _metadata(_KMS, configurationState="ENABLED", encryptionConfiguration=_KMS),
        _metadata(_KMS, configurationState="DISABLED"),
        Example(_metadata({"sseAlgorithm": "aws:kms", "kmsKeyArn": KEY_OF_THE_STACK}), related=RELATED_KEY),
    ),
    fails=(
        {"metadataConfiguration": {"journalTableConfiguration": {"recordExpiration": {"expiration": "DISABLED"}}}},
        _metadata({"sseAlgorithm": "AES256"}),
        _metadata(_KMS, configurationState="ENABLED"),
    ),
    undecided=(
        {"metadataConfiguration": UNKNOWN},
        _metadata({"sseAlgorithm": "aws:kms", "kmsKeyArn": UNKNOWN}),
        _metadata(_KMS, configurationState=UNKNOWN),
    ),
)
def s3_metadata_tables_encrypted_with_customer_key(configuration: Resource, stack: Stack) -> Iterator[Violation]:
    """S3 metadata tables are encrypted with a customer managed key.

    The tables list every object of a bucket with its tags, with SSE-S3 unless you name a key. Names and tags often tell
    what is in the objects.
    """
    metadata = configuration.block("metadataConfiguration")
    for journal in metadata.each("journalTableConfiguration"):
        yield from customer_key_violations(configuration, journal, "encryptionConfiguration.kmsKeyArn", stack)
    for inventory in metadata.each("inventoryTableConfiguration"):
        if inventory.text("configurationState") == "ENABLED":
            yield from customer_key_violations(configuration, inventory, "encryptionConfiguration.kmsKeyArn", stack)


RULES = (
    customer_key_rule(
        "dynamodb-export",
        ("aws:dynamodb/tableExport:TableExport",),
        "s3SseKmsKeyId",
        what="Exports of DynamoDB tables",
        why="An export is a whole table in S3; the bucket's encryption protects it unless the export names a key." + YOURS,
        remedy="Set s3SseAlgorithm to KMS, and s3SseKmsKeyId to the ARN of a key that you manage.",
        severity=Severity.LOW,
        topic="Requesting a table export in DynamoDB",
    ),
    customer_key_rule(
        "zero-etl-integration",
        ("aws:rds/integration:Integration", "aws:redshift/integration:Integration"),
        "kmsKeyId",
        what="Zero-ETL integrations",
        why="Changes wait for Redshift under a key that AWS owns unless the integration names one." + YOURS,
        remedy="Set kmsKeyId to the ARN of a key that you manage; this replaces the integration.",
        severity=Severity.LOW,
        topic="Zero-ETL integrations encryption",
    ),
    nested_customer_key_rule(
        "s3-inventory",
        ("aws:s3/inventory:Inventory",),
        "destination.bucket",
        "encryption.sseKms.keyId",
        what="S3 inventory reports",
        why="A report lists every object of a bucket; the encryption of its own bucket protects it by default." + YOURS,
        beside={"bucketArn": "arn:aws:s3:::reports"},
        topic="Configuring Amazon S3 Inventory",
    ),
    nested_customer_key_rule(
        "ssm-inventory-copy",
        ("aws:ssm/resourceDataSync:ResourceDataSync",),
        "s3Destination",
        "kmsKeyArn",
        what="Copies of the Systems Manager inventory",
        why="The inventory lists what runs on your servers; the bucket's encryption protects it by default." + YOURS,
        beside={"bucketName": "inventory"},
        topic="Creating a resource data sync",
    ),
    customer_key_rule(
        "timestream-scheduled-query",
        ("aws:timestreamquery/scheduledQuery:ScheduledQuery",),
        "kmsKeyId",
        what="Scheduled queries of Timestream",
        why="The query and its settings lie under a key that AWS manages unless it names one." + YOURS,
        severity=Severity.LOW,
        topic="Encryption at rest in Amazon Timestream",
    ),
    nested_customer_key_rule(
        "timestream-rejected-records",
        ("aws:timestreamwrite/table:Table",),
        "magneticStoreWriteProperties.magneticStoreRejectedDataLocation.s3Configuration",
        "kmsKeyId",
        what="Records that Timestream rejects and writes to S3",
        why="The records are your data, written to S3 with SSE-S3 unless the table names a key." + YOURS,
        beside={"bucketName": "rejected"},
        topic="Encryption at rest in Amazon Timestream",
    ),
)
