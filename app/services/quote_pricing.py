"""What a product costs on a quote: its rate and factor for the deal's charged days, to be frozen on the line."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.extensions import db
from app.models import Deal, FactorSchedule, Organization, Product, TaxClass, Tracking
from app.rules.charges import ChargeMode, charge_days
from app.rules.money import ZERO, round_money
from app.rules.periods import Period
from app.rules.pricing import EVERY_DAY_FULL, FactorStep, FactorTable, Price, Rate, RateCard, cheapest_price
from app.scope import current_organization_id

FACTOR_DIGITS = 4


def charged_days(deal: Deal) -> int:
    """How many days of the deal are paid for, as the organization counts them."""
    organization = db.session.get_one(Organization, current_organization_id())
    return charge_days(
        Period(deal.charged_from, deal.charged_until),
        ZoneInfo(organization.timezone),
        ChargeMode(str(organization.charge_mode)),
        organization.leeway_hours,
    )


Tables = Mapping[int | None, FactorTable]
"""Factor tables by id; the organization's own, for products that name none, under None."""


def factor_tables() -> Tables:
    """Every factor table of the organization: they are few."""
    rows = db.session.scalars(
        select(FactorSchedule).order_by(FactorSchedule.is_default, FactorSchedule.id.desc())
    )
    tables: dict[int | None, FactorTable] = {}
    for row in rows:
        tables[row.id] = factor_table(row.steps)
        if row.is_default:
            tables[None] = tables[row.id]
    return tables


def price_of(product: Product, days: int, tables: Tables) -> Price:
    """The cheapest published price of one piece for so many days. What is used up is paid for once."""
    if product.tracking is Tracking.CONSUMABLE:
        return Price(Rate.DAY, product.day_rate, Decimal(1))
    table = tables.get(product.factor_table_id) or tables.get(None, EVERY_DAY_FULL)
    price = cheapest_price(RateCard(product.day_rate, product.week_rate), days, table)
    return price._replace(factor=round_money(price.factor, FACTOR_DIGITS))


def factor_table(steps: Sequence[Any]) -> FactorTable:
    """The steps of (days, multiplier) as a table. Beyond the last it goes on as it went between the last two."""
    read = tuple(FactorStep(int(days), Decimal(str(multiplier))) for days, multiplier in steps)
    if len(read) < 2:
        return FactorTable(read)
    last, before = read[-1], read[-2]
    slope = (last.multiplier - before.multiplier) / (last.from_days - before.from_days)
    return FactorTable(read, per_extra_day=max(slope, ZERO))


def default_tax_rate() -> Decimal:
    """The rate of the tax class that holds when nothing else is said."""
    query = select(TaxClass.rate).where(TaxClass.is_default).order_by(TaxClass.id)
    return db.session.scalars(query).first() or ZERO


__all__ = ["Tables", "charged_days", "default_tax_rate", "factor_tables", "price_of"]
