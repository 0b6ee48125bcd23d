"""Who may invoke a Lambda function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import FSBP, ISO_27001, NIST_800_53, PCI_DSS_4, SOC2
from policies.fix import Fix
from policies.iam_analysis.caller_keys import is_fixed, names_account
from policies.rule import ANY_ACCOUNT, ANYONE, Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

PERMISSION = "aws:lambda/permission:Permission"
LAYER_PERMISSION = "aws:lambda/layerVersionPermission:LayerVersionPermission"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"

_ARN = "arn:aws:s3:::uploads"
_TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders"
_SERVICES = (".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")
_NARROWING = ("principalOrgId", "sourceAccount", "sourceArn", "eventSourceToken")
_CONTROLS = (NIST_800_53["AC-3"], PCI_DSS_4["7.2.1"], SOC2["CC6.1"], ISO_27001["A.5.15"])


def _is_narrowed(permission: Resource) -> bool:
    return any(permission.has(name) for name in _NARROWING)


def _has_fixed_caller(permission: Resource) -> bool:
    """Say whether the source or organization has no wildcard that strangers fit: Lambda compares them by StringLike."""
    if any(permission.has(name) and is_fixed(permission.text(name)) for name in _NARROWING if name != "sourceArn"):
        return True
    return permission.has("sourceArn") and names_account(permission.text("sourceArn"))


@rule(
    applies_to=(PERMISSION,),
    severity=Severity.CRITICAL,
    remedy="Name the account, role or service in principal, or set principalOrgId or sourceArn.",
    controls=(FSBP["Lambda.1"], *_CONTROLS),
    checkov=("CKV_AWS_301",),
    topic="Viewing resource-based IAM policies in Lambda",
    passes=(
        {"principal": "111122223333"},
        {"principal": "s3.amazonaws.com"},
        {"principal": "*", "principalOrgId": "o-abcdefghij"},
        {"principal": "*", "sourceArn": _TOPIC},
    ),
    fails=(
        {"principal": "*"},
        {"principal": "*", "functionUrlAuthType": "NONE"},
        {"principal": "*", "sourceArn": "arn:aws:sns:eu-west-1:*:orders"},
    ),
    undecided=({"principal": UNKNOWN}, {"principal": "*", "sourceArn": UNKNOWN}),
)
def lambda_permission_not_public(permission: Resource) -> Iterator[Violation]:
    """Lambda permissions do not let everyone invoke a function.

    Everyone could run your code, with the rights of its role and at your cost.
    """
    if permission.text("principal") == "*" and not _has_fixed_caller(permission):
        yield Violation("everyone (*) may invoke the function", at="principal", exposed_to=ANYONE)


@rule(
    applies_to=(PERMISSION,),
    severity=Severity.HIGH,
    remedy="Set sourceArn to the resource that invokes the function; for S3 set sourceAccount too, for Alexa eventSourceToken.",
    controls=_CONTROLS,
    checkov=("CKV_AWS_364",),
    topic="Granting Lambda function access to AWS services",
    passes=(
        {"principal": "s3.amazonaws.com", "sourceArn": _ARN},
        {"principal": "events.amazonaws.com", "sourceArn": UNKNOWN},
        {"principal": "config.amazonaws.com", "sourceAccount": "111122223333"},
        {"principal": "111122223333"},
        {"principal": "alexa-appkit.amazon.com", "eventSourceToken": "amzn1.ask.skill.1"},
    ),
    fails=(
        {"principal": "s3.amazonaws.com"},
        {"principal": "apigateway.amazonaws.com", "sourceArn": ""},
        {"principal": "alexa-appkit.amazon.com"},
    ),
    undecided=({"principal": UNKNOWN},),
)
def lambda_permission_names_source(permission: Resource) -> Iterator[Violation]:
    """Lambda permissions for AWS services name the resource or account that the service acts for.

    A service invokes functions for every one of its customers. Without a source, any account can have the service call
    your function.
    """
    principal = permission.text("principal")
    if principal.endswith(_SERVICES) and not _is_narrowed(permission):
        yield Violation(
            f"{principal} may invoke the function for any account", at="sourceArn", exposed_to=f"service {principal}"
        )


@rule(
    applies_to=(PERMISSION,),
    severity=Severity.MEDIUM,
    remedy="Set sourceAccount to the account of the bucket.",
    controls=(FSBP["Lambda.1"], *_CONTROLS),
    topic="lambda-function-public-access-prohibited",
    passes=(
        {"principal": "s3.amazonaws.com", "sourceArn": _ARN, "sourceAccount": "111122223333"},
        {"principal": "sns.amazonaws.com", "sourceArn": _TOPIC},
    ),
    fails=({"principal": "s3.amazonaws.com", "sourceArn": _ARN}, {"principal": "s3.amazonaws.com"}),
    undecided=({"principal": UNKNOWN},),
)
def lambda_permission_names_bucket_account(permission: Resource) -> Iterator[Violation]:
    """Lambda permissions for S3 name the account of the bucket.

    The ARN of a bucket has no account in it: once the bucket is deleted, anybody can make one of that name, and have S3 call
    your function.
    """
    if permission.text("principal") == "s3.amazonaws.com" and not permission.has("sourceAccount"):
        yield Violation("sourceAccount is not set", at="sourceAccount")


@rule(
    applies_to=(PERMISSION,),
    severity=Severity.MEDIUM,
    remedy="Set action to lambda:InvokeFunction.",
    controls=_CONTROLS,
    topic="Granting Lambda function access to AWS services",
    passes=({"action": "lambda:InvokeFunction"}, {"action": "lambda:InvokeFunctionUrl"}),
    fails=({"action": "lambda:*"}, {"action": "*"}),
    undecided=({"action": UNKNOWN},),
)
def lambda_permission_action_named(permission: Resource) -> Iterator[Violation]:
    """Lambda permissions name the action they allow.

    All actions are those that replace the code of the function and delete it too.
    """
    action = permission.text("action")
    if action in {"*", "lambda:*"}:
        fix = Fix({"action": "lambda:InvokeFunction"}, replaces=True)
        yield Violation(f"allows {action}", at="action", fix=fix)


@rule(
    applies_to=(LAYER_PERMISSION,),
    severity=Severity.HIGH,
    remedy="Name the account in principal, or set organizationId.",
    controls=_CONTROLS,
    topic="Granting Lambda layer access to other accounts",
    passes=({"principal": "111122223333"}, {"principal": "*", "organizationId": "o-abcdefghij"}),
    fails=({"principal": "*"}, {"principal": "*", "organizationId": "", "layerName": UNKNOWN}),
    undecided=({"principal": UNKNOWN},),
)
def lambda_layer_permission_not_public(permission: Resource) -> Iterator[Violation]:
    """Lambda layer permissions do not let every account use a layer.

    A layer holds code, and sometimes configuration and keys that were packed with it; every account could download it.
    """
    if permission.text("principal") == "*" and not permission.has("organizationId"):
        yield Violation("every account (*) may use the layer", at="principal", exposed_to=ANY_ACCOUNT)


RULES = (
    must_be(
        "lambda-function-url-requires-iam",
        (FUNCTION_URL,),
        "authorizationType",
        "AWS_IAM",
        title="Lambda function URLs require IAM authentication.",
        why="A function URL without authentication can be called by anyone on the internet.",
        severity=Severity.HIGH,
        controls=_CONTROLS,
        checkov=("CKV_AWS_258",),
        topic="Control access to Lambda function URLs",
    ),
)
