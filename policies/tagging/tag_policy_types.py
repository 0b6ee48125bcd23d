"""AWS's names of resource types in tag policies, and the Pulumi types that they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 60
_EVERY_TYPE = ("all_supported", "*")  # `*` in policies from before July 2025


class _Type(NamedTuple):
    """A resource type of AWS: what tag policies can ask for it (e: enforcement, r: required keys), and Pulumi's types."""

    name: str
    modes: str
    types: tuple[str, ...]

    @property
    def service(self) -> str:
        return self.name.partition(":")[0]


@cache
def _types() -> dict[str, _Type]:
    """Return the types of the data file by their plain names: AWS has spelled some in two ways."""
    lines = Path(__file__).with_name("tag_policy_types.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {_plain(name): _Type(name, modes, tuple(types)) for name, modes, *types in rows}


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _of_service(name: str) -> list[_Type] | None:
    """Return all types of the service that `service:ALL_SUPPORTED` names; None where the name is one type."""
    service, _, type_ = name.partition(":")
    if type_.lower() not in _EVERY_TYPE:
        return None
    return [item for item in _types().values() if _plain(item.service) == _plain(service)]


def unknown_type(name: str) -> str | None:
    """Return a hint for a name that AWS does not have, the nearest that it has; None where it has the name."""
    every = _of_service(name)
    if every or (every is None and _plain(name) in _types()):
        return None
    names = {f"{item.service}:ALL_SUPPORTED" if every is not None else item.name for item in _types().values()}
    return nearest(name, sorted(names)) or "the AWS Organizations User Guide lists those that support enforcement"


def pulumi_types(names: Iterable[str], mode: str) -> list[str]:
    """Return the Pulumi types of AWS's types; `ALL_SUPPORTED` stands for those that support a mode, `e` or `r`."""
    found: set[str] = set()
    for name in names:
        every = _of_service(name)
        chosen = [_types()[_plain(name)]] if every is None else [item for item in every if mode in item.modes]
        found.update(type_ for item in chosen for type_ in item.types)
    return sorted(found)


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return a question that names the nearest of some names; nothing where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415  (late: only for messages)

    close = get_close_matches(name[:_LONGEST], list(valid), n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else ""
