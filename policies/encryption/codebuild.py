"""Encryption of CodeBuild, and secrets in its build environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.controls import AT_REST, FSBP, IN_TRANSIT, SECRETS
from policies.customer_key import customer_key_rule
from policies.environment_secrets import NotSecret, Variable, plain_secrets
from policies.fix import Fix
from policies.rule import Severity, Violation, rule
from policies.rule_tables import must_be
from policies.unknown import SECRET, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource

PROJECT = "aws:codebuild/project:Project"
DISABLED = "encryptionDisabled"


def _artifacts(project: Resource) -> Iterator[Block]:
    yield from project.each("artifacts")
    yield from project.each("secondaryArtifacts")


@rule(
    applies_to=(PROJECT,),
    severity=Severity.MEDIUM,
    remedy="Leave encryptionDisabled of the artifacts out, or set it to false.",
    controls=AT_REST,
    checkov=("CKV_AWS_78",),
    topic="Encrypt build outputs in CodeBuild",
    each=_artifacts,
    passes=(
        {},
        {"artifacts": {"type": "S3"}},
        {"artifacts": {"type": "S3", DISABLED: False}},
        {"artifacts": {"type": "NO_ARTIFACTS", DISABLED: True}},
    ),
    fails=(
        {"artifacts": {"type": "S3", DISABLED: True}},
        {"artifacts": {"type": "NO_ARTIFACTS"}, "secondaryArtifacts": [{"type": "S3", DISABLED: True}]},
    ),
    undecided=(
        {"artifacts": UNKNOWN},
        {"artifacts": {"type": "S3", DISABLED: UNKNOWN}},
        {"artifacts": {"type": UNKNOWN, DISABLED: True}},
    ),
)
def codebuild_artifact_encrypted(artifacts: Block) -> Iterator[Violation]:
    """CodeBuild encrypts its artifacts in S3 with a KMS key.

    CodeBuild does so unless it is switched off. Then only the default encryption of the bucket is left, which is no
    barrier to those who may read the bucket.
    """
    if artifacts.flag(DISABLED) and artifacts.text("type") == "S3":
        at = artifacts.at(DISABLED)
        yield Violation("encryption of the artifacts is switched off", at=at, fix=Fix({at: False}))


def _logs(**settings: object) -> dict[str, object]:
    return {"logsConfig": {"s3Logs": settings}}


@rule(
    applies_to=(PROJECT,),
    severity=Severity.MEDIUM,
    remedy="Leave logsConfig.s3Logs.encryptionDisabled out, or set it to false.",
    controls=(FSBP["CodeBuild.3"], *AT_REST),
    checkov=("CKV_AWS_311",),
    topic="Encrypt build outputs in CodeBuild",
    passes=({}, _logs(status="ENABLED"), _logs(status="DISABLED", encryptionDisabled=True), _logs(encryptionDisabled=True)),
    fails=(_logs(status="ENABLED", encryptionDisabled=True),),
    undecided=(
        {"logsConfig": UNKNOWN},
        _logs(status=UNKNOWN, encryptionDisabled=True),
        _logs(status="ENABLED", encryptionDisabled=UNKNOWN),
    ),
)
def codebuild_s3_log_encrypted(project: Resource) -> Iterator[Violation]:
    """CodeBuild encrypts its logs in S3 with a KMS key.

    CodeBuild does so unless it is switched off. Then only the default encryption of the bucket is left, which is no
    barrier to those who may read the bucket.
    """
    path = f"logsConfig.s3Logs.{DISABLED}"
    if project.flag(path) and project.text("logsConfig.s3Logs.status", "DISABLED") == "ENABLED":
        yield Violation("encryption of the logs is switched off", at=path, fix=Fix({path: False}))


def _sources(project: Resource) -> Iterator[Block]:
    yield from project.each("source")
    yield from project.each("secondarySources")


@rule(
    applies_to=(PROJECT,),
    severity=Severity.HIGH,
    remedy="Leave insecureSsl out, and give the certificate of a server that signs its own in environment.certificate.",
    controls=IN_TRANSIT,
    topic="Create a build project in AWS CodeBuild",
    each=_sources,
    passes=(
        {},
        {"source": {"type": "GITHUB_ENTERPRISE"}},
        {"source": {"type": "GITHUB_ENTERPRISE", "insecureSsl": False}},
        {"source": {"type": "GITHUB", "insecureSsl": True}},
    ),
    fails=(
        {"source": {"type": "GITHUB_ENTERPRISE", "insecureSsl": True}},
        {"source": {"type": "CODEPIPELINE"}, "secondarySources": [{"type": "GITHUB_ENTERPRISE", "insecureSsl": True}]},
    ),
    undecided=(
        {"source": UNKNOWN},
        {"source": {"type": "GITHUB_ENTERPRISE", "insecureSsl": UNKNOWN}},
        {"source": {"type": UNKNOWN, "insecureSsl": True}},
    ),
)
def codebuild_source_certificate_verified(source: Block) -> Iterator[Violation]:
    """CodeBuild verifies the certificate of the server it fetches sources from.

    Without that, whoever sits between CodeBuild and the server can read the credentials and put code into the build. The
    switch works with GitHub Enterprise Server only, and AWS means it for tests.
    """
    if source.flag("insecureSsl") and source.text("type") == "GITHUB_ENTERPRISE":
        at = source.at("insecureSsl")
        yield Violation("certificates are not verified", at=at, fix=Fix({at: False}))


def _variables(project: Resource) -> Iterator[Variable]:
    for block in project.each("environment.environmentVariables"):
        yield Variable(block)


def _environment(name: object, value: object, **more: object) -> dict[str, object]:
    return {"environment": {"environmentVariables": [{"name": name, "value": value, **more}]}}


@rule(
    applies_to=(PROJECT,),
    severity=Severity.HIGH,
    remedy="Move it to Secrets Manager or Parameter Store, set the variable's type to that, and replace what was exposed.",
    controls=(FSBP["CodeBuild.2"], *SECRETS),
    topic="Environment variables in build environments",
    each=_variables,
    parameters=NotSecret,
    passes=(
        {},
        _environment("STAGE", "prod"),
        _environment("DB_PASSWORD", "prod-db:password", type="SECRETS_MANAGER"),
        _environment("DB_PASSWORD", UNKNOWN, type="PARAMETER_STORE"),
        _environment("NPM_TOKEN_PARAMETER", "npm-token"),
    ),
    fails=(
        _environment("DB_PASSWORD", "correct horse"),
        _environment("NPM_TOKEN", "Zm9vYmFy", type="PLAINTEXT"),
        _environment("OTHER", "AKIA" + "IOSFODNN7EXAMPLE"),
    ),
    undecided=(
        {"environment": UNKNOWN},
        _environment("DB_PASSWORD", SECRET),
        _environment("DB_PASSWORD", "correct horse", type=UNKNOWN),
        _environment(UNKNOWN, "correct horse"),
    ),
)
def codebuild_environment_free_of_secrets(variable: Variable, parameters: NotSecret) -> Iterator[Violation]:
    """CodeBuild projects hold no secrets in plain text in their environment.

    Whoever may read a project reads its variables of type PLAINTEXT, the default. A value counts as a secret by its form
    (access keys, private keys, tokens) or by its variable's name. What Pulumi keeps secret is plain text in CodeBuild.
    """
    if variable.block.text("type", "PLAINTEXT") == "PLAINTEXT":
        yield from plain_secrets(variable, parameters)


RULES = (
    customer_key_rule(
        "codebuild-project",
        (PROJECT,),
        "encryptionKey",
        what="The outputs of CodeBuild projects",
        why=(
            "CodeBuild encrypts artifacts, caches and logs with the key aws/s3 by itself. With a key of your own, who reads"
            " them needs your key too."
        ),
        remedy="Set encryptionKey to the ARN of a key that you manage.",
        checkov=("CKV_AWS_147",),
        topic="Encrypt build outputs in CodeBuild",
    ),
    must_be(
        "codebuild-report-encrypted",
        ("aws:codebuild/reportGroup:ReportGroup",),
        "exportConfig.s3Destination.encryptionDisabled",
        False,  # noqa: FBT003  (the value that the property must have)
        default=False,
        title="CodeBuild encrypts the reports that it exports with a KMS key.",
        why="Test reports can show code and data. CodeBuild encrypts them unless it is switched off.",
        severity=Severity.MEDIUM,
        controls=(FSBP["CodeBuild.7"], *AT_REST),
        topic="Encrypt build outputs in CodeBuild",
    ),
)
