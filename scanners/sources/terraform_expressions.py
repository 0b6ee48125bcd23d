"""What is known of a Terraform expression without computing it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Inserted(NamedTuple):
    """The text of an expression whose value stands in a template, or is a value itself."""

    text: str


class Expression(NamedTuple):
    """A value that only Terraform can compute. `references` name what it refers to, such as `aws_kms_key.main`.

    `nullable` says that it may turn out to be null, which is the same as not being set. `parts` are the texts and the
    expressions of which it is put together; none where something else is done with them.
    """

    references: tuple[str, ...] = ()
    nullable: bool = True
    parts: tuple[str | Inserted, ...] = ()


class Encoded(NamedTuple):
    """The argument of `jsonencode`: its keys are data, not names of properties."""

    value: object


_REFERENCE = re.compile(r"(?<![\w.\-])([^\W\d][\w-]*)\.([^\W\d][\w-]*)((?:\[[^\[\]\n]{0,200}\])?)")
_TRAVERSAL = re.compile(r"\s*([^\W\d][\w-]*)(\.[\w-]+|\[[^\[\]*\n]{1,200}\])+\s*")
_MAY_BE_NULL = frozenset({"var", "local", "each", "module", "self"})


def expression_of(text: str) -> Expression:
    """Return what is known of an expression from its text."""
    traversal = _TRAVERSAL.fullmatch(text)
    nullable = traversal is None or traversal[1] in _MAY_BE_NULL
    return Expression(references_in(text), nullable, (Inserted(text.strip()),))


def references_in(text: str) -> tuple[str, ...]:
    """Return what an expression refers to: resources, and names of its own such as those of an iteration."""

    def names() -> Iterator[str]:
        for found in _REFERENCE.finditer(text):
            if found[1] not in _MAY_BE_NULL and found[1] not in {"data", "count", "path", "terraform"}:
                yield f"{found[1]}.{found[2]}{found[3]}"

    return tuple(dict.fromkeys(names()))
