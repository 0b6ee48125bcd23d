"""Time and memory of commands, each in processes of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PROC = Path("/proc")
_SAMPLE = 0.02  # seconds


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def on_one_core() -> Iterator[None]:
    """Let what is started here see and use one core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def run(*command: str | Path, output: Path | None = None) -> float:
    """Return the seconds that a command takes; what it prints goes to a file, or nowhere."""
    with (output or Path(os.devnull)).open("wb") as stream:
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=stream)
        return time.perf_counter() - start


def fastest(rounds: int, *works: Callable[[], float]) -> list[float]:
    """Return the least seconds of each of some works, which take turns: what disturbs one disturbs the others."""
    turns = [[work() for work in works] for _ in range(rounds)]
    return [min(times) for times in zip(*turns, strict=True)]


_READ = """
import sys, time, orjson
data = open(sys.argv[1], "rb").read()
start = time.perf_counter()
orjson.loads(data)
print(time.perf_counter() - start)
"""


def reading(file: Path) -> float:
    """Return the seconds of `orjson.loads` of a file that is in memory already."""
    command: Sequence[str | Path] = (sys.executable, "-c", _READ, file)
    return float(subprocess.run(command, check=True, capture_output=True).stdout)


def peak_memory(*command: str | Path, output: Path) -> float:
    """Return the largest memory of a command with all its processes, in megabytes.

    The sum of the proportional set sizes: what processes share counts once. Taken every 20 ms, so the run is slower.
    """
    largest = 0
    with output.open("wb") as stream, subprocess.Popen(command, stdout=stream) as process:
        while process.poll() is None:
            together = [
                *_tree(process.pid)
            ]  # first: a process that starts while others are read would count what they had alone
            largest = max(largest, sum(map(_proportional_set, together)))
            time.sleep(_SAMPLE)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return largest / 1000


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in (PROC / str(pid) / "task").glob("*/children"):
        with contextlib.suppress(OSError):  # the process has just ended
            for child in task.read_text().split():
                yield from _tree(int(child))


def _proportional_set(pid: int) -> int:
    """Return the proportional set size of a process in kB; 0 where it has just ended."""
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
