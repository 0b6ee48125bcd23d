"""What Checkov says of the resources of a stack: paired with the rules that answer the same."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from policies.evaluate import Outcome
from policies.exemptions import checks_of
from scanners.report import ExemptionNote
from scanners.sources.source import worst_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.evaluate import Finding
    from policies.rule import Rule
    from policies.settings import ActiveRule
    from scanners.sources.source import CheckovRecord

SUPPRESSION = "checkov:skip"
"""The comment by which Checkov's users suppress a check in their code."""

OUTCOMES = (Outcome.FAILED, Outcome.BROKEN, Outcome.UNDECIDED, Outcome.PASSED)
"""Of several outcomes on one resource, the first of these answers."""


def worst(findings: Iterable[Finding]) -> Outcome:
    """Return what the findings of a rule come to; passed where there are none."""
    return min((finding.outcome for finding in findings), key=OUTCOMES.index, default=Outcome.PASSED)


def by_check(judged: Iterable[tuple[ActiveRule, list[Finding]]]) -> dict[str, Outcome]:
    """Return what the rules say together for each check that they carry: it fails where one of them does."""
    answers: dict[str, Outcome] = {}
    for active, findings in judged:
        own = worst(findings)
        for check in active.rule.checkov:
            answers[check] = min(own, answers.get(check, Outcome.PASSED), key=OUTCOMES.index)
    return answers


class Records:
    """Checkov's records of one source: those a rule answers are paired with it, the rest are kept.

    Several of one check on one resource are one, the worst. Where nothing names the resource, its line tells them apart.
    """

    def __init__(self, records: Iterable[CheckovRecord]) -> None:
        """Take all records of a source."""
        self._all = tuple(worst_of((_subject(record), record) for record in records).values())
        self._by_urn: dict[str, list[CheckovRecord]] = defaultdict(list)
        for record in self._all:
            if record.urn:
                self._by_urn[record.urn].append(record)
        self._answered: set[CheckovRecord] = set()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all)

    def answer(self, urn: str, rule: Rule) -> list[CheckovRecord]:
        """Return the records on a resource that say the same as a rule, which answers them."""
        checks = checks_of(rule)
        found = [record for record in self._by_urn.get(urn, ()) if record.check in checks]
        self._answered.update(found)
        return found

    def unanswered(self) -> Iterator[CheckovRecord]:
        """Return the records that no rule answered."""
        return (record for record in self._all if record not in self._answered)


def _subject(record: CheckovRecord) -> tuple[object, ...]:
    """Return what tells records apart: the check, and the resource or the place of what is none."""
    return (record.check, record.urn) if record.urn else (record.check, record.resource, record.file, record.line)


def suppression(records: Iterable[CheckovRecord]) -> ExemptionNote | None:
    """Return the suppression of what some records say: none where one of them fails all the same."""
    verdicts = {record.verdict: record for record in records}
    if "skipped" not in verdicts or "failed" in verdicts:
        return None
    reason = verdicts["skipped"].reason
    words = " ".join(f"Exempt by {SUPPRESSION}: {reason}".split())
    return ExemptionNote(reason, "", "", expired=False, source=SUPPRESSION, words=words)
