"""Who holds a product, day by day: the bars of its timeline, and where it is short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Company,
    Event,
    Firmness,
    Job,
    JobPart,
    Location,
    LocationKind,
    PullLine,
    Repair,
    Reservation,
)
from app.queries.availability import (
    Availability,
    Holder,
    capacities,
    claim_of,
    claimed_ids,
    claims_asked,
    earliest,
    trusts_planned_returns,
)
from app.queries.rows import AnyRow, AnySelect
from app.rules.availability import free, timeline
from app.rules.calendars import start_of_day
from app.rules.day_columns import Columns, Segment, columns_of, days_from, in_lanes, runs_below_zero, segments

DAYS: Final = 56


class Bar(NamedTuple):
    """A part of one claim, as columns of days."""

    columns: Columns
    lane: int
    kind: str
    tone: str
    tentative: bool
    label: str
    title: str
    event_id: int | None
    repair_id: int | None


class Away(NamedTuple):
    """Who has pieces now, and until when."""

    event_id: int
    event: str
    until: datetime


class Gap(NamedTuple):
    """Days on which more is claimed than there is; `lowest` is the worst of them, below zero."""

    columns: Columns
    lowest: int


@dataclass(frozen=True)
class WarehouseRow:
    """One warehouse's stock of the product over the days."""

    warehouse_id: int
    name: str
    total: int
    lowest: int
    bars: Sequence[Bar]
    gaps: Sequence[Gap]
    lanes: int


@dataclass(frozen=True)
class ProductTimeline:
    """Eight weeks of one product, and what follows from the same claims: what is free, who has it now.

    `away` names by its site each event that has pieces out; `in_repair` says whether a repair holds some.
    """

    days: Sequence[date]
    rows: Sequence[WarehouseRow]
    stock: Availability
    away: Mapping[int, Away]
    in_repair: bool


def product_timeline(product_id: int, first: date, zone: str, ahead: timedelta) -> ProductTimeline:
    """The bars of one product from a day on, a row for each warehouse that has it or owes it.

    The claims are loaded once, for the days shown and for what is free from now until `ahead`.
    """
    now = datetime.now(UTC)
    days = days_from(first, DAYS)
    points = [start_of_day(day, zone) for day in days_from(first, DAYS + 1)]
    found = claimed(product_id, min(points[0], now), max(points[-1], now + ahead), now)
    held = capacities([product_id]).get(product_id, {})
    places = warehouse_names()
    rows = [
        warehouse_row(warehouse_id, name, held.get(warehouse_id, 0), found, points, zone)
        for warehouse_id, name in places
        if warehouse_id in held or any(holder.reservation.warehouse_id == warehouse_id for holder in found)
    ]
    stock = free_in(product_id, places[0][0], held, found, (now, now + ahead))
    in_repair = any(holder.reservation.repair_id for holder in found)
    return ProductTimeline(days, rows, stock, away_now(found), in_repair)


@dataclass(frozen=True)
class Claimed(Holder):
    """Somebody who holds pieces of the product, and what for."""

    purpose: AnyRow


@cache
def claims_with_purpose(dialect: str) -> AnySelect:
    """The claims of a product in a window, what each is for, and when its gear really leaves and returns."""
    return (
        select(
            Reservation,
            Event.number,
            Event.name,
            Event.site_id,
            Company.name.label("client"),
            Repair.number.label("repair"),
            Job.number.label("job"),
            func.coalesce(PullLine.occupied_from, Event.occupied_from).label("away_from"),
            func.coalesce(PullLine.occupied_until, Event.occupied_until).label("away_until"),
        )
        .outerjoin(Event, Event.id == Reservation.event_id)
        .outerjoin(Company, Company.id == Event.company_id)
        .outerjoin(PullLine, PullLine.id == Reservation.line_id)
        .outerjoin(Repair, Repair.id == Reservation.repair_id)
        .outerjoin(JobPart, JobPart.id == Reservation.job_part_id)
        .outerjoin(Job, Job.id == JobPart.job_id)
        .where(Reservation.id.in_(claimed_ids(dialect)))
    )


def claimed(product_id: int, starts_at: datetime, ends_at: datetime, now: datetime) -> list[Claimed]:
    """Who holds the product in a window, earliest first: one statement."""
    asked = claims_asked([product_id], starts_at, ends_at, now)
    rows = db.session.execute(claims_with_purpose(db.engine.dialect.name), asked)
    trusts_plan = trusts_planned_returns()
    found = [Claimed(row[0], claim, row) for row in rows if (claim := claim_of(row[0], now, trusts_plan))]
    return sorted(found, key=earliest)


def free_in(
    product_id: int,
    home_id: int,
    held: Mapping[int, int],
    found: Sequence[Claimed],
    window: tuple[datetime, datetime],
) -> Availability:
    """What is free in the window, at home and elsewhere, by the same arithmetic as everywhere."""

    def free_at(place: int, *, firm: bool = False) -> int:
        claims = [
            holder.claim
            for holder in found
            if holder.reservation.warehouse_id == place
            and not (firm and holder.reservation.firmness is Firmness.TENTATIVE)
        ]
        return free(held.get(place, 0), claims, *window)

    elsewhere = sum(max(free_at(place), 0) for place in held if place != home_id)
    return Availability(
        product_id, held.get(home_id, 0), free_at(home_id), free_at(home_id, firm=True), elsewhere
    )


def away_now(found: Sequence[Claimed]) -> dict[int, Away]:
    """By the site of its event: the claims whose pieces left and have not all come back."""
    away: dict[int, Away] = {}
    for holder in found:
        row, purpose = holder.reservation, holder.purpose
        if row.still_out > 0 and row.event_id is not None and purpose.site_id is not None:
            away[purpose.site_id] = Away(row.event_id, f"{purpose.number} {purpose.name}", row.ends_at)
    return away


WAREHOUSES: Final = (
    select(Location.id, Location.name).where(Location.kind == LocationKind.WAREHOUSE).order_by(Location.id)
)


def warehouse_names() -> Sequence[tuple[int, str]]:
    """All warehouses, the first one first."""
    return [(row.id, row.name) for row in db.session.execute(WAREHOUSES)]


def warehouse_row(
    warehouse_id: int,
    name: str,
    total: int,
    found: Sequence[Claimed],
    points: Sequence[datetime],
    zone: str,
) -> WarehouseRow:
    """The claims on one warehouse's stock, in lanes, with the days on which they are too many."""
    here = [holder for holder in found if holder.reservation.warehouse_id == warehouse_id]
    frees = timeline(total, [holder.claim for holder in here], points)
    first, place = points[0].astimezone(ZoneInfo(zone)).date(), ZoneInfo(zone)
    placed = in_lanes(
        (columns, holder)
        for holder in here
        if (columns := columns_of(holder.claim.starts_at, holder.claim.ends_at, first, DAYS, place))
    )
    bars = [bar for lane, columns, holder in placed for bar in bars_of(lane, columns, holder, first, place)]
    gaps = [Gap(columns, lowest) for columns, lowest in runs_below_zero(frees)]
    lanes = max((lane for lane, _, _ in placed), default=1)
    return WarehouseRow(warehouse_id, name, total, min(frees), bars, gaps, lanes)


def bars_of(lane: int, columns: Columns, holder: Claimed, first: date, zone: ZoneInfo) -> list[Bar]:
    """One claim as prep, out and turnaround; overdue, it is red and has no end."""
    row, claim, purpose = holder.reservation, holder.claim, holder.purpose
    is_late = holder.is_late
    tentative = row.firmness is Firmness.TENTATIVE
    tone = "red" if is_late else "amber" if tentative or row.repair_id else "blue"
    return [
        Bar(
            part.columns, lane, part.kind, tone, tentative, f"{claim.quantity} {caption(purpose, row)}",
            title(purpose, row, part.kind, claim.quantity, is_late=is_late), row.event_id, row.repair_id,
        )
        for part in parts_of(columns, purpose, first, zone, is_late=is_late)
    ]  # fmt: skip


def parts_of(
    columns: Columns, purpose: AnyRow, first: date, zone: ZoneInfo, *, is_late: bool
) -> list[Segment]:
    """The shown days of a claim, as far as they are prep, out or turnaround."""
    if is_late or purpose.away_from is None:
        return segments(columns, None)
    if away := columns_of(purpose.away_from, purpose.away_until, first, DAYS, zone):
        return segments(columns, away)
    is_back = purpose.away_until.astimezone(zone).date() <= first
    return [Segment("turnaround" if is_back else "prep", columns)]


def caption(purpose: AnyRow, row: Reservation) -> str:
    """What a claim is for, in short."""
    return str(purpose.name or purpose.repair or purpose.job or row.kind.replace("_", " "))


def title(purpose: AnyRow, row: Reservation, kind: str, quantity: int, *, is_late: bool) -> str:
    """The sentence behind a bar: event, client, part, how many."""
    number = purpose.number or purpose.repair or purpose.job
    client = purpose.client and f"for {purpose.client}"
    named = " ".join(filter(None, [number, purpose.name, client]))
    state = "in repair" if row.repair_id else "still out" if is_late else kind
    state = f"late, {state}" if is_late else state
    firm = ", tentative" if row.firmness is Firmness.TENTATIVE else ""
    return f"{named or caption(purpose, row)}, {state}, {quantity} pieces{firm}"
