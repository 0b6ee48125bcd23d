"""The commands of pages that tell a story, one after the other, as a reader would type them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


WRITTEN = {
    "checkov": {"plan.json", "checkov.json", "stackproof-checks"},
    "reports": {"report.json", "report.html", "report.sarif", "report.xml", "stackproof-baseline.json"},
}
"""What the commands of a page leave behind."""


@pytest.mark.parametrize("name", WRITTEN)
def test_the_commands_of_the_page_run(name: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / f"{name}.md").read_text()
    shell = "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
    lines = [line for line in shell.splitlines() if line.startswith(("stackproof ", "checkov "))]
    assert lines
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    here = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for line in lines:
        ran = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=here, capture_output=True, text=True, check=False, timeout=120
        )
        if ran.returncode != 0:
            pytest.fail(f"{line}\nexit code {ran.returncode}\n{ran.stderr[-2000:]}")
    assert {path.name for path in tmp_path.iterdir()} == {"examples", *WRITTEN[name]}
