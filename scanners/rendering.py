"""`stackproof report`: a stored report in other formats."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scanners import outputs
from scanners.console import CLEAN, EXIT_CODES, INCOMPLETE, tell
from scanners.sources.source import SourceError
from scanners.stored_report import load

if TYPE_CHECKING:
    import argparse


def render(options: argparse.Namespace) -> int:
    """Write a stored report in the formats that are asked for; return the exit code."""
    targets = outputs.targets(options.output, [options.report])
    try:
        report = load(options.report)
    except SourceError as error:
        tell(f"{options.report}: {error}")
        return INCOMPLETE
    known = (report.run.aws_account, report.run.aws_region)
    hub = outputs.security_hub(options, {options.format, *targets.values()}, os.environ, known)
    report.run.aws_account, report.run.aws_region = hub
    written = outputs.write(report, targets, options.format)
    if not written:
        return INCOMPLETE
    return EXIT_CODES[report.gate.verdict] if options.exit_code else CLEAN
