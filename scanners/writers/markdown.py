"""The report as Markdown for a comment on a pull request: what decides first, then the worst violations, as many as fit.

GitHub takes 65,536 characters in a comment; what is left out is said. Names come from outside: what could be read as
Markdown, HTML or a reference (@team, #123) stands in code spans, where nobody is called and nothing is linked.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from heapq import nsmallest
from itertools import groupby, islice
from typing import TYPE_CHECKING

from scanners import gate
from scanners.found import SEVERITIES, cut, everything, name_of, rank, rule_of, said_of
from scanners.report import Result
from scanners.writers.place import repository_path, source_link
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.found import Found
    from scanners.report import ExemptionUse, FixPatch, Report, RuleNote

MARKER = "<!-- stackproof -->"
"""The first line: what posts the comment knows by it the one to replace."""

_MOST = 65_536
_LONGEST = 300
_MOST_LISTED = 10
_MOST_OF_A_LIST = 6_000
_MOST_BLOCKS = 600
"""More violations than fit into a comment."""
_VERDICTS = {gate.PASSED: "\u2705 passed", gate.FAILED: "\u274c failed", gate.INCOMPLETE: "\u26a0\ufe0f incomplete"}
_PLAIN = re.compile(r"(?:[A-Za-z0-9 ,;'()/=.+-]|:(?=\s|$))*", re.ASCII)
_REFERENCE = re.compile(r"\bwww\.|\bGH-\d|\b[0-9a-f]{7,}\b|^\s*(?:[-+=]|\d+[.)](?:\s|$))|  ", re.IGNORECASE)
_NOT_SHOWN = (
    "**{left} of {count} violations are not shown here; the worst are.** A comment takes {most} characters; the other "
    "formats of `stackproof scan` list all: `-f text`, `-o html=FILE`, `-o json=FILE`.\n\n"
)


def write(report: Report) -> Iterator[str]:
    """Yield the report, cut at the end of a block where it is too long."""
    rules = {rule.id: rule for rule in report.rules}
    head, tail = "".join(_head(report)), "".join(_tail(report))
    count = sum(found.status == "failed" for found in everything(report))
    left = _MOST - _length(head) - _length(tail) - _length(_NOT_SHOWN) - 100
    yield head
    shown = 0
    worst = nsmallest(_MOST_BLOCKS, (found for found in everything(report) if found.status == "failed"), key=rank)
    for title, some in groupby(worst, key=lambda found: _title(report, found)):
        heading = f"### {title}\n\n"
        for found in some:
            block = heading + "".join(_violation(report, found, rules))
            left -= _length(block)
            if left < 0:
                break
            yield block
            heading = ""
            shown += 1
        if left < 0:
            break
    if shown < count:
        yield _NOT_SHOWN.format(left=count - shown, count=count, most=f"{_MOST:,}")
    if not_listed := _failed(report) - count:
        yield f"{not_listed} violations are not in this report: `--show` leaves them out.\n\n"
    yield tail


def _failed(report: Report) -> int:
    return report.summary.failed + (report.summary.checkov.failed if report.summary.checkov else 0)


def code(text: str, most: int = _LONGEST) -> str:
    """Return a text as a code span, also for a cell of a table: nothing in it is Markdown, HTML or a reference."""
    text = cut(printable(text), most) or " "
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{space}{text.replace('|', chr(92) + '|')}{space}{fence}"


def words(text: str, most: int = 1_000) -> str:
    """Return a text as it is where it means nothing but itself, else as a code span."""
    return text if _is_plain(text) and len(text) <= most else code(text, most)


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and not _REFERENCE.search(text)


def _within_html(text: str) -> str:
    """Return a text for the inside of an element of HTML, where Markdown is not read."""
    return f"<code>{html.escape(cut(printable(text), _LONGEST))}</code>"


def _length(text: str) -> int:
    """Return how many characters GitHub may count: those outside the basic plane as two."""
    return len(text) + sum(char > "\uffff" for char in text)


def _head(report: Report) -> Iterator[str]:
    summary, baseline = report.summary, report.baseline
    yield f"{MARKER}\n## stackproof: {_VERDICTS.get(report.gate.verdict, _VERDICTS[gate.INCOMPLETE])}\n\n"
    yield f"{_gate(report)}\n\n"
    if failures := [source for source in report.sources if source.error]:
        yield "**These sources gave no answer, in whole or in part:**\n\n"
        yield from _listed([f"{code(source.path)}: {words(source.error, 500)}" for source in failures], len(failures))
    if broken := list(islice((item for item in report.results if item.status == "broken"), _MOST_LISTED + 1)):
        yield "**These rules crashed:**\n\n"
        yield from _listed(
            [f"{code(found.rule)} on {code(found.urn)}: {words(found.message, 500)}" for found in broken], summary.broken
        )
    counted = Counter(summary.failed_by_severity)
    if summary.checkov:
        counted.update(summary.checkov.failed_by_severity)
    new = baseline.new_by_severity if baseline else {}
    yield f"| severity | violations |{' new |' if baseline else ''}\n| --- | ---: |{' ---: |' if baseline else ''}\n"
    for severity in SEVERITIES:
        yield f"| {severity} | {counted[severity]} |{f' {new.get(severity, 0)} |' if baseline else ''}\n"
    if others := sum(number for name, number in counted.items() if name not in SEVERITIES):
        yield f"| without | {others} |{' |' if baseline else ''}\n"
    yield (
        f"\n{summary.undecided} undecided, {summary.exempt} exempt, {summary.passed} passed, {summary.broken} broken; "
        f"{summary.resources} resources, {summary.unjudged.resources} that no rule looks at.\n\n"
    )


def _gate(report: Report) -> str:
    if report.gate.verdict == gate.INCOMPLETE:
        return "**A source or a rule gave no answer, so this run says nothing about the whole.**"
    if report.gate.fail_on == gate.NEVER:
        return "No violation blocks this change."
    new = "new " if report.gate.new_only else ""
    what = f"{new}violations that are {words(report.gate.fail_on)} or worse"
    return f"There are {what}; they block this change." if report.gate.verdict == gate.FAILED else f"There are no {what}."


def _title(report: Report, found: Found) -> str:
    kind = "" if report.baseline is None or found.known is None else "Known, " if found.known else "New, "
    severity = found.severity if found.severity in SEVERITIES else "no severity"
    return f"{kind}{severity}" if kind else severity.capitalize()


def _violation(report: Report, found: Found, rules: dict[str, RuleNote]) -> Iterator[str]:
    """Yield one violation as a block that opens and closes all that it needs."""
    name = name_of(found)
    file = repository_path(report.run, found)
    line = max(found.location.line, 1) if found.location else 1
    at = f" at {_within_html(f'{file}:{line}')}" if file else ""
    yield f"<details>\n<summary><b>{_within_html(rule_of(found))}</b> {_within_html(name)}{at}</summary>\n\n"
    yield f"{words(said_of(found))}\n\n"
    if isinstance(found, Result) and found.path and found.path not in found.message:
        yield f"- Property: {code(found.path)}\n"
    yield f"- Resource: {code(found.urn or name)}\n"
    if file:
        link = source_link(report.run, found)
        shown = code(f"{file}:{line}")
        yield f"- Line: [{shown}](<{link}>)\n" if link else f"- Line: {shown}\n"
    yield f"- Level: {words(found.level)}{', known to the baseline' if found.known else ''}\n"
    if isinstance(found, Result) and found.owner:
        yield f"- Owner: {code(found.owner)}\n"
    rule = rules.get(found.rule) if isinstance(found, Result) else None
    if rule:
        yield f"- Why: {words(rule.why or rule.title)}\n- Remedy: {words(rule.remedy)}\n"
    if found.controls:
        yield f"- Controls: {words(', '.join(found.controls))}\n"
    if isinstance(found, Result) and found.fix:
        yield from _fix(found.fix)
    yield "\n</details>\n\n"


def _fix(fix: FixPatch) -> Iterator[str]:
    lines = [cut(printable(f"{path}: {json.dumps(value)}"), 1_000) for path, value in fix.set.items()]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    yield f"\nFix{', which makes AWS replace the resource' if fix.replaces else ''}:\n\n{fence}\n"
    yield "".join(f"{line}\n" for line in lines)
    yield f"{fence}\n"


def _tail(report: Report) -> Iterator[str]:
    yield from _undecided(report)
    yield from _exemptions(report.exemptions)
    run = report.run
    rule_sets = ", ".join(run.rule_sets)
    yield (
        f"stackproof {words(report.tool.version)}, {len(report.rules)} rules"
        f"{f' of {words(rule_sets, 200)}' if rule_sets else ''}, judged on {words(run.judged_on)}"
        f"{f', configuration {code(run.configuration_sha256[:12])}' if run.configuration_sha256 else ''}.\n"
    )


def _undecided(report: Report) -> Iterator[str]:
    counts: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for found in everything(report):
        if found.status == "undecided":
            counts[rule_of(found)] += 1
            reasons.setdefault(rule_of(found), found.message if isinstance(found, Result) else found.reason or found.title)
    if not counts:
        return
    yield "### Undecided\n\n"
    yield f"{counts.total()} answers hang on values that are not known; they are neither passed nor failed.\n\n"
    rows = [f"{code(rule)}: {count}, such as: {words(reasons[rule], 200)}" for rule, count in counts.most_common()]
    yield from _listed(rows, len(rows))


def _exemptions(uses: Iterable[ExemptionUse]) -> Iterator[str]:
    uses = list(uses)
    if not uses:
        return
    counts = Counter(use.status for use in uses)
    yield f"### Exemptions\n\n{', '.join(f'{count} {words(status)}' for status, count in counts.items())}.\n\n"
    rows: list[str] = []
    for status in ("expired", "expiring", "stale"):
        some = [use for use in uses if use.status == status]
        rows += [f"{status}: {code(use.rule)} for {code(use.resource)}: {words(use.words, _LONGEST)}" for use in some]
    yield from _listed(rows, len(rows))


def _listed(rows: list[str], count: int) -> Iterator[str]:
    """Yield the first rows as a list, and how many more there are."""
    shown = length = 0
    for row in rows[:_MOST_LISTED]:
        length += len(row)
        if length > _MOST_OF_A_LIST:
            break
        yield f"- {row}\n"
        shown += 1
    if count > shown:
        yield f"- and {count - shown} more\n"
    yield "\n" if rows else ""
