"""What the warehouse has to do today, and how far an event's list has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, func, or_, select

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Category,
    Company,
    Event,
    Location,
    LocationKind,
    Product,
    PullLine,
    Reservation,
    Scan,
    StockLevel,
    Tracking,
)
from app.queries.availability import trusts_planned_returns
from app.queries.cases import KEPT_TOGETHER
from app.queries.rows import AnyRow
from app.queries.scan_log import IS_UNDOABLE, IS_UNDONE, WENT_WITH_A_CASE
from app.rules.calendars import local_day, start_of_day
from app.rules.costing import replacement
from app.rules.phases import LineCounts, Phase, proposed_phase
from app.rules.verdicts import TABLE, Situation

SOON = timedelta(days=3)
RECENT = 12
ACTIVE: Final = (AssignmentState.PREPPED, AssignmentState.OUT)
"""How the assets stand that are chosen for an event now."""
CHOSEN: Final = (
    select(func.count())
    .where(Assignment.reservation_id == Reservation.id, Assignment.state.in_(ACTIVE))
    .correlate(Reservation)
    .scalar_subquery()
)
"""How many assets are chosen for a claim, wherever they are."""


class EventLoad(NamedTuple):
    """An event with how far its list has come, in pieces."""

    id: int
    number: str
    name: str
    phase: Phase
    occupied_from: datetime
    occupied_until: datetime
    company: str | None
    planned: int
    prepped: int
    out: int
    returned: int

    @property
    def still_out(self) -> int:
        """Pieces that have not come back."""
        return self.out - self.returned


@dataclass(frozen=True)
class Today:
    """The warehouse's day."""

    late: list[EventLoad]
    leaving: list[EventLoad]
    returning: list[EventLoad]
    to_prep: list[EventLoad]


def today(zone: str) -> Today:
    """What is late, leaves, returns, and is to be prepared in the next days: one statement."""
    now = datetime.now(UTC)
    tomorrow = start_of_day(local_day(now, zone) + timedelta(days=1), zone)
    loads = event_loads(now, tomorrow)
    trusts_plan = trusts_planned_returns()
    late = [load for load in loads if load.still_out > 0 and load.occupied_until <= now and not trusts_plan]
    returning = [
        load for load in loads if load.still_out > 0 and now < load.occupied_until <= tomorrow + SOON
    ]
    going = [load for load in loads if load.out < load.planned and load.occupied_until > now]
    leaving = [load for load in going if load.occupied_from <= tomorrow]
    return Today(late, leaving, returning, [load for load in going if load.occupied_from > tomorrow])


def event_loads(now: datetime, tomorrow: datetime) -> list[EventLoad]:
    """Open events that begin soon, or have gear out."""
    sums = [
        func.coalesce(func.sum(column), 0)
        for column in (
            Reservation.quantity,
            Reservation.prepped_quantity,
            Reservation.out_quantity,
            Reservation.returned_quantity,
        )
    ]
    still_out = func.sum(Reservation.out_quantity - Reservation.returned_quantity) > 0
    begins_soon = and_(Event.occupied_from <= tomorrow + SOON, Event.occupied_until > now)
    query = (
        select(
            Event.id, Event.number, Event.name, Event.phase, Event.occupied_from, Event.occupied_until,
            Company.name, *sums,
        )
        .outerjoin(Company, Company.id == Event.company_id)
        .join(Reservation, Reservation.event_id == Event.id)
        .join(Product, and_(Product.id == Reservation.product_id, Product.tracking != Tracking.CONSUMABLE))
        .where(Event.phase.not_in((Phase.CLOSED, Phase.CANCELLED)))
        .group_by(Event.id, Company.name)
        .having(or_(begins_soon, still_out))
        .order_by(Event.occupied_from)
        .limit(200)
    )  # fmt: skip
    return [EventLoad(*row) for row in db.session.execute(query)]


class StationLine(NamedTuple):
    """One line of an event, as the scan station lists it."""

    id: int
    product_id: int
    product: str
    sku: str
    tracking: Tracking
    category: str | None
    planned: int
    prepped: int
    out: int
    returned: int
    overbooked: int
    claimed: int
    replacement_value: Decimal
    chosen: int
    shelf: str

    @property
    def still_out(self) -> int:
        """Pieces that have not come back."""
        return self.out - self.returned

    def suggested_charge(self, pieces: int) -> Decimal | None:
        """What the client is asked for when so many of them are lost; nothing where nobody knows what they cost."""
        return replacement(self.replacement_value, pieces) if self.replacement_value else None

    def done(self, mode: str) -> int:
        """Pieces counted in this mode."""
        return {"prep": max(self.prepped, self.out), "out": self.out, "in": self.returned}[mode]

    def to_do(self, mode: str) -> int:
        """Pieces to be counted in this mode."""
        return self.out if mode == "in" else self.planned


def station_lines(event_id: int) -> list[StationLine]:
    """The lines of an event by shelf: two statements."""
    query = (
        select(
            PullLine.id, PullLine.product_id, Product.name, Product.sku, Product.tracking, Category.name,
            PullLine.quantity,
            func.coalesce(Reservation.prepped_quantity, 0), func.coalesce(Reservation.out_quantity, 0),
            func.coalesce(Reservation.returned_quantity, 0), func.coalesce(Reservation.overbooked_quantity, 0),
            func.coalesce(Reservation.quantity, 0), Product.replacement_value, CHOSEN,
        )
        .join(Product, Product.id == PullLine.product_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .outerjoin(Reservation, Reservation.line_id == PullLine.id)
        .where(PullLine.event_id == event_id, PullLine.quantity > 0)
        .order_by(PullLine.position, PullLine.id)
    )  # fmt: skip
    rows = db.session.execute(query).all()
    shelves = shelf_codes({row.product_id for row in rows})
    lines = [StationLine._make((*row, shelves.get(row.product_id, ""))) for row in rows]
    return sorted(lines, key=lambda line: (line.shelf or "~", line.product))


def by_shelf(lines: Sequence[StationLine]) -> list[tuple[str, list[StationLine]]]:
    """The lines of an event as somebody walks past the shelves; what has none comes last."""
    return [(shelf, list(group)) for shelf, group in groupby(lines, key=attrgetter("shelf"))]


def shelf_codes(product_ids: set[int]) -> dict[int, str]:
    """Product → the code of the place that holds the most of it; event sites are not shelves."""
    query = (
        select(StockLevel.product_id, Location.code)
        .join(Location, Location.id == StockLevel.location_id)
        .where(
            StockLevel.product_id.in_(product_ids),
            StockLevel.is_held,
            Location.kind != LocationKind.EVENT_SITE,
            ~KEPT_TOGETHER,
        )
        .order_by(StockLevel.quantity)
    )
    return {row.product_id: row.code for row in db.session.execute(query)}


def suggested_phase(event: Event, lines: Sequence[StationLine]) -> Phase | None:
    """The phase that the counts speak for, when it is another than the event's own."""
    counts = [LineCounts(line.planned, line.prepped, line.out, line.returned) for line in lines]
    proposed = proposed_phase(counts) if counts else event.phase
    return None if proposed in (event.phase, Phase.PLANNED) else proposed


def recent_scans(event_id: int) -> Sequence[AnyRow]:
    """The latest scans of everybody on an event; whether each was taken back stands beside it."""
    query = (
        select(
            Scan.id, Scan.mode, Scan.message, Scan.situation, Scan.change, Scan.by_name, Scan.recorded_at,
            IS_UNDONE.label("is_undone"), IS_UNDOABLE.label("is_undoable"),
        )
        .where(Scan.event_id == event_id, ~WENT_WITH_A_CASE)
        .order_by(Scan.id.desc())
        .limit(RECENT)
    )  # fmt: skip
    return db.session.execute(query).all()


def scans_counted(event_id: int) -> int:
    """What tells whether anything happened since a page was shown: how many scans there are.

    The highest id would not tell: of two that come at once, the one that has begun first may end last.
    """
    return db.session.scalar(select(func.count(Scan.id)).where(Scan.event_id == event_id)) or 0


def judgement_of(situation: str) -> Any:
    """Colour and icon of a kept scan."""
    return TABLE[Situation(situation)]


class OutAsset(NamedTuple):
    """A piece that is out on an event."""

    asset_id: int
    tag: str
    line_id: int | None


def assets_out(event_id: int) -> list[OutAsset]:
    """The pieces that are out on an event."""
    query = (
        select(Asset.id, Asset.tag, Reservation.line_id)
        .join(Assignment, Assignment.asset_id == Asset.id)
        .join(Reservation, Reservation.id == Assignment.reservation_id)
        .where(Assignment.event_id == event_id, Assignment.state == AssignmentState.OUT)
        .order_by(Asset.tag)
    )
    return [OutAsset(*row) for row in db.session.execute(query)]
