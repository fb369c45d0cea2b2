"""The lines of a count as they stand: what should be there, what people counted, and what follows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    Asset,
    CountEntry,
    CountLine,
    CountSession,
    CountState,
    Location,
    Product,
    StockTransaction,
    TransactionKind,
)
from app.models.base import plain_text
from app.queries.paging import PER_PAGE, Page
from app.queries.rows import AnyRow, AnySelect
from app.rules.counting import Change, Finding, Seen, find

JUDGED = (CountState.REVIEW, CountState.POSTED, CountState.REVERSED)
"""States in which what nobody counted can be taken as not there."""


@dataclass(frozen=True)
class Tally:
    """What people counted on a line in its own round."""

    seen: Seen
    people: Sequence[str] = ()


@dataclass(frozen=True)
class Line:
    """A line with how it stands; `row` has the columns of LINE."""

    row: AnyRow
    finding: Finding
    seen: Seen | None = None
    people: Sequence[str] = field(default=())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def is_blank(self) -> bool:
        """True for what was added and taken back again: nobody need see it."""
        return bool(self.row.is_added and self.seen is None)

    @property
    def value(self) -> Decimal:
        """What the difference is worth at the product's average cost."""
        worth: Decimal = self.row.average_cost * self.finding.difference
        return worth.quantize(Decimal("0.01"))


Undo = aliased(CountEntry, name="undo")


def lines_query(count_id: int) -> AnySelect:
    """The columns of the lines, in the order in which one walks along the shelves."""
    return (
        select(
            CountLine.id, CountLine.product_id, Product.name.label("product"), Product.sku, Product.tracking,
            Product.unit, Product.average_cost, CountLine.location_id, Location.name.label("place"),
            Location.code.label("place_code"), Location.warehouse_id, CountLine.asset_id, Asset.tag,
            Asset.location_id.label("booked_at"), Asset.condition, CountLine.expected, CountLine.known_until,
            CountLine.round, CountLine.is_added, CountLine.action, CountLine.transfer_from_id, CountLine.note,
            CountLine.difference, CountLine.posted_difference,
        )
        .join(Product, Product.id == CountLine.product_id)
        .join(Location, Location.id == CountLine.location_id)
        .outerjoin(Asset, Asset.id == CountLine.asset_id)
        .where(CountLine.count_id == count_id)
        .order_by(Location.name, CountLine.location_id, Product.name, Asset.tag, CountLine.id)
    )  # fmt: skip


def all_lines(count: CountSession) -> list[Line]:
    """Every line as it stands: four statements."""
    return judged(count, db.session.execute(lines_query(count.id)).all(), None)


def line_page(
    count: CountSession,
    *,
    location_id: int | None = None,
    words: str = "",
    only_left: bool = False,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Page[Line]:
    """One page of the lines that are to be counted now."""
    query = lines_query(count.id).where(CountLine.round == count.round)
    query = query.where(or_(CountLine.is_added.is_(False), CountLine.id.in_(counted_ids(count.id))))
    if location_id:
        query = query.where(CountLine.location_id == location_id)
    if only_left:
        query = query.where(CountLine.id.not_in(counted_ids(count.id)))
    for word in plain_text(words).split():
        query = query.where(
            or_(
                Product.search_text.contains(word, autoescape=True),
                Asset.search_text.contains(word, autoescape=True),
            )
        )
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    page = min(max(page, 1), max(1, -(-total // per_page)))
    rows = db.session.execute(query.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(judged(count, rows, [row.id for row in rows]), page, per_page, total)


def judged(count: CountSession, rows: Sequence[AnyRow], line_ids: Collection[int] | None) -> list[Line]:
    """These rows with what was counted on them and what moved since; `line_ids` None means all lines."""
    if not rows:
        return []
    tallies = tallies_of(count.id, line_ids)
    changes = changes_since(count.id, rows) if count.is_open else {}
    return [standing(count, row, tallies.get(row.id), changes.get(row.id, ())) for row in rows]


def standing(count: CountSession, row: AnyRow, tally: Tally | None, changes: Sequence[Change]) -> Line:
    """One line: as the ledger has it while the count is open, as it was posted afterwards."""
    seen = tally.seen if tally else None
    if seen is None and not row.is_added and count.is_rest_none and count.state in JUDGED:
        at = count.finished_at or count.started_at
        seen = Seen(0, at, at)
    people = tally.people if tally else ()
    if row.difference is not None and seen is not None:
        return Line(row, Finding(seen.quantity - row.difference, seen.quantity), seen, people)
    is_single = row.asset_id is not None
    return Line(row, find(row.expected, changes, seen, is_single=is_single), seen, people)


def counts_now() -> list[ColumnElement[bool]]:
    """True for the entries that count: of their line's own round, and not taken back."""
    undone = select(Undo.id).where(Undo.takes_back_id == CountEntry.id).exists()
    return [CountEntry.round == CountLine.round, CountEntry.takes_back_id.is_(None), ~undone]


def counted_ids(count_id: int) -> Any:
    """The lines on which somebody has counted."""
    entries = select(CountEntry.line_id).join(CountLine, CountLine.id == CountEntry.line_id)
    return entries.where(CountEntry.count_id == count_id, *counts_now())


def tallies_of(count_id: int, line_ids: Collection[int] | None = None) -> dict[int, Tally]:
    """Line → what was counted on it, and by whom."""
    query = (
        select(
            CountEntry.line_id, CountEntry.by_name, func.sum(CountEntry.quantity).label("quantity"),
            func.min(CountEntry.counted_at).label("first_at"), func.max(CountEntry.counted_at).label("last_at"),
        )
        .join(CountLine, CountLine.id == CountEntry.line_id)
        .where(CountEntry.count_id == count_id, *counts_now())
        .group_by(CountEntry.line_id, CountEntry.by_name)
        .order_by(CountEntry.line_id, func.min(CountEntry.id))
    )  # fmt: skip
    if line_ids is not None:
        query = query.where(CountEntry.line_id.in_(line_ids))
    by_line: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.session.execute(query):
        by_line[row.line_id].append(row)
    return {line_id: summed(rows) for line_id, rows in by_line.items()}


def summed(rows: Sequence[AnyRow]) -> Tally:
    """What several people counted on one line."""
    first, last = min(row.first_at for row in rows), max(row.last_at for row in rows)
    return Tally(
        Seen(sum(int(row.quantity) for row in rows), first, last), tuple(row.by_name for row in rows)
    )


def changes_since(count_id: int, rows: Iterable[AnyRow]) -> dict[int, list[Change]]:
    """Line → the movements that its snapshot does not know."""
    lines = {(row.product_id, row.location_id, row.asset_id): row for row in rows}
    oldest = min((row.known_until for row in lines.values()), default=0)
    found: dict[int, list[Change]] = defaultdict(list)
    for moved in db.session.execute(movements_after(oldest, count_id)):
        for place, quantity in ((moved.from_id, -moved.quantity), (moved.to_id, moved.quantity)):
            line = lines.get((moved.product_id, place, moved.asset_id))
            if line is not None and moved.id > line.known_until:
                is_adjustment = moved.kind is TransactionKind.ADJUSTMENT
                found[line.id].append(Change(quantity, moved.happened_at, is_adjustment))
    return found


def movements_after(oldest: int, count_id: int) -> AnySelect:
    """What was recorded since of the products of a count."""
    counted = select(CountLine.product_id).where(CountLine.count_id == count_id)
    return select(
        StockTransaction.id, StockTransaction.kind, StockTransaction.product_id, StockTransaction.asset_id,
        StockTransaction.from_id, StockTransaction.to_id, StockTransaction.quantity,
        StockTransaction.happened_at,
    ).where(StockTransaction.id > oldest, StockTransaction.product_id.in_(counted))  # fmt: skip
