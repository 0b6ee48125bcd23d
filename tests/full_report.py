"""Reports in which nothing is missing, made from a scan of the examples: what a writer has to cope with.

Whole, hostile, empty, incomplete, and large.
"""

from __future__ import annotations

from functools import cache
from itertools import cycle
from typing import Any

import msgspec
from msgspec.structs import replace

from scanners.report import (
    BaselineEntry,
    BaselineNote,
    CheckovFinding,
    CheckovSummary,
    CheckovVerdict,
    Counts,
    ExemptionNote,
    ExemptionUse,
    FixPatch,
    Hop,
    Place,
    Report,
    Result,
    TagCoverage,
)
from scanners.stored_report import report_in
from tests.command import EXAMPLES, STATES, stackproof

STACK_OF = {"aws-py-create-role": "prod", "wordpress-ecs-rds": "prod", "aws-py-static-website": "staging"}  # the others: dev
CRITICAL = {"iam-policy-without-privilege-escalation", "s3-bucket-has-public-access-block"}
OWNERS = ("web-team", "data", "", "platform & co")
MOST_OF_A_RULE = 4
RULES_WITHOUT_RESULTS = 10


@cache
def whole() -> Report:
    """A report with every outcome, severity and part."""
    ran = stackproof("scan", STATES, "--config", EXAMPLES / "stackproof.yaml", "-f", "json")
    report = report_in(ran.out.encode())
    kept: list[Result] = []
    of_a_rule: dict[str, int] = {}
    for result in report.results:
        of_a_rule[result.rule] = of_a_rule.get(result.rule, 0) + 1
        if of_a_rule[result.rule] <= MOST_OF_A_RULE:
            kept.append(result)
    results = sorted(map(_varied, range(len(kept)), kept), key=lambda result: result.stack)
    return _counted(
        replace(
            report,
            run=replace(
                report.run,
                started="2026-03-31T12:00:00Z",
                judged_on="2026-03-31",
                project_dirs={"": "deploy/shop"},
                source_url="https://git.example/shop/blob/4f2a/{file}#L{line}",
            ),
            sources=[
                replace(source, stack=STACK_OF.get(source.project, "dev"), path=source.path[source.path.index("examples/") :])
                for source in report.sources
            ],
            results=results,
            checkov_findings=_checkov_findings(),
            exemptions=_exemptions(),
            tag_coverage=_tag_coverage(),
            baseline=_baseline(results),
        )
    )


def _varied(number: int, result: Result) -> Result:
    """Return a result with what a scan of the examples leaves empty."""
    project = result.urn.split("::")[1]
    stack = STACK_OF.get(project, "dev")
    note = None
    status = result.status
    if number % 11 == 3:
        status, note = "exempt", ExemptionNote("Only test data; moved in May", "web-team", "2026-04-20", expired=False)
    elif number % 13 == 5:
        status = "undecided"
    elif number == 7:
        status = "broken"
    elif number % 17 == 6:
        note = ExemptionNote("Was to be mended by now", "data", "2026-03-01", expired=True)
    fix = result.fix
    if number == 2:
        fix = FixPatch({"loggings[0].targetBucket": "a", "depth": {"x": [1, True, None]}, "rules": []}, replaces=True)
    escalates = result.rule == "iam-policy-without-privilege-escalation"
    return replace(
        result,
        urn=result.urn.replace("urn:pulumi:dev::", f"urn:pulumi:{stack}::"),
        stack=stack,
        status=status,
        severity="critical" if result.rule in CRITICAL else result.severity,
        location=None if number % 7 == 1 else result.location or Place("__main__.py", number + 1),
        fix=fix,
        exemption=note,
        evidence=("", "true", "[3 items]", "null")[number % 4],
        owner=OWNERS[number % len(OWNERS)],
        aliases=[f"urn:pulumi:{stack}::{project}::{result.type}::before-{number}"] if number % 10 == 0 else [],
        known=number % 3 == 0 if status == "failed" else None,
        checkov_verdicts=[CheckovVerdict("CKV_AWS_18", "FAILED", agrees=True)] if number % 8 == 0 else [],
        chain=[
            Hop("role/build", "role/deploy", "iam:PassRole + lambda:CreateFunction", "policy.Statement[1]"),
            Hop("role/deploy", "role/admin", "sts:AssumeRole", "assumeRolePolicy.Statement[0]"),
        ]
        if escalates
        else [],
        exposed_to="anyone" if number % 19 == 8 else "",
    )


def _checkov_findings() -> list[CheckovFinding]:
    def finding(check: str, severity: str, status: str, verdict: str, *, known: bool | None) -> CheckovFinding:
        return CheckovFinding(
            check=check,
            verdict=verdict,
            resource=f"aws_s3_bucket.{check.lower()}",
            urn="urn:pulumi:prod::shop::aws:s3/bucket:Bucket::site",
            title=f"Ensure that {check} is content",
            location=Place("main.tf", 3),
            reason="not now" if verdict == "SKIPPED" else "",
            framework="terraform_plan",
            stack="prod",
            status=status,
            severity=severity,
            level="advisory",
            rules=[],
            controls=[],
            fingerprint=f"{check}{'0' * 32}"[:32],
            exemption=ExemptionNote("not now", "", "", expired=False, source="checkov:skip") if status == "exempt" else None,
            known=known,
        )

    return [
        finding("CKV_AWS_901", "", "failed", "FAILED", known=False),
        finding("CKV_AWS_902", "high", "failed", "FAILED", known=True),
        finding("CKV_AWS_903", "", "exempt", "SKIPPED", known=None),
        finding("CKV_AWS_904", "low", "undecided", "UNKNOWN", known=None),
    ]


def _exemptions() -> list[ExemptionUse]:
    bucket = "urn:pulumi:*::shop::aws:s3/bucket:Bucket::*"
    return [
        ExemptionUse(rule, resource, reason, owner, expires, status, days, results, line, f"{until}, owner {owner}: {reason}")
        for rule, resource, reason, owner, expires, status, days, results, line, until in (
            (
                "s3-bucket-denies-plain-http",
                bucket,
                "Website",
                "web",
                "2026-12-31",
                "active",
                275,
                2,
                12,
                "Exempt until 2026-12-31",
            ),
            (
                "kinesis-stream-encrypted",
                bucket,
                "Until we move",
                "data",
                "2026-04-20",
                "expiring",
                20,
                1,
                17,
                "Exempt for 20 days",
            ),
            ("required-tags", bucket, "To be mended", "data", "2026-03-01", "expired", -30, 4, 22, "Its exemption expired"),
            ("iam-user-allowed", bucket, "Bucket is gone", "web", "", "stale", None, 0, 27, "Exempt without end"),
            (
                "rds-instance-encrypted",
                "urn:pulumi:qa::*",
                "Old",
                "db",
                "2027-01-01",
                "elsewhere",
                276,
                0,
                32,
                "Exempt until 2027-01-01",
            ),
        )
    ]


def _tag_coverage() -> list[TagCoverage]:
    types = ("aws:s3/bucket:Bucket", "aws:kinesis/stream:Stream", "aws:rds/instance:Instance")
    missing = cycle((0, 3, 1, 7, 2))
    return [
        TagCoverage(
            stack, "shop", type_, key, purpose, purpose == "required", 9, 9 - lacking - lacking % 2, lacking, lacking % 2
        )
        for stack in ("dev", "prod", "staging")
        for key, purpose in (("CostCenter", "cost"), ("Owner", "owner"), ("DataClassification", "required"))
        for type_, lacking in zip(types, missing, strict=False)
    ]


def _baseline(results: list[Result]) -> BaselineNote:
    known = sum(result.known is True for result in results)
    fresh = [result for result in results if result.known is False]
    by_severity = {word: sum(result.severity == word for result in fresh) for word in ("critical", "high", "medium", "low")}
    by_level = {word: sum(result.level == word for result in fresh) for word in ("advisory", "mandatory")}
    gone = [BaselineEntry("s3-bucket-versioned", "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::old", "versioning")]
    return BaselineNote("baseline.json", "0" * 64, known + 1, len(fresh), known, by_severity, by_level, gone)


def _counted(report: Report) -> Report:
    """Return a report whose counts are those of its results; what passed stays."""
    listed: dict[str, Counts] = {}
    total = Counts()
    for result in report.results:
        for counts in (listed.setdefault(result.rule, Counts()), total):
            setattr(counts, result.status, getattr(counts, result.status) + 1)
    failed = [result for result in report.results if result.status == "failed"]
    findings = report.checkov_findings

    def checkov(status: str) -> int:
        return sum(finding.status == status for finding in findings)

    return replace(
        report,
        rules=[
            replace(
                rule,
                counts=replace(listed.get(rule.id, Counts()), passed=rule.counts.passed),
                severity="critical" if rule.id in CRITICAL else rule.severity,
                exemptible=number % 20 > 0,
            )
            for number, rule in enumerate(report.rules)
            if rule.id in listed or number < RULES_WITHOUT_RESULTS
        ],
        gate=replace(report.gate, verdict="incomplete" if total.broken else report.gate.verdict),
        summary=replace(
            report.summary,
            complete=not total.broken,
            failed=total.failed,
            undecided=total.undecided,
            exempt=total.exempt,
            broken=total.broken,
            failed_by_severity={
                word: sum(result.severity == word for result in failed) for word in ("critical", "high", "medium", "low")
            },
            failed_by_level={word: sum(result.level == word for result in failed) for word in ("advisory", "mandatory")},
            unjudged=replace(report.summary.unjudged, alike={"custom:resource:VPC": "aws:ec2/vpc:Vpc"}),
            checkov=CheckovSummary(
                agree=31,
                disagree=2,
                undecided=1,
                only_checkov=len(findings) + 5,
                failed=checkov("failed"),
                exempt=checkov("exempt"),
                unknown=checkov("undecided"),
                failed_by_severity={"none": 1, "high": 1},
                failed_by_level={"advisory": 2},
            ),
        ),
    )


def empty() -> Report:
    """A report about one stack without resources, and without a configuration, a baseline or Checkov."""
    report = whole()
    return replace(
        report,
        run=replace(report.run, configuration="", configuration_sha256="", project_dirs={}, source_url=""),
        gate=replace(report.gate, verdict="passed"),
        sources=[replace(report.sources[0], resources=0)],
        rules=[replace(rule, counts=Counts()) for rule in report.rules],
        results=[],
        checkov_findings=[],
        exemptions=[],
        tag_coverage=[],
        baseline=None,
        summary=replace(
            report.summary,
            complete=True,
            failed=0,
            undecided=0,
            exempt=0,
            passed=0,
            broken=0,
            approximate=0,
            failed_by_severity=dict.fromkeys(report.summary.failed_by_severity, 0),
            failed_by_level=dict.fromkeys(report.summary.failed_by_level, 0),
            resources=0,
            unjudged=replace(report.summary.unjudged, resources=0, types={}, alike={}),
            checkov=None,
        ),
    )


def incomplete() -> Report:
    """A report of which one source could not be read."""
    report = empty()
    source = replace(
        report.sources[0], path="deploy/broken.json", stack="", project="", sha256="", error="no stack export: line 3"
    )
    return replace(
        report,
        gate=replace(report.gate, verdict="incomplete"),
        sources=[*report.sources, source],
        summary=replace(report.summary, complete=False),
    )


PAYLOADS = (
    "<script>window.ran=1</script>",
    "</script><script>window.ran=1</script>",
    '"><img src=x onerror=window.ran=1>',
    "' onmouseover=window.ran=1 autofocus onfocus=window.ran=1 x='",
    "javascript:window.ran=1//",
    "</style><svg onload=window.ran=1>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "<!--<script>",
    "]]><![CDATA[",
    "\u202eevil\u2066 \u0000\u001b[31m\ud800",
    "https://evil.example/?a=1&b=2#x",
    '=HYPERLINK("http://evil.example")',
    "long-" + "x" * 5000,
)  # fmt: skip
WORDS = frozenset({"status", "severity", "level", "verdict", "category", "purpose", "view", "fail_on", "expires", "judged_on",
                   "started", "fingerprint", "sha256", "configuration_sha256"})  # fmt: skip


def hostile() -> Report:
    """The whole report, with something nasty in front of every text that is not a word of our own."""
    payloads = cycle(PAYLOADS)
    given: dict[str, str] = {}  # the same text stays the same: a result belongs to its rule

    def nasty(value: Any, name: str) -> Any:  # noqa: ANN401  (any part of a report)
        if isinstance(value, msgspec.Struct):
            fields = value.__struct_fields__
            return replace(value, **{field: nasty(getattr(value, field), field) for field in fields})
        if isinstance(value, list):
            return [nasty(item, name) for item in value]
        if isinstance(value, dict):
            ours = name.startswith(("failed_by", "new_by"))
            return {(key if ours else nasty(key, name)): nasty(item, name) for key, item in value.items()}
        if isinstance(value, str) and value and name not in WORDS:
            return given.setdefault(value, f"{next(payloads)} {value}")
        return value

    report: Report = nasty(whole(), "")
    return replace(report, run=replace(report.run, source_url="javascript:window.ran=1//{file}:{line}"))


LARGE = 5000


def large() -> Report:
    """A report with 5,000 findings."""
    report = whole()
    listed = list(report.results)
    results = [
        replace(
            result := listed[number % len(listed)],
            urn=f"{result.urn}-{number}",
            name=f"{result.name}-{number}",
            stack=f"{result.stack}-{number % 4}",
            fingerprint=f"{number:08x}{0:024x}",
        )
        for number in range(LARGE - len(report.checkov_findings))
    ]
    return _counted(replace(report, results=sorted(results, key=lambda result: result.stack)))
