"""Encryption of EFS."""

from __future__ import annotations

from policies.controls import CIS_AWS_3_0, FSBP, NIST_800_53, PCI_DSS_4
from policies.rule import Severity, must_be

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
        controls=(CIS_AWS_3_0["2.4.1"], FSBP["EFS.1"], NIST_800_53["SC-28(1)"], PCI_DSS_4["3.5.1"]),
        checkov=("CKV_AWS_42",),
    ),
)
