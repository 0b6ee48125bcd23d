"""The report as events of the Open Cybersecurity Schema Framework 1.5.0: one Compliance Finding a line, as JSON.

https://schema.ocsf.io/1.5.0/classes/compliance_finding. What is undecided is a warning, which stands there for a check that
gave no result because something is not known; a crash is `Other`. What is exempt is suppressed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from policies.controls import framework_of
from scanners.writers.subject import subjects
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Report
    from scanners.writers.subject import Subject

_VERSION = "1.5.0"
_CLASS, _CATEGORY, _CREATE = 2003, 2, 1

_SEVERITIES = {
    "": (0, "Unknown"),
    "informational": (1, "Informational"),
    "low": (2, "Low"),
    "medium": (3, "Medium"),
    "high": (4, "High"),
    "critical": (5, "Critical"),
}
_OTHER = 99
_COMPLIANCE = {
    "failed": (3, "Fail"),
    "exempt": (3, "Fail"),
    "undecided": (2, "Warning"),
    "passed": (1, "Pass"),
    "broken": (_OTHER, "Broken"),
}
_FINDING = {"exempt": (3, "Suppressed"), "passed": (4, "Resolved")}
_NEW = (1, "New")
_RULE = 1
"""The type of an analytic that is a rule."""


def write(report: Report) -> Iterator[str]:
    """Yield an event for each result that the report lists; a report without any is empty."""
    time = int(datetime.strptime(report.run.started, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC).timestamp()) * 1000
    for subject in subjects(report):
        yield json.dumps(_event(subject, report, time), separators=(",", ":")) + "\n"


def _event(subject: Subject, report: Report, time: int) -> dict[str, Any]:
    severity = "informational" if subject.status == "passed" else subject.severity
    severity_id, severity_name = _SEVERITIES.get(severity, (_OTHER, severity))
    status_id, status = _FINDING.get(subject.status, _NEW)
    event: dict[str, Any] = {
        "activity_id": _CREATE,
        "activity_name": "Create",
        "category_uid": _CATEGORY,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Compliance Finding",
        "type_uid": _CLASS * 100 + _CREATE,
        "type_name": "Compliance Finding: Create",
        "time": time,
        "severity_id": severity_id,
        "severity": severity_name,
        "status_id": status_id,
        "status": status,
        "message": subject.said,
        "metadata": {
            "version": _VERSION,
            "event_code": subject.check,
            "product": {"name": report.tool.name, "vendor_name": report.tool.name, "version": report.tool.version},
        },
        "finding_info": _finding(subject, time),
        "compliance": _compliance(subject),
        "resources": [_resource(subject)],
        "unmapped": {"stackproof": subject.facts},
    }
    if subject.remedy:
        event["remediation"] = {"desc": subject.remedy}
    return event


def _finding(subject: Subject, time: int) -> dict[str, Any]:
    analytic = {"type_id": _RULE, "type": "Rule", "uid": subject.check, "name": subject.title}
    found: dict[str, Any] = {
        "uid": subject.fingerprint,
        "title": subject.title,
        "desc": subject.said,
        "created_time": time,
        "analytic": analytic | ({"desc": subject.why} if subject.why else {}),
    }
    if subject.category:
        found["types"] = [subject.category]
    if subject.link:
        found["src_url"] = subject.link
    return found


def _compliance(subject: Subject) -> dict[str, Any]:
    status_id, status = _COMPLIANCE[subject.status]
    found: dict[str, Any] = {
        "control": subject.check,
        "status_id": status_id,
        "status": status,
        "status_details": [subject.said],
    }
    if subject.exemption and subject.status == "exempt":
        found["status_details"].append(printable(subject.exemption.words))
    if subject.controls:
        found["requirements"] = subject.controls
        frameworks = [framework for framework, _ in map(framework_of, subject.controls) if framework]
        found["standards"] = list(dict.fromkeys(f"{item.name} {item.version}" for item in frameworks))
    return found


def _resource(subject: Subject) -> dict[str, Any]:
    found: dict[str, Any] = {"uid": subject.resource, "name": subject.name}
    if subject.type:
        found["type"] = subject.type
    if subject.stack:
        found["namespace"] = subject.stack
    if subject.owner:
        found["owner"] = {"name": subject.owner}
    return found
