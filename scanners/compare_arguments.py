"""The words of `stackproof compare-checkov`. They are only read for that command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

_SOURCES = (
    "SOURCE is a file that `pulumi stack export`, `pulumi preview --json --show-sames` or Checkov wrote, a checkpoint, a "
    "directory, a glob, or - for standard input; files may be packed with gzip. Checkov (extra `checkov`) is run on the plan "
    "of each stack; in a report of its own it has spoken already."
)
_CODES = "Exit codes: 0 compared, whatever came of it, 2 wrong usage or configuration, 4 incomplete."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.description = (
        "Compare Checkov and all rules that carry its ids, resource by resource; the parameters of rules are those of the "
        f"configuration. {_SOURCES}"
    )
    parser.epilog = _CODES
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="what to compare on; repeatable")
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text", help="format (default: text)")
