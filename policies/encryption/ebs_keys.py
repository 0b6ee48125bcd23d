"""Customer managed keys for EBS volumes, snapshots and images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_row
from policies.encryption.ebs_account import (
    AMI_COPY,
    DEFAULT_KEY,
    LAUNCH_TEMPLATE,
    SNAPSHOT_COPY,
    SNAPSHOT_IMPORT,
    VOLUME,
    ebs_key_violations,
)
from policies.rule import Example, Rule, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

OWN_DEFAULT = (Example({"keyArn": KEY_OF_THE_STACK}, type=DEFAULT_KEY, name="default"), *RELATED_KEY)
OTHER_DEFAULT = (Example({"keyArn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/ebs"}, DEFAULT_KEY, "default"),)
FRANKFURT = (Example({"keyArn": KEY_ARN, "region": "eu-central-1"}, type=DEFAULT_KEY, name="default"),)

WHY = (
    "Without a key the default key of the account encrypts, which is aws/ebs unless someone changed it. What it encrypts"
    " cannot be shared with another account. With a key of your own you decide who may decrypt, and you can withdraw it."
)


def _key_rule(
    subject: str, applies_to: tuple[str, ...], what: str, checkov: str, *, restored: Iterable[Mapping[str, object]] = ()
) -> Rule:
    """Return the rule that a resource of EBS names a customer managed key; the account's default key may be one too.

    `restored` are more examples of what is undecided: a volume keeps the key of an encrypted snapshot, copies do not.
    """

    def check(resource: Resource, stack: Stack) -> Iterator[Violation]:
        if resource.type == VOLUME and resource.has("snapshotId") and not resource.has("kmsKeyId"):
            raise UnknownValue(Reason.NOT_REPORTED, "snapshotId", "the snapshot decides which key encrypts the volume")
        yield from ebs_key_violations(resource, resource, stack)

    return customer_key_row(
        subject,
        applies_to,
        check,
        "Set encrypted, and kmsKeyId to a key that you manage, or make such a key the default with ebs.DefaultKmsKey.",
        what=what,
        why=WHY,
        checkov=(checkov,),
        topic="Amazon EBS encryption",
        passes=(
            {"encrypted": True, "kmsKeyId": KEY_ARN},
            Example({"encrypted": True, "kmsKeyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
            Example({"encrypted": True}, related=OWN_DEFAULT),
        ),
        fails=(
            {},
            {"encrypted": True},
            {"encrypted": True, "kmsKeyId": "alias/aws/ebs"},
            Example({"encrypted": True}, related=OTHER_DEFAULT),
            Example({"encrypted": True, "region": "eu-west-1"}, related=FRANKFURT),
        ),
        undecided=(
            {"encrypted": True, "kmsKeyId": UNKNOWN},
            Example({"encrypted": True}, related=FRANKFURT),
            Example({"encrypted": True}, related=(Example({"keyArn": UNKNOWN}, type=DEFAULT_KEY, name="default"),)),
            *restored,
        ),
    )


RULES = (
    _key_rule(
        "ebs-volume",
        (VOLUME,),
        "EBS volumes",
        "CKV_AWS_189",
        restored=({"snapshotId": "snap-0123456789abcdef0"}, {"encrypted": True, "snapshotId": UNKNOWN}),
    ),
    _key_rule(
        "ebs-snapshot-copy", (SNAPSHOT_COPY, SNAPSHOT_IMPORT), "EBS snapshots that are copied or imported", "CKV_AWS_183"
    ),
    _key_rule("ami-copy", (AMI_COPY,), "AMI copies", "CKV_AWS_236"),
)


def _mappings(template: Resource) -> Iterator[tuple[Resource, Block]]:
    for mapping in template.each("blockDeviceMappings"):
        yield template, mapping


def _mapping(**ebs: object) -> dict[str, object]:
    return {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]}


@rule(
    applies_to=(LAUNCH_TEMPLATE,),
    severity=Severity.LOW,
    remedy="Set ebs.encrypted and ebs.kmsKeyId in each entry of blockDeviceMappings.",
    controls=CUSTOMER_KEY,
    topic="Amazon EBS encryption",
    each=_mappings,
    passes=(
        {},
        _mapping(encrypted="true", kmsKeyId=KEY_ARN),
        {"blockDeviceMappings": [{"deviceName": "/dev/sdf", "virtualName": "ephemeral0"}]},
        Example(_mapping(encrypted="true", kmsKeyId=KEY_OF_THE_STACK), related=RELATED_KEY),
        Example(_mapping(encrypted="true"), related=OWN_DEFAULT),
    ),
    fails=(
        _mapping(encrypted="true"),
        _mapping(encrypted="true", kmsKeyId="alias/aws/ebs"),
        Example(_mapping(encrypted="true"), related=OTHER_DEFAULT),
    ),
    undecided=(
        {"blockDeviceMappings": UNKNOWN},
        _mapping(encrypted="true", kmsKeyId=UNKNOWN),
        _mapping(snapshotId="snap-0123456789abcdef0"),
    ),
)
def ec2_launch_template_volumes_encrypted_with_customer_key(item: tuple[Resource, Block], stack: Stack) -> Iterator[Violation]:
    """Launch templates encrypt the EBS volumes that they declare with a customer managed key.

    Without a key the default key of the account encrypts, which is aws/ebs unless someone changed it. With a key of your
    own you decide who may decrypt, and you can withdraw it.
    """
    template, mapping = item
    if not mapping.has("ebs"):
        return
    if mapping.has("ebs.snapshotId") and not mapping.has("ebs.kmsKeyId"):
        path = mapping.at("ebs.snapshotId")
        raise UnknownValue(Reason.NOT_REPORTED, path, "the snapshot decides which key encrypts the volume")
    yield from ebs_key_violations(template, mapping, stack, "ebs.kmsKeyId")
