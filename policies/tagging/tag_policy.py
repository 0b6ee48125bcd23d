"""Read tag policies of AWS Organizations: files in JSON, from the root of the organization down to the account.

They are merged by AWS's inheritance operators into what AWS calls the effective policy. It may also be given as it is,
as `aws organizations describe-effective-policy` prints it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from policies.tagging.tag_policy_types import nearest, pulumi_types, unknown_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Place = tuple[str | int, ...]

RULE = "tags-follow-tag-policy"
_LARGEST = 200_000
_LONGEST_SHOWN = 60

_ASSIGN, _APPEND, _REMOVE = "@@assign", "@@append", "@@remove"
_SETTERS = (_ASSIGN, _APPEND, _REMOVE)
_ALLOWED = "@@operators_allowed_for_child_policies"
_ANY_OPERATOR = frozenset(_SETTERS)
_KEY, _VALUES, _ENFORCED, _REQUIRED = "tag_key", "tag_value", "enforced_for", "report_required_tag_for"
_FIELDS = (_KEY, _VALUES, _ENFORCED, _REQUIRED)


class TagPolicyError(ValueError):
    """A tag policy that cannot be used; `path` leads to the place inside the file."""

    def __init__(self, file: Path, place: Place, message: str) -> None:
        """Say which file, where inside and what to do."""
        where = ".".join(map(_shown, place))
        super().__init__(f"{file}: {where}: {message}" if where else f"{file}: {message}")
        self.path = place


class _Node:
    """A part of the merged policy: the operators that later policies may use on it, and its parts or its value.

    A part that policies only limit, without setting it, is there as well: `stands` is False.
    """

    __slots__ = ("allowed", "name", "parts", "stands", "value")

    def __init__(self, name: str) -> None:
        self.name = name
        self.allowed = _ANY_OPERATOR
        self.stands = False
        self.parts: dict[str, _Node] = {}
        self.value: str | list[str] = []


def load(paths: Sequence[Path]) -> dict[str, dict[str, object]]:
    """Return the settings of the rule tags-follow-tag-policy that tag policies make, as a configuration has them.

    `paths` are policy files in the order of inheritance, the root's first, or one effective policy. Raises
    `TagPolicyError`.
    """
    root = _Node("tags")
    for path in paths:
        policy = _Policy(path)
        if policy.is_effective and len(paths) > 1:
            message = "an effective policy holds what it inherits; name it alone, or the policies it was made of"
            raise TagPolicyError(path, ("tags",), message)
        policy.merge_into(root)
    return {RULE: _settings(root)}


def _settings(root: _Node) -> dict[str, object]:
    keys: list[str] = []
    by_key: dict[str, dict[str, list[str]]] = {"values": {}, "enforced-for": {}, "required-for": {}}
    for node in root.parts.values():
        if not node.stands:
            continue
        fields = {name: part.value for name, part in node.parts.items() if part.stands}
        key = fields.get(_KEY)
        any_case = not key and bool(fields.get(_REQUIRED))
        if not isinstance(key, str):
            key = node.name if any_case else node.name.lower()  # where a policy does not say, AWS asks for lower case
        if not any_case:
            keys.append(key)
        if _VALUES in fields:
            by_key["values"][key] = list(fields[_VALUES])
        for setting, field, mode in (("enforced-for", _ENFORCED, "e"), ("required-for", _REQUIRED, "r")):
            if types := pulumi_types(fields.get(field, ()), mode):
                by_key[setting][key] = types
    return {"keys": keys, **{name: values for name, values in by_key.items() if values}}


class _Policy:
    """One policy file, checked as it is merged."""

    def __init__(self, file: Path) -> None:
        self.file = file
        place, content = self._unwrapped(self._read(), ())
        if not isinstance(content, dict) or not isinstance(tags := content.get("tags"), dict):
            self.fail(place, 'a tag policy is an object with the key "tags"')
        for name in content:
            if name != "tags":
                self.fail((*place, name), 'a tag policy holds nothing beside "tags"')
        self.place: Place = (*place, "tags")
        self.tags: dict[str, object] = tags
        bodies = (body for body in tags.values() if isinstance(body, dict))
        self.is_effective = any(
            not isinstance(setting, dict) for body in bodies for name, setting in body.items() if name != _ALLOWED
        )

    def fail(self, place: Place, message: str) -> NoReturn:
        raise TagPolicyError(self.file, place, message) from None

    def _read(self) -> object:
        try:
            with self.file.open("rb") as stream:  # what has no size, such as a pipe, is read no further either
                data = stream.read(_LARGEST + 1)
        except (OSError, ValueError) as error:
            self.fail((), f"cannot be read: {getattr(error, 'strerror', None) or 'not a file name'}")
        if len(data) > _LARGEST:
            self.fail((), f"larger than {_LARGEST} bytes; AWS allows 10000 characters in a tag policy")
        try:
            return self._parsed(data.decode("utf-8-sig"), ())
        except UnicodeDecodeError:
            self.fail((), "not UTF-8")

    def _parsed(self, text: str, place: Place) -> object:
        def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
            found: dict[str, object] = {}
            for name, value in items:
                if name in found:
                    self.fail(place, f"the key {_shown(name)} stands twice in one object; keep one of them")
                found[name] = value
            return found

        def refuse(constant: str) -> NoReturn:
            self.fail(place, f"{constant} is not JSON")

        try:
            content: object = json.loads(text, object_pairs_hook=pairs, parse_constant=refuse)
        except RecursionError:
            self.fail(place, "nested too deeply; this is no tag policy")
        except TagPolicyError:
            raise
        except ValueError as error:
            spot = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
            self.fail(place, f"not valid JSON{spot}")
        return content

    def _unwrapped(self, content: object, place: Place) -> tuple[Place, object]:
        """Return the policy itself where the file is what the AWS command line printed."""
        for outer, inner in (("EffectivePolicy", "PolicyContent"), ("Policy", "Content")):
            printed = content.get(outer) if isinstance(content, dict) else None
            if not isinstance(printed, dict):
                continue
            summary = printed.get("PolicySummary")
            type_ = (summary if isinstance(summary, dict) else {}).get("Type", printed.get("PolicyType", "TAG_POLICY"))
            text = printed.get(inner)
            if type_ != "TAG_POLICY":
                self.fail((outer,), "the policy is not of type TAG_POLICY; ask AWS for the tag policy")
            if not isinstance(text, str):
                self.fail((outer, inner), "expected the policy as JSON text")
            place = (outer, inner)
            return place, self._parsed(text, place)
        return place, content

    def merge_into(self, root: _Node) -> None:
        """Apply the policy to what the policies before it made; operators that those do not allow do nothing, as in AWS."""
        limits: list[tuple[_Node, frozenset[str]]] = []
        seen: dict[str, str] = {}
        for name, body in self.tags.items():
            place = (*self.place, name)
            if name == _ALLOWED:
                limits.append((root, self._operators(body, place)))
                continue
            twin = seen.setdefault(name.lower(), name)
            if twin != name:
                self.fail(place, f"the key stands as {_shown(twin)} already; AWS compares keys without case")
            if not name or not name.isprintable():
                self.fail(place, "expected a tag key")
            if not isinstance(body, dict):
                self.fail(place, f"expected an object with {', '.join(_FIELDS)}")
            self._merge_key(root, name, body, limits)
        for node, allowed in limits:
            node.allowed &= allowed

    def _merge_key(
        self, root: _Node, name: str, body: Mapping[str, object], limits: list[tuple[_Node, frozenset[str]]]
    ) -> None:
        inherited = root.parts.get(name.lower())
        node = inherited or _Node(name)
        above = inherited.allowed if inherited else root.allowed
        for field, setting in body.items():
            place = (*self.place, name, field)
            if field == _ALLOWED:
                limits.append((node, self._operators(setting, place)))
            elif field in _FIELDS:
                values = self._values(setting, field, name, place)
                part = node.parts.get(field)
                allowed = part.allowed if part else above
                part = node.parts.setdefault(field, _Node(field))
                _apply({operator: value for operator, value in values.items() if operator in allowed}, part)
                if isinstance(setting, dict) and _ALLOWED in setting:
                    limits.append((part, self._operators(setting[_ALLOWED], (*place, _ALLOWED))))
            else:
                self.fail(place, _unknown(field, (*_FIELDS, _ALLOWED)))
        root.parts[name.lower()] = node
        if any(part.stands for part in node.parts.values()) or (above and not body.keys() & set(_FIELDS)):
            node.stands = True

    def _operators(self, value: object, place: Place) -> frozenset[str]:
        names = self._texts(value, place)
        for index, name in enumerate(names):
            if name not in {*_SETTERS, "@@all", "@@none"}:
                self.fail((*place, index), _unknown(name, (*_SETTERS, "@@all", "@@none")))
        if "@@all" in names:
            return _ANY_OPERATOR
        return frozenset(names) & _ANY_OPERATOR

    def _values(self, setting: object, field: str, key: str, place: Place) -> dict[str, str | list[str]]:
        """Return what a field sets, by operator; in an effective policy there are none, and the value stands for itself."""
        if not isinstance(setting, dict):
            return {_ASSIGN: self._value(setting, field, key, place)}
        found: dict[str, str | list[str]] = {}
        for operator, value in setting.items():
            inside = (*place, operator)
            if operator == _ALLOWED:
                continue
            if operator not in _SETTERS:
                self.fail(inside, _unknown(operator, (*_SETTERS, _ALLOWED)))
            if field == _KEY and operator != _ASSIGN:
                self.fail(inside, f"{_KEY} is one text; use {_ASSIGN}")
            found[operator] = self._value(value, field, key, inside)
        return found

    def _value(self, value: object, field: str, key: str, place: Place) -> str | list[str]:
        if field == _KEY:
            if not isinstance(value, str) or value.lower() != key.lower():
                self.fail(place, f"expected {_shown(key)} in the capitalization that you want")
            return value
        texts = self._texts(value, place)
        for index, text in enumerate(texts):
            if field == _VALUES and text.count("*") > 1:
                self.fail((*place, index), "AWS allows one * in a value")
            if field in {_ENFORCED, _REQUIRED} and (hint := unknown_type(text)) is not None:
                self.fail((*place, index), f"{_shown(text)} is no resource type of tag policies; {hint}")
        return texts

    def _texts(self, value: object, place: Place) -> list[str]:
        if not isinstance(value, list):
            self.fail(place, "expected a list of texts")
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.fail((*place, index), "expected a text; write numbers in quotes")
            if not item.isprintable():
                self.fail((*place, index), "holds a character that cannot be printed")
        return value


def _apply(values: Mapping[str, str | list[str]], part: _Node) -> None:
    """Apply what one policy sets to a field: what it assigns, then what it adds, then what it removes."""
    for operator in _SETTERS:
        given = values.get(operator)
        if given is None or (operator == _REMOVE and not part.stands):
            continue
        part.stands = True
        if operator == _ASSIGN or isinstance(given, str):
            part.value = given
        elif operator == _APPEND:
            part.value = list(dict.fromkeys([*part.value, *given]))
        else:
            part.value = [value for value in part.value if value not in given]


def _shown(step: str | int) -> str:
    """Return a part of a path as a message may show it."""
    if isinstance(step, str) and (not step.isprintable() or len(step) > _LONGEST_SHOWN or not step):
        return repr(step[:_LONGEST_SHOWN])
    return str(step)


def _unknown(name: str, valid: Sequence[str]) -> str:
    return f"{_shown(name)} is unknown; {nearest(name, valid) or 'valid: ' + ', '.join(valid)}"
