"""Encryption of SQS queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import AT_REST, FSBP, IN_TRANSIT
from policies.customer_key import customer_key_rule
from policies.encryption.plain_http import PolicyPlace, plain_http_violations, tls_policy
from policies.fix import Fix
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"


@rule(
    applies_to=(QUEUE,),
    severity=Severity.HIGH,
    remedy="Leave sqsManagedSseEnabled out or set it to true, or set kmsMasterKeyId.",
    controls=(FSBP["SQS.1"], *AT_REST),
    checkov=("CKV_AWS_27",),
    topic="Encryption at rest in Amazon SQS",
    passes=(
        {},
        {"sqsManagedSseEnabled": True},
        {"kmsMasterKeyId": "alias/queues", "sqsManagedSseEnabled": False},
        {"kmsMasterKeyId": UNKNOWN, "sqsManagedSseEnabled": False},
    ),
    fails=({"sqsManagedSseEnabled": False}, {"kmsMasterKeyId": "", "sqsManagedSseEnabled": False}),
    undecided=({"sqsManagedSseEnabled": UNKNOWN},),
)
def sqs_queue_encrypted(queue: Resource) -> Iterator[Violation]:
    """SQS queues are encrypted.

    SQS encrypts new queues by itself, so an unencrypted one was switched off on purpose.
    """
    if not queue.has("kmsMasterKeyId") and not queue.flag("sqsManagedSseEnabled", default=True):
        fix = Fix({"sqsManagedSseEnabled": True})
        yield Violation("encryption is switched off", at="sqsManagedSseEnabled", fix=fix)


class QueuePolicies(NamedTuple):
    """Whether a queue must have a policy."""

    require_policy: Annotated[bool, "Fail queues without a policy as well: IAM may still let programs use plain HTTP."] = False


POLICY_REQUIRED = QueuePolicies(require_policy=True)
THE_QUEUE = Reference("example", "url")


def _attached(policy: object, **changes: object) -> Example:
    return Example({"queueUrl": THE_QUEUE, "policy": policy, **changes}, type=QUEUE_POLICY, name="policy")


@rule(
    applies_to=(QUEUE, QUEUE_POLICY),
    severity=Severity.MEDIUM,
    remedy="Add to the queue policy a Deny of sqs:* for principal *, with the condition Bool aws:SecureTransport false.",
    controls=IN_TRANSIT,
    topic="Amazon SQS security best practices: enforce encryption of data in transit",
    parameters=QueuePolicies,
    passes=(
        {},
        {"policy": tls_policy("sqs:*")},
        {"policy": tls_policy("*", Principal={"AWS": "*"})},
        Example({}, related=(_attached(tls_policy("SQS:*")),)),
        Example({"policy": tls_policy("sqs:*")}, parameters=POLICY_REQUIRED),
        Example({"queueUrl": "made-elsewhere", "policy": tls_policy("sqs:*")}, type=QUEUE_POLICY),
        Example(  # the queue answers for its policy
            {"queueUrl": Reference("queue", "url"), "policy": tls_policy("sqs:*", Effect="Allow")},
            type=QUEUE_POLICY,
            related=(Example({}, type=QUEUE, name="queue"),),
        ),
    ),
    fails=(
        {"policy": tls_policy("sqs:*", Effect="Allow")},
        {"policy": tls_policy("sqs:SendMessage")},
        {"policy": tls_policy("sqs:*", Principal={"AWS": "111122223333"})},
        {"policy": tls_policy("sqs:*", Condition={"Bool": {"aws:SecureTransport": "true"}})},
        Example({}, parameters=POLICY_REQUIRED),
        Example({}, related=(_attached(tls_policy("sqs:*", Effect="Allow")),)),
        Example({"queueUrl": "made-elsewhere", "policy": tls_policy("sqs:SendMessage")}, type=QUEUE_POLICY),
    ),
    undecided=(
        {"policy": UNKNOWN},
        Example({}, related=(_attached(UNKNOWN),)),
        Example({}, related=(_attached(tls_policy("sqs:*"), queueUrl=UNKNOWN),)),
        Example({"queueUrl": UNKNOWN, "policy": tls_policy("sqs:SendMessage")}, type=QUEUE_POLICY),
    ),
)
def sqs_queue_policy_denies_plain_http(subject: Resource, stack: Stack, parameters: QueuePolicies) -> Iterator[Violation]:
    """SQS queue policies deny requests over plain HTTP.

    SQS answers HTTP as well as HTTPS. Only a Deny in the queue policy keeps a client from sending messages in plain text.
    """
    place = PolicyPlace(QUEUE, QUEUE_POLICY, "queueUrl")
    yield from plain_http_violations(subject, stack, place, "sqs:*", policy_required=parameters.require_policy)


RULES = (
    customer_key_rule(
        "sqs-queue",
        (QUEUE,),
        "kmsMasterKeyId",
        what="SQS queues",
        why=(
            "SQS encrypts with a key of its own otherwise. With a key of your own you decide who may read messages, and see"
            " each use of the key in CloudTrail."
        ),
        severity=Severity.LOW,
        remedy="Set kmsMasterKeyId to a key that you manage, and let the AWS services that send to the queue use it.",
        checkov=("CKV2_AWS_73",),
        topic="Encryption at rest in Amazon SQS",
    ),
)
