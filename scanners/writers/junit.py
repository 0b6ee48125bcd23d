"""The report as JUnit XML, as CI services show tests: a suite for each stack, a test case for each rule on a resource.

The shape is that of Jenkins's xUnit plugin, junit-10.xsd, which others read too. It is written by hand: a library such as
junitparser holds the whole tree in memory, and does not escape what XML cannot hold.
"""

from __future__ import annotations

from collections import Counter
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from policies.stack import names_in
from scanners.found import chain_words, qualified_type, rule_of, said_of
from scanners.report import Result
from scanners.writers.place import repository_path
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.report import CheckovFinding, Report, RuleNote, SourceFile

_WORST_FIRST = ("failed", "broken", "undecided", "known", "exempt", "passed")
"""Of several results of a rule on a resource, the first of these makes the test case."""

_ELEMENTS = {"failed": "failure", "broken": "error", "undecided": "skipped", "known": "skipped", "exempt": "skipped"}
"""What is undecided did not pass, and did not fail: it is skipped. So is what a baseline knows, where only new things block."""

_OWN_SUITE = "stackproof"


class _Case(NamedTuple):
    """A test case; `element` is empty for one that passed."""

    classname: str
    name: str
    element: str = ""
    type: str = ""
    message: str = ""
    text: str = ""


def write(report: Report) -> Iterator[str]:
    """Yield the report as XML. The results are read twice: a suite says first how many test cases it has."""
    sources = [_source(source) for source in report.sources]
    own = _counted(sources)
    suites = [_counted(cases) for _, cases in _suites(report)]
    total = sum(suites, own)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{_attributes(name=_OWN_SUITE, **_counts(total, 'tests', 'failures', 'errors'))}>\n"
    yield from _suite(_OWN_SUITE, own, sources, _properties(report), report)
    for (stack, cases), counted in zip(_suites(report), suites, strict=True):
        yield from _suite(stack or "no stack", counted, cases, {}, report)
    yield "</testsuites>\n"


def _suites(report: Report) -> Iterator[tuple[str, Iterator[_Case]]]:
    by_stack = attrgetter("stack")
    rules = {rule.id: rule for rule in report.rules}
    everything: Iterable[Result | CheckovFinding] = merge(report.results, report.checkov_findings, key=by_stack)
    for stack, found in groupby(everything, by_stack):
        yield stack, (_case(list(same), rules, report) for _, same in groupby(found, _subject))


def _subject(found: Result | CheckovFinding) -> tuple[str, ...]:
    return (found.urn, found.rule) if isinstance(found, Result) else (found.urn, found.resource, found.check)


def _case(same: list[Result | CheckovFinding], rules: dict[str, RuleNote], report: Report) -> _Case:
    """Return the test case of a rule on a resource, which may have several results."""
    first = min(same, key=lambda found: _WORST_FIRST.index(_outcome(found, report)))
    outcome = _outcome(first, report)
    # with the types of the parents: of test cases with the same name GitLab shows one only
    name = f"{first.name} ({qualified_type(first.urn) or first.type})" if isinstance(first, Result) else first.resource
    classname = ".".join(filter(None, (names_in(first.urn)[1], first.stack, rule_of(first))))
    if outcome == "passed":
        return _Case(classname, name)
    message = {"undecided": "undecided: ", "known": "known to the baseline: "}.get(outcome, "") + said_of(first)
    if outcome == "exempt" and first.exemption:
        message = first.exemption.words
    more = f" (and {len(same) - 1} more)" if len(same) > 1 else ""
    type_ = first.severity or outcome if outcome == "failed" else outcome
    lines = [line for found in same for line in _told(found, report)] + _about(first, rules.get(rule_of(first)))
    return _Case(classname, name, _ELEMENTS[outcome], type_, message + more, "\n".join(map(printable, lines)))


def _outcome(found: Result | CheckovFinding, report: Report) -> str:
    return "known" if found.status == "failed" and found.known and report.gate.new_only else found.status


def _told(found: Result | CheckovFinding, report: Report) -> Iterator[str]:
    """Yield the lines about one result."""
    yield f"{_outcome(found, report)}: {said_of(found)}"
    if isinstance(found, Result):
        if found.path:
            yield f"  at: {found.path}"
        if found.evidence:
            yield f"  evidence: {found.evidence}"
        if found.exposed_to:
            yield f"  exposed to: {found.exposed_to}"
        if found.chain:
            yield f"  chain: {chain_words(found.chain)}"
        for verdict in found.checkov_verdicts:
            yield f"  Checkov: {verdict.check} {verdict.verdict}"
    elif found.reason and not found.exemption:
        yield f"  reason: {found.reason}"
    if found.exemption and not found.exemption.expired:
        yield f"  {found.exemption.words}"
    if file := repository_path(report.run, found):
        yield f"  in: {file}:{max(found.location.line, 1) if found.location else 1}"


def _about(found: Result | CheckovFinding, rule: RuleNote | None) -> list[str]:
    """Return the lines that are the same for all results of a test case."""
    facts = {
        "rule": rule.title if rule else "",
        "found by": "" if isinstance(found, Result) else "Checkov",
        "remedy": rule.remedy if rule and found.status != "exempt" else "",
        "severity": found.severity,
        "level": found.level,
        "resource": found.urn,
        "owner": found.owner if isinstance(found, Result) else "",
        "controls": ", ".join(found.controls),
    }
    return [f"{name}: {value}" for name, value in facts.items() if value]


def _source(source: SourceFile) -> _Case:
    """Return the test case of a source: that it could be read."""
    case = _Case("stackproof.sources", source.path or "-")
    if not source.error:
        return case
    return case._replace(element="error", type="unreadable", message=source.error, text=printable(source.error))


def _properties(report: Report) -> dict[str, str]:
    """Return what decided, and the counts over all results, listed or not."""
    run, gate, summary = report.run, report.gate, report.summary
    return {
        "tool": f"{report.tool.name} {report.tool.version}",
        "verdict": gate.verdict,
        "complete": str(summary.complete).lower(),
        "fail-on": gate.fail_on,
        "new-only": str(gate.new_only).lower(),
        "judged-on": run.judged_on,
        "view": run.view,
        "rules": ", ".join(run.rule_sets),
        "configuration": run.configuration,
        "configuration.sha256": run.configuration_sha256,
        **{f"source.sha256 {source.path}": source.sha256 for source in report.sources if source.sha256},
        **{name: str(getattr(summary, name)) for name in ("failed", "undecided", "exempt", "passed", "broken", "resources")},
    }


def _counted(cases: Iterable[_Case]) -> Counter[str]:
    counts = Counter(case.element for case in cases)
    return Counter(tests=counts.total(), failures=counts["failure"], errors=counts["error"], skipped=counts["skipped"])


def _counts(counted: Counter[str], *names: str) -> dict[str, str]:
    return {name: str(counted[name]) for name in names}


def _suite(
    name: str, counted: Counter[str], cases: Iterable[_Case], properties: dict[str, str], report: Report
) -> Iterator[str]:
    counts = _counts(counted, "tests", "failures", "errors", "skipped")
    yield f"  <testsuite{_attributes(name=name, **counts, timestamp=report.run.started.removesuffix('Z'))}>\n"
    if properties:
        yield "    <properties>\n"
        for key, value in properties.items():
            yield f"      <property{_attributes(name=key, value=value)}/>\n"
        yield "    </properties>\n"
    yield from map(_xml, cases)
    yield "  </testsuite>\n"


def _xml(case: _Case) -> str:
    start = f"    <testcase{_attributes(classname=case.classname, name=case.name)}"
    if not case.element:
        return f"{start}/>\n"
    told = f"<{case.element}{_attributes(type=case.type, message=case.message)}>{escape(case.text)}</{case.element}>"
    return f"{start}>\n      {told}\n    </testcase>\n"


def _attributes(**given: str) -> str:
    """Return attributes; what XML cannot hold, such as control characters, is spelled out."""
    return "".join(f" {name}={quoteattr(printable(value))}" for name, value in given.items())
