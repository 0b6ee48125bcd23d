"""What only Checkov finds: with the severity, the controls and the exemptions of the rules that carry the check."""

from __future__ import annotations

from collections import Counter, defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from policies.exemptions import checks_of
from policies.former_urns import aliases_of, urns_of
from policies.rule import Level, Severity
from scanners import identity
from scanners.checkov_answers import suppression
from scanners.exempting import Exempting
from scanners.identity import Names, fingerprint, names_of
from scanners.judging import Facts
from scanners.report import CheckovFinding, CheckovSummary, Place
from scanners.sources.program_file import program_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.rule import Rule
    from policies.stack import Stack
    from scanners.checkov_answers import Records
    from scanners.judging import Asked
    from scanners.report import ExemptionNote
    from scanners.sources.source import CheckovRecord

_STATUSES = {"failed": "failed", "skipped": "exempt", "unknown": "undecided"}
_NO_SEVERITY = "none"


class CheckovFindings:
    """Gathers and counts what Checkov says and no rule answers."""

    def __init__(self, asked: Asked) -> None:
        """Take what a scan is asked for; the rules that carry a check give it their severity, active or not."""
        self._rules = tuple(asked.configured.rules.values())
        self._level = asked.configured.checkov
        self._exemptions = Exempting(asked.configured.exemptions, asked.today)
        self._not_exemptible = asked.configured.not_exemptible
        self._show = frozenset(asked.show)
        self._baseline = asked.baseline
        self.met: Counter[str] = Counter()
        """What was compared with the baseline, in the words of `Baseline`."""
        self.asked: set[str] = set()
        """The checks that said anything."""
        self._places: Counter[tuple[str, str]] = Counter()
        self._carriers: dict[str, list[Rule]] = {}
        self._found: list[CheckovFinding] = []
        self._records = 0
        self._statuses: Counter[str] = Counter()
        self._severities: Counter[str] = Counter()
        self._levels: Counter[str] = Counter()

    def add(self, records: Records, stack: Stack, exempted: Counter[str]) -> None:
        """Take the records of a stack that no rule answered; count in `exempted` what exemptions are about."""
        for record in sorted(records.unanswered(), key=attrgetter("file", "line")):
            self._records += 1
            if self._level is Level.DISABLED:
                continue
            if record.verdict == "passed":
                self._known(record, stack, record.verdict, ("", ""), 0)
                continue
            finding = self._finding(record, stack, exempted)
            self._statuses[finding.status] += 1
            if finding.status == "failed":
                self._severities[finding.severity or _NO_SEVERITY] += 1
                self._levels[finding.level] += 1
            if finding.status in self._show:
                self._found.append(finding)

    def listed(self) -> list[CheckovFinding]:
        """Return the findings to list, by stack, resource and check."""
        return sorted(self._found, key=lambda item: (item.stack, item.urn, item.resource, item.check, item.fingerprint))

    def summary(self, compared: Counter[str]) -> CheckovSummary:
        """Return the counts; `compared` are those of the verdicts that a rule answers."""
        ranks = [*(severity.value for severity in reversed(Severity)), *sorted(self._severities)]
        return CheckovSummary(
            **{answer: compared[answer] for answer in ("agree", "disagree", "undecided")},
            only_checkov=self._records,
            failed=self._statuses["failed"],
            exempt=self._statuses["exempt"],
            unknown=self._statuses["undecided"],
            failed_by_severity={name: self._severities[name] for name in dict.fromkeys(ranks)},
            failed_by_level=dict(sorted(self._levels.items())),
        )

    def _finding(self, record: CheckovRecord, stack: Stack, exempted: Counter[str]) -> CheckovFinding:
        rules = self._carrying(record.check)
        exemptible = self._not_exemptible.isdisjoint(rule.id for rule in rules)
        resource = stack.get(record.urn) if record.urn else None
        urns = urns_of(resource, stack) if resource else (record.urn or record.resource,)
        note = self._exemption(record, rules, urns, exempted) if exemptible else None
        location = resource.location if resource else None
        file = program_file(record.file)
        place = Place(*location) if location else Place(file, record.line or 1) if file else None
        severity = max((rule.severity for rule in rules), key=lambda item: item.rank) if rules else record.severity
        what = record.urn or record.resource
        before = self._places[record.check, what]  # what has no URN may have a name that others have too
        self._places[record.check, what] += not record.urn
        finding = CheckovFinding(
            check=record.check,
            verdict=record.verdict,
            resource=record.resource,
            urn=record.urn,
            title=record.title,
            location=place,
            reason=record.reason,
            framework=record.framework,
            stack=stack.name,
            status=_status(record, note, exemptible=exemptible),
            severity=str(severity),
            level=self._level.value,
            rules=[rule.id for rule in rules],
            controls=sorted({str(control) for rule in rules for control in rule.controls}),
            fingerprint=fingerprint(record.check, what, "", before),
            exemption=note,
            aliases=list(aliases_of(resource, stack)) if resource else [],
            mark=identity.mark(resource) if resource else "",
        )
        finding.known = self._known(record, stack, finding.status, (finding.severity or _NO_SEVERITY, finding.level), before)
        return finding

    def _known(self, record: CheckovRecord, stack: Stack, status: str, ranks: tuple[str, str], before: int) -> bool | None:
        """Compare with the baseline, if there is one; `ranks` are severity and level."""
        if self._baseline is None:
            return None
        self.asked.add(record.check)
        resource = stack.get(record.urn) if record.urn else None
        names = names_of(resource, stack) if resource else Names((record.urn or record.resource,), "", lambda _: False)
        return self._baseline.meets(Facts(record.check, *ranks, [], []), names, "", before, status, self.met)

    def _exemption(
        self, record: CheckovRecord, rules: Iterable[Rule], urns: tuple[str, ...], exempted: Counter[str]
    ) -> ExemptionNote | None:
        """Return the exemption of a finding: the configuration's comes first while it holds."""
        names = (record.check, *(rule.id for rule in rules))
        own = self._exemptions.of(names)
        configured = self._exemptions.note(own, urns, 1, exempted) if own else None
        if configured is None or configured.expired:
            return suppression([record]) or configured
        return configured

    def _carrying(self, check: str) -> list[Rule]:
        """Return the rules that carry a check, asked or not."""
        if not self._carriers:
            self._carriers = defaultdict(list)
            for rule in self._rules:
                for name in checks_of(rule):
                    self._carriers[name].append(rule)
        return self._carriers.get(check, [])


def _status(record: CheckovRecord, note: ExemptionNote | None, *, exemptible: bool) -> str:
    """Return what becomes of a finding; Checkov does not ask what is suppressed, so that is open where it may not be."""
    if note and not note.expired:
        return "exempt"
    return _STATUSES[record.verdict] if exemptible or record.verdict != "skipped" else "undecided"
