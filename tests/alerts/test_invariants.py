"""verify names alerts that do not say what is true."""

from datetime import UTC, datetime

from sqlalchemy import update

from app.extensions import db
from app.models import Alert, AlertKind, AlertState, Product
from app.services.alert_deeds import Dismissal, dismiss
from app.services.verify import broken_invariants
from tests.alerts.stock import alerts, issue, receive, tape
from tests.factories import me
from tests.people import House


def broken(house: House) -> list[str]:
    """What verify finds wrong with alerts."""
    with house.app.app_context():
        return [found.invariant.id for found in broken_invariants() if found.invariant.id.startswith("I18")]


def test_alerts_that_came_by_themselves_are_true_through_all_of_their_life(house: House) -> None:
    product_id = tape(house)
    for deed, pieces in ((issue, 15), (issue, 5), (receive, 3)):
        deed(house, product_id, pieces)
        assert broken(house) == []
    alert_id = alerts(house)[0].id
    with house.writing():
        dismiss([alert_id], Dismissal(reason="Enough"), by=me())
    assert broken(house) == []
    issue(house, product_id, 3)
    assert broken(house) == [] and alerts(house)[-1].kind is AlertKind.OUT
    receive(house, product_id, 30)
    assert broken(house) == []


def test_what_is_missing_or_untrue_is_named(house: House) -> None:
    product_id = tape(house)
    for values, found in (({"reorder_level": 25}, ["I18a"]), ({"reorder_level": None}, [])):
        with house.writing():
            db.session.execute(update(Product).where(Product.id == product_id).values(values))
        assert broken(house) == found
    with house.writing():
        about = {"kind": AlertKind.LOW, "on_hand": 2, "reorder_level": 5, "state": AlertState.OPEN}
        db.session.add(Alert(product_id=product_id, raised_at=datetime.now(UTC), **about))
    assert broken(house) == ["I18b"]
