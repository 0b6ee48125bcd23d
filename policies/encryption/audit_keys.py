"""Customer managed keys of services that watch over accounts and networks, one rule each."""

from __future__ import annotations

from policies.customer_key import YOURS, customer_key_rule
from policies.rule import Severity

RULES = (
    customer_key_rule(
        "config-delivery-channel",
        ("aws:cfg/deliveryChannel:DeliveryChannel",),
        "s3KmsKeyArn",
        what="Files that AWS Config delivers",
        why="Snapshots show how the account is set up; the bucket's encryption protects them unless you name a key." + YOURS,
        severity=Severity.LOW,
        topic="AWS Config delivery channel",
    ),
    customer_key_rule(
        "audit-manager",
        ("aws:auditmanager/accountRegistration:AccountRegistration",),
        "kmsKey",
        what="Assessments of Audit Manager",
        why="Evidence and reports lie under a key that AWS owns unless you name one." + YOURS,
        severity=Severity.LOW,
        topic="Audit Manager data encryption",
    ),
    customer_key_rule(
        "cloudwatch-anomaly-detector",
        ("aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector",),
        "kmsKeyId",
        what="Anomaly detectors of CloudWatch Logs",
        why="Anomalies quote log lines, and lie under a key that AWS controls unless the detector names one." + YOURS,
        severity=Severity.LOW,
        topic="CloudWatch Logs anomaly detection",
    ),
    customer_key_rule(
        "synthetics-canary-artifacts",
        ("aws:synthetics/canary:Canary",),
        "artifactConfig.s3Encryption.kmsKeyArn",
        what="Artifacts of CloudWatch canaries",
        why="Screenshots and traffic show what a signed-in user sees, under a key that AWS manages by default." + YOURS,
        remedy="Set encryptionMode of artifactConfig.s3Encryption to SSE_KMS, and kmsKeyArn to the ARN of the key.",
        severity=Severity.LOW,
        topic="Encrypting canary artifacts",
    ),
    customer_key_rule(
        "xray",
        ("aws:xray/encryptionConfig:EncryptionConfig",),
        "keyId",
        what="X-Ray traces",
        why="Traces hold addresses, queries and errors of requests, under a key that AWS owns unless you name one." + YOURS,
        remedy="Set type to KMS, and keyId to the ARN of a key that you manage.",
        severity=Severity.LOW,
        topic="Data protection in AWS X-Ray",
    ),
    customer_key_rule(
        "verified-access-group",
        ("aws:verifiedaccess/group:Group",),
        "sseConfiguration.kmsKeyArn",
        what="Verified Access groups",
        why="The policies of a group lie under a key that AWS owns unless it names one." + YOURS,
        remedy="Set customerManagedKeyEnabled of sseConfiguration to true, and kmsKeyArn to the ARN of the key.",
        severity=Severity.LOW,
        topic="Data encryption at rest for AWS Verified Access",
    ),
    customer_key_rule(
        "verified-access-endpoint",
        ("aws:verifiedaccess/endpoint:Endpoint", "aws:verifiedaccess/trustProvider:TrustProvider"),
        "sseSpecification.kmsKeyArn",
        what="Verified Access endpoints and trust providers",
        why="Policies, and secrets of trust providers, lie under a key that AWS owns unless you name one." + YOURS,
        remedy="Set customerManagedKeyEnabled of sseSpecification to true, and kmsKeyArn to the ARN of the key.",
        severity=Severity.LOW,
        topic="Data encryption at rest for AWS Verified Access",
    ),
)
