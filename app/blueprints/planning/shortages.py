"""Shortages: what is missing and why, on one event and across all, and the ways out."""

from flask import Response, url_for

from app.blueprints.planning import blueprint
from app.blueprints.planning.events import event_page
from app.blueprints.planning.fields import Why
from app.edge import actor
from app.fields import Amount, FormId, Id, Input, Name, Quantity
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Product, PullLine, Reservation
from app.permissions import Permission, requires
from app.queries import shortages as queries
from app.queries.planning import event_head
from app.services.once import is_first
from app.services.ways_out import deliver_part, hire_outside, substitute, take_from_tentative


class Once(Input):
    """A form that is one deed, however often it is sent."""

    request_id: FormId = ""


class Part(Input):
    """How many are left out, and why."""

    quantity: Quantity
    reason: Why


class PartForm(Part, Once):
    """The same in a form."""


class StandInChoice(Input):
    """What stands in, for how many."""

    product_id: Id
    quantity: Quantity


class SubstituteForm(StandInChoice, Once):
    """The same in a form."""


class Taking(Input):
    """From whose tentative claim, and how many."""

    reservation_id: Id
    quantity: Quantity


class TakeForm(Taking, Once):
    """The same in a form."""


class Hire(Input):
    """Who lends how many, and for how much in all."""

    supplier: Name
    quantity: Quantity
    cost: Amount


class HireForm(Hire, Once):
    """The same in a form."""


@blueprint.get("/shortages")
@requires(Permission.EVENTS_READ)
def shortages() -> Response:
    """What is short across all events, the most urgent first."""
    return page(
        "planning/shortages.html", part="planning/_shortage_list.html", lines=queries.shortage_worklist()
    )


@blueprint.get("/events/<int:event_id>/shortages")
@requires(Permission.EVENTS_READ)
def event_shortages(event_id: int) -> Response:
    """What is short on one event, with the ways out."""
    head = event_head(event_id)
    solvable = queries.event_shortages(head.event) if head.event.phase.is_open else []
    return event_page("planning/event_shortages.html", event_id, "shortages", head=head, shortages=solvable)


def shortages_of_line(line_id: int) -> Response:
    """The shortages of the line's event, for forms that are shown again."""
    return event_shortages(find(PullLine, line_id).event_id)


def back(line: PullLine) -> Response:
    """To the shortages that are left."""
    return go_to(url_for("planning.event_shortages", event_id=line.event_id))


@blueprint.post("/lines/<int:line_id>/part")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(shortages_of_line)
def deliver_line_part(line_id: int) -> Response:
    """Deliver a part."""
    line = find(PullLine, line_id)
    given = read_form(PartForm)
    if is_first(given.request_id, by=actor()):
        deliver_part(line, given.quantity, given.reason, by=actor())
    say(f"{given.quantity} left out. The lost demand is remembered.")
    return back(line)


@blueprint.post("/lines/<int:line_id>/substitution")
@requires(Permission.EVENTS_MANAGE)
@shown_again_by(shortages_of_line)
def substitute_line(line_id: int) -> Response:
    """Plan another product in its place."""
    line = find(PullLine, line_id)
    given = read_form(SubstituteForm)
    product = find(Product, given.product_id)
    if is_first(given.request_id, by=actor()):
        substitute(line, product.id, given.quantity, by=actor())
    say(f"{given.quantity} × {product.name} stand in.")
    return back(line)


@blueprint.post("/lines/<int:line_id>/taking")
@requires(Permission.RESERVATIONS_OVERBOOK)
@shown_again_by(shortages_of_line)
def take_for_line(line_id: int) -> Response:
    """Take pieces from a tentative claim."""
    line = find(PullLine, line_id)
    given = read_form(TakeForm)
    if is_first(given.request_id, by=actor()):
        take_from_tentative(line, find(Reservation, given.reservation_id), given.quantity, by=actor())
    say("Taken. The other event knows.")
    return back(line)


@blueprint.post("/lines/<int:line_id>/hire")
@requires(Permission.EVENT_COSTS_MANAGE)
@shown_again_by(shortages_of_line)
def hire_for_line(line_id: int) -> Response:
    """Get pieces from an external supplier, with their cost on the event."""
    line = find(PullLine, line_id)
    given = read_form(HireForm)
    if is_first(given.request_id, by=actor()):
        hire_outside(line, given.quantity, given.supplier, given.cost, by=actor())
    say(f"{given.quantity} come from {given.supplier}; the cost is on the event.")
    return back(line)
