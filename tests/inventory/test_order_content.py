"""What a purchase order says on paper."""

from datetime import UTC, datetime

from app.models import Company, Location, Organization, PurchaseOrder
from app.queries.order_content import order_content
from tests.people import House


def test_a_supplier_is_told_where_to_deliver_although_the_place_has_no_address_of_its_own(
    house: House,
) -> None:
    order = PurchaseOrder(id=0, number="PO-1", notes="", is_urgent=False, ordered_at=datetime.now(UTC))
    ours = Organization(name="Nightjar", address="Dock 3\nPort", locale="en", currency="EUR", timezone="UTC")
    with house.reading():
        for address, told in (("", "Hall\nDock 3\nPort"), ("Gate 7", "Hall\nGate 7")):
            said = order_content(order, Company(name="Bolt"), Location(name="Hall", address=address), ours)
            assert said["deliver_to"] == told
