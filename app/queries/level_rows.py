"""Products as the tables show them in which quantities and levels are typed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from app.extensions import db
from app.models import Category, Product, Tracking
from app.queries.choices import matching
from app.queries.paging import Page

ROWS_TYPED = 25
"""Rows of a table that is typed into: as many as one looks through before saving."""
WHICH = {"consumable": "Used up", "without": "Without a level", "with": "With a level", "all": "All"}


@dataclass(frozen=True)
class RowFilters:
    """What such a table is narrowed to."""

    find: str = ""
    category: int | None = None
    which: str = ""


class StockRow(NamedTuple):
    """A product, what there is of it, and its levels."""

    id: int
    name: str
    sku: str
    unit: str
    category: str | None
    tracking: Tracking
    on_hand: int
    average_cost: Decimal
    reorder_level: int | None
    order_up_to: int | None
    lead_days: int
    is_critical: bool
    is_routine: bool


def level_rows(filters: RowFilters, page: int = 1) -> Page[StockRow]:
    """Products whose levels can be set: two statements."""
    query = narrowed(filters)
    if filters.which == "without":
        query = query.where(Product.reorder_level.is_(None))
    elif filters.which == "with":
        query = query.where(Product.reorder_level.is_not(None))
    elif filters.which != "all":
        query = query.where(Product.tracking == Tracking.CONSUMABLE)
    return rows_of(query, page)


def opening_rows(filters: RowFilters, page: int = 1) -> Page[StockRow]:
    """Products of which nothing is there yet, or all of them: two statements."""
    query = narrowed(filters)
    return rows_of(query if filters.which == "all" else query.where(Product.on_hand == 0), page)


def narrowed(filters: RowFilters) -> Select[Any]:
    """The products that the filters let through."""
    query = select(Product).outerjoin(Category, Category.id == Product.category_id)
    query = query.where(Product.archived_at.is_(None), Product.is_package.is_(False))
    if filters.category:
        query = query.where(Product.category_id == filters.category)
    return matching(query, filters.find)


def rows_of(query: Select[Any], page: int) -> Page[StockRow]:
    """One page, by name."""
    total = db.session.scalar(query.with_only_columns(func.count(Product.id))) or 0
    page = min(max(page, 1), max(1, -(-total // ROWS_TYPED)))
    columns = (
        Product.id, Product.name, Product.sku, Product.unit, Category.name, Product.tracking, Product.on_hand,
        Product.average_cost, Product.reorder_level, Product.order_up_to, Product.lead_days,
        Product.is_critical, Product.is_routine,
    )  # fmt: skip
    chosen = query.with_only_columns(*columns).order_by(Product.name, Product.id)
    found = db.session.execute(chosen.limit(ROWS_TYPED).offset((page - 1) * ROWS_TYPED))
    return Page([StockRow._make(row) for row in found], page, ROWS_TYPED, total)
