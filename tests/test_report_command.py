"""`stackproof report`: a stored report rendered again, and what is no report."""

from __future__ import annotations

import copy
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from scanners.writers import WRITERS
from tests import stored
from tests.command import EXAMPLES, STATES, resource, stackproof, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return a report in every format, as the scan itself wrote it."""
    place = tmp_path_factory.mktemp("scanned")
    outputs = [word for format_ in WRITERS for word in ("-o", f"{format_}={place / format_}")]
    config = EXAMPLES / "stackproof.yaml"
    assert stackproof("scan", STATES, "--config", config, "--show", stored.ALL, *stored.HUB, *outputs).exit_code == 1
    return {format_: (place / format_).read_bytes() for format_ in WRITERS}


@pytest.fixture(scope="module")
def small() -> Any:  # noqa: ANN401  (JSON)
    """Return a report with a result, a rule and a source."""
    return stackproof("scan", "-", "-f", "json", "--rule", "rds-storage-encrypted", given=state(resource())).report


def test_every_format_is_what_the_scan_itself_writes(scanned: dict[str, bytes], tmp_path: Path) -> None:
    source = tmp_path / "r.json"
    source.write_bytes(scanned["json"])
    outputs = [word for format_ in WRITERS for word in ("-o", f"{format_}={tmp_path / format_}")]
    ran = stackproof("report", source, *outputs)
    assert (ran.exit_code, ran.err) == (0, "")
    assert ran.out.encode() == scanned["text"]
    different = [format_ for format_ in WRITERS if (tmp_path / format_).read_bytes() != scanned[format_]]
    assert different == []


def test_a_report_is_read_from_standard_input_and_packed(scanned: dict[str, bytes], tmp_path: Path) -> None:
    packed = tmp_path / "r.json.gz"
    packed.write_bytes(gzip.compress(scanned["json"], mtime=0))
    assert stackproof("report", packed, "-f", "json").out.encode() == scanned["json"]
    assert stackproof("report", "-", "-f", "json", given=scanned["json"]).out.encode() == scanned["json"]


def test_names_that_utf8_cannot_hold_come_out_as_they_went_in(small: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    (result,) = small["results"]
    report = {
        **small,
        "results": [{**result, "name": name} for name in ("half \ud800", "whole \U0001f600", "other half \udfff")],
    }
    given = stored.stored(report, tmp_path / "r.json")
    once = stackproof("report", given, "-o", f"json={tmp_path / 'once.json'}", "-f", "json").out
    assert [item["name"] for item in json.loads(once)["results"]] == [item["name"] for item in report["results"]]
    assert (tmp_path / "once.json").read_text() == once
    assert stackproof("report", tmp_path / "once.json", "-f", "json").out == once


@pytest.mark.parametrize("format_", WRITERS)
def test_every_format_takes_every_name(format_: str, scanned: dict[str, bytes], tmp_path: Path) -> None:
    report = json.loads(scanned["json"])
    given = stored.stored(stored.with_names({**report, "results": report["results"][:18]}), tmp_path / "r.json")
    ran = stackproof("report", given, "-o", f"{format_}={tmp_path / 'out'}")
    assert (ran.exit_code, ran.err) == (0, "")
    assert (tmp_path / "out").read_text()


def test_rendering_is_not_judging_but_the_verdict_can_be_asked_for(small: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    for verdict, code in (("passed", 0), ("failed", 1), ("incomplete", 4)):
        small = {**small, "gate": {**small["gate"], "verdict": verdict}}
        given = stored.stored(small, tmp_path / "r.json")
        assert stackproof("report", given).exit_code == 0
        assert stackproof("report", given, "--exit-code").exit_code == code


def changed(*path: str | int, to: object) -> Callable[[Any], Any]:
    def change(report: Any) -> Any:  # noqa: ANN401  (JSON)
        report = copy.deepcopy(report)
        place = report
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to
        return report

    return change


DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed("version", to=1), "a report of version 1; version 2 is understood: scan again"),
        (changed("version", to="2"), "Expected `int`, got `str` at `$.version`"),
        (lambda report: {name: part for name, part in report.items() if name != "gate"}, "`gate` is missing"),
        (lambda report: {name: part for name, part in report.items() if name != "results"}, "`results` is missing"),
        (lambda report: [report], "not a report; write one with"),
        (lambda _: {"deployment": {}, "other": 3}, "not a report; write one with"),
        (changed("results", to={}), "Expected `array`, got `object` at `$.results`"),
        (changed("results", 0, "urn", to=7), "Expected `str`, got `int` at `$.results[0].urn`"),
        (changed("results", 0, "rule", to="no-such\x1b[1m"), r"'no-such\x1b[1m' at `$.results[0].rule`"),
        (changed("results", 0, "status", to="good"), "'good' at `$.results[0].status`"),
        (changed("results", 0, "severity", to="x" * 900), f"'{'x' * 60}' at `$.results[0].severity`"),
        (changed("results", 0, "level", to=""), "'' at `$.results[0].level`"),
        (changed("rules", 0, "severity", to="bad"), "'bad' at `$.rules[0].severity`"),
        (changed("rules", 0, "counts", "failed", to="1"), "Expected `int`, got `str` at `$.rules[0].counts.failed`"),
        (changed("gate", "verdict", to="fine"), "'fine' at `$.gate.verdict`"),
        (changed("run", "started", to="2026-3-1T0:0:0Z"), "'2026-3-1T0:0:0Z' is not such a time, at `$.run.started`"),
        (changed("run", "started", to="0001-01-01T00:00:00Z"), "is not such a time"),
        (changed("summary", "\ud800", to=1), "half of a surrogate pair at `$.summary`"),
        (changed("results", 0, "fix", "set", to={"a": DEEP}), "nested deeper than 200 at `$.results[0]`"),
    ],
)
def test_what_is_no_report_is_told_with_its_place(change: Callable[[Any], Any], said: str, small: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    given = stored.stored(change(small), tmp_path / "r.json")
    target = tmp_path / "out.json"
    target.write_text("old")
    ran = stackproof("report", given, "-o", f"json={target}")
    assert (ran.exit_code, ran.out, target.read_text()) == (4, "", "old")
    assert ran.err.startswith(f"stackproof: {given}: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"{", "not valid JSON"),
        (b'{"version": 2, "results": [', "not valid JSON"),
        (b'{"version": NaN}', "not valid JSON: NaN (line 1, column 13)"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "not a report"),
        (b'{"a":' * 100_000, "nested deeper than"),
        (gzip.compress(b'{"version": 2}' * 100, mtime=0)[:-20], "the gzip file is truncated"),
        (b'\xff\xfe{"version": 2}', "UTF-16"),
    ],
)
def test_bytes_that_are_no_report_are_told(given: bytes, said: str) -> None:
    ran = stackproof("report", "-", given=given)
    assert (ran.exit_code, ran.out) == (4, "")
    assert said in ran.err


def test_a_truncated_report_is_never_taken_for_a_whole_one(small: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    whole = json.dumps(small).encode()
    for end in range(1, len(whole), len(whole) // 23):
        assert stackproof("report", "-", given=whole[:end]).exit_code == 4
    ran = stackproof("report", tmp_path / "nowhere.json")
    assert (ran.exit_code, "cannot be read: No such file" in ran.err) == (4, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "json=r.json"), "r.json is a source already"),
        (("-o", "xml=out"), "there is no format 'xml'"),
        (("-o", "json=none/out"), "none/out: cannot be written: its directory is not there"),
        (("-o", "json=."), ".: cannot be written: a directory"),
        (("--fail-on", "high"), "unrecognized arguments: --fail-on"),
        (("-f", "asff"), "asff: no AWS account"),
    ],
)
def test_wrong_words_are_told(words: tuple[str, ...], said: str, small: Any, tmp_path: Path) -> None:  # noqa: ANN401  (JSON)
    given = stored.stored(small, tmp_path / "r.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        for name in ("AWS_ACCOUNT_ID", "AWS_REGION", "AWS_DEFAULT_REGION"):
            patch.delenv(name, raising=False)
        ran = stackproof("report", given.name, *words)
    assert (ran.exit_code, ran.out) == (2, "")
    assert said in ran.err
    assert list(tmp_path.iterdir()) == [given]
