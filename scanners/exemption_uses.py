"""What became of each exemption of a configuration in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.exemptions import EXPIRING
from policies.rule import Level
from scanners.report import ExemptionUse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from policies.configuration import Configuration
    from policies.exemptions import Exemption

EXPIRED, STALE, EXPIRES_SOON = "expired", "stale", "expiring"
ELSEWHERE, UNCHECKED, ACTIVE = "elsewhere", "unchecked", "active"


class JudgedStack(NamedTuple):
    """A stack that was judged: `whole` if all of it was shown and answered, `with_checkov` if Checkov was asked too."""

    name: str
    project: str
    whole: bool
    with_checkov: bool


def uses(
    configured: Configuration, today: date, counted: Mapping[str, int], judged: Collection[JudgedStack] | None
) -> list[ExemptionUse]:
    """Return what became of each exemption, in their order.

    `counted` is how many results each is about, by its place. `judged` is None where nothing was: then only the date counts.
    """
    asked = frozenset(item.rule.id for item in configured.settings.active)
    found = []
    for place, exemption in enumerate(configured.exemptions):
        results = counted.get(str(place), 0)
        left = exemption.days_left(today)
        status = ACTIVE if results or judged is None else _unused(exemption, configured, asked, judged)
        if left is not None and left < 0:
            status = EXPIRED
        elif left is not None and left <= EXPIRING and status != STALE:
            status = EXPIRES_SOON
        found.append(
            ExemptionUse(
                exemption.rule,
                exemption.resource,
                exemption.reason,
                exemption.owner,
                exemption.expires.isoformat() if exemption.expires else "",
                status,
                left,
                results,
                configured.exemption_lines[place],
                exemption.words(today),
            )
        )
    return found


def _unused(exemption: Exemption, configured: Configuration, asked: Collection[str], judged: Collection[JudgedStack]) -> str:
    """Return why no result is what an exemption is for."""
    stacks = [stack for stack in judged if not stack.name or exemption.can_be_for(stack.name, stack.project)]
    if not stacks:
        return ELSEWHERE
    if not all(stack.whole for stack in stacks):
        return UNCHECKED
    rules = [id_ for id_ in configured.rules if exemption.is_from((id_,)) and id_ not in configured.not_exemptible]
    if rules:
        enough = all if configured.narrowed else any
        return STALE if enough(id_ in asked for id_ in rules) else UNCHECKED
    checked = configured.checkov is not Level.DISABLED and all(stack.with_checkov for stack in stacks)
    return STALE if checked else UNCHECKED
