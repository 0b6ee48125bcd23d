"""The words of `stackproof iam`. They are only read for that command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

SOURCES = (
    "STATE is a file that `pulumi stack export` or `pulumi preview --json --show-sames` wrote, a checkpoint, a directory, "
    "a glob, or - for standard input; files may be packed with gzip."
)
_CODES = "Exit codes: 0 answered, 2 wrong usage, 4 an input could not be read whole."
_DIFF_CODES = "Exit codes: 0 nothing new, 1 new access as --fail-on says, 2 wrong usage, 4 an input could not be read whole."


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the commands of `stackproof iam` to its parser; the one that is chosen stands in `iam_command`."""
    commands = parser.add_subparsers(title="commands", dest="iam_command", required=True, metavar="COMMAND")
    diff = commands.add_parser(
        "diff",
        help="what access one state or preview gives that another does not",
        description=f"Say what NEW allows that OLD does not: principals, trust policies, resource policies. {SOURCES}",
        epilog=_DIFF_CODES,
    )
    diff.add_argument("old", metavar="OLD", help="the state before")
    diff.add_argument("new", metavar="NEW", help="the state after, or a preview")
    diff.add_argument(
        "--fail-on",
        choices=("never", "new", "possible"),
        default="new",
        help="what makes the exit code 1: access that is new for certain, or that may be new as well (default: new)",
    )
    who = commands.add_parser(
        "who-can",
        help="who is allowed an action on a resource",
        description=f"Say who is allowed ACTION on RESOURCE, by which statement and under which conditions. {SOURCES}",
        epilog=_CODES,
    )
    who.add_argument("action", metavar="ACTION", help="an action such as s3:GetObject, or a pattern such as s3:Get*")
    who.add_argument(
        "words",
        nargs="+",
        metavar="[RESOURCE] STATE",
        help="an ARN, a pattern of ARNs or * (default: any resource that the action is for); then states",
    )
    who.add_argument("--all", action="store_true", help="list those who are not allowed it, too")
    can = commands.add_parser(
        "can",
        help="what a principal is allowed",
        description=f"Say all that a principal is allowed, what limits it, and whether it can become administrator. {SOURCES}",
        epilog=_CODES,
    )
    can.add_argument(
        "principal", metavar="PRINCIPAL", help="name, ARN or URN of a role, user, group or permission set; * for any"
    )
    can.add_argument("states", nargs="+", metavar="STATE", help="states; repeatable")
    for command in (diff, who, can):
        command.add_argument("-f", "--format", choices=("text", "json"), default="text", help="format (default: text)")
