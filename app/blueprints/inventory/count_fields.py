"""What is said about counts, on screen and by programs."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.extensions import db
from app.fields import Count, Id, Input, Name, Reason, ShortText
from app.models import Category, CountAction, Location, LocationKind, Product
from app.queries.count_scope import Scope
from app.refusals import Refused
from app.rules.abc import AbcClass

MOST_PRODUCTS = 500
EveryDays = Annotated[int, Field(ge=1, le=3_660)]


class ScopeSaid(Input):
    """What is counted: a place with all that is inside it, or of it a category, some products or a class."""

    location_id: Id | None = None
    category_id: Id | None = None
    abc_class: AbcClass | None = None

    def narrowed(self, product_ids: list[int]) -> Scope:
        """As a scope. Raises Refused for what is not there, and for two ways of narrowing at once."""
        self.refuse_unknown(product_ids)
        if sum(map(bool, (self.category_id, product_ids, self.abc_class))) > 1:
            raise Refused("Choose a category, products or a class: one of them.", "category_id")
        return Scope(self.location_id, self.category_id, tuple(dict.fromkeys(product_ids)), self.abc_class)

    def refuse_unknown(self, product_ids: list[int]) -> None:
        """Everything that is named must be there. Raises Refused."""
        place = db.session.get(Location, self.location_id) if self.location_id else None
        if self.location_id and (place is None or place.archived_at is not None):
            raise Refused("There is no such location.", "location_id")
        if place is not None and place.kind is LocationKind.EVENT_SITE:
            raise Refused("What is at an event is counted by its scans.", "location_id")
        if self.category_id and db.session.get(Category, self.category_id) is None:
            raise Refused("There is no such category.", "category_id")
        if any(db.session.get(Product, product_id) is None for product_id in product_ids):
            raise Refused("There is no such product.", "product_ids")


class ReasonSaid(Input):
    """Why something is given up or taken back."""

    reason: Name


class SubmissionSaid(Input):
    """What becomes of what nobody counted: left as it is in the books, or taken as not there."""

    is_rest_none: bool = False


class ActionSaid(Input):
    """What is done about a difference; `none` leaves it at what is proposed."""

    action: CountAction
    from_id: Id | None = None
    note: Reason = ""


class PlanSaid(ScopeSaid):
    """What comes round every so many days, and when it is due next."""

    name: ShortText = ""
    every_days: EveryDays
    next_on: date
    is_blind: bool = True


__all__ = ["MOST_PRODUCTS", "ActionSaid", "Count", "PlanSaid", "ReasonSaid", "ScopeSaid", "SubmissionSaid"]
