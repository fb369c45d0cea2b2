"""The letter of an order that nobody took: sent again, to a better address where the first was wrong."""

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.fields import Input, SomeEmail
from app.models import Delivery, DeliveryState, OutboxRow, OutboxState, PurchaseOrder
from app.queries.order_letters import unsent_letter
from app.services.activities import record
from app.services.retries import revive
from app.transactions import lock

ERRANDS = ("mail.send", "documents.typeset")
"""What a letter may have died of: it could not be sent, or what is attached to it could not be set."""


class Address(Input):
    """To whom it goes now."""

    email: SomeEmail


def send_letter_again(order: PurchaseOrder, address: Address, *, by: Actor) -> PurchaseOrder:
    """Let a letter that was given up go out again, with the same PDF. Twice is once."""
    lock({PurchaseOrder: [order.id]})
    letter = unsent_letter(order)
    if letter is None or letter.state is not DeliveryState.FAILED:
        return order
    letter.address = order.sent_to = address.email
    revive(errand_of(letter))
    record("order.sent_again", order, by=by, to=address.email)
    db.session.flush()
    return order


def errand_of(letter: Delivery) -> OutboxRow:
    """The dead task that was to send it; dead ones stay until somebody has looked at them."""
    query = select(OutboxRow).where(OutboxRow.state == OutboxState.DEAD, OutboxRow.kind.in_(ERRANDS))
    return next(row for row in db.session.scalars(query) if row.payload.get("delivery_id") == letter.id)
