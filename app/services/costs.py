"""What an event costs: planned beside actual, and what of it the client pays on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from app.actors import Actor
from app.extensions import db
from app.models import (
    CostKind,
    Event,
    EventCost,
    LineKind,
    Product,
    Quote,
    QuoteLine,
    QuoteState,
    StockTransaction,
    Tracking,
    TransactionKind,
)
from app.queries.quote_totals import is_counted, line_cost
from app.refusals import Refused
from app.rules.money import ZERO, round_money
from app.services.activities import record
from app.services.event_phases import refuse_closed
from app.transactions import lock

KIND_OF_LINE = {
    LineKind.PRODUCT: CostKind.EQUIPMENT,
    LineKind.CREW: CostKind.CREW,
    LineKind.TRANSPORT: CostKind.TRANSPORT,
    LineKind.SERVICE: CostKind.OTHER,
}
FROM_QUOTE = "From the quote"
USED_UP = "Consumables used"


@dataclass(frozen=True)
class CostFacts:
    """What is said about a cost. `quantity` and `unit_cost` are how an amount was worked out."""

    kind: CostKind
    description: str
    planned: Decimal | None = None
    actual: Decimal | None = None
    charge: Decimal = ZERO
    quantity: Decimal = Decimal(1)
    unit_cost: Decimal = ZERO


def add_cost(event: Event, facts: CostFacts, *, by: Actor) -> EventCost:
    """Put a cost on an event. Raises Refused once the event is closed."""
    lock({Event: [event.id]})
    refuse_closed(event)
    row = write_cost(event, facts)
    record("cost.added", event, by=by, kind=str(facts.kind), description=facts.description)
    return row


def write_cost(event: Event, facts: CostFacts, repair_id: int | None = None) -> EventCost:
    """The row of a cost; for services that hold the event's lock already."""
    row = EventCost(event_id=event.id, created_at=datetime.now(UTC), repair_id=repair_id, **vars(facts))
    db.session.add(row)
    db.session.flush()
    return row


def change_cost(row: EventCost, facts: CostFacts, *, by: Actor) -> EventCost:
    """Change a cost. Raises Refused once the event is closed."""
    event = locked_event(row)
    if row.job_id is not None and facts.actual != row.actual:
        raise Refused("What was used on the job says what it cost.", "actual")
    for name, value in vars(facts).items():
        setattr(row, name, value)
    db.session.flush()
    record("cost.changed", event, by=by, kind=str(facts.kind), description=facts.description)
    return row


def remove_cost(row: EventCost, *, by: Actor) -> None:
    """Take a cost off an event. Raises Refused for one that a repair or a job put there, or once it is closed."""
    event = locked_event(row)
    if row.repair_id is not None:
        raise Refused("This cost comes from a repair. Set its amounts to zero instead.")
    if row.job_id is not None:
        raise Refused("This cost comes from a job: it is what was used there.")
    record("cost.removed", event, by=by, kind=str(row.kind), description=row.description)
    db.session.delete(row)
    db.session.flush()


def locked_event(row: EventCost) -> Event:
    """The event of a cost, locked and not closed."""
    lock({Event: [row.event_id]})
    event = db.session.get_one(Event, row.event_id)
    refuse_closed(event)
    return event


def take_over_costs(event: Event, *, by: Actor) -> int:
    """Fill in what is known: planned costs of the accepted quote, and consumables that were used.

    Done again, it brings the same rows up to date. How many rows it wrote.
    """
    lock({Event: [event.id]})
    refuse_closed(event)
    known = {(row.kind, row.description): row for row in event_costs(event.id)}
    count = 0
    for kind, planned in planned_by_kind(event).items():
        row = known.get((kind, FROM_QUOTE)) or write_cost(event, CostFacts(kind, FROM_QUOTE))
        row.planned, count = planned, count + 1
    if used := used_up(event.id):
        row = known.get((CostKind.EQUIPMENT, USED_UP)) or write_cost(
            event, CostFacts(CostKind.EQUIPMENT, USED_UP)
        )
        row.actual, count = used, count + 1
    db.session.flush()
    if count:
        record("costs.taken_over", event, by=by, rows=count)
    return count


def event_costs(event_id: int) -> list[EventCost]:
    """The costs of an event, as they were entered."""
    query = select(EventCost).where(EventCost.event_id == event_id).order_by(EventCost.id)
    return list(db.session.scalars(query))


def accepted_quotes(deal_id: int | None) -> Sequence[Quote]:
    """The quotes that the client accepted; what comes later is wanted beside what came before."""
    query = select(Quote).where(Quote.deal_id == deal_id, Quote.state == QuoteState.ACCEPTED)
    return db.session.scalars(query.order_by(Quote.answered_at, Quote.id)).all() if deal_id else ()


def planned_by_kind(event: Event) -> dict[CostKind, Decimal]:
    """What the accepted quotes reckon with, by kind of cost; only kinds that cost something."""
    quotes = [quote.id for quote in accepted_quotes(event.deal_id)]
    sums: dict[CostKind, Decimal] = {}
    for line in db.session.scalars(select(QuoteLine).where(QuoteLine.quote_id.in_(quotes))):
        if is_counted(line) and (cost := line_cost(line)):
            kind = KIND_OF_LINE[line.kind]
            sums[kind] = sums.get(kind, ZERO) + cost
    return sums


def used_up(event_id: int) -> Decimal:
    """What the consumables issued for an event cost us, at the cost of that moment. Parts of its jobs are a
    cost of their own."""
    query = (
        select(StockTransaction.quantity, StockTransaction.unit_cost)
        .join(Product, Product.id == StockTransaction.product_id)
        .where(
            StockTransaction.event_id == event_id,
            StockTransaction.kind == TransactionKind.ISSUE,
            StockTransaction.job_part_id.is_(None),
            Product.tracking == Tracking.CONSUMABLE,
        )
    )
    return round_money(sum((quantity * cost for quantity, cost in db.session.execute(query)), ZERO))
