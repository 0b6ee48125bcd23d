"""IAM policy documents, read statement by statement.

A document is JSON text or an object with IAM's capitalised keys; Statement may be one object, and actions, resources,
principals and condition values may each be one text or a list. What is not known raises `UnknownValue` only when it is
asked for: known items come first, unknown ones raise at the end. What AWS would refuse raises it too (malformed).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from policies.block import DEFAULTS, parse_json
from policies.fix import path_to
from policies.resource import Resource
from policies.unknown import Reason, Shaped, Unknown, UnknownValue, holds_sentinel, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block

_DOCUMENT = frozenset({"Version", "Id", "Statement", DEFAULTS})
_ELEMENTS = frozenset({
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition", DEFAULTS,
})  # fmt: skip
_OPPOSITES = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_EFFECTS = frozenset({"Allow", "Deny"})
WILDCARD_INSIDE = "AWS takes no wildcard inside a principal"
_PRINCIPAL_TYPES = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_WITHOUT_ACCOUNTS = frozenset({"Service", "Federated"})


class Principal(NamedTuple):
    """Whom a statement is about: the type (AWS, Service, Federated, CanonicalUser) and the ARN, account or service."""

    type: str
    id: str

    @property
    def is_everyone(self) -> bool:
        """Say whether this is everyone, anonymous callers included: `"*"` and `{"AWS": "*"}` mean the same."""
        return self.id == "*" and self.type == "AWS"


class Condition:
    """One operator and key of a Condition, both in lower case: AWS compares them so."""

    __slots__ = ("_value", "at", "key", "operator")

    def __init__(self, operator: str, key: str, value: object, at: str) -> None:
        """Hold the condition found at the property path `at`."""
        self.operator = operator.lower()
        self.key = key.lower()
        self.at = at
        self._value = value

    def values(self) -> Iterator[str]:
        """Yield the values; unknown ones raise at the end."""
        return _texts(self._value, self.at)


class Statement:
    """One statement of a policy document; `at` is its property path, such as `policy.Statement[1]`."""

    __slots__ = ("_values", "at")

    def __init__(self, values: dict[str, object], at: str) -> None:
        """View a statement; raises `UnknownValue` (malformed) for elements that no statement has or may combine."""
        for name in values:
            if name not in _ELEMENTS:
                _refuse_key(name, at, "an element that IAM does not have")
        for one, other in _OPPOSITES:
            if values.get(other) is not None and values.get(one) is not None:
                raise UnknownValue(Reason.MALFORMED, at, f"both {one} and {other}")
        if values.get("Action") is None and values.get("NotAction") is None:
            raise UnknownValue(Reason.MALFORMED, at, "neither Action nor NotAction")
        self._values = values
        self.at = at

    def with_patterns(self) -> Statement:
        """Return the statement with a pattern for each resource and AWS principal of which only the shape is known."""
        found: dict[str, object] = {
            name: _patterns(value) for name in ("Resource", "NotResource") if _has_shape(value := self._values.get(name))
        }
        for name in ("Principal", "NotPrincipal"):
            ids = self._values.get(name)
            if isinstance(ids, dict) and _has_shape(ids.get("AWS")):
                found[name] = {**ids, "AWS": _patterns(ids["AWS"])}
        return Statement({**self._values, **found}, self.at) if found else self

    def has(self, element: str) -> bool:
        """Say whether an element such as `NotAction` is there, known or not."""
        value = self._values.get(element)
        if value is None:
            return False
        value = read(value)
        if isinstance(value, Unknown) and value.reason is Reason.NOT_REPORTED:
            raise UnknownValue(value.reason, self.at_element(element))
        return value is not None

    def at_element(self, element: str) -> str:
        """Return the property path of an element."""
        return f"{self.at}.{element}"

    @property
    def effect(self) -> str:
        """Allow or Deny, in exactly this case."""
        effect = self._values.get("Effect")
        if isinstance(effect, str) and effect in _EFFECTS:
            return effect
        path = self.at_element("Effect")
        effect = _known(effect, path)
        if isinstance(effect, str) and effect in _EFFECTS:  # pulled out of an output value
            return effect
        raise UnknownValue(Reason.MALFORMED, path, "expected Allow or Deny")

    @property
    def allows(self) -> bool:
        """Say whether the effect is Allow."""
        return self.effect == "Allow"

    def actions(self) -> Iterator[str]:
        """Yield the patterns of Action as written."""
        return _texts(self._values.get("Action"), self.at_element("Action"))

    def not_actions(self) -> Iterator[str]:
        """Yield the patterns of NotAction as written."""
        return _texts(self._values.get("NotAction"), self.at_element("NotAction"))

    def resources(self) -> Iterator[str]:
        """Yield the patterns of Resource."""
        return _texts(self._values.get("Resource"), self.at_element("Resource"))

    def not_resources(self) -> Iterator[str]:
        """Yield the patterns of NotResource."""
        return _texts(self._values.get("NotResource"), self.at_element("NotResource"))

    def principals(self) -> Iterator[Principal]:
        """Yield the principals of Principal."""
        return _principals(self._values.get("Principal"), self.at_element("Principal"))

    def not_principals(self) -> Iterator[Principal]:
        """Yield the principals of NotPrincipal."""
        return _principals(self._values.get("NotPrincipal"), self.at_element("NotPrincipal"))

    def conditions(self) -> Iterator[Condition]:
        """Yield each operator and key of Condition."""
        if self._values.get("Condition") is None:
            return
        path = self.at_element("Condition")
        unknown: UnknownValue | None = None
        for operator, keys in _object(self._values.get("Condition"), path).items():
            _refuse_sentinel(operator, path)
            operator_path = path_to(path, operator)
            try:
                pairs = _object(keys, operator_path)
            except UnknownValue as error:
                unknown = error.with_traceback(None)
                continue
            for key, value in pairs.items():
                _refuse_sentinel(key, operator_path)
                yield Condition(operator, key, value, path_to(operator_path, key))
        if unknown:
            raise unknown


def statements(block: Block, path: str) -> Iterator[Statement]:
    """Yield the statements of the policy document at a property path of a resource or of a block in it.

    Nothing is yielded where no document is set. Statements that are not known or malformed raise `UnknownValue` after
    the others. A resource's document is decoded once.
    """
    found, unknown = (
        block.once(("statements", path), lambda: _read(block, path)) if isinstance(block, Resource) else _read(block, path)
    )
    yield from found
    if unknown:
        raise unknown.with_traceback(None)


def _read(block: Block, path: str) -> tuple[list[Statement], UnknownValue | None]:
    found: list[Statement] = []
    place = block.at(path)
    try:
        document = block.value(path)
        if isinstance(document, str):
            document = _decode(document, place) if document.strip() else None
        if document is None:
            return found, None
        document = _object(document, place)
        if not document:
            return found, None  # the provider's way to say that there is no policy
        for name in document:
            if name not in _DOCUMENT:
                _refuse_key(name, place, "an element that IAM does not have")
        listed = _known(document.get("Statement"), f"{place}.Statement")
        if listed is None:
            raise UnknownValue(Reason.MALFORMED, place, "no Statement")  # noqa: TRY301  (kept like those from below)
    except UnknownValue as error:
        return found, error.with_traceback(None)
    unknown: UnknownValue | None = None
    for index, item in enumerate(listed if isinstance(listed, list) else [listed]):
        at = f"{place}.Statement[{index}]" if isinstance(listed, list) else f"{place}.Statement"
        try:
            found.append(Statement(_object(item, at, required=True), at))
        except UnknownValue as error:
            unknown = error.with_traceback(None)
    return found, unknown


class _KeyTwiceError(ValueError):
    """Raised for an object with one key twice."""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _KeyTwiceError
    return members


_JSON = json.JSONDecoder(object_pairs_hook=_members)


def _decode(text: str, path: str) -> object:
    wrong = ""
    try:
        return _JSON.decode(text)
    except _KeyTwiceError:
        wrong = "a key stands twice in one object"
    except (RecursionError, ValueError):
        pass
    if wrong:
        raise UnknownValue(Reason.MALFORMED, path, wrong)
    _refuse_sentinel(text, path)
    return parse_json(text, path)  # says what is wrong, and where


def _known(value: object, path: str) -> object:
    if value is None:
        return None
    value = read(value)
    if isinstance(value, Unknown):
        raise UnknownValue(value.reason, path)
    if isinstance(value, str):
        _refuse_sentinel(value, path)
    return value


def _object(value: object, path: str, *, required: bool = False) -> dict[str, object]:
    known = _known(value, path)
    if known is None and not required:
        return {}
    if not isinstance(known, dict):
        raise UnknownValue(Reason.MALFORMED, path, "expected an object")
    return {key: item for key, item in known.items() if key != DEFAULTS} if DEFAULTS in known else known


def _refuse_sentinel(text: str, path: str) -> None:
    if holds_sentinel(text):
        raise UnknownValue(Reason.COMPUTED, path)


def _refuse_key(name: str, path: str, why: str) -> None:
    _refuse_sentinel(name, path)
    raise UnknownValue(Reason.MALFORMED, path, why)


def _has_shape(value: object) -> bool:
    return isinstance(value, Shaped) or (isinstance(value, list) and any(isinstance(item, Shaped) for item in value))


def _patterns(value: object) -> object:
    if isinstance(value, list):
        return [_patterns(item) for item in value]
    return value.pattern if isinstance(value, Shaped) else value


def _texts(value: object, path: str) -> Iterator[str]:
    """Yield the text or the texts at a path; unknown and malformed ones raise at the end."""
    items = _known(value, path)
    if items is None:
        return
    if isinstance(items, str):
        yield items
        return
    unknown: UnknownValue | None = None
    for index, item in enumerate(items if isinstance(items, list) else [items]):
        place = f"{path}[{index}]" if isinstance(items, list) else path
        try:
            text = _known(item, place)
        except UnknownValue as error:
            unknown = error.with_traceback(None)
            continue
        if isinstance(text, str):
            yield text
        elif isinstance(text, bool | int):
            yield str(text).lower()
        else:
            unknown = UnknownValue(Reason.MALFORMED, place, "expected a text")
    if unknown:
        raise unknown


def _principals(value: object, path: str) -> Iterator[Principal]:
    value = _known(value, path)
    if isinstance(value, str):
        if value != "*":
            raise UnknownValue(Reason.MALFORMED, path, 'expected "*" or an object')
        value = {"AWS": value}
    unknown: UnknownValue | None = None
    for type_, ids in _object(value, path).items():
        place = f"{path}.{type_}"
        try:
            if type_ not in _PRINCIPAL_TYPES:
                _refuse_key(type_, path, "a type of principal that IAM does not have")
            for id_ in _texts(ids, place):
                if type_ == "AWS" and "*" in id_ and id_ != "*":
                    unknown = UnknownValue(Reason.MALFORMED, place, WILDCARD_INSIDE)
                else:
                    yield Principal(type_, id_)
        except UnknownValue as error:
            if unknown is None or type_ not in _WITHOUT_ACCOUNTS:  # what may be an account is told before what cannot
                unknown = error.with_traceback(None)
    if unknown:
        raise unknown
