"""The words of `stackproof exempt`. They are only read for that command."""

from __future__ import annotations

import argparse
import re
from datetime import date
from pathlib import Path

from policies.exemptions import EXPIRING

_SOURCES = (
    "SOURCE is what `stackproof scan` judges: a stack export, a preview's JSON, a report of Checkov, a directory, a glob, or - "
    "for standard input."
)
_LONGEST = 36_500
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def add_commands(parser: argparse.ArgumentParser, configured: argparse.ArgumentParser) -> None:
    """Add the commands of `stackproof exempt` to its parser; the one that is chosen stands in `exempt_command`."""
    commands = parser.add_subparsers(title="commands", dest="exempt_command", required=True, metavar="COMMAND")
    _add_add(commands.add_parser(
        "add",
        help="add an exemption to the configuration",
        description="Add an exemption to the configuration; the rest of the file stays as it is, byte for byte.",
        epilog="Exit codes: 0 added, 2 wrong usage, or an exemption that the configuration cannot take: nothing is changed.",
        parents=[configured],
    ))  # fmt: skip
    listing = commands.add_parser(
        "list",
        help="list the exemptions of the configuration",
        description=f"List the exemptions; with sources, how many results each is about and whether it is stale. {_SOURCES}",
        epilog="Exit codes: 0 listed, 2 wrong usage or configuration, 4 incomplete.",
        parents=[configured],
    )
    listing.add_argument("sources", nargs="*", metavar="SOURCE", help="what to judge; repeatable")
    listing.add_argument(
        "-f",
        "--format",
        choices=("text", "json", "pulumi"),
        default="text",
        help="format (default: text); pulumi writes policy exceptions of Pulumi Cloud, one a line",
    )
    check = commands.add_parser(
        "check",
        help="fail where an exemption has expired, ends soon or is stale",
        description=f"Judge the sources, and tell the exemptions that have expired, end soon or are stale. {_SOURCES}",
        epilog="Exit codes: 0 nothing to tell, 1 something, 2 wrong usage or configuration, 4 incomplete.",
        parents=[configured],
    )
    check.add_argument("sources", nargs="+", metavar="SOURCE", help="what to judge; repeatable")
    check.add_argument(
        "--within", type=_days, default=EXPIRING, metavar="DAYS", help=f"what ends soon (default: within {EXPIRING} days)"
    )
    prune = commands.add_parser(
        "prune",
        help="remove exemptions that have expired or are stale",
        description="Remove from the configuration what has expired, and what nothing in the sources breaks. The rest of the "
        f"file stays as it is, byte for byte. {_SOURCES}",
        epilog="Exit codes: 0 done, 2 wrong usage or configuration, 4 incomplete: nothing is changed.",
        parents=[configured],
    )
    prune.add_argument("sources", nargs="*", metavar="SOURCE", help="what to judge: all stacks that the configuration is for")
    prune.add_argument("--expired-only", action="store_true", help="leave what is stale; needs no source")
    prune.add_argument("--dry-run", action="store_true", help="say what would be removed, and change nothing")


def _add_add(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("rule", nargs="?", metavar="RULE", help="id of a rule, or of a check of Checkov; * stands for any characters")
    add("resource", nargs="?", metavar="RESOURCE", help="URN of the resource; * stands for any characters")
    add("--reason", metavar="TEXT", help="why the rule may be broken there")
    add("--owner", default="", metavar="TEXT", help="who answers for it; required for rules of severity high and critical")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--expires", type=_date, metavar="DATE", help="its last day, YYYY-MM-DD; required as --owner is")
    end.add_argument("--days", type=_days, metavar="N", help="its last day, as the number of days from today")
    add(
        "--from-pulumi",
        type=Path,
        metavar="FILE",
        help="add the policy exceptions of Pulumi Cloud in a JSON file instead, as its REST API gives them",
    )


def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a date; one is written YYYY-MM-DD")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:9]) > _LONGEST:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a number of days from 0 to {_LONGEST}")
    return int(text)
