"""`stackproof scan`: judge every source that can be read, write the reports, and decide on the exit code."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from policies.settings import nearest
from scanners import gate, writers
from scanners.arguments import Usage
from scanners.choice import chosen, configuration_of
from scanners.console import CLEAN, INCOMPLETE, VIOLATIONS, readable, tell, write_whole
from scanners.processes import cores
from scanners.report import Run
from scanners.repository import project_dirs, source_url_of_ci
from scanners.scan import Scan
from scanners.sources import files
from scanners.sources.source import SourceError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from policies.configuration import Configuration
    from scanners.checkov_run import Checkov
    from scanners.report import Report

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_EXIT_CODES = {gate.PASSED: CLEAN, gate.FAILED: VIOLATIONS, gate.INCOMPLETE: INCOMPLETE}


def scan(options: argparse.Namespace) -> int:
    """Judge every source that can be read, write the reports, and decide on the exit code."""
    rules = chosen(configuration_of(options), options.rules)
    if not rules.settings.active:
        raise Usage(f"no rule is switched on by {rules.path}; name a rule set, such as extends: [essential]")
    try:
        directories = project_dirs(options.project_dir)
    except ValueError as error:
        raise Usage(f"--project-dir: {error}") from None
    started = datetime.now(UTC)
    today = started.astimezone().date()  # the day where the user is
    judged = Scan(rules, today, options.show, options.jobs or cores())
    found = files.locate_all(options.sources, judged.add_error)
    targets = _targets(options.output, found)
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        judge(found, judged, options.view, _checkov(options))
    report = judged.report(_run(options, rules, started, directories), options.fail_on)
    for project in sorted({*directories} - {source.project for source in report.sources} - {""}):
        tell(f"--project-dir: no stack of a project {project!r} was read")
    for source in report.sources:
        if source.error:
            tell(f"{source.path}: {source.error}")
    for path, format_ in targets.items():
        write_whole(path, writers.write(report, format_))
    _print(report, options.format)
    return _EXIT_CODES[report.gate.verdict]


def _run(options: argparse.Namespace, configured: Configuration, started: datetime, directories: dict[str, str]) -> Run:
    return Run(
        started=f"{started:{_TIME}}",
        judged_on=started.astimezone().date().isoformat(),
        configuration=str(configured.path or ""),
        configuration_sha256=configured.sha256,
        rule_sets=list(options.rules or configured.rule_sets),
        view=options.view,
        project_dirs=directories,
        source_url=options.source_url or source_url_of_ci(os.environ),
        finished=f"{datetime.now(UTC):{_TIME}}",
    )


def _checkov(options: argparse.Namespace) -> Checkov | None:
    """Return Checkov, ready to run, where it is asked for; raise `Usage` where it cannot run so."""
    given = (options.checkov_check, options.checkov_skip_check, options.checkov_external_checks)
    if not options.with_checkov:
        if any(given):
            raise Usage("--checkov-check, --checkov-skip-check and --checkov-external-checks go with --with-checkov")
        return None
    from scanners.checkov_run import Checkov, Options  # noqa: PLC0415  (late: seconds)

    return Checkov(Options(*map(tuple, given)))


def judge(found: Iterable[str], judged: Scan, view: str, checkov: Checkov | None) -> None:
    """Judge the stacks of some files, one after the other."""
    for file in found:
        try:
            stacks = files.load(file, view=view)
        except SourceError as error:
            judged.add_error(file, str(error))
            continue
        for stack in stacks:
            judged.add(checkov.asked(stack) if checkov else stack)
    for told in checkov.told() if checkov else ():
        tell(told)


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
