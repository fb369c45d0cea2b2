"""The ledger for programs: reading it, request to it, one or many, and taking a movement back."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from flask import g
from pydantic import Field

from app.blueprints.api.contract import MEGABYTE, Output, Paging, operation
from app.blueprints.api.fields import SeenCost, fields_called
from app.blueprints.inventory.fields import sees_costs
from app.edge import actor
from app.fields import Cost, Count, Id, Input, Instant, LongText, Name, Quantity, ShortText
from app.finding import find
from app.models import StockTransaction, TransactionKind
from app.permissions import Permission
from app.queries.paging import Page
from app.queries.places_named import Place
from app.queries.transactions import LedgerFilters, ledger_rows
from app.refusals import Refused
from app.services.reversal_deeds import reverse_by_hand
from app.services.stock import MOST_AT_ONCE, post_named
from app.services.stock_requests import StockRequest

LARGEST_BULK = 8 * MEGABYTE
CALLED = {"product": "product_id", "place_id": "location", "to_id": "to_location"}
"""What the fields of a request are called in a body."""


class TransactionOut(Output):
    """One movement in the ledger; its cost, for one piece, for tokens that may see costs.

    `said_quantity` and `said_unit` are what was said where that was in packs; `quantity` counts the product's
    own unit. `total_after`, `from_after` and `to_after` are what there was then in all, and in its places.
    """

    id: int
    product_id: int
    asset_id: int | None
    transaction_type: TransactionKind = Field(validation_alias="kind")
    quantity: int
    said_quantity: int | None
    said_unit: str
    from_id: int | None
    to_id: int | None
    total_after: int
    from_after: int | None
    to_after: int | None
    unit_cost: SeenCost
    reference_type: str
    reference_number: str
    event_id: int | None
    job_part_id: int | None
    order_line_id: int | None
    count_line_id: int | None
    reverses_id: int | None
    notes: str
    by_id: int | None
    happened_at: datetime
    recorded_at: datetime


class TransactionQuery(Paging):
    """Which movements: of a product, into or out of a place, of one kind, by somebody, in a period."""

    product_id: Id | None = None
    location_id: Id | None = None
    transaction_type: TransactionKind | None = None
    by_id: Id | None = None
    reference_number: ShortText = ""
    since: date | None = None
    until: date | None = None


@operation(
    "GET",
    "/inventory/transactions",
    permission=Permission.STOCK_READ,
    answer=TransactionOut,
    query=TransactionQuery,
    is_list=True,
)
def list_transactions(query: TransactionQuery) -> Page[StockTransaction]:
    """The ledger, newest first."""
    filters = LedgerFilters(
        product=query.product_id,
        location=query.location_id,
        kind=query.transaction_type or "",
        person=query.by_id,
        reference=query.reference_number,
        since=query.since,
        until=query.until,
    )
    return ledger_rows(filters, g.organization.timezone, query.page, query.per_page)


@operation(
    "GET",
    "/inventory/transactions/<int:transaction_id>",
    permission=Permission.STOCK_READ,
    answer=TransactionOut,
)
def get_transaction(transaction_id: int) -> StockTransaction:
    """One movement."""
    return find(StockTransaction, transaction_id)


class TransactionIn(Input):
    """One stock transaction, as the parts guide prints it.

    `location` is the code or name of the place: where a receipt goes, where an issue or a transfer comes
    from (which goes to `to_location`), where an adjustment is made. `quantity` counts `unit`, which is the
    product's own or one of its packs; costs are for one such unit and for all. An adjustment says how many
    were `counted`, or by what quantity there are `more` or `less`.
    """

    product_id: Id
    transaction_type: TransactionKind
    quantity: Quantity | None = None
    unit: ShortText = "pcs"
    location: Name
    to_location: ShortText = ""
    direction: Literal["more", "less"] | None = None
    counted: Count | None = None
    reference_type: ShortText = ""
    reference_number: ShortText = ""
    notes: LongText = ""
    unit_cost: Cost | None = None
    total_cost: Cost | None = None
    happened_at: Instant | None = None
    takes_anyway: bool = False


@operation(
    "POST",
    "/inventory/transactions",
    permission=Permission.STOCK_RECEIVE,
    answer=TransactionOut,
    body=TransactionIn,
    status=201,
    is_idempotent=True,
)
def create_transaction(body: TransactionIn) -> TransactionOut:
    """Post a receipt, an issue, an adjustment or a transfer of counted stock."""
    with fields_called(**CALLED):
        return TransactionOut.model_validate(post_bodies([body])[0])  # the database has answered with it


class BulkIn(Input):
    """Many transactions of all kinds, in order."""

    transactions: Annotated[list[TransactionIn], Field(min_length=1, max_length=MOST_AT_ONCE)]


@operation(
    "POST",
    "/inventory/transactions/bulk",
    permission=Permission.STOCK_RECEIVE,
    answer=TransactionOut,
    body=BulkIn,
    is_list=True,
    status=201,
    is_idempotent=True,
    largest_body=LARGEST_BULK,
)
def create_transactions(body: BulkIn) -> Sequence[StockTransaction]:
    """Post many transactions at once: all of them, or none, with everything that is wrong told at once."""
    try:
        return post_bodies(body.transactions)
    except Refused as refused:
        refused.errors = {called_in_bulk(name): texts for name, texts in refused.errors.items()}
        raise


def called_in_bulk(name: str) -> str:
    """`3.place_id` is `transactions.3.location`; of a single one the number is left out."""
    number, _, field = name.rpartition(".")
    return f"transactions.{number or 0}.{CALLED.get(field, field)}"


def post_bodies(bodies: Sequence[TransactionIn]) -> Sequence[StockTransaction]:
    """Post what bodies say. Raises Refused."""
    return post_named(
        {body.product_id for body in bodies},
        {name for body in bodies for name in (body.location, body.to_location)},
        lambda places: [request_of(body, places) for body in bodies],
        by=actor(),
    ).transactions


def request_of(body: TransactionIn, places: Mapping[str, Place]) -> StockRequest:
    """A body as the service knows it; a place that there is not has the number 0. Raises Refused."""
    if not sees_costs() and (body.unit_cost is not None or body.total_cost is not None):
        raise Refused("This token may not say what things cost.", "unit_cost")
    return StockRequest(
        body.transaction_type,
        body.product_id,
        place_id(body.location, places),
        place_id(body.to_location, places) if body.transaction_type is TransactionKind.TRANSFER else None,
        quantity=body.quantity,
        unit=body.unit,
        is_more=None if body.direction is None else body.direction == "more",
        counted=body.counted,
        unit_cost=body.unit_cost,
        total_cost=body.total_cost,
        reference_type=body.reference_type,
        reference_number=body.reference_number,
        notes=body.notes,
        happened_at=body.happened_at,
        takes_anyway=body.takes_anyway,
    )


def place_id(name: str, places: Mapping[str, Place]) -> int:
    """The id of a place that was named."""
    return places[name].id if name in places else 0


class ReversalIn(Input):
    """Why a movement is taken back."""

    reason: Name


@operation(
    "POST",
    "/inventory/transactions/<int:transaction_id>/reversal",
    permission=Permission.STOCK_ADJUST,
    answer=TransactionOut,
    body=ReversalIn,
    status=201,
    is_idempotent=True,
)
def reverse_transaction(transaction_id: int, body: ReversalIn) -> StockTransaction:
    """Take a movement back: the ledger gets the opposite one. Once, and as long as the stock is still there."""
    row = find(StockTransaction, transaction_id)
    return reverse_by_hand(row, body.reason, by=actor(), request_id=str(uuid.uuid4())).transactions[0]
