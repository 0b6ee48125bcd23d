"""Where resources have a policy of their own, and its statements as rules take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.holes import unknown
from policies.iam_analysis.model import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.model import Document, Statement
    from policies.resource import Resource

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
BUCKETS = (BUCKET_POLICY, BUCKET, BUCKET_V2)
QUEUE = "aws:sqs/queue:Queue"
QUEUES = ("aws:sqs/queuePolicy:QueuePolicy", QUEUE)
TOPIC = "aws:sns/topic:Topic"
TOPICS = ("aws:sns/topicPolicy:TopicPolicy", TOPIC)
KEY = "aws:kms/key:Key"
KEYS = (
    KEY,
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)
ECR_TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
REPOSITORIES = ("aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:ecr/registryPolicy:RegistryPolicy", ECR_TEMPLATE)
SECRETS = ("aws:secretsmanager/secretPolicy:SecretPolicy", "aws:secretsmanager/secret:Secret")
DOMAIN = "aws:opensearch/domain:Domain"
DOMAINS = (DOMAIN, "aws:elasticsearch/domain:Domain")
DOMAIN_POLICY = "aws:opensearch/domainPolicy:DomainPolicy"
DOMAIN_POLICIES = (DOMAIN_POLICY, "aws:elasticsearch/domainPolicy:DomainPolicy")
ACCESS_POINT = "aws:s3/accessPoint:AccessPoint"
FSX_ACCESS_POINT = "aws:fsx/s3AccessPointAttachment:S3AccessPointAttachment"
ACCESS_POINTS = frozenset({
    ACCESS_POINT,
    FSX_ACCESS_POINT,
    "aws:s3control/accessPointPolicy:AccessPointPolicy",
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy",
})  # fmt: skip
EFS_POLICY = "aws:efs/fileSystemPolicy:FileSystemPolicy"
VAULT = "aws:glacier/vault:Vault"
OTHERS = {
    "aws:acmpca/policy:Policy": "policy",
    "aws:amp/resourcePolicy:ResourcePolicy": "policyDocument",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": "policy",
    "aws:cloudsearch/domainServiceAccessPolicy:DomainServiceAccessPolicy": "accessPolicy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": "deliveryDestinationPolicy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
    "aws:codebuild/resourcePolicy:ResourcePolicy": "policy",
    "aws:dsql/clusterPolicy:ClusterPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    EFS_POLICY: "policy",
    FSX_ACCESS_POINT: "s3AccessPoint.policy",
    "aws:glacier/vaultLock:VaultLock": "policy",
    VAULT: "accessPolicy",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
    "aws:mediastore/containerPolicy:ContainerPolicy": "policy",
    "aws:msk/clusterPolicy:ClusterPolicy": "policy",
    "aws:networkfirewall/resourcePolicy:ResourcePolicy": "policy",
    "aws:oam/sinkPolicy:SinkPolicy": "policy",
    "aws:opensearchingest/resourcePolicy:ResourcePolicy": "policy",
    "aws:organizations/resourcePolicy:ResourcePolicy": "content",
    "aws:pinpoint/smsvoicev2ResourcePolicy:Smsvoicev2ResourcePolicy": "policy",
    "aws:redshift/resourcePolicy:ResourcePolicy": "policy",
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy": "policy",
    ACCESS_POINT: "policy",
    "aws:s3/filesFileSystemPolicy:FilesFileSystemPolicy": "policy",
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy": "policy",
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": "policy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
    "aws:s3control/bucketPolicy:BucketPolicy": "policy",
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": "details.policy",
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": "policy",
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": "resourcePolicy",
    "aws:s3tables/tablePolicy:TablePolicy": "resourcePolicy",
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": "resourcePolicy",
    "aws:schemas/registryPolicy:RegistryPolicy": "policy",
    "aws:ses/identityPolicy:IdentityPolicy": "policy",
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": "policy",
    "aws:vpclattice/resourcePolicy:ResourcePolicy": "policy",
    "aws:xray/resourcePolicy:ResourcePolicy": "policyDocument",
}
"""Further types with a resource policy, and the property that holds it."""

POLICIES = {
    **dict.fromkeys((*BUCKETS, *QUEUES, *TOPICS, *KEYS, *REPOSITORIES, *SECRETS), "policy"),
    ECR_TEMPLATE: "repositoryPolicy",
    **dict.fromkeys((*DOMAINS, *DOMAIN_POLICIES), "accessPolicies"),
    **OTHERS,
}
"""All types with a resource policy that says who may use the resource, and the property that holds it."""


class Grant(NamedTuple):
    """A statement of a resource's policy, with all that is read of the policy."""

    statement: Statement
    document: Document
    resource: Resource


def grants(resource: Resource) -> Iterator[Grant]:
    """Yield the statements of the policy of a resource, or of a resource that attaches one; unknown ones raise at the end."""
    yield from grants_at(resource, POLICIES.get(resource.type, "policy"))


def grants_at(resource: Resource, path: str) -> Iterator[Grant]:
    """Yield the statements of the policy document at a property path; unknown ones raise at the end."""
    document = read_document(resource, path, resource.urn)
    for statement in document.statements:
        yield Grant(statement, document, resource)
    if document.unknown:
        raise unknown(document.unknown)


def element(statement: Statement, name: str) -> str:
    """Return the property path of Principal, Action or Resource in a statement, or of its opposite where that stands there."""
    patterns = {"Principal": statement.principals, "Action": statement.actions, "Resource": statement.resources}[name]
    return f"{statement.at}.Not{name}" if patterns and patterns.negated else f"{statement.at}.{name}"
