"""Closing an event: a gate that lists what is missing, and the deed behind it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Event, Location, Product, StockLevel, Tracking, TransactionKind
from app.permissions import Permission
from app.queries.close_out import Gap, missing_for_closing
from app.refusals import Forbidden, Refused
from app.rules.phases import Phase
from app.services.activities import record
from app.services.case_events import refuse_cases_left
from app.services.event_phases import end_claims, living_claims, products_held
from app.services.ledger import Cause, Movement, post
from app.transactions import lock

SHORTEST_REASON = 3


def close_event(event: Event, reasons: Mapping[str, str], *, by: Actor) -> Event:
    """Close an event in Load-In. Closed twice, it is closed once.

    `reasons` holds, by gap, why it is closed all the same. Raises Refused for gaps without a reason and
    for those that no reason excuses.
    """
    lock({Event: [event.id], Location: [event.site_id], Product: lambda: products_touched(event)})
    if event.phase is Phase.CLOSED:
        return event
    if event.phase is not Phase.LOAD_IN:
        raise Refused("Move the event to Load-In first: closing follows the return.")
    refuse_cases_left(event)
    gaps = missing_for_closing(event)
    refuse_gaps(gaps, reasons, by)
    use_up(event, consumables_left(event), by)
    end_claims(event)
    free_used_up(event)
    event.phase, event.closed_at = Phase.CLOSED, datetime.now(UTC)
    event.version += 1
    db.session.flush()
    excused = {gap.key: reasons[gap.key] for gap in gaps}
    record("event.closed", event, by=by, deal_id=event.deal_id, excused=excused)
    return event


def products_touched(event: Event) -> set[int]:
    """What closing frees, and what it uses up."""
    return products_held(event.id) | consumables_left(event).keys()


def free_used_up(event: Event) -> None:
    """What was used up is out of stock: nobody waits for its return. The gate lets nothing else stay out."""
    for claim in living_claims(event.id):
        claim.released_at = datetime.now(UTC)


def refuse_gaps(gaps: list[Gap], reasons: Mapping[str, str], by: Actor) -> None:
    """Raises Refused, each gap beside its own field."""
    errors = {}
    for gap in gaps:
        given = reasons.get(gap.key, "").strip()
        if not gap.can_be_excused:
            errors["form"] = f"{gap.title}. This must be solved first."
        elif len(given) < SHORTEST_REASON:
            errors[gap.key] = f"{gap.title}. Solve it, or say why you close all the same."
    if errors:
        raise Refused.many(errors)
    if gaps and not by.may(Permission.EVENTS_CLOSE):
        raise Forbidden("You may not close an event with open points.")


def consumables_left(event: Event) -> dict[int, int]:
    """Consumables that went to the event's site and were not issued yet."""
    query = (
        select(StockLevel.product_id, StockLevel.quantity)
        .join(Product, Product.id == StockLevel.product_id)
        .where(
            StockLevel.location_id == event.site_id,
            StockLevel.is_held,
            Product.tracking == Tracking.CONSUMABLE,
        )
    )
    return {row.product_id: row.quantity for row in db.session.execute(query)}


def use_up(event: Event, left: dict[int, int], by: Actor) -> None:
    """Issue the consumables that do not come back, at the cost of this moment."""
    if not left:
        return
    movements = [
        Movement(product_id, quantity, from_id=event.site_id) for product_id, quantity in left.items()
    ]
    cause = Cause(by, "event", event.number, event.id, "used up", request_id=f"event-{event.id}-used-up")
    post(TransactionKind.ISSUE, movements, cause)
    for claim in living_claims(event.id):
        if used := left.get(claim.product_id):
            claim.returned_quantity = min(claim.returned_quantity + used, claim.out_quantity)
    db.session.flush()
