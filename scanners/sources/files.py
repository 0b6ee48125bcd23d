"""From the words on the command line to stacks: files, directories, globs, standard input; the kind is seen by content."""

from __future__ import annotations

import codecs
import glob
import hashlib
import io
import json
import os
import re
import stat
import sys
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from policies.block import DEEPEST
from scanners.sources import stack_export
from scanners.sources.source import SourceError, SourceStack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STANDARD_INPUT = "-"
LARGEST = 1024**3
"""Bytes of a file, unpacked; a state of this size has some 300,000 resources."""

_SUFFIXES = (".json", ".json.gz")
_NOT_STACKS = frozenset({"history", "backups", "locks"})
_GZIP = b"\x1f\x8b"
_CHUNK = 1024 * 1024
_NEWLINE = b"\n"
_CONTENT = re.compile(rb"[^ \t\r\n\0]")
_TOO_LARGE = f"larger than {LARGEST} bytes"


def locate(argument: str) -> Iterator[str]:
    """Yield the files that an argument names, in a stable order; `-` is standard input.

    A directory stands for the JSON files below it; in a file backend's `.pulumi` only for its stacks.
    Raises `SourceError` where there is nothing, and after the last file where there may be more.
    """
    if argument == STANDARD_INPUT:
        yield argument
        return
    path = Path(argument)
    if path.is_dir():
        yield from _below(path)
        return
    if path.exists() or not glob.has_magic(argument):
        found = [argument]
    else:
        found = sorted(file for file in glob.glob(argument, recursive=True) if Path(file).is_file())  # noqa: PTH207  (absolute patterns)
        if not found:
            raise SourceError("no file matches this pattern")
    yield from found


def locate_all(arguments: Iterable[str], add_error: Callable[[str, str], None]) -> list[str]:
    """Return the files that arguments name, in order; one that is named twice, or by a link, is there once.

    `add_error` takes an argument that names none, and why.
    """
    found: list[str] = []
    for argument in arguments:
        try:
            found.extend(locate(argument))
        except SourceError as error:
            add_error(argument, str(error))
    once: dict[str, str] = {}
    for file in sorted(found):
        once.setdefault(os.path.realpath(file), file)
    return list(once.values())


def _below(directory: Path) -> Iterator[str]:
    problems: list[OSError] = []
    files = (Path(parent, name) for parent, _, names in os.walk(directory, onerror=problems.append) for name in names)
    found = sorted(file for file in files if file.name.endswith(_SUFFIXES) and _may_be_stack(file, directory))
    yield from map(str, found)
    if problems:
        raise SourceError(f"{problems[0].filename} cannot be read: {problems[0].strerror}")
    if not found:
        raise SourceError(f"no file that ends in {' or '.join(_SUFFIXES)} in this directory")


def _may_be_stack(file: Path, root: Path) -> bool:
    """Leave out what a file backend keeps beside its stacks: history, backups, locks."""
    parts = file.relative_to(root.parent).parts if root.name == ".pulumi" else file.relative_to(root).parts
    if ".pulumi" not in parts:
        return file.is_file()
    below = parts[parts.index(".pulumi") + 1 :]
    return bool(below) and below[0] not in _NOT_STACKS and file.is_file()


def load(file: str, *, view: str = "inputs") -> list[SourceStack]:
    """Read the stacks of a file. Raises `SourceError` with the place in the file, and what would be understood."""
    data, sha256 = content(file)
    return stacks_in(file, data, sha256, view=view)


def stacks_in(file: str, data: bytes, sha256: str, *, view: str = "inputs") -> list[SourceStack]:
    """Read the stacks in what `content` returned of a file. Raises `SourceError`."""
    return [stack._replace(sha256=sha256) for stack in _stacks(file, data, view)]


def _stacks(file: str, data: bytes, view: str) -> list[SourceStack]:
    if not _CONTENT.search(data):
        raise SourceError("the file is empty")
    try:
        found = stack_export.read(file, data, view=view)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        from scanners.sources import pulumi_preview  # noqa: PLC0415  (late: states are the common case)

        if not pulumi_preview.is_stream(data):
            return _not_json(file, data)
        found = None
    check_text(data)
    return [found] if found else _other(file, data, view)


def _other(file: str, data: bytes, view: str) -> list[SourceStack]:
    from scanners.sources import checkov_formats, pulumi_preview  # noqa: PLC0415  (late: states are the common case)

    try:
        if preview := pulumi_preview.read(file, data, view=view):
            return [preview]
        document = json.loads(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _not_json(file, data)
    if (reports := checkov_formats.read_json(file, document)) is not None:
        return reports
    if isinstance(document, dict) and "planned_values" in document:
        raise SourceError(
            "a Terraform plan; let Checkov read it, `checkov -f plan.json -o json > report.json`, and scan its report"
        )
    raise SourceError(
        "neither a stack export, a checkpoint, a preview nor a Checkov report; "
        "write one with `pulumi stack export --file stack.json`, `pulumi preview --json` or `checkov -o json`"
    )


def _not_json(file: str, data: bytes) -> list[SourceStack]:
    from scanners.sources import checkov_formats  # noqa: PLC0415  (late: states are the common case)

    reports = checkov_formats.read_text(file, data)
    if reports is None:
        raise SourceError(json_problem(data)) from None
    return reports


def content(file: str) -> tuple[bytes, str]:
    """Return what a file holds, unpacked, and the hash of its bytes as they are; raise `SourceError`."""
    try:
        if file != STANDARD_INPUT:
            with Path(file).open("rb") as stream:
                status = os.fstat(stream.fileno())
                if status.st_size > LARGEST:
                    raise SourceError(_TOO_LARGE)
                data = stream.read() if stat.S_ISREG(status.st_mode) else _read(stream)
        elif sys.stdin is None:
            raise SourceError("standard input is closed")
        else:
            data = _read(sys.stdin.buffer)
        sha256 = hashlib.sha256(data).hexdigest()
        if data.startswith(_GZIP):
            data = _unpack(data)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from None
    except MemoryError:
        raise SourceError("does not fit into memory") from None
    if len(data) > LARGEST:
        raise SourceError(_TOO_LARGE)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError("UTF-16, expected UTF-8: let pulumi write the file, `pulumi stack export --file stack.json`")
    return data.removeprefix(codecs.BOM_UTF8), sha256


def _read(stream: IO[bytes]) -> bytes:
    """Read what has no size to the end, or just past what is allowed, and hold it once."""
    held = io.BytesIO()
    while held.tell() <= LARGEST and (chunk := stream.read(_CHUNK)):
        held.write(chunk)
    return held.getvalue()


def _unpack(data: bytes) -> bytes:
    """Unpack after a first pass that only counts: a small file can stand for more than the memory holds."""
    import gzip  # noqa: PLC0415  (late: few files are packed)

    try:
        with gzip.open(io.BytesIO(data)) as stream:
            size = 0
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > LARGEST:
                    raise SourceError(_TOO_LARGE)
            stream.seek(0)
            return stream.read()
    except EOFError:
        raise SourceError("the gzip file is truncated") from None
    except (zlib.error, gzip.BadGzipFile):
        raise SourceError("not a valid gzip file") from None


def check_text(data: bytes) -> None:
    """Refuse bytes that are not UTF-8, wherever they stand: parts that no rule looks at are never decoded."""
    if data.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _CHUNK):
        try:
            decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        except UnicodeDecodeError:
            raise SourceError(f"not UTF-8 (near line {_line(data, start)})") from None


_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def depth_exceeded_at(data: bytes, limit: int) -> int | None:
    """Return the byte where JSON gets nested deeper than a limit; None where it does not."""
    depth = 0
    for match in _TOKENS.finditer(data):
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
            if depth > limit:
                return match.start()
        elif token in (b"}", b"]"):
            depth -= 1
    return None


_NOT_JSON = re.compile(rb'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')
_HALF_OF_A_PAIR = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)


def json_problem(data: bytes) -> str:
    """Say where JSON is not valid, or what in it cannot be read; the standard library's reader is slow and says it best."""
    try:
        json.loads(data)
    except RecursionError:
        place = depth_exceeded_at(data, DEEPEST) or 0
        return f"nested deeper than {DEEPEST} (line {_line(data, place)})"
    except json.JSONDecodeError as error:
        return f"not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})"
    except UnicodeDecodeError as error:
        return f"not UTF-8 (line {_line(data, error.start)})"
    except ValueError:
        return "not valid JSON: a number of thousands of digits"
    constant = next((found for found in _NOT_JSON.finditer(data) if found[1]), None)
    if constant:
        return f"not valid JSON: {constant[1].decode()} {_place(data, constant.start())}"
    half = _HALF_OF_A_PAIR.search(data)
    return f"not valid JSON: a text holds half of a surrogate pair {_place(data, half.start() if half else 0)}"


def _place(data: bytes, offset: int) -> str:
    return f"(line {_line(data, offset)}, column {offset - data.rfind(_NEWLINE, 0, offset)})"


def _line(data: bytes, offset: int) -> int:
    return data.count(_NEWLINE, 0, offset) + 1
