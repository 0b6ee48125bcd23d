"""Every format of every report is what its schema asks for, whatever the report holds."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import msgspec
import pytest
from lxml import etree

from scanners.found import rule_of
from scanners.writers import WRITERS, write
from tests import security_formats
from tests.reports import CASES, MANY, report_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scanners.report import CheckovFinding, Result

ROOT = Path(__file__).parents[1]
SCHEMAS = Path(__file__).parent / "schemas"
DOCS = ROOT / "docs"


@cache
def json_schema(path: Path) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")), validate_formats=True)


def as_json(path: Path) -> Callable[[str], None]:
    """Return a check of a JSON document."""
    return lambda text: json_schema(path).validate(json.loads(text))


def as_json_lines(path: Path) -> Callable[[str], None]:
    """Return a check of JSON lines, each on its own."""

    def check(text: str) -> None:
        for line in lines_of(text):
            json_schema(path).validate(json.loads(line))

    return check


def lines_of(text: str) -> list[str]:
    """Return lines as RFC 8259 readers see them: a JSON text may hold other separators of lines."""
    assert text.endswith("\n")
    return text[:-1].split("\n")


def as_junit(text: str) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))
    schema.assertValid(etree.fromstring(text.encode(), etree.XMLParser(huge_tree=True)))


def as_code_quality(text: str) -> None:
    """Hold issues against what GitLab checks, and against what its documentation asks for beyond that."""
    for issue in json.loads(text):
        json_schema(SCHEMAS / "gitlab-codeclimate.json").validate(issue)
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["description"]
        assert issue["check_name"]
        assert re.fullmatch("[0-9a-f]{32}", issue["fingerprint"])
        path = issue["location"]["path"]
        assert path
        assert not path.startswith("/")
        assert ".." not in path.split("/")
        assert issue["location"]["lines"]["begin"] >= 1
    assert text.startswith("[")  # GitLab takes no byte order mark


def as_csv(text: str) -> None:
    """Hold rows against RFC 4180: CRLF after each, as many cells as there are columns, every cell in quotes."""
    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    records = text.removeprefix("\ufeff").removesuffix("\r\n").split("\r\n")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    assert len(records) == len(rows)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(re.fullmatch('"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*', record) for record in records)


def as_text(text: str) -> None:
    assert all(line.isprintable() for line in lines_of(text))


def as_annotations(text: str) -> None:
    """Hold lines against the commands that the runner of GitHub Actions knows; the last one is none."""
    *commands, last = lines_of(text)
    assert all(re.fullmatch("::(error|warning|notice) [^:,]+=[^:,]*(,[^:,]+=[^:,]*)*::.+", line) for line in commands)
    assert all(line.isprintable() for line in commands)
    assert last.startswith("stackproof: ")


def as_comment(text: str) -> None:
    assert text.startswith("<!-- stackproof -->\n")
    assert len(text.encode("utf-16-le")) // 2 <= 65_536
    assert all(line.isprintable() for line in lines_of(text))


def as_page(text: str) -> None:
    """Hold a page against what any report must leave as it is: the browser's tests look at the rest."""
    assert text.startswith("<!doctype html>\n")
    assert text.endswith("</html>\n")
    page = etree.fromstring(text.encode(), etree.HTMLParser(encoding="utf-8", huge_tree=True))
    ours = etree.fromstring(written("empty", "html").encode(), etree.HTMLParser(encoding="utf-8"))
    assert [script.text for script in page.iter("script")] == [script.text for script in ours.iter("script")]
    assert not {str(name) for element in page.iter(etree.Element) for name in element.attrib if str(name).startswith("on")}


VALID: dict[str, Callable[[str], object]] = {
    "text": as_text,
    "json": as_json(DOCS / "report.schema.json"),
    "sarif": as_json(SCHEMAS / "sarif-schema-2.1.0.json"),
    "ocsf": security_formats.ocsf,
    "asff": security_formats.asff,
    "oscal": security_formats.oscal,
    "junit": as_junit,
    "gitlab-codequality": as_code_quality,
    "gitlab-sast": as_json(SCHEMAS / "gitlab-sast-15.0.7.json"),
    "csv": as_csv,
    "github": as_annotations,
    "markdown": as_comment,
    "html": as_page,
    "jsonl": as_json_lines(DOCS / "report-lines.schema.json"),
}
"""A format and what its output is held against; a new format is one line here."""


def written(case: str, format_: str) -> str:
    return "".join(write(report_of(case), format_))


def test_every_format_is_held_against_something() -> None:
    assert WRITERS.keys() == VALID.keys()


@pytest.mark.parametrize("format_", VALID)
@pytest.mark.parametrize("case", CASES)
def test_a_report_is_valid(case: str, format_: str) -> None:
    text = written(case, format_)
    text.encode()  # no half of a surrogate pair
    VALID[format_](text)


@pytest.mark.parametrize("format_", ["text", "junit", "gitlab-codequality", "gitlab-sast", "csv"])
def test_what_is_read_by_people_holds_no_control_characters(format_: str) -> None:
    text = written("hostile", format_)
    if format_.startswith("gitlab"):
        text = "\n".join(texts_in(json.loads(text)))
    assert {char for char in text if not char.isprintable()} <= set("\n\r\ufeff")


def texts_in(value: Any) -> Iterable[str]:  # noqa: ANN401  (JSON)
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(item)


Told = Counter[tuple[str, str]]
"""How often each pair of an outcome and what it is about is told."""


def from_sarif(text: str) -> Told:
    kinds = {("fail", False): "failed", ("fail", True): "exempt", ("open", False): "undecided", ("pass", False): "passed"}
    return Counter(
        (kinds.get((item["kind"], bool(item["suppressions"])), "broken"), item["partialFingerprints"]["stackproof/v1"])
        for run in json.loads(text)["runs"]
        for item in run["results"]
    )


def from_ocsf(text: str) -> Told:
    words = {"Fail New": "failed", "Fail Suppressed": "exempt", "Warning New": "undecided", "Pass Resolved": "passed"}
    return Counter(
        (words.get(f"{item['compliance']['status']} {item['status']}", "broken"), item["finding_info"]["uid"])
        for item in map(json.loads, lines_of(text))
    )


def from_asff(text: str) -> Told:
    words = {"FAILED NEW": "failed", "FAILED SUPPRESSED": "exempt", "WARNING NEW": "undecided", "PASSED RESOLVED": "passed"}
    return Counter(
        (words.get(f"{item['Compliance']['Status']} {item['Workflow']['Status']}", "broken"), item["Id"].rpartition("/")[2])
        for line in lines_of(text)
        for item in json.loads(line)
    )


def from_oscal(text: str) -> Told:
    (result,) = json.loads(text)["assessment-results"]["results"]
    facts = [{fact["name"]: fact["value"] for fact in item["props"]} for item in result["observations"]]
    return Counter((fact["status"], fact["rule"]) for fact in facts)


def from_sast(text: str) -> Told:
    found = json.loads(text)["vulnerabilities"]
    return Counter(("failed", item["tracking"]["items"][0]["signatures"][0]["value"]) for item in found)


def from_csv(text: str) -> Told:
    return Counter((row["outcome"], row["fingerprint"]) for row in rows_in(text))


def from_json(text: str) -> Told:
    report = json.loads(text)
    return Counter((item["status"], item["fingerprint"]) for name in ("results", "checkov_findings") for item in report[name])


def from_junit(text: str) -> Told:
    told: Told = Counter()
    for case in etree.fromstring(text.encode(), etree.XMLParser(huge_tree=True)).iter("testcase"):
        if case.get("classname") == "stackproof.sources":
            continue
        rule = str(case.get("classname")).rpartition(".")[2]
        lines = [line for element in case for line in (element.text or "").split("\n")] or ["passed:"]
        starts = (re.match("(failed|known|exempt|undecided|passed|broken):", line) for line in lines)
        told.update(("failed" if start[1] == "known" else start[1], rule) for start in starts if start)
    return told


def from_text(text: str) -> Told:
    words = dict.fromkeys(("critical", "high", "medium", "low"), "failed")
    found = (re.match(r"  (\w+) +(?:mandatory|advisory|disabled) +(\S+)", line) for line in lines_of(text))
    return Counter((words.get(line[1], line[1]), line[2]) for line in found if line)


def from_annotations(text: str) -> Told:
    found = (re.match(r"::(\w+) .*?title=(?:[a-z]+ )?(\S+?)::", line) for line in lines_of(text))
    return Counter(("undecided" if line[1] == "notice" else "failed or broken", line[2]) for line in found if line)


def from_markdown(text: str) -> Told:
    return Counter(("failed", rule) for rule in re.findall("^<summary><b><code>(.*?)</code>", text, re.MULTILINE))


ALL = {"failed": "failed", "broken": "broken", "undecided": "undecided", "exempt": "exempt", "passed": "passed"}
FAILED = {"failed": "failed"}
TELLS: dict[str, tuple[Callable[[str], Told], str, dict[str, str]]] = {
    "json": (from_json, "fingerprint", ALL),
    "jsonl": (
        lambda text: Counter((i["status"], i["fingerprint"]) for i in map(json.loads, lines_of(text)) if "fingerprint" in i),
        "fingerprint",
        ALL,
    ),
    "csv": (from_csv, "fingerprint", ALL),
    "sarif": (from_sarif, "fingerprint", ALL),
    "ocsf": (from_ocsf, "fingerprint", ALL),
    "asff": (from_asff, "fingerprint", ALL),
    "gitlab-codequality": (
        lambda text: Counter(("failed", item["fingerprint"]) for item in json.loads(text)),
        "fingerprint",
        FAILED,
    ),
    "gitlab-sast": (from_sast, "fingerprint", FAILED),
    "oscal": (from_oscal, "rule", ALL),
    "junit": (from_junit, "rule", ALL),
    "text": (from_text, "rule", ALL),
    "github": (
        from_annotations,
        "rule",
        {"failed": "failed or broken", "broken": "failed or broken", "undecided": "undecided"},
    ),
    "markdown": (from_markdown, "rule", FAILED),
}
"""How a format is read again, what it tells results by, and what each outcome is there; others have no place in it.

HTML is not among them: a browser reads it, in tests of its own.
"""


def everything(case: str) -> list[Result | CheckovFinding]:
    return [*report_of(case).results, *report_of(case).checkov_findings]


@pytest.mark.parametrize(
    ("case", "format_"),
    [(case, name) for case in ("hostile", "outcomes", "filled") for name in TELLS]
    + [("many", name) for name in ("sarif", "asff", "github", "markdown")],  # those with limits
)
def test_every_format_tells_the_same_outcomes(case: str, format_: str) -> None:
    read, by, outcomes = TELLS[format_]
    told = read(written(case, format_))
    expected = Counter(
        (outcomes[item.status], item.fingerprint if by == "fingerprint" else rule_of(item))
        for item in everything(case)
        if item.status in outcomes
    )
    assert expected.total() >= (MANY if case == "many" else 3)
    if format_ == "markdown" and told != expected:
        left = re.search(r"\*\*(\d+) of (\d+) violations are not shown here", written(case, format_))
        assert left
        assert (told.total() + int(left[1]), int(left[2])) == (expected.total(), expected.total())
        assert told <= expected
    elif format_ == "github":
        told = Counter({about: count for about, count in told.items() if about[1] in {rule for _, rule in expected}})
        assert told == expected
    else:
        assert told == expected


@pytest.mark.parametrize("format_", [name for name, (_, _, outcomes) in TELLS.items() if "exempt" in outcomes] + ["html"])
def test_who_exempts_and_why_is_told_wherever_exempt_results_are(format_: str) -> None:
    notes = [item.exemption for item in everything("outcomes") if item.status == "exempt" and item.exemption]
    assert {note.source for note in notes} == {"configuration", "checkov:skip"}
    text = html.unescape(written("outcomes", format_)).replace('\\"', '"')
    for note in notes:
        assert note.words
        for said in (note.reason, note.owner, note.expires) if format_ in {"csv", "html"} else (note.words,):
            assert said in text


def test_gitlab_takes_no_two_violations_for_one() -> None:
    """It does where they share a place and an identifier, of which it passes over those of weaknesses only."""
    for case in ("examples", "hostile"):
        keys: Counter[tuple[object, ...]] = Counter()
        for item in json.loads(written(case, "gitlab-sast"))["vulnerabilities"]:
            place = item["location"]
            keys.update((place["file"], place.get("start_line"), name["type"], name["value"]) for name in item["identifiers"])
        assert set(keys.values()) == {1}


def test_junit_tells_children_of_different_components_apart() -> None:
    """Of test cases with the same class and name, GitLab takes the first only."""
    report = report_of("outcomes")
    result = next(item for item in report.results if item.status == "failed")
    stack, project, type_, name = result.urn.split("::")
    results = [
        msgspec.structs.replace(result, urn="::".join((stack, project, f"my:component:{parent}${type_}", name)))
        for parent in ("Blue", "Green")
    ]
    text = "".join(write(msgspec.structs.replace(report, results=results, checkov_findings=[]), "junit"))
    cases = [case for case in etree.fromstring(text.encode()).iter("testcase") if len(case)]
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases) == len(results)


def rows_in(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def rows_of(case: str) -> list[dict[str, str]]:
    return rows_in(written(case, "csv"))


def etree_of(case: str) -> etree._Element:
    return etree.fromstring(written(case, "junit").encode(), etree.XMLParser(huge_tree=True))


@pytest.mark.parametrize("case", ["hostile", "incomplete", "outcomes", "filled"])
def test_junit_counts_its_test_cases(case: str) -> None:
    root = etree_of(case)
    for suite in root.iter("testsuite"):
        elements = Counter(str(child.tag) for test in suite.iter("testcase") for child in test)
        assert suite.get("tests") == str(len(list(suite.iter("testcase"))))
        assert [suite.get(name) for name in ("failures", "errors", "skipped")] == [
            str(elements[name]) for name in ("failure", "error", "skipped")
        ]
    for name in ("tests", "failures", "errors"):
        assert root.get(name) == str(sum(int(suite.get(name, "")) for suite in root.iter("testsuite")))


def test_junit_shows_each_outcome_as_ci_services_understand_it() -> None:
    cases = {
        (case.get("classname"), case.get("name")): [(str(child.tag), child.get("type"), child.get("message")) for child in case]
        for case in etree_of("outcomes").iter("testcase")
    }

    def encrypted(name: str) -> list[tuple[str, str | None, str | None]]:
        return cases["shop.prod.rds-storage-encrypted", f"{name} (aws:rds/instance:Instance)"]

    assert encrypted("passed") == []
    assert encrypted("failed") == [("failure", "high", "storage is not encrypted")]
    assert encrypted("exempt") == [("skipped", "exempt", "Exempt until 2999-12-31, owner data: Only =test <data>")]
    assert encrypted("expired") == [
        ("failure", "high", "storage is not encrypted. Its exemption expired on 2020-01-31, owner data: Too late"),
    ]
    ((tag, type_, message),) = encrypted("undecided")
    assert (tag, type_) == ("skipped", "undecided")
    assert str(message).startswith("undecided: ")
    (broken,) = cases["shop.prod.queue-rule-that-breaks", "broken (aws:sqs/queue:Queue)"]
    assert broken[:2] == ("error", "broken")
    found = {str(name): shown for (name, resource), shown in cases.items() if resource == "aws_db_instance.main"}
    assert [found[f"terraform.checkov.CKV_X_{number}"] for number in range(3)] == [
        [("failure", "failed", "Check 0")],
        [("skipped", "exempt", "Exempt by checkov:skip: Agreed")],
        [("skipped", "undecided", "undecided: Check 2")],
    ]


def test_a_rule_broken_twice_by_a_resource_is_one_test_case_that_tells_both() -> None:
    (case,) = (
        case
        for case in etree_of("outcomes").iter("testcase")
        if case.get("classname") == "shop.prod.security-group-described" and str(case.get("name")).startswith("twice ")
    )
    (failure,) = case
    assert failure.get("message") == "description is not set (and 2 more)"
    lines = (failure.text or "").split("\n")
    assert [line for line in lines if line.startswith("failed: ")] == [
        f"failed: {path}description is not set" for path in ("", "ingress[0].", "ingress[1].")
    ]
    assert lines.count("  in: network/groups.py:12") == 3


def test_what_a_baseline_knows_is_skipped_where_only_new_things_block() -> None:
    report = report_of("filled")
    groups: dict[tuple[str, str], set[bool | None]] = {}
    for result in report.results:
        stack = "shop.prod" if result.stack == "prod" else "terraform.checkov"
        if result.status == "failed":
            groups.setdefault((f"{stack}.{result.rule}", f"{result.name} ({result.type})"), set()).add(result.known)
    known = {group for group, values in groups.items() if values == {True}}
    new = groups.keys() - known
    shown: dict[str | None, set[tuple[str, str]]] = {}
    for case in etree_of("filled").iter("testcase"):
        for element in case.iter("failure", "skipped"):
            if element.get("type") not in {"undecided", "exempt"}:
                place = (str(case.get("classname")), str(case.get("name")))
                shown.setdefault(f"{element.tag} {str(element.get('message')).partition(':')[0]}", set()).add(place)
    assert known
    assert shown.pop("skipped known to the baseline") == known | {("terraform.checkov.CKV_X_0", "aws_db_instance.main")}
    assert set.union(*shown.values()) == new


def test_a_source_that_could_not_be_read_is_an_error() -> None:
    (suite, *_) = etree_of("incomplete")
    assert {str(case.get("name")).rpartition("/")[2]: [child.tag for child in case] for case in suite.iter("testcase")} == {
        "good.json": [],
        "bad <&>\\x1b.json": ["error"],
        "none.json": ["error"],
    }
    scan = json.loads(written("incomplete", "gitlab-sast"))["scan"]
    assert scan["status"] == "failure"
    assert [item["value"].rpartition("/")[2] for item in scan["messages"] if item["level"] == "warn"] == [
        "bad <&>\\x1b.json: not valid JSON: Expecting property name enclosed in double quotes (line 1, column 2)",
        "none.json: the file is empty",
    ]


def test_gitlab_is_told_what_is_not_among_the_violations() -> None:
    messages = {item["level"]: item["value"] for item in json.loads(written("outcomes", "gitlab-sast"))["scan"]["messages"]}
    summary = report_of("outcomes").summary
    assert summary.checkov
    assert messages["info"] == (
        f"{summary.failed + 1} failed, {summary.undecided + 1} undecided, {summary.exempt + 1} exempt, "
        f"{summary.passed} passed; what failed is listed"
    )
    assert messages["warn"] == "queue-rule-that-breaks gave no answer: it broke on 1 results"


@pytest.mark.parametrize("format_", ["gitlab-codequality", "gitlab-sast"])
def test_gitlab_is_shown_lines_of_the_program_or_the_project_s_own_file(format_: str) -> None:
    def places(case: str) -> dict[str, set[tuple[str, int | None]]]:
        found: dict[str, set[tuple[str, int | None]]] = {}
        for item in parts(case):
            place = item["location"]
            line = place["lines"]["begin"] if "lines" in place else place.get("start_line")
            found.setdefault(item["description"], set()).add((place["path"] if "path" in place else place["file"], line))
        return found

    def parts(case: str) -> list[dict[str, Any]]:
        read = json.loads(written(case, format_))
        return read if isinstance(read, list) else read["vulnerabilities"]

    unknown = ("Pulumi.yaml", 1 if format_ == "gitlab-codequality" else None)
    for description, found in places("outcomes").items():
        lines = (
            {("network/groups.py", 12)} if "twice" in description else {("main.tf", 7)} if "_db_" in description else {unknown}
        )
        assert found == lines, description
    for description, found in places("filled").items():
        assert all(file == "infra/main.tf" or file.startswith("services/shop/") for file, _ in found), description
        assert "_db_" not in description or {file for file, _ in found} == {"infra/main.tf"}


def test_gitlab_sast_shows_names_as_code_and_nothing_else() -> None:
    descriptions = [item["description"] for item in json.loads(written("hostile", "gitlab-sast"))["vulnerabilities"]]
    left = [re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text) for text in descriptions]
    assert any("<script>" in text for text in descriptions)
    assert not [text for text in left if re.search(r"<script|\]\(|@all|!\[", text)]


def test_no_cell_is_a_formula() -> None:
    cells = {cell for row in rows_of("hostile") for cell in row.values()}
    assert {"'=cmd|' /C calc'!A0", "'+1;'=2+3", "'-1", "'@SUM(A1)", "'\uff1dHYPERLINK(1)"} <= cells
    assert not [cell for cell in cells if re.search("(?:^|;)[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell)]


def test_a_row_tells_all_of_a_result() -> None:
    (row,) = (row for row in rows_of("filled") if row["resource"] == "failed" and row["rule"] == "rds-storage-encrypted")
    expected = {
        "stack": "prod",
        "project": "shop",
        "outcome": "failed",
        "severity": "high",
        "type": "aws:rds/instance:Instance",
        "path": "storageEncrypted",
        "message": "storage is not encrypted",
        "evidence": "false",
        "owner": "payments",
        "file": "services/shop/main.py",
        "line": "3",
        "checkov": "CKV_AWS_16",
        "tool": "stackproof",
        "exposed_to": "everyone",
        "chain": "Lambda role gains admin by iam:PassRole (policies[0])",
    }
    assert {name: row[name] for name in expected} == expected
    assert row["baseline"] in {"new", "known"}
    (exempt,) = (row for row in rows_of("filled") if row["outcome"] == "exempt" and row["tool"] == "stackproof")
    assert [exempt[f"exemption_{name}"] for name in ("reason", "owner", "expires")] == [
        "Only =test <data>",
        "data",
        "2999-12-31",
    ]
    assert [row["checkov"] for row in rows_of("filled") if row["tool"] == "checkov"] == ["CKV_X_0", "CKV_X_1", "CKV_X_2"]


@pytest.mark.parametrize("case", ["empty", "hostile", "filled"])
def test_json_lines_hold_what_the_json_report_holds(case: str) -> None:
    report = json.loads(written(case, "json"))
    lines = [json.loads(line) for line in lines_of(written(case, "jsonl"))]
    kinds = [line.pop("kind") for line in lines]
    parts = {"rule": "rules", "result": "results", "checkov_finding": "checkov_findings"}
    parts |= {"exemption": "exemptions", "tag_coverage": "tag_coverage"}
    assert kinds == ["header", *(kind for kind, name in parts.items() for _ in report[name]), "summary"]
    again = {name: [line for line, own in zip(lines, kinds, strict=True) if own == kind] for kind, name in parts.items()}
    baseline = lines[-1].pop("baseline")
    assert {**lines[0], **again, "baseline": baseline, "summary": lines[-1]} == report
