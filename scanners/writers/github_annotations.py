"""The report as annotations of GitHub Actions: workflow commands, which a step prints.

What makes the gate fail is an error, any other violation a warning, what is undecided a notice; exempt and passed results are
no annotations. GitHub shows the first 10 of each kind for a step, and 50 of a job (docs/problem-matchers.md of
actions/toolkit). All are written, the worst first; the last of a kind that is shown says how many follow in the log.
Escapes: packages/core/src/command.ts of actions/toolkit.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from typing import TYPE_CHECKING

from scanners import gate
from scanners.found import cut, everything, message_of, rank, rule_of
from scanners.report import Result
from scanners.writers.place import repository_path
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.found import Found
    from scanners.report import Report

_SHOWN = 10
_KINDS = ("error", "warning", "notice")
_LONGEST = 2_000


def write(report: Report) -> Iterator[str]:
    """Yield a command on each line; the last line is a summary for the log."""
    remedies = {rule.id: rule.remedy for rule in report.rules}
    counts: Counter[str] = Counter()
    first: dict[str, list[tuple[tuple[int, bool, int], int, Found]]] = {kind: [] for kind in _KINDS}
    for number, found in enumerate(everything(report)):
        if kind := _kind(report, found):
            counts[kind] += 1
            insort(first[kind], (rank(found), number, found))
            del first[kind][_SHOWN:]
    errors = [
        (cut(printable(f"{source.path}: {source.error}"), _LONGEST), "title=a source gave no answer")
        for source in report.sources
        if source.error
    ]
    counts["error"] += len(errors)
    for kind in _KINDS:
        shown = [(text, place) for text, place in errors if kind == "error"]
        shown += [(_text(found, remedies), _properties(report, found)) for _, _, found in first[kind]]
        for number, (text, place) in enumerate(shown, start=1):
            more = counts[kind] - _SHOWN if number == _SHOWN else 0
            yield _command(
                kind, place, f"{text}\n{more} more of the kind follow in the log of this step." if more > 0 else text
            )
    written = {number for found in first.values() for _, number, _ in found}
    for number, found in enumerate(everything(report)):
        if number not in written and (kind := _kind(report, found)):
            yield _command(kind, _properties(report, found), _text(found, remedies))
    summary = report.summary
    yield (
        f"stackproof: {report.gate.verdict}; {summary.failed} failed, {summary.undecided} undecided, {summary.exempt} exempt, "
        f"{summary.passed} passed, {summary.broken} broken\n"
    )


def _kind(report: Report, found: Found) -> str:
    if found.status == "failed":
        counts = not (report.gate.new_only and found.known)
        return "error" if counts and gate.is_blocking(found.level, found.severity, report.gate.fail_on) else "warning"
    return {"broken": "error", "undecided": "notice"}.get(found.status, "")


def _text(found: Found, remedies: dict[str, str]) -> str:
    """Return what is wrong, and on a line of its own what mends it."""
    if isinstance(found, Result):
        name, remedy = found.name, remedies.get(found.rule, "") if found.status == "failed" else ""
    else:
        name, remedy = found.resource, ""
    undecided = "undecided: " if found.status == "undecided" else ""
    said = f"{undecided}{name}: {message_of(found)}"
    return "\n".join(cut(printable(line), _LONGEST) for line in (said, remedy) if line)


def _properties(report: Report, found: Found) -> str:
    title = f"title={_escaped(printable(f'{found.severity} {rule_of(found)}'.strip()), ':,')}"
    file = repository_path(report.run, found)
    if not file or not found.location:
        return title
    return f"file={_escaped(file, ':,')},line={max(found.location.line, 1)},{title}"


def _command(kind: str, properties: str, text: str) -> str:
    return f"::{kind} {properties}::{_escaped(text)}\n"


def _escaped(text: str, also: str = "") -> str:
    return "".join(f"%{ord(char):02X}" if char in "%\r\n" or char in also else char for char in text)
