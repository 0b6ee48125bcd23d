"""Stack -> a document that other tools read: one format a module, each with `export(stack)`, which returns it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

from policies.unknown import UnknownValue
from scanners.sources.source import CHANGES, PREVIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.stack import Stack
    from scanners.sources.source import SourceStack

NO_REFERENCES = (
    "does not show which resource refers to which, so checks that follow references may be wrong: a preview in one document "
    "shows it, `pulumi preview --json` without PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
)
"""What to tell of a source that does not show references."""


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


def shows_references(source: SourceStack) -> bool:
    """Say whether a source shows what the properties depend on; of most resources it is an empty list that it shows."""
    if source.kind not in (PREVIEW, CHANGES):
        return True
    try:
        return any(resource.property_dependencies for resource in source.stack.resources)
    except UnknownValue:  # shown, in a form that is not understood
        return True
