"""What to order: suggested quantities by supplier, and the drafts that are made of them."""

from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from app.blueprints.crm.fields import searched
from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import new_request_id, page_number, sees_costs, whole
from app.edge import actor
from app.fields import BIGGEST_ID, FormId, Input, Quantity
from app.forms import Invalid, current_form, read_form, shown_again_by, validate
from app.htmx import go_to, page, say
from app.models.base import plain_text
from app.permissions import Permission, requires
from app.queries.choices import categories
from app.queries.paging import PER_PAGE, Page
from app.queries.replenishment import Suggestion, by_supplier, suggestions
from app.queries.suppliers import supplier_options
from app.refusals import Refused
from app.services.once import is_first
from app.services.routine_orders import Chosen, draft_orders

SHOWN = {"due": "To order now", "missing": "Below the level to order up to", "all": "Everything with a level"}
EXPORTED = (
    "SKU", "Product", "Category", "Supplier", "Their code", "On hand", "On order", "Claimed", "Reorder level",
    "Order up to", "Suggested", "Unit", "Pack", "Lead days", "Measured from orders", "Last received",
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to."""

    find: str = ""
    show: str = "due"
    supplier: int | None = None
    category: str = ""

    def lets(self, one: Suggestion) -> bool:
        """True for a product that is to be shown."""
        text = plain_text(f"{one.name} {one.sku} {one.supplier.name if one.supplier else ''}")
        return (
            (self.show == "all" or (one.is_due if self.show == "due" else one.suggested > 0))
            and (self.supplier is None or (one.supplier.company_id if one.supplier else 0) == self.supplier)
            and (not self.category or one.category == self.category)
            and all(word in text for word in plain_text(self.find).split())
        )


class DraftForm(Input):
    """The products that were ticked; their quantities stand beside them."""

    chosen: list[str] = []  # noqa: RUF012
    request_id: FormId = ""


def filters() -> Filters:
    """What the address narrows the list to."""
    show = request.args.get("show", "due")
    return Filters(
        searched(),
        show if show in SHOWN else "due",
        whole("supplier"),
        request.args.get("category", "")[:200],
    )


def found(chosen: Filters) -> list[Suggestion]:
    """The products that the filters let through, by supplier and name."""
    wanted = [one for one in suggestions() if chosen.lets(one)]
    return [one for _, group in by_supplier(wanted) for one in group]


@blueprint.get("/replenishment")
@requires(Permission.ORDERS_READ)
def replenishment() -> Response:
    """What to order, grouped by supplier, with quantities that can be changed."""
    chosen = filters()
    rows = found(chosen)
    number = min(max(page_number(), 1), max(1, -(-len(rows) // PER_PAGE)))
    shown = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    return page(
        "inventory/replenishment.html",
        part="inventory/_replenishment_list.html",
        page=Page(shown, number, PER_PAGE, len(rows)),
        groups=by_supplier(shown),
        filters=chosen,
        show_options=SHOWN,
        suppliers=[*supplier_options(), (0, "Nobody yet")],
        categories=[name for _, name in categories()],
        form=current_form(),
        request_id=new_request_id(),
        sees_costs=sees_costs(),
    )


@blueprint.get("/replenishment.csv")
@requires(Permission.ORDERS_READ)
def replenishment_csv() -> Response:
    """The same list as a file."""
    costs = sees_costs()
    header = [*EXPORTED, *(["Unit cost", "Cost"] if costs else [])]
    return csv_answer("replenishment", header, (exported(one, costs) for one in found(filters())))


def exported(one: Suggestion, costs: bool) -> list[Any]:
    """One line of the file."""
    seller = one.supplier
    row = [
        one.sku, one.name, one.category, seller and seller.name, seller and seller.code, one.on_hand,
        one.on_order, one.claimed, one.reorder_level, one.order_up_to, one.suggested, one.unit,
        seller.pack if seller else 1, one.lead_days, one.lead_orders, one.last_received_at,
    ]  # fmt: skip
    return [*row, seller and seller.unit_cost, one.cost] if costs else row


@blueprint.post("/replenishment")
@requires(Permission.ORDERS_REQUEST)
@shown_again_by(replenishment)
def order_suggested() -> Response:
    """Put what was ticked on one draft for each supplier."""
    given = read_form(DraftForm)
    wanted = [Chosen(product_id, typed_quantity(product_id)) for product_id in ids_of(given.chosen)]
    if not is_first(given.request_id, by=actor()):
        return go_to(url_for("inventory.orders", state="draft"))
    orders = draft_orders(wanted, by=actor())
    say("On " + ", ".join(order.number for order in orders) + ". Look through it, then send it.")
    if len(orders) == 1:
        return go_to(url_for("inventory.order", order_id=orders[0].id))
    return go_to(url_for("inventory.orders", state="draft"))


def ids_of(chosen: list[str]) -> list[int]:
    """The ticked products. Raises Refused for none."""
    ids = [int(text) for text in dict.fromkeys(chosen) if text.isdigit() and int(text) <= BIGGEST_ID]
    if not ids:
        raise Refused("Tick what you want to order first.")
    return ids


class Amount(Input):
    """How many of a product."""

    quantity: Quantity


def typed_quantity(product_id: int) -> int:
    """How many of a product were typed. Raises Invalid beside its own box."""
    name = f"quantity_{product_id}"
    try:
        return validate(Amount, {"quantity": request.form.get(name, "").strip() or None}).quantity
    except Invalid as error:
        raise Invalid({name: error.errors.get("quantity", ["Please enter a whole number."])}) from error
