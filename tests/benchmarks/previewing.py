"""Speed of the policy pack: the engine's calls at a preview, beside a pack of pulumi_policy with one empty policy."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from scanners.sources import files
from tests.benchmarks.generate_export import write_export
from tests.benchmarks.limits import PREVIEWED, Measured, Row
from tests.benchmarks.processes import PROC, cpu_seconds
from tests.engine import ROOT, SIGNATURE, Engine, request, stack_request, start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pulumi.runtime.proto import analyzer_pb2 as proto

RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
EMPTY_PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def nothing(args, report):
    pass


PolicyPack(
    name="empty",
    enforcement_level=EnforcementLevel.ADVISORY,
    policies=[ResourceValidationPolicy(name="nothing", description="Nothing.", validate=nothing)],
)
"""


class Preview(NamedTuple):
    """What the engine asks at a preview."""

    resources: Sequence[proto.AnalyzeRequest]
    stack: proto.AnalyzeStackRequest


class Seconds(NamedTuple):
    """What a pack takes: until its port is there, until its policies are described, for the preview, in CPU time."""

    boot: float
    first_answer: float
    preview: float
    cpu: float


def measured(directory: Path, rounds: int) -> Iterator[Measured]:
    everything = directory / "all.yaml"
    everything.write_text("extends: [all]\n")
    empty = directory / "empty"
    empty.mkdir()
    (empty / "__main__.py").write_text(EMPTY_PACK)
    (empty / "PulumiPolicy.yaml").write_text("runtime: python\n")
    asked = preview(directory / "preview.json")
    times = [(seconds(ROOT, asked, STACKPROOF_CONFIG=str(everything)), seconds(empty, asked)) for _ in range(rounds)]
    ours, theirs = (Seconds(*map(min, zip(*pack, strict=True))) for pack in zip(*times, strict=True))
    yield Measured(Row.BOOT, ours.boot, theirs.boot)
    yield Measured(Row.FIRST_ANSWER, ours.first_answer, theirs.first_answer)
    yield Measured(Row.PREVIEW, ours.preview, theirs.preview)
    if PROC.exists():
        yield Measured(Row.PREVIEW_CPU, ours.cpu, theirs.cpu)
    else:
        yield Measured(Row.PREVIEW_CPU, left_out="the system has no /proc")


def preview(file: Path) -> Preview:
    """Return the engine's questions about a generated stack."""
    with file.open("wb") as stream:
        write_export(PREVIEWED, stream)
    file.write_text(json.dumps(_sendable(json.loads(file.read_bytes()))))
    [source] = files.load(str(file))
    resources = [*source.stack.resources]
    return Preview([request(resource) for resource in resources], stack_request(resources))


def _sendable(value: Any) -> Any:  # noqa: ANN401  (any JSON)
    """Return a state's value as pulumi_policy takes it: secrets with the value inside, and ids for resources."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == RESOURCE_REFERENCE:
            return value.get("id") or value["urn"]
        return {"value" if key == "ciphertext" else key: _sendable(item) for key, item in value.items()}
    return [_sendable(item) for item in value] if isinstance(value, list) else value


def seconds(pack: Path, asked: Preview, **environment: str) -> Seconds:
    """Run a pack through a preview, one question after the other."""
    begin = time.perf_counter()
    with start(pack, **environment) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        boot = time.perf_counter() - begin
        engine = Engine(port)
        engine.info()
        first_answer = time.perf_counter() - begin
        used = cpu_seconds(process.pid) if PROC.exists() else 0
        begin = time.perf_counter()
        for question in asked.resources:
            engine.stub.Analyze(question)
        engine.stub.AnalyzeStack(asked.stack)
        taken = time.perf_counter() - begin
        used = cpu_seconds(process.pid) - used if PROC.exists() else 0
        engine.channel.close()
        process.terminate()
    return Seconds(boot, first_answer, taken, used)
