"""From Checkov's records of one framework to a stack: resources rebuilt from the code, and each verdict beside its resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from policies.stack import Stack
from scanners.sources import cloudformation_resources
from scanners.sources.checkov_record import Record, code_of
from scanners.sources.source import CheckovRecord, SourceStack, named, worst_of
from scanners.sources.terraform_resources import PLAN, Rebuilder, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from policies.resource import Resource

KIND = "checkov"


class Rebuilding(Protocol):
    """Takes what a report shows of each resource, then gives the resources.

    `unreadable` names those of which the code does not tell the properties, and why.
    """

    unreadable: list[str]

    def add(self, shown: Shown) -> str:
        """Take one resource; return its URN, or an empty text where Pulumi has no such resource."""

    def resources(self, *, lists_passed: bool) -> list[Resource]:
        """Return all that were taken, with what they refer to; asked for once.

        Without `lists_passed` the report leaves out what passed, so there may be others of any kind.
        """

    def shows(self, content: dict[str, object], looked_at: Iterable[tuple[str, Shown]]) -> Callable[[str], bool]:
        """Return what says whether a JSON report shows every resource of a Pulumi type.

        `looked_at` pairs the checks in the report with what they looked at. Asked after `resources`.
        """


REBUILDERS: Mapping[str, Callable[[str, str], Rebuilding]] = {
    "terraform": Rebuilder,
    PLAN: Rebuilder,
    cloudformation_resources.FRAMEWORK: cloudformation_resources.Rebuilder,
}
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
        urns = {key: rebuilding.add(shown) for key, shown in seen.items() if shown.address}
        resources = rebuilding.resources(lists_passed=any(record.verdict == "passed" for record in records))
        nameless = [record.named for record in records if not record.address]
        if nameless:
            notes.append(f"{where}verdicts without the name of their resource, which no rule judged: {named(nameless)}")
        if content is not None and not nameless:
            shows = rebuilding.shows(content, ((record.check, seen[_key(record)]) for record in records))
        if rebuilding.unreadable:
            count = len(rebuilding.unreadable)
            whose = "1 resource" if count == 1 else f"{count} resources"
            notes.append(
                f"{where}the code of {whose} cannot be read, so their properties are unknown: "
                f"{named(rebuilding.unreadable)}{why_unreadable}"
            )
    stack = Stack(KIND, framework or "unknown", resources, complete=False, shown=shows)
    return SourceStack(path, KIND, stack, tuple(_verdicts(records, urns, seen, framework)), tuple(notes))


def stacks_of(
    path: str, records: Iterable[tuple[str, Record]], notes: Iterable[str] = (), *, why_unreadable: str = ""
) -> list[SourceStack]:
    """Return one stack for each framework; `records` pairs each with its framework. The notes go with the first one."""
    by_framework: dict[str, list[Record]] = {}
    for framework, record in records:
        by_framework.setdefault(framework, []).append(record)
    if not by_framework:
        return [stack_of(path, "", (), [*notes, "Checkov found nothing that it lists here, so nothing is judged"])]
    stacks = []
    for framework, found in by_framework.items():
        stacks.append(stack_of(path, framework, found, notes, why_unreadable=why_unreadable))
        notes = ()
    return stacks


def _key(record: Record) -> tuple[str, str]:
    return record.address, record.file


def _shown(records: Iterable[Record]) -> dict[tuple[str, str], Shown]:
    """Return what is shown of each resource: by the first record with its code, where one has it."""
    seen: dict[tuple[str, str], Shown] = {}
    for record in records:
        known = seen.get(_key(record))
        if known is None or (not known.code and record.code):
            code = code_of(record.code)
            if known is None or code != "":
                seen[_key(record)] = Shown(record.address, record.file, record.line or (known.line if known else 0), code)
    return seen


def _verdicts(
    records: Iterable[Record], urns: Mapping[tuple[str, str], str], seen: Mapping[tuple[str, str], Shown], framework: str
) -> Iterator[CheckovRecord]:
    """Yield the verdicts; of several of one check on one resource, the worst."""
    worst = worst_of(((record.check, *_key(record), record.line), record) for record in records)
    for record in worst.values():
        urn = urns.get(_key(record), "")
        yield CheckovRecord(
            check=record.check, verdict=record.verdict, urn=urn, resource=record.address or record.place, title=record.title,
            file=record.file, line=record.line or (seen[_key(record)].line if urn else 0), reason=record.reason,
            framework=framework, severity=record.severity, looked_at=record.looked_at,
        )  # fmt: skip
