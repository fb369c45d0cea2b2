"""Putting away: the thing and its shelf are scanned, in any order."""

import uuid
from typing import Annotated, Any

from flask import Response
from pydantic import AwareDatetime, Field

from app.blueprints.inventory.fields import page_number, whole
from app.blueprints.warehouse import blueprint
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input
from app.finding import find
from app.forms import read_form
from app.htmx import page, part, settle, wants_part
from app.models import Location, LocationKind
from app.permissions import Permission, requires
from app.queries import put_away as queries
from app.queries.choices import warehouses
from app.refusals import NotFound, Refused
from app.rules.put_away_verdicts import TABLE, PutSituation
from app.services.put_away import MOST_HELD, Hand, PutAnswer, put_away, take_back
from app.transactions import rollback, start_reading

PARTS = (
    "warehouse/putting_away/_scan_next.html",
    "warehouse/putting_away/_scan_given.html",
    "warehouse/_put_list.html",
)


class HandForm(Input):
    """What the screen sends with every code: the shelf that was chosen, and what is in hand."""

    code: Annotated[str, Field(max_length=5_000)] = ""
    warehouse_id: Id
    location_id: Id | None = None
    held: Annotated[str, Field(max_length=20_000)] = ""
    scan_id: Annotated[str, Field(max_length=64)] = ""
    scanned_at: AwareDatetime | None = None
    sequence: int | None = None

    def as_hand(self) -> Hand:
        """The same as the service takes it."""
        return Hand(
            self.scan_id or str(uuid.uuid4()),
            self.code,
            warehouse_called(self.warehouse_id),
            chosen(self.location_id),
            held_codes(self.held),
        )


def held_codes(text: str) -> tuple[str, ...]:
    """What is in hand, a code a line."""
    return tuple(filter(None, text.splitlines()))[:MOST_HELD]


def warehouse_called(warehouse_id: int) -> Location:
    """A warehouse. Raises NotFound for any other place."""
    row = find(Location, warehouse_id)
    if row.kind is not LocationKind.WAREHOUSE or row.archived_at is not None:
        raise NotFound("This warehouse does not exist.")
    return row


def chosen(location_id: int | None) -> Location | None:
    """The shelf that the screen holds, unless it is gone meanwhile."""
    row = db.session.get(Location, location_id) if location_id else None
    return row if row is not None and row.archived_at is None else None


@blueprint.get("/put-away", endpoint="put_away")
@requires(Permission.SCANS_WRITE)
def put_away_station() -> Response:
    """The station, with what lies on the floor of a warehouse under it."""
    given = whole("warehouse") or warehouses()[0][0]
    return page(
        "warehouse/put_away.html",
        part="warehouse/_put_list.html",
        **standing(warehouse_called(given)),
        answer=None,
        refusal=None,
    )


def standing(warehouse: Location) -> dict[str, Any]:
    """What has no shelf yet, and what was put away last."""
    lying = queries.lying(warehouse.id, page_number())
    products = [row.product_id for row in lying.items]
    return {
        "warehouse": warehouse,
        "warehouses": warehouses(),
        "page": lying,
        "tags": queries.tags_lying(warehouse.id, products),
        "shelves": queries.shelves_of(products, warehouse.id),
        "recent": queries.put_last(warehouse.id),
        "place": None,
        "held": (),
        "new_id": lambda: str(uuid.uuid4()),
    }


@blueprint.post("/put-away")
@requires(Permission.SCANS_WRITE)
def put_away_scan() -> Response:
    """One scan: a thing, a shelf, or a card."""
    given = read_form(HandForm)
    hand = given.as_hand()
    try:
        return verdict(given, put_away(hand, by=actor()))
    except Refused as refused:
        return refusal_of(given, refused)


class UndoForm(HandForm):
    """What was put away by mistake, by the request that did it."""

    put_id: Annotated[str, Field(min_length=1, max_length=64)]


@blueprint.post("/put-away/undoing")
@requires(Permission.SCANS_WRITE)
def put_away_undo() -> Response:
    """Let what was put away lie where it lay before."""
    given = read_form(UndoForm)
    hand = given.as_hand()
    try:
        return verdict(given, take_back(hand, given.put_id, by=actor()))
    except Refused as refused:
        return refusal_of(given, refused)


def refusal_of(given: HandForm, refused: Refused) -> Response:
    """Why it was not done, on the screen, with the hand as it was. Raises what is another page's business."""
    if refused.status != 422:
        raise refused
    rollback()
    start_reading()
    return verdict(given, None, refused)


def verdict(given: HandForm, answer: PutAnswer | None, refused: Refused | None = None) -> Response:
    """The answer to a scan, for htmx as parts, without JavaScript as the whole page."""
    settle()
    shown = standing(warehouse_called(given.warehouse_id)) | {
        "answer": answer,
        "refusal": refused,
        "judgement": answer.judgement if answer else TABLE[PutSituation.UNREADABLE],
        "place": answer.location if answer else chosen(given.location_id),
        "held": answer.held if answer else held_codes(given.held),
    }
    if not wants_part():
        return page("warehouse/put_away.html", **shown)
    return part("warehouse/putting_away/_scan_verdict.html", *PARTS, **shown)
