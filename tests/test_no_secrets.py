"""No value that may be a secret reaches any report: canaries stand in every text that a message may not quote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from policies.catalog import builtin_rules
from policies.examples import PROJECT, STACK, outputs_of, resolve
from policies.unknown import Unknown
from scanners.stored_report import report_in
from scanners.writers import WRITERS, write
from tests.command import stackproof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from policies.rule import Example

CANARY = "canary-5f1d"
NAME_OF_A_VARIABLE = "holds a secret by its name, "
"""Comes before the name of an environment variable, which messages may quote."""

QUOTABLE = {
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Effect",
    "Version",
    "Sid",
}
"""Parts of a policy document that messages may quote; so may tag keys, policy ARNs and protocol names."""

NAMES = {
    "key",
    "policyArn",
    "policyArns",
    "managedPolicyArn",
    "managedPolicyArns",
    "protocol",
    "viewerProtocolPolicy",
    "principal",
    "action",
    "Owner",  # the tag: a report says who answers for a resource
}


def with_canaries(value: object, name: str = "") -> object:
    """Return the value with a canary at the end of every text that messages may not quote, in JSON texts too."""
    if isinstance(value, dict):
        return {key: with_canaries(item, name if name in QUOTABLE else key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_canaries(item, name) for item in value]
    if isinstance(value, str) and name not in QUOTABLE | NAMES:
        return _json_with_canaries(value) if value.lstrip().startswith(("{", "[")) else f"{value}{CANARY}"
    return "04da6b54-80e4-46f7-96ec-b56ff0331ba9" if isinstance(value, Unknown) else value


def _json_with_canaries(text: str) -> str:
    try:
        return json.dumps(with_canaries(json.loads(text)))
    except ValueError:
        return f"{text}{CANARY}"


def of_wrong_types(value: object, name: str = "") -> object:
    """Return the value with what messages may not quote replaced by what is of another type and holds a canary."""
    if isinstance(value, dict):
        return {key: of_wrong_types(item, name if name in QUOTABLE else key) for key, item in value.items()} or CANARY
    if isinstance(value, list | tuple):
        return [of_wrong_types(item, name) for item in value] or CANARY
    if name in QUOTABLE | NAMES:
        return value if isinstance(value, str) else [CANARY]
    return [{"x": CANARY}, CANARY] if isinstance(value, str) else CANARY


def resources(example: Example, prefix: str, change: Callable[[object], object]) -> Iterator[dict[str, object]]:
    everything = (example, *example.related)
    by_name = {item.name: item for item in everything}
    for item in everything:
        inputs = change(resolve(item.inputs, by_name, known=True))
        outputs = {**(inputs if isinstance(inputs, dict) else {}), **outputs_of(item)}
        urn = f"urn:pulumi:{STACK}::{PROJECT}::{item.type}::{prefix}-{item.name}"
        yield {"urn": urn, "type": item.type, "id": outputs["id"], "inputs": inputs, "outputs": outputs}


def with_secrets(value: object) -> object:
    """Return the value with every text that messages may not quote as a secret with a canary inside."""
    if isinstance(value, dict):
        return {key: with_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_secrets(item) for item in value]
    if isinstance(value, str | Unknown):
        return {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            "value": CANARY,
            "plaintext": f'"{CANARY}"',
            "ciphertext": CANARY,
        }
    return value


CHANGES = {"plain": with_canaries, "marked-secret": with_secrets, "wrong-type": of_wrong_types}


@pytest.fixture(scope="module", params=CHANGES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = [
        resource
        for rule in builtin_rules().values()
        for index, example in enumerate(rule.examples)
        for resource in resources(example, f"{rule.id}-{index}", CHANGES[request.param])
    ]
    file: Path = tmp_path_factory.mktemp("canaries") / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": found}}))
    assert CANARY in file.read_text()
    return file


@pytest.mark.parametrize("view", ["inputs", "outputs"])
def test_reports_quote_no_value_that_may_be_a_secret(view: str, stack: Path, tmp_path: Path) -> None:
    shown = "failed,undecided,exempt,passed,broken"
    files = {format_: tmp_path / format_ for format_ in ("json", "sarif")}
    written = [word for format_, file in files.items() for word in ("-o", f"{format_}={file}")]
    ran = stackproof("scan", stack, "-f", "text", *written, "--view", view, "--rules", "all", "--show", shown)
    assert ran.exit_code == 1
    told = {"text": ran.out, **{format_: file.read_text() for format_, file in files.items()}}
    if view == "inputs":
        report = report_in(files["json"].read_bytes())
        report.results = [result for result in report.results if result.status != "passed"]
        report.run.aws_account, report.run.aws_region = "111122223333", "eu-west-1"
        told |= {format_: "".join(write(report, format_)) for format_ in WRITERS if format_ not in told}
    quoting = [
        (format_, line.strip())
        for format_, text in told.items()
        for line in text.splitlines()
        if CANARY in line and NAME_OF_A_VARIABLE not in line
    ]
    assert quoting == []
    assert CANARY not in ran.err
