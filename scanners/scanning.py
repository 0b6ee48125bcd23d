"""`stackproof scan`: judge every source that can be read, write the reports, and decide on the exit code."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scanners import outputs
from scanners.arguments import Usage
from scanners.choice import chosen, configuration_of
from scanners.console import EXIT_CODES, INCOMPLETE, tell
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

_TIME = "%Y-%m-%dT%H:%M:%SZ"


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
    targets = outputs.targets(options.output, found)
    hub = outputs.security_hub(options, {options.format, *targets.values()}, os.environ)
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        _judge(found, judged, options.view, _checkov(options))
    run = _run(options, rules, started, directories)
    run.aws_account, run.aws_region = hub
    report = judged.report(run, options.fail_on)
    for project in sorted({*directories} - {source.project for source in report.sources} - {""}):
        tell(f"--project-dir: no stack of a project {project!r} was read")
    for source in report.sources:
        if source.error:
            tell(f"{source.path}: {source.error}")
    written = outputs.write(report, targets, options.format)
    return EXIT_CODES[report.gate.verdict] if written else INCOMPLETE


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
