"""Encryption of EMR clusters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP, IN_TRANSIT
from policies.customer_key import KEY_ARN
from policies.embedded_json import embedded_json
from policies.encryption.ebs_account import BY_DEFAULT, ENCRYPTING_ACCOUNT, AccountDefault, encrypted_by_default
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be_set
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

SECURITY_CONFIGURATION = "aws:emr/securityConfiguration:SecurityConfiguration"

AT_REST_ON = "EnableAtRestEncryption"
S3_MODE = "AtRestEncryptionConfiguration.S3EncryptionConfiguration.EncryptionMode"
LOCAL_PROVIDER = "AtRestEncryptionConfiguration.LocalDiskEncryptionConfiguration.EncryptionKeyProviderType"
EBS = "AtRestEncryptionConfiguration.LocalDiskEncryptionConfiguration.EnableEbsEncryption"
IN_TRANSIT_ON = "EnableInTransitEncryption"
TLS_PROVIDER = "InTransitEncryptionConfiguration.TLSCertificateConfiguration.CertificateProviderType"


def _encryption(configuration: Resource) -> Block:
    """Return what a security configuration says of encryption; it is JSON inside a property."""
    return embedded_json(configuration, "configuration").block("EncryptionConfiguration")


def _json(**encryption: object) -> dict[str, object]:
    return {"configuration": json.dumps({"EncryptionConfiguration": encryption})}


def _at_rest(*, enabled: bool = True, **configuration: object) -> dict[str, object]:
    return _json(EnableAtRestEncryption=enabled, AtRestEncryptionConfiguration=configuration)


def _s3(mode: str, *, enabled: bool = True) -> dict[str, object]:
    return _at_rest(enabled=enabled, S3EncryptionConfiguration={"EncryptionMode": mode, "AwsKmsKey": KEY_ARN})


def _local(provider: str = "AwsKms", *, enabled: bool = True, **settings: object) -> dict[str, object]:
    disks = {"EncryptionKeyProviderType": provider, "AwsKmsKey": KEY_ARN, **settings}
    return _at_rest(enabled=enabled, LocalDiskEncryptionConfiguration=disks)


NOTHING = (_json(), {"configuration": "{}"})
NOT_KNOWN = ({"configuration": UNKNOWN}, {"configuration": "not JSON"}, {"configuration": "[1, 2]"})


@rule(
    applies_to=(SECURITY_CONFIGURATION,),
    severity=Severity.MEDIUM,
    remedy="Set EnableAtRestEncryption, and EncryptionMode of S3EncryptionConfiguration to SSE-KMS with a key.",
    controls=AT_REST,
    checkov=("CKV_AWS_171",),
    topic="Create an Amazon EMR security configuration",
    passes=(_s3("SSE-KMS"), _s3("CSE-KMS"), _s3("CSE-Custom")),
    fails=(*NOTHING, _s3("SSE-S3"), _s3("SSE-KMS", enabled=False), _local()),
    undecided=NOT_KNOWN,
)
def emr_s3_data_encrypted_with_kms(configuration: Resource) -> Iterator[Violation]:
    """EMR security configurations encrypt data in S3 with KMS or a key of your own.

    S3 encrypts new objects by itself, for everyone who may read the bucket. With a KMS key, who reads the data needs the
    key too.
    """
    encryption = _encryption(configuration)
    if not encryption.flag(AT_REST_ON) or encryption.text(S3_MODE) not in {"SSE-KMS", "CSE-KMS", "CSE-Custom"}:
        yield Violation("data in S3 is not encrypted with KMS", at="configuration")


@rule(
    applies_to=(SECURITY_CONFIGURATION,),
    severity=Severity.HIGH,
    remedy="Set EnableAtRestEncryption, and LocalDiskEncryptionConfiguration with a key provider and a key.",
    controls=(FSBP["EMR.3"], *AT_REST),
    checkov=("CKV_AWS_349",),
    topic="Create an Amazon EMR security configuration",
    passes=(_local(), _local("Custom")),
    fails=(*NOTHING, _local(enabled=False), _s3("SSE-KMS")),
    undecided=NOT_KNOWN,
)
def emr_local_disks_encrypted(configuration: Resource) -> Iterator[Violation]:
    """EMR security configurations encrypt the disks that hold the data of a cluster.

    HDFS and the files that jobs spill lie on these disks, unencrypted unless the configuration asks for it.
    """
    encryption = _encryption(configuration)
    if not encryption.flag(AT_REST_ON) or not encryption.text(LOCAL_PROVIDER):
        yield Violation("local disks are not encrypted", at="configuration")


@rule(
    applies_to=(SECURITY_CONFIGURATION,),
    severity=Severity.MEDIUM,
    remedy="Set EnableEbsEncryption in LocalDiskEncryptionConfiguration, with the key provider AwsKms.",
    controls=AT_REST,
    checkov=("CKV_AWS_350",),
    topic="Create an Amazon EMR security configuration",
    parameters=AccountDefault,
    passes=(
        _local(EnableEbsEncryption=True),
        Example(_local(), related=BY_DEFAULT),
        Example(_json(), parameters=ENCRYPTING_ACCOUNT),
    ),
    fails=(
        *NOTHING,
        _local(),
        _local(EnableEbsEncryption=False),
        _local("Custom", EnableEbsEncryption=True),
        _local(EnableEbsEncryption=True, enabled=False),
    ),
    undecided=NOT_KNOWN,
)
def emr_ebs_volumes_encrypted(configuration: Resource, stack: Stack, parameters: AccountDefault) -> Iterator[Violation]:
    """EMR security configurations encrypt EBS volumes, the root volume too.

    The encryption of local disks alone leaves out the root volume, which holds logs and the settings of applications.
    Where the account encrypts new volumes by default, nothing has to be said here.
    """
    if encrypted_by_default(configuration, stack, parameters):
        return
    encryption = _encryption(configuration)
    if not encryption.flag(AT_REST_ON) or not encryption.flag(EBS) or encryption.text(LOCAL_PROVIDER) != "AwsKms":
        yield Violation("EBS volumes are not encrypted", at="configuration")


def _transit(certificates: object, *, enabled: bool = True) -> dict[str, object]:
    configuration = {"TLSCertificateConfiguration": certificates}
    return _json(EnableInTransitEncryption=enabled, InTransitEncryptionConfiguration=configuration)


PEM = {"CertificateProviderType": "PEM", "S3Object": "s3://certificates/emr.zip"}


@rule(
    applies_to=(SECURITY_CONFIGURATION,),
    severity=Severity.HIGH,
    remedy="Set EnableInTransitEncryption, and TLSCertificateConfiguration with a provider of certificates.",
    controls=(FSBP["EMR.4"], *IN_TRANSIT),
    checkov=("CKV_AWS_351",),
    topic="Create an Amazon EMR security configuration",
    passes=(
        _transit(PEM),
        _transit({"CertificateProviderType": "Custom", "CertificateProviderClass": "com.example.Provider"}),
    ),
    fails=(*NOTHING, _transit(PEM, enabled=False), _transit({})),
    undecided=NOT_KNOWN,
)
def emr_traffic_encrypted(configuration: Resource) -> Iterator[Violation]:
    """EMR security configurations encrypt the traffic between nodes.

    The nodes of a cluster exchange the data of jobs in plain text unless the configuration asks for TLS.
    """
    encryption = _encryption(configuration)
    if not encryption.flag(IN_TRANSIT_ON) or not encryption.text(TLS_PROVIDER):
        yield Violation("traffic between nodes is not encrypted", at="configuration")


RULES = (
    must_be_set(
        "emr-cluster-has-security-configuration",
        ("aws:emr/cluster:Cluster",),
        "securityConfiguration",
        title="EMR clusters have a security configuration.",
        why="Without one, neither the disks of a cluster nor the traffic between its nodes are encrypted by EMR.",
        severity=Severity.MEDIUM,
        remedy="Set securityConfiguration to the name of an EMR security configuration; this replaces the cluster.",
        example="encrypted",
        controls=AT_REST,
        checkov=("CKV2_AWS_55",),
        topic="Specify a security configuration for a cluster",
    ),
)
