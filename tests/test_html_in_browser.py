"""The HTML report in a real browser: it asks for nothing, runs nothing of what it shows, and serves everybody.

With screenshots: `STACKPROOF_SHOTS=DIR pytest tests/test_html_in_browser.py -k shots`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scanners.writers import write
from tests import browser, full_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page

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
def visit(chromium: Browser, files: Callable[[str], Path]) -> Iterator[Callable[..., Opened]]:
    """Return a function that opens a report in a browser without a past, with the options of a context of Playwright.

    At the end no page may have asked for anything but itself, complained, asked the reader, or opened another.
    """
    contexts, seen = [], []

    def open_(name: str = "whole", fragment: str = "", **options: Any) -> Opened:  # noqa: ANN401  (Playwright's own)
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
        page.goto(files(name).as_uri() + fragment)
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
    """Return what axe finds in a page, whose context has it: rule and places."""
    found = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", WCAG)
    return [
        f"{item['id']}: {node['target']} {node['html'][:200]} {node['failureSummary']}"
        for item in found["violations"]
        for node in item["nodes"][:3]
    ]


def unfold(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true })")


@pytest.mark.parametrize("name", ["whole", "empty", "incomplete", "hostile"])
@pytest.mark.parametrize("look", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": PHONE}], ids=str)
def test_axe_finds_nothing(visit: Callable[..., Opened], name: str, look: dict[str, Any]) -> None:
    page = visit(name, **look).page
    unfold(page)
    page.evaluate("source => { const tag = 0; }", "")
    assert violations(page) == []


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("viewport", [PHONE, NARROW], ids=["phone", "narrow"])
def test_a_small_window_scrolls_one_way(visit: Callable[..., Opened], name: str, viewport: dict[str, int]) -> None:
    page = visit(name, viewport=viewport).page
    unfold(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"]
