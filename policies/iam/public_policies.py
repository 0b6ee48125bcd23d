"""Resource policies that let everyone in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.iam.resource_policies import (
    ACCESS_POINT,
    ACCESS_POINTS,
    EFS_POLICY,
    FSX_ACCESS_POINT,
    KEYS,
    OTHERS,
    QUEUE,
    QUEUES,
    REPOSITORIES,
    SECRETS,
    TOPIC,
    TOPICS,
    VAULT,
    Grant,
    element,
    grants,
)
from policies.iam_analysis.holes import unknown
from policies.iam_analysis.public import ACCESS_POINTS as AT_ACCESS_POINTS
from policies.iam_analysis.public import CALLERS, exposure
from policies.iam_analysis.strangers import CLOSED, entry
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.iam_analysis.model import Statement
    from policies.iam_analysis.strangers import Entry
    from policies.resource import Resource

_VPC_OF_ACCESS_POINT = {ACCESS_POINT: "vpcConfiguration", FSX_ACCESS_POINT: "s3AccessPoint.vpcConfiguration"}


def open_grants(grant: Grant) -> Iterator[Violation]:
    """Yield a violation for a statement that lets strangers in; raises `UnknownValue` where that cannot be told."""
    statement = grant.statement
    definition = AT_ACCESS_POINTS if grant.resource.type in ACCESS_POINTS else CALLERS
    found = entry(statement, grant.document, definition)
    if found == CLOSED or _is_in_a_vpc(grant.resource):
        return
    if not found.is_open:
        raise unknown(found.holes)
    yield Violation(opening(statement, found), at=element(statement, "Principal"), exposed_to=found.who)


def is_open(grant: Grant) -> bool:
    """Say whether a statement lets strangers in; raises `UnknownValue` where that cannot be told."""
    found = entry(grant.statement, grant.document)
    if found.holes:
        raise unknown(found.holes)
    return found.is_open


def _is_in_a_vpc(resource: Resource) -> bool:
    """Say whether this is an access point that is reached from one VPC alone: S3 never takes it for public."""
    path = _VPC_OF_ACCESS_POINT.get(resource.type)
    return path is not None and resource.has(path)


def opening(statement: Statement, found: Entry) -> str:
    """Say how a statement is open: to whom, for what, and which condition does not help."""
    name = "NotPrincipal" if statement.principals and statement.principals.negated else "Principal"
    action = found.action if ":" in found.action or found.action == "*" else "an action"
    resource = found.resource if found.resource.startswith("arn:") or found.resource == "*" else "a resource"
    request = f"call {action} on {resource}"
    seeming = exposure(statement).seeming
    why = f"; {seeming[0][0]} {seeming[0][1]}" if seeming else ""
    return f"no condition narrows the {name} to accounts, an organization or a network: {found.who} may {request}{why}"


def policy_of(principal: object, condition: object = None, **elements: object) -> dict[str, object]:
    """Return inputs whose policy has one statement, as an object."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*", **elements}
    return {"policy": {"Version": "2012-10-17", "Statement": statement | ({"Condition": condition} if condition else {})}}


def as_text(inputs: dict[str, object]) -> dict[str, object]:
    """Return the inputs with their policy as JSON text."""
    return {"policy": json.dumps(inputs["policy"])}


_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
PASSES: tuple[dict[str, object], ...] = (
    {},
    {"policy": ""},
    {"policy": "{}"},
    policy_of({"AWS": "arn:aws:iam::111122223333:root"}),
    as_text(policy_of("*", _ACCOUNT)),
    policy_of("*", Effect="Deny"),
    policy_of({"Service": ["sns.amazonaws.com", UNKNOWN]}),
)
FAILS = (
    policy_of("*"),
    as_text(policy_of({"AWS": ["111122223333", "*"]}, {"Bool": {"aws:SecureTransport": "true"}})),
    policy_of({"AWS": "*", "Service": UNKNOWN}, {"StringNotEquals": _ACCOUNT["StringEquals"]}),
)
UNDECIDED = (
    {"policy": UNKNOWN},
    {"policy": "[]"},
    policy_of({"AWS": [UNKNOWN], "Service": UNKNOWN}),
    policy_of("*", {"ArnEquals": {"aws:SourceArn": UNKNOWN}}),
)
REMEDY = "Name accounts, roles or services in Principal, or add a Condition such as aws:PrincipalOrgID or aws:SourceArn."
CONTROLS = (NIST_800_53["AC-3"], NIST_800_53["AC-21"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])


@rule(
    applies_to=QUEUES,
    topic="Using custom policies with the Amazon SQS access policy language",
    each=grants,
    severity=Severity.HIGH,
    remedy=REMEDY,
    controls=(FSBP["SQS.3"], *CONTROLS),
    checkov=("CKV_AWS_168", "CKV_AWS_387"),
    passes=(
        *PASSES,
        policy_of("*", {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:orders"}}),
        Example(policy_of("*", {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::uploads"}}), QUEUE),
    ),
    fails=(
        *FAILS,
        policy_of("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}),
        Example(policy_of({"AWS": "*"}), QUEUE),
    ),
    undecided=UNDECIDED,
)
def sqs_queue_policy_not_public(grant: Grant) -> Iterator[Violation]:
    """SQS queue policies do not let everyone in.

    Whoever may send to a queue feeds your programs; whoever may receive takes messages away from them.
    """
    yield from open_grants(grant)


@rule(
    applies_to=TOPICS,
    topic="Amazon SNS access control",
    each=grants,
    severity=Severity.HIGH,
    remedy=REMEDY,
    controls=(FSBP["SNS.4"], *CONTROLS),
    checkov=("CKV_AWS_169",),
    passes=(*PASSES, Example(policy_of("*", {"StringEquals": {"AWS:SourceOwner": "111122223333"}}), TOPIC)),
    fails=(*FAILS, Example(policy_of("*", {"StringEquals": {"sns:Protocol": "https"}}), TOPIC)),
    undecided=UNDECIDED,
)
def sns_topic_policy_not_public(grant: Grant) -> Iterator[Violation]:
    """SNS topic policies do not let everyone in.

    Everyone could then publish to your subscribers, or subscribe and read what you publish.
    """
    yield from open_grants(grant)


@rule(
    applies_to=KEYS,
    topic="Key policies in AWS KMS",
    each=grants,
    severity=Severity.CRITICAL,
    remedy="Name accounts, roles or services in Principal, or add a Condition on kms:CallerAccount.",
    controls=(FSBP["KMS.5"], *CONTROLS),
    checkov=("CKV_AWS_33",),
    passes=(
        *PASSES,
        policy_of(
            {"AWS": "*"},
            {"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        ),
    ),
    fails=(*FAILS, policy_of({"AWS": "*"}, {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})),
    undecided=UNDECIDED,
)
def kms_key_policy_not_public(grant: Grant) -> Iterator[Violation]:
    """KMS key policies do not let everyone in.

    A key that any account may use protects nothing, and a key that any account may manage can be deleted with all data
    under it. kms:ViaService alone does not help: every account can call through the service.
    """
    yield from open_grants(grant)


@rule(
    applies_to=REPOSITORIES,
    topic="Private repository policies in Amazon ECR",
    each=grants,
    severity=Severity.HIGH,
    remedy=REMEDY,
    controls=CONTROLS,
    checkov=("CKV_AWS_32",),
    passes=PASSES,
    fails=FAILS,
    undecided=UNDECIDED,
)
def ecr_repository_policy_not_public(grant: Grant) -> Iterator[Violation]:
    """ECR repository and registry policies do not let everyone in.

    Images hold code and often secrets; whoever may push can replace what you run.
    """
    yield from open_grants(grant)


@rule(
    applies_to=SECRETS,
    topic="Attach a resource-based policy to an AWS Secrets Manager secret",
    each=grants,
    severity=Severity.CRITICAL,
    remedy=REMEDY,
    controls=CONTROLS,
    passes=PASSES,
    fails=FAILS,
    undecided=UNDECIDED,
)
def secret_policy_not_public(grant: Grant) -> Iterator[Violation]:
    """Policies of Secrets Manager secrets do not let everyone in.

    A secret that every AWS account can read is not one.
    """
    yield from open_grants(grant)


@rule(
    applies_to=OTHERS,
    topic="Amazon S3 Glacier access control with vault access policies",
    each=grants,
    severity=Severity.HIGH,
    remedy=REMEDY,
    controls=CONTROLS,
    checkov=("CKV_AWS_167",),
    passes=(
        *PASSES,
        Example({"accessPolicy": json.dumps(policy_of("*", _ACCOUNT)["policy"])}, VAULT),
        Example(policy_of({"AWS": "*"}, {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}), EFS_POLICY),
    ),
    fails=(*FAILS, Example({"accessPolicy": json.dumps(policy_of("*")["policy"])}, VAULT)),
    undecided=UNDECIDED,
)
def resource_policy_not_public(grant: Grant) -> Iterator[Violation]:
    """Resource policies of further services do not let everyone in.

    These are backup and Glacier vaults, event buses, log destinations, CodeArtifact, CodeBuild, DynamoDB, EFS, Glue,
    Kinesis, Lambda, MSK, Redshift, SES, S3 access points and tables, and some more. Everyone includes callers without an
    AWS account where the service admits them.
    """
    yield from open_grants(grant)
