"""Assets: taking them in, changing them, retiring them."""

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Code,
    CodeKind,
    Condition,
    Event,
    Location,
    Product,
    Tracking,
    TransactionKind,
)
from app.queries.quarantines import quarantine_of
from app.queries.repairs import number_of_open
from app.refusals import Refused
from app.rules.codes import code_key
from app.services.activities import record
from app.services.case_guards import refuse_closed
from app.services.codes import change_own_code, name_by_code, refuse_taken
from app.services.ledger import Cause, Movement, post, posted_before
from app.services.rooms import settle_claims, warehouse_of
from app.transactions import lock


@dataclass(frozen=True)
class AssetFacts:
    """What a person says about one asset; where it is, the ledger says."""

    tag: str
    serial: str = ""
    condition: Condition = Condition.GOOD
    acquired_on: date | None = None
    purchase_price: Decimal | None = None
    notes: str = ""


def add_asset(
    product: Product,
    tag: str,
    location: Location,
    *,
    by: Actor,
    serial: str = "",
    condition: Condition = Condition.GOOD,
    acquired_on: date | None = None,
    purchase_price: Decimal | None = None,
    notes: str = "",
    request_id: str | None = None,
) -> Asset:
    """Take one asset in, by a receipt. The caller has locked the product. Raises Refused for a taken tag."""
    if request_id and (posted := posted_before(request_id)):
        return db.session.get_one(Asset, posted[0].asset_id)
    refuse_untracked(product)
    facts = AssetFacts(tag or next_tags(product, 1)[0], serial, condition, acquired_on, purchase_price, notes)
    row = new_asset(product, facts)
    post(
        TransactionKind.RECEIPT,
        [Movement(product.id, 1, row.id, to_id=location.id, unit_cost=purchase_price)],
        Cause(
            by, reference_type="asset", reference_number=row.tag, request_id=request_id or str(uuid.uuid4())
        ),
    )
    record("asset.added", row, by=by, product=product.name, location=location.name)
    return row


def take_in_asset(
    product: Product, location: Location, facts: AssetFacts, *, by: Actor, request_id: str
) -> Asset:
    """The deed of adding one asset: locks, then takes it in."""
    lock({Product: [product.id]})
    row = add_asset(
        product, facts.tag, location, by=by, serial=facts.serial, condition=facts.condition,
        acquired_on=facts.acquired_on, purchase_price=facts.purchase_price, notes=facts.notes,
        request_id=request_id,
    )  # fmt: skip
    settle_claims([product.id], location.warehouse_id, by=by, reason=f"{row.tag} was added")
    return row


def refuse_untracked(product: Product) -> None:
    """Only serialized products have assets. Raises Refused."""
    if product.is_package or product.tracking is not Tracking.SERIALIZED:
        raise Refused(f"{product.name} is counted, it has no single assets.", "product")


def new_asset(product: Product, facts: AssetFacts) -> Asset:
    """The row of an asset and its codes, not yet anywhere."""
    refuse_taken(facts.tag, "tag")
    row = Asset(product_id=product.id, created_at=datetime.now(UTC), **vars(facts))
    db.session.add(row)
    db.session.flush()
    name_by_code(row, facts.tag, CodeKind.TAG, "tag")
    if facts.serial:
        name_by_code(row, facts.serial, CodeKind.SERIAL, "serial")
    return row


def next_tags(product: Product, count: int) -> list[str]:
    """The next free tags of a product: its code and a number, such as AR170-07."""
    stem = f"{product.sku}-"
    query = select(Code.code).where(Code.code_key.startswith(code_key(stem), autoescape=True))
    return free_tags(stem, set(db.session.scalars(query)), count)


def free_tags(stem: str, taken: Collection[str], count: int) -> list[str]:
    """So many tags after the highest number that was ever given, so that no label is used twice."""
    numbers = [
        int(found[1]) for tag in taken if (found := re.fullmatch(re.escape(stem) + r"(\d{1,9})", tag, re.I))
    ]
    first = max(numbers, default=0) + 1
    return [f"{stem}{number:02d}" for number in range(first, first + count)]


def change_asset(asset: Asset, facts: AssetFacts, *, by: Actor) -> None:
    """Change what is said about an asset. Raises Refused for a taken tag or serial."""
    lock({Asset: [asset.id]})
    changed = {name: value for name, value in vars(facts).items() if getattr(asset, name) != value}
    if "tag" in changed:
        change_own_code(asset, facts.tag, CodeKind.TAG, "tag")
    if "serial" in changed:
        change_own_code(asset, facts.serial, CodeKind.SERIAL, "serial")
    for name, value in changed.items():
        setattr(asset, name, value)
    db.session.flush()
    if changed:
        record("asset.changed", asset, by=by, fields=sorted(changed))


def retire_asset(asset: Asset, reason: str, *, by: Actor, request_id: str) -> None:
    """Take an asset out of stock for good. Raises Refused while it is prepped, out or in repair."""
    lock({Product: [asset.product_id], Asset: [asset.id]})
    if asset.retired_at is not None:
        return
    refuse_in_use([asset.id])
    if kept := quarantine_of(asset.id):
        raise Refused(f"{asset.tag} is in quarantine: release {kept.number} first.")
    refuse_closed([asset.location_id])
    if number := number_of_open(asset.id):
        raise Refused(f"{asset.tag} is in repair: end {number} first, or write it off there.")
    warehouse_id = warehouse_of(asset.location_id)
    if asset.location_id is not None:
        movement = Movement(asset.product_id, 1, asset.id, from_id=asset.location_id)
        cause = Cause(by, "retirement", asset.tag, notes=reason, request_id=request_id)
        post(TransactionKind.ISSUE, [movement], cause)
    asset.retired_at = datetime.now(UTC)
    record("asset.retired", asset, by=by, reason=reason)
    settle_claims([asset.product_id], warehouse_id, by=by, reason=f"{asset.tag} was retired")


def refuse_in_use(asset_ids: Sequence[int]) -> None:
    """Assets that are prepped for or out on an event stay where they are. Raises Refused, naming it."""
    held = (
        select(Asset.tag, Event.number, Event.name)
        .join(Assignment, Assignment.asset_id == Asset.id)
        .join(Event, Event.id == Assignment.event_id)
        .where(Asset.id.in_(asset_ids), Assignment.state.in_([AssignmentState.PREPPED, AssignmentState.OUT]))
        .limit(1)
    )
    if found := db.session.execute(held).first():
        raise Refused(f"{found.tag} is on {found.number} {found.name}. Check it in first.", "tags")
