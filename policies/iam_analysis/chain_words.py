"""Chains in words and step by step: each with the request that shows it, and the statement to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.targets import ADMIN, KEYS, OUTSIDE
from policies.iam_analysis.witness import confirmed, described
from policies.rule import Step

if TYPE_CHECKING:
    from policies.iam_analysis.chains import Chain, Chains
    from policies.iam_analysis.escalation import Way
    from policies.iam_analysis.model import Statement

_MOST_REQUESTS = 3
_ENDS = {ADMIN: "administrator", KEYS: "all KMS keys"}


def told(chain: Chain, chains: Chains) -> str:
    """Return how an actor gains more, as the end of a sentence that begins with what it becomes."""
    actor = chain.actor
    parts = []
    for way in chain.ways:
        parts.append(_step(way, actor, chains))
        actor = way.gained
    text = "; then ".join(parts)
    others = len({way.path.id for way in chain.open}) - 1
    if others > 0:
        text += f"; {others} more way{'s are' if others > 1 else ' is'} open"
    if chain.cut:
        text += f"; {_cut(chain)}"
    return text


def steps(chain: Chain, chains: Chains) -> tuple[Step, ...]:
    """Return each step of a chain. Principals are called by kind and name in the program, as messages call them.

    The last target may be `administrator`, `all KMS keys` or, where it is not in the stack, such as `any role`.
    """
    found = []
    actor = chains.actors[chain.actor].label
    for way in chain.ways:
        gained = _gained(way, chains)
        target = gained or _ENDS.get(way.gained, way.target)
        found.append(Step(actor, target, _by(way, gained), _places(way)))
        actor = target
    return tuple(found)


def _places(way: Way) -> str:
    """Return where the statements stand that allow the requests of a way."""
    allowing = (item for witness in way.witnesses for item in witness.statements if item.effect == "Allow" and item.at)
    return ", ".join(dict.fromkeys(map(_place, allowing))) or (f"assumeRolePolicy of {way.target}" if not way.witnesses else "")


def _gained(way: Way, chains: Chains) -> str:
    """Return the principal that is gained; nothing where it is none of the stack."""
    return "" if way.gained in {ADMIN, KEYS, OUTSIDE} else chains.actors[way.gained].label


def _by(way: Way, gained: str) -> str:
    target = "" if way.target in {"itself", gained} else f" on {way.target}"
    return f"{way.path.name}{target} ({way.path.id})"


def _step(way: Way, actor: str, chains: Chains) -> str:
    access = chains.actors[actor].access
    gained = _gained(way, chains)
    text = f"by {_by(way, gained)}"
    if gained:
        text += f" it acts as {gained}"
    asked = access.least if way.is_sure else access.most
    requests = [described(confirmed(asked, witness)) for witness in way.witnesses[:_MOST_REQUESTS]]
    return f"{text}, for it is allowed {', '.join(requests)}" if requests else f"{text}, whose trust policy names it"


def _cut(chain: Chain) -> str:
    """Name the statement that most ways need."""
    statement = chain.cut
    if statement is None:
        return ""
    ways = f"{chain.cuts} of {len(chain.open)} ways" if len(chain.open) > 1 else "this way"
    return f"{_place(statement)} opens {ways}"


def _place(statement: Statement) -> str:
    return f"{statement.at} of {statement.source.rpartition('::')[2] or 'its policy'}"
