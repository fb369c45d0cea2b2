"""A real browser for the walks."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserType, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

expect.set_options(
    timeout=15_000
)  # as long as a page is waited for: the machine may be busy with other tests


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, headless. Without one the walk is left out, and CI fails."""
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        yield browser
        browser.close()


def launched(kind: BrowserType, *switches: str) -> Browser:
    """One more Chromium, started with switches of its own."""
    return kind.launch(executable_path=chromium_path(), args=[*QUIET, *switches])


def chromium_path() -> str:
    """Where it lies. Without one the walk is left out, and CI fails."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        leave_out = pytest.fail if os.environ.get("CI") else pytest.skip
        leave_out("No Chromium here: nothing was walked in a browser.")
    return str(path)
