"""The dashboard's numbers: each widget one or two narrow statements, so that looking costs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from sqlalchemy import CompoundSelect, Select, bindparam, func, or_, select, union_all

from app.extensions import db
from app.models import (
    OPEN_REPAIRS,
    Alert,
    AlertKind,
    AlertState,
    Company,
    Deal,
    Event,
    Priority,
    Product,
    Repair,
    Reservation,
    StockLevel,
)
from app.models.base import stored
from app.queries.alerts import RANK
from app.queries.availability import STILL_OUT, starts_before
from app.queries.still_out import gear_is_awaited, gear_is_out
from app.rules.deals import CLOSED, Stage, weighted_value
from app.rules.phases import OPEN_PHASES, Phase
from app.rules.spans import LONGEST_SHORT

AHEAD = timedelta(days=7)
NOW: Any = bindparam("now")
SOON: Any = bindparam("soon")
"""The moments of a question, so that its statement is built once."""
GEAR_OUT = (gear_is_out(), *STILL_OUT)
NOT_OUT_YET = (Phase.PLANNED, Phase.PREP, Phase.LOAD_OUT)


def moments(now: datetime) -> dict[str, datetime]:
    """What NOW and SOON stand for."""
    return {"now": now, "soon": now + AHEAD}


@dataclass(frozen=True)
class Trouble:
    """An event that is late or short, and by how many pieces."""

    event_id: int
    number: str
    name: str
    at: datetime
    pieces: int


@dataclass(frozen=True)
class Troubles:
    """What is late and what will be short, worst first."""

    late: Sequence[Trouble]
    short: Sequence[Trouble]

    @property
    def late_pieces(self) -> int:
        """Pieces that should be back."""
        return sum(event.pieces for event in self.late)

    @property
    def short_pieces(self) -> int:
        """Pieces that were promised and are not there."""
        return sum(event.pieces for event in self.short)


def troubles(now: datetime) -> Troubles:
    """Gear that should be back, and promises of the next days that cannot be kept: two statements."""
    return Troubles(as_troubles(late_events(), now), as_troubles(short_events(), now))


@cache
def late_events() -> Select[int, str, str, datetime, int]:
    """Events that are over while their gear is still out."""
    still_out = func.sum(Reservation.out_quantity - Reservation.returned_quantity)
    return (
        select(Event.id, Event.number, Event.name, Event.occupied_until, still_out)
        .join(Reservation, Reservation.event_id == Event.id)
        .where(*GEAR_OUT, gear_is_awaited(), Event.occupied_until <= NOW)
        .group_by(Event.id, Event.number, Event.name, Event.occupied_until)
        .order_by(Event.occupied_until)
    )


@cache
def short_events() -> Select[int, str, str, datetime, int]:
    """Events that leave soon and hold promises beyond what is free."""
    missing = func.sum(Reservation.overbooked_quantity)
    return (
        select(Event.id, Event.number, Event.name, Event.occupied_from, missing)
        .join(Reservation, Reservation.event_id == Event.id)
        .where(
            Event.phase.in_(NOT_OUT_YET),
            Event.occupied_from < SOON,
            Event.occupied_until > NOW,
            Reservation.overbooked_quantity > 0,
            Reservation.released_at.is_(None),
        )
        .group_by(Event.id, Event.number, Event.name, Event.occupied_from)
        .order_by(Event.occupied_from)
    )


def as_troubles(query: Select[int, str, str, datetime, int], now: datetime) -> list[Trouble]:
    """The rows of a query as troubles."""
    return [
        Trouble(event_id, number, name, at, int(pieces))
        for event_id, number, name, at, pieces in db.session.execute(query, moments(now))
    ]


@dataclass(frozen=True)
class Upcoming:
    """An event of the next days, and how far its gear has come."""

    event_id: int
    number: str
    name: str
    phase: Phase
    starts_at: datetime
    ends_at: datetime
    company: str
    ready: int
    planned: int


def upcoming(now: datetime) -> list[Upcoming]:
    """The events that leave or are on in the next 7 days, each with what is prepped or out: one statement."""
    rows = db.session.execute(upcoming_events(), moments(now))
    return [
        Upcoming(
            event_id,
            number,
            name,
            phase,
            begins,
            ends,
            company or "",
            max(int(prepped), int(out)),
            int(all_of_it),
        )
        for event_id, number, name, phase, begins, ends, company, prepped, out, all_of_it in rows
    ]


@cache
def upcoming_events() -> Select[*tuple[Any, ...]]:
    """The events of the next days with the sums of their claims."""
    about = (Event.id, Event.number, Event.name, Event.phase, Event.occupied_from, Event.occupied_until)
    counts = (Reservation.prepped_quantity, Reservation.out_quantity, Reservation.quantity)
    return (
        select(*about, Company.name, *(func.coalesce(func.sum(count), 0) for count in counts))
        .outerjoin(Company, Company.id == Event.company_id)
        .outerjoin(Reservation, (Reservation.event_id == Event.id) & Reservation.released_at.is_(None))
        .where(Event.phase.in_(OPEN_PHASES), Event.occupied_from < SOON, Event.occupied_until > NOW)
        .group_by(*about, Company.name)
        .order_by(Event.occupied_from, Event.id)
    )


@dataclass(frozen=True)
class StageValue:
    """The open deals of one stage."""

    stage: Stage
    count: int
    value: Decimal
    weighted: Decimal


OPEN_DEALS: Final = (
    select(Deal.stage, Deal.probability, func.count(Deal.id), func.sum(Deal.value))
    .where(Deal.stage.not_in(CLOSED))
    .group_by(Deal.stage, Deal.probability)
)


def pipeline() -> list[StageValue]:
    """The open deals by stage, with their value weighted by probability: one statement."""
    stages: dict[Stage, StageValue] = {}
    for stage, probability, count, value in db.session.execute(OPEN_DEALS):
        before = stages.get(stage, StageValue(stage, 0, Decimal(0), Decimal(0)))
        weighted = weighted_value(value, stage, probability)
        stages[stage] = StageValue(
            stage, before.count + count, before.value + value, before.weighted + weighted
        )
    return [stages[stage] for stage in Stage if stage in stages]


@dataclass(frozen=True)
class Utilisation:
    """How much of what is owned is out earning."""

    out: int
    total: int
    ahead: Sequence[int]

    @property
    def percent(self) -> int:
        """Of a hundred."""
        return round(100 * self.out / self.total) if self.total else 0


OUT: Final = select(func.sum(Reservation.out_quantity - Reservation.returned_quantity)).where(*GEAR_OUT)
OWNED: Final = select(func.sum(StockLevel.quantity))


def utilisation(now: datetime) -> Utilisation:
    """Pieces out of all pieces now, and the share that is claimed on each of the next days: three statements."""
    out, total = int(db.session.scalar(OUT) or 0), int(db.session.scalar(OWNED) or 0)
    return Utilisation(out, total, claimed_ahead(now, total))


def claimed_ahead(now: datetime, total: int, days: int = 14) -> list[int]:
    """The percentage of all pieces that are claimed at this time on each of the next days: one statement.

    Not what is free of any product, only how busy the house will be: a sum by period is enough.
    """
    last, dialect = now + timedelta(days=days), db.engine.dialect.name
    asked = {
        "now": now,
        "earliest_start": now - LONGEST_SHORT,
        "last": last,
        "last_stored": stored(last, dialect),
    }
    claims = db.session.execute(claims_by_period(dialect), asked).all()
    moments = [now + timedelta(days=day) for day in range(days)]
    claimed = [sum(int(pieces) for begins, ends, pieces in claims if begins <= at < ends) for at in moments]
    return [round(100 * pieces / total) if total else 0 for pieces in claimed]


@cache
def claims_by_period(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    """How much is claimed from when until when, of all products together."""
    period = (Reservation.starts_at, Reservation.ends_at)
    alive = select(*period, func.sum(Reservation.quantity)).where(
        Reservation.released_at.is_(None), Reservation.ends_at > NOW
    )
    short = alive.where(
        ~Reservation.is_long,
        Reservation.starts_at > bindparam("earliest_start"),
        Reservation.starts_at < bindparam("last"),
    )
    long = alive.where(Reservation.is_long, starts_before("last_stored", dialect))
    return union_all(short.group_by(*period), long.group_by(*period))


@dataclass(frozen=True)
class LowProduct:
    """A product of which an alert is open: low, out, or short before the next delivery."""

    alert_id: int
    product_id: int
    name: str
    kind: AlertKind
    priority: Priority
    quantity: int
    reorder_level: int


LOW: Final = (
    select(
        Alert.id,
        Product.id,
        Product.name,
        Alert.kind,
        Alert.priority,
        Product.on_hand,
        func.coalesce(Product.reorder_level, 0),
    )
    .join(Product, Product.id == Alert.product_id)
    .where(
        Alert.closed_at.is_(None),
        Alert.state == AlertState.OPEN,
        or_(Alert.snoozed_until.is_(None), Alert.snoozed_until <= NOW),
    )
    .order_by(RANK, Product.on_hand, Product.name)
)


def low_products(now: datetime | None = None) -> list[LowProduct]:
    """Products whose alerts wait for somebody, the most urgent first: one statement."""
    rows = db.session.execute(LOW, {"now": now or datetime.now(UTC)})
    return [LowProduct(*row) for row in rows]


@dataclass(frozen=True)
class OpenRepair:
    """A thing that is being mended."""

    repair_id: int
    number: str
    product: str
    note: str
    since: datetime
    expected_back_at: datetime | None

    @property
    def is_late(self) -> bool:
        """True when it should have been mended by now."""
        return self.expected_back_at is not None and self.expected_back_at < datetime.now(UTC)


IN_REPAIR: Final = (
    select(Repair.id, Repair.number, Product.name, Repair.note, Repair.reported_at, Repair.expected_back_at)
    .join(Product, Product.id == Repair.product_id)
    .where(Repair.state.in_(OPEN_REPAIRS))
    .order_by(Repair.reported_at, Repair.id)
)


def open_repairs() -> list[OpenRepair]:
    """What is being mended, oldest first: one statement."""
    return [OpenRepair(*row) for row in db.session.execute(IN_REPAIR)]
