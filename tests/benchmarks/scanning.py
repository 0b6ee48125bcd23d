"""Speed and memory of `stackproof scan`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from policies.catalog import builtin_rules
from scanners.exports.terraform_plan import plan_of
from scanners.sources import files
from tests.benchmarks.generate_export import write_export
from tests.benchmarks.limits import LARGE, MEDIUM, PREVIEWED, SMALL, Measured, Row
from tests.benchmarks.processes import PROC, cores, fastest, on_one_core, peak_memory, reading, run

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

STACKPROOF = Path(sys.executable).with_name("stackproof")
FEW_TYPES = frozenset({
    "aws:cloudwatch/eventTarget:EventTarget", "aws:ec2/subnet:Subnet", "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
})  # fmt: skip
"""Types that few rules look at, so that what is left over shows."""
ONE_CORE = "there is one core"
NO_PROC = "the system has no /proc"


def scan(file: Path, *options: str) -> tuple[str | Path, ...]:
    """Return the command of a scan whose report is JSON."""
    return (STACKPROOF, "scan", file, "--format", "json", "--fail-on", "never", *options)


def generated(directory: Path, count: int, types: Container[str] | None = None) -> Path:
    file = directory / f"{count}{'-few-types' if types else ''}.json"
    with file.open("wb") as stream:
        write_export(count, stream, types)
    return file


def start(directory: Path, rounds: int) -> Iterator[Measured]:
    small = generated(directory, SMALL)
    scanning, nothing = fastest(10 * rounds, partial(run, *scan(small)), partial(run, sys.executable, "-c", "pass"))
    yield Measured(Row.START, scanning, nothing)


def absent_rules(directory: Path, rounds: int) -> Iterator[Measured]:
    """Compare all rules with only those for the types of the file: what is left is what the other rules cost."""
    file = generated(directory, MEDIUM, FEW_TYPES)
    rules = [rule.id for rule in builtin_rules().values() if not FEW_TYPES.isdisjoint(rule.applies_to)]
    few = [word for id_ in rules for word in ("--rule", id_)]
    output = directory / "report.json"
    with_all, with_few = fastest(
        rounds, partial(run, *scan(file, "--rules", "all"), output=output), partial(run, *scan(file, *few), output=output)
    )
    yield Measured(Row.ABSENT, with_all, with_few)


def with_checkov(directory: Path, rounds: int) -> Iterator[Measured]:
    file, plan = generated(directory, PREVIEWED), directory / "plan.json"
    plan.write_text("".join(plan_of(files.load(str(file))[0].stack).text()))
    command = (STACKPROOF.with_name("checkov"), "-f", plan, "--framework", "terraform_plan", "-o", "json", "--skip-download")
    ours, theirs = fastest(rounds, partial(run, *scan(file, "--with-checkov")), partial(run, *command, "--soft-fail"))
    yield Measured(Row.CHECKOV, ours, theirs)


def large(directory: Path, rounds: int) -> Iterator[Measured]:
    small, medium, file = (generated(directory, count) for count in (SMALL, MEDIUM, LARGE))
    output = directory / "report.json"
    command = scan(file, "--rules", "all")
    scanning = partial(run, *command, output=output)
    if cores() > 1:
        many, reference = fastest(rounds, scanning, partial(reading, file))
        yield Measured(Row.SCAN, many, reference)
    else:
        yield Measured(Row.SCAN, left_out=ONE_CORE)
    with on_one_core():
        one, reference, starting, tenth = fastest(
            rounds,
            scanning,
            partial(reading, file),
            partial(run, *scan(small)),
            partial(run, *scan(medium, "--rules", "all"), output=output),
        )
        yield Measured(Row.SCAN_ONE_CORE, one, reference)
        yield Measured(Row.LINEAR, one - starting, tenth - starting)
    size = file.stat().st_size / 1e6
    if not (PROC / "self" / "smaps_rollup").exists():
        yield Measured(Row.MEMORY, left_out=NO_PROC)
        yield Measured(Row.MEMORY_ONE_CORE, left_out=NO_PROC)
        return
    if cores() > 1:
        yield Measured(Row.MEMORY, peak_memory(*command, output=output), size)
    else:
        yield Measured(Row.MEMORY, left_out=ONE_CORE)
    with on_one_core():
        yield Measured(Row.MEMORY_ONE_CORE, peak_memory(*command, output=output), size)
