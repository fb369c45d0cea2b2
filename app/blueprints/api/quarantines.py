"""What is kept back, for programs."""

from datetime import datetime
from typing import Literal

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import fields_called, named
from app.blueprints.api.repairs import ShortEventOut
from app.blueprints.warehouse.quarantines import QuarantineInput, ReleaseInput
from app.edge import actor
from app.fields import Id
from app.finding import find
from app.models import Asset, Location, Product, Quarantine, QuarantineReason
from app.permissions import Permission
from app.queries.paging import Page
from app.queries.quarantines import claim_of_quarantine, quarantines_page
from app.queries.short_because import ShortEvent, short_because_of
from app.refusals import Refused
from app.services.accounts import first_warehouse
from app.services.quarantines import Doubt, keep_back, let_go


class QuarantineOut(Output):
    """Something that is, or was, kept back."""

    id: int
    number: str
    product_id: int
    asset_id: int | None
    quantity: int
    reason: QuarantineReason
    note: str
    put_by_name: str
    put_at: datetime
    released_at: datetime | None
    released_by_name: str
    release_note: str


class QuarantineQuery(Paging):
    """Which of them."""

    state: Literal["open", "released", "all"] = "open"


@operation(
    "GET",
    "/warehouse/quarantines",
    permission=Permission.REPAIRS_READ,
    answer=QuarantineOut,
    query=QuarantineQuery,
    is_list=True,
)
def list_quarantines(query: QuarantineQuery) -> Page[Quarantine]:
    """What is kept back, the newest first."""
    return quarantines_page(query.state, query.page, query.per_page)


@operation(
    "GET",
    "/warehouse/quarantines/<int:quarantine_id>",
    permission=Permission.REPAIRS_READ,
    answer=QuarantineOut,
)
def get_quarantine(quarantine_id: int) -> Quarantine:
    """One of them."""
    return find(Quarantine, quarantine_id)


class QuarantineIn(QuarantineInput):
    """An asset, or so many counted pieces of a product in a warehouse, and why they are kept back."""

    asset_id: Id | None = None
    product_id: Id | None = None
    warehouse_id: Id | None = None


@operation(
    "POST",
    "/warehouse/quarantines",
    permission=Permission.REPAIRS_MANAGE,
    answer=QuarantineOut,
    body=QuarantineIn,
    status=201,
    is_idempotent=True,
)
def create_quarantine(body: QuarantineIn) -> Quarantine:
    """Keep something back: it is free for nobody until it is released."""
    if (body.asset_id is None) == (body.product_id is None):
        raise Refused("Name an asset or a product.", "asset_id")
    asset = None if body.asset_id is None else named(Asset, body.asset_id, "asset_id")
    product = find(Product, asset.product_id) if asset else named(Product, body.product_id or 0, "product_id")
    house = (
        first_warehouse() if body.warehouse_id is None else named(Location, body.warehouse_id, "warehouse_id")
    )
    with fields_called(code="asset_id" if asset else "product_id"):
        return keep_back(product, asset, body.quantity, house, Doubt(body.reason, body.note), by=actor())


class ReleaseIn(ReleaseInput):
    """Why it may go out again."""


@operation(
    "POST",
    "/warehouse/quarantines/<int:quarantine_id>/release",
    permission=Permission.REPAIRS_MANAGE,
    answer=QuarantineOut,
    body=ReleaseIn,
    is_idempotent=True,
)
def release_quarantine(quarantine_id: int, body: ReleaseIn) -> Quarantine:
    """Release something: it is free again."""
    return let_go(find(Quarantine, quarantine_id), body.release_note, by=actor())


@operation(
    "GET",
    "/warehouse/quarantines/<int:quarantine_id>/short-events",
    permission=Permission.REPAIRS_READ,
    answer=ShortEventOut,
    is_list=True,
)
def list_short_events_of_quarantine(quarantine_id: int) -> list[ShortEvent]:
    """The events to come that are short because of what is kept back."""
    return short_because_of(claim_of_quarantine(find(Quarantine, quarantine_id).id))
