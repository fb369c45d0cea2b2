"""Events: opening them from a won deal or by hand, and changing what is said about them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from app.actors import Actor
from app.extensions import db
from app.models import Code, CodeKind, Deal, Event, Location, LocationKind
from app.refusals import Refused, Stale
from app.rules.codes import code_key
from app.rules.periods import Period
from app.services.activities import record
from app.services.numbers import next_number, this_year
from app.services.pull_lines import Wanted, add_lines, claimed_products, lines_short
from app.transactions import lock

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Windows:
    """When gear is away, and when the client pays; the charge lies inside the occupancy."""

    occupied_from: datetime
    occupied_until: datetime
    charged_from: datetime
    charged_until: datetime


@dataclass(frozen=True)
class Particulars:
    """What is said about an event besides its windows."""

    name: str
    company_id: int | None = None
    contact_id: int | None = None
    venue_id: int | None = None
    owner_id: int | None = None
    notes: str = ""


def open_event(deal: Deal, *, by: Actor) -> Event:
    """The event of a won deal that has none yet, with its site below the warehouse.

    What the deal is worth is the event's revenue. The caller has locked the deal.
    """
    windows = Windows(deal.occupied_from, deal.occupied_until, deal.charged_from, deal.charged_until)
    about = Particulars(deal.name, deal.company_id, deal.contact_id, deal.venue_id, deal.owner_id)
    return write_event(about, windows, deal.warehouse_id, by=by, deal_id=deal.id, revenue=deal.value)


def open_event_by_hand(about: Particulars, windows: Windows, warehouse_id: int, *, by: Actor) -> Event:
    """An event without a deal. Raises Refused naming the window that will not do."""
    refuse_windows(windows)
    return write_event(about, windows, warehouse_id, by=by, deal_id=None)


def write_event(
    about: Particulars,
    windows: Windows,
    warehouse_id: int,
    *,
    by: Actor,
    deal_id: int | None,
    revenue: Decimal = NOTHING,
) -> Event:
    """The event's row, after the place that its gear goes to."""
    now = datetime.now(UTC)
    number = next_number("EV", this_year(now))
    site = make_site(number, about.name, warehouse_id)
    event = Event(
        number=number,
        warehouse_id=warehouse_id,
        site_id=site.id,
        deal_id=deal_id,
        revenue=revenue,
        created_at=now,
        **vars(about),
        **vars(windows),
    )
    db.session.add(event)
    db.session.flush()
    record("event.created", event, by=by, deal_id=deal_id)
    return event


def make_site(number: str, name: str, warehouse_id: int) -> Location:
    """The event's site, a place below its warehouse, found by the event's number."""
    site = Location(
        name=f"{number} {name}",
        code=number,
        kind=LocationKind.EVENT_SITE,
        parent_id=warehouse_id,
        warehouse_id=warehouse_id,
    )
    db.session.add(site)
    db.session.flush()
    db.session.add(Code(code=number, code_key=code_key(number), kind=CodeKind.LOCATION, location_id=site.id))
    return site


def refuse_windows(windows: Windows) -> None:
    """Raises Refused beside the field that will not do."""
    occupied = checked_period(windows.occupied_from, windows.occupied_until, "occupied_until")
    charged = checked_period(windows.charged_from, windows.charged_until, "charged_until")
    if charged.starts_at < occupied.starts_at:
        raise Refused("The charge cannot begin before the gear leaves.", "charged_from")
    if charged.ends_at > occupied.ends_at:
        raise Refused("The charge cannot end after the gear is back.", "charged_until")


def checked_period(starts_at: datetime, ends_at: datetime, field: str) -> Period:
    """The period of two instants. Raises Refused beside a field."""
    try:
        return Period(starts_at, ends_at)
    except ValueError as error:
        raise Refused(str(error), field) from error


def change_event(event: Event, about: Particulars, version: int, *, by: Actor) -> None:
    """Change what is said about an event. Raises Stale when somebody else changed it meanwhile."""
    lock({Event: [event.id]})
    refuse_stale(event, version)
    refuse_finished(event)
    before = {name: getattr(event, name) for name in vars(about)}
    for name, value in vars(about).items():
        setattr(event, name, value)
    event.version += 1
    db.session.flush()
    changed = sorted(name for name, value in vars(about).items() if before[name] != value)
    record("event.changed", event, by=by, changed=changed)


def refuse_stale(event: Event, version: int) -> None:
    """Raises Stale when the event is not as this person saw it."""
    if event.version != version:
        raise Stale("Somebody else changed this event meanwhile. Look at the newer values, then save again.")


def refuse_finished(event: Event) -> None:
    """Raises Refused for an event that is closed or cancelled."""
    if not event.phase.is_open:
        raise Refused(f"{event.number} is {event.phase.label.lower()}: it does not change any more.")


__all__ = [
    "Particulars", "Wanted", "Windows", "add_lines", "change_event", "claimed_products", "lines_short",
    "open_event", "open_event_by_hand", "refuse_finished", "refuse_stale", "refuse_windows", "write_event",
]  # fmt: skip
