"""SARIF holds what GitHub's code scanning and other readers ask for; its schema is held in test_formats.py."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from scanners.found import everything, rank
from scanners.report import ExemptionNote, Place, Report
from scanners.writers import sarif, write
from scanners.writers.sarif_rules import Taxonomies, descriptor
from tests.command import resource, stackproof, state
from tests.reports import CASES, MANY, report_of

RDS = "rds-storage-encrypted"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def log(report: Report) -> dict[str, Any]:
    written: dict[str, Any] = json.loads("".join(write(report, "sarif")))
    return written


@cache
def log_of(case: str) -> dict[str, Any]:
    return log(report_of(case))


def results_of(log: dict[str, Any]) -> list[dict[str, Any]]:
    return [result for run in log["runs"] for result in run["results"]]


def one(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401  (fields of a result)
    """Return a run with one violation, and its result."""
    report = report_of("outcomes")
    (failed,) = [item for item in report.results if item.rule == RDS and item.name == "failed"]
    (run,) = log(replace(report, results=[replace(failed, **changes)], checkov_findings=[]))["runs"]
    return run, run["results"][0]


@pytest.mark.parametrize("case", CASES)
def test_the_limits_of_github_are_kept(case: str) -> None:
    runs = log_of(case)["runs"]
    assert 1 <= len(runs) <= 20
    for run in runs:
        assert len(run["results"]) <= 5_000
        rules = run["tool"]["driver"]["rules"]
        for rule in rules:
            assert len(rule["properties"]["tags"]) <= 20
            assert 0 < len(rule["shortDescription"]["text"]) <= 1_024
            assert 0 < len(rule["fullDescription"]["text"]) <= 1_024
            assert rule["help"]["text"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["message"]["text"]
            (location,) = result["locations"]
            place = location["physicalLocation"]
            assert re.fullmatch(r"[A-Za-z0-9._~%-]+(/[A-Za-z0-9._~%-]+)*", place["artifactLocation"]["uri"])
            assert ".." not in place["artifactLocation"]["uri"].split("/")
            assert place["region"]["startLine"] >= 1


@pytest.mark.parametrize("case", CASES)
def test_every_result_is_there_once(case: str) -> None:
    expected = sorted(item.fingerprint for item in everything(report_of(case)))
    assert sorted(result["partialFingerprints"]["stackproof/v1"] for result in results_of(log_of(case))) == expected


def test_many_results_are_spread_over_runs_with_names_of_their_own() -> None:
    runs = log_of("many")["runs"]
    assert len(results_of(log_of("many"))) >= MANY
    names = [run["automationDetails"]["id"] for run in runs]
    assert names == [f"stackproof/{number}/" for number in range(1, len(runs) + 1)]
    assert [len(run["artifacts"]) for run in runs] == [3] * len(runs)


def test_one_run_leaves_its_name_to_the_upload() -> None:
    assert "automationDetails" not in log_of("examples")["runs"][0]


def test_runs_of_one_stack_have_its_name() -> None:
    report = report_of("many")
    runs = log(replace(report, sources=report.sources[:1]))["runs"]
    assert runs[0]["automationDetails"]["id"] == "stackproof/shop/dev/1/"


def test_a_result_stays_in_its_run_while_others_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_SHOWN", 40)
    monkeypatch.setattr(sarif, "_FILLED", 30)

    def run_of(results: list[Any]) -> dict[str, int]:
        runs = log(replace(report_of("many"), results=results))["runs"]
        return {
            item["partialFingerprints"]["stackproof/v1"]: number for number, run in enumerate(runs) for item in run["results"]
        }

    results = list(report_of("many").results)[:60]
    before, fewer, more = run_of(results), run_of(results[7:]), run_of(list(report_of("many").results)[:61])
    assert set(before.values()) == {0, 1}
    assert fewer == {name: before[name] for name in fewer}
    moved = {name for name in before if more[name] != before[name]}
    assert set(more.values()) == {0, 1, 2}
    assert {more[name] for name in moved} == {2}


def test_of_more_results_than_github_takes_the_worst_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_FILLED", 1)
    monkeypatch.setattr(sarif, "_SHOWN", 1)
    monkeypatch.setattr(sarif, "_MOST_RUNS", 4)
    report = report_of("outcomes")
    written = log(report)
    worst = sorted(everything(report), key=rank)[:4]
    assert {item.status for item in worst} == {"failed"}
    assert {item["partialFingerprints"]["stackproof/v1"] for item in results_of(written)} == {
        item.fingerprint for item in worst
    }
    notice = written["runs"][0]["invocations"][0]["toolExecutionNotifications"][-1]
    assert notice["message"]["text"].startswith(f"4 of {len(list(everything(report)))} results are written, the worst of them")


def test_what_github_would_take_for_one_result_is_told_apart() -> None:
    report = report_of("outcomes")
    same = [replace(item, rule=RDS, location=Place("app.py", 3)) for item in report.results if item.status == "failed"]
    first, *others = results_of(log(replace(report, results=same)))[: len(same)]
    assert "primaryLocationLineHash" not in first["partialFingerprints"]
    hashes = [item["partialFingerprints"]["primaryLocationLineHash"] for item in others]
    assert hashes == [f"{item.fingerprint}:1" for item in same[1:]]


def test_a_violation_without_a_line_stands_at_the_project() -> None:
    _, result = one(location=None)
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "Pulumi.yaml", "uriBaseId": "%SRCROOT%"}
    assert location["message"]["text"] == "The state does not tell which line of the program makes this resource."
    _, result = one(location=Place("my app/é.py", 9))
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "my%20app/%C3%A9.py"
    assert location["physicalLocation"]["region"] == {"startLine": 9}
    assert "message" not in location


def test_outcomes_are_told_as_sarif_has_them() -> None:
    kinds = {
        (item["properties"]["status"], item["kind"], item["level"] == "none", bool(item["suppressions"]))
        for item in results_of(log_of("outcomes"))
    }
    assert kinds == {
        ("failed", "fail", False, False),
        ("exempt", "fail", False, True),
        ("undecided", "open", True, False),
        ("passed", "pass", True, False),
        ("broken", "review", True, False),
    }
    undecided = [item for item in results_of(log_of("outcomes")) if item["kind"] == "open"]
    assert all(": undecided: " in item["message"]["text"] for item in undecided)


def test_a_suppression_tells_who_and_until_when() -> None:
    note = ExemptionNote("Only test data", "data", "2999-12-31", expired=False, words="Exempt until 2999-12-31 by data: Why")
    _, result = one(status="exempt", exemption=note)
    (suppression,) = result["suppressions"]
    assert suppression == {
        "kind": "external",
        "status": "accepted",
        "justification": "Exempt until 2999-12-31 by data: Why",
        "properties": {"reason": "Only test data", "owner": "data", "expires": "2999-12-31"},
    }
    _, result = one(exemption=replace(note, expired=True))
    assert result["suppressions"] == []
    in_source = [item for item in results_of(log_of("outcomes")) if item["suppressions"] and "resource" in item["properties"]]
    assert [item["suppressions"][0]["kind"] for item in in_source] == ["inSource"]


def test_a_baseline_makes_results_new_or_unchanged() -> None:
    assert [one(known=known)[1].get("baselineState") for known in (None, False, True)] == [None, "new", "unchanged"]


def test_rules_point_to_the_controls_of_frameworks() -> None:
    run, result = one()
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    found = set()
    for relationship in rule["relationships"]:
        target = relationship["target"]
        taxonomy = run["taxonomies"][target["toolComponent"]["index"]]
        assert taxonomy["taxa"][target["index"]]["id"] == target["id"]
        found.add(f"{taxonomy['name']} {target['id']}")
    (note,) = [item for item in report_of("outcomes").rules if item.id == RDS]
    assert found == set(note.controls)
    names = [taxonomy["name"] for taxonomy in run["taxonomies"]]
    assert [item["name"] for item in run["tool"]["driver"]["supportedTaxonomies"]] == names
    assert rule["properties"]["security-severity"] == "8.0"


def test_a_rule_with_more_controls_than_tags_keeps_its_relationships() -> None:
    (note,) = [item for item in report_of("outcomes").rules if item.id == RDS]
    many = descriptor(replace(note, controls=[f"NIST 800-53 X-{number}" for number in range(40)]), Taxonomies())
    assert len(many["properties"]["tags"]) == 20
    assert len(many["relationships"]) == 40
    own = descriptor(replace(note, controls=["House rules 7"]), Taxonomies())
    assert "House rules 7" in own["properties"]["tags"]
    assert "relationships" not in own


def test_a_fix_is_in_the_properties() -> None:
    assert one()[1]["properties"]["fix"] == {"set": {"storageEncrypted": True}, "replaces": True}


def test_names_make_no_links_and_no_placeholders() -> None:
    _, result = one(name="[x](javascript:1) {0} \x1b[31m\u202e", message="wrong")
    assert result["message"]["text"] == "[x] (javascript:1) {{0}} \\x1b[31m\\u202e: wrong"
    _, result = one(name="n" * 5_000, message="wrong")
    assert result["message"]["text"] == "n" * 2_000 + " (and 3007 more characters)"


def test_the_invocation_tells_how_the_run_went() -> None:
    report = replace(report_of("incomplete"), run=replace(report_of("incomplete").run, finished="2026-03-31T12:00:05Z"))
    (run,) = log(report)["runs"]
    (invocation,) = run["invocations"]
    assert invocation["exitCode"] == 4
    assert invocation["executionSuccessful"] is False
    assert invocation["startTimeUtc"] == report.run.started
    assert invocation["endTimeUtc"] == "2026-03-31T12:00:05Z"
    assert invocation["properties"]["configurationSha256"] == report.run.configuration_sha256
    assert [item["level"] for item in invocation["toolExecutionNotifications"]] == ["error", "error"]


def test_inputs_are_told_by_name_and_hash_and_not_where_they_lay() -> None:
    (run,) = log_of("incomplete")["runs"]
    hashes = {source.path: source.sha256 for source in report_of("incomplete").sources}
    (good,) = [path for path in hashes if path.endswith("good.json")]
    assert {"roles": ["analysisTarget"], "location": {"uri": "good.json"}, "hashes": {"sha-256": hashes[good]}} in run[
        "artifacts"
    ]
    assert {item["location"]["uri"] for item in run["artifacts"]} == {
        "good.json", "bad%20%3C%26%3E%5Cx1b.json", "none.json", "stackproof.yaml",
    }  # fmt: skip
    assert good.removesuffix("good.json") not in json.dumps(run)


def test_standard_input_has_no_location() -> None:
    ran = stackproof("scan", "-", "--rule", RDS, "-f", "sarif", given=state(resource()))
    (artifact,) = json.loads(ran.out)["runs"][0]["artifacts"]
    assert "location" not in artifact
    assert artifact["description"]["text"] == "Standard input."


def test_the_commit_is_told_where_ci_tells_it() -> None:
    report = report_of("outcomes")
    for root, template in (
        ("https://github.com/acme/shop", "https://github.com/acme/shop/blob/{}/{{file}}#L{{line}}"),
        ("https://gitlab.com/acme/shop", "https://gitlab.com/acme/shop/-/blob/{}/{{file}}#L{{line}}"),
        ("http://bitbucket.org/acme/shop", "http://bitbucket.org/acme/shop/src/{}/{{file}}#lines-{{line}}"),
    ):
        (run,) = log(replace(report, run=replace(report.run, source_url=template.format(COMMIT))))["runs"]
        (provenance,) = run["versionControlProvenance"]
        assert provenance == {"repositoryUri": root, "revisionId": COMMIT, "mappedTo": {"uriBaseId": "%SRCROOT%"}}
    assert (
        "versionControlProvenance"
        not in log(replace(report, run=replace(report.run, source_url="https://x/{file}")))["runs"][0]
    )
