"""What a count takes in: which places, and which products."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, true

from app.extensions import db
from app.models import Category, CountBy, Location, LocationKind, Product
from app.queries.usage import used
from app.rules.abc import AbcClass, classes

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Scope:
    """What is counted: everything in a place and below it, or of it a category, some products or a class.

    Without a place it is everywhere but at events.
    """

    location_id: int | None = None
    category_id: int | None = None
    product_ids: tuple[int, ...] = ()
    abc_class: AbcClass | None = None

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Scope":
        """A scope as it is kept."""
        known = kept.get("abc_class")
        return cls(
            kept.get("location_id"),
            kept.get("category_id"),
            tuple(kept.get("product_ids", ())),
            AbcClass(known) if known else None,
        )

    def as_json(self) -> dict[str, Any]:
        """As it is kept: only what is said."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def by(self) -> CountBy:
        """By what it is counted."""
        if self.product_ids:
            return CountBy.PRODUCT
        if self.abc_class:
            return CountBy.ABC_CLASS
        return CountBy.CATEGORY if self.category_id else CountBy.LOCATION


def places_in(location_id: int | None) -> list[int]:
    """A place and all places inside it, or all there are; what is at an event is counted by its scans."""
    first = Location.id == location_id if location_id else Location.parent_id.is_(None)
    tree = select(Location.id).where(first).cte("counted_places", recursive=True)
    inner = select(Location.id).join(tree, Location.parent_id == tree.c.id)
    inner = inner.where(Location.kind != LocationKind.EVENT_SITE)
    return sorted(db.session.scalars(select(tree.union(inner).c.id)))


def products_in(scope: Scope) -> ColumnElement[bool]:
    """True for the products that a scope takes in."""
    if scope.product_ids:
        return Product.id.in_(scope.product_ids)
    if scope.abc_class:
        return Product.id.in_(products_of_class(scope.abc_class))
    return Product.category_id == scope.category_id if scope.category_id else true()


def products_of_class(known: AbcClass) -> list[int]:
    """The products of a class, by what was used of them in a year."""
    return [product_id for product_id, found in class_of_each().items() if found is known]


def class_of_each() -> dict[int, AbcClass]:
    """Product → A, B or C, by the value of a year's use at its average cost."""
    now = datetime.now(UTC)
    pieces = used(now - YEAR, now)
    costs = select(Product.id, Product.average_cost).where(
        Product.archived_at.is_(None), Product.is_package.is_(False)
    )
    return classes(
        {row.id: max(pieces.get(row.id, 0), 0) * row.average_cost for row in db.session.execute(costs)}
    )


def described(scope: Scope) -> str:
    """A scope in words, such as “Cables in Hall A”."""
    place = name_of(Location, scope.location_id)
    what = ""
    if scope.product_ids:
        names = list(db.session.scalars(select(Product.name).where(Product.id.in_(scope.product_ids))))
        what = names[0] if len(names) == 1 else f"{len(names)} products"
    elif scope.abc_class:
        what = f"Class {scope.abc_class.value}"
    elif scope.category_id:
        what = name_of(Category, scope.category_id)
    if what and place:
        return f"{what} in {place}"
    return what or place or "Everything"


def name_of(model: type[Location] | type[Category], row_id: int | None) -> str:
    """What a place or a category is called."""
    if row_id is None:
        return ""
    return db.session.scalar(select(model.name).where(model.id == row_id)) or ""
