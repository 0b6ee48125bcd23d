"""The tags that a resource will carry: its own, and the default tags of its provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.block import Block
from policies.fix import path_to
from policies.unknown import Reason, Unknown, UnknownValue, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policies.resource import Resource


class Tags(NamedTuple):
    """Tags as far as they are known: keys to texts or Unknown. `reason` says why there may be others; if any."""

    entries: dict[str, object]
    reason: Reason | None = None

    def keys(self) -> Iterator[str]:
        """Yield the keys, also those whose value is unknown; raises `UnknownValue` at the end if there may be others."""
        yield from self.entries
        self.require_all()

    def texts(self, keys: Iterable[str] | None = None) -> Iterator[tuple[str, str]]:
        """Yield keys and values, of all tags or of those with some keys; raises `UnknownValue` at the end if one is unknown."""
        unknown: UnknownValue | None = None
        complete = True
        for key in self.entries if keys is None else keys:
            value = self.entries.get(key)
            if value is None:
                complete = False
                continue
            text = _text(value)
            if isinstance(text, Unknown):
                detail = "expected a text" if text.reason is Reason.MALFORMED else ""
                unknown = UnknownValue(text.reason, path_to("tags", key), detail)
            else:
                yield key, text
        if unknown:
            raise unknown
        if keys is None or not complete:
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


def tags_of(resource: Resource) -> Tags:
    """Return the effective tags of a resource of a type that takes tags; read once per resource.

    The provider adds the input `tagsAll`: `tags` merged with its default tags. While one value is unknown the whole of
    `tagsAll` is; then, and in sources without it, the merge is made here, so that the keys are known all the same.
    """
    return resource.once("effective tags", lambda: _read(resource))


def default_tags(provider: Resource) -> Tags:
    """Return the default tags of an AWS provider."""
    return provider.once("default tags", lambda: _tags(lambda: _object(provider, "defaultTags").entries("tags")))


def ignored_by(provider: Resource) -> Block:
    """Return what an AWS provider is told to ignore: lists `keys` and `keyPrefixes`."""
    return _object(provider, "ignoreTags")


def _read(resource: Resource) -> Tags:
    all_tags = resource.value("tagsAll")
    if all_tags is not None and not isinstance(all_tags, Unknown):
        return _tags(lambda: resource.entries("tagsAll"))
    own = _tags(lambda: resource.entries("tags"))
    provider = resource.provider
    if provider is None:
        return own if all_tags is None else Tags(own.entries, all_tags.reason)
    default = default_tags(provider)
    inherited = dict.fromkeys(default.entries, Unknown(own.reason)) if own.reason else default.entries  # tags overwrite them
    merged = _tags(lambda: _without_ignored({**inherited, **own.entries}, provider))
    return Tags(merged.entries, merged.reason or own.reason or default.reason)


def _tags(entries: Callable[[], dict[str, object]]) -> Tags:
    try:
        return Tags({key: value for key, value in entries().items() if value is not None})
    except UnknownValue as error:
        return Tags({}, error.reason)


def _object(provider: Resource, name: str) -> Block:
    """Return an object among a provider's inputs: all but texts arrive as JSON text."""
    value = read(provider.json(name))
    if isinstance(value, Unknown):
        raise UnknownValue(value.reason, name)
    if value is not None and not isinstance(value, dict):
        raise UnknownValue(Reason.MALFORMED, name, "expected an object")
    return Block(value or {}, name)


def _without_ignored(tags: dict[str, object], provider: Resource) -> dict[str, object]:
    """Leave out the tags that the provider is told to ignore, as it does itself."""
    ignored = ignored_by(provider)
    keys, prefixes = set(ignored.texts("keys")), tuple(ignored.texts("keyPrefixes"))
    return {key: value for key, value in tags.items() if key not in keys and not key.startswith(prefixes)}


def _text(value: object) -> str | Unknown:
    """Return the value of a tag as AWS gets it."""
    if isinstance(value, str | Unknown):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return Unknown(Reason.MALFORMED)
