"""The results of a scan, written away as they come and read back in order: none of them is kept as an object."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

from scanners.report import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
        self._file = file or io.BytesIO()
        self._pieces: list[tuple[Piece, IO[bytes]]] = []
        self._start = 0
        self._lines = 0

    def add(self, results: Iterable[Result]) -> None:
        """Add results that come after those of the piece so far."""
        for result in results:
            self._file.write(encoded(result) + b"\n")
            self._lines += 1

    def end_piece(self, order: tuple[str, ...]) -> None:
        """End a piece; `order` decides on its place among the others."""
        end = self._file.tell()
        if self._lines:
            self._pieces.append((Piece(order, self._start, end, self._lines), self._file))
        self._start, self._lines = end, 0
        if end > _MOST_IN_MEMORY and isinstance(self._file, io.BytesIO):
            self._spill()

    def _spill(self) -> None:
        """Go on in a file on disk, with what there is."""
        held, self._file = self._file, temporary_file()
        self._file.write(held.getvalue())  # type: ignore[attr-defined]
        self._pieces = [(piece, self._file if file is held else file) for piece, file in self._pieces]

    def pieces(self) -> list[Piece]:
        """Return where the pieces are in the file."""
        self._file.flush()
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
        for piece, file in sorted(self._pieces, key=lambda item: item[0].order):
            place = piece.start
            while place < piece.end:
                file.seek(place)  # each time: others may read in between
                block = file.read(min(piece.end - place, _BLOCK))
                if not block.endswith(b"\n"):
                    block += file.readline()
                place += len(block)
                yield block


def temporary_file() -> IO[bytes]:
    """Return a new file that has no name and is gone when it is closed."""
    from tempfile import TemporaryFile  # noqa: PLC0415  (late: only large scans need one)

    return TemporaryFile(prefix="stackproof-")


def encoded(item: msgspec.Struct) -> bytes:
    """Return a part of the report as JSON, on one line."""
    try:
        return _encode(item)
    except UnicodeEncodeError:  # a name with half of a surrogate pair: JSON can spell it, UTF-8 cannot
        return json.dumps(msgspec.to_builtins(item)).encode()


def _read(line: bytes) -> Result:
    try:
        return _decode(line)
    except msgspec.DecodeError:  # half of a surrogate pair
        return msgspec.convert(json.loads(line), Result)
