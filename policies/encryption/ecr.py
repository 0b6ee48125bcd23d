"""Encryption of ECR repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, is_customer_key
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

REPOSITORY = "aws:ecr/repository:Repository"
REPOSITORIES = (REPOSITORY, "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate")
PLACE = "encryptionConfigurations"


def _encryption(type_: object, **key: object) -> dict[str, object]:
    return {PLACE: [{"encryptionType": type_, **key}]}


def _by_kms(configuration: Block) -> bool:
    return configuration.text("encryptionType", "AES256") in {"KMS", "KMS_DSSE"}


@rule(
    applies_to=REPOSITORIES,
    severity=Severity.LOW,
    remedy="Set encryptionType of encryptionConfigurations to KMS; this replaces an existing repository.",
    controls=AT_REST,
    checkov=("CKV_AWS_136",),
    topic="Encryption at rest in Amazon ECR",
    passes=(_encryption("KMS"), _encryption("KMS_DSSE"), _encryption("KMS", kmsKey=UNKNOWN)),
    fails=({}, _encryption("AES256"), {PLACE: [{}]}),
    undecided=({PLACE: UNKNOWN}, _encryption(UNKNOWN)),
)
def ecr_repository_encrypted_with_kms(repository: Resource) -> Iterator[Violation]:
    """ECR repositories are encrypted with a KMS key.

    ECR encrypts images with a key of S3 by itself. With a KMS key CloudTrail shows who reads them. The choice is made when
    the repository is.
    """
    if not any(_by_kms(configuration) for configuration in repository.each(PLACE)):
        fix = Fix(_encryption("KMS"), replaces=repository.type == REPOSITORY)
        yield Violation("images are not encrypted with a KMS key", at=PLACE, fix=fix)


@rule(
    applies_to=REPOSITORIES,
    severity=Severity.LOW,
    remedy=(
        "Set encryptionType of encryptionConfigurations to KMS, and kmsKey to the ARN of a key that you manage;"
        " this replaces an existing repository."
    ),
    controls=CUSTOMER_KEY,
    topic="Encryption at rest in Amazon ECR",
    passes=(
        _encryption("KMS", kmsKey=KEY_ARN),
        _encryption("KMS_DSSE", kmsKey=KEY_ARN),
        Example(_encryption("KMS", kmsKey=KEY_OF_THE_STACK), related=RELATED_KEY),
    ),
    fails=({}, _encryption("AES256"), _encryption("KMS"), _encryption("KMS", kmsKey="alias/aws/ecr")),
    undecided=({PLACE: UNKNOWN}, _encryption(UNKNOWN, kmsKey=KEY_ARN), _encryption("KMS", kmsKey=UNKNOWN)),
)
def ecr_repository_encrypted_with_customer_key(repository: Resource, stack: Stack) -> Iterator[Violation]:
    """ECR repositories are encrypted with a customer managed key.

    With a key of your own you decide who may read the images, and you can withdraw it. The choice is made when the
    repository is.
    """
    for configuration in repository.each(PLACE):
        if _by_kms(configuration) and is_customer_key(repository, configuration, "kmsKey", stack):
            return
    yield Violation("no customer managed key encrypts the images", at=PLACE)
