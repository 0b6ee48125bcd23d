"""A rule of a team's own. `rule-modules: [./own-rules/queues.py]` in stackproof.yaml switches it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

QUEUE = "aws:sqs/queue:Queue"


class Teams(NamedTuple):
    """Whose prefixes are valid."""

    teams: Annotated[tuple[str, ...], "Names of the teams."] = ("web", "data")


@rule(
    applies_to=(QUEUE,),
    severity=Severity.LOW,
    remedy="Begin the queue's name with the name of the team that owns it and a hyphen.",
    parameters=Teams,
    passes=({"name": "web-jobs"}, Example({"name": "ops-jobs"}, parameters=Teams(teams=("ops",)))),
    fails=({"name": "jobs"}, {}),
    undecided=({"name": UNKNOWN},),
)
def queue_name_has_team_prefix(queue: Resource, parameters: Teams) -> Iterator[Violation]:
    """Queue names begin with the team that owns them.

    The alarms of a queue go to the team in its name.
    """
    if not queue.text("name").startswith(tuple(f"{team}-" for team in parameters.teams)):
        yield Violation("name does not begin with a team", at="name")
