"""Encryption of the EBS volumes that other services make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP
from policies.encryption.ebs_account import (
    BY_DEFAULT,
    EBS,
    ENCRYPTED_IMAGE,
    ENCRYPTING_ACCOUNT,
    LAUNCH_TEMPLATE,
    PLAIN_IMAGE,
    THE_IMAGE,
    AccountDefault,
    device_violations,
    encrypted_by_default,
    has_encrypted_image,
    template_declares_volumes,
)
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

SPOT_FLEET = "aws:ec2/spotFleetRequest:SpotFleetRequest"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
REPLICATION = "aws:drs/replicationConfigurationTemplate:ReplicationConfigurationTemplate"


def _launched(**specification: object) -> dict[str, object]:
    return {"launchSpecifications": [{"instanceType": "m7g.large", **specification}]}


def _volumes(fleet: Resource) -> Iterator[tuple[Resource, Block, bool]]:
    """Yield each launch specification, for its root volume, and each device of it."""
    for specification in fleet.each("launchSpecifications"):
        yield fleet, specification, True
        for device in specification.each("ebsBlockDevices"):
            yield fleet, device, False


ENCRYPTED_ROOT = [{"encrypted": True}]


@rule(
    applies_to=(SPOT_FLEET,),
    severity=Severity.HIGH,
    remedy="Set encrypted in rootBlockDevices and in each entry of ebsBlockDevices; this replaces the request.",
    controls=(FSBP["EC2.173"], *EBS),
    topic="Amazon EBS encryption",
    parameters=AccountDefault,
    each=_volumes,
    passes=(
        {"launchTemplateConfigs": [{"launchTemplateSpecification": {"id": "lt-0123456789abcdef0"}}]},
        _launched(rootBlockDevices=ENCRYPTED_ROOT),
        _launched(rootBlockDevices=ENCRYPTED_ROOT, ebsBlockDevices=[{"deviceName": "/dev/sdf", "encrypted": True}]),
        Example(_launched(ebsBlockDevices=[{"deviceName": "/dev/sdf"}]), related=BY_DEFAULT),
        Example(_launched(), parameters=ENCRYPTING_ACCOUNT),
        Example(_launched(ami=THE_IMAGE), related=ENCRYPTED_IMAGE),
    ),
    fails=(
        _launched(),
        _launched(rootBlockDevices=[{"volumeSize": 20}]),
        _launched(rootBlockDevices=[{"encrypted": False}]),
        Example(_launched(ami=THE_IMAGE), related=PLAIN_IMAGE),
        _launched(rootBlockDevices=ENCRYPTED_ROOT, ebsBlockDevices=[{"deviceName": "/dev/sdf"}]),
    ),
    undecided=(
        {"launchSpecifications": UNKNOWN},
        _launched(rootBlockDevices=UNKNOWN),
        _launched(rootBlockDevices=[{"encrypted": UNKNOWN}]),
        _launched(rootBlockDevices=ENCRYPTED_ROOT, ebsBlockDevices=[{"snapshotId": "snap-0123456789abcdef0"}]),
    ),
)
def ec2_spot_fleet_volumes_encrypted(
    item: tuple[Resource, Block, bool], stack: Stack, parameters: AccountDefault
) -> Iterator[Violation]:
    """Spot fleets encrypt the volumes of their instances.

    Whoever gets a snapshot of an unencrypted volume can read it. Without a word from the program, the image decides about
    the root volume. Launch templates of a fleet are judged themselves.
    """
    fleet, block, is_root = item
    if not is_root:
        yield from device_violations(fleet, block, stack, parameters)
        return
    root = "rootBlockDevices.encrypted"
    if block.has(root):
        encrypted = block.flag(root)
    else:
        encrypted = encrypted_by_default(fleet, stack, parameters) or has_encrypted_image(fleet, block, "ami", stack)
    if not encrypted:
        path = block.at("rootBlockDevices")
        fix = {f"{path}[0].encrypted": True} if block.has("rootBlockDevices") else {path: ENCRYPTED_ROOT}
        yield Violation(f"{path} is not encrypted", at=path, fix=Fix(fix, replaces=True))


def _nodes(**template: object) -> Example:
    """Return a node group with a launch template of the stack."""
    related = (Example(template, type=LAUNCH_TEMPLATE, name="template"),)
    return Example({"launchTemplate": {"id": Reference("template"), "version": "1"}}, related=related)


@rule(
    applies_to=(NODE_GROUP,),
    severity=Severity.MEDIUM,
    remedy="Give the node group a launch template that encrypts the volumes in its blockDeviceMappings.",
    controls=AT_REST,
    topic="Customizing managed nodes with launch templates",
    parameters=AccountDefault,
    passes=(
        _nodes(blockDeviceMappings=[{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]),
        {"launchTemplate": {"id": "lt-0123456789abcdef0", "version": "1"}},
        {"launchTemplate": {"name": "nodes", "version": "1"}},
        Example({}, related=BY_DEFAULT),
        Example({}, parameters=ENCRYPTING_ACCOUNT),
    ),
    fails=(
        {},
        {"diskSize": 100},
        _nodes(instanceType="m7g.large"),
        _nodes(blockDeviceMappings=[{"deviceName": "/dev/sdf", "virtualName": "ephemeral0"}]),
    ),
    undecided=(
        {"launchTemplate": UNKNOWN},
        {"launchTemplate": {"id": UNKNOWN, "version": "1"}},
        _nodes(blockDeviceMappings=UNKNOWN),
    ),
)
def eks_node_volumes_encrypted(group: Resource, stack: Stack, parameters: AccountDefault) -> Iterator[Violation]:
    """EKS managed nodes have encrypted volumes.

    Images, logs and the files of pods lie on the volumes of the nodes. EKS leaves these unencrypted unless a launch
    template or the account asks for it. Launch templates are judged themselves.
    """
    if encrypted_by_default(group, stack, parameters):
        return
    if not group.has("launchTemplate"):
        yield Violation("no launch template encrypts the volumes of the nodes", at="launchTemplate")
    elif not template_declares_volumes(group, stack):
        yield Violation("the launch template declares no volumes to encrypt", at="launchTemplate")


@rule(
    applies_to=(REPLICATION,),
    severity=Severity.HIGH,
    remedy="Set ebsEncryption to DEFAULT, or to CUSTOM with ebsEncryptionKeyArn.",
    controls=AT_REST,
    topic="AWS Elastic Disaster Recovery replication settings",
    passes=({"ebsEncryption": "DEFAULT"}, {"ebsEncryption": "CUSTOM"}),
    fails=({}, {"ebsEncryption": "NONE"}),
    undecided=({"ebsEncryption": UNKNOWN},),
)
def drs_staging_volumes_encrypted(template: Resource) -> Iterator[Violation]:
    """Elastic Disaster Recovery encrypts its staging volumes.

    The staging volumes hold a full copy of the disks of every protected server.
    """
    if template.text("ebsEncryption") not in {"DEFAULT", "CUSTOM"}:
        yield Violation("the staging volumes are not encrypted", at="ebsEncryption", fix=Fix({"ebsEncryption": "DEFAULT"}))


RULES = (
    must_be(
        "ecs-service-volume-encrypted",
        ("aws:ecs/service:Service",),
        "volumeConfiguration.managedEbsVolume.encrypted",
        True,  # noqa: FBT003  (the value that the property must have)
        default=True,
        title="ECS services encrypt the EBS volumes of their tasks.",
        why="ECS encrypts these volumes by itself, so an unencrypted one was asked for on purpose.",
        severity=Severity.HIGH,
        controls=AT_REST,
        topic="Data encryption for EBS volumes attached to ECS tasks",
    ),
)
