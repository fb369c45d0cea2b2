"""What lies where: products by place, read from the levels that the ledger keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Category, Location, Product, StockLevel
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page
from app.queries.rows import AnyRow, AnySelect

AT_ONCE: Final = 2000


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
    """One page of levels, by product and then by place, and how many there are: two statements."""
    counted = select(func.count(StockLevel.id)).where(StockLevel.quantity > 0, *place(filters))
    wanted = about_products(filters)
    if wanted:
        counted = counted.join(Product, Product.id == StockLevel.product_id).where(*wanted)
    total = db.session.scalar(counted) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    rows = db.session.execute(lines(filters).limit(per_page).offset((page - 1) * per_page))
    return Page(rows.all(), page, per_page, total)


def all_level_lines(filters: LevelFilters) -> Iterator[AnyRow]:
    """Every level that the filters let through, for a file."""
    yield from db.session.execute(lines(filters).execution_options(yield_per=AT_ONCE))


def lines(filters: LevelFilters) -> AnySelect:
    """Levels that the filters let through, with the names of their product and their place."""
    wanted = [*about_products(filters), *place(filters)]
    return EVERY.where(*wanted) if wanted else EVERY


def every_line() -> AnySelect:
    """All levels, with the names of their product, their place and its warehouse."""
    house = aliased(Location)
    query = (
        select(
            StockLevel.id, StockLevel.quantity, Product.id.label("product_id"), Product.name.label("product"),
            Product.sku, Product.unit, Product.on_hand, Product.reorder_level, Product.average_cost,
            Category.name.label("category"), Location.id.label("location_id"), Location.name.label("location"),
            Location.kind.label("location_kind"), house.id.label("warehouse_id"), house.name.label("warehouse"),
        )
        .select_from(Product)
        .join(StockLevel, StockLevel.product_id == Product.id)
        .join(Location, Location.id == StockLevel.location_id)
        .outerjoin(house, house.id == Location.warehouse_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(StockLevel.quantity > 0)
        .order_by(Product.name, Product.id, StockLevel.location_id)
    )  # fmt: skip
    # Along the names, and from each to its levels: SQLite would rather sort them all for each page.
    return query.with_hint(Product, "INDEXED BY ix_product_organization_id_name", "sqlite")


EVERY: Final = every_line()
"""Built once: building it takes longer than asking it."""


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
