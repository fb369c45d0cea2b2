"""Changing lines of a pull list: quantity, time, note, removal."""

from app.actors import Actor
from app.extensions import db
from app.models import Event, Product, PullLine
from app.refusals import Refused
from app.services.activities import record
from app.services.events import refuse_finished
from app.services.line_windows import Stay, give_stay, stay_of
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
from app.services.reservations import Overbooking, change, reserve
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
    line: PullLine,
    quantity: int,
    note: str,
    *,
    by: Actor,
    overbook: Overbooking | None = None,
    stay: Stay | None = None,
) -> PullLine:
    """Plan another quantity, or another time. Raises Refused below what has left, or for what is not free.

    `stay` is the time of the line inside its event's; left out, it stays as it is.
    """
    event = locked_event(line)
    if not 1 <= quantity <= MOST_OF_ONE:
        raise Refused(f"Please enter a whole number from 1 to {MOST_OF_ONE:,}.", "quantity")
    before, is_moved = line.quantity, stay is not None and stay != stay_of(line)
    if stay is not None:
        give_stay(line, event, stay)
    set_quantity(event, line, quantity, by=by, overbook=overbook, is_moved=is_moved)
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
    event: Event,
    line: PullLine,
    quantity: int,
    *,
    by: Actor,
    overbook: Overbooking | None = None,
    is_moved: bool = False,
) -> None:
    """Bring line and claim to a quantity, and to another time (`is_moved`); an expired claim is made again."""
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
    if claim.released_at is not None or is_moved:
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


__all__ = [
    "change_line",
    "locked_event",
    "name_of",
    "put_on_list",
    "refuse_archived",
    "remove_line",
    "set_quantity",
]
