"""What each.value stands for in a resource that Checkov shows once for each item."""

from __future__ import annotations

import pytest

from policies.unknown import Unknown
from scanners.sources import checkov_report

UNKNOWN = object()


def rebuilt(for_each: str, value: str, address: str = 'aws_s3_bucket.b["a"]') -> object:
    """Return the property `acl` of the instance at an address."""
    code = f'resource "aws_s3_bucket" "b" {{\n  for_each = {for_each}\n  acl = {value}\n}}'
    lines = [[number, f"{line}\n"] for number, line in enumerate(code.split("\n"), 1)]
    record = {"check_id": "CKV_AWS_1", "resource": address, "file_path": "/main.tf", "code_block": lines}
    (source,) = checkov_report.read(
        "r.json", {"check_type": "terraform", "results": {"passed_checks": [record]}, "summary": {}}
    )
    (bucket,) = source.stack.resources
    found = bucket.values["acl"]
    return UNKNOWN if isinstance(found, Unknown) else found


@pytest.mark.parametrize(
    ("for_each", "value", "expected"),
    [
        ('toset(["a", "b"])', "each.value", "a"),
        ('toset([\n    "a",\n    "b",\n  ])', '"x-${each.value}"', "x-a"),
        ("toset(var.names)", "each.value", "a"),  # of any set
        ('{ a = "private", b = "public-read" }', "each.value", "private"),
        ('{ a = { acl = "private" } }', "each.value.acl", "private"),
        ('{ a = { "acl" = true } }', 'each.value["acl"]', True),
        ("local.names", "each.value", UNKNOWN),  # may be a map
        ("{ a = var.acl }", "each.value", UNKNOWN),
        ("{ a = null }", "each.value", UNKNOWN),
        ('{ b = "private" }', "each.value", UNKNOWN),
        ('{ a = { acl = "private" } }', "each.value.other", UNKNOWN),
        ('{ a = { acl = "private" } }', "each.value", UNKNOWN),
        ('merge({ a = "private" }, var.more)', "each.value", UNKNOWN),
        ('toset(["a"])', "upper(each.value)", UNKNOWN),
        ('setunion(toset(["a"]), var.more)', "each.value", UNKNOWN),
        ('{ for name in ["a"] : name => "private" }', "each.value", UNKNOWN),
    ],
)
def test_an_item_is_known_where_the_block_itself_tells_it(for_each: str, value: str, expected: object) -> None:
    assert rebuilt(for_each, value) == expected


def test_without_an_instance_no_item_is_meant() -> None:
    assert rebuilt('toset(["a"])', "each.value", "aws_s3_bucket.b") is UNKNOWN
