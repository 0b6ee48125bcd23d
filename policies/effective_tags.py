"""The tags that a resource will carry: its own, and the default tags of its provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.block import Block, entries_of
from policies.tags import Tags
from policies.unknown import Reason, Unknown, UnknownValue, read

if TYPE_CHECKING:
    from policies.resource import Resource


def tags_of(resource: Resource) -> Tags:
    """Return the effective tags of a resource of a type that takes tags; read once per resource."""
    tags = resource.tags
    if tags is None:
        tags = resource.tags = read_tags(resource)
    return tags


def tags_if_any(resource: Resource) -> tuple[Tags, ...]:
    """Return the effective tags, nothing where it is certain that there are none: the `each` of rules that these pass."""
    tags = tags_of(resource)
    return (tags,) if tags.entries or tags.reason else ()


def read_tags(resource: Resource) -> Tags:
    """Return the effective tags without keeping them: for a look at every resource of a stack.

    The provider adds the input `tagsAll`: `tags` merged with its default tags. While one value is unknown the whole of
    `tagsAll` is; then, and in sources without it, the merge is made here, so that the keys are known all the same.
    """
    all_tags = resource.value("tagsAll")
    if isinstance(all_tags, dict):
        return Tags(entries_of(all_tags))
    if all_tags is not None and not isinstance(all_tags, Unknown):
        return _map(resource, "tagsAll")  # JSON text, or no map at all
    own = _map(resource, "tags")
    provider = resource.provider
    if provider is None:
        return own if all_tags is None else Tags(own.entries, all_tags.reason)
    default = default_tags(provider)
    inherited = dict.fromkeys(default.entries, Unknown(own.reason)) if own.reason else default.entries  # tags overwrite them
    try:
        merged = _without_ignored({**inherited, **own.entries}, provider)
    except UnknownValue as error:
        return Tags({}, error.reason)
    return Tags(merged, own.reason or default.reason)


def plain_tag(resource: Resource, key: str) -> str:
    """Return the value of a tag that stands as plain text where the program gave it; else nothing.

    That is among the tags of the resource or the default tags of its provider. `tagsAll` is not asked: the provider merges it,
    and a secret among what it merges is not marked as one there.
    """
    own = _map(resource, "tags")
    if own.reason:
        return ""
    value = own.entries.get(key)
    if value is None and resource.provider is not None:
        value = default_tags(resource.provider).entries.get(key)
    return value if isinstance(value, str) else ""


def default_tags(provider: Resource) -> Tags:
    """Return the default tags of an AWS provider; read once."""
    return provider.once("default tags", lambda: _read_default(provider))


def _read_default(provider: Resource) -> Tags:
    try:
        return _map(_object(provider, "defaultTags"), "tags")
    except UnknownValue as error:
        return Tags({}, error.reason)


def ignored_by(provider: Resource) -> Block:
    """Return what an AWS provider is told to ignore: lists `keys` and `keyPrefixes`."""
    return _object(provider, "ignoreTags")


def _map(block: Block, path: str) -> Tags:
    try:
        return Tags(block.entries(path))
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
