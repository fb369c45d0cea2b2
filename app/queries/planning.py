"""Events as lists and pages show them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from app.extensions import db
from app.finding import find
from app.models import Activity, Company, Contact, Event, Reservation, User, Venue
from app.models.base import plain_text
from app.queries.availability import trusts_planned_returns
from app.queries.feed import Entry, May, visible_kinds
from app.queries.paging import PER_PAGE, Page, paged
from app.queries.sentences import place_of, saying_of, sentence
from app.queries.standings import short_lines
from app.queries.still_out import gear_is_awaited, gear_is_out
from app.rules.calendars import start_of_day
from app.rules.phases import LABELS, OPEN_PHASES, LineCounts, Phase, proposed_phase

SORTS: Final[dict[str, Any]] = {
    "number": Event.number, "name": func.lower(Event.name), "from": Event.occupied_from,
    "until": Event.occupied_until, "client": func.lower(Company.name), "phase": Event.phase,
}  # fmt: skip
MOST_EXPORTED: Final = 10_000
FEED_LENGTH: Final = 100


@dataclass(frozen=True)
class EventFilters:
    """What a list of events is narrowed to. `phase` is a phase, `open`, `overdue` or nothing."""

    find: str = ""
    phase: str = "open"
    starts: date | None = None
    ends: date | None = None
    sort: str = "from"


class EventRow(NamedTuple):
    """One event of a list."""

    id: int
    number: str
    name: str
    phase: Phase
    occupied_from: datetime
    occupied_until: datetime
    company: str | None
    company_id: int | None
    venue: str | None
    still_out: int
    is_overdue: bool
    short: int = 0


def still_out_of(event_id: Any) -> Any:
    """How many pieces are out on an event."""
    query = select(func.coalesce(func.sum(Reservation.out_quantity - Reservation.returned_quantity), 0))
    return query.where(Reservation.event_id == event_id, gear_is_out()).scalar_subquery()


def is_overdue_event(now: datetime) -> ColumnElement[bool]:
    """True for an event past its end with gear still out; worked out when asked."""
    still_out = select(Reservation.id).where(
        Reservation.event_id == Event.id,
        gear_is_awaited(),
        Reservation.released_at.is_(None),
    )
    return and_(Event.occupied_until <= now, still_out.exists())


def event_select(now: datetime) -> Select[Any]:
    """The columns of a list of events."""
    return (
        select(
            Event.id, Event.number, Event.name, Event.phase, Event.occupied_from, Event.occupied_until,
            Company.name.label("company"), Event.company_id, Venue.name.label("venue"),
            still_out_of(Event.id).label("still_out"), is_overdue_event(now).label("is_overdue"),
        )
        .outerjoin(Company, Company.id == Event.company_id)
        .outerjoin(Venue, Venue.id == Event.venue_id)
    )  # fmt: skip


def filtered(query: Select[Any], filters: EventFilters, zone: str, now: datetime) -> Select[Any]:
    """Only the events that the filters let through."""
    for word in plain_text(filters.find).split():
        named = or_(
            Event.search_text.contains(word, autoescape=True),
            Company.search_text.contains(word, autoescape=True),
            Venue.search_text.contains(word, autoescape=True),
        )
        query = query.where(named)
    if filters.phase == "open":
        query = query.where(Event.phase.in_(OPEN_PHASES))
    elif filters.phase == "overdue":
        query = query.where(is_overdue_event(now))
    elif filters.phase in tuple(Phase):
        query = query.where(Event.phase == Phase(filters.phase))
    if filters.starts:
        query = query.where(Event.occupied_until > start_of_day(filters.starts, zone))
    if filters.ends:
        query = query.where(Event.occupied_from < start_of_day(filters.ends + timedelta(days=1), zone))
    return query


def in_order(query: Select[Any], sort: str) -> Select[Any]:
    """Sorted by a column; a minus in front turns it round."""
    column = SORTS.get(sort.removeprefix("-"), Event.occupied_from)
    return query.order_by(column.desc() if sort.startswith("-") else column, Event.id)


def event_rows(filters: EventFilters, page: int, zone: str) -> Page[EventRow]:
    """One page of events, each with what is out and how many lines are short."""
    now = datetime.now(UTC)
    query = in_order(filtered(event_select(now), filters, zone, now), filters.sort)
    found = paged(query, page, PER_PAGE, scalars=False)
    return Page(with_short(found.items), found.page, found.per_page, found.total)


def all_event_rows(filters: EventFilters, zone: str) -> list[EventRow]:
    """Every event of a list, for a file."""
    now = datetime.now(UTC)
    query = in_order(filtered(event_select(now), filters, zone, now), filters.sort)
    return with_short(db.session.execute(query.limit(MOST_EXPORTED)).all())


def with_short(rows: Sequence[Row[Any]]) -> list[EventRow]:
    """The rows with the number of lines that are short."""
    open_ids = [row.id for row in rows if row.phase in OPEN_PHASES]
    short = short_counts(open_ids)
    return [EventRow(**row._mapping, short=short.get(row.id, 0)) for row in rows]


def short_counts(event_ids: Collection[int]) -> dict[int, int]:
    """How many lines of each event are short."""
    counts: dict[int, int] = {}
    for line in short_lines(event_ids=event_ids) if event_ids else ():
        counts[line.event.id] = counts.get(line.event.id, 0) + 1
    return counts


@dataclass(frozen=True)
class EventHead:
    """What stands above every tab of an event."""

    event: Event
    owner: str
    still_out: int
    is_overdue: bool
    short: int
    proposed: Phase | None
    lines: int


def event_head(event_id: int) -> EventHead:
    """An event with its client, venue and places, how its lines stand, and which phase they suggest."""
    event = find(
        Event,
        event_id,
        Event.company,
        Event.contact,
        Event.venue,
        Event.deal,
        Event.warehouse,
        Event.site,
    )
    counts = line_counts(event_id)
    still_out = sum(max(line.out - line.returned, 0) for line in counts)
    owner = db.session.scalar(select(User.name).where(User.id == event.owner_id)) if event.owner_id else ""
    return EventHead(
        event=event,
        owner=owner or "",
        still_out=still_out,
        is_overdue=still_out > 0 and is_late(event),
        short=short_counts([event_id]).get(event_id, 0),
        proposed=suggestion(event, counts),
        lines=sum(line.planned > 0 for line in counts),
    )


def is_late(event: Event) -> bool:
    """True when what is out should be back, and nobody trusts that it is."""
    return event.occupied_until <= datetime.now(UTC) and not trusts_planned_returns()


def line_counts(event_id: int) -> list[LineCounts]:
    """How far each line of an event has come."""
    query = select(
        Reservation.quantity,
        Reservation.prepped_quantity,
        Reservation.out_quantity,
        Reservation.returned_quantity,
    ).where(
        Reservation.event_id == event_id, Reservation.line_id.is_not(None), Reservation.released_at.is_(None)
    )
    return [LineCounts(*row) for row in db.session.execute(query)]


def suggestion(event: Event, counts: Sequence[LineCounts]) -> Phase | None:
    """The phase that the lines suggest, when it is later than where the event stands."""
    if not event.phase.is_open or not counts:
        return None
    proposed = proposed_phase(counts)
    return proposed if OPEN_PHASES.index(proposed) > OPEN_PHASES.index(event.phase) else None


def event_feed(event_id: int, may: May, limit: int = FEED_LENGTH) -> list[Entry]:
    """What happened on an event as far as somebody may see it, the newest first."""
    query = select(Activity).where(
        Activity.event_id == event_id, Activity.subject_type.in_(visible_kinds(may, ""))
    )
    return [
        Entry(
            row.id,
            row.actor_name,
            sentence(row.verb, row.subject_label) + because(row.facts),
            row.happened_at,
            "" if row.subject_type == "event" else place_of(row.subject_type, row.subject_id),
            saying_of(row.verb).icon,
            saying_of(row.verb).tone,
        )
        for row in db.session.scalars(query.order_by(Activity.id.desc()).limit(limit))
    ]


def because(facts: dict[str, Any]) -> str:
    """The reason that was given, behind the sentence."""
    phase = facts.get("phase")
    words = facts.get("reason") or facts.get("summary") or (LABELS[Phase(phase)] if phase else "")
    return f": {words}" if words else ""


def company_options() -> list[tuple[int, str]]:
    """The clients as options of a select."""
    query = select(Company.id, Company.name).where(Company.archived_at.is_(None))
    return [(row.id, row.name) for row in db.session.execute(query.order_by(func.lower(Company.name)))]


def contact_options() -> list[tuple[str, list[tuple[int, str]]]]:
    """The contacts as options of a select, under their companies."""
    query = (
        select(Contact.id, Contact.name, Company.name.label("company"))
        .outerjoin(Company, Company.id == Contact.company_id)
        .where(Contact.archived_at.is_(None))
        .order_by(func.lower(Company.name), func.lower(Contact.name))
    )
    groups: dict[str, list[tuple[int, str]]] = {}
    for row in db.session.execute(query):
        groups.setdefault(row.company or "Without a company", []).append((row.id, row.name))
    return list(groups.items())


def venue_options() -> list[tuple[int, str]]:
    """The venues as options of a select."""
    query = select(Venue.id, Venue.name).order_by(func.lower(Venue.name))
    return [(row.id, row.name) for row in db.session.execute(query)]


def owner_options() -> list[tuple[int, str]]:
    """The people who may look after an event."""
    query = select(User.id, User.name).where(User.is_active).order_by(func.lower(User.name))
    return [(row.id, row.name) for row in db.session.execute(query)]
