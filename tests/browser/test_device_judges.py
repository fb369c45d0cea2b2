"""What a device says without a network, held against the server: the same colour, or amber where it cannot know."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.extensions import db
from app.models import Case, Location, Product, QuarantineReason, TransactionKind
from app.rules.provisional import LOOKS, UNCHECKED, UNLISTED
from app.rules.verdicts import TABLE, Situation
from app.services.case_seals import seal
from app.services.cases import CaseFacts, add_case, move_case
from app.services.ledger import Cause, Movement, post
from app.services.quarantines import Doubt, keep_back
from tests.factories import me
from tests.warehouse.test_scans import Hall, hall
from tests.warehouse.test_verdicts import (
    ROWS,
    Row,
    boxed,
    case_filled,
    case_sealed,
    failed_test,
    nothing,
    stocked,
    third_back,
)

__all__ = ["hall", "stocked"]
pytestmark = pytest.mark.browser
S = Situation
SCRIPTS: Final = ("scan_standing", "scan_things", "scan_cases", "scan_judge")
JUDGE: Final = """([sheet, scans]) => {
  const before = [];
  for (const scan of scans) before.push({ said: window.scanJudge.judge(sheet, before, scan) });
  return before.map((one) => one.said);
}"""


@pytest.fixture(scope="module")
def device(chromium: Browser) -> Iterator[Page]:
    """A page that holds nothing but what judges on a device."""
    page = chromium.new_page()
    for name in SCRIPTS:
        page.add_script_tag(path=f"app/static/js/{name}.js")
    yield page
    page.close()


def judged(device: Page, hall: Hall, *scans: dict[str, Any]) -> list[dict[str, Any]]:
    """What the device says of these scans, one after the other, with the sheet that it is sent now."""
    sheet = hall.house.browser("Walter").get(f"/warehouse/events/{hall.here}/sheet").get_json()
    found: list[dict[str, Any]] = device.evaluate(JUDGE, [sheet, [{"number": 0, **scan} for scan in scans]])
    return found


def code_of(hall: Hall, code: str) -> str:
    """A single digit is one of the spots."""
    return hall.tags[int(code)] if code.isdigit() and len(code) == 1 else code


# --- the table ------------------------------------------------------------------------------------------------


def spot_in_quarantine(hall: Hall) -> None:
    """The third is kept back."""
    with hall.house.writing():
        house = db.session.get_one(Location, hall.house.warehouse_id)
        product, doubt = db.session.get_one(Product, hall.spot), Doubt(QuarantineReason.RECALLED, "Letter 7")
        keep_back(product, hall.asset(2), 1, house, doubt, by=me())


def case_kept_back(hall: Hall) -> None:
    """What lies in the case is kept back."""
    case_filled(hall)
    spot_in_quarantine(hall)


def case_untested(hall: Hall) -> None:
    """What lies in the case failed its test."""
    failed_test(hall)
    case_filled(hall)


def sealed_out(hall: Hall) -> None:
    """The sealed case has left with the third."""
    case_sealed(hall)
    hall.scan("C-9")


def sealed_and_failed(hall: Hall) -> None:
    """The third failed its test and lies in a sealed case."""
    failed_test(hall)
    case_sealed(hall)


def case_packed_there(hall: Hall) -> None:
    """The case is packed for the other event."""
    case_filled(hall)
    hall.scan("C-9", "prep", event=hall.there)


def case_packed(hall: Hall) -> None:
    """The case is packed for this event."""
    case_filled(hall)
    hall.scan("C-9", "prep")


def case_in_sealed_case(hall: Hall) -> None:
    """The case lies in a larger one, which is sealed."""
    case_filled(hall)
    with hall.house.writing():
        root = db.session.get_one(Location, hall.house.warehouse_id)
        outer = add_case(CaseFacts(name="Trunk", code="T-1", home_id=root.id), by=me())
        inner = db.session.scalars(select(Location).where(Location.code == "C-9")).one()
        case = db.session.scalars(select(Case).where(Case.location_id == inner.id)).one()
        move_case(case, db.session.get_one(Location, outer.location_id), by=me())
        outer_id = outer.id
    with hall.house.writing():
        seal(db.session.get_one(Case, outer_id), by=me())


def case_of_cables(hall: Hall) -> None:
    """Thirty cables lie in the case; twenty are planned."""
    with hall.house.writing():
        moved = Movement(hall.cable, 30, None, hall.house.warehouse_id, boxed().location_id)
        post(TransactionKind.TRANSFER, [moved], Cause(me(), request_id="cables"))


def cables_in_sealed_case(hall: Hall) -> None:
    """Thirty of fifty cables lie in a sealed case."""
    case_of_cables(hall)
    with hall.house.writing():
        seal(boxed(), by=me())


def both_back(hall: Hall) -> None:
    """The first two were out and have come back: nothing is held for this event any more."""
    for mode in ("out", "in"):
        for tag in hall.tags[:2]:
            hall.scan(tag, mode)


MORE: Final = (
    Row("in quarantine", spot_in_quarantine, "2", "out", S.QUARANTINED, "refused"),
    Row("in quarantine, prep", spot_in_quarantine, "2", "prep", S.QUARANTINED, "refused"),
    Row("failed its test and sealed in", sealed_and_failed, "2", "prep", S.SEALED, "refused"),
    Row("a sealed case", case_sealed, "C-9", "out", S.PLANNED, "applied"),
    Row("a sealed case, prep", case_sealed, "C-9", "prep", S.PLANNED, "applied"),
    Row("a sealed case back", sealed_out, "C-9", "in", S.PLANNED, "applied"),
    Row("out in a sealed case", sealed_out, "2", "in", S.SEALED, "refused"),
    Row("a case packed for another event", case_packed_there, "C-9", "out", S.CLAIMED_ELSEWHERE, "refused"),
    Row("packed for another event comes in", case_packed_there, "C-9", "in", S.NOT_OUT, "refused"),
    Row("a case that has not left comes in", case_packed, "C-9", "in", S.NOT_OUT, "refused"),
    Row("a packed case goes", case_packed, "C-9", "out", S.PLANNED, "applied"),
    Row("a case in a sealed case", case_in_sealed_case, "C-9", "out", S.REFUSED, "refused"),
    Row("a case with what is kept back", case_kept_back, "C-9", "out", S.QUARANTINED, "refused"),
    Row("a case with what failed its test", case_untested, "C-9", "prep", S.INSPECTION_FAILED, "refused"),
    Row("a case with more than planned", case_of_cables, "C-9", "out", S.ALREADY_MET, "refused"),
    Row("counted goods beside sealed ones", cables_in_sealed_case, "20*XLR-05M", "out", S.PLANNED, "applied"),
    Row("more than lies beside sealed ones", cables_in_sealed_case, "21*XLR-05M", "out", S.NOT_ON_SHELF, "refused"),
    Row("counted goods that did not leave", nothing, "XLR-05M", "in", S.NOT_OUT, "refused"),
    Row("a piece goes again when one is back", third_back, "0", "out", S.PLANNED, "applied"),
    Row("a piece goes again when all are back", both_back, "0", "out", S.PLANNED, "applied"),
)  # fmt: skip
UNKNOWABLE: Final = {
    "promised to another": S.ALREADY_MET,
    "a package": UNLISTED,
    "unknown": UNLISTED,
    "unreadable": UNLISTED,
    "a piece goes again when all are back": UNCHECKED,
}
"""What hangs on what others have claimed, or is not on the list: the device says something amber of its own."""


@pytest.mark.parametrize("row", (*ROWS, *MORE), ids=lambda row: row.name)
def test_the_device_gives_the_colour_that_the_server_gives(stocked: Hall, device: Page, row: Row) -> None:
    row.before(stocked)
    code = code_of(stocked, row.code)
    [said] = judged(device, stocked, {"code": code, "mode": row.mode})
    found = stocked.scan(code, row.mode)
    assert found.situation is row.found
    if row.name in UNKNOWABLE:
        assert said["situation"] == UNKNOWABLE[row.name] and LOOKS[said["situation"]].colour == "amber"
    else:
        assert LOOKS[said["situation"]].colour == TABLE[found.situation].colour, (said, found.situation)


# --- one after the other, none of them sent ---------------------------------------------------------------------

INTO: Final = "into C-9"
RUNS: Final = {
    "packed, sent and back": (
        nothing,
        "prep C-9", f"prep 0 {INTO}", f"prep 8*XLR-05M {INTO}", f"prep 0 {INTO}", f"prep C-9 {INTO}",
        "prep 1", "out C-9", "out C-9", "out 0", "out 1", "in C-9", "in 0", "in C-9", "in 1",
    ),
    "a full case goes twice": (case_filled, "prep C-9", "prep C-9", "out C-9", "in C-9", "out C-9"),
    "swapped": (nothing, "prep 0", "prep 1", "out 2", "out 1", "out 0", "in 2", "in 0"),
    "taken back": (nothing, "out 0", "out 1", "UNDO", "in 1", "in 0", "out 5*XLR-05M", "DAMAGED", "in 5*XLR-05M"),
    "back and out again": (nothing, "out 0", "out 1", "in 0", "out 0", "in 1", "out 2"),
    "from an open case": (case_filled, "out 2", "out C-9", "in 2", "in C-9"),
    "counted goods from wherever they lie": (case_of_cables, "out 15*XLR-05M", "out C-9", "out 6*XLR-05M"),
    "sealed in": (case_sealed, "prep 2", "out C-9", "in 2", "in C-9", "out 2"),
    "a number before": (nothing, "out 12", "out XLR-05M", "out 11", "out XLR-05M", "out XLR-05M"),
}  # fmt: skip


def scans_of(hall: Hall, steps: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Mode, code and the case that is open, of each step; a card alone is scanned in the mode before."""
    mode, place = "out", case_place(hall)
    for step in steps:
        words = step.removesuffix(INTO).split()
        mode = words[0] if len(words) > 1 else mode
        yield {"code": code_of(hall, words[-1]), "mode": mode} | ({"into": place} if INTO in step else {})


def case_place(hall: Hall) -> int:
    """The location that the case is."""
    with hall.house.reading():
        return boxed().location_id


@pytest.mark.parametrize("name", RUNS)
def test_of_scans_that_wait_none_is_green_that_the_server_will_not_do(
    stocked: Hall, device: Page, name: str
) -> None:
    before, *steps = RUNS[name]
    before(stocked)  # type: ignore[operator]
    scans = list(scans_of(stocked, tuple(map(str, steps))))
    said = judged(device, stocked, *scans)
    for one, waits in zip(scans, said, strict=True):
        found = stocked.scan(one["code"], one["mode"], location_id=one.get("into"))
        here, there = LOOKS[waits["situation"]].colour, TABLE[found.situation].colour
        assert here == there or waits["situation"] == UNCHECKED, (one, waits, found.situation)
    sure = [one for one in said if one["situation"] != UNCHECKED]
    assert len(sure) * 2 > len(said)
