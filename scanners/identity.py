"""What a result is called from one scan to the next: rule, URN, property path and order, never a line or a file.

Two names of the same resource are told apart nowhere: a type that the provider has renamed stands in a URN by its current
token, and a URN that the engine knew the resource by before is an alias (`Resource.aliases`).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from policies.provider.renamed import CURRENT

if TYPE_CHECKING:
    from policies.resource import Resource
    from policies.stack import Stack

_TYPE = 2
"""Where the type stands between the `::` of a URN, after stack and project; parents stand before it, with `$` between."""


def canonical(urn: str) -> str:
    """Return a URN with the current names of its type and of its parents' types; any other text as it is."""
    parts = urn.split("::", _TYPE + 1)
    if len(parts) <= _TYPE + 1:
        return urn
    current = _current(parts[_TYPE])
    if current == parts[_TYPE]:
        return urn
    parts[_TYPE] = current
    return "::".join(parts)


@lru_cache(maxsize=4096)  # asked for every result; a stack has few types
def _current(qualified: str) -> str:
    return "$".join(CURRENT.get(type_, type_) for type_ in qualified.split("$"))


def fingerprint(rule: str, urn: str, path: str, before: int) -> str:
    """Return what identifies a result from one scan to the next: 32 hex digits of a SHA-256.

    `rule` may be a check of Checkov, and `urn` its name of a resource. `before` counts the results of the rule at the same
    path of the resource that come before this one.
    """
    urn = canonical(urn)
    parts = (rule, urn, path, str(before)) if before else (rule, urn, path)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def names_of(resource: Resource, stack: Stack) -> tuple[str, ...]:
    """Return the canonical URNs of a resource, today's first."""
    return tuple(dict.fromkeys(map(canonical, (resource.urn, *before(resource, stack)))))


def before(resource: Resource, stack: Stack) -> tuple[str, ...]:
    """Return the URNs that a resource had before.

    None of another resource that is there is among them: what is known of that one is not known of this one.
    """
    return resource.once("names before", lambda: tuple(urn for urn in resource.aliases if stack.resources.type_of(urn) is None))
