"""Repairs, for programs."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import fields_called, named
from app.edge import actor
from app.fields import Id, Input, Money, Words
from app.finding import find
from app.models import Asset, Location, Product, Repair, RepairState
from app.permissions import Permission
from app.queries.paging import Page
from app.queries.repairs import repairs_page
from app.services.repair_endings import Ending, close_repair
from app.services.repairs import Damage, open_repair


class RepairOut(Output):
    """A repair."""

    id: int
    number: str
    product_id: int
    asset_id: int | None
    quantity: int
    event_id: int | None
    state: RepairState
    note: str
    reported_at: datetime
    expected_back_at: datetime | None
    outcome: str
    cost: Decimal | None
    closed_at: datetime | None


class RepairQuery(Paging):
    """Which repairs."""

    state: Literal["open", "overdue", "ended", "all"] = "all"


@operation(
    "GET",
    "/inventory/repairs",
    permission=Permission.REPAIRS_READ,
    answer=RepairOut,
    query=RepairQuery,
    is_list=True,
)
def list_repairs(query: RepairQuery) -> Page[Repair]:
    """Repairs, open ones first."""
    return repairs_page(query.state, query.page, query.per_page)


@operation("GET", "/inventory/repairs/<int:repair_id>", permission=Permission.REPAIRS_READ, answer=RepairOut)
def get_repair(repair_id: int) -> Repair:
    """One repair."""
    return find(Repair, repair_id)


class RepairIn(Input):
    """An asset that was found damaged, and what is wrong with it."""

    asset_id: Id
    note: Words


@operation(
    "POST",
    "/inventory/repairs",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    body=RepairIn,
    status=201,
    is_idempotent=True,
)
def create_repair(body: RepairIn) -> Repair:
    """Report damage: the asset leaves availability at once."""
    asset = named(Asset, body.asset_id, "asset_id")
    with fields_called(note="asset_id"):
        return open_repair(find(Product, asset.product_id), asset, 1, Damage(body.note), by=actor())


class EndingIn(Input):
    """How a repair ended; a mended thing goes to `shelf_id`, or where it belongs when that is left out."""

    ending: Literal["mended", "written_off"]
    outcome: Words
    cost: Money = Decimal(0)
    charge: Money | None = None
    shelf_id: Id | None = None


@operation(
    "POST",
    "/inventory/repairs/<int:repair_id>/ending",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    body=EndingIn,
    is_idempotent=True,
)
def end_repair(repair_id: int, body: EndingIn) -> Repair:
    """End a repair: mended and back on a shelf, or written off and out of the books."""
    repair = find(Repair, repair_id)
    shelf = None if body.shelf_id is None else named(Location, body.shelf_id, "shelf_id")
    ending = Ending(body.ending == "mended", body.outcome, body.cost, body.charge, shelf)
    close_repair(repair, ending, by=actor())
    return repair
