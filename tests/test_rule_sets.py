"""Rule sets in the configuration and on the command line, and the frameworks behind them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from policies.catalog import builtin_rules
from policies.controls import FRAMEWORKS
from policies.rule_sets import ESSENTIAL, SETS, members
from tests.command import resource, stackproof, state

if TYPE_CHECKING:
    from pathlib import Path

RULES = builtin_rules()
OWN_RULES = "examples/own-rules/queues.py"


def levels(*arguments: str | Path) -> dict[str, str]:
    """Return the level of each rule, as `stackproof rules` lists them."""
    lines = stackproof("rules", *arguments).out.splitlines()
    return {line.split()[0]: line.split()[2] for line in lines}


def active(tmp_path: Path, configuration: str) -> set[str]:
    """Return the rules that a configuration switches on."""
    file = tmp_path / "stackproof.yaml"
    file.write_text(configuration)
    return {rule for rule, level in levels("--config", file).items() if level != "disabled"}


def test_essential_rules_exist() -> None:
    assert set(members("essential", RULES)) == ESSENTIAL


def test_the_default_is_the_essential_set(tmp_path: Path) -> None:
    assert active(tmp_path, "") == ESSENTIAL
    assert {rule for rule, level in levels().items() if level != "disabled"} == ESSENTIAL


def test_sets_and_single_rules_add_up(tmp_path: Path) -> None:
    found = active(
        tmp_path,
        "extends: [cis-aws-5.0]\nrules:\n  required-tags: {keys: [Owner]}\n  efs-file-system-encrypted: {level: disabled}\n",
    )
    assert found == (set(members("cis-aws-5.0", RULES)) | {"required-tags"}) - {"efs-file-system-encrypted"}
    both = active(tmp_path, "extends: [essential, cis-aws-5.0]")
    assert both == ESSENTIAL | set(members("cis-aws-5.0", RULES))


def test_a_set_can_be_listed() -> None:
    assert set(levels("--rules", "cis-aws-5.0")) == set(members("cis-aws-5.0", RULES))
    assert set(levels("--rules", "essential,required-tags")) == ESSENTIAL | {"required-tags"}


def test_an_empty_list_leaves_the_named_rules_only(tmp_path: Path) -> None:
    assert active(tmp_path, "extends: []\nrules: {required-tags: {level: mandatory}}") == {"required-tags"}


def test_each_set_holds_what_its_name_says() -> None:
    assert set(members("all", RULES)) == set(RULES)
    recommended = set(members("recommended", RULES))
    assert recommended > ESSENTIAL
    assert {rule.id for rule in RULES.values() if rule.severity.rank > 1} <= recommended
    for name, framework in FRAMEWORKS.items():
        judged = {rule.id for rule in RULES.values() if framework.name in {control.framework for control in rule.controls}}
        assert set(members(name, RULES)) == judged, name


def test_a_level_for_all_does_not_switch_rules_on(tmp_path: Path) -> None:
    assert active(tmp_path, "rules: {all: {level: advisory}}") == ESSENTIAL


def test_a_rule_set_that_does_not_exist_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "stackproof.yaml"
    file.write_text("rules: {}\nextends:\n  - essential\n  - fsbb\n")
    ran = stackproof("rules", "--config", file)
    assert (ran.exit_code, ran.err) == (2, f"stackproof: {file}:4: there is no rule set 'fsbb'; did you mean fsbp?\n")


def test_rules_on_the_command_line_take_the_place_of_the_configuration(tmp_path: Path) -> None:
    source, config = tmp_path / "state.json", tmp_path / "stackproof.yaml"
    source.write_bytes(state(resource(), resource("aws:s3/bucket:Bucket", "logs")))
    config.write_text("extends: [all]\n")
    wanted = "cis-aws-5.0,required-tags"
    report = stackproof("scan", source, "--config", config, "--rules", wanted, "-f", "json").report
    assert {result["rule"] for result in report["results"]} == {
        "rds-storage-encrypted", "required-tags", "s3-bucket-denies-plain-http", "s3-bucket-has-public-access-block",
    }  # fmt: skip
    ran = stackproof("scan", source, "--rules", "fsbb")
    assert (ran.exit_code, ran.err) == (2, "stackproof: --rules: there is no rule or rule set 'fsbb'; did you mean fsbp?\n")


def test_a_users_own_rules_are_always_on(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from policies.rule import Severity, Violation, rule\n\n\n"
        '@rule(applies_to=("aws:sqs/queue:Queue",), severity=Severity.LOW, remedy="Name it.")\n'
        "def sqs_queue_named(queue):\n"
        '    """Queues have names."""\n'
        '    if not queue.has("name"):\n'
        '        yield Violation("name is not set", at="name")\n'
    )
    assert active(tmp_path, "rule-modules: [own.py]") == ESSENTIAL | {"sqs-queue-named"}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_control_that_a_rule_names_is_listed(name: str) -> None:
    known = FRAMEWORKS[name].controls()
    used = {control.id for rule in RULES.values() for control in rule.controls if control.framework == FRAMEWORKS[name].name}
    assert used <= known.keys()
    assert [id_ for id_ in sorted(used) if not known[id_]] == [], "controls without a name"


def test_frameworks_tell_what_is_not_assessed() -> None:
    (listed,) = json.loads(stackproof("frameworks", "cis-aws-5.0", "-f", "json").out)
    judged = {control["id"]: control["rules"] for control in listed["controls"]}
    assert judged["2.2.1"] == ["rds-storage-encrypted"]
    assert "1.4" in listed["notAssessed"], "root MFA is nothing that a Pulumi program can express"
    assert sorted([*judged, *listed["notAssessed"]]) == sorted(FRAMEWORKS["cis-aws-5.0"].controls())
    text = stackproof("frameworks").out
    for name in FRAMEWORKS:
        assert f"\n{name}: " in f"\n{text}"
    assert "Not assessed, no rule judges them: " in text


def test_every_set_is_described() -> None:
    for name in SETS:
        assert list(members(name, RULES)), name
