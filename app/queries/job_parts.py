"""The parts of a job as its page shows them: what is free of each, who could stand in, what was used when."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import (
    Job,
    JobPart,
    JobPartState,
    OrderLine,
    OrderState,
    Product,
    PurchaseOrder,
    Reservation,
    StockTransaction,
    Substitute,
    Tracking,
    TransactionKind,
    User,
)
from app.queries.availability import Availability, single_availability
from app.queries.choices import matching
from app.rules.job_parts import spare_pieces
from app.rules.money import ZERO, round_money
from app.rules.periods import OPEN_END

MOST_OFFERED: Final = 8
UNDELIVERED: Final = (OrderState.DRAFT, OrderState.ORDERED, OrderState.PARTLY_RECEIVED)


@dataclass(frozen=True)
class StandIn:
    """A product that may stand in, and how many of it are free."""

    product: Product
    free: int


@dataclass(frozen=True)
class UseMade:
    """One use of a part: who, when, how many, at what cost; and whether it was taken back."""

    request_id: str
    quantity: int
    cost: Decimal
    at: datetime
    by: str
    is_taken_back: bool


@dataclass(frozen=True)
class OnOrder:
    """So many of a part that were asked for on a purchase order."""

    order_id: int
    number: str
    quantity: int


@dataclass(frozen=True)
class PartRow:
    """One part with what is shown beside it."""

    part: JobPart
    product: Product
    stock: Availability
    lost: int
    before: int = 0
    """How many of the same product the parts listed before it still miss: these come first."""
    stand_ins: Sequence[StandIn] = ()
    uses: Sequence[UseMade] = ()
    orders: Sequence[OnOrder] = ()
    instead_of: str = ""

    @property
    def spare(self) -> int:
        """How many pieces the buffer adds."""
        return spare_pieces(self.part.quantity_required, self.part.buffer_percent)

    @property
    def missing(self) -> int:
        """How many are missing: not set aside yet, and set aside but gone from stock since."""
        return self.part.missing + self.lost

    @property
    def short(self) -> int:
        """How many of those cannot be had from free stock."""
        left = max(self.stock.free - self.before, 0)
        return max(self.part.missing - left, 0) + self.lost

    @property
    def is_as_proposed(self) -> bool:
        """True while the plan is what is needed and its buffer, not what a person made of it."""
        return bool(self.spare) and self.part.quantity_planned == self.part.quantity_required + self.spare

    @property
    def expected_cost(self) -> Decimal:
        """What it has cost, or would cost at today's price while nothing was used."""
        if self.part.quantity_used or not self.part.is_undecided:
            return self.part.cost
        return round_money(self.part.quantity_planned * self.product.average_cost)


def part_rows(job: Job) -> list[PartRow]:
    """The parts of a job in a constant number of statements, those that were cancelled last."""
    query = (
        select(JobPart, Reservation.overbooked_quantity)
        .outerjoin(Reservation, Reservation.job_part_id == JobPart.id)
        .where(JobPart.job_id == job.id)
        .options(joinedload(JobPart.product))
        .order_by(JobPart.state == JobPartState.CANCELLED, JobPart.id)
    )
    rows = db.session.execute(query).all()
    parts = [row[0] for row in rows]
    stock = free_of({part.product_id for part in parts}, job)
    stand_ins = substitutes_of([part for part in parts if part.missing], job)
    uses, orders = uses_of([part.id for part in parts]), orders_of([part.id for part in parts])
    names = {part.id: part.product.name for part in parts}
    return [
        PartRow(
            part, part.product, stock[part.product_id], lost or 0, before,
            stand_ins.get(part.product_id, ()), uses.get(part.id, ()), orders.get(part.id, ()),
            names.get(part.in_place_of_id or 0, ""),
        )
        for (part, lost), before in zip(rows, missing_before(parts), strict=True)
    ]  # fmt: skip


def missing_before(parts: Sequence[JobPart]) -> Iterator[int]:
    """For each part, how many of its product the parts before it still miss."""
    missing: Counter[int] = Counter()
    for part in parts:
        yield missing[part.product_id]
        missing[part.product_id] += part.missing


def free_of(product_ids: Collection[int], job: Job) -> dict[int, Availability]:
    """What is free of products from when the job needs them on: parts do not come back."""
    if not product_ids:
        return {}
    starts_at = max(job.starts_at, datetime.now(UTC))
    return single_availability(product_ids, job.warehouse_id, starts_at, OPEN_END)


def substitutes_of(parts: Sequence[JobPart], job: Job) -> dict[int, list[StandIn]]:
    """Product → what was named for it and is counted, with what is free of that."""
    query = (
        select(Substitute.product_id, Product)
        .join(Product, Product.id == Substitute.substitute_id)
        .where(
            Substitute.product_id.in_({part.product_id for part in parts}),
            Product.archived_at.is_(None),
            ~Product.is_package,
            Product.tracking != Tracking.SERIALIZED,
        )
        .order_by(Product.name)
    )
    rows = db.session.execute(query).all() if parts else []
    stock = free_of({product.id for _, product in rows}, job)
    found: dict[int, list[StandIn]] = {}
    for product_id, product in rows:
        found.setdefault(product_id, []).append(StandIn(product, max(stock[product.id].free, 0)))
    return found


def uses_of(part_ids: Collection[int]) -> dict[int, list[UseMade]]:
    """Part → its uses, the latest first; the issues of one request are one use."""
    undone = select(StockTransaction.reverses_id).where(
        StockTransaction.job_part_id.in_(part_ids), StockTransaction.reverses_id.is_not(None)
    )
    taken_back = set(db.session.scalars(undone))
    query = (
        select(StockTransaction, User.name)
        .outerjoin(User, User.id == StockTransaction.by_id)
        .where(StockTransaction.job_part_id.in_(part_ids), StockTransaction.kind == TransactionKind.ISSUE)
        .order_by(StockTransaction.id.desc())
    )
    found: dict[int, dict[str, list[tuple[StockTransaction, str]]]] = {}
    for row, name in db.session.execute(query):
        found.setdefault(row.job_part_id or 0, {}).setdefault(row.request_id or "", []).append(
            (row, name or "")
        )
    return {
        part_id: [use_made(key, rows, taken_back) for key, rows in by_request.items()]
        for part_id, by_request in found.items()
    }


def use_made(
    key: str, rows: Sequence[tuple[StockTransaction, str]], taken_back: Collection[int | None]
) -> UseMade:
    """The issues of one request as one use."""
    first, name = rows[0]
    cost = round_money(sum((row.quantity * row.unit_cost for row, _ in rows), ZERO))
    quantity = sum(row.quantity for row, _ in rows)
    return UseMade(key, quantity, cost, first.happened_at, name, first.id in taken_back)


def orders_of(part_ids: Collection[int]) -> dict[int, list[OnOrder]]:
    """Part → where more of it was asked for and has not come in whole."""
    query = (
        select(OrderLine.job_part_id, PurchaseOrder.id, PurchaseOrder.number, OrderLine.quantity)
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(OrderLine.job_part_id.in_(part_ids), PurchaseOrder.state.in_(UNDELIVERED))
        .order_by(PurchaseOrder.id)
    )
    found: dict[int, list[OnOrder]] = {}
    for part_id, order_id, number, quantity in db.session.execute(query):
        found.setdefault(part_id or 0, []).append(OnOrder(order_id, number, quantity))
    return found


def claim_ids(part_ids: Collection[int]) -> list[int]:
    """The claims of parts."""
    return list(db.session.scalars(select(Reservation.id).where(Reservation.job_part_id.in_(part_ids))))


def offered_parts(job: Job, text: str) -> list[StandIn]:
    """Products that fit what is being typed and can be parts, with what is free of each for the job."""
    if not text.strip():
        return []
    query = select(Product).where(
        Product.archived_at.is_(None), ~Product.is_package, Product.tracking != Tracking.SERIALIZED
    )
    found = db.session.scalars(
        matching(query, text).order_by(func.lower(Product.name)).limit(MOST_OFFERED)
    ).all()
    stock: Mapping[int, Availability] = free_of({product.id for product in found}, job)
    return [StandIn(product, stock[product.id].free) for product in found]
