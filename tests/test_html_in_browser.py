"""The HTML report in a real browser: it asks for nothing, runs nothing of what it shows, and serves everybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scanners.report import Result
from scanners.writers import write
from tests import browser, full_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

    from scanners.report import CheckovFinding, Report

    Visit = Callable[..., "Opened"]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}  # a window of 1280 pixels at 400 %: WCAG 1.4.10
REPORTS: dict[str, Callable[[], Report]] = {
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

    def asked(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

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
        page.on("dialog", opened.asked)
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
    """Return what axe finds in a page that was opened with it, and where it could not tell colours: rule, place and reason."""
    options = {"runOnly": WCAG, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations", "incomplete"]}
    found = page.evaluate("options => axe.run(options)", options)
    unsure = [item for item in found["incomplete"] if item["id"] == "color-contrast"]
    return [
        f"{item['id']}: {node['target']} {node['html'][:200]} {node['failureSummary']}"
        for item in (*found["violations"], *unsure)
        for node in item["nodes"][:3]
        if not (item in unsure and "svg" in node["target"][0])  # it cannot tell what lies below a drawing's text
    ]


def unfold(page: Page) -> None:
    """Open all that can be opened, and lay out what is out of sight: else axe cannot tell what stands on what."""
    page.evaluate("""() => {
        document.querySelectorAll('details').forEach(item => { item.open = true; });
        document.querySelectorAll('.row').forEach(item => { item.style.contentVisibility = 'visible'; });
    }""")


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


def findings(report: Report) -> list[Result | CheckovFinding]:
    return [*report.results, *report.checkov_findings]


def anchors(report: Report, fits: Callable[[Result | CheckovFinding], bool] = lambda _: True) -> set[str]:
    """Return the ids that findings have on the page."""
    return {f"f-{item.fingerprint[:12]}" for item in findings(report) if fits(item)}


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


LIGHT, DARK, SMALL = {"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": PHONE}


@pytest.mark.parametrize(
    ("name", "look"),
    [("whole", LIGHT), ("whole", DARK), ("whole", SMALL), ("hostile", LIGHT), ("empty", DARK), ("incomplete", LIGHT)],
)
def test_axe_finds_nothing(visit: Visit, name: str, look: dict[str, Any]) -> None:
    page = visit(name, axe=True, **look).page
    unfold(page)
    assert violations(page) == []


@pytest.mark.parametrize(("name", "viewport"), [("whole", PHONE), ("whole", NARROW), ("hostile", NARROW), ("empty", NARROW)])
def test_a_small_window_scrolls_one_way(visit: Visit, name: str, viewport: dict[str, int]) -> None:
    page = visit(name, viewport=viewport).page
    unfold(page)
    wide = page.evaluate(
        """width => [...document.querySelectorAll('main *')].filter(item => !item.closest('.wide, svg, .aside')
        && item.getBoundingClientRect().right > width + 0.5).map(item => item.outerHTML.slice(0, 150)).slice(0, 5)""",
        viewport["width"],
    )
    assert (wide, page.evaluate("() => document.documentElement.scrollWidth")) == ([], viewport["width"])


EVENTS = """() => document.querySelectorAll('body *').forEach(item => ['mouseover', 'focus', 'input', 'toggle'].forEach(
    name => item.dispatchEvent(new Event(name, {bubbles: true}))))"""
ATTRIBUTES = """() => [...document.querySelectorAll('*')].flatMap(
    item => [...item.attributes].map(one => [item.localName, one.name, one.value]))"""


def test_nothing_that_is_shown_runs(visit: Visit) -> None:
    """After everything on the page was touched; `visit` looks whether something ran."""
    page = visit("hostile").page
    attributes = page.evaluate(ATTRIBUTES)
    assert {value for _, name, value in attributes if name in {"href", "src", "action"} and value[0] != "#"} == {"data:,"}
    assert [item for item in attributes if item[1].startswith(("on", "style", "autofocus"))] == []
    strange = "() => [...document.querySelectorAll('img, iframe, object, embed, base, script')].map(item => item.localName)"
    assert page.evaluate(strange) == ["script"]
    text = page.evaluate("() => document.body.textContent")
    plain = {payload for payload in full_report.PAYLOADS if payload.isprintable() and len(payload) < 200}
    assert {payload for payload in plain if payload not in text} == set()
    page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true; })")
    page.evaluate(EVENTS)


def test_text_does_not_turn_around(visit: Visit) -> None:
    """Marks that turn the direction of what follows are spelled out, and so are control characters and half characters."""
    text = visit("hostile").page.evaluate("() => document.body.textContent + document.title")
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b\ufffd")
    assert r"\u202eevil\u2066 \x00\x1b[31m\ud800" in text


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_filter_shows_what_the_report_has(visit: Visit, criterion: str) -> None:
    page, report, value_of = visit().page, full_report.whole(), CRITERIA[criterion]
    values = {value_of(item) for item in findings(report)} - {""}
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


@pytest.mark.parametrize("part", ["name", "rule", "message", "path", "urn"])
def test_search_finds(visit: Visit, part: str) -> None:
    page, report = visit().page, full_report.whole()
    words = next(getattr(item, part) for item in report.results if item.rule == "kinesis-stream-encrypted")
    wanted = anchors(report, lambda item: isinstance(item, Result) and words in getattr(item, part))
    page.get_by_role("searchbox").fill(f"  {words.upper()} ")
    found = shown(page, wanted)
    assert wanted <= found < anchors(report)
    assert all(words.lower() in (page.locator(f"#{anchor}").text_content() or "").lower() for anchor in found - wanted)


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


def test_sorting(visit: Visit) -> None:
    page = visit().page
    rules = "() => [...document.querySelectorAll('.group')].map(group => group.dataset.rule)"
    worst = page.evaluate(rules)
    page.locator("[name=sort]").select_option("name")
    assert page.evaluate(rules) == sorted(worst, key=str.lower)
    page.locator("[name=sort]").select_option("most")
    report = full_report.whole()
    many = [sum(rule_of(item) == rule for item in findings(report)) for rule in page.evaluate(rules)]
    assert many == sorted(many, reverse=True)
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("document.querySelector('[name=sort]').value === ''")
    assert page.evaluate(rules) == worst


FOCUSED = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const ring = getComputedStyle(at.matches('.chip input') ? at.nextElementSibling : at);
  return {
    what: at.id || at.name || at.textContent.trim().slice(0, 40),
    place: [...document.querySelectorAll('*')].indexOf(at),
    ring: ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) >= 2,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def test_the_keyboard_reaches_everything_in_order(visit: Visit) -> None:
    page = visit().page
    page.evaluate("() => { document.documentElement.style.scrollBehavior = 'auto'; }")
    page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = false; })")
    stops: list[dict[str, Any]] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    assert stops[0]["what"] == "Skip to the report"
    assert [stop for stop in stops if not stop["ring"] or not stop["seen"]] == []
    places = [stop["place"] for stop in stops]
    assert places == sorted(set(places))
    assert {"theme", "q", "severity", "stack", "open"} <= {stop["what"] for stop in stops}


def test_the_keyboard_skips_opens_and_closes(visit: Visit) -> None:
    page = visit().page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    page.get_by_role("button", name="Close all").click()
    group = page.locator(".group").first
    group.locator("summary").first.focus()
    for is_open in (True, False, True):
        page.keyboard.press("Enter")
        assert group.evaluate("group => group.open") is is_open
    group.locator(".row > summary").first.focus()
    page.keyboard.press("Space")
    assert group.locator(".row dl").first.is_visible()


def test_without_its_script_all_can_be_read(visit: Visit) -> None:
    page, report = visit(java_script_enabled=False).page, full_report.whole()
    for gone in ("#filter", "#theme", "#none"):
        assert not page.locator(gone).is_visible()
    unfold(page)
    for item in findings(report):
        row = page.locator(f"#f-{item.fingerprint[:12]}")
        text = row.inner_text()
        assert (item.urn in text, (item.message if isinstance(item, Result) else item.reason) in text) == (True, True)


def test_print_opens_all_and_closes_it_again(visit: Visit) -> None:
    page = visit(color_scheme="dark").page
    page.get_by_role("button", name="Close all").click()
    page.evaluate("""() => addEventListener('beforeprint', () => {
        window.open_in_print = [...document.querySelectorAll('.row dl')].every(item => item.checkVisibility());
    })""")
    page.pdf()
    assert page.evaluate("() => window.open_in_print") is True
    assert page.locator(".row dl").first.is_visible() is False
    page.emulate_media(media="print")
    assert page.locator("nav, #filter, #theme").filter(visible=True).count() == 0
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 without margins of 1 cm, at 96 dpi
    page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true; })")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 718  # nothing is beyond the edge of the paper
    assert page.evaluate("() => getComputedStyle(document.querySelector('.group')).colorScheme") == "light"


def test_an_exemption_is_copied_whole(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"]).page
    result = next(item for item in full_report.whole().results if item.status == "failed" and item.exemption is None)
    row = page.locator(f"#f-{result.fingerprint[:12]}")
    row.evaluate("row => { row.closest('.group').open = true; row.open = true; }")
    row.get_by_role("button", name="Copy").click()
    row.get_by_role("button", name="Copied").wait_for()
    copied = yaml.safe_load(page.evaluate("() => navigator.clipboard.readText()"))["exemptions"]
    assert [(item["rule"], item["resource"]) for item in copied] == [(result.rule, result.urn)]


@pytest.mark.parametrize("name", ["whole", "hostile"])
def test_links_lead_to_what_is_there_and_open_it(visit: Visit, name: str) -> None:
    page = visit(name).page
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(item => item.id)")
    assert len(ids) == len(set(ids))
    links = page.evaluate(
        "() => [...document.querySelectorAll('a[href^=\"#\"]')].map(item => item.getAttribute('href').slice(1))"
    )
    assert {link for link in links if link not in ids} == set()
    to_findings = {link for link in links if link.startswith(("f-", "rule-"))}
    assert to_findings
    page.get_by_role("button", name="Close all").click()
    link = min(to_findings)
    page.evaluate("link => { location.hash = link; }", link)
    page.locator(f'[id="{link}"] > summary').wait_for()


def test_source_links_lead_to_the_line(visit: Visit) -> None:
    page = visit().page
    links = set(page.evaluate("() => [...document.querySelectorAll('.row a[href^=http]')].map(item => item.href)"))
    places = [item.location for item in findings(full_report.whole()) if item.location]
    assert {f"https://git.example/shop/blob/4f2a/deploy/shop/{place.file}#L{place.line}" for place in places} == links


def test_five_thousand_findings(
    visit: Visit, files: Callable[[str], Path], record_property: Callable[[str, object], None]
) -> None:
    """They fit into 5 MB, and a browser lays out those that are in sight only. How long a filter takes goes into the report of
    the tests: a limit here would measure the machine."""  # fmt: skip
    assert files("large").stat().st_size < 5_000_000
    page, report = visit("large").page, full_report.large()
    assert anchors(report) == shown(page, anchors(report))
    page.get_by_role("button", name="Open all rules").click()
    skipped = """() => [...document.querySelectorAll('.row .badge')].filter(
        item => !item.checkVisibility({contentVisibilityAuto: true})).length"""
    assert page.evaluate(skipped) > full_report.LARGE * 0.9
    for criterion, value in (("severity", "critical"), ("outcome", "undecided")):
        wanted = anchors(report, lambda item, value=value, of=CRITERIA[criterion]: of(item) == value)  # type: ignore[misc]
        taken = page.evaluate(TIMED, [criterion, value])
        record_property(f"{criterion}={value}, milliseconds", round(taken))
        assert shown(page, wanted) == wanted
        drop(page, criterion, value)


TIMED = """async ([name, value]) => {
  const box = document.querySelector(`#filter [name=${name}][value=${value}]`), from = performance.now();
  box.click();
  await new Promise(done => setTimeout(() => requestAnimationFrame(() => setTimeout(done, 0)), 0));
  return performance.now() - from;
}"""
