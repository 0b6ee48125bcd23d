"""The report as CSV (RFC 4180) for spreadsheets: a row for each result, then for each thing that only Checkov finds.

It begins with a byte order mark, without which Excel does not take it for UTF-8. Every cell is in quotes and on one line.
A formula would run in the spreadsheet: a cell that begins like one, or has one after a semicolon, which many spreadsheets
take for a separator, gets an apostrophe before it, as OWASP advises (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, NamedTuple

from policies.stack import names_in
from scanners.found import BASELINE, chain_words, type_of
from scanners.writers.place import repository_path
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.found import Found
    from scanners.report import CheckovFinding, Report, Result, RuleNote, Run

_BYTE_ORDER_MARK = "\ufeff"
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
"""What formulas begin with, full-width letters too; tabs and line breaks, which may come before, are spelled out."""

_INSIDE = re.compile(f";(?=[{re.escape(_FORMULA)}])")


class Row(NamedTuple):
    """The columns, in their order; new ones come last. A list is joined by a semicolon and a space."""

    stack: str
    project: str
    outcome: str
    severity: str
    level: str
    rule: str
    title: str
    resource: str
    type: str
    urn: str
    path: str
    message: str
    evidence: str
    owner: str
    file: str
    line: str
    baseline: str
    exemption_reason: str
    exemption_owner: str
    exemption_expires: str
    controls: str
    checkov: str
    fingerprint: str
    tool: str
    exposed_to: str
    chain: str


def write(report: Report) -> Iterator[str]:
    """Yield the report as CSV."""
    rules = {rule.id: rule for rule in report.rules}
    yield _BYTE_ORDER_MARK + _line(Row._fields)
    for result in report.results:
        yield _line(_result(result, rules.get(result.rule), report.run))
    for finding in report.checkov_findings:
        yield _line(_finding(finding, report.run))


def _result(result: Result, rule: RuleNote | None, run: Run) -> Row:
    return Row(
        **_common(result, run),
        rule=result.rule,
        title=rule.title if rule else "",
        resource=result.name,
        path=result.path,
        message=result.message,
        evidence=result.evidence,
        owner=result.owner,
        checkov="; ".join(result.checkov),
        tool="stackproof",
        exposed_to=result.exposed_to,
        chain=chain_words(result.chain),
    )


def _finding(finding: CheckovFinding, run: Run) -> Row:
    return Row(
        **_common(finding, run),
        rule="; ".join(finding.rules),
        title=finding.title,
        resource=finding.resource,
        path="",
        message=finding.reason,
        evidence="",
        owner="",
        checkov=finding.check,
        tool="checkov",
        exposed_to="",
        chain="",
    )


def _common(found: Found, run: Run) -> dict[str, str]:
    file, note = repository_path(run, found), found.exemption
    return {
        "stack": found.stack,
        "project": names_in(found.urn)[1],
        "outcome": found.status,
        "severity": found.severity,
        "level": found.level,
        "type": type_of(found),
        "urn": found.urn,
        "file": file,
        "line": str(max(found.location.line, 1)) if file and found.location else "",
        "baseline": BASELINE[found.known],
        "exemption_reason": note.reason if note else "",
        "exemption_owner": note.owner if note else "",
        "exemption_expires": note.expires if note else "",
        "controls": "; ".join(found.controls),
        "fingerprint": found.fingerprint,
    }


class _Line:
    """Where `csv` writes a row to: it gives back what it is given."""

    @staticmethod
    def write(text: str) -> str:
        return text


_writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL, lineterminator="\r\n")


def _line(cells: Iterable[str]) -> str:
    line: str = _writer.writerow(map(_cell, cells))
    return line


def _cell(text: str) -> str:
    text = printable(text)
    if ";" in text:
        text = _INSIDE.sub(";'", text)
    return f"'{text}" if text.startswith(tuple(_FORMULA)) else text
