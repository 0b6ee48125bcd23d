"""Keys that the customer manages: what counts as one, and the rules that ask for nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.controls import NIST_800_53, PCI_DSS_4
from policies.fix import path_steps
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

KEY = "aws:kms/key:Key"
KEYS = (
    KEY,
    "aws:kms/alias:Alias",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105  (a resource type)
TABLE = "aws:dynamodb/table:Table"

CONTROLS = (NIST_800_53["SC-12"], PCI_DSS_4["3.6.1"])
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_OF_THE_STACK = Reference("key", "arn")
RELATED_KEY = (Example({}, type=KEY, name="key"),)

_AWS_MANAGED = re.compile(r"(^|:)alias/aws/", re.IGNORECASE)


def is_customer_key(owner: Resource, block: Block, path: str, stack: Stack) -> bool:
    """Say whether a property names a key that the customer manages.

    `owner` is the resource, `block` it or an object nested in it, `path` the property of the block. False where nothing
    is set and for the aliases of AWS managed keys. A key that is still being created counts if it is one of the stack's;
    other keys that are not known raise `UnknownValue`: they may be AWS managed.
    """
    if not block.has(path):
        return False
    if isinstance(block.value(path), Unknown):
        sources = owner.property_dependencies.get(str(path_steps(block.at(path))[0]), ())
        if any((source := stack.get(urn)) is not None and source.type in KEYS for urn in sources):
            return True
    return not _AWS_MANAGED.search(block.text(path))


def customer_key_violations(owner: Resource, block: Block, path: str, stack: Stack) -> Iterator[Violation]:
    """Yield what is wrong where a property must name a customer managed key; the arguments are `is_customer_key`'s."""
    if not is_customer_key(owner, block, path, stack):
        what = "names an AWS managed key" if block.has(path) else "is not set"
        yield Violation(f"{block.at(path)} {what}", at=block.at(path))


@rule(
    applies_to=(LOG_GROUP,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId to the ARN of a key that you manage, and let the logs service of the Region use it.",
    controls=CONTROLS,
    checkov=("CKV_AWS_158",),
    passes=({"kmsKeyId": KEY_ARN}, Example({"kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY)),
    fails=({}, {"kmsKeyId": "alias/aws/logs"}),
    undecided=({"kmsKeyId": UNKNOWN},),
)
def cloudwatch_log_group_encrypted_with_customer_key(group: Resource, stack: Stack) -> Iterator[Violation]:
    """CloudWatch log groups are encrypted with a customer managed key.

    Logs often hold personal data and secrets. With a key of your own you decide who may read them, see each use of the
    key in CloudTrail, and can withdraw it.
    """
    yield from customer_key_violations(group, group, "kmsKeyId", stack)


@rule(
    applies_to=(SECRET,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId, for replicas too, to a key that you manage in the same Region.",
    controls=CONTROLS,
    checkov=("CKV_AWS_149",),
    passes=(
        {"kmsKeyId": KEY_ARN},
        {"kmsKeyId": "alias/secrets", "replicas": [{"region": "eu-central-1", "kmsKeyId": "alias/secrets"}]},
        Example({"kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
    ),
    fails=(
        {},
        {"kmsKeyId": "alias/aws/secretsmanager"},
        {"kmsKeyId": KEY_ARN, "replicas": [{"region": "eu-central-1"}]},
    ),
    undecided=({"kmsKeyId": UNKNOWN}, {"kmsKeyId": KEY_ARN, "replicas": UNKNOWN}),
)
def secretsmanager_secret_encrypted_with_customer_key(secret: Resource, stack: Stack) -> Iterator[Violation]:
    """Secrets Manager secrets and their replicas are encrypted with a customer managed key.

    The key aws/secretsmanager is open to everyone in the account who may read the secret, and cannot be shared with
    other accounts. A key of your own is a second lock that you hold.
    """
    for replica in secret.each("replicas"):
        yield from customer_key_violations(secret, replica, "kmsKeyId", stack)
    yield from customer_key_violations(secret, secret, "kmsKeyId", stack)


@rule(
    applies_to=(TABLE,),
    severity=Severity.MEDIUM,
    remedy="Set serverSideEncryption.enabled and kmsKeyArn to a key that you manage; give each replica a key of its Region.",
    controls=CONTROLS,
    checkov=("CKV_AWS_119",),
    passes=(
        {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN}},
        Example({"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_OF_THE_STACK}}, related=RELATED_KEY),
    ),
    fails=(
        {},
        {"serverSideEncryption": {"enabled": True}},
        {"serverSideEncryption": {"enabled": False, "kmsKeyArn": KEY_ARN}},
        {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN}, "replicas": [{"regionName": "eu-central-1"}]},
    ),
    undecided=(
        {"serverSideEncryption": UNKNOWN},
        {"serverSideEncryption": {"enabled": True, "kmsKeyArn": UNKNOWN}},
        {"serverSideEncryption": {"enabled": UNKNOWN, "kmsKeyArn": KEY_ARN}},
    ),
)
def dynamodb_table_encrypted_with_customer_key(table: Resource, stack: Stack) -> Iterator[Violation]:
    """DynamoDB tables and their replicas are encrypted with a customer managed key.

    DynamoDB always encrypts, by default with a key that AWS owns and that you can neither see nor withdraw.
    """
    encryption = table.block("serverSideEncryption")
    if not encryption.flag("enabled"):
        yield Violation("the table uses a key that AWS owns", at=encryption.at("enabled"))
    else:
        for replica in table.each("replicas"):
            yield from customer_key_violations(table, replica, "kmsKeyArn", stack)
        yield from customer_key_violations(table, encryption, "kmsKeyArn", stack)
