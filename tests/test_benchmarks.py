"""What the benchmark measures with: exports whose copies differ, and a verdict that can be bad."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

from tests.benchmarks.generate_export import write_export
from tests.benchmarks.limits import Measured, Row


def resources(count: int, types: frozenset[str] | None = None) -> list[dict[str, Any]]:
    stream = io.BytesIO()
    write_export(count, stream, types)
    found: list[dict[str, Any]] = json.loads(stream.getvalue())["deployment"]["resources"]
    assert len(found) == count
    return found


def test_no_two_generated_resources_share_a_name() -> None:
    found = resources(600)
    for names in (
        Counter(item["urn"] for item in found),
        Counter((item["type"], item["id"]) for item in found if item.get("id") not in (None, "true")),
        Counter((item["type"], item["outputs"]["arn"]) for item in found if (item.get("outputs") or {}).get("arn")),
    ):
        assert len(names) > 100
        assert {name for name, times in names.items() if times > 1} == set()


def test_generated_resources_refer_to_each_other_within_their_copy() -> None:
    found = resources(400)
    urns = {item["urn"] for item in found[:200]}
    edges = {item.get("parent", "") for item in found[:150]} | {
        urn for item in found[:150] for on in (item.get("propertyDependencies") or {}).values() for urn in on or ()
    }
    assert edges
    assert edges - {""} <= urns
    assert all(item["provider"].rpartition("::")[0] in urns for item in found[:150] if item.get("provider"))


def test_an_export_of_some_types_has_no_others() -> None:
    subnets = frozenset({"aws:ec2/subnet:Subnet"})
    assert {item["type"] for item in resources(100, subnets)} == subnets


def test_a_row_above_its_limit_does_not_hold() -> None:
    limit = Row.ABSENT.times
    assert Measured(Row.ABSENT, limit / 100, 0.01).holds
    slow = Measured(Row.ABSENT, (limit + 0.1) / 100, 0.01)
    assert not slow.holds
    assert f"{limit + 0.1:.2f} times" in str(slow)
    assert str(slow).endswith(f"limit {limit:g}: TOO SLOW")
    assert Measured(Row.MEMORY, left_out="the system has no /proc").holds
