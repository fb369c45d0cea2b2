"""Home: what is late and short first, then what comes, what it is worth, and what happened."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, url_for

from app.blueprints.insight import blueprint
from app.blueprints.insight.first_steps import first_steps
from app.htmx import go_to, page, part
from app.permissions import Permission, can, requires, signed_in
from app.queries import dashboard as numbers
from app.queries.feed import Filters, feed

RECENT = 6
P = Permission


def trouble_numbers() -> dict[str, Any]:
    """What the first widget shows."""
    return {"troubles": numbers.troubles(datetime.now(UTC))}


def upcoming_numbers() -> dict[str, Any]:
    """The events of the next days."""
    return {"events": numbers.upcoming(datetime.now(UTC))}


def pipeline_numbers() -> dict[str, Any]:
    """The open deals."""
    return {"stages": numbers.pipeline()}


def utilisation_numbers() -> dict[str, Any]:
    """What is out of what is owned."""
    return {"utilisation": numbers.utilisation(datetime.now(UTC))}


def stock_numbers() -> dict[str, Any]:
    """What must be ordered, and what is being mended."""
    repairs = numbers.open_repairs() if can(P.REPAIRS_READ) else []
    return {"low": numbers.low_products(), "repairs": repairs}


def recent_numbers() -> dict[str, Any]:
    """What happened lately."""
    return {"recent": feed(can, Filters(), RECENT)}


@blueprint.get("/")
@signed_in
def dashboard() -> Response:
    """The first page after signing in: the widgets whose numbers this person may see, or their own jobs."""
    if can(P.JOB_PARTS_USE) and not can(P.DASHBOARD_READ):
        return go_to(url_for("jobs.mine"))
    return page("insight/dashboard.html", steps=first_steps(), **visible_numbers())


def visible_numbers() -> dict[str, Any]:
    """The numbers that this person may see, by what they are called; the others are not there."""
    shown: dict[str, Any] = {}
    for permission, read in (
        (P.EVENTS_READ, trouble_numbers),
        (P.EVENTS_READ, upcoming_numbers),
        (P.DEALS_READ, pipeline_numbers),
        (P.STOCK_READ, utilisation_numbers),
        (P.STOCK_READ, stock_numbers),
        (P.ACTIVITY_READ, recent_numbers),
    ):
        if can(permission):
            shown |= read()
    return shown


@blueprint.get("/dashboard/troubles")
@requires(P.EVENTS_READ)
def troubles() -> Response:
    """Late and short."""
    return part("insight/_dashboard_troubles.html", **trouble_numbers())


@blueprint.get("/dashboard/upcoming")
@requires(P.EVENTS_READ)
def upcoming() -> Response:
    """The events of the next days."""
    return part("insight/_dashboard_upcoming.html", **upcoming_numbers())


@blueprint.get("/dashboard/pipeline")
@requires(P.DEALS_READ)
def pipeline() -> Response:
    """The open deals."""
    return part("insight/_dashboard_pipeline.html", **pipeline_numbers())


@blueprint.get("/dashboard/utilisation")
@requires(P.STOCK_READ)
def utilisation() -> Response:
    """What is out of what is owned."""
    return part("insight/_dashboard_utilisation.html", **utilisation_numbers())


@blueprint.get("/dashboard/stock")
@requires(P.STOCK_READ)
def stock() -> Response:
    """What must be ordered, and what is being mended."""
    return part("insight/_dashboard_stock.html", **stock_numbers())


@blueprint.get("/dashboard/recent")
@requires(P.ACTIVITY_READ)
def recent() -> Response:
    """What happened lately."""
    return part("insight/_dashboard_recent.html", **recent_numbers())
