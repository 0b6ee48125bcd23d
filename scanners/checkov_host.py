"""Our rules as checks of Checkov over Terraform: what the directory that `stackproof checkov-checks` writes loads.

Each check is asked for one resource; it judges it among all others, which Checkov's graph shows. Checkov lists what passes
and what fails. What is not known stays open: it is counted on standard error, and each is told in Checkov's log as INFO.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections import Counter
from datetime import date
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any, NamedTuple

from checkov.common.bridgecrew.severities import get_severity
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.provider.base_check import BaseProviderCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

from policies import configuration
from policies.catalog import category
from policies.evaluate import Outcome, items_of, judge_of
from policies.exemptions import check_id, find
from policies.fix import path_steps
from policies.unknown import UnknownValue
from scanners.checkov_checks import CONFIGURATION, terraform_types_of
from scanners.sources import checkov_graph
from scanners.sources.terraform_paths import terraform_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from policies.configuration import Configuration
    from policies.evaluate import Finding, Judge
    from policies.resource import Resource
    from policies.settings import ActiveRule
    from policies.stack import Stack
    from scanners.sources.checkov_graph import Program

_CATEGORIES = {"iam": CheckCategories.IAM, "encryption": CheckCategories.ENCRYPTION, "tagging": CheckCategories.CONVENTION}
_SHORTEST_SECRET = 4
_log = logging.getLogger("stackproof")
_loaded: set[Path] = set()


def register(directory: Path) -> None:
    """Make checks of the rules that the configuration in a directory switches on.

    Raises `ConfigurationError`. Checkov loads a directory once for each of its frameworks: again changes nothing.
    """
    place = directory.resolve()
    if place in _loaded:
        return
    collects = gc.isenabled()
    gc.disable()  # it would walk all of Checkov's objects, and copy them in each process that Checkov forks: 4 times as long
    try:
        _make_checks(configuration.load(place / CONFIGURATION))
    finally:
        if collects:
            gc.enable()
    _loaded.add(place)


def _make_checks(configured: Configuration) -> None:
    host = _Host(configured)
    for active, types in terraform_types_of(configured.settings):
        rule = _Rule(host, active)
        resources = [name for name in types if name != "aws"]
        if resources:
            ResourceCheck(rule, resources)
        if len(resources) < len(types):
            ProviderCheck(rule)


class _Answer(NamedTuple):
    """What a rule says of a resource in Checkov's words.

    `reason` is that of an exemption, `keys` where the fault is, `secrets` are texts that must not be printed.
    """

    result: CheckResult
    details: list[str] = []
    keys: list[str] = []
    reason: str = ""
    secrets: frozenset[str] = frozenset()


_UNKNOWN = _Answer(CheckResult.UNKNOWN)


class RuleCrashedError(Exception):
    """Raised for a rule that crashed: Checkov logs it, and lists no answer."""


class _Host:
    """What all checks share: the exemptions, the stack of the graph that Checkov has made, and what stays open."""

    def __init__(self, configured: Configuration) -> None:
        self.exemptions = configured.exemptions
        self.today = date.today()  # noqa: DTZ011  (the day where the user is)
        self._graph: object = None
        self._program: Program | None = None
        self._open: Counter[str] = Counter()
        self._told: set[str] = set()

    def find(self, graph: object, address: str, file: str) -> tuple[Stack, Resource] | None:
        """Return a resource and its stack; None where there is no telling which others there are."""
        if graph is None:
            self._tell_once("Checkov shows its checks no graph: nothing is judged. Without TF_SPLIT_GRAPH it does")
            return None
        if graph is not self._graph:
            self._program, self._graph = checkov_graph.read(graph), graph
            if self._program.unreadable:
                self._tell_once(f"blocks that cannot be read, so their properties are unknown: {self._program.unreadable}")
        program = self._program
        resource = program.find(address, file) if program else None
        return (program.stack, resource) if program and resource else None

    def leave_open(self, check: str, address: str, why: str) -> None:
        """Count an answer that hangs on what is not known; the counts are told when the process ends."""
        if not self._open:
            Finalize(None, self._tell_open, exitpriority=1)  # in the processes that Checkov forks too
        self._open[check] += 1
        _log.info("%s %s: %s", check, address, why)

    def _tell_open(self) -> None:
        _tell(
            f"{self._open.total()} answers of {len(self._open)} checks hang on values that are not known, and Checkov lists "
            "none of them; LOG_LEVEL=INFO tells each"
        )

    def _tell_once(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            _tell(message)


def _tell(message: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"stackproof: {message}\n")


class _Rule:
    """A rule as both kinds of checks ask it."""

    def __init__(self, host: _Host, active: ActiveRule) -> None:
        self.rule = active.rule
        self.id = check_id(active.rule.id)
        self.title = active.rule.title.rstrip(".")
        self._host = host
        self._active = active
        self._judge: Judge | None = None  # made when first asked for: it imports the rule

    @property
    def categories(self) -> list[CheckCategories]:
        """What the rule is about; what finds secrets is marked so, for Checkov masks them then."""
        found = [_CATEGORIES.get(category(self.rule), CheckCategories.GENERAL_SECURITY)]
        if self.rule.judges_secrecy or "-free-of-" in self.rule.id:
            found.append(CheckCategories.SECRETS)
        return found

    def answer(self, graph: object, conf: Mapping[str, Any], type_: str, file: str) -> _Answer:
        """Judge a block of Checkov's. Raises `RuleCrashedError`."""
        address = str(conf.get("__address__", ""))
        if conf.get("count") == [0]:
            return _UNKNOWN  # there is no such resource
        found = self._host.find(graph, address, file)
        if found is None:
            self._host.leave_open(self.id, address, "not judged")
            return _UNKNOWN
        stack, resource = found
        findings = self._findings(stack, resource)
        if not findings:
            return _Answer(CheckResult.PASSED)
        outcome = findings[0].outcome
        if outcome is Outcome.BROKEN:
            raise RuleCrashedError(findings[0].message)
        host = self._host
        reaching = host.exemptions if self._active.exemptible else ()
        exemption = find(reaching, (self.rule.id,), resource.urn, host.today)
        if exemption and not exemption.is_expired(host.today):
            return _Answer(CheckResult.SKIPPED, reason=exemption.reason)
        if outcome is Outcome.UNDECIDED:
            self._host.leave_open(self.id, address, findings[0].message)
            return _UNKNOWN
        return self._failure(findings, resource, type_)

    def _findings(self, stack: Stack, resource: Resource) -> list[Finding]:
        judge = self._judge = self._judge or judge_of(self.rule, self._active.parameters)
        each = self.rule.each
        return judge(resource, stack, resource.once(("items", each), lambda: items_of(each, resource)) if each else None)

    def _failure(self, findings: list[Finding], resource: Resource, type_: str) -> _Answer:
        details: list[str] = []
        keys: list[str] = []
        secrets: set[str] = set()
        for finding in findings:
            if finding.outcome is Outcome.FAILED:
                steps = terraform_path(type_, finding.path)
                details.append(_in_terraform(finding, steps))
                keys.append("/".join(f"[{step}]" if isinstance(step, int) else step for step in steps))
                secrets.update(_texts_at(resource, finding.path))
        told = frozenset(secrets) if CheckCategories.SECRETS in self.categories else frozenset()
        return _Answer(CheckResult.FAILED, details, [key for key in dict.fromkeys(keys) if key], secrets=told)


def _in_terraform(finding: Finding, steps: list[str | int]) -> str:
    """Return a message with Terraform's names in the place of Pulumi's."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    return finding.message.replace(finding.path, path) if path else finding.message


def _texts_at(resource: Resource, path: str) -> Iterator[str]:
    """Yield the lines of all texts in the property that a path leads into."""
    try:
        values = [resource.value(str(step)) for step in path_steps(path)[:1]]
    except UnknownValue:
        return
    while values:
        value = values.pop()
        if isinstance(value, str):
            yield from (line for text in value.splitlines() if len(line := text.strip()) >= _SHORTEST_SECRET)
        elif isinstance(value, dict):
            values += value.values()
        elif isinstance(value, list):
            values += value


class _Asked:
    """What both kinds of checks do when Checkov runs them; each instance is one rule."""

    rule: _Rule
    reason = ""
    file = ""

    def run(self, scanned_file: str, entity_configuration: dict[str, Any], *given: Any, **named: Any) -> Any:  # noqa: ANN401
        """Run as any check does; an exemption of ours comes with its reason, as a suppression does."""
        self.file, self.reason = scanned_file, ""
        result = super().run(scanned_file, entity_configuration, *given, **named)  # type: ignore[misc]
        if self.reason:
            result["suppress_comment"] = self.reason
        return result

    def scan_entity_conf(self, conf: dict[str, Any], entity_type: str) -> CheckResult:
        """Judge one block, whose own values Checkov gives."""
        self.entity_type = entity_type
        answer = self.rule.answer(self.graph, conf, entity_type, self.file)  # type: ignore[attr-defined]
        self.details, self.evaluated_keys, self.reason = answer.details, answer.keys, answer.reason
        for number, secret in enumerate(answer.secrets):
            conf[f"{self.rule.id}_secret_{number}"] = secret  # where Checkov looks for what it must not print
        return answer.result


class ResourceCheck(_Asked, BaseResourceCheck):
    """A rule about resources."""

    def __init__(self, rule: _Rule, types: list[str]) -> None:
        """Register the rule for some Terraform types."""
        self.rule = rule
        super().__init__(rule.title, rule.id, rule.categories, types)
        self.severity = get_severity(rule.rule.severity.value)  # type: ignore[assignment]  # Checkov declares none

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Judge one block; Checkov's own checks are asked here."""
        return self.scan_entity_conf(conf, self.entity_type)


class ProviderCheck(_Asked, BaseProviderCheck):
    """A rule about the provider."""

    def __init__(self, rule: _Rule) -> None:
        """Register the rule for the provider of AWS."""
        self.rule = rule
        super().__init__(rule.title, rule.id, rule.categories, ["aws"])
        self.severity = get_severity(rule.rule.severity.value)  # type: ignore[assignment]  # Checkov declares none

    def scan_provider_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Judge one block; Checkov's own checks are asked here."""
        return self.scan_entity_conf(conf, self.entity_type)
