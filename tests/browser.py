"""The browser that tests open the HTML report in, and how to get one.

    python -m tests.browser

says which one it is, and installs Chromium first where there is none: by apt-get for root on Debian, else by Playwright, for
this user alone.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Playwright

VARIABLE = "STACKPROOF_BROWSER"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
# Nothing that a browser does of its own accord, and no name that resolves: what leaves the page anyway gets nowhere.
OPTIONS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
MISSING = f"no browser to open the HTML report in: `make browser` installs Chromium; {VARIABLE} names one that is elsewhere"


def find(playwright: Playwright) -> str:
    """Return the path of a browser, empty without one; raise `FileNotFoundError` if the one that was named is not there."""
    named = os.environ.get(VARIABLE)
    if named:
        if found := shutil.which(named):
            return found
        raise FileNotFoundError(f"{VARIABLE}={named} is not a program")
    candidates = (*NAMES, playwright.chromium.executable_path)
    return next(filter(None, map(shutil.which, candidates)), "")


def install() -> None:
    """Install Chromium; raise `CalledProcessError` where that fails."""
    if sys.platform == "linux" and platform.freedesktop_os_release()["ID"] == "debian" and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "--quiet=2", *arguments], env=environment, check=True)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """Run the browser. Without one a test is skipped, which pytest tells with the reason; in CI it fails."""
    with sync_playwright() as playwright:
        path = find(playwright)
        if not path:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
        with playwright.chromium.launch(executable_path=path, args=OPTIONS) as browser:
            yield browser


def main() -> None:
    with sync_playwright() as playwright:
        if not find(playwright):
            install()
        sys.exit(MISSING) if not (path := find(playwright)) else sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
