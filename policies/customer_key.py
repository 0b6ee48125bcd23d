"""Keys that the customer manages: what counts as one, and rules that ask for one in a line of a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.fix import nested, path_steps
from policies.rule import Example, Reference, Rule, Severity, Violation
from policies.rule_tables import row
from policies.unknown import UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policies.block import Block
    from policies.controls import Control
    from policies.resource import Resource
    from policies.stack import Stack

KEY = "aws:kms/key:Key"
KEYS = (
    KEY,
    "aws:kms/alias:Alias",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)

KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_OF_THE_STACK = Reference("key", "arn")
RELATED_KEY = (Example({}, type=KEY, name="key"),)

YOURS = " With a key of your own you decide who may use it, see each use in CloudTrail, and can withdraw it."
"""How the reason of many rules ends, after what AWS does by itself."""

_AWS_MANAGED = re.compile(r"(^|:)alias/aws/|^(AWS_OWNED(_KMS)?|S3_MANAGED)_KEY$", re.IGNORECASE)
"""Aliases of AWS managed keys, and the words that some services have for a key of AWS's."""


def is_customer_key(owner: Resource, block: Block, path: str, stack: Stack) -> bool:
    """Say whether a property names a key that the customer manages.

    `owner` is the resource, `block` it or an object nested in it, `path` the property of the block. False where nothing
    is set and for AWS's own keys. A key that is still being created counts if it is one of the stack's;
    other keys that are not known raise `UnknownValue`: they may be AWS managed.
    """
    if not block.has(path):
        return False
    if isinstance(block.value(path), Unknown):
        sources = owner.property_dependencies.get(str(path_steps(block.at(path))[0]), ())
        if any((source := stack.get(urn)) is not None and source.type in KEYS for urn in sources):
            return True
    return not _AWS_MANAGED.search(block.text(path))


def customer_key_violations(owner: Resource, block: Block, path: str, stack: Stack) -> Iterator[Violation]:
    """Yield what is wrong where a property must name a customer managed key; the arguments are `is_customer_key`'s."""
    if not is_customer_key(owner, block, path, stack):
        what = "names an AWS managed key" if block.has(path) else "is not set"
        yield Violation(f"{block.at(path)} {what}", at=block.at(path))


def customer_key_row(  # noqa: PLR0913  (what a line of the table holds)
    subject: str,
    applies_to: Iterable[str],
    check: Callable[..., Iterator[Violation]],
    remedy: str,
    *,
    passes: Iterable[Example | Mapping[str, object]],
    fails: Iterable[Example | Mapping[str, object]],
    undecided: Iterable[Example | Mapping[str, object]],
    what: str,
    why: str,
    severity: Severity = Severity.MEDIUM,
    controls: Iterable[Control] = (),
    checkov: Iterable[str] = (),
    topic: str = "",
) -> Rule:
    """Return the rule `<subject>-encrypted-with-customer-key` with a check of its own: for constructors.

    The rest is as in `customer_key_rule`.
    """
    return row(
        f"{subject}-encrypted-with-customer-key",
        applies_to,
        check,
        remedy,
        passes=passes,
        fails=fails,
        undecided=undecided,
        title=f"{what} are encrypted with a customer managed key.",
        why=why,
        severity=severity,
        controls=(*controls, *CUSTOMER_KEY),
        checkov=checkov,
        topic=topic,
    )


def customer_key_rule(  # noqa: PLR0913  (what a line of the table holds)
    subject: str,
    applies_to: Iterable[str],
    path: str,
    *,
    what: str,
    why: str,
    severity: Severity = Severity.MEDIUM,
    remedy: str = "",
    beside: Mapping[str, object] | None = None,
    controls: Iterable[Control] = (),
    checkov: Iterable[str] = (),
    topic: str = "",
    word: str = "",
) -> Rule:
    """Return the rule that one property must name a customer managed key; its id is `<subject>-encrypted-with-customer-key`.

    `what` are the resources in a title: "EFS file systems". `why` says what AWS does without such a key, and what is at
    stake. `beside` are inputs that the examples need as well, `word` is what the service calls a key of AWS's. `controls`
    come before those of every such rule. The first part of `path` may stand for a list of one object, not for more: that
    takes a function.
    """
    types = tuple(applies_to)

    def check(resource: Resource, stack: Stack) -> Iterator[Violation]:
        yield from customer_key_violations(resource, resource, path, stack)

    def inputs(value: object) -> dict[str, object]:
        return merged(dict(beside or {}), nested(path, value))

    return customer_key_row(
        subject,
        types,
        check,
        remedy or f"Set {path} to the ARN of a key that you manage.",
        passes=[inputs(KEY_ARN), Example(inputs(KEY_OF_THE_STACK), related=RELATED_KEY)],
        fails=[dict(beside or {}), inputs("alias/aws/service"), *([inputs(word)] if word else [])],
        undecided=[inputs(UNKNOWN)],
        what=what,
        why=why,
        severity=severity,
        controls=controls,
        checkov=checkov,
        topic=topic,
    )


def merged(first: dict[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Return two nested objects as one; the second wins."""
    result = dict(first)
    for key, value in second.items():
        before = result.get(key)
        result[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result
