"""What policies allow together: properties that hold for all policies, and the same answers from the plain evaluator.

Random policies are made of few actions, resources and conditions, so that they meet often. Every answer is compared with
concrete requests that the plain evaluator decides, and every request that an answer gives is replayed there.
"""

from __future__ import annotations

import itertools
from itertools import repeat
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policies.iam_analysis.access import TOO_COMPLEX, Access, Effective, Verdict, wider
from policies.iam_analysis.condition_operators import condition_holds
from policies.iam_analysis.conditions import OPERATORS, holds, positive
from policies.iam_analysis.evaluation import Request, statement_applies
from policies.iam_analysis.model import ALL, Atom, Document, Patterns, Statement, document_of
from policies.iam_analysis.search import Question
from policies.iam_analysis.witness import confirmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "iam:PassRole", "unheard:Of")
ACTION_PATTERNS = (*ACTIONS, "s3:*", "S3:get*", "s3:*Object", "*", "*:P*", "s3:?etObject")
RESOURCES = tuple(f"arn:aws:s3:::{name}" for name in ("a", "ab", "b", "a/x", "ab/x", "a/y/x"))
RESOURCE_PATTERNS = (
    *RESOURCES[:3],
    "*",
    *(f"arn:aws:s3:::{name}" for name in ("*", "a*", "*b", "a/*", "*/x", "??", "?/*")),
    "arn:*:s3:::a",
)
ACCOUNT = "111122223333"
PRINCIPALS = (
    f"arn:aws:iam::{ACCOUNT}:user/ann",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/session",
    "arn:aws:iam::444455556666:user/bob",
    "Service:ec2.amazonaws.com",
    "",
)
NAMED = ("*", f"AWS:{ACCOUNT}", f"AWS:{PRINCIPALS[0]}", f"AWS:arn:aws:iam::{ACCOUNT}:role/ops", "Service:ec2.amazonaws.com")

TEXTS = ("", "a", "A", "ab", "b*", "*", "a?", "true", "arn:aws:s3:::a", "10")
WANTED = {
    "string": ("a", "A", "ab", "a*", "?", "*", "", "b?", "10", "${*}", "a${?}"),
    "arn": ("arn:aws:s3:::a", "arn:aws:s3:::*", "arn:*:s3:::a", "*", "arn:aws*"),
    "bool": ("true", "false", "True"),
    "null": ("true", "false"),
    "numeric": ("1", "2", "10", "1.5", "-3", "1e3", "nan", "many", "12345678901234567890", "12345678901234567891"),
    "date": (
        "2020-01-01T00:00:00Z", "2020", "2020-06", "1577836800", "0001-01-01", "9999-12-31T23:59:59Z", "20200101",
        "2020-01-01T00:00", "2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00.25Z", "2020-02-30", "0000", "yesterday",
        "99999999999999", "2020-01-01t00:00z",
        "10000-01-01", "2020T00:00Z", "2020-01-01T00:00:00+25:00", "2020-W01-1",
    ),
    "binary": ("YQ==", "YR==", "Yg==", "not base64"),
    "ipaddress": (
        "10.0.0.0/8", "10.1.2.3", "10.1.2.3/16", "0.0.0.0/0", "::/0", "2001:db8::/32", "fe80::1", "10.0.0.0/33", "nowhere",
    ),
}  # fmt: skip
GIVEN = {
    "string": TEXTS,
    "arn": ("arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws-cn:s3:::a", "a", "arn:aws:sqs:us-east-1:1:a:b"),
    "bool": ("true", "false"),
    "null": TEXTS,
    "numeric": (*WANTED["numeric"], "0", "1.25"),
    "date": (*WANTED["date"], "2020-03-01"),
    "binary": WANTED["binary"],
    "ipaddress": ("10.1.2.3", "11.0.0.1", "2001:db8::5", "fe80::1", "fe80::2", "somewhere", "255.255.255.255"),
}


def family(operator: str) -> str:
    """Return the key of WANTED and GIVEN for an operator."""
    return next(name for name in WANTED if positive(Atom(operator, "", ())).startswith(name))


FAMILIES = {name: tuple(operator for operator in sorted(OPERATORS) if family(operator) == name) for name in WANTED}


@st.composite
def atoms(draw: st.DrawFn, name: str, key: str = "x:key") -> Atom:
    """Draw an atom of a family, or Null."""
    operator = draw(st.sampled_from((*FAMILIES[name], "null")))
    wanted = draw(st.lists(st.sampled_from(WANTED["null" if operator == "null" else name]), min_size=1, max_size=3))
    sets = draw(st.sampled_from(("", "", "foranyvalue", "forallvalues"))) if operator != "null" else ""
    return Atom(operator, key, tuple(wanted), sets, if_exists=operator != "null" and draw(st.booleans()))


# The two evaluators of conditions


def alone_and_in_pairs(items: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield from ((item,) for item in items)
    yield from itertools.pairwise(items)


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_both_evaluators_of_conditions_agree(operator: str) -> None:
    name = family(operator)
    for wanted, sets, if_exists in itertools.product(
        alone_and_in_pairs(WANTED[name]), ("", "foranyvalue", "forallvalues"), (False, True)
    ):
        atom = Atom(operator, "x:key", wanted, sets, if_exists)
        assert holds(atom, None) == condition_holds(atom, {})
        for values in alone_and_in_pairs(GIVEN[name]):
            context = {"x:key": values if len(values) > 1 else values[0]}
            assert holds(atom, values) == condition_holds(atom, context), (atom, values)


# Random policies


@st.composite
def patterns(draw: st.DrawFn, items: tuple[str, ...], *, negated: bool = True) -> Patterns:
    found = draw(st.lists(st.sampled_from(items), min_size=1, max_size=3, unique=True))
    return Patterns(tuple(found), negated=negated and draw(st.integers(0, 4)) == 0)


@st.composite
def conditions(draw: st.DrawFn) -> tuple[Atom, ...]:
    """Draw up to two conditions; one key has one kind of values."""
    count = draw(st.sampled_from((0, 0, 0, 1, 1, 2)))
    names = [draw(st.sampled_from(("string", "numeric", "ipaddress", "date", "bool"))) for _ in range(count)]
    return tuple(draw(atoms(name, f"x:{name}")) for name in names)


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None, *, principals: bool = False) -> Statement:
    return Statement(
        effect or draw(st.sampled_from(("Allow", "Allow", "Deny"))),
        draw(patterns(ACTION_PATTERNS)),
        draw(patterns(RESOURCE_PATTERNS)),
        draw(patterns(NAMED)) if principals else None,
        draw(conditions()),
    )


def documents(most: int = 3, *, principals: bool = False) -> st.SearchStrategy[Document]:
    return st.lists(statements(principals=principals), max_size=most).map(tuple).map(Document)


KEYS = ("string", "numeric", "ipaddress", "date", "bool")


def random_request(random: Random) -> Request:
    context: dict[str, str | tuple[str, ...]] = {}
    for name in KEYS:
        count = random.choice((0, 1, 1, 1, 2))
        values = tuple(random.sample(GIVEN[name], count))
        if values:
            context[f"x:{name}"] = values if count > 1 else values[0]
    return Request(random.choice(PRINCIPALS), random.choice(ACTIONS), random.choice(RESOURCES), context)


REQUESTS = tuple(map(random_request, repeat(Random(1), 3_000)))  # noqa: S311  (no secret)
some_requests = st.integers(0, len(REQUESTS) - 101).map(lambda start: REQUESTS[start : start + 100])


def is_sensible(request: Request, *documents: Document) -> bool:
    """Say whether only keys that set operators compare have several values; AWS says nothing of others."""
    several = {key for key, value in request.context.items() if isinstance(value, tuple)}
    return not any(
        atom.key in several and not atom.sets and atom.operator != "null"
        for document in documents
        for statement in document.statements
        for atom in statement.conditions
    )


def allowed(document: Document, request: Request) -> bool:
    """Decide a request by the plain evaluator, as one policy without fences does."""
    effects = {statement.effect for statement in document.statements if statement_applies(statement, request)}
    return effects == {"Allow"}


def check_witness(access: Access, answer: Any) -> None:  # noqa: ANN401
    if answer.verdict is Verdict.YES:
        assert not confirmed(access, answer.witness).approximate


@pytest.mark.parametrize("principals", [False, True])
@settings(max_examples=150, deadline=None)
@given(st.data(), some_requests)
def test_wider_agrees_with_the_plain_evaluator(principals: bool, data: st.DataObject, asked: tuple[Request, ...]) -> None:  # noqa: FBT001
    new, known = (data.draw(documents(principals=principals)) for _ in range(2))
    one, other = Effective([new]), Effective([known])
    answer = wider(one, other)
    check_witness(one.least.beyond(other.most), answer)
    sensible = (request for request in asked if is_sensible(request, new, known))
    if any(allowed(new, request) and not allowed(known, request) for request in sensible):
        assert answer.verdict is Verdict.YES


@settings(max_examples=150, deadline=None)
@given(documents(), documents(), documents(), some_requests)
def test_fences_agree_with_the_plain_evaluator(
    identity: Document, boundary: Document, scp: Document, asked: tuple[Request, ...]
) -> None:
    fenced = Effective([identity], [[boundary], [scp]])
    for request in asked[:10]:
        values = {f"x:{name}": request.context.get(f"x:{name}") for name in KEYS}
        facts = {key: (value if value is None or isinstance(value, tuple) else (value,),) for key, value in values.items()}
        answer = fenced.allows(Question(Patterns((request.action,)), Patterns((request.resource,)), facts=facts))
        expected = all(allowed(document, request) for document in (identity, boundary, scp))
        assert answer.verdict is (Verdict.YES if expected else Verdict.NO)
        check_witness(fenced.least, answer)


@pytest.mark.parametrize(
    ("allowed_if", "denied_if", "expected"),
    [
        ({"NumericLessThan": "1"}, {}, Verdict.YES),
        ({"NumericGreaterThan": "1"}, {}, Verdict.YES),
        ({"NumericGreaterThan": "1"}, {"NumericGreaterThanEquals": "2"}, Verdict.YES),
        ({"NumericGreaterThan": "1"}, {"NumericGreaterThanEquals": "1.0"}, Verdict.NO),
        ({"NumericLessThan": "12345678901234567891"}, {"NumericLessThanEquals": "12345678901234567890"}, Verdict.YES),
        ({"DateGreaterThan": "2020"}, {"DateGreaterThanEquals": "2020-01-01T00:00:01Z"}, Verdict.YES),
        ({"DateGreaterThan": "2020"}, {"DateGreaterThanEquals": "2020-01-01T00:00:00Z"}, Verdict.NO),
        ({"StringEquals": ""}, {}, Verdict.YES),
        ({"StringLike": "*"}, {"StringLike": "?*"}, Verdict.YES),
        ({"StringEqualsIgnoreCase": "admin"}, {"StringNotLike": "aD*"}, Verdict.YES),
        ({"IpAddress": "10.0.0.0/8"}, {"IpAddress": ["10.0.0.0/9", "10.128.0.0/9"]}, Verdict.NO),
        ({"IpAddress": "10.0.0.0/8"}, {"IpAddress": ["10.0.0.0/9", "10.129.0.0/16"]}, Verdict.YES),
        ({"NotIpAddress": "0.0.0.0/0"}, {}, Verdict.YES),
        ({"NotIpAddress": ["0.0.0.0/0", "::/0"]}, {"Null": "true"}, Verdict.NO),
    ],
)
def test_values_between_and_beside_the_limits_are_found(
    allowed_if: dict[str, object], denied_if: dict[str, object], expected: Verdict
) -> None:
    statements = [made("Allow", "*", "*", {operator: {"x:key": value} for operator, value in allowed_if.items()})]
    if denied_if:
        statements.append(made("Deny", "*", "*", {operator: {"x:key": value} for operator, value in denied_if.items()}))
    access = Effective([document_of({"Statement": statements})])
    answer = access.allows(Question())
    assert answer.verdict is expected
    check_witness(access.least, answer)


# Properties of all policies


def effective(*found: Document) -> Effective:
    return Effective(found)


def is_within(one: Effective, other: Effective) -> bool:
    """Say whether one allows nothing that the other does not, as far as that can be computed."""
    answer = wider(one, other)
    return answer.verdict is Verdict.NO or answer.why == (TOO_COMPLEX,)


def same(one: Document, other: Document) -> None:
    assert is_within(effective(one), effective(other))
    assert is_within(effective(other), effective(one))


@settings(deadline=None)
@given(documents(), statements("Allow"))
def test_a_policy_is_within_itself_and_one_more_allow(document: Document, more: Statement) -> None:
    assert is_within(effective(document), effective(document))
    assert is_within(effective(document), effective(Document((*document.statements, more))))


@settings(deadline=None)
@given(documents(), statements("Deny"))
def test_one_more_deny_never_widens(document: Document, more: Statement) -> None:
    assert is_within(effective(Document((*document.statements, more))), effective(document))


@settings(deadline=None)
@given(documents(), documents())
def test_a_fence_never_widens(document: Document, fence: Document) -> None:
    assert is_within(Effective([document], [[fence]]), effective(document))
    assert is_within(Effective([document], [[fence]]), Effective([fence], [[document]]))


@settings(deadline=None)
@given(documents(4), st.randoms(use_true_random=False))
def test_order_is_neutral(document: Document, random: Any) -> None:  # noqa: ANN401
    shuffled = list(document.statements)
    random.shuffle(shuffled)
    same(document, Document(tuple(shuffled)))


@settings(deadline=None)
@given(documents())
def test_the_case_of_actions_is_neutral(document: Document) -> None:
    def swapped(statement: Statement) -> Statement:
        return statement._replace(actions=statement.actions._replace(items=tuple(map(str.swapcase, statement.actions.items))))

    same(document, Document(tuple(map(swapped, document.statements))))


def split(statement: Statement) -> Iterator[Statement]:
    actions, resources = statement.actions, statement.resources
    assert resources
    alone = [actions] if actions.negated else [Patterns((item,)) for item in actions.items]
    places = [resources] if resources.negated else [Patterns((item,)) for item in resources.items]
    for one, other in itertools.product(alone, places):
        yield statement._replace(actions=one, resources=other)


@settings(deadline=None)
@given(documents())
def test_splitting_statements_is_neutral(document: Document) -> None:
    same(document, Document(tuple(part for statement in document.statements for part in split(statement))))


@settings(deadline=None)
@given(documents(2))
def test_not_action_of_not_action_is_neutral(document: Document) -> None:
    def twice(statement: Statement) -> Iterator[Statement]:
        """Yield an Allow of everything and a Deny of NotAction: what is left is Action."""
        yield statement._replace(actions=ALL)
        yield Statement("Deny", statement.actions._replace(negated=not statement.actions.negated), ALL)

    for statement in document.statements:
        if statement.effect == "Allow":
            same(Document((statement,)), Document(tuple(twice(statement))))


@settings(deadline=None)
@given(documents(2), documents(2), documents(2))
def test_being_within_is_transitive(one: Document, other: Document, third: Document) -> None:
    assume(wider(effective(one), effective(other)).verdict is Verdict.NO)
    assume(wider(effective(other), effective(third)).verdict is Verdict.NO)
    assert is_within(effective(one), effective(third))


# What is not known

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def made(effect: str, action: object, resource: object, condition: object = None) -> dict[str, object]:
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


@st.composite
def with_holes(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw a policy with holes, and the same one with values there."""
    holes: list[dict[str, Any]] = []
    filled: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 3))):
        effect = draw(st.sampled_from(("Allow", "Deny")))
        pools = (ACTION_PATTERNS, RESOURCE_PATTERNS, WANTED["string"])
        values = [draw(st.lists(st.sampled_from(pool), min_size=1, max_size=2)) for pool in pools]
        hidden = [[UNKNOWN if draw(st.integers(0, 3)) == 0 else item for item in items] for items in values]
        operator = draw(st.sampled_from(("StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringLike")))
        is_conditional = draw(st.booleans())
        for target, (action, resource, value) in ((holes, hidden), (filled, values)):
            target.append(made(effect, action, resource, {operator: {"x:string": value}} if is_conditional else None))
        if draw(st.integers(0, 5)) == 0:
            holes[-1]["Effect"] = UNKNOWN
    return {"Statement": holes}, {"Statement": filled}


@settings(max_examples=150, deadline=None)
@given(with_holes(), documents(2))
def test_an_answer_stays_when_a_hole_is_filled(policy: tuple[dict[str, Any], dict[str, Any]], other: Document) -> None:
    unknown, known = (Effective([document_of(one)]) for one in policy)
    for ask in (
        lambda one: wider(one, Effective([other])),
        lambda one: wider(Effective([other]), one),
        lambda one: one.allows(Question(Patterns(("s3:GetObject",)), Patterns(("arn:aws:s3:::a",)))),
        lambda one: Effective([other], [[*one.documents]]).allows(Question()),
    ):
        check_stays(ask, unknown, known)


def check_stays(ask: Callable[[Effective], Any], unknown: Effective, known: Effective) -> None:
    before, after = ask(unknown), ask(known)
    assert after.verdict is not Verdict.UNKNOWN
    assert before.verdict in (Verdict.UNKNOWN, after.verdict)
    assert before.verdict is not Verdict.UNKNOWN or before.why


# Policy variables


VARIABLE_RESOURCES = (*RESOURCE_PATTERNS, "arn:aws:s3:::${x:name}", "arn:aws:s3:::${x:name}/*", "arn:aws:s3:::a/${x:key}")


@st.composite
def variable_statements(draw: st.DrawFn) -> Statement:
    wanted = ("a", "b", "${x:name}", "${x:key}", "a*", "${*}")
    conditions: tuple[Atom, ...] = ()
    if draw(st.booleans()):
        operator = draw(st.sampled_from(("stringequals", "stringlike", "stringnotequals")))
        conditions = (Atom(operator, "x:key", tuple(draw(st.lists(st.sampled_from(wanted), min_size=1, max_size=2)))),)
    effect = draw(st.sampled_from(("Allow", "Allow", "Deny")))
    return Statement(effect, ALL, draw(patterns(VARIABLE_RESOURCES)), None, conditions)


variable_documents = st.lists(variable_statements(), max_size=3).map(tuple).map(Document)
VALUES = ("a", "b", "a/x", "*")
NAMED_REQUESTS = [
    Request("", "s3:GetObject", resource, {"x:name": name, "x:key": key})
    for resource, name, key in itertools.product(RESOURCES, VALUES, VALUES)
]


@settings(max_examples=150, deadline=None)
@given(variable_documents, variable_documents)
def test_whatever_variables_stand_for_is_told(new: Document, known: Document) -> None:
    verdict = wider(effective(new), effective(known)).verdict
    if any(allowed(new, request) and not allowed(known, request) for request in NAMED_REQUESTS):
        assert verdict is not Verdict.NO
    assert wider(effective(new), effective(new)).verdict is Verdict.NO


def test_a_variable_is_within_itself_and_within_what_it_can_be() -> None:
    def on(*resources: str) -> Effective:
        return effective(Document((Statement("Allow", ALL, Patterns(resources)),)))

    own = on("arn:aws:s3:::homes/${aws:username}/*")
    assert wider(own, own).verdict is Verdict.NO
    assert wider(own, on("arn:aws:s3:::homes/*")).verdict is Verdict.NO
    assert wider(on("arn:aws:s3:::homes/*"), own).verdict is Verdict.YES
    assert wider(own, on("arn:aws:s3:::other/*")).verdict is Verdict.YES


def test_what_hangs_on_a_variable_is_not_decided() -> None:
    homes = Statement("Allow", ALL, Patterns(("arn:aws:s3:::homes/${aws:username}/*",)))
    deny = Statement("Deny", ALL, Patterns(("arn:aws:s3:::homes/root/*",)))
    answer = wider(effective(Document((homes,))), effective(Document((homes, deny))))
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.why


# Operators that IAM does not have, and values of several kinds


def test_an_operator_that_iam_does_not_have_is_not_decided() -> None:
    odd = document_of({"Statement": made("Allow", "*", "*", {"StringResembles": {"x:string": "a"}})})
    everything = document_of({"Statement": made("Allow", "*", "*")})
    assert effective(odd).allows(Question()).verdict is Verdict.UNKNOWN
    assert wider(effective(odd), effective(everything)).verdict is Verdict.NO
    assert wider(effective(odd), effective(odd)).verdict is Verdict.NO
    assert wider(effective(everything), effective(odd)).verdict is not Verdict.NO


def test_a_key_that_is_compared_as_text_and_as_number_is_not_decided() -> None:
    both = document_of(
        {"Statement": made("Allow", "*", "*", {"NumericLessThan": {"x:key": "50"}, "StringLike": {"x:key": "1*"}})}
    )
    assert effective(both).allows(Question()).verdict is not Verdict.NO
