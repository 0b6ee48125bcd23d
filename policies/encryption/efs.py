"""Encryption of EFS."""

from __future__ import annotations

from policies.controls import AT_REST, CIS_AWS_5, FSBP
from policies.rule import Severity
from policies.rule_tables import must_be

RULES = (
    must_be(
        "efs-file-system-encrypted",
        ("aws:efs/fileSystem:FileSystem",),
        "encrypted",
        True,  # noqa: FBT003  (the value that the property must have)
        title="EFS file systems are encrypted.",
        why="A file system made through the API is unencrypted unless it asks, and cannot be encrypted later in place.",
        severity=Severity.HIGH,
        remedy="Set encrypted; move the files of an existing file system to a new, encrypted one.",
        replaces=True,
        controls=(CIS_AWS_5["2.3.1"], FSBP["EFS.1"], *AT_REST),
        checkov=("CKV_AWS_42",),
    ),
)
