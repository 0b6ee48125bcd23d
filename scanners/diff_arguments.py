"""The words of `stackproof diff`. They are only read for that command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.gate import FAIL_ON

if TYPE_CHECKING:
    import argparse

_SIDES = (
    "OLD and NEW are what `stackproof scan` takes (a state, a preview, a directory) or a JSON report that it wrote. A resource "
    "stays the same over a rename where one of the sides names an alias, or where type and id are the same. Where each side "
    "has one stack, and they are different ones, stack and project are left out of the comparison."
)
_CODES = "Exit codes: 0 clean, 1 violations at or above --fail-on were added, 2 wrong usage or configuration, 4 incomplete."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `stackproof diff` to its parser."""
    parser.description = (
        f"Compare what fails in two states of stacks: what was added, fixed, or can no longer be told. {_SIDES}"
    )
    parser.epilog = _CODES
    parser.add_argument("old", metavar="OLD", help="the side before; - for standard input")
    parser.add_argument("new", metavar="NEW", help="the side after; - for standard input")
    parser.add_argument(
        "-f", "--format", choices=("text", "markdown", "json"), default="text", help="format on standard output (default: text)"
    )
    parser.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        default="mandatory",
        help="lowest level or severity of an added violation that makes the exit code 1 (default: mandatory)",
    )
    parser.add_argument(
        "--rules", "--rule", action="append", default=[], metavar="NAMES", help="judge only these rule sets and rules"
    )
    parser.add_argument("--view", choices=("inputs", "outputs"), default="inputs", help="as in `stackproof scan`")
