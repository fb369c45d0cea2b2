"""Quarantine: what must not go out and is in no repair, put in by scan or from its page, and released again."""

import uuid
from typing import Annotated, Any

from flask import Response, request, url_for
from pydantic import Field

from app.blueprints.warehouse import blueprint
from app.edge import actor
from app.fields import Id, Input, LongText
from app.finding import find
from app.forms import read_form, shown_again_by
from app.htmx import go_to, page, say
from app.models import Asset, Location, Product, Quarantine, QuarantineReason
from app.permissions import Permission, requires
from app.queries.choices import warehouses
from app.queries.quarantines import STATES, claim_of_quarantine, quarantines_page
from app.queries.short_because import short_because_of
from app.refusals import Refused
from app.services.accounts import first_warehouse
from app.services.once import is_first
from app.services.quarantines import Doubt, keep_back, let_go
from app.services.scan_codes import things_in


@blueprint.get("/quarantine")
@requires(Permission.REPAIRS_READ)
def quarantines() -> Response:
    """What is kept back; a scanned code names what comes next."""
    asked, number = request.args.get("state", "open"), request.args.get("page", "1")
    state = asked if asked in STATES else "open"
    return page(
        "warehouse/quarantines.html",
        part="warehouse/_quarantine_list.html",
        page=quarantines_page(state, int(number) if number.isdigit() else 1),
        state=state,
        states=STATES,
        reasons=[(reason.value, reason.label) for reason in QuarantineReason],
        warehouses=warehouses(),
        request_id=str(uuid.uuid4()),
        **scanned(request.args.get("code") or request.form.get("code", "")),
    )


def scanned(code: str) -> dict[str, Any]:
    """What a code names: an asset, or a product of which pieces are counted."""
    thing = next((one for one in things_in(code) if one.product_id is not None), None) if code else None
    asset = find(Asset, thing.asset_id) if thing and thing.asset_id else None
    product = find(Product, thing.product_id) if thing and thing.product_id else None
    return {"code": code, "product": product, "asset": asset, "is_unknown": bool(code) and product is None}


class QuarantineInput(Input):
    """What is kept back, how many pieces of it, and why."""

    reason: QuarantineReason
    note: LongText = ""
    quantity: Annotated[int, Field(ge=1, le=9_999)] = 1


class QuarantineForm(QuarantineInput):
    """The same in a form: the thing is what was scanned."""

    code: Annotated[str, Field(min_length=1, max_length=1_000)]
    warehouse_id: Id | None = None
    request_id: Annotated[str, Field(max_length=64)] = ""


@blueprint.post("/quarantine")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(quarantines)
def begin_quarantine() -> Response:
    """Keep something back."""
    given = read_form(QuarantineForm)
    if not is_first(given.request_id, by=actor()):
        return go_to(url_for("warehouse.quarantines"))
    found = scanned(given.code)
    if found["product"] is None:
        raise Refused("Nothing here is called that.", "code")
    house = find(Location, given.warehouse_id) if given.warehouse_id else first_warehouse()
    doubt = Doubt(given.reason, given.note)
    row = keep_back(found["product"], found["asset"], given.quantity, house, doubt, by=actor())
    say(f"{row.number}: it is kept back until somebody releases it.")
    return go_to(url_for("warehouse.quarantine", quarantine_id=row.id))


@blueprint.get("/quarantine/<int:quarantine_id>")
@requires(Permission.REPAIRS_READ)
def quarantine(quarantine_id: int) -> Response:
    """One thing that is, or was, kept back."""
    row = find(Quarantine, quarantine_id, Quarantine.product, Quarantine.asset)
    short = short_because_of(claim_of_quarantine(row.id)) if row.is_open else []
    return page("warehouse/quarantine.html", row=row, short=short)


class ReleaseInput(Input):
    """Why it may go out again."""

    release_note: LongText = ""


@blueprint.post("/quarantine/<int:quarantine_id>/release")
@requires(Permission.REPAIRS_MANAGE)
@shown_again_by(quarantine)
def release(quarantine_id: int) -> Response:
    """Release it."""
    given = read_form(ReleaseInput)
    row = let_go(find(Quarantine, quarantine_id), given.release_note, by=actor())
    say(f"{row.number} is released: it is free again.")
    return go_to(url_for("warehouse.quarantine", quarantine_id=quarantine_id))
