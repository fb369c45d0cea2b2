"""Cases, for programs: the same deeds as on their pages."""

import uuid
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from app.blueprints.api.contract import Output, Paging, operation
from app.blueprints.api.fields import named
from app.edge import actor
from app.extensions import db
from app.fields import Id, Input, Quantity
from app.finding import find
from app.models import Asset, Case, CaseSlot, CaseState, CheckInMode, Location, Product
from app.permissions import Permission
from app.queries import cases as queries
from app.queries.paging import Page
from app.refusals import NotFound
from app.services.case_absences import look_through, say_absent
from app.services.case_packing import empty_case, take_out
from app.services.case_seals import seal, unseal
from app.services.cases import (
    CaseFacts,
    add_case,
    change_case,
    move_case,
    remove_slot,
    set_slot,
)


class SlotOut(Output):
    """So many of a product that belong into a case, or are missing in it."""

    product_id: int
    product: str
    quantity: int


class LyingOut(Output):
    """So many of a product that lie in a case itself, or in a place inside it."""

    location_id: int
    product_id: int
    product: str
    sku: str
    quantity: int


class CaseOwn(Output):
    """What a case is by itself. Weights are in kg, the inner space is in mm."""

    id: int
    location_id: int
    home_id: int | None
    event_id: int | None
    state: CaseState
    is_sealed: bool
    check_in: CheckInMode
    dissolves: bool
    own_weight_kg: Decimal | None
    most_load_kg: Decimal | None
    inner_length_mm: int | None
    inner_width_mm: int | None
    inner_height_mm: int | None
    notes: str


class CaseOut(CaseOwn):
    """A case, with where it is and what lies in it now. Its weight covers only what has a known one, unless
    `is_weight_known`."""

    name: str
    code: str
    parent_id: int | None
    is_complete: bool
    weight_kg: Decimal
    is_weight_known: bool
    contents: list[LyingOut]
    slots: list[SlotOut]
    missing: list[SlotOut]


def facts_of(case: Case, place: Location, inside: queries.Inside) -> dict[str, object]:
    """A case as the contract lists it."""
    return {name: getattr(case, name) for name in CaseOwn.model_fields} | {
        "name": place.name,
        "code": place.code,
        "parent_id": place.parent_id,
        "is_complete": inside.is_complete,
        "weight_kg": inside.weight.kilograms,
        "is_weight_known": inside.weight.is_all,
        "contents": [row._asdict() for row in (*inside.own, *inside.inner)],
        "slots": [row._asdict() for row in inside.slots],
        "missing": [row._asdict() for row in inside.missing],
    }


def facts_now(case: Case) -> dict[str, object]:
    """The same, as it is now."""
    place = db.session.get_one(Location, case.location_id)
    return facts_of(case, place, queries.insides([place.id])[place.id])


class CaseQuery(Paging):
    """Which cases."""

    state: CaseState | None = None
    complete: Literal["", "yes", "no"] = ""
    sealed: Literal["", "yes", "no"] = ""


@operation(
    "GET", "/warehouse/cases", permission=Permission.SCANS_READ, answer=CaseOut, query=CaseQuery, is_list=True
)
def list_cases(query: CaseQuery) -> Page[dict[str, object]]:
    """Cases, by code."""
    wanted = queries.CaseFilters("", query.state, query.complete, query.sealed)
    lines = queries.case_list(wanted, query.page, query.per_page)
    items = [facts_of(line.case, line.place, line.inside) for line in lines.items]
    return Page(items, lines.page, lines.per_page, lines.total)


@operation("GET", "/warehouse/cases/<int:case_id>", permission=Permission.SCANS_READ, answer=CaseOut)
def get_case(case_id: int) -> dict[str, object]:
    """One case."""
    return facts_now(find(Case, case_id))


class CaseIn(CaseFacts):
    """A case as it shall be. Where it is now, its moves say."""


@operation(
    "POST",
    "/warehouse/cases",
    permission=Permission.LOCATIONS_MANAGE,
    answer=CaseOut,
    body=CaseIn,
    status=201,
    is_idempotent=True,
)
def create_case(body: CaseIn) -> dict[str, object]:
    """Add a case; it stands at its home."""
    named(Location, body.home_id, "home_id")
    return facts_now(add_case(body, by=actor()))


@operation(
    "PUT",
    "/warehouse/cases/<int:case_id>",
    permission=Permission.LOCATIONS_MANAGE,
    answer=CaseOut,
    body=CaseIn,
)
def replace_case(case_id: int, body: CaseIn) -> dict[str, object]:
    """Say anew what a case is."""
    case = find(Case, case_id)
    named(Location, body.home_id, "home_id")
    change_case(case, body, by=actor())
    return facts_now(case)


class CaseSlotIn(Input):
    """What belongs into a case."""

    product_id: Id
    quantity: Quantity


@operation(
    "POST",
    "/warehouse/cases/<int:case_id>/slots",
    permission=Permission.LOCATIONS_MANAGE,
    answer=CaseOut,
    body=CaseSlotIn,
    is_idempotent=True,
)
def say_slot(case_id: int, body: CaseSlotIn) -> dict[str, object]:
    """Say that so many of a product belong into a case."""
    case = find(Case, case_id)
    set_slot(case, named(Product, body.product_id, "product_id"), body.quantity, by=actor())
    return facts_now(case)


@operation(
    "DELETE",
    "/warehouse/cases/<int:case_id>/slots/<int:product_id>",
    permission=Permission.LOCATIONS_MANAGE,
    answer=CaseOut,
)
def unsay_slot(case_id: int, product_id: int) -> dict[str, object]:
    """Say that a product does not belong into a case any more."""
    case = find(Case, case_id)
    found = next((row for row in queries.slot_rows(case.id) if row.product_id == product_id), None)
    if found is None:
        raise NotFound("This does not belong into the case.")
    remove_slot(case, find(CaseSlot, found.id), by=actor())
    return facts_now(case)


@operation(
    "POST",
    "/warehouse/cases/<int:case_id>/seal",
    permission=Permission.SCANS_WRITE,
    answer=CaseOut,
    is_idempotent=True,
)
def seal_it(case_id: int) -> dict[str, object]:
    """Seal a case: its contents leave free stock."""
    case = find(Case, case_id)
    seal(case, by=actor())
    return facts_now(case)


@operation(
    "POST",
    "/warehouse/cases/<int:case_id>/opening",
    permission=Permission.SCANS_WRITE,
    answer=CaseOut,
    is_idempotent=True,
)
def open_it(case_id: int) -> dict[str, object]:
    """Open a sealed case."""
    case = find(Case, case_id)
    unseal(case, by=actor())
    return facts_now(case)


@operation(
    "POST",
    "/warehouse/cases/<int:case_id>/verification",
    permission=Permission.SCANS_WRITE,
    answer=CaseOut,
    is_idempotent=True,
)
def verify_it(case_id: int) -> dict[str, object]:
    """Say that somebody has looked through a case since it came back: but for its absences, all is in it."""
    case = find(Case, case_id)
    look_through(case, by=actor())
    return facts_now(case)


class AbsenceIn(Input):
    """What is not in a case that came back: an asset, or so many counted pieces, left out all of them."""

    product_id: Id
    asset_id: Id | None = None
    quantity: Quantity | None = None


@operation(
    "POST",
    "/warehouse/cases/<int:case_id>/absences",
    permission=Permission.SCANS_WRITE,
    answer=CaseOut,
    body=AbsenceIn,
    is_idempotent=True,
)
def miss_in_it(case_id: int, body: AbsenceIn) -> dict[str, object]:
    """Say that something which came back in a case is not in it: it is still out on its event."""
    case = find(Case, case_id)
    product = named(Product, body.product_id, "product_id")
    asset = named(Asset, body.asset_id, "asset_id") if body.asset_id else None
    say_absent(case, product, asset, body.quantity, by=actor())
    return facts_now(case)


class CaseMoveIn(Input):
    """Where a case goes."""

    location_id: Id


@operation(
    "POST",
    "/warehouse/cases/<int:case_id>/moves",
    permission=Permission.SCANS_WRITE,
    answer=CaseOut,
    body=CaseMoveIn,
    is_idempotent=True,
)
def carry_it(case_id: int, body: CaseMoveIn) -> dict[str, object]:
    """Carry a case with all that is in it. Things are packed into it by put-away, with the case as the place."""
    case = find(Case, case_id)
    move_case(case, named(Location, body.location_id, "location_id"), by=actor())
    return facts_now(case)


class TakenOutIn(Input):
    """What is taken out: an asset, or so many counted pieces. `id` is the client's own: sent twice, it moves once."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    product_id: Id
    asset_id: Id | None = None
    quantity: Quantity = 1


@operation(
    "POST",
    "/warehouse/cases/<int:case_id>/removals",
    permission=Permission.SCANS_WRITE,
    answer=CaseOut,
    body=TakenOutIn,
    is_idempotent=True,
)
def take_from_it(case_id: int, body: TakenOutIn) -> dict[str, object]:
    """Take something out of a case: it is put on the floor of its warehouse."""
    case = find(Case, case_id)
    product = named(Product, body.product_id, "product_id")
    asset = named(Asset, body.asset_id, "asset_id") if body.asset_id else None
    take_out(case, product, asset, body.quantity, by=actor(), request_id=body.id)
    return facts_now(case)


@operation(
    "POST",
    "/warehouse/cases/<int:case_id>/emptying",
    permission=Permission.SCANS_WRITE,
    answer=CaseOut,
    is_idempotent=True,
)
def empty_it(case_id: int) -> dict[str, object]:
    """Put all that is in a case on the floor."""
    case = find(Case, case_id)
    empty_case(case, by=actor(), request_id=str(uuid.uuid4()))
    return facts_now(case)
