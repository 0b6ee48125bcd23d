"""Standard streams, files and exit codes of the commands."""

from __future__ import annotations

import io
import os
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from scanners import gate
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CLEAN, VIOLATIONS, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 4, 130
"""Exit codes. An incomplete run is never clean, whatever else it found."""

EXIT_CODES = {gate.PASSED: CLEAN, gate.FAILED: VIOLATIONS, gate.INCOMPLETE: INCOMPLETE}
"""The exit code for each verdict of the gate."""


_ERRORS = "backslashreplace"
"""Half of a surrogate pair is spelled out: JSON reads it as what it is, and no writer fails for a name."""


def tell(message: str) -> None:
    """Write a message to standard error, on one line."""
    if sys.stderr is None:  # closed: the exit code still tells
        return
    try:
        sys.stderr.write(f"stackproof: {printable(message)}\n")
        sys.stderr.flush()
    except OSError:  # full: nothing is tried again at exit, where it would change the exit code
        sys.stderr = None


def readable(format_: str) -> None:
    """Prepare standard output, whatever the locale: reports for machines are UTF-8, for people readable."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if format_ == "text":
            sys.stdout.reconfigure(errors=_ERRORS)
        else:
            sys.stdout.reconfigure(encoding="utf-8", errors=_ERRORS)


def write_whole(path: Path, parts: Iterable[str]) -> None:
    """Write a file whole or not at all: beside its place first, then moved there. Raises `OSError` with the path.

    A file that was there stays as it is until the new one is on the disk, and gives it its mode; a link stays a link. What
    is no plain file, such as a device, is written to. A signal that ends the program leaves nothing behind.
    """
    place = Path(os.path.realpath(path))
    try:
        if place.exists() and not place.is_file():
            _fill(place.open("w", encoding="utf-8", errors=_ERRORS), parts)
            return
        # the name is nobody else's, even where another run has the same process id in a container of its own
        partial = place.with_name(f".stackproof-{os.urandom(8).hex()}.partial")
        with _ended_by_exception():
            try:
                _fill(open(partial, "x", encoding="utf-8", errors=_ERRORS, opener=_opener(place)), parts)  # noqa: SIM115
                partial.replace(place)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    except OSError as error:
        error.filename = path
        raise


def _fill(stream: TextIO, parts: Iterable[str]) -> None:
    with stream:
        stream.writelines(parts)
        stream.flush()
        if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            os.fsync(stream.fileno())  # some file systems only say here that the disk is full


def _opener(place: Path) -> Callable[[str, int], int]:
    """Return what opens a new file with the mode of the one that it is to replace; else as the umask says."""
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else None

    def opened(name: str, flags: int) -> int:
        descriptor = os.open(name, flags, 0o666 if mode is None else 0o600)
        if mode is not None:
            os.fchmod(descriptor, mode)
        return descriptor

    return opened


@contextmanager
def _ended_by_exception() -> Iterator[None]:
    """Let signals that would end the program on the spot raise `SystemExit` instead. For the main thread."""
    import signal  # noqa: PLC0415  (late: only files need it)

    ending = (number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL)
    before = {number: signal.signal(number, _end) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)
