"""Receiving stock: by count, or asset by asset with tags that were typed or are made."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from app.actors import Actor
from app.models import Asset, Location, Product, StockTransaction, Tracking, TransactionKind
from app.refusals import Refused
from app.rules.codes import code_key
from app.services.activities import record
from app.services.assets import AssetFacts, new_asset, next_tags
from app.services.ledger import Cause, Movement, post, posted_before

MOST_AT_ONCE = 500
"""Assets in one receipt; more come by an import."""


@dataclass(frozen=True)
class Arrival:
    """What came, beyond how many of what: tags (made when there are too few), papers, when, on which order's line.

    `said` is what a person wrote where that was in packs.
    """

    tags: Sequence[str] = field(default=())
    reference: str = ""
    notes: str = ""
    happened_at: datetime | None = None
    reference_type: str = "receipt"
    order_line_id: int | None = None
    said: tuple[int, str] | None = None


def receive(
    product: Product,
    quantity: int,
    location: Location,
    unit_cost: Decimal | None,
    *,
    by: Actor,
    request_id: str,
    arrival: Arrival | None = None,
) -> list[StockTransaction]:
    """Receive so many of a product into a place. The caller has locked the product.

    A serialized product becomes that many assets. The same request id again changes nothing. Raises
    Refused for a package, a taken tag, or more tags than pieces.
    """
    if posted := posted_before(request_id):
        return posted
    arrival = arrival or Arrival()
    refuse_unreceivable(product, quantity, arrival.tags)
    cause = Cause(
        by,
        arrival.reference_type,
        arrival.reference,
        notes=arrival.notes,
        happened_at=arrival.happened_at,
        request_id=request_id,
    )
    posted = post(TransactionKind.RECEIPT, movements(product, quantity, location, unit_cost, arrival), cause)
    record("stock.received", product, by=by, quantity=quantity, location=location.name)
    return posted


def refuse_unreceivable(product: Product, quantity: int, tags: Sequence[str]) -> None:
    """What cannot come in. Raises Refused."""
    if product.is_package:
        raise Refused(f"{product.name} is a package: receive its parts.", "product")
    if quantity < 1:
        raise Refused("At least one must come in.", "quantity")
    if product.tracking is not Tracking.SERIALIZED:
        if tags:
            raise Refused(f"{product.name} is counted, it needs no tags.", "tags")
        return
    if quantity > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} assets at once.", "quantity")
    if len(tags) > quantity:
        raise Refused(f"These are {len(tags)} tags for {quantity} pieces.", "tags")
    if len({code_key(tag) for tag in tags}) < len(tags):
        raise Refused("A tag stands there twice.", "tags")


def movements(
    product: Product, quantity: int, location: Location, unit_cost: Decimal | None, arrival: Arrival
) -> list[Movement]:
    """One movement for a count, or one for each asset."""
    one = Movement(
        product.id, quantity, to_id=location.id, unit_cost=unit_cost, order_line_id=arrival.order_line_id
    )
    if product.tracking is not Tracking.SERIALIZED:
        return [replace(one, said=arrival.said)]
    assets = new_assets(product, quantity, unit_cost, arrival.tags)
    return [replace(one, quantity=1, asset_id=asset.id) for asset in assets]


def new_assets(
    product: Product, quantity: int, unit_cost: Decimal | None, tags: Sequence[str]
) -> list[Asset]:
    """An asset for each piece, with the typed tags first and made ones for the rest."""
    made = next_tags(product, quantity) if len(tags) < quantity else []
    typed = {code_key(tag) for tag in tags}
    all_tags = [*tags, *(tag for tag in made if code_key(tag) not in typed)]
    price = unit_cost and round(unit_cost, 2)
    return [new_asset(product, AssetFacts(tag, purchase_price=price)) for tag in all_tags[:quantity]]
