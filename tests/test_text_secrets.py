"""Secrets in scripts and documents: found by form or by name, in whatever way the service takes the text."""

from __future__ import annotations

import base64
import gzip

import pytest

from policies.environment_secrets import NotSecret
from policies.iam.text_secrets import script_of, secrets_in
from policies.unknown import Reason, UnknownValue


def found(text: str, *but: str) -> list[str]:
    return [violation.message for violation in secrets_in(text, "userData", NotSecret(names=but))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("export DB_PASSWORD=correct-horse", "DB_PASSWORD"),
        ("DB_PASSWORD=letmein", "DB_PASSWORD"),
        ("app --api-key=Zm9vYmFyCg --verbose", "api-key"),
        ('{"dbPassword": "correct horse"}', "dbPassword"),
        ('{"script": "{\\"dbPassword\\": \\"correct horse\\"}"}', "dbPassword"),
        ("password => 'correct horse'", "password"),
        ("MasterUserPassword: 'correct horse'", "MasterUserPassword"),
    ],
)
def test_a_literal_is_a_secret_by_the_name_that_the_text_gives_it(text: str, name: str) -> None:
    assert found(text) == [f"userData holds a secret by its name, {name}"]


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD=$(aws ssm get-parameter --name /prod/db)",
        'DB_PASSWORD="${PASSWORD}"',
        "password = read_password()",
        "connect(user='app', password=password)",
        'password = os.environ["DB_PASSWORD"]',
        '{"Password.$": "$.password"}',
        '{"MasterUserPassword": "{{resolve:secretsmanager:db}}"}',
        '{"Parameters": {"DBPassword": {"Type": "String", "NoEcho": "true"}}}',
        "TOKEN_FILE=/var/run/token",
        "PASSWORD_LENGTH=thirty-two",
        "if password == 'correct horse':",
        "https://example.com/?token=anything",
    ],
)
def test_what_refers_to_a_secret_or_tells_about_one_is_none(text: str) -> None:
    assert found(text) == []


def test_a_name_that_does_not_mean_it_is_none() -> None:
    assert found("CSRF_TOKEN=off-in-tests\nTOKEN=Zm9vYmFyCg", "csrf_token") == ["userData holds a secret by its name, TOKEN"]


def test_a_secret_is_told_once_and_each_of_several_is_told() -> None:
    text = "TOKEN=Zm9vYmFyCg\nTOKEN=Zm9vYmFyCg\nPASSWORD=correct-horse\n-----BEGIN " + "PRIVATE KEY-----"
    assert found(text) == [
        "userData holds a private key",
        "userData holds a secret by its name, TOKEN",
        "userData holds a secret by its name, PASSWORD",
    ]


SCRIPT = "#!/bin/bash\necho hello\n"


@pytest.mark.parametrize(
    "given",
    [SCRIPT, base64.b64encode(SCRIPT.encode()).decode(), base64.b64encode(gzip.compress(SCRIPT.encode())).decode()],
    ids=["plain", "base64", "gzip"],
)
def test_a_script_is_read_as_cloud_init_reads_it(given: str) -> None:
    assert script_of(given, "userData") == SCRIPT


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", Reason.NOT_REPORTED),
        (SCRIPT, Reason.MALFORMED),
        (base64.b64encode(b"\xff\xfe\xfd").decode(), Reason.MALFORMED),
        (base64.b64encode(b"\x1f\x8bnot gzip").decode(), Reason.MALFORMED),
    ],
    ids=["hash", "not-base64", "not-a-text", "not-gzip"],
)
def test_what_cannot_be_read_is_not_known(given: str, reason: Reason) -> None:
    with pytest.raises(UnknownValue) as raised:
        script_of(given, "userDataBase64", encoded=True)
    assert (raised.value.reason, raised.value.path) == (reason, "userDataBase64")
