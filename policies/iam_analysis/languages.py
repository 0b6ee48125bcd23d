"""Sets of texts that wildcard patterns describe: does one match, do two meet, is one within others, which can hold at once.

A pattern is an automaton with one state for each letter or `?`; a `*` is a loop on a state. All patterns of a question
run side by side in one int, a bit for each state, so a letter costs three operations however many patterns there are.

In an ARN a wildcard stays within its segment; in the last segment, and as the last letter of a short ARN, `*` goes over
colons too (IAM user guide, "Resource": wildcards in ARNs; the labels of AWS's published samples agree). Policy variables
such as `${aws:username}` stand for themselves; `${*}`, `${?}` and `${$}` are the plain letters.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SEGMENTS_BEFORE_RESOURCE = 5
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_STAR, _QUESTION, _COLON = "\uf02a", "\uf03f", "\uf03a"
"""Plain `*` and `?`, and the colon inside a policy variable: letters from Unicode's private area."""
_PLAIN = str.maketrans({_STAR: "*", _QUESTION: "?", _COLON: ":"})
_SPARE_LETTERS = "xzyqwvkjughfnmbltrsdpoceia0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ~^!#%&"


class TooComplexError(Exception):
    """Raised where a question would take more steps than its budget has."""


class Budget:
    """Steps that a question may still take: about 1 µs each. A count and no clock, so that answers never change."""

    __slots__ = ("left",)

    def __init__(self, steps: int = 20_000) -> None:
        """Start with a number of steps."""
        self.left = steps

    def take(self, steps: int = 1) -> None:
        """Use some; raises `TooComplexError` when they are spent."""
        self.left -= steps
        if self.left < 0:
            raise TooComplexError


class Pattern(NamedTuple):
    """A compiled pattern. Its states are its letters and `?`, from the first, and one behind the last; sets of them are bits.

    `literals` are the states that wait for a letter, by letter, `any_crossing` those of a `?`; `crossing` are states with a
    loop that takes every letter. `any_within` and `within` are the same for wildcards that do not take a colon. `prefix` is
    the text before the first wildcard.
    """

    text: str
    literals: tuple[tuple[str, int], ...]
    length: int
    crossing: int
    within: int
    any_crossing: int
    any_within: int
    prefix: str

    @property
    def is_literal(self) -> bool:
        """Say whether it matches one text only."""
        return len(self.prefix) == self.length and not self.crossing | self.within

    @property
    def is_prefix(self) -> bool:
        """Say whether it matches all texts that start with its prefix."""
        return len(self.prefix) == self.length and self.crossing == 1 << self.length and not self.within


@lru_cache(maxsize=16_384)
def compiled(text: str, *, arn: bool = False) -> Pattern:
    """Compile a pattern; with `arn` it is matched segment by segment."""
    source = _with_plain_letters(text)
    literals: dict[str, int] = {}
    colons = length = crossing = within = any_crossing = any_within = 0
    prefix = -1
    last = len(source) - 1
    for index, letter in enumerate(source):
        if letter in "*?" and prefix < 0:
            prefix = index
        state = 1 << length
        inside = arn and colons < _SEGMENTS_BEFORE_RESOURCE
        if letter == "*":
            if inside and index < last:
                within |= state
            else:
                crossing |= state
            continue
        if letter != "?":
            literals[letter] = literals.get(letter, 0) | state
            colons += letter == ":"
        elif inside:
            any_within |= state
        else:
            any_crossing |= state
        length += 1
    return Pattern(
        text, tuple(literals.items()), length, crossing, within, any_crossing, any_within,
        source if prefix < 0 else source[:prefix],
    )  # fmt: skip


@lru_cache(maxsize=1_024)
def compiled_ignoring_case(text: str) -> Pattern:
    """Compile a pattern that matches letters in any case."""
    plain = compiled(text)
    literals: dict[str, int] = {}
    for letter, states in plain.literals:
        for form in {letter, letter.lower(), letter.upper()}:
            literals[form] = literals.get(form, 0) | states
    return plain._replace(literals=tuple(literals.items()), prefix="")


def _with_plain_letters(text: str) -> str:
    if "${" not in text:
        return text

    def plain(variable: re.Match[str]) -> str:
        name = variable[1]
        if name in ("*", "?", "$"):
            return {"*": _STAR, "?": _QUESTION, "$": "$"}[name]
        return "${" + name.replace(":", _COLON).replace("*", _STAR).replace("?", _QUESTION) + "}"

    return _VARIABLE.sub(plain, text)


def shown(text: str) -> str:
    """Return a text that a question gave as people write it."""
    return text.translate(_PLAIN)


def quoted(text: str) -> str:
    """Return a text as the pattern that matches it alone; its policy variables, `${*}` too, stay what they are."""
    text = _with_plain_letters(text)
    return text.replace("*", _STAR).replace("?", _QUESTION) if "*" in text or "?" in text else text


class Automaton:
    """Several patterns that run side by side; pattern i accepts where a state has the bit `accepting[i]`."""

    __slots__ = ("_any", "_any_but_colon", "_crossing", "_literals", "_loops", "accepting", "cost", "spare", "start")

    def __init__(self, patterns: Iterable[Pattern], budget: Budget) -> None:
        """Lay the patterns side by side; the first occupies the lowest bits."""
        self._crossing = within = self._any = any_within = self.start = offset = 0
        self.accepting: list[int] = []
        self._literals: dict[str, int] = {}
        known = self._literals
        for pattern in patterns:
            budget.take((2 + len(pattern.literals)) * _cost(offset + pattern.length) // 4)
            self.start |= 1 << offset
            self._crossing |= pattern.crossing << offset
            within |= pattern.within << offset
            self._any |= pattern.any_crossing << offset
            any_within |= pattern.any_within << offset
            for letter, states in pattern.literals:
                known[letter] = known.get(letter, 0) | states << offset
            offset += pattern.length
            self.accepting.append(1 << offset)
            offset += 1
        self._any_but_colon = self._any | any_within
        self._loops = self._crossing | within
        self.cost = _cost(offset)
        self.spare = next((letter for letter in _SPARE_LETTERS if letter not in known), "\uf000")

    def step(self, states: int, letter: str) -> int:
        """Return the states after a letter."""
        if letter == ":":
            return (states & (self._literals.get(":", 0) | self._any)) << 1 | states & self._crossing
        return (states & (self._literals.get(letter, 0) | self._any_but_colon)) << 1 | states & self._loops

    def following(self, states: int, within: int, budget: Budget) -> Iterator[tuple[str, int]]:
        """Yield the letters that lead on, and where to: one for each way in which they differ.

        Only steps after which one of the states `within` is left.
        """
        own = states & within
        free = own & (self._loops | self._any_but_colon)
        telling = (states if free else own) & ~self._any_but_colon
        letters = [letter for letter, waiting in self._literals.items() if waiting & telling and letter != ":"]
        if free:
            letters.append(self.spare)
        letters.append(":")  # the last one: it reads badly
        budget.take((len(self._literals) // 16 + len(letters)) * self.cost)
        for letter in letters:
            after = self.step(states, letter)
            if after & within:
                yield letter, after


def _cost(states: int) -> int:
    """Return the steps of an operation on a set of so many states."""
    return 1 + states // 4_096


def matches(pattern: Pattern, text: str) -> bool:
    """Say whether a pattern matches a whole text."""
    if not text.startswith(pattern.prefix):
        return False
    if pattern.is_prefix:
        return True
    if pattern.is_literal:
        return text == pattern.prefix
    automaton = _single(pattern)
    states = automaton.start
    for letter in text:
        states = automaton.step(states, letter)
        if not states:
            return False
    return bool(states & automaton.accepting[0])


@lru_cache(maxsize=4_096)
def _single(pattern: Pattern) -> Automaton:
    return Automaton((pattern,), Budget(sys.maxsize))


def _is_simple(pattern: Pattern) -> bool:
    return pattern.is_prefix or pattern.is_literal


def _cost_of_matching(pattern: Pattern, text: str) -> int:
    if _is_simple(pattern) or not text.startswith(pattern.prefix):
        return 1
    return 8 + len(pattern.literals) + len(text) * _cost(pattern.length) // 2


def intersects(one: Pattern, other: Pattern, budget: Budget | None = None) -> bool:
    """Say whether a text is matched by both."""
    budget = budget or Budget()
    for literal, pattern in ((one, other), (other, one)):
        if literal.is_literal:
            budget.take(_cost_of_matching(pattern, literal.prefix))
            return matches(pattern, literal.prefix)
    shorter, longer = sorted((one.prefix, other.prefix), key=len)
    if not longer.startswith(shorter):
        return False
    if one.is_prefix and other.is_prefix:
        return True
    met, steps = _meeting(one, other)
    budget.take(steps)
    if met is None:
        raise TooComplexError
    return met


@lru_cache(maxsize=32_768)
def _meeting(one: Pattern, other: Pattern) -> tuple[bool | None, int]:
    """Say whether a text is matched by both, and how many steps it takes to find out: charged each time it is asked.

    None stands for too many steps.
    """
    budget = Budget()
    before = budget.left
    try:
        met = any(vector for vector, _ in _explore(one, (other,), budget))
    except TooComplexError:
        return None, before
    return met, before - budget.left


def included(pattern: Pattern, others: Sequence[Pattern], budget: Budget | None = None) -> str | None:
    """Return a text that the pattern matches and none of the others does, or None if there is none."""
    for vector, text in each_signature(pattern, others, budget or Budget()):
        if not vector:
            return text
    return None


def signatures(pattern: Pattern, others: Sequence[Pattern], budget: Budget | None = None) -> dict[int, str]:
    """Return which of the others can match one and the same text of the pattern: bits, and a text for each.

    Bit i of a key stands for `others[i]`. Raises `TooComplexError` where the budget does not suffice.
    """
    found: dict[int, str] = {}
    for vector, text in each_signature(pattern, others, budget or Budget()):
        found.setdefault(vector, text)
    return found


def each_signature(pattern: Pattern, others: Sequence[Pattern], budget: Budget) -> Iterator[tuple[int, str]]:
    """Yield the same one after the other, some more than once."""
    if pattern.is_literal:
        budget.take(1 + sum(_cost_of_matching(other, pattern.prefix) for other in others))
        yield sum(1 << index for index, other in enumerate(others) if matches(other, pattern.prefix)), pattern.prefix
    elif pattern.is_prefix and all(map(_is_simple, others)):
        yield from _of_prefixes(pattern, others, budget)
    else:
        yield from _explore(pattern, others, budget)


def _of_prefixes(pattern: Pattern, others: Sequence[Pattern], budget: Budget) -> Iterator[tuple[int, str]]:
    """Answer where every pattern is a text or a text and a star: a text's longest prefix among them says all."""
    start = pattern.prefix
    texts = {other.prefix for other in others if other.prefix.startswith(start)}
    budget.take(1 + (1 + len(texts)) * (1 + len(others)) // 4)
    letters = "".join(texts)
    spare = next((letter for letter in _SPARE_LETTERS if letter not in letters), "\uf000")
    samples = [start + spare, *(text + spare for text in texts), *texts]
    for sample in samples:
        vector = 0
        for index, other in enumerate(others):
            if sample.startswith(other.prefix) if other.crossing else sample == other.prefix:
                vector |= 1 << index
        yield vector, sample


def _explore(pattern: Pattern, others: Sequence[Pattern], budget: Budget) -> Iterator[tuple[int, str]]:
    """Walk through all states that texts of the pattern lead to, the shortest texts first."""
    automaton = Automaton((pattern, *others), budget)
    accepting = automaton.accepting[0]
    within = (accepting << 1) - 1
    start = automaton.start
    budget.take(len(pattern.prefix) * automaton.cost)
    for letter in pattern.prefix:
        start = automaton.step(start, letter)
    found: set[int] = set()
    seen = {start}
    waiting: deque[tuple[int, tuple[object, str] | None]] = deque([(start, (None, pattern.prefix))])
    while waiting:
        states, way = waiting.popleft()
        if states & accepting:
            reached = tuple(index for index, bit in enumerate(automaton.accepting[1:]) if states & bit)
            budget.take(1 + len(others) * automaton.cost // 8)
            vector = sum(1 << index for index in reached)
            if vector not in found:
                found.add(vector)
                yield vector, _text(way)
        for letter, after in automaton.following(states, within, budget):
            if after not in seen:
                seen.add(after)
                waiting.append((after, (way, letter)))


def _text(way: tuple[object, str] | None) -> str:
    letters: list[str] = []
    while way:
        way, letter = way  # type: ignore[assignment]
        letters.append(letter)
    return "".join(reversed(letters))
