"""Who may start builds of CodeBuild by a webhook of the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.controls import ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.fix import Fix
from policies.iam.properties import Property, properties
from policies.policy_matching import any_of
from policies.rule import Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

WEBHOOK = "aws:codebuild/webhook:Webhook"

_CONTROLS = (NIST_800_53["AC-3"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])

_ID = r"(?:[\w:{}-]|\\[:{}-])+"  # digits at GitHub and GitLab, a UUID at Bitbucket
_IDS = rf"{_ID}(?:\|{_ID})*"
_ALTERNATIVE = rf"\^(?:{_ID}|\((?:\?:)?{_IDS}\))\$"
_WHOLE_IDS = re.compile(rf"{_ALTERNATIVE}(?:\|{_ALTERNATIVE})*", re.ASCII)


_BY_ANYONE = frozenset({
    "PULL_REQUEST_CREATED", "PULL_REQUEST_UPDATED", "PULL_REQUEST_REOPENED", "PULL_REQUEST_CLOSED",
})  # fmt: skip
"""Events that need no rights in the repository where it is public."""


def _patterns(webhook: Resource) -> Iterator[Property]:
    return properties(webhook, "filterGroups[].filters[].pattern")


def _filter(type_: object, pattern: object, **more: object) -> dict[str, object]:
    return {"type": type_, "pattern": pattern, **more}


def _webhook(*groups: object, approval: object = None) -> dict[str, object]:
    """Return a webhook with some filter groups, each a list of filters."""
    policy = {"pullRequestBuildPolicy": {"requiresCommentApproval": approval}} if approval is not None else {}
    return {"projectName": "app", "filterGroups": [{"filters": filters} for filters in groups], **policy}


_PUSHES = _filter("EVENT", "PUSH")
_PULL_REQUESTS = _filter("EVENT", "PUSH, PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED")
_BY_TWO = _filter("ACTOR_ACCOUNT_ID", "^(1234567|7654321)$")
_UNANCHORED = _filter("ACTOR_ACCOUNT_ID", "1234567|7654321")


def _names_actors(block: Block) -> bool:
    return block.text("type") == "ACTOR_ACCOUNT_ID" and not block.flag("excludeMatchedPattern")


@rule(
    applies_to=(WEBHOOK,),
    each=_patterns,
    severity=Severity.HIGH,
    remedy="Write account ids whole, such as ^(1234567|7654321)$, without wildcards.",
    controls=_CONTROLS,
    topic="GitHub webhook events",
    passes=(
        _webhook([_PULL_REQUESTS, _BY_TWO]),
        _webhook([_PULL_REQUESTS, _filter("ACTOR_ACCOUNT_ID", "^1234567$|^7654321$")], [_PUSHES]),
        _webhook([_PULL_REQUESTS, _filter("ACTOR_ACCOUNT_ID", r"^557058:1a2b3c4d-5e6f$|^\{1a2b3c4d-5e6f\}$")]),
        _webhook([_PULL_REQUESTS, _filter("ACTOR_ACCOUNT_ID", "1234567", excludeMatchedPattern=True)]),
        {"projectName": "app"},
    ),
    fails=(
        _webhook([_PULL_REQUESTS, _UNANCHORED]),
        _webhook([_PUSHES], [_PULL_REQUESTS, _filter("ACTOR_ACCOUNT_ID", "^1234567|7654321$")]),
        _webhook([_PULL_REQUESTS, _filter("ACTOR_ACCOUNT_ID", "^.*$")]),
        _webhook([_PULL_REQUESTS, _filter("ACTOR_ACCOUNT_ID", r"^\d+$")]),
        _webhook(UNKNOWN, [_filter(UNKNOWN, UNKNOWN), _UNANCHORED]),
    ),
    undecided=(
        {"filterGroups": UNKNOWN},
        _webhook([_PULL_REQUESTS, _filter("ACTOR_ACCOUNT_ID", UNKNOWN)]),
        _webhook([_filter(UNKNOWN, "1234567")]),
    ),
)
def codebuild_webhook_actors_anchored(pattern: Property) -> Iterator[Violation]:
    """CodeBuild webhooks name the ids of actors whole.

    A pattern matches anywhere in an id unless ^ and $ hold it: 1234567 also lets 12345678 start builds. Ids are given out
    in order, so an attacker can wait for one that fits.
    """
    if _names_actors(pattern.block) and not _WHOLE_IDS.fullmatch(pattern.block.text("pattern")):
        yield Violation("the pattern matches more than whole account ids", at=pattern.path)


@rule(
    applies_to=(WEBHOOK,),
    severity=Severity.HIGH,
    remedy="Remove pullRequestBuildPolicy, or name the actors in each filter group that builds pull requests.",
    controls=_CONTROLS,
    topic="Pull request comment approval",
    passes=(
        {"projectName": "app"},
        _webhook([_PULL_REQUESTS]),
        _webhook([_PULL_REQUESTS], approval="FORK_PULL_REQUESTS"),
        _webhook([_PUSHES], [_PULL_REQUESTS, _BY_TWO], approval="DISABLED"),
    ),
    fails=(
        {"projectName": "app", "pullRequestBuildPolicy": {"requiresCommentApproval": "DISABLED"}},
        _webhook([_PULL_REQUESTS], approval="DISABLED"),
        _webhook([_PULL_REQUESTS, _UNANCHORED], approval="DISABLED"),
        _webhook([_filter("HEAD_REF", "^refs/heads/main$")], approval="DISABLED"),
        _webhook([_filter("EVENT", "PUSH", excludeMatchedPattern=True)], approval="DISABLED"),
    ),
    undecided=(
        _webhook([_PULL_REQUESTS], approval=UNKNOWN),
        {"filterGroups": UNKNOWN, "pullRequestBuildPolicy": {"requiresCommentApproval": "DISABLED"}},
        _webhook([_filter("EVENT", UNKNOWN)], approval="DISABLED"),
    ),
)
def codebuild_pull_requests_approved(webhook: Resource) -> Iterator[Violation]:
    """CodeBuild builds no pull requests of strangers before somebody approves.

    A build runs what the pull request says, with the role and the secrets of the project. CodeBuild asks for a comment
    of a maintainer unless that is switched off.
    """
    path = "pullRequestBuildPolicy.requiresCommentApproval"
    if webhook.text(path, "ALL_PULL_REQUESTS") != "DISABLED":
        return
    if not webhook.has("filterGroups") or any_of(webhook.each("filterGroups"), _admits_strangers):
        fix = Fix({path: "ALL_PULL_REQUESTS"})
        yield Violation("pull requests of anyone are built without approval", at=path, fix=fix)


def _admits_strangers(group: Block) -> bool:
    return not any_of(group.each("filters"), _keeps_strangers_out)


def _keeps_strangers_out(block: Block) -> bool:
    if block.text("type") == "EVENT":
        events = {event.strip() for event in block.text("pattern").split(",")}
        return not block.flag("excludeMatchedPattern") and _BY_ANYONE.isdisjoint(events)
    return _names_actors(block) and bool(_WHOLE_IDS.fullmatch(block.text("pattern")))
