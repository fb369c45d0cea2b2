"""The pull list of an event: seeing, filling, changing and printing it."""

from datetime import datetime
from typing import Protocol

from flask import Response, request, url_for

from app.blueprints.inventory.fields import chosen_product as product_called
from app.blueprints.planning import blueprint
from app.blueprints.planning.events import STEPS, event_page
from app.blueprints.planning.fields import as_instant, new_request_id, overbooking
from app.edge import actor
from app.extensions import db
from app.fields import FormId, Id, Input, Quantity, Reason
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, part, say, wants_part
from app.models import Event, Product, PullLine
from app.permissions import Permission, requires
from app.queries.planning import event_head
from app.queries.planning_lines import offered, pull_list
from app.refusals import NotFound, Refused
from app.services.events import Wanted
from app.services.line_changes import change_line, put_on_list, remove_line
from app.services.line_windows import Stay
from app.services.once import is_first


class NewLineForm(Input):
    """What is put on the list: chosen from the offers, or typed as name or code."""

    product: Reason = ""
    product_id: Id | None = None
    quantity: Quantity = 1
    note: Reason = ""
    reason: Reason = ""
    request_id: FormId = ""


class LineForm(Input):
    """A line as it shall be."""

    quantity: Quantity
    note: Reason = ""
    occupied_from: datetime | None = None
    occupied_until: datetime | None = None
    reason: Reason = ""

    def stay(self) -> Stay:
        """The time of its own; what is left empty is the event's."""
        return Stay(
            as_instant(self.occupied_from) if self.occupied_from else None,
            as_instant(self.occupied_until) if self.occupied_until else None,
        )


@blueprint.get("/events/<int:event_id>/pull-list")
@requires(Permission.EVENTS_READ)
def event_pull_list(event_id: int) -> Response:
    """The pull list."""
    head = event_head(event_id)
    name_what_was_chosen()
    return event_page(
        "planning/pull_list.html",
        event_id,
        "pull list",
        part="planning/_pull_list.html",
        head=head,
        groups=pull_list(head.event),
    )


def name_what_was_chosen() -> None:
    """After a refusal the offers are gone: the box holds the whole name of the product that was chosen."""
    form = current_form()
    chosen = str(form.value("product_id")) if form else ""
    if chosen.isdigit() and (product := db.session.get(Product, int(chosen))):
        form.typed = {**form.typed, "product": product.name}


@blueprint.get("/events/<int:event_id>/pull-list/print")
@requires(Permission.EVENTS_READ)
def event_pull_list_print(event_id: int) -> Response:
    """The pull list on paper."""
    head = event_head(event_id)
    return page("planning/pull_list_print.html", head=head, event=head.event, groups=pull_list(head.event))


@blueprint.get("/events/<int:event_id>/products")
@requires(Permission.EVENTS_READ)
def event_products(event_id: int) -> Response:
    """Products that fit what is being typed, with what is free of them for the event."""
    event = find(Event, event_id)
    words = request.args.get("product", "")[:200]
    return part("planning/_product_offers.html", offers=offered(event, words), words=words)


@blueprint.post("/events/<int:event_id>/lines")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(event_pull_list)
def add_line(event_id: int) -> Response:
    """Put a product on the list."""
    event = find(Event, event_id)
    given = read_form(NewLineForm)
    product = chosen_product(given)
    if not is_first(given.request_id, by=actor()):
        return list_again(event_id)
    decision = overbooking(actor(), given.reason)
    put_on_list(event, Wanted(product.id, given.quantity, given.note), by=actor(), overbook=decision)
    say(f"{given.quantity} × {product.name} on the list.")
    return list_again(event_id)


class Choice(Protocol):
    """A product as a form names it: chosen from the offers, or typed or scanned."""

    product: str
    product_id: int | None


def chosen_product(given: Choice) -> Product:
    """The product that was meant. Raises Refused beside its field."""
    if given.product_id is not None:
        try:
            return find(Product, given.product_id)
        except NotFound as error:
            raise Refused("This product does not exist any more.", "product") from error
    return product_called(given.product)


@blueprint.get("/lines/<int:line_id>")
@requires(Permission.EVENTS_MANAGE)
def line(line_id: int) -> Response:
    """A line with its form: inside the list for htmx, as a page otherwise."""
    row = find(PullLine, line_id)
    event = find(Event, row.event_id)
    found = [row for group in pull_list(event, line_ids=[line_id]) for row in group.rows]
    if not found:
        raise NotFound("This line was removed.")
    answer = page(
        "planning/line.html",
        part="planning/_line_form.html",
        head=None if wants_part() else event_head(event.id),
        event=event,
        row=found[0],
        steps=STEPS,
        tab="pull list",
    )
    if current_form():
        # The form asked to replace the whole list; refused, it comes back into its own place.
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = f"#line-form-{line_id}", "outerHTML"
    return answer


@blueprint.post("/lines/<int:line_id>")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(line)
def save_line(line_id: int) -> Response:
    """Change a line."""
    row = find(PullLine, line_id)
    given = read_form(LineForm)
    decision = overbooking(actor(), given.reason)
    change_line(row, given.quantity, given.note, by=actor(), overbook=decision, stay=given.stay())
    return list_again(row.event_id)


def list_again(event_id: int) -> Response:
    """The list after a change: as a part for htmx, as a page for others."""
    if not wants_part():
        return go_to(url_for("planning.event_pull_list", event_id=event_id))
    head = event_head(event_id)
    return part(
        "planning/_pull_list.html",
        "planning/_event_marks.html",
        "planning/_event_tabs.html",
        tab="pull list",
        request_id=new_request_id(),
        head=head,
        event=head.event,
        groups=pull_list(head.event),
    )


@blueprint.get("/lines/<int:line_id>/row")
@requires(Permission.EVENTS_READ)
def line_row(line_id: int) -> Response:
    """A line as the list shows it, when its form is left."""
    row = find(PullLine, line_id)
    head = event_head(row.event_id)
    found = [row for group in pull_list(head.event, line_ids=[line_id]) for row in group.rows]
    if not found:
        raise NotFound("This line was removed.")
    return part("planning/_line_row.html", head=head, event=head.event, row=found[0])


@blueprint.post("/lines/<int:line_id>/removal")
@requires(Permission.EVENTS_MANAGE)
def remove(line_id: int) -> Response:
    """Take a line off the list."""
    row = find(PullLine, line_id)
    remove_line(row, by=actor())
    say("Removed from the list.")
    return list_again(row.event_id)
