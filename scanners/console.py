"""Standard streams, files and exit codes of the commands."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from scanners.arguments import Usage
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CLEAN, VIOLATIONS, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 4, 130
"""Exit codes. An incomplete run is never clean, whatever else it found."""


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
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")


def write_whole(path: Path, parts: Iterable[str]) -> None:
    """Write a file whole or not at all: beside its place first, then moved there.

    What is no plain file, such as a link or a device, is written to and never replaced.
    """
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(parts)
            return
        temporary = path.with_name(f".stackproof-{os.getpid()}.partial")
        with temporary.open("x", encoding="utf-8") as stream:
            try:
                stream.writelines(parts)
                stream.flush()
                temporary.replace(path)
            except BaseException:
                temporary.unlink()
                raise
    except OSError as error:
        raise Usage(f"{path}: cannot be written: {error.strerror}") from None
