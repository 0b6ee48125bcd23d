"""The report: the published contract of `--format json`, versioned apart from the rules.

Structs of msgspec: quick to define and to write, and they validate a report that is read back and give the JSON Schema in
docs/.
"""

from __future__ import annotations

from collections.abc import Collection  # noqa: TC003  (read at run time from the annotation)
from typing import Any

import msgspec
from msgspec import Struct

VERSION = 1
"""Raised when a reader of older reports could misread a newer one."""


class Tool(Struct):
    """What wrote the report."""

    name: str
    version: str


class SourceFile(Struct):
    """One file or stream that was asked for. `error` says why it could not be read, whole or in part."""

    path: str
    kind: str
    stack: str
    project: str
    resources: int
    error: str


class RuleNote(Struct):
    """A rule that a listed result is about, as people read it."""

    id: str
    title: str
    why: str
    remedy: str
    severity: str
    controls: list[str]


class Place(Struct):
    """A line of the user's program, from 1; the file is relative to the project."""

    file: str
    line: int


class FixPatch(Struct):
    """Property paths and the values that mend the violation; `replaces` says that AWS replaces the resource for it."""

    set: dict[str, Any]
    replaces: bool


class ExemptionNote(Struct):
    """The exemption for a result; an expired one no longer exempts. `expires` is a date, YYYY-MM-DD, or empty.

    `source` says where it stands: in the `configuration`, or as a suppression in the code that Checkov read, `checkov:skip`.
    """

    reason: str
    owner: str
    expires: str
    expired: bool
    source: str = "configuration"


class CheckovVerdict(Struct):
    """What Checkov said about the same thing. `agrees` is null where one of the two gives no answer."""

    check: str
    verdict: str
    agrees: bool | None


class Result(Struct):
    """What came of one rule on one resource; a resource that breaks a rule in two places has two results.

    `severity` and `level` are the rule's, `level` after the configuration. `path` is the property at fault, if one is.
    `fingerprint` stays the same as long as rule, resource and property do; several results of one rule at one property
    are told apart by their order.
    """

    rule: str
    urn: str
    type: str
    name: str
    stack: str
    status: str
    severity: str
    level: str
    message: str
    path: str
    location: Place | None
    controls: list[str]
    checkov: list[str]
    fingerprint: str
    fix: FixPatch | None
    exemption: ExemptionNote | None
    checkov_verdicts: list[CheckovVerdict]


class CheckovFinding(Struct):
    """What one check of Checkov says of one resource, where no rule here answers it and the check did not pass.

    `verdict` and `reason` are Checkov's own: failed, skipped for a reason, or unknown. `status` is what becomes of it: failed,
    exempt or undecided. `rules` are the ids of the rules that carry the check and were not asked here; `severity` and
    `controls` are theirs. Without one, `severity` is Checkov's own, mostly none: then it is empty. `resource` is Checkov's
    name of it, `urn` the Pulumi resource or empty. `location` is the line of the Pulumi program where there is one, else
    that in the code which Checkov read.
    """

    check: str
    verdict: str
    resource: str
    urn: str
    title: str
    location: Place | None
    reason: str
    framework: str
    stack: str
    status: str
    severity: str
    level: str
    rules: list[str]
    controls: list[str]
    fingerprint: str
    exemption: ExemptionNote | None


class CheckovSummary(Struct):
    """How Checkov's verdicts and the rules' compare, and what comes on top of the rules' results.

    `agree`, `disagree` and `undecided` count verdicts that a rule here answers too; `only_checkov` the other ones, passed or
    not. Of those, `failed`, `exempt` and `unknown` count the findings by what became of them. They are counted nowhere else.
    `failed_by_severity` has `none` for those without a severity.
    """

    agree: int
    disagree: int
    undecided: int
    only_checkov: int
    failed: int
    exempt: int
    unknown: int
    failed_by_severity: dict[str, int]
    failed_by_level: dict[str, int]


class Unjudged(Struct):
    """Resources that no rule looked at, and how many there are of each type.

    `alike` names the types among them that no rule knows, and that look like one which rules know.
    """

    resources: int
    types: dict[str, int]
    alike: dict[str, str]


class Summary(Struct):
    """Counts over all results, listed or not. `complete` is false where a source or a rule failed to answer.

    `approximate` results name a request that a second evaluator did not confirm.
    """

    complete: bool
    failed: int
    undecided: int
    exempt: int
    passed: int
    broken: int
    approximate: int
    failed_by_severity: dict[str, int]
    failed_by_level: dict[str, int]
    resources: int
    unjudged: Unjudged
    checkov: CheckovSummary | None


class Report(Struct):
    """A whole report. `results` are sorted by stack, source, resource and rule.

    They hold what was asked for; a result that Checkov disputes is always there. `checkov_findings` are sorted by stack,
    resource and check.
    """

    version: int
    tool: Tool
    sources: list[SourceFile]
    rules: list[RuleNote]
    results: Collection[Result]
    checkov_findings: list[CheckovFinding]
    summary: Summary


def read(data: bytes) -> Report:
    """Return a report that was written as JSON; raise `msgspec.DecodeError` if it is none."""
    return msgspec.json.decode(data, type=Report)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the JSON report."""
    return msgspec.json.schema(Report)
