"""Changing lines of a pull list: quantity, note, removal, and the ways out of a shortage."""

from datetime import UTC, datetime
from decimal import Decimal

from app.actors import Actor
from app.extensions import db
from app.models import CostKind, Event, EventCost, Firmness, LostDemand, Product, PullLine, Reservation
from app.queries.availability import capacities
from app.queries.shortages import to_be_taken
from app.refusals import Refused
from app.services.activities import record
from app.services.events import refuse_finished
from app.services.overbookings import lift_marks
from app.services.pull_lines import (
    LONGEST_TEXT,
    MOST_OF_ONE,
    Wanted,
    add_lines,
    claim_as_planned,
    claimed_products,
    claims_of,
    wish_of,
)
from app.services.reservations import Overbooking, change, mark_overbooked, reserve
from app.services.rooms import tell_short
from app.transactions import lock


def put_on_list(
    event: Event, wanted: Wanted, *, by: Actor, overbook: Overbooking | None = None
) -> list[PullLine]:
    """Add a product or package to an event's pull list. Raises Refused when it is not free."""
    lock({Event: [event.id], Product: claimed_products(event, [wanted])})
    refuse_finished(event)
    refuse_archived(wanted.product_id)
    lines = add_lines(event, [wanted], by=by, overbook=overbook)
    name = db.session.get_one(Product, wanted.product_id).name
    record("line.added", event, by=by, label=f"{wanted.quantity} × {name}", product_id=wanted.product_id)
    tell_if_overbooked(event, lines, by, overbook)
    return lines


def refuse_archived(product_id: int) -> None:
    """Raises Refused for a product that is not planned any more."""
    product = db.session.get_one(Product, product_id)
    if product.archived_at is not None:
        raise Refused(f"{product.name} is archived.", "product")


def tell_if_overbooked(event: Event, lines: list[PullLine], by: Actor, overbook: Overbooking | None) -> None:
    """Somebody promised what is not free: the inventory manager hears of it."""
    short = [row for row in claims_of({line.id for line in lines}).values() if row.overbooked_quantity]
    if short and overbook:
        snapshot = {str(row.product_id): row.overbooked_quantity for row in short}
        record("event.short", event, by=by, summary=overbook.reason, short=snapshot)


def change_line(
    line: PullLine, quantity: int, note: str, *, by: Actor, overbook: Overbooking | None = None
) -> PullLine:
    """Plan another quantity. Raises Refused below what has left, or for what is not free."""
    event = locked_event(line)
    if not 1 <= quantity <= MOST_OF_ONE:
        raise Refused(f"Please enter a whole number from 1 to {MOST_OF_ONE:,}.", "quantity")
    before = line.quantity
    set_quantity(event, line, quantity, by=by, overbook=overbook)
    line.note = note[:LONGEST_TEXT]
    db.session.flush()
    record(
        "line.changed", event, by=by, label=f"{quantity} × {name_of(line)}", before=before, line_id=line.id
    )
    tell_if_overbooked(event, [line], by, overbook)
    return line


def locked_event(line: PullLine, *products: int) -> Event:
    """The line's event, locked with the products, and still open. Raises Refused."""
    lock({Event: [line.event_id], Product: [line.product_id, *products]})
    event = db.session.get_one(Event, line.event_id)
    refuse_finished(event)
    return event


def set_quantity(
    event: Event, line: PullLine, quantity: int, *, by: Actor, overbook: Overbooking | None = None
) -> None:
    """Bring line and claim to a quantity; a claim that had expired is made again."""
    claim = claims_of([line.id]).get(line.id)
    if claim is None:
        line.quantity = quantity
        reserve([wish_of(event, line)], by=by, overbook=overbook)
        return
    gone = max(claim.out_quantity, claim.prepped_quantity)
    if quantity < gone:
        raise Refused(
            f"{gone} of {name_of(line)} are prepped or out already. Take them back first.", "quantity"
        )
    line.quantity = quantity
    if claim.released_at is not None:
        claim_as_planned(event, line, claim, overbook)
    else:
        change(claim, quantity=quantity, overbook=overbook)


def name_of(line: PullLine) -> str:
    """The name of a line's product."""
    return db.session.get_one(Product, line.product_id).name


def remove_line(line: PullLine, *, by: Actor) -> None:
    """Take a line off the list. It stays as an empty row, since scans may name it. Raises Refused."""
    event = locked_event(line)
    set_quantity(event, line, 0, by=by)
    line.note = line.package_name = ""
    record("line.removed", event, by=by, label=name_of(line), line_id=line.id)
    db.session.flush()


def deliver_part(line: PullLine, missing: int, reason: str, *, by: Actor) -> PullLine:
    """Plan fewer because of a shortage, and remember the demand that could not be met."""
    event = locked_event(line)
    refuse_more_than(line, missing)
    claim = claims_of([line.id])[line.id]
    db.session.add(lost_demand(event, claim, missing, reason))
    set_quantity(event, line, line.quantity - missing, by=by)
    record("line.cut", event, by=by, label=f"{missing} × {name_of(line)}", reason=reason)
    return line


def refuse_more_than(line: PullLine, quantity: int) -> None:
    """Raises Refused for more pieces than the line has."""
    if not 1 <= quantity <= line.quantity:
        raise Refused(f"The line has {line.quantity}.", "quantity")


def lost_demand(event: Event, claim: Reservation, quantity: int, reason: str) -> LostDemand:
    """What could not be delivered, for capacity planning."""
    return LostDemand(
        product_id=claim.product_id,
        event_id=event.id,
        deal_id=event.deal_id,
        quantity=quantity,
        starts_at=claim.starts_at,
        ends_at=claim.ends_at,
        reason=reason,
        created_at=datetime.now(UTC),
    )


def substitute(line: PullLine, product_id: int, quantity: int, *, by: Actor) -> list[PullLine]:
    """Plan another product in place of so many pieces. Raises Refused when that is not free either."""
    if product_id == line.product_id:
        raise Refused("Choose another product.", "product")
    wanted = Wanted(product_id, quantity, f"in place of {name_of(line)}")
    event = locked_event(line, *claimed_products(None, [wanted]))
    refuse_more_than(line, quantity)
    refuse_archived(product_id)
    lines = add_lines(event, [wanted], by=by)
    set_quantity(event, line, line.quantity - quantity, by=by)
    name = db.session.get_one(Product, product_id).name
    record("line.substituted", event, by=by, label=f"{quantity} × {name_of(line)}", reason=f"now {name}")
    return lines


def take_from_tentative(line: PullLine, hold: Reservation, quantity: int, *, by: Actor) -> None:
    """Take pieces from a tentative claim of somebody else, whose event hears of it.

    Its line still wants them: from now on they are marked as promised without stock.
    """
    event = locked_event(line)
    if hold.firmness is not Firmness.TENTATIVE or hold.released_at or hold.product_id != line.product_id:
        raise Refused("This is no tentative claim on the same product any more.")
    taken = min(quantity, to_be_taken(hold))
    if taken < 1:
        raise Refused("Nothing is left to take there.", "quantity")
    reason = f"taken for {event.number}"
    mark_overbooked(hold, hold.overbooked_quantity + taken, Overbooking(by, reason))
    db.session.flush()
    lift_marks([line.product_id], capacities([line.product_id]))
    record("reservation.taken", hold, by=by, label=name_of(line), quantity=taken, event_id=hold.event_id)
    tell_short([hold], by=by, reason=reason)
    record("line.supplied", event, by=by, label=f"{taken} × {name_of(line)}")


def hire_outside(line: PullLine, quantity: int, supplier: str, cost: Decimal, *, by: Actor) -> EventCost:
    """Get pieces from an external supplier: they leave our list, and their cost comes onto the event."""
    event = locked_event(line)
    refuse_more_than(line, quantity)
    name = name_of(line)
    row = EventCost(
        event_id=event.id,
        kind=CostKind.SUBHIRE,
        description=f"{quantity} × {name} from {supplier}",
        planned=cost,
        unit_cost=cost,
        created_at=datetime.now(UTC),
    )
    db.session.add(row)
    set_quantity(event, line, line.quantity - quantity, by=by)
    line.note = f"{line.note}; {quantity} more from {supplier}".lstrip("; ")[:LONGEST_TEXT]
    db.session.flush()
    record("line.hired", event, by=by, label=f"{quantity} × {name}", reason=supplier)
    return row


__all__ = [
    "change_line", "deliver_part", "hire_outside", "put_on_list", "remove_line", "substitute",
    "take_from_tentative",
]  # fmt: skip
