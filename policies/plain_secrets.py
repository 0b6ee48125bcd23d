"""Secrets that stand in a program or a state as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.rule import Violation
from policies.unknown import Reason, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block


def plain_secret_violations(block: Block, path: str) -> Iterator[Violation]:
    """Yield what is wrong where a property must be a secret: a text that is set and not marked as one.

    A mark is an answer, so a secret passes. Any other value that is not known raises `UnknownValue`: it may turn out to
    be plain text.
    """
    value = block.value(path)
    if isinstance(value, Unknown) and value.reason is Reason.SECRET:
        return
    if block.text(path):
        yield Violation(f"{block.at(path)} is plain text, not a secret", at=block.at(path))
