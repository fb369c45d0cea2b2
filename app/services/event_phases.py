"""Moving an event through its phases. A person decides; the lines only suggest."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from app.actors import Actor
from app.extensions import db
from app.models import Assignment, AssignmentState, Event, Gate, Organization, Product, Reservation
from app.permissions import Permission
from app.queries.availability import capacities
from app.queries.standings import ShortLine, short_lines
from app.refusals import Refused
from app.rules.phases import Phase, is_allowed
from app.scope import current_organization_id
from app.services.activities import record
from app.services.case_events import let_cases_go
from app.services.overbookings import lift_marks, set_mark
from app.transactions import lock

LEAVING = (Phase.LOAD_OUT, Phase.ON_SITE)


def move_phase(event: Event, phase: Phase, *, by: Actor, reason: str = "") -> Event:
    """Move an event to another phase. Raises Refused for a move that is not possible.

    Closing and cancelling are deeds of their own: `close_event` and `cancel_event`. Leaving short asks
    for a reason and a permission where the organization blocks it.
    """
    lock({Event: [event.id]})
    if event.phase is phase:
        return event
    if phase in (Phase.CLOSED, Phase.CANCELLED) or not is_allowed(event.phase, phase):
        raise Refused(f"An event in {event.phase.label} cannot go to {phase.label}.", "phase")
    short = short_lines(event_ids=[event.id]) if phase in LEAVING else []
    if short:
        refuse_leaving_short(short, by, reason)
    return set_phase(event, phase, by=by, reason=reason, short=snapshot(short))


def refuse_leaving_short(short: list[ShortLine], by: Actor, reason: str) -> None:
    """The dispatch gate: where it blocks, only a permission with a reason opens it. Raises Refused."""
    organization = db.session.get_one(Organization, current_organization_id())
    if organization.dispatch_gate is not Gate.BLOCK:
        return
    if not (reason and by.may(Permission.RESERVATIONS_OVERBOOK)):
        names = ", ".join(f"{line.missing} × {line.product.name}" for line in short[:3])
        raise Refused(f"Still short: {names}. Solve it, or give a reason if you may.", "reason")


def snapshot(short: list[ShortLine]) -> dict[str, int]:
    """What was short when somebody went on all the same."""
    return {line.product.name: line.missing for line in short}


def set_phase(event: Event, phase: Phase, *, by: Actor, **facts: Any) -> Event:
    """Write the phase, and that it was moved."""
    before = event.phase
    event.phase = phase
    event.version += 1
    db.session.flush()
    kept = {name: value for name, value in facts.items() if value}
    record("event.phase_moved", event, by=by, before=str(before), phase=str(phase), **kept)
    return event


def cancel_event(event: Event, reason: str, *, by: Actor) -> Event:
    """Cancel an event: its claims end, but for what is still out. Raises Refused when it is finished."""
    lock({Event: [event.id], Product: lambda: products_held(event.id)})
    if event.phase is Phase.CANCELLED:
        return event
    if not is_allowed(event.phase, Phase.CANCELLED):
        raise Refused(f"{event.number} is closed: it cannot be cancelled.")
    if not reason:
        raise Refused("Please say why.", "reason")
    end_claims(event)
    let_cases_go(event, by=by)
    event.phase, event.cancelled_reason = Phase.CANCELLED, reason
    event.version += 1
    db.session.flush()
    record("event.cancelled", event, by=by, reason=reason, deal_id=event.deal_id)
    return event


def products_held(event_id: int) -> set[int]:
    """The products that an event's lines claim."""
    query = select(Reservation.product_id).where(
        Reservation.event_id == event_id, Reservation.line_id.is_not(None), Reservation.released_at.is_(None)
    )
    return set(db.session.scalars(query))


def living_claims(event_id: int) -> list[Reservation]:
    """The claims of an event's lines that are not released."""
    query = select(Reservation).where(
        Reservation.event_id == event_id, Reservation.line_id.is_not(None), Reservation.released_at.is_(None)
    )
    return list(db.session.scalars(query))


def end_claims(event: Event) -> None:
    """Free what an event claims. What is out stays claimed until it is back: it is not on the shelf."""
    now, claims = datetime.now(UTC), living_claims(event.id)
    for claim in claims:
        if claim.out_quantity > claim.returned_quantity:
            claim.quantity = claim.out_quantity
            set_mark(claim, min(claim.overbooked_quantity, claim.quantity))
        else:
            claim.released_at = now
    prepped = update(Assignment).where(
        Assignment.event_id == event.id, Assignment.state == AssignmentState.PREPPED
    )
    db.session.execute(prepped.values(state=AssignmentState.RELEASED))
    db.session.flush()
    product_ids = {claim.product_id for claim in claims}
    lift_marks(product_ids, capacities(product_ids))


def refuse_closed(event: Event) -> None:
    """Raises Refused for a closed event: its figures stand."""
    if event.phase is Phase.CLOSED:
        raise Refused(f"{event.number} is closed: its figures do not change any more.")
