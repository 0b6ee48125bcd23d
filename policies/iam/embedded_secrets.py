"""Secrets in scripts, documents and templates that a program hands to AWS."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from policies.controls import SECRETS
from policies.credentials import kind_of_credential
from policies.environment_secrets import NotSecret, plain_secrets, variables
from policies.iam.instance_metadata import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, SPOT_REQUEST
from policies.iam.text_secrets import script_of, secrets_in
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN, Reason, Unknown, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.resource import Resource

_KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _script(resource: Resource, path: str, but: NotSecret, *, encoded: bool) -> Iterator[Violation]:
    text = resource.text(path)
    if text:
        yield from secrets_in(script_of(text, path, encoded=encoded), path, but)


@rule(
    applies_to=(INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION, SPOT_REQUEST),
    severity=Severity.HIGH,
    remedy="Let the script read it from Secrets Manager or Parameter Store with the role of the instance, and replace what was"
    " exposed.",
    controls=SECRETS,
    checkov=("CKV_AWS_46",),
    topic="Run commands when you launch an EC2 instance with user data input",
    parameters=NotSecret,
    passes=(
        {},
        {"userData": "#!/bin/bash\nyum install -y httpd\nexport TOKEN_TTL=3600-seconds\n"},
        {"userData": "#!/bin/bash\nDB_PASSWORD=$(aws ssm get-parameter --name /prod/db --with-decryption)\n"},
        {"userData": "#!/usr/bin/python3\npassword = read_password()\nconnect(password=password, user='app')\n"},
        {"userDataBase64": _encoded("#!/bin/bash\necho hello\n")},
        Example({"userData": "export GIT_TOKEN=Zm9vYmFyCg"}, parameters=NotSecret(names=("git_token",))),
        Example({"userData": _encoded("#!/bin/bash\necho hello\n")}, LAUNCH_TEMPLATE),
    ),
    fails=(
        {"userData": f"#!/bin/bash\naws configure set aws_access_key_id {_KEY_ID}\n"},
        {"userData": f"[default]\naws_secret_access_key = {'0' * 40}\n"},
        {"userData": "#!/bin/bash\nexport DB_PASSWORD=correct-horse\n"},
        {"userData": "#!/bin/bash\nmysql --user=app --password='correct horse'\n"},
        {"userDataBase64": _encoded('{"apiKey": "Zm9vYmFyCg"}')},
        {"userData": UNKNOWN, "userDataBase64": _encoded("TOKEN=Zm9vYmFyCg")},
        Example({"userData": _encoded("-----BEGIN RSA PRIVATE KEY" + "-----")}, LAUNCH_TEMPLATE),
        Example({"userData": f"export GIT_TOKEN={_KEY_ID}"}, parameters=NotSecret(names=("GIT_TOKEN",))),
        Example({"userData": "cat > .netrc; export GIT_TOKEN=Zm9vYmFyCg"}, LAUNCH_CONFIGURATION),
    ),
    undecided=(
        {"userData": UNKNOWN},
        {"userData": SECRET},
        {"userData": "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"userDataBase64": "not Base64!"},
    ),
)
def ec2_user_data_free_of_secrets(resource: Resource, parameters: NotSecret) -> Iterator[Violation]:
    """User data of EC2 instances and launch templates holds no secrets in plain text.

    Whoever may describe the instance reads it, and so does every program on it. A secret is known by its form, or by the name
    that the script gives it. What Pulumi keeps secret is plain text in EC2.
    """
    yield from in_turn(
        _script(resource, "userData", parameters, encoded=False),
        _script(resource, "userDataBase64", parameters, encoded=True),
    )


_NOTEBOOK_SCRIPTS = {
    "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration": ("onCreate", "onStart"),
    "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig": ("studioLifecycleConfigContent",),
}


@rule(
    applies_to=_NOTEBOOK_SCRIPTS,
    severity=Severity.HIGH,
    remedy="Let the script read it from Secrets Manager with the role of the notebook, and replace what was exposed.",
    controls=SECRETS,
    topic="Customize a SageMaker notebook instance using an LCC script",
    parameters=NotSecret,
    passes=(
        {},
        {"onStart": _encoded("#!/bin/bash\npip install pandas\n")},
        {"onCreate": _encoded('API_KEY="$(aws secretsmanager get-secret-value --secret-id key)"')},
    ),
    fails=(
        {"onStart": _encoded("#!/bin/bash\nexport API_KEY=Zm9vYmFyCg\n")},
        {"onCreate": UNKNOWN, "onStart": _encoded(f"aws configure set aws_access_key_id {_KEY_ID}")},
        Example(
            {"studioLifecycleConfigContent": _encoded("git clone https://app:correct-horse@git.example.com/app")},
            "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig",
        ),
    ),
    undecided=({"onStart": UNKNOWN}, {"onCreate": "not Base64!"}),
)
def sagemaker_lifecycle_script_free_of_secrets(configuration: Resource, parameters: NotSecret) -> Iterator[Violation]:
    """Lifecycle scripts of SageMaker notebooks hold no secrets in plain text.

    Whoever may describe the configuration reads them, and so does everyone who works in a notebook that uses it.
    """
    paths = _NOTEBOOK_SCRIPTS[configuration.type]
    yield from in_turn(*(_script(configuration, path, parameters, encoded=True) for path in paths))


@rule(
    applies_to=("aws:ssm/document:Document",),
    severity=Severity.HIGH,
    remedy="Name a parameter of the type SecureString or a secret in the document, and replace what was exposed.",
    controls=SECRETS,
    topic="AWS Systems Manager documents",
    parameters=NotSecret,
    passes=(
        {"content": json.dumps({"schemaVersion": "2.2", "parameters": {"password": {"type": "String"}}})},
        {"content": json.dumps({"mainSteps": [{"inputs": {"password": "{{ssm-secure:db-password}}"}}]})},
        {"content": json.dumps({"mainSteps": [{"inputs": {"runCommand": ["PASSWORD=$(cat /run/password)"]}}]})},
    ),
    fails=(
        {"content": json.dumps({"mainSteps": [{"inputs": {"runCommand": ["export DB_PASSWORD=correct-horse"]}}]})},
        {"content": json.dumps({"mainSteps": [{"inputs": {"password": "correct horse"}}]})},
        {"content": f"schemaVersion: '2.2'\nmainSteps:\n- inputs:\n    key: {_KEY_ID}\n"},
    ),
    undecided=({"content": UNKNOWN}, {"content": SECRET}),
)
def ssm_document_free_of_secrets(document: Resource, parameters: NotSecret) -> Iterator[Violation]:
    """Systems Manager documents hold no secrets in plain text.

    Whoever may read or run a document reads it, in every version, and many documents are shared.
    """
    yield from secrets_in(document.text("content"), "content", parameters)


@rule(
    applies_to=("aws:ssm/parameter:Parameter",),
    severity=Severity.HIGH,
    remedy="Set type to SecureString and give the value as value, and replace what was exposed.",
    controls=SECRETS,
    topic="AWS Systems Manager Parameter Store: SecureString",
    judges_secrecy=True,
    passes=(
        {"type": "SecureString", "value": SECRET},
        {"type": "String", "insecureValue": "info"},
        {"type": "String", "value": SECRET},
    ),
    fails=(
        {"type": "String", "insecureValue": _KEY_ID},
        {"type": "StringList", "insecureValue": "a,glpat-" + "0" * 20},
        {"type": "String", "value": "postgres://app:correct-horse@db/app"},
    ),
    undecided=({"type": UNKNOWN, "insecureValue": _KEY_ID}, {"type": "String", "insecureValue": UNKNOWN}),
)
def ssm_parameter_free_of_credentials(parameter: Resource) -> Iterator[Violation]:
    """SSM parameters that are not encrypted hold no credentials.

    Whoever may read parameters reads them, without the right to use a key. A credential is known by its form; the names of
    parameters are judged by a rule of their own. Pulumi's AWS provider marks value as secret itself.
    """
    if parameter.text("type") == "SecureString":
        return
    for path in ("insecureValue", "value"):
        value = parameter.value(path)
        if isinstance(value, Unknown) and value.reason is Reason.SECRET:
            continue
        if kind := kind_of_credential(parameter.text(path)):
            yield Violation(f"{path} holds {kind}", at=path)


@rule(
    applies_to=("aws:sfn/stateMachine:StateMachine",),
    severity=Severity.HIGH,
    remedy="Let the state read it from Secrets Manager, or use a connection of EventBridge; then replace what was exposed.",
    controls=SECRETS,
    topic="Connect to HTTP APIs with Step Functions",
    parameters=NotSecret,
    passes=(
        {"definition": json.dumps({"States": {"Call": {"Parameters": {"Password.$": "$.password", "Token.$": "$.token"}}}})},
        {"definition": json.dumps({"States": {"Read": {"Parameters": {"SecretId": "orders/db"}}}})},
    ),
    fails=(
        {"definition": json.dumps({"States": {"Call": {"Parameters": {"Password": "correct horse"}}}})},
        {"definition": json.dumps({"States": {"Call": {"Parameters": {"Url": "https://app:correct-horse@db"}}}})},
    ),
    undecided=({"definition": UNKNOWN}, {"definition": SECRET}),
)
def step_functions_definition_free_of_secrets(machine: Resource, parameters: NotSecret) -> Iterator[Violation]:
    """Definitions of Step Functions state machines hold no secrets in plain text.

    Whoever may describe the state machine reads them, and what states are given stands in the history of every execution.
    """
    yield from secrets_in(machine.text("definition"), "definition", parameters)


@rule(
    applies_to=("aws:cloudformation/stack:Stack", "aws:cloudformation/stackSet:StackSet"),
    severity=Severity.HIGH,
    remedy="Refer to it with {{resolve:secretsmanager:...}} or {{resolve:ssm-secure:...}}, and replace what was exposed.",
    controls=SECRETS,
    topic="Security best practices for CloudFormation",
    parameters=NotSecret,
    passes=(
        {"templateUrl": "https://templates.s3.amazonaws.com/app.yaml", "parameters": {"Stage": "prod"}},
        Example({"parameters": {"Token": "by-position"}}, parameters=NotSecret(names=("Token",))),
        {"templateBody": json.dumps({"Parameters": {"DBPassword": {"Type": "String", "NoEcho": True}}})},
        {"templateBody": json.dumps({"MasterUserPassword": "{{resolve:secretsmanager:orders/db:SecretString:password}}"})},
    ),
    fails=(
        {"templateBody": json.dumps({"Resources": {"Db": {"Properties": {"MasterUserPassword": "correct horse"}}}})},
        {"templateBody": "Resources:\n  Db:\n    Properties:\n      MasterUserPassword: 'correct horse'\n"},
        {"templateBody": UNKNOWN, "parameters": {"DBPassword": "correct horse"}},
    ),
    undecided=({"templateBody": UNKNOWN}, {"parameters": UNKNOWN}, {"parameters": {"DBPassword": SECRET}}),
)
def cloudformation_stack_free_of_secrets(resource: Resource, parameters: NotSecret) -> Iterator[Violation]:
    """CloudFormation stacks hold no secrets in plain text in their template or parameters.

    Whoever may describe the stack reads its template, and its parameters unless the template says NoEcho. Templates in S3
    are not seen.
    """
    yield from in_turn(_template(resource, parameters), _given(resource, parameters))


def _template(resource: Resource, but: NotSecret) -> Iterator[Violation]:
    yield from secrets_in(resource.text("templateBody"), "templateBody", but)


def _given(resource: Resource, but: NotSecret) -> Iterator[Violation]:
    yield from in_turn(*(plain_secrets(variable, but) for variable in variables(resource, "parameters")))
