"""Chains in words: each step with the request that shows it, and the statement to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.iam_analysis.targets import ADMIN, KEYS, OUTSIDE
from policies.iam_analysis.witness import confirmed, described

if TYPE_CHECKING:
    from policies.iam_analysis.chains import Chain, Chains
    from policies.iam_analysis.escalation import Way

_MOST_REQUESTS = 3


def told(chain: Chain, chains: Chains) -> str:
    """Return how an actor gains more, as the end of a sentence that begins with what it becomes."""
    actor = chain.actor
    steps = []
    for way in chain.ways:
        steps.append(_step(way, actor, chains))
        actor = way.gained
    text = "; then ".join(steps)
    others = len({way.path.id for way in chain.open}) - 1
    if others > 0:
        text += f"; {others} more way{'s are' if others > 1 else ' is'} open"
    if chain.cut:
        text += f"; {_cut(chain)}"
    return text


def _step(way: Way, actor: str, chains: Chains) -> str:
    access = chains.actors[actor].access
    gained = "" if way.gained in {ADMIN, KEYS, OUTSIDE} else chains.actors[way.gained].label
    target = "" if way.target in {"itself", gained} else f" on {way.target}"
    text = f"by {way.path.name}{target} ({way.path.id})"
    if gained:
        text += f" it acts as {gained}"
    replayed = [confirmed(access.least if way.is_sure else access.most, witness) for witness in way.witnesses]
    requests = [
        f"{described(witness)}{' (approximate)' if witness.approximate else ''}" for witness in replayed[:_MOST_REQUESTS]
    ]
    return f"{text}, for it is allowed {', '.join(requests)}" if requests else f"{text}, whose trust policy names it"


def _cut(chain: Chain) -> str:
    """Name the statement that most ways need."""
    statement = chain.cut
    if statement is None:
        return ""
    holder = statement.source.rpartition("::")[2] or "its policy"
    ways = f"{chain.cuts} of {len(chain.open)} ways" if len(chain.open) > 1 else "this way"
    return f"{statement.at} of {holder} opens {ways}"
