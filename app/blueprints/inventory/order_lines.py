"""The lines of a purchase order."""

from typing import Any

from flask import Response

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.fields import chosen_product, sees_costs
from app.blueprints.inventory.orders import order, standing, there
from app.edge import actor
from app.fields import FormId, Id, Input, Name
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import part, wants_part
from app.models import OrderLine, PurchaseOrder
from app.permissions import Permission, requires
from app.queries.orders import order_page
from app.refusals import NotFound
from app.services.once import is_first
from app.services.order_lines import LineFacts, add_line, change_line, move_line, remove_line


class AddForm(LineFacts):
    """What is put on a draft."""

    product: Name
    request_id: FormId = ""


class ChangeForm(LineFacts):
    """A line as it shall be; `line` says which one, should it be shown again."""

    line: Id | None = None


class MoveForm(Input):
    """Where a line goes."""

    up: bool = False


def line_of(order_id: int, order_line_id: int) -> OrderLine:
    """A line of this very order. Raises NotFound."""
    line = find(OrderLine, order_line_id)
    if line.order_id != find(PurchaseOrder, order_id).id:
        raise NotFound("This line belongs to another order.")
    return line


def order_again(order_id: int, **_: Any) -> Response:
    """The order's page, whichever line was meant."""
    return order(order_id)


def lines_now(order_id: int) -> Response:
    """The lines as they are now, as a part for htmx, else the page."""
    if not wants_part():
        return there(order_id)
    return part("inventory/_order_lines.html", **standing(order_page(order_id)))


@blueprint.post("/orders/<int:order_id>/lines")
@requires(Permission.ORDERS_REQUEST)
@shown_again_by(order)
def order_line_add(order_id: int) -> Response:
    """Put a product on a draft."""
    row, given = find(PurchaseOrder, order_id), read_form(AddForm)
    product = chosen_product(given.product)
    if is_first(given.request_id, by=actor()):
        add_line(row, product, facts_of(given), by=actor())
    return there(order_id)


def facts_of(given: LineFacts) -> LineFacts:
    """What was said; a price only from people who see prices."""
    facts = {name: getattr(given, name) for name in LineFacts.model_fields}
    return LineFacts.model_construct(**(facts if sees_costs() else facts | {"unit_cost": None}))


@blueprint.post("/orders/<int:order_id>/lines/<int:order_line_id>")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order_again)
def order_line_change(order_id: int, order_line_id: int) -> Response:
    """Change a line."""
    line, given = line_of(order_id, order_line_id), read_form(ChangeForm)
    change_line(line, facts_of(given), by=actor(), keeps_cost=not sees_costs())
    return lines_now(order_id)


@blueprint.post("/orders/<int:order_id>/lines/<int:order_line_id>/place")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order_again)
def order_line_move(order_id: int, order_line_id: int) -> Response:
    """Let a line change places with its neighbour."""
    move_line(line_of(order_id, order_line_id), up=read_form(MoveForm).up, by=actor())
    return lines_now(order_id)


@blueprint.post("/orders/<int:order_id>/lines/<int:order_line_id>/removal")
@requires(Permission.ORDERS_MANAGE)
@shown_again_by(order_again)
def order_line_remove(order_id: int, order_line_id: int) -> Response:
    """Take a line off a draft."""
    remove_line(line_of(order_id, order_line_id), by=actor())
    return lines_now(order_id)
