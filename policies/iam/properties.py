"""Properties that name whom something is open to, wherever they stand in a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.block import Block, holders

if TYPE_CHECKING:
    from collections.abc import Iterator


class Property(NamedTuple):
    """A property, and the block that it stands in."""

    block: Block
    name: str

    @property
    def path(self) -> str:
        """The path from the resource."""
        return self.block.at(self.name)

    def texts(self) -> Iterator[str]:
        """Yield the text that stands there, or each text of a list; nothing where the property is not set.

        Raises `UnknownValue` at the end for those that are not known.
        """
        if isinstance(self.block.value(self.name), list):
            yield from self.block.texts(self.name)
        elif text := self.block.text(self.name):
            yield text


def properties(block: Block, path: str) -> Iterator[Property]:
    """Yield the property at a path: each one where the path leads through lists, as `distributions[].region` does.

    Raises `UnknownValue` at the end of a list of which an item is not known.
    """
    return (Property(*found) for found in holders(block, path))
