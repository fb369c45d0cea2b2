"""Repairs: the list, one, and what is done to it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from flask import Response, g, request, url_for
from pydantic import Field

from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.photos import kept_photo
from app.edge import actor
from app.fields import Id, Input, Money, Words
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Asset, Location, Product, Repair, User
from app.permissions import Permission, can, requires
from app.queries import repairs as queries
from app.queries.accounts import people_who_may
from app.queries.crm_clients import offered_companies
from app.queries.inspections import due_of, tests_after
from app.queries.repair_page import story_of
from app.queries.short_because import short_because_of
from app.refusals import Refused
from app.rules.calendars import from_local
from app.services.repair_endings import Ending, close_repair
from app.services.repair_hands import hand_to
from app.services.repairs import (
    Damage,
    attach_photo,
    expect_back,
    open_repair,
    start_repair,
    use_meanwhile,
)


@blueprint.get("/repairs")
@requires(Permission.REPAIRS_READ)
def repairs() -> Response:
    """What is broken, and what became of it."""
    asked = request.args.get("state", "open")
    state = asked if asked in queries.STATES else "open"
    number = request.args.get("page", "1")
    return page(
        "warehouse/repairs.html",
        part="warehouse/_repair_list.html",
        page=queries.repairs_page(state, int(number) if number.isdigit() else 1, me=actor().id),
        state=state,
        states=queries.STATES,
        now=datetime.now(UTC),
    )


@blueprint.get("/repairs/<int:repair_id>")
@requires(Permission.REPAIRS_READ)
def repair(repair_id: int) -> Response:
    """One repair."""
    found = queries.repair_page(repair_id)
    now = datetime.now(UTC)
    is_ours = found.is_open and can(Permission.REPAIRS_MANAGE)
    where = shelves(found) if found.is_open else {}
    return page(
        "warehouse/repair.html",
        repair=found,
        is_open=found.is_open,
        is_overdue=found.is_overdue(now),
        short=short_because_of(queries.claim_of(repair_id)) if found.is_open else [],
        story=story_of(repair_id),
        companies=offered_companies("") if is_ours else (),
        people=people_who_may(Permission.REPAIRS_MANAGE) if is_ours else {},
        **tested(found),
        **where,
    )


def tested(found: Repair) -> dict[str, Any]:
    """The inspections that the thing needs, which are its tests after the repair, and those that were made."""
    if not can(Permission.INSPECTIONS_READ):
        return {"tests_due": (), "tests": ()}
    return {"tests_due": due_of(found.asset_id, found.product_id), "tests": tests_after(found)}


def shelves(found: Repair) -> dict[str, Any]:
    """Where the thing can be put once it is mended, and where it belongs."""
    warehouse_id = queries.claim_of(found.id).warehouse_id
    return {
        "shelves": queries.shelf_options(warehouse_id),
        "home": queries.shelf_of(found, warehouse_id),
    }


class DamageInput(Input):
    """What is wrong with a piece on a shelf."""

    note: Words


@blueprint.get("/assets/<int:asset_id>/repair")
@requires(Permission.REPAIRS_MANAGE)
def report_damage(asset_id: int) -> Response:
    """The form for damage that was found in the warehouse."""
    return page("warehouse/report_damage.html", asset=find(Asset, asset_id, Asset.product))


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


class UseInput(Input):
    """Whether the thing may go out although it is being repaired."""

    is_usable: bool


@blueprint.post("/repairs/<int:repair_id>/use")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def use_repair(repair_id: int) -> Response:
    """Let the thing be used meanwhile, or keep it out of stock."""
    given = read_form(UseInput)
    use_meanwhile(find(Repair, repair_id), given.is_usable, by=actor())
    say("It may go out meanwhile." if given.is_usable else "It is out of stock until the repair ends.")
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
    """Say when it should be mended: later events may count on it."""
    given = read_form(ExpectedInput).expected_back_at
    until = from_local(given, g.organization.timezone) if given else None
    expect_back(find(Repair, repair_id), until, by=actor())
    say("Noted. Events after that day may count on it." if until else "Noted: nobody counts on it for now.")
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


class HandInput(Input):
    """Whose it is; empty for nobody."""

    assignee_id: Id | None = None


@blueprint.post("/repairs/<int:repair_id>/assignee")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def hand_over_repair(repair_id: int) -> Response:
    """Say who sees to it."""
    given = read_form(HandInput).assignee_id
    person = find(User, given) if given else None
    hand_to(find(Repair, repair_id), person, by=actor())
    say(f"{person.name} sees to it." if person else "Nobody sees to it now.")
    return go_to(url_for("warehouse.repair", repair_id=repair_id))


class EndingInput(Input):
    """How it ended."""

    outcome: Words
    ending: Annotated[str, Field(pattern="^(mended|written_off)$")]
    cost: Money = Decimal(0)
    charge: Money | None = None
    shelf_id: Id | None = None
    tested: Annotated[str, Field(max_length=2_000)] = ""


@blueprint.post("/repairs/<int:repair_id>/ending")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(repair)
def end(repair_id: int) -> Response:
    """Back on the shelf, or out of the books."""
    given = read_form(EndingInput)
    chosen = find(Location, given.shelf_id) if given.shelf_id else None
    ending = Ending(given.ending == "mended", given.outcome, given.cost, given.charge, chosen, given.tested)
    shelf = close_repair(find(Repair, repair_id), ending, by=actor())
    say(f"Available again, in {shelf.name}." if shelf else "Written off.")
    return go_to(url_for("warehouse.repair", repair_id=repair_id))
