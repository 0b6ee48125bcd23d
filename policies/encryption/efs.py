"""Encryption of EFS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CIS_AWS_5, FSBP, IN_TRANSIT
from policies.customer_key import customer_key_rule
from policies.policy_document import statements
from policies.policy_matching import any_of, covers_action
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.policy_document import Condition, Statement
    from policies.resource import Resource
    from policies.stack import Stack

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
POLICY = "aws:efs/fileSystemPolicy:FileSystemPolicy"
MOUNT = "elasticfilesystem:ClientMount"
OVER_TLS = {"Bool": {"aws:SecureTransport": "true"}}
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def mounts_without_tls(volume: Block) -> Iterator[Block]:
    """Yield the EFS mounts of a volume, as ECS and Batch describe it, whose traffic is not encrypted."""
    for mount in volume.each("efsVolumeConfiguration"):
        if mount.text("transitEncryption", "DISABLED") != "ENABLED":
            yield mount


def _statement(effect: str, *actions: str, **more: object) -> dict[str, object]:
    return {"Effect": effect, "Principal": {"AWS": "*"}, "Action": list(actions or [MOUNT]), **more}


def _policy(*listed: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(listed)}


def _attached(policy: object, *, to: object = Reference("example")) -> Example:
    return Example({"fileSystemId": to, "policy": policy}, type=POLICY, name="policy")


OPEN = _statement("Allow")
DENY = _statement("Deny", "*", Condition=WITHOUT_TLS)


@rule(
    applies_to=(FILE_SYSTEM, POLICY),
    severity=Severity.MEDIUM,
    remedy=(
        "Attach a file system policy with a Deny of elasticfilesystem:* for principal *"
        " under the condition Bool aws:SecureTransport false."
    ),
    controls=IN_TRANSIT,
    topic="Using IAM to control file system data access",
    passes=(
        Example({}, related=(_attached(_policy(OPEN, DENY)),)),
        Example({}, related=(_attached(_policy(_statement("Allow", Condition=OVER_TLS))),)),
        Example({}, related=(_attached(_policy(_statement("Allow", "elasticfilesystem:ClientWrite"))),)),
        Example({}, related=(_attached(_policy({**OPEN, "Principal": {"AWS": "111122223333"}})),)),
        Example({"fileSystemId": "fs-1", "policy": _policy(DENY)}, type=POLICY),
        Example(  # the file system answers for its policy
            {"fileSystemId": Reference("files"), "policy": _policy(OPEN)},
            type=POLICY,
            related=(Example({}, type=FILE_SYSTEM, name="files"),),
        ),
    ),
    fails=(
        {},
        Example({}, related=(_attached({}),)),
        Example({}, related=(_attached(_policy(OPEN)),)),
        Example({}, related=(_attached(_policy(OPEN, {**DENY, "Action": "elasticfilesystem:ClientWrite"})),)),
        Example({}, related=(_attached(_policy(OPEN, {**DENY, "Principal": {"AWS": "111122223333"}})),)),
        Example({}, related=(_attached(_policy(OPEN, {**DENY, "Condition": OVER_TLS})),)),
        Example({"fileSystemId": "fs-1", "policy": _policy(OPEN)}, type=POLICY),
        Example(
            {
                "fileSystemId": "fs-1",
                "policy": _policy(
                    {
                        "Effect": "Allow",
                        "NotPrincipal": {"AWS": "111122223333"},
                        "NotAction": "elasticfilesystem:ClientWrite",
                    }
                ),
            },
            type=POLICY,
        ),
    ),
    undecided=(
        Example({}, related=(_attached(UNKNOWN),)),
        Example({}, related=(_attached(_policy(OPEN), to=UNKNOWN),)),
        Example({"fileSystemId": UNKNOWN, "policy": _policy(OPEN)}, type=POLICY),
    ),
)
def efs_file_system_denies_clients_without_tls(subject: Resource, stack: Stack) -> Iterator[Violation]:
    """EFS file systems deny clients that do not use TLS.

    Without a policy every client that reaches a mount target may mount the file system, and NFS then carries the files in
    plain text. A policy is judged by itself only where the stack does not manage its file system.
    """
    if subject.type == POLICY:
        files = stack.target(subject, (FILE_SYSTEM,), "fileSystemId")
        if files is not None and not files.external:
            return
    if any_of(_statements(subject, stack), _keeps_out):
        return
    if not any_of(_statements(subject, stack), lambda _: True) or any_of(_statements(subject, stack), _lets_in):
        yield Violation("no policy denies clients without TLS", at="policy" if subject.type == POLICY else "")


def _statements(subject: Resource, stack: Stack) -> Iterator[Statement]:
    if subject.type == POLICY:
        yield from statements(subject, "policy")
        return
    yield from statements(subject, "fileSystemPolicy")  # aws-native writes the policy into the file system
    for policy in stack.related(subject, (POLICY,), "fileSystemId"):
        yield from statements(policy, "policy")


def _keeps_out(statement: Statement) -> bool:
    """Say whether a statement denies everyone to mount without TLS; EFS fills in a Resource that is left out."""
    if statement.allows or statement.has("NotResource") or not any(who.is_everyone for who in statement.principals()):
        return False
    if not any(covers_action(pattern, MOUNT) for pattern in statement.actions()):
        return False
    conditions = list(statement.conditions())
    return len(conditions) == 1 and "false" in _transport(conditions[0])


def _lets_in(statement: Statement) -> bool:
    """Say whether a statement allows everyone to mount without TLS. To be someone takes IAM, which takes TLS."""
    if not statement.allows:
        return False
    if not statement.has("NotPrincipal") and not any(who.is_everyone for who in statement.principals()):
        return False
    if statement.has("NotAction"):
        mounts = not any(covers_action(pattern, MOUNT) for pattern in statement.not_actions())
    else:
        mounts = any(covers_action(pattern, MOUNT) for pattern in statement.actions())
    return mounts and not any_of(statement.conditions(), lambda condition: _transport(condition) == {"true"})


def _transport(condition: Condition) -> set[str]:
    """Return what a condition wants aws:SecureTransport to be; nothing if it is about something else."""
    equal = {"bool", "boolifexists", "stringequals", "stringequalsignorecase"}
    if condition.key != "aws:securetransport" or condition.operator not in equal:
        return set()
    return {value.lower() for value in condition.values()}


RULES = (
    must_be(
        "efs-file-system-encrypted",
        (FILE_SYSTEM,),
        "encrypted",
        True,  # noqa: FBT003  (the value that the property must have)
        title="EFS file systems are encrypted.",
        why="A file system made through the API is unencrypted unless it asks, and cannot be encrypted later in place.",
        severity=Severity.HIGH,
        remedy="Set encrypted; move the files of an existing file system to a new, encrypted one.",
        replaces=True,
        controls=(CIS_AWS_5["2.3.1"], FSBP["EFS.1"], FSBP["EFS.8"], *AT_REST),
        checkov=("CKV_AWS_42",),
        topic="Data encryption in Amazon EFS",
    ),
    customer_key_rule(
        "efs-file-system",
        (FILE_SYSTEM,),
        "kmsKeyId",
        what="EFS file systems",
        why=(
            "An encrypted file system that names no key gets aws/elasticfilesystem. With a key of your own you decide who may"
            " read the files, and you can withdraw it."
        ),
        remedy="Set kmsKeyId to the ARN of a key that you manage, with encrypted; this replaces the file system.",
        checkov=("CKV_AWS_184",),
        topic="Data encryption in Amazon EFS",
    ),
)
