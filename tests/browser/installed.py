"""A real installation for a real browser: filled by a test, served by `crosshire serve`, opened by its people."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from playwright.sync_api import Page

from app.application import create_app
from app.config import Settings
from app.extensions import db
from app.transactions import finish
from tests.databases import migrate
from tests.operations.installations import Running
from tests.people import PASSWORD, House, found_house

T = TypeVar("T")
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 780}


@contextmanager
def installed(tmp_path: Path, fill: Callable[[House], T]) -> Iterator[tuple[Running, T]]:
    """Fill the house of a new database, then run the whole installation over it."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "crosshire.sqlite3").write_bytes(empty_database())
    url = f"sqlite:///{folder / 'crosshire.sqlite3'}"
    settings = Settings(
        data_dir=folder, database_url=url, redis_url="unix:///absent.sock", base_url="http://localhost",
        secret_key="a key for tests that is long enough to be taken", testing=True,
    )  # fmt: skip
    app = create_app(settings)
    with app.app_context():
        filled = fill(found_house(app))
        finish()
        db.engine.dispose()
    running = Running(folder).wait_until_ready()
    try:
        yield running, filled
    finally:
        running.stop()
        with app.app_context():
            db.engine.dispose()


@cache
def empty_database() -> bytes:
    """A migrated database that holds nothing: made once, because that takes longer than many a walk."""
    with TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/empty.sqlite3")
        return Path(folder, "empty.sqlite3").read_bytes()


def sign_in(page: Page, who: str) -> Page:
    """Somebody of the house signs in on this page."""
    page.set_default_timeout(15_000)
    page.goto("/sign-in")
    page.fill("[name=email]", f"{who.lower()}@nightjar.example")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page
