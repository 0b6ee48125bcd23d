"""Chains of principals as drawings: boxes from top to bottom, an arrow from each to the next with the way beside it.

The numbers are units of an SVG; a template turns them into one. Texts are broken or cut to fit, for fonts differ: the whole
stands beside the drawing.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.report import Hop

WIDTH = 340
_BOX = 44
_LINE = 15
_BEFORE_TEXT, _AFTER_TEXT = 18, 14
_NAME_FITS, _WAY_FITS = 38, 44  # letters of common width
_MOST_LINES = 4
_MOST_HOPS = 12
_KINDS = ("service-linked role", "permission set", "instance profile", "role", "user", "group")
_WIDE = frozenset("WF")
_BROAD = frozenset("mw@%")


class Box(NamedTuple):
    """A principal, or what is gained at the end; `y` is its top."""

    y: int
    kind: str
    name: str
    is_end: bool


class Arrow(NamedTuple):
    """A step: a line from `top` to `bottom`, and the lines of its text, each with the `y` of its base."""

    top: int
    bottom: int
    lines: tuple[tuple[int, str], ...]


class Drawing(NamedTuple):
    """A drawing `WIDTH` wide; `cut` says how many steps are left out of its middle."""

    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    box_height: int = _BOX
    width: int = WIDTH


def drawing(hops: list[Hop], end: str) -> Drawing:
    """Return the drawing of a chain. `end` is what its last target is, such as `administrator`, where that is known."""
    shown = hops if len(hops) <= _MOST_HOPS else [*hops[: _MOST_HOPS - 1], hops[-1]]
    left_out = len(hops) - len(shown)
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    y = 1
    for index, hop in enumerate(shown):
        boxes.append(_box(y, hop.actor))
        y += _BOX
        lines = list(_broken(hop.way))
        if left_out and index == len(shown) - 2:
            lines.append(f"… {left_out} more steps")
        bottom = y + _BEFORE_TEXT + _LINE * (len(lines) - 1) + _AFTER_TEXT
        arrows.append(Arrow(y, bottom, tuple((y + _BEFORE_TEXT + _LINE * place, line) for place, line in enumerate(lines))))
        y = bottom
    if shown:
        boxes.append(_box(y, shown[-1].target, end))
    return Drawing(y + _BOX + 1, tuple(boxes), tuple(arrows))


def _box(y: int, label: str, end: str = "") -> Box:
    kind = next((kind for kind in _KINDS if label.startswith(f"{kind} ")), "")
    name = label[len(kind) :].strip()
    about = f"{kind}, {end}" if kind and end and end != label else kind or (end if end != label else "")
    return Box(y, about, _cut(name, _NAME_FITS), is_end=bool(end))


def _broken(text: str) -> Iterator[str]:
    """Yield a text in lines that fit, broken at spaces; what is too long ends in an ellipsis."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if _width(joined) <= _WAY_FITS or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    shown = lines[:_MOST_LINES]
    if len(lines) > len(shown):
        shown[-1] = f"{shown[-1]} …"
    yield from (_cut(line, _WAY_FITS) for line in shown)


def _cut(text: str, fits: int) -> str:
    """Return a text with its middle left out where it does not fit: names are told apart by both ends."""
    if _width(text) <= fits:
        return text
    half = (fits - 1) // 2
    return f"{_start(text, half)}…{_start(text[::-1], half)[::-1]}"


def _start(text: str, fits: int) -> str:
    used = 0.0
    for place, letter in enumerate(text):
        used += _width(letter)
        if used > fits:
            return text[:place]
    return text


def _width(text: str) -> float:
    """Return how many common letters a text is as wide as, in the fonts of most systems."""
    return sum(_width_of(letter) for letter in text)


def _width_of(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in _WIDE:
        return 2
    return 1.4 if letter.isupper() or letter in _BROAD else 1
