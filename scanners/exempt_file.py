"""Exemptions in the text of a configuration: some added, some removed, and the rest left byte for byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from policies import yaml_reader
from scanners.arguments import Usage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from policies.exemptions import Exemption

KEY = "exemptions"
_PLAIN = re.compile(r"[A-Za-z](?:[\w ./-]*\w)?", re.ASCII)
_BREAKS = ("\n", "\r", "\x85", "\u2028", "\u2029")
"""What ends a line in YAML 1.1."""

_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""What YAML reads as something else than text."""


def with_added(path: Path, text: str, added: Iterable[Exemption]) -> str:
    """Return the text of a configuration with exemptions at the end of its list; raise `Usage` with what to paste."""
    given = list(added)
    before = yaml_reader.read(text)
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    column = 2
    root = before.root if before.content is not None else None  # there is one of nothing behind a line of ---
    key, value = _entry(root)
    if root is not None and (root.id != "mapping" or root.flow_style):
        raise _cannot(path, given)
    written = []
    if key is None:
        start = root.start_mark.column if root is not None else 0
        at = len(lines)
        written.append(f"{' ' * start}{KEY}:{newline}")
        column += start
    elif value.id == "sequence" and not value.flow_style:
        column = value.start_mark.column
        at = _end(value, lines)
    else:
        at = _emptied(path, lines, key, value, given)
        column += key.start_mark.column
    if at and not lines[at - 1].endswith(_BREAKS):
        lines[at - 1] += newline
    lines[at:at] = [*written, *(f"{line}{newline}" for item in given for line in _lines(item, column))]
    return _checked(path, "".join(lines), before, given)


def without(path: Path, text: str, removed: Collection[int]) -> str:
    """Return the text of a configuration without some exemptions, by their places; raise `Usage` where it cannot be edited.

    What goes is the lines of each, from its dash on. Comments between them stay.
    """
    before = yaml_reader.read(text)
    lines = text.splitlines(keepends=True)
    _, value = _entry(before.root)
    if value is None or value.id != "sequence" or value.flow_style:
        raise Usage(f"{path}: {KEY} is not written as one a line, each with a dash; remove them by hand")
    for place in sorted(removed, reverse=True):
        item = value.value[place]
        start = item.start_mark.line
        while lines[start][value.start_mark.column : value.start_mark.column + 1] != "-":  # a dash on a line of its own
            start -= 1
        del lines[start : _end(item, lines)]
    after = "".join(lines)
    content = before.content if isinstance(before.content, dict) else {}
    kept = [item for place, item in enumerate(content[KEY]) if place not in removed]
    if _content(after) != {**content, KEY: kept or None}:
        raise Usage(f"{path}: {KEY} cannot be edited without changing something else; remove them by hand")
    return after


def snippet(added: Iterable[Exemption]) -> str:
    """Return exemptions as lines of YAML, under their key."""
    return "\n".join([f"{KEY}:", *(line for item in added for line in _lines(item, 2))])


def _entry(root: Any) -> tuple[Any, Any]:  # noqa: ANN401  (nodes of PyYAML)
    """Return the nodes of the key of exemptions and of its value; None where there is none."""
    if root is None or root.id != "mapping":
        return None, None
    return next(((key, value) for key, value in root.value if key.value == KEY), (None, None))


def _emptied(path: Path, lines: list[str], key: Any, value: Any, added: list[Exemption]) -> int:  # noqa: ANN401
    """Remove an empty list or null behind the key; return the line that follows."""
    start, end = value.start_mark, value.end_mark
    empty = (value.id == "sequence" and not value.value) or (value.id == "scalar" and value.tag.endswith(":null"))
    if not empty or value.start_mark.line < key.start_mark.line:
        raise _cannot(path, added)
    if (start.line, start.column) != (end.line, end.column):
        if start.line != key.start_mark.line or end.line != start.line:
            raise _cannot(path, added)
        line = lines[start.line]
        lines[start.line] = line[: start.column].rstrip() + line[end.column :]
    line_of_key: int = key.start_mark.line
    return line_of_key + 1


def _end(node: Any, lines: list[str]) -> int:  # noqa: ANN401
    """Return the number of the line behind a node: comments and empty lines that follow are not its own."""
    while node.id != "scalar" and not node.flow_style:
        last = node.value[-1]
        node = last[1] if node.id == "mapping" else last
    mark = node.end_mark
    end: int = mark.line + (mark.column > 0 or mark.line == node.start_mark.line)
    while not lines[end - 1].strip():  # which a block of text takes in
        end -= 1
    return end


def _lines(exemption: Exemption, column: int) -> Iterable[str]:
    indent = " " * column
    written = {name: _scalar(str(value)) for name, value in exemption._asdict().items() if value}
    written |= {"expires": str(exemption.expires)} if exemption.expires else {}
    for number, (name, value) in enumerate(written.items()):
        yield f"{indent}{' ' if number else '-'} {name}: {value}"


def _scalar(text: str) -> str:
    """Return a text as a YAML scalar of one line, quoted where it must be."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004


def _checked(path: Path, after: str, before: yaml_reader.Document, added: list[Exemption]) -> str:
    """Return a text if it says what the one before did and the exemptions that were added, and nothing else."""
    content = before.content if isinstance(before.content, dict) else {}
    given = [{name: str(value) for name, value in exemption._asdict().items() if value} for exemption in added]
    if _content(after) != {**content, KEY: [*(content.get(KEY) or []), *given]}:
        raise _cannot(path, added)
    return after


def _content(text: str) -> object:
    try:
        return yaml_reader.read(text).content
    except yaml_reader.YamlError:
        return None


def _cannot(path: Path, added: Iterable[Exemption]) -> Usage:
    return Usage(f"{path}: {KEY} is written so that it cannot be added to; nothing is changed. Paste this:\n{snippet(added)}")
