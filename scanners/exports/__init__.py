"""Stack -> a document that other tools read: one format a module, each with `export(stack)`, which returns it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.stack import Stack


class LeftOut(NamedTuple):
    """A resource that a document does not hold, and why. `lost` says that it belongs there: the document is not whole."""

    urn: str
    type: str
    why: str
    lost: bool = False


class Document(Protocol):
    """What a format makes of a stack."""

    @property
    def left_out(self) -> Sequence[LeftOut]:
        """The resources that it does not hold."""

    def text(self) -> Iterator[str]:
        """Yield it in parts, ending in a line break."""


EXPORTS = {"terraform-plan": "scanners.exports.terraform_plan"}
"""Format name to the module that makes it; a module is imported when its format is asked for."""


def export(stack: Stack, format_: str) -> Document:
    """Return a stack as a document in a format of `EXPORTS`."""
    document: Document = import_module(EXPORTS[format_]).export(stack)
    return document
