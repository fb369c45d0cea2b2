"""What did not come back: whoever marks it as lost hears what that leads to."""

from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import EventCost, Product
from app.services.pull_lines import Wanted
from app.services.verify import broken_invariants
from tests.warehouse.test_scans import Hall, hall

__all__ = ["hall"]


def lose(hall: Hall, place: int) -> str:
    """Walter marks one of the spots as lost; what he reads then."""
    with hall.house.reading():
        line_id, asset_id = hall.line(hall.spot).id, hall.asset(place).id
    sent = {"line_id": line_id, "asset_id": asset_id, "charge": "0", "request_id": f"loss-{place}"}
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
