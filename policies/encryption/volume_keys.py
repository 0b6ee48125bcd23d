"""Customer managed keys of the EBS volumes and file systems that other resources make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import (
    KEY_ARN,
    KEY_OF_THE_STACK,
    RELATED_KEY,
    customer_key_rule,
    customer_key_violations,
)
from policies.encryption.ebs_account import DEFAULT_KEY, ebs_key_violations
from policies.encryption.nested_customer_key import blocks_at
from policies.rule import Example, Severity, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.rule import Violation
    from policies.stack import Stack

FILE_SYSTEM_REPLICATION = "aws:efs/replicationConfiguration:ReplicationConfiguration"
REPLICATION = "aws:drs/replicationConfigurationTemplate:ReplicationConfigurationTemplate"
SERVICE = "aws:ecs/service:Service"
SPOT_FLEET = "aws:ec2/spotFleetRequest:SpotFleetRequest"

OWN_DEFAULT = (Example({"keyArn": KEY_OF_THE_STACK}, type=DEFAULT_KEY, name="default"), *RELATED_KEY)

VOLUMES = {
    "aws:ec2/instance:Instance": ("rootBlockDevice", "ebsBlockDevices"),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": ("rootBlockDevice", "ebsBlockDevices"),
    SPOT_FLEET: ("launchSpecifications.rootBlockDevices", "launchSpecifications.ebsBlockDevices"),
    SERVICE: ("volumeConfiguration.managedEbsVolume",),
}
"""Where each type declares EBS volumes."""


def _volumes(resource: Resource) -> Iterator[tuple[Resource, Block]]:
    for path in VOLUMES[resource.type]:
        for volume in blocks_at(resource, path):
            yield resource, volume


@rule(
    applies_to=VOLUMES,
    severity=Severity.LOW,
    remedy="Set encrypted, and kmsKeyId to a key that you manage, or make such a key the default with ebs.DefaultKmsKey.",
    controls=CUSTOMER_KEY,
    topic="Amazon EBS encryption",
    each=_volumes,
    passes=(
        {},
        {"rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY_ARN}},
        Example({"rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY_OF_THE_STACK}}, related=RELATED_KEY),
        Example({"rootBlockDevice": {"encrypted": True}}, related=OWN_DEFAULT),
        Example({"volumeConfiguration": {"managedEbsVolume": {"kmsKeyId": KEY_ARN}}}, type=SERVICE),
    ),
    fails=(
        {"rootBlockDevice": {"encrypted": True}},
        {"rootBlockDevice": {"encrypted": True, "kmsKeyId": "alias/aws/ebs"}},
        {"ebsBlockDevices": [{"kmsKeyId": KEY_ARN}, {"encrypted": True}]},
        Example({"launchSpecifications": [{"rootBlockDevices": [{"encrypted": True}]}]}, type=SPOT_FLEET),
        Example({"volumeConfiguration": {"managedEbsVolume": {"encrypted": True}}}, type=SERVICE),
    ),
    undecided=(
        {"rootBlockDevice": UNKNOWN},
        {"rootBlockDevice": {"kmsKeyId": UNKNOWN}},
        {"ebsBlockDevices": [{"snapshotId": "snap-0123456789abcdef0"}]},
    ),
)
def ec2_instance_volumes_encrypted_with_customer_key(item: tuple[Resource, Block], stack: Stack) -> Iterator[Violation]:
    """Instances and ECS services encrypt the EBS volumes that they declare with a customer managed key.

    Without a key the default key of the account encrypts, which is aws/ebs unless someone changed it. With a key of your
    own you decide who may decrypt, and you can withdraw it.
    """
    owner, volume = item
    if volume.has("snapshotId") and not volume.has("kmsKeyId"):
        raise UnknownValue(Reason.NOT_REPORTED, volume.at("snapshotId"), "the snapshot decides which key encrypts the volume")
    yield from ebs_key_violations(owner, volume, stack)


@rule(
    applies_to=(REPLICATION,),
    severity=Severity.LOW,
    remedy="Set ebsEncryption to CUSTOM, and ebsEncryptionKeyArn to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    topic="EBS encryption in AWS Elastic Disaster Recovery",
    passes=(
        {"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": KEY_ARN},
        Example({"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": KEY_OF_THE_STACK}, related=RELATED_KEY),
        Example({"ebsEncryption": "DEFAULT"}, related=OWN_DEFAULT),
    ),
    fails=({"ebsEncryption": "DEFAULT"}, {"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": "alias/aws/ebs"}),
    undecided=({"ebsEncryptionKeyArn": UNKNOWN},),
)
def drs_staging_volumes_encrypted_with_customer_key(template: Resource, stack: Stack) -> Iterator[Violation]:
    """Elastic Disaster Recovery encrypts its staging volumes with a customer managed key.

    The volumes are copies of your servers. Without a key the default key of the account encrypts them, which is aws/ebs
    unless someone changed it.
    """
    yield from ebs_key_violations(template, template, stack, "ebsEncryptionKeyArn")


@rule(
    applies_to=(FILE_SYSTEM_REPLICATION,),
    severity=Severity.LOW,
    remedy="Set destination.kmsKeyId to the ARN of a key that you manage in the Region of the copy.",
    controls=CUSTOMER_KEY,
    topic="Replicating EFS file systems",
    passes=(
        {"destination": {"region": "eu-central-1", "kmsKeyId": KEY_ARN}},
        Example({"destination": {"region": "eu-central-1", "kmsKeyId": KEY_OF_THE_STACK}}, related=RELATED_KEY),
        {"destination": {"fileSystemId": "fs-0123456789abcdef0"}},
    ),
    fails=({"destination": {"region": "eu-central-1"}}, {"destination": {"kmsKeyId": "alias/aws/elasticfilesystem"}}),
    undecided=({"destination": UNKNOWN}, {"destination": {"kmsKeyId": UNKNOWN}}),
)
def efs_replica_encrypted_with_customer_key(replication: Resource, stack: Stack) -> Iterator[Violation]:
    """EFS replications encrypt the copy that they make with a customer managed key.

    A new copy lies under the key aws/elasticfilesystem of its Region, whatever key the original has. A file system that
    exists already keeps its own key.
    """
    destination = replication.block("destination")
    if not destination.has("fileSystemId"):
        yield from customer_key_violations(replication, destination, "kmsKeyId", stack)


RULES = (
    customer_key_rule(
        "lambda-capacity-provider",
        ("aws:lambda/capacityProvider:CapacityProvider",),
        "kmsKeyArn",
        what="Lambda capacity providers",
        why=(
            "Functions run on instances whose volumes lie under a key that AWS controls unless the provider names one. With a"
            " key of your own you decide who may use it, and you can withdraw it."
        ),
        severity=Severity.LOW,
        topic="Encrypting Lambda .zip deployment packages",
    ),
)
