"""Taking a posted count back as a whole."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.finding import at_hand
from app.models import Asset, CountLine, CountSession, CountState, Location, Product, StockTransaction
from app.refusals import Refused
from app.services.activities import record
from app.services.count_posting import MOST_NAMED, lock_count, settle
from app.services.counts import refuse_unless
from app.services.ledger import held_now
from app.services.reversals import reversals_of, reverse

ThingAt = tuple[int, int, int | None]
"""A product in a place, or an asset of it."""


def reverse_count(count: CountSession, reason: str, *, by: Actor) -> list[StockTransaction]:
    """Take a posted count back: the ledger gets the opposite of each of its movements, once.

    Raises Refused, naming the lines whose things have moved on since: then nothing is taken back.
    """
    lock_count(count)
    refuse_unless(count, CountState.POSTED)
    rows = posted_rows(count)
    refuse_moved_on(rows)
    reversing = reverse(rows, reason, by=by, request_id=f"count:{count.id}:back") if rows else []
    give_conditions_back(count)
    count.state, count.reversed_at, count.reversed_by_id = CountState.REVERSED, datetime.now(UTC), by.id
    count.reason = reason
    db.session.flush()
    settle(reversing, by, f"{count.number} was taken back")
    record("count.reversed", count, by=by, reason=reason, movements=len(reversing))
    db.session.flush()
    return reversing


def posted_rows(count: CountSession) -> list[StockTransaction]:
    """The movements that a count wrote."""
    query = (
        select(StockTransaction)
        .join(CountLine, CountLine.id == StockTransaction.count_line_id)
        .where(CountLine.count_id == count.id, StockTransaction.reverses_id.is_(None))
        .order_by(StockTransaction.id)
    )
    return list(db.session.scalars(query))


def refuse_moved_on(rows: Sequence[StockTransaction]) -> None:
    """What the count moved must still be where it put it. Raises Refused, naming what is not."""
    undone = {row.reverses_id for row in reversals_of(rows)}
    stuck = {thing_at(row) for row in rows if row.id in undone}
    stuck |= assets_elsewhere([row for row in rows if row.asset_id])
    stuck |= pieces_gone([row for row in rows if not row.asset_id])
    if stuck:
        raise Refused(f"Not possible any more, because it was moved since: {in_words(stuck)}.", "reason")


def thing_at(row: StockTransaction) -> ThingAt:
    """What a movement was about, where it went, or whence it came when it went nowhere."""
    return row.product_id, row.to_id or row.from_id or 0, row.asset_id


def assets_elsewhere(rows: Sequence[StockTransaction]) -> set[ThingAt]:
    """The assets that are not where the count put them."""
    assets = at_hand(Asset, [row.asset_id for row in rows if row.asset_id])
    return {thing_at(row) for row in rows if row.asset_id and assets[row.asset_id].location_id != row.to_id}


def pieces_gone(rows: Sequence[StockTransaction]) -> set[ThingAt]:
    """The places that would hold less than nothing."""
    change: Counter[tuple[int, int]] = Counter()
    for row in rows:
        if row.to_id is not None:
            change[row.product_id, row.to_id] -= row.quantity
        if row.from_id is not None:
            change[row.product_id, row.from_id] += row.quantity
    held = held_now(change)
    return {(*key, None) for key, quantity in change.items() if held.get(key, 0) + quantity < 0}


def in_words(stuck: set[ThingAt]) -> str:
    """Some of them by name."""
    products = at_hand(Product, {one[0] for one in stuck})
    places = at_hand(Location, {one[1] for one in stuck})
    assets = at_hand(Asset, {one[2] for one in stuck if one[2]})
    names = sorted(
        f"{assets[asset_id].tag if asset_id else products[product_id].name} in {places[place_id].name}"
        for product_id, place_id, asset_id in stuck
    )
    more = len(names) - MOST_NAMED
    return "; ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def give_conditions_back(count: CountSession) -> None:
    """Assets are in the state again in which the count found them in the books."""
    query = select(CountLine.asset_id, CountLine.condition_before).where(
        CountLine.count_id == count.id, CountLine.condition_before.is_not(None)
    )
    before = {row.asset_id: row.condition_before for row in db.session.execute(query)}
    for asset in db.session.scalars(select(Asset).where(Asset.id.in_(before))):
        asset.condition = before[asset.id]
