"""What is free, and what a code names, for programs."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field
from sqlalchemy import bindparam, select

from app.blueprints.api.contract import Output, operation
from app.blueprints.api.fields import known_warehouse, named
from app.extensions import db
from app.fields import Id, Input, Instant
from app.models import (
    Location,
    LocationKind,
    Product,
)
from app.permissions import Permission
from app.queries.availability import Availability, availability, single_availability
from app.refusals import Refused
from app.rules.periods import Period


class AvailabilityOut(Output):
    """What is free of a product in a period: the lowest number at any moment; below zero when overbooked."""

    product_id: int
    total: int
    free: int
    free_if_holds_lapse: int
    free_elsewhere: int


class AvailabilityQuery(Input):
    """Which product, when; `from` and `until` bound a half-open period."""

    product_id: Id
    starts_at: Instant = Field(alias="from")
    ends_at: Instant = Field(alias="until")
    warehouse_id: Id | None = None


@operation(
    "GET",
    "/inventory/availability",
    permission=Permission.STOCK_READ,
    answer=AvailabilityOut,
    query=AvailabilityQuery,
)
def get_availability(query: AvailabilityQuery) -> Availability:
    """What is free of one product in a period."""
    period = checked_period(query.starts_at, query.ends_at)
    named(Product, query.product_id, "product_id")
    found = availability(
        [query.product_id], known_warehouse(query.warehouse_id), period.starts_at, period.ends_at
    )
    return found[query.product_id]


class AvailabilityLine(Input):
    """One product that is asked for."""

    product_id: Id


class AvailabilityIn(Input):
    """Many products, one period."""

    starts_at: Instant = Field(alias="from")
    ends_at: Instant = Field(alias="until")
    warehouse_id: Id | None = None
    lines: Annotated[list[AvailabilityLine], Field(min_length=1, max_length=1000)]


KNOWN: Final = select(Product.id, Product.is_package).where(
    Product.id.in_(bindparam("products", expanding=True))
)
WAREHOUSES: Final = select(Location.id).where(Location.kind == LocationKind.WAREHOUSE).order_by(Location.id)


@operation(
    "POST",
    "/inventory/availability",
    permission=Permission.STOCK_READ,
    answer=AvailabilityOut,
    body=AvailabilityIn,
    is_list=True,
    only_asks=True,
)
def query_availability(body: AvailabilityIn) -> list[Availability]:
    """What is free of many products in a period, as cheaply as of one."""
    period = checked_period(body.starts_at, body.ends_at)
    ids = list(dict.fromkeys(line.product_id for line in body.lines))
    known = {row.id: row.is_package for row in db.session.execute(KNOWN, {"products": ids})}
    if unknown := [index for index, line in enumerate(body.lines) if line.product_id not in known]:
        raise Refused("There is no such product.", f"lines.{unknown[0]}.product_id")
    ask = availability if any(known.values()) else single_availability
    found = ask(ids, known_warehouse(body.warehouse_id), period.starts_at, period.ends_at)
    return [found[line.product_id] for line in body.lines]


def checked_period(starts_at: datetime, ends_at: datetime) -> Period:
    """The period asked for. Raises Refused for one that does not last or is out of reach."""
    try:
        return Period(starts_at, ends_at)
    except ValueError as error:
        raise Refused(str(error), "until") from error
