"""The index of the rules says what their modules say, and saves importing them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from policies import generate_index
from policies.catalog import IndexedRule, builtin_rules
from policies.provider import TAGGABLE
from policies.rule import Rule
from policies.settings import parameters_schema, resolve, written
from tests.command import resource, stackproof, state

if TYPE_CHECKING:
    from pathlib import Path

RULES = [rule for rule in builtin_rules().values() if isinstance(rule, IndexedRule)]

LOADED = """
print(sorted(name for name in sys.modules if name.startswith(("policies.encryption.", "policies.iam.", "policies.tagging."))))
"""


def loaded_by(code: str, *arguments: object) -> list[str]:
    """Return the modules with rules that a program has imported at its end, in a process of its own."""
    command = [sys.executable, "-c", f"import sys\n{code}{LOADED}", *map(str, arguments)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [name.strip("'") for name in out.splitlines()[-1].strip("[]").split(", ") if name]


def loaded_by_command(*arguments: object) -> list[str]:
    return loaded_by("from scanners.main import main\nmain()", *arguments)


def test_the_index_is_current() -> None:
    assert generate_index.FILE.read_text() == generate_index.text(), "run `make docs`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_index_says_of_a_rule_what_its_module_says(rule: IndexedRule) -> None:
    original = rule.original
    assert type(original) is Rule
    told = {name: getattr(rule, name) for name in Rule.__slots__}
    assert told == {name: getattr(original, name) for name in Rule.__slots__}
    assert [type(value) for value in told.values()] == [type(getattr(original, name)) for name in Rule.__slots__]
    assert parameters_schema(rule) == parameters_schema(original)
    if original.parameters:
        defaults = {name: schema["default"] for name, schema in parameters_schema(rule).items()}
        assert defaults == written(original.parameters())


def test_the_index_holds_every_rule_in_the_order_of_ids() -> None:
    assert len(RULES) == len(builtin_rules()) > 400
    assert list(builtin_rules()) == sorted(builtin_rules())


def test_all_types_with_tags_are_one_tuple() -> None:
    """So that they are filed once for all the rules that judge them."""
    shared = [rule.applies_to for rule in RULES if rule.applies_to == TAGGABLE]
    assert len(shared) > 10
    assert all(types is TAGGABLE for types in shared)


@pytest.mark.parametrize(
    "arguments",
    [
        ["rules"],
        ["rules", "--rules", "recommended"],
        ["frameworks"],
        *(["explain", id_] for id_ in ("required-tags", "kms-key-rotation-enabled")),
    ],
    ids=" ".join,
)
def test_commands_that_only_tell_of_rules_import_none(arguments: list[str]) -> None:
    assert loaded_by_command(*arguments) == []


def test_a_scan_imports_the_rules_of_the_types_that_are_there(tmp_path: Path) -> None:
    queues, database = tmp_path / "queues.json", tmp_path / "database.json"
    queues.write_bytes(state(resource("acme:queue:Queue", "jobs")))
    database.write_bytes(state(resource()))
    assert loaded_by_command("scan", queues, "--rules", "all", "-f", "sarif") == []
    assert loaded_by_command("scan", database) == ["policies.encryption.database_clusters", "policies.encryption.rds"]


def test_the_pack_describes_its_policies_from_the_index() -> None:
    described = """
from policies import configuration, pulumi_pack
pack = pulumi_pack.Pack(configuration.load(None))
assert len(pack.GetAnalyzerInfo(None, None).policies) > 400
assert "pydantic" not in sys.modules
"""
    assert loaded_by(described) == []


def test_threads_that_ask_for_a_rule_at_once_get_the_same() -> None:
    asked = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from policies.catalog import builtin_rules
sys.setswitchinterval(1e-6)
rules, together = list(builtin_rules().values()), Barrier(4)

def ask(_):
    together.wait()
    return [(rule.check, rule.parameters, rule.each, rule.examples) for rule in rules]

with ThreadPoolExecutor(4) as threads:
    first, *others = threads.map(ask, range(4))
assert all(other == first for other in others)
"""
    assert len(loaded_by(asked)) > 100


def test_defaults_come_with_the_module() -> None:
    rule = builtin_rules()["required-tags"]
    (active,) = resolve({rule.id: rule}, {rule.id: {}}).active
    assert rule.parameters is not None
    assert active.parameters == rule.parameters()
    (active,) = resolve({rule.id: rule}, {rule.id: {"keys": ["Owner"]}}).active
    assert active.parameters == rule.parameters(keys=("Owner",))


def test_a_rule_that_is_gone_from_its_module_is_told() -> None:
    gone = IndexedRule("gone", "encryption.rds", "", "", "low", "", "resource", False, (), (), (), "", "")  # noqa: FBT003
    with pytest.raises(LookupError, match=r"policies.encryption.rds holds no rule gone: run `make docs`"):
        _ = gone.check


def test_a_rule_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError, match="colour"):
        _ = RULES[0].colour


def test_a_users_module_may_import_a_rule_of_this_package(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("from policies.encryption.rds import *\n")
    file = tmp_path / "stackproof.yaml"
    file.write_text("rule-modules: [own.py]\n")
    ran = stackproof("rules", "--config", file)
    assert (ran.exit_code, len(ran.out.splitlines())) == (0, len(RULES))
