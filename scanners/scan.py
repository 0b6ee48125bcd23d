"""(stacks, configuration) -> Report; nothing here reads a source, a clock or the environment."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from policies import __version__
from policies.catalog import builtin_rules, category
from policies.evaluate import Outcome
from policies.provider import takes_tags
from policies.rule import Severity
from scanners import gate, processes
from scanners.checkov_answers import Records
from scanners.exemption_uses import JudgedStack, uses
from scanners.judging import Judge, Tally
from scanners.report import (
    VERSION,
    Counts,
    Report,
    RuleNote,
    Run,
    SourceFile,
    Summary,
    Tool,
    Unjudged,
)
from scanners.results import Piece, Results, temporary_file
from scanners.tag_coverage import TagAudit, TagKeys
from scanners.unjudged import lookalikes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from policies.configuration import Configuration
    from policies.settings import ActiveRule
    from policies.stack import Stack
    from scanners.baseline import Met
    from scanners.checkov_findings import CheckovFindings
    from scanners.judging import Asked
    from scanners.report import BaselineNote, ExemptionUse
    from scanners.sources.source import SourceStack

OUTCOMES = tuple(outcome.value for outcome in Outcome)

_WORTH_A_PROCESS = 2_000
"""Resources that take longer to judge than it takes to start a process for them."""

_PARTS = 200
"""Parts of a stack: a process takes the next one when it is done with one, so all are busy to the end."""


class Scan:
    """Judges one stack after another and gathers the report; stacks may be dropped once they are added."""

    def __init__(self, asked: Asked, jobs: int = 1) -> None:
        """Take what is asked for; `jobs` is how many processes may judge a large stack."""
        configured = asked.configured
        keys = TagKeys(configured.settings, configured.reports)
        self._audit = TagAudit(keys) if asked.with_tags else None
        self._judge = Judge(asked, keys, self._audit)
        self._asked = asked
        self._whole: set[tuple[str, str]] = set()
        self._checkov: CheckovFindings | None = None
        self._settings = configured.settings
        self._jobs = jobs if processes.can_fork() else 1
        self._tally = Tally()
        self._results = Results()
        self._sources: list[SourceFile] = []
        self._resources = 0
        self._judged: list[JudgedStack] = []

    def add_error(self, path: str, error: str) -> None:
        """Report a source that could not be read; the run is incomplete."""
        self._sources.append(SourceFile(path, "unreadable", "", "", 0, error, ""))

    def add(self, source: SourceStack) -> None:
        """Judge a stack."""
        stack, notes = source.stack, [*source.notes]
        self._resources += len(stack.resources)
        judged: list[str] = []
        unjudged: list[str] = []
        for type_, urns in stack.resources.by_type.items():
            if self._judge.looks_at(type_):
                judged.extend(urns)
            else:
                self._tally.unjudged[type_] += len(urns)
                if self._audit and takes_tags(type_):
                    unjudged.extend(urns)
        judged.sort()
        records = Records(source.checkov)
        with_checkov = source.with_checkov or source.kind == "checkov"
        jobs = 1 if with_checkov else min(self._jobs, len(judged) // _WORTH_A_PROCESS)
        order = (stack.name, judged[0] if judged else "", source.path)
        try:
            if jobs > 1:
                self._spread(judged, unjudged, stack, order, jobs)
            else:
                self._all(judged, stack, order, records)
                self._judge.count_tags(unjudged, stack, self._tally)
        except processes.LostProcess as error:
            notes.append(f"a process that judged a part of it {error}; with --jobs 1 there is only one")
        except OSError as error:
            self._results.drop_piece()
            notes.append(f"its results cannot be written to a temporary file: {error.strerror}; TMPDIR names the directory")
        if with_checkov:
            self._checkov = self._checkov or _new_findings(self._asked)
            self._checkov.add(records, stack, self._tally.exempted)
        if self._audit:
            self._audit.gather(stack, self._tally.tags)
        if stack.complete and not notes:
            self._whole.add((stack.name, stack.project))
        stack.forget()
        self._judged.append(JudgedStack(stack.name, stack.project, stack.complete, with_checkov))
        self._sources.append(
            SourceFile(
                source.path, source.kind, stack.name, stack.project, len(stack.resources), "; ".join(notes), source.sha256
            )
        )

    def _all(self, judged: list[str], stack: Stack, order: tuple[str, ...], records: Records) -> None:
        for found in self._judge.judge(judged, stack, records, self._tally):
            self._results.add(found)
        self._results.end_piece(order)

    def _spread(self, judged: list[str], unjudged: list[str], stack: Stack, order: tuple[str, ...], jobs: int) -> None:
        """Judge the parts of a stack in several processes, each with a file of its own for its results."""
        self._prepare(stack)
        size = -(-len(judged) // _PARTS)
        parts = [judged[start : start + size] for start in range(0, len(judged), size)]
        files = [temporary_file() for _ in range(jobs)]
        tasks = processes.numbers(len(parts))

        def work(number: int) -> bytes:
            tally, results = Tally(), Results(files[number])
            for part in tasks:
                for found in self._judge.judge(parts[part], stack, Records(()), tally):
                    results.add(found)
                results.end_piece((*order, f"{part:06}"))
                self._judge.count_tags(unjudged[part :: len(parts)], stack, tally)
            results.flush()
            return msgspec.msgpack.encode(_Answer(vars(tally), results.pieces()))

        for file, data in zip(files, processes.spread(work, jobs), strict=True):
            answer = msgspec.msgpack.decode(data, type=_Answer)
            self._tally.add(answer.tally)
            self._results.add_pieces(answer.pieces, file)

    def _prepare(self, stack: Stack) -> None:
        """Judge one resource of each type and drop the results: what rules import and keep of a stack is then there for all."""
        firsts = (urns[0] for type_, urns in stack.resources.by_type.items() if self._judge.looks_at(type_))
        for _ in self._judge.judge(firsts, stack, Records(()), Tally()):
            pass

    def _nothing_said(self) -> Unjudged:
        unjudged = self._tally.unjudged
        return Unjudged(
            unjudged.total(),
            dict(sorted(unjudged.items())),
            dict(sorted(lookalikes(unjudged, builtin_rules().values()).items())),
        )

    def report(self, run: Run, fail_on: str = gate.NEVER, *, new_only: bool = False) -> Report:
        """Return the report on everything added so far. `fail_on` is one of `gate.FAIL_ON`."""
        rules = self._rule_notes()
        summary = self._summary(rules)
        known = self._known()
        return Report(
            version=VERSION,
            tool=Tool("stackproof", __version__),
            run=run,
            gate=gate.decide(summary, known, fail_on, new_only=new_only),
            sources=sorted(self._sources, key=lambda item: item.path),
            rules=rules,
            results=self._results,
            checkov_findings=self._checkov.listed() if self._checkov else [],
            exemptions=self._exemptions(summary),
            tag_coverage=self._audit.coverage() if self._audit else [],
            baseline=known,
            summary=summary,
        )

    def _exemptions(self, summary: Summary) -> list[ExemptionUse]:
        judged = self._judged if summary.complete else [stack._replace(whole=False) for stack in self._judged]
        return uses(self._asked.configured, self._asked.today, self._tally.exempted, judged)

    def _known(self) -> BaselineNote | None:
        """Return how what failed compares with the baseline, listed or not."""
        baseline = self._asked.baseline
        return baseline.note(self.met()) if baseline else None

    def met(self) -> Met:
        """Return what of the baseline was met so far."""
        from scanners.baseline import Met  # noqa: PLC0415  (late: most scans are without one)

        counts, judged = Counter(self._tally.baseline), {active.rule.id for active in self._settings.active}
        if self._checkov:
            counts.update(self._checkov.met)
            judged |= self._checkov.asked
        return Met(counts, self._whole, judged)

    def _summary(self, rules: list[RuleNote]) -> Summary:
        tally = self._tally
        outcomes = {outcome: sum(getattr(rule.counts, outcome) for rule in rules) for outcome in OUTCOMES}
        severities: Counter[str] = Counter()
        levels: Counter[str] = Counter()
        for rule in rules:
            severities[rule.severity] += rule.counts.failed
            levels[rule.level] += rule.counts.failed
        return Summary(
            complete=not any(source.error for source in self._sources) and not outcomes["broken"],
            **outcomes,
            approximate=tally.approximate.total(),
            failed_by_severity={severity.value: severities[severity.value] for severity in reversed(Severity)},
            failed_by_level={level: count for level, count in sorted(levels.items()) if count},
            resources=self._resources,
            unjudged=self._nothing_said(),
            checkov=self._checkov.summary(tally.checkov) if self._checkov else None,
        )

    def _rule_notes(self) -> list[RuleNote]:
        tally = self._tally
        counted = {active.rule.id: Counts() for active in self._settings.active}
        for type_, resources in tally.types.items():
            for active in self._judge.rules_of(type_):
                counted[active.rule.id].passed += resources
        for rule, resources in tally.told.items():
            counted[rule].passed -= resources
        for key, results in tally.by_rule.items():
            outcome, _, rule = key.partition(" ")
            counts = counted[rule]
            setattr(counts, outcome, getattr(counts, outcome) + results)
        return [_rule_note(active, counted[active.rule.id]) for active in self._settings.active]


def _new_findings(asked: Asked) -> CheckovFindings:
    from scanners.checkov_findings import CheckovFindings  # noqa: PLC0415  (late: most scans are without Checkov)

    return CheckovFindings(asked)


def run_of(configured: Configuration, started: datetime, view: str, rules: Iterable[str] = ()) -> Run:
    """Return what a report says of how it came about; `rules` are those that were asked for in place of the configuration's."""
    return Run(
        started=time_of(started),
        judged_on=started.astimezone().date().isoformat(),
        configuration=str(configured.path or ""),
        configuration_sha256=configured.sha256,
        rule_sets=list(rules or configured.rule_sets),
        view=view,
    )


def time_of(when: datetime) -> str:
    """Return a time in UTC as reports write it."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def _rule_note(active: ActiveRule, counts: Counts) -> RuleNote:
    rule = active.rule
    return RuleNote(
        rule.id,
        rule.title,
        rule.why,
        rule.remedy,
        rule.severity.value,
        active.level.value,
        category(rule),
        list(map(str, rule.controls)),
        list(rule.checkov),
        exemptible=active.exemptible,
        counts=counts,
    )


class _Answer(msgspec.Struct):
    """What a process gives back: its tally as a dict, and where its results are."""

    tally: dict[str, object]
    pieces: list[Piece]
