"""What lies where: products by place, read from the levels that the ledger keeps.

A page is found in two steps, both in one statement: its levels from indexes, then the names that belong to them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Category, Location, Product, StockLevel
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page, told
from app.queries.rows import AnyRow, AnySelect, quick_rows
from app.transactions import read_in_portions

AT_ONCE: Final = 2000
COUNTED_AHEAD: Final = 250


@dataclass(frozen=True)
class LevelFilters:
    """What the list is narrowed to; a location stands for all that lies inside it."""

    find: str = ""
    location: int | None = None
    category: int | None = None
    is_low: bool = False

    @property
    def narrows(self) -> bool:
        """True when anything is left out."""
        return self != LevelFilters()


def level_lines(filters: LevelFilters, page: int = 1, per_page: int = PER_PAGE) -> Page[AnyRow]:
    """One page of levels, by product and then by place: one statement, and three for a page behind the last.

    There may be hundreds of thousands: they are counted only as far ahead as anybody turns pages.
    """
    page = max(page, 1)
    known = page * per_page + COUNTED_AHEAD
    counting, listing = page_statements(filters)
    asked = {"most": known + 1, "some": per_page, "first": (page - 1) * per_page}
    rows = db.session.execute(listing, asked).all()
    if not rows and page > 1:
        last = max(1, -(-(db.session.scalar(counting, asked) or 0) // per_page))
        return level_lines(filters, last, per_page)
    counted = rows[0].counted if rows else 0
    return Page(quick_rows(rows), page, per_page, min(counted, known), is_more=counted > known)


@lru_cache(maxsize=64)
def page_statements(filters: LevelFilters) -> tuple[AnySelect, AnySelect]:
    """How many levels there are, so many at most, and some of them, each with that number; built once for filters
    that are asked for again."""
    query, (some, most, first) = levels(filters), (told(name) for name in ("some", "most", "first"))
    few = query.with_only_columns(StockLevel.id).limit(most)
    counting = select(func.count()).select_from(few.subquery())
    part = query.order_by(*ORDER).limit(some).offset(first)
    return counting, with_names(part).add_columns(counting.scalar_subquery().label("counted"))


def all_level_lines(filters: LevelFilters) -> Iterator[AnyRow]:
    """Every level that the filters let through, for a file."""
    read_in_portions()
    yield from db.session.execute(with_names(levels(filters)).execution_options(yield_per=AT_ONCE))


def levels(filters: LevelFilters) -> AnySelect:
    """The levels that the filters let through, along the names of products and from each to its levels."""
    query = select(*OF_A_LEVEL).select_from(Product).where(*about_products(filters))
    its_own = StockLevel.product_id == Product.id
    if wanted := place(filters):
        return query.join(StockLevel, its_own).where(StockLevel.is_held, *wanted)
    # An outer join, so that no database begins with the levels: it would sort them all for each page.
    return query.outerjoin(StockLevel, its_own).where(func.coalesce(StockLevel.quantity, 0) > 0)


OF_A_LEVEL: Final = (
    StockLevel.id, StockLevel.quantity, StockLevel.location_id, Product.id.label("product_id"),
    Product.name.label("product"), Product.sku, Product.unit, Product.on_hand, Product.reorder_level,
    Product.average_cost, Product.category_id,
)  # fmt: skip
ORDER: Final = (Product.name, Product.id, StockLevel.location_id)


def with_names(query: AnySelect) -> AnySelect:
    """These levels, in their order, with the names of their category, their place and its warehouse."""
    level, house = query.subquery().c, aliased(Location)
    return (
        select(
            *level, Category.name.label("category"), Location.name.label("location"),
            Location.kind.label("location_kind"), house.id.label("warehouse_id"), house.name.label("warehouse"),
        )
        .join(Location, Location.id == level.location_id)
        .outerjoin(house, house.id == Location.warehouse_id)
        .outerjoin(Category, Category.id == level.category_id)
        .order_by(level.product, level.product_id, level.location_id)
    )  # fmt: skip


def about_products(filters: LevelFilters) -> list[ColumnElement[bool]]:
    """What the filters ask of a product."""
    wanted: list[ColumnElement[bool]] = [
        Product.search_text.contains(word, autoescape=True) for word in plain_text(filters.find).split()
    ]
    if filters.category:
        wanted.append(Product.category_id == filters.category)
    if filters.is_low:
        wanted.append(Product.on_hand <= Product.reorder_level)
    return wanted


def place(filters: LevelFilters) -> list[ColumnElement[bool]]:
    """That a level is in a place, or somewhere inside it."""
    return [StockLevel.location_id.in_(inside(filters.location))] if filters.location else []


def inside(location_id: int) -> Select[Any]:
    """A place and all that lies inside it, however deep."""
    tree = select(Location.id).where(Location.id == location_id).cte("inside", recursive=True)
    deeper = aliased(Location)
    tree = tree.union_all(select(deeper.id).join(tree, deeper.parent_id == tree.c.id))
    return select(tree.c.id)
