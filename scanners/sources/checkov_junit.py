"""Read what `checkov -o junitxml` writes: every verdict with its resource; the code of what failed, up to 50 lines.

Checkov until 2.0 wrote one test suite for each check, and no code. A document type, and with it entities of its own, is
refused: Checkov writes none, and it is how a small file grows large. The parser is the standard library's, and keeps one test
case at a time; a library for JUnit reads the whole document into a tree first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from scanners.sources.checkov_record import Record, clean, file_of, line_of, severity_of
from scanners.sources.checkov_stack import stacks_of
from scanners.sources.source import SourceError, SourceStack, named

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK = 1024**2
_LONGEST_TAG = 8 * _CHUNK
"""Bytes. Older versions of the parser begin a tag anew with each chunk."""
_DEEPEST = 20
_SUITE = " scan"
_NAME = re.compile(r"\[([^\[\]]*)\]\[([^\[\]]*)\] ?(.*)", re.DOTALL)
_RANGE = re.compile(r"^File: .*: (\d{1,9})-\d{1,9}$", re.MULTILINE)
_CODE_LINE = re.compile(r"\t\t(\d{1,9}) * \| (.*)")
_OLD_RANGE = re.compile(r":\[(\d{1,9}), \d{1,9}\] - Guideline: ")
_OLD_REASON = re.compile(r"Suppress comment: (.*?)(?: - Guideline: .*)?\Z", re.DOTALL)
_WAY_OUT = ". JUnit shows the code of failed checks only; `checkov -o json` shows all"


def read(path: str, data: bytes) -> list[SourceStack]:
    """Return one stack for each framework; raises `SourceError` for XML that is broken, hostile, or not Checkov's."""
    reader = _Reader()
    try:
        for start in range(0, len(data), _CHUNK):
            reader.parse(data[start : start + _CHUNK], start)
        reader.parser.Parse(b"", True)  # noqa: FBT003  (the end of the document)
    except expat.ExpatError as error:
        message = f"not valid XML: {expat.ErrorString(error.code)} (line {error.lineno}, column {error.offset + 1})"
        raise SourceError(message) from None
    if not reader.is_own:
        raise SourceError("JUnit of another tool, not of Checkov")
    notes = [f"not a test case of Checkov: {named(reader.others)}"] if reader.others else []
    return stacks_of(path, reader.records, notes, why_unreadable=_WAY_OUT)


class _Case(NamedTuple):
    """A test case under way: its attributes, those of its outcomes by their names, and the text of the last."""

    attributes: Mapping[str, str]
    outcomes: dict[str, Mapping[str, str]]
    text: list[str]


class _Reader:
    """Gathers records from the events of a parser."""

    def __init__(self) -> None:
        self.records: list[tuple[str, Record]] = []
        self.others: list[str] = []
        self.is_own = False
        self._open: list[str] = []
        self._suite = ""
        self._case: _Case | None = None
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.EntityDeclHandler = _refuse
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def parse(self, chunk: bytes, offset: int) -> None:
        """Read the next part of the document, which begins `offset` bytes after its start."""
        self.parser.Parse(chunk, False)  # noqa: FBT003  (not the end)
        if offset + len(chunk) - self.parser.CurrentByteIndex > _LONGEST_TAG:
            message = f"a tag longer than {_LONGEST_TAG} bytes (line {self.parser.CurrentLineNumber})"
            raise SourceError(message)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name not in {"testsuites", "testsuite"}:
            message = f"XML, but not JUnit: <{clean(name)[:50]}>. Let Checkov write `-o json`"
            raise SourceError(message)
        self._open.append(name)
        if len(self._open) > _DEEPEST:
            message = f"nested deeper than {_DEEPEST} (line {self.parser.CurrentLineNumber})"
            raise SourceError(message)
        if name == "testsuite":
            self._suite = attributes.get("name", "")
            self.is_own |= self._suite.endswith(_SUITE)
        elif name == "testcase":
            self._case = _Case(attributes, {}, [])
        elif self._case and name in {"failure", "skipped", "error"}:
            self._case.outcomes[name] = attributes

    def text(self, text: str) -> None:
        if self._case and self._open[-1] == "failure":
            self._case.text.append(text)

    def end(self, name: str) -> None:
        self._open.pop()
        if name != "testcase" or self._case is None:
            return
        found = _record(self._suite, self._case) or _old_record(self._suite, self._case)
        if found:
            self.is_own = True
            self.records.append(found)
        else:
            self.others.append(f"line {self.parser.CurrentLineNumber}")
        self._case = None


def _refuse(*_: object) -> None:
    raise SourceError("XML with a document type, which Checkov does not write")


def _record(suite: str, case: _Case) -> tuple[str, Record] | None:
    found = _NAME.fullmatch(case.attributes.get("name", ""))
    if not found or not suite.endswith(_SUITE) or found[2] in {"", "None"}:
        return None
    severity, check, title = found.groups()
    file = case.attributes.get("file", "")
    text = "".join(case.text)
    before, _, code = text.rpartition("\n\n")
    lines = _RANGE.search(text)
    return clean(suite.removesuffix(_SUITE)), Record(
        check=clean(check),
        verdict=_verdict(case),
        title=clean(title),
        address=clean(case.attributes.get("classname", "").removeprefix(f"{file}.")),
        file=file_of(file),
        line=line_of(int(lines[1])) if lines else 0,
        code=_lines(code) if before else None,
        reason=clean(case.outcomes.get("skipped", {}).get("message")),
        severity=severity_of(severity),
    )


def _old_record(suite: str, case: _Case) -> tuple[str, Record] | None:
    """Read a case of Checkov until 2.0: its name is framework, suite and resource, the suite's `id/title`."""
    framework, found, address = case.attributes.get("name", "").partition(f" {suite} ")
    check, has_title, title = suite.partition("/")
    if not found or not has_title or " " in framework:
        return None
    failure, skipped = (case.outcomes.get(name, {}).get("message", "") for name in ("failure", "skipped"))
    lines, reason = _OLD_RANGE.search(failure), _OLD_REASON.search(skipped)
    return clean(framework), Record(
        check=clean(check),
        verdict=_verdict(case),
        title=clean(title),
        address=clean(address),
        file=file_of(case.attributes.get("file")),
        line=line_of(int(lines[1])) if lines else 0,
        reason=clean(reason[1]) if reason else "",
    )


def _verdict(case: _Case) -> str:
    words = {"failure": "failed", "error": "unknown", "skipped": "skipped"}
    return next((word for name, word in words.items() if name in case.outcomes), "passed")


def _lines(code: str) -> object:
    """Return the lines of a code block with their numbers, as the JSON report has them; what is no line cuts the block."""
    found = [_CODE_LINE.fullmatch(line) for line in code.rstrip("\n").split("\n")]
    return [[int(line[1]), f"{line[2]}\n"] if line else None for line in found]
