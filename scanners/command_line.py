"""The commands. This module owns files, streams and exit codes, and nothing else."""

from __future__ import annotations

import argparse
import io
import os
import sys
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from policies import __version__, configuration
from policies.configuration import Configuration, ConfigurationError
from policies.exemptions import wildcard
from policies.rule import Level, Severity
from policies.settings import ActiveRule, Settings, nearest
from scanners import writers
from scanners.scan import OUTCOMES, Scan
from scanners.sources import files
from scanners.sources.source import SourceError
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scanners.report import Report

CLEAN, VIOLATIONS, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 4, 130
"""Exit codes. An incomplete run is never clean, whatever else it found."""

_BLOCKING = {Level.ADVISORY: 0, Level.MANDATORY: 1, Level.REMEDIATE: 1}
_FAIL_ON = ("never", "advisory", "mandatory", *(severity.value for severity in Severity))
_EXIT_CODES = "Exit codes: 0 clean, 1 violations at or above --fail-on, 2 wrong usage or configuration, 4 incomplete."
_SOURCES = (
    "SOURCE is a file that `pulumi stack export` or `checkov -o json` wrote, a checkpoint of a file backend, a directory, "
    "a glob, or - for standard input; files may be packed with gzip."
)


class Usage(Exception):  # noqa: N818  (what the user typed, not a fault of the program)
    """Something in the words of the command, or in the configuration, that cannot be used."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; `arguments` are the words after the program's name. Returns the exit code."""
    if sys.stdout is None:
        _tell("standard output is closed")
        return INCOMPLETE
    options = _parser().parse_args(arguments)
    try:
        code = int(options.run(options))
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


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:  # noqa: ANN401  (argparse's own)
        """Take options by their whole names only, those of the commands too."""
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong in one line, as everything else is told."""
        _tell(f"{message}; see {self.prog} --help")
        raise SystemExit(USAGE)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="stackproof", description="Judge Pulumi stacks on AWS: tagging, IAM and encryption.")
    parser.add_argument("--version", action="version", version=f"stackproof {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    configured = _Parser(add_help=False)
    configured.add_argument(
        "--config", type=Path, metavar="FILE", help=f"configuration; else the nearest {configuration.FILE_NAME} here or above"
    )
    _add_scan(commands.add_parser(
        "scan",
        help="judge exported stacks and Checkov reports",
        description=f"Judge exported stacks and Checkov reports. {_SOURCES}",
        epilog=_EXIT_CODES,
        parents=[configured],
    ))  # fmt: skip
    rules = commands.add_parser("rules", help="list the rules: id, severity, level and title", parents=[configured])
    rules.set_defaults(run=list_rules)
    explain = commands.add_parser("explain", help="explain one rule", parents=[configured])
    explain.add_argument("rule", metavar="RULE", help="id of a rule, as `stackproof rules` lists it")
    explain.set_defaults(run=explain_rule)
    return parser


def _add_scan(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("sources", nargs="+", metavar="SOURCE", help="what to judge; repeatable")
    add("-f", "--format", choices=tuple(writers.WRITERS), default="text", help="format on standard output (default: text)")
    add(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FORMAT=PATH",
        help=f"also write a report to a file, as {', '.join(writers.WRITERS)}; repeatable",
    )
    add(
        "--fail-on",
        choices=_FAIL_ON,
        default="mandatory",
        help="lowest level or severity of a violation that makes the exit code 1 (default: mandatory)",
    )
    add("--rule", action="append", default=[], metavar="RULE", help="judge only this rule; * for any characters; repeatable")
    shown = ("failed", "undecided", "exempt", "broken")
    add(
        "--show",
        type=_outcomes,
        default=frozenset(shown),
        metavar="OUTCOMES",
        help=f"outcomes to list, of {','.join(OUTCOMES)} (default: {','.join(shown)}); an empty text lists the counts only",
    )
    add(
        "--view",
        choices=("inputs", "outputs"),
        default="inputs",
        help="judge what the program asked for, or what the provider recorded (default: inputs)",
    )
    parser.set_defaults(run=scan)


def _configured(options: argparse.Namespace) -> Configuration:
    if options.config:
        return configuration.load(options.config)
    try:
        nearest_one = configuration.find(Path.cwd())
    except OSError as error:  # the directory is gone, or one above may not be read
        raise Usage(f"no configuration can be looked for from here: {error.strerror}; name one by --config") from None
    return configuration.load(nearest_one)


def _outcomes(text: str) -> frozenset[str]:
    """Return the outcomes in a comma-separated list."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    for name in sorted(names - set(OUTCOMES)):
        raise argparse.ArgumentTypeError(f"there is no outcome {name!r}; {nearest(name, OUTCOMES)}")
    return names


def scan(options: argparse.Namespace) -> int:
    """Judge every source that can be read, write the reports, and decide on the exit code."""
    configured = _configured(options)
    settings = _chosen(configured, options.rule)
    today = date.today()  # noqa: DTZ011  (the day where the user is)
    judged = Scan(settings, configured.exemptions, today, options.show)
    found = _files(options.sources, judged)
    targets = _targets(options.output, found)
    with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the report
        report = _judge(found, judged, options.view)
    for path, format_ in targets.items():
        _write_whole(path, writers.write(report, format_))
    _print(report, options.format)
    return _exit_code(report, options.fail_on)


def _files(sources: Iterable[str], judged: Scan) -> list[str]:
    """Return the files that the sources name, in order; one that is named twice, or by a link, is judged once."""
    found: list[str] = []
    for argument in sources:
        try:
            found.extend(files.locate(argument))
        except SourceError as error:
            judged.add_error(argument, str(error))
    once: dict[str, str] = {}
    for file in sorted(found):
        once.setdefault(os.path.realpath(file), file)
    return list(once.values())


def _judge(found: Iterable[str], judged: Scan, view: str) -> Report:
    for file in found:
        try:
            stacks = files.load(file, view=view)
        except SourceError as error:
            judged.add_error(file, str(error))
            continue
        for stack in stacks:
            judged.add(stack)
    report = judged.report()
    for source in report.sources:
        if source.error:
            _tell(f"{source.path}: {source.error}")
    return report


def _chosen(configured: Configuration, wanted: Sequence[str]) -> Settings:
    """Return the active rules that --rule asks for, or all."""
    if not wanted:
        return configured.settings
    chosen: dict[str, ActiveRule] = {}
    for name in wanted:
        matching = {id_ for id_ in configured.rules if wildcard(name).fullmatch(id_)}
        if not matching:
            raise Usage(f"--rule: there is no rule {name!r}; {nearest(name, configured.rules)}".rstrip("; "))
        active = {item.rule.id: item for item in configured.settings.active if item.rule.id in matching}
        if not active:
            raise Usage(f"--rule: {name!r} is disabled by {configured.path}")
        chosen |= active
    return Settings(tuple(chosen.values()))


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


def _write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: beside its place first, then moved there.

    What is no plain file, such as a link or a device, is written to and never replaced.
    """
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.write_text(text, encoding="utf-8")
            return
        temporary = path.with_name(f".stackproof-{os.getpid()}.partial")
        with temporary.open("x", encoding="utf-8") as stream:
            try:
                stream.write(text)
                stream.flush()
                temporary.replace(path)
            except BaseException:
                temporary.unlink()
                raise
    except OSError as error:
        raise Usage(f"{path}: cannot be written: {error.strerror}") from None


def _print(report: Report, format_: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):  # whatever the locale: reports for machines are UTF-8, for people readable
        if format_ == "text":
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")
    if format_ == "text" and sys.stdout.isatty():
        from scanners.writers.text import show  # noqa: PLC0415  (late: only a terminal needs colour)

        show(report)
    else:
        sys.stdout.write(writers.write(report, format_))
    sys.stdout.flush()


def _exit_code(report: Report, fail_on: str) -> int:
    summary = report.summary
    if not summary.complete:
        return INCOMPLETE
    if fail_on == "never":
        return CLEAN
    if fail_on in ("advisory", "mandatory"):
        lowest = _BLOCKING[Level(fail_on)]
        failed = any(_BLOCKING[Level(level)] >= lowest for level in summary.failed_by_level)
    else:
        lowest = Severity(fail_on).rank
        failed = any(count and Severity(name).rank >= lowest for name, count in summary.failed_by_severity.items())
    return VIOLATIONS if failed else CLEAN


def list_rules(options: argparse.Namespace) -> int:
    """Print a line for each rule: id, severity, level and title."""
    configured = _configured(options)
    levels = {item.rule.id: item.level for item in configured.settings.active}
    width = max(map(len, configured.rules))
    for rule in configured.rules.values():
        level = levels.get(rule.id, Level.DISABLED)
        sys.stdout.write(f"{rule.id:<{width}}  {rule.severity:<8}  {level:<9}  {rule.title}\n")
    return CLEAN


def explain_rule(options: argparse.Namespace) -> int:
    """Print what a rule is about: why it is there, what mends it, its settings and controls."""
    from scanners.explanation import explanation  # noqa: PLC0415  (late: reads settings by pydantic)

    configured = _configured(options)
    rule = configured.rules.get(options.rule)
    if rule is None:
        raise Usage(f"there is no rule {options.rule!r}; {nearest(options.rule, configured.rules)}".rstrip("; "))
    sys.stdout.write(explanation(rule))
    return CLEAN


if __name__ == "__main__":
    sys.exit(main())
