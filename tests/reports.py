"""Reports of every shape, for the tests of formats: made by scanning states that are generated here."""

from __future__ import annotations

import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from scanners.report import (
    BaselineEntry,
    BaselineNote,
    ExemptionNote,
    ExemptionUse,
    Hop,
    Place,
    Report,
    TagCoverage,
)
from scanners.stored_report import report_in
from tests.command import STATES, resource, stackproof, state
from tests.test_checkov_report import record
from tests.test_checkov_report import report as checkov_report

if TYPE_CHECKING:
    from collections.abc import Callable

MORE_STATES = [Path(item) for item in os.environ.get("MORE_STATES", "").split(os.pathsep) if item]
"""Directories with more exports to write in every format."""

DATABASE = "aws:rds/instance:Instance"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
MANY = 10_000
CODE = 'resource "aws_db_instance" "main" {\n  storage_encrypted = true\n}'
HOSTILE = (
    "<script>alert(1)</script>",
    "]]><!--&amp;",
    "[x](javascript:alert(1)) @all ![i](http://x.example/i.png) ``` #1",
    "=cmd|' /C calc'!A0",
    "+1;=2+3",
    "-1",
    "@SUM(A1)",
    "\uff1dHYPERLINK(1)",
    "\t=1",
    "\x1b[31mred\x1b[0m\x07",
    "nul\x00 c1\x9b31m \x7f",
    'a,b\r\n"c";\'d',
    "right\u202eto\u2066left \u05d0",
    "no character \ufffe\uffff",
    "line\u2028separator",
    "%2e%2e ${x} $(y) `z` {{ 7 * 7 }}",
    "🦆 \u0301",
    "",
    "long" * 300,
)
"""What names may hold: markup, formulas, escapes, other directions, what XML cannot hold."""

BREAKS = '''
"""A rule that breaks."""
from policies.rule import Severity, rule


@rule(applies_to=("aws:sqs/queue:Queue",), severity=Severity.LOW, remedy="Mend it.")
def queue_rule_that_breaks(queue):
    """Queues break this rule."""
    raise RuntimeError("the rule is broken")
'''
SETTINGS = """
rule-modules: [./breaks.py]
exemptions:
  - {rule: rds-storage-encrypted, resource: "*::exempt", reason: "Only =test <data>", owner: "data", expires: 2999-12-31}
  - {rule: rds-storage-encrypted, resource: "*::expired", reason: Too late, owner: data, expires: 2020-01-31}
"""
RULES = "all,queue-rule-that-breaks"
ALL = "failed,undecided,exempt,passed,broken"


def _scan(sources: dict[str, bytes], *options: str, rules: str = RULES) -> Report:
    """Scan files by their contents; what the scan writes as JSON is read back."""
    with tempfile.TemporaryDirectory() as directory:
        for name, content in {"stackproof.yaml": SETTINGS.encode(), "breaks.py": BREAKS.encode(), **sources}.items():
            (Path(directory) / name).write_bytes(content)
        files = [Path(directory) / name for name in sources]
        config = Path(directory) / "stackproof.yaml"
        ran = stackproof("scan", *files, "--config", config, "--rules", rules, "-f", "json", "--jobs", "1", *options)
    return report_in(ran.out.encode())


def _of_directory(directory: Path) -> Report:
    return _scan({file.name: file.read_bytes() for file in sorted(directory.glob("*.json"))})


def _empty() -> Report:
    return _scan({"empty.json": state()})


def _many() -> Report:
    """Return a report with more than `MANY` violations, in two stacks."""
    count = MANY // 2
    states = {
        f"{stack}.json": state(
            *(
                {**item, "urn": item["urn"].replace(":prod:", f":{stack}:")}
                for item in (resource("aws:lb/listener:Listener", f"web{i}", inputs={"protocol": "HTTP"}) for i in range(count))
            )
        )
        for stack in ("dev", "prod")
    }
    return _scan(states, rules="lb-listener-uses-tls")


def _hostile() -> Report:
    queues = [resource("aws:sqs/queue:Queue", name) for name in HOSTILE]
    buckets = [
        resource("aws:s3/bucket:Bucket", name, inputs={"tags": {f"aws:{name}": name}, "acl": "public-read"})
        | {"sourcePosition": f"project:///{name}.py#7,1"}
        for name in HOSTILE
    ]
    names = [
        {**item, "urn": item["urn"].replace(":prod:", f":{name}:").replace(":shop:", f":{name}:")}
        for name in HOSTILE
        if "::" not in name
        for item in [resource("aws:rds/instance:Instance", "db")]
    ]
    others = {f"{number}.json": state(item) for number, item in enumerate(names)}
    said = [
        record(name, check_id="CKV_X_1", check_name=name, file_path=f"/{name}", check_result={"result": result}, severity="low")
        for name in HOSTILE
        for result in ("FAILED", "UNKNOWN")
    ]
    report = _scan({"hostile.json": state(*queues, *buckets), **others, "checkov.json": _checkov(*said)}, "--show", ALL)
    for finding in report.checkov_findings[::2]:
        finding.resource += "\udc00"
    results = [
        msgspec.structs.replace(result, evidence=name, owner=name, name=f"{result.name}{name}\ud800", path=f"tags.{name}\udfff")
        for number, result in enumerate(report.results)
        for name in [HOSTILE[number % len(HOSTILE)]]
    ]
    return msgspec.structs.replace(report, results=results)


def _checkov(*records: dict[str, Any]) -> bytes:
    return json.dumps(checkov_report(*records)).encode()


def _incomplete() -> Report:
    return _scan({"good.json": state(resource()), "bad <&>\x1b.json": b"{", "none.json": b""})


def _outcomes() -> Report:
    """Return a report with all outcomes, and what Checkov says."""
    resources = (
        resource(DATABASE, "failed"),
        resource(DATABASE, "exempt"),
        resource(DATABASE, "expired"),
        resource(DATABASE, "undecided", inputs={"storageEncrypted": UNKNOWN}),
        resource(DATABASE, "passed", inputs={"storageEncrypted": True}),
        resource("aws:sqs/queue:Queue", "broken"),
        resource("aws:ec2/securityGroup:SecurityGroup", "twice", inputs={"ingress": [{"fromPort": 1}, {"fromPort": 2}]})
        | {"sourcePosition": "project:///network/groups.py#12,3"},
    )
    said = [
        record("aws_db_instance.main", CODE, check_id=f"CKV_X_{number}", check_name=f"Check {number}", check_result=result)
        for number, result in enumerate(
            (
                {"result": "FAILED"},
                {"result": "SKIPPED", "suppress_comment": "Agreed"},
                {"result": "UNKNOWN"},
            )
        )
    ]
    return _scan({"shop.json": state(*resources), "checkov.json": _checkov(*said)}, "--show", ALL)


def _filled() -> Report:
    """Return a report in which every field has a value."""
    report = _outcomes()
    note = ExemptionNote("Agreed", "data", "2999-12-31", expired=False)
    results = [
        msgspec.structs.replace(
            result,
            evidence="false",
            aliases=["urn:pulumi:prod::shop::aws:rds/instance:Instance::old"],
            owner="payments",
            known=number % 2 == 0 if result.status == "failed" else None,
            chain=[Hop("Lambda role", "admin", "iam:PassRole", "policies[0]")],
            exposed_to="everyone",
            location=result.location or Place("main.py", 3),
            exemption=result.exemption or (note if result.status == "exempt" else None),
        )
        for number, result in enumerate(report.results)
    ]
    for finding in report.checkov_findings:
        finding.known = finding.status == "failed" or None
    return msgspec.structs.replace(
        report,
        run=msgspec.structs.replace(
            report.run,
            project_dirs={"shop": "services/shop", "terraform": "infra", "": "others"},
            source_url="https://git.example/{file}#L{line}",
        ),
        gate=msgspec.structs.replace(report.gate, new_only=True),
        results=results,
        exemptions=[ExemptionUse("rds-storage-encrypted", "*", "Agreed", "data", "2999-12-31", "active", 30, 1, 3, "Exempt")],
        tag_coverage=[
            TagCoverage(
                "prod",
                "shop",
                "aws:rds/instance:Instance",
                "Owner",
                "owner",
                required=True,
                resources=3,
                tagged=1,
                missing=1,
                undecided=1,
            )
        ],
        baseline=BaselineNote(
            "baseline.json", "0" * 64, 2, 1, 1, {"high": 1}, {"mandatory": 1}, [BaselineEntry("r", "urn:x", "a.b")]
        ),
    )


CASES: dict[str, Callable[[], Report]] = {
    "examples": lambda: _of_directory(STATES),
    "empty": _empty,
    "many": _many,
    "hostile": _hostile,
    "incomplete": _incomplete,
    "outcomes": _outcomes,
    "filled": _filled,
    **{f"states-{directory}": lambda directory=directory: _of_directory(directory) for directory in MORE_STATES},  # type: ignore[misc]
}


@cache
def report_of(case: str) -> Report:
    """Return the report of a case of `CASES`, for an account and a region."""
    report = CASES[case]()
    report.run.aws_account, report.run.aws_region = "123456789012", "eu-west-1"
    return report
