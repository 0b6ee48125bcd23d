"""Encryption in Systems Manager: parameters and Session Manager."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from policies.controls import AT_REST, CUSTOMER_KEY, IN_TRANSIT, SECRETS
from policies.customer_key import KEY_ARN, KEY_OF_THE_STACK, RELATED_KEY, customer_key_violations
from policies.embedded_json import embedded_json
from policies.fix import Fix
from policies.rule import Example, Severity, Violation, rule
from policies.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.block import Block
    from policies.resource import Resource
    from policies.stack import Stack

PARAMETER = "aws:ssm/parameter:Parameter"
DOCUMENT = "aws:ssm/document:Document"

SECURE = "SecureString"


class SecretNames(NamedTuple):
    """Which parameters hold secrets."""

    words: Annotated[tuple[str, ...], "Parts of names that tell a secret; case and punctuation do not count."] = (
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "credential",
        "privatekey",
        "connectionstring",
    )
    every_parameter: Annotated[bool, "Whether every parameter must be a SecureString, whatever its name."] = False


EVERY_PARAMETER = SecretNames(every_parameter=True)

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ABOUT = frozenset({
    "alias", "arn", "count", "days", "disabled", "enabled", "endpoint", "expiration", "expiry", "host", "hours", "id", "ids",
    "issuer", "length", "level", "lifetime", "limit", "max", "min", "minutes", "mode", "name", "names", "path", "policy",
    "port", "prefix", "region", "rotation", "rules", "seconds", "timeout", "ttl", "type", "uri", "url", "urls", "version",
})  # fmt: skip
"""Last words of names that say something about a secret, or where it is: db-secret-arn, token-ttl."""


@rule(
    applies_to=(PARAMETER,),
    severity=Severity.MEDIUM,
    remedy="Set type to SecureString, and give the value as value instead of insecureValue.",
    controls=SECRETS,
    checkov=("CKV2_AWS_34",),
    topic="AWS Systems Manager Parameter Store: SecureString",
    parameters=SecretNames,
    passes=(
        {"name": "/app/db/password", "type": "SecureString"},
        {"name": "/app/log-level", "type": "String"},
        {"name": "/app/db/secret-arn", "type": "String"},
        {"name": "/app/db/secretarn", "type": "String"},
        {"name": "/app/dbSecretName", "type": "String"},
        {"name": "/app/max-tokens/limit", "type": "String"},
        {"name": "/auth/token-service/url", "type": "String"},
        Example({"name": "/app/password-rules", "type": "String"}, parameters=SecretNames(words=("credential",))),
    ),
    fails=(
        {"name": "/app/db/password", "type": "String"},
        {"name": "/app/API_KEY", "type": "String", "insecureValue": "1234"},
        {"name": "/app/url/password", "type": "String"},
        {"name": "/app/tokens", "type": "StringList"},
        Example({"type": "String"}, name="db-credentials"),
        Example({"name": "/app/log-level", "type": "String"}, parameters=EVERY_PARAMETER),
        Example({"name": "/app/db/pin-code", "type": "String"}, parameters=SecretNames(words=("PIN code",))),
    ),
    undecided=(
        {"name": "/app/db/password", "type": UNKNOWN},
        {"name": UNKNOWN, "type": "String"},
    ),
)
def ssm_parameter_secret_encrypted(parameter: Resource, parameters: SecretNames) -> Iterator[Violation]:
    """SSM parameters that hold a secret are of the type SecureString.

    Every other type is plain text for everyone who may read parameters. Names tell the secrets: a parameter whose name
    speaks of a password, a token or the like must be encrypted, unless its last word says that it is about one: arn, ttl.
    """
    if parameter.text("type") == SECURE:
        return
    if parameters.every_parameter or _tells_a_secret(parameter.text("name", parameter.name), parameters.words):
        # the provider refuses a SecureString with an insecureValue
        fix = None if parameter.has("insecureValue") else Fix({"type": SECURE})
        yield Violation(f"type is not {SECURE}", at="type", fix=fix)


def _tells_a_secret(name: str, words: tuple[str, ...]) -> bool:
    letters = _letters(name)
    if letters.endswith("arn") or _ABOUT.intersection(word.lower() for word in _WORDS.findall(name)[-1:]):
        return False
    return any(_letters(word) in letters for word in words)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@rule(
    applies_to=(PARAMETER,),
    severity=Severity.LOW,
    remedy="Set keyId to the ARN of a key that you manage.",
    controls=CUSTOMER_KEY,
    checkov=("CKV_AWS_337",),
    topic="AWS Systems Manager Parameter Store: SecureString",
    passes=(
        {"type": "SecureString", "keyId": KEY_ARN},
        Example({"type": "SecureString", "keyId": KEY_OF_THE_STACK}, related=RELATED_KEY),
        {"type": "String"},
    ),
    fails=({"type": "SecureString"}, {"type": "SecureString", "keyId": "alias/aws/ssm"}),
    undecided=({"type": "SecureString", "keyId": UNKNOWN}, {"type": UNKNOWN}),
)
def ssm_parameter_encrypted_with_customer_key(parameter: Resource, stack: Stack) -> Iterator[Violation]:
    """SSM parameters of the type SecureString are encrypted with a customer managed key.

    The key aws/ssm is open to everyone in the account who may read the parameter, and cannot be shared with other
    accounts. A key of your own is a second lock that you hold.
    """
    if parameter.text("type") == SECURE:
        yield from customer_key_violations(parameter, parameter, "keyId", stack)


def _session(type_: str = "Standard_Stream", **inputs: object) -> dict[str, object]:
    content = {"schemaVersion": "1.0", "sessionType": type_, "inputs": inputs}
    return {"documentType": "Session", "content": json.dumps(content)}


YAML_SESSION = {"documentType": "Session", "documentFormat": "YAML", "content": "schemaVersion: '1.0'\nsessionType: Port\n"}


def _session_inputs(document: Resource) -> Block | None:
    """Return the preferences of shell sessions that a document sets; None for a document of another kind."""
    if document.text("documentType") != "Session":
        return None
    content = embedded_json(document, "content")
    if content.text("sessionType", "Standard_Stream") != "Standard_Stream":
        return None  # port forwarding and single commands take their preferences from elsewhere
    return content.block("inputs")


@rule(
    applies_to=(DOCUMENT,),
    severity=Severity.MEDIUM,
    remedy="Set inputs.kmsKeyId in the content of the document.",
    controls=IN_TRANSIT,
    checkov=("CKV_AWS_112",),
    topic="Turn on KMS key encryption of session data",
    passes=(
        _session(kmsKeyId=KEY_ARN),
        _session("Port"),
        {"documentType": "Command", "content": json.dumps({"schemaVersion": "2.2"})},
        {"documentType": "Command", "content": UNKNOWN},
    ),
    fails=(
        _session(),
        _session(kmsKeyId=""),
        {"documentType": "Session", "content": json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream"})},
    ),
    undecided=(
        {"documentType": "Session", "content": UNKNOWN},
        {"documentType": UNKNOWN, "content": json.dumps({})},
        YAML_SESSION,
    ),
)
def ssm_session_encrypted_with_kms(document: Resource) -> Iterator[Violation]:
    """Session Manager encrypts sessions with a KMS key.

    TLS protects every session; a KMS key encrypts what is typed and shown once more between the user and the instance,
    and decides who may open sessions at all.
    """
    inputs = _session_inputs(document)
    if inputs is not None and not inputs.has("kmsKeyId"):
        yield Violation("inputs.kmsKeyId is not set", at="content")


@rule(
    applies_to=(DOCUMENT,),
    severity=Severity.MEDIUM,
    remedy="Name a bucket or a log group in the document, and set s3EncryptionEnabled or cloudWatchEncryptionEnabled.",
    controls=AT_REST,
    checkov=("CKV_AWS_113",),
    topic="Enabling and disabling session logging",
    passes=(
        _session(s3BucketName="sessions", s3EncryptionEnabled=True),
        _session(
            cloudWatchLogGroupName="sessions", cloudWatchEncryptionEnabled=True, s3BucketName="", s3EncryptionEnabled=False
        ),
        _session("InteractiveCommands"),
        {"documentType": "Command", "content": UNKNOWN},
    ),
    fails=(
        _session(),
        _session(s3BucketName="sessions"),
        _session(cloudWatchLogGroupName="sessions", cloudWatchEncryptionEnabled=False),
        _session(
            s3BucketName="sessions",
            s3EncryptionEnabled=True,
            cloudWatchLogGroupName="sessions",
            cloudWatchEncryptionEnabled=False,
        ),
    ),
    undecided=(
        {"documentType": "Session", "content": UNKNOWN},
        {"documentType": UNKNOWN, "content": json.dumps({})},
        YAML_SESSION,
    ),
)
def ssm_session_logs_encrypted(document: Resource) -> Iterator[Violation]:
    """Session Manager keeps logs of sessions, and only in encrypted places.

    The logs hold all that users typed and saw, passwords too. Without a log nobody can tell later what was done in a
    session.
    """
    inputs = _session_inputs(document)
    if inputs is None:
        return
    logged = False
    for place, encrypted in (
        ("s3BucketName", "s3EncryptionEnabled"),
        ("cloudWatchLogGroupName", "cloudWatchEncryptionEnabled"),
    ):
        if inputs.has(place):
            logged = True
            if not inputs.flag(encrypted):
                yield Violation(f"inputs.{place} is set without inputs.{encrypted}", at="content")
    if not logged:
        yield Violation("neither inputs.s3BucketName nor inputs.cloudWatchLogGroupName is set", at="content")
