"""A stack without IAM does not pay for the analysis of IAM policies."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SCAN = """
import sys
from scanners.main import main
try:
    main()
except SystemExit:
    pass
analysis = ("policies.iam_analysis", "policies.iam_catalogue")
print(*sorted(name for name in sys.modules if name.startswith(analysis)), file=sys.stderr)
"""


def imported(file: Path, type_: str, inputs: dict[str, object]) -> set[str]:
    """Return the modules of the analysis that a scan of one resource with all rules imports."""
    resource = {"urn": f"urn:pulumi:dev::shop::{type_}::it", "type": type_, "custom": True, "id": "it", "inputs": inputs}
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": [resource | {"outputs": inputs}]}}))
    command = [sys.executable, "-c", _SCAN, "scan", str(file), "--rules", "all", "--fail-on", "never"]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stderr.split())


def test_nothing_of_the_analysis_is_imported_for_a_stack_without_iam(tmp_path: Path) -> None:
    assert imported(tmp_path / "stack.json", "aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}) == set()


def test_it_is_imported_for_a_role(tmp_path: Path) -> None:
    trust = json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}
    )
    found = imported(tmp_path / "stack.json", "aws:iam/role:Role", {"name": "it", "assumeRolePolicy": trust})
    assert "policies.iam_analysis.chains" in found
