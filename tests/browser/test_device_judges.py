"""What a device says without a network, held against the server: the same colour, or amber where it cannot know."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.extensions import db
from app.models import (
    Case,
    CheckInMode,
    Location,
    LocationKind,
    Product,
    QuarantineReason,
    TransactionKind,
)
from app.rules.provisional import LOOKS, UNCHECKED, UNLISTED
from app.rules.verdicts import TABLE, Situation
from app.services.case_seals import seal
from app.services.cases import CaseFacts, add_case, move_case
from app.services.ledger import Cause, Movement, post
from app.services.locations import add_location
from app.services.pull_lines import Wanted
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
    seal_trunk(put_into_trunk(hall), hall)


def case_in_case(hall: Hall) -> None:
    """The case lies in a larger one, which is open."""
    case_filled(hall)
    put_into_trunk(hall)


def put_into_trunk(hall: Hall) -> int:
    """Put the case into a larger one; which that is."""
    with hall.house.writing():
        inner = boxed()
        outer = add_case(CaseFacts(name="Trunk", code="T-1", home_id=hall.house.warehouse_id), by=me())
        move_case(inner, db.session.get_one(Location, outer.location_id), by=me())
        return outer.id


def seal_trunk(case_id: int, hall: Hall) -> None:
    """Seal the larger one."""
    with hall.house.writing():
        seal(db.session.get_one(Case, case_id), by=me())


def put_cables(hall: Hall, boxed_up: int, far_away: int = 0) -> None:
    """Put so many cables into the case, and send so many to another town."""
    with hall.house.writing():
        here = hall.house.warehouse_id
        moved = [Movement(hall.cable, boxed_up, None, here, boxed().location_id)]
        if far_away:
            there = add_location("Kiel", "KIEL", LocationKind.WAREHOUSE, None, by=me())
            moved.append(Movement(hall.cable, far_away, None, here, there.id))
        post(TransactionKind.TRANSFER, moved, Cause(me(), request_id="cables"))


def case_of_cables(hall: Hall) -> None:
    """Thirty cables lie in the case; twenty are planned."""
    put_cables(hall, 30)


def cables_in_case_alone(hall: Hall) -> None:
    """All cables that are here lie in the case: fifteen of the twenty that are planned."""
    put_cables(hall, 15, far_away=35)


def cables_to_be_checked(hall: Hall) -> None:
    """The same, and when the case comes back each thing in it is scanned."""
    cables_in_case_alone(hall)
    with hall.house.writing():
        boxed().check_in = CheckInMode.EACH


def cables_in_trunk(hall: Hall) -> None:
    """The same, and the case lies in a larger one, which is open."""
    cables_in_case_alone(hall)
    put_into_trunk(hall)


def cables_in_sealed_trunk(hall: Hall) -> None:
    """Fifteen cables lie in a case within a sealed one; twenty are on the shelves."""
    put_cables(hall, 15, far_away=15)
    seal_trunk(put_into_trunk(hall), hall)


def prepped_and_away(hall: Hall) -> None:
    """Both spots are prepped for this event; the first is still out on another, long after this one."""
    with hall.house.writing():
        later = hall.event("Later", days=1, lines=[Wanted(hall.spot, 1)], begins_after_days=30)
    hall.scan(hall.tags[0], "prep")
    hall.scan(hall.tags[0], event=later)
    hall.scan(hall.tags[1], "prep")


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
    Row("a case in a sealed case", case_in_sealed_case, "C-9", "out", S.SEALED, "refused"),
    Row("a case with what is kept back", case_kept_back, "C-9", "out", S.QUARANTINED, "refused"),
    Row("a case with what failed its test", case_untested, "C-9", "prep", S.INSPECTION_FAILED, "refused"),
    Row("a case with more than planned", case_of_cables, "C-9", "out", S.ALREADY_MET, "refused"),
    Row("counted goods beside sealed ones", cables_in_sealed_case, "20*XLR-05M", "out", S.PLANNED, "applied"),
    Row("more than lies beside sealed ones", cables_in_sealed_case, "21*XLR-05M", "out", S.NOT_ON_SHELF, "refused"),
    Row("counted goods that did not leave", nothing, "XLR-05M", "in", S.NOT_OUT, "refused"),
    Row("a piece goes again when one is back", third_back, "0", "out", S.PLANNED, "applied"),
    Row("enough are prepped, one of them away", prepped_and_away, "2", "prep", S.ALREADY_MET, "refused"),
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
    "counted goods from wherever they lie": (
        case_of_cables, "out 15*XLR-05M", "out C-9", "out 6*XLR-05M", "out 0", "out 1",
    ),
    "sealed in": (case_sealed, "prep 2", "out C-9", "in 2", "in C-9", "out 2"),
    "a case takes its cables along": (cables_in_case_alone, "out C-9", "out 5*XLR-05M", "in C-9", "out 5*XLR-05M"),
    "a prepped case keeps its cables": (cables_in_case_alone, "prep C-9", "out 5*XLR-05M", "out C-9", "in C-9"),
    "a case that may lack some": (
        cables_in_case_alone, "out 2*XLR-05M", "out C-9", "out 5*XLR-05M", "out 0", "out 1", "in 0", "in 1",
    ),
    "cables within a sealed case": (
        cables_in_sealed_trunk, "out T-1", "out 6*XLR-05M", "in T-1", "out 21*XLR-05M", "out 5*XLR-05M",
    ),
    "a case comes back without the one around it": (
        cables_in_trunk, "out T-1", "in C-9", "out 5*XLR-05M", "in T-1",
    ),
    "cables checked in within their case": (
        cables_to_be_checked, "out C-9", "in C-9", "in 10*XLR-05M", "out 5*XLR-05M", "in 5*XLR-05M", "in C-9",
        "out 5*XLR-05M",
    ),
    "a circle of cases": (case_in_case, "prep C-9", f"prep T-1 {INTO}", "out T-1", "in T-1"),
    "a number waits over a place": (nothing, "out 5*XLR-05M", "in 12", "in S-9", "in XLR-05M", "in XLR-05M"),
    "a number before another": (nothing, "out 12", "out 5*XLR-05M", "out 10*XLR-05M"),
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
        return db.session.scalars(select(Location.id).where(Location.code == "C-9")).one()


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


def test_a_number_counts_what_comes_after_a_place_and_is_in_doubt_after_an_unknown_code(
    stocked: Hall, device: Page
) -> None:
    stocked.scan("15*XLR-05M")
    scans = [{"code": code, "mode": "in"} for code in ("12", "S-9", "XLR-05M")]
    said = judged(device, stocked, *scans)[-1]
    doubted = judged(device, stocked, scans[0], {"code": "NO-SUCH-1", "mode": "in"}, scans[-1])[-1]
    found = [stocked.scan(**scan) for scan in scans][-1]
    assert said["pieces"] == found.quantity == 12
    assert doubted["situation"] == UNCHECKED


def test_a_sealed_case_is_no_place_for_what_comes_back(stocked: Hall, device: Page) -> None:
    case_sealed(stocked)
    stocked.scan(stocked.tags[0])
    place = {"code": "C-9", "mode": "in"}
    piece = {"code": stocked.tags[0], "mode": "in", "into": case_place(stocked)}
    said = judged(device, stocked, place, piece)
    assert {one["situation"] for one in said} == {S.REFUSED} and LOOKS[S.REFUSED].colour == "red"
