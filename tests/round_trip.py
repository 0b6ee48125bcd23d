"""From a plan back to Pulumi's properties, the way a Checkov report of the plan is read, and what differs on the way."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.unknown import Unknown, read
from scanners.sources.terraform_resources import PLAN, Rebuilder, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scanners.exports.terraform_plan import Plan

MARK = "4dabf18193072939515e22adb298388d"
_ADDRESS = re.compile(r' {10}"address": (".*"),\n')
_VALUES = re.compile(r' {10}"values": \{\n')
_ABSENT = object()


def shown(plan: Plan) -> Iterator[Shown]:
    """Yield what Checkov shows of each resource: the lines of its planned values, without the last brace."""
    lines = "".join(plan.text()).splitlines(keepends=True)
    address = ""
    for number, line in enumerate(lines):
        if line.startswith('  "resource_changes"'):
            return
        if found := _ADDRESS.fullmatch(line):
            address = json.loads(found[1])
        elif _VALUES.fullmatch(line):
            end = next(at for at in range(number + 1, len(lines)) if re.fullmatch(r" {0,10}\},?\n", lines[at]))
            yield Shown(address, "/plan.json", number + 1, "".join(lines[number:end]))


def rebuilt(plan: Plan) -> dict[str, Mapping[str, object]]:
    """Return the properties of each resource of a plan, by the URN that it was made of."""
    rebuilder = Rebuilder("urn:pulumi:back::again", PLAN)
    addresses = {rebuilder.add(item): item.address for item in shown(plan)}
    found: dict[str, Mapping[str, object]] = {}
    for resource in rebuilder.resources(lists_passed=True):
        if resource.urn in addresses:
            found[plan.urns[addresses[resource.urn]]] = resource.values
    assert rebuilder.unreadable == []
    return found


def differences(given: object, got: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of each property, and why it did not come back as it was given: nothing where it did.

    A property that is not known must not come back as a known one; one that is known may come back as one that is not, for the
    reasons that begin with `hidden`.
    """
    given = read(given)
    if isinstance(got, str) and isinstance(given, dict | list) and MARK not in given:
        got = json.loads(got)  # a document that the program gives as an object
    if not _is_known(given):
        yield path, "" if got is _ABSENT or not _is_known(got, empty=False) else "an unknown value came back as a known one"
    elif isinstance(given, dict) and MARK in given:
        yield path, _of_asset(given, got)
    elif isinstance(given, dict | list) and not _members(given):
        hidden = got is _ABSENT or isinstance(got, Unknown)
        full = any(value is not None for value in _members(got).values())
        yield path, "hidden: empty" if hidden else f"empty, and now {got!r}" if full else ""
    elif got is _ABSENT or isinstance(got, Unknown):
        yield path, "hidden: a document with an unknown part" if _holds_unknown(given) else "hidden"
    elif isinstance(given, dict | list):
        yield from _of_members(given, got, path)
    else:
        yield path, "" if given == got and isinstance(given, bool) == isinstance(got, bool) else f"{given!r}, and now {got!r}"


def _of_members(given: dict[str, object] | list[object], got: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(given, dict) and isinstance(got, list) and len(got) == 1:
        got = got[0]  # one object where the provider defines a list
    before, after = _members(given), _members(got)
    for key, value in before.items():
        yield from differences(value, after.get(key, _ABSENT), f"{path}.{key}".lstrip("."))
    for key in after.keys() - before.keys():
        if after[key] is not None:
            yield f"{path}.{key}", "was not there"


def _members(value: object) -> dict[str, object]:
    if isinstance(value, list):
        return {f"[{index}]": item for index, item in enumerate(value)}
    if not isinstance(value, dict):
        return {}
    return {key: item for key, item in value.items() if not key.startswith("__")}


def _is_known(value: object, *, empty: bool = True) -> bool:
    """Say whether something of a value is known; `empty` is the answer for what has no members."""
    value = read(value)
    if isinstance(value, Unknown):
        return False
    if isinstance(value, dict | list):
        parts = _members(value)
        return any(_is_known(part, empty=empty) for part in parts.values()) if parts else empty
    return True


def _holds_unknown(value: object) -> bool:
    value = read(value)
    return isinstance(value, Unknown) or any(map(_holds_unknown, _members(value).values()))


def _of_asset(given: dict[str, object], got: object) -> str:
    place = given.get("path") or given.get("uri")
    if place is None:
        return "hidden: an asset without a place"
    return "" if got == place else f"an asset, and now {got!r}"
