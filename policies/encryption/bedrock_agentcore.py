"""Encryption of Bedrock AgentCore."""

from __future__ import annotations

from policies.customer_key import customer_key_rule
from policies.encryption.nested_customer_key import nested_customer_key_rule
from policies.rule import Severity

RULES = (
    customer_key_rule(
        "bedrock-agentcore-memory",
        ("aws:bedrock/agentcoreMemory:AgentcoreMemory",),
        "encryptionKeyArn",
        what="AgentCore memories",
        why=(
            "A memory keeps what users told their agents, by default under a key that AWS controls. With a key of your own you"
            " decide who may decrypt it, and you can withdraw it."
        ),
        remedy="Set encryptionKeyArn to the ARN of a key that you manage; this replaces the memory, which starts empty.",
        severity=Severity.LOW,
        topic="Encrypt your Amazon Bedrock AgentCore Memory",
    ),
    nested_customer_key_rule(
        "bedrock-agentcore-harness-memory",
        ("aws:bedrock/agentcoreHarness:AgentcoreHarness",),
        "memory.managedMemoryConfiguration",
        "encryptionKeyArn",
        what="Memories that AgentCore harnesses make",
        why=(
            "The memory keeps what users told the agent, by default under a key that AWS controls. With a key of your own you"
            " decide who may decrypt it, and you can withdraw it."
        ),
        beside={"eventExpiryDuration": 30},
        topic="AWS services integrated with AWS KMS",
    ),
    customer_key_rule(
        "bedrock-agentcore-gateway",
        ("aws:bedrock/agentcoreGateway:AgentcoreGateway",),
        "kmsKeyArn",
        what="AgentCore gateways",
        why=(
            "A gateway holds the description of your tools and how to reach them, by default under a key that AWS controls."
            " With a key of your own you decide who may decrypt it."
        ),
        severity=Severity.LOW,
        topic="Encrypt your AgentCore gateway with a customer-managed KMS key",
    ),
    customer_key_rule(
        "bedrock-agentcore-evaluator",
        ("aws:bedrock/agentcoreEvaluator:AgentcoreEvaluator",),
        "kmsKeyArn",
        what="AgentCore evaluators",
        why=(
            "An evaluator holds your instructions to the model that judges, by default under a key that AWS controls. With a"
            " key of your own you decide who may decrypt them."
        ),
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the evaluator.",
        severity=Severity.LOW,
        topic="Data encryption in Amazon Bedrock AgentCore",
    ),
    customer_key_rule(
        "bedrock-agentcore-policy-engine",
        ("aws:bedrock/agentcorePolicyEngine:AgentcorePolicyEngine",),
        "encryptionKeyArn",
        what="AgentCore policy engines",
        why=(
            "The policies say what agents may do; without a key of yours they lie under one that AWS owns. With a key of your"
            " own you decide who may decrypt them."
        ),
        remedy="Set encryptionKeyArn to the ARN of a key that you manage; this replaces the policy engine.",
        severity=Severity.LOW,
        topic="Encrypt your AgentCore policy engine with a customer-managed KMS key",
    ),
    customer_key_rule(
        "bedrock-agentcore-token-vault",
        ("aws:bedrock/agentcoreTokenVaultCmk:AgentcoreTokenVaultCmk",),
        "kmsConfiguration.kmsKeyArn",
        what="AgentCore token vaults",
        why=(
            "The vault holds the tokens and API keys by which agents act for users. With a key of your own you decide who may"
            " decrypt them, and you can withdraw it."
        ),
        severity=Severity.LOW,
        remedy="Set keyType of kmsConfiguration to CustomerManagedKey, and kmsKeyArn to the ARN of a key that you manage.",
        topic="AWS services integrated with AWS KMS",
    ),
)
