"""Purchase orders: drafted, edited, sent once, received in parts through the ledger, ended."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.extensions import db
from app.models import (
    Asset,
    Company,
    Delivery,
    Location,
    OrderLine,
    OrderState,
    OutboxRow,
    PackSize,
    Product,
    PurchaseOrder,
    StockTransaction,
    Tracking,
)
from app.refusals import Refused, Stale
from app.services.order_endings import cancel_order, close_short
from app.services.order_lines import (
    LineFacts,
    OrderFacts,
    add_line,
    change_line,
    change_order,
    move_line,
    remove_line,
)
from app.services.order_receipts import Delivered, TooMany, receive_line
from app.services.order_sending import Dispatch, order_sheet, send_order
from app.services.reversal_deeds import reverse_by_hand
from app.services.routine_orders import Chosen, draft_orders, draft_routine
from app.services.stock import issue_stock
from app.services.suppliers import Selling, SupplierFacts, add_seller, add_supplier, remove_seller, sellers_of
from app.services.verify import broken_invariants
from app.tasks import TASKS
from tests import factories
from tests.factories import me
from tests.inventory import buying
from tests.operations.test_verify import broken_by
from tests.people import House


def drafted(house: House, quantity: int = 40) -> tuple[int, int]:
    """A draft over so many rolls of tape: its id, and its line's."""
    with house.writing():
        tape = buying.tape(house.warehouse_id)
        buying.sells(buying.supplier(), tape)
        order = buying.asked(tape, quantity)
        line = db.session.query(OrderLine).filter(OrderLine.order_id == order.id).one()
        return order.id, line.id


def sent(house: House, quantity: int = 40) -> tuple[int, int]:
    """The same, ordered."""
    order_id, line_id = drafted(house, quantity)
    with house.writing():
        send_order(db.session.get_one(PurchaseOrder, order_id), Dispatch(email="a@thomsen.example"), by=me())
    return order_id, line_id


def receive(house: House, line_id: int, quantity: int, **more: object) -> str:
    """So many of a line come into the warehouse; the id of the request."""
    request_id = str(more.pop("request_id", "") or uuid.uuid4())
    with house.writing():
        place = db.session.get_one(Location, house.warehouse_id)
        line = db.session.get_one(OrderLine, line_id)
        receive_line(line, Delivered(quantity, place, **more), by=me(), request_id=request_id)  # type: ignore[arg-type]
    return request_id


def order(order_id: int) -> PurchaseOrder:
    """An order as it stands now."""
    return db.session.get_one(PurchaseOrder, order_id)


def test_an_order_has_its_number_from_the_draft_on(house: House) -> None:
    order_id, _ = drafted(house)
    with house.reading():
        assert order(order_id).number == f"PO-{datetime.now(UTC).year}-0001"


def test_packs_are_ordered_as_they_are_said_and_counted_in_the_products_own_unit(house: House) -> None:
    _, line_id = drafted(house)
    with house.writing():
        line = db.session.get_one(OrderLine, line_id)
        db.session.add(PackSize(product_id=line.product_id, name="box", quantity=24))
        db.session.flush()
        change_line(line, LineFacts(quantity=2, unit="boxes"), by=me())
        assert (line.quantity, line.said_quantity, line.said_unit) == (48, 2, "boxes")
    with house.writing(), pytest.raises(Refused, match="does not come in"):
        change_line(db.session.get_one(OrderLine, line_id), LineFacts(quantity=2, unit="pallet"), by=me())


def test_lines_of_a_draft_are_added_moved_and_taken_off(house: House) -> None:
    order_id, line_id = drafted(house)
    with house.writing():
        other = factories.product("Batteries", tracking=Tracking.CONSUMABLE)
        second = add_line(order(order_id), other, LineFacts(quantity=5), by=me()).id
    with house.writing():
        move_line(db.session.get_one(OrderLine, second), up=True, by=me())
        assert [quantity for _, quantity in buying.lines_of(order(order_id))] == [5, 40]
    with house.writing():
        remove_line(db.session.get_one(OrderLine, line_id), by=me())
        assert [quantity for _, quantity in buying.lines_of(order(order_id))] == [5]


def test_another_supplier_brings_other_prices(house: House) -> None:
    order_id, line_id = drafted(house)
    with house.writing():
        line = db.session.get_one(OrderLine, line_id)
        assert line.unit_cost == Decimal("4.80")
        other = buying.supplier("Bühnenhandel Nord")
        tape = db.session.get_one(Product, line.product_id)
        buying.sells(other, tape, unit_cost=Decimal("5.10"), is_preferred=False)
        facts = OrderFacts(company_id=other.id, location_id=house.warehouse_id)
        change_order(order(order_id), facts, by=me())
        assert line.unit_cost == Decimal("5.10")


def test_who_changes_what_somebody_else_changed_meanwhile_is_told(house: House) -> None:
    order_id, _ = drafted(house)
    facts = OrderFacts(location_id=house.warehouse_id, notes="At the back door")
    with house.writing():
        version = order(order_id).version
        change_order(order(order_id), facts, by=me(), version=version)
    with house.writing(), pytest.raises(Stale):
        change_order(order(order_id), facts, by=me(), version=version)


def test_an_order_goes_out_once_with_its_pdf_and_is_expected_after_the_lead_time(house: House) -> None:
    order_id, line_id = drafted(house)
    with house.writing():
        line = db.session.get_one(OrderLine, line_id)
        db.session.get_one(Product, line.product_id).lead_days = 6
        send_order(order(order_id), Dispatch(email="a@thomsen.example", message="Soon, please."), by=me())
    with house.writing():
        send_order(order(order_id), Dispatch(email="b@thomsen.example"), by=me())
    with house.reading():
        one = order(order_id)
        assert one.state is OrderState.ORDERED and one.sent_to == "a@thomsen.example" and one.expected_on
        assert one.expected_on - one.ordered_at.date() in (timedelta(5), timedelta(6), timedelta(7))  # type: ignore[union-attr]
        (letter,) = db.session.query(Delivery).all()
        assert "Soon, please." in letter.body
        (task,) = db.session.query(OutboxRow).filter(OutboxRow.kind == "documents.typeset").all()
        assert task.payload["template"] == "purchase_order" and task.payload["delivery_id"] == letter.id


def test_ordered_by_phone_it_is_printed_and_nobody_is_written_to(house: House) -> None:
    order_id, _ = drafted(house)
    with house.writing():
        send_order(order(order_id), Dispatch(supplier_reference="4711"), by=me())
    with house.reading():
        assert order(order_id).state is OrderState.ORDERED and "4711" in order(order_id).notes
        assert db.session.query(Delivery).count() == 0
        assert db.session.query(OutboxRow).filter(OutboxRow.kind == "documents.typeset").count() == 1


def test_nothing_goes_out_without_a_supplier_or_without_a_line(house: House) -> None:
    order_id, line_id = drafted(house)
    with house.writing():
        remove_line(db.session.get_one(OrderLine, line_id), by=me())
    with house.writing(), pytest.raises(Refused, match="nothing on this order"):
        send_order(order(order_id), Dispatch(), by=me())
    with house.writing():
        alone = factories.product("Nobody's")
        unsold = buying.asked(alone, 1).id
    with house.writing(), pytest.raises(Refused, match="supplier"):
        send_order(order(unsold), Dispatch(), by=me())


def test_the_printed_order_shows_prices_only_to_those_who_may_see_them(house: House) -> None:
    order_id, _ = drafted(house)
    with house.reading():
        assert order_sheet(order(order_id), with_costs=True).startswith(b"%PDF")
        assert order_sheet(order(order_id), with_costs=False).startswith(b"%PDF")


def test_an_order_comes_in_parts_through_the_ledger_at_its_price(house: House) -> None:
    order_id, line_id = sent(house)
    receive(house, line_id, 15)
    with house.reading():
        line = db.session.get_one(OrderLine, line_id)
        assert (order(order_id).state, line.received_quantity, line.still_coming) == (
            OrderState.PARTLY_RECEIVED, 15, 25,
        )  # fmt: skip
        (row,) = db.session.query(StockTransaction).filter(StockTransaction.order_line_id == line_id).all()
        assert (row.quantity, row.unit_cost, row.reference_number) == (
            15,
            Decimal("4.80"),
            order(order_id).number,
        )
        assert db.session.get_one(Product, line.product_id).on_hand == 20
    receive(house, line_id, 25)
    with house.reading():
        assert order(order_id).state is OrderState.RECEIVED and order(order_id).received_at is not None


def test_the_same_receipt_sent_twice_counts_once(house: House) -> None:
    _, line_id = sent(house)
    request_id = receive(house, line_id, 15)
    receive(house, line_id, 15, request_id=request_id)
    with house.reading():
        assert db.session.get_one(OrderLine, line_id).received_quantity == 15


def test_more_than_was_ordered_asks_and_is_kept_with_a_reason(house: House) -> None:
    order_id, line_id = sent(house)
    receive(house, line_id, 38)
    with pytest.raises(TooMany) as asked:
        receive(house, line_id, 5)
    assert asked.value.over == 3
    receive(house, line_id, 5, reason="They sent a full box")
    with house.reading():
        assert db.session.get_one(OrderLine, line_id).received_quantity == 43
        assert order(order_id).state is OrderState.RECEIVED


def test_single_pieces_that_come_get_tags(house: House) -> None:
    with house.writing():
        radio = factories.product("Radio", tracking=Tracking.SERIALIZED)
        buying.sells(buying.supplier(), radio)
        made = buying.asked(radio, 3).id
        line_id = db.session.query(OrderLine).filter(OrderLine.order_id == made).one().id
    with house.writing():
        send_order(order(made), Dispatch(), by=me())
    receive(house, line_id, 2)
    with house.reading():
        assert db.session.get_one(OrderLine, line_id).received_quantity == 2
        rows = db.session.query(StockTransaction).filter(StockTransaction.order_line_id == line_id).all()
        assert len({row.asset_id for row in rows}) == 2


def test_what_does_not_come_any_more_is_closed_with_a_reason(house: House) -> None:
    order_id, line_id = sent(house)
    with house.writing(), pytest.raises(Refused, match="cancel it instead"):
        close_short(order(order_id), "gone", by=me())
    receive(house, line_id, 15)
    with house.writing(), pytest.raises(Refused, match="why"):
        close_short(order(order_id), " ", by=me())
    with house.writing(), pytest.raises(Refused, match="close it instead"):
        cancel_order(order(order_id), "no", by=me())
    with house.writing():
        close_short(order(order_id), "Not made any more", by=me())
        assert order(order_id).state is OrderState.RECEIVED


def test_an_order_of_which_nothing_came_can_be_cancelled_with_a_reason(house: House) -> None:
    order_id, line_id = sent(house)
    with house.writing(), pytest.raises(Refused, match="why"):
        cancel_order(order(order_id), "", by=me())
    with house.writing():
        cancel_order(order(order_id), "Found some in the cellar", by=me())
    with pytest.raises(Refused, match="nothing comes"):
        receive(house, line_id, 1)


def test_routine_products_are_drafted_by_themselves_once_for_each_supplier(house: House) -> None:
    with house.writing():
        thomsen, nord = buying.supplier(), buying.supplier("Nord")
        thomsen_id, nord_id = thomsen.id, nord.id
        for name, company in (("Gaffer", thomsen), ("Batteries", thomsen), ("Fog fluid", nord)):
            buying.sells(company, buying.tape(house.warehouse_id, name=name, is_routine=True))
        buying.sells(thomsen, buying.tape(house.warehouse_id, name="Not routine"))
    for _ in range(2):
        with house.writing():
            draft_routine()
    with house.reading():
        found = {row.company_id: row for row in db.session.query(PurchaseOrder).all()}
        assert len(found) == 2 and all(row.is_automatic for row in found.values())
        assert [quantity for _, quantity in buying.lines_of(found[thomsen_id])] == [35, 35]
        assert [quantity for _, quantity in buying.lines_of(found[nord_id])] == [35]


def test_chosen_products_become_one_draft_for_each_supplier_and_unsold_ones_are_named(house: House) -> None:
    with house.writing():
        tape, alone = buying.tape(house.warehouse_id), factories.product("Nobody's").id
        buying.sells(buying.supplier(), tape)
        (made,) = draft_orders([Chosen(tape.id, 7)], by=me())
        assert buying.lines_of(made) == [(tape.id, 7)]
    with house.writing(), pytest.raises(Refused, match="Nobody sells us"):
        draft_orders([Chosen(alone, 1)], by=me())


def test_the_first_supplier_is_preferred_and_when_it_goes_the_next_is(house: House) -> None:
    with house.writing():
        product, company = buying.tape(house.warehouse_id), buying.supplier()
        add_seller(product, company, Selling(), by=me())
        tape, first = product.id, company.id
    with house.writing():
        other, product = buying.supplier("Nord"), db.session.get_one(Product, tape)
        add_seller(product, other, Selling(is_preferred=True), by=me())
        assert [row.is_preferred for row in sellers_of(tape)] == [True, False]
    with house.writing():
        remove_seller(sellers_of(tape)[0], by=me())
        (left,) = sellers_of(tape)
        assert left.is_preferred and left.company_id == first


def test_a_client_becomes_a_supplier_and_keeps_what_is_known(house: House) -> None:
    with house.writing():
        known = factories.company("Filmhaus Lindenau").id
        add_supplier(SupplierFacts(name="filmhaus lindenau", email="x@y.example", phone="1"), by=me())
        company = db.session.get_one(Company, known)
        assert company.is_supplier and company.email == "office@lindenau.example" and company.phone == "1"


def test_a_receipt_that_is_taken_back_is_not_counted_any_more(house: House) -> None:
    order_id, line_id = sent(house)
    receive(house, line_id, 40)
    ivy = house.actor("Ivy")
    with house.writing():
        row = db.session.query(StockTransaction).filter(StockTransaction.order_line_id == line_id).one()
        reverse_by_hand(row, "Booked on the wrong order", by=ivy, request_id="a-double-click")
    with house.writing():
        row = db.session.query(StockTransaction).filter(StockTransaction.id == row.id).one()
        reverse_by_hand(row, "Booked on the wrong order", by=ivy, request_id="a-double-click")
    with house.reading():
        line = db.session.get_one(OrderLine, line_id)
        assert (line.received_quantity, line.first_received_at) == (0, None)
        assert order(order_id).state is OrderState.ORDERED and order(order_id).received_at is None
        assert broken_invariants() == []


def test_a_piece_whose_delivery_is_taken_back_is_none_of_ours_any_more(house: House) -> None:
    with house.writing():
        radio = factories.product("Radio", tracking=Tracking.SERIALIZED)
        buying.sells(buying.supplier(), radio)
        made = buying.asked(radio, 1).id
        line_id = db.session.query(OrderLine).filter(OrderLine.order_id == made).one().id
    with house.writing():
        send_order(order(made), Dispatch(), by=me())
    receive(house, line_id, 1)
    ivy = house.actor("Ivy")
    with house.writing():
        row = db.session.query(StockTransaction).filter(StockTransaction.order_line_id == line_id).one()
        reverse_by_hand(row, "It went back", by=ivy, request_id=str(uuid.uuid4()))
    with house.reading():
        assert db.session.query(Asset).one().retired_at is not None
        assert db.session.get_one(OrderLine, line_id).received_quantity == 0
        assert broken_invariants() == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE order_line SET received_quantity = 14", {"I17a"}),
        ("UPDATE purchase_order SET state = 'received'", {"I17b"}),
        ("UPDATE purchase_order SET state = 'ordered'", {"I17b"}),
        ("UPDATE purchase_order SET state = 'draft'", {"I17b"}),
        ("UPDATE purchase_order SET state = 'received', closed_reason = 'gone'", set()),
    ],
)
def test_verify_finds_orders_that_do_not_stand_where_their_lines_do(
    house: House, statement: str, expected: set[str]
) -> None:
    _, line_id = sent(house)
    receive(house, line_id, 15)
    assert broken_by(statement) == expected


def test_an_alert_that_is_raised_has_routine_products_drafted(house: House) -> None:
    with house.writing():
        tape = buying.tape(house.warehouse_id, stock=12, is_routine=True)
        buying.sells(buying.supplier(), tape)
        product_id = tape.id
    with house.writing():
        draft_routine()
        assert db.session.query(PurchaseOrder).count() == 0
    with house.writing():
        product, place = (
            db.session.get_one(Product, product_id),
            db.session.get_one(Location, house.warehouse_id),
        )
        issue_stock(product, 4, place, "Used up", by=me(), request_id=str(uuid.uuid4()))
    with house.writing():
        (task,) = db.session.query(OutboxRow).filter(OutboxRow.kind == "orders.draft_routine").all()
        TASKS[task.kind](**task.payload)  # type: ignore[operator]
        (made,) = db.session.query(PurchaseOrder).all()
        assert made.is_automatic and buying.lines_of(made) == [(product_id, 32)]
