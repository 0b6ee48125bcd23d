"""What baselines and differences are made of: sources that are judged here, and JSON reports of earlier scans."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import redirect_stdout
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from policies.former_urns import formerly
from scanners.baseline import Met
from scanners.found import everything, path_of, rule_of, subject_of
from scanners.identity import Names, canonical, fingerprint
from scanners.identity import names_of as names_of_resource
from scanners.judging import Asked, Facts
from scanners.processes import cores
from scanners.report import CheckovFinding, Result
from scanners.scan import Scan, run_of
from scanners.sources import files
from scanners.sources.source import CHANGES, SourceError
from scanners.stored_report import report_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policies.configuration import Configuration
    from scanners.baseline import Baseline
    from scanners.report import Report

_MOST_APART = 100
VIOLATIONS = ("failed", "exempt")
LISTED = frozenset({"failed", "undecided", "exempt", "broken"})
_PARTS_OF_STACKS = (CHANGES, "checkov", "unreadable")


class Judged(NamedTuple):
    """What was judged, here or in an earlier scan.

    `met` says what of a baseline was met. `names` are those of all resources, also those before,
    `urns` today's; None where the report does not tell them.
    """

    report: Report
    met: Met
    names: frozenset[str] | None
    urns: frozenset[str] | None


def judged(
    sources: Iterable[str], configured: Configuration, baseline: Baseline, *, view: str = "inputs"
) -> tuple[list[Judged], list[str]]:
    """Return what came of sources, and what keeps it from being complete. All that are no reports are judged in one scan."""
    errors: list[str] = []
    found = files.locate_all(sources, lambda path, error: errors.append(f"{path}: {error}"))
    started = datetime.now(UTC)
    asked = Asked(configured, started.astimezone().date(), LISTED, baseline, with_tags=False)
    scan = Scan(asked, cores())
    names: set[str] = set()
    urns: set[str] = set()
    reports: list[Judged] = []
    has_stacks = False
    for file in found:
        try:
            data, sha256 = files.content(file)
            if is_report(data):
                reports.append(_of_report(_read(data), baseline))
                continue
            with redirect_stdout(sys.stderr):  # what a user's rule prints does not belong into the output
                for stack in files.stacks_in(file, data, sha256, view=view):
                    has_stacks = True
                    for resource in stack.stack.resources:
                        names.update(names_of_resource(resource, stack.stack).all)
                        urns.add(resource.urn)
                    scan.add(stack)
        except SourceError as error:
            errors.append(f"{file}: {error}")
    if has_stacks:
        report = scan.report(run_of(configured, started, view))
        reports.append(Judged(report, scan.met(), frozenset(names), frozenset(urns)))
    for one in reports:
        errors += [f"{source.path}: {source.error}" for source in one.report.sources if source.error]
        if one.report.summary.broken:
            errors.append("a rule crashed; `stackproof scan` shows where")
    return reports, errors


class _Head(msgspec.Struct):
    tool: dict[str, msgspec.Raw]
    run: msgspec.Raw
    summary: msgspec.Raw


def is_report(data: bytes) -> bool:
    """Say whether a file is a JSON report of a scan."""
    try:
        return msgspec.json.decode(data, type=_Head).tool.get("name") == msgspec.Raw(b'"stackproof"')
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _read(data: bytes) -> Report:
    report = report_in(data)
    listed = Counter(item.status for item in everything(report))
    summary, checkov = report.summary, report.summary.checkov
    counted = {
        "failed": summary.failed + (checkov.failed if checkov else 0),
        "undecided": summary.undecided + (checkov.unknown if checkov else 0),
        "exempt": summary.exempt + (checkov.exempt if checkov else 0),
        "broken": summary.broken,
    }
    for status, count in counted.items():
        if listed[status] != count:
            raise SourceError(f"a report that lists {listed[status]} of {count} {status} results: scan again without --show")
    return report


def _of_report(report: Report, baseline: Baseline) -> Judged:
    """Compare a report with a baseline as a scan does."""
    counts: Counter[str] = Counter()
    told = {subject_of(item) for item in everything(report)}
    for item, order in numbered(report):
        what = Facts(rule_of(item), item.severity, item.level, [], [])
        baseline.meets(what, names_of(item, told.__contains__), path_of(item), order, item.status, counts)
    whole = {
        (source.stack, source.project) for source in report.sources if not source.error and source.kind not in _PARTS_OF_STACKS
    }
    asked = {rule.id for rule in report.rules} | {finding.check for finding in report.checkov_findings}
    return Judged(report, Met(counts, whole, asked), None, None)


def names_of(item: Result | CheckovFinding, is_there: Callable[[str], bool]) -> Names:
    """Return the names of the resource that a result is on, as a baseline takes them."""
    subject = subject_of(item)
    former = (urn for urn in formerly(subject, item.type if isinstance(item, Result) else "") if not is_there(urn))
    urns = dict.fromkeys(map(canonical, (subject, *item.aliases, *former)))
    return Names(tuple(urns), item.mark, is_there)


def numbered(report: Report) -> Iterator[tuple[Result | CheckovFinding, int]]:
    """Yield the results, each with the number of those of its rule at the same path before it.

    Raises `SourceError` for a fingerprint that is not the one of the result: another version wrote the report.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    findings = Counter((rule_of(item), subject_of(item), path_of(item)) for item in report.checkov_findings)
    for item in everything(report):
        what = rule_of(item), subject_of(item), path_of(item)
        order = 0
        if item.status in VIOLATIONS:
            last = seen[what]
            # a stack may stand in two sources, and what came of the ordering is not always the order of the list
            numbers = chain((last,), range(last), range(last + 1, last + _MOST_APART + findings[what]))
            found = next((number for number in numbers if fingerprint(*what, number) == item.fingerprint), None)
            if found is None:
                raise SourceError(f"the fingerprint of {what[0]} on {what[1]} is not that of this version: scan again")
            order = found
            seen[what] += 1
        yield item, order
