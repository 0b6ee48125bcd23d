"""Speed as ratios, each against something measured in the same run.

    python -m tests.benchmarks.measure [--quick] [--rounds N]

Prints a line per row and ends with exit code 1 where one is over its limit.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import analysing, previewing, scanning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.limits import Measured


def measured(directory: Path, rounds: int, *, quick: bool) -> Iterator[Measured]:
    yield from scanning.start(directory, rounds)
    yield from analysing.measured(rounds)
    yield from scanning.absent_rules(directory, rounds)
    yield from previewing.measured(directory, 3 * rounds)
    if not quick:
        yield from scanning.with_checkov(directory, rounds)
        yield from scanning.large(directory, rounds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.measure", description="Measure how fast stackproof is.")
    parser.add_argument("--quick", action="store_true", help="leave out the rows of the largest export")
    parser.add_argument(
        "--rounds",
        type=int,
        default=3,
        help="runs of the largest export, of which the fastest counts; others run more often (default: 3)",
    )
    given = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed tool has its bytecode
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)  # no configuration lies here
        for item in measured(Path(directory), given.rounds, quick=given.quick):
            print(item, flush=True)  # noqa: T201  (the output of the benchmark)
            failed |= not item.holds
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
