"""Rule sets: the rules that a configuration starts from, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CIS_AWS_5, FRAMEWORKS, FSBP
from policies.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.rule import Rule

DEFAULT = ("essential",)

SETS = {
    "essential": "what a security engineer would act on today; the default",
    "recommended": "essential, all that is high or critical, and all that FSBP or CIS AWS ask for",
    "all": "every rule",
    **{framework.key: f"the rules for controls of {framework.name} {framework.version}" for framework in FRAMEWORKS.values()},
}
"""What each rule set holds, by its name."""

ESSENTIAL = frozenset({
    "ami-not-public", "certificate-private-key-secret", "cloudfront-viewers-use-https", "docdb-cluster-storage-encrypted",
    "ebs-encryption-by-default-enabled", "ebs-snapshot-not-public", "ebs-volume-encrypted", "ec2-block-devices-encrypted",
    "ec2-instance-requires-imdsv2", "ec2-launch-template-volumes-encrypted", "ec2-root-volume-encrypted",
    "ec2-user-data-free-of-secrets", "ecr-repository-policy-not-public", "efs-file-system-encrypted",
    "elasticache-replication-group-encrypted-at-rest", "elb-listener-uses-tls", "iam-attachment-not-administrator-access",
    "iam-policy-not-full-admin", "iam-policy-pass-role-names-roles", "iam-principal-cannot-become-administrator",
    "iam-role-trust-github-repository-pinned", "iam-role-trust-not-public", "kinesis-stream-encrypted",
    "kms-key-policy-not-public", "lambda-function-url-requires-iam", "lambda-permission-not-public", "lb-listener-uses-tls",
    "neptune-cluster-storage-encrypted", "opensearch-encrypted-at-rest", "opensearch-https-enforced",
    "opensearch-policy-not-public", "provider-without-access-keys", "rds-cluster-storage-encrypted",
    "rds-snapshot-not-public", "rds-storage-encrypted", "redshift-cluster-encrypted", "resource-policy-not-public",
    "s3-acl-not-public", "s3-bucket-policy-not-public", "s3-public-buckets-restricted", "s3-public-policy-blocked",
    "secret-policy-not-public", "sns-topic-policy-not-public", "sqs-queue-encrypted", "sqs-queue-policy-not-public",
    "ssm-document-not-public", "transfer-server-protocols-encrypted",
})  # fmt: skip


def members(name: str, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Yield the ids of the rules of a set among `rules`; raises `KeyError` for a set that does not exist."""
    if name == "all":
        yield from rules
    elif name == "essential":
        yield from ESSENTIAL & rules.keys()
    elif name == "recommended":
        yield from (rule.id for rule in rules.values() if _is_recommended(rule))
    else:
        framework = FRAMEWORKS[name].name
        yield from (rule.id for rule in rules.values() if any(control.framework == framework for control in rule.controls))


def _is_recommended(rule: Rule) -> bool:
    asked_for = {FSBP.name, CIS_AWS_5.name}
    return (
        rule.id in ESSENTIAL
        or rule.severity.rank >= Severity.HIGH.rank
        or any(control.framework in asked_for for control in rule.controls)
    )
