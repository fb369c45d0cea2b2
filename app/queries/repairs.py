"""Repairs as lists and pages show them, and the shelf on which a mended thing is put again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.finding import find
from app.models import (
    OPEN_REPAIRS,
    Asset,
    Assignment,
    AssignmentState,
    Event,
    Location,
    LocationKind,
    Repair,
    RepairSending,
    RepairTest,
    Reservation,
    StockLevel,
    StockTransaction,
)
from app.queries.choices import places
from app.queries.paging import PER_PAGE, Page, paged

STATES: Final = {"open": "Open", "mine": "Mine", "overdue": "Overdue", "ended": "Ended", "all": "All"}
NO_SHELF: Final = (LocationKind.EVENT_SITE, LocationKind.REPAIR_BENCH, LocationKind.VEHICLE)
"""Where nothing is stored for the next job."""


def repairs_page(state: str, page: int, per_page: int = PER_PAGE, *, me: int | None = None) -> Page[Repair]:
    """Repairs, open ones first; `me` is whose are mine."""
    query = (
        select(Repair)
        .options(*(joinedload(one) for one in (Repair.product, Repair.asset, Repair.event, Repair.assignee)))
        .order_by(Repair.closed_at.is_not(None), Repair.id.desc())
    )
    if state in ("open", "mine", "overdue"):
        query = query.where(Repair.state.in_(OPEN_REPAIRS))
    if state == "mine":
        query = query.where(Repair.assignee_id == me)
    if state == "overdue":
        query = query.where(Repair.expected_back_at <= datetime.now(UTC))
    if state == "ended":
        query = query.where(Repair.state.not_in(OPEN_REPAIRS))
    return paged(query, page, per_page)


def repair_page(repair_id: int) -> Repair:
    """A repair with everything that its page shows. Raises NotFound."""
    return find(Repair, repair_id, Repair.product, Repair.asset, Repair.event, Repair.shelf, Repair.assignee)


def number_of_open(asset_id: int) -> str | None:
    """The number of the repair that an asset is in."""
    query = select(Repair.number).where(Repair.asset_id == asset_id, Repair.state.in_(OPEN_REPAIRS))
    return db.session.scalar(query)


def event_of(asset_id: int, states: Sequence[AssignmentState]) -> str | None:
    """The number and name of an event that an asset is prepped for or out on."""
    query = (
        select(Event.number, Event.name)
        .join(Assignment, Assignment.event_id == Event.id)
        .where(Assignment.asset_id == asset_id, Assignment.state.in_(states))
        .limit(1)
    )
    found = db.session.execute(query).first()
    return f"{found.number} {found.name}" if found else None


def claim_of(repair_id: int) -> Reservation:
    """The claim that keeps the thing out of stock."""
    return db.session.scalars(select(Reservation).where(Reservation.repair_id == repair_id)).one()


def shelf_options(warehouse_id: int) -> list[tuple[int, str]]:
    """Where a mended thing can be put, as options of a select."""
    return [
        (place.id, place.indented)
        for place in places(warehouse_id=warehouse_id)
        if place.kind not in NO_SHELF
    ]


def shelf_of(repair: Repair, warehouse_id: int) -> Location:
    """Where a mended thing belongs: on the shelf that it was on, else where most of its kind lie."""
    found = last_shelf(repair, warehouse_id) if repair.asset_id else None
    return (
        found or fullest_shelf(repair.product_id, warehouse_id) or db.session.get_one(Location, warehouse_id)
    )


def last_shelf(repair: Repair, warehouse_id: int) -> Location | None:
    """The shelf that the ledger names last for an asset; the floor of the hall is none."""
    here = select(Asset.location_id).where(Asset.id == repair.asset_id).scalar_subquery()
    query = (
        select(Location)
        .join(
            StockTransaction,
            or_(StockTransaction.to_id == Location.id, StockTransaction.from_id == Location.id),
        )
        .where(StockTransaction.asset_id == repair.asset_id, is_shelf(warehouse_id))
        .order_by((Location.id == here).desc(), StockTransaction.id.desc())
    )
    return db.session.scalars(query.limit(1)).first()


def fullest_shelf(product_id: int, warehouse_id: int) -> Location | None:
    """The shelf that holds the most of a product."""
    query = (
        select(Location)
        .join(StockLevel, StockLevel.location_id == Location.id)
        .where(StockLevel.product_id == product_id, StockLevel.is_held, is_shelf(warehouse_id))
        .order_by(StockLevel.quantity.desc(), Location.id)
    )
    return db.session.scalars(query.limit(1)).first()


def is_shelf(warehouse_id: int) -> ColumnElement[bool]:
    """True for a place inside a warehouse where things lie between jobs."""
    return and_(
        Location.warehouse_id == warehouse_id,
        Location.archived_at.is_(None),
        Location.kind.not_in((*NO_SHELF, LocationKind.WAREHOUSE)),
    )


def pieces_by_place(product_id: int, warehouse_id: int) -> list[tuple[int, int]]:
    """(place, pieces) of a counted product in a warehouse, the repair bench first, then the fullest."""
    query = (
        select(StockLevel.location_id, StockLevel.quantity)
        .join(Location, Location.id == StockLevel.location_id)
        .where(
            StockLevel.product_id == product_id,
            StockLevel.is_held,
            Location.warehouse_id == warehouse_id,
            Location.kind != LocationKind.EVENT_SITE,
        )
        .order_by(
            (Location.kind == LocationKind.REPAIR_BENCH).desc(), StockLevel.quantity.desc(), Location.id
        )
    )
    return [(row.location_id, row.quantity) for row in db.session.execute(query)]


def open_sending(repair_id: int) -> RepairSending | None:
    """The sending that is still away."""
    query = select(RepairSending).where(
        RepairSending.repair_id == repair_id, RepairSending.returned_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def still_tells() -> ColumnElement[bool]:
    """True for a test after which nobody outside has had the thing: what a repairer did is to be tried anew."""
    had = func.coalesce(RepairSending.returned_at, RepairSending.sent_at)
    later = select(RepairSending.id).where(
        RepairSending.repair_id == RepairTest.repair_id, had >= RepairTest.tested_at
    )
    return ~later.exists()
