"""Counting: reading codes shelf by shelf, or typing numbers beside the lines: two views of one deed.

The count itself is locked for each reading, which is short, and keeps counting apart from handing in.
"""

from dataclasses import replace

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import Asset, CountEntry, CountLine, CountSession, CountState, Location, Product, Tracking
from app.permissions import Permission
from app.queries.accounts import people_who_may
from app.refusals import NotFound, Refused
from app.rules.codes import Command
from app.rules.count_verdicts import CountSituation as S
from app.services.count_places import added_line, line_at, only_place, refuse_outside, where_booked
from app.services.count_rows import (
    CountAnswer,
    Said,
    answered,
    entry_of,
    held,
    last_of,
    no,
    standing_entries,
    take_back_in,
    undo_row,
    write_entry,
)
from app.services.counts import place_counted, refuse_unless
from app.services.scan_codes import numbered, things_in
from app.services.scan_requests import Thing
from app.transactions import lock


def count(session: CountSession, said: Said, *, by: Actor) -> CountAnswer:
    """Count what was read or typed. The same uuid twice is one entry. Raises Refused once it is handed in."""
    things = [] if said.line_id else things_in(said.code)
    lock({CountSession: [session.id]})
    if earlier := entry_of(said.uuid):
        return answered(earlier)
    refuse_unless(session, CountState.COUNTING)
    if said.line_id:
        return count_line(session, said, by)
    if not things:
        return CountAnswer(S.UNREADABLE, "There was nothing to read.", location_id=said.location_id)
    answers: list[CountAnswer] = []
    for number, thing in enumerate(things):
        one = replace(said, uuid=numbered(said.uuid, number), code=thing.scanned.text)
        answers.append(count_thing(session, thing, one, by))
        said = replace(said, location_id=answers[-1].location_id)
    return worst_of(answers)


def worst_of(answers: list[CountAnswer]) -> CountAnswer:
    """The answer to several codes of one burst: the first that somebody must look at, in the last place."""
    refused = next((one for one in answers if one.judgement.verdict == "refused"), None)
    told = refused or answers[-1]
    return replace(told, location_id=answers[-1].location_id)


def count_line(session: CountSession, said: Said, by: Actor) -> CountAnswer:
    """So many of a line, as typed beside it; nothing of it is a number too. Raises Refused, NotFound."""
    line = db.session.get(CountLine, said.line_id)
    if line is None or line.count_id != session.id:
        raise NotFound("This line does not exist.")
    product = db.session.get_one(Product, line.product_id)
    asset = db.session.get(Asset, line.asset_id) if line.asset_id else None
    quantity = 1 if said.quantity is None else said.quantity
    if asset is not None and quantity > 1:
        raise Refused(f"{asset.tag} is one piece.", "quantity")
    if refusal := not_now(session, line, by):
        return replace(refusal, location_id=line.location_id)
    return counted_on(session, line, product, asset, quantity, said, by)


def count_thing(session: CountSession, thing: Thing, said: Said, by: Actor) -> CountAnswer:
    """One code: a place, a command, an asset, or so many of a product."""
    if thing.scanned.refused:
        return no(S.UNREADABLE, thing.scanned.refused, said)
    if thing.scanned.command:
        return command(session, thing.scanned.command, said, by)
    if thing.location_id:
        return set_place(session, thing.location_id, said)
    if thing.product_id is None:
        return not_known(thing, said)
    product = db.session.get_one(Product, thing.product_id)
    asset = db.session.get_one(Asset, thing.asset_id) if thing.asset_id else None
    if refusal := not_countable(product, asset, said):
        return refusal
    return count_here(
        session, product, asset, replace(said, quantity=said.quantity or thing.scanned.quantity), by
    )


def not_known(thing: Thing, said: Said) -> CountAnswer:
    """A number waits for its code; anything else is nothing here."""
    if (number := thing.scanned.number) is not None:
        return no(S.NUMBER, f"{number} of what? Scan it now: {number}*CODE.", said, f"{number}*")
    return no(S.UNKNOWN, f"Nothing is called {thing.scanned.text}.", said)


def not_countable(product: Product, asset: Asset | None, said: Said) -> CountAnswer | None:
    """The refusal of what has no place in any count."""
    if product.is_package:
        return no(S.OUTSIDE, f"{product.name} is a package: count its parts.", said)
    if asset is not None and asset.retired_at is not None:
        return no(S.RETIRED, f"{asset.tag} is retired and out of the books: put it aside.", said)
    if asset is None and product.tracking is Tracking.SERIALIZED:
        return no(S.NEEDS_PIECE, f"{product.name}: scan the tag of each piece.", said)
    return None


def command(session: CountSession, given: Command, said: Said, by: Actor) -> CountAnswer:
    """UNDO takes back what this person counted last; the other cards belong to events."""
    if given is not Command.UNDO:
        return no(S.COMMAND, f"{given.value} is for events.", said, "")
    entry = last_of(session, by)
    if entry is None:
        return no(S.NOTHING_TO_UNDO, "You have counted nothing that is not taken back.", said, "")
    return replace(take_back_in(session, entry, said.uuid, by), location_id=said.location_id)


def set_place(session: CountSession, location_id: int, said: Said) -> CountAnswer:
    """What is read from now on lies there."""
    place = db.session.get_one(Location, location_id)
    if not place_counted(session, location_id):
        return no(S.OUTSIDE, f"{place.name} is not part of {session.number}.", said)
    return CountAnswer(
        S.PLACE, f"What you count now lies in {place.name}.", said.code, location_id=location_id
    )


def count_here(
    session: CountSession, product: Product, asset: Asset | None, said: Said, by: Actor
) -> CountAnswer:
    """So many of a product, or an asset, in the place that was said, or the only one it can be."""
    place_id = said.location_id or only_place(session, product, asset)
    if place_id is None:
        return no(S.NO_PLACE, f"Where is it? Scan the shelf, then {said.code} again.", said)
    line = line_at(session, product, asset, place_id)
    if line is None:
        if refusal := refuse_outside(session, product, place_id):
            return no(S.OUTSIDE, refusal, said)
        line = added_line(session, product, asset, place_id)
    if refusal_now := not_now(session, line, by):
        return replace(refusal_now, code=said.code, keep=said.code, location_id=said.location_id)
    return counted_on(session, line, product, asset, said.quantity or 1, said, by)


def not_now(session: CountSession, line: CountLine, by: Actor) -> CountAnswer | None:
    """The refusal of a line that is not counted in this round, or not by this person."""
    if line.round != session.round:
        return CountAnswer(S.NOT_NOW, "This line is counted: only what was sent back is counted again.")
    if line.round > 1 and has_counted(line, by) and len(people_who_may(Permission.COUNTS_WRITE)) > 1:
        return CountAnswer(S.NOT_NOW, "You counted this before: somebody else counts it again.")
    return None


def has_counted(line: CountLine, by: Actor) -> bool:
    """True when this person counted the line in a round before."""
    mine = select(CountEntry.id).where(
        CountEntry.line_id == line.id, CountEntry.by_id == by.id, CountEntry.round < line.round
    )
    return db.session.scalar(mine.limit(1)) is not None


def counted_on(
    session: CountSession, line: CountLine, product: Product, asset: Asset | None, quantity: int, said: Said,
    by: Actor,
) -> CountAnswer:  # fmt: skip
    """Write the entry; an asset counts once, where it was seen last."""
    if asset is not None and held(line) and quantity:
        return CountAnswer(
            S.AGAIN, f"{asset.tag} is counted here already.", said.code, None, line.id, line.location_id, 1,
            asset_id=asset.id,
        )  # fmt: skip
    if asset is not None:
        forget_elsewhere(session, line, said, by)
    entry = write_entry(line, quantity, said, by, session)
    now = held(line)
    situation, sentence, event_id = where_booked(line, product, asset, quantity, now)
    place_id = said.location_id or line.location_id
    return CountAnswer(
        situation, sentence, said.code, entry.id, line.id, place_id, now,
        asset_id=asset.id if asset else None, event_id=event_id,
    )  # fmt: skip


def forget_elsewhere(session: CountSession, line: CountLine, said: Said, by: Actor) -> None:
    """One thing is in one place: what was counted of the asset on other lines is taken back."""
    lines = select(CountLine.id).where(
        CountLine.count_id == session.id, CountLine.asset_id == line.asset_id, CountLine.id != line.id
    )
    for number, entry in enumerate(standing_entries(session, list(db.session.scalars(lines))), 1):
        if entry.quantity:
            undo_row(session, entry, numbered(said.uuid, 1000 + number), by)
