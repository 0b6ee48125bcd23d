"""The words of `stackproof report`. They are only read for that command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.arguments import add_outputs

if TYPE_CHECKING:
    import argparse


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `stackproof report`."""
    parser.description = (
        "Render a report that `stackproof scan -f json` wrote, in any format, as that scan would have: nothing is judged, "
        "and no source or configuration is read. What the scan did not list (--show) is not there."
    )
    parser.epilog = "Exit codes: 0 rendered, whatever the report says; 2 wrong usage; 4 not readable or not written whole."
    parser.add_argument("report", metavar="REPORT", help="the report, or - for standard input; it may be packed with gzip")
    add_outputs(parser)
    parser.add_argument(
        "--exit-code", action="store_true", help="exit as the scan did by its gate: 0 passed, 1 failed, 4 incomplete"
    )
