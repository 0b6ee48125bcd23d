"""The two example programs, run under Pulumi's mocks: one breaks many rules, its twin none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pulumi.runtime.proto import analyzer_pb2 as proto

from policies.rule_sets import ESSENTIAL
from scanners.sources import stack_export
from tests.command import EXAMPLES, stackproof
from tests.engine import running

ROOT = Path(__file__).parents[1]
BLOCKED = {
    "deploy": {"iam-role-trust-github-repository-pinned"},
    "deploy-anything": {"iam-policy-not-full-admin"},
    "functions-admin": {"iam-attachment-not-administrator-access"},
    "jobs": {"sqs-queue-encrypted"},
    "orders": {"rds-storage-encrypted", "required-tags"},
    "robot": {"iam-principal-cannot-become-administrator"},
    "robot-key": {"iam-user-without-access-key"},
    "shared": {"efs-file-system-encrypted"},
    "uploads-for-all": {"s3-bucket-policy-not-public"},
    "worker": {"ec2-root-volume-encrypted", "ec2-block-devices-encrypted"},
}
"""What must block, at least, by the name of the resource."""


def exported(program: str, directory: Path) -> Path:
    file = directory / f"{program}.json"
    command = [sys.executable, "-m", "tests.programs", str(EXAMPLES / program)]
    file.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout)
    return file


@pytest.mark.parametrize("configured", [False, True], ids=["defaults", "configured"])
def test_the_violating_program_is_blocked(tmp_path: Path, *, configured: bool) -> None:
    config = ["--config", str(EXAMPLES / "stackproof.yaml")] if configured else []
    ran = stackproof("scan", exported("violating-program", tmp_path), "-f", "json", *config)
    found: dict[str, set[str]] = {}
    for result in ran.report["results"]:
        if result["status"] == "failed":
            found.setdefault(result["name"], set()).add(result["rule"])
    wanted = {name: rules if configured else rules & ESSENTIAL for name, rules in BLOCKED.items()}
    missing = {name: rules - found.get(name, set()) for name, rules in wanted.items()}
    assert {name: rules for name, rules in missing.items() if rules} == {}
    assert ran.exit_code == 1


@pytest.mark.parametrize("options", [[], ["--config", str(EXAMPLES / "stackproof.yaml")], ["--rules", "all"]])
def test_the_compliant_program_passes_every_rule(tmp_path: Path, options: list[str]) -> None:
    ran = stackproof("scan", exported("compliant-program", tmp_path), "-f", "json", "--fail-on", "advisory", *options)
    assert [(result["name"], result["rule"], result["status"]) for result in ran.report["results"]] == []
    assert ran.exit_code == 0


def diagnostics(program: str, directory: Path) -> list[proto.AnalyzeDiagnostic]:
    """Send the resources of a program to the pack, as the engine does at a preview."""
    source = stack_export.read(program, exported(program, directory).read_bytes())
    assert source is not None
    with running(STACKPROOF_CONFIG=str(EXAMPLES / "stackproof.yaml")) as engine:
        answers = []
        for resource in source.stack.resources:
            for answer in engine.analyze(resource):
                answer.urn = resource.urn
                answers.append(answer)
        return [*answers, *engine.analyze_stack([*source.stack.resources])]


def test_the_pack_blocks_the_violating_program(tmp_path: Path) -> None:
    blocked: dict[str, set[str]] = {}
    for answer in diagnostics("violating-program", tmp_path):
        if answer.enforcementLevel == proto.MANDATORY:
            blocked.setdefault(answer.urn.rpartition("::")[2], set()).add(answer.policyName)
    missing = {name: rules - blocked.get(name, set()) for name, rules in BLOCKED.items()}
    assert {name: rules for name, rules in missing.items() if rules} == {}


def test_the_pack_passes_the_compliant_program(tmp_path: Path) -> None:
    assert [(answer.urn, answer.policyName, answer.message) for answer in diagnostics("compliant-program", tmp_path)] == []
