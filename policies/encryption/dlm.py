"""Encryption of the copies that Data Lifecycle Manager makes in other Regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

POLICY = "aws:dlm/lifecyclePolicy:LifecyclePolicy"


def _copies(policy: Resource) -> Iterator[tuple[Resource, Block, str]]:
    """Yield each copy of a policy: the policy, the block, and where in it encryption stands."""
    for copy in policy.each("policyDetails.action.crossRegionCopies"):
        yield policy, copy, "encryptionConfiguration."
    for schedule in policy.each("policyDetails.schedules"):
        for copy in schedule.each("crossRegionCopyRules"):
            yield policy, copy, ""


def _scheduled(**copy: object) -> dict[str, object]:
    return {"policyDetails": {"schedules": [{"name": "daily", "crossRegionCopyRules": [{"target": "eu-central-1", **copy}]}]}}


def _on_event(**encryption: object) -> dict[str, object]:
    copy = {"target": "eu-central-1", "encryptionConfiguration": encryption}
    return {"policyDetails": {"policyType": "EVENT_BASED_POLICY", "action": {"name": "copy", "crossRegionCopies": [copy]}}}


@rule(
    applies_to=(POLICY,),
    severity=Severity.MEDIUM,  # copies of encrypted snapshots are encrypted all the same
    remedy="Set encrypted to true in each of crossRegionCopyRules and crossRegionCopies.",
    controls=AT_REST,
    checkov=("CKV_AWS_253", "CKV_AWS_255"),
    topic="Amazon Data Lifecycle Manager policies",
    each=_copies,
    passes=(
        {},
        {"policyDetails": {"schedules": [{"name": "daily"}]}},
        _scheduled(encrypted=True),
        _on_event(encrypted=True),
    ),
    fails=(_scheduled(encrypted=False), _scheduled(), _on_event(encrypted=False), _on_event()),
    undecided=(
        {"policyDetails": UNKNOWN},
        {"policyDetails": {"schedules": UNKNOWN}},
        _scheduled(encrypted=UNKNOWN),
        _on_event(encrypted=UNKNOWN),
    ),
)
def dlm_copies_encrypted(item: tuple[Resource, Block, str]) -> Iterator[Violation]:
    """Snapshots and images that Data Lifecycle Manager copies to other Regions are encrypted.

    Copies of unencrypted snapshots stay unencrypted unless the policy asks; those of encrypted ones are encrypted in any
    case. What the account does with new volumes where the copies go is not looked at.
    """
    _, copy, place = item
    if not copy.flag(f"{place}encrypted"):
        path = copy.at(f"{place}encrypted")
        yield Violation(f"{path} is not true", at=path, fix=Fix({path: True}))


@rule(
    applies_to=(POLICY,),
    severity=Severity.MEDIUM,
    remedy="Set cmkArn in each of crossRegionCopyRules and crossRegionCopies to a key that you manage in the target Region.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_254", "CKV_AWS_256"),
    topic="Amazon Data Lifecycle Manager policies",
    each=_copies,
    passes=(
        {},
        _scheduled(encrypted=True, cmkArn=KEY_ARN),
        _on_event(encrypted=True, cmkArn=KEY_ARN),
        Example(_scheduled(encrypted=True, cmkArn=KEY_OF_THE_STACK), related=RELATED_KEY),
    ),
    fails=(
        _scheduled(encrypted=True),
        _scheduled(encrypted=True, cmkArn="arn:aws:kms:eu-central-1:111122223333:alias/aws/ebs"),
        _on_event(encrypted=True),
    ),
    undecided=(
        {"policyDetails": UNKNOWN},
        _scheduled(encrypted=True, cmkArn=UNKNOWN),
        _on_event(encrypted=True, cmkArn=UNKNOWN),
    ),
)
def dlm_copies_encrypted_with_customer_key(item: tuple[Resource, Block, str], stack: Stack) -> Iterator[Violation]:
    """Snapshots and images copied by Data Lifecycle Manager are encrypted with a customer managed key.

    Without a key the default key of the target Region encrypts, which is aws/ebs unless someone changed it. With a key of
    your own you decide who may decrypt, and you can withdraw it.
    """
    policy, copy, place = item
    yield from customer_key_violations(policy, copy, f"{place}cmkArn", stack)
