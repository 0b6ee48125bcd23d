"""(stacks, rules, settings, exemptions) -> Report; nothing here reads a file, a clock or the environment."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from policies import __version__
from policies.catalog import builtin_rules
from policies.evaluate import Finding, Outcome, judge
from policies.exemptions import find
from policies.rule import Severity
from scanners.report import (
    VERSION,
    CheckovFinding,
    CheckovSummary,
    CheckovVerdict,
    ExemptionNote,
    FixPatch,
    Place,
    Report,
    Result,
    RuleNote,
    SourceFile,
    Summary,
    Tool,
    Unjudged,
)
from scanners.unjudged import lookalikes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from policies.exemptions import Exemption
    from policies.resource import Resource
    from policies.rule import Rule
    from policies.settings import ActiveRule, Settings
    from scanners.sources.source import CheckovRecord, SourceStack

OUTCOMES = tuple(outcome.value for outcome in Outcome)

_ANSWERS = {"failed": True, "exempt": True, "passed": False}
"""Whether an outcome says that the resource breaks the rule; Checkov's words are the same."""

_PASS = Finding(Outcome.PASSED, "")


class Scan:
    """Judges one stack after another and gathers the report; stacks may be dropped once they are added."""

    def __init__(self, settings: Settings, exemptions: Iterable[Exemption], today: date, show: Collection[str]) -> None:
        """Take the active rules, the exemptions, the date that decides on them, and the outcomes to list."""
        self._by_type = settings.by_type()
        self._exemptions = tuple(exemptions)
        self._today = today
        self._show = frozenset(show)
        self._sources: list[SourceFile] = []
        self._results: list[Result] = []
        self._rules: dict[str, Rule] = {}
        self._findings: list[CheckovFinding] = []
        self._counts: Counter[str] = Counter()
        self._severities: Counter[str] = Counter()
        self._levels: Counter[str] = Counter()
        self._unjudged: Counter[str] = Counter()
        self._resources = 0
        self._checkov: Counter[str] = Counter()
        self._saw_checkov = False

    def add_error(self, path: str, error: str) -> None:
        """Report a source that could not be read; the run is incomplete."""
        self._sources.append(SourceFile(path, "unreadable", "", "", 0, error))

    def add(self, source: SourceStack) -> None:
        """Judge a stack."""
        stack = source.stack
        self._sources.append(
            SourceFile(source.path, source.kind, stack.name, stack.project, len(stack.resources), "; ".join(source.notes))
        )
        records = _Records(source.checkov)
        self._resources += len(stack.resources)
        for resource in stack.resources:
            rules = self._by_type.get(resource.type)
            if rules is None or resource.external:
                self._unjudged[resource.type] += 1
                continue
            for active in rules:
                self._judge(active, resource, source, records)
        self._saw_checkov |= source.kind == "checkov"
        for record in records.unanswered():
            self._checkov["only"] += 1
            if record.verdict != "passed":
                place = Place(record.file, record.line) if record.file else None
                self._findings.append(
                    CheckovFinding(
                        record.check, record.verdict, record.resource, record.urn, record.title, place, record.reason
                    )
                )

    def _judge(self, active: ActiveRule, resource: Resource, source: SourceStack, records: _Records) -> None:
        findings = judge(active.rule, resource, source.stack, active.parameters)
        verdicts = records.answer(resource.urn, active.rule.checkov) if source.checkov else ()
        if not findings and not verdicts and Outcome.PASSED not in self._show:
            self._counts[Outcome.PASSED] += 1  # the common case leaves nothing behind
            return
        exemption = find(self._exemptions, active.rule.id, resource.urn, self._today) if findings else None
        holds = exemption is not None and not exemption.is_expired(self._today)
        note = self._note(exemption)
        compared: list[CheckovVerdict] | None = None
        before: Counter[str] = Counter()
        for finding in sorted(findings, key=_by_place) or (_PASS,):
            status = Outcome.EXEMPT if holds and finding.outcome is not Outcome.BROKEN else finding.outcome
            self._counts[status] += 1
            if status is Outcome.FAILED:
                self._severities[active.rule.severity] += 1
                self._levels[active.level] += 1
            if compared is None:  # the first finding answers for the rule: a violation comes before a crash
                compared = [_compare(status, record) for record in verdicts]
                self._tally(compared)
            if status in self._show or any(item.agrees is False for item in compared):
                self._rules[active.rule.id] = active.rule
                identity = fingerprint(active.rule.id, resource.urn, finding.path, before[finding.path])
                stack = source.stack.name
                self._results.append(_result(active, resource, stack, finding, status, identity, note, compared))
            before[finding.path] += 1

    def _tally(self, compared: list[CheckovVerdict]) -> None:
        for item in compared:
            self._checkov["undecided" if item.agrees is None else "agree" if item.agrees else "disagree"] += 1

    def _note(self, exemption: Exemption | None) -> ExemptionNote | None:
        if exemption is None:
            return None
        expires = exemption.expires.isoformat() if exemption.expires else ""
        return ExemptionNote(exemption.reason, exemption.owner, expires, exemption.is_expired(self._today))

    def _nothing_said(self) -> Unjudged:
        return Unjudged(
            self._unjudged.total(),
            dict(sorted(self._unjudged.items())),
            dict(sorted(lookalikes(self._unjudged, builtin_rules().values()).items())),
        )

    def report(self) -> Report:
        """Return the report on everything added so far."""
        complete = not any(source.error for source in self._sources) and not self._counts["broken"]
        checkov = None
        if self._saw_checkov:
            checkov = CheckovSummary(*(self._checkov[key] for key in ("agree", "disagree", "undecided", "only")))
        return Report(
            version=VERSION,
            tool=Tool("stackproof", __version__),
            sources=sorted(self._sources, key=lambda item: item.path),
            rules=[_rule_note(rule) for _, rule in sorted(self._rules.items())],
            results=sorted(self._results, key=_order),
            checkov_findings=sorted(self._findings, key=lambda item: (item.resource, item.check, item.urn)),
            summary=Summary(
                complete=complete,
                **{outcome.value: self._counts[outcome] for outcome in Outcome},
                failed_by_severity={severity.value: self._severities[severity] for severity in reversed(Severity)},
                failed_by_level={level: count for level, count in sorted(self._levels.items()) if count},
                resources=self._resources,
                unjudged=self._nothing_said(),
                checkov=checkov,
            ),
        )


def _rule_note(rule: Rule) -> RuleNote:
    controls = [str(control) for control in rule.controls]
    return RuleNote(rule.id, rule.title, rule.why, rule.remedy, rule.severity.value, controls)


class _Key(NamedTuple):
    stack: str
    urn: str
    rule: str
    path: str
    message: str


def _order(result: Result) -> _Key:
    return _Key(result.stack, result.urn, result.rule, result.path, result.message)


class _Records:
    """Checkov's records of one source: those a rule answers are paired with it, the rest are kept."""

    def __init__(self, records: tuple[CheckovRecord, ...]) -> None:
        self._all = records
        self._by_urn: dict[str, list[CheckovRecord]] = defaultdict(list)
        for record in records:
            if record.urn:
                self._by_urn[record.urn].append(record)
        self._answered: set[CheckovRecord] = set()

    def answer(self, urn: str, checks: tuple[str, ...]) -> list[CheckovRecord]:
        found = [record for record in self._by_urn.get(urn, ()) if record.check in checks]
        self._answered.update(found)
        return found

    def unanswered(self) -> Iterable[CheckovRecord]:
        return (record for record in self._all if record not in self._answered)


def _compare(status: Outcome, record: CheckovRecord) -> CheckovVerdict:
    ours, theirs = _ANSWERS.get(status), _ANSWERS.get(record.verdict)
    return CheckovVerdict(record.check, record.verdict, None if ours is None or theirs is None else ours is theirs)


def _result(  # noqa: PLR0913, PLR0917  (everything a result is made of)
    active: ActiveRule,
    resource: Resource,
    stack: str,
    finding: Finding,
    status: Outcome,
    identity: str,
    exemption: ExemptionNote | None,
    verdicts: list[CheckovVerdict],
) -> Result:
    rule, fix, location = active.rule, finding.fix, resource.location
    message = finding.message
    if exemption is not None and exemption.expired:
        message = f"{message} (its exemption expired on {exemption.expires})"
    return Result(
        rule=rule.id,
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        stack=stack,
        status=status.value,
        severity=rule.severity.value,
        level=active.level.value,
        message=message,
        path=finding.path,
        location=Place(*location) if location else None,
        controls=[str(control) for control in rule.controls],
        checkov=list(rule.checkov),
        fingerprint=identity,
        fix=FixPatch(dict(fix.set), fix.replaces) if fix else None,
        exemption=exemption,
        checkov_verdicts=verdicts,
    )


def _by_place(finding: Finding) -> tuple[bool, str, str]:
    return finding.outcome is Outcome.BROKEN, finding.path, finding.message


def fingerprint(rule: str, urn: str, path: str, before: int) -> str:
    """Return what identifies a result from one scan to the next: 32 hex digits of a SHA-256.

    `before` counts the results of the rule at the same path of the resource that come before this one.
    """
    parts = (rule, urn, path, str(before)) if before else (rule, urn, path)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
