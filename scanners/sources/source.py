"""What every kind of input becomes: stacks, and what another tool already said of their resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol, TypeVar

    from policies.stack import Stack

    class _Verdict(Protocol):
        @property
        def verdict(self) -> str: ...

    _K = TypeVar("_K")
    _V = TypeVar("_V", bound=_Verdict)

PREVIEW, CHANGES = "preview", "preview of changes"
"""Kinds of previews: with the resources that stay the same, and without."""

WORST_FIRST = ("failed", "unknown", "skipped", "passed")
"""The verdicts of Checkov."""


class SourceError(Exception):
    """An input that cannot be read; the message says what and where, and the way out where there is one.

    It does not name the file: whoever reads the file adds it.
    """


class CheckovRecord(NamedTuple):
    """One verdict of Checkov. `urn` is empty where the resource could not be rebuilt as a Pulumi one."""

    check: str  # CKV_AWS_16
    verdict: str  # of WORST_FIRST
    urn: str
    resource: str  # Checkov's name of it: aws_db_instance.main, module.x.aws_db_instance.main
    title: str
    file: str
    line: int
    reason: str = ""  # of a suppression
    framework: str = ""  # Checkov's name of it: terraform, terraform_plan, cloudformation
    severity: str = ""  # Checkov's own, in lower case; its platform gives one, and checks of users may
    looked_at: tuple[str, ...] = ()  # what the check names of the resource, in Checkov's words: ingress/[0]/cidr_blocks


class SourceStack(NamedTuple):
    """A stack and where it was read from; a file may hold several.

    `kind` is `stack export`, `checkpoint`, `checkov`, `preview` or `preview of changes`, which leaves out the resources that
    stay the same. `notes` are things the reader must tell the user that make the run incomplete, such as a resource that
    could not be read. `with_checkov` says that Checkov was asked, whatever it answered. `sha256` is the hash of the
    file's bytes.
    """

    path: str
    kind: str
    stack: Stack
    checkov: tuple[CheckovRecord, ...] = ()
    notes: tuple[str, ...] = ()
    with_checkov: bool = False
    sha256: str = ""


def worst_of(keyed: Iterable[tuple[_K, _V]]) -> dict[_K, _V]:
    """Return for each key the record with the worst verdict; of several such the first."""
    worst: dict[_K, _V] = {}
    for key, record in keyed:
        known = worst.setdefault(key, record)
        if WORST_FIRST.index(record.verdict) < WORST_FIRST.index(known.verdict):
            worst[key] = record
    return worst


def named(items: Sequence[str], most: int = 5) -> str:
    """Return a list for a note: the first items, and how many more there are."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more} more" if more > 0 else "")
