"""Values that a native resource writes in another way than its twin. What is not of the expected shape stays as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.provider.native.twin import Field
from policies.unknown import COMPUTED, Reason, Unknown, read

if TYPE_CHECKING:
    from collections.abc import Callable


def tag_map(value: object) -> object:
    """Return a list of keys and values as a map; unknown as a whole where a key is."""
    tags = read(value)
    if not isinstance(tags, list):
        return value
    found: dict[str, object] = {}
    for item in map(read, tags):
        if not isinstance(item, dict):
            return item if isinstance(item, Unknown) else value
        key = read(item.get("key"))
        if not isinstance(key, str):
            return key if isinstance(key, Unknown) else value
        found[key] = item.get("value")
    return found


def kebab_case(value: object) -> object:
    """Return `PublicRead` as `public-read`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", value).lower() if isinstance(value, str) and value.isalpha() else value


def is_enabled(value: object) -> object:
    """Return whether a word such as `Enabled` or `DISABLED` says so."""
    return value.lower() == "enabled" if isinstance(value, str) and value.isalpha() else value


def only_item(value: object) -> object:
    """Return the one item of a list; unknown where there are several: the twin has room for one."""
    items = read(value)
    if not isinstance(items, list):
        return value
    return items[0] if len(items) == 1 else COMPUTED if items else None


def listed(value: object) -> object:
    """Return a value as a list of one."""
    return value if value is None or isinstance(read(value), list) else [value]


def texts_of(name: str) -> Callable[[object], object]:
    """Return what makes a list of texts of a list of objects that hold each under a name."""

    def convert(value: object) -> object:
        items = read(value)
        if not isinstance(items, list):
            return value
        return [item.get(name) if isinstance(item, dict) else item for item in map(read, items)]

    return convert


def malformed_unless(value: object, kind: type) -> object:
    """Return a value of a kind, or the unknown that it is."""
    known = read(value)
    return known if isinstance(known, kind | Unknown) else Unknown(Reason.MALFORMED)


TAGS = Field("tags", convert=tag_map)
TAGGED = {"tags": TAGS}
