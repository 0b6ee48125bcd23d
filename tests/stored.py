"""Reports as `scan -f json` stores them, changed for tests: what no scan can be made to say in a moment."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from tests.command import Ran, stackproof

if TYPE_CHECKING:
    from pathlib import Path

ALL = "failed,undecided,exempt,passed,broken"
HUB = ("--aws-account", "123456789012", "--aws-region", "eu-west-1")

HOSTILE = (
    "<script>alert(1)</script>&amp;",
    "\x1b[31mred\x07\x00",
    '=HYPERLINK("http://x")',
    "\u202etxt.exe\u202c",
    "two\nlines\r\n\u2028",
    "half \ud800 pair",
    " ",
    "[a](http://x) | `b` ](",
    "x" * 5_000,
)
"""Names that a program may give."""


def with_names(report: Any, names: tuple[str, ...] = HOSTILE) -> Any:  # noqa: ANN401  (JSON)
    """Return a report in which resources, stacks, files, owners and reasons have such names."""
    changed = copy.deepcopy(report)
    changed["results"] = [_named(result, names[number % len(names)], number) for number, result in enumerate(report["results"])]
    return changed


def _named(result: dict[str, Any], name: str, number: int) -> dict[str, Any]:
    exemption = result["exemption"] and {**result["exemption"], "reason": name, "owner": name}
    urn = f"urn:pulumi:{name}::{name}::{result['type']}::{name}{number}"
    place = {"file": name, "line": 3}
    texts = dict.fromkeys(("name", "stack", "message", "path", "owner", "evidence"), name)
    return {**result, **texts, "urn": urn, "location": place, "exemption": exemption, "fingerprint": f"{number:032x}"}


def with_checkov(report: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return a report in which Checkov alone finds something: with and without a URN, a severity and controls."""
    finding: dict[str, Any] = {
        "check": "CKV_AWS_1",
        "verdict": "failed",
        "resource": "aws_db_instance.main",
        "urn": "",
        "title": "A title",
        "location": {"file": "main.tf", "line": 3},
        "reason": "",
        "framework": "terraform",
        "stack": "prod",
        "status": "failed",
        "severity": "",
        "level": "advisory",
        "rules": [],
        "controls": [],
        "fingerprint": "c" * 32,
        "exemption": None,
    }
    urn = "urn:pulumi:prod::shop::my:component:Thing$aws:rds/instance:Instance::main"
    other = {**finding, "urn": urn, "severity": "high", "controls": ["NIST 800-53 AC-6(1)", "Ours 1"], "fingerprint": "d" * 32}
    changed = copy.deepcopy(report)
    changed["checkov_findings"] = [finding, other]
    counts = dict.fromkeys(("agree", "disagree", "undecided", "exempt", "unknown"), 0)
    failed = {"failed": 2, "only_checkov": 2, "failed_by_severity": {"none": 1, "high": 1}, "failed_by_level": {"advisory": 2}}
    changed["summary"]["checkov"] = counts | failed
    return changed


def stored(report: Any, place: Path) -> Path:  # noqa: ANN401  (JSON)
    """Write a report to a file, and return the file."""
    place.write_text(json.dumps(report))
    return place


def rendered(report: Any, format_: str, place: Path) -> Ran:  # noqa: ANN401  (JSON)
    """Render a report in a format by the command."""
    ran = stackproof("report", stored(report, place), "-f", format_, *HUB)
    assert (ran.exit_code, ran.err) == (0, "")
    return ran
