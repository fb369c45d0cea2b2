"""Repairs: the list, one, and what is done to it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from flask import Response, g, request, url_for
from pydantic import Field
from sqlalchemy.orm import joinedload

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.photos import kept_photo
from app.edge import actor
from app.finding import find
from app.forms import Input, read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Asset, Product, Repair
from app.permissions import Permission, requires
from app.queries import warehouse as queries
from app.refusals import Refused
from app.rules.calendars import from_local
from app.services.repairs import (
    OPEN_STATES,
    Damage,
    Ending,
    attach_photo,
    close_repair,
    expect_back,
    open_repair,
    start_repair,
)

Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
STATES = {"open": "Open", "ended": "Ended", "all": "All"}


@blueprint.get("/repairs")
@requires(Permission.REPAIRS_READ)
def repairs() -> Response:
    """What is broken, and what became of it."""
    state = request.args.get("state", "open")
    number = request.args.get("page", "1")
    return page(
        "warehouse/repairs.html",
        part="warehouse/_repair_list.html",
        page=queries.repairs_page(state, int(number) if number.isdigit() else 1),
        state=state if state in STATES else "open",
        states=STATES,
    )


def shown(repair_id: int) -> Repair:
    """A repair with everything that its page shows."""
    related = (Repair.product, Repair.asset, Repair.event)
    return find(Repair, repair_id, *(joinedload(row) for row in related))


@blueprint.get("/repairs/<int:repair_id>")
@requires(Permission.REPAIRS_READ)
def repair(repair_id: int) -> Response:
    """One repair."""
    found = shown(repair_id)
    return page("warehouse/repair.html", repair=found, is_open=found.state in OPEN_STATES)


class DamageInput(Input):
    """What is wrong with a piece on a shelf."""

    note: Annotated[str, Field(min_length=1, max_length=2_000)]


@blueprint.get("/assets/<int:asset_id>/repair")
@requires(Permission.REPAIRS_MANAGE)
def report_damage(asset_id: int) -> Response:
    """The form for damage that was found in the warehouse."""
    return page("warehouse/report_damage.html", asset=find(Asset, asset_id, joinedload(Asset.product)))


@blueprint.post("/assets/<int:asset_id>/repair")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(report_damage)
def open_for_asset(asset_id: int) -> Response:
    """Open a repair for an asset."""
    asset = find(Asset, asset_id)
    given = read_form(DamageInput)
    damage = Damage(given.note, None, kept_photo(request.files.get("photo")))
    opened = open_repair(find(Product, asset.product_id), asset, 1, damage, by=actor())
    say(f"{opened.number} is open; {asset.tag} is not available any more.")
    return go_to(url_for("warehouse.repair", repair_id=opened.id))


@blueprint.post("/repairs/<int:repair_id>/start")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def start(repair_id: int) -> Response:
    """Work begins."""
    start_repair(find(Repair, repair_id), by=actor())
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


@blueprint.post("/repairs/<int:repair_id>/photo")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def add_photo(repair_id: int) -> Response:
    """Attach a photo."""
    found = find(Repair, repair_id)
    photo_id = kept_photo(request.files.get("photo"))
    if photo_id is None:
        raise Refused("Please choose a picture.", "photo")
    attach_photo(found, photo_id, by=actor())
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


class ExpectedInput(Input):
    """When it will be back; empty when nobody knows."""

    expected_back_at: datetime | None = None


@blueprint.post("/repairs/<int:repair_id>/expected")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def expect(repair_id: int) -> Response:
    """Say when it will be back: availability counts with it from then on."""
    given = read_form(ExpectedInput).expected_back_at
    until = from_local(given, g.organization.timezone) if given else None
    expect_back(find(Repair, repair_id), until, by=actor())
    say("Noted. Availability reckons with it.")
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


class EndingInput(Input):
    """How it ended."""

    outcome: Annotated[str, Field(min_length=1, max_length=2_000)]
    ending: Annotated[str, Field(pattern="^(mended|written_off)$")]
    cost: Money = Decimal(0)
    charge: Money | None = None


@blueprint.post("/repairs/<int:repair_id>/ending")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def end(repair_id: int) -> Response:
    """Back on the shelf, or out of the books."""
    given = read_form(EndingInput)
    ending = Ending(given.ending == "mended", given.outcome, given.cost, given.charge)
    close_repair(find(Repair, repair_id), ending, by=actor())
    say("Back on the shelf and available." if ending.is_mended else "Written off.")
    return go_to(url_for("warehouse.repair", repair_id=repair_id))
