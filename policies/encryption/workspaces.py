"""Encryption of WorkSpaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP
from policies.fix import Fix
from policies.rule import Rule, Severity, Violation
from policies.rule_tables import row
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

KEY = "volumeEncryptionKey"


def _volume_encrypted(volume: str, what: str, fsbp: str, checkov: str) -> Rule:
    """Return the rule that one of the two volumes is encrypted: `root` or `user`."""
    path = f"{volume}VolumeEncryptionEnabled"

    def check(workspace: Resource) -> Iterator[Violation]:
        if not workspace.flag(path):
            key = {} if workspace.value(KEY) is not None else {KEY: "alias/aws/workspaces"}
            yield Violation(f"{path} is not true", at=path, fix=Fix({path: True, **key}, replaces=True))

    return row(
        f"workspaces-{volume}-volume-encrypted",
        ("aws:workspaces/workspace:Workspace",),
        check,
        f"Set {path}, and volumeEncryptionKey to alias/aws/workspaces or the ARN of a key that you manage.",
        passes=[{path: True, KEY: "alias/aws/workspaces"}, {path: True, KEY: UNKNOWN}],
        fails=[{}, {path: False}, {path: False, KEY: "alias/desktops"}],
        undecided=[{path: UNKNOWN}],
        title=f"WorkSpaces encrypt their {volume} volume.",
        why=f"{what} It is unencrypted unless the WorkSpace asks for it, and cannot be encrypted later in place.",
        severity=Severity.HIGH,
        controls=(FSBP[fsbp], *AT_REST),
        checkov=(checkov,),
        topic="Encrypted WorkSpaces in WorkSpaces Personal",
    )


RULES = (
    _volume_encrypted("user", "The user volume holds a person's files.", "WorkSpaces.1", "CKV_AWS_155"),
    _volume_encrypted("root", "The root volume holds programs, caches and temporary files.", "WorkSpaces.2", "CKV_AWS_156"),
)
