"""What did not come back: whoever marks it as lost hears what that leads to."""

from decimal import Decimal

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import Condition, Event, EventCost, Product, TransactionKind
from app.rules.phases import Phase
from app.services.ledger import Cause, Movement, post
from app.services.pull_lines import Wanted
from app.services.verify import broken_invariants
from tests.api.conftest import Program
from tests.factories import me
from tests.warehouse.test_scans import Hall, hall
from tests.warehouse.test_verdicts import assert_the_books_agree, cables_lost

__all__ = ["hall"]

PART = {"HX-Request": "true"}


def lose(hall: Hall, place: int, charge: str = "0") -> str:
    """Walter marks one of the spots as lost; what he reads then."""
    with hall.house.reading():
        line_id, asset_id = hall.line(hall.spot).id, hall.asset(place).id
    sent = {"line_id": line_id, "asset_id": asset_id, "charge": charge, "request_id": f"loss-{place}"}
    path = f"/warehouse/events/{hall.here}/losses"
    return hall.house.browser("Walter").post(path, data=sent, follow_redirects=True).text


def test_a_loss_names_the_events_that_it_leaves_short(hall: Hall) -> None:
    with hall.house.writing():
        hall.event("Later", days=1, lines=[Wanted(hall.spot, 4)], begins_after_days=30)
    hall.scan(hall.tags[0])
    said = lose(hall, 0)
    assert "Short now:" in said and "Later (1 missing)" in said


def test_a_loss_that_leaves_nobody_short_says_no_more_than_that(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    said = lose(hall, 0)
    assert "Marked as lost" in said and "Short now" not in said


def test_counted_pieces_that_turn_up_are_found_and_credited_once(hall: Hall) -> None:
    hall.scan("5*XLR-05M")
    hall.scan("3*XLR-05M", "in")
    walter, missing = hall.house.browser("Walter"), f"/warehouse/events/{hall.here}/missing"
    with hall.house.reading():
        loss = {"line_id": hall.line(hall.cable).id, "quantity": "2", "charge": "120", "request_id": "loss"}
        had = db.session.get_one(Product, hall.cable).on_hand
    walter.post(f"/warehouse/events/{hall.here}/losses", data=loss)
    assert "2 by count" in walter.get(missing).text
    find = {"product_id": hall.cable, "quantity": "3", "credit": "60", "request_id": "find"}
    refused = walter.post(f"/warehouse/events/{hall.here}/piece-finds", data=find)
    assert refused.status_code == 422 and "2 of Cable are lost on this event, not 3." in refused.text
    assert 'value="3"' in refused.text and 'value="60"' in refused.text
    for _ in range(2):
        sent = find | {"quantity": "1"}
        assert walter.post(f"/warehouse/events/{hall.here}/piece-finds", data=sent).status_code == 303
    assert "1 by count" in walter.get(missing).text
    with hall.house.reading():
        assert db.session.get_one(Product, hall.cable).on_hand == had - 1
        costs = db.session.scalars(select(EventCost.charge).order_by(EventCost.id)).all()
        assert costs == [Decimal(120), Decimal(-60)]
        assert broken_invariants() == []


def lose_cables(hall: Hall, pieces: int, charge: str, **more: str) -> TestResponse:
    """Walter writes off so many cables that are out."""
    with hall.house.reading():
        line_id = hall.line(hall.cable).id
    sent = {"line_id": line_id, "quantity": pieces, "charge": charge, "request_id": "loss"} | more
    return hall.house.browser("Walter").post(f"/warehouse/events/{hall.here}/losses", data=sent)


def charges(hall: Hall) -> list[str]:
    """What the client pays for losses, and gets back for finds."""
    with hall.house.reading():
        return [str(one) for one in db.session.scalars(select(EventCost.charge).order_by(EventCost.id))]


def test_a_find_proposes_what_was_charged_and_never_more(hall: Hall) -> None:
    hall.scan("3*XLR-05M")
    lose_cables(hall, 3, "100")
    page = hall.house.browser("Walter").get(f"/warehouse/events/{hall.here}/missing").text
    assert 'name="credit" inputmode="decimal" value="100.00"' in page and 'data-each="33.33' in page
    program, finds = Program(hall.house, "Walter"), f"/warehouse/events/{hall.here}/piece-finds"
    left = program.post(finds, product_id=hall.cable, quantity=1).json["items"]
    assert left == [{"product_id": hall.cable, "product": "Cable", "pieces": 2, "charged": "66.67"}]
    program.post(finds, product_id=hall.cable, quantity=1, credit="50.00")
    assert program.post(finds, product_id=hall.cable, quantity=1).json["items"] == []
    assert charges(hall) == ["100.00", "-33.33", "-50.00", "-16.67"]


def test_a_lost_asset_that_turns_up_gives_back_what_it_was_charged_at(hall: Hall) -> None:
    with hall.house.writing():
        db.session.get_one(Product, hall.spot).replacement_value = Decimal(1200)
    for place in (0, 1):
        hall.scan(hall.tags[place])
    with hall.house.reading():
        line_id, assets = hall.line(hall.spot).id, [hall.asset(0).id, hall.asset(1).id]
    program, path = Program(hall.house, "Walter"), f"/warehouse/events/{hall.here}"
    for asset_id, charge in zip(assets, ("900.00", "0"), strict=True):
        program.post(f"{path}/losses", line_id=line_id, asset_id=asset_id, charge=charge)
    for asset_id in assets:
        program.post(f"{path}/finds", asset_id=asset_id)
    assert charges(hall) == ["900.00", "0.00", "-900.00"]


def test_on_a_closed_event_nothing_is_given_back_unasked(hall: Hall) -> None:
    hall.scan("3*XLR-05M")
    lose_cables(hall, 3, "90")
    with hall.house.writing():
        db.session.get_one(Event, hall.here).phase = Phase.CLOSED
    found = Program(hall.house, "Walter").post(
        f"/warehouse/events/{hall.here}/piece-finds", product_id=hall.cable, quantity=3
    )
    assert found.json["items"] == [] and charges(hall) == ["90.00"]


def test_a_charge_that_nobody_can_propose_is_left_open_and_asked_for(hall: Hall) -> None:
    hall.scan("2*XLR-05M")
    page = hall.house.browser("Walter").get(f"/warehouse/events/{hall.here}/missing").text
    assert 'name="charge" inputmode="decimal" value=""' in page and "No replacement value of" in page
    assert f'href="/inventory/products/{hall.cable}"' in page
    refused = lose_cables(hall, 2, "")
    assert refused.status_code == 422 and "Please fill this in." in refused.text and charges(hall) == []
    assert lose_cables(hall, 2, "0").status_code == 303 and charges(hall) == ["0.00"]


def scan_in(hall: Hall, code: str, who: str = "Walter") -> str:
    """What the station shows when somebody scans something in."""
    sent = {"code": code, "mode": "in", "scan_id": f"scan-{code}-{who}"}
    path = f"/warehouse/events/{hall.here}/scans"
    return hall.house.browser(who).post(path, data=sent, headers=PART).text


def press_found(hall: Hall, shown: str) -> str:
    """Walter presses what the station offers; what it shows then."""
    return hall.house.browser("Walter").post(press_path(shown), headers=PART).text


def press_path(shown: str) -> str:
    """Where the button leads that puts it back."""
    path = shown.split('id="scan-next"')[1].split('hx-post="')[1].split('"')[0]
    assert path.endswith("/find")
    return path


def test_counted_pieces_that_were_written_off_are_put_back_with_one_press(hall: Hall) -> None:
    cables_lost(hall)
    shown = scan_in(hall, "XLR-05M")
    assert "2 marked as lost on this event." in shown and "already back" not in shown
    assert "Mark 1 as found" in shown and "The client gets €30.00 back." in shown
    for _ in range(2):
        assert "1 × Cable: back in stock" in press_found(hall, shown)
    shown = scan_in(hall, "4*XLR-05M")
    assert "only 1 marked as lost" in shown and "Mark 1 as found" in shown
    press_found(hall, shown)
    assert charges(hall) == ["60.00", "-30.00", "-30.00"]
    assert "already back" in scan_in(hall, "2*XLR-05M")
    assert_the_books_agree(hall)


def test_a_lost_asset_in_the_hand_is_put_back_with_one_press(hall: Hall) -> None:
    hall.scan(hall.tags[0])
    lose(hall, 0, "900")
    shown = scan_in(hall, hall.tags[0])
    assert "Mark it as found" in shown and "The client gets €900.00 back." in shown
    assert "back in stock" in press_found(hall, shown)
    assert charges(hall) == ["900.00", "-900.00"]
    with hall.house.reading():
        asset = hall.asset(0)
        assert (asset.condition, asset.location_id) == (Condition.GOOD, hall.house.warehouse_id)
    assert_the_books_agree(hall)


def test_what_a_count_has_missed_is_put_back_without_a_credit(hall: Hall) -> None:
    with hall.house.writing():
        asset = hall.asset(0)
        movement = Movement(hall.spot, 1, asset.id, asset.location_id)
        post(TransactionKind.ISSUE, [movement], Cause(me(), request_id="count"))
        asset.condition = Condition.MISSING
    shown = scan_in(hall, hall.tags[0])
    assert "missing since it was counted" in shown
    assert "back in stock" in press_found(hall, shown) and charges(hall) == []
    assert_the_books_agree(hall)


def test_whoever_may_not_put_back_what_is_lost_reads_who_may(hall: Hall) -> None:
    cables_lost(hall)
    shown = scan_in(hall, "XLR-05M", "Bob")
    assert "2 marked as lost" in shown and "as found</span>" not in shown
    assert "Who may mark it as found: administrator, inventory manager, warehouse manager." in shown
    path = press_path(scan_in(hall, "XLR-05M"))
    assert hall.house.browser("Bob").post(path, headers=PART).status_code == 403


def test_more_than_are_out_are_told_from_those_that_are_lost(hall: Hall) -> None:
    hall.scan("6*XLR-05M")
    lose_cables(hall, 2, "0")
    shown = scan_in(hall, "5*XLR-05M")
    assert "only 4 are out on this event. 2 more are marked as lost: scan the others first." in shown


def test_a_program_reads_where_what_it_scanned_is_lost(hall: Hall) -> None:
    cables_lost(hall)
    sent = {"id": "s-1", "code": "XLR-05M", "mode": "in", "event_id": hall.here}
    said = Program(hall.house, "Walter").post("/warehouse/scans", **sent).json
    assert (said["situation"], said["offer"], said["elsewhere_id"]) == ("lost", "found", hall.here)
