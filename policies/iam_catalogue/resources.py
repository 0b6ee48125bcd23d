"""The types of resource that actions apply to, and the condition keys that come with their requests."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from policies.iam_catalogue.actions import FILE, universe

_PLACEHOLDER = re.compile(r"\$\{\w+\}")


class ResourceType(NamedTuple):
    """A type of resource that an action applies to.

    `arns` are AWS's templates, more than one where there are old and new forms:
    `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. `required` says that a policy must cover a resource of this type
    for the action to be allowed; of several types that are not, one or another is used.
    """

    name: str
    arns: tuple[str, ...]
    required: bool

    @property
    def patterns(self) -> tuple[str, ...]:
        """The templates as patterns of Resource, `*` for what varies: `arn:*:s3:::*/*`."""
        return tuple(_PLACEHOLDER.sub("*", arn) for arn in self.arns)


class _Service(NamedTuple):
    """What a service's actions apply to: by lower-case name of the action the numbers of types and of condition keys."""

    types: list[tuple[str, tuple[str, ...]]]
    keys: list[str]
    keys_of_types: list[list[int]]
    actions: dict[str, tuple[list[str], list[int]]]


def resource_types(action: str) -> tuple[ResourceType, ...]:
    """Return the types that an action applies to; none where it works on `*` alone, or is not known."""
    service = _service(action.partition(":")[0].lower())
    numbers, _ = service.actions.get(action.lower(), ([], []))
    return tuple(ResourceType(*service.types[int(number.rstrip("!"))], number.endswith("!")) for number in numbers)


def condition_keys(action: str) -> frozenset[str]:
    """Return the condition keys, as AWS spells them, that an action supports beside the global ones that all do.

    They are those of the action and of the types of resource that it applies to. `aws:RequestTag/${TagKey}`,
    `aws:ResourceTag/${TagKey}` and `aws:TagKeys` are among them where the action supports tags. None for an action that
    is not known.
    """
    service = _service(action.partition(":")[0].lower())
    types, own = service.actions.get(action.lower(), ([], []))
    of_types = (service.keys_of_types[int(number.rstrip("!"))] for number in types)
    return frozenset(service.keys[key] for keys in (own, *of_types) for key in keys)


@cache
def _service(prefix: str) -> _Service:
    lines = _lines().get(prefix)
    if lines is None:
        return _Service([], [], [], {})
    types, keys, keys_of_types, actions = (line.split("|") if line else [] for line in lines.split("\t"))
    names = universe().members(universe().mask(f"{prefix}:*"))
    uses = (use.split(";") for use in actions)
    return _Service(
        [(name, tuple(arns.split(","))) for name, _, arns in (type_.partition("=") for type_ in types)],
        [key.partition("=")[0] for key in keys],
        [_numbers(text) for text in keys_of_types],
        {name.lower(): (used.split(",") if used else [], _numbers(own)) for name, (used, own) in zip(names, uses, strict=True)},
    )


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")] if text not in ("", "-") else []


def service_keys(prefix: str) -> tuple[str, ...]:
    """Return the condition keys of a service, each as `name=Type`: `s3:prefix=String`."""
    lines = _lines().get(prefix, "")
    keys = lines.split("\t")[1] if lines else ""
    return tuple(keys.split("|")) if keys else ()


@cache
def services() -> tuple[str, ...]:
    """Return the prefixes of all services, sorted."""
    return tuple(_lines())


@cache
def _lines() -> dict[str, str]:
    """Return what the data file says of each service."""
    lines = FILE.read("services").decode().split("\n")
    return {prefix: rest for prefix, _, rest in (line.partition("\t") for line in lines)}
