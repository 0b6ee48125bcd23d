"""The files of this package: a header in plain text, then compressed sections that are read one by one.

The header is lines of a word and its value, up to an empty line. The first line names the format, a line `section NAME
OFFSET LENGTH` a section (both in bytes, counted from the end of the header), and `sha256` the digest of all of them.
"""

from __future__ import annotations

import zlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "stackproof-iam-catalogue 1"
HERE = Path(__file__).parent


class Header(NamedTuple):
    """The facts of a header (its words and values), its sections (offset and length), and where they start."""

    facts: dict[str, str]
    sections: dict[str, tuple[int, int]]
    body: int


class DataFile:
    """One file of the package, by its name."""

    def __init__(self, name: str) -> None:
        """Name the file; nothing is read yet."""
        self.path = HERE / name

    @cached_property
    def header(self) -> Header:
        """Read the header; raise `ValueError` where the file has another format."""
        facts: dict[str, str] = {}
        sections: dict[str, tuple[int, int]] = {}
        with self.path.open("rb") as file:
            if file.readline().decode().rstrip() != FORMAT:
                raise ValueError(f"{self.path.name} is not in the format {FORMAT}")
            while word := (line := file.readline().decode().split())[:1]:
                if word == ["section"]:
                    sections[line[1]] = int(line[2]), int(line[3])
                else:
                    facts[line[0]] = " ".join(line[1:])
            return Header(facts, sections, file.tell())

    def part(self, section: str, offset: int = 0, length: int | None = None) -> bytes:
        """Return the bytes of a section as they are stored, or some of them."""
        start, whole = self.header.sections[section]
        with self.path.open("rb") as file:
            file.seek(self.header.body + start + offset)
            return file.read(whole - offset if length is None else length)

    def read(self, section: str) -> bytes:
        """Return a section, decompressed."""
        return zlib.decompress(self.part(section))


def write(path: Path, facts: Mapping[str, str], sections: Mapping[str, bytes]) -> None:
    """Write a file: facts for its header, and sections as they are to be stored."""
    from hashlib import sha256  # noqa: PLC0415  (late: the generator alone writes)

    body = b"".join(sections.values())
    lines = [FORMAT, *(f"{word} {value}" for word, value in facts.items()), f"sha256 {sha256(body).hexdigest()}"]
    offset = 0
    for section, content in sections.items():
        lines.append(f"section {section} {offset} {len(content)}")
        offset += len(content)
    path.write_bytes("\n".join([*lines, "", ""]).encode() + body)
