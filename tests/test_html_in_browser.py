"""The HTML report in a real browser: it asks for nothing, runs nothing of what it shows, and serves everybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scanners.report import Result
from scanners.writers import write
from tests import browser, full_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page

    from scanners.report import CheckovFinding, Report

    Visit = Callable[..., "Opened"]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}  # a window of 1280 pixels at 400 %: WCAG 1.4.10
REPORTS = {
    "whole": full_report.whole,
    "empty": full_report.empty,
    "incomplete": full_report.incomplete,
    "hostile": full_report.hostile,
    "large": full_report.large,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function from the name of a report to its file, written once."""
    directory = tmp_path_factory.mktemp("html")

    def file(name: str) -> Path:
        path = directory / f"{name}.html"
        if not path.exists():
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(write(REPORTS[name](), "html"))
        return path

    return file


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.running() as started:
        yield started


@dataclass
class Opened:
    """A page and what it did that it should not."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def told(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest.fixture
def visit(chromium: Browser, files: Callable[[str], Path]) -> Iterator[Visit]:
    """Return a function that opens a report in a browser without a past, with the options of a context of Playwright.

    At the end no page may have asked for anything but itself, complained, asked the reader, or opened another.
    """
    contexts, seen = [], []

    def open_(name: str = "whole", rest: str = "", *, axe: bool = False, **options: Any) -> Opened:  # noqa: ANN401  (Playwright's own)
        context = chromium.new_context(**options)
        context.set_default_timeout(5000)
        contexts.append(context)
        opened = Opened(context.new_page())
        page = opened.page
        context.on("request", lambda request: opened.requests.append(request.url))
        context.on("console", opened.told)
        context.on("page", lambda other: opened.complaints.append(f"opens {other.url}"))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (opened.complaints.append(dialog.message), dialog.dismiss()))
        seen.append((opened, files(name).as_uri()))
        if axe:
            page.add_init_script(path=AXE)  # past the page's policy, which stays in force
        page.goto(files(name).as_uri() + rest)
        return opened

    yield open_
    for opened, address in seen:
        others = [url for url in opened.requests if not url.startswith("data:") and url.split("#")[0].split("?")[0] != address]
        assert (others, opened.complaints) == ([], [])
        if not opened.page.is_closed():
            assert opened.page.evaluate("() => window.ran") is None
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    """Return what axe finds in a page that was opened with it: rule, place and reason."""
    options = {"runOnly": WCAG, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(options)", options)
    return [
        f"{item['id']}: {node['target']} {node['html'][:200]} {node['failureSummary']}"
        for item in found["violations"]
        for node in item["nodes"][:3]
    ]


def unfold(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true })")


SHOWN = """() => [...document.querySelectorAll('details.row')].filter(row => {
  for (let at = row; at; at = at.parentElement) if (getComputedStyle(at).display === 'none') return false;
  return true;
}).map(row => row.id)"""
SHOWN_AS = f"""async wanted => {{
  const shown = {SHOWN}, same = now => now.length === wanted.length && now.every(id => wanted.includes(id));
  for (let frame = 0; frame < 60 && !same(shown()); frame++) await new Promise(done => setTimeout(done, 25));
  return shown();
}}"""


def shown(page: Page, wanted: Iterable[str]) -> set[str]:
    """Return the ids of the findings that no filter hides, once they are those that are wanted, or after a while."""
    return set(page.evaluate(SHOWN_AS, list(wanted)))


def anchors(report: Report, fits: Callable[[Result | CheckovFinding], bool] = lambda _: True) -> set[str]:
    """Return the ids that findings have on the page."""
    return {f"f-{item.fingerprint[:12]}" for item in (*report.results, *report.checkov_findings) if fits(item)}


def stack(item: Result | CheckovFinding) -> str:
    return f"{item.urn.split('::')[1]}/{item.stack}"


def service(item: Result | CheckovFinding) -> str:
    return item.urn.split("::")[2].split("$")[-1].split(":")[1].split("/")[0]


def rule_of(item: Result | CheckovFinding) -> str:
    return item.rule if isinstance(item, Result) else item.check


CATEGORIES = {rule.id: rule.category for rule in full_report.whole().rules}
CRITERIA: dict[str, Callable[[Result | CheckovFinding], str]] = {
    "severity": lambda item: item.severity or "none",
    "outcome": lambda item: item.status,
    "stack": stack,
    "service": service,
    "rule": rule_of,
    "category": lambda item: CATEGORIES.get(rule_of(item), ""),
    "owner": lambda item: item.owner if isinstance(item, Result) else "",
    "known": lambda item: {None: "", True: "known", False: "new"}[item.known],
}


@pytest.mark.parametrize("name", ["whole", "empty", "incomplete", "hostile"])
@pytest.mark.parametrize(
    "look", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": PHONE}], ids=["light", "dark", "phone"]
)
def test_axe_finds_nothing(visit: Visit, name: str, look: dict[str, Any]) -> None:
    page = visit(name, axe=True, **look).page
    unfold(page)
    assert violations(page) == []


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("viewport", [PHONE, NARROW], ids=["phone", "narrow"])
def test_a_small_window_scrolls_one_way(visit: Visit, name: str, viewport: dict[str, int]) -> None:
    page = visit(name, viewport=viewport).page
    if name != "large":
        unfold(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"]


def test_nothing_that_is_shown_runs(visit: Visit) -> None:
    """What `visit` holds of every page, after everything on the page was touched."""
    page = visit("hostile").page
    unfold(page)
    page.evaluate("""() => document.querySelectorAll('body *').forEach(item =>
        ['mouseover', 'focus', 'input', 'change', 'toggle'].forEach(name => item.dispatchEvent(new Event(name, {bubbles: true}))))""")
    links = page.evaluate("() => [...document.querySelectorAll('[href], [src], [action]')].map(item => [...item.attributes].filter("
        "one => ['href', 'src', 'action', 'xlink:href'].includes(one.name)).map(one => one.value)).flat()")  # fmt: skip
    assert {link for link in links if not link.startswith(("#", "data:,"))} == set()
    own = {"a", "button", "script", "style", "svg", "details", "summary", "input", "select", "option", "meta", "link"}
    strange = page.evaluate("() => [...new Set([...document.querySelectorAll('*')].map(item => item.localName))]")
    assert not {"img", "iframe", "object", "embed", "base", "form[action]"} & set(strange), own
    events = page.evaluate("() => [...document.querySelectorAll('*')].filter(item => [...item.attributes].some("
        "one => one.name.startsWith('on') || one.name === 'style' || one.name === 'autofocus')).map(item => item.outerHTML)")  # fmt: skip
    assert events == []
    text = page.evaluate("() => document.body.textContent")
    assert {
        payload for payload in full_report.PAYLOADS if payload.isprintable() and len(payload) < 200 and payload not in text
    } == set()


def test_text_does_not_turn_around(visit: Visit) -> None:
    """Marks that turn the direction of what follows are spelled out, and so are control characters and half characters."""
    text = visit("hostile").page.evaluate("() => document.body.textContent + document.title")
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b\ufffd")
    assert r"\u202eevil\u2066 \x00\x1b[31m\ud800" in text


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_filter_shows_what_the_report_has(visit: Visit, criterion: str) -> None:
    page, report, value_of = visit().page, full_report.whole(), CRITERIA[criterion]
    values = {value_of(item) for item in (*report.results, *report.checkov_findings)} - {""}
    assert len(values) > 1
    for value in sorted(values):
        wanted = anchors(report, lambda item, value=value: value_of(item) == value)  # type: ignore[misc]
        choose(page, criterion, value)
        assert (value, shown(page, wanted)) == (value, wanted)
        drop(page, criterion, value)
    assert shown(page, anchors(report)) == anchors(report)


def choose(page: Page, criterion: str, value: str) -> None:
    field = page.locator(f"#filter [name={criterion}]").first
    if field.evaluate("field => field.localName") == "select":
        field.select_option(value)
    else:
        page.locator(f"#filter [name={criterion}][value={value}]").check(force=True)


def drop(page: Page, criterion: str, value: str) -> None:
    field = page.locator(f"#filter [name={criterion}]").first
    if field.evaluate("field => field.localName") == "select":
        field.select_option("")
    else:
        page.locator(f"#filter [name={criterion}][value={value}]").uncheck(force=True)


@pytest.mark.parametrize("part", ["resource", "rule", "message", "path"])
def test_search_looks_at(visit: Visit, part: str) -> None:
    page, report = visit().page, full_report.whole()
    wanted_of = next(item for item in report.results if item.rule == "kinesis-stream-encrypted")
    word = {"resource": wanted_of.name, "rule": wanted_of.rule, "message": wanted_of.message, "path": wanted_of.path}[part]
    wanted = anchors(report, lambda item: word.lower() in told(item))
    page.get_by_role("searchbox").fill(f"  {word.upper()} ")
    assert wanted
    assert shown(page, wanted) == wanted


def told(item: Result | CheckovFinding) -> str:
    return ""


def test_filters_work_together_and_stay_in_the_address(visit: Visit) -> None:
    report = full_report.whole()
    wanted = anchors(
        report, lambda item: item.severity in {"critical", "high"} and item.status == "failed" and service(item) == "s3"
    )
    page = visit().page
    for criterion, value in (("severity", "critical"), ("severity", "high"), ("outcome", "failed"), ("service", "s3")):
        choose(page, criterion, value)
    assert wanted
    assert shown(page, wanted) == wanted
    page.reload()
    assert shown(page, wanted) == wanted
    address = page.url
    other = visit(rest=address[address.index(".html") + 5 :]).page  # sent to somebody
    assert shown(other, wanted) == wanted
    assert other.locator("#filter [name=service]").input_value() == "s3"
    other.get_by_role("button", name="Reset").click()
    assert shown(other, anchors(report)) == anchors(report)
