"""Customer managed keys of services that applications are built from, one rule each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, YOURS, customer_key_rule, customer_key_violations
from policies.encryption.nested_customer_key import nested_customer_key_rule
from policies.rule import Example, Severity, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.rule import Violation
    from policies.stack import Stack

APPCONFIG_DEPLOYMENT = "aws:appconfig/deployment:Deployment"
APPCONFIG_PROFILE = "aws:appconfig/configurationProfile:ConfigurationProfile"


@rule(
    applies_to=(APPCONFIG_PROFILE, APPCONFIG_DEPLOYMENT),
    severity=Severity.LOW,
    remedy="Set kmsKeyIdentifier to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="AppConfig data encryption",
    passes=(
        {"locationUri": "hosted", "kmsKeyIdentifier": KEY_ARN},
        {"locationUri": "s3://configuration/app.json"},
        Example({"kmsKeyIdentifier": KEY_OF_THE_STACK}, type=APPCONFIG_DEPLOYMENT, related=RELATED_KEY),
    ),
    fails=(
        {"locationUri": "hosted"},
        {"locationUri": "hosted", "kmsKeyIdentifier": "alias/aws/appconfig"},
        Example({}, type=APPCONFIG_DEPLOYMENT),
    ),
    undecided=(
        {"locationUri": UNKNOWN},
        {"locationUri": "hosted", "kmsKeyIdentifier": UNKNOWN},
        Example({"kmsKeyIdentifier": UNKNOWN}, type=APPCONFIG_DEPLOYMENT),
    ),
)
def appconfig_encrypted_with_customer_key(resource: Resource, stack: Stack) -> Iterator[Violation]:
    """AppConfig keeps and deploys configurations encrypted with a customer managed key.

    AppConfig keeps them under a key that AWS owns unless you name one. A profile whose configuration lies elsewhere, in S3
    or Parameter Store, takes no key.
    """
    if resource.type == APPCONFIG_DEPLOYMENT or resource.text("locationUri") == "hosted":
        yield from customer_key_violations(resource, resource, "kmsKeyIdentifier", stack)


RULES = (
    customer_key_rule(
        "eventbridge",
        (
            "aws:cloudwatch/eventBus:EventBus",
            "aws:cloudwatch/eventArchive:EventArchive",
            "aws:cloudwatch/eventConnection:EventConnection",
        ),
        "kmsKeyIdentifier",
        what="EventBridge buses, archives and connections",
        why="Events, and the passwords of connections, lie under a key that AWS owns unless you name one." + YOURS,
        remedy="Set kmsKeyIdentifier to a key that you manage; a bus takes none while schema discovery is on for it.",
        severity=Severity.LOW,
        topic="Encrypting EventBridge event buses with AWS KMS keys",
    ),
    customer_key_rule(
        "eventbridge-pipe",
        ("aws:pipes/pipe:Pipe",),
        "kmsKeyIdentifier",
        what="EventBridge pipes",
        why="Patterns, templates and parameters of a pipe lie under a key that AWS owns unless it names one." + YOURS,
        severity=Severity.LOW,
        topic="Encrypting Amazon EventBridge Pipes data",
    ),
    customer_key_rule(
        "apprunner-service",
        ("aws:apprunner/service:Service",),
        "encryptionConfiguration.kmsKey",
        what="App Runner services",
        why="App Runner keeps a copy of your image or source, under a key that AWS controls unless you name one." + YOURS,
        remedy="Set encryptionConfiguration.kmsKey to the ARN of a key that you manage; this replaces the service.",
        severity=Severity.LOW,
        topic="Data protection in AWS App Runner",
    ),
    customer_key_rule(
        "codecommit-repository",
        ("aws:codecommit/repository:Repository",),
        "kmsKeyId",
        what="CodeCommit repositories",
        why="Sources lie under the key aws/codecommit unless the repository names another." + YOURS,
        severity=Severity.LOW,
        topic="Encryption for CodeCommit repositories",
    ),
    customer_key_rule(
        "appfabric-bundle",
        ("aws:appfabric/appBundle:AppBundle",),
        "customerManagedKeyArn",
        what="AppFabric bundles",
        why="A bundle holds access to the applications of your staff, under a key that AWS owns unless it names one." + YOURS,
        remedy="Set customerManagedKeyArn to the ARN of a key that you manage; this replaces the bundle.",
        severity=Severity.LOW,
        topic="Data protection in AWS AppFabric",
    ),
    customer_key_rule(
        "customer-profiles-domain",
        ("aws:customerprofiles/domain:Domain",),
        "defaultEncryptionKey",
        what="Customer Profiles domains",
        why="Profiles are personal data, and lie under a key that AWS controls unless the domain names one." + YOURS,
        severity=Severity.LOW,
        topic="Encryption at rest in Amazon Connect",
    ),
    customer_key_rule(
        "qbusiness-application",
        ("aws:qbusiness/application:Application",),
        "encryptionConfiguration.kmsKeyId",
        what="Q Business applications",
        why="Documents and conversations lie under a key that AWS owns unless the application names one." + YOURS,
        remedy="Set encryptionConfiguration.kmsKeyId to the ARN of a key that you manage; this replaces the application.",
        severity=Severity.LOW,
        topic="Data encryption in Amazon Q Business",
    ),
    customer_key_rule(
        "location-service",
        ("aws:location/tracker:Tracker", "aws:location/geofenceCollection:GeofenceCollection"),
        "kmsKeyId",
        what="Location trackers and geofences",
        why="The places of people and vehicles lie under a key that AWS owns unless you name one." + YOURS,
        remedy="Set kmsKeyId to the ARN of a key that you manage; this replaces the tracker or collection.",
        severity=Severity.LOW,
        topic="Data at rest encryption for Amazon Location Service",
    ),
    customer_key_rule(
        "mainframe-modernization",
        ("aws:m2/application:Application", "aws:m2/environment:Environment"),
        "kmsKeyId",
        what="Mainframe applications and environments",
        why="Programs and their data lie under a key that AWS owns unless you name one." + YOURS,
        remedy="Set kmsKeyId to the ARN of a key that you manage; this replaces the application or environment.",
        severity=Severity.LOW,
        topic="AWS Mainframe Modernization encryption at rest",
    ),
    nested_customer_key_rule(
        "chime-call-analytics",
        ("aws:chimesdkmediapipelines/mediaInsightsPipelineConfiguration:MediaInsightsPipelineConfiguration",),
        "elements.amazonTranscribeCallAnalyticsProcessorConfiguration.postCallAnalyticsSettings",
        "outputEncryptionKmsKeyId",
        what="Transcripts of Chime call analytics",
        why="What callers say is personal data, kept in S3 with SSE-S3 unless you name a key." + YOURS,
        beside={"outputLocation": "s3://transcripts"},
        topic="Data encryption in Amazon Chime SDK call analytics",
    ),
    nested_customer_key_rule(
        "data-exchange-export",
        ("aws:dataexchange/eventAction:EventAction",),
        "action.exportRevisionToS3",
        "encryption.kmsKeyArn",
        what="Data sets that Data Exchange exports",
        why="The data that you subscribe to are written to S3 with SSE-S3 unless you name a key." + YOURS,
        beside={"revisionDestination": {"bucket": "data"}},
        topic="AWS Data Exchange encryption at rest",
    ),
)
