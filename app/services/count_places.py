"""Where a counted thing lies, where the books have it, and whether the count takes it in."""

from sqlalchemy import func, select

from app.extensions import db
from app.models import (
    Asset,
    Assignment,
    AssignmentState,
    Condition,
    CountLine,
    CountSession,
    Event,
    Location,
    Product,
    StockTransaction,
)
from app.queries.count_scope import Scope, places_in
from app.rules.count_verdicts import CountSituation as S

Told = tuple[S, str, int | None]


def line_at(session: CountSession, product: Product, asset: Asset | None, place_id: int) -> CountLine | None:
    """The line of a thing in a place."""
    query = select(CountLine).where(
        CountLine.count_id == session.id,
        CountLine.product_id == product.id,
        CountLine.location_id == place_id,
        CountLine.asset_id == asset.id if asset else CountLine.asset_id.is_(None),
    )
    return db.session.scalars(query).one_or_none()


def only_place(session: CountSession, product: Product, asset: Asset | None) -> int | None:
    """The place that is meant when none was said: the only one where the count expects the thing, or has at all."""
    of_thing = CountLine.asset_id == asset.id if asset else CountLine.product_id == product.id
    expected = select(CountLine.location_id).where(CountLine.count_id == session.id, of_thing)
    places = set(db.session.scalars(expected.distinct().limit(2)))
    if not places:
        places = set(places_in(Scope.of(session.scope).location_id))
    return places.pop() if len(places) == 1 else None


def refuse_outside(session: CountSession, product: Product, place_id: int) -> str:
    """Why a thing is no part of the count, or nothing."""
    scope = Scope.of(session.scope)
    if place_id not in places_in(scope.location_id):
        return f"This place is not part of {session.number}."
    if is_taken_in(session, scope, product):
        return ""
    return f"{product.name} is not part of {session.number} ({session.name})."


def is_taken_in(session: CountSession, scope: Scope, product: Product) -> bool:
    """True for a product that the scope takes in. A class was settled when the count began: what had no
    stock then belongs to it too."""
    if scope.product_ids:
        return product.id in scope.product_ids
    if scope.abc_class:
        listed = select(CountLine.id).where(
            CountLine.count_id == session.id, CountLine.product_id == product.id
        )
        return product.on_hand == 0 or db.session.scalar(listed.limit(1)) is not None
    return scope.category_id is None or product.category_id == scope.category_id


def added_line(session: CountSession, product: Product, asset: Asset | None, place_id: int) -> CountLine:
    """The line of what the books had not there when the count began."""
    line = CountLine(
        count_id=session.id, product_id=product.id, location_id=place_id, asset_id=asset.id if asset else None,
        expected=0, known_until=known_at_start(session, product.id), round=session.round, is_added=True,
    )  # fmt: skip
    db.session.add(line)
    db.session.flush()
    return line


def known_at_start(session: CountSession, product_id: int) -> int:
    """The last movement of a product that the snapshot knew: its other lines tell, else the time does."""
    beside = select(func.min(CountLine.known_until)).where(
        CountLine.count_id == session.id, CountLine.product_id == product_id, CountLine.is_added.is_(False)
    )
    if (known := db.session.scalar(beside)) is not None:
        return known
    before = select(func.max(StockTransaction.id)).where(
        StockTransaction.product_id == product_id, StockTransaction.recorded_at < session.started_at
    )
    return db.session.scalar(before) or 0


def where_booked(line: CountLine, product: Product, asset: Asset | None, quantity: int, now: int) -> Told:
    """What to say of something that was counted: in order, not on the list, or booked somewhere else."""
    place = db.session.get_one(Location, line.location_id).name
    if asset is not None:
        return where_asset_booked(asset, product, place, line) if quantity else none_here(asset.tag, place)
    if not quantity:
        return none_here(product.name, place)
    sentence = f"{product.name}: {now} in {place}."
    if line.is_added:
        return S.ADDED, f"{sentence} The books have none there: it was added.", None
    return S.COUNTED, sentence, None


def none_here(name: str, place: str) -> Told:
    """Somebody looked, and there was nothing."""
    return S.COUNTED, f"{name}: none in {place}.", None


def where_asset_booked(asset: Asset, product: Product, place: str, line: CountLine) -> Told:
    """The same for one piece."""
    name = f"{product.name} {asset.tag}"
    if asset.location_id == line.location_id:
        return S.COUNTED, f"{name}: in {place}.", None
    if event := event_that_has(asset.id):
        return S.OUT, f"{name} is out on {event.number} {event.name}. Return it from there?", event.id
    if asset.location_id is None:
        lost = " It was missing." if asset.condition is Condition.MISSING else ""
        return S.ADDED, f"{name} was out of the books.{lost} It comes back when the count is posted.", None
    booked = db.session.get_one(Location, asset.location_id).name
    return S.ELSEWHERE, f"{name} is booked in {booked}: counted in {place} and to be moved there.", None


def event_that_has(asset_id: int) -> Event | None:
    """The event that an asset is out on."""
    out = select(Assignment.event_id).where(
        Assignment.asset_id == asset_id, Assignment.state == AssignmentState.OUT
    )
    return db.session.scalars(select(Event).where(Event.id.in_(out)).limit(1)).one_or_none()
