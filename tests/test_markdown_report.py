"""The comment on a pull request: what decides first, within GitHub's limit, and names do nothing in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from scanners.report import ExemptionUse, FixPatch, Place
from scanners.writers import write
from scanners.writers.markdown import code, words
from tests.full_report import whole
from tests.reports import CASES, HOSTILE, report_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it.token import Token

    from scanners.report import Report

RDS = "rds-storage-encrypted"
TAGS = {"details", "summary", "b", "code"}
NAMES = (
    *HOSTILE, "@acme/admins", "#123", "acme/shop#5", "GH-7", "!9", "$8", "a@b.example", "https://evil.example",
    "www.evil.example", "</code></summary></details><img src=x>", "`` ` ```", "|a|b|", "# x", "> x", "- x", "1. x",
    "| --- |", "~~~", "&#64;x", "*x*", "\\", "![x](https://evil.example/p.png)", "[x]: https://evil.example", "<!--",
    "a  \nb", ":rocket:", "\u202ex", "`" * 400, " ", "0" * 40,
)  # fmt: skip


def text_of(report: Report) -> str:
    return "".join(write(report, "markdown"))


def tokens_of(text: str) -> Iterable[Token]:
    for token in MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text):
        yield token
        yield from token.children or ()


class Elements(HTMLParser):
    """Holds a document against what may be in it: known elements without attributes, closed in order, and comments."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.free: list[str] = []
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert attrs == []
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.free.append(data)


def hold(text: str, links: str = "https://git.example/") -> None:
    """Hold a comment against what it may be read as, as GitHub reads it: by CommonMark, then HTML, then references."""
    elements = Elements()
    for token in tokens_of(text):
        if token.type in {"html_block", "html_inline"}:
            elements.feed(token.content)
        elif token.type == "text":
            elements.free.append(token.content)
        elif token.type == "link_open":
            assert str(token.attrs["href"]).startswith(links)
        assert token.type not in {"image", "blockquote_open", "code_block", "ordered_list_open", "lheading_open", "s_open"}
        assert not (token.type == "heading_open" and token.tag not in {"h2", "h3"})
    elements.close()
    assert elements.open == []
    assert elements.comments == [" stackproof "]
    free = "\n".join(elements.free)
    assert not re.search(r"@\w|#\d|GH-\d|!\d|\$\d|://|www\.|:\w+:|[0-9a-f]{40}", free)
    assert text.isascii() or all(char.isprintable() or char == "\n" for char in text)
    assert len(text.encode("utf-16-le")) // 2 <= 65_536


@pytest.mark.parametrize("case", [case for case in CASES if case != "many"])
def test_a_comment_is_whole_and_holds_nothing_but_what_it_says(case: str) -> None:
    hold(text_of(report_of(case)))


def test_names_do_nothing_wherever_they_stand() -> None:
    base = whole()
    (first, *_) = [item for item in base.results if item.status == "failed"]
    for name in NAMES:
        result = replace(
            first, rule=name, urn=name, name=name, message=name, path=name, owner=name, controls=[name], level=name,
            fix=FixPatch({name: name}, replaces=True), location=Place(f"{name}.py", 3),
        )  # fmt: skip
        report = replace(
            base,
            results=[result, replace(result, status="undecided"), replace(result, status="broken")],
            sources=[replace(base.sources[0], path=name, error=name)],
            rules=[replace(base.rules[0], id=name, title=name, why=name, remedy=name)],
            exemptions=[ExemptionUse(name, name, name, name, name, "stale", None, 0, 1, name)],
            run=replace(base.run, rule_sets=[name], configuration_sha256=name, judged_on=name),
            tool=replace(base.tool, version=name),
            checkov_findings=[],
        )
        hold(text_of(report))


@given(st.text(st.characters(codec=None), max_size=40) | st.text("`|\\ a@#<*_[]()!:.", max_size=12))
def test_code_and_words_are_one_thing_in_text_and_in_a_table(text: str) -> None:
    for written in (code(text), words(text)):
        assert "\n" not in written
        (inline,) = [token for token in MarkdownIt("commonmark").parse(f"x {written} y") if token.type == "inline"]
        assert {token.type for token in inline.children or ()} <= {"text", "code_inline"}


def test_the_verdict_comes_first_then_the_counts_then_the_worst() -> None:
    text = text_of(whole())
    lines = text.split("\n")
    assert lines[:2] == ["<!-- stackproof -->", "## stackproof: \u26a0\ufe0f incomplete"]
    headings = re.findall("^### (.*)$", text, re.MULTILINE)
    assert headings == [
        "New, critical", "New, high", "New, medium", "New, low", "New, no severity",
        "Known, critical", "Known, high", "Known, low", "Undecided", "Exemptions",
    ]  # fmt: skip
    summary = whole().summary
    table = dict(re.findall(r"^\| (\w+) \| (\d+) \|", text, re.MULTILINE))
    assert table["critical"] == str(summary.failed_by_severity["critical"])
    assert text.index("| critical |") < text.index("### New, critical")


@pytest.mark.parametrize(
    ("verdict", "fail_on", "new_only", "expected"),
    [
        ("failed", "mandatory", False, "There are violations that are mandatory or worse; they block this change."),
        ("failed", "high", True, "There are new violations that are high or worse; they block this change."),
        ("passed", "low", False, "There are no violations that are low or worse."),
        ("passed", "never", False, "No violation blocks this change."),
        ("incomplete", "low", False, "**A source or a rule gave no answer, so this run says nothing about the whole.**"),
    ],
)
def test_the_gate_is_told_in_words(verdict: str, fail_on: str, new_only: bool, expected: str) -> None:  # noqa: FBT001
    gate = replace(whole().gate, verdict=verdict, fail_on=fail_on, new_only=new_only)
    assert text_of(replace(whole(), gate=gate)).split("\n")[3] == expected


def test_a_violation_shows_its_line_why_and_the_fix_as_code() -> None:
    report = report_of("filled")
    (found,) = [item for item in report.results if item.rule == RDS and item.name == "failed"]
    text = text_of(replace(report, results=[found], checkov_findings=[]))
    rule = next(rule for rule in report.rules if rule.id == RDS)
    for part in (
        f"<summary><b><code>{RDS}</code></b> <code>failed</code> at <code>services/shop/main.py:3</code></summary>",
        "- Line: [`services/shop/main.py:3`](<https://git.example/services/shop/main.py#L3>)\n",
        f"- Remedy: {rule.remedy}\n",
        "Fix, which makes AWS replace the resource:\n\n```\nstorageEncrypted: true\n```\n",
    ):
        assert part in text


def test_what_does_not_fit_is_counted_and_the_worst_stay() -> None:
    report = report_of("many")
    worst = replace(next(iter(report.results)), severity="critical", name="worst")
    text = text_of(replace(report, results=[*report.results, worst]))
    hold(text)
    assert len(text) > 60_000
    assert "<code>worst</code>" in text.split("### High")[0]
    shown = text.count("<details>")
    left, count = map(int, re.findall(r"\*\*(\d+) of (\d+) violations are not shown here; the worst are", text)[0])
    assert (left + shown, count) == (count, sum(item.status == "failed" for item in report.results) + 1)


def test_violations_that_are_not_listed_are_told() -> None:
    report = report_of("outcomes")
    text = text_of(replace(report, results=[], checkov_findings=[]))
    checkov = report.summary.checkov
    assert f"{report.summary.failed + (checkov.failed if checkov else 0)} violations are not in this report" in text


def test_undecided_and_exemptions_are_told_with_reasons() -> None:
    text = text_of(whole())
    undecided = [item for item in whole().results if item.status == "undecided"]
    assert f"\n{len(undecided) + 1} answers hang on values that are not known; they are neither passed nor failed.\n" in text
    assert all(f"- `{item.rule}`: " in text for item in undecided)
    assert "1 active, 1 expiring, 1 expired, 1 stale, 1 elsewhere.\n" in text
    for status in ("expired", "expiring", "stale"):
        (use,) = [use for use in whole().exemptions if use.status == status]
        assert f"- {status}: `{use.rule}` for `{use.resource}`: {use.words}\n" in text
