"""The policy pack over the engine's own protocol: the pack runs as a process that the engine's command starts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import yaml
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2 as proto

from policies import __version__
from policies.catalog import builtin_rules
from policies.evaluate import Finding, Outcome, judge
from policies.examples import stack_of
from policies.pulumi_protocol import Providers, read_struct, write_struct
from policies.resource import Resource
from policies.rule import Example, Rule, Scope
from policies.rule_sets import ESSENTIAL
from policies.settings import written
from tests.command import EXAMPLES, STATES, stackproof
from tests.engine import CANARY, ROOT, SENTINEL, Engine, running, secret, start
from tests.team_rules import CONFIGURATION, POLICY, QUEUE, configured, examples, queue, resource_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def plain() -> Iterator[Engine]:
    """Our pack as it is, without a configuration."""
    with running(STACKPROOF_CONFIG="") as engine:
        yield engine


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Our pack with every rule switched on."""
    with running(STACKPROOF_CONFIG=configured(tmp_path_factory.mktemp("all"), {"extends": ["all"]})) as engine:
        yield engine


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running(STACKPROOF_CONFIG=configured(tmp_path_factory.mktemp("team"))) as engine:
        yield engine


@pytest.fixture
def team(shared: Engine) -> Engine:
    """Our pack with the rules of a team, at the levels of its configuration."""
    shared.forget()
    shared.configure(
        {
            "queue-encrypted": ("mandatory", {}),
            "queue-tagged": ("disabled", {}),
            "queue-renamed": ("advisory", {}),
            "queue-delay-short": ("advisory", {"longest": 30}),
            "queue-has-policy": ("mandatory", {}),
        }
    )
    return shared


def told(diagnostics: list[proto.AnalyzeDiagnostic]) -> dict[str, tuple[int, str]]:
    return {item.policyName: (item.enforcementLevel, item.message) for item in diagnostics}


def test_the_version_stands_in_the_pack_file_too() -> None:
    pack = yaml.safe_load((ROOT / "PulumiPolicy.yaml").read_text())
    assert pack["version"] == __version__
    assert pack["runtime"] == {"name": "python", "options": {"toolchain": "uv", "virtualenv": ".venv"}}


def test_every_rule_is_a_policy(plain: Engine) -> None:
    info = plain.info()
    assert (info.name, info.version, info.supportsConfig) == ("stackproof", __version__, True)
    assert {item.name for item in info.policies} == set(builtin_rules())
    assert {item.name for item in info.policies if item.enforcementLevel != proto.DISABLED} == ESSENTIAL
    for item in info.policies:
        rule = builtin_rules()[item.name]
        assert item.displayName == rule.title
        assert item.description == f"{rule.title} {rule.why}"
        assert item.remediation_steps == rule.remedy
        assert item.policy_type == {"resource": 1, "stack": 2}[rule.scope]
        assert proto.PolicySeverity.Name(item.severity).endswith(rule.severity.upper())
        assert item.tags[0] in {"encryption", "iam", "tagging"}
        assert list(item.tags[1:]) == list(map(str, rule.controls))
        if rule.controls:
            assert (item.framework.name, item.framework.reference) == (rule.controls[0].framework, rule.controls[0].id)
        assert "$ref" not in str(item.configSchema), "the engine resolves no references in a schema"
    assert plain.stub.GetPluginInfo(Empty()).version == __version__
    assert plain.stub.Handshake(proto.AnalyzerHandshakeRequest(engine_address="127.0.0.1:1")) is not None


def test_the_description_carries_levels_and_parameters(tmp_path: Path) -> None:
    with running(STACKPROOF_CONFIG=configured(tmp_path)) as engine:
        policies = {item.name: item for item in engine.info().policies}
    assert policies["queue-tagged"].enforcementLevel == proto.DISABLED
    assert policies["queue-encrypted"].enforcementLevel == proto.MANDATORY
    assert list(policies["queue-encrypted"].tags) == []
    schema = read_struct(policies["queue-delay-short"].configSchema.properties)
    assert schema["longest"]["default"] == 30, "the engine sends this back unless it is set otherwise"
    assert schema["longest"]["description"] == "The longest delay in seconds."
    assert schema["for-names"]["default"] == []


def test_a_rule_that_is_switched_off_keeps_its_parameters(tmp_path: Path) -> None:
    content = CONFIGURATION | {"rules": {"queue-delay-short": {"level": "disabled", "longest": 30}}}
    with running(STACKPROOF_CONFIG=configured(tmp_path, content)) as engine:
        [found] = [item for item in engine.info().policies if item.name == "queue-delay-short"]
        assert found.enforcementLevel == proto.DISABLED
        assert read_struct(found.configSchema.properties)["longest"]["default"] == 30
        slow = queue(delaySeconds=45)
        assert "queue-delay-short" not in told(engine.analyze(slow))
        engine.configure({"queue-delay-short": ("advisory", {})})
        assert "delaySeconds is above 30." in told(engine.analyze(slow))["queue-delay-short"][1]


def test_the_levels_and_parameters_of_the_engine_win(team: Engine) -> None:
    slow = queue(delaySeconds=45, sqsManagedSseEnabled=True)
    assert told(team.analyze(slow))["queue-delay-short"][0] == proto.ADVISORY
    team.configure({"all": ("advisory", {}), "queue-delay-short": ("mandatory", {"longest": 40.0, "for-names": ["a"]})})
    level, message = told(team.analyze(slow))["queue-delay-short"]
    assert level == proto.MANDATORY
    assert "delaySeconds is above 40." in message
    team.configure({"queue-delay-short": ("disabled", {}), "queue-tagged": ("mandatory", {})})
    assert set(told(team.analyze(slow))) == {"queue-tagged"}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"queue-encryptd": ("advisory", {})}, ["queue-encryptd", "did you mean queue-encrypted?"]),
        ({"queue-encrypted": ("advisory", {"longest": 1})}, ["queue-encrypted", "'longest'"]),
        ({"queue-delay-short": ("advisory", {"longst": 1})}, ["queue-delay-short", "longst", "did you mean longest?"]),
        ({"queue-delay-short": ("advisory", {"longest": "x"})}, ["queue-delay-short", "longest", "integer"]),
    ],
)
def test_a_bad_setting_is_refused_by_name(
    team: Engine, given: dict[str, tuple[str, dict[str, object]]], names: list[str]
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        team.configure(given)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    details = refused.value.details() or ""
    assert all(name in details for name in names), details


def test_a_violation_says_what_where_and_how_to_mend_it(team: Engine) -> None:
    [found] = team.analyze(queue())
    assert (
        found.message
        == "Queues are encrypted.\nThe queue is not encrypted (sqsManagedSseEnabled).\nFix: Set sqsManagedSseEnabled."
    )
    assert (found.policyName, found.policyPackName, found.policyPackVersion) == ("queue-encrypted", "stackproof", __version__)
    assert (found.enforcementLevel, found.severity) == (proto.MANDATORY, proto.POLICY_SEVERITY_HIGH)
    assert found.urn == queue().urn
    assert found.description == "Queues are encrypted."
    assert team.analyze(queue(sqsManagedSseEnabled=True)) == []
    assert team.analyze(queue(of="acme:queue:Topic")) == []


@pytest.mark.parametrize(
    ("value", "why"),
    [(SENTINEL, "not known before the update"), (secret(value=True), "a secret"), ("[secret]", "a secret")],
)
def test_what_nobody_knows_is_advice_that_names_the_property(team: Engine, value: object, why: str) -> None:
    [found] = team.analyze(queue(sqsManagedSseEnabled=value))
    assert found.enforcementLevel == proto.ADVISORY
    assert found.message == f"Queues are encrypted.\nUndecided: sqsManagedSseEnabled is {why}."


def test_a_crash_is_seen_and_hides_no_other_answer(team: Engine) -> None:
    crashing = resource_with({"name": "crash", "policy": CANARY})
    found = told(team.analyze(crashing))
    assert set(found) == {"queue-crash", "queue-encrypted"}
    level, message = found["queue-crash"]
    assert level == proto.MANDATORY, "a run without an answer must not look complete"
    assert "KeyError at " in message
    assert CANARY not in message


def test_exemptions_are_reported_and_end(team: Engine) -> None:
    level, message = told(team.analyze(queue("exempt")))["queue-encrypted"]
    assert level == proto.ADVISORY
    assert "Exempt until 2999-01-01, owner web: public feed" in message
    level, message = told(team.analyze(queue("late")))["queue-encrypted"]
    assert level == proto.MANDATORY
    assert "Its exemption expired on 2020-01-01, owner web: was public" in message


def stack_of_queue(outputs: dict[str, object] | None = None, **policy: object) -> list[Resource]:
    main = queue(sqsManagedSseEnabled=True)
    other = Resource(
        f"urn:pulumi:dev::example::{POLICY}::policy", POLICY, "policy", policy, outputs=outputs,
        property_dependencies={"queueUrl": (main.urn,)} if policy.get("queueUrl") == SENTINEL else {},
    )  # fmt: skip
    return [main, other]


def test_a_stack_is_joined_by_edges_with_the_inputs_seen_before(team: Engine) -> None:
    resources = stack_of_queue(queueUrl=SENTINEL, policy="{}")
    assert [team.analyze(resource) for resource in resources] == [[], []]
    assert team.analyze_stack(resources) == []
    # at a preview every output is unknown, but the program sets no policy
    resources = stack_of_queue({"policy": SENTINEL}, queueUrl=SENTINEL)
    for resource in resources:
        team.analyze(resource)
    [found] = team.analyze_stack(resources)
    assert (found.policyName, found.urn, found.enforcementLevel) == ("queue-has-policy", resources[0].urn, proto.MANDATORY)


def test_what_is_only_read_is_not_judged_but_seen(team: Engine) -> None:
    main, alone = queue("main", name="main", sqsManagedSseEnabled=True), queue("alone")
    read = Resource(queue("policy", of=POLICY).urn, POLICY, "policy", {}, outputs={"queueUrl": "main", "policy": "{}"})
    team.analyze(main)
    assert team.analyze_stack([main, read, alone]) == []
    assert [item.urn for item in team.analyze_stack([main, alone])] == [main.urn]


def test_a_stack_that_was_never_analyzed_does_no_harm(team: Engine) -> None:
    assert [item.policyName for item in team.analyze_stack([queue()])] == ["queue-has-policy"]
    assert team.analyze_stack([]) == []


def test_calls_may_come_in_parallel_and_a_second_update_sees_its_own_inputs(team: Engine) -> None:
    sets: tuple[dict[str, object], ...] = ({"policy": "{}"}, {})
    for given in sets:
        pairs = [
            (
                queue(f"q{index}", name=f"q{index}", sqsManagedSseEnabled=True),
                queue(f"p{index}", of=POLICY, queueUrl=f"q{index}", **given),
            )
            for index in range(40)
        ]
        resources = [item for pair in pairs for item in pair]
        with ThreadPoolExecutor(8) as pool:
            assert not any(pool.map(team.analyze, resources))
        assert len(team.analyze_stack(resources)) == (0 if given else 40)


def test_a_provider_that_says_something_else_than_before_is_read_again() -> None:
    providers = Providers()

    def named(region: str) -> Resource | None:
        provider = proto.AnalyzerProviderResource(urn="urn:p", properties=write_struct({"region": region}))
        return providers.of(proto.AnalyzeRequest(provider=provider))

    first, again, changed = named("eu-west-1"), named("eu-west-1"), named("us-east-1")
    assert first is again
    assert changed is not None
    assert changed.values == {"region": "us-east-1"}
    assert providers.of(proto.AnalyzeRequest()) is None


def test_remediations_build_on_each_other_and_keep_the_rest_as_it_was(team: Engine) -> None:
    levels = ("queue-encrypted", "queue-renamed", "queue-tagged", "queue-has-policy", "queue-delay-short")
    team.configure({name: ("remediate", {}) for name in levels})
    given: dict[str, Any] = {
        "name": "old",
        "delaySeconds": 900,
        "policy": secret({"nested": [CANARY]}),
        "kmsMasterKeyId": SENTINEL,
        "tags": {"team": SENTINEL, "empty": {}, "__defaults": []},
        "nothing": None,
        "ratio": 0.5,
        "__defaults": ["name"],
    }
    answer = team.remediate(resource_with(given))
    assert [item.policyName for item in answer.remediations] == ["queue-encrypted", "queue-tagged"]
    first, second = (read_struct(item.properties) for item in answer.remediations)
    assert first == {**given, "sqsManagedSseEnabled": True}
    assert second == {**first, "tags": {**first["tags"], "owner": "nobody"}}
    assert {item.policy_name: item.reason for item in answer.not_applicable} == {
        "queue-renamed": "the fix would replace an existing resource",
        "queue-delay-short": "only you can mend this: the rule does not know the right value",
    }
    remaining = told(team.analyze(resource_with(given)))
    assert remaining["queue-renamed"][0] == proto.MANDATORY, "what stays wrong at level remediate blocks"


def test_a_fix_never_writes_over_what_nobody_knows(team: Engine) -> None:
    team.configure({"queue-encrypted": ("remediate", {}), "queue-tagged": ("remediate", {})})
    for tags in (SENTINEL, secret({"owner": CANARY}), "[secret]"):
        answer = team.remediate(queue(sqsManagedSseEnabled=tags, tags=tags))
        assert list(answer.remediations) == []
        assert {item.policy_name for item in answer.not_applicable} == {"queue-encrypted", "queue-tagged"}
    assert list(team.remediate(queue("exempt", tags={"owner": "me"})).remediations) == []


def test_what_was_read_is_written_back_as_it_was() -> None:
    values = {"a": [1, 2.5, True, None, "x", {}, [], {"b": [{"c": ""}]}], "d": {"e": -1}, "large": 2**53}
    assert read_struct(write_struct(values)) == values
    with pytest.raises(TypeError):
        write_struct({"a": object()})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"rules": {"no-such": {"level": "advisory"}}}, "stackproof.yaml:2: there is no rule 'no-such'"),
        ({"rules": {"all": {"level": "advice"}}}, "did you mean advisory?"),
        ({"rule-modules": ["missing.py"]}, "stackproof.yaml:2: rule module missing.py cannot be imported"),
    ],
)
def test_a_configuration_that_cannot_be_used_ends_the_pack(tmp_path: Path, content: object, message: str) -> None:
    with start(ROOT, STACKPROOF_CONFIG=configured(tmp_path, content)) as process:
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output == "", "the engine would take it for a port"
    assert message in errors
    assert "Traceback" not in errors


def test_a_pack_of_ones_own_reads_the_configuration_beside_it(tmp_path: Path) -> None:
    configured(tmp_path)
    for name in ("__main__.py", "PulumiPolicy.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    with running(tmp_path, STACKPROOF_CONFIG="") as engine:
        assert "queue-encrypted" in {item.name for item in engine.info().policies}


def test_the_pack_ends_when_the_engine_cancels() -> None:
    with start(ROOT, STACKPROOF_CONFIG="") as process:
        assert process.stdout is not None
        engine = Engine(int(process.stdout.readline()))
        engine.stub.Cancel(Empty())
        engine.channel.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(("rule", "example", "known"), examples())
def test_the_pack_answers_every_example_as_the_kernel_does(
    everything: Engine, rule: Rule, example: Example, *, known: bool
) -> None:
    stack, subject = stack_of(example, references_known=known)
    parameters: Any = example.parameters or (rule.parameters() if rule.parameters else None)
    expected = judge(rule, subject, stack, parameters)
    everything.forget()
    if rule.parameters:
        dumped = written(parameters)
        everything.configure({rule.id: (rule.level, dumped)})
    alone = [found for resource in stack.resources for found in everything.analyze(resource)]
    together = everything.analyze_stack([*stack.resources])
    answers = [item for item in (*alone, *together) if item.policyName == rule.id and item.urn == subject.urn]
    assert len(answers) == bool(expected), "all violations of a rule are one answer"
    for finding in expected:
        assert_same(answers[0], finding, rule)
    assert all((item in alone) is (rule.scope is Scope.RESOURCE) for item in answers)
    assert CANARY not in str(alone + together)


def hidden(value: object) -> object:
    """Return a value with every leaf as a secret."""
    if isinstance(value, dict):
        return {key: hidden(item) for key, item in value.items()}
    return [hidden(item) for item in value] if isinstance(value, list) else secret(CANARY)


@pytest.mark.parametrize("rule", builtin_rules().values(), ids=lambda rule: rule.id)
def test_no_answer_quotes_a_secret(everything: Engine, rule: Rule) -> None:
    for example in rule.examples:
        stack, subject = stack_of(example)
        for values in (hidden(subject.values), {key: secret({"inner": CANARY}) for key in subject.values}):
            assert isinstance(values, dict)
            everything.forget()
            changed = [resource_with(values, subject.name, subject.type), *[*stack.resources][1:]]
            answers = [everything.analyze(resource) for resource in changed]
            assert CANARY not in str([*answers, everything.analyze_stack(changed)])


def assert_same(answer: proto.AnalyzeDiagnostic, finding: Finding, rule: Rule) -> None:
    assert finding.message.rstrip(".").casefold() in answer.message.casefold()
    assert ("Undecided: " in answer.message) == (finding.outcome is Outcome.UNDECIDED)
    decided = proto.EnforcementLevel.Value(rule.level.upper())
    assert answer.enforcementLevel == (proto.ADVISORY if finding.outcome is Outcome.UNDECIDED else decided)


def pulumi(home: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the CLI with nothing of the user's own: neither settings nor stacks, plugins or credentials."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "STACKPROOF_"))}
    given |= {
        "PYTHONPATH": str(ROOT),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": home.as_uri(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_CONFIG_PASSPHRASE": "of tests",
        **environment,
    }
    return subprocess.run(
        ["pulumi", *map(str, arguments), "--non-interactive", "--color=never"],
        cwd=home, env=given, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


needs_pulumi = pytest.mark.skipif(shutil.which("pulumi") is None, reason="the pulumi command is not installed")


@pytest.fixture
def pack_here(tmp_path: Path) -> Path:
    """Our pack in the environment of the tests, so that the engine installs nothing."""
    pack = tmp_path / "pack"
    pack.mkdir()
    shutil.copy(ROOT / "__main__.py", pack)
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (pack / "PulumiPolicy.yaml").write_text(yaml.safe_dump({"runtime": runtime, "version": __version__}))
    return pack


def policy_events(ran: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    events = [json.loads(line).get("policyEvent") for line in ran.stdout.splitlines() if line.startswith("{")]
    return [item for item in events if item]


@needs_pulumi
@pytest.mark.parametrize("file", sorted(STATES.glob("*.json")), ids=lambda file: file.stem)
def test_the_engine_says_of_a_state_what_the_scanner_says(pack_here: Path, tmp_path: Path, file: Path) -> None:
    configuration = EXAMPLES / "stackproof.yaml"
    ran = pulumi(
        tmp_path, "policy", "analyze", "--file", file, "--policy-pack", pack_here, "--json",
        STACKPROOF_CONFIG=str(configuration),
    )  # fmt: skip
    told = [(item["policyName"], item["resourceUrn"], item["enforcementLevel"]) for item in policy_events(ran)]
    scanned = stackproof("scan", file, "--config", configuration, "--format", "json", "--fail-on", "never").report
    levels = {"undecided": "advisory", "exempt": "advisory", "broken": "mandatory"}
    wanted = {(item["rule"], item["urn"], levels.get(item["status"], item["level"])) for item in scanned["results"]}
    assert set(told) == wanted, ran.stderr
    assert len(told) == len(wanted), "all violations of a rule are one answer"
    assert ran.returncode == (1 if any(level == "mandatory" for _, _, level in told) else 0)


PROGRAM = f"""
import pulumi

class Queue(pulumi.ComponentResource):
    def __init__(self, name, /, **inputs):
        super().__init__("{QUEUE}", name, inputs)

Queue("open", sqsManagedSseEnabled=False)
Queue("hidden", sqsManagedSseEnabled=pulumi.Output.secret("{CANARY}"), policy=pulumi.Output.secret({{"a": "{CANARY}"}}))
Queue("crash", name="crash", sqsManagedSseEnabled=True, policy="{CANARY}")
Queue("exempt")
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of component resources, which need no provider, and its stack."""
    directory = tmp_path / "program"
    directory.mkdir()
    (directory / "__main__.py").write_text(PROGRAM)
    (tmp_path / "pip.py").write_text("print([])")  # the CLI asks it for packages; an environment made by uv has none
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (directory / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "shop", "runtime": runtime}))
    made = pulumi(tmp_path, "stack", "init", "dev", "--cwd", directory)
    assert made.returncode == 0, made.stderr
    return directory


def previewed(program: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    home = program.parent
    path = f"{home}:{ROOT}"
    return pulumi(home, "preview", "--stack", "dev", "--cwd", program, "--json", *arguments, PYTHONPATH=path, **environment)


STREAMED = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}


@needs_pulumi
def test_a_preview_is_judged(pack_here: Path, program: Path, tmp_path: Path) -> None:
    levels = tmp_path / "levels.json"
    levels.write_text(json.dumps({"all": "disabled", "queue-crash": "advisory", "queue-encrypted": "mandatory"}))
    ran = previewed(
        program, "--policy-pack", pack_here, "--policy-pack-config", levels, STACKPROOF_CONFIG=configured(tmp_path), **STREAMED
    )
    told = {
        (item["policyName"], item["resourceUrn"].rpartition("::")[2], item["enforcementLevel"]) for item in policy_events(ran)
    }
    assert told == {
        ("queue-encrypted", "open", "mandatory"),
        ("queue-encrypted", "hidden", "advisory"),
        ("queue-encrypted", "exempt", "advisory"),
        ("queue-crash", "crash", "mandatory"),
    }, ran.stdout + ran.stderr
    assert ran.returncode != 0
    assert all(CANARY not in item["message"] for item in policy_events(ran))


@needs_pulumi
@pytest.mark.parametrize("form", [{}, STREAMED], ids=["document", "events"])
def test_what_a_preview_prints_is_judged_as_the_preview_is(program: Path, tmp_path: Path, form: dict[str, str]) -> None:
    configuration = configured(tmp_path)

    def told(*arguments: str) -> tuple[set[tuple[str, str, str]], list[dict[str, Any]]]:
        ran = previewed(program, *arguments, **form)
        assert ran.returncode == 0, ran.stderr
        scanned = stackproof(
            "scan", "-", "--config", configuration, "--rules", "queue-encrypted,queue-crash", "-f", "json",
            given=ran.stdout.encode(),
        ).report  # fmt: skip
        return {(item["rule"], item["name"], item["status"]) for item in scanned["results"]}, scanned["sources"]

    everything = {
        ("queue-encrypted", "open", "failed"),
        ("queue-encrypted", "hidden", "undecided"),
        ("queue-encrypted", "exempt", "exempt"),
        ("queue-crash", "crash", "broken"),
    }
    first, sources = told()
    assert first == everything
    assert [(source["kind"], source["stack"], source["error"]) for source in sources] == [("preview", "dev", "")]
    made = pulumi(tmp_path, "up", "--yes", "--skip-preview", "--cwd", program, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert made.returncode == 0, made.stderr
    assert told("--show-sames")[0] == everything
    (program / "__main__.py").write_text(PROGRAM.replace('Queue("crash"', 'Queue("other"'))
    assert told("--show-sames", "--refresh")[0] == everything - {("queue-crash", "crash", "broken")} | {
        ("queue-crash", "other", "broken")
    }
    alone, (source,) = told()
    assert ("queue-crash", "other", "broken") in alone
    assert source["kind"] == ("preview" if form else "preview of changes")


@needs_pulumi
def test_the_engine_shows_why_a_configuration_cannot_be_used(pack_here: Path, tmp_path: Path) -> None:
    (pack_here / "stackproof.yaml").write_text("rules:\n  no-such: {level: advisory}\n")
    file = next(STATES.glob("*.json"))
    ran = pulumi(tmp_path, "policy", "analyze", "--file", file, "--policy-pack", pack_here)
    assert ran.returncode != 0
    assert "stackproof.yaml:2: there is no rule 'no-such'" in ran.stdout + ran.stderr
    (pack_here / "stackproof.yaml").write_text("")
    levels = tmp_path / "levels.json"
    levels.write_text('{"no-such": "advisory"}')
    ran = pulumi(tmp_path, "policy", "analyze", "--file", file, "--policy-pack", pack_here, "--policy-pack-config", levels)
    assert ran.returncode != 0
    assert "there is no rule 'no-such'" in ran.stdout + ran.stderr


def test_types_of_older_providers_are_judged_under_their_current_name(plain: Engine) -> None:
    old = proto.AnalyzeRequest(
        urn="urn:pulumi:dev::example::aws:elasticloadbalancingv2/listener:Listener::web",
        type="aws:elasticloadbalancingv2/listener:Listener",
        name="web",
        properties=write_struct({"port": 80, "protocol": "HTTP"}),
    )
    assert "lb-listener-uses-tls" in {answer.policyName for answer in plain.stub.Analyze(old).diagnostics}
