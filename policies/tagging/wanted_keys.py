"""Tag keys that must stand somewhere, and what is missing of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.block import Block


class WantedKeys(NamedTuple):
    """The tag keys that must be there."""

    keys: Annotated[tuple[str, ...], "Tag keys that must be there; with none, any tag will do."] = ()


OWNER = WantedKeys(("Owner",))
"""For examples: the key Owner is wanted."""


def lack(present: Iterable[str], wanted: tuple[str, ...]) -> str:
    """Return what tags are missing, as a clause; nothing where none is. Raises what `present` raises before that is clear."""
    if not wanted:
        return "" if any(True for _ in present) else "there are no tags"
    missing = dict.fromkeys(wanted)
    for key in present:
        missing.pop(key, None)
        if not missing:
            return ""
    return f"missing tags: {', '.join(missing)}"


def keys_in(block: Block, path: str) -> Iterator[str]:
    """Yield the keys of a map of tags."""
    yield from block.entries(path)
