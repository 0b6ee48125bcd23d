"""What README and CONTRIBUTING tell people to do works, and what is generated is current."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policies import catalog, configuration
from tests.benchmarks.limits import Row
from tests.command import resource, stackproof, state

if TYPE_CHECKING:
    from policies.rule import Rule

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(program: str) -> list[str]:
    lines = [line.split("#")[0].strip() for block in blocks(README, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith(program)]


@pytest.mark.parametrize("line", commands("stackproof"))
def test_the_commands_of_the_readme_work(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    ran = stackproof(*shlex.split(line)[1:])
    assert ran.exit_code in (0, 1), ran.err
    assert ran.out


def test_the_readme_names_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert {"setup", "fix", "check", "test", "docs", "bench", "demo"} <= targets
    assert {line.split()[1] for line in commands("make")} <= targets


def test_the_demo_prints_a_report_with_violations() -> None:
    (line,) = re.findall(r"stackproof (scan .*)", MAKEFILE)
    ran = stackproof(*(ROOT / word if word.startswith("examples/") else word for word in shlex.split(line)))
    assert ran.exit_code == 0
    assert re.search(r"^[1-9]\d* failed", ran.out, re.MULTILINE)


def test_the_configuration_of_the_readme_is_valid(tmp_path: Path) -> None:
    (text,) = blocks(README, "yaml")
    file = tmp_path / "stackproof.yaml"
    file.write_text(text)
    assert configuration.load(file).exemptions[0].owner == "web-team"


def test_the_rule_of_contributing_works_as_it_stands(tmp_path: Path) -> None:
    (snippet,) = blocks(CONTRIBUTING, "python")
    module = tmp_path / "proxies.py"
    module.write_text(
        snippet.replace("def rds_proxy_requires_tls", "def contributed_rule")
    )  # it may be in the catalogue by now
    file = tmp_path / "stackproof.yaml"
    file.write_text("rule-modules: [./proxies.py]\n")
    shop = tmp_path / "shop.json"
    shop.write_bytes(
        state(resource("aws:rds/proxy:Proxy", "open"), resource("aws:rds/proxy:Proxy", "tls", inputs={"requireTls": True}))
    )
    ran = stackproof("scan", shop, "--config", file, "-f", "json", "--rule", "contributed-rule")
    assert [(result["name"], result["status"]) for result in ran.report["results"]] == [("open", "failed")]
    assert ran.exit_code == 1


def test_contributing_starts_with_adding_a_rule() -> None:
    assert CONTRIBUTING.splitlines()[2] == "## Add a rule"


def test_generated_documents_are_current() -> None:
    generated = runpy.run_path(str(ROOT / "docs" / "generate.py"))["documents"]()
    pages = {f"rules/{file.name}" for file in (ROOT / "docs" / "rules").iterdir()}
    assert pages == {name for name in generated if name.startswith("rules/")}, "run `make docs`"
    stale = [name for name, text in generated.items() if (ROOT / "docs" / name).read_text() != text]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("rule", catalog.builtin_rules().values(), ids=lambda rule: rule.id)
def test_the_page_of_a_rule_shows_what_passes_and_what_fails(rule: Rule) -> None:
    """The Python of a page is valid, and names classes and arguments that pulumi_aws has."""
    page = (ROOT / "docs" / "rules" / f"{rule.id}.md").read_text()
    programs = blocks(page, "python")
    assert len(programs) == len(re.findall(r"^resources:", page, re.MULTILINE)) == 2, "Passes and Fails"
    for program in programs:
        for call in ast.walk(ast.parse(program)):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("aws."):
                module, _, name = ast.unparse(call.func).removeprefix("aws.").rpartition(".")
                class_ = getattr(importlib.import_module(f"pulumi_aws.{module}" if module else "pulumi_aws"), f"{name}Args")
                arguments = inspect.signature(class_).parameters
                assert {keyword.arg for keyword in call.keywords} <= {*arguments, "opts"}, program


def test_links_between_documents_lead_somewhere() -> None:
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [(file, target) for file in files for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text())]
    broken = [f"{file.relative_to(ROOT)}: {target}" for file, target in links if not (file.parent / target).exists()]
    assert broken == []


def test_the_readme_has_the_limits_of_the_benchmark() -> None:
    section = README.split("\n## Speed\n")[1].split("\n## ")[0]
    told = [tuple(line.strip("| ").split(" | ")) for line in section.splitlines() if line.startswith("| ")][2:]
    assert told == [(row.work, f"{row.times:g} times {row.against}", f"{row.goal:g}" if row.goal else "reached") for row in Row]


def test_every_rule_is_in_exactly_one_category() -> None:
    assert {catalog.category(rule) for rule in catalog.builtin_rules().values()} == {"tagging", "iam", "encryption"}


def test_the_command_starts_as_a_module_and_tells_its_version() -> None:
    command = [sys.executable, "-m", "scanners.command_line", "--version"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert shown.startswith("stackproof 0.")


def test_the_catalogue_page_names_every_rule_or_says_why_there_is_none() -> None:
    text = (ROOT / "docs" / "catalogue.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| (enc|tag|iam)-", line)]
    entries = (Path(__file__).parent / "schemas" / "catalogue-entries.txt").read_text().split()
    assert set(entries) - {row[0] for row in rows} == set(), "entries of tier 1 and 2"
    without = [row[0] for row in rows if not re.search(r"\]\(rules/", row[2]) and len(row[-1].strip()) < 20]
    assert without == [], "neither a rule nor a reason"
    named = set(re.findall(r"\]\(rules/([\w-]+)\.md\)", text))
    assert named == set(catalog.builtin_rules())
