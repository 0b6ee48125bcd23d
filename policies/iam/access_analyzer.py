"""IAM Access Analyzer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, SOC2
from policies.policy_matching import any_of
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"
ARCHIVE_RULE = "aws:accessanalyzer/archiveRule:ArchiveRule"


def _rule(*filters: object) -> dict[str, object]:
    return {"analyzerName": "account", "ruleName": "known", "filters": [*filters]}


def _is(criteria: object, *values: object) -> dict[str, object]:
    return {"criteria": criteria, "eqs": [*values]}


def _rule_of(type_: object, *filters: object) -> Example:
    """Return an archive rule of an analyzer of some type."""
    analyzer = Example({"analyzerName": "unused", "type": type_}, ANALYZER, name="analyzer")
    return Example({**_rule(*filters), "analyzerName": Reference("analyzer", "analyzerName")}, related=(analyzer,))


@rule(
    applies_to=(ARCHIVE_RULE,),
    severity=Severity.MEDIUM,
    remedy="Add a filter isPublic eqs false, or one on the resource or the principal that is meant to have access.",
    controls=(NIST_800_53["AC-3"], SOC2["CC7.1"], ISO_27001["A.8.3"]),
    topic="IAM Access Analyzer filter keys",
    passes=(
        _rule(_is("isPublic", "false")),
        _rule(_is("isPublic", "true"), _is("resource", "arn:aws:s3:::website")),
        _rule(_is("resourceType", "AWS::S3::Bucket"), {"criteria": "principal.AWS", "contains": ["111122223333"]}),
        _rule(_is("condition.aws:PrincipalOrgID", "o-abcdefghij")),
        _rule({"criteria": "isPublic", "neqs": ["true"]}),
        _rule({"criteria": "condition.aws:PrincipalOrgID", "exists": "true"}),
        _rule(_is("status", UNKNOWN), _is("isPublic", "false")),
        _rule_of("ACCOUNT_UNUSED_ACCESS", _is("findingType", "UnusedIAMRole")),
    ),
    fails=(
        _rule(_is("isPublic", "true")),
        _rule(_is("status", "ACTIVE"), _is("resourceType", "AWS::S3::Bucket")),
        _rule(_is("resourceType", "AWS::IAM::Role", UNKNOWN)),
        _rule({"criteria": "error", "exists": "false"}),
        _rule({"criteria": "principal.AWS", "exists": "true"}),
        _rule({"criteria": "condition.aws:PrincipalOrgID", "exists": "false"}),
        _rule(_is("principal.AWS", "*")),
        _rule({"criteria": "principal.AWS", "neqs": ["111122223333"]}),
        _rule_of("ORGANIZATION", _is("isPublic", "true")),
        _rule_of("ACCOUNT", _is("isPublic", "true")),
    ),
    undecided=(
        _rule(_is("isPublic", UNKNOWN)),
        _rule(_is(UNKNOWN, "true")),
        _rule(UNKNOWN),
        {"analyzerName": "account", "ruleName": "known", "filters": UNKNOWN},
        _rule_of(UNKNOWN, _is("isPublic", "true")),
    ),
)
def access_analyzer_archives_no_public_access(archive: Resource, stack: Stack) -> Iterator[Violation]:
    """Archive rules of IAM Access Analyzer do not hide what is public.

    A finding that a rule archives as it appears is seen by nobody. Public access that is meant names its resource or its
    principal; findings on unused access are another matter.
    """
    if any_of(archive.each("filters"), _leaves_public_findings):
        return
    if archive.value("analyzerName") is None:  # required, so a source has left it out
        raise UnknownValue(Reason.NOT_REPORTED, "analyzerName")
    analyzer = stack.target(archive, (ANALYZER,), by="analyzerName")
    if analyzer is None or analyzer.text("type", "ACCOUNT") in {"ACCOUNT", "ORGANIZATION"}:
        yield Violation("archives findings of public access, whatever the resource", at="filters")


def _leaves_public_findings(block: Block) -> bool:
    """Say whether a filter keeps public access out of what is archived, or names a resource, a principal or a condition."""
    criteria = block.text("criteria")
    if criteria == "isPublic":
        return list(block.texts("eqs")) == ["false"] or list(block.texts("neqs")) == ["true"]
    if criteria != "resource" and not criteria.startswith(("principal.", "condition.")):
        return False
    if criteria.startswith("condition.") and block.flag("exists"):
        return True
    values = [value for comparator in ("eqs", "contains") for value in block.texts(comparator)]
    return bool(values) and "*" not in values
