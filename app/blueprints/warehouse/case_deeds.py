"""What is done to a case: sealed, opened, carried, filled and emptied, and what belongs into it said."""

import uuid
from typing import Annotated

from flask import Response, url_for
from pydantic import AwareDatetime, Field

from app.blueprints.inventory.fields import chosen_place, chosen_product
from app.blueprints.warehouse import blueprint
from app.blueprints.warehouse.cases import case as case_view
from app.blueprints.warehouse.cases import shown
from app.edge import actor
from app.fields import FormId, Id, Input, Quantity
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, part, say, settle, wants_part
from app.models import Asset, Case, CaseSlot, CaseStep, Location, Product
from app.permissions import Permission, requires
from app.queries.cases import case_page
from app.refusals import NotFound, Refused
from app.rules.put_away_verdicts import TABLE, PutSituation
from app.services.case_packing import empty_case, take_out
from app.services.case_seals import seal, unseal
from app.services.cases import move_case, remove_slot, set_slot, take_back_move
from app.services.put_away import Hand, PutAnswer, put_away, take_back
from app.transactions import rollback, start_reading


class DeedForm(Input):
    """A deed that is done once, however often its form is sent."""

    request_id: FormId = ""

    @property
    def once(self) -> str:
        """The id of the deed."""
        return self.request_id or str(uuid.uuid4())


def back(case_id: int) -> Response:
    """To the page of the case."""
    return go_to(url_for("warehouse.case", case_id=case_id))


@blueprint.post("/cases/<int:case_id>/sealing")
@requires(Permission.SCANS_WRITE)
@shown_again_by(case_view)
def seal_case(case_id: int) -> Response:
    """Seal a case: its contents leave free stock."""
    say(seal(find(Case, case_id), by=actor(), request_id=read_form(DeedForm).once))
    return back(case_id)


@blueprint.post("/cases/<int:case_id>/opening")
@requires(Permission.SCANS_WRITE)
@shown_again_by(case_view)
def open_case(case_id: int) -> Response:
    """Open a sealed case."""
    row = find(Case, case_id)
    unseal(row, by=actor(), request_id=read_form(DeedForm).once)
    is_kept = row.event_id is not None
    say("The case is open." if is_kept else "The case is open: what is in it is free stock again.")
    return back(case_id)


class MoveForm(DeedForm):
    """Where a case goes."""

    parent_id: Id


@blueprint.post("/cases/<int:case_id>/move")
@requires(Permission.SCANS_WRITE)
@shown_again_by(case_view)
def move(case_id: int) -> Response:
    """Carry a case with all that is in it."""
    row, given = find(Case, case_id), read_form(MoveForm)
    target = chosen_place(given.parent_id, "parent_id")
    move_case(row, target, by=actor(), request_id=given.once)
    say(f"It is in {target.name} now.")
    return back(case_id)


@blueprint.post("/cases/<int:case_id>/steps/<int:step_id>/undoing")
@requires(Permission.SCANS_WRITE)
@shown_again_by(lambda case_id, **_: case_view(case_id))
def undo_step(case_id: int, step_id: int) -> Response:
    """Carry a case back to where it was."""
    step = find(CaseStep, step_id)
    if step.case_id != case_id:
        raise NotFound("This case took no such step.")
    take_back_move(step, by=actor(), request_id=read_form(DeedForm).once)
    say("It is back where it was.")
    return back(case_id)


class SlotForm(Input):
    """What belongs into a case."""

    product: str = Field(min_length=1)
    quantity: Quantity = 1


@blueprint.post("/cases/<int:case_id>/slots")
@requires(Permission.LOCATIONS_MANAGE)
@shown_again_by(case_view)
def put_slot(case_id: int) -> Response:
    """Say that so many of a product belong into a case."""
    row, given = find(Case, case_id), read_form(SlotForm)
    product = chosen_product(given.product)
    set_slot(row, product, given.quantity, by=actor())
    say(f"{given.quantity} × {product.name} belong into it.")
    return back(case_id)


@blueprint.post("/cases/<int:case_id>/slots/<int:slot_id>/removal")
@requires(Permission.LOCATIONS_MANAGE)
@shown_again_by(lambda case_id, **_: case_view(case_id))
def drop_slot(case_id: int, slot_id: int) -> Response:
    """Say that a product does not belong into a case any more."""
    row, slot = find(Case, case_id), find(CaseSlot, slot_id)
    if slot.case_id != case_id:
        raise NotFound("This case has no such slot.")
    remove_slot(row, slot, by=actor())
    say("It does not belong into it any more.")
    return back(case_id)


class PackForm(Input):
    """One scan into a case."""

    code: Annotated[str, Field(max_length=5_000)] = ""
    scan_id: Annotated[str, Field(max_length=64)] = ""
    scanned_at: AwareDatetime | None = None
    sequence: int | None = None
    put_id: Annotated[str, Field(max_length=64)] = ""


@blueprint.post("/cases/<int:case_id>/contents")
@requires(Permission.SCANS_WRITE)
def pack(case_id: int) -> Response:
    """Scan something into a case."""
    row, given = find(Case, case_id), read_form(PackForm)
    try:
        return packed(row, put_away(hand_of(row, given), by=actor()), None)
    except Refused as refused:
        return refusal_of(row, refused)


@blueprint.post("/cases/<int:case_id>/contents/undoing")
@requires(Permission.SCANS_WRITE)
def unpack_last(case_id: int) -> Response:
    """Take back what was scanned into a case."""
    row, given = find(Case, case_id), read_form(PackForm)
    try:
        return packed(row, take_back(hand_of(row, given), given.put_id, by=actor()), None)
    except Refused as refused:
        return refusal_of(row, refused)


def hand_of(row: Case, given: PackForm) -> Hand:
    """A scan whose place is the case."""
    place = find(Location, row.location_id)
    return Hand(given.scan_id or str(uuid.uuid4()), given.code, find(Location, place.warehouse_id), place)


def refusal_of(row: Case, refused: Refused) -> Response:
    """Why it was not done, on the screen. Raises what is another page's business."""
    if refused.status != 422:
        raise refused
    rollback()
    start_reading()
    return packed(row, None, refused)


def packed(row: Case, answer: PutAnswer | None, refused: Refused | None) -> Response:
    """The answer to a scan, for htmx as parts, without JavaScript as the whole page."""
    settle()
    known = shown(case_page(row.id)) | {
        "answer": answer,
        "refusal": refused,
        "judgement": answer.judgement if answer else TABLE[PutSituation.UNREADABLE],
    }
    if not wants_part():
        return page("warehouse/case.html", **known)
    parts = ("warehouse/casing/_scan_next.html", "warehouse/_case_contents.html")
    return part("warehouse/putting_away/_scan_verdict.html", *parts, **known)


class TakeForm(DeedForm):
    """What is taken out of a case."""

    product_id: Id
    asset_id: Id | None = None
    pieces: Quantity = 1


@blueprint.post("/cases/<int:case_id>/contents/removal")
@requires(Permission.SCANS_WRITE)
@shown_again_by(case_view)
def take_from_case(case_id: int) -> Response:
    """Take something out of a case: it is put on the floor."""
    row, given = find(Case, case_id), read_form(TakeForm)
    product = find(Product, given.product_id)
    asset = find(Asset, given.asset_id) if given.asset_id else None
    take_out(row, product, asset, given.pieces, by=actor(), request_id=given.once)
    say(f"{asset.tag if asset else f'{given.pieces} × {product.name}'} is on the floor.")
    return back(case_id)


@blueprint.post("/cases/<int:case_id>/emptying")
@requires(Permission.SCANS_WRITE)
@shown_again_by(case_view)
def empty(case_id: int) -> Response:
    """Put all that is in a case on the floor."""
    pieces = empty_case(find(Case, case_id), by=actor(), request_id=read_form(DeedForm).once)
    say(f"{pieces} {'piece is' if pieces == 1 else 'pieces are'} on the floor.")
    return back(case_id)
