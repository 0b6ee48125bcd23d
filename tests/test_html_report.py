"""The HTML report as text: whole, safe, small. tests/test_html_in_browser.py looks at it in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml

from policies.fix import Fix
from policies.provider import has_property
from policies.resource import Resource
from policies.unknown import COMPUTED, NOT_REPORTED, SECRET
from scanners import writers
from scanners.evidence import evidence
from scanners.pulumi_source import python_arguments, yaml_properties
from scanners.report import ExemptionNote, Place
from scanners.stored_report import report_in
from tests import full_report
from tests.command import resource, stackproof, state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scanners.report import Report

REPORTS: dict[str, Callable[[], Report]] = {
    "whole": full_report.whole,
    "hostile": full_report.hostile,
    "empty": full_report.empty,
    "incomplete": full_report.incomplete,
}
VOID = {"meta", "link", "br", "input", "path", "rect", "circle", "line"}
MAY_STAY_OPEN = {"dt", "dd", "li", "tr", "td", "th", "thead", "tbody", "p", "option"}
"""HTML closes these by itself."""


class Page(HTMLParser):
    """What the tests ask of a page: its elements, its text, the content of style and script."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.contents: dict[str, str] = {}
        self.words: list[str] = []
        self.unclosed: list[str] = []
        self.feed(text)
        self.close()
        self.text = "".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"{tag} has an attribute twice: {attrs}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.unclosed.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.unclosed and self.unclosed[-1] != tag and self.unclosed[-1] in MAY_STAY_OPEN:
            self.unclosed.pop()
        assert self.unclosed[-1:] == [tag], f"</{tag}> closes {self.unclosed[-3:]}"
        self.unclosed.pop()

    def handle_data(self, data: str) -> None:
        if self.unclosed and self.unclosed[-1] in ("style", "script"):
            self.contents[self.unclosed[-1]] = self.contents.get(self.unclosed[-1], "") + data
        else:
            self.words.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, given in self.elements for key, value in given.items() if key == name]


def html(report: Report) -> str:
    text = "".join(writers.write(report, "html"))
    assert text.endswith("</html>\n")
    text.encode()  # half of a surrogate pair cannot be written
    return text


@pytest.fixture(scope="module")
def pages() -> Mapping[str, Page]:
    return {name: Page(html(report())) for name, report in REPORTS.items()}


@pytest.fixture(params=REPORTS)
def page(request: pytest.FixtureRequest, pages: Mapping[str, Page]) -> Page:
    return pages[request.param]


def test_ids_are_given_once_and_every_anchor_leads_somewhere(page: Page) -> None:
    ids = page.attributes("id")
    assert sorted(ids) == sorted(set(ids))
    wanted = {link[1:] for link in page.attributes("href") if link.startswith("#")}
    wanted |= {
        name for key in ("aria-labelledby", "aria-describedby", "for") for text in page.attributes(key) for name in text.split()
    }
    assert wanted <= set(ids)


def test_nothing_but_its_own_style_and_script_can_run(page: Page) -> None:
    (policy,) = [given["content"] or "" for _, given in page.elements if given.get("http-equiv") == "Content-Security-Policy"]
    hashes = {tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for tag, text in page.contents.items()}
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{hashes['style']}'",
        f"script-src 'sha256-{hashes['script']}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert [tag for tag, _ in page.elements if tag in ("style", "script")] == ["style", "script"]
    assert [key for _, given in page.elements for key in given if key == "style" or key.startswith("on")] == []


def test_nothing_is_loaded(page: Page) -> None:
    assert page.attributes("src") == page.attributes("srcset") == page.attributes("action") == []
    assert [given["href"] for tag, given in page.elements if tag == "link"] == ["data:,"]
    links = [given for tag, given in page.elements if tag == "a" and not (given["href"] or "").startswith("#")]
    assert all((given["href"] or "").startswith("https://") and "target" not in given for given in links)
    assert [given["content"] for _, given in page.elements if given.get("name") == "referrer"] == ["no-referrer"]
    assert re.findall(r"url\(|@import", page.contents["style"]) == []


def test_every_finding_is_there(pages: Mapping[str, Page]) -> None:
    report, page = full_report.whole(), pages["whole"]
    for result in report.results:
        assert f"f-{result.fingerprint[:12]}" in page.attributes("id")
        assert {text for text in (result.name, result.urn, result.message, result.path) if text not in page.text} == set()
    for finding in report.checkov_findings:
        assert {text for text in (finding.check, finding.resource, finding.title) if text not in page.text} == set()
    told = {rule.id: rule for rule in report.rules if any(result.rule == rule.id for result in report.results)}
    assert {id_ for id_, rule in told.items() if rule.why not in page.text or rule.remedy not in page.text} == set()


def test_names_cannot_leave_their_place(pages: Mapping[str, Page]) -> None:
    page, whole = pages["hostile"], pages["whole"]
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in whole.elements} | {"bdi"}
    assert "</script><script>window.ran=1</script>" in page.text
    assert "\u202e" not in page.text
    assert "\\u202e" in page.text
    assert [char for char in set(page.text) if char < " " and char != "\n"] == []
    assert page.contents == whole.contents


def test_what_is_long_is_cut_in_sight(pages: Mapping[str, Page]) -> None:
    assert re.search(r"x{200,300}… \(5,\d{3} characters\)", pages["hostile"].text)
    assert "x" * 5000 in pages["hostile"].text  # whole, at the finding


def test_five_thousand_findings_are_below_five_megabytes() -> None:
    text = html(full_report.large())
    assert text.count('<details class="row"') == full_report.LARGE
    assert len(text.encode()) < 4_700_000  # and room for longer names


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.writers.html_findings.MOST_LISTED", 10)
    report = full_report.whole()
    page = Page(html(report))
    rows = [given for tag, given in page.elements if tag == "details" and given.get("class") == "row"]
    assert len(rows) == 10
    worst = sorted(result.severity != "critical" for result in report.results if result.status == "failed")
    assert page.text.count("10 of ") >= 1
    assert worst[0] is False
    shown = {given["id"] for given in rows}
    critical = {
        f"f-{result.fingerprint[:12]}"
        for result in report.results
        if (result.status, result.severity) == ("failed", "critical")
    }
    assert critical <= shown or shown <= critical
    assert "holds all of them" in page.text


def test_an_outcome_that_was_not_asked_for_is_said() -> None:
    page = Page(html(report_in(scan({"storageEncrypted": True}, "--show", "failed").encode())))
    assert re.search(r"0 of [1-9]\d* passed", page.text)
    assert "asked to list some outcomes only" in page.text


def scan(inputs: dict[str, Any], *arguments: str, type_: str = "aws:rds/instance:Instance", rules: str = "all") -> str:
    given = state(resource(type_, inputs=inputs))
    return stackproof("scan", "-", "--rules", rules, "-f", "json", *arguments, given=given).out


@pytest.mark.parametrize(
    ("verdict", "told"),
    [("passed", "Passed"), ("failed", "Failed"), ("incomplete", "Incomplete")],
)
def test_the_verdict_is_told_in_words(verdict: str, told: str) -> None:
    report = msgspec.structs.replace(
        full_report.whole(), gate=msgspec.structs.replace(full_report.whole().gate, verdict=verdict)
    )
    assert re.search(rf"<h1[^>]*>.*{told}</h1>", html(report))


def test_inputs_stand_there_with_hashes_and_errors(pages: Mapping[str, Page]) -> None:
    for source in full_report.incomplete().sources:
        assert {text for text in (source.path, source.sha256, source.error) if text not in pages["incomplete"].text} == set()


def test_the_gate_blocks_what_the_exit_code_says() -> None:
    report = report_in(scan({"storageEncrypted": False}, "--fail-on", "high").encode())
    high = report.summary.failed_by_severity["high"] + report.summary.failed_by_severity["critical"]
    word = "violation blocks" if high == 1 else "violations block"
    assert f"{high} {word}." in Page(html(report)).text
    assert "of severity high or above" in Page(html(report)).text


def test_an_exemption_can_be_copied(pages: Mapping[str, Page]) -> None:
    text = html(full_report.hostile())
    blocks = re.findall(r"<pre>(exemptions:.*?)</pre>", text, re.DOTALL)
    parsed = [yaml.safe_load(Page(f"<p>{block}</p>").text)["exemptions"][0] for block in blocks]
    results = [result for result in full_report.hostile().results if result.status in ("failed", "undecided")]
    plain = {
        (result.rule, result.urn, result.owner) for result in results if (result.rule + result.urn + result.owner).isprintable()
    }
    assert plain <= {(item["rule"], item["resource"], item["owner"] or "") for item in parsed}
    assert {item["reason"] for item in parsed} == {None}  # refused until somebody gives one
    assert "2026-06-29" in {str(item["expires"]) for item in parsed}
    assert "exemptions:" in pages["whole"].text


def test_links_lead_to_the_program_only() -> None:
    report = full_report.whole()
    first = next(iter(report.results))
    for file, expected in {
        "src/a b.py": "https://git.example/shop/blob/4f2a/deploy/shop/src/a%20b.py#L3",
        "/etc/passwd": None,
        "../../x": None,
    }.items():
        changed = msgspec.structs.replace(
            report, results=[msgspec.structs.replace(first, location=Place(file, 3))], checkov_findings=[]
        )
        links = [link for link in Page(html(changed)).attributes("href") if link.startswith("http")]
        assert set(links) == ({expected} if expected else set())


def test_exempt_results_say_who_and_why() -> None:
    report = full_report.whole()
    note = ExemptionNote("the website is public", "web-team", "2027-01-01", expired=False)
    first = msgspec.structs.replace(next(iter(report.results)), status="exempt", exemption=note)
    text = Page(html(msgspec.structs.replace(report, results=[first]))).text
    assert "the website is public; owner web-team; until 2027-01-01" in text


def test_controls_that_no_rule_judges_are_not_assessed(pages: Mapping[str, Page]) -> None:
    text = html(full_report.whole())
    framework = text[text.index('id="framework-fsbp"') : text.index('id="framework-iso-27001"')]
    judged, _, rest = framework.partition("Not assessed")
    assert "<b>ACM.3</b>" in rest or "<b>Account.1</b>" in rest
    assert re.search(r'<th scope="row">S3\.5<td>[^<]*<td><span class="badge failed">', judged)
    assert "Not asked" in html(report_in(scan({}, rules="rds-storage-encrypted").encode()))
    assert "not assessed" in pages["empty"].text


FIXES: dict[str, tuple[str, dict[str, object], dict[str, object]]] = {
    "nested": (
        "aws:ec2/instance:Instance",
        {"rootBlockDevice.encrypted": True, "metadataOptions.httpTokens": "required"},
        {"root_block_device": {"encrypted": True}, "metadata_options": {"http_tokens": "required"}},
    ),
    "list": (
        "aws:ec2/instance:Instance",
        {"ebsBlockDevices[1].encrypted": True},
        {"ebs_block_devices": [..., {"encrypted": True}]},
    ),
    "map": (
        "aws:s3/bucket:Bucket",
        {'tags["cost.center"]': "x", "tags.teamName": "y"},
        {"tags": {"cost.center": "x", "teamName": "y"}},
    ),
    "document": (
        "aws:s3/bucketPolicy:BucketPolicy",
        {"policy": {"Version": "2012-10-17"}},
        {"policy": '{"Version": "2012-10-17"}'},
    ),
}


@pytest.mark.parametrize("name", FIXES)
def test_a_fix_is_code(name: str) -> None:
    type_, paths, expected = FIXES[name]
    assert eval(f"dict({python_arguments(type_, paths)})", {"json": json}) == expected  # noqa: S307  (what we wrote)
    written = yaml.safe_load(yaml_properties(type_, paths))
    assert all(has_property(type_, name) for name in written)
    if name in ("nested", "map"):
        assert written == Fix(paths).apply({})


def test_a_fix_that_removes_says_so() -> None:
    assert python_arguments("aws:s3/bucket:Bucket", {"corsRules": None}) == "# remove cors_rules"
    assert yaml_properties("aws:s3/bucket:Bucket", {"corsRules": None}) == "# remove corsRules"


EVIDENCE: dict[str, tuple[dict[str, object], str]] = {
    "not set": ({}, "storageEncrypted"),
    "false": ({"storageEncrypted": False}, "storageEncrypted"),
    "7": ({"backupRetentionPeriod": 7.0}, "backupRetentionPeriod"),
    "a text": ({"engine": "canary"}, "engine"),
    "an empty text": ({"engine": ""}, "engine"),
    "a list of 2": ({"enabledCloudwatchLogsExports": ["a", "b"]}, "enabledCloudwatchLogsExports"),
    "an object": ({"restoreToPointInTime": {"x": 1}}, "restoreToPointInTime"),
    "unknown (computed)": ({"kmsKeyId": COMPUTED}, "kmsKeyId"),
    "unknown (not reported)": ({"kmsKeyId": NOT_REPORTED}, "kmsKeyId.deeper"),
    "a secret": ({"password": SECRET}, "password"),
    "true": ({"restoreToPointInTime": [{"useLatestRestorableTime": True}]}, "restoreToPointInTime.useLatestRestorableTime"),
    "a number": ({"tags": {"Pin": 1234}}, "tags.Pin"),
    "": ({"engine": "{}"}, "engine.Statement[0]"),
}


@pytest.mark.parametrize("expected", EVIDENCE)
def test_evidence_tells_what_stands_there_without_texts(expected: str) -> None:
    inputs, path = EVIDENCE[expected]
    assert evidence(Resource("urn", "aws:rds/instance:Instance", "db", inputs), path) == expected


def test_numbers_where_a_secret_is_asked_for_are_not_told() -> None:
    found = Resource("urn", "aws:rds/instance:Instance", "db", {"backupRetentionPeriod": 7})
    assert evidence(found, "backupRetentionPeriod", tells_numbers=False) == "a number"


def test_results_carry_evidence() -> None:
    results = report_in(scan({"storageEncrypted": False}).encode()).results
    assert {result.evidence for result in results if result.rule == "rds-storage-encrypted"} == {"false"}


def test_native_resources_have_no_evidence() -> None:
    results = report_in(scan({"storageEncrypted": False}, type_="aws-native:rds:DbInstance").encode()).results
    assert {result.evidence for result in results if result.rule == "rds-storage-encrypted"} == {""}


def test_the_verdict_says_what_blocks_and_where() -> None:
    report = full_report.whole()
    for new_only in (False, True):
        gate = msgspec.structs.replace(report.gate, fail_on="high", new_only=new_only, verdict="failed")
        text = html(msgspec.structs.replace(report, gate=gate))
        head, _, rest = text.partition('<h2 id="summary-title">')
        blocking = [
            item
            for item in report.results
            if item.status == "failed" and item.severity in {"critical", "high"} and not (new_only and item.known)
        ]
        wanted = {f"#rule-{item.rule}" for item in blocking}
        named = set(re.findall(r'href="([^"]*)"', head.partition('class="blocking"')[2]))
        assert len(named) == 6
        assert named - {"#findings"} < wanted | {"#rule-CKV_AWS_902"}
        marked = re.findall(
            r'data-rule="([^"]*)"[^>]*>\s*<summary>(?:(?!</summary>).)*?<span class="badge failed">[^<]*block', rest
        )
        assert set(marked) == {item.rule for item in blocking} | (set() if new_only else {"CKV_AWS_902"})
    (crashed,) = [item for item in report.results if item.status == "broken"]
    assert f'href="#f-{crashed.fingerprint[:12]}">{crashed.rule}</a></strong> on {crashed.name}: ' in head
    quiet = msgspec.structs.replace(report, gate=msgspec.structs.replace(report.gate, fail_on="never", verdict="passed"))
    assert 'class="blocking"' not in html(quiet)


_COLOUR = re.compile(r"--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\)")


def test_the_text_of_drawings_has_contrast() -> None:
    """What axe cannot tell: it does not see what lies below a text of SVG."""
    style, drawn = (resources.files("scanners.writers").joinpath(f"html/{name}.css").read_text() for name in ("report", "iam"))
    for theme in (0, 1):
        colours = {name: rgb(both[theme]) for name, *both in _COLOUR.findall(style)}
        texts = set(re.findall(r"^\.chain (?:text|\.who|\.kind|\.way)[^{]*\{[^}]*fill: var\(--(\w+)\)", drawn, re.MULTILINE))
        (box,) = re.findall(r"^\.chain \.box \{ fill: var\(--(\w+)\)", drawn, re.MULTILINE)
        ((tone, share),) = re.findall(r"^\.chain \.end \{ fill: color-mix\(in srgb, var\(--(\w+)\) (\d+)%", drawn, re.MULTILINE)
        mixed = [
            one * int(share) / 100 + two * (1 - int(share) / 100)
            for one, two in zip(colours[tone], colours["panel"], strict=True)
        ]
        assert texts == {"text", "muted"}
        for name in texts:
            for ground in (colours["panel"], colours[box], mixed):
                assert contrast(colours[name], ground) >= 4.5


def rgb(text: str) -> list[float]:
    return [int(text[place : place + 2], 16) / 255 for place in (0, 2, 4)]


def contrast(one: Sequence[float], two: Sequence[float]) -> float:
    """Return the contrast ratio of WCAG 2.2 of two colours in sRGB."""
    lower, higher = sorted(map(luminance, (one, two)))
    return (higher + 0.05) / (lower + 0.05)


def luminance(colour: Sequence[float]) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
