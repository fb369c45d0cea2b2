"""How far a company has been set up: what is there of places, products, levels, stock and people."""

from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select

from app.extensions import db
from app.models import Location, LocationKind, Product, Role, Tracking, User, UserRole

SHELVES: Final = (LocationKind.ZONE, LocationKind.SHELF)


class SetUp(NamedTuple):
    """Counts of what a house needs before it works."""

    warehouses: int
    shelves: int
    products: int
    stocked: int
    consumables: int
    levelled: int
    """Consumables that say when they are ordered again."""
    people: int
    roles: int
    """Roles that somebody has."""


def counted(column: Any, *conditions: Any) -> Any:
    """How many rows fulfil the conditions, as one number of a larger question."""
    return select(func.count(column)).where(*conditions).scalar_subquery()


IS_KEPT: Final = (Product.archived_at.is_(None), Product.is_package.is_(False))
IS_USED_UP: Final = (*IS_KEPT, Product.tracking == Tracking.CONSUMABLE)
HELD_ROLES: Final = (
    select(func.count(func.distinct(Role.key)))
    .join(UserRole, UserRole.role_id == Role.id)
    .join(User, User.id == UserRole.user_id)
    .where(User.is_active)
    .scalar_subquery()
)
COUNTS: Final[Select[Any]] = select(
    counted(Location.id, Location.kind == LocationKind.WAREHOUSE, Location.archived_at.is_(None)),
    counted(Location.id, Location.kind.in_(SHELVES), Location.archived_at.is_(None)),
    counted(Product.id, *IS_KEPT),
    counted(Product.id, *IS_KEPT, Product.on_hand > 0),
    counted(Product.id, *IS_USED_UP),
    counted(Product.id, *IS_USED_UP, Product.reorder_level.is_not(None)),
    counted(User.id, User.is_active),
    HELD_ROLES,
)


def set_up() -> SetUp:
    """How far it has come: one statement."""
    return SetUp(*db.session.execute(COUNTS).one())
