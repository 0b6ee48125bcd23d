"""Exemptions: who may break which rule, where, why and until when. They are reported, never hidden."""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003  (read at run time from the field's annotation)
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.rule import Rule

EXPIRING = 30
"""Days before its end from which an exemption is told to end soon."""

_PROJECT = re.compile(r"[\w.*-]+")
"""A project's name in a pattern; a type has a colon."""

ACCOUNTABLE = (Severity.HIGH, Severity.CRITICAL)
"""An exemption from a rule of such a severity names who answers for it and when it ends."""


class Exemption(NamedTuple):
    """One exemption as it stands in the configuration."""

    rule: Annotated[str, "Id of the rule, or of a check of Checkov; * stands for any characters."]
    resource: Annotated[str, "URN of the resource; * stands for any characters."]
    reason: Annotated[str, "Why the rule may be broken here."]
    owner: Annotated[str, "Who answers for it."] = ""
    expires: Annotated[date | None, "The last day on which it holds."] = None

    def is_from(self, names: Iterable[str]) -> bool:
        """Say whether the exemption is from one of some rules or checks."""
        return any(map(wildcard(self.rule).fullmatch, names))

    def is_for(self, urn: str) -> bool:
        """Say whether the exemption is for a resource, expired or not."""
        return wildcard(self.resource).fullmatch(urn) is not None

    def is_expired(self, today: date) -> bool:
        """Say whether the last day is over."""
        return self.expires is not None and self.expires < today

    def days_left(self, today: date) -> int | None:
        """Return the days until the last one: 0 on it, below 0 after it, None without an end."""
        return (self.expires - today).days if self.expires else None

    def words(self, today: date) -> str:
        """Return who may break the rule, why and until when, in one line; every host says it so."""
        owner = f"owner {self.owner}" if self.owner.strip() else "no owner"
        return " ".join(f"{self._until(today)}, {owner}: {self.reason}".split())

    def _until(self, today: date) -> str:
        left = self.days_left(today)
        if left is None:
            return "Exempt without end"
        if left < 0:
            return f"Its exemption expired on {self.expires}"
        if left > EXPIRING:
            return f"Exempt until {self.expires}"
        soon = "ends today" if left == 0 else f"{left} day{'s' if left > 1 else ''} left"
        return f"Exempt until {self.expires} ({soon})"

    def rules(self, rules: Iterable[Rule]) -> list[Rule]:
        """Return those of some rules that it is from: by their ids, or by a check of Checkov that they carry."""
        fits = wildcard(self.rule).fullmatch
        return [rule for rule in rules if fits(rule.id) or any(map(fits, checks_of(rule)))]

    def can_be_for(self, stack: str, project: str) -> bool:
        """Say whether the exemption can be for a resource of a stack.

        Where the pattern has a part for the project (`urn:pulumi:*::shop::*`), that part and the one before count, each for
        itself. Elsewhere an asterisk may stand for stack, project and whatever follows (`*::name`).
        """
        first, *others = self.resource.split("::")
        if len(others) > 1 and _PROJECT.fullmatch(others[0]):
            fits = wildcard(first).fullmatch(f"urn:pulumi:{stack}") and wildcard(others[0]).fullmatch(project)
            return fits is not None
        literal, start = self.resource.partition("*")[0], f"urn:pulumi:{stack}::{project}::"
        return start.startswith(literal) or literal.startswith(start)


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


def check_id(rule: str) -> str:
    """Return Checkov's id of a rule: letters, digits and underscores, as its comments and options take them."""
    return "STACKPROOF_" + "".join(char if char.isascii() and char.isalnum() else "_" for char in rule.upper())


@cache
def checks_of(rule: Rule) -> tuple[str, ...]:
    """Return the ids of the checks that a rule answers: those it carries, and its own when it runs inside Checkov."""
    return (*rule.checkov, check_id(rule.id))


def find(exemptions: Iterable[Exemption], names: tuple[str, ...], urn: str, today: date) -> Exemption | None:
    """Return the exemption for one of some rules (or checks) and a resource: one that holds before one that has expired."""
    return first((exemption for exemption in exemptions if exemption.is_from(names) and exemption.is_for(urn)), today)


def first(matching: Iterable[Exemption], today: date) -> Exemption | None:
    """Return the exemption that answers, of all that match: one that holds before one that has expired."""
    return min(matching, key=lambda exemption: exemption.is_expired(today), default=None)
