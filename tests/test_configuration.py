"""One configuration for both hosts; what is wrong in it is told with the line and the nearest valid name."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import configuration
from policies.configuration import ConfigurationError
from policies.exemptions import Exemption, find, wildcard
from policies.rule import Level
from tests.command import resource, stackproof, state

if TYPE_CHECKING:
    from policies.settings import ActiveRule

RDS = "rds-storage-encrypted"
OWN_RULE = Path(__file__).parents[1] / "examples" / "own-rules" / "queues.py"


def write(directory: Path, text: str) -> Path:
    file = directory / "stackproof.yaml"
    file.write_text(text)
    return file


def active(file: Path) -> dict[str, ActiveRule]:
    return {item.rule.id: item for item in configuration.load(file).settings.active}


def test_levels_and_parameters_are_read(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "rules:\n"
        "  all: {level: advisory}\n"
        f"  {RDS}: {{level: remediate}}\n"
        "  sqs-queue-encrypted: {level: disabled}\n"
        '  required-tags: {level: mandatory, keys: [Owner, CostCenter], for-types: {"aws:rds/*": [DataClassification]}}\n',
    )
    rules = active(file)
    assert rules[RDS].level is Level.REMEDIATE
    assert "sqs-queue-encrypted" not in rules
    tags = rules.pop("required-tags")
    assert tags.level is Level.MANDATORY
    assert tags.parameters.keys == ("Owner", "CostCenter")  # type: ignore[attr-defined]
    assert {item.level for id_, item in rules.items() if id_ != RDS} == {Level.ADVISORY}


WRONG = {
    "unknown-key": ("rules: {}\nexemption: []\n", 2, "there is no key 'exemption'; did you mean exemptions?"),
    "unknown-rule": ("rules:\n  rds-storage-encryption: {level: advisory}\n", 2, f"did you mean {RDS}?"),
    "unknown-level": (f"rules:\n  {RDS}:\n    level: mandatry\n", 3, "did you mean mandatory?"),
    "unknown-level-for-all": ("rules:\n  all:\n    level: strict\n", 3, "'strict' is not a level"),
    "parameter-for-all": ("rules:\n  all:\n    keys: [a]\n", 3, "it takes level and exemptible only"),
    "unknown-parameter": ("rules:\n  required-tags:\n    keyz: [Owner]\n", 3, "did you mean keys?"),
    "parameter-of-none": (f"rules:\n  {RDS}:\n    keys: [Owner]\n", 3, "it takes level and exemptible only"),
    "parameter-of-wrong-type": ("rules:\n  required-tags:\n    level: advisory\n    keys: 7\n", 4, "keys: "),
    "rules-not-a-map": ("rules: [a]\n", 1, "rules is a map of rule ids"),
    "rule-not-a-map": (f"rules:\n  {RDS}: advisory\n", 2, "are a map, such as {level: advisory}"),
    "not-a-map": ("- rules\n", 1, "a configuration is a map"),
    "not-yaml": ("rules:\n  a: [\n", 3, "not valid YAML"),
    "exemption-without-reason": (f"exemptions:\n  - rule: {RDS}\n    resource: x\n", 2, "reason"),
    "exemption-with-empty-reason": (f"exemptions:\n  - {{rule: {RDS}, resource: x, reason: ''}}\n", 2, "needs a reason"),
    "exemption-of-unknown-rule": ("exemptions:\n  - {rule: rds-storage, resource: x, reason: y}\n", 2, "there is no rule"),
    "exemption-with-bad-date": (f"exemptions:\n  - {{rule: {RDS}, resource: x, reason: y, expires: soon}}\n", 2, "expires: "),
    "exemption-with-unknown-key": (f"exemptions:\n  - {{rule: {RDS}, resource: x, reason: y, until: z}}\n", 2, "'until'"),
    "exemptions-not-a-list": ("exemptions: {a: b}\n", 1, "exemptions is a list"),
    "rule-module-missing": ("rules: {}\nrule-modules:\n  - ./nowhere.py\n", 3, "rule module ./nowhere.py cannot be imported"),
    "key-twice": (f"rules:\n  {RDS}: {{level: disabled}}\n  {RDS}: {{level: mandatory}}\n", 3, f"the key '{RDS}' stands twice"),
    "section-twice": ("rules: {}\nexemptions: []\nrules: {}\n", 3, "the key 'rules' stands twice"),
    "number-as-key": ("rules:\n  1: {level: advisory}\n", 2, "the key '1' is not a text in YAML: quote it"),
    "boolean-as-key": ("on: {}\n", 1, "the key 'on' is not a text in YAML"),
    "list-as-key": ("rules: {}\n? [a, b]\n: 1\n", 2, "a key is a text"),
    "endless-alias": ("rules: {}\nexemptions: &a [*a]\n", 2, "nested deeper than 50"),
    "billion-laughs": (
        "a: &a0 [x]\n" + "".join(f"b{i}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]\n" for i in range(9)),
        1,
        "more than 100000 values",
    ),
    "deep": ("rules: {}\nexemptions: " + "[" * 100_000, 2, "nested deeper than 50"),
    "level-off": (f"rules:\n  {RDS}:\n    level: off\n", 3, "false is not a level; did you mean disabled?"),
    "level-with-capital": (f"rules:\n  {RDS}: {{level: Mandatory}}\n", 2, "did you mean mandatory?"),
    "level-list": (f"rules:\n  {RDS}: {{level: [advisory]}}\n", 2, "what stands here is not a level"),
    "level-very-long": (f"rules:\n  {RDS}: {{level: {'x' * 5000}}}\n", 2, "what stands here is not a level"),
    "rule-in-capitals": ("rules:\n  RDS-storage-encrypted: {level: advisory}\n", 2, f"did you mean {RDS}?"),
    "control-character": ("rules: {}\nexemptions: '\x01'\n", 2, "a character that cannot be printed"),
    "tab": ("rules:\n\tall: {}\n", 2, "not valid YAML"),
    "python-object": ("rules: !!python/object/apply:os.system [id]\n", 1, "not valid YAML"),
    "tag-that-crashes-yaml": ("rules: {}\nexemptions: !!bool x\n", 2, "not valid YAML: no tag !!bool is known here"),
    "tag-on-a-key": ("rules: {}\n? !!str [a]\n: 1\n", 2, "no tag !!str is known here"),
    "rule-set-that-is-a-list": ("extends:\n  - all\n  - [all]\n", 3, "there is no rule set ['all']"),
    "rule-set-that-is-a-map": ("extends: [{all: all}]\n", 1, "there is no rule set {'all': 'all'}"),
    "deep-regular-expression": (
        f"rules:\n  tag-values-match-patterns: {{patterns: {{a: '{'(' * 5000}'}}}}\n",
        2,
        "a regular expression is too large",
    ),
    "endless-repetition": (
        f"rules:\n  tag-values-match-patterns: {{patterns: {{a: 'a{{{'9' * 30}}}'}}}}\n",
        2,
        "a regular expression is too large",
    ),
    "huge-number": (f"rules: {'9' * 5000}\n", 1, "a value cannot be read"),
    "no-such-day": (f"exemptions:\n  - {{rule: {RDS}, resource: x, reason: y, expires: 2027-02-30}}\n", 2, "expires: "),
    "date-and-time": (
        f"exemptions:\n  - {{rule: {RDS}, resource: x, reason: y, expires: 2027-02-03 10:00:00}}\n",
        2,
        "a date is written YYYY-MM-DD",
    ),
    "date-as-number": (f"exemptions:\n  - {{rule: {RDS}, resource: x, reason: y, expires: 20270203}}\n", 2, "YYYY-MM-DD"),
    "exemption-of-nothing": (f"exemptions:\n  - {{rule: {RDS}, resource: '', reason: y}}\n", 2, "needs a resource"),
    "rule-module-without-rules": ("rule-modules:\n  - json\n", 2, "holds no rules"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_configuration_is_an_error_that_names_file_and_line(case: str, tmp_path: Path) -> None:
    text, line, message = WRONG[case]
    file = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as error:
        configuration.load(file)
    assert str(error.value).startswith(f"{file}:{line}: ")
    assert message in str(error.value)


def test_a_wrong_configuration_stops_the_scanner(tmp_path: Path) -> None:
    file = write(tmp_path, "ruless: {}\n")
    shop = tmp_path / "shop.json"
    shop.write_bytes(state(resource()))
    ran = stackproof("scan", shop, "--config", file)
    assert (ran.exit_code, ran.out) == (2, "")
    assert f"{file}:1: there is no key 'ruless'; did you mean rules?" in ran.err


def test_the_nearest_configuration_upward_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outer = write(tmp_path, f"rules: {{{RDS}: {{level: disabled}}}}\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert configuration.find(inner) == outer
    (inner / "shop.json").write_bytes(state(resource()))
    monkeypatch.chdir(inner)
    ran = stackproof("scan", "shop.json", "--rule", RDS)
    assert (ran.exit_code, f"'{RDS}' is disabled by {outer}" in ran.err) == (2, True)
    write(tmp_path / "a", f"rules: {{{RDS}: {{level: mandatory}}}}\n")
    assert stackproof("scan", "shop.json", "--rule", RDS).exit_code == 1


@pytest.mark.parametrize(("expires", "status", "exit_code"), [("2999-12-31", "exempt", 0), ("2020-01-31", "failed", 1)])
def test_an_exemption_holds_until_it_expires(expires: str, status: str, exit_code: int, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "exemptions:\n"
        f"  - {{rule: {RDS}, reason: legacy, owner: web-team, expires: {expires},\n"
        '     resource: "urn:pulumi:prod::shop::aws:rds/*::d*"}\n',
    )
    shop = tmp_path / "shop.json"
    shop.write_bytes(state(resource()))
    ran = stackproof("scan", shop, "--config", file, "-f", "json", "--rule", RDS)
    (result,) = ran.report["results"]
    assert (result["status"], ran.exit_code) == (status, exit_code)
    expired = status == "failed"
    words = f"{'Its exemption expired on' if expired else 'Exempt until'} {expires}, owner web-team: legacy"
    assert result["exemption"] == {
        "reason": "legacy", "owner": "web-team", "expires": expires, "expired": expired, "source": "configuration",
        "words": words,
    }  # fmt: skip
    assert result["message"].endswith(f". {words}") == expired


def test_an_exemption_that_holds_wins_over_one_that_has_expired() -> None:
    old = Exemption(rule="r", resource="*", reason="old", expires=date(2020, 1, 1))
    new = Exemption(rule="r*", resource="u", reason="new", expires=date(2030, 1, 1))
    assert find((old, new), ("r",), "u", date(2026, 1, 1)) is new
    assert find((old,), ("r",), "u", date(2020, 1, 1)) is old
    assert find((old, new), ("other",), "u", date(2026, 1, 1)) is None


def test_patterns_mean_only_their_asterisks() -> None:
    exemption = Exemption(rule="r", resource="urn:a::b[1].$x::*", reason="x")
    assert exemption.is_for("urn:a::b[1].$x::anything::at-all")
    assert not exemption.is_for("urn:a::b1.$x::anything")


def test_a_rule_module_of_the_user_is_judged_like_any_other(tmp_path: Path) -> None:
    write(
        tmp_path, f"rule-modules:\n  - {OWN_RULE}\nrules:\n  queue-name-has-team-prefix: {{level: mandatory, teams: [web]}}\n"
    )
    shop = tmp_path / "shop.json"
    shop.write_bytes(state(resource("aws:sqs/queue:Queue", "q", inputs={"name": "data-jobs"})))
    ran = stackproof(
        "scan", shop, "--config", tmp_path / "stackproof.yaml", "-f", "json", "--rule", "queue-name-has-team-prefix"
    )
    assert [(result["rule"], result["status"]) for result in ran.report["results"]] == [
        ("queue-name-has-team-prefix", "failed")
    ]


def test_a_crashing_rule_is_reported_and_the_others_answer(tmp_path: Path) -> None:
    (tmp_path / "crash.py").write_text(
        "from policies.rule import Severity, rule\n\n"
        "@rule(applies_to=('aws:rds/instance:Instance',), severity=Severity.LOW, remedy='x')\n"
        "def crashing_rule(db):\n"
        '    """A rule that crashes."""\n'
        "    raise RuntimeError(db.text('password'))\n"
        "    yield\n"
    )
    file = write(tmp_path, "rule-modules: [./crash.py]\n")
    shop = tmp_path / "shop.json"
    shop.write_bytes(state(resource(inputs={"password": "hunter2"})))
    ran = stackproof("scan", shop, "--config", file, "-f", "json")
    assert ran.exit_code == 4
    broken = {result["rule"]: result["message"] for result in ran.report["results"] if result["status"] == "broken"}
    assert list(broken) == ["crashing-rule"]
    assert "RuntimeError at " in broken["crashing-rule"]
    assert "hunter2" not in ran.out
    assert RDS in {result["rule"] for result in ran.report["results"]}


def test_a_merge_key_and_an_alias_may_be_used(tmp_path: Path) -> None:
    file = write(tmp_path, f"rules:\n  {RDS}: &soft {{level: advisory}}\n  sqs-queue-encrypted: {{<<: *soft}}\n")
    rules = active(file)
    assert (rules[RDS].level, rules["sqs-queue-encrypted"].level) == (Level.ADVISORY, Level.ADVISORY)


@pytest.mark.parametrize("content", [b"rules: {}\n" * 600_000, b"rules: {}\n# \xff\n"], ids=["too-large", "not-utf-8"])
def test_a_file_that_is_no_configuration_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "stackproof.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"larger than|:2: cannot be read: not UTF-8"):
        configuration.load(file)


RULE_MODULES = {
    "exits": ("import sys\nsys.exit(0)\n", "SystemExit in line 2"),
    "syntax": ("x = 1\ndef f(:\n", "(own.py, line 2)"),
    "raises": ("import json\n\njson.loads('{')\n", "JSONDecodeError in line 3"),
    "twice": (
        f"from policies.encryption.rds import *\nfrom copy import copy\nmine = copy({RDS.replace('-', '_')})\n",
        RDS,
    ),
}


@pytest.mark.parametrize("case", RULE_MODULES)
def test_a_rule_module_that_cannot_be_used_is_told_with_its_line(case: str, tmp_path: Path) -> None:
    code, message = RULE_MODULES[case]
    (tmp_path / "own.py").write_text(f"{code}")
    file = write(tmp_path, "rules: {}\nrule-modules:\n  - ./own.py\n")
    ran = stackproof("rules", "--config", file)
    assert (ran.exit_code, ran.out) == (2, "")
    assert f"{file}:3: " in ran.err
    assert message in ran.err


def test_what_rules_print_and_exits_of_rules_leave_the_report_whole(tmp_path: Path) -> None:
    (tmp_path / "noisy.py").write_text(
        "from policies.rule import Severity, rule\n\n"
        "print('imported')\n\n"
        "@rule(applies_to=('aws:rds/instance:Instance',), severity=Severity.LOW, remedy='x')\n"
        "def noisy_rule(db):\n"
        '    """A rule that prints and exits."""\n'
        "    print('judging')\n"
        "    raise SystemExit(0)\n"
        "    yield\n"
    )
    shop = tmp_path / "shop.json"
    shop.write_bytes(state(resource()))
    ran = stackproof("scan", shop, "--config", write(tmp_path, "rule-modules: [./noisy.py]\n"), "-f", "json")
    assert ran.exit_code == 4
    assert [item["rule"] for item in ran.report["results"] if item["status"] == "broken"] == ["noisy-rule"]
    assert ran.err == "imported\njudging\n"


def test_an_exemption_of_several_violations_counts_each(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "rules: {required-tags: {keys: [Owner, Team]}}\n"
        "exemptions:\n  - {rule: required-tags, resource: '*', reason: legacy}\n",
    )
    shop = tmp_path / "shop.json"
    shop.write_bytes(state(resource()))
    summary = stackproof("scan", shop, "--config", file, "-f", "json", "--rule", "required-tags").report["summary"]
    assert (summary["exempt"], summary["failed"], summary["failed_by_level"]) == (2, 0, {})


@given(
    pattern=st.lists(st.sampled_from(["*", "a", "b", "::", "."]), max_size=8).map("".join),
    text=st.lists(st.sampled_from(["a", "b", "::", "."]), max_size=12).map("".join),
)
def test_a_pattern_matches_what_its_asterisks_can_stand_for(pattern: str, text: str) -> None:
    assert (wildcard(pattern).fullmatch(text) is not None) == fnmatchcase(text, pattern)


def test_a_long_name_cannot_stall_a_pattern() -> None:
    assert wildcard("*:" * 20 + "x").fullmatch(":" * 100_000) is None
