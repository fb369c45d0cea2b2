"""What is there on the first day: many products received into one place in one deed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.actors import Actor
from app.finding import at_hand
from app.models import Location, Product, StockTransaction
from app.refusals import Refused
from app.services.ledger import posted_before
from app.services.receipts import Arrival, receive
from app.services.rooms import settle_claims
from app.transactions import lock

MOST_ROWS = 200


@dataclass(frozen=True)
class Found:
    """So many of a product, and what one of them cost; left out when nobody knows."""

    product_id: int
    quantity: int
    unit_cost: Decimal | None = None


def receive_found(
    rows: Sequence[Found],
    location: Location,
    *,
    by: Actor,
    request_id: str,
    notes: str = "",
    happened_at: datetime | None = None,
) -> list[StockTransaction]:
    """Receive all of them, or none. The same request id again changes nothing.

    Raises Refused beside the row: its field is `quantity-` and the product's id.
    """
    if not rows:
        raise Refused("Please write down at least one quantity.")
    if len(rows) > MOST_ROWS:
        raise Refused(f"At most {MOST_ROWS} products at once; more come by a file.")
    lock({Product: [row.product_id for row in rows]})
    if posted := [one for row in rows for one in posted_before(part_of(request_id, row))]:
        return posted
    products = at_hand(Product, {row.product_id for row in rows})
    arrival = Arrival(reference_type="opening", notes=notes, happened_at=happened_at)
    received = [one for row in rows for one in receive_row(row, products, location, by, request_id, arrival)]
    settle_claims(
        products.keys(), location.warehouse_id, by=by, reason=f"Stock of {location.name} was written down"
    )
    return received


def part_of(request_id: str, row: Found) -> str:
    """The request id of one row of it."""
    return f"{request_id}:{row.product_id}"


def receive_row(
    row: Found,
    products: Mapping[int, Product],
    location: Location,
    by: Actor,
    request_id: str,
    arrival: Arrival,
) -> list[StockTransaction]:
    """One of them. Raises Refused, naming its field."""
    product = products.get(row.product_id)
    if product is None:
        raise Refused("There is no such product any more.", f"quantity-{row.product_id}")
    try:
        return receive(
            product, row.quantity, location, row.unit_cost,
            by=by, request_id=part_of(request_id, row), arrival=arrival,
        )  # fmt: skip
    except Refused as error:
        raise Refused(error.message, f"quantity-{row.product_id}") from error
