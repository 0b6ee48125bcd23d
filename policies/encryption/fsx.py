"""Encryption of FSx: always on, so the rules are about the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_rule,
    customer_key_violations,
)
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"

RULES = (
    customer_key_rule(
        "fsx-file-system",
        (
            "aws:fsx/ontapFileSystem:OntapFileSystem",
            "aws:fsx/windowsFileSystem:WindowsFileSystem",
            "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
            "aws:fsx/fileCache:FileCache",
        ),
        "kmsKeyId",
        what="FSx file systems and caches",
        why=(
            "FSx encrypts with the key aws/fsx by itself. With a key of your own you decide who may restore a backup, see each"
            " use of the key in CloudTrail, and can withdraw it."
        ),
        remedy="Set kmsKeyId to the ARN of a key that you manage; this replaces the file system.",
        checkov=("CKV_AWS_178", "CKV_AWS_179", "CKV_AWS_203"),
        topic="Data encryption in Amazon FSx",
    ),
)


@rule(
    applies_to=(LUSTRE,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId to the ARN of a key that you manage; this replaces the file system.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_190",),
    topic="Data encryption in Amazon FSx",
    passes=(
        {},
        {"deploymentType": "SCRATCH_2"},
        {"deploymentType": "PERSISTENT_2", "kmsKeyId": KEY_ARN},
        Example({"deploymentType": "PERSISTENT_1", "kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
    ),
    fails=({"deploymentType": "PERSISTENT_2"}, {"deploymentType": "PERSISTENT_1", "kmsKeyId": "alias/aws/fsx"}),
    undecided=({"deploymentType": UNKNOWN}, {"deploymentType": "PERSISTENT_2", "kmsKeyId": UNKNOWN}),
)
def fsx_lustre_file_system_encrypted_with_customer_key(files: Resource, stack: Stack) -> Iterator[Violation]:
    """FSx for Lustre encrypts persistent file systems with a customer managed key.

    FSx encrypts with the key aws/fsx by itself. With a key of your own you decide who may restore a backup, and can
    withdraw it. Scratch file systems, the default, take no key.
    """
    if files.text("deploymentType", "SCRATCH_1").startswith("PERSISTENT"):
        yield from customer_key_violations(files, files, "kmsKeyId", stack)
