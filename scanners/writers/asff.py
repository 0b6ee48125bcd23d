"""The report in the AWS Security Finding Format, for Security Hub: lines, each an array of at most 100 findings and 6 MB.

That is what one call of BatchImportFindings takes ("Guidelines for using the BatchImportFindings API"). The limits of texts
are those of its API reference; a text that is cut ends in an ellipsis. Security Hub keeps what its users say of a finding: it
takes the workflow status of a new one only.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from scanners.found import shortened
from scanners.writers.asff_types import type_of
from scanners.writers.subject import subjects
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Report
    from scanners.writers.subject import Subject

MOST_AT_ONCE = 100
_LARGEST = 6_000_000
_MOST = {"Id": 512, "Title": 256, "Description": 1024, "Text": 512, "Field": 1024, "Original": 64}
_MOST_REQUIREMENTS = 32

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b", "eusc-": "aws-eusc"}
_CONFIGURATION = "Software and Configuration Checks"
_STANDARDS, _PRACTICES = f"{_CONFIGURATION}/Industry and Regulatory Standards", f"{_CONFIGURATION}/AWS Security Best Practices"
_LABELS = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW"}
_NOTHING_WRONG, _NOT_GRADED = "INFORMATIONAL", "MEDIUM"
"""The severity of what passed, and of a check of Checkov without one: Security Hub has no word for unknown."""

_COMPLIANCE = {
    "failed": "FAILED",
    "exempt": "FAILED",
    "undecided": "WARNING",  # "some information is missing"
    "passed": "PASSED",
    "broken": "NOT_AVAILABLE",
}
_WORKFLOW = {"exempt": "SUPPRESSED", "passed": "RESOLVED"}


def write(report: Report) -> Iterator[str]:
    """Yield a line for each 100 results that the report lists; a report without any is empty.

    `run` names the account and the region; raises `ValueError` where it does not.
    """
    if not report.run.aws_account or not report.run.aws_region:
        raise ValueError("findings for Security Hub need an AWS account and region")
    batch: list[str] = []
    size = 0
    for subject in subjects(report):
        finding = json.dumps(_finding(subject, report), separators=(",", ":"))  # ASCII: as many bytes as characters
        if batch and (len(batch) == MOST_AT_ONCE or size + len(finding) + 2 > _LARGEST):
            yield _line(batch)
            batch, size = [], 0
        batch.append(finding)
        size += len(finding) + 1
    if batch:
        yield _line(batch)


def _line(findings: list[str]) -> str:
    return f"[{','.join(findings)}]\n"


def _finding(subject: Subject, report: Report) -> dict[str, Any]:
    run = report.run
    label = _NOTHING_WRONG if subject.status == "passed" else _LABELS.get(subject.severity, _NOT_GRADED)
    severity = {"Label": label, "Original": _cut(subject.severity or "none", "Original")}
    types = [_STANDARDS if subject.controls else _PRACTICES]
    found: dict[str, Any] = {
        "SchemaVersion": "2018-10-08",
        "Id": _identity(f"{report.tool.name}/{subject.fingerprint}"),
        "ProductArn": _product(run.aws_account, run.aws_region),
        "ProductName": report.tool.name,
        "CompanyName": report.tool.name,
        "GeneratorId": _identity(f"{report.tool.name}/{subject.check}"),
        "AwsAccountId": run.aws_account,
        "Types": types,
        "CreatedAt": run.started,
        "UpdatedAt": run.started,
        "Severity": severity,
        "FindingProviderFields": {"Severity": severity, "Types": types},
        "Title": _cut(subject.title, "Title"),
        "Description": _cut(subject.said, "Description"),
        "ProductFields": {f"{report.tool.name}/{name}": _cut(value, "Field") for name, value in _fields(subject).items()},
        "Resources": [{"Type": type_of(subject.type), "Id": _identity(subject.resource)}],
        "Compliance": {"Status": _COMPLIANCE[subject.status]},
        "Workflow": {"Status": _WORKFLOW.get(subject.status, "NEW")},
        "RecordState": "ACTIVE",
    }
    if subject.remedy:
        found["Remediation"] = {"Recommendation": {"Text": _cut(subject.remedy, "Text")}}
    if subject.controls:
        found["Compliance"]["RelatedRequirements"] = subject.controls[:_MOST_REQUIREMENTS]
    if subject.link:
        found["SourceUrl"] = subject.link
    if subject.exemption and subject.status == "exempt":
        text = _cut(printable(subject.exemption.words), "Text")
        found["Note"] = {"Text": text, "UpdatedBy": report.tool.name, "UpdatedAt": run.started}
    return found


def _fields(subject: Subject) -> dict[str, str]:
    more = len(subject.controls) - _MOST_REQUIREMENTS
    given = {
        **subject.facts,
        "rule": subject.check,
        "resource": subject.resource,
        "name": subject.name,
        "type": subject.type,
        "stack": subject.stack,
        "owner": subject.owner,
        "requirements_left_out": str(more) if more > 0 else "",
    }
    return {name: value for name, value in given.items() if value}


def _product(account: str, region: str) -> str:
    """Return the ARN of an account's own integration."""
    partition = next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")
    return f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default"


def _cut(text: str, what: str) -> str:
    return shortened(text if text.strip() else "-", _MOST[what])  # an empty one is refused


def _identity(text: str) -> str:
    """Return a text that identifies something; a long one ends in its hash, so that two stay two."""
    most = _MOST["Id"]
    if len(text) <= most:
        return text if text.strip() else "-"
    return f"{text[: most - 33]}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
