"""Levels that alert too often: how often, how long, and better ones to take over."""

from datetime import UTC, datetime

from flask import Response, url_for
from pydantic import Field

from app.blueprints.inventory import blueprint
from app.blueprints.inventory.downloads import csv_answer
from app.blueprints.inventory.fields import page_number, whole
from app.edge import actor
from app.fields import Input
from app.forms import current_form, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.permissions import Permission, requires
from app.queries.alert_fatigue import PERIODS, TiredLevel, tired_levels
from app.queries.paging import MOST_PER_PAGE
from app.refusals import Refused
from app.services.levels import take_over

P = Permission
USUAL = 90
HEADER = ("Product", "SKU", "Alerts", "Dismissed", "Days open on average", "Reorder level", "Order up to",
          "Used a day", "Proposed level", "Proposed order up to")  # fmt: skip


def period() -> int:
    """How many days back the page looks."""
    days = whole("days")
    return days if days in PERIODS else USUAL


@blueprint.get("/alerts/levels")
@requires(P.ALERTS_READ)
def alert_levels() -> Response:
    """The levels that alerted most."""
    return page(
        "inventory/alert_levels.html",
        part="inventory/_alert_level_list.html",
        page=tired_levels(period(), datetime.now(UTC), page_number()),
        days=period(),
        periods=PERIODS,
        form=current_form(),
    )


@blueprint.get("/alerts/levels.csv")
@requires(P.ALERTS_READ)
def alert_levels_csv() -> Response:
    """The same as a file."""
    lines = tired_levels(period(), datetime.now(UTC), per_page=MOST_PER_PAGE * 100).items
    return csv_answer("alerting-levels", HEADER, map(exported, lines))


def exported(line: TiredLevel) -> list[object]:
    """One row of the file."""
    product, proposal = line.product, line.proposal
    return [
        product.name, product.sku, line.times, line.dismissed, line.open_days, product.reorder_level,
        product.order_up_to, round(proposal.daily_use, 2), proposal.reorder_level, proposal.order_up_to,
    ]  # fmt: skip


class LevelsTaken(Input):
    """Which proposals are taken over, each as product:level:order up to, as they stood on the page."""

    taken: list[str] = Field(default_factory=list)
    only: str | None = None
    """The button of one row: whatever else is ticked stays."""


@blueprint.post("/alerts/levels")
@requires(P.PRODUCTS_MANAGE)
@shown_again_by(alert_levels)
def take_levels() -> Response:
    """Set the levels that were ticked."""
    given = read_form(LevelsTaken)
    taken = dict(map(proposal_taken, [given.only] if given.only else given.taken))
    if not taken:
        raise Refused("Tick the levels that you want to take over.", "taken")
    changed = take_over(taken, by=actor())
    say(f"{len(changed)} {'product has' if len(changed) == 1 else 'products have'} new levels.")
    return go_to(url_for("inventory.alert_levels", days=period()))


def proposal_taken(text: str) -> tuple[int, tuple[int, int]]:
    """A proposal as the page wrote it. Raises Refused."""
    numbers = text.split(":")
    if len(numbers) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in numbers):
        raise Refused("This is no proposal.", "taken")
    product_id, level, up_to = map(int, numbers)
    return product_id, (level, up_to)
