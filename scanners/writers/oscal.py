"""The report as assessment results of NIST's Open Security Controls Assessment Language (OSCAL) 1.1.3, as JSON.

https://pages.nist.gov/OSCAL/. Each listed result is an observation about an inventory item, the resource. Each control that
a rule judged here is a finding: satisfied only where every resource passed every rule that names it, and the run is
complete. Violations that are exempt leave it not satisfied, with a risk whose deviation is approved. Controls that nothing
was judged for are not there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from policies.controls import NIST_800_53, framework_of
from scanners.report import Counts
from scanners.results import encoded
from scanners.writers.subject import subjects
from scanners.writers.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scanners.report import Report
    from scanners.writers.subject import Subject

_VERSION = "1.1.3"
_NAMESPACE = "urn:stackproof"
"""Of properties that are not NIST's, and of identifiers, which are the same for the same thing in each report."""

_IDS = uuid5(NAMESPACE_URL, _NAMESPACE)
_NO_TOKEN = re.compile(r"[^a-z0-9._-]+")
_NIST_ENHANCEMENT = re.compile(r"\((\d+)\)")
_UUID = 16


def write(report: Report) -> Iterator[str]:
    """Yield the report; the results are read once for each kind of thing that is made of them."""
    head = hashlib.sha256(encoded(msgspec.structs.replace(report, results=[]))).hexdigest()
    document = f"{head} {len(report.results)}"
    plan = _id("plan", document)
    judged = _judged(report)
    start: dict[str, Any] = {
        "uuid": _id("document", document),
        "metadata": {
            "title": "stackproof: assessment results of Pulumi stacks on AWS",
            "last-modified": report.run.started,
            "version": report.run.started,
            "oscal-version": _VERSION,
        },
        "import-ap": {"href": f"#{plan}"},
        "back-matter": {"resources": [_plan(report, plan), *_sources(report)]},
    }
    result: dict[str, Any] = {
        "uuid": _id("result", document),
        "title": "Rules over the resources of Pulumi stacks",
        "description": _description(report),
        "start": report.run.started,
        **({"end": report.run.finished} if report.run.finished else {}),
        "props": _properties(_result_facts(report)),
        "reviewed-controls": _reviewed(judged),
    }
    yield f'{{"assessment-results":{_json(start)[:-1]},\n"results":[{_json(result)[:-1]}'
    yield f',\n"local-definitions":{{"components":[{_json(_tool(report))}]'
    yield from _array("inventory-items", map(_json, _inventory(report)))
    yield "}"
    observed: dict[str, bytearray] = defaultdict(bytearray)
    risks: dict[str, bytearray] = defaultdict(bytearray)
    yield from _array("observations", _observations(report, observed))
    yield from _array("risks", _risks(report, risks))
    yield from _array("findings", _findings(report, judged, observed, risks))
    yield "\n}]}}\n"


def _array(name: str, items: Iterable[str]) -> Iterator[str]:
    """Yield a property that holds an array; nothing where it is empty, which OSCAL does not allow. An item begins with `{`."""
    some = False
    for item in items:
        if item.startswith("{"):  # else the rest of an item
            yield ",\n" if some else f',\n"{name}":[\n'
            some = True
        yield item
    if some:
        yield "\n]"


def _json(item: object) -> str:
    return json.dumps(item, separators=(",", ":"))


def _id(kind: str, name: str) -> str:
    return str(uuid5(_IDS, f"{kind} {name}"))


def _properties(facts: Mapping[str, str]) -> list[dict[str, str]]:
    """Return facts as properties; a value is one line that neither begins nor ends with a blank."""
    given = ((name.replace("_", "-"), printable(value).strip()) for name, value in facts.items())
    return [{"name": name, "ns": _NAMESPACE, "value": value} for name, value in given if value]


# The document.


def _description(report: Report) -> str:
    summary = report.summary
    counts = ", ".join(f"{getattr(summary, name)} {name}" for name in ("failed", "undecided", "exempt", "passed", "broken"))
    incomplete = "" if summary.complete else " The run is incomplete: a source or a rule gave no answer."
    return f"{summary.resources} resources were judged by {len(report.rules)} rules: {counts}.{incomplete}"


def _result_facts(report: Report) -> dict[str, str]:
    run, gate = report.run, report.gate
    return {
        "complete": str(report.summary.complete).lower(),
        "verdict": gate.verdict,
        "fail-on": gate.fail_on,
        "new-only": str(gate.new_only).lower(),
        "judged-on": run.judged_on,
        "view": run.view,
    }


def _tool(report: Report) -> dict[str, Any]:
    return {
        "uuid": _id("tool", report.tool.version),
        "type": "software",
        "title": printable(report.tool.name),
        "description": f"stackproof {printable(report.tool.version)}, which judges Pulumi stacks by rules",
        "status": {"state": "operational"},
    }


def _plan(report: Report, uuid: str) -> dict[str, Any]:
    """Return what stands for the assessment plan: the rules that were active, by the configuration."""
    run = report.run
    facts = {
        "rule-sets": ", ".join(run.rule_sets),
        "configuration": run.configuration,
        "configuration-sha256": run.configuration_sha256,
    }
    plan: dict[str, Any] = {
        "uuid": uuid,
        "title": "Plan of the assessment",
        "description": "Every resource is judged by every active rule that looks at its type.",
    }
    properties = _properties(facts)
    return plan | ({"props": properties} if properties else {})


def _sources(report: Report) -> Iterator[dict[str, Any]]:
    for source in report.sources:
        facts = {"kind": source.kind, "stack": source.stack, "project": source.project, "sha256": source.sha256}
        found: dict[str, Any] = {
            "uuid": _id("source", f"{printable(source.path)} {source.sha256} {printable(source.stack)}"),
            "title": printable(source.path) or "-",
            "props": _properties({**facts, "resources": str(source.resources)}),
        }
        if source.error:
            found["remarks"] = f"Not read, whole or in part: {printable(source.error)}"
        yield found


# Resources and results.


def _resource_id(subject: Subject) -> str:
    return _id("resource", f"{subject.stack} {subject.resource}")


def _inventory(report: Report) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for subject in subjects(report):
        uuid = _resource_id(subject)
        if uuid not in seen:
            seen.add(uuid)
            facts = {"urn": subject.resource, "type": subject.type, "stack": subject.stack, "owner": subject.owner}
            yield {"uuid": uuid, "description": f"{subject.name} {subject.type}", "props": _properties(facts)}


def _observed(report: Report) -> Iterator[tuple[str, Subject]]:
    """Yield each listed result and its id; where the same stack is there twice, the second time with another."""
    seen: dict[bytes, int] = {}
    for subject in subjects(report):
        uuid = uuid5(_IDS, f"observation {subject.fingerprint} {subject.resource}")
        before = seen.get(uuid.bytes, 0)
        seen[uuid.bytes] = before + 1
        yield str(uuid5(uuid, str(before)) if before else uuid), subject


def _observations(report: Report, observed: dict[str, bytearray]) -> Iterator[str]:
    for uuid, subject in _observed(report):
        observed[subject.check] += UUID(uuid).bytes
        observation: dict[str, Any] = {
            "uuid": uuid,
            "title": subject.title,
            "description": subject.said,
            "props": _properties({"rule": subject.check, "severity": subject.severity, **subject.facts}),
            "methods": ["TEST"],
            "subjects": [{"subject-uuid": _resource_id(subject), "type": "inventory-item", "title": subject.name}],
            "collected": report.run.started,
        }
        if subject.link:
            observation["relevant-evidence"] = [{"href": subject.link, "description": "The line of the program"}]
        if subject.remedy and subject.status == "failed":
            observation["remarks"] = subject.remedy
        yield _json(observation)


def _risks(report: Report, risks: dict[str, bytearray]) -> Iterator[str]:
    """Yield what is exempt."""
    for observation, subject in _observed(report):
        note = subject.exemption
        if subject.status == "exempt" and note:
            uuid = uuid5(UUID(observation), "risk")
            risks[subject.check] += uuid.bytes
            risk: dict[str, Any] = {
                "uuid": str(uuid),
                "title": subject.title,
                "description": subject.said,
                "statement": printable(note.words),
                "props": _properties({"rule": subject.check, "owner": note.owner, "source": note.source}),
                "status": "deviation-approved",
                "related-observations": [{"observation-uuid": observation}],
            }
            if note.expires:
                risk["deadline"] = f"{note.expires}T00:00:00Z"
            yield _json(risk)


# Controls.


def _judged(report: Report) -> dict[str, dict[str, Counts]]:
    """Return the controls that something was judged for, in order, each with the counts of what judged it by its id."""
    found: dict[str, dict[str, Counts]] = defaultdict(dict)
    for rule in report.rules:
        if any(msgspec.structs.astuple(rule.counts)):
            for control in rule.controls:
                found[control][rule.id] = rule.counts
    for finding in report.checkov_findings:
        for control in finding.controls:
            counts = found[control].setdefault(finding.check, Counts())
            setattr(counts, finding.status, getattr(counts, finding.status) + 1)
    return dict(sorted(found.items()))


def _control_id(control: str) -> str:
    """Return the id of a control: NIST's own in its catalogue (AC-2(1) is ac-2.1), else one with the framework before it."""
    framework, id_ = framework_of(control)
    if framework is NIST_800_53:
        token = _NIST_ENHANCEMENT.sub(r".\1", id_.lower())
    else:
        token = f"{framework.key}_{id_}".lower() if framework else control.lower()
    token = _NO_TOKEN.sub("-", token)
    return token if token[:1].isalpha() else f"_{token}"


def _reviewed(judged: Iterable[str]) -> dict[str, Any]:
    """Return the controls by framework."""
    by_framework: dict[str, list[str]] = defaultdict(list)
    for control in judged:
        framework, _ = framework_of(control)
        by_framework[f"{framework.name} {framework.version}" if framework else "Other"].append(_control_id(control))
    selections: list[dict[str, Any]] = [
        {"description": name, "include-controls": [{"control-id": id_} for id_ in dict.fromkeys(ids)]}
        for name, ids in by_framework.items()
    ]
    return {"control-selections": selections or [{"description": "No control was assessed."}]}


def _findings(
    report: Report,
    judged: Mapping[str, Mapping[str, Counts]],
    observed: Mapping[str, bytearray],
    risks: Mapping[str, bytearray],
) -> Iterator[str]:
    doubt = _doubt(report)
    origin = {"actors": [{"type": "tool", "actor-uuid": _id("tool", report.tool.version)}]}
    for control, checks in judged.items():
        framework, id_ = framework_of(control)
        name = framework.controls().get(id_, "") if framework else ""
        total = Counts(*map(sum, zip(*map(msgspec.structs.astuple, checks.values()), strict=True)))
        told = ", ".join(f"{count} {outcome}" for outcome, count in msgspec.structs.asdict(total).items() if count)
        target_id = f"{_control_id(control)}_obj" if framework is NIST_800_53 else _control_id(control)
        finding = {
            "uuid": _id("finding", printable(control)),
            "title": f"{printable(control)} {name}".rstrip(),
            "description": f"Judged in part, by {', '.join(map(printable, sorted(checks)))}: {told}.",
            "origins": [origin],
            "target": {"type": "objective-id", "target-id": target_id, "status": _status(total, doubt)},
        }
        yield _json(finding)[:-1]
        yield from _related("related-observations", "observation-uuid", checks, observed)
        yield from _related("related-risks", "risk-uuid", checks, risks)
        yield "}"


def _related(name: str, key: str, checks: Iterable[str], ids: Mapping[str, bytearray]) -> Iterator[str]:
    separator = f',"{name}":['
    for check in checks:
        found = ids.get(check, b"")
        for start in range(0, len(found), _UUID):
            yield f'{separator} {{"{key}":"{UUID(bytes=bytes(found[start : start + _UUID]))}"}}'
            separator = ","
    if separator == ",":
        yield "]"


def _doubt(report: Report) -> str:
    """Return why nothing may be called satisfied; empty where nothing speaks against it."""
    if not report.summary.complete:
        return "The run is incomplete: a source or a rule gave no answer."
    checkov = report.summary.checkov
    listed = sum(finding.status in ("failed", "undecided", "exempt") for finding in report.checkov_findings)
    if checkov and checkov.failed + checkov.unknown + checkov.exempt > listed:
        return "Checkov found more than the report lists."
    return ""


def _status(counts: Counts, doubt: str) -> dict[str, str]:
    if counts.failed or counts.exempt:
        return {"state": "not-satisfied", "reason": "fail"}
    if counts.undecided or counts.broken:
        return {"state": "not-satisfied", "reason": "other", "remarks": "Not everything could be decided."}
    if doubt:
        return {"state": "not-satisfied", "reason": "other", "remarks": doubt}
    return {"state": "satisfied", "reason": "pass"}
