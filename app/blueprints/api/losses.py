"""What did not come back from events, for programs."""

import uuid
from decimal import Decimal
from typing import Any

from app.blueprints.api.assets import AssetOut
from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import named
from app.blueprints.warehouse.losses import FoundInput, LossInput, PiecesFoundInput
from app.edge import actor
from app.finding import find
from app.models import Asset, Event, Product, PullLine
from app.permissions import Permission
from app.queries.lost_pieces import pieces_lost
from app.queries.warehouse import StationLine, station_lines
from app.refusals import Refused
from app.services.losses import mark_found, mark_lost, mark_pieces_found


class MissingOut(Output):
    """A line of which pieces are still out."""

    line_id: int
    product_id: int
    product: str
    still_out: int


@operation(
    "GET",
    "/warehouse/events/<int:event_id>/missing",
    permission=Permission.SCANS_READ,
    answer=MissingOut,
    is_list=True,
)
def list_missing(event_id: int) -> list[dict[str, Any]]:
    """What is still out on an event."""
    lines = station_lines(find(Event, event_id).id)
    return [missing_facts(line) for line in lines if line.still_out > 0]


def missing_facts(line: StationLine) -> dict[str, Any]:
    """A line as the contract lists it."""
    return {
        "line_id": line.id,
        "product_id": line.product_id,
        "product": line.product,
        "still_out": line.still_out,
    }


class LossToReportIn(LossInput):
    """What is lost, and what the client pays for it; of what is followed piece by piece, the asset is named."""


@operation(
    "POST",
    "/warehouse/events/<int:event_id>/losses",
    permission=Permission.SCANS_OVERRIDE,
    answer=MissingOut,
    body=LossToReportIn,
    is_list=True,
    is_idempotent=True,
)
def create_loss(event_id: int, body: LossToReportIn) -> list[dict[str, Any]]:
    """Mark what did not come back as lost, with its charge on the event; what is still out is answered."""
    find(Event, event_id)
    line = named(PullLine, body.line_id, "line_id")
    if line.event_id != event_id:
        raise Refused("This line belongs to another event.", "line_id")
    asset = None if body.asset_id is None else named(Asset, body.asset_id, "asset_id")
    mark_lost(line, asset, body.quantity, body.charge, by=actor(), uuid=str(uuid.uuid4()))
    return list_missing(event_id)


class FindIn(FoundInput):
    """A lost asset that turned up; the client gets `credit` back, left out, what was charged for it."""


@operation(
    "POST",
    "/warehouse/events/<int:event_id>/finds",
    permission=Permission.SCANS_OVERRIDE,
    answer=AssetOut,
    body=FindIn,
    is_idempotent=True,
)
def create_find(event_id: int, body: FindIn) -> Asset:
    """Put a lost asset back into stock, with a credit on the event."""
    event, asset = find(Event, event_id), named(Asset, body.asset_id, "asset_id")
    mark_found(asset, event, body.credit, by=actor(), uuid=str(uuid.uuid4()))
    return asset


class LostPiecesOut(Output):
    """Counted pieces that were lost on an event and have not been found; `charged` is what was not given back yet."""

    product_id: int
    product: str
    pieces: int
    charged: Decimal


class PieceFindIn(PiecesFoundInput):
    """Lost pieces of a product that turned up; the client gets `credit` back, left out, what was charged for them."""


@operation(
    "POST",
    "/warehouse/events/<int:event_id>/piece-finds",
    permission=Permission.SCANS_OVERRIDE,
    answer=LostPiecesOut,
    body=PieceFindIn,
    is_list=True,
    is_idempotent=True,
)
def create_piece_find(event_id: int, body: PieceFindIn) -> list[dict[str, Any]]:
    """Put lost pieces back into stock, with a credit on the event; what is lost still is answered."""
    event, product = find(Event, event_id), named(Product, body.product_id, "product_id")
    mark_pieces_found(product, event, body.quantity, body.credit, by=actor(), uuid=str(uuid.uuid4()))
    return [one._asdict() for one in pieces_lost(event_id)]
