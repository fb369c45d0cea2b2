"""A scan on the screen and one by a program: in every row of the table the same verdict, seen and kept alike."""

import uuid
from collections.abc import Callable
from html import unescape
from typing import NamedTuple

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Scan, ScanResult, Verdict
from app.rules.verdicts import TABLE, Situation
from tests.api.conftest import Program
from tests.warehouse.test_scans import Hall, hall
from tests.warehouse.test_verdicts import ROWS, Row, assert_the_books_agree, stocked

__all__ = ["hall", "stocked"]


class Kept(NamedTuple):
    """The row of a scan."""

    situation: str
    verdict: Verdict
    result: ScanResult
    message: str


Way = Callable[[Hall, str, str, dict[str, bool]], Kept]


def on_screen(hall: Hall, code: str, mode: str, agreed: dict[str, bool]) -> Kept:
    """Walter at the station: what fills the screen is what was kept."""
    browser = hall.house.browser("Walter")
    sent = {"code": code, "mode": mode, "scan_id": str(uuid.uuid4())} | dict.fromkeys(agreed, "true")
    address = f"/warehouse/events/{hall.here}/scans"
    text = unescape(browser.post(address, data=sent, headers={"HX-Request": "true"}).text)
    kept = kept_scan(hall, sent["scan_id"])
    look = TABLE[Situation(kept.situation)]
    assert f'class="verdict {look.colour}" data-tone="{look.tone}"' in text
    assert f'<p class="verdict-word">{look.word}</p>' in text and kept.message in text
    return kept


def by_program(hall: Hall, code: str, mode: str, agreed: dict[str, bool]) -> Kept:
    """A program in Walter's name: what it is answered is what was kept."""
    scan_id = str(uuid.uuid4())
    body = {"id": scan_id, "code": code, "mode": mode, "event_id": hall.here, **agreed}
    answer = Program(hall.house, "Walter").post("/warehouse/scans", **body)
    kept, told = kept_scan(hall, scan_id), answer.json or {}
    said = (told["situation"], told["verdict"], told["result"], told["message"])
    assert said == (kept.situation, kept.verdict.value, kept.result.value, kept.message)
    return kept


def kept_scan(hall: Hall, scan_id: str) -> Kept:
    """What is kept of a scan."""
    with hall.house.reading():
        query = select(Scan.situation, Scan.verdict, Scan.result, Scan.message).where(Scan.uuid == scan_id)
        return Kept(*db.session.execute(query).one())


@pytest.mark.parametrize("way", [on_screen, by_program], ids=["screen", "program"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_of_the_table_is_the_same_on_both_ways(stocked: Hall, row: Row, way: Way) -> None:
    row.before(stocked)
    code = stocked.tags[int(row.code)] if row.code.isdigit() and len(row.code) == 1 else row.code
    found = way(stocked, code, row.mode, {})
    assert (found.situation, found.result, found.verdict) == (row.found, row.result, TABLE[row.found].verdict)
    if row.yes is not None:
        assert way(stocked, code, row.mode, row.yes).situation == row.then
    assert_the_books_agree(stocked)
