"""Secrets in the settings that services hand to programs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from policies.block import holders
from policies.controls import FSBP, SECRETS
from policies.credentials import kind_of_credential
from policies.embedded_json import json_block
from policies.environment_secrets import NotSecret, Variable, kind_of_secret, plain_secrets, variables
from policies.fix import path_steps
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import SECRET, UNKNOWN, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

BATCH_JOB = "aws:batch/jobDefinition:JobDefinition"
GLUE_JOB = "aws:glue/job:Job"
PROJECT = "aws:codebuild/project:Project"

_KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
_WITH_PASSWORD = {"environment": [{"name": "DB_PASSWORD", "value": "correct horse"}]}
_WITHOUT = {"environment": [{"name": "STAGE", "value": "prod"}], "secrets": [{"name": "DB_PASSWORD", "valueFrom": "/prod/db"}]}


def _of_batch(job: Resource) -> Iterator[Variable]:
    yield from in_turn(variables(job, "parameters"), _of_containers(job), _of_tasks(job), _of_nodes(job), _of_pods(job))


def _of_containers(job: Resource) -> Iterator[Variable]:
    yield from _environment(json_block(job, "containerProperties").block("containerProperties"))


def _of_tasks(job: Resource) -> Iterator[Variable]:
    yield from _task_environments(json_block(job, "ecsProperties").block("ecsProperties"))


def _of_nodes(job: Resource) -> Iterator[Variable]:
    for nodes in json_block(job, "nodeProperties").block("nodeProperties").each("nodeRangeProperties"):
        yield from _environment(nodes.block("container"))
        yield from _task_environments(nodes.block("ecsProperties"))


def _of_pods(job: Resource) -> Iterator[Variable]:
    for container, path in holders(job, "eksProperties.podProperties.containers[].envs"):
        yield from map(Variable, container.each(path))


def _environment(container: Block) -> Iterator[Variable]:
    yield from map(Variable, container.each("environment"))


def _task_environments(properties: Block) -> Iterator[Variable]:
    for container, path in holders(properties, "taskProperties[].containers[].environment"):
        yield from map(Variable, container.each(path))


@rule(
    applies_to=(BATCH_JOB,),
    severity=Severity.HIGH,
    remedy="Move it to Secrets Manager or Parameter Store, name it in secrets of the container, and replace what was exposed.",
    controls=SECRETS,
    topic="Specify sensitive data",
    each=_of_batch,
    parameters=NotSecret,
    passes=(
        {},
        {"containerProperties": json.dumps(_WITHOUT)},
        {"parameters": {"inputfile": "s3://orders/input.csv"}},
    ),
    fails=(
        {"containerProperties": json.dumps(_WITH_PASSWORD)},
        {"parameters": {"apiKey": "Zm9vYmFyCg"}, "containerProperties": UNKNOWN},
        {"ecsProperties": json.dumps({"taskProperties": [{"containers": [_WITHOUT, _WITH_PASSWORD]}]})},
        {"nodeProperties": json.dumps({"nodeRangeProperties": [{"container": _WITH_PASSWORD}]})},
        {"eksProperties": {"podProperties": {"containers": [{"image": "app", "envs": [{"name": "A", "value": _KEY_ID}]}]}}},
    ),
    undecided=({"containerProperties": UNKNOWN}, {"containerProperties": "["}, {"parameters": {"apiKey": SECRET}}),
)
def batch_job_free_of_secrets(variable: Variable, parameters: NotSecret) -> Iterator[Violation]:
    """Batch job definitions hold no secrets in plain text in their environment or parameters.

    Whoever may describe job definitions or jobs reads them. Batch can hand secrets over by reference. A value counts as a
    secret by its form or by its name.
    """
    if variable.block.path.startswith(("parameters", "eksProperties")):
        yield from plain_secrets(variable, parameters)
    else:
        yield from plain_secrets(variable, parameters, at=str(path_steps(variable.at)[0]))


def _arguments(job: Resource) -> Iterator[Variable]:
    yield from in_turn(variables(job, "defaultArguments"), variables(job, "nonOverridableArguments"))


@rule(
    applies_to=(GLUE_JOB,),
    severity=Severity.HIGH,
    remedy="Let the job read it from Secrets Manager, or use a connection that names a secret; then replace what was exposed.",
    controls=SECRETS,
    topic="Storing connection credentials in AWS Secrets Manager",
    each=_arguments,
    parameters=NotSecret,
    passes=(
        {},
        {"defaultArguments": {"--job-language": "python", "--TempDir": "s3://orders/tmp/"}},
        Example({"defaultArguments": {"--token": "by-line"}}, parameters=NotSecret(names=("--token",))),
        {"defaultArguments": {"--db-secret-arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"}},
    ),
    fails=(
        {"defaultArguments": {"--db-password": "correct horse"}},
        {"defaultArguments": UNKNOWN, "nonOverridableArguments": {"--key": _KEY_ID}},
        {"defaultArguments": {"--conf": "x", "--url": "postgres://app:correct-horse@db/app"}},
        {"defaultArguments": {"--spark.app.password": "correct horse"}},
    ),
    undecided=({"defaultArguments": UNKNOWN}, {"defaultArguments": {"--db-password": SECRET}}),
)
def glue_job_arguments_free_of_secrets(variable: Variable, parameters: NotSecret) -> Iterator[Violation]:
    """Glue jobs take no secrets in plain text as arguments.

    Whoever may read a job or its runs reads them, and they stand in logs. A value counts as a secret by its form or by its
    name. Passwords of connections are judged with those of other resources.
    """
    yield from plain_secrets(variable, parameters)


_MAPS = {
    "aws:amplify/app:App": ("environmentVariables", "autoBranchCreationConfig.environmentVariables"),
    "aws:amplify/branch:Branch": ("environmentVariables",),
    "aws:apigateway/stage:Stage": ("variables",),
    "aws:apigateway/deployment:Deployment": ("variables",),
    "aws:apigatewayv2/stage:Stage": ("stageVariables",),
    "aws:apprunner/service:Service": (
        "sourceConfiguration.imageRepository.imageConfiguration.runtimeEnvironmentVariables",
        "sourceConfiguration.codeRepository.codeConfiguration.codeConfigurationValues.runtimeEnvironmentVariables",
    ),
    "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion": ("containers[].environment",),
    "aws:sagemaker/model:Model": ("primaryContainer.environment", "containers[].environment"),
    "aws:synthetics/canary:Canary": ("runConfig.environmentVariables",),
}
"""Types to the maps of settings that programs get from them; `[]` marks a list."""

_BEANSTALK = "aws:elasticbeanstalk/environment:Environment"
_LISTS = {
    _BEANSTALK: "settings",
    "aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate": "settings",
    "aws:ecs/expressGatewayService:ExpressGatewayService": "primaryContainer.environments",
}
"""Types to the lists of settings, each with a name and a value."""


def _settings(resource: Resource) -> Iterator[Variable]:
    if resource.type in _LISTS:
        yield from map(Variable, resource.each(_LISTS[resource.type]))
    else:
        yield from in_turn(*(_of_map(resource, path) for path in _MAPS[resource.type]))


def _of_map(resource: Resource, path: str) -> Iterator[Variable]:
    for block, name in holders(resource, path):
        yield from variables(block, name)


@rule(
    applies_to=(*_MAPS, *_LISTS),
    severity=Severity.HIGH,
    remedy="Move it to Secrets Manager or Parameter Store, let the program read it there, and replace what was exposed.",
    controls=SECRETS,
    topic="AWS Secrets Manager best practices",
    each=_settings,
    parameters=NotSecret,
    passes=(
        {"environmentVariables": {"STAGE": "prod", "DB_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"}},
        Example({"environmentVariables": {"CSRF_TOKEN": "off-in-tests"}}, parameters=NotSecret(names=("csrf_token",))),
        Example({"variables": {"backend": "orders.example.com"}}, "aws:apigateway/stage:Stage"),
        Example({"settings": [{"namespace": "aws:ec2:instances", "name": "InstanceTypes", "value": "t3.small"}]}, _BEANSTALK),
        Example({}, "aws:sagemaker/model:Model"),
    ),
    fails=(
        {"environmentVariables": {"STAGE": UNKNOWN, "DB_PASSWORD": "correct horse"}},
        {"environmentVariables": UNKNOWN, "autoBranchCreationConfig": {"environmentVariables": {"OTHER": _KEY_ID}}},
        Example({"variables": {"apiKey": "Zm9vYmFyCg"}}, "aws:apigateway/stage:Stage"),
        Example(
            {"settings": [{"namespace": "aws:rds:dbinstance", "name": "DBPassword", "value": "correct horse"}]}, _BEANSTALK
        ),
        Example({"containers": [{"image": "app", "environment": {"TOKEN": "Zm9vYmFyCg"}}]}, "aws:sagemaker/model:Model"),
        Example(
            {
                "sourceConfiguration": {
                    "imageRepository": {
                        "imageConfiguration": {"runtimeEnvironmentVariables": {"URL": "postgres://app:correct-horse@db/app"}}
                    }
                }
            },
            "aws:apprunner/service:Service",
        ),
    ),
    undecided=(
        {"environmentVariables": UNKNOWN},
        {"environmentVariables": {"DB_PASSWORD": SECRET}},
        Example({"settings": [{"name": "DBPassword", "value": UNKNOWN}]}, _BEANSTALK),
    ),
)
def application_settings_free_of_secrets(variable: Variable, parameters: NotSecret) -> Iterator[Violation]:
    """Amplify, App Runner, Elastic Beanstalk, API Gateway and the like get no secrets in plain text as settings.

    Whoever may describe the application or stage reads its variables. A value counts as a secret by its form or by its
    name. What Pulumi keeps secret is plain text there.
    """
    yield from plain_secrets(variable, parameters)


def _fields(pipeline: Resource) -> Iterator[tuple[Block, str]]:
    yield from in_turn(
        ((value, "id") for value in pipeline.each("parameterValues")),
        ((field, "key") for field, _ in holders(pipeline, "pipelineObjects[].fields[].key")),
    )


@rule(
    applies_to=("aws:datapipeline/pipelineDefinition:PipelineDefinition",),
    severity=Severity.HIGH,
    remedy="Let the activities read it from Secrets Manager with the role of the pipeline, and replace what was exposed.",
    controls=SECRETS,
    topic="What is AWS Data Pipeline?",
    each=_fields,
    parameters=NotSecret,
    passes=(
        {"parameterValues": [{"id": "myStage", "stringValue": "prod"}]},
        {"pipelineObjects": [{"id": "Db", "name": "Db", "fields": [{"key": "username", "stringValue": "orders"}]}]},
    ),
    fails=(
        {"pipelineObjects": [{"id": "Db", "name": "Db", "fields": [{"key": "*password", "stringValue": "correct horse"}]}]},
        {"parameterValues": [{"id": "myDbPassword", "stringValue": "correct horse"}], "pipelineObjects": UNKNOWN},
        {"parameterValues": [{"id": "other", "stringValue": _KEY_ID}]},
    ),
    undecided=({"pipelineObjects": UNKNOWN}, {"parameterValues": [{"id": "myDbPassword", "stringValue": UNKNOWN}]}),
)
def data_pipeline_definition_free_of_secrets(item: tuple[Block, str], parameters: NotSecret) -> Iterator[Violation]:
    """Definitions of Data Pipeline hold no secrets in plain text.

    Whoever may read the definition reads them, apart from fields whose key begins with an asterisk; those still stand in the
    program and the state.
    """
    field, name = item
    if found := kind_of_secret(field.text("stringValue"), lambda: field.text(name), parameters):
        at = field.at("stringValue")
        yield Violation(f"{at} holds {found}", at=at)


_TOKEN_IN_URL = re.compile(r"://[^/\s:@]{20,}@")


def _sources(project: Resource) -> Iterator[Block]:
    yield from in_turn(project.each("source"), project.each("secondarySources"))


@rule(
    applies_to=(PROJECT,),
    severity=Severity.CRITICAL,
    remedy="Take the credentials out of the URL, connect CodeBuild with the repository by CodeConnections, and replace what was"
    " exposed.",
    controls=(FSBP["CodeBuild.1"], *SECRETS),
    topic="Access your source provider in CodeBuild",
    each=_sources,
    passes=(
        {"source": {"type": "GITHUB", "location": "https://github.com/example/orders.git"}},
        {"source": {"type": "BITBUCKET", "location": "https://example@bitbucket.org/example/orders.git"}},
        {"source": {"type": "NO_SOURCE"}},
    ),
    fails=(
        {"source": {"type": "BITBUCKET", "location": "https://example:correct-horse@bitbucket.org/example/orders.git"}},
        {"source": {"type": "GITHUB", "location": f"https://{'0' * 40}@github.com/example/orders.git"}},
        {"source": UNKNOWN, "secondarySources": [{"type": "GITHUB", "location": "https://x:correct-horse@github.com/a/b"}]},
    ),
    undecided=({"source": UNKNOWN}, {"source": {"type": "GITHUB", "location": UNKNOWN}}),
)
def codebuild_source_free_of_credentials(source: Block) -> Iterator[Violation]:
    """URLs of CodeBuild sources hold no passwords and no tokens.

    Whoever may read the project, or its builds and their logs, reads the URL, and gets into the repository with it. A name
    alone is no credential.
    """
    location = source.text("location")
    kind = kind_of_credential(location) or ("a token in a URL" if _TOKEN_IN_URL.search(location) else "")
    if kind:
        yield Violation(f"{source.at('location')} holds {kind}", at=source.at("location"))
