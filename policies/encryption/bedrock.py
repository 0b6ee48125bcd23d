"""Encryption of Bedrock: agents, models, knowledge bases and the log of what users ask."""

from __future__ import annotations

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
from policies.encryption import s3
from policies.encryption.nested_customer_key import blocks_at
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase"
LOGGING = "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration"
LOG_GROUPS = ("aws:cloudwatch/logGroup:LogGroup",)


def _knowledge_base(**settings: object) -> dict[str, object]:
    return {"knowledgeBaseConfiguration": {"type": "MANAGED", **settings}}


def _managed(key: object) -> dict[str, object]:
    return _knowledge_base(managedKnowledgeBaseConfiguration={"serverSideEncryptionConfiguration": {"kmsKeyArn": key}})


@rule(
    applies_to=(KNOWLEDGE_BASE,),
    severity=Severity.LOW,
    remedy="Set kmsKeyArn in serverSideEncryptionConfiguration of the managed knowledge base.",
    controls=CUSTOMER_KEY,
    topic="AWS services integrated with AWS KMS",
    passes=(
        _managed(KEY_ARN),
        Example(_managed(KEY_OF_THE_STACK), related=RELATED_KEY),
        {"knowledgeBaseConfiguration": {"type": "VECTOR"}},
    ),
    fails=(_knowledge_base(), _managed("alias/aws/bedrock")),
    undecided=(_managed(UNKNOWN), {"knowledgeBaseConfiguration": {"type": UNKNOWN}}),
)
def bedrock_knowledge_base_encrypted_with_customer_key(base: Resource, stack: Stack) -> Iterator[Violation]:
    """Bedrock knowledge bases of the managed kind are encrypted with a customer managed key.

    Bedrock keeps your documents in such a knowledge base itself, by default under a key that AWS controls. The stores of
    other knowledge bases are judged by the rules of their services.
    """
    configuration = base.block("knowledgeBaseConfiguration")
    if configuration.text("type") == "MANAGED":
        path = "managedKnowledgeBaseConfiguration.serverSideEncryptionConfiguration.kmsKeyArn"
        yield from customer_key_violations(base, configuration, path, stack)


def _logging(**targets: object) -> dict[str, object]:
    return {"loggingConfig": {"textDataDeliveryEnabled": True, **targets}}


def _log_group(**inputs: object) -> Example:
    return Example(inputs, type=LOG_GROUPS[0], name="group")


def _bucket(**default: object) -> Example:
    encryption = {"rule": {"applyServerSideEncryptionByDefault": default}}
    return Example({"serverSideEncryptionConfiguration": encryption}, type=s3.BUCKETS[0], name="bucket")


_TO_GROUP = _logging(cloudwatchConfig={"logGroupName": Reference("group", "name")})
_TO_BUCKET = _logging(s3Config={"bucketName": Reference("bucket")})
_TO_BOTH = _logging(
    cloudwatchConfig={
        "logGroupName": Reference("group", "name"),
        "largeDataDeliveryS3Config": {"bucketName": Reference("bucket")},
    },
)


@rule(
    applies_to=(LOGGING,),
    severity=Severity.MEDIUM,
    remedy="Encrypt the log group and the bucket that the logging configuration names with a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="Monitor model invocation using CloudWatch Logs and Amazon S3",
    passes=(
        Example(_TO_GROUP, related=(_log_group(kmsKeyId=KEY_ARN),)),
        Example(_TO_GROUP, related=(_log_group(kmsKeyId=KEY_OF_THE_STACK), *RELATED_KEY)),
        Example(_TO_BUCKET, related=(_bucket(sseAlgorithm="aws:kms", kmsMasterKeyId=KEY_ARN),)),
        _logging(s3Config={"bucketName": "made-elsewhere"}),
        {},
    ),
    fails=(
        Example(_TO_GROUP, related=(_log_group(),)),
        Example(_TO_BUCKET, related=(_bucket(sseAlgorithm="AES256"),)),
        Example(_TO_BOTH, related=(_log_group(kmsKeyId=KEY_ARN), _bucket(sseAlgorithm="aws:kms"))),
        Example(
            _logging(s3Config={"bucketName": "prompts"}),
            related=(Example({"bucket": "prompts"}, type=s3.BUCKETS[0], name="bucket"),),
        ),
    ),
    undecided=(
        _logging(cloudwatchConfig={"logGroupName": UNKNOWN}),
        _logging(s3Config=UNKNOWN),
        Example(_TO_GROUP, related=(_log_group(kmsKeyId=UNKNOWN),)),
        Example(_TO_BUCKET, related=(_bucket(sseAlgorithm="aws:kms", kmsMasterKeyId=UNKNOWN),)),
    ),
)
def bedrock_invocation_logs_encrypted_with_customer_key(logging: Resource, stack: Stack) -> Iterator[Violation]:
    """Bedrock invocation logs are encrypted with a customer managed key.

    The logs hold every prompt and every answer. With a key of your own, who reads them needs your key too. A log group or
    bucket of another stack is judged there.
    """
    for block, name, types in (
        ("loggingConfig.cloudwatchConfig", "logGroupName", LOG_GROUPS),
        ("loggingConfig.cloudwatchConfig.largeDataDeliveryS3Config", "bucketName", s3.BUCKETS),
        ("loggingConfig.s3Config", "bucketName", s3.BUCKETS),
    ):
        for config in blocks_at(logging, block):
            for target in _targets(logging, config, name, types, stack):
                if not _has_customer_key(target, stack):
                    at = config.at(name)
                    yield Violation(f"what {at} names is not encrypted with a customer managed key", at=at)


def _targets(logging: Resource, config: Block, name: str, types: tuple[str, ...], stack: Stack) -> list[Resource]:
    """Return what a name in the configuration refers to; a name not known yet is followed by its dependency."""
    sources: list[Resource] = []
    if isinstance(config.value(name), Unknown):
        urns = logging.property_dependencies.get("loggingConfig", ())
        sources = [source for urn in urns if (source := stack.get(urn)) is not None and source.type in types]
    if not sources:
        target = stack.target(config, types, name)
        sources = [target] if target is not None else []
    return [source for source in sources if not source.external]


def _has_customer_key(target: Resource, stack: Stack) -> bool:
    if target.type in LOG_GROUPS:
        return is_customer_key(target, target, "kmsKeyId", stack)
    return not any(s3.s3_bucket_encrypted_with_customer_key.check(target, stack))


RULES = (
    customer_key_rule(
        "bedrock-agent",
        (
            "aws:bedrock/agentAgent:AgentAgent",
            "aws:bedrock/agentFlow:AgentFlow",
            "aws:bedrock/agentPrompt:AgentPrompt",
        ),
        "customerEncryptionKeyArn",
        what="Bedrock agents, flows and prompts",
        why=(
            "Instructions, prompts and the sessions of users are kept under a key that AWS controls unless you name one. With"
            " a key of your own you decide who may decrypt them, and you can withdraw it."
        ),
        checkov=("CKV_AWS_373",),
        topic="Encryption of agent resources in Amazon Bedrock",
    ),
    customer_key_rule(
        "bedrock-custom-model",
        ("aws:bedrock/customModel:CustomModel",),
        "customModelKmsKeyId",
        what="Custom Bedrock models",
        why=(
            "A model repeats parts of the data that it was trained on. Without a key of yours it lies under one that AWS owns;"
            " with one you decide who may use and copy it."
        ),
        remedy="Set customModelKmsKeyId to the ARN of a key that you manage; this replaces the model, which is trained anew.",
        severity=Severity.LOW,
        topic="Encryption of custom models",
    ),
    customer_key_rule(
        "bedrock-guardrail",
        ("aws:bedrock/guardrail:Guardrail",),
        "kmsKeyArn",
        what="Bedrock guardrails",
        why=(
            "A guardrail lists the words, topics and patterns that you filter. Without a key of yours it lies under one that"
            " AWS controls."
        ),
        severity=Severity.LOW,
        topic="Set up permissions to use Amazon Bedrock Guardrails",
    ),
    customer_key_rule(
        "bedrock-evaluation-job",
        ("aws:bedrock/evaluationJob:EvaluationJob",),
        "customerEncryptionKeyId",
        what="Bedrock evaluation jobs",
        why=(
            "A job works on a copy of your prompts and answers. Without a key of yours it lies under one that AWS controls;"
            " with one you see each use of the key in CloudTrail."
        ),
        severity=Severity.LOW,
        topic="Data management and encryption in Amazon Bedrock evaluation job",
    ),
    customer_key_rule(
        "bedrock-data-source",
        ("aws:bedrock/agentDataSource:AgentDataSource",),
        "serverSideEncryptionConfiguration.kmsKeyArn",
        what="Bedrock data sources",
        why=(
            "While Bedrock reads a source into a knowledge base it keeps a copy of your documents, by default under a key that"
            " AWS owns. With a key of your own you decide who may decrypt it."
        ),
        severity=Severity.LOW,
        topic="Encryption of knowledge base resources",
    ),
    customer_key_rule(
        "bedrock-invocation-job",
        ("aws:bedrockmodel/invocationJob:InvocationJob",),
        "outputDataConfig.s3OutputDataConfig.s3EncryptionKeyId",
        what="Results of Bedrock batch jobs",
        why=(
            "The results hold the prompts and the answers of the model. With a key of your own, who reads them needs your key"
            " too."
        ),
        severity=Severity.LOW,
        beside={"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://results"}}},
        topic="AWS services integrated with AWS KMS",
    ),
)
