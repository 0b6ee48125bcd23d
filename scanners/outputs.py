"""Where reports go: files and standard output, and what formats need to know before anything is judged."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from policies.settings import nearest
from scanners import writers
from scanners.arguments import Usage
from scanners.console import readable, tell, write_whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from scanners.report import Report

_ACCOUNT, _REGION = r"[0-9]{12}", r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}"
_SECURITY_HUB = "asff"
"""The format that names the AWS account and region which it is for."""


def targets(outputs: Iterable[str], sources: Iterable[str]) -> dict[Path, str]:
    """Return the format of each file to write; none may be a source, or be written twice. Raises `Usage`."""
    found: dict[Path, str] = {}
    taken = {os.path.realpath(source): "a source" for source in sources}
    for output in outputs:
        format_, separator, path = output.partition("=")
        if not separator or not path:
            raise Usage(f"--output: {output!r} is not FORMAT=PATH")
        if format_ not in writers.WRITERS:
            raise Usage(f"--output: there is no format {format_!r}; {nearest(format_, writers.WRITERS)}")
        place = os.path.realpath(path)
        if place in taken:
            raise Usage(f"--output: {path} is {taken[place]} already")
        in_directory(path)
        taken[place] = "an output"
        found[Path(path)] = format_
    return found


def in_directory(path: str) -> None:
    """Raise `Usage` where a file to write is a directory, or is in none: better before the work than after it."""
    place = Path(os.path.realpath(path))
    if place.is_dir() or not place.parent.is_dir():
        raise Usage(f"--output: {path}: cannot be written: {'a directory' if place.is_dir() else 'its directory is not there'}")


def security_hub(
    options: argparse.Namespace, formats: Iterable[str], environment: Mapping[str, str], known: tuple[str, str] = ("", "")
) -> tuple[str, str]:
    """Return the AWS account and region that findings are for: as options name them, as known, or as the environment says.

    The environment is only asked where a format needs them. Raises `Usage` for what is none, or where nobody names them.
    """
    account, region = options.aws_account or known[0], options.aws_region or known[1]
    needed = _SECURITY_HUB in formats
    if needed:
        account = account or environment.get("AWS_ACCOUNT_ID", "")
        region = region or environment.get("AWS_REGION", "") or environment.get("AWS_DEFAULT_REGION", "")
    if (needed or account) and not re.fullmatch(_ACCOUNT, account):
        raise Usage(f"{_SECURITY_HUB}: {account or 'no'} AWS account; --aws-account or AWS_ACCOUNT_ID gives its 12 digits")
    if (needed or region) and not re.fullmatch(_REGION, region):
        raise Usage(f"{_SECURITY_HUB}: {region or 'no'} AWS region; --aws-region or AWS_REGION gives one, such as eu-west-1")
    return account, region


def write(report: Report, files: Mapping[Path, str], format_: str) -> bool:
    """Write a report to files and to standard output; return whether every file could be written.

    What went wrong with one is told, and the others are written all the same. Raises `OSError` for standard output.
    """
    written = True
    for path, file_format in files.items():
        try:
            write_whole(path, writers.write(report, file_format))
        except OSError as error:
            tell(f"{path}: cannot be written: {error.strerror}")
            written = False
        except Exception as error:  # noqa: BLE001  (a fault of one format: the others are worth having)
            tell(f"{path}: cannot be written: {_fault(file_format, error)}")
            written = False
    try:
        _print(report, format_)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001
        tell(f"standard output ends early: {_fault(format_, error)}")
        written = False
    return written


def _print(report: Report, format_: str) -> None:
    readable(format_)
    if format_ == "text" and sys.stdout.isatty():
        from scanners.writers.text import show  # noqa: PLC0415  (late: only a terminal needs colour)

        show(report)
    else:
        sys.stdout.writelines(writers.write(report, format_))
    sys.stdout.flush()


def _fault(format_: str, error: Exception) -> str:
    """Return what went wrong in a writer, and where: enough for whoever is told of it."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    code, line = (trace.tb_frame.f_code, trace.tb_lineno) if trace else (None, 0)
    place = f" ({Path(code.co_filename).name}:{line})" if code else ""
    return f"the {format_} format broke: {type(error).__name__}: {error}{place}; please report it"
