"""The commands of `stackproof iam`: each takes its options and returns what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable


class Answer(NamedTuple):
    """A report in parts, what could not be read, and whether it is a failure by the options."""

    report: Iterable[str]
    errors: tuple[str, ...]
    failed: bool = False


def diff(options: argparse.Namespace) -> Answer:
    """Compare two states; raises `Usage`."""
    from scanners import iam_diff  # noqa: PLC0415  (late: the commands need little of each other)

    report = iam_diff.Report(options)
    return Answer(report.write(options.format), report.errors, report.failed)


def who_can(options: argparse.Namespace) -> Answer:
    """Say who is allowed an action; raises `Usage`."""
    from scanners import iam_who_can  # noqa: PLC0415  (late)

    report = iam_who_can.Report(options)
    return Answer(report.write(options.format), report.errors)


def can(options: argparse.Namespace) -> Answer:
    """Say what a principal is allowed; raises `Usage`."""
    from scanners import iam_can  # noqa: PLC0415  (late)

    report = iam_can.Report(options)
    return Answer(report.write(options.format), report.errors)


COMMANDS = {"diff": diff, "who-can": who_can, "can": can}
