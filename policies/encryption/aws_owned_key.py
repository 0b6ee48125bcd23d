"""Customer managed keys of services that have a word for a key of AWS's, such as AWS_OWNED_KMS_KEY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.fix import nested
from policies.rule import Example, Rule, Severity, Violation
from policies.rule_tables import row
from policies.unknown import UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack


def customer_key_rule_with_word(  # noqa: PLR0913  (what a line of the table holds)
    subject: str,
    type_: str,
    path: str,
    word: str,
    *,
    what: str,
    why: str,
    severity: Severity = Severity.LOW,
    topic: str = "",
) -> Rule:
    """Return the rule that a property must name a customer managed key, and not `word`, which stands for one of AWS's.

    The rest is as in `customer_key_rule`.
    """

    def check(resource: Resource, stack: Stack) -> Iterator[Violation]:
        if not isinstance(resource.value(path), Unknown) and resource.text(path) == word:
            yield Violation(f"{path} names a key that AWS owns", at=path)
        else:
            yield from customer_key_violations(resource, resource, path, stack)

    return row(
        f"{subject}-encrypted-with-customer-key",
        (type_,),
        check,
        f"Set {path} to the ARN of a key that you manage.",
        passes=[nested(path, KEY_ARN), Example(nested(path, KEY_OF_THE_STACK), related=RELATED_KEY)],
        fails=[{}, nested(path, word), nested(path, "alias/aws/service")],
        undecided=[nested(path, UNKNOWN)],
        title=f"{what} are encrypted with a customer managed key.",
        why=why,
        severity=severity,
        controls=CUSTOMER_KEY,
        topic=topic,
    )
