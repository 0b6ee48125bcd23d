"""Policy documents are read whatever their form; what is unknown or malformed is told, never guessed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.block import Block
from policies.iam_analysis.model import read_statement
from policies.iam_analysis.public import exposure
from policies.policy_document import Principal, Statement, statements
from policies.policy_matching import any_of, covers_action, denies_plain_http, matches
from policies.resource import Resource
from policies.unknown import COMPUTED, NOT_REPORTED, SECRET, Reason, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable

SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ALLOW = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::reports/*"]}


def resource(policy: object) -> Resource:
    return Resource("urn", "aws:iam/policy:Policy", "policy", {"policy": policy})


def read(policy: object) -> list[Statement]:
    return list(statements(resource(policy), "policy"))


def only(**elements: object) -> Statement:
    (statement,) = read({"Statement": ALLOW | elements})
    return statement


def known(items: Iterable[object]) -> tuple[list[object], UnknownValue | None]:
    """Return what an iterator yields and what it raises at the end."""
    found = []
    try:
        for item in items:
            found.append(item)  # noqa: PERF402  (what came before the exception counts)
    except UnknownValue as error:
        return found, error
    return found, None


def shown(policy: object) -> list[object]:
    return [
        [
            item.effect,
            *([*reading()] for reading in (item.actions, item.resources, item.principals)),
            *((condition.operator, condition.key, [*condition.values()]) for condition in item.conditions()),
        ]
        for item in read(policy)
    ]


def one_or_more(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(items, st.lists(items, min_size=1, max_size=3))


texts = st.sampled_from(["s3:GetObject", "*", "arn:aws:s3:::a/*", "111122223333", "x"])
ids = st.sampled_from(["*", "111122223333", "arn:aws:iam::111122223333:root"])
statement_objects = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": one_or_more(texts)},
    optional={
        "Sid": texts,
        "Resource": one_or_more(texts),
        "Principal": st.one_of(st.just("*"), st.fixed_dictionaries({"AWS": one_or_more(ids)})),
        "Condition": st.dictionaries(texts, st.dictionaries(texts, one_or_more(texts), max_size=2), max_size=2),
    },
)
documents = st.fixed_dictionaries({"Statement": one_or_more(statement_objects)}, optional={"Version": st.just("2012-10-17")})


@given(documents)
def test_text_and_object_say_the_same(document: dict[str, object]) -> None:
    assert shown(document) == shown(json.dumps(document))


@given(documents)
def test_a_single_value_and_a_list_of_one_say_the_same(document: dict[str, Any]) -> None:
    def listed(value: object) -> object:
        return value if isinstance(value, list) else [value]

    long_form = [
        item
        | {name: listed(item[name]) for name in ("Action", "Resource") if name in item}
        | ({"Principal": {"AWS": "*"}} if item.get("Principal") == "*" else {})
        for item in listed(document["Statement"])  # type: ignore[attr-defined]
    ]
    assert shown({"Statement": long_form}) == shown(document)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just(SENTINEL)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["Statement", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition", "AWS", "Bool"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(json_values)
def test_whatever_stands_there_nothing_crashes(policy: object) -> None:
    items, _ = known(statements(resource(policy), "policy"))
    for item in items:
        assert isinstance(item, Statement)
        for reading in (
            item.actions,
            item.not_actions,
            item.resources,
            item.not_resources,
            item.principals,
            item.not_principals,
        ):
            known(reading())
        conditions, _ = known(item.conditions())
        for condition in conditions:
            known(condition.values())  # type: ignore[attr-defined]
        known(denies_plain_http(item, "s3:*", objects=True) for _ in [0])
        exposure(read_statement(item))


@pytest.mark.parametrize("policy", [None, "", " \n", "{}", {}])
def test_no_document_has_no_statements(policy: object) -> None:
    assert read(policy) == []


@pytest.mark.parametrize(
    ("policy", "detail"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "nested deeper"),
        ('{"Statement": [], "Statement": []}', "a key stands twice"),
        ('"text"', "expected an object"),
        ([ALLOW], "expected an object"),
        (7, "expected an object"),
        ({"Version": "2012-10-17"}, "no Statement"),
        ({"statement": []}, "an element that IAM does not have"),
        ({"Statement": ["Allow"]}, "expected an object"),
        ({"Statement": [None]}, "expected an object"),
        ({"Statement": {"Effect": "Allow", "Resource": "*"}}, "neither Action nor NotAction"),
        ({"Statement": ALLOW | {"NotAction": "s3:*"}}, "both Action and NotAction"),
        ({"Statement": ALLOW | {"Principal": "*", "NotPrincipal": "*"}}, "both Principal and NotPrincipal"),
        ({"Statement": ALLOW | {"condition": {}}}, "an element that IAM does not have"),
    ],
)
def test_what_aws_would_refuse_is_malformed(policy: object, detail: str) -> None:
    with pytest.raises(UnknownValue, match=detail) as raised:
        read(policy)
    assert raised.value.reason is Reason.MALFORMED
    assert raised.value.path.startswith("policy")


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (COMPUTED, Reason.COMPUTED),
        (SENTINEL, Reason.COMPUTED),
        (SECRET, Reason.SECRET),
        ("[secret]", Reason.SECRET),
        (f'{{"Statement": {SENTINEL}}}', Reason.COMPUTED),
        ({"Statement": COMPUTED}, Reason.COMPUTED),
        ({"Statement": [NOT_REPORTED]}, Reason.NOT_REPORTED),
        ({SENTINEL: 1}, Reason.COMPUTED),
    ],
)
def test_what_is_unknown_keeps_its_reason(policy: object, reason: Reason) -> None:
    with pytest.raises(UnknownValue) as raised:
        read(policy)
    assert raised.value.reason is reason


def test_good_statements_come_before_what_is_unknown_each_time() -> None:
    item = resource({"Statement": [COMPUTED, ALLOW, {"Effect": "Allow"}, ALLOW]})
    for _ in range(2):
        found, unknown = known(statements(item, "policy"))
        assert [statement.at for statement in found] == ["policy.Statement[1]", "policy.Statement[3]"]  # type: ignore[attr-defined]
        assert unknown is not None


def test_a_document_of_a_nested_block_has_its_path() -> None:
    block = Block({"policy": json.dumps({"Statement": ALLOW})}, "inlinePolicies[1]")
    assert [item.at for item in statements(block, "policy")] == ["inlinePolicies[1].policy.Statement"]


def test_a_resource_decodes_its_document_once() -> None:
    item = resource(json.dumps({"Statement": ALLOW}))
    assert next(statements(item, "policy")) is next(statements(item, "policy"))


def test_an_unknown_leaf_hides_nothing_else() -> None:
    statement = only(Resource=COMPUTED, Action=["s3:GetObject", f"s3:{SENTINEL}", {"a": 1}, "s3:PutObject"])
    actions, unknown = known(statement.actions())
    assert actions == ["s3:GetObject", "s3:PutObject"]
    assert unknown is not None
    assert unknown.path == "policy.Statement.Action[2]"
    assert statement.effect == "Allow"
    assert known(statement.resources())[0] == []


@pytest.mark.parametrize("effect", ["allow", "ALLOW", "", None, ["Allow"], {"Allow": 1}, True])
def test_an_effect_is_allow_or_deny_in_this_case(effect: object) -> None:
    with pytest.raises(UnknownValue, match="expected Allow or Deny"):
        _ = only(Effect=effect).effect


@pytest.mark.parametrize(
    ("principal", "wanted"),
    [
        ("*", [Principal("AWS", "*")]),
        ({"AWS": "*"}, [Principal("AWS", "*")]),
        ({"AWS": ["1", "2"], "Service": "s3.amazonaws.com"}, [("AWS", "1"), ("AWS", "2"), ("Service", "s3.amazonaws.com")]),
        (None, []),
    ],
)
def test_principals_have_a_type(principal: object, wanted: object) -> None:
    assert list(only(Principal=principal).principals()) == wanted


@pytest.mark.parametrize("principal", ["111122223333", {"AWS": "arn:aws:iam::*:root"}, {"aws": "*"}, ["*"], {"AWS": {}}])
def test_a_principal_that_aws_refuses_is_malformed(principal: object) -> None:
    found, unknown = known(only(Principal=principal).principals())
    assert found == []
    assert unknown is not None
    assert unknown.reason is Reason.MALFORMED


def test_conditions_are_compared_without_case_and_hold_booleans() -> None:
    (condition,) = only(Condition={"Bool": {"AWS:SecureTransport": False}}).conditions()
    assert (condition.operator, condition.key, list(condition.values())) == ("bool", "aws:securetransport", ["false"])
    assert condition.at == 'policy.Statement.Condition.Bool["AWS:SecureTransport"]'


def by_regex(pattern: str, text: str) -> bool:
    parts = {"*": ".*", "?": "[^*]"}
    return re.fullmatch("".join(parts.get(char, re.escape(char)) for char in pattern), text, re.DOTALL) is not None


@given(st.text("ab*?", max_size=8), st.text("ab*", max_size=8))
def test_patterns_match_as_a_regular_expression_would(pattern: str, text: str) -> None:
    assert matches(pattern, text) == by_regex(pattern, text)


def test_many_stars_are_matched_in_reasonable_time() -> None:
    assert not matches("*a" * 500 + "b", "a" * 5000)


@pytest.mark.parametrize(
    ("pattern", "action", "wanted"),
    [
        ("S3:getobject", "s3:GetObject", True),
        ("s3:Get*", "s3:GetObject", True),
        ("s3:?etObject", "s3:GetObject", True),
        ("*", "s3:*", True),
        ("s3:*", "s3:*", True),
        ("s3:?", "s3:*", False),
        ("s3:Get*", "s3:*", False),
        ("s3", "s3:GetObject", False),
    ],
)
def test_a_pattern_covers_an_action(pattern: str, action: str, *, wanted: bool) -> None:
    assert covers_action(pattern, action) is wanted


def test_any_of_prefers_a_yes_to_an_unknown() -> None:
    items = statements(resource({"Statement": [ALLOW | {"Effect": COMPUTED}, ALLOW, COMPUTED]}), "policy")
    assert any_of(items, lambda item: item.allows)
    with pytest.raises(UnknownValue):
        any_of(read({"Statement": [ALLOW | {"Effect": COMPUTED}]}), lambda item: item.allows)
    assert not any_of([], bool)


PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": PLAIN}


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"Principal": {"AWS": ["*"]}, "Action": ["S3:*"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]},
        {"Action": "*", "Resource": "*"},
        {"Resource": "arn:aws:s3:::b*"},
        {"Condition": {"BoolIfExists": {"AWS:securetransport": False}}},
        {"Resource": [COMPUTED, "*"]},
    ],
)
def test_a_deny_of_plain_http_is_seen(elements: dict[str, object]) -> None:
    assert denies_plain_http(only(**DENY | elements), "s3:*", objects=True)


@pytest.mark.parametrize(
    "elements",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": "111122223333"}},
        {"Action": ["s3:GetObject"]},
        {"Resource": "arn:aws:s3:::b"},
        {"Resource": "arn:aws:s3:::b/logs/*"},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": PLAIN | {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}},
        {"Condition": {"Null": {"aws:SecureTransport": "false"}}},
        {"Condition": {}},
    ],
)
def test_a_deny_that_leaves_plain_http_open_is_none(elements: dict[str, object]) -> None:
    assert not denies_plain_http(only(**DENY | elements), "s3:*", objects=True)


def test_which_resource_a_topic_policy_names_does_not_matter() -> None:
    statement = only(**DENY | {"Action": "sns:Publish", "Resource": COMPUTED})
    assert denies_plain_http(statement, "sns:Publish")
