"""Blocks of properties: what a rule reads of a resource."""

from __future__ import annotations

import json
from math import isfinite, nan
from typing import TYPE_CHECKING, NoReturn

from policies.unknown import Reason, Unknown, UnknownValue, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    Properties: TypeAlias = dict[str, object]

DEFAULTS = "__defaults"
"""A key that the engine adds to objects, tags too; it is never a property."""

DEEPEST = 200
"""Nesting that no provider has; deeper values are refused."""

_TRUE = frozenset({"true", "True", "TRUE", "1"})
_FALSE = frozenset({"false", "False", "FALSE", "0"})


class Block:
    """A read-only object of properties: a resource's inputs, or an object nested in them.

    Paths are relative: `encrypted`, `rootBlockDevice.encrypted`. Lists are reached by `each` and `texts`.
    All methods raise `UnknownValue` where the answer depends on a value that is not known or has the wrong type.
    """

    __slots__ = ("_values", "path", "recorded")

    def __init__(self, values: Properties, path: str = "", *, recorded: bool = False) -> None:
        """View `values`, found at `path`; `recorded` says that a provider wrote them (outputs), not a program."""
        self._values = values
        self.path = path
        self.recorded = recorded

    @property
    def values(self) -> Properties:
        """The properties as the source carries them."""
        return self._values

    def at(self, path: str) -> str:
        """Return the full path of a property of this block."""
        return f"{self.path}.{path}" if self.path else path

    def value(self, path: str) -> object:
        """Return what stands at a path: a plain value, an `Unknown`, or None where nothing does."""
        if "." not in path:
            value = self.values.get(path)
            return value if value is None else read(value)
        values: object = self.values
        for name in path.split("."):
            if isinstance(values, list):
                values = self._only(values, path)
            if values is None or isinstance(values, Unknown):
                return values
            if not isinstance(values, dict):
                raise self._malformed(path, "an object")
            values = read(values.get(name))
        return values

    def _only(self, items: list[object], path: str) -> object:
        """Step into a list that holds one object: older providers and Terraform write single blocks so."""
        if len(items) > 1:
            raise self._malformed(path, "an object")
        return read(items[0]) if items else None

    def _malformed(self, path: str, expected: str) -> UnknownValue:
        return UnknownValue(Reason.MALFORMED, self.at(path), f"expected {expected}")

    def _known(self, path: str) -> object:
        value = self.value(path)
        self._require(value, path)
        return value

    def _require(self, value: object, path: str) -> None:
        if isinstance(value, Unknown):
            raise UnknownValue(value.reason, self.at(path))

    def has(self, path: str) -> bool:
        """Say whether the program sets a property.

        A value that is computed or secret is set, so this does not raise on it. It does on an unknown output,
        which the engine shows whether or not the program set it, on a value that the source does not report, and where
        an object on the way is not known.
        """
        value = self.value(path)
        if value is None:
            return False
        if isinstance(value, Unknown):
            parent = self.value(path.rpartition(".")[0]) if "." in path else None
            if self.recorded or value.reason is Reason.NOT_REPORTED or isinstance(parent, Unknown):
                raise UnknownValue(value.reason, self.at(path))
            return True
        if self.recorded and value == 0 and value is not False:
            return False
        if isinstance(value, dict):
            return any(name != DEFAULTS for name in value)
        return value not in ("", [])

    def flag(self, path: str, *, default: bool = False) -> bool:
        """Return a boolean, or `default` where it is not set. Texts such as "true" count: some SDK properties have them."""
        value = self.value(path)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self._require(value, path)
        if value == "":
            return default
        text = _written(value)
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise self._malformed(path, "true or false")

    def text(self, path: str, default: str = "") -> str:
        """Return a text, or `default` where it is not set; numbers and booleans are written as Terraform would."""
        value = self.value(path)
        if value is None:
            return default
        if isinstance(value, str):
            return value or default
        self._require(value, path)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return _written(value)
        raise self._malformed(path, "a text")

    def number(self, path: str, default: float | None = None) -> float | None:
        """Return a number, or `default` where it is not set. Numbers written as text count."""
        value = self._known(path)
        if value is None or value == "":
            return default
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        if isinstance(value, str):
            try:
                number = float(value)
            except ValueError:
                number = nan
            if isfinite(number):
                return number
        raise self._malformed(path, "a number")

    def each(self, path: str) -> Iterator[Block]:
        """Yield the objects of a list, or the one object that stands there; those unknown as a whole raise at the end."""
        found = self._known(path)
        if found is None or found == "":
            return
        unknown: UnknownValue | None = None
        at = self.at(path)
        for index, item in enumerate(found if isinstance(found, list) else [found]):
            item_path = f"{at}[{index}]" if isinstance(found, list) else at
            value = read(item)
            if isinstance(value, dict):
                yield Block(value, item_path, recorded=self.recorded)
            elif isinstance(value, Unknown):
                unknown = UnknownValue(value.reason, item_path)
            elif value is not None:
                unknown = UnknownValue(Reason.MALFORMED, item_path, "expected an object")
        if unknown:
            raise unknown

    def block(self, path: str) -> Block:
        """Return a nested object; an empty one where nothing is set."""
        value = self._known(path)
        if isinstance(value, list):
            value = self._only(value, path)
            self._require(value, path)
        if value is None or value == "":
            value = {}
        if not isinstance(value, dict):
            raise self._malformed(path, "an object")
        return Block(value, self.at(path), recorded=self.recorded)

    def texts(self, path: str) -> Iterator[str]:
        """Yield the texts of a list; unknown ones raise at the end."""
        value = self._known(path)
        if value is None:
            return
        if not isinstance(value, list):
            raise self._malformed(path, "a list")
        unknown: UnknownValue | None = None
        for index, item in enumerate(value):
            text = read(item)
            if isinstance(text, str):
                yield text
            elif isinstance(text, Unknown):
                unknown = UnknownValue(text.reason, f"{self.at(path)}[{index}]")
            elif isinstance(text, int | float):
                yield _written(text)
            elif text is not None:
                unknown = UnknownValue(Reason.MALFORMED, f"{self.at(path)}[{index}]", "expected a text")
        if unknown:
            raise unknown

    def entries(self, path: str) -> dict[str, object]:
        """Return a map such as tags: keys to plain values or `Unknown`."""
        value = self._known(path)
        if isinstance(value, str) and value:
            value = parse_json(value, self.at(path))
        if value is None or value == "":
            return {}
        if not isinstance(value, dict):
            raise self._malformed(path, "a map")
        return entries_of(value)


def holders(block: Block, path: str) -> Iterator[tuple[Block, str]]:
    """Yield each block that may hold the property at a path such as `users[].password`, and the rest of the path from there.

    Raises `UnknownValue` at the end of a list of which an item is not known.
    """
    items, listed, rest = path.partition("[].")
    if not listed:
        yield block, path
        return
    unknown: UnknownValue | None = None
    for item in block.each(items):
        try:
            yield from holders(item, rest)
        except UnknownValue as error:  # of a list in the item: it hides nothing of the other items
            unknown = error.with_traceback(None)
    if unknown:
        raise unknown


def entries_of(values: Properties) -> Properties:
    """Return a map as rules see it: keys to plain values or `Unknown`."""
    return {key: read(item) for key, item in values.items() if key != DEFAULTS}


def _written(value: object) -> str:
    """Write a number as Terraform does: the engine sends every number as a float."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)


def parse_json(text: str, path: str) -> object:
    """Decode JSON text found at a property path; `UnknownValue` (malformed) says what is wrong without quoting it."""
    try:
        return _JSON.decode(text)
    except RecursionError:
        wrong = f"JSON nested deeper than {DEEPEST}"
    except ValueError as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        wrong = f"not valid JSON{place}"
    raise UnknownValue(Reason.MALFORMED, path, wrong)  # out here: the decoder's error holds the text
