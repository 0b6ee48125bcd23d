"""Encryption of SNS topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import AT_REST, IN_TRANSIT
from policies.customer_key import customer_key_rule
from policies.encryption.plain_http import PolicyPlace, plain_http_violations, tls_policy
from policies.rule import Example, Reference, Severity, Violation, rule
from policies.rule_tables import must_be_set
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"


class TopicPolicies(NamedTuple):
    """Whether a topic must have a policy."""

    require_policy: Annotated[bool, "Fail topics without a policy as well: IAM may still let programs use plain HTTP."] = False


POLICY_REQUIRED = TopicPolicies(require_policy=True)
PUBLISH = "sns:Publish"
THE_TOPIC = Reference("example", "arn")


def _attached(policy: object, **changes: object) -> Example:
    return Example({"arn": THE_TOPIC, "policy": policy, **changes}, type=TOPIC_POLICY, name="policy")


@rule(
    applies_to=(TOPIC, TOPIC_POLICY),
    severity=Severity.MEDIUM,
    remedy="Add to the topic policy a Deny of sns:Publish for principal *, with the condition Bool aws:SecureTransport false.",
    controls=IN_TRANSIT,
    topic="Amazon SNS security best practices: enforce encryption of data in transit",
    parameters=TopicPolicies,
    passes=(
        {},
        {"policy": tls_policy(PUBLISH)},
        {"policy": tls_policy("SNS:*", Principal={"AWS": "*"})},
        Example({}, related=(_attached(tls_policy(PUBLISH)),)),
        Example({"policy": tls_policy(PUBLISH)}, parameters=POLICY_REQUIRED),
        Example({"arn": "made-elsewhere", "policy": tls_policy(PUBLISH)}, type=TOPIC_POLICY),
        Example(  # the topic answers for its policy
            {"arn": Reference("topic", "arn"), "policy": tls_policy(PUBLISH, Effect="Allow")},
            type=TOPIC_POLICY,
            related=(Example({}, type=TOPIC, name="topic"),),
        ),
    ),
    fails=(
        {"policy": tls_policy(PUBLISH, Effect="Allow")},
        {"policy": tls_policy("sns:Subscribe")},
        {"policy": tls_policy(PUBLISH, Principal={"AWS": "111122223333"})},
        {"policy": tls_policy(PUBLISH, Condition={"Bool": {"aws:SecureTransport": "true"}})},
        Example({}, parameters=POLICY_REQUIRED),
        Example({}, related=(_attached(tls_policy(PUBLISH, Effect="Allow")),)),
        Example({"arn": "made-elsewhere", "policy": tls_policy("sns:Subscribe")}, type=TOPIC_POLICY),
    ),
    undecided=(
        {"policy": UNKNOWN},
        Example({}, related=(_attached(UNKNOWN),)),
        Example({}, related=(_attached(tls_policy(PUBLISH), arn=UNKNOWN),)),
        Example({"arn": UNKNOWN, "policy": tls_policy("sns:Subscribe")}, type=TOPIC_POLICY),
    ),
)
def sns_topic_policy_denies_plain_http(subject: Resource, stack: Stack, parameters: TopicPolicies) -> Iterator[Violation]:
    """SNS topic policies deny publishing over plain HTTP.

    SNS answers HTTP as well as HTTPS. Only a Deny in the topic policy keeps a client from publishing in plain text.
    """
    place = PolicyPlace(TOPIC, TOPIC_POLICY, "arn")
    yield from plain_http_violations(subject, stack, place, PUBLISH, policy_required=parameters.require_policy)


@rule(
    applies_to=("aws:sns/topicSubscription:TopicSubscription",),
    severity=Severity.HIGH,
    remedy="Set protocol to https and endpoint to an HTTPS address; this replaces the subscription.",
    controls=IN_TRANSIT,
    topic="Amazon SNS message delivery to HTTPS endpoints",
    passes=({"protocol": "https"}, {"protocol": "sqs"}),
    fails=({"protocol": "http"},),
    undecided=({"protocol": UNKNOWN},),
)
def sns_subscription_uses_https(subscription: Resource) -> Iterator[Violation]:
    """SNS subscriptions do not deliver over plain HTTP.

    SNS sends the messages of such a subscription in plain text: they can be read and changed on the way.
    """
    # AWS refuses an endpoint whose scheme is not that of the protocol
    if subscription.text("protocol") == "http":
        yield Violation("the subscription delivers over plain HTTP", at="protocol")


RULES = (
    must_be_set(
        "sns-topic-encrypted",
        (TOPIC,),
        "kmsMasterKeyId",
        title="SNS topics are encrypted with a KMS key.",
        why="SNS encrypts its disks by itself; a KMS key decides who may read messages and shows each use in CloudTrail.",
        severity=Severity.MEDIUM,
        # no fix: under the key alias/aws/sns other AWS services can no longer publish to the topic
        remedy="Set kmsMasterKeyId to a key that you manage, or to alias/aws/sns if no AWS service publishes to the topic.",
        example="alias/aws/sns",
        controls=AT_REST,
        checkov=("CKV_AWS_26",),
        topic="Encrypting Amazon SNS topics",
    ),
    customer_key_rule(
        "sns-topic",
        (TOPIC,),
        "kmsMasterKeyId",
        what="SNS topics",
        why=(
            "The policy of the key alias/aws/sns cannot be changed. With a key of your own you decide who may read messages,"
            " AWS services among them, and you can withdraw it."
        ),
        severity=Severity.LOW,
        remedy="Set kmsMasterKeyId to a key that you manage, and let the AWS services that publish to the topic use it.",
        topic="Encrypting Amazon SNS topics",
    ),
)
