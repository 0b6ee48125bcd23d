"""Encryption of Comprehend."""

from __future__ import annotations

from policies.customer_key import customer_key_rule

MODELS = (
    "aws:comprehend/entityRecognizer:EntityRecognizer",
    "aws:comprehend/documentClassifier:DocumentClassifier",
)

RULES = (
    customer_key_rule(
        "comprehend-model",
        MODELS,
        "modelKmsKeyId",
        what="Comprehend models",
        why=(
            "A model repeats parts of the documents that it has learned from. With a key of your own you decide who may use"
            " and copy it, and you can withdraw it."
        ),
        checkov=("CKV_AWS_267",),
        topic="KMS encryption in Amazon Comprehend",
    ),
    customer_key_rule(
        "comprehend-training-volume",
        MODELS,
        "volumeKmsKeyId",
        what="Volumes of Comprehend training jobs",
        why=(
            "A training job copies your documents to a volume. With a key of your own you decide who may decrypt it, and see"
            " each use of the key in CloudTrail."
        ),
        checkov=("CKV_AWS_268",),
        topic="KMS encryption in Amazon Comprehend",
    ),
)
