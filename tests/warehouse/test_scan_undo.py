"""Taking scans back: as a whole, wherever they counted; afterwards all stands as before, and the books agree."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import (
    Accessory,
    Asset,
    Assignment,
    AssignmentState,
    Condition,
    Event,
    LocationKind,
    Product,
    Repair,
    Scan,
    Tracking,
)
from app.queries.availability import availability
from app.refusals import Refused
from app.rules.verdicts import Situation
from app.services.event_phases import cancel_event
from app.services.events import open_event
from app.services.locations import add_location
from app.services.pull_lines import Wanted, add_lines
from app.services.repair_endings import Ending, close_repair
from app.services.scans import ScanAnswer, undo
from tests import factories
from tests.factories import SOON, me
from tests.walks import token_of
from tests.warehouse.test_scans import Hall, hall
from tests.warehouse.test_verdicts import assert_the_books_agree, stocked

__all__ = ["hall", "stocked"]


def take_back(hall: Hall, scan_id: int, who: str = "Bob") -> ScanAnswer:
    """Somebody takes one scan back."""
    by = hall.house.actor(who)
    with hall.house.writing():
        return undo(db.session.get_one(Scan, scan_id), by=by, uuid=str(uuid.uuid4()))


def free_of(hall: Hall, product: int, warehouse: int = 0) -> int:
    """How many of a product are free on the days of the events."""
    with hall.house.reading():
        found = availability([product], warehouse or hall.house.warehouse_id, SOON, SOON + timedelta(days=3))
        return found[product].free


def states(hall: Hall, event: int) -> list[AssignmentState]:
    """What became of the spots on an event, by tag."""
    with hall.house.reading():
        query = select(Assignment.state).where(Assignment.event_id == event).order_by(Assignment.asset_id)
        return list(db.session.scalars(query))


@pytest.mark.parametrize("mode", ["prep", "out"])
def test_what_was_returned_there_first_is_taken_back_on_both_events(stocked: Hall, mode: str) -> None:
    tag = stocked.tags[2]
    stocked.scan(tag, event=stocked.there)
    stocked.scan(tag, mode, accept=True)
    assert stocked.scan("UNDO", mode).situation is Situation.UNDONE
    with stocked.house.reading():
        here, there = stocked.claim(stocked.spot), stocked.claim(stocked.spot, stocked.there)
        assert (here.prepped_quantity, here.out_quantity, there.still_out) == (0, 0, 1)
        site = db.session.get_one(Event, stocked.there).site_id
        assert stocked.asset(2).location_id == site
    assert_the_books_agree(stocked)
    assert stocked.scan(tag, "in", event=stocked.there).result == "applied"


def test_a_return_for_another_event_is_taken_back_where_it_was_scanned(stocked: Hall) -> None:
    tag = stocked.tags[2]
    stocked.scan(tag, event=stocked.there)
    returned = stocked.scan(tag, "in", accept=True)
    assert_the_books_agree(stocked)
    assert stocked.scan("UNDO", "in").situation is Situation.UNDONE
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, stocked.there).still_out == 1
    assert_the_books_agree(stocked)
    with pytest.raises(Exception, match="already"):
        take_back(stocked, returned.scan_id)
    assert stocked.scan("UNDO", "in").situation is Situation.COMMAND


def test_taken_back_over_there_it_is_taken_back_here_too(stocked: Hall) -> None:
    stocked.scan(stocked.tags[2], event=stocked.there)
    here = stocked.scan(stocked.tags[2], "in", accept=True)
    with stocked.house.reading():
        row = db.session.scalars(select(Scan.id).where(Scan.beside_id == here.scan_id)).one()
    take_back(stocked, row)
    with pytest.raises(Exception, match="already"):
        take_back(stocked, here.scan_id)
    assert_the_books_agree(stocked)


def test_the_station_offers_to_take_back_what_was_returned_for_another_event(stocked: Hall) -> None:
    stocked.scan(stocked.tags[2], event=stocked.there)
    browser = stocked.house.browser("Bob")
    address = f"/warehouse/events/{stocked.here}/scans"
    browser.post(address, data={"code": stocked.tags[2], "mode": "in", "accept": "true", "scan_id": "back"})
    shown = browser.get(f"/warehouse/events/{stocked.here}/scan?mode=in").text
    with stocked.house.reading():
        scan_id = db.session.scalars(select(Scan.id).where(Scan.uuid == "back")).one()
    assert f"/warehouse/scans/{scan_id}/undoing" in shown
    answer = browser.post(f"/warehouse/scans/{scan_id}/undoing", headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "has it again" in answer.text
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, stocked.there).still_out == 1
    assert_the_books_agree(stocked)


@pytest.mark.parametrize(
    ("code", "words"), [("8*XLR-05M", "Take these 8 back"), ("XLR-05M", "One less"), ("", "Take it back")]
)
def test_the_last_scan_is_taken_back_under_its_verdict(stocked: Hall, code: str, words: str) -> None:
    browser = stocked.house.browser("Bob")
    shown = browser.post(
        f"/warehouse/events/{stocked.here}/scans",
        data={"code": code or stocked.tags[0], "mode": "out", "scan_id": "last"},
        headers={"HX-Request": "true"},
    ).text
    with stocked.house.reading():
        scan_id = db.session.scalars(select(Scan.id).where(Scan.uuid == "last")).one()
    offer = shown[shown.index('id="scan-next"') : shown.index("</form>", shown.index('id="scan-next"'))]
    assert words in offer and f"/warehouse/scans/{scan_id}/undoing" in offer
    answer = browser.post(f"/warehouse/scans/{scan_id}/undoing", headers={"HX-Request": "true"})
    assert "taken back" in answer.text and words not in answer.text
    assert_the_books_agree(stocked)


def test_an_override_taken_back_gives_the_other_event_its_piece_again(stocked: Hall) -> None:
    tag = stocked.tags[2]
    stocked.scan(tag, "prep", event=stocked.there)
    stocked.scan(tag, override=True)
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, stocked.there).prepped_quantity == 0
    answer = stocked.scan("UNDO")
    assert "has it again" in answer.message
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, stocked.there).prepped_quantity == 1
    assert states(stocked, stocked.there) == [AssignmentState.PREPPED]
    assert_the_books_agree(stocked)


def test_an_override_taken_back_leaves_an_event_alone_that_chose_another_piece(stocked: Hall) -> None:
    stocked.scan(stocked.tags[2], "prep", event=stocked.there)
    stocked.scan(stocked.tags[2], override=True)
    stocked.scan(stocked.tags[3], "prep", event=stocked.there)
    stocked.scan("UNDO")
    assert states(stocked, stocked.there) == [AssignmentState.RELEASED, AssignmentState.PREPPED]
    assert_the_books_agree(stocked)


def test_a_swap_taken_back_chooses_the_first_piece_again(stocked: Hall) -> None:
    for tag in stocked.tags[:2]:
        stocked.scan(tag, "prep")
    assert stocked.scan(stocked.tags[2]).situation is Situation.SWAPPED
    stocked.scan("UNDO")
    prepped, released = AssignmentState.PREPPED, AssignmentState.RELEASED
    assert states(stocked, stocked.here) == [prepped, prepped, released]
    with stocked.house.reading():
        assert stocked.claim(stocked.spot).prepped_quantity == 2
    assert_the_books_agree(stocked)


def test_a_return_of_counted_pieces_is_taken_back_although_others_booked_them(stocked: Hall) -> None:
    stocked.scan("20*XLR-05M")
    stocked.scan("20*XLR-05M", "in")
    with stocked.house.writing():
        later = open_event(factories.deal(stocked.house.warehouse_id, name="Later"), by=me())
        add_lines(later, [Wanted(stocked.cable, 45)], by=me())
        number = later.number
    answer = stocked.scan("UNDO", "in")
    assert answer.situation is Situation.UNDONE and number in answer.message
    with stocked.house.reading():
        assert stocked.claim(stocked.cable).still_out == 20
        short = stocked.claim(
            stocked.cable, db.session.scalar(select(Event.id).where(Event.number == number)) or 0
        )
        assert (short.overbooked_quantity, stocked.claim(stocked.cable).overbooked_quantity) == (15, 0)
    assert_the_books_agree(stocked)


def test_a_return_that_nobody_waited_for_is_taken_back_without_marks(stocked: Hall) -> None:
    stocked.scan("20*XLR-05M")
    stocked.scan("20*XLR-05M", "in")
    assert "Short" not in stocked.scan("UNDO", "in").message
    with stocked.house.reading():
        assert stocked.claim(stocked.cable).overbooked_quantity == 0
    assert_the_books_agree(stocked)


def test_what_was_added_while_scanning_is_taken_off_the_list_again(stocked: Hall) -> None:
    with stocked.house.writing():
        lamp = factories.product("Lamp", stock=9, at=stocked.house.warehouse_id)
        factories.code_for(lamp, "LAMP")
        product = lamp.id
    stocked.scan("5*LAMP", accept=True)
    assert free_of(stocked, product) == 4
    stocked.scan("UNDO")
    assert free_of(stocked, product) == 9
    with stocked.house.reading():
        assert stocked.line(product).quantity == 0
    assert_the_books_agree(stocked)
    assert stocked.scan("LAMP").situation is Situation.NOT_PLANNED


def test_an_extra_piece_taken_back_leaves_what_was_planned(stocked: Hall) -> None:
    before = free_of(stocked, stocked.cable)
    stocked.scan("15*XLR-05M")
    asked = stocked.scan("8*XLR-05M")
    assert asked.situation is Situation.ALREADY_MET
    stocked.scan("8*XLR-05M", accept=True)
    with stocked.house.reading():
        assert stocked.line(stocked.cable).quantity == 23
    stocked.scan("UNDO")
    with stocked.house.reading():
        assert (stocked.line(stocked.cable).quantity, stocked.claim(stocked.cable).quantity) == (20, 20)
    assert free_of(stocked, stocked.cable) == before
    assert_the_books_agree(stocked)


def test_a_piece_of_another_warehouse_taken_back_is_there_again(stocked: Hall) -> None:
    tag, kiel, far = far_event(stocked)
    stocked.scan(tag, override=True)
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, far).overbooked_quantity == 1
    assert free_of(stocked, stocked.spot, kiel) == -1
    assert_the_books_agree(stocked)
    stocked.scan("UNDO")
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, far).overbooked_quantity == 0
    assert free_of(stocked, stocked.spot, kiel) == 0
    assert_the_books_agree(stocked)


def far_event(hall: Hall) -> tuple[str, int, int]:
    """The tag of a spot in another warehouse, that warehouse, and an event there that needs it."""
    with hall.house.writing():
        kiel = add_location("Kiel", "KIEL", LocationKind.WAREHOUSE, None, by=me())
        tag = factories.asset(db.session.get_one(Product, hall.spot), at=kiel.id).tag
        event = open_event(factories.deal(kiel.id, name="Far"), by=me())
        add_lines(event, [Wanted(hall.spot, 1)], by=me())
        return tag, kiel.id, event.id


def test_prepped_with_permission_a_foreign_piece_leaves_without_a_second_question(stocked: Hall) -> None:
    tag, kiel, far = far_event(stocked)
    assert stocked.scan(tag, "prep").situation is Situation.OTHER_WAREHOUSE
    stocked.scan(tag, "prep", override=True)
    assert stocked.scan(tag).situation is Situation.PLANNED
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, far).overbooked_quantity == 1
    assert free_of(stocked, stocked.spot, kiel) == -1
    assert_the_books_agree(stocked)


def test_returned_to_this_house_from_an_event_of_another_one_it_counts_here(stocked: Hall) -> None:
    tag, kiel, far = far_event(stocked)
    stocked.scan(tag, event=far)
    stocked.scan(tag, "in", accept=True)
    assert_the_books_agree(stocked)
    assert (free_of(stocked, stocked.spot), free_of(stocked, stocked.spot, kiel)) == (2, 0)
    stocked.scan("UNDO", "in")
    with stocked.house.reading():
        assert stocked.claim(stocked.spot, far).still_out == 1
    assert_the_books_agree(stocked)


def test_what_came_home_from_a_cancelled_event_can_be_taken_back(stocked: Hall) -> None:
    stocked.scan("5*XLR-05M")
    with stocked.house.writing():
        cancel_event(db.session.get_one(Event, stocked.here), "No show.", by=me())
    stocked.scan("5*XLR-05M", "in")
    assert stocked.scan("UNDO", "in").situation is Situation.UNDONE
    assert_the_books_agree(stocked)


def test_programs_take_scans_back_with_the_card(stocked: Hall) -> None:
    stocked.scan(stocked.tags[2], event=stocked.there)
    stocked.scan(stocked.tags[2], "in", accept=True)
    headers = {"Authorization": f"Bearer {token_of(stocked.house, 'Walter')}"}
    body = {"id": "u-1", "code": "UNDO", "mode": "in", "event_id": stocked.here}
    answer = stocked.house.app.test_client().post("/api/v1/warehouse/scans", json=body, headers=headers)
    assert answer.status_code == 200 and answer.json["situation"] == "undone"
    assert_the_books_agree(stocked)


def test_accessories_that_came_along_are_taken_off_with_it(stocked: Hall) -> None:
    with stocked.house.writing():
        lamp = factories.product("Lamp", tracking=Tracking.SERIALIZED, stock=1, at=stocked.house.warehouse_id)
        clamp = factories.product("Clamp", stock=6, at=stocked.house.warehouse_id).id
        db.session.add(Accessory(product_id=lamp.id, accessory_id=clamp, quantity=2))
        tag = db.session.scalars(select(Asset.tag).where(Asset.product_id == lamp.id)).one()
    stocked.scan(tag, accept=True)
    assert free_of(stocked, clamp) == 4
    stocked.scan("UNDO")
    assert free_of(stocked, clamp) == 6
    assert_the_books_agree(stocked)


def test_a_return_in_repair_stands_until_the_piece_is_mended(stocked: Hall) -> None:
    stocked.scan(stocked.tags[0])
    free = free_of(stocked, stocked.spot)
    back = stocked.scan(stocked.tags[0], "in", condition=Condition.DAMAGED)
    with pytest.raises(Refused, match="ends as mended"):
        take_back(stocked, back.scan_id)
    assert "the return stands" in stocked.scan("UNDO", "in").message
    assert free_of(stocked, stocked.spot) == free, "in repair instead of on the event: counted once"
    end_repair(stocked, is_mended=True)
    take_back(stocked, back.scan_id)
    assert states(stocked, stocked.here) == [AssignmentState.OUT]
    assert free_of(stocked, stocked.spot) == free
    assert_the_books_agree(stocked)


def test_a_return_of_counted_pieces_that_were_written_off_since_stands(stocked: Hall) -> None:
    stocked.scan("5*XLR-05M")
    fine = stocked.scan("2*XLR-05M", "in")
    broken = stocked.scan("3*XLR-05M", "in", condition=Condition.DAMAGED)
    end_repair(stocked, is_mended=False)
    with pytest.raises(Refused, match="the return stands"):
        take_back(stocked, broken.scan_id)
    take_back(stocked, fine.scan_id)
    with stocked.house.reading():
        assert stocked.claim(stocked.cable).still_out == 2
    assert_the_books_agree(stocked)


def end_repair(hall: Hall, *, is_mended: bool) -> None:
    """The repair of this hall is over."""
    with hall.house.writing():
        close_repair(
            db.session.scalars(select(Repair)).one(), Ending(is_mended, "seen to", tested="Works"), by=me()
        )


def test_a_choice_that_another_event_overrode_is_not_taken_back_once_more(stocked: Hall) -> None:
    chosen = stocked.scan(stocked.tags[0], "prep")
    stocked.scan(stocked.tags[0], "prep", event=stocked.there, who="Walter", override=True)
    with pytest.raises(Refused, match="not chosen here any more"):
        take_back(stocked, chosen.scan_id)
    assert_the_books_agree(stocked)


def test_what_was_taken_back_is_called_as_people_call_it(stocked: Hall) -> None:
    out = stocked.scan(stocked.tags[0])
    back = stocked.scan(stocked.tags[0], "in")
    said = [take_back(stocked, answer.scan_id or 0).message for answer in (back, out)]
    assert ["check-in taken back." in said[0], "check-out taken back." in said[1]] == [True, True]
