"""From Checkov's records of one framework to a stack: resources rebuilt from the code, and each verdict beside its resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from policies.stack import Stack
from scanners.sources.checkov_record import WORST_FIRST, Record, code_of
from scanners.sources.source import CheckovRecord, SourceStack
from scanners.sources.terraform_resources import PLAN, Rebuilder, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from policies.resource import Resource

KIND = "checkov"
_NAMED_IN_A_NOTE = 5


class Rebuilding(Protocol):
    """Takes what a report shows of each resource, then gives the resources.

    `unreadable` names those of which the code does not tell the properties, and why.
    """

    unreadable: list[str]

    def add(self, shown: Shown) -> str:
        """Take one resource; return its URN, or an empty text where Pulumi has no such resource."""

    def resources(self) -> list[Resource]:
        """Return all that were taken, with what they refer to; asked for once."""

    def shows(self, content: dict[str, object], looked_at: Iterable[tuple[str, Shown]]) -> Callable[[str], bool]:
        """Return what says whether a JSON report shows every resource of a Pulumi type.

        `looked_at` pairs the checks in the report with what they looked at. Asked after `resources`.
        """


REBUILDERS: Mapping[str, Callable[[str, str], Rebuilding]] = {"terraform": Rebuilder, PLAN: Rebuilder}
"""What rebuilds the resources of a framework, made from the beginning of its URNs and the framework's name."""


def stack_of(  # noqa: PLR0913  (what a report says)
    path: str,
    framework: str,
    records: Sequence[Record],
    notes: Iterable[str] = (),
    *,
    where: str = "",
    why_unreadable: str = "",
    content: dict[str, object] | None = None,
) -> SourceStack:
    """Return the stack of one framework.

    `where` stands before a note, `why_unreadable` after one about code that cannot be read. `content` is the JSON report of a
    framework: no other format tells what it leaves out.
    """
    rebuild = REBUILDERS.get(framework)
    seen = _shown(records)
    urns: dict[tuple[str, str], str] = {}
    resources: list[Resource] = []
    shows: Callable[[str], bool] | None = None
    notes = list(notes)
    if rebuild:
        rebuilding = rebuild(f"urn:pulumi:{KIND}::{framework}", framework)
        urns = {key: rebuilding.add(shown) for key, shown in seen.items()}
        resources = rebuilding.resources()
        if content is not None:
            shows = rebuilding.shows(content, ((record.check, seen[_key(record)]) for record in records))
        if rebuilding.unreadable:
            notes.append(where + _unreadable(rebuilding.unreadable) + why_unreadable)
    stack = Stack(KIND, framework or "unknown", resources, complete=False, shown=shows)
    return SourceStack(path, KIND, stack, tuple(_verdicts(records, urns, seen, framework)), tuple(notes))


def _key(record: Record) -> tuple[str, str]:
    return record.address, record.file


def _shown(records: Iterable[Record]) -> dict[tuple[str, str], Shown]:
    """Return what is shown of each resource: by the first record with its code, where one has it."""
    seen: dict[tuple[str, str], Shown] = {}
    for record in records:
        known = seen.get(_key(record))
        if known is None or (not known.code and record.code):
            code = code_of(record.code)
            if known is None or code:
                seen[_key(record)] = Shown(record.address, record.file, record.line or (known.line if known else 0), code)
    return seen


def _verdicts(
    records: Iterable[Record], urns: Mapping[tuple[str, str], str], seen: Mapping[tuple[str, str], Shown], framework: str
) -> Iterator[CheckovRecord]:
    """Yield the verdicts; of several of one check on one resource, the worst."""
    worst: dict[tuple[str, str, str, int], Record] = {}
    for record in records:
        key = (record.check, *_key(record), record.line)
        known = worst.setdefault(key, record)
        if WORST_FIRST.index(record.verdict) < WORST_FIRST.index(known.verdict):
            worst[key] = record
    for record in worst.values():
        yield CheckovRecord(
            check=record.check, verdict=record.verdict, urn=urns.get(_key(record), ""), resource=record.address,
            title=record.title, file=record.file, line=record.line or seen[_key(record)].line, reason=record.reason,
            framework=framework, severity=record.severity,
        )  # fmt: skip


def _unreadable(resources: list[str]) -> str:
    named = ", ".join(resources[:_NAMED_IN_A_NOTE])
    more = len(resources) - _NAMED_IN_A_NOTE
    whose = "1 resource" if len(resources) == 1 else f"{len(resources)} resources"
    return f"the code of {whose} cannot be read, so their properties are unknown: {named}" + (
        f" and {more} more" if more > 0 else ""
    )
