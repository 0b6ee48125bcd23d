"""Types that no rule knows and that look like types that rules know: a provider may have renamed one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARTS = re.compile(r"(?:aws|aws-native):(\w+)[:/](?:\w+:)?(\w+)")
_DECORATION = re.compile(r"^db(?=.)|v?\d+$")


def lookalikes(types: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return those of `types` that look like one of `known`, with that one; what is itself known does not count.

    Types are alike when service and name are, but for case, a number at the end and the `Db` of CloudFormation.
    """
    judged = frozenset(known)
    by_name = {name: type_ for type_ in sorted(judged, reverse=True) if (name := _name(type_))}
    found = {type_: by_name.get(_name(type_) or ("", "")) for type_ in types if type_ not in judged}
    return {type_: like for type_, like in found.items() if like}


def _name(type_: str) -> tuple[str, str] | None:
    parts = _PARTS.fullmatch(type_)
    return (parts[1].lower(), _DECORATION.sub("", parts[2].lower())) if parts else None
