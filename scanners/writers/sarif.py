"""The report as SARIF 2.1.0 (OASIS), as code scanning services read it.

Failed, exempt and undecided results are written: failed ones as `fail`, exempt ones suppressed, undecided ones as `open`.
What passed is written where it was asked for.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanners.report import Report, Result, RuleNote

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SECURITY_SEVERITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""GitHub's ranges: over 9.0 is critical, from 7.0 high, from 4.0 medium."""

_KINDS = {"failed": "fail", "exempt": "fail", "undecided": "open", "passed": "pass", "broken": "review"}


_MOST_RESULTS = 25_000
"""GitHub refuses a run with more."""


def write(report: Report) -> Iterator[str]:
    """Yield the report as SARIF; of more results than a service takes, the worst."""
    results: Iterable[Result] = report.results
    if len(report.results) > _MOST_RESULTS:
        worst_first = sorted(
            results, key=lambda result: (result.status != "failed", -float(_SECURITY_SEVERITY[result.severity]))
        )
        results = worst_first[:_MOST_RESULTS]
    index = {rule.id: place for place, rule in enumerate(report.rules)}
    rules = [_descriptor(rule) for rule in report.rules]
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": report.tool.name, "version": report.tool.version, "rules": rules}},
                "invocations": [_invocation(report)],
                "originalUriBaseIds": {"PROJECT": {"description": {"text": "The directory of the Pulumi project."}}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(result, index[result.rule]) for result in results],
            }
        ],
    }
    yield json.dumps(log, indent=2, ensure_ascii=True) + "\n"


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


def _invocation(report: Report) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": report.summary.complete}
    notes = [("error", f"{source.path}: {source.error}") for source in report.sources if source.error]
    if len(report.results) > _MOST_RESULTS:
        notes.append(("warning", f"{_MOST_RESULTS} of {len(report.results)} results are written, the worst of them"))
    if notes:
        invocation["toolExecutionNotifications"] = [{"level": level, "message": _message(text)} for level, text in notes]
    return invocation


def _result(result: Result, index: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": index,
        "kind": _KINDS[result.status],
        "level": _LEVELS[result.severity] if result.status in ("failed", "exempt") else "none",
        "message": _message(f"{result.name}: {result.message or 'passed'}"),
        "partialFingerprints": {"stackproof/v1": result.fingerprint},
        "locations": [_location(result)],
        "properties": {"urn": result.urn, "stack": result.stack, "enforcement": result.level, "status": result.status},
    }
    if result.path:
        found["properties"]["path"] = result.path
    if result.status == "exempt" and result.exemption:
        note = result.exemption
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": note.reason}]
    return found


def _message(text: str) -> dict[str, str]:
    """Return a message; names come from outside, and SARIF would read `[text](address)` in them as a link."""
    return {"text": text.replace("](", "] (")}


def _location(result: Result) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"name": result.name, "fullyQualifiedName": result.urn, "kind": "resource"}],
    }
    if result.location:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(result.location.file.lstrip("/")), "uriBaseId": "PROJECT"},
            "region": {"startLine": max(result.location.line, 1)},
        }
    return location
