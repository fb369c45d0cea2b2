"""Putting things away: what lies on the floor goes onto shelves, by scanning the thing and the shelf in any order.

A thing is held until its shelf is scanned, several things together; a shelf that is scanned with nothing in hand is
where everything goes that is scanned after it. What is in hand travels with the request, so that nothing is kept
for a screen that somebody walks away from.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.finding import at_hand
from app.models import (
    KEEPS_OUT,
    Asset,
    Location,
    LocationKind,
    Product,
    Repair,
    Tracking,
    TransactionKind,
)
from app.permissions import Permission
from app.queries.cases import case_at
from app.queries.put_away import NO_SHELVES, REFERENCE, Shelf, on_floor, put_last, shelves_of
from app.refusals import NotFound, Refused
from app.rules.codes import Command
from app.rules.put_away_verdicts import TABLE, PutSituation
from app.rules.verdicts import Judgement
from app.services.activities import Done, record_all
from app.services.assets import refuse_in_use
from app.services.case_guards import refuse_closed
from app.services.case_locks import Locked, boxed
from app.services.case_steps import step_called
from app.services.cases import move_case_in, take_back_move
from app.services.ledger import Cause, Movement, post, posted_before
from app.services.once import is_first
from app.services.picking import from_places
from app.services.reversals import reverse
from app.services.rooms import settle_claims
from app.services.scan_codes import numbered, things_in, things_of
from app.services.scan_requests import Thing
from app.services.scan_sentences import not_known as said_of_unknown
from app.services.stock import settle_move
from app.transactions import lock

S = PutSituation
MOST_HELD = 50
REASON = "Put away by mistake"


@dataclass(frozen=True)
class Hand:
    """What a device sends: a code, the shelf that was chosen, and what is held; `warehouse` is where it happens."""

    uuid: str
    code: str
    warehouse: Location
    location: Location | None = None
    held: tuple[str, ...] = ()
    quantity: int | None = None

    @property
    def is_packing(self) -> bool:
        """True where everything goes into a case: what is packed comes from the shelves as well as from the floor."""
        return self.location is not None and self.location.kind is LocationKind.CASE


@dataclass(frozen=True)
class PutAnswer:
    """What became of it, and what holds for the next scan. `put_id` is the request that moved something."""

    situation: PutSituation
    message: str
    location: Location | None = None
    held: tuple[str, ...] = ()
    proposed: Shelf | None = None
    put_id: str = ""
    keep: str = ""

    @property
    def judgement(self) -> Judgement:
        """Colour, tone, icon and word."""
        return TABLE[self.situation]


@dataclass(frozen=True)
class Load:
    """One thing in hand: an asset, or so many counted pieces."""

    product: Product
    asset: Asset | None
    quantity: int

    @property
    def name(self) -> str:
        """What people call it."""
        return (
            f"{self.product.name} {self.asset.tag}"
            if self.asset
            else f"{self.quantity} × {self.product.name}"
        )


class Stopped(Exception):
    """It cannot be put away; the situation says how that looks."""

    def __init__(self, situation: PutSituation, message: str) -> None:
        super().__init__(message)
        self.situation, self.message = situation, message


def put_away(hand: Hand, *, by: Actor) -> PutAnswer:
    """Take what was scanned; several codes may come in one burst, and the first that could not be done is told.

    The same request again moves nothing. Raises Refused when nothing was scanned.
    """
    things = things_in(hand.code)
    if not things:
        raise Refused("Scan or type a code.", "code")
    if hand.location is not None and not is_shelf(hand.location, hand.warehouse):
        raise Refused(f"{hand.location.name} is no shelf of {hand.warehouse.name}.", "location_id")
    if [thing.scanned.command for thing in things] == [Command.UNDO]:
        return undo_last(hand, by)
    inside = boxed([hand.location.id]) if hand.location is not None and hand.is_packing else {}
    lock(touched([*things, *chain.from_iterable(things_of(hand.held))], inside))
    answers = []
    for place, thing in enumerate(things):
        answers.append(take(replace(hand, uuid=numbered(hand.uuid, place)), thing, by))
        hand = replace(hand, location=answers[-1].location, held=answers[-1].held)
    told = next((one for one in answers if one.judgement.verdict == "refused"), answers[-1])
    return replace(told, location=hand.location, held=hand.held)


def is_shelf(place: Location, warehouse: Location) -> bool:
    """True for a place of this warehouse where things are put for good."""
    is_open = place.kind not in NO_SHELVES and place.archived_at is None
    return is_open and place.warehouse_id == warehouse.id


def touched(things: Sequence[Thing], inside: Locked) -> Locked:
    """What is to be locked: what was scanned, and what is in the case that it goes into."""
    products = {thing.product_id for thing in things if thing.product_id}
    assets = {thing.asset_id for thing in things if thing.asset_id}
    return inside | {
        Product: products | inside.get(Product, set()),
        Asset: assets | inside.get(Asset, set()),
    }


def take(hand: Hand, thing: Thing, by: Actor) -> PutAnswer:
    """One code: a card, a shelf, a number, or a thing."""
    if thing.scanned.refused:
        return told(hand, S.UNREADABLE, thing.scanned.refused)
    if thing.scanned.command:
        return told(hand, S.COMMAND, not_here(thing.scanned.command))
    if posted_before(hand.uuid):
        return told(replace(hand, held=()) if thing.location_id else hand, S.PUT, "This was put away.")
    if thing.location_id:
        return shelf(hand, db.session.get_one(Location, thing.location_id), by)
    if thing.product_id is None:
        return not_known(hand, thing)
    try:
        return carry(hand, thing, by)
    except Stopped as stopped:
        return told(hand, stopped.situation, stopped.message)


def told(hand: Hand, situation: PutSituation, message: str, **more: object) -> PutAnswer:
    """An answer that leaves shelf and hand as they are."""
    return replace(PutAnswer(situation, message, hand.location, hand.held), **more)  # type: ignore[arg-type]


def not_known(hand: Hand, thing: Thing) -> PutAnswer:
    """A number waits for its code; anything else is nothing here."""
    if (number := thing.scanned.number) is not None:
        return told(hand, S.NUMBER, f"{number} of what? Scan it now.", keep=f"{number}*")
    return told(hand, S.UNKNOWN, said_of_unknown(thing.scanned), keep=thing.scanned.text)


def not_here(given: Command) -> str:
    """Why a card does nothing here."""
    if given is Command.UNDO:
        return "Scan UNDO by itself."
    return f"{given.value} belongs to an event's station."


def undo_last(hand: Hand, by: Actor) -> PutAnswer:
    """Put down what was taken in hand last, else take back what this person put away last. Raises Refused."""
    if hand.held:
        return told(hand, S.UNDONE, f"{hand.held[-1]} is out of your hand again.", held=hand.held[:-1])
    if not is_first(hand.uuid, by=by):
        return told(hand, S.UNDONE, "This was taken back.")
    mine = put_last(hand.warehouse.id, by_id=by.id)
    last = next((row.request_id for row in mine if row.request_id and not row.is_undone), None)
    if last is None:
        return told(hand, S.NOTHING_TO_UNDO, "You have put nothing away lately.")
    return take_back(hand, last, by=by)


def take_back(hand: Hand, put_id: str, *, by: Actor) -> PutAnswer:
    """Let what one request has put away lie where it lay before. Raises NotFound, Refused."""
    if (step := step_called(put_id)) is not None:
        take_back_move(step, by=by, request_id=hand.uuid)
        return told(hand, S.UNDONE, "The case is back where it was.")
    rows = [row for row in posted_before(put_id) if row.reference_type == REFERENCE]
    if not rows:
        raise NotFound("Nothing was put away so.")
    lock({Product: {row.product_id for row in rows}, Asset: {row.asset_id or 0 for row in rows}})
    refuse_in_use([row.asset_id for row in rows if row.asset_id])
    places = at_hand(Location, {place for row in rows for place in (row.from_id, row.to_id) if place})
    refuse_archived(places[row.from_id] for row in rows if row.from_id)
    reverse(rows, REASON, by=by, request_id=hand.uuid)
    houses = {place.warehouse_id for place in places.values()}
    if len(houses) > 1:
        for house in houses:
            settle_claims({row.product_id for row in rows}, house, by=by, reason=REASON)
    pieces = sum(row.quantity for row in rows)
    return told(
        hand, S.UNDONE, f"{pieces} {'piece is' if pieces == 1 else 'pieces are'} back where they were."
    )


def refuse_archived(places: Iterable[Location]) -> None:
    """Nothing goes back to a place that is out of use. Raises Refused."""
    if gone := next((place for place in places if place.archived_at is not None), None):
        raise Refused(f"{gone.name} is archived meanwhile: put it somewhere else.")


def shelf(hand: Hand, place: Location, by: Actor) -> PutAnswer:
    """A shelf: what is in hand goes there, else everything that is scanned next."""
    if not is_shelf(place, hand.warehouse):
        return told(hand, S.NO_SHELF, f"{place.name} is no shelf of {hand.warehouse.name}.")
    if not hand.held:
        return chosen_place(hand, place, by)
    things = dict(zip(hand.held, things_of(hand.held), strict=True))
    unknown = [code for code, found in things.items() if not all(thing.product_id for thing in found)]
    if unknown:
        known = tuple(code for code in hand.held if code not in unknown)
        return told(hand, S.UNKNOWN, f"{', '.join(unknown)}: names nothing here any more.", held=known)
    try:
        loads = [load_of(thing, thing.scanned.quantity) for code in hand.held for thing in things[code]]
        return replace(put(hand, movable(hand, each_once(loads), by), place, by), held=())
    except Stopped as stopped:
        return told(hand, stopped.situation, stopped.message)


def chosen_place(hand: Hand, place: Location, by: Actor) -> PutAnswer:
    """With empty hands: where everything goes that is scanned next. After a case, a shelf is where that is put."""
    if place.kind is LocationKind.CASE:
        said = f"What you scan now goes into {place.name}. Scan a shelf to put the case there."
        return told(hand, S.PLACE, said, location=place)
    if hand.location is not None and hand.is_packing:
        return put_case(hand, hand.location, place, by)
    return told(hand, S.PLACE, f"What you scan now goes to {place.name}.", location=place)


def put_case(hand: Hand, box: Location, place: Location, by: Actor) -> PutAnswer:
    """Carry a case, with all that is in it, onto a shelf. Raises Refused where it may not go."""
    if box.parent_id == place.id and step_called(hand.uuid) is None:
        return told(hand, S.THERE, f"{box.name}: at {place.name} already.", location=None)
    case = case_at(box.id)
    if case is not None:
        move_case_in(case, box, place, by=by, request_id=hand.uuid)
    return told(hand, S.PUT, f"{box.name}: at {place.name}.", location=None, put_id=hand.uuid)


def each_once(loads: Sequence[Load]) -> list[Load]:
    """An asset is one thing, however often it is said to be in hand."""
    pieces = {load.asset.id: load for load in loads if load.asset}
    return [load for load in loads if load.asset is None] + list(pieces.values())


def carry(hand: Hand, thing: Thing, by: Actor) -> PutAnswer:
    """A thing: onto the shelf that is chosen, else into the hand until its shelf is scanned. Raises Stopped."""
    [load] = movable(hand, [load_of(thing, hand.quantity or thing.scanned.quantity)], by)
    if hand.location is not None:
        return put(hand, [load], hand.location, by)
    if len(hand.held) >= MOST_HELD:
        raise Stopped(S.TOO_MANY, f"{MOST_HELD} things are in your hand: scan their shelf first.")
    code = load.asset.tag if load.asset else f"{load.quantity}*{thing.code}"
    if load.asset and code in hand.held:
        return told(hand, S.THERE, f"{load.name} is in your hand already.")
    home = shelves_of([load.product.id], hand.warehouse.id).get(load.product.id)
    where = f"belongs to {home.name}. Scan the shelf." if home else "has no shelf yet. Scan one."
    return told(hand, S.HELD, f"{load.name} {where}", held=(*hand.held, code), proposed=home)


def load_of(thing: Thing, quantity: int) -> Load:
    """What a code names: an asset, or so many counted pieces. Raises Stopped."""
    product = db.session.get_one(Product, thing.product_id)
    if thing.asset_id:
        return Load(product, db.session.get_one(Asset, thing.asset_id), 1)
    if product.is_package or product.tracking is Tracking.SERIALIZED:
        raise Stopped(S.NEEDS_PIECE, f"{product.name}: scan the tag of each piece.")
    return Load(product, None, quantity)


def movable(hand: Hand, loads: Sequence[Load], by: Actor) -> Sequence[Load]:
    """The same loads, if all of them can be put away: as many statements as for one. Raises Stopped."""
    assets = [load.asset for load in loads if load.asset]
    if assets:
        refuse_kept(assets)
        refuse_foreign(assets, hand, by)
    refuse_too_many(hand, [load for load in loads if load.asset is None])
    return loads


def refuse_kept(assets: Sequence[Asset]) -> None:
    """A piece is put away when the books have it, no event has it, and nobody mends it. Raises Stopped."""
    if gone := next((one for one in assets if one.retired_at is not None or one.location_id is None), None):
        raise Stopped(S.NOT_HERE, f"{gone.tag} is not in stock: the books have it nowhere.")
    ids = [asset.id for asset in assets]
    try:
        refuse_in_use(ids)
    except Refused as refused:
        raise Stopped(S.IN_USE, refused.message) from refused
    mended = select(Repair.number, Asset.tag).join(Asset, Asset.id == Repair.asset_id)
    query = mended.where(Repair.asset_id.in_(ids), KEEPS_OUT).limit(1)
    if found := db.session.execute(query).one_or_none():
        said = f"{found.tag} is in repair: close {found.number} first, which says where it goes."
        raise Stopped(S.IN_REPAIR, said)


def refuse_foreign(assets: Sequence[Asset], hand: Hand, by: Actor) -> None:
    """From another warehouse it comes only with somebody who may transfer stock. Raises Stopped."""
    homes = at_hand(Location, {asset.location_id for asset in assets if asset.location_id})
    for asset in assets:
        home = homes[asset.location_id or 0]
        if home.warehouse_id != hand.warehouse.id and not by.may(Permission.STOCK_TRANSFER):
            said = f"{asset.tag} is in {home.name}: somebody who may transfer stock brings it here."
            raise Stopped(S.NOT_HERE, said)


def refuse_too_many(hand: Hand, loads: Sequence[Load]) -> None:
    """Counted pieces are taken from the floor, which must have all that is in hand. Raises Stopped."""
    wanted = Counter[int]()
    for load in loads:
        wanted[load.product.id] += load.quantity
    if hand.is_packing:
        return
    lying = on_floor(wanted, hand.warehouse.id) if wanted else {}
    for load in loads:
        lies, need = lying.get(load.product.id, 0), wanted[load.product.id]
        if lies < need:
            said = f"{lies} of {load.product.name} lie without a shelf in {hand.warehouse.name}, not {need}."
            raise Stopped(S.NOT_HERE, said)


def put(hand: Hand, loads: Sequence[Load], place: Location, by: Actor) -> PutAnswer:
    """Move loads onto a shelf."""
    names = ", ".join(load.name for load in loads)
    moving = [load for load in loads if load.asset is None or load.asset.location_id != place.id]
    if not moving:
        return told(hand, S.THERE, f"{names}: in {place.name} already.")
    origins = {load.asset.location_id for load in moving if load.asset and load.asset.location_id}
    refuse_closed_cases([place.id, *origins])
    movements = [one for load in moving for one in movements_of(hand, load, place)]
    cause = Cause(by, REFERENCE, request_id=hand.uuid, is_new=True)
    post(TransactionKind.TRANSFER, movements, cause)
    houses: set[int | None] = {home.warehouse_id for home in at_hand(Location, origins).values()}
    settle_move({load.product.id for load in moving if load.asset}, houses, place, by=by)
    done = {"location": place.name}
    record_all(
        (Done("stock.put_away", load.asset or load.product, load.name, done) for load in moving), by=by
    )
    return told(hand, S.PUT, f"{names}: at {place.name}.", put_id=hand.uuid)


def refuse_closed_cases(places: Sequence[int]) -> None:
    """Nothing goes into or comes out of a case that is sealed, or out on an event. Raises Stopped."""
    try:
        refuse_closed(places)
    except Refused as refused:
        raise Stopped(S.CLOSED, refused.message) from refused


def movements_of(hand: Hand, load: Load, place: Location) -> list[Movement]:
    """From where it is: counted pieces from the floor of the warehouse, into a case from the shelves as well.
    Raises Stopped when the shelves do not hold that many."""
    if load.asset is not None:
        return [Movement(load.product.id, 1, load.asset.id, from_id=load.asset.location_id, to_id=place.id)]
    if not hand.is_packing:
        return [Movement(load.product.id, load.quantity, None, from_id=hand.warehouse.id, to_id=place.id)]
    taken = from_places(load.product.id, hand.warehouse.id, load.quantity, besides=place.id)
    if (found := sum(pieces for _, pieces in taken)) < load.quantity:
        raise Stopped(S.NOT_HERE, f"Only {found} of {load.product.name} are on the shelves.")
    return [
        Movement(load.product.id, pieces, None, from_id=origin, to_id=place.id) for origin, pieces in taken
    ]


__all__ = ["MOST_HELD", "Hand", "PutAnswer", "put_away", "take_back"]
