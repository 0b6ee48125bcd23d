"""What an account does with EBS volumes that say nothing, and whether volumes, snapshots and devices are encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import AT_REST, FSBP
from policies.customer_key import customer_key_violations, is_customer_key
from policies.fix import Fix, path_steps
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Violation
from policies.unknown import Reason, Unknown, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

VOLUME = "aws:ebs/volume:Volume"
SNAPSHOT = "aws:ebs/snapshot:Snapshot"
SNAPSHOT_COPY = "aws:ebs/snapshotCopy:SnapshotCopy"
SNAPSHOT_IMPORT = "aws:ebs/snapshotImport:SnapshotImport"
SNAPSHOTS = (SNAPSHOT, SNAPSHOT_COPY, SNAPSHOT_IMPORT)
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
AMI_COPY = "aws:ec2/amiCopy:AmiCopy"
ENCRYPTION_BY_DEFAULT = "aws:ebs/encryptionByDefault:EncryptionByDefault"
DEFAULT_KEY = "aws:ebs/defaultKmsKey:DefaultKmsKey"
EBS = (FSBP["EC2.3"], *AT_REST)

BY_DEFAULT = (Example({}, type=ENCRYPTION_BY_DEFAULT, name="default"),)
"""In an example: the setting of the account that encrypts new volumes."""

_SOURCES = {
    VOLUME: ("snapshotId", SNAPSHOTS),
    SNAPSHOT: ("volumeId", (VOLUME,)),
    SNAPSHOT_COPY: ("sourceSnapshotId", SNAPSHOTS),
}


class AccountDefault(NamedTuple):
    """What the account does with volumes that say nothing."""

    account_encrypts_by_default: Annotated[
        bool,
        "the accounts and Regions of this stack encrypt new EBS volumes by default, though the stack does not set that",
    ] = False


ENCRYPTING_ACCOUNT = AccountDefault(account_encrypts_by_default=True)

THE_IMAGE = Reference("image")
ENCRYPTED_IMAGE = (Example({"encrypted": True}, type=AMI_COPY, name="image"),)
PLAIN_IMAGE = (Example({"encrypted": False}, type=AMI_COPY, name="image"),)


def encrypted_by_default(subject: Resource, stack: Stack, parameters: AccountDefault) -> bool:
    """Say whether the account encrypts what a resource declares without a word: by parameter, or by a resource of the stack."""
    if parameters.account_encrypts_by_default:
        return True
    settings = stack.of(ENCRYPTION_BY_DEFAULT)
    return any_of(settings, lambda setting: setting.flag("enabled", default=True) and _same_place(setting, subject))


def ebs_key_violations(owner: Resource, block: Block, stack: Stack, path: str = "kmsKeyId") -> Iterator[Violation]:
    """Yield what is wrong where a customer managed key must encrypt EBS storage: the account's default key may be one."""
    if block.has(path) or not any_of(stack.of(DEFAULT_KEY), lambda key: _is_default_key(key, owner, stack)):
        yield from customer_key_violations(owner, block, path, stack)


def _is_default_key(setting: Resource, subject: Resource, stack: Stack) -> bool:
    return is_customer_key(setting, setting, "keyArn", stack) and _same_place(setting, subject)


def _same_place(setting: Resource, subject: Resource) -> bool:
    """Say whether a setting of an account holds for a resource: it has the same provider and Region."""
    provider = setting.provider
    if (provider and provider.urn) != (subject.provider and subject.provider.urn):
        return False
    one, other = setting.text("region"), subject.text("region")
    if one != other and not (one and other):
        default = provider.text("region") if provider else ""
        if not default:
            raise UnknownValue(Reason.NOT_REPORTED, "region", "the Region of the provider is not known")
        one, other = one or default, other or default
    return one == other


def is_encrypted(subject: Resource, stack: Stack, parameters: AccountDefault) -> bool | None:
    """Say whether a volume or snapshot is encrypted; None where that hangs on something outside the stack."""
    seen: set[str] = set()
    found: Resource | None = subject
    while found is not None and found.urn not in seen:
        seen.add(found.urn)
        if found.has("encrypted"):
            return found.flag("encrypted")
        # a snapshot is as its volume is; what the account does with new volumes is no matter
        if found.type != SNAPSHOT and encrypted_by_default(found, stack, parameters):
            return True
        by, types = _SOURCES.get(found.type, ("", ()))
        if not by or not found.has(by):
            return False
        found = stack.target(found, types, by)
    return None


def device_violations(  # noqa: PLR0913
    owner: Resource,
    device: Block,
    stack: Stack,
    parameters: AccountDefault,
    *,
    place: str = "",
    wanted: bool | str = True,
    replaces: bool = True,
) -> Iterator[Violation]:
    """Yield what is wrong where a block device must be encrypted.

    `place` stands before its properties: nothing, or `ebs.`. `wanted` is how its type writes true; `replaces` says that
    AWS replaces the resource for the change.
    """
    if not _is_device_encrypted(owner, device, place, stack, parameters):
        path = device.at(f"{place}encrypted")
        # the provider takes `encrypted` or `snapshotId`, not both
        fix = None if device.has(f"{place}snapshotId") else Fix({path: wanted}, replaces=replaces)
        yield Violation(f"{path} is not true", at=path, fix=fix)


def _is_device_encrypted(owner: Resource, device: Block, place: str, stack: Stack, parameters: AccountDefault) -> bool:
    if device.has(f"{place}encrypted"):
        return device.flag(f"{place}encrypted")
    if encrypted_by_default(owner, stack, parameters):
        return True
    path = f"{place}snapshotId"
    if not device.has(path):
        return False
    snapshot = _referred(owner, device, path, SNAPSHOTS, stack)
    known = None if snapshot is None else is_encrypted(snapshot, stack, parameters)
    if known is None:
        raise UnknownValue(Reason.NOT_REPORTED, device.at(path), "the snapshot decides whether the volume is encrypted")
    return known


def _referred(owner: Resource, block: Block, path: str, types: tuple[str, ...], stack: Stack) -> Resource | None:
    """Return the resource that a nested property refers to: by the one edge of its top-level property, else by value."""
    if isinstance(block.value(path), Unknown):
        edges = owner.property_dependencies.get(str(path_steps(block.at(path))[0]), ())
        sources = [found for urn in edges if (found := stack.get(urn)) is not None and found.type in types]
        if len(sources) == 1:
            return sources[0]
    return stack.target(block, types, path)


def template_declares_volumes(owner: Resource, stack: Stack) -> bool:
    """Say whether the launch template of a resource declares EBS volumes; one from outside the stack counts as if it did.

    The template is judged itself, where it is managed.
    """
    named = owner.block("launchTemplate")
    template = _referred(owner, named, "id" if named.has("id") else "name", (LAUNCH_TEMPLATE,), stack)
    return template is None or any_of(template.each("blockDeviceMappings"), lambda mapping: mapping.has("ebs"))


def has_encrypted_image(owner: Resource, block: Block, path: str, stack: Stack) -> bool:
    """Say whether a property names an image that the stack copies with encryption: volumes of such an image are encrypted."""
    if not any(True for _ in stack.of(AMI_COPY)):
        return False
    image = _referred(owner, block, path, (AMI_COPY,), stack)
    return image is not None and image.flag("encrypted")
