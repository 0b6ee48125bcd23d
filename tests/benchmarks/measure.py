"""Speed as ratios, each against something measured in the same run.

    python -m tests.benchmarks.measure

Prints a table and ends with exit code 1 where a ratio is over its limit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from tests.benchmarks.generate_export import export

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL, LARGE = 50, 10_000


class Measured(NamedTuple):
    """A piece of work, what it is compared with, and how much slower it may be."""

    what: str
    against: str
    seconds: float
    reference: float
    limit: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.reference


def fastest(work: Callable[[], object], rounds: int) -> float:
    """Return the seconds of the fastest of some runs: the least disturbed one."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


AS_INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment of what is measured: an installed tool has its bytecode, so nothing may keep Python from writing it."""


def run(*command: str | Path, cwd: Path | None = None) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=cwd, env=AS_INSTALLED)


def scan(file: Path, *options: str) -> None:
    run(Path(sys.executable).with_name("stackproof"), "scan", file, "--fail-on", "never", *options, cwd=file.parent)


IMPORT = "from time import perf_counter; start = perf_counter(); import policies.catalog; print(perf_counter() - start)"


def import_seconds() -> float:
    """Return the seconds of the fastest of some imports of the catalogue, each in a process of its own."""
    command = [sys.executable, "-c", IMPORT]
    return min(float(subprocess.run(command, check=True, capture_output=True, env=AS_INSTALLED).stdout) for _ in range(10))


def measure(directory: Path) -> list[Measured]:
    files = {count: directory / f"{count}.json" for count in (SMALL, LARGE)}
    for count, file in files.items():
        file.write_text(json.dumps(export(count)))
    data = files[LARGE].read_bytes()
    nothing = fastest(lambda: run(sys.executable, "-c", "pass"), 15)
    reading = fastest(lambda: orjson.loads(data), 7)
    small = fastest(lambda: scan(files[SMALL]), 15)
    large = fastest(lambda: scan(files[LARGE], "--rules", "all"), 5)
    megabytes = len(data) / 1e6
    return [
        Measured(f"scan of {SMALL} resources", "python -c pass", small, nothing, 8),
        Measured(f"scan of {LARGE} resources, {megabytes:.0f} MB, all rules", "orjson.loads of the file", large, reading, 12),
        Measured("import of the catalogue", "150 ms", import_seconds(), 0.150, 1),
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        results = measure(Path(directory))
    for item in results:
        verdict = "ok" if item.ratio < item.limit else "TOO SLOW"
        print(  # noqa: T201  (the output of the benchmark)
            f"{item.what}: {item.seconds * 1000:.0f} ms, {item.ratio:.1f} times {item.against} "
            f"({item.reference * 1000:.0f} ms); limit {item.limit:g}: {verdict}"
        )
    return int(any(item.ratio >= item.limit for item in results))


if __name__ == "__main__":
    raise SystemExit(main())
