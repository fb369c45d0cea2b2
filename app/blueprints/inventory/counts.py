"""Counts: the list with its plans, beginning one, handing in, giving up."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, g, request, url_for

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.count_fields import ReasonSaid, ScopeSaid, SubmissionSaid
from app.blueprints.inventory.fields import (
    chosen_product,
    new_request_id,
    page_number,
    sees_costs,
    tags_of,
    whole,
)
from app.edge import actor
from app.fields import FormId, LongText, ShortText
from app.finding import find
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import CountSession, CountState
from app.permissions import Permission, requires
from app.queries import counts as queries
from app.queries.choices import categories, place_options
from app.queries.count_scope import Scope
from app.rules.abc import AbcClass
from app.rules.calendars import local_day
from app.services.counts import Wanted, cancel_count, finish_count, start_count

CLASSES = [(known.value, f"Class {known.value}") for known in AbcClass]


def chosen_state() -> str:
    """Which counts the address asks for."""
    asked = request.args.get("state", "open")
    return asked if asked in queries.STATES else "open"


@blueprint.get("/counts")
@requires(Permission.COUNTS_READ)
def counts() -> Response:
    """The counts, what is due, and how right the books were."""
    found = queries.counts_page(chosen_state(), page_number())
    day = local_day(datetime.now(UTC), g.organization.timezone)
    return page(
        "inventory/counts.html",
        part="inventory/_count_list.html",
        page=found,
        progress=queries.progress_of([count.id for count in found.items]),
        state=chosen_state(),
        states=queries.STATES,
        plans=queries.plans(day),
        accuracy=queries.accuracy_over_time(),
        today=day,
        sees_costs=sees_costs(),
    )


class ScopeForm(ScopeSaid):
    """The same as it is typed: products by code or name, one a line."""

    products: LongText = ""

    def scope(self) -> Scope:
        """As a scope. Raises Refused beside its field."""
        return self.narrowed([chosen_product(text, "products").id for text in tags_of(self.products)])


class CountForm(ScopeForm):
    """What is to be counted, and how."""

    name: ShortText = ""
    notes: ShortText = ""
    is_blind: bool = False
    request_id: FormId = ""


def scope_choices() -> dict[str, Any]:
    """What the forms of counts and plans offer."""
    return {"place_options": place_options(), "category_options": categories(), "class_options": CLASSES}


@blueprint.get("/counts/new")
@requires(Permission.COUNTS_MANAGE)
def count_new() -> Response:
    """The form; `location` in the address chooses the place."""
    return page(
        "inventory/count_form.html",
        form=current_form(),
        location_id=whole("location"),
        request_id=new_request_id(),
        **scope_choices(),
    )


@blueprint.post("/counts/new")
@requires(Permission.COUNTS_MANAGE)
@shown_again_by(count_new)
def count_start() -> Response:
    """Begin a count."""
    given = read_form(CountForm)
    wanted = Wanted(given.scope(), given.name, given.is_blind, given.notes)
    count = start_count(wanted, by=actor(), request_id=given.request_id)
    say(f"{count.number} has begun: {count.name}.")
    return go_to(url_for("inventory.count", count_id=count.id))


@blueprint.get("/counts/<int:count_id>/end")
@requires(Permission.COUNTS_WRITE)
def count_end(count_id: int) -> Response:
    """What is still open, and what becomes of it."""
    count = find(CountSession, count_id)
    if count.state is not CountState.COUNTING:
        return go_to(url_for("inventory.count_review", count_id=count_id))
    places = queries.progress_by_place(count)
    return page(
        "inventory/count_end.html",
        count=count,
        places=places,
        overall=queries.overall(places),
        form=current_form(),
    )


@blueprint.post("/counts/<int:count_id>/end")
@requires(Permission.COUNTS_WRITE)
@shown_again_by(count_end)
def count_finish(count_id: int) -> Response:
    """Hand a count in."""
    count = find(CountSession, count_id)
    finish_count(count, is_rest_none=read_form(SubmissionSaid).is_rest_none, by=actor())
    say(f"{count.number} is handed in: somebody else looks at it now.")
    return go_to(url_for("inventory.count_review", count_id=count_id))


@blueprint.get("/counts/<int:count_id>/cancellation")
@requires(Permission.COUNTS_MANAGE)
def count_giving_up(count_id: int) -> Response:
    """Why a count is given up."""
    return page(
        "inventory/count_reason.html",
        count=find(CountSession, count_id),
        form=current_form(),
        is_reversal=False,
    )


@blueprint.post("/counts/<int:count_id>/cancellation")
@requires(Permission.COUNTS_MANAGE)
@shown_again_by(count_giving_up)
def count_cancel(count_id: int) -> Response:
    """Give a count up: nothing is written into the books."""
    count = find(CountSession, count_id)
    cancel_count(count, read_form(ReasonSaid).reason, by=actor())
    say(f"{count.number} was given up. The books stay as they are.")
    return go_to(url_for("inventory.counts"))
