"""Services that act for their customers: which condition keys they send, so that a policy can say for whom.

Any customer can have a service call a resource whose policy names the service: there the keys are the only tie to the owner.
In trust policies iam:PassRole keeps roles within their account, so a missing key matters little; some services send none there,
and a condition on one would stop them.

Sources, by service: "Example cases for Amazon SNS access control" (sns, s3, ses, cloudwatch), "Using resource-based policies
for Amazon EventBridge" (events; "You can't use Condition blocks in Amazon SNS topic policies for EventBridge" in its
troubleshooting), "Cross-service confused deputy prevention" in the guides of CloudTrail, AWS Config, AWS IoT, AWS Batch,
Amazon Connect, DataSync, DMS, MediaConvert, Personalize, Rekognition, Textract, Systems Manager and Fraud Detector,
"lambda-function-public-access-prohibited" in the AWS Config guide (s3 needs aws:SourceAccount: the ARN of a bucket has no
account), "WorkSpaces Applications ... confused deputy prevention" (appstream), "The IAM Roles Anywhere trust model". What is
marked `_UNVERIFIED` is how these services are used in AWS's samples; no page was seen that says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.iam_analysis.caller_keys import names_account_by_parts
from policies.iam_analysis.public import narrowings

if TYPE_CHECKING:
    from policies.iam_analysis.model import Statement

_ARN_OR_ACCOUNT = "aws:SourceArn or aws:SourceAccount"
_ARN = "aws:SourceArn"
_ACCOUNT = "aws:SourceAccount"

_VERIFIED = {
    "appstream": _ARN_OR_ACCOUNT,
    "cloudtrail": _ARN_OR_ACCOUNT,
    "cloudwatch": _ARN_OR_ACCOUNT,
    "config": _ARN_OR_ACCOUNT,
    "events": _ARN,
    "iot": _ARN_OR_ACCOUNT,
    "s3": _ACCOUNT,
    "ses": "aws:SourceAccount or aws:SourceOwner",
    "sns": _ARN,
}
_UNVERIFIED = {
    "apigateway": _ARN,
    "bedrock": _ARN_OR_ACCOUNT,
    "budgets": _ARN_OR_ACCOUNT,
    "cloudfront": _ARN,
    "codestar-notifications": _ACCOUNT,
    "cognito-idp": _ARN_OR_ACCOUNT,
    "costalerts": _ACCOUNT,
    "delivery.logs": _ARN_OR_ACCOUNT,
    "elasticloadbalancing": _ARN,
    "events.rds": _ARN_OR_ACCOUNT,
    "guardduty": _ARN_OR_ACCOUNT,
    "inspector2": _ARN_OR_ACCOUNT,
    "lambda.alarms.cloudwatch": _ACCOUNT,
    "logs": _ARN_OR_ACCOUNT,
    "macie": _ARN_OR_ACCOUNT,
    "redshift": _ARN_OR_ACCOUNT,
    "scheduler": _ARN_OR_ACCOUNT,
    "serverlessrepo": _ACCOUNT,
    "vpc-flow-logs": _ARN_OR_ACCOUNT,
}
KEYS_SENT = _VERIFIED | _UNVERIFIED
"""By service, the keys that it sends when it calls a resource with a policy."""

TRUST_KEYS_SENT = {
    "appstream": _ARN_OR_ACCOUNT,
    "batch": _ARN_OR_ACCOUNT,
    "connect": _ARN_OR_ACCOUNT,
    "datasync": _ARN_OR_ACCOUNT,
    "dms": _ARN_OR_ACCOUNT,
    "fis": _ARN_OR_ACCOUNT,
    "frauddetector": _ARN_OR_ACCOUNT,
    "iot": _ARN_OR_ACCOUNT,
    "mediaconvert": _ARN_OR_ACCOUNT,
    "personalize": _ARN_OR_ACCOUNT,
    "rekognition": _ARN_OR_ACCOUNT,
    "ssm": _ARN_OR_ACCOUNT,
    "textract": _ARN_OR_ACCOUNT,
    "transfer": _ARN_OR_ACCOUNT,
}
"""By service, the keys that it sends when it assumes a role, as its guide says."""

_NOT_IN_TOPIC_POLICIES = frozenset({"events"})
_SERVICE = re.compile(r"Service:(.+?)(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?")
_CONTEXT_OF_A_SERVICE = "kms:encryptioncontext:aws:"
_FOR_WHOM = frozenset({
    "aws:SourceArn", "aws:SourceAccount", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths", "kms:CallerAccount",
    "lambda:EventSourceToken",
})  # fmt: skip


def service_of(principal: str) -> str:
    """Return the service of a principal of a statement without its Region: `logs` of `Service:logs.eu-west-1.amazonaws.com`."""
    match = _SERVICE.fullmatch(principal)
    return match[1] if match else ""


def keys_sent(principal: str, *, to_topic: bool = False) -> str:
    """Return the keys that a service sends to a resource with a policy, in words; empty where none is known."""
    service = service_of(principal)
    return "" if to_topic and service in _NOT_IN_TOPIC_POLICIES else KEYS_SENT.get(service, "")


def says_for_whom(statement: Statement) -> bool | None:
    """Say whether a statement names the account or resource for which a service calls; None where that is not known."""
    answer: bool | None = False
    for narrowing in narrowings(statement):
        if narrowing.key in _FOR_WHOM and not narrowing.why:
            if narrowing.least == narrowing.most:
                return True
            answer = None
        elif narrowing.least != narrowing.most:
            answer = None
    for atom in statement.conditions:
        if (
            atom.key.startswith(_CONTEXT_OF_A_SERVICE)
            and not atom.negated
            and not atom.if_exists
            and atom.sets != "forallvalues"
        ):
            if not all(names_account_by_parts(value) for value in atom.values):
                continue
            if atom.values and not atom.holes:
                return True
            answer = None
    return answer
