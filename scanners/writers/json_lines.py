"""The report as JSON lines: an object a line, each with its `kind`, so that a reader needs no more than one of them at a time.

The header comes first, then rules, results, what only Checkov finds, exemptions and the coverage of tags; the summary is
last: a file without it was cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from scanners.report import (
    BaselineNote,
    CheckovFinding,
    ExemptionUse,
    Gate,
    Result,
    RuleNote,
    Run,
    SourceFile,
    Summary,
    TagCoverage,
    Tool,
)
from scanners.results import Results, encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.report import Report


class _Header(Struct, tag_field="kind", tag="header"):
    """The first line: how the report came about. `version` is that of the JSON report, whose parts the lines are."""

    version: int
    tool: Tool
    run: Run
    gate: Gate
    sources: list[SourceFile]


class _Rule(RuleNote, tag_field="kind", tag="rule"):
    """An active rule."""


class _Result(Result, tag_field="kind", tag="result"):
    """What came of one rule on one resource."""


class _CheckovFinding(CheckovFinding, tag_field="kind", tag="checkov_finding"):
    """What only Checkov says."""


class _Exemption(ExemptionUse, tag_field="kind", tag="exemption"):
    """An exemption of the configuration."""


class _TagCoverage(TagCoverage, tag_field="kind", tag="tag_coverage"):
    """How many resources of a type carry a tag."""


class _Summary(Summary, tag_field="kind", tag="summary"):
    """The last line: counts over all results, listed or not, and the baseline that they were compared with."""

    baseline: BaselineNote | None = None


def write(report: Report) -> Iterator[str]:
    """Yield the report as lines of JSON."""
    yield from _lines("header", [_Header(report.version, report.tool, report.run, report.gate, report.sources)])
    yield from _lines("rule", report.rules)
    if isinstance(report.results, Results):  # they are kept as lines
        for block in report.results.blocks():
            yield (b'{"kind":"result",' + block[1:].rstrip().replace(b"\n{", b'\n{"kind":"result",') + b"\n").decode()
    else:
        yield from _lines("result", report.results)
    yield from _lines("checkov_finding", report.checkov_findings)
    yield from _lines("exemption", report.exemptions)
    yield from _lines("tag_coverage", report.tag_coverage)
    yield from _lines("summary", [_Summary(**_fields(report.summary), baseline=report.baseline)])


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a line."""
    return msgspec.json.schema(_Header | _Rule | _Result | _CheckovFinding | _Exemption | _TagCoverage | _Summary)


def _lines(kind: str, items: Iterable[Struct]) -> Iterator[str]:
    for item in items:
        text = encoded(item).decode()
        yield text + "\n" if text.startswith('{"kind":') else f'{{"kind":"{kind}",{text[1:]}\n'


def _fields(item: Struct) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__struct_fields__}
