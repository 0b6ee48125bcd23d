"""The rules inside a pack of pulumi_policy say the same as our own pack, as far as pulumi_policy lets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pulumi.runtime.proto import analyzer_pb2 as proto

from policies.evaluate import Outcome, judge
from policies.examples import stack_of
from policies.pulumi_protocol import read_struct
from policies.rule import Level
from policies.settings import written
from tests.engine import CANARY, ROOT, SENTINEL, Engine, request, running, secret
from tests.team_rules import configured, examples, resource_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from policies.rule import Example, Rule

PACK = """
import os
from pathlib import Path
from pulumi_policy import PolicyPack
from policies.pulumi_policies import as_policies

path = os.environ.get("STACKPROOF_CONFIG")
PolicyPack(name="stackproof", policies=as_policies(Path(path) if path else None))
"""


def pack_in(directory: Path) -> Path:
    (directory / "__main__.py").write_text(PACK)
    return directory


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running(pack_in(tmp_path_factory.mktemp("pack")), STACKPROOF_CONFIG="") as engine:
        yield engine


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    directory = pack_in(tmp_path_factory.mktemp("pack"))
    with running(directory, STACKPROOF_CONFIG=configured(directory)) as engine:
        yield engine


def test_the_policies_are_described_as_in_our_own_pack(team: Engine, tmp_path: Path) -> None:
    with running(ROOT, STACKPROOF_CONFIG=configured(tmp_path)) as engine:
        ours = engine.info()
    assert list(team.info().policies) == list(ours.policies)


@pytest.mark.parametrize(("rule", "example", "known"), examples())
def test_every_example_comes_out_the_same(plain: Engine, rule: Rule, example: Example, *, known: bool) -> None:
    stack, subject = stack_of(example, references_known=known)
    parameters: Any = example.parameters or (rule.parameters() if rule.parameters else None)
    expected = judge(rule, subject, stack, parameters)
    if any("a secret" in finding.message for finding in expected):
        pytest.skip("pulumi_policy shows secrets in plain")
    dumped = written(parameters) if rule.parameters else {}
    plain.configure({rule.id: ("mandatory", dumped)})
    found = [found for resource in stack.resources for found in plain.analyze(resource)]
    found += plain.analyze_stack([*stack.resources])
    answers = [item for item in found if item.policyName == rule.id and item.urn in {subject.urn, ""}]
    failed = [finding for finding in expected if finding.outcome is Outcome.FAILED and not rule.judges_secrecy]
    if failed:
        assert [item.enforcementLevel for item in answers] == [proto.MANDATORY], "all violations are one answer"
    if expected and not failed:
        assert [item.enforcementLevel for item in answers] == [proto.ADVISORY], "undecided"
    if not expected:
        assert [item for item in answers if item.enforcementLevel == proto.MANDATORY] == []


def test_a_remediation_keeps_secrets_and_unknown_values(team: Engine) -> None:
    team.configure({"queue-encrypted": ("remediate", {}), "queue-renamed": ("remediate", {})})
    given: dict[str, Any] = {
        "name": "old",
        "policy": secret({"a": [CANARY]}),
        "key": SENTINEL,
        "delaySeconds": 5,
        "list": [{"x": 1}],
    }
    answer = team.remediate(resource_with(given))
    [remediation] = answer.remediations
    assert read_struct(remediation.properties) == {**given, "sqsManagedSseEnabled": True}
    assert "queue-renamed" in {item.policy_name for item in answer.not_applicable}


def test_a_crash_an_exemption_and_an_unknown_value_hide_no_other_answer(team: Engine) -> None:
    team.configure({"queue-encrypted": ("mandatory", {}), "queue-renamed": ("advisory", {})})
    crashing = resource_with({"name": "crash", "policy": CANARY, "sqsManagedSseEnabled": False})
    assert {item.policyName for item in team.analyze(crashing)} == {"queue-crash", "queue-encrypted"}
    [violation] = [item for item in team.analyze(crashing) if item.policyName == "queue-encrypted"]
    texts = [
        "Queues are encrypted. Messages are read by whoever reaches the disk.",
        "The queue is not encrypted (sqsManagedSseEnabled).",
    ]
    assert violation.message.splitlines() == [*texts, "Fix: Set sqsManagedSseEnabled."]
    unknown = resource_with({"name": "old", "sqsManagedSseEnabled": SENTINEL})
    found = {item.policyName: item for item in team.analyze(unknown)}
    assert set(found) == {"queue-encrypted", "queue-renamed"}
    assert found["queue-encrypted"].enforcementLevel == proto.ADVISORY
    assert "Undecided: sqsManagedSseEnabled is not known before the update." in found["queue-encrypted"].message
    exempt = resource_with({}, name="exempt")
    assert team.analyze(exempt) == []
    renamed = request(resource_with({}, name="renamed"))
    assert team.stub.Analyze(renamed).diagnostics
    renamed.options.aliases.append(exempt.urn)
    assert not team.stub.Analyze(renamed).diagnostics


def test_the_example_of_a_team_starts() -> None:
    with running(ROOT / "examples" / "team-policy-pack") as engine:
        policies = {item.name: item for item in engine.info().policies}
    assert "region-allowed" in policies
    assert policies["rds-storage-encrypted"].enforcementLevel == proto.EnforcementLevel.Value(Level.ADVISORY.upper())
