"""The types that AWS's Security Finding Format has for resources, and the Pulumi types that they stand for.

Source: the resources of the AWS Security Finding Format, as botocore's model of Security Hub (2018-10-26) names them.
"""

from __future__ import annotations

OTHER = "Other"
"""The type of what has none of its own."""

_NAMES = """
AwsAmazonMqBroker AwsApiGatewayRestApi AwsApiGatewayStage AwsApiGatewayV2Api AwsApiGatewayV2Stage AwsAppSyncGraphQlApi
AwsAthenaWorkGroup AwsAutoScalingAutoScalingGroup AwsAutoScalingLaunchConfiguration AwsBackupBackupPlan AwsBackupBackupVault
AwsCertificateManagerCertificate AwsCloudFormationStack AwsCloudFrontDistribution AwsCloudTrailTrail AwsCloudWatchAlarm
AwsCodeBuildProject AwsDmsEndpoint AwsDmsReplicationInstance AwsDmsReplicationTask AwsDynamoDbTable AwsEc2ClientVpnEndpoint
AwsEc2Eip AwsEc2Instance AwsEc2LaunchTemplate AwsEc2NetworkAcl AwsEc2NetworkInterface AwsEc2RouteTable AwsEc2SecurityGroup
AwsEc2Subnet AwsEc2TransitGateway AwsEc2Volume AwsEc2Vpc AwsEc2VpcEndpointService AwsEc2VpcPeeringConnection
AwsEc2VpnConnection AwsEcrRepository AwsEcsCluster AwsEcsService AwsEcsTaskDefinition AwsEfsAccessPoint AwsEksCluster
AwsElasticBeanstalkEnvironment AwsElasticsearchDomain AwsElbLoadBalancer AwsElbv2LoadBalancer AwsEventsEventbus
AwsGuardDutyDetector AwsIamAccessKey AwsIamGroup AwsIamPolicy AwsIamRole AwsIamUser AwsKinesisStream AwsKmsKey
AwsLambdaFunction AwsLambdaLayerVersion AwsMskCluster AwsNetworkFirewallFirewall AwsNetworkFirewallFirewallPolicy
AwsNetworkFirewallRuleGroup AwsOpenSearchServiceDomain AwsRdsDbCluster AwsRdsDbClusterSnapshot AwsRdsDbInstance
AwsRdsDbSnapshot AwsRdsEventSubscription AwsRedshiftCluster AwsRoute53HostedZone AwsS3AccessPoint
AwsS3AccountPublicAccessBlock AwsS3Bucket AwsS3Object AwsSageMakerNotebookInstance AwsSecretsManagerSecret AwsSnsTopic
AwsSqsQueue AwsStepFunctionStateMachine AwsWafRateBasedRule AwsWafRegionalRateBasedRule AwsWafRegionalRule
AwsWafRegionalRuleGroup AwsWafRegionalWebAcl AwsWafRule AwsWafRuleGroup AwsWafWebAcl AwsWafv2RuleGroup AwsWafv2WebAcl
AwsXrayEncryptionConfig
"""

_BY_LETTERS = {name.casefold(): name for name in _NAMES.split()}

_OTHERWISE = {
    "aws:acm/certificate:Certificate": "AwsCertificateManagerCertificate",
    "aws:alb/loadBalancer:LoadBalancer": "AwsElbv2LoadBalancer",
    "aws:autoscaling/group:Group": "AwsAutoScalingAutoScalingGroup",
    "aws:backup/plan:Plan": "AwsBackupBackupPlan",
    "aws:backup/vault:Vault": "AwsBackupBackupVault",
    "aws:cloudwatch/eventBus:EventBus": "AwsEventsEventbus",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "AwsCloudWatchAlarm",
    "aws:ebs/volume:Volume": "AwsEc2Volume",
    "aws:ec2/launchConfiguration:LaunchConfiguration": "AwsAutoScalingLaunchConfiguration",
    "aws:ec2transitgateway/transitGateway:TransitGateway": "AwsEc2TransitGateway",
    "aws:lb/loadBalancer:LoadBalancer": "AwsElbv2LoadBalancer",
    "aws:mq/broker:Broker": "AwsAmazonMqBroker",
    "aws:opensearch/domain:Domain": "AwsOpenSearchServiceDomain",
    "aws:rds/cluster:Cluster": "AwsRdsDbCluster",
    "aws:rds/clusterInstance:ClusterInstance": "AwsRdsDbInstance",
    "aws:rds/clusterSnapshot:ClusterSnapshot": "AwsRdsDbClusterSnapshot",
    "aws:rds/instance:Instance": "AwsRdsDbInstance",
    "aws:rds/snapshot:Snapshot": "AwsRdsDbSnapshot",
    "aws:route53/zone:Zone": "AwsRoute53HostedZone",
    "aws:s3/bucketObject:BucketObject": "AwsS3Object",
    "aws:s3/bucketObjectv2:BucketObjectv2": "AwsS3Object",
    "aws:s3/bucketV2:BucketV2": "AwsS3Bucket",
    "aws:sfn/stateMachine:StateMachine": "AwsStepFunctionStateMachine",
}


def type_of(pulumi: str) -> str:
    """Return the type for a Pulumi type, such as `AwsS3Bucket` for `aws:s3/bucket:Bucket`; `Other` where there is none."""
    package, _, rest = pulumi.partition(":")
    module, _, name = rest.partition("/")
    known = _BY_LETTERS.get(f"{package}{module}{name.partition(':')[2]}".casefold()) if package == "aws" else None
    return _OTHERWISE.get(pulumi) or known or OTHER
