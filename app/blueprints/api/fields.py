"""Kinds of input that several operations share, and the rows that bodies name."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, Field
from sqlalchemy import select

from app.blueprints.api.contract import Paging
from app.extensions import db
from app.finding import find
from app.models import Base, Location, LocationKind
from app.refusals import NotFound, Refused

Row = TypeVar("Row", bound=Base)
WAREHOUSES: Final = select(Location.id).where(Location.kind == LocationKind.WAREHOUSE).order_by(Location.id)


def looks_like_email(value: str) -> str:
    """An address, or nothing. Said in code: blanks around it are dropped before, which no pattern can tell."""
    name, _, host = value.partition("@")
    if value and (not name or "." not in host.strip(".") or "@" in host or len(value.split()) > 1):
        raise ValueError("This is not an email address.")
    return value


Name = Annotated[str, Field(min_length=1, max_length=200)]
ShortText = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(max_length=300)]
"""A few words; why something is promised that is not free, or nothing."""
Text = Annotated[str, Field(max_length=10_000)]
Email = Annotated[str, Field(max_length=254), AfterValidator(looks_like_email)]
LongText = Annotated[str, Field(max_length=5_000)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Cost = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4)]


class NamedQuery(Paging):
    """Which of the list."""

    q: str | None = None


def named(model: type[Row], row_id: int, field: str) -> Row:
    """The row that a body names. Raises Refused beside its field."""
    try:
        return find(model, row_id)
    except NotFound as error:
        raise Refused(f"There is no such {model.__tablename__.replace('_', ' ')}.", field) from error


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
