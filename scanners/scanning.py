"""`stackproof scan`: judge every source that can be read, write the reports, and decide on the exit code."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policies.rule import Level, Severity
from policies.settings import nearest
from scanners import writers
from scanners.arguments import Usage
from scanners.choice import chosen, configuration_of
from scanners.console import CLEAN, INCOMPLETE, VIOLATIONS, readable, tell, write_whole
from scanners.processes import cores
from scanners.scan import Scan
from scanners.sources import files
from scanners.sources.source import SourceError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from scanners.checkov_run import Checkov
    from scanners.report import Report

_BLOCKING = {Level.ADVISORY: 0, Level.MANDATORY: 1, Level.REMEDIATE: 1}


def scan(options: argparse.Namespace) -> int:
    """Judge every source that can be read, write the reports, and decide on the exit code."""
    rules = chosen(configuration_of(options), options.rules)
    if not rules.settings.active:
        raise Usage(f"no rule is switched on by {rules.path}; name a rule set, such as extends: [essential]")
    today = date.today()  # noqa: DTZ011  (the day where the user is)
    judged = Scan(rules, today, options.show, options.jobs or cores())
    found = files.locate_all(options.sources, judged.add_error)
    targets = _targets(options.output, found)
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        report = _judge(found, judged, options.view, _checkov(options))
    for path, format_ in targets.items():
        write_whole(path, writers.write(report, format_))
    _print(report, options.format)
    return _exit_code(report, options.fail_on)


def _checkov(options: argparse.Namespace) -> Checkov | None:
    """Return Checkov, ready to run, where it is asked for; raise `Usage` where it cannot run so."""
    given = (options.checkov_check, options.checkov_skip_check, options.checkov_external_checks)
    if not options.with_checkov:
        if any(given):
            raise Usage("--checkov-check, --checkov-skip-check and --checkov-external-checks go with --with-checkov")
        return None
    from scanners.checkov_run import Checkov, Options  # noqa: PLC0415  (late: seconds)

    return Checkov(Options(*map(tuple, given)))


def _judge(found: Iterable[str], judged: Scan, view: str, checkov: Checkov | None) -> Report:
    for file in found:
        try:
            stacks = files.load(file, view=view)
        except SourceError as error:
            judged.add_error(file, str(error))
            continue
        for stack in stacks:
            judged.add(checkov.asked(stack) if checkov else stack)
    report = judged.report()
    for told in checkov.told() if checkov else ():
        tell(told)
    for source in report.sources:
        if source.error:
            tell(f"{source.path}: {source.error}")
    return report


def _targets(outputs: Iterable[str], sources: Iterable[str]) -> dict[Path, str]:
    """Return the format of each file to write; none may be a source, or be written twice."""
    targets: dict[Path, str] = {}
    taken = {os.path.realpath(source): "a source" for source in sources}
    for output in outputs:
        format_, separator, path = output.partition("=")
        if not separator or not path:
            raise Usage(f"--output: {output!r} is not FORMAT=PATH")
        if format_ not in writers.WRITERS:
            raise Usage(f"--output: there is no format {format_!r}; {nearest(format_, writers.WRITERS)}")
        place = os.path.realpath(path)
        if place in taken:
            raise Usage(f"--output: {path} is {taken[place]} already")
        taken[place] = "an output"
        targets[Path(path)] = format_
    return targets


def _print(report: Report, format_: str) -> None:
    readable(format_)
    if format_ == "text" and sys.stdout.isatty():
        from scanners.writers.text import show  # noqa: PLC0415  (late: only a terminal needs colour)

        show(report)
    else:
        sys.stdout.writelines(writers.write(report, format_))
    sys.stdout.flush()


def _exit_code(report: Report, fail_on: str) -> int:
    summary, checkov = report.summary, report.summary.checkov
    if not summary.complete:
        return INCOMPLETE
    if fail_on == "never":
        return CLEAN
    if fail_on in ("advisory", "mandatory"):
        lowest = _BLOCKING[Level(fail_on)]
        levels = {*summary.failed_by_level, *(checkov.failed_by_level if checkov else ())}
        failed = any(_BLOCKING[Level(level)] >= lowest for level in levels)
    else:
        counted = [summary.failed_by_severity, *([checkov.failed_by_severity] if checkov else ())]
        enough = [severity.value for severity in Severity if severity.rank >= Severity(fail_on).rank]
        failed = any(counts.get(name) for counts in counted for name in enough)
    return VIOLATIONS if failed else CLEAN
