"""Conditions and patterns are decided as AWS documents them; the pages named are those of the IAM User Guide."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.iam_analysis.condition_operators import arn_matches, condition_holds, matches, symbols
from policies.iam_analysis.model import Atom, document_of

Value = str | tuple[str, ...]
NO_VALUE: dict[str, Value] = {}


def holds(operator: str, wanted: str | list[str], given: Value | None, **others: Value) -> bool:
    """Judge one condition on the key x:Key; None leaves the key out of the request."""
    document = document_of(
        {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"x:Key": wanted}}}}
    )
    context = {name.replace("__", ":"): value for name, value in others.items()}
    return condition_holds(document.statements[0].conditions[0], context | ({} if given is None else {"X:kEY": given}))


def resource_matches(pattern: str, arn: str, context: dict[str, Value] = NO_VALUE) -> bool:
    read = symbols(pattern, context)
    return read is not None and arn_matches(read, arn)


# Page "IAM JSON policy elements: Condition operators"
@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        # String condition operators
        ("StringEquals", "iamuser-admin", "iamuser-admin", True),
        ("StringEquals", "iamuser-admin", "IamUser-Admin", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a*", "abc", False),
        ("StringEquals", "a*", "a*", True),
        ("stringequals", "a", "a", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEqualsIgnoreCase", "Admin", "aDMIN", True),
        ("StringNotEqualsIgnoreCase", "Admin", "aDMIN", False),
        ("StringLike", ["", "home/", "home/bob/"], "", True),
        ("StringLike", ["", "home/", "home/bob/"], "home", False),
        ("StringLike", "t2.*", "t2.micro", True),
        ("StringLike", "t2.*", "T2.micro", False),
        ("StringLike", "?2.*", "t2.", True),
        ("StringLike", "?2.*", "2.x", False),
        ("StringLike", "*", "", True),
        ("StringLike", "?*", "", False),
        ("StringNotLike", "t2.*", "t2.micro", False),
        ("StringNotLike", "t2.*", "m5.large", True),
        # Numeric condition operators
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", "10", "ten", False),
        ("NumericNotEquals", "10", "11", True),
        ("NumericNotEquals", ["10", "11"], "11", False),
        ("NumericLessThan", "10", "9.99", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "10", "9", True),
        ("NumericLessThanEquals", "10", "100", False),
        ("NumericGreaterThan", "-1", "0", True),
        ("NumericGreaterThanEquals", "10", "9", False),
        ("NumericGreaterThanEquals", "10", "NaN", False),
        # Date condition operators
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:02Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", False),
        ("DateGreaterThanEquals", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", True),
        ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", True),
        ("DateEquals", "1577836800", "2020-01-01T01:00:00+01:00", True),
        ("DateEquals", "2020", "2020-01-01T00:00Z", True),
        ("DateEquals", "2020-01", "2020-01-01", True),
        ("DateEquals", "2020-01-01T00:00:00.5Z", "1577836800.5", True),
        ("DateNotEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", False),
        ("DateLessThan", "2013-06-30T23:59:59Z", "2013-06-30T23:59:58Z", True),
        ("DateLessThan", "2013-06-30T23:59:59Z", "2013-06-30T22:59:59-02:00", False),
        ("DateLessThanEquals", "2013-06-30", "tomorrow", False),
        ("DateLessThanEquals", "2013-13-45", "2013-06-30", False),
        # Boolean condition operators
        ("Bool", "true", "true", True),
        ("Bool", "true", "True", True),
        ("Bool", "false", "true", False),
        ("Bool", ["true", "false"], "false", True),
        ("Bool", "yes", "yes", False),
        # Binary condition operators
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5", False),
        ("BinaryEquals", "not base64!", "not base64!", False),
        # IP address condition operators
        ("IpAddress", "203.0.113.0/24", "203.0.113.255", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.0", False),
        ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
        ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5679::1", False),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", "203.0.113.7", "203.0.113.8", False),
        ("IpAddress", "2001:db8::1", "2001:0db8:0::1", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("IpAddress", "203.0.113.9/24", "203.0.113.1", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.255", False),
        ("NotIpAddress", ["203.0.113.0/24", "198.51.100.0/24"], "192.0.2.1", True),
        # Amazon Resource Name (ARN) condition operators
        (
            "ArnLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:111122223333:finance/document.txt",
            True,
        ),
        (
            "ArnLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            False,
        ),
        (
            "StringLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            True,
        ),
        ("ArnEquals", "arn:aws:iam::*:role/A?", "arn:aws:iam::111122223333:role/Ab", True),
        ("ArnEquals", "arn:aws:iam::*:role/A", "arn:aws:iam::111122223333:role/a", False),
        ("ArnNotEquals", "arn:aws:iam::*:role/A", "arn:aws:iam::111122223333:role/A", False),
        ("ArnNotLike", "arn:aws:iam::*:role/A", "arn:aws:iam::111122223333:role/B", True),
        # Condition operator to check existence of condition keys
        ("Null", "true", "there", False),
        ("Null", "false", "there", True),
        ("Null", "False", "there", True),
        ("Null", "false", "", True),
        ("Null", "true", (), True),
        ("Null", ["true", "false"], "there", True),
    ],
)
def test_a_condition_on_a_key_that_is_present(operator: str, wanted: str | list[str], given: Value, expected: bool) -> None:  # noqa: FBT001
    assert holds(operator, wanted, given) is expected


POSITIVE = (
    "StringEquals", "StringEqualsIgnoreCase", "StringLike", "NumericEquals", "NumericLessThan", "NumericLessThanEquals",
    "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
    "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "ArnEquals", "ArnLike",
)  # fmt: skip
NEGATED = (
    "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "NumericNotEquals", "DateNotEquals", "NotIpAddress",
    "ArnNotEquals", "ArnNotLike",
)  # fmt: skip


@pytest.mark.parametrize("operator", [*POSITIVE, *NEGATED])
def test_a_condition_on_a_key_that_is_absent(operator: str) -> None:
    """Pages "Condition operators" (Important, IfExists) and "Single-valued vs. multivalued context keys"."""
    assert holds(operator, "1", None) is (operator in NEGATED)
    assert holds(f"{operator}IfExists", "1", None)
    assert holds(f"ForAllValues:{operator}", "1", None)
    assert not holds(f"ForAnyValue:{operator}", "1", None)
    assert holds(f"ForAnyValue:{operator}IfExists", "1", None)


def test_null_tells_an_absent_key() -> None:
    assert holds("Null", "true", None)
    assert not holds("Null", "false", None)


def test_if_exists_judges_a_key_that_is_present() -> None:
    assert holds("StringLikeIfExists", ["t1.*", "t2.*", "m3.*"], "t2.micro")
    assert not holds("StringLikeIfExists", ["t1.*", "t2.*", "m3.*"], "m5.large")
    assert not holds("BoolIfExists", "false", "true")


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        # Page "Creating a condition with multiple keys or values": the examples on dynamodb:Attributes and their tables
        ("ForAllValues:StringEquals", ["ID", "Message", "Tags"], ("Message", "Tags"), True),
        ("ForAllValues:StringEquals", ["ID", "Message", "Tags"], ("ID", "UserName"), False),
        ("ForAllValues:StringEquals", ["PostDateTime", "Message", "Tags"], ("PostDateTime", "UserName"), False),
        ("ForAnyValue:StringEquals", ["ID", "PostDateTime"], ("UserName", "Message", "PostDateTime"), True),
        ("ForAnyValue:StringEquals", ["ID", "PostDateTime"], ("UserName",), False),
        ("ForAllValues:StringEquals", ["a"], (), True),
        ("ForAllValues:StringEquals", ["a"], "", True),
        ("ForAnyValue:StringEquals", ["a"], (), False),
        ("ForAnyValue:StringLike", ["*"], "", False),
        # Page "Multivalued context key examples"
        ("ForAllValues:StringLike", ["key1*"], ("key1:legal", "key1:hr"), True),
        ("ForAllValues:StringLike", ["key1*"], ("key1:legal", "key2:hr"), False),
        ("ForAnyValue:StringLike", ["key1*"], ("key1:legal", "key2:hr"), True),
        # Negated: each, or one, of the values of the request is none of those listed
        ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ["a", "b"], ("a", "d"), False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "d"), True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "b"), False),
        ("forallvalues:StringEquals", ["a"], "a", True),
        ("StringEquals", ["a"], ("a",), True),
    ],
)
def test_set_operators(operator: str, wanted: list[str], given: Value, expected: bool) -> None:  # noqa: FBT001
    assert holds(operator, wanted, given) is expected


def test_an_operator_that_iam_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="stringmatches"):
        condition_holds(Atom("stringmatches", "x:key", ("a",)), {"x:key": "a"})


# Page "IAM policy elements: Variables and tags"
@pytest.mark.parametrize(
    ("operator", "wanted", "given", "tag", "expected"),
    [
        ("StringLike", "${aws:username}/*", "bob/x", "bob", True),
        ("StringLike", "${AWS:UserName}/*", "bob/x", "bob", True),
        ("StringLike", "${aws:username}/*", "al/x", "bob", False),
        ("StringLike", "${aws:username}", "bob", "b*", False),
        ("StringLike", "${aws:username}", "b*", "b*", True),
        ("StringEquals", "${aws:username}", "bob", "bob", True),
        ("StringEqualsIgnoreCase", "${aws:username}", "BOB", "bob", True),
        ("StringNotEquals", "${aws:username}", "bob", "bob", False),
        ("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::111122223333:user/bob", "bob", True),
        # no value: equal to nothing
        ("StringEquals", "${aws:username}", "${aws:username}", None, False),
        ("StringLike", "*${aws:username}*", "anything", None, False),
        ("StringNotEquals", "${aws:username}", "bob", None, True),
        ("StringNotLike", "*${aws:username}", "bob", None, True),
        ("StringEquals", ["x", "${aws:username}"], "x", None, True),
        # several values
        ("StringEquals", "${aws:username}", "bob", ("bob", "al"), False),
        # default values
        ("StringEquals", "team-${aws:username, 'company-wide'}", "team-company-wide", None, True),
        ("StringEquals", "team-${aws:username, 'company-wide'}", "team-yellow", "yellow", True),
        ("StringEquals", "team-${aws:username, 'company-wide'}", "team-company-wide", "yellow", False),
        ("StringLike", "${aws:username, 'a*'}", "abc", None, False),
        # special characters
        ("StringLike", "a${*}", "a*", None, True),
        ("StringLike", "a${*}", "abc", None, False),
        ("StringLike", "a${?}*", "a?bc", None, True),
        ("StringLike", "a${?}*", "abbc", None, False),
        ("StringEquals", "${$}{x}", "${x}", None, True),
        ("StringEquals", "${*}", "*", None, True),
        # operators without variables
        ("NumericEquals", "${aws:username}", "7", "7", False),
        ("IpAddress", "${aws:username}", "192.0.2.1", "192.0.2.1", False),
        ("DateEquals", "${aws:username}", "2020", "2020", False),
    ],
)
def test_policy_variables(operator: str, wanted: str, given: str, tag: Value | None, expected: bool) -> None:  # noqa: FBT001
    others = {} if tag is None else {"aws__UserName": tag}
    assert holds(operator, wanted, given, **others) is expected


# Page "IAM JSON policy elements: Resource"
S3 = "arn:aws:s3:::amzn-s3-demo-bucket/*/test/*"


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        *((S3, f"arn:aws:s3:::amzn-s3-demo-bucket/{key}", True) for key in (
            "1/test/object.jpg", "1/2/test/object.jpg", "1/2/test/3/object.jpg", "1/2/3/test/4/object.jpg",
            "1///test///object.jpg", "1/test/.jpg", "//test/object.jpg", "1/test/",
        )),
        *((S3, f"arn:aws:s3:::amzn-s3-demo-bucket/{key}", False) for key in (
            "1-test/object.jpg", "test/object.jpg", "1/2/test.jpg",
        )),
        ("*", "*", True),
        ("*", "arn:aws:s3:::b", True),
        ("**", "arn:aws:s3:::b/a:b", True),
        ("arn:aws:s3:::*", "*", False),
        ("arn:aws:iam::111122223333:user/Bob", "arn:aws:iam::111122223333:user/bob", False),
        ("arn:aws:iam::111122223333:user/accounting/*", "arn:aws:iam::111122223333:user/accounting/eu/Bob", True),
        ("arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:eu-west-1:111122223333:q", True),
        ("arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", False),
        ("arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:eu-west-1:999999999999:111122223333:q", False),
        ("arn:aws:sqs:eu-*", "arn:aws:sqs:eu-west-1:111122223333:q", True),
        ("arn:aws:sqs:us-*", "arn:aws:sqs:eu-west-1:111122223333:q", False),
        ("arn:aws:sqs:*", "arn:aws:sqs:eu-west-1:111122223333:a:b", True),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111122223333:q", False),
        ("arn:aws:logs:*:*:log-group:*", "arn:aws:logs:eu-west-1:111122223333:log-group:g:log-stream:s", True),
        ("arn:aws:logs:*:*:log-group:g:*:s", "arn:aws:logs:eu-west-1:111122223333:log-group:g:log-stream:s", True),
        ("arn:aws:s3:::bucket?", "arn:aws:s3:::bucket", False),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/key", False),
    ],
)  # fmt: skip
def test_a_resource_matches_segment_by_segment(pattern: str, arn: str, expected: bool) -> None:  # noqa: FBT001
    assert resource_matches(pattern, arn) is expected


def test_a_variable_in_a_resource_takes_its_value_literally() -> None:
    pattern = "arn:aws:s3:::amzn-s3-demo-bucket-${aws:PrincipalTag/team, 'company-wide'}"
    bucket = "arn:aws:s3:::amzn-s3-demo-bucket-"
    tagged: dict[str, Value] = {"aws:principaltag/team": "yellow"}
    assert resource_matches(pattern, f"{bucket}yellow", tagged)
    assert not resource_matches(pattern, f"{bucket}company-wide", tagged)
    assert resource_matches(pattern, f"{bucket}company-wide")
    assert not resource_matches(pattern, f"{bucket}red", {"aws:principaltag/team": "*"})


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_a_pattern_matches_what_its_definition_says(pattern: str, text: str) -> None:
    def defined(rest: str, left: str) -> bool:
        if not rest:
            return not left
        if rest[0] == "*":
            return defined(rest[1:], left) or (bool(left) and defined(rest, left[1:]))
        return bool(left) and rest[0] in {"?", left[0]} and defined(rest[1:], left[1:])

    assert matches(symbols(pattern) or [], text) is defined(pattern, text)


def test_many_stars_take_no_longer_than_the_product_of_both_lengths() -> None:
    start = time.process_time()
    assert not matches(symbols("*a" * 500 + "b") or [], "a" * 2000)
    assert time.process_time() - start < 5


@given(st.sampled_from([*POSITIVE, *NEGATED]), st.text("a1*?${}", max_size=6), st.text("a1*?${}", max_size=6))
def test_a_negated_operator_holds_where_the_plain_one_does_not(operator: str, wanted: str, given: str) -> None:
    opposite = {name: plain for name in NEGATED for plain in POSITIVE if name.replace("Not", "") == plain}
    if operator in opposite:
        assert holds(operator, wanted, given) is not holds(opposite[operator], wanted, given)
    assert holds(f"ForAnyValue:{operator}", wanted, (given, "a")) or not holds(f"ForAllValues:{operator}", wanted, (given, "a"))
