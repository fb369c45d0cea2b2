"""What stock was worth at the end of a day: how many there were, times what one cost on average then.

How many there were is counted on from the opening balances before, or back from the next ones or the levels of today,
whichever is nearer: never more than half a year of movements, but for the time before the first opening. The average
is the one that the ledger tells after the last movement that set it, in the order in which they were written down,
among those that had happened by then. A product whose first cost became known later is valued at that; one that
never had a cost in the ledger at what the product says.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    case,
    cast,
    func,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    BroughtForward,
    Location,
    OpeningBalance,
    OpeningValue,
    Product,
    StockLevel,
    StockTransaction,
)
from app.queries.opening import first_opening_from, last_opening_until
from app.queries.places import below
from app.queries.rows import AnySelect

Priced: Final = aliased(StockTransaction, name="priced")
"""The movement that set an average."""
RISE: Final = case(
    (StockTransaction.from_id.is_(None), StockTransaction.quantity),
    (StockTransaction.to_id.is_(None), -StockTransaction.quantity),
    else_=0,
)


class Wanted(NamedTuple):
    """What the worth is asked of: everything, or a product, a category, a place with all that lies in it."""

    product: int | None = None
    category: int | None = None
    location: int | None = None

    @property
    def products(self) -> list[ColumnElement[bool]]:
        """Which products."""
        product = [] if self.product is None else [Product.id == self.product]
        return product if self.category is None else [*product, Product.category_id == self.category]

    def places(self, column: Any) -> list[ColumnElement[bool]]:
        """Which places."""
        return [] if self.location is None else [column.in_(below(self.location))]


class Held(NamedTuple):
    """What there is of something, and what it is worth, in ten-thousandths."""

    pieces: int
    worth: int


NOTHING: Final = Held(0, 0)


def worth_now(group: str, wanted: Wanted) -> dict[int | None, Held]:
    """What there is now and what it is worth, by product, category, location or warehouse: one statement, and
    one more for the costs of what lies in places on SQLite."""
    query = held_in_all(group, wanted) if is_of_all(group, wanted) else held_in_places(group, wanted)
    return {key: Held(int(count), int(amount)) for key, count, amount in db.session.execute(query)}


def is_of_all(group: str, wanted: Wanted) -> bool:
    """True where it does not matter in which place anything lies."""
    return group in ("product", "category") and wanted.location is None


def held_in_all(group: str, wanted: Wanted) -> AnySelect:
    """By product or category: what there is in all stands with the product."""
    key = Product.id if group == "product" else Product.category_id
    worth = Product.on_hand * type_coerce(Product.average_cost, BigInteger)
    query = select(key, func.sum(Product.on_hand), func.sum(worth))
    return query.where(Product.on_hand > 0, *wanted.products).group_by(key)


def held_in_places(group: str, wanted: Wanted) -> AnySelect:
    """What lies in the places. Each product lies in many of them: its cost is made ready to be looked up fast."""
    keys: dict[str, Any] = {
        "product": StockLevel.product_id,
        "category": Product.category_id,
        "location": StockLevel.location_id,
        "warehouse": Location.warehouse_id,
    }
    query, cost = costed(select(keys[group], func.sum(StockLevel.quantity)), wanted)
    if group == "category":
        query = query.join(Product, Product.id == StockLevel.product_id)
    if group == "warehouse":
        query = query.join(Location, Location.id == StockLevel.location_id)
    query = query.add_columns(func.sum(StockLevel.quantity * cost))
    query = query.where(StockLevel.is_held, *wanted.places(StockLevel.location_id))
    return query.group_by(keys[group])


def costed(query: AnySelect, wanted: Wanted) -> tuple[AnySelect, Any]:
    """A question for levels of the wanted products, and what one piece of a level costs on average."""
    average = type_coerce(Product.average_cost, BigInteger)
    if db.is_sqlite:
        ours = (
            [StockLevel.product_id.in_(select(Product.id).where(*wanted.products))] if wanted.products else []
        )
        return query.where(*ours), Written.now().cost_of(StockLevel.product_id)
    costs = select(Product.id, average.label("average")).where(*wanted.products).cte("costs")
    costs = costs.prefix_with("MATERIALIZED")
    return query.join(costs, costs.c.id == StockLevel.product_id), costs.c.average


class Written(NamedTuple):
    """The averages of all products as one row of digits, so many for each, and where the digits of a product that had
    no id would begin. SQLite cuts a number out of it in half the time in which it finds one in a table."""

    digits: bytes
    width: int
    start: int

    @classmethod
    def now(cls) -> "Written":
        """As they are now. Where ids are missing, the next number is written over their room as well."""
        average = type_coerce(Product.average_cost, BigInteger).label("average")
        told = select(Product.id, average).order_by(Product.id).subquery()
        row = db.session.execute(select(*(func.json_group_array(column) for column in told.c))).one()
        ids, averages = map(json.loads, row)
        width, before = len(str(max(averages, default=0))), min(ids, default=1) - 1
        rooms = zip(averages, ids, [before, *ids], strict=False)
        digits = "".join([str(cost).zfill((key - last) * width) for cost, key, last in rooms])
        return cls(digits.encode(), width, 1 - (before + 1) * width)

    def cost_of(self, product_id: Any) -> Any:
        """What one piece of a product costs, in SQL."""
        place = product_id * self.width + self.start
        return cast(func.substr(self.digits, place, self.width), BigInteger)


def worth_at(group: str, wanted: Wanted, moment: datetime) -> dict[int | None, Held]:
    """The same at a moment in the past: five statements, or six."""
    levels = levels_at(moment, wanted)
    averages = averages_at(moment, wanted)
    owner = owners(group)
    pieces: Counter[int | None] = Counter()
    worth: Counter[int | None] = Counter()
    for (product_id, location_id), quantity in levels.items():
        key = owner.get(
            product_id if group == "category" else location_id,
            {"product": product_id, "location": location_id}.get(group),
        )
        pieces[key] += quantity
        worth[key] += quantity * averages.get(product_id, 0)
    return {key: Held(count, worth[key]) for key, count in pieces.items() if count}


def owners(group: str) -> Mapping[int, int | None]:
    """Product → category, or location → warehouse, where these are asked for."""
    if group == "category":
        query = select(Product.id, Product.category_id)
    elif group == "warehouse":
        query = select(Location.id, Location.warehouse_id)
    else:
        return {}
    return dict(db.session.execute(query).all())


def levels_at(moment: datetime, wanted: Wanted) -> dict[tuple[int, int], int]:
    """(product, location) → how many there were: what is known nearest to the moment, and what moved in between."""
    known_at = nearest_known(moment)
    levels = known_levels(known_at, wanted)
    is_before = known_at is not None and known_at <= moment
    moved = moved_between(known_at, moment, wanted) if is_before else moved_between(moment, known_at, wanted)
    for product_id, location_id, change in db.session.execute(moved):
        levels[product_id, location_id] += int(change) if is_before else -int(change)
    return {key: quantity for key, quantity in levels.items() if quantity}


def nearest_known(moment: datetime) -> datetime | None:
    """The opening that lies nearest to a moment, before or after it; none where today does."""
    before, after = last_opening_until(moment), first_opening_from(moment)
    if before is None:
        return after
    return before if moment - before < (after or datetime.now(UTC)) - moment else after


def known_levels(at: datetime | None, wanted: Wanted) -> Counter[tuple[int, int]]:
    """The levels of an opening; of today when none is named."""
    model: Any = StockLevel if at is None else OpeningBalance
    known = select(model.product_id, model.location_id, model.quantity)
    known = of_products(known, model, wanted).where(*wanted.places(model.location_id))
    if at is not None:
        known = known.where(OpeningBalance.starts_at == at)
    return Counter({(product, place): quantity for product, place, quantity in db.session.execute(known)})


def moved_between(begun: datetime | None, ended: datetime | None, wanted: Wanted) -> AnySelect:
    """By how much each level changed in a time, place by place; until now where no end is named."""
    time = [] if begun is None else [StockTransaction.happened_at >= begun]
    time += [] if ended is None else [StockTransaction.happened_at < ended]
    parts = [
        of_products(
            select(
                StockTransaction.product_id,
                column.label("place"),
                (StockTransaction.quantity * sign).label("change"),
            ),
            StockTransaction,
            wanted,
        ).where(column.is_not(None), *time, *wanted.places(column))
        for column, sign in ((StockTransaction.to_id, 1), (StockTransaction.from_id, -1))
    ]
    both = union_all(*parts).subquery()
    return select(both.c.product_id, both.c.place, func.sum(both.c.change)).group_by(
        both.c.product_id, both.c.place
    )


def of_products(query: AnySelect, model: Any, wanted: Wanted) -> AnySelect:
    """Only what is asked of."""
    if wanted.product is not None:
        query = query.where(model.product_id == wanted.product)
    if wanted.category is not None:
        query = query.join(Product, Product.id == model.product_id).where(
            Product.category_id == wanted.category
        )
    return query


def averages_at(moment: datetime, wanted: Wanted) -> dict[int, int]:
    """Product → what one cost on average, in ten-thousandths."""
    return {product_id: average for product_id, (_, average) in known_averages(moment, wanted).items()}


def known_averages(moment: datetime, wanted: Wanted) -> dict[int, tuple[int, int]]:
    """The same, with the movement that set it; 0 where none had happened by then.

    Carried on from the opening before the moment, so that no more than a year of movements is read.
    """
    since = last_opening_until(moment)
    averages = {} if since is None else opened_averages(since, wanted)
    for product_id, row_id, average in db.session.execute(set_by(since, moment, wanted)):
        averages[product_id] = max(averages.get(product_id, (0, 0)), (row_id, int(average)))
    products = db.session.scalars(select(Product.id).where(*wanted.products))
    if unknown := [product_id for product_id in products if product_id not in averages]:
        averages |= {product_id: (0, cost) for product_id, cost in first_costs(unknown).items()}
    return averages


def opened_averages(at: datetime, wanted: Wanted) -> dict[int, tuple[int, int]]:
    """Product → the movement that had set its average by an opening, and that average."""
    average = type_coerce(OpeningValue.average, BigInteger)
    query = select(OpeningValue.product_id, OpeningValue.set_by_id, average).where(
        OpeningValue.starts_at == at, OpeningValue.set_by_id.is_not(None)
    )
    rows = db.session.execute(of_products(query, OpeningValue, wanted))
    return {product_id: (row_id, int(cost)) for product_id, row_id, cost in rows}


def set_by(since: datetime | None, until: datetime, wanted: Wanted) -> AnySelect:
    """Product, the movement of this time that was written last of those that set its average, and the average."""
    begun = [] if since is None else [Priced.happened_at >= since]
    picked = select(func.max(Priced.id).label("id")).where(
        Priced.average_after.is_not(None), Priced.happened_at < until, *begun
    )
    rows = of_products(picked, Priced, wanted).group_by(Priced.product_id).subquery()
    average = type_coerce(StockTransaction.average_after, BigInteger)
    return select(StockTransaction.product_id, StockTransaction.id, average).join(
        rows, rows.c.id == StockTransaction.id
    )


def first_costs(product_ids: Sequence[int]) -> dict[int, int]:
    """Product → the first average that the ledger ever told of it; what the product says where it tells none."""
    first = (
        select(type_coerce(Priced.average_after, BigInteger))
        .where(Priced.product_id == Product.id, Priced.average_after.is_not(None))
        .order_by(Priced.id)
        .limit(1)
        .scalar_subquery()
    )
    told = func.coalesce(first, type_coerce(Product.average_cost, BigInteger))
    rows = db.session.execute(select(Product.id, told).where(Product.id.in_(product_ids)))
    return {product_id: int(cost) for product_id, cost in rows}


def ledger_worth(product_id: int, moment: datetime) -> Any:
    """What came to stock of a product until a moment at its cost, less what went at its cost, in ten-thousandths;
    with what is brought forward of lines that are gone."""
    amount = RISE * type_coerce(StockTransaction.unit_cost, BigInteger)
    moved = select(func.coalesce(func.sum(amount), 0)).where(
        StockTransaction.product_id == product_id, StockTransaction.happened_at < moment
    )
    brought = select(func.coalesce(func.sum(type_coerce(BroughtForward.amount, BigInteger)), 0)).where(
        BroughtForward.product_id == product_id, BroughtForward.happened_at < moment
    )
    return sum(int(db.session.scalar(query) or 0) for query in (moved, brought))
