"""What the formats for security tools must hold to: a function each, which raises for a text that does not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import jsonschema_rs
from botocore.validate import ParamValidator

SCHEMAS = Path(__file__).parent / "schemas"
OCSF_STATUSES = {"Pass": 1, "Warning": 2, "Fail": 3, "Broken": 99}

ASFF_LONGEST = {
    ("Id",): 512,
    ("GeneratorId",): 512,
    ("ProductArn",): 2048,
    ("Title",): 256,
    ("Description",): 1024,
    ("Remediation", "Recommendation", "Text"): 512,
    ("Note", "Text"): 512,
    ("Severity", "Original"): 64,
}
"""Characters that the reference of Security Hub's API allows, and that its model does not say."""

ASFF_LARGEST = 240 * 1024
"""Bytes of a finding, from the reference of BatchImportFindings."""


def ocsf(text: str) -> list[dict[str, Any]]:
    """Return the events in lines of OCSF."""
    events = _lines(text)
    schema = _schema("ocsf-compliance-finding-1.5.0.json")
    for event in events:
        schema.validate(event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["compliance"]["status_id"] == OCSF_STATUSES[event["compliance"]["status"]]
        assert event["metadata"]["version"] == "1.5.0"
    assert len({event["finding_info"]["uid"] for event in events}) == len(events)
    return events


def asff(text: str) -> list[dict[str, Any]]:
    """Return the findings in lines that each are what a call of BatchImportFindings takes."""
    model = botocore.session.get_session().get_service_model("securityhub").operation_model("BatchImportFindings").input_shape
    batches = _lines(text)
    for batch in batches:
        problems = ParamValidator().validate({"Findings": batch}, model)
        assert not problems.has_errors(), problems.generate_report()
        assert 1 <= len(batch) <= 100
    lines = text.splitlines()
    assert all(len(line) <= 6_000_000 for line in lines)
    for batch, line, following in zip(batches, lines, batches[1:], strict=False):  # no call more than it takes
        assert len(batch) == 100 or len(line) + len(json.dumps(following[0], separators=(",", ":"))) + 1 > 6_000_000
    findings = [finding for batch in batches for finding in batch]
    for finding in findings:
        _check_asff(finding)
    assert len({finding["Id"] for finding in findings}) == len(findings)
    return findings


def _check_asff(finding: dict[str, Any]) -> None:
    """Hold a finding to what the API's reference says of it and botocore's model does not."""
    for path, most in ASFF_LONGEST.items():
        value: Any = finding
        for name in path:
            value = value.get(name, {})
        assert not value or 0 < len(value) <= most, path
    assert len(json.dumps(finding).encode()) <= ASFF_LARGEST
    assert finding["SchemaVersion"] == "2018-10-08"
    assert len(finding["AwsAccountId"]) == 12
    assert finding["AwsAccountId"] in finding["ProductArn"]
    assert 1 <= len(finding["Resources"]) <= 32
    assert len(finding["Compliance"].get("RelatedRequirements", ())) <= 32
    assert len(finding["ProductFields"]) <= 50
    for key, value in finding["ProductFields"].items():
        assert len(key) <= 128, key
        assert 0 < len(value) <= 2048, key
    assert all(text.strip() for text in _texts(finding))  # the model's pattern, which botocore does not check
    assert all(type_.split("/")[0] == "Software and Configuration Checks" for type_ in finding["Types"])


def oscal(text: str) -> dict[str, Any]:
    """Return the one result of assessment results."""
    document = json.loads(text)
    found = document["assessment-results"]
    (result,) = found["results"]
    _schema("oscal-assessment-results-1.1.3.json").validate(document)
    resources = {item["uuid"] for item in found["back-matter"]["resources"]}
    local = result["local-definitions"]
    items = {item["uuid"] for item in local.get("inventory-items", ())}
    observations = {item["uuid"] for item in result.get("observations", ())}
    risks = {item["uuid"] for item in result.get("risks", ())}
    everything = [*found["back-matter"]["resources"], *local["components"], *local.get("inventory-items", ())]
    everything += [item for name in ("observations", "risks", "findings") for item in result.get(name, ())]
    assert len({item["uuid"] for item in everything}) == len(everything)
    assert found["import-ap"]["href"].removeprefix("#") in resources
    for observation in result.get("observations", ()):
        assert {subject["subject-uuid"] for subject in observation["subjects"]} <= items
    for finding in result.get("findings", ()):
        assert {item["observation-uuid"] for item in finding.get("related-observations", ())} <= observations
        assert {item["risk-uuid"] for item in finding.get("related-risks", ())} <= risks
        assert finding["origins"][0]["actors"][0]["actor-uuid"] == local["components"][0]["uuid"]
    return dict(result)


def _lines(text: str) -> list[Any]:
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


@cache
def _schema(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads((SCHEMAS / name).read_text(encoding="utf-8")), validate_formats=True)
