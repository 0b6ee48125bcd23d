"""What rules read: values, blocks and lists of a resource, and related resources of a stack."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.block import Block
from policies.fix import Fix, path_steps, path_to
from policies.resource import Resource
from policies.stack import Stack
from policies.unknown import COMPUTED, NOT_REPORTED, SECRET, Reason, Unknown, UnknownValue

SECRET_VALUE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": True}
SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
OUTPUT_VALUE = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}


def reason_of(call: Any) -> tuple[Reason, str]:  # noqa: ANN401  (a call without arguments)
    with pytest.raises(UnknownValue) as caught:
        call()
    return caught.value.reason, caught.value.path


@pytest.mark.parametrize("value", [True, "true", "True", 1, 1.0, "1"])
def test_a_flag_is_true_in_every_spelling_that_the_sdk_has(value: object) -> None:
    assert Block({"on": value}).flag("on") is True


@pytest.mark.parametrize("value", [False, "false", 0, 0.0, "0"])
def test_a_flag_is_false_in_every_spelling_that_the_sdk_has(value: object) -> None:
    assert Block({"on": value}).flag("on", default=True) is False


@pytest.mark.parametrize("value", [None, ""])
def test_a_flag_that_is_not_set_has_the_default(value: object) -> None:
    assert Block({"on": value}).flag("on", default=True) is True
    assert Block({}).flag("on") is False


@pytest.mark.parametrize("value", ["yes", 2, 1.5, [], [True], {"a": 1}])
def test_anything_else_is_malformed(value: object) -> None:
    assert reason_of(lambda: Block({"on": value}).flag("on")) == (Reason.MALFORMED, "on")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (SENTINEL, Reason.COMPUTED),
        (SECRET_VALUE, Reason.SECRET),
        ("[secret]", Reason.SECRET),
        (OUTPUT_VALUE, Reason.COMPUTED),
        ({**OUTPUT_VALUE, "value": True, "secret": True}, Reason.SECRET),
        (NOT_REPORTED, Reason.NOT_REPORTED),
    ],
)
def test_marks_of_the_engine_are_unknown_values(value: object, reason: Reason) -> None:
    assert reason_of(lambda: Block({"on": value}).flag("on")) == (reason, "on")
    assert reason_of(lambda: Block({"a": {"b": value}}).text("a.b")) == (reason, "a.b")
    assert reason_of(lambda: Block({"a": value}).text("a.b")) == (reason, "a.b")


def test_an_output_value_that_is_known_is_its_value() -> None:
    assert Block({"on": {**OUTPUT_VALUE, "value": "x"}}).text("on") == "x"


def test_numbers_are_written_in_full() -> None:
    assert Block({"account": 111122223333.0}).text("account") == "111122223333"
    assert Block({"port": "443"}).number("port") == 443
    assert reason_of(lambda: Block({"port": "https"}).number("port")) == (Reason.MALFORMED, "port")


def test_whether_a_property_is_set_can_be_said_of_inputs_that_are_not_known() -> None:
    block = Block({"a": COMPUTED, "b": SECRET_VALUE, "c": "", "d": None, "e": [], "f": False, "g": 0, "i": {"__defaults": []}})
    assert [name for name in "abcdefghi" if block.has(name)] == ["a", "b", "f", "g"]
    assert reason_of(lambda: Block({"a": NOT_REPORTED}).has("a"))[0] is Reason.NOT_REPORTED
    recorded = Block({"a": COMPUTED, "f": False, "g": 0, "h": ""}, recorded=True)
    assert reason_of(lambda: recorded.has("a"))[0] is Reason.COMPUTED
    assert [name for name in "fgh" if recorded.has(name)] == ["f"]


def test_what_stands_in_an_object_that_is_not_known_may_or_may_not_be_set() -> None:
    assert Block({"a": {"b": COMPUTED}}).has("a.b")
    assert reason_of(lambda: Block({"a": COMPUTED}).has("a.b"))[0] is Reason.COMPUTED
    assert reason_of(lambda: Block({"a": [COMPUTED]}).has("a.b.c"))[0] is Reason.COMPUTED


def test_a_single_block_may_stand_as_a_list_of_one() -> None:
    for value in ({"encrypted": True}, [{"encrypted": True}]):
        block = Block({"root": value})
        assert block.flag("root.encrypted")
        assert [item.flag("encrypted") for item in block.each("root")] == [True]
        assert block.block("root").flag("encrypted")
    assert Block({"root": []}).text("root.size", "none") == "none"
    assert reason_of(lambda: Block({"root": [{}, {}]}).text("root.size"))[0] is Reason.MALFORMED


def test_what_is_known_in_a_list_comes_before_what_is_not() -> None:
    block = Block({"items": [SENTINEL, {"n": 1}, {"n": 2}], "texts": [SECRET_VALUE, "a", "b"]})
    seen: list[object] = []
    with pytest.raises(UnknownValue):
        seen.extend((item.number("n"), item.path) for item in block.each("items"))
    assert seen == [(1, "items[1]"), (2, "items[2]")]
    texts: list[str] = []
    with pytest.raises(UnknownValue):
        texts.extend(block.texts("texts"))
    assert texts == ["a", "b"]


def test_the_defaults_that_the_engine_adds_are_no_entries() -> None:
    block = Block({"tags": {"__defaults": [], "Owner": "web", "Cost": SENTINEL}})
    assert list(block.entries("tags")) == ["Owner", "Cost"]


def test_json_is_decoded_once_and_told_where_it_is_wrong() -> None:
    resource = Resource("u", "t", "n", {"good": '{"a": 1}', "object": {"a": 1}, "bad": '{"a": \n', "none": " "})
    assert resource.json("good") == resource.json("object") == {"a": 1}
    assert resource.json("good") is resource.json("good")
    assert resource.json("none") is None
    with pytest.raises(UnknownValue, match=r"bad: not valid JSON \(line 2, column 1\)"):
        resource.json("bad")


def test_every_use_of_an_unknown_value_raises() -> None:
    unknown: Any = Unknown(Reason.COMPUTED)
    uses: list[Any] = [bool, str, len, list, hash, int]
    uses += [lambda x: x == 1, lambda x: x < 1, lambda x: 1 in x, lambda x: x["a"], lambda x: x + "a"]
    for use in uses:
        assert reason_of(lambda use=use: use(unknown))[0] is Reason.COMPUTED
    assert repr(SECRET) == "<unknown: secret>"


def resource(name: str, type_: str = "bucket", /, **inputs: Any) -> Resource:  # noqa: ANN401  (any properties)
    edges = {key: (f"urn:{value.name}",) for key, value in inputs.items() if isinstance(value, Resource)}
    values = {key: COMPUTED if isinstance(value, Resource) else value for key, value in inputs.items()}
    return Resource(f"urn:{name}", type_, name, values, id=f"{name}-id", property_dependencies=edges)


def related(stack: Stack, subject: Resource) -> tuple[list[str], Reason | None]:
    found: list[str] = []
    try:
        found.extend(item.name for item in stack.related(subject, ("policy",), "bucket"))
    except UnknownValue as error:
        return found, error.reason
    return found, None


def test_related_resources_are_found_by_dependency_and_by_value() -> None:
    one, two = resource("one", bucket="first"), resource("two")
    by_edge, by_id, by_name = (
        resource("a", "policy", bucket=one),
        resource("b", "policy", bucket="one-id"),
        resource("c", "policy", bucket="first"),
    )
    stack = Stack("dev", "shop", [one, two, by_edge, by_id, by_name])
    assert related(stack, one) == (["a", "b", "c"], None)
    assert related(stack, two) == ([], None)
    assert stack.target(by_edge, ("bucket",), "bucket") is one
    assert stack.target(by_name, ("bucket",), "bucket") is one
    assert stack.target(resource("d", "policy", bucket="elsewhere"), ("bucket",), "bucket") is None


def test_what_may_be_related_is_said_after_what_is() -> None:
    one = resource("one")
    known, dangling = resource("a", "policy", bucket="one-id"), resource("b", "policy", bucket=COMPUTED)
    assert related(Stack("dev", "shop", [one, known, dangling]), one) == (["a"], Reason.COMPUTED)
    assert related(Stack("dev", "shop", [one, known], complete=False), one) == (["a"], Reason.NOT_REPORTED)
    nameless = resource("two", bucket=COMPUTED)
    assert related(Stack("dev", "shop", [nameless, known]), nameless) == ([], Reason.COMPUTED)


def test_two_that_take_their_name_from_a_third_are_related() -> None:
    pet = resource("pet", "random:index/randomPet:RandomPet")
    edges = {"bucket": (pet.urn,)}

    def stack(name: object) -> tuple[Stack, Resource]:
        bucket = Resource("urn:b", "aws:s3/bucket:Bucket", "b", {"bucket": name}, property_dependencies=edges)
        policy = Resource("urn:p", "policy", "p", {"bucket": name}, property_dependencies=edges)
        return Stack("dev", "shop", [pet, bucket, policy]), bucket

    assert related(*stack("logs-fox")) == (["p"], None)
    assert related(*stack(COMPUTED)) == ([], Reason.COMPUTED)


def test_what_depends_on_another_of_the_kind_refers_to_that_one() -> None:
    new, old = (Resource(f"urn:{name}", f"aws:s3/bucket:{name}", name, {}) for name in ("Bucket", "BucketV2"))
    policy = Resource("urn:p", "policy", "p", {"bucket": COMPUTED}, property_dependencies={"bucket": (old.urn,)})
    stack = Stack("dev", "shop", [new, old, policy])
    assert related(stack, old) == (["p"], None)
    assert related(stack, new) == ([], None)


def test_names_are_looked_up_in_no_more_than_linear_time() -> None:
    buckets = [resource(f"b{index}", bucket=f"logs-{index}") for index in range(5000)]
    stack = Stack("dev", "shop", buckets)
    for index in range(5000):
        assert stack.target(resource("p", "policy", bucket=f"elsewhere-{index}"), ("bucket",), "bucket") is None


keys = st.text(min_size=1, max_size=8) | st.text('a"\\.[]\n', min_size=1, max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
)


@given(keys, keys, st.dictionaries(keys, values, max_size=4), st.booleans() | st.text(max_size=4))
def test_a_fix_changes_what_it_names_and_nothing_else(outer: str, inner: str, inputs: dict[str, Any], wanted: object) -> None:
    path = path_to(path_to("", outer).lstrip("."), inner)
    assert path_steps(path) == [outer, inner]
    inputs[outer] = {"kept": 1}
    before = {**inputs, outer: dict(inputs[outer])}
    fixed = Fix({path: wanted}).apply(inputs)
    assert fixed == {**before, outer: {**before[outer], inner: wanted}}
    assert inputs == before


def test_a_fix_reaches_into_lists() -> None:
    inputs = {"devices": [{"size": 1}, {"size": 2}], "root": [{"size": 3}]}
    fixed = Fix({"devices[1].encrypted": True, "root.encrypted": True, "devices[0].size": None}).apply(inputs)
    assert fixed == {"devices": [{}, {"size": 2, "encrypted": True}], "root": [{"size": 3, "encrypted": True}]}
    assert inputs == {"devices": [{"size": 1}, {"size": 2}], "root": [{"size": 3}]}
    assert Fix({"root.encrypted": True}).apply({"root": []}) == {"root": [{"encrypted": True}]}


def test_a_type_that_was_renamed_has_its_current_name() -> None:
    old = Resource("urn:x", "aws:elasticloadbalancingv2/listener:Listener", "web", {})
    assert old.type == "aws:lb/listener:Listener"
    assert list(Stack("dev", "shop", [old]).of("aws:lb/listener:Listener")) == [old]
