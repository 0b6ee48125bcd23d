"""Properties by which resources carry a role or an instance profile: its ARN or its name (pulumi_aws 7.51.1)."""

from __future__ import annotations

ROLE_PROPERTIES: dict[str, str] = {
    "aws:amp/scraper:Scraper": "roleConfiguration.sourceRoleArn roleConfiguration.targetRoleArn",
    "aws:amplify/app:App": "computeRoleArn iamServiceRoleArn",
    "aws:apigateway/account:Account": "cloudwatchRoleArn",
    "aws:appautoscaling/target:Target": "roleArn",
    "aws:appconfig/configurationProfile:ConfigurationProfile": "retrievalRoleArn",
    "aws:appconfig/environment:Environment": "monitors[].alarmRoleArn",
    "aws:appconfig/extension:Extension": "actionPoints[].actions[].roleArn",
    "aws:appflow/connectorProfile:ConnectorProfile":
        "connectorProfileConfig.connectorProfileProperties.redshift.dataApiRoleArn "
        "connectorProfileConfig.connectorProfileProperties.redshift.roleArn",
    "aws:appflow/flow:Flow": "metadataCatalogConfig.glueDataCatalog.roleArn",
    "aws:apprunner/service:Service":
        "instanceConfiguration.instanceRoleArn sourceConfiguration.authenticationConfiguration.accessRoleArn",
    "aws:appstream/fleet:Fleet": "iamRoleArn",
    "aws:appstream/imageBuilder:ImageBuilder": "iamRoleArn",
    "aws:appsync/api:Api": "eventConfig.logConfig.cloudwatchLogsRoleArn",
    "aws:appsync/dataSource:DataSource": "serviceRoleArn",
    "aws:appsync/graphQLApi:GraphQLApi": "logConfig.cloudwatchLogsRoleArn mergedApiExecutionRoleArn",
    "aws:athena/workgroup:Workgroup": "configuration.executionRole",
    "aws:auditmanager/assessment:Assessment": "roles[].roleArn",
    "aws:autoscaling/group:Group": "initialLifecycleHooks[].roleArn serviceLinkedRoleArn",
    "aws:autoscaling/lifecycleHook:LifecycleHook": "roleArn",
    "aws:backup/plan:Plan": "scanSettings[].scannerRoleArn",
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": "iamRoleArn",
    "aws:backup/selection:Selection": "iamRoleArn",
    "aws:batch/computeEnvironment:ComputeEnvironment":
        "computeResources.instanceRole computeResources.spotIamFleetRole serviceRole",
    "aws:batch/jobDefinition:JobDefinition":
        "containerProperties(json).executionRoleArn containerProperties(json).jobRoleArn "
        "ecsProperties(json).taskProperties[].executionRoleArn ecsProperties(json).taskProperties[].taskRoleArn "
        "nodeProperties(json).nodeRangeProperties[].container.executionRoleArn "
        "nodeProperties(json).nodeRangeProperties[].container.jobRoleArn "
        "nodeProperties(json).nodeRangeProperties[].ecsProperties.taskProperties[].executionRoleArn "
        "nodeProperties(json).nodeRangeProperties[].ecsProperties.taskProperties[].taskRoleArn",
    "aws:bedrock/agentAgent:AgentAgent": "agentResourceRoleArn",
    "aws:bedrock/agentFlow:AgentFlow": "executionRoleArn",
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": "roleArn",
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": "roleArn",
    "aws:bedrock/agentcoreBrowser:AgentcoreBrowser": "executionRoleArn",
    "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter": "executionRoleArn",
    "aws:bedrock/agentcoreGateway:AgentcoreGateway": "roleArn",
    "aws:bedrock/agentcoreHarness:AgentcoreHarness": "executionRoleArn",
    "aws:bedrock/agentcoreMemory:AgentcoreMemory": "memoryExecutionRoleArn",
    "aws:bedrock/agentcoreMemoryStrategy:AgentcoreMemoryStrategy": "memoryExecutionRoleArn",
    "aws:bedrock/agentcoreOnlineEvaluationConfig:AgentcoreOnlineEvaluationConfig": "evaluationExecutionRoleArn",
    "aws:bedrock/customModel:CustomModel": "roleArn",
    "aws:bedrock/evaluationJob:EvaluationJob": "roleArn",
    "aws:bedrockmodel/invocationJob:InvocationJob": "roleArn",
    "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration": "loggingConfig.cloudwatchConfig.roleArn",
    "aws:cfg/configurationAggregator:ConfigurationAggregator": "organizationAggregationSource.roleArn",
    "aws:cfg/recorder:Recorder": "roleArn",
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "iamRoleArn",
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": "iamRoleArn",
    "aws:chimesdkmediapipelines/mediaInsightsPipelineConfiguration:MediaInsightsPipelineConfiguration":
        "elements[].amazonTranscribeCallAnalyticsProcessorConfiguration.postCallAnalyticsSettings.dataAccessRoleArn "
        "resourceAccessRoleArn",
    "aws:cleanrooms/membership:Membership": "defaultResultConfiguration.roleArn",
    "aws:cloudcontrol/resource:Resource": "roleArn",
    "aws:cloudformation/cloudFormationType:CloudFormationType": "executionRoleArn loggingConfig.logRoleArn",
    "aws:cloudformation/stack:Stack": "iamRoleArn",
    "aws:cloudformation/stackSet:StackSet": "administrationRoleArn executionRoleName",
    "aws:cloudfront/realtimeLogConfig:RealtimeLogConfig": "endpoint.kinesisStreamConfig.roleArn",
    "aws:cloudtrail/trail:Trail": "cloudWatchLogsRoleArn",
    "aws:cloudwatch/eventEndpoint:EventEndpoint": "roleArn",
    "aws:cloudwatch/eventRule:EventRule": "roleArn",
    "aws:cloudwatch/eventTarget:EventTarget": "roleArn",
    "aws:cloudwatch/logDestination:LogDestination": "roleArn",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "roleArn",
    "aws:cloudwatch/metricStream:MetricStream": "roleArn",
    "aws:cloudwatchomni/space:Space": "agentCoreEvaluationRoleArn dataAccessRoleArn",
    "aws:codebuild/fleet:Fleet": "fleetServiceRole",
    "aws:codebuild/project:Project": "buildBatchConfig.serviceRole resourceAccessRole serviceRole",
    "aws:codedeploy/deploymentGroup:DeploymentGroup": "serviceRoleArn",
    "aws:codepipeline/pipeline:Pipeline":
        "roleArn stages[].actions[].roleArn stages[].beforeEntry.condition.rules[].roleArn "
        "stages[].onFailure.condition.rules[].roleArn stages[].onSuccess.condition.rules[].roleArn",
    "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment":
        "roleMappings[].mappingRules[].roleArn roles.authenticated roles.unauthenticated",
    "aws:cognito/managedUserPoolClient:ManagedUserPoolClient": "analyticsConfiguration.roleArn",
    "aws:cognito/userGroup:UserGroup": "roleArn",
    "aws:cognito/userPoolClient:UserPoolClient": "analyticsConfiguration.roleArn",
    "aws:comprehend/documentClassifier:DocumentClassifier": "dataAccessRoleArn",
    "aws:comprehend/entityRecognizer:EntityRecognizer": "dataAccessRoleArn",
    "aws:datasync/efsLocation:EfsLocation": "fileSystemAccessRoleArn",
    "aws:datasync/s3Location:S3Location": "s3Config.bucketAccessRoleArn",
    "aws:datasync/task:Task": "taskReportConfig.s3Destination.bucketAccessRoleArn",
    "aws:datazone/domain:Domain": "domainExecutionRole serviceRole",
    "aws:datazone/environmentBlueprintConfiguration:EnvironmentBlueprintConfiguration":
        "manageAccessRoleArn provisioningRoleArn",
    "aws:dax/cluster:Cluster": "iamRoleArn",
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": "executionRoleArn",
    "aws:dms/dataProvider:DataProvider":
        "settings.ibmDb2LuwSettings.s3AccessRoleArn settings.ibmDb2ZosSettings.s3AccessRoleArn "
        "settings.mariaDbSettings.s3AccessRoleArn settings.microsoftSqlServerSettings.s3AccessRoleArn "
        "settings.mysqlSettings.s3AccessRoleArn settings.oracleSettings.s3AccessRoleArn "
        "settings.oracleSettings.secretsManagerOracleAsmAccessRoleArn "
        "settings.oracleSettings.secretsManagerSecurityDbEncryptionAccessRoleArn "
        "settings.postgresqlSettings.s3AccessRoleArn settings.redshiftSettings.s3AccessRoleArn",
    "aws:dms/endpoint:Endpoint":
        "elasticsearchSettings.serviceAccessRoleArn kinesisSettings.serviceAccessRoleArn "
        "mysqlSettings.serviceAccessRoleArn oracleSettings.secretsManagerOracleAsmAccessRoleArn "
        "postgresSettings.serviceAccessRoleArn redshiftSettings.serviceAccessRoleArn secretsManagerAccessRoleArn "
        "serviceAccessRole",
    "aws:dms/migrationProject:MigrationProject":
        "schemaConversionApplicationAttributes.s3BucketRoleArn "
        "sourceDataProviderDescriptors[].secretsManagerAccessRoleArn "
        "targetDataProviderDescriptors[].secretsManagerAccessRoleArn",
    "aws:dms/s3Endpoint:S3Endpoint": "serviceAccessRoleArn",
    "aws:ebs/snapshotImport:SnapshotImport": "roleName",
    "aws:ec2/flowLog:FlowLog": "deliverCrossAccountRole iamRoleArn",
    "aws:ec2/instance:Instance": "iamInstanceProfile",
    "aws:ec2/launchConfiguration:LaunchConfiguration": "iamInstanceProfile",
    "aws:ec2/launchTemplate:LaunchTemplate": "iamInstanceProfile.arn iamInstanceProfile.name",
    "aws:ec2/spotFleetRequest:SpotFleetRequest":
        "iamFleetRole launchSpecifications[].iamInstanceProfile launchSpecifications[].iamInstanceProfileArn",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "iamInstanceProfile",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": "customRoleArn",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "customRoleArn",
    "aws:ecs/capacityProvider:CapacityProvider":
        "managedInstancesProvider.infrastructureRoleArn "
        "managedInstancesProvider.instanceLaunchTemplate.ec2InstanceProfileArn",
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": "executionRoleArn taskRoleArn",
    "aws:ecs/expressGatewayService:ExpressGatewayService": "executionRoleArn infrastructureRoleArn taskRoleArn",
    "aws:ecs/service:Service":
        "deploymentConfiguration.lifecycleHooks[].roleArn iamRole loadBalancers[].advancedConfiguration.roleArn "
        "serviceConnectConfiguration.services[].tls.roleArn volumeConfiguration.managedEbsVolume.roleArn "
        "vpcLatticeConfigurations[].roleArn",
    "aws:ecs/taskDefinition:TaskDefinition": "executionRoleArn taskRoleArn",
    "aws:eks/addon:Addon": "podIdentityAssociations[].roleArn serviceAccountRoleArn",
    "aws:eks/capability:Capability": "roleArn",
    "aws:eks/cluster:Cluster": "computeConfig.nodeRoleArn roleArn",
    "aws:eks/fargateProfile:FargateProfile": "podExecutionRoleArn",
    "aws:eks/nodeGroup:NodeGroup": "nodeRoleArn",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "roleArn targetRoleArn",
    "aws:elasticbeanstalk/application:Application": "appversionLifecycle.serviceRole",
    "aws:elasticsearch/domain:Domain": "cognitoOptions.roleArn",
    "aws:elastictranscoder/pipeline:Pipeline": "role",
    "aws:emr/cluster:Cluster": "autoscalingRole ec2Attributes.instanceProfile serviceRole",
    "aws:emr/studio:Studio": "serviceRole userRole",
    "aws:emrcontainers/jobTemplate:JobTemplate": "jobTemplateData.executionRoleArn",
    "aws:finspace/kxCluster:KxCluster": "executionRole",
    "aws:finspace/kxUser:KxUser": "iamRole",
    "aws:fis/experimentTemplate:ExperimentTemplate": "roleArn",
    "aws:fis/targetAccountConfiguration:TargetAccountConfiguration": "roleArn",
    "aws:gamelift/build:Build": "storageLocation.roleArn",
    "aws:gamelift/fleet:Fleet": "instanceRoleArn",
    "aws:gamelift/gameServerGroup:GameServerGroup": "roleArn",
    "aws:gamelift/script:Script": "storageLocation.roleArn",
    "aws:glue/catalog:Catalog":
        "catalogProperties.dataLakeAccessProperties.dataTransferRole "
        "catalogProperties.icebergOptimizationProperties.roleArn",
    "aws:glue/catalogTableOptimizer:CatalogTableOptimizer": "configuration.roleArn",
    "aws:glue/crawler:Crawler": "role",
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings":
        "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionServiceRole",
    "aws:glue/devEndpoint:DevEndpoint": "roleArn",
    "aws:glue/job:Job": "roleArn",
    "aws:glue/mLTransform:MLTransform": "roleArn",
    "aws:grafana/workspace:Workspace": "roleArn",
    "aws:guardduty/malwareProtectionPlan:MalwareProtectionPlan": "role",
    "aws:imagebuilder/distributionConfiguration:DistributionConfiguration": "distributions[].s3ExportConfiguration.roleName",
    "aws:imagebuilder/image:Image": "executionRole",
    "aws:imagebuilder/imagePipeline:ImagePipeline": "executionRole",
    "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration": "instanceProfileName",
    "aws:imagebuilder/lifecyclePolicy:LifecyclePolicy": "executionRole",
    "aws:iot/caCertificate:CaCertificate": "registrationConfig.roleArn",
    "aws:iot/loggingOptions:LoggingOptions": "roleArn",
    "aws:iot/provisioningTemplate:ProvisioningTemplate": "provisioningRoleArn",
    "aws:iot/roleAlias:RoleAlias": "roleArn",
    "aws:iot/topicRule:TopicRule":
        "cloudwatchAlarms[].roleArn cloudwatchLogs[].roleArn cloudwatchMetrics[].roleArn dynamodbs[].roleArn "
        "dynamodbv2s[].roleArn elasticsearch[].roleArn errorAction.cloudwatchAlarm.roleArn "
        "errorAction.cloudwatchLogs.roleArn errorAction.cloudwatchMetric.roleArn errorAction.dynamodb.roleArn "
        "errorAction.dynamodbv2.roleArn errorAction.elasticsearch.roleArn errorAction.firehose.roleArn "
        "errorAction.iotAnalytics.roleArn errorAction.iotEvents.roleArn errorAction.kinesis.roleArn "
        "errorAction.republish.roleArn errorAction.s3.roleArn errorAction.sns.roleArn errorAction.sqs.roleArn "
        "errorAction.stepFunctions.roleArn errorAction.timestream.roleArn firehoses[].roleArn iotAnalytics[].roleArn "
        "iotEvents[].roleArn kineses[].roleArn republishes[].roleArn s3[].roleArn sns[].roleArn sqs[].roleArn "
        "stepFunctions[].roleArn timestreams[].roleArn",
    "aws:iot/topicRuleDestination:TopicRuleDestination": "vpcConfiguration.roleArn",
    "aws:kendra/dataSource:DataSource": "customDocumentEnrichmentConfiguration.roleArn roleArn",
    "aws:kendra/experience:Experience": "roleArn",
    "aws:kendra/faq:Faq": "roleArn",
    "aws:kendra/index:Index": "roleArn",
    "aws:kendra/querySuggestionsBlockList:QuerySuggestionsBlockList": "roleArn",
    "aws:kendra/thesaurus:Thesaurus": "roleArn",
    "aws:kinesis/analyticsApplication:AnalyticsApplication":
        "cloudwatchLoggingOptions.roleArn inputs.kinesisFirehose.roleArn inputs.kinesisStream.roleArn "
        "inputs.processingConfiguration.lambda.roleArn outputs[].kinesisFirehose.roleArn outputs[].kinesisStream.roleArn "
        "outputs[].lambda.roleArn referenceDataSources.s3.roleArn",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream":
        "elasticsearchConfiguration.roleArn elasticsearchConfiguration.s3Configuration.roleArn "
        "elasticsearchConfiguration.vpcConfig.roleArn "
        "extendedS3Configuration.dataFormatConversionConfiguration.schemaConfiguration.roleArn "
        "extendedS3Configuration.roleArn extendedS3Configuration.s3BackupConfiguration.roleArn "
        "httpEndpointConfiguration.roleArn httpEndpointConfiguration.s3Configuration.roleArn "
        "httpEndpointConfiguration.secretsManagerConfiguration.roleArn icebergConfiguration.roleArn "
        "icebergConfiguration.s3Configuration.roleArn kinesisSourceConfiguration.roleArn "
        "mskSourceConfiguration.authenticationConfiguration.roleArn opensearchConfiguration.roleArn "
        "opensearchConfiguration.s3Configuration.roleArn opensearchConfiguration.vpcConfig.roleArn "
        "opensearchserverlessConfiguration.roleArn opensearchserverlessConfiguration.s3Configuration.roleArn "
        "opensearchserverlessConfiguration.vpcConfig.roleArn redshiftConfiguration.roleArn "
        "redshiftConfiguration.s3BackupConfiguration.roleArn redshiftConfiguration.s3Configuration.roleArn "
        "redshiftConfiguration.secretsManagerConfiguration.roleArn snowflakeConfiguration.roleArn "
        "snowflakeConfiguration.s3Configuration.roleArn snowflakeConfiguration.secretsManagerConfiguration.roleArn "
        "splunkConfiguration.s3Configuration.roleArn splunkConfiguration.secretsManagerConfiguration.roleArn",
    "aws:kinesisanalyticsv2/application:Application": "serviceExecutionRole",
    "aws:lakeformation/resource:Resource": "roleArn",
    "aws:lambda/capacityProvider:CapacityProvider": "permissionsConfig.capacityProviderOperatorRoleArn",
    "aws:lambda/coreNetworkConnector:CoreNetworkConnector": "operatorRole",
    "aws:lambda/function:Function": "role",
    "aws:lambda/microvmsImage:MicrovmsImage": "buildRoleArn",
    "aws:lambdamicrovms/image:Image": "buildRoleArn",
    "aws:lambdamicrovms/microvm:Microvm": "executionRoleArn",
    "aws:lex/botAlias:BotAlias": "conversationLogs.iamRoleArn",
    "aws:lex/v2modelsBot:V2modelsBot": "roleArn",
    "aws:m2/application:Application": "roleArn",
    "aws:mailmanager/ruleSet:RuleSet":
        "rules[].actions[].bounce.roleArn rules[].actions[].deliverToMailbox.roleArn "
        "rules[].actions[].deliverToQBusiness.roleArn rules[].actions[].invokeLambda.roleArn "
        "rules[].actions[].publishToSns.roleArn rules[].actions[].send.roleArn rules[].actions[].writeToS3.roleArn",
    "aws:medialive/channel:Channel": "roleArn",
    "aws:medialive/input:Input": "roleArn",
    "aws:msk/channel:Channel": "icebergDestination.serviceExecutionRoleArn s3Destination.serviceExecutionRoleArn",
    "aws:msk/replicator:Replicator": "serviceExecutionRoleArn",
    "aws:mskconnect/connector:Connector": "serviceExecutionRoleArn",
    "aws:mwaa/environment:Environment": "executionRoleArn",
    "aws:neptune/cluster:Cluster": "iamRoles[]",
    "aws:observabilityadmin/centralizationRuleForOrganization:CentralizationRuleForOrganization":
        "rule.destination.destinationLogsConfiguration.tagPropagationConfiguration.destinationRoleArn",
    "aws:observabilityadmin/s3TableIntegration:S3TableIntegration": "roleArn",
    "aws:odb/autonomousDatabase:AutonomousDatabase": "adminPasswordSource.customerManagedAwsSecret.iamRoleArn",
    "aws:odb/iamRoleAssociation:IamRoleAssociation": "iamRoleArn",
    "aws:opensearch/application:Application": "iamIdentityCenterOptions.iamRoleForIdentityCenterApplicationArn",
    "aws:opensearch/domain:Domain": "cognitoOptions.roleArn",
    "aws:opensearchingest/pipeline:Pipeline": "pipelineRoleArn",
    "aws:pinpoint/emailChannel:EmailChannel": "orchestrationSendingRoleArn roleArn",
    "aws:pinpoint/eventStream:EventStream": "roleArn",
    "aws:pinpoint/smsvoicev2EventDestination:Smsvoicev2EventDestination":
        "cloudwatchLogsDestination.iamRoleArn kinesisFirehoseDestination.iamRoleArn",
    "aws:pinpoint/smsvoicev2PhoneNumber:Smsvoicev2PhoneNumber": "twoWayChannelRole",
    "aws:pinpoint/smsvoicev2Pool:Smsvoicev2Pool": "twoWayChannelRole",
    "aws:pipes/pipe:Pipe":
        "roleArn targetParameters.ecsTaskParameters.overrides.executionRoleArn "
        "targetParameters.ecsTaskParameters.overrides.taskRoleArn",
    "aws:qbusiness/application:Application": "iamServiceRoleArn",
    "aws:qldb/stream:Stream": "roleArn",
    "aws:quicksight/dataSource:DataSource": "parameters.athena.roleArn parameters.s3.roleArn",
    "aws:quicksight/vpcConnection:VpcConnection": "roleArn",
    "aws:rds/cluster:Cluster": "domainIamRoleName iamRoles[] monitoringRoleArn s3Import.ingestionRole",
    "aws:rds/clusterInstance:ClusterInstance": "customIamInstanceProfile monitoringRoleArn",
    "aws:rds/clusterRoleAssociation:ClusterRoleAssociation": "roleArn",
    "aws:rds/exportTask:ExportTask": "iamRoleArn",
    "aws:rds/instance:Instance": "customIamInstanceProfile domainIamRoleName monitoringRoleArn s3Import.ingestionRole",
    "aws:rds/proxy:Proxy": "roleArn",
    "aws:rds/roleAssociation:RoleAssociation": "roleArn",
    "aws:redshift/cluster:Cluster": "defaultIamRoleArn iamRoles[]",
    "aws:redshift/clusterIamRoles:ClusterIamRoles": "defaultIamRoleArn iamRoleArns[]",
    "aws:redshift/idcApplication:IdcApplication": "iamRoleArn",
    "aws:redshift/scheduledAction:ScheduledAction": "iamRole",
    "aws:redshiftserverless/namespace:Namespace": "defaultIamRoleArn iamRoles[]",
    "aws:rekognition/streamProcessor:StreamProcessor": "roleArn",
    "aws:resiliencehub/v2Service:V2Service":
        "permissionModel.crossAccountRoles[].crossAccountRoleArn permissionModel.invokerRoleName",
    "aws:rolesanywhere/profile:Profile": "roleArns[]",
    "aws:rum/appMonitor:AppMonitor": "appMonitorConfiguration.guestRoleArn",
    "aws:rum/metricsDestination:MetricsDestination": "iamRoleArn",
    "aws:s3/bucket:Bucket": "replicationConfiguration.role",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "role",
    "aws:s3/bucketV2:BucketV2": "replicationConfigurations[].role",
    "aws:s3/filesFileSystem:FilesFileSystem": "roleArn",
    "aws:s3control/accessGrantsLocation:AccessGrantsLocation": "iamRoleArn",
    "aws:s3tables/tableBucketReplication:TableBucketReplication": "role",
    "aws:s3tables/tableReplication:TableReplication": "role",
    "aws:sagemaker/algorithm:Algorithm": "validationSpecification.validationRole",
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": "roleArn",
    "aws:sagemaker/deviceFleet:DeviceFleet": "roleArn",
    "aws:sagemaker/domain:Domain":
        "defaultSpaceSettings.executionRole defaultSpaceSettings.jupyterLabAppSettings.emrSettings.assumableRoleArns[] "
        "defaultSpaceSettings.jupyterLabAppSettings.emrSettings.executionRoleArns[] "
        "defaultUserSettings.canvasAppSettings.emrServerlessSettings.executionRoleArn "
        "defaultUserSettings.canvasAppSettings.generativeAiSettings.amazonBedrockRoleArn "
        "defaultUserSettings.canvasAppSettings.modelRegisterSettings.crossAccountModelRegisterRoleArn "
        "defaultUserSettings.canvasAppSettings.timeSeriesForecastingSettings.amazonForecastRoleArn "
        "defaultUserSettings.executionRole defaultUserSettings.jupyterLabAppSettings.emrSettings.assumableRoleArns[] "
        "defaultUserSettings.jupyterLabAppSettings.emrSettings.executionRoleArns[] "
        "domainSettings.rStudioServerProDomainSettings.domainExecutionRoleArn",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "executionRoleArn",
    "aws:sagemaker/featureGroup:FeatureGroup": "roleArn",
    "aws:sagemaker/flowDefinition:FlowDefinition": "roleArn",
    "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob":
        "trainingJobDefinition.roleArn trainingJobDefinitions[].roleArn",
    "aws:sagemaker/image:Image": "roleArn",
    "aws:sagemaker/labelingJob:LabelingJob": "roleArn",
    "aws:sagemaker/mlflowApp:MlflowApp": "roleArn",
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": "roleArn",
    "aws:sagemaker/model:Model": "executionRoleArn",
    "aws:sagemaker/monitoringSchedule:MonitoringSchedule": "monitoringScheduleConfig.monitoringJobDefinition.roleArn",
    "aws:sagemaker/notebookInstance:NotebookInstance": "roleArn",
    "aws:sagemaker/pipeline:Pipeline": "roleArn",
    "aws:sagemaker/trainingJob:TrainingJob": "roleArn",
    "aws:sagemaker/userProfile:UserProfile":
        "userSettings.canvasAppSettings.emrServerlessSettings.executionRoleArn "
        "userSettings.canvasAppSettings.generativeAiSettings.amazonBedrockRoleArn "
        "userSettings.canvasAppSettings.modelRegisterSettings.crossAccountModelRegisterRoleArn "
        "userSettings.canvasAppSettings.timeSeriesForecastingSettings.amazonForecastRoleArn userSettings.executionRole "
        "userSettings.jupyterLabAppSettings.emrSettings.assumableRoleArns[] "
        "userSettings.jupyterLabAppSettings.emrSettings.executionRoleArns[]",
    "aws:scheduler/schedule:Schedule": "target.roleArn",
    "aws:secretsmanager/secretRotation:SecretRotation": "externalSecretRotationRoleArn",
    "aws:securitylake/customLogSource:CustomLogSource": "configuration.crawlerConfiguration.roleArn",
    "aws:securitylake/dataLake:DataLake": "configuration.replicationConfiguration.roleArn metaStoreManagerRoleArn",
    "aws:securitylake/subscriber:Subscriber": "sources[].customLogSourceResource.providers[].roleArn",
    "aws:securitylake/subscriberNotification:SubscriberNotification":
        "configuration.httpsNotificationConfiguration.targetRoleArn",
    "aws:servicecatalog/serviceAction:ServiceAction": "definition.assumeRole",
    "aws:ses/eventDestination:EventDestination": "kinesisDestination.roleArn",
    "aws:ses/receiptRule:ReceiptRule": "s3Actions[].iamRoleArn",
    "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination":
        "eventDestination.kinesisFirehoseDestination.iamRoleArn",
    "aws:sfn/stateMachine:StateMachine": "roleArn",
    "aws:shield/drtAccessLogBucketAssociation:DrtAccessLogBucketAssociation": "roleArnAssociationId",
    "aws:shield/drtAccessRoleArnAssociation:DrtAccessRoleArnAssociation": "roleArn",
    "aws:sns/platformApplication:PlatformApplication": "failureFeedbackRoleArn successFeedbackRoleArn",
    "aws:sns/smsPreferences:SmsPreferences": "deliveryStatusIamRoleArn",
    "aws:sns/topic:Topic":
        "applicationFailureFeedbackRoleArn applicationSuccessFeedbackRoleArn firehoseFailureFeedbackRoleArn "
        "firehoseSuccessFeedbackRoleArn httpFailureFeedbackRoleArn httpSuccessFeedbackRoleArn "
        "lambdaFailureFeedbackRoleArn lambdaSuccessFeedbackRoleArn sqsFailureFeedbackRoleArn sqsSuccessFeedbackRoleArn",
    "aws:sns/topicSubscription:TopicSubscription": "subscriptionRoleArn",
    "aws:ssm/activation:Activation": "iamRole",
    "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask":
        "serviceRoleArn taskInvocationParameters.runCommandParameters.serviceRoleArn",
    "aws:ssm/quicksetupConfigurationManager:QuicksetupConfigurationManager":
        "configurationDefinition.localDeploymentAdministrationRoleArn "
        "configurationDefinition.localDeploymentExecutionRoleName",
    "aws:ssmincidents/responsePlan:ResponsePlan": "action.ssmAutomations[].roleArn",
    "aws:storagegateway/nfsFileShare:NfsFileShare": "roleArn",
    "aws:storagegateway/smbFileShare:SmbFileShare": "roleArn",
    "aws:synthetics/canary:Canary": "executionRoleArn",
    "aws:timestreamquery/scheduledQuery:ScheduledQuery": "executionRoleArn",
    "aws:transcribe/languageModel:LanguageModel": "inputDataConfig.dataAccessRoleArn",
    "aws:transfer/access:Access": "role",
    "aws:transfer/agreement:Agreement": "accessRole",
    "aws:transfer/connector:Connector": "accessRole loggingRole",
    "aws:transfer/server:Server":
        "invocationRole loggingRole workflowDetails.onPartialUpload.executionRole workflowDetails.onUpload.executionRole",
    "aws:transfer/user:User": "role",
    "aws:transfer/webApp:WebApp": "identityProviderDetails.identityCenterConfig.role",
}  # fmt: skip
"""The property paths of each type, with spaces between.

`[]` after a name means each item of a list, `(json)` what a text holds. What AWS Batch reads from such texts is in its API
Reference, `RegisterJobDefinition`.
"""

_OF_PROFILES = ("nstanceProfile", "nstanceProfileArn", "nstanceProfileName")


def names_profile(type_: str, path: str) -> bool:
    """Say whether a property names an instance profile, not a role."""
    return (
        path.endswith(_OF_PROFILES)
        or path.startswith("iamInstanceProfile.")
        or (type_ == "aws:batch/computeEnvironment:ComputeEnvironment" and path == "computeResources.instanceRole")
    )
