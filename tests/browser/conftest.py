"""A real browser for the walks."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, headless. Without one the walk is left out, and CI fails."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        leave_out = pytest.fail if os.environ.get("CI") else pytest.skip
        leave_out("No Chromium here: nothing was walked in a browser.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()
