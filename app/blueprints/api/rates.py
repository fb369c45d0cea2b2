"""What prices are made of, for programs: the factors of longer rentals, and the rates of tax."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.blueprints.api.contract import Output, operation
from app.extensions import db
from app.models import FactorSchedule, TaxClass
from app.permissions import Permission


class FactorTableOut(Output):
    """How a price grows with the days: each step is a number of days and what the day rate is multiplied by."""

    id: int
    name: str
    steps: list[tuple[int, Decimal]]


@operation(
    "GET",
    "/inventory/factor-tables",
    permission=Permission.PRODUCTS_READ,
    answer=FactorTableOut,
    is_list=True,
)
def list_factor_tables() -> Sequence[FactorSchedule]:
    """Factor tables, by name."""
    return db.session.scalars(select(FactorSchedule).order_by(FactorSchedule.name)).all()


class TaxRateOut(Output):
    """A rate of tax in percent."""

    id: int
    name: str
    rate: Decimal
    is_default: bool


@operation("GET", "/crm/tax-rates", permission=Permission.QUOTES_READ, answer=TaxRateOut, is_list=True)
def list_tax_rates() -> Sequence[Any]:
    """Rates of tax, the usual one first."""
    return db.session.scalars(select(TaxClass).order_by(TaxClass.is_default.desc(), TaxClass.rate)).all()
