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
from scanners.scan import Scan
from scanners.sources import files
from scanners.sources.source import SourceError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from policies.configuration import Configuration
    from scanners.baseline import Baseline
    from scanners.checkov_run import Checkov
    from scanners.report import Report

_EXIT_CODES = {gate.PASSED: CLEAN, gate.FAILED: VIOLATIONS, gate.INCOMPLETE: INCOMPLETE}


def scan(options: argparse.Namespace) -> int:
    """Judge every source that can be read, write the reports, and decide on the exit code."""
    rules = chosen(configuration_of(options), options.rules)
    if not rules.settings.active:
        raise Usage(f"no rule is switched on by {rules.path}; name a rule set, such as extends: [essential]")
    started = datetime.now(UTC)
    today = started.astimezone().date()  # the day where the user is
    judged = Scan(rules, today, options.show, options.jobs or cores(), _baseline(options))
    found = files.locate_all(options.sources, judged.add_error)
    targets = _targets(options.output, [*found, *filter(None, [options.baseline])])
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        _judge(found, judged, options.view, _checkov(options))
    report = judged.report(_run(options, rules, started), options.fail_on, new_only=options.new_only)
    for source in report.sources:
        if source.error:
            tell(f"{source.path}: {source.error}")
    for path, format_ in targets.items():
        write_whole(path, writers.write(report, format_))
    _print(report, options.format)
    return _EXIT_CODES[report.gate.verdict]


def _run(options: argparse.Namespace, configured: Configuration, started: datetime) -> Run:
    return Run(
        started=f"{started:%Y-%m-%dT%H:%M:%SZ}",
        judged_on=started.astimezone().date().isoformat(),
        configuration=str(configured.path or ""),
        configuration_sha256=configured.sha256,
        rule_sets=list(options.rules or configured.rule_sets),
        view=options.view,
        project_dir="",
        source_url="",
    )


def _baseline(options: argparse.Namespace) -> Baseline | None:
    """Return the baseline that --baseline names; raise `Usage` where there is none to go by."""
    if options.baseline is None:
        if options.new_only:
            raise Usage("--new-only goes with --baseline FILE")
        return None
    from scanners import baseline  # noqa: PLC0415  (late: most scans are without one)

    try:
        return baseline.read(options.baseline)
    except baseline.BaselineError as error:
        raise Usage(str(error)) from None


def _checkov(options: argparse.Namespace) -> Checkov | None:
    """Return Checkov, ready to run, where it is asked for; raise `Usage` where it cannot run so."""
    given = (options.checkov_check, options.checkov_skip_check, options.checkov_external_checks)
    if not options.with_checkov:
        if any(given):
            raise Usage("--checkov-check, --checkov-skip-check and --checkov-external-checks go with --with-checkov")
        return None
    from scanners.checkov_run import Checkov, Options  # noqa: PLC0415  (late: seconds)

    return Checkov(Options(*map(tuple, given)))


def _judge(found: Iterable[str], judged: Scan, view: str, checkov: Checkov | None) -> None:
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
