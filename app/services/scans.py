"""Scanning: one deed for the screen and for programs. A scan is judged, done, and kept as a row.

What a device sends carries its own id: sent twice, it counts once and gets the same answer. Counts are
sums of rows, so several people scan one event and nobody overwrites anybody.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.actors import Actor
from app.extensions import db
from app.models import Asset, Base, Case, Condition, Event, Location, LocationKind, Product, Scan, ScanMode
from app.permissions import Permission
from app.queries.cases import case_at
from app.refusals import NotFound, Refused
from app.rules.verdicts import AT_ONCE, TABLE, Offer, Situation, consents
from app.services.activities import record
from app.services.case_guards import refuse_closed
from app.services.case_loads import load_of
from app.services.case_locks import Locked, boxed_by
from app.services.case_returns import take_case_back
from app.services.case_scans import send_case
from app.services.case_seals import unseal_in
from app.services.conditions import Finding, condition_in
from app.services.pull_lines import Wanted, claimed_products
from app.services.scan_codes import numbered, things_in
from app.services.scan_commands import command, number, place
from app.services.scan_deeds import Deed, counting, look_around
from app.services.scan_effects import bring_back, check_out, is_landing, pack, plan_more, prepare
from app.services.scan_elsewhere import release_elsewhere, return_elsewhere
from app.services.scan_facts import Judged, judge
from app.services.scan_requests import Counters, ScanAnswer, ScanRequest, Thing
from app.services.scan_rows import (
    Memory,
    answer_again,
    last_counting,
    number_before,
    recall,
    refuse_finished,
    scan_called,
    write,
    write_beside,
)
from app.services.scan_sentences import as_sentence, not_known, not_tested
from app.services.scan_undo import touched_by, undo
from app.transactions import begin_again, lock


def scan(request: ScanRequest, *, by: Actor) -> ScanAnswer:
    """Judge and do what was scanned; the answer to the last code when several came in one burst.

    What is refused is kept as well, with its reason: the log of scans is complete. Raises NotFound for an
    unknown event, Refused when nothing was scanned.
    """
    things = things_in(request.code)
    if not things:
        raise Refused("Scan or type a code.", "code")
    before = locked_and_recalled(request, things, by)
    if before.same is not None:
        return answer_again(before.same)
    event = db.session.get(Event, request.event_id)
    if event is None:
        raise NotFound("This event does not exist.")
    if len(things) > 1:
        return burst(request, things, event, by)
    try:
        refuse_finished(event, request.mode)
        return take(request, things[0], event, by, before.number)
    except (Refused, IntegrityError) as error:
        begin_again({Event: [request.event_id]})
        if same := scan_called(request.uuid):
            return answer_again(same)
        if isinstance(error, Refused):
            return write(request, things[0], Situation.REFUSED, error.message, by)
        raise


def burst(request: ScanRequest, things: Sequence[Thing], event: Event, by: Actor) -> ScanAnswer:
    """Several codes that came in one go: what cannot be done leaves only its row, and the others go on."""
    requests = [replace(request, uuid=numbered(request.uuid, at)) for at in range(len(things))]
    answers = [one_of_many(one, thing, event, by) for one, thing in zip(requests, things, strict=True)]
    return answers[-1]


def locked_and_recalled(request: ScanRequest, things: Sequence[Thing], by: Actor) -> Memory:
    """Lock what is touched, then look into the log. A number is for one code, also when two come at once: where one
    waits, nobody else scans the event meanwhile."""
    passes = lets_others_scan(request, things)
    lock_for(request, things, by, shared=(Event,) if passes else ())
    before = recall(request, by)
    if passes and before.number is not None:
        begin_again(touched_by_all(request, things, (), {}))
        before = recall(request, by)
    return before


def lets_others_scan(request: ScanRequest, things: Sequence[Thing]) -> bool:
    """True for a single thing that is prepared or goes by itself: all that it changes hangs on its product, whose
    lock it has. What comes back, goes into a case or was agreed to looks at more of the event; on SQLite everybody
    takes turns."""
    is_by_itself = request.location_id is None and not (request.accept or request.override)
    goes = request.mode in (ScanMode.PREP, ScanMode.OUT) and request.condition is None
    return not db.is_sqlite and goes and is_by_itself and len(things) == 1 and bool(things[0].product_id)


def lock_for(
    request: ScanRequest, things: Sequence[Thing], by: Actor, shared: Collection[type[Base]] = ()
) -> None:
    """Event, products and assets at once; the events that an asset is chosen for or out on, too, and with a case
    everything that is in it.

    What a command is about, and what a case holds, may change until all is locked, by another device: then all is
    locked anew. On SQLite nobody else has written since this transaction began.
    """
    meant, inside = meant_by_commands(request, things, by), boxed_by(request, things)
    lock(touched_by_all(request, things, meant, inside), shared)
    while not db.is_sqlite and (meant, inside) != (
        now := (meant_by_commands(request, things, by), boxed_by(request, things))
    ):
        meant, inside = now
        begin_again(touched_by_all(request, things, meant, inside))


def meant_by_commands(request: ScanRequest, things: Sequence[Thing], by: Actor) -> Sequence[Scan]:
    """The scans that the commands among these codes may be about."""
    commands = sum(bool(thing.scanned.command) for thing in things)
    return last_counting(request.event_id, by, commands) if commands else ()


def touched_by_all(
    request: ScanRequest, things: Sequence[Thing], meant: Sequence[Scan], inside: Locked
) -> Locked:
    """What is to be locked."""
    assets = {thing.asset_id for thing in things if thing.asset_id}
    products = {thing.product_id for thing in things if thing.product_id}
    products |= inside.get(Product, set())
    if request.accept or request.override:
        products |= claimed_products(None, [Wanted(product_id, 1) for product_id in products])
    wanted: Locked = {Event: {request.event_id}, Product: products, Asset: assets}
    wanted[Event].update(*(thing.events for thing in things))
    for known in (inside, *(touched_by(row) for row in meant)):
        for model, ids in known.items():
            wanted.setdefault(model, set()).update(ids)
    return wanted


def one_of_many(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """One code of a burst."""
    try:
        with db.session.begin_nested():
            refuse_finished(event, request.mode)
            return take(request, thing, event, by, number_before(event.id, by, request.device))
    except Refused as refused:
        db.session.expire_all()  # what was written past the session is not taken back in it
        return write(request, thing, Situation.REFUSED, refused.message, by)


def take(request: ScanRequest, thing: Thing, event: Event, by: Actor, given: int | None) -> ScanAnswer:
    """One code: refused, unknown, a command, a number, a place, or a thing that moves, in the number given before."""
    if thing.scanned.refused:
        return write(request, thing, Situation.UNREADABLE, thing.scanned.refused, by)
    if thing.scanned.command:
        return command(request, thing, event, by)
    if not thing.is_known and thing.scanned.number is not None:
        return number(request, thing, by)
    if not thing.is_known:
        return write(request, thing, Situation.UNKNOWN, not_known(thing.scanned), by)
    if thing.location_id is not None:
        return place_or_case(request, thing, event, by)
    return move(request, thing, event, by, given)


def place_or_case(request: ScanRequest, thing: Thing, event: Event, by: Actor) -> ScanAnswer:
    """A shelf, or a case: that goes, or comes back, with everything; one that stands in the warehouse is a place to
    put things when they come back."""
    location = db.session.get_one(Location, thing.location_id)
    if location.kind is not LocationKind.CASE:
        return place(request, thing, event, by)
    load = load_of(location.id, event, request, by)
    if request.mode is not ScanMode.IN:
        return send_case(request, thing, load)
    return take_case_back(request, thing, load) if load.case.event_id else place(request, thing, event, by)


def move(request: ScanRequest, thing: Thing, event: Event, by: Actor, given: int | None) -> ScanAnswer:
    """An asset or counted pieces: judged, and done when it may be."""
    deed = deed_of(request, thing, event, by, given)
    judged = judge(deed)
    if judged.situation not in AT_ONCE and consents(
        judged.situation, accept=request.accept, override=request.override
    ):
        judged = consent(deed, judged)
    elif judged.situation in AT_ONCE:
        judged = done(deed, judged)
    elif deed.pack_id and judged.situation is Situation.SAME_AGAIN:
        judged = packed(deed, judged)
    return finish(request, thing, deed, judged)


def deed_of(request: ScanRequest, thing: Thing, event: Event, by: Actor, given: int | None) -> Deed:
    """What is to be done, with everything it touches read under the locks."""
    product = db.session.get_one(Product, thing.product_id)
    asset = db.session.get_one(Asset, thing.asset_id) if thing.asset_id else None
    line, claim, chosen = counting(event.id, product.id)
    pieces = request.quantity or max(thing.scanned.quantity, given or 1)
    notes = (*thing.notes, "A single piece counts once.") if asset and pieces > 1 else thing.notes
    deed = Deed(
        event=event,
        product=product,
        asset=asset,
        quantity=1 if asset else pieces,
        mode=request.mode,
        line=line,
        claim=claim,
        by=by,
        uuid=request.uuid,
        chosen=chosen,
        to_id=landing(request.location_id, event) if request.mode is ScanMode.IN else None,
        pack_id=open_case(request, event),
        happened_at=request.scanned_at,
        notes=notes,
    )
    look_around(deed)
    return deed


def open_case(request: ScanRequest, event: Event) -> int | None:
    """The case that what is prepped goes into, if one is open for this event. Raises Refused for a closed one."""
    if request.mode is not ScanMode.PREP or request.location_id is None:
        return None
    case = case_at(request.location_id)
    if case is None or case.event_id != event.id:
        return None
    refuse_closed([request.location_id], "code")
    return request.location_id


def landing(location_id: int | None, event: Event) -> int | None:
    """Where a return is put, if a place was chosen. Raises Refused for one that will not do."""
    if location_id is None:
        return None
    location = db.session.get(Location, location_id)
    if location is None or not is_landing(location, event):
        raise Refused("Nothing can be put there.", "location_id")
    refuse_closed([location.id], "location_id")
    return location.id


def packed(deed: Deed, judged: Judged) -> Judged:
    """What was prepped before goes into the case that is open."""
    case = db.session.get_one(Location, deed.pack_id)
    if deed.asset is not None and deed.asset.location_id == case.id:
        return replace(judged, message=f"already in {case.name}.")
    pack(deed)
    deed.counts_here = False
    return Judged(Situation.PACKED, f"packed into {case.name}.")


def done(deed: Deed, judged: Judged) -> Judged:
    """What was judged to be in order is done; of a swap, which piece stays is known only then."""
    perform(deed, judged.situation)
    if not deed.instead_of:
        return judged
    return replace(judged, message=f"taken instead of {deed.instead_of}, which stays here.")


def perform(deed: Deed, situation: Situation) -> None:
    """Do what was judged to be in order."""
    if deed.mode is ScanMode.PREP:
        prepare(deed)
    elif deed.mode is ScanMode.OUT:
        check_out(deed, is_swap=situation is Situation.SWAPPED)
    else:
        bring_back(deed)


def consent(deed: Deed, judged: Judged) -> Judged:
    """Do what was offered and agreed to; what is to be said then."""
    match TABLE[judged.situation].offer:
        case Offer.RETURN_THERE:
            deed.counts_here = False
            return Judged(Situation.PLANNED, return_elsewhere(deed))
        case Offer.RETURN_FIRST:
            said = return_elsewhere(deed)
            return go_on(deed, said)
        case Offer.TAKE_OUT:
            return taken_out(deed)
        case Offer.OVERRIDE:
            require(deed.by, Permission.SCANS_OVERRIDE)
            return overridden(deed, judged)
    require(deed.by, Permission.LINES_ADD)
    plan_more(deed, judged.grows_by, is_override=False)
    perform(deed, Situation.PLANNED)
    return Judged(Situation.PLANNED, "added to the list.")


def go_on(deed: Deed, said: str) -> Judged:
    """What was still out elsewhere is here now: judged again, for it may be wanted by others too."""
    again = judge(deed)
    if again.situation in AT_ONCE:
        again = done(deed, again)
    return replace(again, message=f"{said} {again.message[:1].upper()}{again.message[1:]}".strip())


def taken_out(deed: Deed) -> Judged:
    """Somebody takes a thing out of a sealed case: the seal is broken, and the thing goes its way."""
    assert deed.asset is not None
    case = db.session.get_one(Case, deed.where.sealed_in_id)
    place = db.session.get_one(Location, case.location_id)
    unseal_in(case, place, by=deed.by, note=f"{deed.asset.tag} was taken out", request_id=f"{deed.uuid}/seal")
    look_around(deed)
    return go_on(deed, f"{place.name} is open.")


def overridden(deed: Deed, judged: Judged) -> Judged:
    """Somebody who may has decided: it goes, whoever else wanted it, and the log says so."""
    if deed.asset is not None and deed.untested:
        record(
            "inspection.overridden", deed.asset, by=deed.by, event_id=deed.event.id, summary=not_tested(deed)
        )
    else:
        record(
            "scan.overridden", deed.asset or deed.product, by=deed.by, label=deed.name,
            event_id=deed.event.id, summary=judged.message,
        )  # fmt: skip
    plan_more(deed, judged.grows_by, is_override=True)
    release_elsewhere(deed)
    perform(deed, Situation.PLANNED)
    return Judged(Situation.PLANNED, f"{judged.message} Taken all the same.")


def require(by: Actor, permission: Permission) -> None:
    """Raises Refused, on the screen and not as a page, when the person may not."""
    if not by.may(permission):
        raise Refused("You may not do this. Ask somebody who may override.", "code")


def finish(request: ScanRequest, thing: Thing, deed: Deed, judged: Judged) -> ScanAnswer:
    """Keep the scan, with a row beside it for each other event, report what came back damaged, and answer."""
    applied = judged.situation in AT_ONCE
    if request.condition is Condition.MISSING:
        raise Refused("What is scanned is here: say what is missing on the list.", "condition")
    sentence = " ".join(filter(None, (f"{deed.name}:", judged.message, *map(as_sentence, deed.notes))))
    answer = write(request, thing, judged.situation, sentence, deed.by, deed=deed, applied=applied)
    answer = replace(
        answer,
        elsewhere_id=judged.elsewhere_id,
        repair_id=judged.repair_id,
        quarantine_id=judged.quarantine_id,
    )
    if judged.situation is Situation.SEALED:
        answer = replace(answer, case_code=code_of_case(deed.where.sealed_in_id))
    rows = [write_beside(one, answer.scan_id) for one in deed.beside]
    if applied and request.mode is ScanMode.IN and request.condition:
        row = db.session.get_one(Scan, answer.scan_id) if deed.counts_here else rows[0]
        finding = Finding(request.condition, request.notes, request.photo_id)
        return replace(answer, repair_id=condition_in(row, finding, deed.by).repair_id)
    return answer


def code_of_case(case_id: int | None) -> str:
    """What is on the label of a case."""
    query = select(Location.code).join(Case, Case.location_id == Location.id).where(Case.id == case_id)
    return db.session.scalar(query) or ""


__all__ = [
    "Counters", "ScanAnswer", "ScanRequest", "number_before", "scan", "undo",
]  # fmt: skip
