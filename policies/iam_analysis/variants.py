"""What actors would be without a fence that a way to more rights takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.actors import Actor, Freedom
from policies.iam_analysis.locations import POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.policy_sources import Grant


def variants_of(actor: Actor) -> Iterator[Actor]:
    """Yield all of them."""
    yield from without_boundary(actor)
    yield from without_denials(actor, attached=True)
    yield from without_denials(actor, attached=False)
    yield from without_tags(actor)


def without_boundary(actor: Actor) -> Iterator[Actor]:
    """Yield the actor without its permissions boundary, if it has one."""
    if actor.principal.boundary and not actor.freedom:
        yield Actor(actor.principal, Freedom.BOUNDARY, controls=actor.controls)


def without_denials(actor: Actor, *, attached: bool) -> Iterator[Actor]:
    """Yield the actor without its attached, or its inline, policies that deny something; if there are such."""
    if actor.freedom:
        return
    grants = actor.principal.identity
    kept = tuple(grant for grant in grants if _is_attached(grant) is not attached or not _denies(grant))
    if len(kept) < len(grants):
        freedom = Freedom.ATTACHED_DENIALS if attached else Freedom.INLINE_DENIALS
        left = actor.principal._replace(identity=kept)
        yield Actor(actor.principal, freedom, left.documents, actor.controls)


def without_tags(actor: Actor) -> Iterator[Actor]:
    """Yield the actor with tags of its choice, if its policies ask for tags."""
    if actor.tag_keys and not actor.freedom:
        yield Actor(actor.principal, Freedom.TAGS, controls=actor.controls)


def _is_attached(grant: Grant) -> bool:
    return grant.source.startswith("arn:") or f"{POLICY}::" in grant.source


def _denies(grant: Grant) -> bool:
    return any(statement.effect == "Deny" for statement in grant.document.statements)
