"""Policies that are made to take long end with "cannot tell" when the steps for them are used up: counted, never timed."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from policies.iam_analysis.access import Effective, Verdict, wider
from policies.iam_analysis.chains import chains_of
from policies.iam_analysis.languages import Budget
from policies.iam_analysis.model import ALL, Document, Patterns, Statement, document_of
from policies.iam_analysis.search import Question
from policies.resource import Resource
from policies.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.iam_analysis.access import Answer

LETTERS = "abcdefghijklmnopqrst"
STATEMENTS = 10_000


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Effect": effect, **({} if "NotAction" in elements else {"Action": "*"}), "Resource": "*"} | elements


def twenty_stars(seed: int) -> str:
    found = random.Random(seed).choices(LETTERS, k=20)  # noqa: S311  (no secret)
    return f"arn:aws:s3:::*{'*'.join(found)}*"


def conditions(operator: str, values: list[str]) -> list[dict[str, Any]]:
    return [statement(Condition={operator: {"x:key": value}}) for value in values]


HOSTILE: dict[str, list[dict[str, Any]]] = {
    "10,000 statements": [statement(Resource=f"arn:aws:s3:::bucket{i}/*") for i in range(STATEMENTS)],
    "10,000 statements of two effects": [
        statement("Deny" if i % 2 else "Allow", Resource=f"arn:aws:s3:::*{i}*") for i in range(STATEMENTS)
    ],
    "a megabyte of resources": [statement(Resource=[f"arn:aws:s3:::bucket-with-a-long-name-{i:06}*x" for i in range(25_000)])],
    "a megabyte in one resource": [statement(Resource="arn:aws:s3:::" + "*ab?" * 250_000)],
    "twenty stars in every resource": [
        *(statement(Resource=[twenty_stars(10 * i + j) for j in range(10)]) for i in range(20)),
        *(statement("Deny", Resource=twenty_stars(1000 + i)) for i in range(20)),
    ],
    "5,000 condition keys": [
        statement(Condition={"StringEquals": {f"x:key{i}": "a" for i in range(5_000)}}),
        statement("Deny", Condition={"StringLike": {f"x:key{i}": "b*" for i in range(5_000)}}),
    ],
    "keys that hold in every combination": [
        statement("Deny", Condition={"StringLike": {f"x:key{i}": "a*"}}) for i in range(60)
    ],
    "5,000 values": [
        statement(Condition={"StringLike": {"x:key": [f"*{i}*" for i in range(5_000)]}}),
        statement("Deny", Condition={"StringNotLike": {"x:key": [f"*{i}?" for i in range(5_000)]}}),
    ],
    "sets of values": conditions("ForAllValues:StringLike", [f"*{i}*" for i in range(40)])
    + conditions("ForAnyValue:StringNotLike", [f"*{i}*" for i in range(40)]),
    "10,000 ranges": [
        statement(Condition={"IpAddress": {"x:key": [f"10.{i // 256}.{i % 256}.0/24" for i in range(STATEMENTS)]}})
    ],
    "long numbers": conditions("NumericLessThan", ["9" * 100_000, "1" * 100_000 + ".5"]),
    "numbers with exponents": conditions("NumericEquals", ["1e999999999", "-1e999999999", "1e-999999999"]),
    "odd dates": conditions("DateLessThan", ["9" * 50, "-" + "9" * 50, "0000", "9999-12-31T23:59:59Z", "inf"]),
    "10,000 new actions": [statement(Action=[f"new:Action{i}" for i in range(STATEMENTS)]), statement(Action="new:*Act*1")],
    "10,000 new actions and patterns": [
        statement(Action=[f"new:Action{i}" for i in range(5_000)] + [f"new:*{i}*" for i in range(5_000)])
    ],
    "1,000 patterns over all actions": [statement(Action=[f"*{i}*a*" for i in range(1_000)])],
    "a megabyte in one action": [statement(Action="s3:" + "*a?" * 350_000)],
    "many cells of actions": [
        statement(Action=f"*:*{one}*{other}*", Resource=f"arn:aws:s3:::{one}*{other}") for one in LETTERS for other in LETTERS
    ],
    "10,000 variables": [statement(Resource=f"arn:aws:s3:::${{x:key{i}}}/*") for i in range(STATEMENTS)],
}


def document(name: str) -> Document:
    return document_of(json.dumps({"Version": "2012-10-17", "Statement": HOSTILE[name]}))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_policy_ends_with_an_answer(name: str) -> None:
    hostile = Effective([document(name)])
    plain = Effective(
        [document_of({"Statement": statement(Action="s3:GetObject", Resource=["arn:aws:s3:::a/*", "arn:aws:s3:::*b"])})]
    )
    everything = [Document((Statement("Allow", ALL, ALL),))]
    questions: list[Callable[[Budget], Answer]] = [
        lambda budget: wider(hostile, plain, budget=budget),
        lambda budget: wider(plain, hostile, budget=budget),
        lambda budget: wider(hostile, hostile, budget=budget),
        lambda budget: hostile.allows(Question(), budget),
        lambda budget: hostile.allows(Question(Patterns(("s3:GetObject",)), Patterns(("arn:aws:s3:::abc",))), budget),
        lambda budget: Effective(everything, [[document(name)]]).allows(Question(), budget),
    ]
    for ask in questions:
        budget = Budget()
        answer = ask(budget)
        assert answer.verdict is not Verdict.UNKNOWN or answer.why
        assert budget.left >= 0 or answer.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_policy_of_a_role_does_not_stop_the_search_for_chains(name: str) -> None:
    chains = chains_of(Stack("dev", "shop", list(stack(name))))
    hostile, plain = (urn("aws:iam/role:Role", one) for one in ("hostile", "plain"))
    for actor in (hostile, plain):
        chains.of(actor), chains.more(actor), chains.outside(actor), chains.keys(actor)
    shortest = chains.of(plain)
    assert shortest
    assert [way.path.id for way in shortest.ways][:1] == ["pf-lambda-001"]
    assert shortest.is_sure  # what is known of others does not hang on the hostile one


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{type_}::{name}"


def stack(name: str) -> Iterator[Resource]:
    trust = json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
    )
    policies = {
        "hostile": HOSTILE[name],
        "plain": [statement(Action=["iam:PassRole", "lambda:*"])],
        "admin": [statement()],
    }
    for role, statements in policies.items():
        arn = f"arn:aws:iam::111122223333:role/{role}"
        inputs: dict[str, object] = {"name": role, "assumeRolePolicy": trust}
        yield Resource(urn("aws:iam/role:Role", role), "aws:iam/role:Role", role, inputs, outputs={"arn": arn})
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        type_ = "aws:iam/rolePolicy:RolePolicy"
        yield Resource(urn(type_, role), type_, role, {"role": role, "policy": document})


def test_deep_nesting_is_refused_and_not_followed() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    for text in (
        deep,
        '{"Statement": ' + deep + "}",
        '{"Statement": {"Effect": "Allow", "Action": ' + deep + ', "Resource": "*"}}',
    ):
        assert document_of(text).holes
        assert Effective([document_of(text)]).allows(Question()).verdict is Verdict.UNKNOWN


def test_steps_are_the_same_each_time() -> None:
    """A count and no clock: the same question has the same answer on every machine."""
    one, other = (Effective([document(name)]) for name in ("twenty stars in every resource", "sets of values"))
    spent = set()
    for _ in range(3):
        budget = Budget()
        spent.add((one.allows(Question(), budget).verdict, wider(one, other, budget=budget).verdict, budget.left))
    assert len(spent) == 1
