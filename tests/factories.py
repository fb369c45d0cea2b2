"""Things that tests need, made through the same services as everything else, in a house's transaction."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import select

from app.actors import Actor, system_actor
from app.extensions import db
from app.models import (
    Asset,
    Code,
    CodeKind,
    Company,
    Deal,
    Product,
    StockLevel,
    Tracking,
    TransactionKind,
)
from app.rules.codes import code_key
from app.rules.deals import Stage
from app.scope import current_organization_id
from app.services.ledger import Cause, Movement, post
from app.services.numbers import next_number

_numbers = count(1)
SOON = datetime(2027, 6, 7, 8, tzinfo=UTC)
"""A Monday morning in the future, from which tests count."""


def me() -> Actor:
    """The system of the current organization."""
    return system_actor(current_organization_id())


def product(
    name: str = "", *, tracking: Tracking = Tracking.BULK, stock: int = 0, at: int = 0, **more: object
) -> Product:
    """A product, with `stock` pieces in the location `at` when both are given."""
    number = next(_numbers)
    row = Product(
        name=name or f"Product {number}",
        sku=f"P-{number:05d}",
        tracking=tracking,
        day_rate=more.pop("day_rate", Decimal(10)),
        created_at=datetime.now(UTC),
        **more,
    )
    db.session.add(row)
    db.session.flush()
    if stock and tracking is Tracking.SERIALIZED:
        for _ in range(stock):
            asset(row, at=at)
    elif stock:
        post(
            TransactionKind.RECEIPT,
            [Movement(row.id, stock, to_id=at)],
            Cause(me(), request_id=str(uuid.uuid4())),
        )
    return row


def asset(of: Product, *, at: int, tag: str = "") -> Asset:
    """One asset of a product, received into a location."""
    row = Asset(product_id=of.id, tag=tag or f"CH-{next(_numbers):06d}", created_at=datetime.now(UTC))
    db.session.add(row)
    db.session.flush()
    db.session.add(Code(code=row.tag, code_key=code_key(row.tag), kind=CodeKind.TAG, asset_id=row.id))
    post(
        TransactionKind.RECEIPT,
        [Movement(of.id, 1, row.id, to_id=at)],
        Cause(me(), request_id=str(uuid.uuid4())),
    )
    return row


def company(name: str = "Filmhaus Lindenau") -> Company:
    """A client."""
    row = Company(name=name, email="office@lindenau.example", created_at=datetime.now(UTC))
    db.session.add(row)
    db.session.flush()
    return row


def deal(warehouse_id: int, *, days: int = 3, starts_at: datetime = SOON, name: str = "Summer gala") -> Deal:
    """A qualified deal of a company, with dates."""
    ends_at = starts_at + timedelta(days=days)
    row = Deal(
        number=next_number("D", starts_at.year),
        name=name,
        company_id=company().id,
        warehouse_id=warehouse_id,
        stage=Stage.QUALIFIED,
        occupied_from=starts_at,
        occupied_until=ends_at,
        charged_from=starts_at,
        charged_until=ends_at,
        created_at=datetime.now(UTC),
    )
    db.session.add(row)
    db.session.flush()
    return row


def code_for(of: Product, code: str) -> None:
    """Another code of a counted product."""
    db.session.add(Code(code=code, code_key=code_key(code), kind=CodeKind.OTHER, product_id=of.id))
    db.session.flush()


def money(amount: int) -> Decimal:
    """So many whole units of money."""
    return Decimal(amount)


def unplaced_asset(of: Product) -> Asset:
    """An asset that has not been received anywhere yet."""
    row = Asset(product_id=of.id, tag=f"CH-{next(_numbers):06d}", created_at=datetime.now(UTC))
    db.session.add(row)
    db.session.flush()
    return row


def carry(of: Product, quantity: int, from_id: int, to_id: int) -> None:
    """Move counted pieces from a place to another."""
    movement = Movement(of.id, quantity, from_id=from_id, to_id=to_id)
    post(TransactionKind.TRANSFER, [movement], Cause(me(), request_id=str(uuid.uuid4())))


def lose(one: Asset) -> None:
    """Take an asset out of the books."""
    movement = Movement(one.product_id, 1, one.id, one.location_id)
    post(TransactionKind.ISSUE, [movement], Cause(me(), request_id=str(uuid.uuid4())))


def held(product_id: int) -> dict[int, int]:
    """Place → how many of a product it holds."""
    query = select(StockLevel.location_id, StockLevel.quantity).where(
        StockLevel.product_id == product_id, StockLevel.quantity > 0
    )
    return {row.location_id: row.quantity for row in db.session.execute(query)}


def first_asset(of: Product) -> Asset:
    """The asset of a product that was received first."""
    return db.session.scalars(select(Asset).where(Asset.product_id == of.id).order_by(Asset.id)).all()[0]
