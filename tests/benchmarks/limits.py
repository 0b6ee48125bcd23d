"""What is measured, and how much slower it may be than what it is compared with."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

SMALL, MEDIUM, LARGE = 50, 10_000, 100_000
PREVIEWED = 1_000
ROLES = 300


class Limit(NamedTuple):
    """A piece of work, what it is compared with, how many times as much it may take, and what is aimed at, if that is less."""

    work: str
    against: str
    times: float
    goal: float = 0


_READING = "`orjson.loads` of the same file"
_PYTHON = "`python -c pass`"
_EMPTY = "a pulumi_policy pack with one empty policy"


class Row(Limit, Enum):
    """The rows of the table, as README shows it."""

    START = f"scan of {SMALL} resources", _PYTHON, 13, 8
    SCAN = f"scan of {LARGE:,} resources, all rules, two cores", _READING, 3, 1
    SCAN_ONE_CORE = f"scan of {LARGE:,} resources, all rules, one core", _READING, 3.5, 1.5
    MEMORY = f"memory of a scan of {LARGE:,} resources, two cores", "the size of the file", 2.2, 1.5
    MEMORY_ONE_CORE = f"memory of a scan of {LARGE:,} resources, one core", "the size of the file", 1.9, 1.5
    LINEAR = f"scan of {LARGE:,} resources without the start", f"scan of {MEDIUM:,} resources without the start", 14, 12
    ABSENT = f"scan of {MEDIUM:,} resources of three types, all rules", "the same with only the rules for these types", 1.3
    CHECKOV = f"scan of {PREVIEWED:,} resources with Checkov", "Checkov's own command on the same plan", 1.15
    BOOT = "start of the pack until its port is there, all rules", _EMPTY, 1.6, 1.1
    FIRST_ANSWER = "start of the pack until it has described its policies, all rules", _EMPTY, 1.7, 1.2
    PREVIEW = f"preview of {PREVIEWED:,} resources, all rules", _EMPTY, 1.6, 1.2
    PREVIEW_CPU = f"CPU time of the pack at a preview of {PREVIEWED:,} resources, all rules", _EMPTY, 1.8, 1.2
    STATEMENTS = "whether a statement of an IAM policy allows more than one of another, median", _PYTHON, 0.01
    POLICIES = "whether an IAM policy allows more than another, 95 of 100 pairs", _PYTHON, 0.4
    MANAGED = "ways to more rights within each of AWS's managed policies", _PYTHON, 40
    CHAINS = f"ways to more rights in a stack of {ROLES} roles", _PYTHON, 80


class Measured(NamedTuple):
    """What a row came to: seconds, or megabytes of memory; or why it is left out."""

    row: Row
    amount: float = 0
    reference: float = 0
    left_out: str = ""

    @property
    def ratio(self) -> float:
        return self.amount / self.reference

    @property
    def holds(self) -> bool:
        return bool(self.left_out) or self.ratio <= self.row.times

    def __str__(self) -> str:
        if self.left_out:
            return f"{self.row.work}: left out: {self.left_out}"
        unit, scale = ("MB", 1) if self.row in (Row.MEMORY, Row.MEMORY_ONE_CORE) else ("ms", 1000)
        goal = f", goal {self.row.goal:g}" if self.row.goal else ""
        verdict = "ok" if self.holds else "TOO SLOW" if unit == "ms" else "TOO LARGE"
        ratio = f"{self.ratio:.2f}" if self.ratio >= 0.1 else f"{self.ratio:.2g}"
        return (
            f"{self.row.work}: {_shown(self.amount * scale)} {unit}, {ratio} times {self.row.against} "
            f"({self.reference * scale:.0f} {unit}); limit {self.row.times:g}{goal}: {verdict}"
        )


def _shown(amount: float) -> str:
    return f"{amount:.0f}" if amount >= 10 else f"{amount:.2g}"
