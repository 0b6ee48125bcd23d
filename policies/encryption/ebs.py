"""Encryption of EBS volumes, wherever they are declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from policies.controls import AT_REST, CIS_AWS_5, FSBP
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

VOLUME = "aws:ebs/volume:Volume"
INSTANCE = "aws:ec2/instance:Instance"
SPOT_REQUEST = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONTROLS = (FSBP["EC2.3"], *AT_REST)


@dataclass(frozen=True)
class AccountDefault:
    """What the account does with volumes that say nothing."""

    account_encrypts_by_default: Annotated[
        bool, "the accounts and Regions of this stack encrypt new EBS volumes by default, so a volume need not ask for it"
    ] = False


ENCRYPTING_ACCOUNT = AccountDefault(account_encrypts_by_default=True)


@rule(
    applies_to=(VOLUME,),
    severity=Severity.HIGH,
    remedy="Set encrypted; move the data of an existing volume through an encrypted copy of its snapshot.",
    controls=CONTROLS,
    checkov=("CKV_AWS_3",),
    parameters=AccountDefault,
    passes=(
        {"encrypted": True},
        {"encrypted": "true"},
        Example({}, parameters=ENCRYPTING_ACCOUNT),
    ),
    fails=(
        {},
        {"encrypted": False},
        {"snapshotId": "snap-0123456789abcdef0"},
        Example({"encrypted": False}, parameters=ENCRYPTING_ACCOUNT),
    ),
    undecided=({"encrypted": UNKNOWN},),
)
def ebs_volume_encrypted(volume: Resource, parameters: AccountDefault) -> Iterator[Violation]:
    """EBS volumes are encrypted.

    Whoever gets a snapshot of an unencrypted volume can read it, and encryption cannot be switched on later in place.
    """
    if not volume.flag("encrypted", default=parameters.account_encrypts_by_default):
        yield Violation("the volume is not encrypted", at="encrypted", fix=Fix({"encrypted": True}, replaces=True))


@rule(
    applies_to=(INSTANCE, SPOT_REQUEST, LAUNCH_CONFIGURATION),
    severity=Severity.HIGH,
    remedy="Set rootBlockDevice.encrypted; this replaces an existing instance.",
    controls=CONTROLS,
    checkov=("CKV_AWS_8",),
    parameters=AccountDefault,
    passes=(
        {"rootBlockDevice": {"encrypted": True}},
        {"launchTemplate": {"id": "lt-0123456789abcdef0"}},
        Example({"rootBlockDevice": {"encrypted": True}}, type=LAUNCH_CONFIGURATION),
        Example({}, parameters=ENCRYPTING_ACCOUNT),
    ),
    fails=(
        {},
        {"rootBlockDevice": {"volumeSize": 20}},
        {"rootBlockDevice": {"encrypted": False}, "launchTemplate": {"id": "lt-0123456789abcdef0"}},
        Example({"rootBlockDevice": {"encrypted": False}}, type=SPOT_REQUEST),
        Example({}, type=LAUNCH_CONFIGURATION),
    ),
    undecided=({"rootBlockDevice": UNKNOWN}, {"rootBlockDevice": {"encrypted": UNKNOWN}}),
)
def ec2_root_volume_encrypted(instance: Resource, parameters: AccountDefault) -> Iterator[Violation]:
    """EC2 instances and launch configurations encrypt the root volume.

    The root volume holds logs, caches and often credentials. Without a word from the program, the image decides.
    """
    path = "rootBlockDevice.encrypted"
    if instance.has("launchTemplate") and not instance.has(path):
        return  # the launch template declares the volumes and is judged itself
    if not instance.flag(path, default=parameters.account_encrypts_by_default):
        yield Violation("the root volume is not encrypted", at=path, fix=Fix({path: True}, replaces=True))


@rule(
    applies_to=(INSTANCE, SPOT_REQUEST, LAUNCH_CONFIGURATION),
    severity=Severity.HIGH,
    remedy="Set encrypted on each entry of ebsBlockDevices; this replaces an existing instance.",
    controls=CONTROLS,
    checkov=("CKV_AWS_8",),
    parameters=AccountDefault,
    each=lambda instance: instance.each("ebsBlockDevices"),
    passes=(
        {},
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": True}]},
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf", "noDevice": True}]}, type=LAUNCH_CONFIGURATION),
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]}, parameters=ENCRYPTING_ACCOUNT),
    ),
    fails=(
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]},
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": True}, {"deviceName": "/dev/sdg", "encrypted": False}]},
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]}, type=SPOT_REQUEST),
        Example({"ebsBlockDevices": [{"deviceName": "/dev/sdf"}]}, type=LAUNCH_CONFIGURATION),
    ),
    undecided=(
        {"ebsBlockDevices": UNKNOWN},
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": UNKNOWN}]},
        {"ebsBlockDevices": [{"deviceName": "/dev/sdf", "snapshotId": "snap-0123456789abcdef0"}]},
    ),
)
def ec2_block_devices_encrypted(device: Block, parameters: AccountDefault) -> Iterator[Violation]:
    """EC2 instances and launch configurations encrypt their additional EBS volumes.

    Whoever gets a snapshot of an unencrypted volume can read it.
    """
    if device.flag("noDevice"):
        return  # takes a device of the image away
    if not _device_encrypted(device, "", parameters):
        path = device.at("encrypted")
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}, replaces=True))


@rule(
    applies_to=(LAUNCH_TEMPLATE,),
    severity=Severity.HIGH,
    remedy='Set ebs.encrypted to "true" in each entry of blockDeviceMappings.',
    controls=(FSBP["EC2.181"], *CONTROLS),
    parameters=AccountDefault,
    each=lambda template: template.each("blockDeviceMappings"),
    passes=(
        {},
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "ebs": {"encrypted": "true"}}]},
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "virtualName": "ephemeral0"}]},
        Example({"blockDeviceMappings": [{"ebs": {"volumeSize": 20}}]}, parameters=ENCRYPTING_ACCOUNT),
    ),
    fails=(
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "ebs": {"volumeSize": 20}}]},
        {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}, {"ebs": {"encrypted": "false"}}]},
        {"blockDeviceMappings": [{"ebs": {"encrypted": False}}]},
    ),
    undecided=(
        {"blockDeviceMappings": UNKNOWN},
        {"blockDeviceMappings": [{"ebs": UNKNOWN}]},
        {"blockDeviceMappings": [{"ebs": {"encrypted": UNKNOWN}}]},
        {"blockDeviceMappings": [{"ebs": {"snapshotId": "snap-0123456789abcdef0"}}]},
    ),
)
def ec2_launch_template_volumes_encrypted(mapping: Block, parameters: AccountDefault) -> Iterator[Violation]:
    """Launch templates encrypt the EBS volumes that they declare.

    Every instance started from the template gets its volumes as written there.
    """
    if mapping.has("ebs") and not _device_encrypted(mapping, "ebs.", parameters):
        path = mapping.at("ebs.encrypted")
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: "true"}))


def _device_encrypted(device: Block, place: str, parameters: AccountDefault) -> bool:
    """Say whether a block device is encrypted; the provider takes `encrypted` or `snapshotId`, not both."""
    encrypted, snapshot = f"{place}encrypted", f"{place}snapshotId"
    if device.has(encrypted) or parameters.account_encrypts_by_default or not device.has(snapshot):
        return device.flag(encrypted, default=parameters.account_encrypts_by_default)
    raise UnknownValue(Reason.NOT_REPORTED, device.at(snapshot), "the snapshot decides whether the volume is encrypted")


RULES = (
    must_be(
        "ebs-encryption-by-default-enabled",
        ("aws:ebs/encryptionByDefault:EncryptionByDefault",),
        "enabled",
        True,  # noqa: FBT003  (the value that the property must have)
        default=True,
        title="The account encrypts new EBS volumes by default.",
        why="With the default on, a volume that someone forgets to encrypt is encrypted all the same.",
        severity=Severity.HIGH,
        remedy="Set enabled to true, or leave it out.",
        controls=(CIS_AWS_5["5.1.1"], FSBP["EC2.7"], *AT_REST),
        checkov=("CKV_AWS_106",),
    ),
)
