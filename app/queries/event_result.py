"""What an event earns: revenue and charges, costs planned beside actual, profit or loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from app.extensions import db
from app.models import CostKind, Event, EventCost
from app.rules.costing import margin, profit
from app.rules.money import ZERO

KINDS = {
    CostKind.EQUIPMENT: "Equipment (internal)",
    CostKind.CREW: "Crew hours",
    CostKind.TRANSPORT: "Transport",
    CostKind.SUBHIRE: "Sub-hire",
    CostKind.DAMAGE: "Damages",
    CostKind.OTHER: "Other",
}


@dataclass(frozen=True)
class KindSum:
    """The costs of one kind, with their sums."""

    kind: CostKind
    label: str
    rows: tuple[EventCost, ...]
    planned: Decimal
    actual: Decimal
    charge: Decimal


@dataclass(frozen=True)
class Result:
    """The figures of an event. A cost without an actual amount counts as planned."""

    agreed: Decimal
    charges: Decimal
    planned: Decimal
    actual: Decimal
    expected: Decimal
    groups: tuple[KindSum, ...]

    @property
    def revenue(self) -> Decimal:
        """What the client pays, net."""
        return self.agreed + self.charges

    @property
    def profit(self) -> Decimal:
        """What is left after costs; below zero is a loss."""
        return profit(self.revenue, self.expected)

    @property
    def planned_profit(self) -> Decimal:
        """What was to be left by plan."""
        return profit(self.agreed, self.planned)

    @property
    def margin(self) -> Decimal | None:
        """The profit as a share of the revenue; none without revenue."""
        return margin(self.revenue, self.expected)


def event_result(event: Event) -> Result:
    """The figures of an event, in one statement."""
    query = select(EventCost).where(EventCost.event_id == event.id).order_by(EventCost.id)
    rows = db.session.scalars(query).all()
    groups = tuple(group(kind, label, rows) for kind, label in KINDS.items())
    return Result(
        agreed=event.revenue,
        charges=sum((row.charge for row in rows), ZERO),
        planned=sum((part.planned for part in groups), ZERO),
        actual=sum((part.actual for part in groups), ZERO),
        expected=sum((expected(row) for row in rows), ZERO),
        groups=tuple(part for part in groups if part.rows),
    )


def group(kind: CostKind, label: str, rows: Sequence[EventCost]) -> KindSum:
    """The costs of one kind."""
    own = tuple(row for row in rows if row.kind is kind)
    return KindSum(
        kind,
        label,
        own,
        sum((row.planned or ZERO for row in own), ZERO),
        sum((row.actual or ZERO for row in own), ZERO),
        sum((row.charge for row in own), ZERO),
    )


def expected(row: EventCost) -> Decimal:
    """What a cost comes to: the actual amount, until then the planned one."""
    return row.planned or ZERO if row.actual is None else row.actual


def revenue_of(event: Event) -> Decimal:
    """What the client owes for an event, net: the agreed price and what is charged on top."""
    query = select(func.sum(EventCost.charge)).where(EventCost.event_id == event.id)
    return event.revenue + (db.session.scalar(query) or ZERO)
