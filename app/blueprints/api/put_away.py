"""Putting things away, for programs: the same deed as on the station."""

import uuid
from typing import Annotated

from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import known_warehouse, named
from app.edge import actor
from app.fields import Id, Input
from app.finding import find
from app.models import Location
from app.permissions import Permission
from app.queries import put_away as queries
from app.queries.paging import Page
from app.queries.rows import AnyRow
from app.refusals import Refused
from app.rules.put_away_verdicts import PutSituation
from app.services.put_away import MOST_HELD, Hand, PutAnswer, put_away, take_back

HeldCode = Annotated[str, Field(min_length=1, max_length=256)]


class HandIn(Input):
    """One reading of a code. `id` is the client's own: sent twice, it moves once.

    With `location_id` the thing goes there; without, it is held, and the answer says what is held: send that along
    until a shelf's code is sent, where all of it goes.
    """

    id: Annotated[str, Field(min_length=1, max_length=64)]
    code: Annotated[str, Field(min_length=1, max_length=1000)]
    warehouse_id: Id | None = None
    location_id: Id | None = None
    held: Annotated[tuple[HeldCode, ...], Field(max_length=MOST_HELD)] = ()
    quantity: Annotated[int, Field(ge=1, le=9_999)] | None = None


class PutOut(Output):
    """What became of it, and what holds for the next scan."""

    situation: PutSituation
    verdict: str
    message: str
    location_id: int | None
    held: list[str]
    proposed_id: int | None
    put_id: str


@operation(
    "POST",
    "/warehouse/put-away",
    permission=Permission.SCANS_WRITE,
    answer=PutOut,
    body=HandIn,
    is_idempotent=True,
)
def scan_away(body: HandIn) -> dict[str, object]:
    """Scan a thing or its shelf."""
    hand = Hand(
        body.id, body.code, warehouse_named(body.warehouse_id), shelf_named(body.location_id), body.held,
        body.quantity,
    )  # fmt: skip
    return facts_of(put_away(hand, by=actor()))


def warehouse_named(warehouse_id: int | None) -> Location:
    """The warehouse that a body or an address names, else the first one. Raises Refused."""
    return find(Location, known_warehouse(warehouse_id))


def shelf_named(location_id: int | None) -> Location | None:
    """The shelf that a body names. Raises Refused."""
    row = named(Location, location_id, "location_id") if location_id else None
    if row is not None and row.archived_at is not None:
        raise Refused("This location is archived.", "location_id")
    return row


def facts_of(answer: PutAnswer) -> dict[str, object]:
    """The answer as the contract lists it."""
    return {
        "situation": answer.situation,
        "verdict": answer.judgement.verdict,
        "message": answer.message,
        "location_id": answer.location.id if answer.location else None,
        "held": list(answer.held),
        "proposed_id": answer.proposed.id if answer.proposed else None,
        "put_id": answer.put_id,
    }


class UndoingIn(Input):
    """Where it happened."""

    warehouse_id: Id | None = None


@operation(
    "POST",
    "/warehouse/put-away/<put_id>/undoing",
    permission=Permission.SCANS_WRITE,
    answer=PutOut,
    body=UndoingIn,
    is_idempotent=True,
)
def undo_put(put_id: str, body: UndoingIn) -> dict[str, object]:
    """Let what one scan has put away lie where it lay before."""
    hand = Hand(str(uuid.uuid4()), "", warehouse_named(body.warehouse_id))
    return facts_of(take_back(hand, put_id, by=actor()))


class LyingOut(Output):
    """What lies in a warehouse without a shelf."""

    product_id: int
    product: str
    sku: str
    quantity: int


class LyingQuery(Paging):
    """Where."""

    warehouse_id: Id | None = None


@operation(
    "GET",
    "/warehouse/put-away",
    permission=Permission.SCANS_READ,
    answer=LyingOut,
    query=LyingQuery,
    is_list=True,
)
def list_lying(query: LyingQuery) -> Page[AnyRow]:
    """What came in and has no shelf yet, by product."""
    return queries.lying(warehouse_named(query.warehouse_id).id, query.page, query.per_page)
