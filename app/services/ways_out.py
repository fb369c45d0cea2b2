"""The ways out of a shortage: fewer, something else, from a tentative event, from a supplier."""

from datetime import UTC, datetime
from decimal import Decimal

from app.actors import Actor
from app.extensions import db
from app.models import CostKind, Event, EventCost, Firmness, LostDemand, Product, PullLine, Reservation
from app.queries.availability import capacities
from app.queries.shortages import to_be_taken
from app.refusals import Refused
from app.services.activities import record
from app.services.line_changes import locked_event, name_of, refuse_archived, set_quantity
from app.services.line_windows import stay_of
from app.services.overbookings import lift_marks
from app.services.pull_lines import LONGEST_TEXT, Wanted, add_lines, claimed_products, claims_of
from app.services.reservations import Overbooking, mark_overbooked
from app.services.rooms import tell_short


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
    """Plan another product in place of so many pieces, for their time. Raises Refused when it is not free."""
    if product_id == line.product_id:
        raise Refused("Choose another product.", "product")
    wanted = Wanted(product_id, quantity, f"in place of {name_of(line)}")
    event = locked_event(line, *claimed_products(None, [wanted]))
    refuse_more_than(line, quantity)
    refuse_archived(product_id)
    lines = add_lines(event, [wanted], by=by, stay=stay_of(line))
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
