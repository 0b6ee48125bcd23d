"""Encryption of CodePipeline and CodeArtifact."""

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

PIPELINE = "aws:codepipeline/pipeline:Pipeline"


def _stores(*keys: object) -> dict[str, object]:
    return {"artifactStores": [{"type": "S3", "encryptionKey": {"type": "KMS", "id": key}} for key in keys]}


@rule(
    applies_to=(PIPELINE,),
    severity=Severity.MEDIUM,
    remedy="Set encryptionKey of each artifact store to type KMS and the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_219",),
    topic="Configure server-side encryption for artifacts in CodePipeline",
    passes=(_stores(KEY_ARN), Example(_stores(KEY_OF_THE_STACK, KEY_ARN), related=RELATED_KEY)),
    fails=({"artifactStores": [{"type": "S3"}]}, _stores(KEY_ARN, "alias/aws/s3")),
    undecided=({"artifactStores": UNKNOWN}, _stores(UNKNOWN)),
)
def codepipeline_artifact_store_encrypted_with_customer_key(pipeline: Resource, stack: Stack) -> Iterator[Violation]:
    """CodePipeline encrypts its artifacts with a customer managed key.

    CodePipeline uses the key aws/s3 by itself. With a key of your own, who reads source code and builds from the bucket
    needs your key too, and other accounts can be let in.
    """
    for store in pipeline.each("artifactStores"):
        yield from customer_key_violations(pipeline, store, "encryptionKey.id", stack)


RULES = (
    customer_key_rule(
        "codeartifact-domain",
        ("aws:codeartifact/domain:Domain",),
        "encryptionKey",
        what="CodeArtifact domains",
        why=(
            "A domain that names no key gets aws/codeartifact. With a key of your own you decide who may read the packages, and"
            " you can withdraw it."
        ),
        remedy="Set encryptionKey to the ARN of a key that you manage; this replaces the domain.",
        checkov=("CKV_AWS_221",),
        topic="Data protection in CodeArtifact",
    ),
)
