"""Types that no rule knows and that look like types that rules know: a provider may have renamed one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.rule import Rule

_PARTS = re.compile(r"(?:aws|aws-native):(\w+)[:/](?:\w+:)?(\w+)")
_DECORATION = re.compile(r"^db(?=.)|v?(?<!\d)\d+$")


def lookalikes(types: Iterable[str], rules: Iterable[Rule]) -> dict[str, str]:
    """Return those of `types` that no rule knows and that look like one that a rule knows, with that one.

    Types are alike when service and name are, but for case, a number at the end and the `Db` of CloudFormation.
    """
    groups = {id(rule.applies_to): rule.applies_to for rule in rules}  # many rules share one tuple of all types with tags
    known = frozenset(type_ for group in groups.values() for type_ in group)
    strange = {type_: name for type_ in types if type_ not in known and (name := _name(type_))}
    if not strange:
        return {}
    by_name = {_name(type_): type_ for type_ in sorted(known, reverse=True)}
    return {type_: by_name[name] for type_, name in strange.items() if name in by_name}


def _name(type_: str) -> tuple[str, str] | None:
    parts = _PARTS.fullmatch(type_)
    return (parts[1].lower(), _DECORATION.sub("", parts[2].lower())) if parts else None
