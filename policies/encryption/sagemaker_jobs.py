"""Encryption of SageMaker jobs: training, tuning, labelling, monitoring and human review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY, IN_TRANSIT
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_violations,
    is_customer_key,
)
from policies.encryption.nested_customer_key import blocks_at
from policies.encryption.sagemaker import has_local_storage
from policies.fix import Fix, nested
from policies.policy_matching import any_of
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

DATA_QUALITY = "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition"
FLOW_DEFINITION = "aws:sagemaker/flowDefinition:FlowDefinition"
LABELING = "aws:sagemaker/labelingJob:LabelingJob"
MONITORING = "aws:sagemaker/monitoringSchedule:MonitoringSchedule"
TRAINING = "aws:sagemaker/trainingJob:TrainingJob"
TUNING = "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob"

_MONITORED = "monitoringScheduleConfig.monitoringJobDefinition"

OUTPUTS = {
    DATA_QUALITY: ("dataQualityJobOutputConfig",),
    FLOW_DEFINITION: ("outputConfig",),
    LABELING: ("outputConfig",),
    MONITORING: (f"{_MONITORED}.monitoringOutputConfig",),
    TRAINING: ("outputDataConfig",),
    TUNING: ("trainingJobDefinition.outputDataConfig", "trainingJobDefinitions.outputDataConfig"),
}
"""Where each type says how its results are written: objects with a kmsKeyId."""

INSTANCES = {
    DATA_QUALITY: ("jobResources.clusterConfig",),
    LABELING: ("labelingJobAlgorithmsConfig.labelingJobResourceConfig",),
    MONITORING: (f"{_MONITORED}.monitoringResources.clusterConfig",),
    TRAINING: ("resourceConfig",),
    TUNING: (
        "trainingJobDefinition.resourceConfig",
        "trainingJobDefinition.hyperParameterTuningResourceConfig",
        "trainingJobDefinitions.resourceConfig",
        "trainingJobDefinitions.hyperParameterTuningResourceConfig",
    ),
}
"""Where each type says what it runs on: objects with a volumeKmsKeyId."""

TRAFFIC = {
    DATA_QUALITY: (("",), "networkConfig.enableInterContainerTrafficEncryption"),
    MONITORING: ((_MONITORED,), "networkConfig.enableInterContainerTrafficEncryption"),
    TRAINING: (("",), "enableInterContainerTrafficEncryption"),
    TUNING: (("trainingJobDefinition", "trainingJobDefinitions"), "enableInterContainerTrafficEncryption"),
}
"""Where each type says what runs (empty for the resource itself), and the property for traffic there."""

_MANY = {"resourceConfig": {"instanceCount": 2}}


def _monitored(**settings: object) -> dict[str, object]:
    return nested(_MONITORED, settings)


@rule(
    applies_to=OUTPUTS,
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyId of the output to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_367", "CKV_AWS_372"),
    topic="Protect data at rest using encryption in SageMaker AI",
    passes=(
        {"dataQualityJobOutputConfig": {"kmsKeyId": KEY_ARN}},
        Example({"outputDataConfig": {"kmsKeyId": KEY_OF_THE_STACK}}, type=TRAINING, related=RELATED_KEY),
        Example({"outputConfig": {"kmsKeyId": KEY_ARN}}, type=FLOW_DEFINITION),
        Example(_monitored(monitoringOutputConfig={"kmsKeyId": KEY_ARN}), type=MONITORING),
        Example(nested("monitoringScheduleConfig.monitoringJobDefinitionName", "weekly"), type=MONITORING),
    ),
    fails=(
        {"dataQualityJobOutputConfig": {"monitoringOutputs": {"s3Output": {"s3Uri": "s3://results"}}}},
        {"dataQualityJobOutputConfig": {"kmsKeyId": "alias/aws/s3"}},
        Example({"outputDataConfig": {"s3OutputPath": "s3://models"}}, type=TRAINING),
        Example({"outputConfig": {"s3OutputPath": "s3://labels"}}, type=LABELING),
        Example({"outputConfig": {"s3OutputPath": "s3://answers"}}, type=FLOW_DEFINITION),
        Example(_monitored(monitoringOutputConfig={"monitoringOutputs": {}}), type=MONITORING),
        Example(nested("trainingJobDefinition.outputDataConfig.s3OutputPath", "s3://models"), type=TUNING),
        Example(
            {
                "trainingJobDefinitions": [
                    {"outputDataConfig": {"kmsKeyId": KEY_ARN}},
                    {"outputDataConfig": {"s3OutputPath": "s3://models"}},
                ],
            },
            type=TUNING,
        ),
    ),
    undecided=(
        {"dataQualityJobOutputConfig": UNKNOWN},
        {"dataQualityJobOutputConfig": {"kmsKeyId": UNKNOWN}},
        Example({"trainingJobDefinitions": UNKNOWN}, type=TUNING),
    ),
)
def sagemaker_job_output_encrypted_with_customer_key(job: Resource, stack: Stack) -> Iterator[Violation]:
    """SageMaker jobs and human reviews encrypt what they write with a customer managed key.

    Models, labels, answers and statistics tell much about the data behind them. Without a key of yours SageMaker uses the
    AWS managed key of S3.
    """
    for path in OUTPUTS[job.type]:
        for output in blocks_at(job, path):
            yield from customer_key_violations(job, output, "kmsKeyId", stack)


def _cluster(**settings: object) -> dict[str, object]:
    return {"jobResources": {"clusterConfig": {"instanceCount": 1, **settings}}}


@rule(
    applies_to=INSTANCES,
    severity=Severity.MEDIUM,
    remedy="Set volumeKmsKeyId to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_368",),
    topic="Protect data at rest using encryption in SageMaker AI",
    passes=(
        _cluster(instanceType="ml.m5.large", volumeKmsKeyId=KEY_ARN),
        Example({"resourceConfig": {"volumeKmsKeyId": KEY_OF_THE_STACK}}, type=TRAINING, related=RELATED_KEY),
        Example({"resourceConfig": {"instanceType": "ml.p5.48xlarge"}}, type=TRAINING),
        Example({"resourceConfig": {"instanceGroups": [{"instanceType": "ml.g4dn.xlarge"}]}}, type=TRAINING),
        Example({"serverlessJobConfig": {"jobType": "FineTuning"}}, type=TRAINING),
        Example({"labelAttributeName": "label"}, type=LABELING),  # people label, no machine
        Example(nested("labelingJobAlgorithmsConfig.labelingJobResourceConfig.volumeKmsKeyId", KEY_ARN), type=LABELING),
        Example(nested("monitoringScheduleConfig.monitoringJobDefinitionName", "weekly"), type=MONITORING),
    ),
    fails=(
        _cluster(instanceType="ml.m5.large"),
        _cluster(instanceType="ml.m5.large", volumeKmsKeyId="alias/aws/ebs"),
        Example(
            nested("labelingJobAlgorithmsConfig.labelingJobResourceConfig", {"vpcConfig": {"subnets": ["subnet-1"]}}),
            type=LABELING,
        ),
        Example({"resourceConfig": {"instanceType": "ml.p3.2xlarge"}}, type=TRAINING),
        Example({"resourceConfig": {"instanceGroups": [{"instanceType": "ml.m5.large"}]}}, type=TRAINING),
        Example(_monitored(monitoringResources={"clusterConfig": {"instanceType": "ml.m5.large"}}), type=MONITORING),
        Example(nested("trainingJobDefinition.resourceConfig.instanceType", "ml.m5.large"), type=TUNING),
        Example(
            {
                "trainingJobDefinitions": [
                    nested("hyperParameterTuningResourceConfig.instanceConfigs", [{"instanceType": "ml.c5.large"}]),
                ],
            },
            type=TUNING,
        ),
    ),
    undecided=(
        _cluster(instanceType=UNKNOWN),
        _cluster(instanceType="ml.m5.large", volumeKmsKeyId=UNKNOWN),
        Example({"resourceConfig": UNKNOWN}, type=TRAINING),
    ),
)
def sagemaker_job_volume_encrypted_with_customer_key(job: Resource, stack: Stack) -> Iterator[Violation]:
    """SageMaker jobs encrypt their volumes with a customer managed key.

    The volumes hold a copy of the data that a job reads. Without a key of yours SageMaker uses one that AWS controls.
    Instances with disks of their own pass: these are encrypted by the hardware, and take no key.
    """
    for path in INSTANCES[job.type]:
        for cluster in blocks_at(job, path):
            if not is_customer_key(job, cluster, "volumeKmsKeyId", stack) and not any_of(
                _instance_types(cluster), has_local_storage
            ):
                yield from customer_key_violations(job, cluster, "volumeKmsKeyId", stack)


def _instance_types(cluster: Block) -> Iterator[str]:
    for groups in ("instanceGroups", "instanceConfigs"):
        for group in cluster.each(groups):
            yield group.text("instanceType")
    yield cluster.text("instanceType")


@rule(
    applies_to=TRAFFIC,
    severity=Severity.MEDIUM,
    remedy="Set enableInterContainerTrafficEncryption to true; jobs on many instances may take longer.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_369",),
    topic="Protect communications between ML compute instances",
    passes=(
        {"networkConfig": {"enableInterContainerTrafficEncryption": True}},
        Example({"enableInterContainerTrafficEncryption": True}, type=TRAINING),
        Example({"trainingJobDefinition": {"enableInterContainerTrafficEncryption": True}}, type=TUNING),
        Example(_monitored(networkConfig={"enableInterContainerTrafficEncryption": True}), type=MONITORING),
        Example(nested("monitoringScheduleConfig.monitoringJobDefinitionName", "weekly"), type=MONITORING),
        Example({"resourceConfig": {"instanceCount": 1}}, type=TRAINING),
        Example({"resourceConfig": {"instanceGroups": [{"instanceCount": 1}]}}, type=TRAINING),
        Example({"serverlessJobConfig": {"jobType": "FineTuning"}}, type=TRAINING),
        Example({"trainingJobDefinition": {"resourceConfig": {"instanceCount": 1}}}, type=TUNING),
    ),
    fails=(
        {"jobResources": {"clusterConfig": {"instanceCount": 2}}},
        {"networkConfig": {"enableNetworkIsolation": True}},
        {"networkConfig": {"enableInterContainerTrafficEncryption": False}},
        Example(_MANY, type=TRAINING),
        Example({"resourceConfig": {"instanceGroups": [{"instanceCount": 1}, {"instanceCount": 1}]}}, type=TRAINING),
        Example({"trainingJobDefinition": _MANY}, type=TUNING),
        Example(
            nested("trainingJobDefinition.hyperParameterTuningResourceConfig.instanceConfigs", [{"instanceCount": 2}]),
            type=TUNING,
        ),
        Example(
            {
                "trainingJobDefinitions": [
                    {"enableInterContainerTrafficEncryption": True},
                    {"enableInterContainerTrafficEncryption": False, **_MANY},
                ],
            },
            type=TUNING,
        ),
        Example(_monitored(networkConfig={"enableNetworkIsolation": True}), type=MONITORING),
    ),
    undecided=(
        {"networkConfig": {"enableInterContainerTrafficEncryption": UNKNOWN}},
        Example({"trainingJobDefinition": UNKNOWN}, type=TUNING),
        Example({"resourceConfig": {"instanceCount": UNKNOWN}}, type=TRAINING),
    ),
)
def sagemaker_job_traffic_encrypted(job: Resource) -> Iterator[Violation]:
    """SageMaker jobs encrypt the traffic between their containers.

    In a job on many instances the containers exchange data and weights of the model, in plain text unless the job asks for
    encryption. Training on one instance is left alone.
    """
    paths, flag = TRAFFIC[job.type]
    for path in paths:
        for definition in blocks_at(job, path) if path else (job,):
            if not definition.flag(flag) and (job.type in {DATA_QUALITY, MONITORING} or _trains_on_many(definition)):
                at = definition.at(flag)
                yield Violation(f"{at} is not true", at=at, fix=Fix({at: True}, replaces=job.type != MONITORING))


def _trains_on_many(definition: Block) -> bool:
    """Say whether a training job runs on more than one instance; the configurations of a tuning job are alternatives."""
    for name in ("resourceConfig", "hyperParameterTuningResourceConfig"):
        for resources in definition.each(name):
            groups = (resources, *resources.each("instanceGroups"))
            if sum(group.number("instanceCount") or 0 for group in groups) > 1:
                return True
            if any((choice.number("instanceCount") or 0) > 1 for choice in resources.each("instanceConfigs")):
                return True
    return False
