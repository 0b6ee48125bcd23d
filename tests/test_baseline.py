"""Baselines: what a team knows of does not block, whatever is renamed, moved or upgraded; what is new does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.provider.renamed import CURRENT
from scanners.baseline import VERSION
from tests.command import EXAMPLES, STATES, Ran, resource, stackproof, state, with_twice_wrong
from tests.test_checkov_findings import BACKUPS, TLS, said
from tests.test_checkov_report import report as checkov_report

if TYPE_CHECKING:
    from pathlib import Path

RDS, BUCKET = "aws:rds/instance:Instance", "aws:s3/bucket:Bucket"
RULE = "rds-storage-encrypted"
RULES = ("--rules", f"{RULE},sqs-queue-encrypted,lb-listener-uses-tls")
URN = f"urn:pulumi:prod::shop::{RDS}::db"


def scan(file: Path, *options: str | Path) -> Ran:
    return stackproof("scan", file, "-f", "json", *RULES, *options)


def compared(file: Path, baseline: Path, *options: str) -> tuple[int, int, list[str]]:
    """Return what a scan says is new, known and gone; the exit code follows from what is new."""
    ran = scan(file, "--baseline", baseline, "--new-only", *options)
    note = ran.report["baseline"]
    assert ran.exit_code == (1 if note["new"] else 0), ran.err
    assert ran.report["gate"]["new_only"] is True
    return note["new"], note["known"], [entry["urn"] for entry in note["gone"]]


def created(file: Path, *options: str | Path) -> Path:
    baseline = file.with_name("baseline.json")
    ran = stackproof("baseline", "create", file, "-o", baseline, *RULES, *options)
    assert ran.exit_code == 0, ran.err
    return baseline


def entries(baseline: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(baseline.read_text())["entries"]
    return found


def before(tmp_path: Path, *resources: dict[str, Any]) -> Path:
    """Write a state and the baseline of what fails in it."""
    file = tmp_path / "state.json"
    file.write_bytes(state(*resources))
    return created(file)


def after(tmp_path: Path, *resources: dict[str, Any]) -> Path:
    file = tmp_path / "after.json"
    file.write_bytes(state(*resources))
    return file


def renamed(old: dict[str, Any], name: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    """Return a resource under another name, as a program with an alias makes it. Its id in the cloud is not told."""
    urn = old["urn"].rpartition("::")[0] + f"::{name}"
    return {**old, "urn": urn, "id": "", "aliases": [old["urn"]], **fields}


def test_what_the_baseline_holds_is_known_and_what_it_does_not_is_new(tmp_path: Path) -> None:
    baseline = before(tmp_path, resource())
    (entry,) = entries(baseline)
    assert entry.items() >= {"rule": RULE, "urn": URN, "path": "storageEncrypted", "severity": "high"}.items()
    ran = scan(after(tmp_path, resource(), resource(RDS, "other")), "--baseline", baseline, "--new-only")
    assert ran.exit_code == 1
    assert {result["name"]: result["known"] for result in ran.report["results"]} == {"db": True, "other": False}
    note = ran.report["baseline"]
    assert (note["new"], note["known"], note["entries"], note["gone"]) == (1, 1, 1, [])
    assert note["new_by_severity"] == {"high": 1}
    assert note["new_by_level"] == {"mandatory": 1}
    assert scan(tmp_path / "state.json", "--baseline", baseline).exit_code == 1  # without --new-only all count


def test_the_report_for_people_says_what_is_new_known_and_gone(tmp_path: Path) -> None:
    baseline = before(tmp_path, resource(), resource(RDS, "mended"))
    file = after(tmp_path, resource(), resource(RDS, "mended", inputs={"storageEncrypted": True}), resource(RDS, "other"))
    ran = stackproof("scan", file, *RULES, "--baseline", baseline)
    assert f"1 new, 1 known (baseline {baseline}), 1 gone: run `stackproof baseline update`" in ran.out
    assert ran.out.count("(known)") == 1


def test_counts_are_over_all_violations_listed_or_not(tmp_path: Path) -> None:
    baseline = before(tmp_path, resource())
    ran = scan(after(tmp_path, resource(), resource(RDS, "other")), "--baseline", baseline, "--new-only", "--show", "")
    assert ran.report["results"] == []
    assert (ran.report["baseline"]["new"], ran.report["baseline"]["known"], ran.exit_code) == (1, 1, 1)


@pytest.mark.parametrize("option", [["--baseline", "missing.json"], ["--new-only"]])
def test_a_baseline_that_is_not_there_is_wrong_usage(option: list[str]) -> None:
    ran = stackproof("scan", STATES, *option)
    assert (ran.exit_code, ran.out) == (2, "")
    assert "--baseline FILE" in ran.err or "missing.json: cannot be read" in ran.err


def test_a_report_is_never_written_over_the_baseline(tmp_path: Path) -> None:
    baseline = before(tmp_path, resource())
    held = baseline.read_text()
    assert scan(tmp_path / "state.json", "--baseline", baseline, "-o", f"json={baseline}").exit_code == 2
    assert baseline.read_text() == held


class TestRenames:
    """What is known stays known over a rename."""

    def test_by_an_alias(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        assert compared(after(tmp_path, renamed(resource(), "new")), baseline) == (0, 1, [])

    def test_by_one_of_several_aliases(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        chain = [URN.replace("::db", "::second"), URN, URN.replace("::db", "::first")]
        assert compared(after(tmp_path, renamed(resource(), "third", aliases=chain)), baseline) == (0, 1, [])

    def test_of_a_parent_whose_children_inherit_it(self, tmp_path: Path) -> None:
        parent = "urn:pulumi:prod::shop::acme:Backend::{}"
        child = "urn:pulumi:prod::shop::acme:Backend$aws:rds/instance:Instance::{}-db"
        stacks = {
            name: (
                {"urn": parent.format(name), "type": "acme:Backend"},
                resource(urn=child.format(name), parent=parent.format(name), id=""),
            )
            for name in ("old", "new")
        }
        for form, item in zip((parent, child), stacks["new"], strict=True):
            item["aliases"] = [form.format("old")]
        assert compared(after(tmp_path, *stacks["new"]), before(tmp_path, *stacks["old"])) == (0, 1, [])

    def test_of_a_type_of_a_component(self, tmp_path: Path) -> None:
        old = "urn:pulumi:prod::shop::acme:Old$aws:rds/instance:Instance::db"
        new = resource(urn=old.replace("Old", "New"), aliases=[old], id="")
        assert compared(after(tmp_path, new), before(tmp_path, resource(urn=old))) == (0, 1, [])

    def test_by_its_id_where_the_state_names_no_alias(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        moved = renamed(resource(), "new", aliases=[], id="db-id")
        assert compared(after(tmp_path, moved), baseline) == (0, 1, [])
        assert compared(after(tmp_path, {**moved, "id": "another"}), baseline) == (1, 0, [URN])

    def test_the_id_counts_in_its_own_stack_only(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        elsewhere = resource(urn=URN.replace(":prod:", ":dev:"), id="db-id")
        assert compared(after(tmp_path, elsewhere), baseline) == (1, 0, [])

    def test_the_id_counts_only_while_the_other_one_is_gone(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource(id="same"), resource(RDS, "two", id="same", inputs={"storageEncrypted": True}))
        both = [resource(id="same"), resource(RDS, "two", id="same")]
        assert compared(after(tmp_path, *both), baseline) == (1, 1, [])

    def test_an_alias_of_a_resource_that_is_still_there_is_nobody_elses(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        assert compared(after(tmp_path, resource(), renamed(resource(), "thief")), baseline) == (1, 1, [])

    @pytest.mark.parametrize("aliases", [None, "", URN, {}, [None], [1, {"urn": URN}], ["x"], [[URN]], [URN[:-6]], [""] * 999])
    def test_aliases_that_are_none_count_as_none(self, aliases: object, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        file = after(tmp_path, renamed(resource(), "new", aliases=aliases))
        assert compared(file, baseline) == (1, 0, [URN])
        assert [result["aliases"] for result in scan(file).report["results"]] == [[]]

    def test_the_report_names_the_aliases(self, tmp_path: Path) -> None:
        (result,) = scan(after(tmp_path, renamed(resource(), "new"))).report["results"]
        assert result["aliases"] == [URN]

    @pytest.mark.parametrize("form", ["document", "document-without-aliases", "events"])
    def test_in_a_preview(self, form: str, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        old, new = resource(), renamed(resource(), "new")
        if form != "document":
            del new["aliases"]
        file = tmp_path / "preview.json"
        if form == "events":
            step = {"op": "update", "urn": new["urn"], "type": RDS, "old": old, "new": new}
            events = [
                {"sequence": 1, "preludeEvent": {"config": {}}},
                {"sequence": 2, "resourcePreEvent": {"metadata": step, "planning": True}},
                {"sequence": 3, "summaryEvent": {"result": "succeeded", "resourceChanges": {"update": 1}}},
            ]
            file.write_text("\n".join(map(json.dumps, events)))
        else:
            step = {"op": "update", "urn": new["urn"], "oldState": old, "newState": new}
            file.write_text(json.dumps({"steps": [step], "changeSummary": {"update": 1}}))
        assert compared(file, baseline) == (0, 1, [])


class TestMoves:
    """Where a thing stands does not matter."""

    def test_of_a_line_and_a_file_of_the_program(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource(sourcePosition="project:///main.py#3,1"))
        moved = after(tmp_path, resource(sourcePosition="project:///data/base.py#77,1"))
        assert compared(moved, baseline) == (0, 1, [])

    def test_of_the_source(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        (tmp_path / "elsewhere").mkdir()
        assert compared((tmp_path / "state.json").rename(tmp_path / "elsewhere" / "x.json"), baseline) == (0, 1, [])

    def test_of_what_only_checkov_finds(self, tmp_path: Path) -> None:
        def found(name: str, file: str, line: int) -> Path:
            pods = [
                said(
                    "CKV_K8S_1", resource="Pod.a", code="kind: Pod", file_path=f"/{file}", file_line_range=[line + n, line + n]
                )
                for n in range(2)
            ]
            path = tmp_path / name
            path.write_text(json.dumps(checkov_report(*pods, said(TLS, file_line_range=[line, line]))))
            return path

        baseline = created(found("one.json", "a.tf", 3))
        held = {(entry["rule"], entry["urn"].rpartition("::")[2], entry.get("order", 0)) for entry in entries(baseline)}
        assert held >= {("CKV_K8S_1", "Pod.a", 0), ("CKV_K8S_1", "Pod.a", 1), (TLS, "aws_db_instance.main", 0)}
        moved = found("two.json", "b/c.tf", 40)
        assert compared(moved, baseline) == (0, len(held), [])
        assert {finding["known"] for finding in scan(moved, "--baseline", baseline).report["checkov_findings"]} == {True}


class TestUpgrades:
    """A newer provider has other names for types."""

    OLD, NEW = "aws:elasticloadbalancingv2/listener:Listener", "aws:lb/listener:Listener"

    @pytest.mark.parametrize("with_aliases", [True, False])
    @pytest.mark.parametrize("way", [1, -1])
    def test_of_types_with_another_name(self, way: int, tmp_path: Path, *, with_aliases: bool) -> None:
        assert CURRENT[self.OLD] == self.NEW
        first, second = (resource(type_, "web", inputs={"protocol": "HTTP"}, id="") for type_ in (self.OLD, self.NEW)[::way])
        if with_aliases:
            second["aliases"] = [first["urn"]]
        baseline = before(tmp_path, first)
        assert len(entries(baseline)) == 1
        assert compared(after(tmp_path, second), baseline) == (0, 1, [])
        prints = {scan(tmp_path / name).report["results"][0]["fingerprint"] for name in ("state.json", "after.json")}
        assert len(prints) == 1

    @pytest.mark.parametrize(("name", "id_"), [("b", ""), ("renamed", "b-1")], ids=["name", "id"])
    def test_of_types_that_another_took_the_place_of(self, name: str, id_: str, tmp_path: Path) -> None:
        file, baseline = tmp_path / "state.json", tmp_path / "baseline.json"
        file.write_bytes(state(resource("aws:s3/bucketV2:BucketV2", "b", id=id_)))
        assert stackproof("baseline", "create", file, "-o", baseline, "--rules", "all").exit_code == 0
        upgraded = after(tmp_path, resource(BUCKET, name, id=id_))
        report = stackproof("scan", upgraded, "-f", "json", "--rules", "all", "--baseline", baseline).report
        assert {entry["path"] for entry in entries(baseline)} > {"policy", "serverSideEncryptionConfigurations"}
        assert (report["baseline"]["new"], report["baseline"]["known"]) == (0, len(entries(baseline)))


@pytest.fixture
def twice(tmp_path: Path) -> Path:
    """Write a rule that finds several things at one path."""
    return with_twice_wrong(tmp_path)


def test_several_violations_at_one_path_are_told_apart_by_their_order(twice: Path, tmp_path: Path) -> None:
    options = ("--config", twice, "--rule", "twice-wrong")
    file, baseline = tmp_path / "state.json", tmp_path / "baseline.json"
    file.write_bytes(state(resource(inputs={"order": ["a", "b"]})))
    assert stackproof("baseline", "create", file, "-o", baseline, *options).exit_code == 0
    assert [entry.get("order", 0) for entry in entries(baseline)] == [0, 1]
    notes = []
    for order in (["b", "a"], ["a", "b", "c"], ["b"]):
        file.write_bytes(state(resource(inputs={"order": order})))
        note = stackproof("scan", file, "-f", "json", "--baseline", baseline, *options).report["baseline"]
        notes.append((note["new"], note["known"], len(note["gone"])))
    assert notes == [(0, 2, 0), (1, 2, 0), (0, 1, 1)]


class TestGone:
    """An entry is gone only where that is certain."""

    def test_what_is_mended_or_removed_is_gone(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource(), resource(RDS, "removed"), resource(RDS, "left"))
        mended = resource(inputs={"storageEncrypted": True})
        gone = [URN, URN.replace("::db", "::removed")]
        assert compared(after(tmp_path, mended, resource(RDS, "left")), baseline) == (0, 1, gone)

    def test_what_is_undecided_is_neither_known_nor_gone(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # a property, or all of them: the path is another one then
        for item in (
            resource(inputs={"storageEncrypted": unknown}),
            resource(inputs=unknown),
            renamed(resource(inputs=unknown), "new"),
        ):
            file = after(tmp_path, item)
            assert compared(file, baseline) == (0, 0, [])
            assert scan(file, "--baseline", baseline).report["results"][0]["known"] is None
            assert stackproof("baseline", "update", baseline, file, *RULES).exit_code == 0
            assert [entry["urn"] for entry in entries(baseline)] == [URN]

    def test_what_is_exempt_stays(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        config = tmp_path / "c.yaml"
        config.write_text(f"exemptions: [{{rule: {RULE}, resource: '*', reason: why not, owner: me, expires: 2999-01-01}}]")
        assert compared(tmp_path / "state.json", baseline, "--config", str(config)) == (0, 0, [])

    def test_an_entry_of_another_stack_is_neither_new_nor_gone(self, tmp_path: Path) -> None:
        baseline = before(
            tmp_path, resource(urn=URN.replace(":prod:", ":dev:")), resource(urn=URN.replace(":prod:", ":dev:") + "2")
        )
        fine = after(tmp_path, resource(inputs={"storageEncrypted": True}))
        assert compared(fine, baseline) == (0, 0, [])
        held = baseline.read_text()
        assert stackproof("baseline", "update", baseline, fine, *RULES).exit_code == 0
        assert baseline.read_text() == held

    def test_an_entry_of_a_rule_that_was_not_asked_stays(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        ran = stackproof("scan", after(tmp_path), resource, "-f", "json") if False else None
        del ran
        file = after(tmp_path, resource(inputs={"storageEncrypted": True}))
        report = stackproof("scan", file, "-f", "json", "--rule", "sqs-queue-encrypted", "--baseline", baseline).report
        assert report["baseline"]["gone"] == []

    def test_what_a_preview_of_changes_does_not_show_stays(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource(), resource(RDS, "same"))
        mended = resource(inputs={"storageEncrypted": True})
        step = {"op": "update", "urn": URN, "oldState": resource(), "newState": mended}
        file = tmp_path / "preview.json"
        file.write_text(json.dumps({"steps": [step], "changeSummary": {"update": 1, "same": 1}}))
        assert compared(file, baseline) == (0, 0, [URN])

    def test_what_stands_in_a_part_that_could_not_be_read_stays(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource(), resource(RDS, "lost"))
        file = after(tmp_path, resource(), resource(RDS, "lost", urn="broken"))
        ran = scan(file, "--baseline", baseline)
        assert (ran.exit_code, ran.report["baseline"]["gone"]) == (4, [])

    def test_a_check_of_checkov_that_passes_now_is_gone(self, tmp_path: Path) -> None:
        file = tmp_path / "checkov.json"
        file.write_text(json.dumps(checkov_report(said(BACKUPS), said(TLS))))
        baseline = created(file)
        file.write_text(json.dumps(checkov_report(said(BACKUPS, "PASSED"))))
        note = scan(file, "--baseline", baseline).report["baseline"]
        assert [entry["rule"] for entry in note["gone"]] == [BACKUPS]


class TestUpdate:
    """A baseline follows what happens to a stack."""

    def test_it_adds_drops_and_renames(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource(), resource(RDS, "mended"))
        text = baseline.read_text()
        baseline.write_text(text.replace(entries(baseline)[0]["first_seen"], "2024-02-29"))
        file = after(
            tmp_path,
            renamed(resource(), "new"),
            resource(RDS, "mended", inputs={"storageEncrypted": True}),
            resource(RDS, "more"),
        )
        ran = stackproof("baseline", "update", baseline, file, "--prune-only", *RULES)
        assert "1 dropped, 1 renamed" in ran.out
        assert [(entry["urn"].rpartition("::")[2], entry["first_seen"]) for entry in entries(baseline)] == [
            ("new", "2024-02-29")
        ]
        assert stackproof("baseline", "update", baseline, file, *RULES).exit_code == 0
        assert [entry["urn"].rpartition("::")[2] for entry in entries(baseline)] == ["more", "new"]
        assert compared(file, baseline) == (0, 2, [])

    def test_after_the_rename_the_alias_may_go(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        file = after(tmp_path, renamed(resource(), "new"))
        assert stackproof("baseline", "update", baseline, file, *RULES).exit_code == 0
        assert compared(after(tmp_path, renamed(resource(), "new", aliases=[])), baseline) == (0, 1, [])

    @pytest.mark.parametrize("command", ["create", "update"])
    def test_an_incomplete_scan_writes_nothing(self, command: str, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        held = baseline.read_text()
        file = after(tmp_path, resource(RDS, "lost", urn="broken"))
        words = [file, "-o", baseline, "--force"] if command == "create" else [baseline, file]
        ran = stackproof("baseline", command, *words, *RULES)
        assert ran.exit_code == 4
        assert "is not written" in ran.err
        assert baseline.read_text() == held

    def test_create_never_writes_over_a_baseline_or_a_source(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource())
        file = tmp_path / "state.json"
        again = stackproof("baseline", "create", file, "-o", baseline)
        assert (again.exit_code, "--force" in again.err) == (2, True)
        over = stackproof("baseline", "create", file, "-o", file, "--force")
        assert (over.exit_code, "is a source" in over.err) == (2, True)


class TestReports:
    """A report of an earlier scan is as good as its sources."""

    def test_a_baseline_from_a_report_is_that_of_the_scan(self, tmp_path: Path) -> None:
        report = tmp_path / "report.json"
        assert stackproof("scan", STATES, "-o", f"json={report}", "--rules", "all").exit_code == 1
        one, two = tmp_path / "one.json", tmp_path / "two.json"
        assert stackproof("baseline", "create", report, "-o", one, "--rules", "all").exit_code == 0
        assert stackproof("baseline", "create", STATES, "-o", two, "--rules", "all").exit_code == 0
        assert entries(one) == entries(two) != []

    def test_update_from_a_report_drops_and_renames_too(self, tmp_path: Path) -> None:
        baseline = before(tmp_path, resource(), resource(RDS, "mended"))
        file = after(tmp_path, renamed(resource(), "new"), resource(RDS, "mended", inputs={"storageEncrypted": True}))
        report = tmp_path / "report.json"
        report.write_text(scan(file).out)
        assert stackproof("baseline", "update", baseline, report, *RULES).exit_code == 0
        assert [entry["urn"].rpartition("::")[2] for entry in entries(baseline)] == ["new"]

    def test_a_report_that_leaves_results_out_is_refused(self, tmp_path: Path) -> None:
        report = tmp_path / "report.json"
        report.write_text(stackproof("scan", STATES, "-f", "json", "--show", "undecided").out)
        ran = stackproof("baseline", "create", report, "-o", tmp_path / "b.json")
        assert ran.exit_code == 4
        assert "scan again" in ran.err
        assert not (tmp_path / "b.json").exists()


GOOD = {"rule": RULE, "urn": URN, "path": "storageEncrypted"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not valid JSON"),
        ("[]", "$: expected"),
        ('\ufeff{"format": "stackproof-baseline", "version": 1, "entries": []}', "a byte order mark"),
        ("{}", "no baseline"),
        ('{"format": "stackproof-baseline", "version": 1, "entries": [', "not valid JSON"),
        ('<<<<<<< HEAD\n{"format": "stackproof-baseline"}', "a merge that is not finished"),
        ({"version": VERSION + 1}, f"version {VERSION + 1}; version {VERSION} is understood"),
        ({"entries": {}}, "$.entries: expected `array`".replace("`", "")),
        ({"entries": [GOOD, {"rule": RULE}]}, "$.entries[1]"),
        ({"entries": [{**GOOD, "urn": 7}]}, "$.entries[0].urn"),
        ({"entries": [{**GOOD, "urn": ""}]}, "an entry needs a rule and a urn"),
        ({"entries": [{**GOOD, "order": -1}]}, "order counts from 0"),
        ({"entries": [{**GOOD, "first_seen": "today"}]}, "YYYY-MM-DD"),
        ({"entries": [{**GOOD, "severity": "huge"}]}, "no severity 'huge'"),
        ({"entries": [{**GOOD, "mark": "x"}]}, "32 hex digits"),
        ({"entries": [{**GOOD, "extra": 1}]}, "unknown field extra"),
        ({"entries": [GOOD, GOOD]}, "the same violation as $.entries[0]"),
        ({"more": 1}, "unknown field more"),
        ('{"format": "stackproof-baseline", "version": 1, "entries": [], "entries": []}', "'entries' stands twice"),
    ],
)
def test_a_baseline_that_is_not_right_is_an_error_with_its_place(content: object, said: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    whole = {"format": "stackproof-baseline", "version": VERSION, "entries": []}
    file.write_text(content if isinstance(content, str) else json.dumps({**whole, **content}))  # type: ignore[dict-item]
    for words in (("scan", STATES, "--baseline", file), ("baseline", "show", file), ("baseline", "update", file, STATES)):
        ran = stackproof(*words)
        assert (ran.exit_code, ran.out) == (2, "")
        assert f"{file}: " in ran.err
        assert said in ran.err


def test_a_baseline_is_sorted_with_an_entry_a_line_and_holds_no_value(tmp_path: Path) -> None:
    canary = "canary-77aa"
    tags = {"Owner": canary}
    names = ["b", "a", "\u202ec", "d\n"]
    baseline = before(tmp_path, *(resource(RDS, name, inputs={"password": canary, "tags": tags}, id=canary) for name in names))
    text = baseline.read_text()
    assert canary not in text
    assert text.isascii()
    lines = [line for line in text.splitlines() if line.startswith('    {"rule"')]
    assert len(lines) == len(names)
    assert [json.loads(line.rstrip(","))["urn"].rpartition("::")[2] for line in lines] == sorted(names)
    shown = stackproof("baseline", "show", baseline)
    assert "4 entries (4 high)" in shown.out
    assert "\\u202ec" in shown.out
    assert stackproof("baseline", "show", baseline, "-f", "json").report["entries"] == entries(baseline)


def test_processes_compare_as_one_does(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    types = (RDS, "aws:sqs/queue:Queue")
    many = [resource(types[number % 2], f"r{number}") for number in range(4200)]
    for number in (1, 2, 3):
        many[number]["inputs"] = {"storageEncrypted": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "kmsMasterKeyId": "x"}
    file.write_bytes(state(*many[:100]))
    baseline = created(file)
    file.write_bytes(state(*many[50:]))
    notes = [scan(file, "--show", "", "--baseline", baseline, "--jobs", jobs).report["baseline"] for jobs in ("1", "2")]
    assert notes[0] == notes[1]
    assert (notes[0]["known"], len(notes[0]["gone"])) == (25, 24)


MANY = [
    resource(RDS, "a"),
    resource(RDS, "b", inputs={"storageEncrypted": True}),
    resource("aws:sqs/queue:Queue", "q", inputs={"sqsManagedSseEnabled": False}),
    resource("aws:elasticloadbalancingv2/listener:Listener", "l", inputs={"protocol": "HTTP"}),
    renamed(resource(RDS, "old"), "new"),
]


@settings(max_examples=25, deadline=None)
@given(st.permutations(MANY), st.permutations(MANY), st.integers(1, len(MANY)))
def test_a_scan_with_its_own_baseline_finds_nothing_new_and_nothing_gone(
    tmp_path_factory: pytest.TempPathFactory, first: list[dict[str, Any]], second: list[dict[str, Any]], count: int
) -> None:
    tmp_path = tmp_path_factory.mktemp("own")
    kept = {item["urn"] for item in first[:count]}
    baseline = before(tmp_path, *first[:count])
    known = len(entries(baseline))
    assert compared(after(tmp_path, *(item for item in second if item["urn"] in kept)), baseline) == (0, known, [])


def test_the_examples_have_nothing_new_against_their_own_baseline(tmp_path: Path) -> None:
    baseline = tmp_path / "b.json"
    options = ("--rules", "all")
    assert stackproof("baseline", "create", EXAMPLES / "states", EXAMPLES / "checkov", "-o", baseline, *options).exit_code == 0
    ran = stackproof(
        "scan", EXAMPLES / "states", EXAMPLES / "checkov", "--baseline", baseline, "--new-only", "-f", "json", *options
    )
    note = ran.report["baseline"]
    assert (ran.exit_code, note["new"], note["gone"], note["known"]) == (0, 0, [], note["entries"])
