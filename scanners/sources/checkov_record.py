"""One verdict as a report of Checkov has it, its fields checked; the same from every format."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple

_LONGEST_TEXT = 2_000
SEVERITIES = {
    "critical": "critical", "high": "high", "important": "high", "medium": "medium", "moderate": "medium", "low": "low",
    "info": "info",
}  # fmt: skip
"""Checkov's names of severities, and what each is called here; `none` and `off` are none."""
_LAST_LINE = 2**31
_MOST_KEYS = 10
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


class Record(NamedTuple):
    """A verdict on a resource. `code` is its code as the report has it: `code_of` tells the text.

    `address` is Checkov's name of the resource; it is empty, and `line` 0, where a report does not tell. `looked_at` is what
    the check names of it.
    """

    check: str
    verdict: str
    title: str
    address: str
    file: str
    line: int
    code: object = ""
    reason: str = ""
    severity: str = ""
    looked_at: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """File and line, as far as they are known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def named(self) -> str:
        """The check and its place, for a note."""
        return f"{self.check} ({self.place})" if self.place else self.check


def members(value: object) -> dict[str, object]:
    """Return an object of JSON; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def clean(value: object) -> str:
    """Return a text that can be shown: without control characters, of a bounded length; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    text = value[:_LONGEST_TEXT]
    return text if text.isprintable() else "".join(character if character.isprintable() else "\ufffd" for character in text)


def looked_at(keys: object) -> tuple[str, ...]:
    """Return what a check names of a resource, such as `ingress/[0]/cidr_blocks`: the first few that can be shown."""
    return tuple(filter(None, map(clean, keys[:_MOST_KEYS]))) if isinstance(keys, list) else ()


def line_of(value: object) -> int:
    """Return the number of a line; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LAST_LINE else 0


def severity_of(value: object) -> str:
    """Return a severity in lower case from its name; empty where Checkov gave none."""
    return SEVERITIES.get(value.strip().lower(), "") if isinstance(value, str) and len(value) < _LONGEST_TEXT else ""


def file_of(*paths: object, absolute: object = None) -> str:
    """Return the first path that stays within its directory, without the slash that Checkov puts before each.

    `absolute` is the path on the machine where Checkov ran, if it is told: where there is no other, it keeps its slash.
    """
    files = [clean(path) for path in paths]
    inside = [file for file in files if file and ".." not in PurePosixPath(file).parts]
    file = next((file for file in inside if file != absolute), "")
    return file.lstrip("/") if file else inside[0] if inside else files[-1].lstrip("/")


def code_of(lines: object) -> str | None:
    """Return the text of a code block: of a text itself, or of pairs of a number and a line.

    None where it is cut, or no text; empty where there is none.
    """
    text = "" if lines is None else lines if isinstance(lines, str) else _joined(lines)
    return None if text is None or holds_half_of_a_pair(text) else text


def holds_half_of_a_pair(text: str) -> bool:
    """Say whether a text holds half of a surrogate pair, which no output can show."""
    return not text.isascii() and _HALF_OF_A_PAIR.search(text) is not None


def _joined(lines: object) -> str | None:
    if not isinstance(lines, list):
        return None
    texts: list[str] = []
    expected: int | None = None
    for line in lines:
        if not isinstance(line, list | tuple) or len(line) != 2 or not isinstance(line[0], int) or not isinstance(line[1], str):  # noqa: PLR2004  (a pair)
            return None
        if expected is not None and line[0] != expected:
            return None
        expected = line[0] + 1
        texts.append(line[1] if line[1].endswith("\n") else f"{line[1]}\n")
    return "".join(texts)
