"""What is there on the first day, written down in a table."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Response, request, url_for
from pydantic import model_validator

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import chosen_place, new_request_id, page_number, sees_costs, whole
from app.edge import actor
from app.fields import Cost, Id, Input, Quantity, RequestId, ShortText
from app.forms import current_form, read_form, read_rows, shown_again_by
from app.htmx import go_to, page, say
from app.permissions import Permission, requires
from app.queries.choices import categories, place_options
from app.queries.level_rows import RowFilters, opening_rows
from app.services.first_receipts import Found, receive_found


class OpeningForm(Input):
    """Where it all lies."""

    location_id: Id
    notes: ShortText = ""
    request_id: RequestId


class OpeningRow(Input):
    """So many of the product of this row, and what one of them cost."""

    quantity: Quantity | None = None
    cost: Cost | None = None

    @model_validator(mode="after")
    def is_whole(self) -> "OpeningRow":
        """A cost alone says nothing."""
        if self.quantity is None:
            raise ValueError("How many are there?")
        return self


@dataclass(frozen=True)
class Table:
    """What the page is narrowed to, for its form and its pager."""

    filters: RowFilters
    number: int


def asked() -> Table:
    """The filters in the address."""
    filters = RowFilters(request.args.get("find", "")[:100], whole("category"), request.args.get("which", ""))
    return Table(filters, page_number())


@blueprint.get("/opening-stock")
@requires(Permission.STOCK_RECEIVE)
def opening_stock() -> Response:
    """A table of products, with boxes for how many there are and what they cost."""
    table = asked()
    return page(
        "inventory/opening_stock.html",
        form=current_form(),
        filters=table.filters,
        page=opening_rows(table.filters, table.number),
        categories=categories(),
        place_options=place_options(),
        location_id=whole("location"),
        sees_costs=sees_costs(),
        request_id=new_request_id(),
    )


@blueprint.post("/opening-stock")
@requires(Permission.STOCK_RECEIVE)
@shown_again_by(opening_stock)
def write_opening_stock() -> Response:
    """Receive all of it, and show the next products."""
    given = read_form(OpeningForm)
    rows = [
        Found(product_id, row.quantity or 0, cost_of(row))
        for product_id, row in read_rows(OpeningRow).items()
    ]
    place = chosen_place(given.location_id, "location_id")
    receive_found(rows, place, by=actor(), request_id=given.request_id, notes=given.notes)
    what = "1 product is" if len(rows) == 1 else f"{len(rows)} products are"
    say(f"{what} in stock in {place.name} now.")
    return go_to(url_for("inventory.opening_stock", **kept_filters(location=place.id)))


def cost_of(row: OpeningRow) -> Decimal | None:
    """What was said of the cost, by whoever may."""
    return row.cost if sees_costs() else None


def kept_filters(**more: Any) -> dict[str, Any]:
    """The filters of this page's address, for the address after the deed."""
    kept = {name: request.args[name] for name in ("find", "category", "which") if request.args.get(name)}
    return kept | more
