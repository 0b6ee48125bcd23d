"""Where resources have a policy of their own, and its statements as rules take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.iam_analysis.holes import unknown
from policies.iam_analysis.model import read_document
from policies.iam_analysis.resource_locations import ENDPOINTS, GUARDS

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
ELSEWHERE = frozenset({
    "aws:apigateway/restApi:RestApi",
    "aws:apigateway/restApiPolicy:RestApiPolicy",
    "aws:apigateway/domainName:DomainName",
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy",
    "aws:vpclattice/authPolicy:AuthPolicy",
    *ENDPOINTS,
})  # fmt: skip
"""Types whose policies are meant for many callers: they are judged by rules of their own."""

POLICIES = {type_: guard.document for type_, guard in sorted(GUARDS.items()) if type_ not in ELSEWHERE}
"""All types with a resource policy that says who may use the resource, and the property that holds it."""

_OF_OTHER_RULES = (*BUCKETS, *QUEUES, *TOPICS, *KEYS, *REPOSITORIES, *SECRETS, *DOMAINS, *DOMAIN_POLICIES)
OTHERS = tuple(type_ for type_ in POLICIES if type_ not in _OF_OTHER_RULES)
"""Those of services without a rule of their own."""


class Grant(NamedTuple):
    """A statement of a resource's policy, with all that is read of the policy."""

    statement: Statement
    document: Document
    resource: Resource


def grants(resource: Resource) -> Iterator[Grant]:
    """Yield the statements of the policy of a resource, or of a resource that attaches one; unknown ones raise at the end."""
    yield from grants_at(resource, GUARDS[resource.type].document if resource.type in GUARDS else "policy")


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
