"""Where the policies of resources stand, what they protect, and what the ARNs of that look like (pulumi_aws 7.51.1)."""

from __future__ import annotations

from typing import NamedTuple


class Guard(NamedTuple):
    """A type that holds the policy of a resource: the property with the document, and the one that names the resource.

    `by` is empty where the document stands on the resource itself, or is one of the whole account. `protects` are the
    types that `by` names.
    """

    document: str
    by: str = ""
    protects: tuple[str, ...] = ()


GUARDS: dict[str, Guard] = {
    "aws:organizations/resourcePolicy:ResourcePolicy": Guard("content"),
    "aws:s3/bucketPolicy:BucketPolicy": Guard("policy", "bucket",
        ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/directoryBucket:DirectoryBucket")),
    "aws:s3/bucket:Bucket": Guard("policy"),
    "aws:s3/bucketV2:BucketV2": Guard("policy"),
    "aws:s3/accessPoint:AccessPoint": Guard("policy"),
    "aws:s3control/accessPointPolicy:AccessPointPolicy": Guard("policy", "accessPointArn", ("aws:s3/accessPoint:AccessPoint",)),
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": Guard("details.policy", "details.name",
        ("aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",)),
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": Guard("policy", "name",
        ("aws:s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint",)),
    "aws:s3control/bucketPolicy:BucketPolicy": Guard("policy", "bucket", ("aws:s3control/bucket:Bucket",)),
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": Guard("policy"),
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": Guard("resourcePolicy", "tableBucketArn",
        ("aws:s3tables/tableBucket:TableBucket",)),
    "aws:s3tables/tablePolicy:TablePolicy": Guard("resourcePolicy", "name", ("aws:s3tables/table:Table",)),
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy": Guard("policy", "vectorBucketArn",
        ("aws:s3/vectorsVectorBucket:VectorsVectorBucket",)),
    "aws:s3/filesFileSystemPolicy:FilesFileSystemPolicy": Guard("policy", "fileSystemId",
        ("aws:s3/filesFileSystem:FilesFileSystem",)),
    "aws:sqs/queuePolicy:QueuePolicy": Guard("policy", "queueUrl", ("aws:sqs/queue:Queue",)),
    "aws:sqs/queue:Queue": Guard("policy"),
    "aws:sns/topicPolicy:TopicPolicy": Guard("policy", "arn", ("aws:sns/topic:Topic",)),
    "aws:sns/topic:Topic": Guard("policy"),
    "aws:kms/key:Key": Guard("policy"),
    "aws:kms/keyPolicy:KeyPolicy": Guard("policy", "keyId", (
        "aws:kms/key:Key",
        "aws:kms/externalKey:ExternalKey",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:kms/replicaExternalKey:ReplicaExternalKey",
    )),
    "aws:kms/externalKey:ExternalKey": Guard("policy"),
    "aws:kms/replicaKey:ReplicaKey": Guard("policy"),
    "aws:kms/replicaExternalKey:ReplicaExternalKey": Guard("policy"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Guard("policy", "secretArn", ("aws:secretsmanager/secret:Secret",)),
    "aws:secretsmanager/secret:Secret": Guard("policy"),
    "aws:lambda/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn", ("aws:lambda/function:Function",)),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Guard("policy", "repository", ("aws:ecr/repository:Repository",)),
    "aws:ecr/registryPolicy:RegistryPolicy": Guard("policy"),
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": Guard("repositoryPolicy"),
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": Guard("policy", "repositoryName",
        ("aws:ecrpublic/repository:Repository",)),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": Guard("policy", "fileSystemId", ("aws:efs/fileSystem:FileSystem",)),
    "aws:backup/vaultPolicy:VaultPolicy": Guard("policy", "backupVaultName",
        ("aws:backup/vault:Vault", "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault")),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn", ("aws:dynamodb/table:Table",)),
    "aws:kinesis/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn",
        ("aws:kinesis/stream:Stream", "aws:kinesis/streamConsumer:StreamConsumer")),
    "aws:opensearch/domain:Domain": Guard("accessPolicies"),
    "aws:opensearch/domainPolicy:DomainPolicy": Guard("accessPolicies", "domainName", ("aws:opensearch/domain:Domain",)),
    "aws:elasticsearch/domain:Domain": Guard("accessPolicies"),
    "aws:elasticsearch/domainPolicy:DomainPolicy": Guard("accessPolicies", "domainName", ("aws:elasticsearch/domain:Domain",)),
    "aws:cloudsearch/domainServiceAccessPolicy:DomainServiceAccessPolicy": Guard("accessPolicy", "domainName",
        ("aws:cloudsearch/domain:Domain",)),
    "aws:apigateway/restApi:RestApi": Guard("policy"),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Guard("policy", "restApiId", ("aws:apigateway/restApi:RestApi",)),
    "aws:apigateway/domainName:DomainName": Guard("policy"),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": Guard("policy", "eventBusName", ("aws:cloudwatch/eventBus:EventBus",)),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Guard("policyDocument"),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": Guard("accessPolicy", "destinationName",
        ("aws:cloudwatch/logDestination:LogDestination",)),
    "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": Guard(
        "deliveryDestinationPolicy", "deliveryDestinationName",
        ("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",)),
    "aws:codeartifact/domainPermissions:DomainPermissions": Guard("policyDocument", "domain",
        ("aws:codeartifact/domain:Domain",)),
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": Guard("policyDocument", "repository",
        ("aws:codeartifact/repository:Repository",)),
    "aws:codebuild/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn",
        ("aws:codebuild/project:Project", "aws:codebuild/reportGroup:ReportGroup")),
    "aws:glacier/vault:Vault": Guard("accessPolicy"),
    "aws:glacier/vaultLock:VaultLock": Guard("policy", "vaultName", ("aws:glacier/vault:Vault",)),
    "aws:glue/resourcePolicy:ResourcePolicy": Guard("policy"),
    "aws:acmpca/policy:Policy": Guard("policy", "resourceArn", ("aws:acmpca/certificateAuthority:CertificateAuthority",)),
    "aws:amp/resourcePolicy:ResourcePolicy": Guard("policyDocument", "workspaceId", ("aws:amp/workspace:Workspace",)),
    "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": Guard("policy", "resourceArn"),
    "aws:dsql/clusterPolicy:ClusterPolicy": Guard("policy", "identifier", ("aws:dsql/cluster:Cluster",)),
    "aws:mediastore/containerPolicy:ContainerPolicy": Guard("policy", "containerName", ("aws:mediastore/container:Container",)),
    "aws:msk/clusterPolicy:ClusterPolicy": Guard("policy", "clusterArn",
        ("aws:msk/cluster:Cluster", "aws:msk/serverlessCluster:ServerlessCluster")),
    "aws:networkfirewall/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn",
        ("aws:networkfirewall/firewallPolicy:FirewallPolicy", "aws:networkfirewall/ruleGroup:RuleGroup")),
    "aws:oam/sinkPolicy:SinkPolicy": Guard("policy", "sinkIdentifier", ("aws:oam/sink:Sink",)),
    "aws:opensearchingest/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn",
        ("aws:opensearchingest/pipeline:Pipeline",)),
    "aws:pinpoint/smsvoicev2ResourcePolicy:Smsvoicev2ResourcePolicy": Guard("policy", "resourceArn"),
    "aws:redshift/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn", ("aws:redshift/cluster:Cluster",)),
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn",
        ("aws:redshiftserverless/namespace:Namespace",)),
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": Guard("resourcePolicy", "modelPackageGroupName",
        ("aws:sagemaker/modelPackageGroup:ModelPackageGroup",)),
    "aws:schemas/registryPolicy:RegistryPolicy": Guard("policy", "registryName", ("aws:schemas/registry:Registry",)),
    "aws:ses/identityPolicy:IdentityPolicy": Guard("policy", "identity",
        ("aws:ses/domainIdentity:DomainIdentity", "aws:ses/emailIdentity:EmailIdentity")),
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": Guard("policy", "emailIdentity",
        ("aws:sesv2/emailIdentity:EmailIdentity",)),
    "aws:vpclattice/authPolicy:AuthPolicy": Guard("policy", "resourceIdentifier",
        ("aws:vpclattice/service:Service", "aws:vpclattice/serviceNetwork:ServiceNetwork")),
    "aws:vpclattice/resourcePolicy:ResourcePolicy": Guard("policy", "resourceArn", (
        "aws:vpclattice/service:Service",
        "aws:vpclattice/serviceNetwork:ServiceNetwork",
        "aws:vpclattice/resourceConfiguration:ResourceConfiguration",
    )),
    "aws:xray/resourcePolicy:ResourcePolicy": Guard("policyDocument"),
    "aws:fsx/s3AccessPointAttachment:S3AccessPointAttachment": Guard("s3AccessPoint.policy"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Guard("policy"),
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": Guard("policy", "vpcEndpointId", ("aws:ec2/vpcEndpoint:VpcEndpoint",)),
}  # fmt: skip
"""What holds policies with principals, by type. A VPC endpoint without a policy lets everything through."""

ENDPOINTS = frozenset({"aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"})
"""Those whose policy limits what goes through an endpoint: it gives nobody access."""

SESSION_POLICIES = {
    "aws:transfer/user:User": "policy",
    "aws:transfer/access:Access": "policy",
    "aws:rolesanywhere/profile:Profile": "sessionPolicy",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "policy",
}
"""Types that carry a role, and the property with a policy that limits what is done with it."""


class Shape(NamedTuple):
    """The ARN of a type, with places for partition, region, account and name; and the property that holds the name.

    From the Service Authorization Reference. A type whose name AWS gives has none.
    """

    arn: str
    name: str = "name"


SHAPES: dict[str, Shape] = {
    "aws:s3/bucket:Bucket": Shape("arn:{p}:s3:::{n}", "bucket"),
    "aws:s3/bucketV2:BucketV2": Shape("arn:{p}:s3:::{n}", "bucket"),
    "aws:s3/directoryBucket:DirectoryBucket": Shape("arn:{p}:s3express:{r}:{a}:bucket/{n}", "bucket"),
    "aws:s3/accessPoint:AccessPoint": Shape("arn:{p}:s3:{r}:{a}:accesspoint/{n}"),
    "aws:sqs/queue:Queue": Shape("arn:{p}:sqs:{r}:{a}:{n}"),
    "aws:sns/topic:Topic": Shape("arn:{p}:sns:{r}:{a}:{n}"),
    "aws:kms/key:Key": Shape("arn:{p}:kms:{r}:{a}:key/{n}", ""),
    "aws:kms/externalKey:ExternalKey": Shape("arn:{p}:kms:{r}:{a}:key/{n}", ""),
    "aws:kms/replicaKey:ReplicaKey": Shape("arn:{p}:kms:{r}:{a}:key/{n}", ""),
    "aws:kms/replicaExternalKey:ReplicaExternalKey": Shape("arn:{p}:kms:{r}:{a}:key/{n}", ""),
    "aws:secretsmanager/secret:Secret": Shape("arn:{p}:secretsmanager:{r}:{a}:secret:{n}-*"),
    "aws:lambda/function:Function": Shape("arn:{p}:lambda:{r}:{a}:function:{n}"),
    "aws:lambda/layerVersion:LayerVersion": Shape("arn:{p}:lambda:{r}:{a}:layer:{n}", "layerName"),
    "aws:ecr/repository:Repository": Shape("arn:{p}:ecr:{r}:{a}:repository/{n}"),
    "aws:efs/fileSystem:FileSystem": Shape("arn:{p}:elasticfilesystem:{r}:{a}:file-system/{n}", ""),
    "aws:backup/vault:Vault": Shape("arn:{p}:backup:{r}:{a}:backup-vault:{n}"),
    "aws:dynamodb/table:Table": Shape("arn:{p}:dynamodb:{r}:{a}:table/{n}"),
    "aws:kinesis/stream:Stream": Shape("arn:{p}:kinesis:{r}:{a}:stream/{n}"),
    "aws:opensearch/domain:Domain": Shape("arn:{p}:es:{r}:{a}:domain/{n}", "domainName"),
    "aws:elasticsearch/domain:Domain": Shape("arn:{p}:es:{r}:{a}:domain/{n}", "domainName"),
    "aws:apigateway/restApi:RestApi": Shape("arn:{p}:execute-api:{r}:{a}:*", ""),
    "aws:cloudwatch/eventBus:EventBus": Shape("arn:{p}:events:{r}:{a}:event-bus/{n}"),
    "aws:cloudwatch/logDestination:LogDestination": Shape("arn:{p}:logs:{r}:{a}:destination:{n}"),
    "aws:glacier/vault:Vault": Shape("arn:{p}:glacier:{r}:{a}:vaults/{n}"),
    "aws:codeartifact/domain:Domain": Shape("arn:{p}:codeartifact:{r}:{a}:domain/{n}", "domain"),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Shape(
        "arn:{p}:sagemaker:{r}:{a}:model-package-group/{n}", "modelPackageGroupName"
    ),
}
"""ARNs by type; of any other type nothing is known of an ARN that the provider has not recorded."""
