"""`stackproof diff`: what was added, fixed or can no longer be told, over renames, stacks and kinds of sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.command import STATES, Ran, resource, stackproof, state
from tests.test_baseline import RDS, RULE, RULES, URN, renamed
from tests.test_checkov_findings import BACKUPS, TLS, said
from tests.test_checkov_report import report as checkov_report

SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "diff.schema.json").read_text())
FINE = {"storageEncrypted": True}
UNKNOWN = {"storageEncrypted": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
EVENT = "aws:sqs/queue:Queue"


def side(file: Path, *resources: dict[str, Any]) -> Path:
    file.write_bytes(state(*resources))
    return file


def diff(old: str | Path, new: str | Path, *options: str | Path, rules: tuple[str, ...] = RULES, given: bytes = b"") -> Ran:
    ran = stackproof("diff", old, new, "-f", "json", *rules, *options, given=given)
    if ran.exit_code != 2:
        jsonschema.validate(ran.report, SCHEMA)
        assert sum(ran.report["counts"].values()) == len(ran.report["changes"])
    return ran


def changed(ran: Ran) -> dict[str, tuple[str, str, str]]:
    """Return what became of each resource, by its name."""
    return {item["urn"].rpartition("::")[2]: (item["change"], item["before"], item["after"]) for item in ran.report["changes"]}


def test_each_violation_is_added_fixed_or_unchanged(tmp_path: Path) -> None:
    names = ("stays", "mended", "removed", "worse", "blurred", "cleared")
    inputs: dict[str, tuple[Any, Any]] = {
        "worse": (FINE, {}),
        "mended": ({}, FINE),
        "blurred": ({}, UNKNOWN),
        "cleared": (UNKNOWN, {}),
    }
    olds, news = ([resource(RDS, name, inputs=inputs.get(name, ({}, {}))[which]) for name in names] for which in (0, 1))
    del news[names.index("removed")]
    ran = diff(side(tmp_path / "old.json", *olds), side(tmp_path / "new.json", *news, resource(RDS, "created")))
    assert changed(ran) == {
        "stays": ("unchanged", "failed", "failed"),
        "mended": ("fixed", "failed", "passed"),
        "removed": ("fixed", "failed", "absent"),
        "worse": ("added", "passed", "failed"),
        "created": ("added", "absent", "failed"),
        "cleared": ("added", "undecided", "failed"),
        "blurred": ("undecided", "failed", "undecided"),
    }
    assert (ran.exit_code, ran.report["verdict"]) == (1, "failed")
    text = stackproof("diff", tmp_path / "old.json", tmp_path / "new.json", *RULES).out
    assert "3 added, 2 fixed (1 mended, 1 removed with their resources), 1 unchanged, 1 became undecided" in text


@pytest.mark.parametrize(("fail_on", "exit_code"), [("never", 0), ("critical", 0), ("high", 1), ("mandatory", 1)])
def test_what_was_added_decides_on_the_exit_code(fail_on: str, exit_code: int, tmp_path: Path) -> None:
    old, new = side(tmp_path / "old.json", resource()), side(tmp_path / "new.json", resource(), resource(RDS, "more"))
    assert diff(old, new, "--fail-on", fail_on).exit_code == exit_code
    assert diff(new, old, "--fail-on", fail_on).exit_code == 0
    assert diff(new, new, "--fail-on", "low").exit_code == 0


def test_a_side_that_is_not_whole_makes_the_difference_incomplete(tmp_path: Path) -> None:
    good, bad = side(tmp_path / "good.json", resource()), side(tmp_path / "bad.json", resource(), resource(RDS, urn="broken"))
    for old, new in ((good, bad), (bad, good), (good, tmp_path / "missing.json")):
        ran = diff(old, new)
        assert (ran.exit_code, ran.report["verdict"], ran.report["complete"]) == (4, "incomplete", False)
        assert ran.report["old"]["errors"] + ran.report["new"]["errors"]
    assert "This comparison is incomplete" in stackproof("diff", good, bad).out


class TestRenames:
    """A resource that was renamed is the same one, in both directions."""

    @pytest.mark.parametrize("way", [1, -1])
    def test_by_an_alias_on_either_side(self, way: int, tmp_path: Path) -> None:
        sides = [side(tmp_path / "old.json", resource()), side(tmp_path / "new.json", renamed(resource(), "new"))][::way]
        ran = diff(*sides)
        assert ran.exit_code == 0
        (change,) = ran.report["changes"]
        names = ["db", "new"][::way]
        assert change["change"] == "unchanged"
        assert [change["urn_before"].rpartition("::")[2], change["urn"].rpartition("::")[2]] == names

    def test_by_the_id_where_states_name_no_alias(self, tmp_path: Path) -> None:
        new = side(tmp_path / "new.json", renamed(resource(), "new", aliases=[], id="db-id"))
        assert diff(side(tmp_path / "old.json", resource()), new).report["counts"]["unchanged"] == 1

    def test_the_id_does_not_count_for_resources_that_both_sides_have(self, tmp_path: Path) -> None:
        old = side(tmp_path / "old.json", resource(id="one"), resource(RDS, "two", id="one", inputs=FINE))
        new = side(tmp_path / "new.json", resource(id="one", inputs=FINE), resource(RDS, "two", id="one"))
        assert changed(diff(old, new)) == {"db": ("fixed", "failed", "passed"), "two": ("added", "passed", "failed")}

    def test_of_what_is_mended_at_once(self, tmp_path: Path) -> None:
        new = side(tmp_path / "new.json", renamed(resource(inputs=FINE), "new"))
        assert changed(diff(side(tmp_path / "old.json", resource()), new)) == {"db": ("fixed", "failed", "passed")}

    def test_of_what_becomes_undecided_at_once(self, tmp_path: Path) -> None:
        new = side(tmp_path / "new.json", renamed(resource(inputs=UNKNOWN), "new"))
        assert changed(diff(side(tmp_path / "old.json", resource()), new)) == {"db": ("undecided", "failed", "undecided")}

    def test_two_resources_that_change_names_are_told_by_their_names(self, tmp_path: Path) -> None:
        one, two = resource(RDS, "one", id=""), resource(RDS, "two", id="", inputs=FINE)
        swapped = renamed(one, "two"), renamed(two, "one")
        ran = diff(side(tmp_path / "old.json", one, two), side(tmp_path / "new.json", *swapped))
        assert changed(ran) == {"one": ("fixed", "failed", "passed"), "two": ("added", "passed", "failed")}

    def test_of_a_type_by_the_provider(self, tmp_path: Path) -> None:
        olds, news = (
            side(tmp_path / f"{place}.json", resource(type_, "x", inputs={"protocol": "HTTP"}, id=""))
            for place, type_ in enumerate(("aws:elasticloadbalancingv2/listener:Listener", "aws:lb/listener:Listener"))
        )
        assert diff(olds, news).report["counts"]["unchanged"] == 1
        buckets = [
            side(tmp_path / f"b{place}.json", resource(type_, "x", id=""))
            for place, type_ in enumerate(("aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"))
        ]
        counts = diff(*buckets, rules=("--rules", "all")).report["counts"]
        assert counts["unchanged"] > 3
        assert (counts["added"], counts["fixed"]) == (0, 0)


def test_one_stack_on_each_side_is_compared_without_its_name(tmp_path: Path) -> None:
    old = side(tmp_path / "old.json", resource(urn=URN.replace(":prod:", ":dev:")))
    new = side(tmp_path / "new.json", resource(), resource(RDS, "more"))
    ran = diff(old, new)
    assert changed(ran) == {"db": ("unchanged", "failed", "failed"), "more": ("added", "absent", "failed")}
    (note,) = ran.report["notes"]
    assert "shop/dev and shop/prod are different stacks" in note
    several = side(tmp_path / "several.json", resource(), resource(urn=URN.replace(":prod:", ":test:")))
    assert diff(old, several).report["notes"] == ran.report["notes"]  # a file is one stack
    (tmp_path / "both").mkdir()
    side(tmp_path / "both" / "a.json", resource())
    side(tmp_path / "both" / "b.json", resource(urn=URN.replace(":prod:", ":test:")))
    assert {item["change"] for item in diff(old, tmp_path / "both").report["changes"]} == {"added", "unjudged"}


class TestNotJudged:
    """What the new side does not ask or show is not fixed."""

    def test_a_rule_that_is_not_asked(self, tmp_path: Path) -> None:
        old, new = tmp_path / "old.json", tmp_path / "new.json"
        file = side(tmp_path / "state.json", resource())
        old.write_text(stackproof("scan", file, "-f", "json", *RULES).out)
        new.write_text(stackproof("scan", file, "-f", "json", "--rule", "sqs-queue-encrypted").out)
        ran = diff(old, new)
        assert changed(ran) == {"db": ("unjudged", "failed", "unjudged")}
        assert any("different rules" in note for note in ran.report["notes"])
        assert changed(diff(new, old)) == {"db": ("added", "unjudged", "failed")}

    def test_a_preview_of_changes(self, tmp_path: Path) -> None:
        preview = tmp_path / "preview.json"
        step = {"op": "update", "urn": URN, "oldState": resource(), "newState": resource(inputs=FINE)}
        preview.write_text(json.dumps({"steps": [step], "changeSummary": {"update": 1, "same": 1}}))
        ran = diff(side(tmp_path / "old.json", resource(), resource(RDS, "same")), preview)
        assert changed(ran) == {"db": ("fixed", "failed", "passed"), "same": ("unjudged", "failed", "unjudged")}

    def test_a_report_does_not_tell_whether_a_resource_is_there(self, tmp_path: Path) -> None:
        report = tmp_path / "report.json"
        report.write_text(stackproof("scan", side(tmp_path / "x.json", resource(inputs=FINE)), "-f", "json", *RULES).out)
        ran = diff(side(tmp_path / "old.json", resource()), report)
        assert changed(ran) == {"db": ("fixed", "failed", "unknown")}
        assert any("mended or removed" in note for note in ran.report["notes"])


def test_what_is_exempt_now_is_neither_fixed_nor_added(tmp_path: Path) -> None:
    file, old, new = side(tmp_path / "state.json", resource()), tmp_path / "old.json", tmp_path / "new.json"
    config = tmp_path / "c.yaml"
    config.write_text(f"exemptions: [{{rule: {RULE}, resource: '*', reason: why not, owner: me, expires: 2999-01-01}}]")
    old.write_text(stackproof("scan", file, "-f", "json", *RULES).out)
    new.write_text(stackproof("scan", file, "-f", "json", *RULES, "--config", config).out)
    ran = diff(old, new)
    assert changed(ran) == {"db": ("exempted", "failed", "exempt")}
    assert any("different configurations" in note for note in ran.report["notes"])
    assert changed(diff(new, old)) == {"db": ("added", "exempt", "failed")}


def test_what_only_checkov_finds_is_compared_too(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(checkov_report(said(TLS), said(BACKUPS, file_line_range=[1, 9]))))
    new.write_text(json.dumps(checkov_report(said(TLS, file_line_range=[7, 8]), said(BACKUPS, "PASSED"))))
    found = {item["rule"]: item["change"] for item in diff(old, new, rules=()).report["changes"]}
    assert found.items() >= {TLS: "unchanged", BACKUPS: "fixed"}.items()


def test_reports_and_sources_give_the_same_difference(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(stackproof("scan", STATES, "-f", "json", "--rules", "all").out)
    rules = ("--rules", "all")
    counts = [diff(old, STATES, rules=rules).report["counts"] for old in (STATES, report)]
    assert counts[0] == counts[1]
    assert {kind for kind, count in counts[0].items() if count} == {"unchanged"}


def test_only_one_side_can_be_standard_input(tmp_path: Path) -> None:
    file = side(tmp_path / "x.json", resource())
    assert diff("-", file, given=file.read_bytes()).exit_code == 0
    both = diff("-", "-")
    assert (both.exit_code, "standard input" in both.err) == (2, True)


HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "`x`",
    "[x](https://evil.example)",
    "@team",
    "x\ny",
    "\x1b[31m",
    "\u202eabc",
    "https://a.b",
]


def test_markdown_shows_names_and_reads_nothing_in_them(tmp_path: Path) -> None:
    old = side(tmp_path / "old.json", resource())
    new = side(tmp_path / "new.json", *(resource(RDS, name) for name in HOSTILE))
    out = stackproof("diff", old, new, "-f", "markdown", *RULES).out
    rows = [line for line in out.splitlines() if line.startswith("| high")]
    assert len(rows) == len(HOSTILE) + 1
    assert all(row.count("|") == 5 for row in rows)
    assert not any(sign in out for sign in ("<script", "](", "`", "@", "\x1b", "\u202e", "https://"))
    assert "&#60;script&#62;alert&#40;1&#41;&#60;/script&#62;" in out
    text = stackproof("diff", old, new, *RULES).out
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_markdown_says_what_it_does_not_show(tmp_path: Path) -> None:
    old, new = side(tmp_path / "old.json", resource()), tmp_path / "new.json"
    side(new, *(resource(RDS, f"r{number}") for number in range(130)))
    out = stackproof("diff", old, new, "-f", "markdown", *RULES).out
    assert "#### Added (130)" in out
    assert "30 more are not shown" in out
    assert len(out) < 65_536
