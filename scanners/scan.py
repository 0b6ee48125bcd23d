"""(stacks, configuration) -> Report; nothing here reads a source, a clock or the environment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from policies import __version__
from policies.catalog import builtin_rules, category
from policies.evaluate import Outcome
from policies.provider import takes_tags
from policies.rule import Severity
from scanners import gate, processes
from scanners.checkov_answers import Records
from scanners.judging import Judge, Tally
from scanners.report import (
    VERSION,
    Counts,
    Report,
    RuleNote,
    SourceFile,
    Summary,
    Tool,
    Unjudged,
)
from scanners.results import Piece, Results, temporary_file
from scanners.tag_coverage import TagAudit, TagKeys
from scanners.unjudged import lookalikes

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from policies.configuration import Configuration
    from policies.settings import ActiveRule
    from policies.stack import Stack
    from scanners.checkov_findings import CheckovFindings
    from scanners.report import Run
    from scanners.sources.source import SourceStack

OUTCOMES = tuple(outcome.value for outcome in Outcome)

_WORTH_A_PROCESS = 2_000
"""Resources that take longer to judge than it takes to start a process for them."""

_PARTS = 200
"""Parts of a stack: a process takes the next one when it is done with one, so all are busy to the end."""


class Scan:
    """Judges one stack after another and gathers the report; stacks may be dropped once they are added."""

    def __init__(
        self, configured: Configuration, today: date, show: Collection[str], jobs: int = 1, *, with_tags: bool = True
    ) -> None:
        """Take the rules and exemptions of a configuration, the date that decides on exemptions, the outcomes to list.

        `jobs` is how many processes may judge a large stack. `with_tags` says whether the tags of all resources are counted,
        also of those that no rule looks at: these are not read otherwise.
        """
        keys = TagKeys(configured.settings, configured.reports)
        self._audit = TagAudit(keys) if with_tags else None
        self._judge = Judge(configured.settings, configured.exemptions, today, show, keys, self._audit)
        self._new_findings = partial(_new_findings, configured, today, show)
        self._checkov: CheckovFindings | None = None
        self._settings = configured.settings
        self._jobs = jobs if processes.can_fork() else 1
        self._tally = Tally()
        self._results = Results()
        self._sources: list[SourceFile] = []
        self._resources = 0

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
            self._checkov = self._checkov or self._new_findings()
            self._checkov.add(records, stack)
        if self._audit:
            self._audit.gather(stack, self._tally.tags)
        stack.forget()
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
        summary = self._summary()
        return Report(
            version=VERSION,
            tool=Tool("stackproof", __version__),
            run=run,
            gate=gate.decide(summary, None, fail_on, new_only=new_only),
            sources=sorted(self._sources, key=lambda item: item.path),
            rules=self._rule_notes(),
            results=self._results,
            checkov_findings=self._checkov.listed() if self._checkov else [],
            exemptions=[],
            tag_coverage=self._audit.coverage() if self._audit else [],
            baseline=None,
            summary=summary,
        )

    def _summary(self) -> Summary:
        tally = self._tally
        return Summary(
            complete=not any(source.error for source in self._sources) and not tally.outcomes["broken"],
            **{outcome: tally.outcomes[outcome] for outcome in OUTCOMES},
            approximate=tally.outcomes["approximate"],
            failed_by_severity={severity.value: tally.severities[severity.value] for severity in reversed(Severity)},
            failed_by_level={level: count for level, count in sorted(tally.levels.items()) if count},
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


def _new_findings(configured: Configuration, today: date, show: Collection[str]) -> CheckovFindings:
    from scanners.checkov_findings import CheckovFindings  # noqa: PLC0415  (late: most scans are without Checkov)

    return CheckovFindings(configured.rules.values(), configured.checkov, configured.exemptions, today, show)


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
        exemptible=True,
        counts=counts,
    )


class _Answer(msgspec.Struct):
    """What a process gives back: its tally as a dict, and where its results are."""

    tally: dict[str, object]
    pieces: list[Piece]
