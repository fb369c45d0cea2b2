"""What did not come back from an event."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from flask import Response, url_for
from pydantic import Field

from app.blueprints.warehouse import blueprint
from app.edge import actor
from app.fields import Id, Input, Money
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Asset, Event, Product, PullLine
from app.permissions import Permission, requires
from app.queries import warehouse as queries
from app.queries.lost_pieces import assets_lost, pieces_lost
from app.queries.short_because import ShortEvent, short_for_lack_of
from app.refusals import NotFound
from app.services.losses import mark_found, mark_lost, mark_pieces_found

MOST_NAMED = 5


@blueprint.get("/events/<int:event_id>/missing")
@requires(Permission.SCANS_READ)
def missing(event_id: int) -> Response:
    """What is still out on an event, to be scanned in or marked lost."""
    event = find(Event, event_id)
    lines = [line for line in queries.station_lines(event_id) if line.still_out > 0]
    return page(
        "warehouse/missing.html",
        event=event,
        lines=lines,
        assets=queries.assets_out(event_id),
        lost=assets_lost(event_id),
        lost_pieces=pieces_lost(event_id),
        request_id=str(uuid.uuid4()),
    )


class LossInput(Input):
    """What is lost, and what the client pays for it."""

    line_id: Id
    asset_id: Id | None = None
    quantity: Annotated[int, Field(ge=1, le=9_999)] = 1
    charge: Money = Decimal(0)


class LossForm(LossInput):
    """The same in a form, where nobody is charged nothing without saying so."""

    charge: Money
    request_id: Annotated[str, Field(min_length=1, max_length=64)]


@blueprint.post("/events/<int:event_id>/losses")
@requires(Permission.SCANS_OVERRIDE)
@shown_again_by(missing)
def lose(event_id: int) -> Response:
    """Mark what did not come back as lost."""
    event, given = find(Event, event_id), read_form(LossForm)
    line = find(PullLine, given.line_id)
    if line.event_id != event_id:
        raise NotFound("This line belongs to another event.")
    asset = find(Asset, given.asset_id) if given.asset_id else None
    uuid_of_loss = f"{given.request_id}-{given.line_id}-{given.asset_id or 0}"
    mark_lost(line, asset, given.quantity, given.charge, by=actor(), uuid=uuid_of_loss)
    short = short_for_lack_of(line.product_id, event.warehouse_id, given.quantity)
    say(f"Marked as lost; the charge stands among the event's costs. {short_now(short)}".rstrip())
    return go_to(url_for("warehouse.missing", event_id=event_id))


def short_now(events: Sequence[ShortEvent]) -> str:
    """Whom a loss leaves short."""
    named = [f"{one.number} {one.name} ({one.missing} missing)" for one in events[:MOST_NAMED]]
    more = f" and {len(events) - MOST_NAMED} more" if len(events) > MOST_NAMED else ""
    return f"Short now: {', '.join(named)}{more}." if named else ""


class FoundInput(Input):
    """A lost piece that turned up; the client gets so much back, left out, what was charged."""

    asset_id: Id
    credit: Money | None = None


class FoundForm(FoundInput):
    """The same in a form, where an empty box is no credit: what was charged is proposed in it."""

    credit: Money = Decimal(0)
    request_id: Annotated[str, Field(min_length=1, max_length=64)]


@blueprint.post("/events/<int:event_id>/finds")
@requires(Permission.SCANS_OVERRIDE)
@shown_again_by(missing)
def found(event_id: int) -> Response:
    """Put a lost piece back into stock, with a credit on the event."""
    given = read_form(FoundForm)
    asset = find(Asset, given.asset_id)
    mark_found(asset, find(Event, event_id), given.credit, by=actor(), uuid=given.request_id)
    say(f"{asset.tag} is back in stock.")
    return go_to(url_for("warehouse.missing", event_id=event_id))


class PiecesFoundInput(Input):
    """Lost pieces of a product that turned up; the client gets so much back, left out, what was charged."""

    product_id: Id
    quantity: Annotated[int, Field(ge=1, le=9_999)] = 1
    credit: Money | None = None


class PiecesFoundForm(PiecesFoundInput):
    """The same in a form, where an empty box is no credit: what was charged is proposed in it."""

    credit: Money = Decimal(0)
    request_id: Annotated[str, Field(min_length=1, max_length=64)]


@blueprint.post("/events/<int:event_id>/piece-finds")
@requires(Permission.SCANS_OVERRIDE)
@shown_again_by(missing)
def pieces_found(event_id: int) -> Response:
    """Put lost pieces back into stock, with a credit on the event."""
    given = read_form(PiecesFoundForm)
    product = find(Product, given.product_id)
    mark_pieces_found(
        product, find(Event, event_id), given.quantity, given.credit, by=actor(), uuid=given.request_id
    )
    say(f"{given.quantity} × {product.name} back in stock.")
    return go_to(url_for("warehouse.missing", event_id=event_id))
