"""The words of the commands: what `stackproof` takes on its command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from policies import __version__, configuration
from policies.controls import FRAMEWORKS
from policies.settings import nearest
from scanners import writers
from scanners.gate import FAIL_ON
from scanners.repository import source_url
from scanners.scan import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXIT_CODES = "Exit codes: 0 clean, 1 violations at or above --fail-on, 2 wrong usage or configuration, 4 incomplete."
_MOST_JOBS = 1024
_SOURCES = (
    "SOURCE is a file that `pulumi stack export`, `pulumi preview --json --show-sames` or `checkov -o json` wrote "
    "(also its sarif, junitxml and gitlab_sast), "
    "a checkpoint of a file backend, a directory, a glob, or - for standard input; files may be packed with gzip."
)


class Usage(Exception):  # noqa: N818  (what the user typed, not a fault of the program)
    """Something in the words of the command, or in the configuration, that cannot be used."""


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:  # noqa: ANN401  (argparse's own)
        """Take options by their whole names only, those of the commands too."""
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise `Usage`: what is wrong is told in one line, as everything else is."""
        raise Usage(f"{message}; see {self.prog} --help")


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of a command line, with the command's name as `command`; raise `Usage`."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    return _parser(words).parse_args(words)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="stackproof", description="Judge Pulumi stacks on AWS: tagging, IAM and encryption.")
    parser.add_argument("--version", action="version", version=f"stackproof {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    configured = _Parser(add_help=False)
    configured.add_argument(
        "--config", type=Path, metavar="FILE", help=f"configuration; else the nearest {configuration.FILE_NAME} here or above"
    )
    _add_scan(commands.add_parser(
        "scan",
        help="judge exported stacks, previews and Checkov reports",
        description=f"Judge exported stacks, previews and Checkov reports. {_SOURCES}",
        epilog=_EXIT_CODES,
        parents=[configured],
    ))  # fmt: skip
    rules = commands.add_parser("rules", help="list the rules: id, severity, level and title", parents=[configured])
    _add_rules(rules, "list")
    frameworks = commands.add_parser(
        "frameworks", help="list the controls of compliance frameworks with the rules that judge them", parents=[configured]
    )
    frameworks.add_argument("frameworks", nargs="*", metavar="FRAMEWORK", help=f"of {', '.join(FRAMEWORKS)} (default: all)")
    frameworks.add_argument("-f", "--format", choices=("text", "json"), default="text", help="format (default: text)")
    explain = commands.add_parser("explain", help="explain one rule", parents=[configured])
    explain.add_argument("rule", metavar="RULE", help="id of a rule, as `stackproof rules` lists it")
    report = commands.add_parser("report", help="render a stored report again, in other formats")
    if "report" in words:
        from scanners.report_arguments import add_options as add_report  # noqa: PLC0415  (late: no other command needs it)

        add_report(report)
    export = commands.add_parser("export", help="write a stack as a Terraform plan, which Checkov and Trivy read")
    if "export" in words:
        from scanners.export_arguments import add_options  # noqa: PLC0415  (late: no other command needs it)

        add_options(export)
    comparing = commands.add_parser(
        "compare-checkov", help="where Checkov and the rules agree, and where they do not", parents=[configured]
    )
    if "compare-checkov" in words:
        from scanners.compare_arguments import add_options as add_comparing  # noqa: PLC0415  (late: the same)

        add_comparing(comparing)
    _add_checkov_checks(commands.add_parser(
        "checkov-checks",
        help="write a directory with which Checkov runs these rules",
        description=(
            "Write DIR for `checkov --external-checks-dir DIR`: the rules as checks of Checkov over Terraform, with the "
            "configuration they judge by. Rule modules that it names are copied, and run by Checkov."
        ),
        epilog="Exit codes: 0 written, 2 wrong usage or configuration, or a directory that cannot be written.",
        parents=[configured],
    ))  # fmt: skip
    baseline = commands.add_parser("baseline", help="keep what fails today, so that only what is new blocks")
    if "baseline" in words:
        from scanners.baseline_arguments import add_commands as add_baseline  # noqa: PLC0415  (late: the same)

        add_baseline(baseline, configured)
    exempt = commands.add_parser("exempt", help="add, list, check and remove exemptions")
    if "exempt" in words:
        from scanners.exempt_arguments import add_commands as add_exempt  # noqa: PLC0415  (late: no other command needs it)

        add_exempt(exempt, configured)
    diff = commands.add_parser("diff", help="what a change adds to the violations, and what it mends", parents=[configured])
    if "diff" in words:
        from scanners.diff_arguments import add_options as add_diff  # noqa: PLC0415  (late: the same)

        add_diff(diff)
    iam = commands.add_parser("iam", help="who can do what in stacks, and what a change adds to it")
    if "iam" in words:
        from scanners.iam_arguments import add_commands  # noqa: PLC0415  (late: no other command needs it)

        add_commands(iam)
    return parser


def _add_scan(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("sources", nargs="+", metavar="SOURCE", help="what to judge; repeatable")
    add_outputs(parser)
    add(
        "--fail-on",
        choices=FAIL_ON,
        default="mandatory",
        help="lowest level or severity of a violation that makes the exit code 1 (default: mandatory); what only Checkov "
        "finds has the level that the configuration gives it (checkov: {level: mandatory}; else advisory), and the severity of "
        "a rule that carries its id",
    )
    add("--baseline", type=Path, metavar="FILE", help="say what is new and what `stackproof baseline create` has put into FILE")
    add("--new-only", action="store_true", help="let only what the baseline does not know decide on the exit code")
    _add_rules(parser, "judge")
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
        help="judge what the program asked for, or what the provider recorded, which a preview does not know (default: inputs)",
    )
    add(
        "--project-dir",
        action="append",
        default=[],
        metavar="[PROJECT=]DIR",
        help="directory of the Pulumi project, or of the one with this name, in its repository (default: the root); it is put "
        "before the files in reports; repeatable",
    )
    add(
        "--source-url",
        type=_source_url,
        metavar="TEMPLATE",
        help="address of a line of the program, with {file} and {line} in it (default: as GitHub Actions, GitLab CI or "
        "Bitbucket Pipelines tell it)",
    )
    _add_checkov(parser.add_argument_group("Checkov"))
    add("--jobs", type=_jobs, metavar="N", help="processes that judge a large stack (default: one for each core)")


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add the options that say in which formats a report is written, and where to."""
    add = parser.add_argument
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
        "--aws-account", default="", metavar="ID", help="account of the Security Hub that asff is for (default: AWS_ACCOUNT_ID)"
    )
    add(
        "--aws-region",
        default="",
        metavar="REGION",
        help="its region (default: AWS_REGION, then AWS_DEFAULT_REGION)",
    )


def _add_checkov(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--with-checkov",
        action="store_true",
        help="run Checkov too (extra `checkov`), on the Terraform plan of each stack, and merge what it says; no network",
    )
    for name, what in (("check", "run only these checks"), ("skip-check", "leave these checks out")):
        group.add_argument(
            f"--checkov-{name}",
            action="extend",
            type=_ids,
            default=[],
            metavar="IDS",
            help=f"{what} of Checkov, comma-separated; * for any characters; repeatable",
        )
    group.add_argument(
        "--checkov-external-checks",
        action="append",
        default=[],
        metavar="DIR",
        help="run the checks in this directory too, which is code that runs with your rights; repeatable",
    )


def _add_checkov_checks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, metavar="DIR", help="new or empty, or written by this command before")
    _add_rules(parser, "write")


def _add_rules(parser: argparse.ArgumentParser, verb: str) -> None:
    parser.add_argument(
        "--rules",
        "--rule",
        action="append",
        default=[],
        metavar="NAMES",
        help=f"{verb} only these rule sets and rules, comma-separated; * for any characters; repeatable",
    )


def _ids(text: str) -> list[str]:
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("the id of a check is missing")
    return found


def _source_url(text: str) -> str:
    try:
        return source_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a number from 1 to {_MOST_JOBS}")
    return int(text)


def _outcomes(text: str) -> frozenset[str]:
    """Return the outcomes in a comma-separated list."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    for name in sorted(names - set(OUTCOMES)):
        raise argparse.ArgumentTypeError(f"there is no outcome {name!r}; {nearest(name, OUTCOMES)}")
    return names
