"""The commands of docs/checkov.md, one after the other, as a reader would type them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_commands_of_the_page_run(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "checkov.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith(("stackproof ", "checkov "))]
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    here = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for line in lines:
        ran = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=here, capture_output=True, text=True, check=False, timeout=120
        )
        if ran.returncode != 0:
            pytest.fail(f"{line}\nexit code {ran.returncode}\n{ran.stderr[-2000:]}")
    assert {path.name for path in tmp_path.iterdir()} == {"examples", "plan.json", "checkov.json", "stackproof-checks"}
