"""Every property of the provider that names a KMS key for the data of a resource, with the type before its paths.

Read from the inputs of pulumi_aws 7.51.1. `[]` marks a list. Left out are properties of KMS's own resources that name a
key to manage it, such as the key of an alias or of a grant.
"""

from __future__ import annotations

_TABLE = """
aws:agentregistry/registry:Registry encryptionConfiguration.kmsKeyArn
aws:amp/workspace:Workspace kmsKeyArn
aws:appconfig/configurationProfile:ConfigurationProfile kmsKeyIdentifier
aws:appconfig/deployment:Deployment kmsKeyIdentifier
aws:appfabric/appBundle:AppBundle customerManagedKeyArn
aws:appflow/connectorProfile:ConnectorProfile kmsArn
aws:appflow/flow:Flow kmsArn
aws:appintegrations/dataIntegration:DataIntegration kmsKey
aws:apprunner/service:Service encryptionConfiguration.kmsKey
aws:athena/database:Database encryptionConfiguration.kmsKey
aws:athena/workgroup:Workgroup
    configuration.customerContentEncryptionConfiguration.kmsKey
    configuration.managedQueryResultsConfiguration.encryptionConfiguration.kmsKey
    configuration.monitoringConfiguration.managedLoggingConfiguration.kmsKey
    configuration.monitoringConfiguration.s3LoggingConfiguration.kmsKey
    configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn
aws:auditmanager/accountRegistration:AccountRegistration kmsKey
aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault encryptionKeyArn
aws:backup/vault:Vault kmsKeyArn
aws:bedrock/agentAgent:AgentAgent customerEncryptionKeyArn
aws:bedrock/agentDataSource:AgentDataSource serverSideEncryptionConfiguration.kmsKeyArn
aws:bedrock/agentFlow:AgentFlow customerEncryptionKeyArn
aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase
    knowledgeBaseConfiguration.managedKnowledgeBaseConfiguration.serverSideEncryptionConfiguration.kmsKeyArn
aws:bedrock/agentPrompt:AgentPrompt customerEncryptionKeyArn
aws:bedrock/agentcoreEvaluator:AgentcoreEvaluator kmsKeyArn
aws:bedrock/agentcoreGateway:AgentcoreGateway kmsKeyArn
aws:bedrock/agentcoreHarness:AgentcoreHarness memory.managedMemoryConfiguration.encryptionKeyArn
aws:bedrock/agentcoreMemory:AgentcoreMemory encryptionKeyArn
aws:bedrock/agentcoreOauth2CredentialProvider:AgentcoreOauth2CredentialProvider
    oauth2ProviderConfig.customOauth2ProviderConfig.privateKeyJwtConfig.privateKeySource.kmsKeySource.kmsKeyArn
aws:bedrock/agentcorePolicyEngine:AgentcorePolicyEngine encryptionKeyArn
aws:bedrock/agentcoreTokenVaultCmk:AgentcoreTokenVaultCmk kmsConfiguration.kmsKeyArn
aws:bedrock/customModel:CustomModel customModelKmsKeyId
aws:bedrock/evaluationJob:EvaluationJob customerEncryptionKeyId
aws:bedrock/guardrail:Guardrail kmsKeyArn
aws:bedrockmodel/invocationJob:InvocationJob outputDataConfig.s3OutputDataConfig.s3EncryptionKeyId
aws:cfg/deliveryChannel:DeliveryChannel s3KmsKeyArn
aws:chime/sdkvoiceVoiceProfileDomain:SdkvoiceVoiceProfileDomain serverSideEncryptionConfiguration.kmsKeyArn
aws:chimesdkmediapipelines/mediaInsightsPipelineConfiguration:MediaInsightsPipelineConfiguration
    elements[].amazonTranscribeCallAnalyticsProcessorConfiguration.postCallAnalyticsSettings.outputEncryptionKmsKeyId
aws:cloudtrail/eventDataStore:EventDataStore kmsKeyId
aws:cloudtrail/trail:Trail kmsKeyId
aws:cloudwatch/eventArchive:EventArchive kmsKeyIdentifier
aws:cloudwatch/eventBus:EventBus kmsKeyIdentifier
aws:cloudwatch/eventConnection:EventConnection kmsKeyIdentifier
aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector kmsKeyId
aws:cloudwatch/logGroup:LogGroup kmsKeyId
aws:cloudwatchomni/space:Space encryptionConfiguration.kmsKeyArn
aws:codeartifact/domain:Domain encryptionKey
aws:codebuild/project:Project encryptionKey
aws:codebuild/reportGroup:ReportGroup exportConfig.s3Destination.encryptionKey
aws:codecommit/repository:Repository kmsKeyId
aws:codegurureviewer/repositoryAssociation:RepositoryAssociation kmsKeyDetails.kmsKeyId
aws:codepipeline/pipeline:Pipeline artifactStores[].encryptionKey.id
aws:cognito/userPool:UserPool lambdaConfig.kmsKeyId
aws:comprehend/documentClassifier:DocumentClassifier modelKmsKeyId outputDataConfig.kmsKeyId volumeKmsKeyId
aws:comprehend/entityRecognizer:EntityRecognizer modelKmsKeyId volumeKmsKeyId
aws:connect/instanceStorageConfig:InstanceStorageConfig
    storageConfig.kinesisVideoStreamConfig.encryptionConfig.keyId storageConfig.s3Config.encryptionConfig.keyId
aws:customerprofiles/domain:Domain defaultEncryptionKey
aws:dataexchange/eventAction:EventAction action.exportRevisionToS3.encryption.kmsKeyArn
aws:dataexchange/revisionAssets:RevisionAssets assets[].createS3DataAccessFromS3Bucket.assetSource.kmsKeysToGrants[].kmsKeyArn
aws:datazone/domain:Domain kmsKeyIdentifier
aws:devopsagent/agentSpace:AgentSpace kmsKeyArn
aws:devopsguru/serviceIntegration:ServiceIntegration kmsServerSideEncryption.kmsKeyId
aws:dlm/lifecyclePolicy:LifecyclePolicy
    policyDetails.action.crossRegionCopies[].encryptionConfiguration.cmkArn
    policyDetails.schedules[].crossRegionCopyRules[].cmkArn
aws:dms/endpoint:Endpoint kmsKeyArn redshiftSettings.serverSideEncryptionKmsKeyId
aws:dms/instanceProfile:InstanceProfile kmsKeyArn
aws:dms/replicationConfig:ReplicationConfig computeConfig.kmsKeyId
aws:dms/replicationInstance:ReplicationInstance kmsKeyArn
aws:dms/s3Endpoint:S3Endpoint kmsKeyArn serverSideEncryptionKmsKeyId
aws:docdb/cluster:Cluster kmsKeyId
aws:docdb/clusterInstance:ClusterInstance performanceInsightsKmsKeyId
aws:docdb/elasticCluster:ElasticCluster kmsKeyId
aws:drs/replicationConfigurationTemplate:ReplicationConfigurationTemplate ebsEncryptionKeyArn
aws:dsql/cluster:Cluster kmsEncryptionKey
aws:dynamodb/table:Table replicas[].kmsKeyArn serverSideEncryption.kmsKeyArn
aws:dynamodb/tableExport:TableExport s3SseKmsKeyId
aws:dynamodb/tableReplica:TableReplica kmsKeyArn
aws:ebs/defaultKmsKey:DefaultKmsKey keyArn
aws:ebs/snapshotCopy:SnapshotCopy kmsKeyId
aws:ebs/snapshotImport:SnapshotImport kmsKeyId
aws:ebs/volume:Volume kmsKeyId
aws:ec2/amiCopy:AmiCopy kmsKeyId
aws:ec2/instance:Instance ebsBlockDevices[].kmsKeyId rootBlockDevice.kmsKeyId
aws:ec2/launchTemplate:LaunchTemplate blockDeviceMappings[].ebs.kmsKeyId
aws:ec2/spotFleetRequest:SpotFleetRequest
    launchSpecifications[].ebsBlockDevices[].kmsKeyId launchSpecifications[].rootBlockDevices[].kmsKeyId
aws:ec2/spotInstanceRequest:SpotInstanceRequest ebsBlockDevices[].kmsKeyId rootBlockDevice.kmsKeyId
aws:ecr/repository:Repository encryptionConfigurations[].kmsKey
aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate encryptionConfigurations[].kmsKey
aws:ecs/cluster:Cluster
    configuration.executeCommandConfiguration.kmsKeyId configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId
    configuration.managedStorageConfiguration.kmsKeyId
aws:ecs/service:Service serviceConnectConfiguration.services[].tls.kmsKey volumeConfiguration.managedEbsVolume.kmsKeyId
aws:efs/fileSystem:FileSystem kmsKeyId
aws:efs/replicationConfiguration:ReplicationConfiguration destination.kmsKeyId
aws:eks/cluster:Cluster encryptionConfig.provider.keyArn
aws:elasticache/replicationGroup:ReplicationGroup kmsKeyId
aws:elasticache/serverlessCache:ServerlessCache kmsKeyId
aws:elasticsearch/domain:Domain encryptAtRest.kmsKeyId
aws:elastictranscoder/pipeline:Pipeline awsKmsKeyArn
aws:emr/cluster:Cluster logEncryptionKmsKeyId
aws:emr/studio:Studio encryptionKeyArn
aws:emrcontainers/jobTemplate:JobTemplate kmsKeyArn
aws:emrserverless/application:Application
    monitoringConfiguration.cloudwatchLoggingConfiguration.encryptionKeyArn
    monitoringConfiguration.managedPersistenceMonitoringConfiguration.encryptionKeyArn
    monitoringConfiguration.s3MonitoringConfiguration.encryptionKeyArn
aws:finspace/kxEnvironment:KxEnvironment kmsKeyId
aws:fsx/fileCache:FileCache kmsKeyId
aws:fsx/lustreFileSystem:LustreFileSystem kmsKeyId
aws:fsx/ontapFileSystem:OntapFileSystem kmsKeyId
aws:fsx/openZfsFileSystem:OpenZfsFileSystem kmsKeyId
aws:fsx/windowsFileSystem:WindowsFileSystem kmsKeyId
aws:glue/catalog:Catalog catalogProperties.dataLakeAccessProperties.kmsKey
aws:glue/connection:Connection authenticationConfiguration.kmsKeyArn
aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings
    dataCatalogEncryptionSettings.connectionPasswordEncryption.awsKmsKeyId
    dataCatalogEncryptionSettings.encryptionAtRest.sseAwsKmsKeyId
aws:glue/securityConfiguration:SecurityConfiguration
    encryptionConfiguration.cloudwatchEncryption.kmsKeyArn encryptionConfiguration.jobBookmarksEncryption.kmsKeyArn
    encryptionConfiguration.s3Encryption.kmsKeyArn
aws:grafana/workspace:Workspace kmsKeyId
aws:guardduty/publishingDestination:PublishingDestination kmsKeyArn
aws:imagebuilder/component:Component kmsKeyId
aws:imagebuilder/containerRecipe:ContainerRecipe instanceConfiguration.blockDeviceMappings[].ebs.kmsKeyId kmsKeyId
aws:imagebuilder/distributionConfiguration:DistributionConfiguration distributions[].amiDistributionConfiguration.kmsKeyId
aws:imagebuilder/imageRecipe:ImageRecipe blockDeviceMappings[].ebs.kmsKeyId
aws:imagebuilder/workflow:Workflow kmsKeyId
aws:kendra/index:Index serverSideEncryptionConfiguration.kmsKeyId
aws:keyspaces/table:Table encryptionSpecification.kmsKeyIdentifier
aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream
    elasticsearchConfiguration.s3Configuration.kmsKeyArn extendedS3Configuration.kmsKeyArn
    extendedS3Configuration.s3BackupConfiguration.kmsKeyArn httpEndpointConfiguration.s3Configuration.kmsKeyArn
    icebergConfiguration.s3Configuration.kmsKeyArn opensearchConfiguration.s3Configuration.kmsKeyArn
    opensearchserverlessConfiguration.s3Configuration.kmsKeyArn redshiftConfiguration.s3BackupConfiguration.kmsKeyArn
    redshiftConfiguration.s3Configuration.kmsKeyArn serverSideEncryption.keyArn snowflakeConfiguration.s3Configuration.kmsKeyArn
    splunkConfiguration.s3Configuration.kmsKeyArn
aws:kinesis/stream:Stream kmsKeyId
aws:kinesis/videoStream:VideoStream kmsKeyId
aws:kinesisanalyticsv2/application:Application applicationConfiguration.applicationEncryptionConfiguration.keyId
aws:kms/ciphertext:Ciphertext keyId
aws:lambda/capacityProvider:CapacityProvider kmsKeyArn
aws:lambda/eventSourceMapping:EventSourceMapping kmsKeyArn
aws:lambda/function:Function kmsKeyArn sourceKmsKeyArn
aws:lex/botAlias:BotAlias conversationLogs.logSettings[].kmsKeyArn
aws:lex/v2modelsSlotType:V2modelsSlotType externalSourceSettings[].grammarSlotTypeSettings[].sources[].kmsKeyArn
aws:location/geofenceCollection:GeofenceCollection kmsKeyId
aws:location/tracker:Tracker kmsKeyId
aws:m2/application:Application kmsKeyId
aws:m2/environment:Environment kmsKeyId
aws:macie2/classificationExportConfiguration:ClassificationExportConfiguration s3Destination.kmsKeyArn
aws:mailmanager/archive:Archive kmsKeyArn
aws:mailmanager/ingressPoint:IngressPoint ingressPointConfiguration.tlsAuthConfiguration.trustStore.kmsKeyArn
aws:mailmanager/ruleSet:RuleSet rules[].actions[].writeToS3.s3SseKmsKeyId
aws:memorydb/cluster:Cluster kmsKeyArn
aws:memorydb/snapshot:Snapshot kmsKeyArn
aws:mq/broker:Broker encryptionOptions.kmsKeyId
aws:msk/channel:Channel encryptionConfiguration.kmsKeyArn
aws:msk/cluster:Cluster encryptionInfo.encryptionAtRestKmsKeyArn
aws:mwaa/environment:Environment kmsKey
aws:neptune/cluster:Cluster kmsKeyArn
aws:neptunegraph/graph:Graph kmsKeyIdentifier
aws:networkfirewall/firewall:Firewall encryptionConfiguration.keyId
aws:networkfirewall/firewallPolicy:FirewallPolicy encryptionConfiguration.keyId
aws:networkfirewall/ruleGroup:RuleGroup encryptionConfiguration.keyId
aws:networkfirewall/tlsInspectionConfiguration:TlsInspectionConfiguration encryptionConfigurations[].keyId
aws:observabilityadmin/centralizationRuleForOrganization:CentralizationRuleForOrganization
    rule.destination.destinationLogsConfiguration.backupConfiguration.kmsKeyArn
    rule.destination.destinationLogsConfiguration.logsEncryptionConfiguration.kmsKeyArn
aws:observabilityadmin/s3TableIntegration:S3TableIntegration encryption.kmsKeyArn
aws:odb/autonomousDatabase:AutonomousDatabase kmsKeyId
aws:opensearch/application:Application kmsKeyArn
aws:opensearch/domain:Domain encryptAtRest.kmsKeyId
aws:opensearch/serverlessCollection:ServerlessCollection encryptionConfigs[].kmsKeyArn
aws:opensearchingest/pipeline:Pipeline encryptionAtRestOptions.kmsKeyArn
aws:pipes/pipe:Pipe kmsKeyIdentifier
aws:qbusiness/application:Application encryptionConfiguration.kmsKeyId
aws:qldb/ledger:Ledger kmsKey
aws:quicksight/keyRegistration:KeyRegistration keyRegistrations[].keyArn
aws:rds/cluster:Cluster kmsKeyId masterUserSecretKmsKeyId performanceInsightsKmsKeyId
aws:rds/clusterActivityStream:ClusterActivityStream kmsKeyId
aws:rds/clusterInstance:ClusterInstance performanceInsightsKmsKeyId
aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy kmsKeyId
aws:rds/customDbEngineVersion:CustomDbEngineVersion kmsKeyId
aws:rds/exportTask:ExportTask kmsKeyId
aws:rds/instance:Instance kmsKeyId masterUserSecretKmsKeyId performanceInsightsKmsKeyId
aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication kmsKeyId
aws:rds/integration:Integration kmsKeyId
aws:rds/snapshotCopy:SnapshotCopy kmsKeyId
aws:redshift/cluster:Cluster kmsKeyId masterPasswordSecretKmsKeyId
aws:redshift/integration:Integration kmsKeyId
aws:redshift/snapshotCopyGrant:SnapshotCopyGrant kmsKeyId
aws:redshiftserverless/namespace:Namespace adminPasswordSecretKmsKeyId kmsKeyId
aws:rekognition/streamProcessor:StreamProcessor kmsKeyId
aws:resiliencehub/v2Policy:V2Policy kmsKeyId
aws:resiliencehub/v2Service:V2Service kmsKeyId
aws:resiliencehub/v2System:V2System kmsKeyId
aws:s3/bucket:Bucket
    replicationConfiguration.rules[].destination.replicaKmsKeyId
    serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault.kmsMasterKeyId
aws:s3/bucketMetadataConfiguration:BucketMetadataConfiguration
    metadataConfiguration.inventoryTableConfiguration.encryptionConfiguration.kmsKeyArn
    metadataConfiguration.journalTableConfiguration.encryptionConfiguration.kmsKeyArn
aws:s3/bucketObject:BucketObject kmsKeyId
aws:s3/bucketObjectv2:BucketObjectv2 kmsKeyId
aws:s3/bucketReplicationConfig:BucketReplicationConfig rules[].destination.encryptionConfiguration.replicaKmsKeyId
aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration
    rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId
aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2
    rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId
aws:s3/bucketV2:BucketV2
    replicationConfigurations[].rules[].destinations[].replicaKmsKeyId
    serverSideEncryptionConfigurations[].rules[].applyServerSideEncryptionByDefaults[].kmsMasterKeyId
aws:s3/filesFileSystem:FilesFileSystem kmsKeyId
aws:s3/inventory:Inventory destination.bucket.encryption.sseKms.keyId
aws:s3/objectCopy:ObjectCopy kmsKeyId
aws:s3/vectorsIndex:VectorsIndex encryptionConfigurations[].kmsKeyArn
aws:s3/vectorsVectorBucket:VectorsVectorBucket encryptionConfigurations[].kmsKeyArn
aws:s3control/storageLensConfiguration:StorageLensConfiguration
    storageLensConfiguration.dataExport.s3BucketDestination.encryption.sseKms.keyId
    storageLensConfiguration.dataExport.storageLensTableDestination.encryption.sseKms.keyId
    storageLensConfiguration.expandedPrefixesDataExport.s3BucketDestination.encryption.sseKms.keyId
    storageLensConfiguration.expandedPrefixesDataExport.storageLensTableDestination.encryption.sseKms.keyId
aws:s3tables/table:Table encryptionConfiguration.kmsKeyArn
aws:s3tables/tableBucket:TableBucket encryptionConfiguration.kmsKeyArn
aws:sagemaker/algorithm:Algorithm
    validationSpecification.validationProfiles.trainingJobDefinition.outputDataConfig.kmsKeyId
    validationSpecification.validationProfiles.trainingJobDefinition.resourceConfig.volumeKmsKeyId
    validationSpecification.validationProfiles.transformJobDefinition.transformOutput.kmsKeyId
    validationSpecification.validationProfiles.transformJobDefinition.transformResources.volumeKmsKeyId
aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition
    dataQualityJobOutputConfig.kmsKeyId jobResources.clusterConfig.volumeKmsKeyId
aws:sagemaker/deviceFleet:DeviceFleet outputConfig.kmsKeyId
aws:sagemaker/domain:Domain
    defaultUserSettings.canvasAppSettings.workspaceSettings.s3KmsKeyId defaultUserSettings.sharingSettings.s3KmsKeyId kmsKeyId
aws:sagemaker/endpointConfiguration:EndpointConfiguration
    asyncInferenceConfig.outputConfig.kmsKeyId dataCaptureConfig.kmsKeyId kmsKeyArn productionVariants[].coreDumpConfig.kmsKeyId
    shadowProductionVariants[].coreDumpConfig.kmsKeyId
aws:sagemaker/featureGroup:FeatureGroup offlineStoreConfig.s3StorageConfig.kmsKeyId onlineStoreConfig.securityConfig.kmsKeyId
aws:sagemaker/flowDefinition:FlowDefinition outputConfig.kmsKeyId
aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob
    trainingJobDefinition.hyperParameterTuningResourceConfig.volumeKmsKeyId trainingJobDefinition.outputDataConfig.kmsKeyId
    trainingJobDefinition.resourceConfig.volumeKmsKeyId
    trainingJobDefinitions[].hyperParameterTuningResourceConfig.volumeKmsKeyId
    trainingJobDefinitions[].outputDataConfig.kmsKeyId trainingJobDefinitions[].resourceConfig.volumeKmsKeyId
aws:sagemaker/labelingJob:LabelingJob labelingJobAlgorithmsConfig.labelingJobResourceConfig.volumeKmsKeyId outputConfig.kmsKeyId
aws:sagemaker/modelCard:ModelCard securityConfig.kmsKeyId
aws:sagemaker/monitoringSchedule:MonitoringSchedule
    monitoringScheduleConfig.monitoringJobDefinition.monitoringOutputConfig.kmsKeyId
    monitoringScheduleConfig.monitoringJobDefinition.monitoringResources.clusterConfig.volumeKmsKeyId
aws:sagemaker/notebookInstance:NotebookInstance kmsKeyId
aws:sagemaker/trainingJob:TrainingJob outputDataConfig.kmsKeyId resourceConfig.volumeKmsKeyId
aws:sagemaker/userProfile:UserProfile
    userSettings.canvasAppSettings.workspaceSettings.s3KmsKeyId userSettings.sharingSettings.s3KmsKeyId
aws:scheduler/schedule:Schedule kmsKeyArn
aws:secretsmanager/secret:Secret kmsKeyId replicas[].kmsKeyId
aws:securityhub/connectorV2:ConnectorV2 kmsKeyArn
aws:securitylake/dataLake:DataLake configuration.encryptionConfigurations[].kmsKeyId
aws:ses/receiptRule:ReceiptRule s3Actions[].kmsKeyArn
aws:sfn/activity:Activity encryptionConfiguration.kmsKeyId
aws:sfn/stateMachine:StateMachine encryptionConfiguration.kmsKeyId
aws:sns/topic:Topic kmsMasterKeyId
aws:sqs/queue:Queue kmsMasterKeyId
aws:ssm/parameter:Parameter keyId
aws:ssm/resourceDataSync:ResourceDataSync s3Destination.kmsKeyArn
aws:ssmincidents/replicationSet:ReplicationSet region[].kmsKeyArn regions[].kmsKeyArn
aws:storagegateway/cachesIscsiVolume:CachesIscsiVolume kmsKey
aws:storagegateway/nfsFileShare:NfsFileShare kmsKeyArn
aws:storagegateway/smbFileShare:SmbFileShare kmsKeyArn
aws:storagegateway/storedIscsiVolume:StoredIscsiVolume kmsKey
aws:synthetics/canary:Canary artifactConfig.s3Encryption.kmsKeyArn kmsKeyArn
aws:timestreamquery/scheduledQuery:ScheduledQuery kmsKeyId
aws:timestreamwrite/database:Database kmsKeyId
aws:timestreamwrite/table:Table magneticStoreWriteProperties.magneticStoreRejectedDataLocation.s3Configuration.kmsKeyId
aws:verifiedaccess/endpoint:Endpoint sseSpecification.kmsKeyArn
aws:verifiedaccess/group:Group sseConfiguration.kmsKeyArn
aws:verifiedaccess/trustProvider:TrustProvider sseSpecification.kmsKeyArn
aws:workmail/organization:Organization kmsKeyArn
aws:workspaces/workspace:Workspace volumeEncryptionKey
aws:workspacesweb/browserSettings:BrowserSettings customerManagedKey
aws:workspacesweb/dataProtectionSettings:DataProtectionSettings customerManagedKey
aws:workspacesweb/ipAccessSettings:IpAccessSettings customerManagedKey
aws:workspacesweb/portal:Portal customerManagedKey
aws:workspacesweb/sessionLogger:SessionLogger customerManagedKey
aws:workspacesweb/userSettings:UserSettings customerManagedKey
aws:xray/encryptionConfig:EncryptionConfig keyId
"""


def _read(table: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    paths: list[str] = []
    for word in table.split():
        if word.startswith("aws:"):
            paths = found.setdefault(word, [])
        else:
            paths.append(word)
    return {type_: tuple(listed) for type_, listed in found.items()}


KEY_PROPERTIES = _read(_TABLE)
"""Types to the paths of the properties that name a key."""
