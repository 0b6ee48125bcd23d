"""The scan gives the answers of a plain evaluation: every resource an object, every rule on every resource, in one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policies.catalog import builtin_rules
from policies.evaluate import judge
from policies.resource import Resource
from policies.stack import Stack, names_in
from tests.benchmarks.generate_export import write_export
from tests.command import STATES, resource, stackproof, state
from tests.test_hosts_agree import resources

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE_FILES = [
    file
    for directory in (STATES, *map(Path, filter(None, os.environ.get("MORE_STATES", "").split(os.pathsep))))
    for file in sorted(directory.glob("*.json"))
]
"""MORE_STATES names directories with more exports to compare."""
LARGE = 6_000  # resources: enough for several processes


def plain(content: dict[str, Any], *, recorded: bool = False) -> set[tuple[str, ...]]:
    """Return what the rules find in an export, with nothing made late, kept back or shared."""
    states = [item for item in content["deployment"]["resources"] if not item.get("delete")]
    providers = {item["urn"]: plain_resource(item, None) for item in states if item["type"].startswith("pulumi:providers:")}
    made = [
        providers.get(item["urn"])
        or plain_resource(item, providers.get(item.get("provider", "").rpartition("::")[0]), recorded=recorded)
        for item in states
    ]
    stack = Stack(*names_in(made[0].urn), made)
    return {
        (rule.id, subject.urn, finding.outcome.value, finding.path, finding.message)
        for rule in builtin_rules().values()
        for subject in made
        if subject.type in rule.applies_to and not subject.external
        for finding in judge(rule, subject, stack, rule.parameters() if rule.parameters else None)
    }


def plain_resource(item: dict[str, Any], provider: Resource | None, *, recorded: bool = False) -> Resource:
    external = item.get("external", False)
    recorded = recorded or external
    return Resource(
        item["urn"],
        item["type"],
        item["urn"].split("::", 3)[-1],
        item.get("outputs" if recorded else "inputs") or {},
        outputs=item.get("outputs") or {},
        id=item.get("id", ""),
        parent=item.get("parent", ""),
        provider=provider,
        property_dependencies={name: urns or () for name, urns in (item.get("propertyDependencies") or {}).items()},
        external=external,
        recorded=recorded,
    )


def scanned(report: Any) -> set[tuple[str, ...]]:  # noqa: ANN401  (JSON)
    assert report["summary"]["complete"]
    return {tuple(item[key] for key in ("rule", "urn", "status", "path", "message")) for item in report["results"]}


def of_examples() -> Iterator[dict[str, Any]]:
    """Yield the resources of all examples; those of each stand in a project of its own."""
    for rule in builtin_rules().values():
        for index, example in enumerate(rule.examples):
            text = json.dumps(list(resources(example)))
            yield from json.loads(text.replace("urn:pulumi:dev::example::", f"urn:pulumi:dev::{rule.id}-{index}::"))


def generated(directory: Path) -> Path:
    file = directory / "large.json"
    with file.open("wb") as stream:
        write_export(LARGE, stream)
    return file


@pytest.mark.parametrize("view", ["inputs", "outputs"])
@pytest.mark.parametrize("file", STATE_FILES, ids=lambda file: file.stem)
def test_real_exports_are_answered_as_plainly(file: Path, view: str) -> None:
    report = stackproof("scan", file, "--rules", "all", "--view", view, "-f", "json").report
    assert scanned(report) == plain(json.loads(file.read_text()), recorded=view == "outputs")


def test_a_large_stack_in_many_processes_is_answered_as_plainly(tmp_path: Path) -> None:
    file = generated(tmp_path)
    content = json.loads(file.read_bytes())
    content["deployment"]["resources"] += of_examples()
    file.write_text(json.dumps(content))
    one, many = (stackproof("scan", file, "--rules", "all", "-f", "json", "--jobs", jobs) for jobs in ("1", "3"))
    assert scanned(many.report) == plain(content)
    assert many.timeless == one.timeless


def test_results_that_do_not_fit_into_memory_are_all_there(tmp_path: Path) -> None:
    file = generated(tmp_path)
    shown = "failed,undecided,exempt,passed,broken"
    ran = [stackproof("scan", file, "--rules", "all", "-f", "json", "--show", shown, "--jobs", jobs) for jobs in ("1", "2")]
    assert ran[0].timeless == ran[1].timeless
    summary = ran[0].report["summary"]
    results = ran[0].report["results"]
    assert len(results) == summary["failed"] + summary["undecided"] + summary["passed"]
    listed = Counter((result["rule"], result["status"]) for result in results)
    counted = {(rule["id"], outcome): count for rule in ran[0].report["rules"] for outcome, count in rule["counts"].items()}
    assert listed == {key: count for key, count in counted.items() if count}


ENDS = '''
"""A rule that ends the process it runs in, unless that is the first one."""

import os, signal
from policies.rule import Severity, rule

FIRST = os.getpid()


@rule(applies_to=["aws:s3/bucket:Bucket"], severity=Severity.LOW, remedy="None.")
def bucket_ends_process(bucket):
    """Buckets end the process."""
    if os.getpid() != FIRST:
        os.kill(os.getpid(), signal.SIGKILL)
    yield from ()
'''


def large_of_buckets(directory: Path, count: int = 8_000) -> Path:
    file = directory / "buckets.json"
    file.write_bytes(state(*(resource("aws:s3/bucket:Bucket", f"b{number}") for number in range(count))))
    return file


def test_a_process_that_is_lost_makes_the_run_incomplete(tmp_path: Path) -> None:
    (tmp_path / "ends.py").write_text(ENDS)
    (tmp_path / "stackproof.yaml").write_text("extends: []\nrule-modules: [ends.py]\n")
    options = ("--config", tmp_path / "stackproof.yaml", "-f", "json")
    file = large_of_buckets(tmp_path)
    ran = stackproof("scan", file, *options, "--jobs", "2")
    assert ran.exit_code == 4
    assert "a process that judged a part of it ended by signal 9; with --jobs 1 there is only one" in ran.err
    assert stackproof("scan", file, *options, "--jobs", "1").exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are POSIX")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_full_disk_makes_the_run_incomplete(tmp_path: Path, jobs: str) -> None:
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, 1000000));"
        "from scanners.main import main; sys.exit(main())"
    )
    file = str(large_of_buckets(tmp_path, 20_000))
    command = [sys.executable, "-c", limited, "scan", file, "--rules", "all", "-f", "json", "--jobs", jobs]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert ran.returncode == 4, ran.stderr
    assert "its results cannot be written to a temporary file: File too large" in ran.stderr
    assert "Traceback" not in ran.stderr
