"""What a new company has done already: the marks of a house that works."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Exists, func, or_, select

from app.extensions import db
from app.models import Deal, Event, Lead, StockLevel, User


@dataclass(frozen=True)
class Beginnings:
    """Which first things are there."""

    stock: bool
    event: bool
    enquiry: bool
    colleagues: bool

    @property
    def is_running(self) -> bool:
        """True when there is gear and something to take it to: nobody needs to be led any more."""
        return self.stock and self.event


def is_any(column: Any, *conditions: Any) -> Exists:
    """True when the table of a column holds a row."""
    return select(column).where(*conditions).exists()


COLLEAGUES: Final = select(func.count(User.id)).where(User.is_active).scalar_subquery()
BEGINNINGS: Final = select(
    is_any(StockLevel.product_id, StockLevel.is_held),
    is_any(Event.id),
    or_(is_any(Lead.id), is_any(Deal.id)),
    COLLEAGUES > 1,
)


def beginnings() -> Beginnings:
    """How far the company has come: one statement."""
    return Beginnings(*(bool(mark) for mark in db.session.execute(BEGINNINGS).one()))
