"""`stackproof scan`: judge every source that can be read, write the reports, and decide on the exit code."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scanners import outputs, writers
from scanners.arguments import Usage
from scanners.choice import chosen, configuration_of
from scanners.console import EXIT_CODES, INCOMPLETE, tell
from scanners.judging import Asked
from scanners.processes import cores
from scanners.repository import project_dirs, source_url_of_ci
from scanners.scan import Scan, run_of, time_of
from scanners.sources import files
from scanners.sources.source import SourceError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from scanners.baseline import Baseline
    from scanners.checkov_run import Checkov


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
    missing: list[tuple[str, str]] = []
    found = files.locate_all(options.sources, lambda path, error: missing.append((path, error)))
    targets = outputs.targets(options.output, [*found, *filter(None, [options.baseline])])
    formats = {options.format, *targets.values()}
    hub = outputs.security_hub(options, formats, os.environ)
    asked = Asked(
        rules,
        today,
        options.show,
        _baseline(options),
        with_tags=not writers.WITH_TAGS.isdisjoint(formats),
        brief=formats <= writers.BRIEF,
    )
    judged = Scan(asked, options.jobs or cores())
    for path, why in missing:
        judged.add_error(path, why)
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        judge(found, judged, options.view, _checkov(options))
    run = run_of(rules, started, options.view, options.rules)
    run.project_dirs, run.source_url = directories, options.source_url or source_url_of_ci(os.environ)
    run.aws_account, run.aws_region = hub
    run.finished = time_of(datetime.now(UTC))
    report = judged.report(run, options.fail_on, new_only=options.new_only)
    for project in sorted({*directories} - {source.project for source in report.sources} - {""}):
        tell(f"--project-dir: no stack of a project {project!r} was read")
    for source in report.sources:
        if source.error:
            tell(f"{source.path}: {source.error}")
    written = outputs.write(report, targets, options.format)
    return EXIT_CODES[report.gate.verdict] if written else INCOMPLETE


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
