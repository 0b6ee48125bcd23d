"""Whether a principal can get rid of its permissions boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.access import Verdict
from policies.iam_analysis.actors import probe
from policies.iam_analysis.chains import chains_of
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.search import Question
from policies.iam_analysis.stack_arns import StackArns
from policies.iam_analysis.witness import confirmed, described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.stack import Stack


def escape(urn: str, stack: Stack) -> tuple[Verdict, str]:
    """Say whether a principal may delete, replace or rewrite its boundary: by which request, or what is not known."""
    chains = chains_of(stack)
    actor = chains.actors.get(urn)
    if actor is None or not actor.principal.boundary:
        return Verdict.NO, ""
    unknown = ""
    for action, arn in _escapes(urn, actor.arn, actor.principal.kind.title(), stack):
        target = Patterns((probe(arn, chains.account),)) if arn else None
        answer = actor.access.allows(Question(Patterns((action,)), target, facts=actor.facts))
        if answer.verdict is Verdict.YES and answer.witness:
            return Verdict.YES, described(confirmed(actor.access.least, answer.witness))
        if answer.verdict is Verdict.UNKNOWN:
            unknown = unknown or f"{action}: {'; '.join(answer.why)}"[:500]
    return (Verdict.UNKNOWN, unknown) if unknown else (Verdict.NO, "")


def _escapes(urn: str, arn: str, kind: str, stack: Stack) -> Iterator[tuple[str, str]]:
    yield f"iam:Delete{kind}PermissionsBoundary", arn
    yield f"iam:Put{kind}PermissionsBoundary", arn
    principal = stack.get(urn)
    value = principal.value("permissionsBoundary") if principal else None
    boundary = value if isinstance(value, str) else ""
    if not boundary and principal:
        depends = principal.property_dependencies.get("permissionsBoundary", ())
        boundary = next(filter(None, map(StackArns(stack).of_policy, depends)), "arn:*:iam::*:policy/*")
    if boundary.startswith("arn:") and ":iam::aws:" not in boundary:
        yield "iam:CreatePolicyVersion", boundary
        yield "iam:SetDefaultPolicyVersion", boundary
