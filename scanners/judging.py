"""The rules over the resources of a stack: what came of each, counted and as results."""

from __future__ import annotations

import hashlib
from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from policies.dispatch import Dispatch
from policies.evaluate import Finding, Outcome
from policies.exemptions import find
from policies.rule import APPROXIMATE
from scanners.checkov_answers import by_check, suppression, worst
from scanners.evidence import evidence
from scanners.report import CheckovVerdict, ExemptionNote, FixPatch, Hop, Place, Result
from scanners.tag_coverage import owner_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from policies.exemptions import Exemption
    from policies.resource import Resource
    from policies.rule import Rule
    from policies.settings import ActiveRule, Settings
    from policies.stack import Stack
    from scanners.checkov_answers import Records
    from scanners.sources.source import CheckovRecord
    from scanners.tag_coverage import TagAudit, TagKeys

_ANSWERS = {"failed": True, "exempt": True, "passed": False}
"""Whether an outcome says that the resource breaks the rule; Checkov's words are the same."""

_PASS = Finding(Outcome.PASSED, "")


class Tally:
    """What is counted: outcomes, violations by severity and level, resources that no rule looks at, Checkov's verdicts."""

    def __init__(self) -> None:
        """Begin at nothing. What processes count is added up: every field is a counter of texts."""
        self.outcomes: Counter[str] = Counter()
        self.severities: Counter[str] = Counter()
        self.levels: Counter[str] = Counter()
        self.unjudged: Counter[str] = Counter()
        self.checkov: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        """Resources that were judged, by type."""
        self.told: Counter[str] = Counter()
        """Resources on which a rule said something, by rule."""
        self.by_rule: Counter[str] = Counter()
        """Outcomes by rule: `failed rds-storage-encrypted`."""
        self.tags: Counter[str] = Counter()
        """Resources by the tags that they carry, as `TagAudit` counts them."""

    def add(self, counted: dict[str, object]) -> None:
        """Add what another process has counted."""
        for name, values in counted.items():
            getattr(self, name).update(values)


class Judge:
    """Judges resources by the active rules; what it finds goes into results and a tally."""

    def __init__(  # noqa: PLR0913, PLR0917  (what decides on the results)
        self,
        settings: Settings,
        exemptions: Iterable[Exemption],
        today: date,
        show: Collection[str],
        tag_keys: TagKeys,
        audit: TagAudit | None,
    ) -> None:
        """Take the active rules, the exemptions, the date that decides on them, and the outcomes to list.

        `tag_keys` say which tags name an owner; `audit` counts the tags of every resource, if there is one.
        """
        self._rules = Dispatch(settings)
        self._exemptions = tuple(exemptions)
        self._today = today
        self._show = frozenset(show)
        self._tag_keys = tag_keys
        self._audit = audit
        self._facts: dict[ActiveRule, _Facts] = {}

    def looks_at(self, type_: str) -> bool:
        """Say whether a rule looks at a type."""
        return type_ in self._rules

    def rules_of(self, type_: str) -> tuple[ActiveRule, ...]:
        """Return the rules that look at a type."""
        return self._rules.of(type_)

    def judge(self, urns: Iterable[str], stack: Stack, records: Records, tally: Tally) -> Iterator[list[Result]]:
        """Yield the results on each resource that has some, in the order of `urns`; sorted by rule, path and message."""
        has_records = len(records) > 0
        wants_all = "passed" in self._show or has_records
        answers: dict[str, Outcome] = {}
        for resource in stack.resources.each(urns):
            if resource.external:
                tally.unjudged[resource.type] += 1
                continue
            tally.types[resource.type] += 1
            if self._audit is not None:
                self._audit.count(resource, tally.tags)
            results: list[Result] = []
            told = 0
            judged: Iterable[tuple[ActiveRule, list[Finding]]] = self._rules.judge(resource, stack, passes=wants_all)
            if has_records:
                judged = list(judged)
                answers = by_check(judged)
            for active, findings in judged:
                said = records.answer(resource.urn, active.rule) if has_records else ()
                results.extend(self._results(active, resource, stack.name, findings or [_PASS], tally, said, answers))
                told += 1
            tally.outcomes["passed"] += len(self._rules.of(resource.type)) - told  # the common case leaves nothing behind
            if results:
                results.sort(key=_PLACE)
                yield results

    def count_tags(self, urns: Iterable[str], stack: Stack, tally: Tally) -> None:
        """Count the tags of resources that no rule looks at."""
        if self._audit is not None:
            for resource in stack.resources.each(urns):
                if not resource.external:
                    self._audit.count(resource, tally.tags)

    def _results(  # noqa: PLR0913, PLR0917  (everything a result is made of)
        self,
        active: ActiveRule,
        resource: Resource,
        stack: str,
        findings: list[Finding],
        tally: Tally,
        said: Collection[CheckovRecord],
        answers: Mapping[str, Outcome],
    ) -> list[Result]:
        """Count the findings of a rule, and return those that are to be listed.

        `said` is what Checkov says of the same; `answers` what all rules that carry a check say together: Checkov's verdict
        stands beside those that say so.
        """
        facts = self._facts.get(active) or self._facts.setdefault(active, _facts(active))
        configured = self._exemption(active.rule, resource, findings) if self._exemptions else None
        suppressed = suppression(said) if said else None
        if said:
            own = worst(findings)
            said = [record for record in said if answers.get(record.check, own) is own]
        if len(findings) > 1:
            findings.sort(key=_by_place)
        # the first finding answers for the rule: a violation comes before a crash
        compared = self._compared(_status(findings[0], _note(findings[0], configured, suppressed)), said, tally) if said else []
        disputed = any(verdict.agrees is False for verdict in compared)
        results: list[Result] = []
        tally.told[facts.rule] += 1
        places: dict[str, int] = {}
        for finding in findings:
            note = _note(finding, configured, suppressed) if suppressed else configured
            status = _status(finding, note) if note else _WORDS[finding.outcome]
            tally.outcomes[status] += 1
            tally.by_rule[f"{status} {facts.rule}"] += 1
            if APPROXIMATE in finding.message:
                tally.outcomes["approximate"] += 1
            if status == "failed":
                tally.severities[facts.severity] += 1
                tally.levels[facts.level] += 1
            before = places[finding.path] = places.get(finding.path, -1) + 1
            if disputed or status in self._show:
                found = _result(facts, resource, stack, finding, status, before, note, compared)
                found.owner = owner_of(resource, self._tag_keys)
                found.evidence = evidence(resource, finding.path, tells_numbers=not active.rule.judges_secrecy)
                results.append(found)
        return results

    @staticmethod
    def _compared(status: str, said: Iterable[CheckovRecord], tally: Tally) -> list[CheckovVerdict]:
        """Return what Checkov says of the same, and count whether it agrees."""
        compared = [_compare(status, record) for record in said]
        for verdict in compared:
            tally.checkov["undecided" if verdict.agrees is None else "agree" if verdict.agrees else "disagree"] += 1
        return compared

    def _exemption(self, rule: Rule, resource: Resource, findings: list[Finding]) -> ExemptionNote | None:
        if findings[0] is _PASS:
            return None
        exemption = find(self._exemptions, (rule.id,), resource.urn, self._today)
        return exemption_note(exemption, self._today) if exemption else None


def exemption_note(exemption: Exemption, today: date) -> ExemptionNote:
    """Return what a report says of an exemption on a day."""
    expires = exemption.expires.isoformat() if exemption.expires else ""
    return ExemptionNote(exemption.reason, exemption.owner, expires, exemption.is_expired(today))


_WORDS = {outcome: outcome.value for outcome in Outcome}


def _note(finding: Finding, configured: ExemptionNote | None, suppressed: ExemptionNote | None) -> ExemptionNote | None:
    """Return the exemption for a finding: the configuration's comes first; a suppression is for a violation only."""
    if suppressed and finding.outcome is Outcome.FAILED and (configured is None or configured.expired):
        return suppressed
    return configured


def _status(finding: Finding, note: ExemptionNote | None) -> str:
    exempt = note is not None and not note.expired and finding.outcome is not Outcome.BROKEN
    return "exempt" if exempt else _WORDS[finding.outcome]


_PLACE = attrgetter("rule", "path", "message")


class _Facts(NamedTuple):
    """What every result of a rule says, in the report's own types."""

    rule: str
    severity: str
    level: str
    controls: list[str]
    checkov: list[str]


def _facts(active: ActiveRule) -> _Facts:
    rule = active.rule
    return _Facts(rule.id, rule.severity.value, active.level.value, list(map(str, rule.controls)), list(rule.checkov))


def _compare(status: str, record: CheckovRecord) -> CheckovVerdict:
    ours, theirs = _ANSWERS.get(status), _ANSWERS.get(record.verdict)
    return CheckovVerdict(record.check, record.verdict, None if ours is None or theirs is None else ours is theirs)


def _result(  # noqa: PLR0913, PLR0917  (everything a result is made of)
    facts: _Facts,
    resource: Resource,
    stack: str,
    finding: Finding,
    status: str,
    before: int,
    exemption: ExemptionNote | None,
    verdicts: list[CheckovVerdict],
) -> Result:
    fix, location = finding.fix, resource.location
    message = finding.message
    if exemption is not None and exemption.expired:
        message = f"{message} (its exemption expired on {exemption.expires})"
    result = Result(  # by place, as the report lists them: names would take as long as all the rest
        facts.rule,
        resource.urn,
        resource.type,
        resource.name,
        stack,
        status,
        facts.severity,
        facts.level,
        message,
        finding.path,
        Place(*location) if location else None,
        facts.controls,
        facts.checkov,
        fingerprint(facts.rule, resource.urn, finding.path, before),
        FixPatch(dict(fix.set), fix.replaces) if fix else None,
        exemption,
        verdicts,
    )
    if finding.chain:
        result.chain = [Hop(*step) for step in finding.chain]
    result.exposed_to = finding.exposed_to
    return result


def _by_place(finding: Finding) -> tuple[bool, str, str]:
    return finding.outcome is Outcome.BROKEN, finding.path, finding.message


def fingerprint(rule: str, urn: str, path: str, before: int) -> str:
    """Return what identifies a result from one scan to the next: 32 hex digits of a SHA-256.

    `before` counts the results of the rule at the same path of the resource that come before this one.
    """
    parts = (rule, urn, path, str(before)) if before else (rule, urn, path)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
