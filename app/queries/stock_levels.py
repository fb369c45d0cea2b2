"""What lies where: products by place, read from the levels that the ledger keeps.

A page is found in two steps, as in the ledger: its ids from indexes, then those rows alone; both in one statement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Category, Location, Product, StockLevel
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page
from app.queries.rows import AnyRow, AnySelect
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
    """One page of levels, by product and then by place: two statements.

    There may be hundreds of thousands: they are counted only as far ahead as anybody turns pages.
    """
    counting, listing = page_statements(filters)
    known = page * per_page + COUNTED_AHEAD
    counted = db.session.scalar(counting, {"some": known + 1}) or 0
    page = min(max(page, 1), max(1, -(-counted // per_page)))
    rows = db.session.execute(listing, {"some": per_page, "first": (page - 1) * per_page}).all()
    return Page(rows, page, per_page, min(counted, known), is_more=counted > known)


@lru_cache(maxsize=64)
def page_statements(filters: LevelFilters) -> tuple[AnySelect, AnySelect]:
    """How many levels there are, and some of them; built once for filters that are asked for again."""
    query, some = level_ids(filters), bindparam("some", type_=Integer)
    counting = select(func.count()).select_from(query.order_by(None).limit(some).subquery())
    return counting, EVERY.where(StockLevel.id.in_(query.limit(some).offset(bindparam("first"))))


def all_level_lines(filters: LevelFilters) -> Iterator[AnyRow]:
    """Every level that the filters let through, for a file."""
    wanted = [*about_products(filters), *place(filters), StockLevel.is_held]
    read_in_portions()
    yield from db.session.execute(EVERY.where(*wanted).execution_options(yield_per=AT_ONCE))


def level_ids(filters: LevelFilters) -> AnySelect:
    """The ids of the levels that the filters let through, along the names of products and from each to its levels."""
    query = select(StockLevel.id).select_from(Product).where(*about_products(filters)).order_by(*ORDER)
    its_own = StockLevel.product_id == Product.id
    if wanted := place(filters):
        return query.join(StockLevel, its_own).where(StockLevel.is_held, *wanted)
    # An outer join, so that no database begins with the levels: it would sort them all for each page.
    return query.outerjoin(StockLevel, its_own).where(func.coalesce(StockLevel.quantity, 0) > 0)


def every_line() -> AnySelect:
    """Levels, with the names of their product, their place and its warehouse."""
    house = aliased(Location)
    return (
        select(
            StockLevel.id, StockLevel.quantity, Product.id.label("product_id"), Product.name.label("product"),
            Product.sku, Product.unit, Product.on_hand, Product.reorder_level, Product.average_cost,
            Category.name.label("category"), Location.id.label("location_id"), Location.name.label("location"),
            Location.kind.label("location_kind"), house.id.label("warehouse_id"), house.name.label("warehouse"),
        )
        .select_from(StockLevel)
        .join(Product, Product.id == StockLevel.product_id)
        .join(Location, Location.id == StockLevel.location_id)
        .outerjoin(house, house.id == Location.warehouse_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .order_by(*ORDER)
    )  # fmt: skip


ORDER: Final = (Product.name, Product.id, StockLevel.location_id)
EVERY: Final = every_line()


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
