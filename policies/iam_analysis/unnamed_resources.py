"""Resources that no policy names: their ARNs, and a quick look at which patterns of Resource may match them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from policies.iam_analysis.languages import compiled, matches
from policies.iam_analysis.plain_requests import NOBODYS

if TYPE_CHECKING:
    from policies.iam_analysis.model import Patterns

_EVERYTHING_IN_A_SEGMENT = re.compile(r"(^|[:/])[*?]*\*[*?]*($|[:/])")
_PLACEHOLDER = re.compile(r"\$\{\w+\}")
_COLONS = 5
_EXAMPLES = ("arn", "aws", "", "us-east-1", "111122223333", "")


@cache
def unnamed(action: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return requests for an action on resources that nobody named: ARNs with `*` for partition, Region and account.

    Several where the action needs resources of several types at once. For an action that works on Resource * only, a
    resource that nothing but `*` matches.
    """
    from policies.iam_catalogue.resources import resource_types  # noqa: PLC0415

    types = resource_types(action)
    arns = [tuple(dict.fromkeys(map(_unnamed, type_.arns))) for type_ in types if type_.required]
    if not arns:
        every = tuple(sorted({_unnamed(arn) for type_ in types for arn in type_.arns}, key=lambda arn: (len(arn), arn)))
        arns = [every or of_a_service(action.partition(":")[0])]
    return tuple((action, each) for each in arns)


def _unnamed(template: str) -> str:
    head = template.split(":", _COLONS)
    head[1] = "*"
    head[3:5] = [part and "*" for part in head[3:5]]
    return _PLACEHOLDER.sub(NOBODYS, ":".join(head))


def of_a_service(*services: str) -> tuple[str, ...]:
    """Return ARNs of resources of services, of a kind and a name that nobody planned."""
    return tuple(f"arn:*:{service}:*:*:{name}" for service in services for name in (NOBODYS, f"{NOBODYS}/{NOBODYS}"))


def whole(service: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return requests that only who has all of a service may make: an action and a resource that nobody named."""
    return ((f"{service}:{NOBODYS}", of_a_service(service)),)


def may_be_wide(resources: Patterns | None) -> bool:
    """Say whether patterns may match a resource that they do not name: a quick look that says yes too often."""
    if resources is None or resources.negated or resources.holes:
        return True
    return any(
        "*" in item and (item.count(":") < _COLONS or _EVERYTHING_IN_A_SEGMENT.search(item.split(":", _COLONS)[_COLONS]))
        for item in resources.items
    )


@lru_cache(maxsize=16_384)
def may_match(item: str, arn: str) -> bool:
    """Say whether a pattern of Resource may match an ARN in which only whole segments before the last are `*`."""
    parts, wanted = item.split(":", _COLONS), arn.split(":", _COLONS)
    if len(parts) <= _COLONS:
        return True
    return all(
        part == one or "*" in part or "?" in part or one == "*" for part, one in zip(parts[:_COLONS], wanted, strict=False)
    ) and matches(compiled(parts[_COLONS]), wanted[_COLONS])


def filled(arn: str, item: str) -> str:
    """Return an ARN with the partition, Region and account that a pattern of Resource has, or examples of them."""
    given = item.split(":", _COLONS) if item.count(":") >= _COLONS else [""] * (_COLONS + 1)
    return ":".join(
        part if part != "*" else own if own and "*" not in own and "?" not in own else example
        for part, own, example in zip(arn.split(":", _COLONS), given, _EXAMPLES, strict=True)
    )
