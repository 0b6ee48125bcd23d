"""The policy pack: answers the engine's Analyzer protocol with the verdicts of the rules.

The engine starts a pack as a process, reads a port from its standard output and speaks gRPC to it. The protocol is
served here, and not by `pulumi_policy`, because a rule must see secrets as secrets and inputs as inputs, and because a
rule that meets an unknown value or crashes must not take the other rules' answers with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc, plugin_pb2

from policies import __version__, configuration
from policies.dispatch import Dispatch
from policies.provider.native import twin_of
from policies.provider.renamed import CURRENT
from policies.pulumi_protocol import (
    NAME,
    Providers,
    analyzer_info,
    diagnostic,
    read_struct,
    remediation,
    resource_of,
    settings_in,
    stack_resource_of,
)
from policies.pulumi_verdicts import NotApplied, mended, stack_of, verdicts
from policies.resource import Resource
from policies.rule import Level, Scope
from policies.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from policies.configuration import Configuration
    from policies.pulumi_verdicts import Inputs
    from policies.settings import ActiveRule
    from policies.stack import Stack

CONFIG_VARIABLE = "STACKPROOF_CONFIG"
_LARGEST_MESSAGE = 400 * 1024 * 1024  # the engine's own limit
_WORKERS = 1  # Python runs one at a time anyway; so the calls share what they have read without a lock
_LAST_ANSWERS = 5  # seconds for calls under way when the engine cancels


class _Rules:
    """The active rules by resource type, apart for each call that asks for them."""

    def __init__(self, settings: Settings) -> None:
        self.resource = _dispatch(settings, lambda item: item.rule.scope is Scope.RESOURCE)
        self.stack = _dispatch(settings, lambda item: item.rule.scope is Scope.STACK)
        self.remediate = _dispatch(settings, lambda item: item.rule.scope is Scope.RESOURCE and item.level is Level.REMEDIATE)

    def judge_alone(self, type_: str) -> bool:
        """Say whether a rule of resource scope may look at a type, under the name that the engine has for it."""
        return twin_of(type_) is not None or CURRENT.get(type_, type_) in self.resource


def _dispatch(settings: Settings, wanted: Callable[[ActiveRule], bool]) -> Dispatch:
    return Dispatch(Settings(tuple(filter(wanted, settings.active))))


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    """The Analyzer service over one configuration. Calls may come in parallel; they are answered one after the other."""

    def __init__(self, given: Configuration) -> None:
        """Serve the rules of a configuration; `Configure` may change levels and parameters later."""
        self.cancelled = threading.Event()
        self._configuration = given
        self._rules = _Rules(given.settings)
        self._analyzed: dict[str, Inputs] = {}  # by URN
        self._providers = Providers()

    def Handshake(self, _request: object, _context: object) -> proto.AnalyzerHandshakeResponse:  # noqa: N802  (the protocol's names)
        """Greet the engine; the pack never calls it back."""
        return proto.AnalyzerHandshakeResponse()

    def ConfigureStack(self, _request: object, _context: object) -> proto.AnalyzerStackConfigureResponse:  # noqa: N802
        """Begin with a stack: nothing of an earlier one is remembered."""
        self._analyzed = {}
        self._providers = Providers()
        return proto.AnalyzerStackConfigureResponse()

    def GetPluginInfo(self, _request: object, _context: object) -> plugin_pb2.PluginInfo:  # noqa: N802
        """Tell the version."""
        return plugin_pb2.PluginInfo(version=__version__)

    def GetAnalyzerInfo(self, _request: object, _context: object) -> proto.AnalyzerInfo:  # noqa: N802
        """Describe every rule as a policy; those that are switched off are disabled ones, which the engine can enable."""
        return analyzer_info(self._configuration)

    def Configure(self, request: proto.ConfigureAnalyzerRequest, context: grpc.ServicerContext) -> Empty:  # noqa: N802
        """Take the engine's levels and parameters; they win over those of the pack's own configuration."""
        try:
            configured = self._configuration.with_settings(settings_in(request))
        except SettingsError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, explain(error))
        self._rules = _Rules(configured.settings)
        return Empty()

    def Analyze(self, request: proto.AnalyzeRequest, _context: object) -> proto.AnalyzeResponse:  # noqa: N802
        """Judge one resource by the rules that need no other, and remember it for those that do."""
        rules = self._rules
        response = proto.AnalyzeResponse()
        inputs: Inputs = partial(read_struct, request.properties)
        if rules.judge_alone(request.type):
            resource = resource_of(request, self._providers.of(request))
            self._judge(rules.resource, resource, None, response)
            inputs = partial(getattr, resource, "values")
        if rules.stack:
            self._analyzed[request.urn] = inputs
        return response

    def AnalyzeStack(self, request: proto.AnalyzeStackRequest, _context: object) -> proto.AnalyzeResponse:  # noqa: N802
        """Judge the resources of a stack by the rules that need others; those that are only read are not judged."""
        rules = self._rules.stack
        response = proto.AnalyzeResponse()
        if not rules:
            return response
        analyzed, provider_of = self._analyzed, self._providers.of
        stack = stack_of([stack_resource_of(message, analyzed, provider_of(message)) for message in request.resources])
        for resource in stack.resources:
            if not resource.external:
                self._judge(rules, resource, stack, response)
        stack.forget()
        return response

    def _judge(self, rules: Dispatch, resource: Resource, stack: Stack | None, response: proto.AnalyzeResponse) -> None:
        for active, findings in rules.judge(resource, stack):
            for verdict in verdicts(active, resource, findings, self._configuration.exemptions, stack):
                response.diagnostics.append(diagnostic(active, resource, verdict))

    def Remediate(self, request: proto.AnalyzeRequest, _context: object) -> proto.RemediateResponse:  # noqa: N802
        """Mend what the rules at level remediate can mend; each sees what those before it changed."""
        response = proto.RemediateResponse()
        resource = resource_of(request, self._providers.of(request))
        for active in self._rules.remediate.of(resource.type):
            inputs = mended(active, resource, self._configuration.exemptions)
            if isinstance(inputs, NotApplied):
                response.not_applicable.add(policy_name=active.rule.id, reason=inputs.reason)
            elif inputs is not None:
                response.remediations.append(remediation(active, inputs))
                resource = Resource(
                    resource.urn, resource.type, resource.name, inputs, provider=resource.provider, aliases=resource.aliases
                )
        return response

    def Cancel(self, _request: object, _context: object) -> Empty:  # noqa: N802
        """End the pack after the calls under way."""
        self.cancelled.set()
        return Empty()


def explain(error: SettingsError) -> str:
    """Return what is wrong with a setting; it always names the rule."""
    rule = str(error.path[1]) if len(error.path) > 1 else ""
    return str(error) if rule in str(error) else f"rule {rule}: {error}"


def configure(pack: Path) -> Configuration:
    """Return the configuration of a pack: the file that STACKPROOF_CONFIG names, else `stackproof.yaml` in its directory.

    A relative name counts from the directory of the pack. Raises `ConfigurationError`.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    path = pack / (named or configuration.FILE_NAME)
    return configuration.load(path if named or path.is_file() else None)


def main() -> None:
    """Serve the pack in the working directory until the engine cancels or ends it.

    Writes the port to standard output. A configuration that cannot be used is told on standard error, with exit code 1.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):  # a rule module that prints must not write before the port
            pack = Pack(configure(Path.cwd()))
    except configuration.ConfigurationError as error:
        sys.exit(f"{NAME}: {error}")
    options = [("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.max_send_message_length", _LARGEST_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(_WORKERS), options=options)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(pack, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201  (the engine reads it)
    gc.freeze()  # what is there by now stays; __main__.py has switched collections off until here
    gc.enable()
    with contextlib.suppress(KeyboardInterrupt):
        pack.cancelled.wait()
    server.stop(_LAST_ANSWERS).wait()
