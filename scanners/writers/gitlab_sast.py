"""The report as GitLab reads security scans: its SAST report, version 15.

Failed results are vulnerabilities. The format has no word for what is exempt or undecided: how many there are is told in the
messages of the scan, as are rules that broke and sources that could not be read.

GitLab takes two vulnerabilities at one place that share an identifier for one, and shows the first only: resources made by
one line, or without a known line, would be lost. So the one identifier is the rule's, with a value that is the result's own;
checks and controls, which rules share, are details. Sources:
https://gitlab.com/gitlab-org/security-products/security-report-schemas,
https://docs.gitlab.com/user/application_security/detect/vulnerability_deduplication.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from scanners.found import BASELINE, chain_words, shortened
from scanners.report import Result
from scanners.writers.gitlab import array, violations
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Report, RuleNote
    from scanners.writers.gitlab import Violation

_VERSION = "15.0.7"
"""The schema's. GitLab takes every 15.x; a later one would shut out older installations."""

_SCHEMA = (
    f"https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v{_VERSION}/dist/sast-report-format.json"
)
_LONGEST_NAME, _LONGEST_DESCRIPTION, _LONGEST_SOLUTION = 255, 1_048_576, 7_000
_SEVERITIES = {"critical", "high", "medium", "low"}
_TICKS = re.compile("`+")


def write(report: Report) -> Iterator[str]:
    """Yield the report as JSON."""
    head = {"version": _VERSION, "schema": _SCHEMA, "scan": _scan(report)}
    yield f'{json.dumps(head, indent=2)[:-2]},\n  "vulnerabilities": '
    rules = {rule.id: rule for rule in report.rules}
    yield from array(_vulnerability(violation, rules) for violation in violations(report))
    yield "\n}\n"


def _scan(report: Report) -> dict[str, Any]:
    tool = {
        "id": report.tool.name,
        "name": report.tool.name,
        "version": report.tool.version,
        "vendor": {"name": report.tool.name},
    }
    run = report.run
    options = {
        "fail-on": report.gate.fail_on,
        "new-only": report.gate.new_only,
        "rules": ", ".join(run.rule_sets),
        "view": run.view,
        "configuration": printable(run.configuration),
        "configuration sha256": run.configuration_sha256,
    }
    return {
        "analyzer": tool,
        "scanner": tool,
        "type": "sast",
        "start_time": run.started.removesuffix("Z"),
        "end_time": (run.finished or run.started).removesuffix("Z"),
        "status": "success" if report.summary.complete else "failure",
        "messages": [{"level": level, "value": printable(text)} for level, text in _messages(report)],
        "options": [{"name": name, "value": value} for name, value in options.items()],
    }


def _messages(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what is not among the vulnerabilities: the level in the schema's words, and the text."""
    for source in report.sources:
        if source.error:
            yield "warn", f"{source.path}: {source.error}"
    for rule in report.rules:
        if rule.counts.broken:
            yield "warn", f"{rule.id} gave no answer: it broke on {rule.counts.broken} results"
    summary, checkov = report.summary, report.summary.checkov
    counts = {
        "failed": summary.failed + (checkov.failed if checkov else 0),
        "undecided": summary.undecided + (checkov.unknown if checkov else 0),
        "exempt": summary.exempt + (checkov.exempt if checkov else 0),
        "passed": summary.passed,
    }
    yield "info", f"{', '.join(f'{count} {outcome}' for outcome, count in counts.items())}; what failed is listed"


def _vulnerability(violation: Violation, rules: dict[str, RuleNote]) -> dict[str, Any]:
    found = violation.found
    rule = rules.get(found.rule) if isinstance(found, Result) else None
    location: dict[str, Any] = {"file": violation.file} | ({"start_line": violation.line} if violation.line else {})
    about = ": ".join(_code(text) for text in (violation.resource, violation.message) if text)
    paragraphs = [printable(rule.title) if rule else _code(violation.title), printable(rule.why) if rule else "", about]
    told: dict[str, Any] = {
        "id": str(uuid5(NAMESPACE_URL, f"stackproof:{found.fingerprint}")),
        "name": shortened(violation.title, _LONGEST_NAME),
        "description": shortened("\n\n".join(filter(None, paragraphs)), _LONGEST_DESCRIPTION),
        "severity": found.severity.capitalize() if found.severity in _SEVERITIES else "Unknown",
        "identifiers": [
            {
                "type": "stackproof" if rule else "checkov",
                "name": violation.rule,
                "value": f"{violation.rule}:{found.fingerprint}",
            }
        ],
        "location": location,
        "details": _details(violation),
        "tracking": {
            "type": "source",
            "items": [{**location, "signatures": [{"algorithm": "hash", "value": found.fingerprint}]}],
        },
    }
    if rule and rule.remedy:
        told["solution"] = shortened(printable(rule.remedy), _LONGEST_SOLUTION)
    return told


def _details(violation: Violation) -> dict[str, Any]:
    found = violation.found
    facts = {
        "Stack": found.stack,
        "URN": found.urn,
        "Level": found.level,
        "Controls": ", ".join(found.controls),
        "Baseline": BASELINE[found.known],
    }
    if isinstance(found, Result):
        facts |= {"Property": found.path, "Evidence": found.evidence, "Owner": found.owner, "Exposed to": found.exposed_to}
        facts |= {"Checkov": ", ".join(found.checkov), "Chain": chain_words(found.chain)}
    else:
        facts |= {"Resource": found.resource, "Framework": found.framework, "Rules": ", ".join(found.rules)}
    return {
        name.lower().replace(" ", "_"): {"name": name, "type": "text", "value": printable(value)}
        for name, value in facts.items()
        if value
    }


def _code(text: str) -> str:
    """Return a text as code in Markdown, where no markup, mention or link in it means anything."""
    fence = "`" * (max((len(ticks) for ticks in _TICKS.findall(text)), default=0) + 1)
    return f"{fence} {text} {fence}" if len(fence) > 1 else f"`{text}`"
