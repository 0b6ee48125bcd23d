"""What the intrinsic functions of a CloudFormation template come to: literals, and otherwise unknown values.

See "Intrinsic function reference" in the AWS CloudFormation User Guide. A parameter may be given as an empty text, so where
one decides, it is not even known whether a property is set.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from policies.iam_analysis.arns import ANY_ACCOUNT
from policies.unknown import COMPUTED, MASKED, NOT_REPORTED, SECRET, Partial, Shaped, Unknown
from scanners.sources.terraform_types import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOTHING = object()
"""Stands for a property or item that `AWS::NoValue` takes away."""

_PSEUDO: dict[str, object] = {
    "AWS::AccountId": Shaped(ANY_ACCOUNT),
    "AWS::NoValue": NOTHING,
    "AWS::Partition": "aws",
    "AWS::Region": Shaped("*"),
    "AWS::URLSuffix": "amazonaws.com",
}
"""Parameters that CloudFormation gives: where nothing tells the region, the partition is taken to be `aws`."""

_IN_A_TEXT = re.compile(r"\$\{([^}]*)\}")
_DYNAMIC = "{{resolve:"
_SECRET_SOURCES = ("{{resolve:secretsmanager:", "{{resolve:ssm-secure:")
ANYTHING_MORE = ("Fn::Transform", "Fn::ForEach::")
"""Members by which a macro or a loop adds any others to an object."""


def is_function(value: dict[str, object]) -> bool:
    """Say whether an object stands for what a function gives."""
    return len(value) == 1 and all(name == "Ref" or name.startswith("Fn::") for name in value)


class Values:
    """Computes values; `refers_to` is told the logical id of each resource that is named.

    It says whether the template has a resource of that name, as far as is known.
    """

    def __init__(self, refers_to: Callable[[str], bool]) -> None:
        """Take what is told of references."""
        self._refers_to = refers_to

    def value(self, value: object) -> object:
        """Return what a value comes to: plain, an `Unknown`, or `NOTHING`."""
        if isinstance(value, str):
            return _plain(value)
        if isinstance(value, list):
            return [item for item in map(self.value, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if not is_function(value):
            return self.members(value)
        ((name, argument),) = value.items()
        return self._ref(argument) if name == "Ref" else self._function(name.removeprefix("Fn::"), argument)

    def members(self, values: dict[str, object]) -> dict[str, object]:
        """Return an object, without the members that are taken away."""
        found = {}
        for name, item in values.items():
            if not name.startswith(ANYTHING_MORE) and (computed := self.value(item)) is not NOTHING:
                found[name] = computed
        more = any(name.startswith(ANYTHING_MORE) for name in values)
        return Partial(found) if more else found

    def _ref(self, name: object) -> object:
        if not isinstance(name, str):
            return NOT_REPORTED
        if name in _PSEUDO:
            return _PSEUDO[name]
        return COMPUTED if name.startswith("AWS::") or self._refers_to(name) else NOT_REPORTED

    def _function(self, name: str, argument: object) -> object:
        compute = getattr(self, f"_{name.lower()}", None) if name in _COMPUTED else None
        if compute:
            return compute(argument)
        self._look_into(argument)
        return NOT_REPORTED

    def _look_into(self, argument: object) -> None:
        """Note what an argument refers to."""
        self.value(argument)

    def _getatt(self, argument: object) -> object:
        name = argument[0] if isinstance(argument, list) and argument else argument
        if isinstance(name, str):
            self._refers_to(name.partition(".")[0])
        return COMPUTED

    def _importvalue(self, argument: object) -> object:
        self._look_into(argument)
        return COMPUTED

    def _sub(self, argument: object) -> object:
        text, given = argument, {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):  # noqa: PLR2004  (text, values)
            text, given = argument[0], {name: self.value(item) for name, item in argument[1].items()}
        if not isinstance(text, str):
            self._look_into(argument)
            return NOT_REPORTED
        return _joined(list(self._parts(text, given)))

    def _parts(self, text: str, given: dict[str, object]) -> Iterator[object]:
        for index, part in enumerate(_IN_A_TEXT.split(text)):
            if index % 2 == 0:
                yield part
            elif part.startswith("!"):
                yield f"${{{part[1:]}}}"
            elif (name := part.strip()) in given:
                yield given[name]
            else:
                yield self._getatt(name) if "." in name else self._ref(name)

    def _join(self, argument: object) -> object:
        if not isinstance(argument, list) or len(argument) != 2:  # noqa: PLR2004  (delimiter, items)
            self._look_into(argument)
            return NOT_REPORTED
        delimiter, items = self.value(argument[0]), self.value(argument[1])
        if not isinstance(delimiter, str) or not isinstance(items, list):
            return NOT_REPORTED
        parts: list[object] = []
        for item in items:
            parts += [delimiter, item] if parts else [item]
        return _joined(parts)

    def _split(self, argument: object) -> object:
        found = self.value(argument)
        if isinstance(found, list) and len(found) == 2 and found[0] and all(type(item) is str for item in found):  # noqa: PLR2004
            return [_plain(part) for part in found[1].split(found[0])]
        return NOT_REPORTED

    def _select(self, argument: object) -> object:
        found = self.value(argument)
        if not isinstance(found, list) or len(found) != 2 or not isinstance(found[1], list):  # noqa: PLR2004  (index, items)
            return NOT_REPORTED
        index, items = found
        if isinstance(index, str | int) and re.fullmatch(r"\d{1,6}", str(index)) and not any(map(_may_vanish, items)):
            return items[int(index)] if int(index) < len(items) else NOT_REPORTED
        return NOT_REPORTED

    def _base64(self, argument: object) -> object:
        text = self.value(argument)
        if type(text) is str:
            return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
        return COMPUTED if isinstance(text, Unknown) and text.reason is COMPUTED.reason else NOT_REPORTED

    def _if(self, argument: object) -> object:
        if not isinstance(argument, list) or len(argument) != 3:  # noqa: PLR2004  (condition, then, else)
            self._look_into(argument)
            return NOT_REPORTED
        found = [self.value(branch) for branch in argument[1:]]
        if any(map(_may_vanish, found)):
            return NOT_REPORTED
        if _is_plain(found) and _same(*found):
            return found[0]
        return COMPUTED

    def _tojsonstring(self, argument: object) -> object:
        found = self.value(argument)
        return json.dumps(found) if _is_plain(found) else COMPUTED


_COMPUTED = frozenset({"Base64", "GetAtt", "If", "ImportValue", "Join", "Select", "Split", "Sub", "ToJsonString"})


def _plain(text: str) -> object:
    """Return a text, unless CloudFormation puts another one in its place, or Checkov has hidden it."""
    if _DYNAMIC in text:
        return SECRET if _names_secret(text) else COMPUTED
    return MASKED if MASK in text else text


def _names_secret(text: str) -> bool:
    return any(source in text for source in _SECRET_SOURCES)


def _joined(parts: list[object]) -> object:
    """Return texts in one: known, of a known shape, or unknown, and then set for certain if any of them is."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Shaped):
            texts.append(part.pattern)
        elif isinstance(part, str):
            texts.append(part)
        elif isinstance(part, int | float) and not isinstance(part, bool):
            texts.append(str(part))
        else:
            return _unknown_text(parts)
    text = "".join(texts)
    return Shaped(text) if any(isinstance(part, Shaped) for part in parts) else _plain(text)


def _unknown_text(parts: list[object]) -> Unknown:
    if any(_names_secret(part) if isinstance(part, str) else part is SECRET for part in parts):
        return SECRET
    is_set = any(part if isinstance(part, str) else not _may_vanish(part) for part in parts)
    return COMPUTED if is_set else NOT_REPORTED


def _may_vanish(value: object) -> bool:
    """Say whether a value may be no value at all."""
    if isinstance(value, Unknown):
        return value.reason is NOT_REPORTED.reason
    return value is NOTHING or value in ("", None) or value in ([], {})


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return not isinstance(value, Partial) and all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return not isinstance(value, Unknown) and value is not NOTHING


def _same(one: object, other: object) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
