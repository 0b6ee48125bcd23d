"""Patterns with `*` and `?` over a fixed set of sorted names, answered as bit sets."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WILDCARD = re.compile(r"[*?]")
_STARS = re.compile(r"\*+")
_LAST = "\x7f"  # sorts behind every character of a name
_REMEMBERED = 4096


class Names:
    """Sorted lower-case ASCII names. Bit i of a set, which is an int, stands for the i-th name."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take names that are sorted, without repetition."""
        self.names = tuple(names)
        self.every = (1 << len(self.names)) - 1
        self.mask = lru_cache(_REMEMBERED)(self._mask)

    def index(self, name: str) -> int | None:
        """Return the place of a lower-case name; None where there is none."""
        place = bisect_left(self.names, name)
        return place if place < len(self.names) and self.names[place] == name else None

    def span(self, prefix: str) -> tuple[int, int]:
        """Return the places of the names that begin with a lower-case prefix: the first, and the one behind the last."""
        first = bisect_left(self.names, prefix)
        return first, bisect_left(self.names, prefix + _LAST, first)

    def members(self, mask: int) -> Iterator[str]:
        """Yield the names of a set, in order."""
        return (self.names[place] for place in places(mask))

    def _mask(self, pattern: str) -> int:
        """Return the names that a whole pattern matches, whatever the case: `*` any text, `?` any one character."""
        pattern = _STARS.sub("*", pattern.lower())
        wildcard = _WILDCARD.search(pattern)
        if wildcard is None:
            place = self.index(pattern)
            return 0 if place is None else 1 << place
        rest = pattern[wildcard.start() :]
        first, end = self.span(pattern[: wildcard.start()])
        if rest == "*":
            return (1 << end) - (1 << first)
        return self._scan(first, end, wildcard.start(), rest)

    def _scan(self, first: int, end: int, start: int, rest: str) -> int:
        """Return which of some names match a pattern from their character `start` on."""
        shortest = len(rest) - rest.count("*")
        longest_literal = max(_WILDCARD.split(rest), key=len)
        names = self.names
        likely = [at for at in range(first, end) if longest_literal in names[at] and len(names[at]) >= start + shortest]
        if not likely:
            return 0
        matches = _expression(rest).match
        bits = bytearray(len(names) // 8 + 1)
        for at in likely:
            if matches(names[at], start):
                bits[at >> 3] |= 1 << (at & 7)
        return int.from_bytes(bits, "little")


def _expression(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern.

    Between two stars the first place that fits is as good as any later one, so atomic groups take it for good: no
    pattern makes the expression try twice.
    """
    head, *middle = (re.escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    if not middle:
        return re.compile(head + r"\Z")
    tail = middle.pop()
    return re.compile(head + "".join(f"(?>.*?{part})" for part in middle) + (rf".*{tail}\Z" if tail else ""))


def places(mask: int) -> Iterator[int]:
    """Yield the places of the bits of a set, from the lowest."""
    bits = f"{mask:b}"[::-1]
    place = bits.find("1")
    while place >= 0:
        yield place
        place = bits.find("1", place + 1)


def places_mask(text: str, wanted: str) -> int:
    """Return the set of the places at which a text has one of the wanted characters."""
    zeros_and_ones = text.translate({ord(character): "1" if character in wanted else "0" for character in set(text)})
    return int(zeros_and_ones[::-1] or "0", 2)
