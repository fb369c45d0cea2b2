"""What to order, for programs, and the drafts that are made of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import SeenCost
from app.blueprints.api.purchase_orders import OrderOut
from app.edge import actor
from app.fields import Id, Input, Quantity
from app.models import PurchaseOrder
from app.permissions import Permission
from app.queries.paging import Page
from app.queries.replenishment import Suggestion, Supplier, suggestions
from app.services.routine_orders import Chosen, draft_orders

MOST_LINES = 500


def supplier_of(found: Any) -> Any:
    """The supplier by its fields."""
    return found._asdict() if isinstance(found, Supplier) else found


class PreferredOut(Output):
    """Who a product is bought from, and how they sell it."""

    company_id: int
    name: str
    code: str
    unit_cost: SeenCost
    pack: int
    minimum: int


class SuggestionOut(Output):
    """How many to order: order-up-to − on hand − on order + claims inside the lead time, in packs.

    `on_order` counts drafts too. `lead_orders` says from how many orders the lead time was measured.
    """

    product_id: int
    sku: str
    name: str
    unit: str
    on_hand: int
    on_order: int
    on_draft: int
    claimed: int
    reorder_level: int | None
    order_up_to: int
    missing: int
    suggested: int
    is_due: bool
    is_routine: bool
    is_critical: bool
    lead_days: int
    lead_orders: int
    last_received_at: datetime | None
    supplier: Annotated[PreferredOut | None, BeforeValidator(supplier_of)]


class SuggestionQuery(Paging):
    """Which of the products that have a level: those that are due, of one supplier, one of them."""

    is_due: bool | None = None
    supplier_id: Id | None = None
    product_id: Id | None = None


@operation(
    "GET",
    "/inventory/replenishment",
    permission=Permission.ORDERS_READ,
    answer=SuggestionOut,
    query=SuggestionQuery,
    is_list=True,
)
def list_replenishment(query: SuggestionQuery) -> Page[Suggestion]:
    """What to order, by name of the product."""
    rows = [one for one in suggestions([query.product_id] if query.product_id else None) if fits(one, query)]
    number = min(query.page, max(1, -(-len(rows) // query.per_page)))
    first = (number - 1) * query.per_page
    return Page(rows[first : first + query.per_page], number, query.per_page, len(rows))


def fits(one: Suggestion, query: SuggestionQuery) -> bool:
    """True for a product that is asked for."""
    company_id = one.supplier.company_id if one.supplier else None
    is_theirs = query.supplier_id is None or company_id == query.supplier_id
    return is_theirs and (query.is_due is None or one.is_due == query.is_due)


class ChosenIn(Input):
    """So many of a product, in its own unit."""

    product_id: Id
    quantity: Quantity

    def chosen(self) -> Chosen:
        """The same as the service takes it."""
        return Chosen(self.product_id, self.quantity)


class DraftsIn(Input):
    """What is to be ordered."""

    lines: Annotated[list[ChosenIn], Field(min_length=1, max_length=MOST_LINES)]


@operation(
    "POST",
    "/inventory/replenishment",
    permission=Permission.ORDERS_REQUEST,
    answer=OrderOut,
    body=DraftsIn,
    status=201,
    is_list=True,
    is_idempotent=True,
)
def create_drafts(body: DraftsIn) -> Sequence[PurchaseOrder]:
    """Put products on one draft for each supplier."""
    return draft_orders([line.chosen() for line in body.lines], by=actor())
