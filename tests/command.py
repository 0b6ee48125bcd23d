"""Running the command in a test."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanners.command_line import main

EXAMPLES = Path(__file__).parents[1] / "examples"
STATES = EXAMPLES / "states"


@dataclass(frozen=True)
class Ran:
    """What a run of the command left behind."""

    exit_code: int
    out: str
    err: str

    @property
    def timeless(self) -> str:
        """What was written, but for the time of the run."""
        return re.sub(r'("(?:started|finished|judged_on|startTimeUtc|endTimeUtc|judgedOn)": )"[^"]*"', r'\1"then"', self.out)

    @property
    def report(self) -> Any:  # noqa: ANN401  (JSON)
        return json.loads(self.out)


def stackproof(*arguments: str | Path, given: bytes = b"") -> Ran:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    standard_input = io.TextIOWrapper(io.BytesIO(given))
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", standard_input)
        try:
            exit_code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            exit_code = int(stop.code or 0)
    return Ran(exit_code, out.getvalue(), err.getvalue())


def state(*resources: dict[str, Any], version: int = 3) -> bytes:
    return json.dumps({"version": version, "deployment": {"resources": list(resources)}}).encode()


def resource(type_: str = "aws:rds/instance:Instance", name: str = "db", /, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    urn = f"urn:pulumi:prod::shop::{type_}::{name}"
    return {"urn": urn, "type": type_, "custom": True, "id": f"{name}-id", "inputs": {}, **fields}


def with_twice_wrong(directory: Path) -> Path:
    """Write a configuration with the rule twice-wrong: on a database it finds each text of `order`, all at one path."""
    (directory / "twice.py").write_text(
        "from policies.rule import Severity, Violation, rule\n\n"
        "@rule(applies_to=('aws:rds/instance:Instance',), severity=Severity.LOW, remedy='x')\n"
        "def twice_wrong(db):\n"
        '    """A rule with two findings at one place."""\n'
        "    for message in db.texts('order'):\n"
        "        yield Violation(message, at='x')\n"
    )
    config = directory / "stackproof.yaml"
    config.write_text("rule-modules: [./twice.py]\n")
    return config
