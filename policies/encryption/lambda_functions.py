"""Encryption of Lambda functions' environment variables, and secrets in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import CUSTOMER_KEY, SECRETS
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.environment_secrets import NotSecret, Variable, plain_secrets, variables
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource
    from policies.stack import Stack

FUNCTION = "aws:lambda/function:Function"
VARIABLES = "environment.variables"


def _environment(entries: dict[str, object]) -> dict[str, object]:
    return {"environment": {"variables": entries}}


STAGE = _environment({"STAGE": "prod"})


@rule(
    applies_to=(FUNCTION,),
    severity=Severity.MEDIUM,
    remedy="Set kmsKeyArn to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_173",),
    topic="Securing Lambda environment variables",
    passes=(
        {},
        {"environment": {"variables": {}}},
        {"environment": UNKNOWN, "kmsKeyArn": KEY_ARN},
        STAGE | {"kmsKeyArn": KEY_ARN},
        Example(STAGE | {"kmsKeyArn": KEY_OF_THE_STACK}, related=RELATED_KEY),
    ),
    fails=(STAGE, _environment({"STAGE": UNKNOWN}), STAGE | {"kmsKeyArn": "alias/aws/lambda"}),
    undecided=(STAGE | {"kmsKeyArn": UNKNOWN}, {"environment": UNKNOWN}),
)
def lambda_environment_encrypted_with_customer_key(function: Resource, stack: Stack) -> Iterator[Violation]:
    """Lambda functions encrypt their environment variables with a customer managed key.

    Lambda uses the key aws/lambda by itself, and shows the variables to everyone who may read the function. With a key of
    your own they need your key as well. Functions without variables are left alone.
    """
    for violation in customer_key_violations(function, function, "kmsKeyArn", stack):
        if function.block("environment").has("variables"):
            yield violation


def _variables(function: Resource) -> Iterator[Variable]:
    yield from variables(function, VARIABLES)


@rule(
    applies_to=(FUNCTION,),
    severity=Severity.HIGH,
    remedy="Move it to Secrets Manager or Parameter Store, let the function read it there, and replace what was exposed.",
    controls=SECRETS,
    checkov=("CKV_AWS_45",),
    topic="Securing Lambda environment variables",
    each=_variables,
    parameters=NotSecret,
    passes=(
        {},
        _environment({"STAGE": "prod", "TOKEN_TTL": "3600", "VERIFY_TOKEN": "true", "TABLE": "orders"}),
        _environment({"DB_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db", "DB_PASSWORD": ""}),
        _environment({"DB_PASSWORD": "{{resolve:secretsmanager:db}}", "API_KEY": "/prod/api-key", "TOKEN": "prod/token"}),
        Example(_environment({"CSRF_TOKEN": "off-in-tests"}), parameters=NotSecret(names=("csrf_token",))),
        _environment({"AUTH_TOKEN": "https://id.example.com/token", "URL": "postgres://app:${DB_PASSWORD}@db/app"}),
    ),
    fails=(
        _environment({"DB_PASSWORD": "correct horse", "STAGE": UNKNOWN}),
        _environment({"apiKey": "Zm9vYmFy"}),
        _environment({"STRIPE_SECRET_KEY": "Zm9vYmFy"}),
        _environment({"OTHER": "AKIA" + "IOSFODNN7EXAMPLE"}),
        _environment({"OTHER": "-----BEGIN RSA PRIVATE KEY" + "-----\nMIIE"}),
        _environment({"OTHER": "ghp_" + "0" * 36}),
        _environment({"URL": "postgres://app:correct-horse@db/app"}),
    ),
    undecided=(
        {"environment": UNKNOWN},
        {"environment": {"variables": UNKNOWN}},
        _environment({"DB_PASSWORD": SECRET}),
        _environment({"STAGE": UNKNOWN}),
    ),
)
def lambda_environment_free_of_secrets(variable: Variable, parameters: NotSecret) -> Iterator[Violation]:
    """Lambda functions hold no secrets in plain text in their environment.

    Whoever may read a function's configuration reads its variables, in the console too. A value counts as a secret by its
    form (access keys, private keys, tokens) or by its variable's name. What Pulumi keeps secret is plain text in Lambda.
    """
    yield from plain_secrets(variable, parameters)
