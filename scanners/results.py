"""The results of a scan, written away as they come and read back in order: none of them is kept as an object."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from typing import IO, TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from scanners.report import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_T = TypeVar("_T")

_MOST_IN_MEMORY = 16 * 1024 * 1024
_BLOCK = 1024 * 1024

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Result).decode


class Piece(NamedTuple):
    """Results that follow each other in a file: what decides on their place among the others, where they are, how many."""

    order: tuple[str, ...]
    start: int
    end: int
    lines: int


class Results(Collection[Result]):
    """Results in pieces: sorted within a piece, the pieces sorted by their `order`.

    They are kept as lines of JSON, in memory while they are few, else in a file that nobody else sees.
    """

    def __init__(self, file: IO[bytes] | None = None) -> None:
        """Begin without results; `file` is where to write them, if that matters."""
        self._file = file
        self._written = 0  # bytes in the file
        self._held = bytearray()  # what comes after them
        self._pieces: list[tuple[Piece, IO[bytes] | None]] = []
        self._start = self._lines = 0  # of the piece that is not ended

    def add(self, results: list[Result]) -> None:
        """Add results that come after those of the piece so far. Raises `OSError` where they cannot be written."""
        for result in results:
            self._held += encoded(result)
            self._held += b"\n"
        self._lines += len(results)
        if len(self._held) > (_BLOCK if self._file else _MOST_IN_MEMORY):
            self.flush()

    def flush(self) -> None:
        """Write what is held to the file. Raises `OSError`; what was held still is then."""
        if self._file is None:
            self._file = temporary_file()
        self._file.seek(self._written)
        left = memoryview(bytes(self._held))
        while left:
            left = left[self._file.write(left) :]
        self._written += len(self._held)
        self._held = bytearray()

    def end_piece(self, order: tuple[str, ...]) -> None:
        """End a piece; `order` decides on its place among the others."""
        end = self._written + len(self._held)
        if self._lines:
            self._pieces.append((Piece(order, self._start, end, self._lines), None))
        self._start, self._lines = end, 0

    def drop_piece(self) -> None:
        """Forget the piece that is not ended."""
        del self._held[max(self._start - self._written, 0) :]
        self._written = min(self._written, self._start)
        self._lines = 0

    def pieces(self) -> list[Piece]:
        """Return where the pieces are in the file."""
        return [piece for piece, _ in self._pieces]

    def add_pieces(self, pieces: Iterable[Piece], file: IO[bytes]) -> None:
        """Add pieces that another process has written to a file."""
        self._pieces.extend((piece, file) for piece in pieces)

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(piece.lines for piece, _ in self._pieces)

    def __iter__(self) -> Iterator[Result]:
        """Yield them in order."""
        for block in self.blocks():
            for line in block.splitlines():
                yield _read(line)

    def __contains__(self, result: object) -> bool:
        """Say whether a result is among them."""
        return any(found == result for found in self)

    def blocks(self) -> Iterator[bytes]:
        """Yield whole lines in order, each a result as JSON, about a megabyte at a time."""
        if self._file:
            self.flush()
        for piece, other in sorted(self._pieces, key=lambda item: item[0].order):
            file = other or self._file or io.BytesIO(self._held)
            place, size = piece.start, _BLOCK
            while place < piece.end:
                file.seek(place)  # each time: others may read in between
                block = file.read(min(piece.end - place, size))
                if whole := block.rfind(b"\n") + 1:
                    place, size = place + whole, _BLOCK
                    yield block[:whole]
                else:
                    size *= 2  # a line that is longer


def temporary_file() -> IO[bytes]:
    """Return a new file that has no name and is gone when it is closed."""
    from tempfile import TemporaryFile  # noqa: PLC0415  (late: only large scans need one)

    return TemporaryFile(prefix="stackproof-", buffering=0)


def encoded(item: msgspec.Struct) -> bytes:
    """Return a part of the report as JSON, on one line."""
    try:
        return _encode(item)
    except UnicodeEncodeError:  # a name with half of a surrogate pair: JSON can spell it, UTF-8 cannot
        return json.dumps(msgspec.to_builtins(item)).encode()


def decoded(data: bytes | msgspec.Raw, type_: type[_T]) -> _T:
    """Return a part of the report that stands as JSON. Raises `msgspec.ValidationError` and `ValueError`."""
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:  # half of a surrogate pair
        return msgspec.convert(json.loads(bytes(data)), type_)


def _read(line: bytes) -> Result:
    try:
        return _decode(line)
    except msgspec.DecodeError:
        return decoded(line, Result)
