"""The commands. This module owns files, streams and exit codes, and nothing else."""

from __future__ import annotations

import io
import os
import shlex
import sys
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policies import configuration
from policies.configuration import Configuration, ConfigurationError
from policies.controls import FRAMEWORKS
from policies.exemptions import wildcard
from policies.rule import Level, Severity
from policies.rule_sets import SETS, members
from policies.settings import nearest
from scanners import writers
from scanners.arguments import Usage, read
from scanners.processes import cores
from scanners.scan import Scan
from scanners.sources import files
from scanners.sources.source import SourceError
from scanners.writers.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence

    from scanners.checkov_run import Checkov
    from scanners.report import Report

CLEAN, VIOLATIONS, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 4, 130
"""Exit codes. An incomplete run is never clean, whatever else it found."""

_BLOCKING = {Level.ADVISORY: 0, Level.MANDATORY: 1, Level.REMEDIATE: 1}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; `arguments` are the words after the program's name. Returns the exit code."""
    if sys.stdout is None:
        _tell("standard output is closed")
        return INCOMPLETE
    try:
        options = read(arguments)
        code = _COMMANDS[options.command](options)
        sys.stdout.flush()
    except (Usage, ConfigurationError) as error:
        _tell(str(error))
        return USAGE
    except KeyboardInterrupt:
        _tell("interrupted")
        return INTERRUPTED
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # there the reader of standard output has seen enough
            _tell(f"{error.filename or 'standard output'}: {error.strerror}")
        sys.stdout = None  # what was not written makes the run incomplete, and is not tried again at exit
        return INCOMPLETE
    return code


def _tell(message: str) -> None:
    if sys.stderr is None:  # closed: the exit code still tells
        return
    try:
        sys.stderr.write(f"stackproof: {printable(message)}\n")
        sys.stderr.flush()
    except OSError:  # full: nothing is tried again at exit, where it would change the exit code
        sys.stderr = None


def _configured(options: argparse.Namespace) -> Configuration:
    if options.config:
        return configuration.load(options.config)
    try:
        nearest_one = configuration.find(Path.cwd())
    except OSError as error:  # the directory is gone, or one above may not be read
        raise Usage(f"no configuration can be looked for from here: {error.strerror}; name one by --config") from None
    return configuration.load(nearest_one)


def scan(options: argparse.Namespace) -> int:
    """Judge every source that can be read, write the reports, and decide on the exit code."""
    configured = _chosen(_configured(options), options.rules)
    if not configured.settings.active:
        raise Usage(f"no rule is switched on by {configured.path}; name a rule set, such as extends: [essential]")
    today = date.today()  # noqa: DTZ011  (the day where the user is)
    judged = Scan(configured, today, options.show, options.jobs or cores())
    found = _files(options.sources, judged.add_error)
    targets = _targets(options.output, found)
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        report = _judge(found, judged, options.view, _checkov(options))
    for path, format_ in targets.items():
        _write_whole(path, writers.write(report, format_))
    _print(report, options.format)
    return _exit_code(report, options.fail_on)


def _files(sources: Iterable[str], add_error: Callable[[str, str], None]) -> list[str]:
    """Return the files that the sources name, in order; one that is named twice, or by a link, is judged once."""
    found: list[str] = []
    for argument in sources:
        try:
            found.extend(files.locate(argument))
        except SourceError as error:
            add_error(argument, str(error))
    once: dict[str, str] = {}
    for file in sorted(found):
        once.setdefault(os.path.realpath(file), file)
    return list(once.values())


def _checkov(options: argparse.Namespace) -> Checkov | None:
    """Return Checkov, ready to run, where it is asked for; raise `Usage` where it cannot run so."""
    given = (options.checkov_check, options.checkov_skip_check, options.checkov_external_checks)
    if not options.with_checkov:
        if any(given):
            raise Usage("--checkov-check, --checkov-skip-check and --checkov-external-checks go with --with-checkov")
        return None
    return _ready(*map(tuple, given))


def _ready(*checks: tuple[str, ...]) -> Checkov:
    """Return Checkov, ready to run, from what its `Options` take; raise `Usage` where it cannot run so."""
    from scanners.checkov_run import Checkov, CheckovError, Options  # noqa: PLC0415  (late: seconds)

    try:
        return Checkov(Options(*checks))
    except CheckovError as error:
        raise Usage(str(error)) from None


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
        _tell(told)
    for source in report.sources:
        if source.error:
            _tell(f"{source.path}: {source.error}")
    return report


def _chosen(configured: Configuration, wanted: Sequence[str]) -> Configuration:
    """Return the configuration with the rules that --rules asks for, or as it is."""
    names = [name.strip() for text in wanted for name in text.split(",") if name.strip()]
    if not names:
        return configured
    chosen: set[str] = set()
    for name in names:
        if name in SETS:
            chosen.update(members(name, configured.rules))
            continue
        matching = {id_ for id_ in configured.rules if wildcard(name).fullmatch(id_)}
        if not matching:
            raise Usage(
                f"--rules: there is no rule or rule set {name!r}; {nearest(name, [*SETS, *configured.rules])}".rstrip("; ")
            )
        if not configured.with_rules(matching).settings.active:
            raise Usage(f"--rules: {name!r} is disabled by {configured.path}")
        chosen |= matching
    return configured.with_rules(chosen)


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


def _write_whole(path: Path, parts: Iterable[str]) -> None:
    """Write a file whole or not at all: beside its place first, then moved there.

    What is no plain file, such as a link or a device, is written to and never replaced.
    """
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(parts)
            return
        temporary = path.with_name(f".stackproof-{os.getpid()}.partial")
        with temporary.open("x", encoding="utf-8") as stream:
            try:
                stream.writelines(parts)
                stream.flush()
                temporary.replace(path)
            except BaseException:
                temporary.unlink()
                raise
    except OSError as error:
        raise Usage(f"{path}: cannot be written: {error.strerror}") from None


def _print(report: Report, format_: str) -> None:
    _readable(format_)
    if format_ == "text" and sys.stdout.isatty():
        from scanners.writers.text import show  # noqa: PLC0415  (late: only a terminal needs colour)

        show(report)
    else:
        sys.stdout.writelines(writers.write(report, format_))
    sys.stdout.flush()


def _readable(format_: str) -> None:
    """Prepare standard output, whatever the locale: reports for machines are UTF-8, for people readable."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if format_ == "text":
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")


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


def list_rules(options: argparse.Namespace) -> int:
    """Print a line for each rule, or for those that --rules asks for: id, severity, level and title."""
    configured = _configured(options)
    levels = {item.rule.id: item.level for item in _chosen(configured, options.rules).settings.active}
    listed = [rule for rule in configured.rules.values() if not options.rules or rule.id in levels]
    width = max(len(rule.id) for rule in listed)
    for rule in listed:
        level = levels.get(rule.id, Level.DISABLED)
        sys.stdout.write(f"{rule.id:<{width}}  {rule.severity:<8}  {level:<9}  {rule.title}\n")
    return CLEAN


def list_frameworks(options: argparse.Namespace) -> int:
    """Print the controls of frameworks with the rules that judge them, and those that no rule judges."""
    from scanners.frameworks import as_json, as_text, coverage  # noqa: PLC0415  (late: reads the lists of controls)

    for name in options.frameworks:
        if name not in FRAMEWORKS:
            raise Usage(f"there is no framework {name!r}; {nearest(name, FRAMEWORKS)}".rstrip("; "))
    rules = _configured(options).rules.values()
    found = [coverage(FRAMEWORKS[name], rules) for name in options.frameworks or FRAMEWORKS]
    sys.stdout.write(as_json(found) if options.format == "json" else as_text(found))
    return CLEAN


def explain_rule(options: argparse.Namespace) -> int:
    """Print what a rule is about: why it is there, what mends it, its settings and controls."""
    from scanners.explanation import explanation  # noqa: PLC0415  (late: reads settings by pydantic)

    configured = _configured(options)
    rule = configured.rules.get(options.rule)
    if rule is None:
        raise Usage(f"there is no rule {options.rule!r}; {nearest(options.rule, configured.rules)}".rstrip("; "))
    sys.stdout.write(explanation(rule, configured.rules))
    return CLEAN


def write_checkov_checks(options: argparse.Namespace) -> int:
    """Write our rules as checks of Checkov, and say how to run them."""
    from scanners.checkov_checks import DirectoryError, write  # noqa: PLC0415  (late: no other command needs it)

    configured = _configured(options)
    try:
        written = write(options.directory, configured, _chosen(configured, options.rules).settings)
    except DirectoryError as error:
        raise Usage(str(error)) from None
    if written.left_out:
        _tell(f"Terraform has nothing that these rules look at: {', '.join(written.left_out)}")
    count = len(written.checks)
    sys.stdout.write(f"{options.directory}: {count} check{'s' if count != 1 else ''}. To run them:\n")
    sys.stdout.write(f"checkov --directory . --external-checks-dir {shlex.quote(str(options.directory))}\n")
    return CLEAN


def ask_iam(options: argparse.Namespace) -> int:
    """Answer a question about who can do what; return the exit code."""
    from scanners import iam  # noqa: PLC0415  (late: the analyser reads all actions of AWS)

    answer = iam.COMMANDS[options.iam_command](options)
    for error in answer.errors:
        _tell(error)
    _readable(options.format)
    sys.stdout.writelines(answer.report)
    return INCOMPLETE if answer.errors else VIOLATIONS if answer.failed else CLEAN


def export_stack(options: argparse.Namespace) -> int:
    """Write a stack as a document of another tool's, and tell what is not in it."""
    from scanners.export import exported  # noqa: PLC0415  (late: no other command needs it)

    try:
        made = exported(options.source, options.to, options.output)
    except SourceError as error:
        _tell(str(error))
        return INCOMPLETE
    if options.output == files.STANDARD_INPUT:
        _readable(options.to)
        sys.stdout.writelines(made.text)
    else:
        _write_whole(Path(options.output), made.text)
    for told in made.told:
        _tell(told)
    return CLEAN if made.complete else INCOMPLETE


def compare_checkov(options: argparse.Namespace) -> int:
    """Compare Checkov and the rules that carry its ids on stacks, or on what a report of Checkov shows."""
    from scanners import compare_checkov as comparing  # noqa: PLC0415  (late: no other command needs it)

    report = comparing.Report(_configured(options))
    checkov: Checkov | None = None
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        for file in _files(options.sources, report.add_error):
            try:
                stacks = files.load(file)
            except SourceError as error:
                report.add_error(file, str(error))
                continue
            for stack in stacks:
                if checkov is None and stack.kind != "checkov":
                    checkov = _ready()
                    report.notes += [f"this version of Checkov has no {check}" for check in checkov.restrict(report.checks)]
                report.add(checkov.asked(stack) if checkov else stack)
    report.notes += checkov.told() if checkov else ()
    found = report.compared()
    for told in (*(f"{error.path}: {error.error}" for error in found.errors), *found.notes):
        _tell(told)
    _readable(options.format)
    sys.stdout.writelines(comparing.write(found, options.format))
    return CLEAN if found.complete else INCOMPLETE


_COMMANDS = {
    "scan": scan,
    "export": export_stack,
    "compare-checkov": compare_checkov,
    "checkov-checks": write_checkov_checks,
    "rules": list_rules,
    "explain": explain_rule,
    "frameworks": list_frameworks,
    "iam": ask_iam,
}


if __name__ == "__main__":
    sys.exit(main())
