"""What a result is called from one scan to the next: rule, URN, property path and order, never a line or a file.

A resource keeps its identity over a rename: a type that the provider has renamed stands in a URN by its current token, a URN
that the engine knew it by before is an alias (`Resource.aliases`), and its id in the cloud stays.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from policies.former_urns import TYPE, aliases_of, formerly
from policies.provider.renamed import CURRENT, SUCCESSORS
from policies.stack import names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from policies.resource import Resource
    from policies.stack import Stack


@lru_cache(maxsize=256)  # the results on a resource follow each other
def canonical(urn: str) -> str:
    """Return a URN with the current names of its type and of its parents' types; any other text as it is."""
    parts = urn.split("::", TYPE + 1)
    if len(parts) <= TYPE + 1:
        return urn
    current = _current(parts[TYPE])
    if current == parts[TYPE]:
        return urn
    parts[TYPE] = current
    return "::".join(parts)


@lru_cache(maxsize=4096)  # a stack has few types
def _current(qualified: str) -> str:
    return "$".join(CURRENT.get(type_, type_) for type_ in qualified.split("$"))


def fingerprint(rule: str, urn: str, path: str, before: int) -> str:
    """Return what identifies a result from one scan to the next: 32 hex digits of a SHA-256.

    `rule` may be a check of Checkov, and `urn` its name of a resource. `before` counts the results of the rule at the same
    path of the resource that come before this one.
    """
    urn = canonical(urn)
    parts = (rule, urn, path, str(before)) if before else (rule, urn, path)
    return _digest(parts)


class Names(NamedTuple):
    """What a resource is called, and was.

    `urns` are canonical, today's first, then those before. `mark` stands for what is in the cloud, whatever the URN; empty
    where that is not known. `is_there` says whether a resource has a URN today.
    """

    urns: tuple[str, ...]
    mark: str
    is_there: Callable[[str], bool]

    @property
    def all(self) -> tuple[str, ...]:
        """All names, the mark last."""
        return (*self.urns, self.mark) if self.mark else self.urns


def names_of(resource: Resource, stack: Stack) -> Names:
    """Return the names of a resource of a stack.

    Beside its aliases it may have had the type that its own took the place of, and the provider aws before aws-native.
    """

    def find() -> Names:
        former = (urn for urn in formerly(resource.urn, resource.type) if not is_there(urn))
        urns = dict.fromkeys(map(canonical, (resource.urn, *aliases_of(resource, stack), *former)))
        return Names(tuple(urns), mark(resource), is_there)

    def is_there(urn: str) -> bool:
        return stack.resources.type_of(urn) is not None

    return resource.once("names", find)


def shared_path(urn: str, path: str) -> str:
    """Return a property path as a type and the one that took its place share it; of any other type as it is.

    Lists of one block became the block, and lost the s: `versionings[0].status` is `versioning.status`.
    """
    type_ = urn.split("::", TYPE + 1)[TYPE].rpartition("$")[2] if urn.count("::") > TYPE else ""
    if type_ not in SUCCESSORS and type_ not in _REPLACING:
        return path
    return re.sub(_ONE, "", path)


_REPLACING = frozenset(SUCCESSORS.values())
_ONE = r"s?(\[0\])?(?=\.|$)"


def mark(resource: Resource) -> str:
    """Return 32 hex digits that stand for what a resource is in the cloud; empty where it has no id yet.

    They are those of stack, project, type and id: a resource keeps them over a rename, of which states say nothing. Today's
    engine takes all aliases out of a state (pulumi/pulumi, pkg/resource/deploy/state_builder.go).
    """
    return resource.once("mark", lambda: _mark(resource))


def _mark(resource: Resource) -> str:
    id_ = resource.id
    if not isinstance(id_, str) or not id_:
        return ""
    type_ = SUCCESSORS.get(resource.type, resource.type)
    return _digest((*names_in(resource.urn), type_, id_))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
