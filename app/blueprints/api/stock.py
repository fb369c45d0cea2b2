"""Stock levels, for programs."""

from sqlalchemy import select

from app.blueprints.api.contract import Output, Paging, operation
from app.fields import Id
from app.models import StockLevel
from app.permissions import Permission
from app.queries.paging import Page, paged
from app.queries.stock_levels import inside


class StockLevelOut(Output):
    """How many of a product a place holds."""

    product_id: int
    location_id: int
    quantity: int


class StockLevelQuery(Paging):
    """Which stock levels: of a product, in a place itself, or in a place with all that lies inside it."""

    product_id: Id | None = None
    location_id: Id | None = None
    inside_id: Id | None = None


@operation(
    "GET",
    "/inventory/stock-levels",
    permission=Permission.STOCK_READ,
    answer=StockLevelOut,
    query=StockLevelQuery,
    is_list=True,
)
def list_stock_levels(query: StockLevelQuery) -> Page[StockLevel]:
    """What lies where."""
    wanted = select(StockLevel).where(StockLevel.is_held).order_by(StockLevel.id)
    if query.product_id is not None:
        wanted = wanted.where(StockLevel.product_id == query.product_id)
    if query.location_id is not None:
        wanted = wanted.where(StockLevel.location_id == query.location_id)
    if query.inside_id is not None:
        wanted = wanted.where(StockLevel.location_id.in_(inside(query.inside_id)))
    return paged(wanted, query.page, query.per_page)
