"""Encryption of SageMaker: notebooks, domains, endpoints and what they store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_rule,
    customer_key_violations,
    is_customer_key,
)
from policies.encryption.nested_customer_key import blocks_at
from policies.policy_matching import any_of
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
FEATURE_GROUP = "aws:sagemaker/featureGroup:FeatureGroup"

_VARIANTS = ("productionVariants", "shadowProductionVariants")
_LOCAL_STORAGE = re.compile(
    r"ml\.(?:[a-z]+\d[a-z]*d[a-z]*|(?:g|gr|p)[5-9][a-z]*(?:-[a-z]+\d+)?|trn\d[a-z]*|i\d[a-z]*)\.",
)


def has_local_storage(instance_type: str) -> bool:
    """Say whether instances of a type such as `ml.g5.xlarge` keep data on disks of their own.

    The hardware encrypts these, and SageMaker refuses a key for a volume that is not there.
    """
    return bool(_LOCAL_STORAGE.match(instance_type))


def _variants(**settings: object) -> dict[str, object]:
    return {"productionVariants": [{"modelName": "model", **settings}]}


@rule(
    applies_to=(ENDPOINT_CONFIGURATION,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the configuration.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_98",),
    topic="Protect data at rest using encryption in SageMaker AI",
    passes=(
        {"kmsKeyArn": KEY_ARN},
        Example({"kmsKeyArn": KEY_OF_THE_STACK}, related=RELATED_KEY),
        _variants(instanceType="ml.g5.xlarge"),
        _variants(instanceType="ml.p4d.24xlarge"),
        _variants(instanceType="ml.c6gd.large"),
        {"productionVariants": [{"instanceType": UNKNOWN}, {"instanceType": "ml.g4dn.xlarge"}]},
        {"shadowProductionVariants": [{"instanceType": "ml.p6-b200.48xlarge"}]},
    ),
    fails=(
        {},
        _variants(instanceType="ml.m5.large"),
        _variants(instanceType="ml.inf2.xlarge"),
        _variants(serverlessConfig={"maxConcurrency": 5}),
        {"kmsKeyArn": "alias/aws/sagemaker"},
    ),
    undecided=({"kmsKeyArn": UNKNOWN}, _variants(instanceType=UNKNOWN)),
)
def sagemaker_endpoint_encrypted_with_customer_key(configuration: Resource, stack: Stack) -> Iterator[Violation]:
    """SageMaker endpoints encrypt their volumes with a customer managed key.

    The volumes hold your models and what they work on. Without a key of yours SageMaker uses one that AWS controls.
    Instances with disks of their own pass: these are encrypted by the hardware, and take no key.
    """
    if is_customer_key(configuration, configuration, "kmsKeyArn", stack):
        return
    variants = (variant for path in _VARIANTS for variant in configuration.each(path))
    if not any_of(variants, lambda variant: has_local_storage(variant.text("instanceType"))):
        yield from customer_key_violations(configuration, configuration, "kmsKeyArn", stack)


def _capture(**settings: object) -> dict[str, object]:
    return {"dataCaptureConfig": {"destinationS3Uri": "s3://captured", **settings}}


def _core_dump(**settings: object) -> dict[str, object]:
    return _variants(coreDumpConfig={"destinationS3Uri": "s3://dumps", **settings})


@rule(
    applies_to=(ENDPOINT_CONFIGURATION,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId of each output to the ARN of a key that you manage; this replaces the configuration.",
    controls=CUSTOMER_KEY,
    topic="Protect data at rest using encryption in SageMaker AI",
    passes=(
        {},
        _capture(enableCapture=True, kmsKeyId=KEY_ARN),
        Example(_capture(enableCapture=True, kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        _capture(enableCapture=False),
        _capture(),
        {"asyncInferenceConfig": {"outputConfig": {"s3OutputPath": "s3://answers", "kmsKeyId": KEY_ARN}}},
        _core_dump(kmsKeyId=KEY_ARN),
    ),
    fails=(
        _capture(enableCapture=True),
        _capture(enableCapture=True, kmsKeyId="alias/aws/s3"),
        {"asyncInferenceConfig": {"outputConfig": {"s3OutputPath": "s3://answers"}}},
        _core_dump(),
        {"shadowProductionVariants": [{"coreDumpConfig": {"destinationS3Uri": "s3://dumps"}}]},
    ),
    undecided=(
        _capture(enableCapture=UNKNOWN),
        _capture(enableCapture=True, kmsKeyId=UNKNOWN),
        {"asyncInferenceConfig": UNKNOWN},
        _core_dump(kmsKeyId=UNKNOWN),
    ),
)
def sagemaker_endpoint_output_encrypted_with_customer_key(configuration: Resource, stack: Stack) -> Iterator[Violation]:
    """SageMaker endpoints encrypt what they write to S3 with a customer managed key.

    Captured requests, asynchronous answers and core dumps hold what users sent to the model. Without a key of yours
    SageMaker uses the AWS managed key of S3.
    """
    for output in _outputs(configuration):
        yield from customer_key_violations(configuration, output, "kmsKeyId", stack)


def _outputs(configuration: Resource) -> Iterator[Block]:
    for capture in configuration.each("dataCaptureConfig"):
        if capture.flag("enableCapture"):
            yield capture
    yield from blocks_at(configuration, "asyncInferenceConfig.outputConfig")
    for path in _VARIANTS:
        yield from blocks_at(configuration, f"{path}.coreDumpConfig")


def _online(**settings: object) -> dict[str, object]:
    return {"onlineStoreConfig": {"enableOnlineStore": True, **settings}}


def _offline(**settings: object) -> dict[str, object]:
    return {"offlineStoreConfig": {"s3StorageConfig": {"s3Uri": "s3://features", **settings}}}


@rule(
    applies_to=(FEATURE_GROUP,),
    severity=Severity.LOW,
    remedy="Set kmsKeyId in securityConfig of the online store and in s3StorageConfig of the offline store.",
    controls=CUSTOMER_KEY,
    topic="Feature Store security",
    passes=(
        _online(securityConfig={"kmsKeyId": KEY_ARN}) | _offline(kmsKeyId=KEY_ARN),
        Example(_offline(kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        {"onlineStoreConfig": {"enableOnlineStore": False}},
    ),
    fails=(
        _online(),
        _offline(),
        _online(securityConfig={"kmsKeyId": KEY_ARN}) | _offline(),
        _online(securityConfig={"kmsKeyId": "alias/aws/sagemaker"}),
    ),
    undecided=(
        _online(securityConfig={"kmsKeyId": UNKNOWN}),
        {"onlineStoreConfig": {"enableOnlineStore": UNKNOWN}},
        {"offlineStoreConfig": UNKNOWN},
    ),
)
def sagemaker_feature_group_encrypted_with_customer_key(group: Resource, stack: Stack) -> Iterator[Violation]:
    """SageMaker feature groups encrypt their stores with a customer managed key.

    Features often describe people. Without a key of yours they lie under one that AWS controls.
    """
    for online in group.each("onlineStoreConfig"):
        if online.flag("enableOnlineStore"):
            yield from customer_key_violations(group, online, "securityConfig.kmsKeyId", stack)
    for offline in group.each("offlineStoreConfig"):
        yield from customer_key_violations(group, offline, "s3StorageConfig.kmsKeyId", stack)


RULES = (
    customer_key_rule(
        "sagemaker-notebook",
        ("aws:sagemaker/notebookInstance:NotebookInstance",),
        "kmsKeyId",
        what="SageMaker notebook instances",
        why=(
            "The volume holds data sets, code and results. Without a key of yours SageMaker uses one that AWS controls; with"
            " one you decide who may decrypt it, and you can withdraw it."
        ),
        checkov=("CKV_AWS_22",),
        topic="Protect data at rest using encryption in SageMaker AI",
    ),
    customer_key_rule(
        "sagemaker-domain",
        ("aws:sagemaker/domain:Domain",),
        "kmsKeyId",
        what="SageMaker domains",
        why=(
            "The home directories of all users lie on one file system, by default under a key that AWS manages. With a key of"
            " your own you decide who may decrypt it, and you can withdraw it."
        ),
        checkov=("CKV_AWS_187",),
        topic="Protect data at rest using encryption in SageMaker AI",
    ),
    customer_key_rule(
        "sagemaker-model-card",
        ("aws:sagemaker/modelCard:ModelCard",),
        "securityConfig.kmsKeyId",
        what="SageMaker model cards",
        why=(
            "A card tells what a model is for, how it was trained and where it fails. With a key of your own you decide who"
            " may read it. A card keeps for ever the key that it was made with."
        ),
        # AWS has no call that changes the key, and the provider passes over the change without a word
        remedy="Make a new card with securityConfig.kmsKeyId; a key that is added later does not reach an existing card.",
        severity=Severity.LOW,
        topic="Amazon SageMaker Model Cards",
    ),
)
