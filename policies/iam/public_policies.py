"""Resource policies that let everyone in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.everyone import lets_everyone_in
from policies.policy_document import statements
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.policy_document import Statement
    from policies.resource import Resource

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
KEY = "aws:kms/key:Key"
EFS_POLICY = "aws:efs/fileSystemPolicy:FileSystemPolicy"
VAULT = "aws:glacier/vault:Vault"
OTHERS = {
    "aws:acmpca/policy:Policy": "policy",
    "aws:amp/resourcePolicy:ResourcePolicy": "policyDocument",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
    "aws:codebuild/resourcePolicy:ResourcePolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    EFS_POLICY: "policy",
    "aws:glacier/vaultLock:VaultLock": "policy",
    VAULT: "accessPolicy",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
    "aws:msk/clusterPolicy:ClusterPolicy": "policy",
    "aws:redshift/resourcePolicy:ResourcePolicy": "policy",
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy": "policy",
    "aws:s3/accessPoint:AccessPoint": "policy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": "details.policy",
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": "policy",
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": "resourcePolicy",
    "aws:s3tables/tablePolicy:TablePolicy": "resourcePolicy",
    "aws:schemas/registryPolicy:RegistryPolicy": "policy",
    "aws:ses/identityPolicy:IdentityPolicy": "policy",
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": "policy",
}
"""Further types with a resource policy, and the property that holds it."""


def policy_statements(resource: Resource) -> Iterator[Statement]:
    """Yield the statements of the policy of a resource, or of a resource that attaches one."""
    return statements(resource, OTHERS.get(resource.type, "policy"))


def _open(statement: Statement) -> Iterator[Violation]:
    if lets_everyone_in(statement):
        element = "NotPrincipal" if statement.has("NotPrincipal") else "Principal"
        message = f"allows everyone: no condition narrows the {element} to accounts, an organization or a network"
        yield Violation(message, at=statement.at_element(element))


def _policy(principal: object, condition: object = None, **elements: object) -> dict[str, object]:
    """Return inputs whose policy has one statement, as an object."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*", **elements}
    return {"policy": {"Version": "2012-10-17", "Statement": statement | ({"Condition": condition} if condition else {})}}


def _as_text(inputs: dict[str, object]) -> dict[str, object]:
    return {"policy": json.dumps(inputs["policy"])}


_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
_PASSES: tuple[dict[str, object], ...] = (
    {},
    {"policy": ""},
    {"policy": "{}"},
    _policy({"AWS": "arn:aws:iam::111122223333:root"}),
    _as_text(_policy("*", _ACCOUNT)),
    _policy("*", Effect="Deny"),
)
_FAILS = (
    _policy("*"),
    _as_text(_policy({"AWS": ["111122223333", "*"]}, {"Bool": {"aws:SecureTransport": "true"}})),
    _policy({"AWS": "*", "Service": UNKNOWN}, {"StringNotEquals": _ACCOUNT["StringEquals"]}),
)
_UNDECIDED = (
    {"policy": UNKNOWN},
    {"policy": "[]"},
    _policy({"AWS": [UNKNOWN]}),
    _policy("*", {"ArnEquals": {"aws:SourceArn": UNKNOWN}}),
)
_REMEDY = "Name accounts, roles or services in Principal, or add a Condition such as aws:PrincipalOrgID or aws:SourceArn."
_CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-21"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])


@rule(
    applies_to=(BUCKET_POLICY, BUCKET, BUCKET_V2),
    topic="Bucket policies for Amazon S3",
    each=policy_statements,
    severity=Severity.CRITICAL,
    remedy=_REMEDY,
    controls=(FSBP["S3.2"], FSBP["S3.3"], *_CONTROLS),
    checkov=("CKV_AWS_70", "CKV_AWS_283"),
    passes=(
        *_PASSES,
        _policy("*", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.0.0.0/8"]}}),
        _policy("*", {"StringEquals": {"aws:SourceVpce": ["vpce-1a2b3c4d"]}, "Null": UNKNOWN}),
        _policy("*", {"Bool": {"aws:PrincipalIsAWSService": "true"}}),
        _policy("*", {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::111122223333:role/app-*"}}),
        Example(_policy({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}), BUCKET_V2),
    ),
    fails=(
        *_FAILS,
        _policy("*", {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
        _policy("*", {"StringLike": {"aws:SourceVpce": ["vpce-*", UNKNOWN]}}),
        _policy("*", {"Bool": {"aws:PrincipalIsAWSService": "false"}}),
        Example(_policy("*"), BUCKET),
        Example(_as_text(_policy("*")), BUCKET_V2),
        {
            "policy": {
                "Statement": [UNKNOWN, {"Effect": "Allow", "NotPrincipal": UNKNOWN, "Action": "s3:*", "Resource": UNKNOWN}]
            }
        },
    ),
    undecided=_UNDECIDED,
)
def s3_bucket_policy_not_public(statement: Statement) -> Iterator[Violation]:
    """S3 bucket policies do not let everyone in.

    Objects of a public bucket can be read, replaced or deleted by anyone who knows or guesses its name.
    """
    yield from _open(statement)


@rule(
    applies_to=("aws:sqs/queuePolicy:QueuePolicy", QUEUE),
    topic="Using custom policies with the Amazon SQS access policy language",
    each=policy_statements,
    severity=Severity.HIGH,
    remedy=_REMEDY,
    controls=(FSBP["SQS.3"], *_CONTROLS),
    checkov=("CKV_AWS_168", "CKV_AWS_387"),
    passes=(
        *_PASSES,
        _policy("*", {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:orders"}}),
        Example(_policy("*", {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::uploads"}}), QUEUE),
    ),
    fails=(
        *_FAILS,
        _policy("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}),
        Example(_policy({"AWS": "*"}), QUEUE),
    ),
    undecided=_UNDECIDED,
)
def sqs_queue_policy_not_public(statement: Statement) -> Iterator[Violation]:
    """SQS queue policies do not let everyone in.

    Whoever may send to a queue feeds your programs; whoever may receive takes messages away from them.
    """
    yield from _open(statement)


@rule(
    applies_to=("aws:sns/topicPolicy:TopicPolicy", TOPIC),
    topic="Amazon SNS access control",
    each=policy_statements,
    severity=Severity.HIGH,
    remedy=_REMEDY,
    controls=(FSBP["SNS.4"], *_CONTROLS),
    checkov=("CKV_AWS_169",),
    passes=(*_PASSES, Example(_policy("*", {"StringEquals": {"AWS:SourceOwner": "111122223333"}}), TOPIC)),
    fails=(*_FAILS, Example(_policy("*", {"StringEquals": {"sns:Protocol": "https"}}), TOPIC)),
    undecided=_UNDECIDED,
)
def sns_topic_policy_not_public(statement: Statement) -> Iterator[Violation]:
    """SNS topic policies do not let everyone in.

    Everyone could then publish to your subscribers, or subscribe and read what you publish.
    """
    yield from _open(statement)


@rule(
    applies_to=(
        KEY,
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:kms/externalKey:ExternalKey",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:kms/replicaExternalKey:ReplicaExternalKey",
    ),
    topic="Key policies in AWS KMS",
    each=policy_statements,
    severity=Severity.CRITICAL,
    remedy="Name accounts, roles or services in Principal, or add a Condition on kms:CallerAccount.",
    controls=(FSBP["KMS.5"], *_CONTROLS),
    checkov=("CKV_AWS_33",),
    passes=(
        *_PASSES,
        _policy(
            {"AWS": "*"},
            {"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        ),
    ),
    fails=(*_FAILS, _policy({"AWS": "*"}, {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})),
    undecided=_UNDECIDED,
)
def kms_key_policy_not_public(statement: Statement) -> Iterator[Violation]:
    """KMS key policies do not let everyone in.

    A key that any account may use protects nothing, and a key that any account may manage can be deleted with all data
    under it. kms:ViaService alone does not help: every account can call through the service.
    """
    yield from _open(statement)


@rule(
    applies_to=("aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:ecr/registryPolicy:RegistryPolicy"),
    topic="Private repository policies in Amazon ECR",
    each=policy_statements,
    severity=Severity.HIGH,
    remedy=_REMEDY,
    controls=_CONTROLS,
    checkov=("CKV_AWS_32",),
    passes=_PASSES,
    fails=_FAILS,
    undecided=_UNDECIDED,
)
def ecr_repository_policy_not_public(statement: Statement) -> Iterator[Violation]:
    """ECR repository and registry policies do not let everyone in.

    Images hold code and often secrets; whoever may push can replace what you run.
    """
    yield from _open(statement)


@rule(
    applies_to=("aws:secretsmanager/secretPolicy:SecretPolicy", "aws:secretsmanager/secret:Secret"),
    topic="Attach a resource-based policy to an AWS Secrets Manager secret",
    each=policy_statements,
    severity=Severity.CRITICAL,
    remedy=_REMEDY,
    controls=_CONTROLS,
    passes=_PASSES,
    fails=_FAILS,
    undecided=_UNDECIDED,
)
def secret_policy_not_public(statement: Statement) -> Iterator[Violation]:
    """Policies of Secrets Manager secrets do not let everyone in.

    A secret that every AWS account can read is not one.
    """
    yield from _open(statement)


@rule(
    applies_to=OTHERS,
    topic="Amazon S3 Glacier access control with vault access policies",
    each=policy_statements,
    severity=Severity.HIGH,
    remedy=_REMEDY,
    controls=_CONTROLS,
    checkov=("CKV_AWS_167",),
    passes=(
        *_PASSES,
        Example({"accessPolicy": json.dumps(_policy("*", _ACCOUNT)["policy"])}, VAULT),
        Example(_policy({"AWS": "*"}, {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}), EFS_POLICY),
    ),
    fails=(*_FAILS, Example({"accessPolicy": json.dumps(_policy("*")["policy"])}, VAULT)),
    undecided=_UNDECIDED,
)
def resource_policy_not_public(statement: Statement) -> Iterator[Violation]:
    """Resource policies of further services do not let everyone in.

    These are backup and Glacier vaults, event buses, log destinations, CodeArtifact, CodeBuild, DynamoDB, EFS, Glue,
    Kinesis, Lambda, MSK, Redshift, SES, S3 access points and tables, and some more. Everyone includes callers without an
    AWS account where the service admits them.
    """
    yield from _open(statement)
