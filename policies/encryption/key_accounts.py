"""Whose KMS keys the resources of a stack use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.block import holders
from policies.controls import KEY_LIFECYCLE
from policies.customer_key import KEY_ARN
from policies.encryption.key_properties import KEY_PROPERTIES
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

QUEUE = "aws:sqs/queue:Queue"
INSTANCE = "aws:ec2/instance:Instance"
FOREIGN_KEY = KEY_ARN.replace("111122223333", "444455556666")


class TrustedAccounts(NamedTuple):
    """The accounts whose keys may be used."""

    accounts: Annotated[
        tuple[str, ...],
        "Account ids whose KMS keys may be used, the account of the stack among them; with none, every key passes.",
    ] = ()


TRUSTED = TrustedAccounts(accounts=("111122223333",))


@rule(
    applies_to=KEY_PROPERTIES,
    severity=Severity.MEDIUM,
    remedy="Name a key of one of your accounts, or add the key's account to the rule's accounts.",
    controls=KEY_LIFECYCLE,
    topic="Allowing users in other accounts to use a KMS key",
    parameters=TrustedAccounts,
    passes=(
        Example({"kmsMasterKeyId": FOREIGN_KEY}, type=QUEUE),
        Example({}, type=QUEUE, parameters=TRUSTED),
        Example({"kmsMasterKeyId": KEY_ARN}, type=QUEUE, parameters=TRUSTED),
        Example({"kmsMasterKeyId": "alias/queues"}, type=QUEUE, parameters=TRUSTED),
        Example({"ebsBlockDevices": [{"kmsKeyId": KEY_ARN}]}, type=INSTANCE, parameters=TRUSTED),
    ),
    fails=(
        Example({"kmsMasterKeyId": FOREIGN_KEY}, type=QUEUE, parameters=TRUSTED),
        Example(
            {"ebsBlockDevices": [{}, {"kmsKeyId": FOREIGN_KEY}], "rootBlockDevice": {"kmsKeyId": KEY_ARN}},
            type=INSTANCE,
            parameters=TRUSTED,
        ),
        Example({"ebsBlockDevices": UNKNOWN, "rootBlockDevice": {"kmsKeyId": FOREIGN_KEY}}, type=INSTANCE, parameters=TRUSTED),
    ),
    undecided=(
        Example({"kmsMasterKeyId": UNKNOWN}, type=QUEUE, parameters=TRUSTED),
        Example({"ebsBlockDevices": [{"kmsKeyId": UNKNOWN}, {"kmsKeyId": KEY_ARN}]}, type=INSTANCE, parameters=TRUSTED),
    ),
)
def kms_key_in_trusted_account(resource: Resource, parameters: TrustedAccounts) -> Iterator[Violation]:
    """Resources use only KMS keys of accounts that you trust.

    Whoever owns the key can withdraw it, and the data with it. The rule must be configured: it passes everything until
    accounts lists the trusted ones. Keys named by id or alias are of the stack's own account and pass.
    """
    if parameters.accounts:
        paths = KEY_PROPERTIES[resource.type]
        yield from in_turn(*(_foreign_keys(resource, path, parameters.accounts) for path in paths))


def _foreign_keys(resource: Resource, path: str, trusted: tuple[str, ...]) -> Iterator[Violation]:
    for block, name in holders(resource, path):
        key = block.text(name)
        if key.startswith("arn:") and _account(key) not in trusted:
            at = block.at(name)
            yield Violation(f"{at} names a key of an account that is not trusted", at=at)


def _account(arn: str) -> str:
    return arn.split(":")[4] if arn.count(":") >= 5 else ""  # noqa: PLR2004  (the colons of an ARN)
