"""Read what `checkov -o json` prints: its verdicts, and the resources rebuilt from the code that it shows.

Of Terraform, in source and in plans, resources become Pulumi ones. A literal is a value; anything that Terraform would
have to compute is unknown. A resource whose `count` is an expression is judged as if it existed.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from policies.stack import Stack
from scanners.sources.checkov_coverage import shown_types
from scanners.sources.source import CheckovRecord, SourceError, SourceStack
from scanners.sources.terraform_resources import FRAMEWORKS, PLAN, Rebuilder, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KIND = "checkov"
_CATEGORIES = {"passed_checks": "passed", "failed_checks": "failed", "skipped_checks": "skipped", "unknown_checks": "unknown"}
_WORST_FIRST = ("failed", "unknown", "skipped", "passed")
_LONGEST_TEXT = 2_000
_NAMED_IN_A_NOTE = 5
_ONE_LINE_PLAN = "Checkov shows no code of a plan that is written on one line: format it with `jq .` first"


def recognises(content: object) -> bool:
    """Say whether decoded JSON is a report of Checkov: of one framework, of several, or of a run that judged nothing."""
    if isinstance(content, list):
        return bool(content) and all(isinstance(item, dict) and recognises(item) for item in content)
    return isinstance(content, dict) and (("check_type" in content and "results" in content) or _is_bare_summary(content))


def _is_bare_summary(content: dict[str, object]) -> bool:
    return "results" not in content and {"passed", "failed", "checkov_version"} <= content.keys()


def read(path: str, content: object) -> list[SourceStack]:
    """Return one stack for each framework of a report; raises `SourceError` for a shape that Checkov does not write."""
    if not recognises(content):
        raise SourceError("not a report of Checkov: expected an object with check_type and results, or a list of those")
    reports = content if isinstance(content, list) else [content]
    return [
        _Report(report, f"report {index + 1}: " if len(reports) > 1 else "").read(path) for index, report in enumerate(reports)
    ]


class _Record(NamedTuple):
    """One record of Checkov, its fields checked."""

    check: str
    verdict: str
    title: str
    reason: str
    shown: Shown


class _Report:
    """The report of one framework."""

    def __init__(self, content: dict[str, object], where: str) -> None:
        self.content = content
        self.where = where
        self.framework = _clean(content.get("check_type")) or "unknown"
        self.notes: list[str] = []

    def read(self, path: str) -> SourceStack:
        if _is_bare_summary(self.content):
            note = f"{self.where}Checkov found nothing to judge"
            return SourceStack(path, KIND, Stack(KIND, "", (), complete=False), notes=(note,))
        records = list(self.records())
        resources = Rebuilder(f"urn:pulumi:{KIND}::{self.framework}", self.framework)
        urns: dict[tuple[str, str], str] = {}
        if self.framework in FRAMEWORKS:
            for record in records:
                if _key(record) not in urns:
                    urns[_key(record)] = resources.add(record.shown)
        if resources.unreadable:
            self.notes.append(self.unreadable(resources.unreadable))
        rebuilt = resources.resources()
        shown = shown_types(self.content, ((record.check, record.shown) for record in records), resources.unlisted)
        stack = Stack(KIND, self.framework, rebuilt, complete=False, shown=shown)
        return SourceStack(path, KIND, stack, tuple(_verdicts(records, urns)), tuple(self.notes))

    def records(self) -> Iterator[_Record]:
        results = self.content["results"]
        if not isinstance(results, dict):
            message = f"{self.where}results: expected an object"
            raise SourceError(message)
        for category, verdict in _CATEGORIES.items():
            for index, item in enumerate(self.items(results, category)):
                record = _record(item, verdict)
                if record:
                    yield record
                else:
                    self.notes.append(
                        f"{self.where}results.{category}[{index}] is not a record: check_id or resource is missing"
                    )
        for item in self.items(results, "parsing_errors"):
            self.notes.append(f"{self.where}Checkov could not read {_clean(item) or 'a file'}")

    def items(self, results: dict[str, object], category: str) -> list[object]:
        items = results.get(category)
        if items is None:
            return []
        if not isinstance(items, list):
            message = f"{self.where}results.{category}: expected a list"
            raise SourceError(message)
        return items

    def unreadable(self, resources: list[str]) -> str:
        named = ", ".join(resources[:_NAMED_IN_A_NOTE])
        more = len(resources) - _NAMED_IN_A_NOTE
        whose = "1 resource" if len(resources) == 1 else f"{len(resources)} resources"
        return (
            f"{self.where}the code of {whose} cannot be read, so their properties are unknown: {named}"
            + (f" and {more} more" if more > 0 else "")
            + (f". {_ONE_LINE_PLAN}" if self.framework == PLAN else "")
        )


def _key(record: _Record) -> tuple[str, str]:
    return record.shown.address, record.shown.file


def _verdicts(records: Iterable[_Record], urns: dict[tuple[str, str], str]) -> Iterator[CheckovRecord]:
    """Yield the verdicts; of several of one check on one resource, the worst."""
    worst: dict[tuple[str, str, str, int], _Record] = {}
    for record in records:
        key = (record.check, *_key(record), record.shown.line)
        known = worst.setdefault(key, record)
        if _WORST_FIRST.index(record.verdict) < _WORST_FIRST.index(known.verdict):
            worst[key] = record
    for record in worst.values():
        shown = record.shown
        yield CheckovRecord(
            check=record.check, verdict=record.verdict, urn=urns.get(_key(record), ""), resource=shown.address,
            title=record.title, file=shown.file, line=shown.line, reason=record.reason,
        )  # fmt: skip


def _record(item: object, verdict: str) -> _Record | None:
    if not isinstance(item, dict):
        return None
    check, resource = _clean(item.get("check_id")), _clean(item.get("resource"))
    if not check or not resource:
        return None
    result = item.get("check_result")
    result = result if isinstance(result, dict) else {}
    said = _clean(result.get("result")).lower()
    lines = item.get("file_line_range")
    line = lines[0] if isinstance(lines, list) and lines else 0
    line = line if isinstance(line, int) and 0 < line < 2**31 else 0
    return _Record(
        check=check,
        verdict=said if said in _WORST_FIRST else verdict,
        title=_clean(item.get("check_name")),
        reason=_clean(result.get("suppress_comment")),
        shown=Shown(resource, _file(item), line, _code(item.get("code_block"))),
    )


def _file(item: dict[str, object]) -> str:
    """Return the file from where Checkov was started, as a rule the repository; from the directory it read where it cannot."""
    file = _clean(item.get("repo_file_path"))
    if not file or ".." in PurePosixPath(file).parts:
        file = _clean(item.get("file_path"))
    return file.lstrip("/")


def _code(lines: object) -> str | None:
    """Return the text of a code block; None where it is cut."""
    if lines is None:
        return ""
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


def _clean(value: object) -> str:
    """Return a text that can be shown: without control characters, of a bounded length."""
    if not isinstance(value, str):
        return ""
    text = value[:_LONGEST_TEXT]
    return text if text.isprintable() else "".join(character if character.isprintable() else "\ufffd" for character in text)
