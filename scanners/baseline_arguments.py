"""The words of `stackproof baseline`. They are only read for that command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scanners.baseline import FILE_NAME

if TYPE_CHECKING:
    import argparse

_SOURCES = (
    "SOURCE is what `stackproof scan` takes, or a JSON report that it wrote, such as one of `scan --with-checkov -f json`."
)
_CODES = "Exit codes: 0 written, 2 wrong usage, configuration or baseline, 4 a source gave no whole answer: nothing is written."


def add_commands(parser: argparse.ArgumentParser, configured: argparse.ArgumentParser) -> None:
    """Add the words of the command to its parser; `configured` has the words about the configuration."""
    parser.description = (
        "Keep what fails today in a file, so that `stackproof scan --baseline FILE --new-only` lets only what is new block. "
        "An entry holds rule, URN and property path, and no value."
    )
    commands = parser.add_subparsers(title="commands", dest="baseline_command", required=True, metavar="COMMAND")
    create = commands.add_parser(
        "create", help="write what fails into a new baseline", description=_SOURCES, epilog=_CODES, parents=[configured]
    )
    _add_sources(create)
    create.add_argument(
        "-o", "--output", type=Path, default=Path(FILE_NAME), metavar="FILE", help=f"file to write (default: {FILE_NAME})"
    )
    create.add_argument("--force", action="store_true", help="replace FILE, with its entries for other stacks")
    update = commands.add_parser(
        "update",
        help="bring a baseline up to date for some stacks",
        description=(
            "Add what is new, drop what is gone, and give what was renamed its new URN. Entries for other stacks, for rules "
            f"that were not asked, and for what is undecided stay. {_SOURCES}"
        ),
        epilog=_CODES,
        parents=[configured],
    )
    update.add_argument("baseline", type=Path, metavar="FILE", help="the baseline")
    _add_sources(update)
    update.add_argument("--prune-only", action="store_true", help="add nothing")
    show = commands.add_parser("show", help="list the entries of a baseline", epilog="Exit codes: 0 shown, 2 not readable.")
    show.add_argument("baseline", type=Path, nargs="?", default=Path(FILE_NAME), metavar="FILE", help=f"(default: {FILE_NAME})")
    show.add_argument("-f", "--format", choices=("text", "json"), default="text", help="format (default: text)")


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="what fails; repeatable")
    parser.add_argument(
        "--rules", "--rule", action="append", default=[], metavar="NAMES", help="judge only these rule sets and rules"
    )
    parser.add_argument("--view", choices=("inputs", "outputs"), default="inputs", help="as in `stackproof scan`")
