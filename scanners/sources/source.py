"""What every kind of input becomes: stacks, and what another tool already said of their resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from policies.stack import Stack


PREVIEW, CHANGES = "preview", "preview of changes"
"""Kinds of previews: with the resources that stay the same, and without."""


class SourceError(Exception):
    """An input that cannot be read; the message says what and where, and the way out where there is one.

    It does not name the file: whoever reads the file adds it.
    """


class CheckovRecord(NamedTuple):
    """One verdict of Checkov. `urn` is empty where the resource could not be rebuilt as a Pulumi one."""

    check: str  # CKV_AWS_16
    verdict: str  # passed, failed, skipped or unknown
    urn: str
    resource: str  # Checkov's name of it: aws_db_instance.main, module.x.aws_db_instance.main
    title: str
    file: str
    line: int
    reason: str = ""  # of a suppression
    framework: str = ""  # Checkov's name of it: terraform, terraform_plan, cloudformation
    severity: str = ""  # Checkov's own, in lower case; only its platform gives one
    looked_at: tuple[str, ...] = ()  # what the check names of the resource, in Checkov's words: ingress/[0]/cidr_blocks


class SourceStack(NamedTuple):
    """A stack and where it was read from; a file may hold several.

    `kind` is `stack export`, `checkpoint`, `checkov`, `preview` or `preview of changes`, which leaves out the resources that
    stay the same. `notes` are things the reader must tell the user
    that make the run incomplete, such as a resource that could not be read. `with_checkov` says that Checkov was asked,
    whatever it answered.
    """

    path: str
    kind: str
    stack: Stack
    checkov: tuple[CheckovRecord, ...] = ()
    notes: tuple[str, ...] = ()
    with_checkov: bool = False
