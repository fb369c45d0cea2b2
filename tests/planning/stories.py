"""Events as planning's tests begin with them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from app.extensions import db
from app.models import Event, LineKind, Product, Quote, QuoteLine, QuoteState, Reservation, TaxClass
from app.services.events import Wanted, add_lines, open_event
from app.services.reservations import Overbooking
from tests import factories
from tests.factories import SOON, me
from tests.people import House


def event_with(
    house: House, lines: dict[Product, int], *, starts_at: datetime = SOON, days: int = 3, why: str = ""
) -> Event:
    """An event of a won deal with these lines; `why` plans them although they are not free."""
    event = open_event(factories.deal(house.warehouse_id, starts_at=starts_at, days=days), by=me())
    wanted = [Wanted(product.id, quantity) for product, quantity in lines.items()]
    add_lines(event, wanted, by=me(), overbook=Overbooking(me(), why) if why else None)
    return event


def lamps(house: House, stock: int = 4, name: str = "Lamp") -> Product:
    """A bulk product with stock in the first warehouse."""
    return factories.product(name, stock=stock, at=house.warehouse_id)


def claim_of(event: Event) -> Reservation:
    """The only claim of an event."""
    return db.session.scalars(select(Reservation).where(Reservation.event_id == event.id)).one()


def send_out(event: Event, quantity: int, returned: int = 0) -> None:
    """As if the warehouse had scanned so many out, and so many in again."""
    claim = claim_of(event)
    claim.prepped_quantity = claim.out_quantity = quantity
    claim.returned_quantity = returned
    db.session.flush()


def accepted_quote(event: Event, *, net: int = 1000, discount: int = 0) -> Quote:
    """A quote over one line that the client accepted; its net is the event's revenue."""
    if not db.session.scalars(select(TaxClass)).first():
        db.session.add(TaxClass(name="Standard", rate=Decimal(19), is_default=True))
    quote = Quote(
        number=f"Q-{event.id}",
        deal_id=event.deal_id,
        version_number=1,
        state=QuoteState.ACCEPTED,
        discount_percent=Decimal(discount),
        created_at=SOON,
    )
    db.session.add(quote)
    db.session.flush()
    db.session.add(
        QuoteLine(
            quote_id=quote.id,
            position=1,
            kind=LineKind.SERVICE,
            description="Lighting",
            unit_price=Decimal(net),
            net=Decimal(net),
            tax_rate=Decimal(19),
            unit_cost=Decimal(300),
        )
    )
    event.revenue = Decimal(net * (100 - discount)) / 100
    db.session.flush()
    return quote
