"""The guarded resources that one question is about, found quickly by ARN and by whom their policies name."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from policies.iam_analysis.action_sets import ActionSets
from policies.iam_analysis.guarded import ASSUMING, KEY, KEY_USE, ROLE
from policies.iam_analysis.languages import Budget, TooComplexError, compiled, intersects
from policies.iam_analysis.model import Patterns
from policies.iam_analysis.naming import EVERYONE, OWN_ACCOUNT
from policies.iam_catalogue.resources import resource_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.iam_analysis.guarded import Guarded
    from policies.iam_analysis.model import Statement
    from policies.iam_analysis.naming import Caller

_END_OF_PART = re.compile(r"[/:]")


class Wanted:
    """An action and the resources on which it is asked about; both may have wildcards. No resources: any."""

    def __init__(self, action: str, resource: str = "") -> None:
        """Take what is asked."""
        self.action = action
        self.resource = resource
        self.actions = Patterns((action,))
        self._about: dict[Patterns, bool] = {}

    @cached_property
    def resources(self) -> Patterns | None:
        """Patterns of the resources; without any, those that AWS documents for the action."""
        if self.resource:
            return Patterns((self.resource,))
        types = resource_types(self.action)
        return Patterns(tuple(pattern for type_ in types for pattern in type_.patterns)) if types else None

    def touches(self, statement: Statement) -> bool:
        """Say whether a statement is about the action and some of the resources."""
        if statement.actions not in self._about:
            self._about[statement.actions] = self._names(statement.actions)
        if not self._about[statement.actions]:
            return False
        if statement.resources is None or statement.resources.negated:
            return True
        return any(map(self.is_on, statement.resources.items))

    def _names(self, actions: Patterns) -> bool:
        """Say whether actions have some of those that are asked about; what is too complex to tell may."""
        try:
            sets = ActionSets((actions, self.actions), Budget())
            return bool(sets.mask(actions, Budget()) & sets.mask(self.actions, Budget()))
        except TooComplexError:
            return True

    def is_on(self, resource: str) -> bool:
        """Say whether some of the resources match a pattern; what is too complex to tell may."""
        if self.resources is None:
            return True
        try:
            pattern = compiled(resource, arn=True)
            return any(intersects(compiled(one, arn=True), pattern) for one in self.resources.items)
        except TooComplexError:
            return True

    @cached_property
    def needs(self) -> frozenset[str]:
        """KEY and ROLE, if the action is one on keys, or one that assumes roles."""
        sets = ActionSets((self.actions, KEY_USE, ASSUMING), Budget())
        wanted = sets.mask(self.actions, Budget())
        return frozenset(
            needs for needs, actions in ((KEY, KEY_USE), (ROLE, ASSUMING)) if wanted & sets.mask(actions, Budget())
        )


class Guard:
    """A guarded resource that a question is about, with the statements that are. Each is one of a kind, to be kept in sets."""

    __slots__ = ("guarded", "is_exact", "least", "most")

    def __init__(self, guarded: Guarded, least: tuple[Statement, ...], most: tuple[Statement, ...]) -> None:
        """Keep what is known of it."""
        self.guarded = guarded
        self.least = least
        self.most = most
        self.is_exact = self._is_exact()

    def _is_exact(self) -> bool:
        """Say whether its statements are about its ARN, which is known, and what is in it; about nothing else."""
        arn = self.guarded.arn
        statements = (*self.least, *self.most)
        items = (item for one in statements if one.resources for item in one.resources.items)
        return (
            arn.exact
            and all(one.resources and not one.resources.negated for one in statements)
            and all(item == arn.text or item.startswith((f"{arn.text}/", f"{arn.text}:")) for item in items)
        )


class Guards:
    """All of them for one question."""

    def __init__(self, guarded: Iterable[Guarded], wanted: Wanted) -> None:
        """Keep those that the question is about."""
        self.all = tuple(_guards(guarded, wanted))
        self._by_arn: dict[str, list[Guard]] = {}
        self._wide: list[Guard] = []
        self._by_principal: dict[str, list[Guard]] = {}
        self._for_many: list[Guard] = []
        self._touched: dict[str, tuple[Guard, ...]] = {}
        for guard in self.all:
            if guard.is_exact:
                self._by_arn.setdefault(guard.guarded.arn.text, []).append(guard)
            else:
                self._wide.append(guard)
            self._file(guard)

    def _file(self, guard: Guard) -> None:
        allows = [one for one in (*guard.most, *guard.least) if one.effect == "Allow" and one.principals]
        items = dict.fromkeys(item for one in allows if one.principals for item in one.principals.items)
        if any(one.principals and one.principals.negated for one in allows) or any(item in items for item in EVERYONE):
            self._for_many.append(guard)
            return
        for item in items:
            key = _role_of(item) or item
            self._by_principal.setdefault(key, []).append(guard)

    def at(self, arn: str) -> Iterator[Guard]:
        """Yield the guards that may say something of an ARN without wildcards."""
        yield from self._wide
        yield from self._by_arn.get(arn, ())
        for end in _END_OF_PART.finditer(arn):
            yield from self._by_arn.get(arn[: end.start()], ())

    def touched(self, item: str) -> tuple[Guard, ...]:
        """Return the guards that may say something of what a pattern of Resource matches."""
        if item not in self._touched:
            self._touched[item] = tuple(self._meeting(item)) if "*" in item or "?" in item else tuple(self.at(item))
        return self._touched[item]

    def _meeting(self, item: str) -> Iterator[Guard]:
        if item == "*":
            yield from self.all
            return
        pattern = compiled(item, arn=True)
        for guard in self.all:
            arn = guard.guarded.arn.text
            near = arn.startswith(pattern.prefix) or pattern.prefix.startswith(arn)
            inside = (compiled(text, arn=True) for text in (arn, f"{arn}/*", f"{arn}:*")) if near else ()
            if not guard.is_exact or any(intersects(pattern, text) for text in inside):
                yield guard

    def granting(self, caller: Caller) -> Iterator[Guard]:
        """Yield the guards that may name a caller closer than by its account."""
        if not caller.exact:
            yield from self.all
            return
        yield from self._for_many
        yield from self._by_principal.get(f"AWS:{caller.arn}", ())
        yield from self._by_principal.get(f"{caller.account} {caller.arn.rpartition('/')[2]}", ())

    def giving(self, caller: Caller) -> Iterator[Guard]:
        """Yield the guards that may name the account of a caller."""
        names = (OWN_ACCOUNT, f"AWS:{caller.account}", *(f"AWS:arn:{name}:iam::{caller.account}:root" for name in _PARTITIONS))
        for name in names:
            yield from self._by_principal.get(name, ())


_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")


def _role_of(item: str) -> str:
    """Return the account and the name of the role of a session; empty for other principals."""
    parts = item.split(":")
    if len(parts) < 7 or parts[3] != "sts" or not parts[6].startswith("assumed-role/"):  # noqa: PLR2004  (parts of an ARN)
        return ""
    return f"{parts[5]} {parts[6].split('/')[1]}"


def _guards(guarded: Iterable[Guarded], wanted: Wanted) -> Iterator[Guard]:
    for one in guarded:
        most = tuple(filter(wanted.touches, one.most()))
        least = tuple(filter(wanted.touches, one.least())) if one.holes or not one.arn.exact else most
        if most or least or (wanted.needs and one.needs in wanted.needs and wanted.is_on(one.arn.text)):
            yield Guard(one, least, most)
