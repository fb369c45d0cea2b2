"""Repairs, for programs."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import fields_called, named
from app.blueprints.api.files import JPEG, LARGEST_UPLOAD, FileContent, kept_picture
from app.blueprints.warehouse.photos import photo_answer
from app.edge import actor
from app.fields import Id, Input, Instant, Money, Words
from app.finding import find
from app.models import Asset, Location, Product, Repair, RepairState, User
from app.permissions import Permission
from app.queries.paging import Page
from app.queries.repairs import claim_of, repairs_page
from app.queries.short_because import ShortEvent, short_because_of
from app.refusals import NotFound
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

Photo = Annotated[FileContent, Field(description="The picture in Base64.")]


class RepairOut(Output):
    """A repair."""

    id: int
    number: str
    product_id: int
    asset_id: int | None
    quantity: int
    event_id: int | None
    state: RepairState
    is_usable: bool
    note: str
    reported_at: datetime
    assignee_id: int | None
    expected_back_at: datetime | None
    photo_id: int | None
    outcome: str
    cost: Decimal | None
    closed_at: datetime | None


class RepairQuery(Paging):
    """Which repairs."""

    state: Literal["open", "overdue", "ended", "all"] = "all"


@operation(
    "GET",
    "/inventory/repairs",
    permission=Permission.REPAIRS_READ,
    answer=RepairOut,
    query=RepairQuery,
    is_list=True,
)
def list_repairs(query: RepairQuery) -> Page[Repair]:
    """Repairs, open ones first."""
    return repairs_page(query.state, query.page, query.per_page)


@operation("GET", "/inventory/repairs/<int:repair_id>", permission=Permission.REPAIRS_READ, answer=RepairOut)
def get_repair(repair_id: int) -> Repair:
    """One repair."""
    return find(Repair, repair_id)


class RepairIn(Input):
    """An asset that was found damaged, and what is wrong with it."""

    asset_id: Id
    note: Words
    is_usable: bool = False
    photo: Photo | None = None


@operation(
    "POST",
    "/inventory/repairs",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    body=RepairIn,
    status=201,
    is_idempotent=True,
    largest_body=LARGEST_UPLOAD,
)
def create_repair(body: RepairIn) -> Repair:
    """Report damage: the asset leaves availability at once."""
    asset = named(Asset, body.asset_id, "asset_id")
    photo_id = None if body.photo is None else kept_picture(body.photo)
    damage = Damage(body.note, photo_id=photo_id, is_usable=body.is_usable)
    with fields_called(note="asset_id"):
        return open_repair(find(Product, asset.product_id), asset, 1, damage, by=actor())


@operation(
    "POST",
    "/inventory/repairs/<int:repair_id>/start",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    is_idempotent=True,
)
def begin_repair(repair_id: int) -> Repair:
    """Begin the work on a repair."""
    repair = find(Repair, repair_id)
    start_repair(repair, by=actor())
    return repair


class AssigneeIn(Input):
    """Who sees to a repair; null for nobody."""

    assignee_id: Id | None


@operation(
    "PUT",
    "/inventory/repairs/<int:repair_id>/assignee",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    body=AssigneeIn,
)
def assign_repair(repair_id: int, body: AssigneeIn) -> Repair:
    """Say who sees to a repair."""
    repair = find(Repair, repair_id)
    hand_to(repair, named(User, body.assignee_id, "assignee_id") if body.assignee_id else None, by=actor())
    return repair


class ExpectationIn(Input):
    """When it should be mended; null when nobody knows."""

    expected_back_at: Instant | None


@operation(
    "PUT",
    "/inventory/repairs/<int:repair_id>/expectation",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    body=ExpectationIn,
)
def expect_repair(repair_id: int, body: ExpectationIn) -> Repair:
    """Say when a thing should be mended: later events may count on it."""
    repair = find(Repair, repair_id)
    expect_back(repair, body.expected_back_at, by=actor())
    return repair


class UseIn(Input):
    """Whether the thing may go out although it is being repaired."""

    is_usable: bool


@operation(
    "PUT",
    "/inventory/repairs/<int:repair_id>/use",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    body=UseIn,
)
def use_repair(repair_id: int, body: UseIn) -> Repair:
    """Let a thing be used meanwhile, or keep it out of stock until its repair ends."""
    repair = find(Repair, repair_id)
    use_meanwhile(repair, body.is_usable, by=actor())
    return repair


class ShortEventOut(Output):
    """An event that is short because of something that is not there."""

    event_id: int
    number: str
    name: str
    starts_at: datetime
    missing: int


@operation(
    "GET",
    "/inventory/repairs/<int:repair_id>/short-events",
    permission=Permission.REPAIRS_READ,
    answer=ShortEventOut,
    is_list=True,
)
def list_short_events(repair_id: int) -> list[ShortEvent]:
    """The events to come that are short because of what a repair keeps out of stock."""
    return short_because_of(claim_of(find(Repair, repair_id).id))


class PhotoIn(Input):
    """A JPEG, PNG or WebP picture, kept without anything but the picture."""

    photo: Photo


@operation(
    "PUT",
    "/inventory/repairs/<int:repair_id>/photo",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    body=PhotoIn,
    largest_body=LARGEST_UPLOAD,
)
def replace_repair_photo(repair_id: int, body: PhotoIn) -> Repair:
    """Show what is broken."""
    repair = find(Repair, repair_id)
    attach_photo(repair, kept_picture(body.photo), by=actor())
    return repair


@operation(
    "GET",
    "/inventory/repairs/<int:repair_id>/photo",
    permission=Permission.REPAIRS_READ,
    media_types=(JPEG,),
)
def get_repair_photo(repair_id: int) -> Response:
    """The photo of what is broken."""
    repair = find(Repair, repair_id)
    if repair.photo_id is None:
        raise NotFound("This repair has no photo.")
    return photo_answer(repair.photo_id)


class EndingIn(Input):
    """How a repair ended; a mended thing goes to `shelf_id`, or where it belongs when that is left out.

    What is mended needs a test that passed: one before, or what was `tested` now.
    """

    ending: Literal["mended", "written_off"]
    outcome: Words
    cost: Money = Decimal(0)
    charge: Money | None = None
    shelf_id: Id | None = None
    tested: Annotated[str, Field(max_length=2_000)] = ""


@operation(
    "POST",
    "/inventory/repairs/<int:repair_id>/ending",
    permission=Permission.REPAIRS_MANAGE,
    answer=RepairOut,
    body=EndingIn,
    is_idempotent=True,
)
def end_repair(repair_id: int, body: EndingIn) -> Repair:
    """End a repair: mended and back on a shelf, or written off and out of the books."""
    repair = find(Repair, repair_id)
    shelf = None if body.shelf_id is None else named(Location, body.shelf_id, "shelf_id")
    ending = Ending(body.ending == "mended", body.outcome, body.cost, body.charge, shelf, body.tested)
    close_repair(repair, ending, by=actor())
    return repair
