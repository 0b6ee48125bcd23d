"""`stackproof exempt`: the file is edited and otherwise left byte for byte; what cannot be edited is told."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import configuration, yaml_reader
from policies.exemptions import Exemption
from scanners.arguments import Usage
from scanners.exempt_file import with_added, without
from tests.command import Ran, stackproof
from tests.test_exemptions import FAR, LOW, OVER, RDS, SOON, START, TODAY, exemption, shop, statuses
from tests.test_exemptions import configured as written

if TYPE_CHECKING:
    from pathlib import Path

LINES = """\
# Ours
extends: [essential]   # the default

exemptions:
  # the old shop
  - rule: required-tags   # all of them
    resource: "*::old"
    reason: >
      It goes away
      in May.

  -
    rule: required-tags
    resource: '*::older'
    reason: It went away.   # did it?
  # no more, please

rules:
  required-tags: {keys: [Owner]}
"""
ADDED = Exemption(RDS, "*::db", "why", "web", FAR)
NEW = f'  - rule: {RDS}\n    resource: "*::db"\n    reason: why\n    owner: web\n    expires: {FAR}\n'


def exempt(*words: str | Path) -> Ran:
    return stackproof("exempt", *words)


def add(config: Path, *words: str, rule: str = RDS) -> Ran:
    return exempt("add", rule, "*::db", "--reason", "why", *words, "--config", config)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LINES, LINES.replace("  # no more", f"{NEW}  # no more")),
        ("", f"exemptions:\n{NEW}"),
        ("# nothing\n", f"# nothing\nexemptions:\n{NEW}"),
        ("---\n# nothing\n", f"---\n# nothing\nexemptions:\n{NEW}"),
        ("extends: [all]", f"extends: [all]\nexemptions:\n{NEW}"),
        ("exemptions: []  # none\nextends: []\n", f"exemptions:  # none\n{NEW}extends: []\n"),
        ("exemptions:\nextends: []\n", f"exemptions:\n{NEW}extends: []\n"),
        ("exemptions:\nextends: []", f"exemptions:\n{NEW}extends: []"),
        ("exemptions: null\n", f"exemptions:\n{NEW}"),
        ("exemptions:   # none\n\nextends: []\n", f"exemptions:   # none\n{NEW}\nextends: []\n"),
        ("exemptions:\n- {rule: required-tags,\n   resource: x, reason: y}\n# end", None),
        (
            "extends: []\r\nrules: {}\r\n",
            f"extends: []\r\nrules: {{}}\r\nexemptions:\r\n{NEW}".replace("\r\n", "\n").replace("\n", "\r\n"),
        ),
    ],
)
def test_an_exemption_is_added_and_the_rest_stays(before: str, after: str | None, tmp_path: Path) -> None:
    config = tmp_path / "stackproof.yaml"
    config.write_bytes(before.encode())
    ran = add(config, "--owner", "web", "--expires", str(FAR))
    assert (ran.exit_code, ran.err) == (0, "")
    assert f"Exempt until {FAR}, owner web: why" in ran.out
    text = config.read_bytes().decode()
    assert text == (before.replace("# end", NEW.replace("\n  ", "\n").removeprefix("  ") + "# end") if after is None else after)
    assert configuration.load(config).exemptions[-1] == ADDED


@pytest.mark.parametrize(
    "before",
    [
        "exemptions: [{rule: required-tags, resource: x, reason: y}]\n",
        "{extends: [all]}\n",
        "extends: [all]\n...\n",
        "exemptions:\n- &a {rule: required-tags, resource: x, reason: y}\n- {<<: *a, resource: z}\n- *a\n",
    ],
)
def test_what_cannot_be_edited_is_told_with_what_to_paste(before: str, tmp_path: Path) -> None:
    config = tmp_path / "stackproof.yaml"
    config.write_text(before)
    ran = add(config, "--owner", "web", "--expires", str(FAR))
    assert ran.exit_code == 2
    assert config.read_text() == before
    assert ran.out == f"exemptions:\n{NEW}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "rule rds-storage-encrypted is high: its exemption needs an owner and a last day"),
        (("--owner", "web", "--expires", "2020-01-31"), "--expires: 2020-01-31 is over"),
        (("--owner", "web", "--expires", "2027-02-30"), "'2027-02-30' is not a date"),
        (("--owner", "web", "--days", "-1"), "--days"),
        (("--owner", "web", "--days", "9" * 5000), "is not a number of days"),
        (("--owner", "web\udc80", "--days", "9"), "half of a surrogate pair is no text"),
    ],
)
def test_a_wrong_exemption_changes_nothing(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    config = tmp_path / "stackproof.yaml"
    config.write_text(LINES)
    ran = add(config, *words)
    assert (ran.exit_code, told in ran.err) == (2, True), ran.err
    assert config.read_text() == LINES


def test_a_rule_that_does_not_exist_or_is_exempt_already_is_told(tmp_path: Path) -> None:
    config = tmp_path / "stackproof.yaml"
    config.write_text(LINES)
    assert "did you mean required-tags?" in add(config, rule="required-tag").err
    assert exempt("add", "required-tags", "*::old", "--reason", "x", "--config", config).err == (
        f"stackproof: {config}:6 exempts *::old from required-tags already; change it there\n"
    )
    assert config.read_text() == LINES


def test_without_a_configuration_there_is_one_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = exempt("add", RDS, "*::db", "--reason", "why", "--owner", "web", "--days", "400")
    assert (ran.exit_code, (tmp_path / "stackproof.yaml").read_text()) == (0, f"exemptions:\n{NEW}")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=4, max_size=4))
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    rule, resource, reason, owner = texts
    after = with_added(None, LINES, [Exemption(rule, resource, reason, owner)])  # type: ignore[arg-type]
    content: Any = yaml_reader.read(after).content
    assert content["exemptions"][2] == {"rule": rule, "resource": resource, "reason": reason, "owner": owner}


def test_what_has_expired_or_is_stale_is_removed_and_the_rest_stays(tmp_path: Path) -> None:
    config, file = tmp_path / "stackproof.yaml", shop(tmp_path, "db")
    entries = {
        name: f"  - rule: {RDS}  # {name}\n    resource: '{START}{resource}'\n    reason: |\n      {name}\n    owner: o\n"
        f"    expires: {day}\n"
        for name, resource, day in (("kept", "db", FAR), ("over", "db", OVER), ("stale", "gone", FAR), ("soon", "db", SOON))
    }
    parts = [f"# top\nrules: {{{RDS}: {{}}}}\nextends: []\nexemptions:\n", *entries.values(), "\n# end"]
    config.write_text("".join(parts))
    dry = exempt("prune", file, "--config", config, "--dry-run")
    assert dry.out.splitlines()[-1] == "2 of 4 exemptions would be removed"
    assert config.read_text() == "".join(parts)
    only = exempt("prune", "--expired-only", "--config", config)
    assert config.read_text() == "".join(part for part in parts if "# over" not in part)
    assert only.out.splitlines()[0].startswith("expired    ")
    assert exempt("prune", file, tmp_path / "missing.json", "--config", config).exit_code == 4
    assert exempt("prune", "--config", config).exit_code == 2
    assert config.read_text() == "".join(part for part in parts if "# over" not in part)
    ran = exempt("prune", file, "--config", config)
    assert (ran.exit_code, ran.out.splitlines()[-1]) == (0, "1 of 3 exemptions removed")
    assert config.read_text() == "".join(part for part in parts if "# over" not in part and "# stale" not in part)
    assert exempt("prune", file, "--config", config).out == "0 of 2 exemptions removed\n"


def test_all_may_be_removed_also_where_a_dash_stands_alone(tmp_path: Path) -> None:
    kept = "# Ours\nextends: [essential]   # the default\n\nexemptions:\n  # the old shop\n\n  # no more, please\n\n"
    assert without(tmp_path, LINES, {0, 1}) == kept + "rules:\n  required-tags: {keys: [Owner]}\n"
    with pytest.raises(Usage, match="by hand"):
        without(tmp_path, "exemptions: [{rule: a, resource: b, reason: c}]\n", {0})
    anchored = "exemptions:\n- &a {rule: a, resource: b, reason: c}\n- *a\n"
    with pytest.raises(Usage, match="by hand"):
        without(tmp_path, anchored, {0})


def test_the_list_says_status_owner_and_what_each_is_about(tmp_path: Path) -> None:
    config, file = written(tmp_path, exemption("db"), exemption("gone"), extends=[], rules={RDS: {}}), shop(tmp_path, "db")
    assert [line.split()[0] for line in exempt("list", "--config", config).out.splitlines()[::2]] == ["active", "active"]
    lines = exempt("list", file, "--config", config).out.splitlines()
    assert lines[::2] == [
        f"active     {RDS} on {START}db  ({config}:2)  1 result",
        f"stale      {RDS} on {START}gone  ({config}:7)  0 results",
    ]
    assert lines[1] == f"           Exempt until {FAR}, owner web: legacy"
    listed = exempt("list", "--config", config, "-f", "json").report
    assert [(item["status"], item["results"], item["days_left"]) for item in listed["exemptions"]] == [
        ("active", None, 400)
    ] * 2
    ran = exempt("list", file, "--config", config, "-f", "json")
    assert statuses(ran) == [("active", 1), ("stale", 0)]
    assert exempt("list", tmp_path / "missing.json", "--config", config).exit_code == 4


@pytest.mark.parametrize(
    ("fields", "words", "code"),
    [
        ({}, (), 0),
        ({"expires": str(SOON)}, (), 1),
        ({"expires": str(SOON)}, ("--within", "9"), 0),
        ({}, ("--within", "400"), 1),
        ({"expires": str(OVER)}, (), 1),
        ({"resource": f"{START}gone"}, (), 1),
        ({"resource": "urn:pulumi:dev::shop::*"}, (), 0),
    ],
)
def test_a_check_fails_where_somebody_must_act(
    fields: dict[str, str], words: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    config, file = written(tmp_path, exemption("db", **fields), extends=[], rules={RDS: {}}), shop(tmp_path, "db")
    ran = exempt("check", file, "--config", config, *words)
    assert (ran.exit_code, ran.out.splitlines()[-1]) == (code, f"{code} of 1 exemption to look at")
    assert exempt("check", file, tmp_path / "missing.json", "--config", config).exit_code == 4


EXCEPTION = {
    "id": "EXC-7", "policyPack": "acme/stackproof", "status": "active", "reason": "vendor", "createdAt": "2026-01-01T00:00:00Z",
    "expiresAt": f"{FAR}T12:00:00Z", "createdBy": {"name": "Ada", "githubLogin": "ada", "avatarUrl": ""},
    "match": [{"policies": [RDS, LOW], "targets": [f"{START}db", f"{START}other"]}],
}  # fmt: skip


def test_exceptions_of_pulumi_become_exemptions(tmp_path: Path) -> None:
    config, file = written(tmp_path), tmp_path / "exceptions.json"
    others = [EXCEPTION | {"id": "EXC-8", "status": "removed"}, EXCEPTION | {"id": "EXC-9", "policyPack": "awsguard"}]
    file.write_text(json.dumps({"exceptions": [EXCEPTION, *others], "continuationToken": None}))
    ran = exempt("add", "--from-pulumi", file, "--config", config)
    assert ran.exit_code == 0, ran.err
    expires = datetime.fromisoformat(f"{FAR}T12:00:00Z").astimezone().date()
    assert configuration.load(config).exemptions == tuple(
        Exemption(rule, START + name, "vendor", "Ada", expires) for rule in (RDS, LOW) for name in ("db", "other")
    )
    assert "EXC-8 is removed: left out" in ran.err
    assert "EXC-9 is for the policy pack 'awsguard', not stackproof: left out" in ran.err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "not policy exceptions as Pulumi's REST API has them"),
        ('{"exceptions": [{}]}', "missing required field"),
        (json.dumps({"exceptions": [EXCEPTION], "continuationToken": "x"}), "only a page of the exceptions"),
        (json.dumps([EXCEPTION | {"expiresAt": "soon"}]), "expiresAt is not a time: 'soon'"),
        (json.dumps([EXCEPTION | {"match": [{"policies": [RDS], "targets": ["urn:*"]}]}]), "a name with *"),
        (
            json.dumps(EXCEPTION | {"match": [{"policies": ["unheard-of"], "targets": ["urn:a"]}]}),
            "there is no rule 'unheard-of'",
        ),
        (json.dumps(EXCEPTION | {"expiresAt": None}), "needs a last day"),
        ("[" * 100_000, "not policy exceptions"),
    ],
)
def test_exceptions_that_cannot_be_taken_change_nothing(content: str, told: str, tmp_path: Path) -> None:
    config, file = written(tmp_path), tmp_path / "exceptions.json"
    file.write_text(content)
    before = config.read_text()
    ran = exempt("add", "--from-pulumi", file, "--config", config)
    assert (ran.exit_code, told in ran.err) == (2, True), ran.err
    assert config.read_text() == before


def test_exemptions_become_exceptions_of_pulumi_and_come_back(tmp_path: Path) -> None:
    given = [exemption("db"), exemption("o*", rule="rds-*"), exemption("db", expires=str(OVER)), exemption(rule="CKV_AWS_999")]
    config = written(tmp_path, *given, extends=[], rules={RDS: {}, LOW: {}})
    ran = exempt("list", shop(tmp_path, "db", "other", "open"), "--config", config, "--format", "pulumi")
    requests = [json.loads(line) for line in ran.out.splitlines()]
    both = {"policies": sorted([RDS, LOW]), "targets": [f"{START}open", f"{START}other"]}
    assert [item["match"] for item in requests] == [[{"policies": [RDS], "targets": [f"{START}db"]}], [both]]
    for item in requests:
        assert (item["policyPack"], item["reason"]) == ("stackproof", "legacy (owner: web)")
        assert item["expiresInSeconds"] % 3600 == 0
        assert timedelta(days=399) < timedelta(seconds=item["expiresInSeconds"]) <= timedelta(days=401)
    assert "expired: left out" in ran.err
    assert "a check of Checkov is no policy of the pack: left out" in ran.err
    alone = exempt("list", "--config", config, "--format", "pulumi")
    assert len(alone.out.splitlines()) == 1
    assert "a pattern: name sources" in alone.err
    file, other = tmp_path / "lines.json", tmp_path / "other.yaml"
    file.write_text(ran.out)
    other.write_text("")
    assert exempt("add", "--from-pulumi", file, "--owner", "web", "--config", other).exit_code == 0
    back = {(item.rule, item.resource): item.expires for item in configuration.load(other).exemptions}
    assert back.keys() == {(RDS, f"{START}db"), *((rule, START + name) for rule in (RDS, LOW) for name in ("open", "other"))}
    assert all(isinstance(day, date) and abs((day - FAR).days) <= 1 for day in back.values()), TODAY
