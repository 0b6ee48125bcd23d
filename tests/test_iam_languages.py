"""Languages of patterns are what brute force over short texts says, with a matcher written from AWS's description."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.iam_analysis.condition_operators import arn_matches, symbols
from policies.iam_analysis.condition_operators import matches as plainly_matches
from policies.iam_analysis.languages import (
    Budget,
    Pattern,
    TooComplexError,
    compiled,
    included,
    intersects,
    matches,
    quoted,
    shown,
    signatures,
)

SHORT = tuple("".join(letters) for length in range(6) for letters in itertools.product("abc", repeat=length))
AFTER_ARN = tuple("arn" + "".join(letters) for length in range(7) for letters in itertools.product("a:", repeat=length))
ARNS = (
    *AFTER_ARN,
    "",
    "a",
    "a:a",
    *(f"arn:a:a::{rest}" for rest in ("", "a", ":", ":a", "a:", "a:a", "a:a:a", "a::a", "aa:aa")),
)

patterns = st.text("ab?*", max_size=4)
several = st.lists(patterns, max_size=3)
arn_patterns = st.builds(
    str.__add__, st.sampled_from(["arn", "arn:", "arn:a:a:", "arn:*:a::", "", "*"]), st.text("a:?*", max_size=5)
)


@lru_cache(maxsize=4096)
def expression(text: str) -> re.Pattern[str]:
    """`*` is any letters, none among them; `?` is exactly one (page "Resource", wildcards)."""
    return re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in text), re.DOTALL)


def is_matched(pattern: str, text: str) -> bool:
    return bool(expression(pattern).fullmatch(text))


def arn_is_matched(pattern: str, arn: str) -> bool:
    """ARNs have six parts, of which the last may have colons; a wildcard stays in its part.

    A star at the end of a pattern of fewer parts also stands for the parts that it lacks.
    """
    wanted, found = pattern.split(":", 5), arn.split(":", 5)
    if pattern.endswith("*"):
        found = found[: len(wanted)]
    return len(wanted) == len(found) and all(map(is_matched, wanted, found))


def check(pattern: Pattern, others: list[Pattern], texts: tuple[str, ...], match: object) -> None:
    """Compare all questions about some patterns with what short texts say."""
    assert callable(match)
    found = signatures(pattern, others)

    def vector(text: str) -> int:
        return sum(1 << place for place, other in enumerate(others) if match(other.text, text))

    for bits, text in found.items():
        assert match(pattern.text, shown(text))
        assert vector(shown(text)) == bits, text
    short = {vector(text) for text in texts if match(pattern.text, text)}
    assert short <= set(found)
    counterexample = included(pattern, others)
    assert (counterexample is None) == (0 not in found)
    if counterexample is not None:
        assert match(pattern.text, counterexample)
        assert not vector(counterexample)
    for place, other in enumerate(others):
        assert intersects(pattern, other) == any(bits >> place & 1 for bits in found)
        assert intersects(other, pattern) == intersects(pattern, other)


@settings(deadline=None)
@given(patterns, st.sampled_from(SHORT))
def test_a_pattern_matches_as_described(pattern: str, text: str) -> None:
    assert matches(compiled(pattern), text) == is_matched(pattern, text)


@settings(deadline=None)
@given(arn_patterns, st.sampled_from(ARNS))
def test_a_pattern_matches_arns_part_by_part(pattern: str, text: str) -> None:
    assert matches(compiled(pattern, arn=True), text) == arn_is_matched(pattern, text)
    assert arn_matches(symbols(pattern) or [], text) == arn_is_matched(pattern, text)


@settings(max_examples=300, deadline=None)
@given(patterns, several)
def test_questions_about_patterns_agree_with_brute_force(pattern: str, others: list[str]) -> None:
    check(compiled(pattern), [compiled(other) for other in others], SHORT, is_matched)


@settings(max_examples=300, deadline=None)
@given(arn_patterns, st.lists(arn_patterns, max_size=3))
def test_questions_about_arns_agree_with_brute_force(pattern: str, others: list[str]) -> None:
    check(compiled(pattern, arn=True), [compiled(other, arn=True) for other in others], ARNS, arn_is_matched)


BUCKETS = [
    "arn:aws:s3:::logs",
    "arn:aws:s3:::logs/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::l?gs*",
    "*",
    "arn:*:s3:::*/a",
    "arn:aws:s3*",
]


@settings(deadline=None)
@given(st.sampled_from(BUCKETS), st.lists(st.sampled_from(BUCKETS), max_size=4))
def test_questions_about_buckets_have_true_examples(pattern: str, others: list[str]) -> None:
    texts = tuple(f"arn:aws:s3:::{rest}" for rest in ("logs", "logs/", "logs/a", "lags", "lags/a", "x", "x/a", ""))
    check(compiled(pattern, arn=True), [compiled(other, arn=True) for other in others], texts, arn_is_matched)


@pytest.mark.parametrize(
    ("pattern", "others", "counterexample"),
    [
        ("a*", ["a", "a?*"], None),
        ("*", ["a*", "?*"], ""),
        ("a?", ["a*b", "a*a"], "ax"),
        ("*ab*", ["a*", "*b", "?*ab*?"], None),
        ("s3:Get*", ["s3:*"], None),
        ("s3:*", ["s3:Get*", "s3:Put*"], "s3:x"),
        ("", [""], None),
        ("", [], ""),
    ],
)
def test_included(pattern: str, others: list[str], counterexample: str | None) -> None:
    assert included(compiled(pattern), [compiled(other) for other in others]) == counterexample


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("arn:aws:iam::*:role/x", "arn:aws:iam::111122223333:role/x", True),
        ("arn:aws:iam::*role/x", "arn:aws:iam::111122223333:role/x", False),
        ("arn:aws:iam::*", "arn:aws:iam::111122223333:role/x", True),
        ("arn:aws:iam:*:role/x", "arn:aws:iam::111122223333:role/x", False),
        ("arn:aws:logs:*:*:log-group:a*", "arn:aws:logs:us-east-1:111122223333:log-group:ab:*", True),
        ("arn:aws:logs:*:*:log-group?a", "arn:aws:logs:us-east-1:111122223333:log-group:a", True),
        ("arn:aws:iam?:111122223333:role/x", "arn:aws:iam::111122223333:role/x", False),
        ("*", "no ARN at all", True),
        ("*/x", "arn:aws:s3:::b/x", False),
    ],
)
def test_wildcards_stay_in_their_part_of_an_arn(pattern: str, text: str, expected: bool) -> None:  # noqa: FBT001
    assert matches(compiled(pattern, arn=True), text) is expected
    assert arn_matches(symbols(pattern) or [], text) is expected


# Policy variables and the letters that stand for wildcards (page "Variables and tags")


def test_a_policy_variable_is_equal_to_itself_alone() -> None:
    home, other, all_homes = (
        compiled(f"arn:aws:s3:::b/{name}/*", arn=True) for name in ("${aws:username}", "${aws:userid}", "*")
    )
    assert included(home, [all_homes]) is None
    assert included(home, [home]) is None
    assert included(home, [other]) is not None
    assert not intersects(home, other)


def test_the_colon_of_a_variable_ends_no_part_of_an_arn() -> None:
    pattern = compiled("arn:aws:sqs:*:${aws:PrincipalAccount}:queue*x", arn=True)
    every = compiled("arn:aws:sqs:*:*:*", arn=True)
    assert included(pattern, [every]) is None
    assert intersects(pattern, every)


@pytest.mark.parametrize("letter", ["*", "?", "$"])
def test_a_letter_in_braces_is_the_plain_letter(letter: str) -> None:
    pattern = compiled(f"a${{{letter}}}b")
    assert matches(pattern, quoted(f"a{letter}b"))
    assert not matches(pattern, "axb")
    assert not matches(pattern, "axyb")
    assert matches(compiled("a*b"), quoted(f"a{letter}b"))
    assert {shown(text) for text in signatures(pattern, [compiled("*")]).values()} == {f"a{letter}b"}
    assert included(compiled("a?b"), [pattern]) is not None


@settings(deadline=None)
@given(st.text("a*?", max_size=4), st.text("a*?", max_size=4))
def test_a_quoted_text_matches_itself_alone(text: str, other: str) -> None:
    assert matches(compiled(quoted(text)), quoted(other)) is (text == other)
    assert shown(quoted(text)) == text


# Patterns that are made to take long

STARS = "*".join("abababababababababab")


@pytest.mark.parametrize(
    ("pattern", "others"),
    [
        ("*", [f"*{letter * place}*{STARS}*{letter}" for place, letter in enumerate("cdefghijklmnop")]),
        ("*", [f"*a{'?' * length}" for length in range(10, 40)]),
        (f"*{STARS}*", [f"*{'?' * 30}b*{STARS[:20]}{place}" for place in range(30)]),
        ("*", ["*".join("ab" * 5_000)]),
        ("*" * 10_000, [f"*a{'?' * 9_990}"]),
        ("a" * 10_000 + "*", [f"{'a' * length}*b" for length in range(1, 10_000, 100)]),
        ("*", [f"x{place}*" for place in range(10_000)]),
        ("x" * 10_000, ["*x" * 5_000] * 100),
    ],
)
def test_a_hostile_pattern_ends_when_its_budget_does(pattern: str, others: list[str]) -> None:
    with pytest.raises(TooComplexError):
        signatures(compiled(pattern, arn=True), [compiled(other, arn=True) for other in others], Budget(2_000))


def test_twenty_stars_match_in_one_pass() -> None:
    text = "ab" * 5_000
    assert matches(compiled(f"*{STARS}*"), text)
    assert not matches(compiled(f"*{STARS}*c"), text)
    assert plainly_matches(symbols(f"*{STARS}*") or [], text)
