"""The engine's side of a policy pack: starts one the way the engine does and speaks the Analyzer protocol to it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies.pulumi_protocol import write_struct
from policies.rule import Reference
from policies.unknown import Reason, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.resource import Resource

ROOT = Path(__file__).resolve().parent.parent
SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
CANARY = "canary-3f1c"
LEVELS = {"advisory": proto.ADVISORY, "mandatory": proto.MANDATORY, "remediate": proto.REMEDIATE, "disabled": proto.DISABLED}


def secret(value: object) -> dict[str, object]:
    """Return a value marked as a secret, the plain value inside, as the engine sends it."""
    return {SIGNATURE: SECRET, "value": value}


def sent(value: object) -> Any:  # noqa: ANN401  (any property value)
    """Return a value of an example as the engine would send it."""
    if isinstance(value, Unknown):
        return secret(CANARY) if value.reason is Reason.SECRET else SENTINEL
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [sent(item) for item in value]
    return value


def can_be_sent(value: object) -> bool:
    """Say whether the protocol has a form for a value: it has none for what a source does not report."""
    if isinstance(value, Unknown):
        return value.reason in {Reason.COMPUTED, Reason.SECRET}
    if isinstance(value, dict):
        return all(map(can_be_sent, value.values()))
    return not isinstance(value, Reference) and (not isinstance(value, list | tuple) or all(map(can_be_sent, value)))


def provider(resource: Resource) -> proto.AnalyzerProviderResource | None:
    of = resource.provider
    if of is None:
        return None
    return proto.AnalyzerProviderResource(urn=of.urn, type=of.type, name=of.name, properties=write_struct(sent(of.values)))


def request(resource: Resource) -> proto.AnalyzeRequest:
    """Return the question about one resource."""
    return proto.AnalyzeRequest(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=write_struct(sent(resource.values)),
        provider=provider(resource),
    )


def stack_request(resources: Sequence[Resource]) -> proto.AnalyzeStackRequest:
    """Return the question about a stack: outputs and edges."""
    return proto.AnalyzeStackRequest(
        resources=[
            proto.AnalyzerResource(
                urn=resource.urn,
                type=resource.type,
                name=resource.name,
                parent=resource.parent,
                properties=write_struct(sent(resource.outputs.values)),
                provider=provider(resource),
                propertyDependencies={
                    key: proto.AnalyzerPropertyDependencies(urns=urns) for key, urns in resource.property_dependencies.items()
                },
            )
            for resource in resources
        ]
    )


class Engine:
    """Calls to a running pack."""

    def __init__(self, port: int) -> None:
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = analyzer_pb2_grpc.AnalyzerStub(self.channel)

    def info(self) -> proto.AnalyzerInfo:
        info: proto.AnalyzerInfo = self.stub.GetAnalyzerInfo(Empty())
        return info

    def configure(self, given: Mapping[str, tuple[str, dict[str, object]]]) -> None:
        """Set the level and the parameters of some policies."""
        self.stub.Configure(
            proto.ConfigureAnalyzerRequest(
                policyConfig={
                    name: proto.PolicyConfig(enforcementLevel=LEVELS[level], properties=write_struct(properties))
                    for name, (level, properties) in given.items()
                }
            )
        )

    def analyze(self, resource: Resource) -> list[proto.AnalyzeDiagnostic]:
        return list(self.stub.Analyze(request(resource)).diagnostics)

    def analyze_stack(self, resources: Sequence[Resource]) -> list[proto.AnalyzeDiagnostic]:
        return list(self.stub.AnalyzeStack(stack_request(resources)).diagnostics)

    def remediate(self, resource: Resource) -> proto.RemediateResponse:
        response: proto.RemediateResponse = self.stub.Remediate(request(resource))
        return response

    def forget(self) -> None:
        """Begin with another stack."""
        self.stub.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack="dev", project="example"))


def start(pack: Path, **environment: str) -> subprocess.Popen[str]:
    """Start a pack by the engine's command, with the pack as working directory."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(pack)],
        cwd=pack,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def running(pack: Path = ROOT, **environment: str) -> Iterator[Engine]:
    """Run a pack; a failure to start raises with what it wrote to standard error."""
    with start(pack, **environment) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise RuntimeError(process.communicate()[1])
        engine = Engine(int(port))
        try:
            yield engine
        finally:
            engine.channel.close()
            process.terminate()
            process.communicate()
