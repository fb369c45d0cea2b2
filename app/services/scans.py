"""Scanning: one deed for the screen and for programs. A scan is judged, done, and kept as a row.

What a device sends carries its own id: sent twice, it counts once and gets the same answer. Counts are
sums of rows, so several people scan one event and nobody overwrites anybody.
"""

import uuid as uuids
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    Code,
    Condition,
    Event,
    Location,
    LocationKind,
    Product,
    PullLine,
    Reservation,
    Scan,
    ScanMode,
    ScanResult,
    Tracking,
    Verdict,
)
from app.permissions import Permission
from app.refusals import NotFound, Refused
from app.rules.codes import Command, ScanInput, code_key, parse
from app.rules.phases import Phase
from app.rules.verdicts import TABLE, Judgement, Offer, Situation, consents
from app.services.repairs import Damage, open_repair_in
from app.services.scan_effects import (
    ACTIVE,
    Deed,
    bring_back,
    check_out,
    plan_more,
    prepare,
    return_elsewhere,
)
from app.services.scan_facts import judge
from app.services.scan_undo import take_back
from app.transactions import lock

LONGEST_NOTE = 2_000
WORTH_SAYING = (Condition.NEEDS_ATTENTION, Condition.DAMAGED)


@dataclass(frozen=True)
class ScanRequest:
    """What a device sends. `accept` says yes to an offer of the answer before; `override` needs a permission."""

    uuid: str
    code: str
    mode: ScanMode
    event_id: int
    quantity: int | None = None
    condition: Condition | None = None
    notes: str = ""
    photo_id: int | None = None
    location_id: int | None = None
    scanned_at: datetime | None = None
    device: str = ""
    accept: bool = False
    override: bool = False


@dataclass(frozen=True)
class Counters:
    """How far a line has come."""

    planned: int = 0
    prepped: int = 0
    out: int = 0
    returned: int = 0

    def of(self, mode: ScanMode) -> tuple[int, int]:
        """Done and to do, in this mode."""
        if mode is ScanMode.IN:
            return self.returned, self.out
        return (self.prepped if mode is ScanMode.PREP else self.out), self.planned


@dataclass(frozen=True)
class ScanAnswer:
    """What the person sees and hears."""

    scan_id: int
    situation: Situation
    verdict: Verdict
    result: ScanResult
    message: str
    mode: ScanMode
    code: str
    counters: Counters | None = None
    product_id: int | None = None
    asset_id: int | None = None
    line_id: int | None = None
    location_id: int | None = None
    command: str = ""
    offer: Offer | None = None
    repair_id: int | None = None

    @property
    def judgement(self) -> Judgement:
        """Colour, tone, icon and word."""
        return TABLE[self.situation]


@dataclass(frozen=True)
class Thing:
    """What a code names: an asset of a product, so many of a product, or a place. Unknown, it names nothing."""

    scanned: ScanInput
    product_id: int | None = None
    asset_id: int | None = None
    location_id: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """True when the code names something here."""
        return self.product_id is not None or self.location_id is not None


def scan(request: ScanRequest, *, by: Actor) -> ScanAnswer:
    """Judge and do what was scanned; the answer to the last code when several came in one burst.

    Raises NotFound for an unknown event, Forbidden for an override without the permission.
    """
    if earlier := scan_called(request.uuid):
        return answer_again(earlier)
    things = [resolve(scanned) for scanned in parse(request.code, own_host=own_host())]
    if not things:
        raise Refused("Scan or type a code.", "code")
    lock_for(request, things, by)
    if earlier := scan_called(request.uuid):
        return answer_again(earlier)
    event = db.session.get(Event, request.event_id)
    if event is None:
        raise NotFound("This event does not exist.")
    refuse_finished(event, request.mode)
    answers = [
        take(replace(request, uuid=numbered(request.uuid, place)), thing, event, by)
        for place, thing in enumerate(things)
    ]
    return answers[-1]


def refuse_finished(event: Event, mode: ScanMode) -> None:
    """Nothing moves on a finished event, but what is out on a cancelled one still comes home."""
    comes_home = event.phase is Phase.CANCELLED and mode is ScanMode.IN
    if not event.phase.is_open and not comes_home:
        raise Refused(f"{event.number} is {event.phase.label.lower()}: its scans stand.", "code")


def own_host() -> str:
    """The host whose labels are ours."""
    base: str = current_app.config["SETTINGS"].base_url
    return urlsplit(base).netloc


def numbered(uuid: str, place: int) -> str:
    """The id of the n-th code of a burst; the first keeps the device's own."""
    return uuid if place == 0 else str(uuids.uuid5(uuids.NAMESPACE_URL, f"{uuid}/{place}"))


def scan_called(uuid: str) -> Scan | None:
    """The scan with this id, if it came before."""
    return db.session.scalars(select(Scan).where(Scan.uuid == uuid)).one_or_none()


def resolve(scanned: ScanInput) -> Thing:
    """What a code names here, the first candidate that exists."""
    keys = {code_key(candidate): candidate for candidate in scanned.candidates}
    if not keys or scanned.command or scanned.refused:
        return Thing(scanned)
    query = (
        select(
            Code.code_key,
            Code.product_id,
            Code.asset_id,
            Code.location_id,
            Asset.product_id.label("of_asset"),
        )
        .outerjoin(Asset, Asset.id == Code.asset_id)
        .where(Code.code_key.in_(keys))
    )
    found = {row.code_key: row for row in db.session.execute(query)}
    for key, candidate in keys.items():
        if row := found.get(key):
            product_id = row.of_asset or row.product_id
            return Thing(scanned, product_id, row.asset_id, row.location_id, scanned.notes_on(candidate))
    return Thing(scanned)


def lock_for(request: ScanRequest, things: Sequence[Thing], by: Actor) -> None:
    """Event, products and assets at once; the event that an asset is still out on, too."""
    assets: set[int | None] = {thing.asset_id for thing in things}
    products: set[int | None] = {thing.product_id for thing in things}
    if any(thing.scanned.command for thing in things) and (last := last_counting(request.event_id, by)):
        assets.add(last.asset_id)
        products.add(last.product_id)
    elsewhere = select(Assignment.event_id).where(
        Assignment.asset_id.in_(filter(None, assets)), Assignment.state.in_(ACTIVE)
    )
    events = {request.event_id, *(db.session.scalars(elsewhere) if any(assets) else ())}
    lock({Event: events, Product: filter(None, products), Asset: filter(None, assets)})


def take(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """One code: refused, unknown, a command, a place, or a thing that moves."""
    if thing.scanned.refused:
        return write(request, thing, Situation.UNREADABLE, thing.scanned.refused, by)
    if thing.scanned.command:
        return command(request, thing, event, by)
    if not thing.is_known:
        text = thing.scanned.text
        return write(request, thing, Situation.UNKNOWN, f"Nothing here is called {text}.", by)
    if thing.location_id is not None:
        return place(request, thing, db.session.get_one(Location, thing.location_id), by)
    return move(request, thing, event, by)


def command(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """A command card. UNDO and DAMAGED are about the last scan; the others are for the screen to follow."""
    word = str(thing.scanned.command)
    if thing.scanned.command is Command.UNDO:
        last = last_counting(event.id, by)
        if last is not None:
            return undo_in(last, request, by)
        return write(request, thing, Situation.COMMAND, "There is nothing to undo.", by)
    if thing.scanned.command is Command.DAMAGED:
        return damaged_last(request, thing, event, by)
    return replace(write(request, thing, Situation.COMMAND, f"{word}.", by), command=word)


def damaged_last(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """What this person scanned in last came back damaged."""
    last = last_counting(event.id, by)
    if last is None or last.mode is not ScanMode.IN:
        return write(request, thing, Situation.COMMAND, "Scan the damaged thing in first.", by)
    repair_id = condition_in(last, Condition.DAMAGED, "Reported by scan.", None, by)
    answer = write(request, thing, Situation.COMMAND, f"{last.message} Reported as damaged.", by)
    return replace(answer, repair_id=repair_id)


def report_condition(
    row: Scan, condition: Condition, note: str, photo_id: int | None, *, by: Actor
) -> int | None:
    """Say in what state a scanned thing came back; the repair that damage opened. Raises Refused."""
    lock({Event: [row.event_id or 0], Product: [row.product_id or 0], Asset: [row.asset_id or 0]})
    return condition_in(row, condition, note, photo_id, by)


def condition_in(row: Scan, condition: Condition, note: str, photo_id: int | None, by: Actor) -> int | None:
    """The same, with the locks held."""
    if row.mode is not ScanMode.IN or row.change <= 0 or row.situation == Situation.LOST:
        raise Refused("Only what came back has a condition.", "note")
    if db.session.get_one(Event, row.event_id).phase is Phase.CLOSED:
        raise Refused("This event is closed: report the damage on the thing itself.", "note")
    asset = db.session.get_one(Asset, row.asset_id) if row.asset_id else None
    if condition is Condition.NEEDS_ATTENTION:
        if asset:
            asset.condition, asset.notes = condition, note or asset.notes
            db.session.flush()
        return None
    product = db.session.get_one(Product, row.product_id)
    damage = Damage(note or "Came back damaged.", row.event_id, photo_id)
    return open_repair_in(product, asset, row.change, damage, by=by).id


def place(request: ScanRequest, thing: Thing, location: Location, by: Actor) -> ScanAnswer:
    """A shelf or case: what comes in next is put there."""
    answer = write(request, thing, Situation.LOCATION, f"What comes back now is put at {location.name}.", by)
    return replace(answer, location_id=location.id)


def move(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """An asset or counted pieces: judged, and done when it may be."""
    deed = deed_of(request, thing, event, by)
    situation, message = judge(deed)
    if situation in (Situation.PLANNED, Situation.SWAPPED):
        perform(deed, situation)
    elif consents(situation, accept=request.accept, override=request.override):
        message = f"{message} {consent(deed, situation)}"
        situation = Situation.PLANNED
    applied = situation in (Situation.PLANNED, Situation.SWAPPED)
    return finish(request, thing, deed, situation, message, applied, by)


def deed_of(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> Deed:
    """What is to be done, with everything it touches read under the locks."""
    product = db.session.get_one(Product, thing.product_id)
    asset = db.session.get_one(Asset, thing.asset_id) if thing.asset_id else None
    if product.is_package:
        raise Refused(f"{product.name} is a package: scan its parts.", "code")
    line = line_of(event.id, product.id)
    quantity = 1 if asset else (request.quantity or thing.scanned.quantity)
    notes = thing.notes
    if asset and max(request.quantity or 1, thing.scanned.quantity) > 1:
        notes = (*notes, "A single piece counts once.")
    return Deed(
        event=event,
        product=product,
        asset=asset,
        quantity=quantity,
        mode=request.mode,
        line=line,
        claim=claim_of(line),
        by=by,
        uuid=request.uuid,
        to_id=landing(request.location_id, event),
        happened_at=request.scanned_at,
        notes=notes,
    )


def landing(location_id: int | None, event: Event) -> int | None:
    """Where a return is put: a place of the event's own warehouse, and no event's site. Raises Refused."""
    if location_id is None:
        return None
    place = db.session.get(Location, location_id)
    if place is None or place.archived_at is not None or place.warehouse_id != event.warehouse_id:
        raise Refused("Nothing can be put there.", "location_id")
    if place.kind is LocationKind.EVENT_SITE:
        raise Refused("That is an event's site: nothing is put away there.", "location_id")
    return place.id


def line_of(event_id: int, product_id: int) -> PullLine | None:
    """The event's line of a product."""
    query = select(PullLine).where(PullLine.event_id == event_id, PullLine.product_id == product_id)
    return db.session.scalars(query).one_or_none()


def claim_of(line: PullLine | None) -> Reservation | None:
    """The claim of a line, which counts its way."""
    if line is None:
        return None
    return db.session.scalars(select(Reservation).where(Reservation.line_id == line.id)).one_or_none()


def perform(deed: Deed, situation: Situation) -> None:
    """Do what was judged to be in order."""
    if deed.product.tracking is Tracking.SERIALIZED and deed.asset is None:
        raise Refused(f"{deed.product.name} is followed piece by piece: scan the piece itself.", "code")
    if deed.mode is ScanMode.PREP:
        prepare(deed, is_swap=situation is Situation.SWAPPED)
    elif deed.mode is ScanMode.OUT:
        check_out(deed, is_swap=situation is Situation.SWAPPED)
    else:
        bring_back(deed)


def consent(deed: Deed, situation: Situation) -> str:
    """Do what was offered and agreed to; the sentence that says so."""
    offer = TABLE[situation].offer
    if offer is Offer.RETURN_THERE:
        return return_elsewhere(deed)
    if offer is Offer.OVERRIDE:
        require(deed.by, Permission.SCANS_OVERRIDE)
    said = "Override noted."
    if offer is Offer.RETURN_FIRST:
        said = return_elsewhere(deed)
    if offer in (Offer.ADD, Offer.EXTRA):
        require(deed.by, Permission.LINES_ADD)
        said = "Added to the list."
    plan_more(deed, is_override=offer is Offer.OVERRIDE)
    perform(deed, Situation.PLANNED)
    return said


def require(by: Actor, permission: Permission) -> None:
    """Raises Refused, on the screen and not as a page, when the person may not."""
    if not by.may(permission):
        raise Refused("You may not do this. Ask somebody who may override.", "code")


def finish(
    request: ScanRequest,
    thing: Thing,
    deed: Deed,
    situation: Situation,
    message: str,
    applied: bool,
    by: Actor,
) -> ScanAnswer:
    """Keep the scan, open a repair for what came back damaged, and answer."""
    name = f"{deed.product.name} {deed.asset.tag}" if deed.asset else f"{deed.quantity} × {deed.product.name}"
    sentence = " ".join(filter(None, (f"{name}:", message, *deed.notes))).strip()
    answer = write(request, thing, situation, sentence, by, deed=deed, applied=applied)
    if applied and request.mode is ScanMode.IN and request.condition in WORTH_SAYING:
        row = db.session.get_one(Scan, answer.scan_id)
        repair_id = condition_in(
            row, request.condition or Condition.DAMAGED, request.notes, request.photo_id, by
        )
        return replace(answer, repair_id=repair_id)
    return answer


def write(
    request: ScanRequest,
    thing: Thing,
    situation: Situation,
    message: str,
    by: Actor,
    *,
    deed: Deed | None = None,
    applied: bool = False,
) -> ScanAnswer:
    """Keep the scan as it came, with what was found and done."""
    now = datetime.now(UTC)
    row = Scan(
        uuid=request.uuid,
        event_id=request.event_id,
        mode=request.mode,
        raw_code=thing.scanned.text,
        product_id=deed.product.id if deed else None,
        asset_id=deed.asset.id if deed and deed.asset else None,
        line_id=deed.line.id if deed and deed.line else None,
        quantity=deed.quantity if deed else 1,
        change=deed.quantity if deed and applied else 0,
        situation=situation,
        verdict=Verdict(TABLE[situation].verdict),
        result=result_of(situation, applied),
        message=message,
        condition=request.condition,
        notes=request.notes[:LONGEST_NOTE],
        device=request.device[:200],
        by_id=by.id,
        by_name=by.name,
        scanned_at=request.scanned_at or now,
        recorded_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return answer_of(row, deed)


def result_of(situation: Situation, applied: bool) -> ScanResult:
    """What became of it, for programs."""
    if applied or situation in (Situation.LOCATION, Situation.COMMAND, Situation.UNDONE):
        return ScanResult.APPLIED
    if situation is Situation.SAME_AGAIN:
        return ScanResult.DUPLICATE
    return ScanResult.UNRESOLVED if situation is Situation.UNKNOWN else ScanResult.REFUSED


def counters_of(line: PullLine | None, claim: Reservation | None) -> Counters | None:
    """How far the line has come now."""
    if line is None:
        return None
    if claim is None:
        return Counters(line.quantity)
    return Counters(line.quantity, claim.prepped_quantity, claim.out_quantity, claim.returned_quantity)


def answer_of(row: Scan, deed: Deed | None) -> ScanAnswer:
    """What a kept scan says to the person."""
    situation = Situation(row.situation)
    may_offer = row.result in (ScanResult.REFUSED, ScanResult.UNRESOLVED)
    return ScanAnswer(
        scan_id=row.id,
        situation=situation,
        verdict=row.verdict,
        result=row.result,
        message=row.message,
        mode=row.mode,
        code=row.raw_code,
        counters=counters_of(deed.line, deed.claim) if deed else None,
        product_id=row.product_id,
        asset_id=row.asset_id,
        line_id=row.line_id,
        offer=TABLE[situation].offer if may_offer else None,
    )


def answer_again(row: Scan) -> ScanAnswer:
    """The quiet answer to a scan that came before: the same verdict, with the counts of now."""
    line = db.session.get(PullLine, row.line_id) if row.line_id else None
    return replace(answer_of(row, None), counters=counters_of(line, claim_of(line)))


def last_counting(event_id: int, by: Actor) -> Scan | None:
    """This person's last scan on an event that counted and was not taken back."""
    undone = select(Scan.undoes_id).where(Scan.event_id == event_id, Scan.undoes_id.is_not(None))
    query = (
        select(Scan)
        .where(
            Scan.event_id == event_id,
            Scan.by_id == by.id,
            Scan.change > 0,
            Scan.situation != Situation.LOST,
            Scan.id.not_in(undone),
        )
        .order_by(Scan.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def undo(row: Scan, *, by: Actor, uuid: str) -> ScanAnswer:
    """Take a scan back, whoever made it. Raises Refused when something followed that stands in the way."""
    if earlier := scan_called(uuid):
        return answer_again(earlier)
    lock({Event: [row.event_id or 0], Product: [row.product_id or 0], Asset: [row.asset_id or 0]})
    return undo_in(row, ScanRequest(uuid, "UNDO", row.mode, row.event_id or 0), by)


def undo_in(row: Scan, request: ScanRequest, by: Actor) -> ScanAnswer:
    """The same, with the locks held."""
    if db.session.scalar(select(Scan.id).where(Scan.undoes_id == row.id)) or row.change <= 0:
        raise Refused("This was taken back already.", "code")
    if row.situation == Situation.LOST:
        raise Refused("A loss is not taken back here: mark it as found.", "code")
    event = db.session.get_one(Event, row.event_id)
    refuse_finished(event, row.mode)
    line = db.session.get(PullLine, row.line_id) if row.line_id else None
    deed = Deed(
        event=event,
        product=db.session.get_one(Product, row.product_id),
        asset=db.session.get_one(Asset, row.asset_id) if row.asset_id else None,
        quantity=row.change,
        mode=row.mode,
        line=line,
        claim=claim_of(line),
        by=by,
        uuid=request.uuid,
    )
    take_back(deed, row)
    written = undoing_row(deed, row, request, by)
    return answer_of(written, deed)


def undoing_row(deed: Deed, row: Scan, request: ScanRequest, by: Actor) -> Scan:
    """The scan that takes another back: it counts the other way."""
    now = datetime.now(UTC)
    written = Scan(
        uuid=request.uuid,
        event_id=row.event_id,
        mode=row.mode,
        raw_code="UNDO",
        product_id=row.product_id,
        asset_id=row.asset_id,
        line_id=row.line_id,
        quantity=row.change,
        change=-row.change,
        situation=Situation.UNDONE,
        verdict=Verdict.OK,
        result=ScanResult.APPLIED,
        message=f"{deed.name}: {row.mode.value} taken back.",
        undoes_id=row.id,
        by_id=by.id,
        by_name=by.name,
        scanned_at=now,
        recorded_at=now,
    )
    db.session.add(written)
    db.session.flush()
    return written
