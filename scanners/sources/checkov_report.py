"""Read what `checkov -o json` prints: its verdicts, and the resources rebuilt from the code that it shows.

Of Terraform, in source and in plans, resources become Pulumi ones. A literal is a value; anything that Terraform would
have to compute is unknown. A resource whose `count` is an expression is judged as if it existed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.stack import Stack
from scanners.sources.checkov_record import Record, clean, file_of, line_of, looked_at, members, severity_of
from scanners.sources.checkov_stack import KIND, stack_of
from scanners.sources.source import WORST_FIRST, SourceError, SourceStack, named
from scanners.sources.terraform_resources import PLAN

if TYPE_CHECKING:
    from collections.abc import Iterator

_CATEGORIES = {"passed_checks": "passed", "failed_checks": "failed", "skipped_checks": "skipped", "unknown_checks": "unknown"}
_UNREAD_FILES = 20
_COMPACT = ". Checkov leaves the code out with `--compact`"
_ONE_LINE_PLAN = ". Checkov shows no code of a plan that is written on one line: format it with `jq .` first"


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


class _Report:
    """The report of one framework."""

    def __init__(self, content: dict[str, object], where: str) -> None:
        self.content = content
        self.where = where
        self.framework = clean(content.get("check_type"))
        self.notes: list[str] = []

    def read(self, path: str) -> SourceStack:
        if _is_bare_summary(self.content):
            note = f"{self.where}Checkov found nothing to judge"
            return SourceStack(path, KIND, Stack(KIND, "", (), complete=False), notes=(note,))
        if not self.framework:
            self.notes.append(f"{self.where}check_type names no framework, so no rule judged anything")
        records = list(self.records())
        why = _ONE_LINE_PLAN if self.framework == PLAN and any(record.code == [] for record in records) else ""
        if any(record.code is None for record in records):
            why = _COMPACT
        return stack_of(path, self.framework, records, self.notes, where=self.where, why_unreadable=why, content=self.content)

    def records(self) -> Iterator[Record]:
        results = self.content["results"]
        if not isinstance(results, dict):
            message = f"{self.where}results: expected an object"
            raise SourceError(message)
        for category, verdict in _CATEGORIES.items():
            others: list[str] = []
            for index, item in enumerate(self.items(results, category)):
                record = _record(item, verdict)
                if record:
                    yield record
                else:
                    others.append(f"results.{category}[{index}]")
            counted, listed = self.counted(verdict), len(self.items(results, category))
            if counted > listed:
                self.notes.append(f"{self.where}of {counted} verdicts {verdict} only {listed} are listed")
            if others:
                self.notes.append(f"{self.where}not a record, for check_id is missing: {named(others)}")
        unread = [clean(item) or "a file" for item in self.items(results, "parsing_errors")]
        if unread:
            self.notes.append(f"{self.where}Checkov could not read {named(unread, _UNREAD_FILES)}")

    def counted(self, verdict: str) -> int:
        """Return how many verdicts the summary counts; 0 for those that passed, which Checkov leaves out with `--quiet`."""
        count = members(self.content.get("summary")).get(verdict)
        return count if isinstance(count, int) and verdict in {"failed", "skipped"} else 0

    def items(self, results: dict[str, object], category: str) -> list[object]:
        items = results.get(category)
        if items is None:
            return []
        if not isinstance(items, list):
            message = f"{self.where}results.{category}: expected a list"
            raise SourceError(message)
        return items


def _record(item: object, verdict: str) -> Record | None:
    if not isinstance(item, dict):
        return None
    check = clean(item.get("check_id"))
    if not check:
        return None
    result = members(item.get("check_result"))
    said = clean(result.get("result")).lower()
    lines = item.get("file_line_range")
    # from where Checkov was started, as a rule the repository; from the directory it read where it cannot
    file = file_of(item.get("repo_file_path"), item.get("file_path"), absolute=item.get("file_abs_path"))
    is_of_source = file_of(item.get("file_path")).endswith(".tf") and not file.endswith(".tf")  # a plan enriched with it
    severity = item.get("severity")
    return Record(
        check=check,
        verdict=said if said in WORST_FIRST else verdict,
        # of a vulnerability the name of the check says nothing
        title=clean(item.get("vulnerability_details") and item.get("short_description")) or clean(item.get("check_name")),
        address=clean(item.get("resource")),
        file=file,
        line=line_of(lines[0]) if isinstance(lines, list) and lines and not is_of_source else 0,
        code=item.get("code_block"),
        reason=clean(result.get("suppress_comment")),
        severity=severity_of(severity.get("name") if isinstance(severity, dict) else severity),
        looked_at=looked_at(result.get("evaluated_keys")),
    )
