"""Passwords that a program hands to services in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policies.block import Block, holders
from policies.controls import SECRETS
from policies.plain_secrets import plain_secret_violations
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource


def _read(table: str) -> dict[str, tuple[str, ...]]:
    """Read lines of a type and its properties; indented lines are more of them."""
    found: dict[str, tuple[str, ...]] = {}
    for line in table.replace("\n    ", " ").split("\n"):
        if line:
            type_, *paths = line.split()
            found[type_] = tuple(paths)
    return found


_CREDENTIALS = "connectorProfileConfig.connectorProfileCredentials"
_PASSWORDS = _read("""
aws:amplify/app:App accessToken basicAuthCredentials oauthToken autoBranchCreationConfig.basicAuthCredentials
aws:amplify/branch:Branch basicAuthCredentials
aws:appfabric/appAuthorization:AppAuthorization credential.apiKeyCredentials[].apiKey credential.oauth2Credential.clientSecret
aws:appstream/directoryConfig:DirectoryConfig serviceAccountCredentials.accountPassword
aws:bedrock/agentcoreApiKeyCredentialProvider:AgentcoreApiKeyCredentialProvider apiKey
aws:chime/voiceConnectorTerminationCredentials:VoiceConnectorTerminationCredentials credentials[].password
aws:cloudwatch/eventConnection:EventConnection authParameters.apiKey.value authParameters.basic.password
    authParameters.oauth.clientParameters.clientSecret
aws:codebuild/sourceCredential:SourceCredential token
aws:codepipeline/webhook:Webhook authenticationConfiguration.secretToken
aws:cognito/identityProvider:IdentityProvider providerDetails.client_secret
aws:cognito/user:User password temporaryPassword
aws:connect/user:User password
aws:directconnect/bgpPeer:BgpPeer bgpAuthKey
aws:directconnect/hostedPrivateVirtualInterface:HostedPrivateVirtualInterface bgpAuthKey
aws:directconnect/hostedPublicVirtualInterface:HostedPublicVirtualInterface bgpAuthKey
aws:directconnect/hostedTransitVirtualInterface:HostedTransitVirtualInterface bgpAuthKey
aws:directconnect/privateVirtualInterface:PrivateVirtualInterface bgpAuthKey
aws:directconnect/publicVirtualInterface:PublicVirtualInterface bgpAuthKey
aws:directconnect/transitVirtualInterface:TransitVirtualInterface bgpAuthKey
aws:directoryservice/directory:Directory password
aws:directoryservice/radiusSettings:RadiusSettings sharedSecret
aws:directoryservice/trust:Trust trustPassword
aws:dms/endpoint:Endpoint password kafkaSettings.saslPassword kafkaSettings.sslClientKeyPassword oracleSettings.asmPassword
    redisSettings.authPassword
aws:docdb/elasticCluster:ElasticCluster adminUserPassword
aws:elasticsearch/domain:Domain advancedSecurityOptions.masterUserOptions.masterUserPassword
aws:emr/cluster:Cluster kerberosAttributes.adDomainJoinPassword kerberosAttributes.crossRealmTrustPrincipalPassword
    kerberosAttributes.kdcAdminPassword
aws:fsx/ontapFileSystem:OntapFileSystem fsxAdminPassword
aws:fsx/ontapStorageVirtualMachine:OntapStorageVirtualMachine svmAdminPassword
    activeDirectoryConfiguration.selfManagedActiveDirectoryConfiguration.password
aws:fsx/windowsFileSystem:WindowsFileSystem selfManagedActiveDirectory.password
aws:glue/connection:Connection connectionProperties.PASSWORD
    authenticationConfiguration.basicAuthenticationCredentials.password
    authenticationConfiguration.oauth2Properties.oauth2Credentials.userManagedClientApplicationClientSecret
aws:glue/job:Job sourceControlDetails.authToken
aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream httpEndpointConfiguration.accessKey redshiftConfiguration.password
    snowflakeConfiguration.keyPassphrase snowflakeConfiguration.privateKey splunkConfiguration.hecToken
aws:kms/customKeyStore:CustomKeyStore keyStorePassword xksProxyAuthenticationCredential.rawSecretAccessKey
aws:lb/listener:Listener defaultActions[].authenticateOidc.clientSecret
aws:lb/listenerRule:ListenerRule actions[].authenticateOidc.clientSecret
aws:alb/listener:Listener defaultActions[].authenticateOidc.clientSecret
aws:alb/listenerRule:ListenerRule actions[].authenticateOidc.clientSecret
aws:lightsail/database:Database masterPassword
aws:mq/broker:Broker ldapServerMetadata.serviceAccountPassword
aws:odb/autonomousDatabase:AutonomousDatabase adminPassword adminPasswordWo
aws:opensearch/domain:Domain advancedSecurityOptions.masterUserOptions.masterUserPassword
aws:pinpoint/admChannel:AdmChannel clientSecret
aws:pinpoint/apnsChannel:ApnsChannel privateKey tokenKey
aws:pinpoint/baiduChannel:BaiduChannel secretKey
aws:pinpoint/gcmChannel:GcmChannel apiKey
aws:quicksight/dataSource:DataSource credentials.credentialPair.password
aws:redshift/hsmConfiguration:HsmConfiguration hsmPartitionPassword
aws:sagemaker/workforce:Workforce oidcConfig.clientSecret
aws:secretsmanager/secretVersion:SecretVersion secretString secretBinary
aws:sesv2/emailIdentity:EmailIdentity dkimSigningAttributes.domainSigningPrivateKey
aws:sns/platformApplication:PlatformApplication platformCredential
aws:storagegateway/fileSystemAssociation:FileSystemAssociation password
aws:storagegateway/gateway:Gateway smbGuestPassword smbActiveDirectorySettings.password
aws:timestreaminfluxdb/dbCluster:DbCluster password
aws:timestreaminfluxdb/dbInstance:DbInstance password
aws:transfer/certificate:Certificate privateKey
aws:transfer/server:Server hostKey
aws:verifiedaccess/trustProvider:TrustProvider oidcOptions.clientSecret nativeApplicationOidcOptions.clientSecret
aws:workmail/user:User password
""") | {
    "aws:appflow/connectorProfile:ConnectorProfile": tuple(
        f"{_CREDENTIALS}.{path}"
        for path in (
            "amplitude.secretKey", "customConnector.apiKey.apiSecretKey", "customConnector.basic.password",
            "customConnector.oauth2.clientSecret", "datadog.apiKey", "dynatrace.apiToken", "googleAnalytics.clientSecret",
            "inforNexus.secretAccessKey", "marketo.clientSecret", "redshift.password", "sapoData.basicAuthCredentials.password",
            "sapoData.oauthCredentials.clientSecret", "serviceNow.password", "singular.apiKey", "slack.clientSecret",
            "snowflake.password", "trendmicro.apiSecretKey", "veeva.password", "zendesk.clientSecret",
        )
    )
}  # fmt: skip
"""Types to properties that hold passwords, keys and tokens, read from the inputs of pulumi_aws 7.51.1; `[]` marks a list."""

_LOCATIONS = _read("""
aws:datasync/locationObjectStorage:LocationObjectStorage secretKey
aws:datasync/locationSmb:LocationSmb password
aws:datasync/locationFsxWindows:LocationFsxWindows password
aws:datasync/locationFsxOntapFileSystem:LocationFsxOntapFileSystem protocol.smb.password
aws:datasync/locationAzureBlob:LocationAzureBlob sasConfiguration.token
""")


_Place: TypeAlias = tuple[Block, str]


def _places(resource: Resource) -> Iterator[_Place]:
    """Yield each block that may hold a password, and the path of the password in it."""
    table = _LOCATIONS if resource.type in _LOCATIONS else _PASSWORDS
    yield from in_turn(*(holders(resource, path) for path in table[resource.type]))


def _plain(place: _Place) -> Iterator[Violation]:
    block, path = place
    value = block.value(path)
    if not isinstance(value, str) or not value.startswith(_REFERENCES):
        yield from plain_secret_violations(block, path)


_REFERENCES = ("arn:", "{{resolve:")
"""How a secret of Secrets Manager is named where a password may stand."""

_VOICE = "aws:chime/voiceConnectorTerminationCredentials:VoiceConnectorTerminationCredentials"
_DIRECTORY = "aws:directoryservice/directory:Directory"
_LITERAL = {"basicAuthenticationCredentials": {"username": "orders", "password": "an-example"}}
_CONNECTION = "aws:glue/connection:Connection"


@rule(
    applies_to=_PASSWORDS,
    severity=Severity.HIGH,
    remedy="Read it from a Pulumi secret or from Secrets Manager, or let the service make it; then replace what was exposed.",
    controls=SECRETS,
    topic="AWS Secrets Manager best practices",
    each=_places,
    judges_secrecy=True,
    passes=(
        Example({"password": SECRET}, _DIRECTORY),
        Example({"voiceConnectorId": "v", "credentials": [{"username": "a", "password": SECRET}]}, _VOICE),
        Example({"adminUserPassword": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db", "authType": "SECRET_ARN"},
                "aws:docdb/elasticCluster:ElasticCluster"),
        Example({"connectionProperties": SECRET}, _CONNECTION),
        Example({"connectionProperties": {"SECRET_ID": "orders/db"}}, _CONNECTION),
    ),
    fails=(
        Example({"password": "an-example"}, _DIRECTORY),
        Example({"credentials": [{"username": "a", "password": SECRET}, {"username": "b", "password": "an-example"}]}, _VOICE),
        Example({"connectionProperties": UNKNOWN, "authenticationConfiguration": _LITERAL}, _CONNECTION),
        Example({"connectionProperties": {"USERNAME": "orders", "PASSWORD": "an-example"}}, _CONNECTION),
        Example({"providerDetails": {"client_id": "shop", "client_secret": "an-example"}},
                "aws:cognito/identityProvider:IdentityProvider"),
        Example({"defaultActions": [{"type": "forward"}, {"authenticateOidc": {"clientSecret": "an-example"}}]},
                "aws:lb/listener:Listener"),
        Example({"connectorProfileConfig": {"connectorProfileCredentials": {"snowflake": {"password": "an-example"}}}},
                "aws:appflow/connectorProfile:ConnectorProfile"),
        Example({"secretString": "an-example"}, "aws:secretsmanager/secretVersion:SecretVersion"),
    ),
    undecided=(
        Example({"password": UNKNOWN}, _DIRECTORY),
        Example({"credentials": UNKNOWN}, _VOICE),
    ),
)  # fmt: skip
def resource_passwords_secret(place: _Place) -> Iterator[Violation]:
    """Passwords, keys and tokens that a program hands to services are secrets.

    In plain text they are known to everyone who may read the program or the state. Pulumi's AWS provider marks many of these
    properties as secret itself, but not those inside other objects, and other tools mark none. ARNs of secrets pass.
    """
    yield from _plain(place)


@rule(
    applies_to=_LOCATIONS,
    severity=Severity.HIGH,
    remedy="Read it from a Pulumi secret, or let DataSync read it from Secrets Manager; then replace what was exposed.",
    controls=SECRETS,
    checkov=("CKV_AWS_295",),
    topic="Providing credentials for storage locations",
    each=_places,
    judges_secrecy=True,
    passes=(
        {"accessKey": "an-id", "secretKey": SECRET},
        {"serverHostname": "storage.example.com"},
        Example({"password": SECRET}, "aws:datasync/locationSmb:LocationSmb"),
    ),
    fails=(
        {"accessKey": "an-id", "secretKey": "an-example"},
        Example({"password": "an-example"}, "aws:datasync/locationSmb:LocationSmb"),
        Example({"sasConfiguration": {"token": "an-example"}}, "aws:datasync/locationAzureBlob:LocationAzureBlob"),
        Example(
            {"protocol": {"smb": {"password": "an-example"}}},
            "aws:datasync/locationFsxOntapFileSystem:LocationFsxOntapFileSystem",
        ),
    ),
    undecided=(
        {"secretKey": UNKNOWN},
        Example({"sasConfiguration": UNKNOWN}, "aws:datasync/locationAzureBlob:LocationAzureBlob"),
    ),
)
def datasync_location_credentials_secret(place: _Place) -> Iterator[Violation]:
    """Credentials of DataSync locations are secrets.

    Whoever has them reads and writes the storage without AWS. In plain text they are known to everyone who may read the
    program or the state.
    """
    yield from _plain(place)
