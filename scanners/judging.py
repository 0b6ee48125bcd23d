"""The rules over the resources of a stack: what came of each, counted and as results."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from policies.dispatch import Dispatch
from policies.evaluate import Finding, Outcome
from policies.former_urns import aliases_of, urns_of
from policies.rule import APPROXIMATE
from scanners import identity
from scanners.checkov_answers import by_check, suppression, worst
from scanners.evidence import evidence
from scanners.exempting import Exempting
from scanners.identity import fingerprint, names_of
from scanners.report import CheckovVerdict, FixPatch, Hop, Place, Result
from scanners.tag_coverage import owner_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from policies.configuration import Configuration
    from policies.resource import Resource
    from policies.settings import ActiveRule
    from policies.stack import Stack
    from scanners.baseline import Baseline
    from scanners.checkov_answers import Records
    from scanners.report import ExemptionNote
    from scanners.sources.source import CheckovRecord
    from scanners.tag_coverage import TagAudit, TagKeys

_ANSWERS = {"failed": True, "exempt": True, "passed": False}
"""Whether an outcome says that the resource breaks the rule; Checkov's words are the same."""

_PASS = Finding(Outcome.PASSED, "")


class Tally:
    """What is counted: outcomes by rule, resources that no rule looks at, Checkov's verdicts."""

    def __init__(self) -> None:
        """Begin at nothing. What processes count is added up: every field is a counter of texts."""
        self.unjudged: Counter[str] = Counter()
        self.checkov: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        """Resources that were judged, by type."""
        self.told: Counter[str] = Counter()
        """Resources on which a rule said something, by rule."""
        self.by_rule: Counter[str] = Counter()
        """Outcomes by rule, `failed rds-storage-encrypted`; of what passes without a finding only `types` and `told` tell."""
        self.approximate: Counter[str] = Counter()
        """Results whose message says so, by rule."""
        self.tags: Counter[str] = Counter()
        """Resources by the tags that they carry, as `TagAudit` counts them."""
        self.baseline: Counter[str] = Counter()
        """What was compared with a baseline, in the words of `Baseline`."""
        self.exempted: Counter[str] = Counter()
        """Results that an exemption is about, by its place in the configuration, from 0."""

    def add(self, counted: dict[str, object]) -> None:
        """Add what another process has counted."""
        for name, values in counted.items():
            getattr(self, name).update(values)


class Asked(NamedTuple):
    """What a scan is asked for: the configuration, the date that decides on exemptions, the outcomes to list, what is known.

    `with_tags` says whether the tags of all resources are counted, also of those that no rule looks at: these are not read
    otherwise. `brief` leaves out of a result what takes long and only some formats tell: `fingerprint`, `aliases`, `mark`,
    `owner` and `evidence`.
    """

    configured: Configuration
    today: date
    show: Collection[str]
    baseline: Baseline | None = None
    with_tags: bool = True
    brief: bool = False


class Judge:
    """Judges resources by the active rules; what it finds goes into results and a tally."""

    def __init__(self, asked: Asked, tag_keys: TagKeys, audit: TagAudit | None) -> None:
        """Take what a scan was asked for; `tag_keys` say which tags name an owner.

        `audit` counts the tags of every resource, if there is one.
        """
        self._rules = Dispatch(asked.configured.settings)
        self._exemptions = Exempting(asked.configured.exemptions, asked.today)
        self._show = frozenset(asked.show)
        self._baseline = asked.baseline
        self._tag_keys = tag_keys
        self._audit = audit
        self._brief = asked.brief
        self._facts: dict[ActiveRule, Facts] = {}

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
            if self._baseline:
                self._baseline.shows(names_of(resource, stack), tally.baseline)
            results: list[Result] = []
            judged: Iterable[tuple[ActiveRule, list[Finding]]] = self._rules.judge(resource, stack, passes=wants_all)
            if has_records:
                judged = list(judged)
                answers = by_check(judged)
            for active, findings in judged:
                said = records.answer(resource.urn, active.rule) if has_records else ()
                results.extend(self._results(active, resource, stack, findings or [_PASS], tally, said, answers))
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
        stack: Stack,
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
        configured = self._exemption(active, resource, stack, findings, tally) if self._exemptions else None
        suppressed = suppression(said) if said and active.exemptible else None
        if said:
            own = worst(findings)
            said = [record for record in said if answers.get(record.check, own) is own]
        if len(findings) > 1:
            findings.sort(key=_by_place)
        # the first finding answers for the rule: a violation comes before a crash
        compared = self._compared(_status(findings[0], _note(findings[0], configured, suppressed)), said, tally) if said else []
        disputed = any(verdict.agrees is False for verdict in compared)
        results: list[Result] = []
        subject: _Subject | None = None
        tally.told[facts.rule] += 1
        places: dict[str, int] = {}
        for finding in findings:
            note = _note(finding, configured, suppressed) if suppressed else configured
            status = _status(finding, note) if note else _WORDS[finding.outcome]
            tally.by_rule[f"{status} {facts.rule}"] += 1
            if APPROXIMATE in finding.message:
                tally.approximate[facts.rule] += 1
            before = places[finding.path] = places.get(finding.path, -1) + 1
            known = None
            if self._baseline:
                known = self._baseline.meets(facts, names_of(resource, stack), finding.path, before, status, tally.baseline)
            if disputed or status in self._show:
                subject = subject or resource.once(_Subject, lambda: self._subject(resource, stack))
                results.append(self._result(facts, subject, resource, finding, status, before, note, compared, known))
        return results

    def _subject(self, resource: Resource, stack: Stack) -> _Subject:
        place = Place(*resource.location) if resource.location else None
        if self._brief:
            return _Subject(stack.name, place, [], "", "")
        return _Subject(
            stack.name,
            place,
            list(aliases_of(resource, stack)),
            identity.mark(resource),
            owner_of(resource, self._tag_keys),
        )

    def _result(  # noqa: PLR0913, PLR0917  (everything a result is made of)
        self,
        facts: Facts,
        subject: _Subject,
        resource: Resource,
        finding: Finding,
        status: str,
        before: int,
        exemption: ExemptionNote | None,
        verdicts: list[CheckovVerdict],
        known: bool | None,  # noqa: FBT001  (as in the report)
    ) -> Result:
        fix, message = finding.fix, finding.message
        if exemption is not None and exemption.expired:
            message = f"{message}. {exemption.words}"
        return Result(  # by place, as the report lists them: names would take as long as all the rest
            facts.rule,
            resource.urn,
            resource.type,
            resource.name,
            subject.stack,
            status,
            facts.severity,
            facts.level,
            message,
            finding.path,
            subject.location,
            facts.controls,
            facts.checkov,
            "" if self._brief else fingerprint(facts.rule, resource.urn, finding.path, before),
            FixPatch(dict(fix.set), fix.replaces) if fix else None,
            exemption,
            verdicts,
            "" if self._brief else evidence(resource, finding.path, tells_numbers=facts.tells_numbers),
            subject.aliases,
            subject.mark,
            subject.owner,
            known,
            [Hop(*step) for step in finding.chain],
            finding.exposed_to,
        )

    @staticmethod
    def _compared(status: str, said: Iterable[CheckovRecord], tally: Tally) -> list[CheckovVerdict]:
        """Return what Checkov says of the same, and count whether it agrees."""
        compared = [_compare(status, record) for record in said]
        for verdict in compared:
            tally.checkov["undecided" if verdict.agrees is None else "agree" if verdict.agrees else "disagree"] += 1
        return compared

    def _exemption(
        self, active: ActiveRule, resource: Resource, stack: Stack, findings: list[Finding], tally: Tally
    ) -> ExemptionNote | None:
        own = self._exemptions.of((active.rule.id,))
        if not own or findings[0] is _PASS or not active.exemptible:
            return None
        about = sum(finding.outcome is not Outcome.BROKEN for finding in findings)
        return self._exemptions.note(own, urns_of(resource, stack), about, tally.exempted)


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


class Facts(NamedTuple):
    """What every result of a rule says, in the report's own types."""

    rule: str
    severity: str
    level: str
    controls: list[str]
    checkov: list[str]
    tells_numbers: bool = True
    """Whether the evidence may tell a number."""


class _Subject(NamedTuple):
    """What every result on a resource says of it beside its name and type, in the report's own types."""

    stack: str
    location: Place | None
    aliases: list[str]
    mark: str
    owner: str


def _facts(active: ActiveRule) -> Facts:
    rule = active.rule
    return Facts(
        rule.id,
        rule.severity.value,
        active.level.value,
        list(map(str, rule.controls)),
        list(rule.checkov),
        not rule.judges_secrecy,
    )


def _compare(status: str, record: CheckovRecord) -> CheckovVerdict:
    ours, theirs = _ANSWERS.get(status), _ANSWERS.get(record.verdict)
    return CheckovVerdict(record.check, record.verdict, None if ours is None or theirs is None else ours is theirs)


def _by_place(finding: Finding) -> tuple[bool, str, str]:
    return finding.outcome is Outcome.BROKEN, finding.path, finding.message
