"""The report: the published contract of `--format json`, versioned apart from the rules.

Structs of msgspec: quick to define and to write, and they validate a report that is read back and give the JSON Schema in
docs/.
"""

from __future__ import annotations

from collections.abc import Collection  # noqa: TC003  (read at run time from the annotation)
from typing import Any

import msgspec
from msgspec import Struct

VERSION = 2
"""Raised when a reader of older reports could misread a newer one."""


class Tool(Struct):
    """What wrote the report."""

    name: str
    version: str


class Run(Struct):
    """How the report came about.

    `started` and `finished` are times in UTC, as in 2026-03-31T12:00:00Z; `judged_on` is the date that decides on
    exemptions. `configuration` is the file, empty without one, `configuration_sha256` the hash of its bytes. `view` is
    `inputs` or `outputs`. `project_dirs` has the directory of each Pulumi project in its repository by the project's name,
    under an empty name that of all others: a reader puts it before the files of locations. A project without one is at the
    root; code that Checkov read itself stands under its framework only. `source_url` leads to a line of the program:
    `{file}`, relative to the repository, and `{line}` stand in it; or it is empty.
    `aws_account` and `aws_region` are those of the Security Hub that findings are for; empty where nobody asked.
    """

    started: str
    judged_on: str
    configuration: str
    configuration_sha256: str
    rule_sets: list[str]
    view: str
    project_dirs: dict[str, str] = {}
    source_url: str = ""
    finished: str = ""
    aws_account: str = ""
    aws_region: str = ""


class Gate(Struct):
    """What decides on the exit code. `verdict` is `passed`, `failed` or `incomplete`.

    `fail_on` is the lowest level or severity that blocks, or `never`; `new_only` says that what the baseline knows does not.
    """

    fail_on: str
    new_only: bool
    verdict: str


class SourceFile(Struct):
    """One file or stream that was asked for. `error` says why it could not be read, whole or in part.

    `sha256` is the hash of its bytes as they were read; empty where they could not be.
    """

    path: str
    kind: str
    stack: str
    project: str
    resources: int
    error: str
    sha256: str


class Counts(Struct):
    """How often each outcome came out."""

    failed: int = 0
    undecided: int = 0
    exempt: int = 0
    passed: int = 0
    broken: int = 0


class RuleNote(Struct):
    """An active rule as people read it, and what came of it over all sources, listed or not.

    `category` is `encryption`, `iam` or `tagging`, empty for a user's own. `level` is the one after the configuration.
    `exemptible` is false where the configuration takes no exemption for the rule.
    """

    id: str
    title: str
    why: str
    remedy: str
    severity: str
    level: str
    category: str
    controls: list[str]
    checkov: list[str]
    exemptible: bool
    counts: Counts


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
    `words` says all of it in one line, as the policy pack does at a preview. Where it has expired, messages end with it.
    """

    reason: str
    owner: str
    expires: str
    expired: bool
    source: str = "configuration"
    words: str = ""


class ExemptionUse(Struct):
    """An exemption of the configuration, and what became of it.

    `status` is `expired`, `stale` (it holds, but nothing breaks what it is for), `expiring` (it ends within 30 days),
    `elsewhere` (for stacks that were not judged), `unchecked` (it holds, but the run cannot tell whether it is stale: what it
    is for was not asked, or not all of it answered) or `active`; the first that fits. `days_left` counts from `judged_on`:
    0 on the last day, null without an end. `results` is how many results, failed or undecided without it, it is about;
    `line` where it stands in the configuration; `words` says who, why and until when in one line.
    """

    rule: str
    resource: str
    reason: str
    owner: str
    expires: str
    status: str
    days_left: int | None
    results: int
    line: int
    words: str = ""


class TagCoverage(Struct):
    """How many resources of a type carry a tag, in one stack.

    `purpose` says what the key is for: `cost`, `owner`, or `required` where it is for neither; `required` says that an active
    rule asks the type for it. `resources` are all of the type that can be tagged: `tagged` + `missing` + `undecided`.
    """

    stack: str
    project: str
    type: str
    key: str
    purpose: str
    required: bool
    resources: int
    tagged: int
    missing: int
    undecided: int


class BaselineEntry(Struct):
    """A violation that a baseline knows: rule (or check of Checkov), URN, property path."""

    rule: str
    urn: str
    path: str


class BaselineNote(Struct):
    """The baseline that results were compared with.

    `new` and `known` count the violations that it does not and does hold; `gone` are those of its entries about the stacks
    that were judged which are there no more.
    """

    path: str
    sha256: str
    entries: int
    new: int
    known: int
    new_by_severity: dict[str, int]
    new_by_level: dict[str, int]
    gone: list[BaselineEntry]


class Hop(Struct):
    """One step of a chain of principals: `actor` gains what `target` may do, by `way`. Names, not URNs, where there are none.

    `at` is the place of the statement that allows it.
    """

    actor: str
    target: str
    way: str
    at: str


class CheckovVerdict(Struct):
    """What Checkov said about the same thing. `agrees` is null where one of the two gives no answer."""

    check: str
    verdict: str
    agrees: bool | None


class Result(Struct):
    """What came of one rule on one resource; a resource that breaks a rule in two places has two results.

    `severity` and `level` are the rule's, `level` after the configuration. `path` is the property at fault, if one is.
    `fingerprint` stays the same as long as rule, resource and property do; several results of one rule at one property
    are told apart by their order. `evidence` is what stands at the path, without texts: they may be secrets. `aliases` are
    the URNs that the resource had before, as the source says, `mark` what it is in the cloud: a hash of stack, project,
    type and id, which stays over a rename. `owner` is the value of its owner tag. `known` says whether the baseline holds it,
    null without one. `chain` leads from a principal to the rights of another, `exposed_to` names who outside can reach it.
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
    evidence: str = ""
    aliases: list[str] = []
    mark: str = ""
    owner: str = ""
    known: bool | None = None
    chain: list[Hop] = []
    exposed_to: str = ""


class CheckovFinding(Struct):
    """What one check of Checkov says of one resource, where no rule here answers it and the check did not pass.

    `verdict` and `reason` are Checkov's own: failed, skipped for a reason, or unknown. `status` is what becomes of it: failed,
    exempt or undecided. `rules` are the ids of the rules that carry the check and were not asked here; `severity` and
    `controls` are theirs. Without one, `severity` is Checkov's own, mostly none: then it is empty. `resource` is Checkov's
    name of it, `urn` the Pulumi resource or empty. `location` is the line of the Pulumi program where there is one, else
    that in the code which Checkov read. `aliases`, `mark` and `known` are as in a `Result`.
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
    aliases: list[str] = []
    mark: str = ""
    known: bool | None = None


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

    They hold what was asked for; a result that Checkov disputes is always there. `rules` are all that were active.
    `checkov_findings` are sorted by stack, resource and check, `tag_coverage` by stack, project, key and type.
    """

    version: int
    tool: Tool
    run: Run
    gate: Gate
    sources: list[SourceFile]
    rules: list[RuleNote]
    results: Collection[Result]
    checkov_findings: list[CheckovFinding]
    exemptions: list[ExemptionUse]
    tag_coverage: list[TagCoverage]
    baseline: BaselineNote | None
    summary: Summary


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the JSON report."""
    return msgspec.json.schema(Report)
