"""Customer managed keys of nested objects that need not be there, and of which there may be several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_row, customer_key_violations, merged
from policies.fix import nested
from policies.rule import Example, Rule, Severity
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.block import Block
    from policies.resource import Resource
    from policies.rule import Violation
    from policies.stack import Stack


def blocks_at(block: Block, path: str) -> Iterator[Block]:
    """Yield the objects at a dotted path, each part of which is an object or a list of them."""
    first, _, rest = path.partition(".")
    for inner in block.each(first):
        if rest:
            yield from blocks_at(inner, rest)
        else:
            yield inner


def nested_customer_key_rule(  # noqa: PLR0913  (what a line of the table holds)
    subject: str,
    applies_to: Iterable[str],
    blocks: str,
    path: str,
    *,
    what: str,
    why: str,
    severity: Severity = Severity.LOW,
    beside: Mapping[str, object] | None = None,
    checkov: Iterable[str] = (),
    topic: str = "",
) -> Rule:
    """Return the rule that every object at `blocks` must name a customer managed key by its property `path`.

    Where there is no such object there is nothing to judge. `beside` are properties that the object has in the
    examples; the rest is as in `customer_key_rule`.
    """

    def check(resource: Resource, stack: Stack) -> Iterator[Violation]:
        for block in blocks_at(resource, blocks):
            yield from customer_key_violations(resource, block, path, stack)

    def inputs(value: object) -> dict[str, object]:
        return nested(blocks, merged(dict(beside or {}), nested(path, value)))

    return customer_key_row(
        subject,
        applies_to,
        check,
        f"Set {path} in {blocks} to the ARN of a key that you manage.",
        passes=[{}, inputs(KEY_ARN), Example(inputs(KEY_OF_THE_STACK), related=RELATED_KEY)],
        fails=[nested(blocks, dict(beside or {})), inputs("alias/aws/service")],
        undecided=[inputs(UNKNOWN), nested(blocks, UNKNOWN)],
        what=what,
        why=why,
        severity=severity,
        checkov=checkov,
        topic=topic,
    )
