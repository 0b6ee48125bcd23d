"""Control ids of the frameworks that rules refer to, each named once.

Sources: AWS Security Hub's user guide (Foundational Security Best Practices), the CIS Amazon Web Services
Foundations Benchmark 3.0.0, NIST SP 800-53 revision 5, PCI DSS 4.0.1, the AICPA trust services criteria of 2017,
ISO/IEC 27001:2022 annex A. Only ids and short names are given; the texts are the publishers'.
"""

from __future__ import annotations

from typing import NamedTuple


class Control(NamedTuple):
    """One control of a framework."""

    framework: str
    version: str
    id: str
    name: str

    def __str__(self) -> str:
        """Return the control as reports name it: framework and id."""
        return f"{self.framework} {self.id}"


def _framework(name: str, version: str, controls: dict[str, str]) -> dict[str, Control]:
    return {id_: Control(name, version, id_, text) for id_, text in controls.items()}


FSBP = _framework(
    "AWS FSBP",
    "1.0.0",
    {
        "AutoScaling.3": "Auto Scaling launch configurations should require IMDSv2",
        "AutoScaling.10": "Auto Scaling groups should be tagged",
        "CloudFront.3": "CloudFront distributions should require encryption in transit",
        "CloudFront.7": "CloudFront distributions should use custom SSL/TLS certificates",
        "CloudFront.9": "CloudFront distributions should encrypt traffic to custom origins",
        "CloudFront.10": "CloudFront distributions should not use deprecated SSL protocols",
        "DynamoDB.3": "DynamoDB Accelerator clusters should be encrypted at rest",
        "EC2.3": "Attached EBS volumes should be encrypted at rest",
        "EC2.7": "EBS default encryption should be enabled",
        "EC2.8": "EC2 instances should use IMDSv2",
        "EC2.170": "EC2 launch templates should require IMDSv2",
        "EC2.181": "EC2 launch templates should encrypt EBS volumes",
        "EFS.1": "EFS should encrypt file data at rest with KMS",
        "ElastiCache.4": "ElastiCache replication groups should be encrypted at rest",
        "ElastiCache.5": "ElastiCache replication groups should be encrypted in transit",
        "ELB.1": "Application Load Balancer should redirect HTTP to HTTPS",
        "ELB.2": "Classic load balancers with TLS listeners should use ACM certificates",
        "ELB.3": "Classic load balancer listeners should use HTTPS or TLS",
        "ELB.17": "Load balancer listeners should use recommended security policies",
        "ES.1": "Elasticsearch domains should encrypt at rest",
        "ES.3": "Elasticsearch domains should encrypt between nodes",
        "ES.8": "Connections to Elasticsearch domains should use a current TLS policy",
        "IAM.1": "IAM policies should not allow full administrative privileges",
        "IAM.2": "IAM users should not have policies attached",
        "IAM.3": "IAM users' access keys should be rotated",
        "IAM.4": "The root user access key should not exist",
        "IAM.7": "Password policies should be strong",
        "IAM.21": "Customer managed policies should not allow all actions of a service",
        "KMS.3": "KMS keys should not be deleted unintentionally",
        "KMS.4": "KMS key rotation should be enabled",
        "KMS.5": "KMS keys should not be publicly accessible",
        "Kinesis.1": "Kinesis streams should be encrypted at rest",
        "Lambda.1": "Lambda function policies should prohibit public access",
        "Neptune.8": "Neptune clusters should copy tags to snapshots",
        "Opensearch.1": "OpenSearch domains should encrypt at rest",
        "Opensearch.3": "OpenSearch domains should encrypt between nodes",
        "Opensearch.8": "Connections to OpenSearch domains should use a current TLS policy",
        "RDS.3": "RDS instances should be encrypted at rest",
        "RDS.16": "RDS clusters should copy tags to snapshots",
        "RDS.17": "RDS instances should copy tags to snapshots",
        "RDS.27": "RDS clusters should be encrypted at rest",
        "Redshift.2": "Connections to Redshift clusters should be encrypted in transit",
        "Redshift.10": "Redshift clusters should be encrypted at rest",
        "S3.1": "Accounts should block public access to S3",
        "S3.2": "S3 buckets should block public read access",
        "S3.3": "S3 buckets should block public write access",
        "S3.5": "S3 buckets should require requests to use TLS",
        "S3.8": "S3 buckets should block public access",
        "S3.17": "S3 buckets should be encrypted at rest with KMS keys",
        "SNS.4": "SNS topic access policies should not allow public access",
        "SQS.1": "SQS queues should be encrypted at rest",
        "SQS.3": "SQS queue access policies should not allow public access",
        "SecretsManager.1": "Secrets should have automatic rotation enabled",
    },
)
CIS_AWS_3_0 = _framework(
    "CIS AWS",
    "3.0.0",
    {
        "1.8": "Password policy requires a minimum length of 14",
        "1.9": "Password policy prevents reuse",
        "1.15": "Users receive permissions only through groups",
        "1.16": "No policies with full administrative privileges are attached",
        "2.1.1": "S3 bucket policies deny HTTP requests",
        "2.1.4": "S3 buckets block public access",
        "2.2.1": "EBS volume encryption is enabled in all regions",
        "2.3.1": "RDS instances are encrypted at rest",
        "2.4.1": "EFS file systems are encrypted",
        "3.6": "Rotation of customer managed keys is enabled",
        "5.6": "EC2 metadata service allows only IMDSv2",
    },
)
NIST_800_53 = _framework(
    "NIST 800-53",
    "r5",
    {
        "AC-2(1)": "Account management: automation",
        "AC-3": "Access enforcement",
        "AC-6": "Least privilege",
        "AC-6(10)": "Least privilege: no privileged functions for others",
        "AC-21": "Information sharing",
        "CM-8": "System component inventory",
        "IA-5(1)": "Password-based authentication",
        "SC-7": "Boundary protection",
        "SC-8": "Transmission confidentiality and integrity",
        "SC-12": "Cryptographic key establishment and management",
        "SC-13": "Cryptographic protection",
        "SC-28": "Protection of information at rest",
        "SC-28(1)": "Protection of information at rest: cryptography",
    },
)
PCI_DSS_4 = _framework(
    "PCI DSS",
    "4.0.1",
    {
        "1.4.4": "Stored account data is not reachable from untrusted networks",
        "3.5.1": "Stored account numbers are unreadable",
        "3.6.1": "Keys that protect stored account data are secured",
        "3.7.4": "Keys are changed at the end of their cryptoperiod",
        "4.2.1": "Account numbers are protected by strong cryptography in transit",
        "7.2.1": "Access is defined by need",
        "7.2.2": "Access is assigned by least privilege",
        "8.3.6": "Passwords meet a minimum complexity",
        "8.3.7": "Passwords are not reused",
        "8.6.3": "Credentials of system accounts are protected against misuse",
        "12.5.1": "System components in scope are inventoried",
    },
)
SOC2 = _framework(
    "SOC 2",
    "2017",
    {
        "CC6.1": "Logical access security",
        "CC6.3": "Access by roles and least privilege",
        "CC6.6": "Protection against threats from outside",
        "CC6.7": "Protection of information in transmission",
    },
)
ISO_27001 = _framework(
    "ISO 27001",
    "2022",
    {
        "A.5.9": "Inventory of information and other assets",
        "A.5.12": "Classification of information",
        "A.5.15": "Access control",
        "A.5.17": "Authentication information",
        "A.8.2": "Privileged access rights",
        "A.8.3": "Information access restriction",
        "A.8.20": "Network security",
        "A.8.24": "Use of cryptography",
    },
)

FRAMEWORKS = {
    "fsbp": FSBP,
    "cis-aws-3.0": CIS_AWS_3_0,
    "nist-800-53": NIST_800_53,
    "pci-dss": PCI_DSS_4,
    "soc2": SOC2,
    "iso-27001": ISO_27001,
}
"""All frameworks by a short name."""
