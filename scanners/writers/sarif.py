"""The report as SARIF 2.1.0 (OASIS), as code scanning services read it.

Failed, exempt and undecided results are written: failed ones as `fail`, exempt ones suppressed, undecided ones as `open`.
What passed is written where it was asked for.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from scanners.checkov_answers import SUPPRESSION
from scanners.report import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scanners.report import CheckovFinding, ExemptionNote, Place, Report, RuleNote

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SECURITY_SEVERITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""GitHub's ranges: over 9.0 is critical, from 7.0 high, from 4.0 medium."""

_KINDS = {"failed": "fail", "exempt": "fail", "undecided": "open", "passed": "pass", "broken": "review"}


_MOST_RESULTS = 25_000
"""GitHub refuses a run with more."""


def write(report: Report) -> Iterator[str]:
    """Yield the report as SARIF; of more results than a service takes, the worst."""
    found: Iterable[Result | CheckovFinding] = chain(report.results, report.checkov_findings)
    if _count(report) > _MOST_RESULTS:
        found = sorted(found, key=_worst_first)[:_MOST_RESULTS]
    checks = {finding.check: finding for finding in reversed(report.checkov_findings)}
    told = {result.rule for result in report.results}
    rules = [
        *(_descriptor(rule) for rule in report.rules if rule.id in told),
        *(_check(checks[check]) for check in sorted(checks)),
    ]
    index = {rule["id"]: place for place, rule in enumerate(rules)}
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": report.tool.name, "version": report.tool.version, "rules": rules}},
                "invocations": [_invocation(report)],
                "originalUriBaseIds": {"PROJECT": {"description": {"text": "The directory of the Pulumi project."}}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(item, index) if isinstance(item, Result) else _finding(item, index) for item in found],
            }
        ],
    }
    yield json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _count(report: Report) -> int:
    return len(report.results) + len(report.checkov_findings)


def _worst_first(item: Result | CheckovFinding) -> tuple[bool, float]:
    return item.status != "failed", -float(_SECURITY_SEVERITY.get(item.severity, 0))


def _descriptor(rule: RuleNote) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why or rule.title},
        "help": {"text": rule.remedy, "markdown": rule.remedy},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": _SECURITY_SEVERITY[rule.severity],
            "tags": ["security", *rule.controls],
        },
    }


def _check(finding: CheckovFinding) -> dict[str, Any]:
    """Return the descriptor of a check of Checkov; `finding` is the first that it found."""
    title = finding.title or finding.check
    descriptor: dict[str, Any] = {
        "id": finding.check,
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "defaultConfiguration": {"level": _LEVELS.get(finding.severity, "warning")},
        "properties": {"tags": ["security", "checkov", *finding.controls]},
    }
    if finding.severity in _SECURITY_SEVERITY:
        descriptor["properties"]["security-severity"] = _SECURITY_SEVERITY[finding.severity]
    return descriptor


def _invocation(report: Report) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": report.summary.complete}
    notes = [("error", f"{source.path}: {source.error}") for source in report.sources if source.error]
    if _count(report) > _MOST_RESULTS:
        notes.append(("warning", f"{_MOST_RESULTS} of {_count(report)} results are written, the worst of them"))
    if notes:
        invocation["toolExecutionNotifications"] = [{"level": level, "message": _message(text)} for level, text in notes]
    return invocation


def _result(result: Result, index: Mapping[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": index[result.rule],
        "kind": _KINDS[result.status],
        "level": _LEVELS[result.severity] if result.status in ("failed", "exempt") else "none",
        "message": _message(f"{result.name}: {result.message or 'passed'}"),
        "partialFingerprints": {"stackproof/v1": result.fingerprint},
        "locations": [_location(result.name, result.urn, result.location)],
        "properties": {"urn": result.urn, "stack": result.stack, "enforcement": result.level, "status": result.status},
    }
    if result.path:
        found["properties"]["path"] = result.path
    if result.checkov_verdicts:
        found["properties"]["checkov"] = [f"{verdict.check} {verdict.verdict}" for verdict in result.checkov_verdicts]
    if result.status == "exempt" and result.exemption:
        found["suppressions"] = [_suppression(result.exemption)]
    return found


def _finding(finding: CheckovFinding, index: Mapping[str, int]) -> dict[str, Any]:
    """Return what only Checkov finds as a result."""
    properties = {name: getattr(finding, name) for name in ("urn", "stack", "resource", "framework", "status")}
    found: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": index[finding.check],
        "kind": _KINDS[finding.status],
        "level": _LEVELS.get(finding.severity, "warning") if finding.status in ("failed", "exempt") else "none",
        "message": _message(f"{finding.resource}: {finding.title or finding.check}"),
        "partialFingerprints": {"stackproof/v1": finding.fingerprint},
        "locations": [_location(finding.resource, finding.urn or finding.resource, finding.location)],
        "properties": {**properties, "enforcement": finding.level},
    }
    if finding.status == "exempt" and finding.exemption:
        found["suppressions"] = [_suppression(finding.exemption)]
    return found


def _suppression(note: ExemptionNote) -> dict[str, str]:
    kind = "inSource" if note.source == SUPPRESSION else "external"
    return {"kind": kind, "status": "accepted", "justification": note.reason}


def _message(text: str) -> dict[str, str]:
    """Return a message; names come from outside, and SARIF would read `[text](address)` in them as a link."""
    return {"text": text.replace("](", "] (")}


def _location(name: str, urn: str, place: Place | None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"name": name, "fullyQualifiedName": urn, "kind": "resource"}],
    }
    if place:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(place.file.lstrip("/")), "uriBaseId": "PROJECT"},
            "region": {"startLine": max(place.line, 1)},
        }
    return location
