"""Checkov's runner of Terraform plans, with an ear for what it drops: answers that it has not, and checks that crash.

Only `checkov_run` imports this module: it imports Checkov.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from checkov.common.checks.base_check_registry import BaseCheckRegistry
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.models.enums import CheckResult
from checkov.common.output.report import Report, merge_reports
from checkov.runner_filter import RunnerFilter
from checkov.terraform.checks.data.registry import data_registry
from checkov.terraform.checks.provider.registry import provider_registry
from checkov.terraform.checks.resource.registry import resource_registry
from checkov.terraform.plan_runner import Runner

from scanners.sources.terraform_resources import PLAN

if TYPE_CHECKING:
    from checkov.common.graph.checks_infra.base_check import BaseGraphCheck
    from checkov.common.output.record import Record
    from checkov.common.typing import LibraryGraph, _CheckResult


class Said(NamedTuple):
    """What Checkov says of a plan.

    `verdicts` are (check, verdict, address, title, severity, keys that it looked at); `read` the addresses it read; `crashed`
    the checks that crashed with the addresses on which they did, none where they said nothing of any.
    """

    verdicts: list[tuple[str, str, str, str, str, object]]
    read: set[str]
    crashed: dict[str, list[str]]
    unreadable: bool


class _Report(Report):
    """A report that keeps crashes; Checkov's own drops every answer but passed, failed and skipped."""

    def __init__(self, check_type: str, crashed: dict[str, list[str]]) -> None:
        super().__init__(check_type)
        self.crashed = crashed

    def add_record(self, record: Record) -> None:
        if record.check_result["result"] == CheckResult.UNKNOWN and "check" in record.check_result:  # so the registry marks it
            self.crashed[record.check_id].append(str(record.resource))
        super().add_record(record)


class _Runner(Runner):
    def __init__(self) -> None:
        super().__init__()
        self.crashed: dict[str, list[str]] = defaultdict(list)

    def check_tf_definition(
        self,
        report: Report,
        root_folder: str,
        runner_filter: RunnerFilter,
        collect_skip_comments: bool = True,  # noqa: FBT001, FBT002  (as Checkov has it)
    ) -> None:
        own = _Report(self.check_type, self.crashed)
        super().check_tf_definition(own, root_folder, runner_filter, collect_skip_comments)
        merge_reports(report, own)

    def run_graph_checks_results(
        self, runner_filter: RunnerFilter, report_type: str, graph: LibraryGraph | None = None
    ) -> dict[BaseGraphCheck, list[_CheckResult]]:
        found = super().run_graph_checks_results(runner_filter, report_type, graph)
        for check in self.graph_registry.checks:  # each runs in a thread; what one raises is lost with its answer
            if check not in found and runner_filter.should_run_check(check, report_type=report_type):
                self.crashed[check.id] = []
        return found


def load(directory: str) -> int:
    """Load the checks of a directory, as Checkov does; return how many there are."""
    graph = get_graph_checks_registry("terraform")
    before = _registered()
    resource_registry.load_external_checks(directory)
    graph.load_external_checks(directory)
    return _registered() - before


def _registered() -> int:
    return len(BaseCheckRegistry.get_all_registered_checks()) + len(get_graph_checks_registry("terraform").checks)


def known_checks() -> frozenset[str]:
    """Return the ids of all checks of Terraform, those of Checkov's platform too where it has others."""
    graph = get_graph_checks_registry("terraform")
    graph.load_checks()
    registries = (resource_registry, data_registry, provider_registry)
    plain = {id_ for registry in registries for _, check in registry.all_checks() for id_ in (check.id, check.bc_id)}
    return frozenset(id_ for id_ in plain.union(*((check.id, check.bc_id) for check in graph.checks)) if id_)


def checks_of_references() -> frozenset[str]:
    """Return the ids of the checks that may follow references from one resource to another: Checkov's graph checks."""
    return frozenset(str(check.id) for check in get_graph_checks_registry("terraform").checks)


def run(file: str, checks: list[str], skip_checks: list[str]) -> Said:
    """Run the checks on the plan in a file; raises whatever Checkov does."""
    runner = _Runner()
    chosen = RunnerFilter(
        framework=[PLAN], checks=checks, skip_checks=skip_checks, show_progress_bar=False, download_external_modules=False
    )
    report = runner.run(root_folder=None, files=[file], runner_filter=chosen)
    if isinstance(report, list):  # with reports on container images, which are not asked for
        report = report[0]
    # texts of the plan are of a class of Checkov's own: made plain here
    by_verdict = {"passed": report.passed_checks, "failed": report.failed_checks, "skipped": report.skipped_checks}
    verdicts: list[tuple[str, str, str, str, str, object]] = [
        (
            str(record.check_id), verdict, str(record.resource), str(record.check_name), str(record.severity or ""),
            record.check_result.get("evaluated_keys"),
        )
        for verdict, records in by_verdict.items()
        for record in records
    ]  # fmt: skip
    read = {str(resource).rpartition(".json:")[2] for resource in report.resources}
    providers = (item for definition in (runner.definitions or {}).values() for item in definition["provider"])
    read |= {str(provider["__address__"]) for item in providers for provider in item.values()}
    return Said(verdicts, read, dict(runner.crashed), bool(report.parsing_errors))
