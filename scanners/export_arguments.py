"""The words of `stackproof export`. They are only read for that command."""

from __future__ import annotations

import argparse

from policies.settings import nearest
from scanners.exports import EXPORTS

_SOURCE = (
    "SOURCE is a file that `pulumi stack export` or `pulumi preview --json --show-sames` wrote, a checkpoint, or - for "
    "standard input; it may be packed with gzip."
)
_CODES = "Exit codes: 0 written, 2 wrong usage, 4 the source could not be read whole; what could be read is written."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `stackproof export` to its parser."""
    parser.description = f"Write a stack as a document that other tools read; what is not in it is told. {_SOURCE}"
    parser.epilog = _CODES
    parser.add_argument("source", metavar="SOURCE", help="the stack to write")
    parser.add_argument("--to", type=_format, required=True, metavar="FORMAT", help=f"format, of {', '.join(EXPORTS)}")
    parser.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="file to write, whole or not at all (default: -, standard output)"
    )


def _format(name: str) -> str:
    if name not in EXPORTS:
        raise argparse.ArgumentTypeError(f"there is no format {name[:40]!r}; {nearest(name, EXPORTS)}")
    return name
