"""What Checkov and the rules say of the same resource, by the ids of Checkov that rules carry.

Both are asked about one stack. A check that several rules carry is answered by all of them: it fails where one of them does.
"""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from policies.dispatch import Dispatch
from policies.evaluate import Outcome
from scanners.checkov_answers import OUTCOMES
from scanners.sources.source import worst_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.evaluate import Finding
    from policies.resource import Location
    from policies.settings import Settings
    from policies.stack import Stack
    from scanners.sources.source import CheckovRecord


class Kind(StrEnum):
    """How two verdicts on one thing compare."""

    BOTH_FAIL = "both fail"
    BOTH_PASS = "both pass"  # noqa: S105  (no password)
    ONLY_CHECKOV = "only Checkov fails"
    ONLY_STACKPROOF = "only stackproof fails"
    UNDECIDED = "undecided"
    NOT_COMPARABLE = "not comparable"


_DECIDED = {
    (True, True): Kind.BOTH_FAIL,
    (False, False): Kind.BOTH_PASS,
    (False, True): Kind.ONLY_CHECKOV,
    (True, False): Kind.ONLY_STACKPROOF,
}
_FAILS = {"failed": True, "skipped": True, "passed": False}
"""Checkov's verdicts. It suppresses only what fails."""


class Verdict(NamedTuple):
    """What one rule says of one resource."""

    rule: str
    outcome: Outcome
    message: str = ""
    path: str = ""


class Comparison(NamedTuple):
    """What both say of a resource, for one check of Checkov.

    `urn` is empty where no resource of the stack is meant. `record` is Checkov's verdict, None where it has none; `ours` holds
    one verdict of each rule that carries the check and looks at the resource.
    """

    check: str
    urn: str
    location: Location | None
    record: CheckovRecord | None
    ours: tuple[Verdict, ...]

    @property
    def outcome(self) -> Outcome | None:
        """What the rules come to; None where no rule looks at the resource."""
        return min((one.outcome for one in self.ours), key=OUTCOMES.index, default=None)

    @property
    def kind(self) -> Kind:
        """How the two compare."""
        if self.record is None or not self.ours:
            return Kind.NOT_COMPARABLE
        ours = {Outcome.FAILED: True, Outcome.PASSED: False}.get(self.outcome) if self.outcome else None
        theirs = _FAILS.get(self.record.verdict)
        return Kind.UNDECIDED if ours is None or theirs is None else _DECIDED[ours, theirs]


def compare(stack: Stack, records: Iterable[CheckovRecord], settings: Settings) -> Iterator[Comparison]:
    """Yield what the active rules and Checkov's records say of a stack, for each check that a rule carries.

    Sorted by check, then URN, then Checkov's name of the resource. Suppressions and exemptions do not count.
    """
    carried = {check for active in settings.active for check in active.rule.checkov}
    theirs = worst_of(
        ((record.check, record.urn, "" if record.urn else record.resource), record)
        for record in records
        if record.check in carried
    )
    ours = {(judged.check, judged.urn, ""): judged for judged in _judged(stack, settings)}
    for key in sorted(theirs.keys() | ours.keys()):
        judged = ours.get(key)
        yield Comparison(*key[:2], judged.location if judged else None, theirs.get(key), judged.verdicts if judged else ())


class _Judged(NamedTuple):
    check: str
    urn: str
    location: Location | None
    verdicts: tuple[Verdict, ...]


def _judged(stack: Stack, settings: Settings) -> Iterator[_Judged]:
    """Yield what the rules that carry a check say of each resource."""
    dispatch = Dispatch(settings)
    for type_, urns in stack.resources.by_type.items():
        if not any(active.rule.checkov for active in dispatch.of(type_)):
            continue
        for resource in stack.resources.each(urns):
            if resource.external:
                continue
            verdicts: dict[str, list[Verdict]] = defaultdict(list)
            for active, findings in dispatch.judge(resource, stack, passes=True):
                for check in active.rule.checkov:
                    verdicts[check].append(_verdict(active.rule.id, findings))
            for check, found in verdicts.items():
                yield _Judged(check, resource.urn, resource.location, tuple(found))


def _verdict(rule: str, findings: list[Finding]) -> Verdict:
    if not findings:
        return Verdict(rule, Outcome.PASSED)
    first = min(findings, key=lambda one: (OUTCOMES.index(one.outcome), one.path))
    return Verdict(rule, first.outcome, first.message, first.path)
