"""Whether a policy allows more than another is what z3 says, an SMT solver that knows strings and regular expressions."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from policies.iam_analysis.access import Effective, Verdict, wider
from policies.iam_analysis.model import Atom, Document, Patterns, Statement
from policies.iam_catalogue.actions import universe

if TYPE_CHECKING:
    from collections.abc import Iterator

z3: Any = pytest.importorskip("z3")

ACTIONS = ("s3:GetObject", "s3:Get*", "s3:*Object", "S3:*", "*", "sqs:*", "*:List*", "nobody:Knows")
RESOURCES = (
    "*", "arn:aws:s3*", "arn:aws:s3:::*", "arn:aws:s3:::logs", "arn:aws:s3:::logs/*", "arn:aws:s3:::l?gs*",
    "arn:aws:s3:::*/a*b", "arn:*:s3:::logs*", "arn:aws:sqs:*:1:q*", "arn:aws:sqs:*:*:?*x", "arn:aws:sqs:eu*:*:*",
    "arn:aws:s3:::*gs/*/b",
)  # fmt: skip
TEXTS = ("a", "a*", "*b", "?", "*", "ab", "a?b*", "*a*b*")
NUMBERS = ("1", "2", "2.5", "10")
NUMERIC = ("numericequals", "numericnotequals", "numericlessthan", "numericgreaterthanequals")
STRING = ("stringequals", "stringlike", "stringnotlike", "stringnotequals")
ROUNDS, PAIRS = 4, 40


class Requests:
    """Every request: an action (tried one after the other), a resource, a text and a number, each of which may be absent."""

    def __init__(self) -> None:
        self.resource = z3.String("resource")
        self.text, self.has_text = z3.String("text"), z3.Bool("has text")
        self.number, self.has_number = z3.Real("number"), z3.Bool("has number")

    def allowed(self, document: Document, action: str) -> Any:  # noqa: ANN401
        effects: dict[str, list[Any]] = {"Allow": [], "Deny": []}
        for statement in document.statements:
            if is_named(statement.actions, action):
                effects[statement.effect].append(self.applies(statement))
        return z3.And(z3.Or(effects["Allow"]), z3.Not(z3.Or(effects["Deny"])))

    def applies(self, statement: Statement) -> Any:  # noqa: ANN401
        assert statement.resources
        named = z3.Or([z3.InRe(self.resource, arn_language(text)) for text in statement.resources.items])
        return z3.And(z3.Not(named) if statement.resources.negated else named, *map(self.holds, statement.conditions))

    def holds(self, atom: Atom) -> Any:  # noqa: ANN401
        is_text = atom.key == "x:text"
        present = self.has_text if is_text else self.has_number
        if atom.operator == "null":
            return z3.Not(present) if atom.values == ("true",) else present
        fits = z3.Or([self.fits(atom, value) for value in atom.values])
        if "not" in atom.operator:
            return z3.Or(z3.Not(present), z3.Not(fits))
        return z3.Or(z3.Not(present), fits) if atom.if_exists else z3.And(present, fits)

    def fits(self, atom: Atom, value: str) -> Any:  # noqa: ANN401
        if atom.operator.endswith("like"):
            return z3.InRe(self.text, language(value))
        if atom.operator.startswith("string"):
            return self.text == value
        limit = z3.RealVal(value)
        if atom.operator.endswith("lessthan"):
            return self.number < limit
        return self.number >= limit if atom.operator.endswith("greaterthanequals") else self.number == limit


def language(text: str, one: Any = None) -> Any:  # noqa: ANN401
    """Return the texts that a pattern matches; `one` is any letter."""
    one = z3.AllChar(z3.ReSort(z3.StringSort())) if one is None else one
    parts = [z3.Re("")]
    parts += [z3.Star(one) if letter == "*" else one if letter == "?" else z3.Re(letter) for letter in text]
    return z3.Concat(*parts) if len(parts) > 1 else parts[0]


@lru_cache
def arn_language(text: str) -> Any:  # noqa: ANN401
    """Return the ARNs that a pattern matches part by part, each wildcard in its part; the last part may have colons."""
    letter = z3.AllChar(z3.ReSort(z3.StringSort()))
    in_part = z3.Intersect(letter, z3.Complement(z3.Re(":")))
    parts = text.split(":", 5)
    found = [language(part, letter if place == 5 else in_part) for place, part in enumerate(parts)]
    if len(parts) < 6 and text.endswith("*"):
        found[-1] = z3.Concat(found[-1], z3.Option(z3.Concat(z3.Re(":"), z3.Star(letter))))
    language_ = found[0]
    for part in found[1:]:
        language_ = z3.Concat(language_, z3.Re(":"), part)
    return language_


@lru_cache
def action_expression(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text.lower()).replace(r"\*", ".*").replace(r"\?", "."))


def is_named(actions: Patterns, action: str) -> bool:
    return actions.negated != any(action_expression(text).fullmatch(action) for text in actions.items)


def representatives() -> list[str]:
    """Return an action for each set of patterns that can name one together."""
    found: dict[tuple[bool, ...], str] = {}
    for action in (*universe().names, "nobody:knows", "new:thing"):
        found.setdefault(tuple(bool(action_expression(text).fullmatch(action)) for text in ACTIONS), action)
    return list(found.values())


def documents(random: Random) -> Iterator[tuple[Document, Document]]:
    for _ in range(PAIRS):
        new = Document(tuple(random_statement(random) for _ in range(random.randint(1, 2))))
        known = Document(tuple(random_statement(random) for _ in range(random.randint(1, 3))))
        if random.random() < 0.5:  # most random pairs have nothing in common
            known = Document((*new.statements, *known.statements))
        yield new, known


def random_statement(random: Random) -> Statement:
    def some(items: tuple[str, ...], odds: float) -> Patterns:
        return Patterns(tuple(random.sample(items, random.randint(1, 2))), negated=random.random() < odds)

    conditions = []
    for _ in range(random.choice((0, 0, 1, 2))):
        key, operators, values = random.choice((("x:text", STRING, TEXTS), ("x:number", NUMERIC, NUMBERS)))
        operator = random.choice((*operators, "null"))
        wanted = ("true", "false") if operator == "null" else values
        if_exists = operator != "null" and random.random() < 0.3
        conditions.append(Atom(operator, key, tuple(random.sample(wanted, 1 if operator == "null" else 2)), "", if_exists))
    effect = "Deny" if random.random() < 0.3 else "Allow"
    return Statement(effect, some(ACTIONS, 0.15), some(RESOURCES, 0.15), None, tuple(conditions))


def judged(requests: Requests, actions: list[str], new: Document, known: Document) -> Verdict:
    solver = z3.Solver()
    solver.set("timeout", 500)
    allowed = [z3.And(requests.allowed(new, action), z3.Not(requests.allowed(known, action))) for action in actions]
    solver.add(z3.Or(allowed))
    return {"sat": Verdict.YES, "unsat": Verdict.NO, "unknown": Verdict.UNKNOWN}[str(solver.check())]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_wider_is_what_z3_says(seed: int) -> None:
    requests, actions = Requests(), representatives()
    told: Counter[Verdict] = Counter()
    for new, known in documents(Random(seed)):  # noqa: S311  (no secret)
        expected = judged(requests, actions, new, known)
        told[expected] += 1
        if expected is not Verdict.UNKNOWN:
            assert wider(Effective([new]), Effective([known])).verdict is expected, (new, known)
    assert told[Verdict.YES] > PAIRS // 5
    assert told[Verdict.NO] > PAIRS // 5
