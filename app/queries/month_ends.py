"""What stock was worth at the end of each month, product by product, in few statements."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, and_, case, func, literal, select, type_coerce

from app.extensions import db
from app.models import OpeningValue, Product, StockTransaction, TransactionKind
from app.queries.opening import first_opening_from
from app.queries.rows import AnySelect
from app.queries.worth import RISE, Priced, Wanted, known_averages, of_products


class Course(NamedTuple):
    """A product with what it was worth at each of the moments, in ten-thousandths."""

    product_id: int
    category_id: int | None
    pieces: list[int]
    worth: list[int]


def worth_over_time(moments: Sequence[datetime], wanted: Wanted) -> list[Course]:
    """What each product was worth at these moments, the earliest first: six statements, however many."""
    pieces = pieces_at(moments, wanted)
    averages = averages_over_time(moments, wanted)
    rows = db.session.execute(select(Product.id, Product.category_id).where(*wanted.products)).all()
    return [
        Course(
            product_id, category_id, held, [a * b for a, b in zip(held, averages[product_id], strict=True)]
        )
        for product_id, category_id in rows
        if any(held := pieces[product_id])
    ]


def pieces_at(moments: Sequence[datetime], wanted: Wanted) -> dict[int, list[int]]:
    """Product → how many there were at each moment: counted back by what came and went, from the first opening
    after the last of them, or from what there is now.

    Grouped by a sum, so that SQLite reads the time that is asked for and not every product's whole past.
    """
    changes: dict[int, list[int]] = defaultdict(lambda: [0] * len(moments))
    until = first_opening_from(moments[-1])
    between = place_of(moments).label("place")
    product = (StockTransaction.product_id + 0).label("product")
    query = of_products(select(product, between, func.sum(RISE)), StockTransaction, wanted).where(
        StockTransaction.happened_at >= moments[0], StockTransaction.kind != TransactionKind.TRANSFER
    )
    if until is not None:
        query = query.where(StockTransaction.happened_at < until)
    for product_id, place, rise in db.session.execute(query.group_by(product, between)):
        changes[product_id][place] = int(rise)
    return {
        product_id: counted_back(held, changes[product_id]) for product_id, held in held_at(until, wanted)
    }


def held_at(opened: datetime | None, wanted: Wanted) -> list[tuple[int, int]]:
    """Each product with how many there were of it at an opening, or are now."""
    if opened is None:
        now = select(Product.id, Product.on_hand).where(*wanted.products)
        return [(product_id, held) for product_id, held in db.session.execute(now)]
    there = and_(OpeningValue.product_id == Product.id, OpeningValue.starts_at == opened)
    then = select(Product.id, func.coalesce(OpeningValue.quantity, 0)).outerjoin(OpeningValue, there)
    return [(product_id, held) for product_id, held in db.session.execute(then.where(*wanted.products))]


def counted_back(on_hand: int, changes: Sequence[int]) -> list[int]:
    """What there was before each of the changes, when all of them led to what there is."""
    held = []
    for change in reversed(changes):
        on_hand -= change
        held.append(on_hand)
    return held[::-1]


def averages_over_time(moments: Sequence[datetime], wanted: Wanted) -> dict[int, list[int]]:
    """Product → what one cost on average at each moment."""
    known = known_averages(moments[0], wanted)
    set_in: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for product_id, place, row_id, average in db.session.execute(newest_averages(moments, wanted)):
        set_in[product_id][place] = (row_id, int(average))
    return {
        product_id: carried_on(first, set_in.get(product_id, {}), len(moments))
        for product_id, first in known.items()
    }


def newest_averages(moments: Sequence[datetime], wanted: Wanted) -> AnySelect:
    """Product, the moment after which it was, and the movement that was last to set its average before the next."""
    between = place_of(moments).label("place")
    newest = select(StockTransaction.product_id, between, func.max(StockTransaction.id).label("id"))
    newest = of_products(newest, StockTransaction, wanted).where(
        StockTransaction.average_after.is_not(None),
        StockTransaction.happened_at >= moments[0],
        StockTransaction.happened_at < moments[-1],
    )
    rows = newest.group_by(StockTransaction.product_id, between).subquery()
    average = type_coerce(Priced.average_after, BigInteger)
    return select(rows.c.product_id, rows.c.place, Priced.id, average).join(Priced, Priced.id == rows.c.id)


def carried_on(first: tuple[int, int], set_in: dict[int, tuple[int, int]], count: int) -> list[int]:
    """What holds at each moment: of the movements until then, the one that was written last."""
    held = [first]
    for place in range(count - 1):
        held.append(max(held[-1], set_in.get(place, held[-1])))
    return [average for _, average in held]


def place_of(moments: Sequence[datetime]) -> Any:
    """The number of the last of these moments that a movement was not before."""
    return case(
        *(
            (StockTransaction.happened_at < moment, literal(place))
            for place, moment in enumerate(moments[1:])
        ),
        else_=literal(len(moments) - 1),
    )
