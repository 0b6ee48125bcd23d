"""Encryption of what is copied or made from EBS volumes: snapshots and images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST
from policies.encryption.ebs_account import (
    AMI_COPY,
    BY_DEFAULT,
    ENCRYPTING_ACCOUNT,
    SNAPSHOT,
    SNAPSHOT_COPY,
    SNAPSHOT_IMPORT,
    VOLUME,
    AccountDefault,
    device_violations,
    encrypted_by_default,
    is_encrypted,
)
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

AMI = "aws:ec2/ami:Ami"
AMI_FROM_INSTANCE = "aws:ec2/amiFromInstance:AmiFromInstance"
OUTSIDE = "snap-0123456789abcdef0"


def _copied(**volume: object) -> Example:
    """Return the copy of a snapshot of a volume of the stack."""
    related = (
        Example({"volumeId": Reference("volume")}, type=SNAPSHOT, name="snapshot"),
        Example(volume, type=VOLUME, name="volume"),
    )
    return Example({"sourceSnapshotId": Reference("snapshot"), "sourceRegion": "eu-west-1"}, related=related)


@rule(
    applies_to=(SNAPSHOT_COPY, SNAPSHOT_IMPORT),
    severity=Severity.HIGH,
    remedy="Set encrypted to true; AWS makes a new copy.",
    controls=AT_REST,
    topic="Amazon EBS encryption",
    parameters=AccountDefault,
    passes=(
        {"encrypted": True},
        Example({"encrypted": True}, type=SNAPSHOT_IMPORT),
        _copied(encrypted=True),
        Example({"sourceSnapshotId": OUTSIDE}, related=BY_DEFAULT),
        Example({}, type=SNAPSHOT_IMPORT, parameters=ENCRYPTING_ACCOUNT),
    ),
    fails=(
        {"encrypted": False},
        {"sourceSnapshotId": OUTSIDE, "sourceRegion": "eu-west-1"},
        Example({}, type=SNAPSHOT_IMPORT),
        _copied(encrypted=False),
    ),
    undecided=({"encrypted": UNKNOWN}, {"sourceSnapshotId": UNKNOWN}),
)
def ebs_snapshot_copy_encrypted(snapshot: Resource, stack: Stack, parameters: AccountDefault) -> Iterator[Violation]:
    """EBS snapshots that are copied or imported are encrypted.

    A copy is encrypted if its source is, an import only if it asks. Where nothing in the stack shows that the source is
    encrypted, the program has to ask for it.
    """
    if not is_encrypted(snapshot, stack, parameters):
        yield Violation("the snapshot is not encrypted", at="encrypted", fix=Fix({"encrypted": True}, replaces=True))


def _image_copied(type_: str, **inputs: object) -> Example:
    """Return the copy of an image of the stack."""
    return Example({"sourceAmiId": Reference("source")}, related=(Example(inputs, type=type_, name="source"),))


@rule(
    applies_to=(AMI_COPY,),
    severity=Severity.HIGH,
    remedy="Set encrypted to true; AWS makes a new image.",
    controls=AT_REST,
    checkov=("CKV_AWS_235",),
    topic="Use encryption with EBS-backed AMIs",
    parameters=AccountDefault,
    passes=(
        {"encrypted": True},
        Example({}, related=BY_DEFAULT),
        Example({"encrypted": False}, parameters=ENCRYPTING_ACCOUNT),
        _image_copied(AMI, ebsBlockDevices=[{"deviceName": "/dev/xvda", "encrypted": True}]),
        _image_copied(AMI_COPY, encrypted=True),
        {"destinationOutpostArn": "arn:aws:outposts:eu-west-1:111122223333:outpost/op-0123456789abcdef0"},
    ),
    fails=(
        {},
        {"encrypted": False},
        {"sourceAmiId": "ami-0123456789abcdef0", "sourceAmiRegion": "eu-west-1"},
        _image_copied(AMI, ebsBlockDevices=[{"deviceName": "/dev/xvda", "volumeSize": 20}]),
        _image_copied(AMI, architecture="x86_64"),
        _image_copied(AMI_COPY, encrypted=False),
    ),
    undecided=({"encrypted": UNKNOWN}, {"sourceAmiId": UNKNOWN}, _image_copied(AMI_FROM_INSTANCE)),
)
def ami_copy_encrypted(image: Resource, stack: Stack, parameters: AccountDefault) -> Iterator[Violation]:
    """AMI copies are encrypted.

    The snapshots of the copy stay as those of the source, which for most images are unencrypted, unless the copy asks.
    """
    # the provider writes false where the program says nothing
    if image.flag("encrypted") or image.has("destinationOutpostArn") or encrypted_by_default(image, stack, parameters):
        return  # what lies on an Outpost is always encrypted
    if not _is_source_encrypted(image, stack, parameters):
        yield Violation("the image is not encrypted", at="encrypted", fix=Fix({"encrypted": True}, replaces=True))


def _is_source_encrypted(image: Resource, stack: Stack, parameters: AccountDefault) -> bool:
    """Say whether the image that is copied is an encrypted one of the stack: AWS never makes an unencrypted copy of it."""
    source = stack.target(image, (AMI, AMI_COPY, AMI_FROM_INSTANCE), "sourceAmiId")
    if source is None:
        return False
    if source.type == AMI_COPY:
        return source.flag("encrypted")
    if source.type == AMI_FROM_INSTANCE:
        raise UnknownValue(Reason.NOT_REPORTED, "sourceAmiId", "the volumes of the instance decide whether it is encrypted")
    devices = list(_devices(source))
    violations = (found for item in devices for found in device_violations(*item, stack, parameters))
    return bool(devices) and not any(True for _ in violations)


def _devices(image: Resource) -> Iterator[tuple[Resource, Block]]:
    for device in image.each("ebsBlockDevices"):
        yield image, device


def _device(**device: object) -> dict[str, object]:
    return {"ebsBlockDevices": [{"deviceName": "/dev/xvda", **device}]}


@rule(
    applies_to=(AMI,),
    severity=Severity.MEDIUM,
    remedy="Set encrypted in each entry of ebsBlockDevices, or make the image from an encrypted snapshot.",
    controls=AT_REST,
    checkov=("CKV_AWS_204",),
    topic="Use encryption with EBS-backed AMIs",
    parameters=AccountDefault,
    each=_devices,
    passes=(
        {},
        _device(encrypted=True),
        Example(_device(volumeSize=20), related=BY_DEFAULT),
        Example(_device(volumeSize=20), parameters=ENCRYPTING_ACCOUNT),
        Example(
            _device(snapshotId=Reference("snapshot")),
            related=(Example({"encrypted": True}, type=SNAPSHOT_IMPORT, name="snapshot"),),
        ),
    ),
    fails=(
        _device(encrypted=False),
        _device(volumeSize=20),
        Example(_device(snapshotId=Reference("snapshot")), related=(Example({}, SNAPSHOT_IMPORT, "snapshot"),)),
    ),
    undecided=({"ebsBlockDevices": UNKNOWN}, _device(encrypted=UNKNOWN), _device(snapshotId=OUTSIDE)),
)
def ami_volumes_encrypted(item: tuple[Resource, Block], stack: Stack, parameters: AccountDefault) -> Iterator[Violation]:
    """AMIs encrypt the volumes that they declare.

    Every instance of the image gets its volumes as the image says, unless it asks for something else itself.
    """
    image, device = item
    yield from device_violations(image, device, stack, parameters)
