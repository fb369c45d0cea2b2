"""What should be ordered: counted from stock, orders and claims, in as many statements for 20 as for one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.extensions import db
from app.models import Location, OrderState, Reservation, ReservationKind, Tracking
from app.queries.replenishment import by_supplier, suggestions
from tests import factories
from tests.inventory import buying
from tests.people import House

NOW = datetime.now(UTC)


def claim(product_id: int, warehouse_id: int, quantity: int, days: tuple[float, float]) -> None:
    """Somebody needs so many, from the one day to the other, counted from now."""
    starts_at, ends_at = (NOW + timedelta(days=day) for day in days)
    times = {"starts_at": starts_at, "ends_at": ends_at, "created_at": NOW}
    place = {"product_id": product_id, "warehouse_id": warehouse_id}
    db.session.add(Reservation(kind=ReservationKind.EVENT, quantity=quantity, **place, **times))
    db.session.flush()


def test_what_is_missing_up_to_the_level_is_suggested_in_packs_of_the_supplier(house: House) -> None:
    with house.writing():
        tape = buying.tape(house.warehouse_id)
        buying.sells(buying.supplier(), tape, pack_quantity=24)
        (found,) = suggestions()
    assert (found.on_hand, found.on_order, found.order_up_to, found.missing) == (5, 0, 40, 35)
    assert found.suggested == 48 and found.is_due
    assert found.supplier is not None and found.supplier.pack == 24
    assert found.cost == Decimal("230.40")


def test_claims_of_consumables_add_up_and_claims_of_what_comes_back_count_at_their_peak(house: House) -> None:
    here = house.warehouse_id
    with house.writing():
        tape = buying.tape(here, stock=9, lead_days=7)
        case = factories.product("Flight case", stock=9, at=here, reorder_level=3, lead_days=7)
        for product in (tape, case):
            claim(product.id, here, 2, (1, 2))
            claim(product.id, here, 2, (3, 4))
            claim(product.id, here, 9, (8, 9))
        found = {one.name: one.claimed for one in suggestions()}
    assert found == {"Gaffer tape": 4, "Flight case": 2}


def test_claims_of_a_week_count_where_nobody_knows_how_long_a_delivery_takes(house: House) -> None:
    here = house.warehouse_id
    with house.writing():
        tape = buying.tape(here, stock=9, lead_days=0)
        claim(tape.id, here, 2, (5, 6))
        claim(tape.id, here, 9, (8, 9))
        (found,) = suggestions()
    assert (found.lead_days, found.ahead_days, found.claimed) == (0, 7, 2)


def test_who_delivers_on_the_same_day_is_looked_ahead_for_by_a_day(house: House) -> None:
    with house.writing():
        tape, thomsen = buying.tape(house.warehouse_id, lead_days=9), buying.supplier()
        buying.sells(thomsen, tape)
        buying.arrived(thomsen.id, tape.id, house.warehouse_id, 0, 20)
        (found,) = suggestions()
    assert (found.lead_days, found.lead_orders, found.ahead_days) == (0, 1, 1)


def test_what_is_on_drafts_and_orders_is_not_suggested_again(house: House) -> None:
    with house.writing():
        tape = buying.tape(house.warehouse_id)
        buying.sells(buying.supplier(), tape)
        buying.asked(tape, 35)
        (found,) = suggestions()
    assert (found.on_order, found.on_draft, found.suggested, found.is_due) == (35, 35, 0, False)


def test_the_lead_time_is_measured_and_else_what_the_product_says(house: House) -> None:
    with house.writing():
        tape, other = buying.tape(house.warehouse_id, lead_days=9), buying.supplier("Other")
        thomsen = buying.supplier()
        buying.sells(thomsen, tape)
        assert (suggestions()[0].lead_days, suggestions()[0].lead_orders) == (9, 0)
        for days, ago in ((3, 20), (5, 30), (12, 40), (90, 400)):
            buying.arrived(thomsen.id, tape.id, house.warehouse_id, days, ago)
        buying.arrived(other.id, tape.id, house.warehouse_id, 70)
        (found,) = suggestions()
    assert (found.lead_days, found.lead_orders) == (5, 3)


def test_what_nobody_sells_us_is_named_last(house: House) -> None:
    with house.writing():
        tape = buying.tape(house.warehouse_id)
        factories.product("Adapter", tracking=Tracking.CONSUMABLE, reorder_level=5)
        buying.sells(buying.supplier(), tape)
        groups = by_supplier(suggestions())
    assert [(one.name if one else None, [row.name for row in rows]) for one, rows in groups] == [
        ("Thomsen Bühnenbedarf", ["Gaffer tape"]), (None, ["Adapter"]),
    ]  # fmt: skip


def test_twenty_products_take_as_many_statements_as_one(
    house: House, statements: Callable[[], list[str]]
) -> None:
    with house.writing():
        company = buying.supplier()
        first = factories.product(reorder_level=5)
        buying.sells(company, first)
    with house.reading():
        statements()
        assert len(suggestions()) == 1
        for_one = len(statements())
    with house.writing():
        for _ in range(19):
            buying.sells(company, factories.product(reorder_level=5))
    with house.reading():
        statements()
        assert len(suggestions()) == 20
        assert len(statements()) == for_one


def test_what_is_asked_for_goes_on_the_preferred_suppliers_draft_in_its_packs(house: House) -> None:
    with house.writing():
        tape = buying.tape(house.warehouse_id)
        buying.sells(buying.supplier(), tape, pack_quantity=12)
        order = buying.asked(tape, 5, is_urgent=True, notes="for J-2026-0004")
        assert order.is_urgent and order.number.startswith("PO-") and order.state is OrderState.DRAFT
        assert buying.lines_of(order) == [(tape.id, 12)]
        assert db.session.get_one(Location, order.location_id).id == house.warehouse_id
    with house.writing():
        again = buying.asked(tape, 13)
        assert again.id == order.id and buying.lines_of(again) == [(tape.id, 36)] and again.is_urgent
