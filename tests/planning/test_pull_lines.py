"""Lines of a pull list: packages explode, accessories come along, equal products are one line."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Accessory, AccessoryPer, Event, PackagePart, Product, PullLine, Reservation
from app.refusals import Refused
from app.services.events import Wanted, add_lines, lines_short, open_event
from app.services.line_changes import change_line, put_on_list, remove_line
from app.services.reservations import Overbooking
from app.services.ways_out import deliver_part
from tests import factories
from tests.factories import me
from tests.people import House


def event_of(house: House, **more: object) -> Event:
    """An event of a won deal."""
    return open_event(factories.deal(house.warehouse_id, **more), by=me())  # type: ignore[arg-type]


def package_of(name: str, parts: dict[Product, int]) -> Product:
    """A package with these parts."""
    row = factories.product(name)
    row.is_package = True
    for part, quantity in parts.items():
        db.session.add(PackagePart(package_id=row.id, product_id=part.id, quantity=quantity))
    db.session.flush()
    return row


def planned(event: Event) -> dict[str, int]:
    """Product name → planned quantity."""
    query = select(Product.name, PullLine.quantity).join(Product, Product.id == PullLine.product_id)
    return dict(db.session.execute(query.where(PullLine.event_id == event.id)).all())


def test_packages_explode_and_equal_products_become_one_line(house: House) -> None:
    with house.writing():
        cable = factories.product("Cable", stock=50, at=house.warehouse_id)
        lamp = factories.product("Lamp", stock=50, at=house.warehouse_id)
        inner = package_of("Inner", {cable: 2})
        outer = package_of("Outer", {inner: 2, lamp: 1})
        event = event_of(house)
        lines = add_lines(event, [Wanted(outer.id, 3), Wanted(cable.id, 1)], by=me())
        assert planned(event) == {"Cable": 13, "Lamp": 3}
        assert {line.package_name for line in lines} == {"Outer"}
        claims = db.session.scalars(select(Reservation)).all()
        assert sorted(claim.quantity for claim in claims) == [3, 13]


def test_accessories_come_per_piece_and_per_line_and_are_skipped_when_planned(house: House) -> None:
    with house.writing():
        here = house.warehouse_id
        speaker, cable, rack = (
            factories.product(name, stock=90, at=here) for name in ("Speaker", "Cable", "Rack")
        )
        db.session.add(Accessory(product_id=speaker.id, accessory_id=cable.id, quantity=2))
        db.session.add(Accessory(product_id=speaker.id, accessory_id=rack.id, per=AccessoryPer.LINE))
        first, second = event_of(house), event_of(house)
        add_lines(first, [Wanted(speaker.id, 4)], by=me())
        assert planned(first) == {"Speaker": 4, "Cable": 8, "Rack": 1}
        add_lines(first, [Wanted(speaker.id, 1)], by=me())
        assert planned(first) == {"Speaker": 5, "Cable": 10, "Rack": 1}
        add_lines(second, [Wanted(speaker.id, 4), Wanted(cable.id, 5)], by=me())
        assert planned(second) == {"Speaker": 4, "Cable": 5, "Rack": 1}


def test_what_is_not_free_is_refused_and_named_unless_somebody_decides(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=4, at=house.warehouse_id)
        first, second = event_of(house), event_of(house)
        add_lines(first, [Wanted(lamp.id, 3)], by=me())
        with pytest.raises(Refused, match="Lamp: 1 of 3 free"):
            add_lines(second, [Wanted(lamp.id, 3)], by=me())
    with house.writing():
        lamp = factories.product("Other lamp", stock=4, at=house.warehouse_id)
        first, second = event_of(house), event_of(house)
        add_lines(first, [Wanted(lamp.id, 4)], by=me())
        add_lines(second, [Wanted(lamp.id, 3)], by=me(), overbook=Overbooking(me(), "will be hired"))
        assert not lines_short(first)
        assert [line.missing for line in lines_short(second)] == [3]


def test_twenty_lines_cost_as_many_statements_as_one(
    house: House, statements: Callable[[], list[str]]
) -> None:
    counts = []
    for number in (2, 20):
        with house.writing():
            stock = [factories.product(stock=9, at=house.warehouse_id) for _ in range(number)]
            event = event_of(house)
            statements()
            add_lines(event, [Wanted(product.id, 2) for product in stock], by=me())
            add_lines(event, [Wanted(product.id, 1) for product in stock], by=me())
            counts.append(len(statements()))
    assert counts[0] == counts[1]


def test_a_line_is_never_planned_below_what_has_left(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=9, at=house.warehouse_id)
        (line,) = add_lines(event_of(house), [Wanted(lamp.id, 5)], by=me())
        claim = db.session.scalars(select(Reservation)).one()
        claim.out_quantity = claim.prepped_quantity = 3
        db.session.flush()
        with pytest.raises(Refused, match="3 of Lamp"):
            change_line(line, 2, "", by=me())


def test_a_removed_line_frees_its_stock_and_can_come_back(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=5, at=house.warehouse_id)
        event = event_of(house)
        lamp_id, event_id = lamp.id, event.id
        add_lines(event, [Wanted(lamp.id, 5)], by=me())
    with house.writing():
        remove_line(db.session.scalars(select(PullLine)).one(), by=me())
    with house.writing():
        other = event_of(house)
        add_lines(other, [Wanted(lamp_id, 2)], by=me())
        with pytest.raises(Refused):
            add_lines(db.session.get_one(Event, event_id), [Wanted(lamp_id, 4)], by=me())
    with house.writing():
        (line,) = put_on_list(db.session.get_one(Event, event_id), Wanted(lamp_id, 3), by=me())
        assert line.quantity == 3


def test_delivering_part_remembers_the_demand_that_was_lost(house: House) -> None:
    with house.writing():
        lamp = factories.product("Lamp", stock=2, at=house.warehouse_id)
        event = event_of(house)
        (line,) = add_lines(event, [Wanted(lamp.id, 5)], by=me(), overbook=Overbooking(me(), "hire"))
        line_id = line.id
    with house.writing():
        line = db.session.get_one(PullLine, line_id)
        deliver_part(line, 3, "client agreed", by=me())
        assert line.quantity == 2 and not lines_short(db.session.get_one(Event, line.event_id))
