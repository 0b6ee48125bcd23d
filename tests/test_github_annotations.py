"""Annotations are what the runner of GitHub Actions understands, the worst first, and names give no commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanners.found import rank
from scanners.report import Place
from scanners.writers import write
from tests.reports import report_of

if TYPE_CHECKING:
    from scanners.report import Report, Result

RDS = "rds-storage-encrypted"


def lines(report: Report) -> list[str]:
    return "".join(write(report, "github")).split("\n")[:-1]


def failed() -> Result:
    (found,) = [item for item in report_of("outcomes").results if item.rule == RDS and item.name == "failed"]
    return found


def alone(*results: Result, fail_on: str = "mandatory", new_only: bool = False) -> Report:
    """Return a report that holds some results and nothing else."""
    report = report_of("outcomes")
    gate = replace(report.gate, fail_on=fail_on, new_only=new_only)
    return replace(report, results=list(results), checkov_findings=[], gate=gate, sources=[])


def kinds(report: Report) -> list[str]:
    return [line.split(" ")[0].strip(":") for line in lines(report) if line.startswith("::")]


def test_a_violation_names_its_line_its_rule_and_what_mends_it() -> None:
    found = replace(failed(), location=Place("net/db.py", 12))
    report = alone(found)
    remedy = next(rule.remedy for rule in report.rules if rule.id == RDS)
    assert lines(report)[0] == (
        f"::error file=net/db.py,line=12,title=high {RDS}::failed: storage is not encrypted (at storageEncrypted)%0A{remedy}"
    )
    directory = replace(report, run=replace(report.run, project_dirs={"shop": "services/a,b"}))
    assert lines(directory)[0].startswith("::error file=services/a%2Cb/net/db.py,line=12,title=")
    assert lines(alone(replace(found, location=None)))[0].startswith(f"::error title=high {RDS}::failed: ")


def test_what_blocks_is_an_error_and_what_is_undecided_a_notice() -> None:
    low = replace(failed(), severity="low", level="advisory")
    assert kinds(alone(low)) == ["warning"]
    assert kinds(alone(low, fail_on="advisory")) == ["error"]
    assert kinds(alone(low, fail_on="medium")) == ["warning"]
    assert kinds(alone(failed(), fail_on="never")) == ["warning"]
    known = [replace(failed(), known=True), replace(failed(), known=False)]
    assert kinds(alone(*known, new_only=True)) == ["error", "warning"]
    assert kinds(alone(*known)) == ["error", "error"]
    assert kinds(alone(replace(failed(), status="undecided"))) == ["notice"]
    assert kinds(alone(replace(failed(), status="broken"))) == ["error"]
    assert kinds(alone(replace(failed(), status="exempt"), replace(failed(), status="passed"))) == []


def test_the_worst_come_first_and_the_last_that_is_shown_says_how_many_follow() -> None:
    severities = ("low", "medium", "high", "critical")
    report = alone(*(replace(failed(), name=f"db{number}", severity=severities[number % 4]) for number in range(27)))
    found = lines(report)[:-1]
    first = [item.name for item in sorted(report.results, key=rank)[:10]]
    assert [re.findall("::(db[0-9]+): ", line)[0] for line in found[:10]] == first
    assert sorted(re.findall("::(db[0-9]+): ", line)[0] for line in found) == sorted(item.name for item in report.results)
    assert [number for number, line in enumerate(found) if "more of the kind" in line] == [9]
    assert found[9].endswith("%0A17 more of the kind follow in the log of this step.")


def test_a_source_that_gave_no_answer_is_an_error_before_all_others() -> None:
    found = lines(report_of("incomplete"))
    assert all(line.startswith("::error title=a source gave no answer::") for line in found[:2])
    assert "bad <&>" in found[0]
    assert found[-1].startswith("stackproof: incomplete; ")


def test_a_name_starts_no_command_and_ends_no_property() -> None:
    names = (
        "x\n::stop-commands::t",
        "\r::set-env name=PATH::/",
        "a::b,c=d%0A::error::e",
        "##[command]x",
        "\u2028::error::y",
        "\x1b[2K",
    )
    for name in names:
        found = replace(failed(), name=name, message=name, rule=name, location=Place("a:b,c.py", 1))
        first, last = lines(alone(found))
        assert re.fullmatch(r"::error [^:]*::.*", first)
        properties = first.split("::")[1].removeprefix("error ").split(",")
        assert [item.split("=")[0] for item in properties] == ["title"]  # as the runner reads them; there is no such file
        assert first.isprintable()
        assert not re.search("%(?!25|0A|3A|2C)", first)
        assert last.startswith("stackproof: ")


def test_nothing_found_is_told_in_the_log() -> None:
    assert lines(report_of("empty")) == ["stackproof: passed; 0 failed, 0 undecided, 0 exempt, 0 passed, 0 broken"]
