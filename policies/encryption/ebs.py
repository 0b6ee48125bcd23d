"""Encryption of EBS volumes, wherever EC2 declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CIS_AWS_5, FSBP
from policies.encryption.ebs_account import (
    BY_DEFAULT,
    EBS,
    ENCRYPTED_IMAGE,
    ENCRYPTING_ACCOUNT,
    ENCRYPTION_BY_DEFAULT,
    LAUNCH_TEMPLATE,
    PLAIN_IMAGE,
    SNAPSHOT,
    SNAPSHOT_COPY,
    THE_IMAGE,
    VOLUME,
    AccountDefault,
    device_violations,
    encrypted_by_default,
    has_encrypted_image,
    is_encrypted,
    template_declares_volumes,
)
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

INSTANCE = "aws:ec2/instance:Instance"
SPOT_REQUEST = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"

THE_SNAPSHOT = Reference("snapshot")
ENCRYPTED_SNAPSHOT = Example({"encrypted": True}, type=SNAPSHOT_COPY, name="snapshot")
OFF = Example({"enabled": False}, type=ENCRYPTION_BY_DEFAULT, name="default")
FRANKFURT = Example({"region": "eu-central-1"}, type=ENCRYPTION_BY_DEFAULT, name="default")


def _snapshot_of(**volume: object) -> tuple[Example, ...]:
    return (
        Example({"volumeId": Reference("source")}, type=SNAPSHOT, name="snapshot"),
        Example(volume, type=VOLUME, name="source"),
    )


@rule(
    applies_to=(VOLUME,),
    severity=Severity.HIGH,
    remedy="Set encrypted; move the data of an existing volume through an encrypted copy of its snapshot.",
    controls=EBS,
    checkov=("CKV_AWS_3", "CKV2_AWS_2"),
    topic="Amazon EBS encryption",
    parameters=AccountDefault,
    passes=(
        {"encrypted": True},
        {"encrypted": "true"},
        Example({}, parameters=ENCRYPTING_ACCOUNT),
        Example({}, related=BY_DEFAULT),
        Example({"region": "eu-central-1"}, related=(FRANKFURT,)),
        Example({}, related=(FRANKFURT,), provider={"region": "eu-central-1"}),
        Example({"snapshotId": THE_SNAPSHOT}, related=(ENCRYPTED_SNAPSHOT,)),
        Example({"snapshotId": THE_SNAPSHOT}, related=_snapshot_of(encrypted=True)),
    ),
    fails=(
        {},
        {"encrypted": False},
        Example({"encrypted": False}, parameters=ENCRYPTING_ACCOUNT),
        Example({}, related=(OFF,)),
        Example({"region": "eu-west-1"}, related=(FRANKFURT,)),
        Example({}, related=(FRANKFURT,), provider={"region": "eu-west-1"}),
        Example({"snapshotId": THE_SNAPSHOT}, related=_snapshot_of(size=20)),
    ),
    undecided=(
        {"encrypted": UNKNOWN},
        {"snapshotId": UNKNOWN},
        {"snapshotId": "snap-0123456789abcdef0"},
        Example({}, related=(FRANKFURT,)),
        Example({}, related=(Example({"enabled": UNKNOWN}, type=ENCRYPTION_BY_DEFAULT, name="default"),)),
    ),
)
def ebs_volume_encrypted(volume: Resource, stack: Stack, parameters: AccountDefault) -> Iterator[Violation]:
    """EBS volumes are encrypted.

    Whoever gets a snapshot of an unencrypted volume can read it, and encryption cannot be switched on later in place.
    A volume from a snapshot outside the stack is as that snapshot is; to be sure, the program asks for encryption.
    """
    encrypted = is_encrypted(volume, stack, parameters)
    if encrypted is None:
        raise UnknownValue(Reason.NOT_REPORTED, "snapshotId", "the snapshot decides whether the volume is encrypted")
    if not encrypted:
        yield Violation("the volume is not encrypted", at="encrypted", fix=Fix({"encrypted": True}, replaces=True))


@rule(
    applies_to=(INSTANCE, SPOT_REQUEST, LAUNCH_CONFIGURATION),
    severity=Severity.HIGH,
    remedy="Set rootBlockDevice.encrypted; this replaces an existing instance.",
    controls=EBS,
    checkov=("CKV_AWS_8",),
    topic="Amazon EBS encryption",
    parameters=AccountDefault,
    passes=(
        {"rootBlockDevice": {"encrypted": True}},
        {"launchTemplate": {"id": "lt-0123456789abcdef0"}},
        Example(
            {"launchTemplate": {"id": Reference("template")}},
            related=(Example({"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}]}, LAUNCH_TEMPLATE, "template"),),
        ),
        Example({"rootBlockDevice": {"encrypted": True}}, type=LAUNCH_CONFIGURATION),
        Example({}, parameters=ENCRYPTING_ACCOUNT),
        Example({"rootBlockDevice": {"volumeSize": 20}}, related=BY_DEFAULT),
        Example({"ami": THE_IMAGE, "rootBlockDevice": {"volumeSize": 20}}, related=ENCRYPTED_IMAGE),
        Example({"imageId": THE_IMAGE}, type=LAUNCH_CONFIGURATION, related=ENCRYPTED_IMAGE),
    ),
    fails=(
        {},
        {"rootBlockDevice": {"volumeSize": 20}},
        {"rootBlockDevice": {"encrypted": False}, "launchTemplate": {"id": "lt-0123456789abcdef0"}},
        Example({"launchTemplate": {"id": Reference("template")}}, related=(Example({}, LAUNCH_TEMPLATE, "template"),)),
        Example({"rootBlockDevice": {"encrypted": False}}, type=SPOT_REQUEST),
        Example({"ami": THE_IMAGE}, related=PLAIN_IMAGE),
        Example({"ami": "ami-0123456789abcdef0"}, related=ENCRYPTED_IMAGE),
        Example({}, type=LAUNCH_CONFIGURATION),
        Example({}, related=(OFF,)),
    ),
    undecided=(
        {"rootBlockDevice": UNKNOWN},
        {"rootBlockDevice": {"encrypted": UNKNOWN}},
        {"launchTemplate": UNKNOWN},
        Example({"ami": UNKNOWN}, related=ENCRYPTED_IMAGE),
    ),
)
def ec2_root_volume_encrypted(instance: Resource, stack: Stack, parameters: AccountDefault) -> Iterator[Violation]:
    """EC2 instances and launch configurations encrypt the root volume.

    The root volume holds logs, caches and often credentials. Without a word from the program, the image decides, and most
    images are unencrypted.
    """
    path = "rootBlockDevice.encrypted"
    if instance.has(path):
        encrypted = instance.flag(path)
    elif encrypted_by_default(instance, stack, parameters):
        return
    else:  # a launch template that declares volumes is judged itself
        image = "imageId" if instance.type == LAUNCH_CONFIGURATION else "ami"
        encrypted = (instance.has("launchTemplate") and template_declares_volumes(instance, stack)) or has_encrypted_image(
            instance, instance, image, stack
        )
    if not encrypted:
        yield Violation("the root volume is not encrypted", at=path, fix=Fix({path: True}, replaces=True))


def _devices(instance: Resource) -> Iterator[tuple[Resource, Block]]:
    for device in instance.each("ebsBlockDevices"):
        yield instance, device


@rule(
    applies_to=(INSTANCE, SPOT_REQUEST, LAUNCH_CONFIGURATION),
    severity=Severity.HIGH,
    remedy="Set encrypted on each entry of ebsBlockDevices; this replaces an existing instance.",
    controls=EBS,
    checkov=("CKV_AWS_8",),
    topic="Amazon EBS encryption",
    parameters=AccountDefault,
    each=_devices,
    passes=(
        {},
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": True}]},
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf", "noDevice": True}]}, type=LAUNCH_CONFIGURATION),
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]}, parameters=ENCRYPTING_ACCOUNT),
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]}, related=BY_DEFAULT),
        Example({"ebsBlockDevices": [{"snapshotId": THE_SNAPSHOT}]}, related=(ENCRYPTED_SNAPSHOT,)),
    ),
    fails=(
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]},
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": True}, {"deviceName": "/dev/sdg", "encrypted": False}]},
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]}, type=SPOT_REQUEST),
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]}, type=LAUNCH_CONFIGURATION),
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]}, related=(OFF,)),
    ),
    undecided=(
        {"ebsBlockDevices": UNKNOWN},
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": UNKNOWN}]},
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "snapshotId": "snap-0123456789abcdef0"}]},
    ),
)
def ec2_block_devices_encrypted(item: tuple[Resource, Block], stack: Stack, parameters: AccountDefault) -> Iterator[Violation]:
    """EC2 instances and launch configurations encrypt their additional EBS volumes.

    Whoever gets a snapshot of an unencrypted volume can read it.
    """
    instance, device = item
    if device.flag("noDevice"):
        return  # takes a device of the image away
    yield from device_violations(instance, device, stack, parameters)


def _mappings(template: Resource) -> Iterator[tuple[Resource, Block]]:
    for mapping in template.each("blockDeviceMappings"):
        yield template, mapping


@rule(
    applies_to=(LAUNCH_TEMPLATE,),
    severity=Severity.HIGH,
    remedy='Set ebs.encrypted to "true" in each entry of blockDeviceMappings.',
    controls=(FSBP["EC2.181"], *EBS),
    topic="Amazon EBS encryption",
    parameters=AccountDefault,
    each=_mappings,
    passes=(
        {},
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "ebs": {"encrypted": "true"}}]},
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "virtualName": "ephemeral0"}]},
        Example({"blockDeviceMappings": [{"ebs": {"volumeSize": 20}}]}, parameters=ENCRYPTING_ACCOUNT),
        Example({"blockDeviceMappings": [{"ebs": {"volumeSize": 20}}]}, related=BY_DEFAULT),
        Example({"blockDeviceMappings": [{"ebs": {"snapshotId": THE_SNAPSHOT}}]}, related=(ENCRYPTED_SNAPSHOT,)),
    ),
    fails=(
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "ebs": {"volumeSize": 20}}]},
        {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}, {"ebs": {"encrypted": "false"}}]},
        {"blockDeviceMappings": [{"ebs": {"encrypted": False}}]},
        Example({"blockDeviceMappings": [{"ebs": {"snapshotId": THE_SNAPSHOT}}]}, related=_snapshot_of(size=20)),
        Example({"blockDeviceMappings": [{"ebs": {"volumeSize": 20}}]}, related=(OFF,)),
    ),
    undecided=(
        {"blockDeviceMappings": UNKNOWN},
        {"blockDeviceMappings": [{"ebs": UNKNOWN}]},
        {"blockDeviceMappings": [{"ebs": {"encrypted": UNKNOWN}}]},
        {"blockDeviceMappings": [{"ebs": {"snapshotId": "snap-0123456789abcdef0"}}]},
    ),
)
def ec2_launch_template_volumes_encrypted(
    item: tuple[Resource, Block], stack: Stack, parameters: AccountDefault
) -> Iterator[Violation]:
    """Launch templates encrypt the EBS volumes that they declare.

    Every instance started from the template gets its volumes as written there.
    """
    template, mapping = item
    if mapping.has("ebs"):
        yield from device_violations(template, mapping, stack, parameters, place="ebs.", wanted="true", replaces=False)


RULES = (
    must_be(
        "ebs-encryption-by-default-enabled",
        (ENCRYPTION_BY_DEFAULT,),
        "enabled",
        True,  # noqa: FBT003  (the value that the property must have)
        default=True,
        title="The account encrypts new EBS volumes by default.",
        why="With the default on, a volume that someone forgets to encrypt is encrypted all the same.",
        severity=Severity.HIGH,
        remedy="Set enabled to true, or leave it out.",
        controls=(CIS_AWS_5["5.1.1"], FSBP["EC2.7"], *AT_REST),
        checkov=("CKV_AWS_106",),
        topic="Enable Amazon EBS encryption by default",
    ),
)
