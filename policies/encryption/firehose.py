"""Encryption of Firehose delivery streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, CUSTOMER_KEY, FSBP
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

DELIVERY_STREAM = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
FROM_A_STREAM = {"kinesisSourceConfiguration": {"kinesisStreamArn": UNKNOWN}}
FROM_MSK = {"mskSourceConfiguration": {"mskClusterArn": UNKNOWN}}


@rule(
    applies_to=(DELIVERY_STREAM,),
    severity=Severity.HIGH,
    remedy="Set serverSideEncryption.enabled to true.",
    controls=(FSBP["DataFirehose.1"], *AT_REST),
    checkov=("CKV_AWS_240",),
    topic="Data protection in Amazon Data Firehose",
    passes=({"serverSideEncryption": {"enabled": True}}, FROM_A_STREAM, FROM_MSK),
    fails=({}, {"serverSideEncryption": {"enabled": False}}, {"serverSideEncryption": {"keyArn": KEY_ARN}}),
    undecided=({"serverSideEncryption": {"enabled": UNKNOWN}}, {"serverSideEncryption": UNKNOWN}),
)
def firehose_stream_encrypted(stream: Resource) -> Iterator[Violation]:
    """Firehose delivery streams are encrypted.

    Firehose keeps records until it has delivered them, for up to a day, and unencrypted unless asked. Where a Kinesis
    stream or MSK feeds it, it keeps nothing itself and cannot be asked.
    """
    path = "serverSideEncryption.enabled"
    if not _is_fed(stream) and not stream.flag(path):
        yield Violation("the delivery stream does not encrypt what it keeps", at=path, fix=Fix({path: True}))


def _encryption(**changes: object) -> dict[str, object]:
    settings = {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": KEY_ARN, **changes}
    return {"serverSideEncryption": settings}


@rule(
    applies_to=(DELIVERY_STREAM,),
    severity=Severity.MEDIUM,
    remedy="Set serverSideEncryption.keyType to CUSTOMER_MANAGED_CMK, and keyArn to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_241",),
    topic="Data protection in Amazon Data Firehose",
    passes=(
        _encryption(),
        Example(_encryption(keyArn=KEY_OF_THE_STACK), related=RELATED_KEY),
        FROM_A_STREAM,
        FROM_MSK,
    ),
    fails=({}, _encryption(enabled=False), _encryption(keyType="AWS_OWNED_CMK"), _encryption(keyArn=None)),
    undecided=(_encryption(enabled=UNKNOWN), _encryption(keyType=UNKNOWN), _encryption(keyArn=UNKNOWN)),
)
def firehose_stream_encrypted_with_customer_key(stream: Resource, stack: Stack) -> Iterator[Violation]:
    """Firehose delivery streams are encrypted with a customer managed key.

    Otherwise Firehose uses a key that AWS owns. With a key of your own you decide who may decrypt, see each use of the key
    in CloudTrail, and can withdraw it.
    """
    if _is_fed(stream):
        return
    path = "serverSideEncryption.keyType"
    if not stream.flag("serverSideEncryption.enabled"):
        yield Violation("the delivery stream does not encrypt what it keeps", at="serverSideEncryption.enabled")
    elif stream.text(path) != "CUSTOMER_MANAGED_CMK":
        yield Violation(f"{path} is not CUSTOMER_MANAGED_CMK", at=path)
    else:
        yield from customer_key_violations(stream, stream, "serverSideEncryption.keyArn", stack)


def _is_fed(stream: Resource) -> bool:
    """Say whether a stream is the source: its own encryption covers the records then."""
    return stream.has("kinesisSourceConfiguration") or stream.has("mskSourceConfiguration")
