"""Tags as rules see them: keys to texts, and what of them is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.fix import path_to
from policies.unknown import Reason, Unknown, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TEXT = frozenset({str})
_NOTHING = type(None)


class Tags:
    """Tags as far as they are known: keys to texts or Unknown. `reason` says why there may be others; if any."""

    __slots__ = ("_plain", "entries", "reason")

    def __init__(self, entries: dict[str, object], reason: Reason | None = None) -> None:
        """Hold the values as the source carries them; numbers and booleans become texts when a rule asks.

        A value of None is no tag.
        """
        types = set(map(type, entries.values()))
        if _NOTHING in types:
            entries = {key: value for key, value in entries.items() if value is not None}
        self.entries = entries
        self.reason = reason
        self._plain = reason is None and types <= _TEXT

    def keys(self) -> Iterable[str]:
        """Return the keys, also those whose value is unknown; raises `UnknownValue` at the end if there may be others."""
        return self._known_keys() if self.reason else self.entries

    def _known_keys(self) -> Iterator[str]:
        yield from self.entries
        self.require_all()

    def text(self, key: str) -> str | None:
        """Return the value of a tag, None where there is none; raises `UnknownValue` if that cannot be told."""
        value = self.entries.get(key)
        if value is None:
            self.require_all()
            return None
        text = _text(value)
        if isinstance(text, Unknown):
            raise _unknown(key, text)
        return text

    def texts(self, keys: Iterable[str] | None = None) -> Iterable[tuple[str, str]]:
        """Return keys and values, of all tags or of some keys; raises `UnknownValue` at the end if one is unknown."""
        if keys is None and self._plain:
            return self.entries.items()  # type: ignore[return-value]
        return self._known_texts(keys)

    def _known_texts(self, keys: Iterable[str] | None) -> Iterator[tuple[str, str]]:
        unknown: UnknownValue | None = None
        complete = keys is not None
        for key in self.entries if keys is None else keys:
            value = self.entries.get(key)
            if value is None:
                complete = False
                continue
            text = _text(value)
            if isinstance(text, Unknown):
                unknown = _unknown(key, text)
            else:
                yield key, text
        if unknown:
            raise unknown
        if not complete:
            self.require_all()

    def has(self, key: str) -> bool:
        """Say whether there is a tag with a key; raises `UnknownValue` if that cannot be told."""
        if key in self.entries:
            return True
        self.require_all()
        return False

    def require_all(self) -> None:
        """Raise `UnknownValue` if there may be other tags."""
        if self.reason:
            raise UnknownValue(self.reason, "tags", "not all tags are known")


def _unknown(key: str, value: Unknown) -> UnknownValue:
    detail = "expected a text" if value.reason is Reason.MALFORMED else ""
    return UnknownValue(value.reason, path_to("tags", key), detail)


def _text(value: object) -> str | Unknown:
    """Return the value of a tag as AWS gets it."""
    if isinstance(value, str | Unknown):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return Unknown(Reason.MALFORMED)
