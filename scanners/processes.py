"""Work that is spread over the cores of the machine: processes that begin with everything that is in memory."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_OTHER, _SYSTEM = 1, 3
"""Exit codes of a process that could not do its work: for an error of the system the answer is its number."""


class LostProcess(Exception):  # noqa: N818  (what happened to the work, not a fault of the program)
    """A process ended without an answer; the message says how."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def can_fork() -> bool:
    """Say whether a copy of this process can be made: threads of others would not be copied with it."""
    threading = sys.modules.get("threading")
    return hasattr(os, "fork") and (threading is None or threading.active_count() == 1)


def numbers(count: int) -> Iterator[int]:
    """Return the numbers below `count`, at most 256, in order; of several processes that go on with it each gets others."""
    read, write = os.pipe()
    os.write(write, bytes(range(count)))
    os.close(write)
    return _taken(read)


def _taken(pipe: int) -> Iterator[int]:
    with os.fdopen(pipe, "rb", buffering=0) as stream:
        while number := stream.read(1):
            yield number[0]


def spread(work: Callable[[int], bytes], count: int) -> list[bytes]:
    """Return what `work` gives for each number below `count`: 0 in this process, each of the others in one of its own.

    Raises `LostProcess` when one of them ended without an answer, and what `work` raises; none is left running then. An
    `OSError` of another process is raised here again.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()  # else each process would write what is still held
    gc.freeze()  # a collection would write to every page that the processes share
    others: list[_Process] = []
    try:
        others.extend(_started(work, number) for number in range(1, count))
        return [work(0), *(process.answer() for process in others)]
    finally:
        for process in others:
            process.end()


class _Process:
    """Another process, and the pipe that its answer comes from."""

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid = pid
        self.pipe = os.fdopen(pipe, "rb")
        self.running = True

    def answer(self) -> bytes:
        answer = self.pipe.read()
        code = self._wait()
        if code == _SYSTEM:
            number = int(answer)
            raise OSError(number, os.strerror(number))
        if code:
            raise LostProcess(f"ended by signal {-code}" if code < 0 else f"ended with code {code}")
        return answer

    def _wait(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        self.running = False
        return os.waitstatus_to_exitcode(status)

    def end(self) -> None:
        self.pipe.close()
        if self.running:
            os.kill(self.pid, signal.SIGKILL)
            self._wait()


def _started(work: Callable[[int], bytes], number: int) -> _Process:
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return _Process(pid, read)
    code = _OTHER
    try:
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            try:
                pipe.write(work(number))
                code = 0
            except OSError as error:
                pipe.write(str(error.errno or 0).encode())
                code = _SYSTEM
    except KeyboardInterrupt:
        pass  # the first process tells
    except BaseException:  # noqa: BLE001  (nothing may go on from here in two processes)
        traceback.print_exc()
    finally:
        if sys.stderr:
            sys.stderr.flush()
        os._exit(code)
