"""The rows that bodies name, and how a service's refusal finds their fields."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator
from sqlalchemy import select

from app.blueprints.api.contract import Paging
from app.blueprints.inventory.fields import sees_costs
from app.extensions import db
from app.finding import find
from app.models import Base, Location, LocationKind, Product
from app.refusals import NotFound, Refused

Row = TypeVar("Row", bound=Base)
WAREHOUSES: Final = select(Location.id).where(Location.kind == LocationKind.WAREHOUSE).order_by(Location.id)


def when_seen(cost: Decimal | None) -> Decimal | None:
    """What something costs us, for tokens that may see it."""
    return cost if sees_costs() else None


SeenCost = Annotated[Decimal | None, BeforeValidator(when_seen)]


class NamedQuery(Paging):
    """Which of the list."""

    q: str | None = None


def named(model: type[Row], row_id: int, field: str) -> Row:
    """The row that a body names. Raises Refused beside its field."""
    try:
        return find(model, row_id)
    except NotFound as error:
        raise Refused(f"There is no such {model.__tablename__.replace('_', ' ')}.", field) from error


def named_product(product_id: int, field: str = "product_id") -> Product:
    """The product that a body names. Raises Refused for none, and for one that is out of use."""
    product = named(Product, product_id, field)
    if product.archived_at is not None:
        raise Refused(f"{product.name} is archived.", field)
    return product


def known_warehouse(warehouse_id: int | None) -> int:
    """The warehouse asked for, or the first one. Raises Refused."""
    warehouses = db.session.scalars(WAREHOUSES).all()
    if warehouse_id is not None and warehouse_id not in warehouses:
        raise Refused("There is no such warehouse.", "warehouse_id")
    return warehouse_id or warehouses[0]


@contextmanager
def fields_called(**names: str) -> Iterator[None]:
    """What a service refuses is named by the field of the body: `product` of a form is `product_id` here."""
    try:
        yield
    except Refused as refused:
        refused.errors = {names.get(field, field): texts for field, texts in refused.errors.items()}
        raise
