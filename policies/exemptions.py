"""Exemptions: who may break which rule, where, why and until when. They are reported, never hidden."""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003  (read at run time from the field's annotation)
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exemption(NamedTuple):
    """One exemption as it stands in the configuration."""

    rule: Annotated[str, "Id of the rule, or of a check of Checkov; * stands for any characters."]
    resource: Annotated[str, "URN of the resource; * stands for any characters."]
    reason: Annotated[str, "Why the rule may be broken here."]
    owner: Annotated[str, "Who answers for it."] = ""
    expires: Annotated[date | None, "The last day on which it holds."] = None

    def matches(self, rule: str, urn: str) -> bool:
        """Say whether the exemption is for this rule and resource, expired or not."""
        return wildcard(self.rule).fullmatch(rule) is not None and wildcard(self.resource).fullmatch(urn) is not None

    def is_expired(self, today: date) -> bool:
        """Say whether the last day is over."""
        return self.expires is not None and self.expires < today


@lru_cache(maxsize=4096)
def wildcard(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which `*` stands for any characters and nothing else is special.

    Between two asterisks the first place that fits is as good as any, so matching never goes back: names are not ours.
    """
    first, *middle = map(re.escape, re.split(r"\*+", pattern))
    if not middle:
        return re.compile(first)
    last = middle.pop()
    return re.compile(first + "".join(rf"(?>[^\n]*?{part})" for part in middle) + rf"[^\n]*{last}")


def find(exemptions: Iterable[Exemption], names: tuple[str, ...], urn: str, today: date) -> Exemption | None:
    """Return the exemption for one of some rules (or checks) and a resource: one that holds before one that has expired."""
    matching = [exemption for exemption in exemptions if any(exemption.matches(name, urn) for name in names)]
    holding = (exemption for exemption in matching if not exemption.is_expired(today))
    return next(holding, matching[0] if matching else None)
