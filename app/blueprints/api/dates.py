"""Moving an event's dates, for programs: what it would do first, then the deed."""

from typing import Any

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.events import EventOut, WindowsIn
from app.blueprints.planning.fields import overbooking
from app.edge import actor
from app.fields import Id, Reason
from app.finding import find
from app.models import Event
from app.permissions import Permission
from app.services.event_dates import LineEffect, change_dates, effect_of_dates
from app.services.events import refuse_finished, refuse_stale, refuse_windows


class DatesIn(WindowsIn):
    """New dates of the event in the `version` that was read; what is charged is the occupancy when left out.

    With `dry_run` nothing is written. What becomes short is refused unless a `reason` decides to promise it.
    """

    version: Id
    reason: Reason = ""
    dry_run: bool = False


class LineEffectOut(Output):
    """A line of the pull list: how many are missing under the old dates and under the new."""

    line_id: int
    product_id: int
    product: str
    quantity: int
    missing_before: int
    missing_after: int


class DatesOut(Output):
    """The event as it is now, and what the dates do to each line; more that is short than before needs a reason."""

    event: EventOut
    needs_reason: bool
    effects: list[LineEffectOut]


@operation(
    "POST",
    "/planning/events/<int:event_id>/dates",
    permission=Permission.EVENTS_MANAGE,
    answer=DatesOut,
    body=DatesIn,
    is_idempotent=True,
)
def change_event_dates(event_id: int, body: DatesIn) -> dict[str, Any]:
    """Move an event and its claims to other dates; `dry_run` answers what that would do."""
    event = find(Event, event_id)
    if body.dry_run:
        return outcome(event, foreseen(event, body))
    decision = overbooking(actor(), body.reason)
    return outcome(event, change_dates(event, body.windows(), body.version, by=actor(), overbook=decision))


def foreseen(event: Event, body: DatesIn) -> list[LineEffect]:
    """What the dates would do. Raises Stale or Refused where the deed itself would, but for what is short."""
    refuse_windows(body.windows())
    refuse_stale(event, body.version)
    refuse_finished(event)
    return effect_of_dates(event, body.windows())


def outcome(event: Event, effects: list[LineEffect]) -> dict[str, Any]:
    """The answer as the contract lists it."""
    return {
        "event": event,
        "needs_reason": any(effect.missing_after > effect.claim.overbooked_quantity for effect in effects),
        "effects": [
            {
                "line_id": effect.line.id,
                "product_id": effect.product.id,
                "product": effect.product.name,
                "quantity": effect.line.quantity,
                "missing_before": effect.missing_before,
                "missing_after": effect.missing_after,
            }
            for effect in effects
        ],
    }
