"""The report for people: violations grouped by resource, with the line of the program, and a summary."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from policies.rule import Severity
from scanners.sources.source import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import BaselineNote, CheckovFinding, CheckovSummary, ExemptionNote, Report, Result, Summary

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_QUIET = {"undecided": "magenta", "exempt": "blue", "passed": "green", "broken": "bold red reverse"}
_RANK = {severity.value: severity.rank for severity in Severity}
_TOLD = {"expired": "bold red", "expiring": "yellow", "stale": "magenta"}
_MOST_TYPES = 6


class _Piece(NamedTuple):
    """A text and its style in rich's words."""

    text: str
    style: str = ""


def write(report: Report) -> Iterator[str]:
    """Yield the lines of the report as plain text."""
    return (f"{''.join(piece.text for piece in line)}\n" for line in _lines(report))


def show(report: Report) -> None:
    """Print the report to a terminal, in colour."""
    from rich.console import Console  # noqa: PLC0415  (late: 60 ms that only a terminal needs)
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    for line in _lines(report):
        console.print(Text.assemble(*((piece.text, piece.style) for piece in line)))


def printable(text: str) -> str:
    """Return a text with control characters spelled out: names come from outside and may hold terminal escapes."""
    return text if text.isprintable() else "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _lines(report: Report) -> Iterator[list[_Piece]]:
    for source in report.sources:
        if source.error:
            yield [_Piece("error ", "bold red"), _Piece(f"{printable(source.path)}: {printable(source.error)}")]
            yield []
    remedies = {rule.id: rule.remedy for rule in report.rules}
    for _, results in groupby(report.results, key=lambda result: (result.stack, result.urn)):
        yield from _resource(list(results), remedies)
    if report.checkov_findings:
        yield [_Piece("What only Checkov finds", "bold")]
        yield []
    for _, findings in groupby(report.checkov_findings, key=lambda item: (item.stack, item.urn, item.resource)):
        yield from _checkov_findings(list(findings))
    yield from _exemptions(report)
    yield from _summary(report)


def _exemptions(report: Report) -> Iterator[list[_Piece]]:
    """Yield the exemptions that somebody must look at."""
    told = [use for use in report.exemptions if use.status in _TOLD]
    if not told:
        return
    yield [_Piece("Exemptions to look at", "bold")]
    for use in told:
        yield [
            _Piece(f"  {use.status:<9} ", _TOLD[use.status]),
            _Piece(printable(use.rule), "bold"),
            _Piece(f" on {printable(use.resource)}  ({printable(report.run.configuration)}:{use.line})"),
        ]
        yield [_Piece(f"            {printable(use.words)}", "dim")]
    yield []


def _resource(results: list[Result], remedies: dict[str, str]) -> Iterator[list[_Piece]]:
    first = results[0]
    place = f"  {printable(first.location.file)}:{first.location.line}" if first.location else ""
    stack = f"  [{printable(first.stack)}]" if first.stack else ""
    yield [
        _Piece(printable(first.name), "bold"),
        _Piece(f"  {printable(first.type)}{stack}"),
        _Piece(place, "underline" if place else ""),
    ]
    worst_first = sorted(results, key=lambda result: (-Severity(result.severity).rank, result.rule))
    for rule, found in groupby(worst_first, key=lambda result: result.rule):
        statuses = set()
        for result in found:
            statuses.add(result.status)
            yield from _result(result)
        if "failed" in statuses:
            yield [_Piece(f"            {printable(remedies[rule])}", "dim")]
    yield []


def _result(result: Result) -> Iterator[list[_Piece]]:
    label = result.severity if result.status == "failed" else result.status
    style = _STYLES[result.severity] if result.status == "failed" else _QUIET[result.status]
    at = f" (at {printable(result.path)})" if result.path and result.path not in result.message else ""
    message = f"  {printable(result.message)}{at}" if result.message else ""
    yield [
        _Piece(f"  {label:<9} ", style),
        _Piece(f"{result.level:<9} "),
        _Piece(result.rule, "bold"),
        _Piece(message),
        _Piece(" (known)" if result.known else "", "dim"),
    ]
    yield from _exemption(result.exemption)
    for verdict in result.checkov_verdicts:
        if verdict.agrees is False:
            yield [_Piece(f"            Checkov disagrees: {verdict.check} {verdict.verdict}", "dim")]
        elif verdict.agrees is None and verdict.verdict == "failed":
            yield [_Piece(f"            Checkov says: {verdict.check} failed", "dim")]


def _exemption(note: ExemptionNote | None) -> Iterator[list[_Piece]]:
    if note and not note.expired:
        yield [_Piece(f"            {printable(note.words)}", "dim")]


def _checkov_findings(findings: list[CheckovFinding]) -> Iterator[list[_Piece]]:
    """Yield what Checkov says of one resource."""
    first = findings[0]
    place = f"  {printable(first.location.file)}:{first.location.line}" if first.location else ""
    yield [_Piece(printable(first.urn or first.resource), "bold"), _Piece(place, "underline" if place else "")]
    for finding in sorted(findings, key=lambda item: (-_RANK.get(item.severity, -1), item.check, item.fingerprint)):
        failed = finding.status == "failed"
        label = (finding.severity or finding.status) if failed else finding.status
        style = _STYLES.get(finding.severity, "yellow") if failed else _QUIET[finding.status]
        note = finding.exemption
        expired = f". {printable(note.words)}" if note and note.expired else ""
        yield [
            _Piece(f"  {printable(label):<9} ", style),
            _Piece(f"{finding.level:<9} "),
            _Piece(printable(finding.check), "bold"),
            _Piece(f"  {printable(finding.title)}{expired}"),
            _Piece(" (known)" if finding.known else "", "dim"),
        ]
        yield from _exemption(note)
    yield []


def _summary(report: Report) -> Iterator[list[_Piece]]:
    summary = report.summary
    yield [
        _Piece(f"{summary.failed} failed", "bold red" if summary.failed else "bold green"),
        _Piece(
            f"{_worded(summary)}, {summary.undecided} undecided, "
            f"{summary.exempt} exempt, {summary.passed} passed, {summary.broken} broken"
        ),
    ]
    unjudged = summary.unjudged
    yield [_Piece(f"{summary.resources} resources, {unjudged.resources} that no rule looks at{counted_types(unjudged.types)}")]
    for type_, like in unjudged.alike.items():
        yield [_Piece(f"No rule knows {printable(type_)}, which looks like {like}; nothing is said of it.", "bold yellow")]
    if summary.checkov:
        checkov = summary.checkov
        yield [
            _Piece(
                f"Checkov: {checkov.agree} verdicts agree, {checkov.disagree} disagree, {checkov.undecided} undecided here, "
                f"{checkov.only_checkov} without a rule here"
            )
        ]
        if checkov.failed or checkov.exempt or checkov.unknown:
            yield [
                _Piece(f"Only Checkov: {checkov.failed} failed", "bold red" if checkov.failed else ""),
                _Piece(f"{_worded(checkov)}, {checkov.unknown} undecided, {checkov.exempt} exempt"),
            ]
    if report.baseline:
        yield [_Piece(_compared(report.baseline, new_only=report.gate.new_only))]
    for source in report.sources:
        if source.kind == CHANGES:
            yield [_Piece(f"{printable(source.path)} shows what changes only; `pulumi preview --json --show-sames` shows all.")]
    if summary.approximate:
        count = summary.approximate
        yield [
            _Piece(
                f"{count} results name a request that a second evaluator did not confirm; please report them.", "bold yellow"
            )
        ]
    if not summary.complete:
        yield [_Piece("This run is incomplete: a source or a rule gave no answer.", "bold red")]


def _compared(note: BaselineNote, *, new_only: bool) -> str:
    """Return how what failed compares with a baseline."""
    gone = f", {len(note.gone)} gone: run `stackproof baseline update`" if note.gone else ""
    gate = "; only what is new decides on the exit code" if new_only else ""
    return f"{note.new} new, {note.known} known (baseline {printable(note.path)}){gone}{gate}"


def _worded(counted: Summary | CheckovSummary) -> str:
    """Return how bad what failed is, in brackets; nothing where nothing failed."""
    if not counted.failed:
        return ""
    severities = ", ".join(f"{count} {name}" for name, count in counted.failed_by_severity.items() if count and name != "none")
    levels = ", ".join(f"{count} {level}" for level, count in counted.failed_by_level.items())
    return f" ({severities}; {levels})" if severities else f" ({levels})"


def counted_types(types: dict[str, int]) -> str:
    """Return the commonest types and how many there are of each, in brackets."""
    if not types:
        return ""
    most = sorted(types.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{printable(type_)} {count}" for type_, count in most[:_MOST_TYPES])
    rest = f" and {len(most) - _MOST_TYPES} more types" if len(most) > _MOST_TYPES else ""
    return f" ({shown}{rest})"
