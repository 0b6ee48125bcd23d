"""Each layer imports only those to its left, and the rules load nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"policies", "policies.credentials", "policies.fix", "policies.unknown"},
    {"policies.block", "policies.iam_catalogue", "policies.provider", "policies.tags"},
    {"policies.resource"},
    {"policies.controls", "policies.stack"},
    {"policies.former_urns", "policies.rule"},
    {"policies.rule_index", "policies.rule_sets", "policies.rule_tables"},
    {
        "policies.customer_key",
        "policies.effective_tags",
        "policies.embedded_json",
        "policies.environment_secrets",
        "policies.plain_secrets",
    },
    {"policies.policy_document"},
    {"policies.policy_matching", "policies.evaluate", "policies.examples", "policies.exemptions"},
    {"policies.iam_analysis"},
    {"policies.tagging", "policies.iam", "policies.encryption"},
    {"policies.catalog", "policies.settings", "policies.yaml_reader"},
    {"policies.configuration", "policies.dispatch", "policies.generate_index"},
    {"policies.pulumi_descriptions"},
    {"policies.pulumi_verdicts"},
    {"policies.pulumi_protocol"},
    {"policies.pulumi_pack", "policies.pulumi_policies"},
    {"scanners"},
    {"scanners.sources"},
    {
        "scanners.evidence",
        "scanners.identity",
        "scanners.processes",
        "scanners.report",
        "scanners.repository",
        "scanners.unjudged",
    },
    {"scanners.baseline", "scanners.found"},
    {"scanners.checkov_answers", "scanners.exempting"},
    {"scanners.tag_coverage"},
    {"scanners.exemption_uses", "scanners.judging", "scanners.results"},
    {"scanners.checkov_findings"},
    {"scanners.frameworks", "scanners.gate"},
    {"scanners.scan"},
    {"scanners.stored_report"},
    {"scanners.exports", "scanners.judged", "scanners.writers"},
    {"scanners.differences"},
    {
        "scanners.arguments",
        "scanners.baseline_arguments",
        "scanners.compare_arguments",
        "scanners.diff_arguments",
        "scanners.exempt_arguments",
        "scanners.explanation",
        "scanners.export_arguments",
        "scanners.iam_arguments",
        "scanners.report_arguments",
    },
    {"scanners.choice", "scanners.console"},
    {"scanners.outputs"},
    {"scanners.rendering"},
    {"scanners.baselines", "scanners.diff", "scanners.iam_inputs", "scanners.iam_told"},
    {"scanners.iam_can", "scanners.iam_diff", "scanners.iam_who_can"},
    {"scanners.iam"},
    {"scanners.checkov_runner"},
    {"scanners.checkov_run", "scanners.export"},
    {"scanners.checkov_comparison", "scanners.checkov_differences"},
    {"scanners.compare_checkov", "scanners.checkov_checks"},
    {"scanners.checkov_host", "scanners.scanning"},
    {"scanners.exempt_file", "scanners.exempt_pulumi"},
    {"scanners.exempt"},
    {"scanners.command_line"},
    {"scanners.main"},
]
THIRD_PARTY = {
    "policies.settings": {"pydantic"},
    "policies.yaml_reader": {"yaml"},
    "policies.pulumi_descriptions": {"pydantic"},
    "policies.pulumi_protocol": {"google", "grpc", "pulumi"},
    "policies.pulumi_pack": {"google", "grpc", "pulumi"},
    "policies.pulumi_policies": {"pulumi", "pulumi_policy"},
}


def modules() -> dict[str, ast.Module]:
    files = [file for package in ("policies", "scanners") for file in sorted((ROOT / package).rglob("*.py"))]
    names = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files}
    return {name: ast.parse(file.read_text()) for file, name in names.items()}


def imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer(module: str) -> int | None:
    """Return the layer that names a module, or the package it is in."""
    while module:
        for place, names in enumerate(LAYERS):
            if module in names:
                return place
        module = module.rpartition(".")[0]
    return None


def test_a_module_imports_only_from_layers_before_it() -> None:
    wrong = []
    for name, tree in modules().items():
        own = layer(name)
        assert own is not None, f"{name} is in no layer"
        package = name if name in ("policies", "scanners") else name.rpartition(".")[0]
        for imported in imports(tree):
            other = layer(imported)
            if other is not None and other >= own and not (imported.startswith(package) and other == own):
                wrong.append(f"{name} imports {imported}")
    assert wrong == []


def test_policies_depend_on_nothing_but_what_is_listed() -> None:
    standard = set(sys.stdlib_module_names) | {"policies"}
    wrong = {
        name: foreign
        for name, tree in modules().items()
        if name.startswith("policies")
        and (foreign := {item.split(".")[0] for item in imports(tree)} - standard - THIRD_PARTY.get(name, set()))
    }
    assert wrong == {}


def test_scanners_never_load_the_pulumi_hosts() -> None:
    wrong = {
        name: found
        for name, tree in modules().items()
        if name.startswith("scanners")
        and (
            found := {item for item in imports(tree) if item.split(".")[0] in ("pulumi", "pulumi_policy", "pulumi_aws", "grpc")}
        )
    }
    assert wrong == {}


def test_the_catalogue_loads_nothing_heavy() -> None:
    heavy = ["pulumi", "pulumi_aws", "checkov", "rich", "jinja2", "click", "pydantic", "yaml", "msgspec", "grpc"]
    code = f"import sys, policies.catalog; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert found.strip() == "[]"


@pytest.mark.parametrize(
    ("settings", "loaded"),
    [
        ("", []),
        ("rules: {required-tags: {keys: [Owner]}}", ["dataclasses", "inspect", "pydantic", "typing_extensions", "yaml"]),
    ],
    ids=["no-configuration", "configuration"],
)
def test_a_scan_loads_only_what_it_needs(settings: str, loaded: list[str], tmp_path: Path) -> None:
    if settings:
        (tmp_path / "stackproof.yaml").write_text(settings)
    heavy = ["checkov", "dataclasses", "grpc", "inspect", "pydantic", "rich", "scanners.baseline", "typing_extensions", "yaml"]
    code = f"import sys\nfrom scanners.main import main\nmain()\nprint([name for name in {heavy} if name in sys.modules])"
    source = ROOT / "examples" / "states" / "static-website.json"
    command = [sys.executable, "-c", code, "scan", str(source), "--rules", "all"]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert ran.stdout.splitlines()[-1] == str(loaded)
    assert ran.stderr == ""
