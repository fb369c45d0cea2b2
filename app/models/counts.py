"""Physical counts: what is really there, beside what the ledger says."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.accounts import User
from app.models.base import Amount, Base, OrganizationOwned, choice, refers_to, related
from app.models.inventory import Asset, Condition, Location, Product


class CountBy(StrEnum):
    """What a count takes in."""

    LOCATION = "location"
    CATEGORY = "category"
    PRODUCT = "product"
    ABC_CLASS = "abc_class"


class CountState(StrEnum):
    """How far a count has come."""

    COUNTING = "counting"
    REVIEW = "review"
    POSTED = "posted"
    REVERSED = "reversed"
    CANCELLED = "cancelled"


OPEN_COUNTS = (CountState.COUNTING, CountState.REVIEW)


class CountPlan(OrganizationOwned, Base):
    """A count that comes round again every so many days."""

    __tablename__ = "count_plan"

    name: Mapped[str]
    count_by: Mapped[CountBy] = choice(CountBy)
    scope: Mapped[dict[str, Any]]
    is_blind: Mapped[bool] = mapped_column(default=True)
    every_days: Mapped[int] = mapped_column(default=91)
    next_on: Mapped[date]
    reminded_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "organization_id", "next_on"),
        CheckConstraint("every_days > 0", name="comes_round"),
    )


class CountSession(OrganizationOwned, Base):
    """A physical count session. `scope` names the location, category, products or class that it takes in.

    What is sent back to be counted again is counted in a later round, by somebody else. The last four
    are written when it is posted: how many lines were counted and right, and what the others were worth.
    """

    __tablename__ = "count_session"

    number: Mapped[str]
    name: Mapped[str]
    count_by: Mapped[CountBy] = choice(CountBy)
    scope: Mapped[dict[str, Any]]
    is_blind: Mapped[bool] = mapped_column(default=True)
    round: Mapped[int] = mapped_column(default=1)
    is_rest_none: Mapped[bool] = mapped_column(default=False)
    """What nobody counted is taken as not there; else it is left as it stands in the books."""
    state: Mapped[CountState] = choice(CountState, default=CountState.COUNTING)
    plan_id: Mapped[int | None] = refers_to("count_plan")
    started_at: Mapped[datetime]
    started_by_id: Mapped[int | None] = refers_to("user")
    finished_at: Mapped[datetime | None]
    finished_by_id: Mapped[int | None] = refers_to("user")
    posted_at: Mapped[datetime | None]
    posted_by_id: Mapped[int | None] = refers_to("user")
    reversed_at: Mapped[datetime | None]
    reversed_by_id: Mapped[int | None] = refers_to("user")
    reason: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    lines_counted: Mapped[int | None]
    lines_right: Mapped[int | None]
    value_over: Mapped[Decimal | None] = mapped_column(Amount())
    value_short: Mapped[Decimal | None] = mapped_column(Amount())

    started_by: Mapped[User | None] = related("User", "CountSession.started_by_id")
    finished_by: Mapped[User | None] = related("User", "CountSession.finished_by_id")
    posted_by: Mapped[User | None] = related("User", "CountSession.posted_by_id")
    reversed_by: Mapped[User | None] = related("User", "CountSession.reversed_by_id")

    @property
    def is_open(self) -> bool:
        """True until it is posted or given up."""
        return self.state in OPEN_COUNTS

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index(None, "organization_id", "state", "started_at"),
    )


class CountAction(StrEnum):
    """What is done about a difference."""

    NONE = "none"
    ADJUST = "adjust"
    TRANSFER = "transfer"
    RECOUNT = "recount"
    IGNORE = "ignore"


class CountLine(OrganizationOwned, Base):
    """A product (or one asset) in one place of a count: what the ledger said when the count began.

    `known_until` is the id of the last movement of the product that `expected` knows of. `round` is the
    round in which the line is to be counted.
    """

    __tablename__ = "count_line"

    count_id: Mapped[int] = refers_to("count_session")
    product_id: Mapped[int] = refers_to("product")
    location_id: Mapped[int] = refers_to("location")
    asset_id: Mapped[int | None] = refers_to("asset")
    expected: Mapped[int]
    known_until: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=1)
    is_added: Mapped[bool] = mapped_column(default=False)
    """Found here although the ledger knew nothing of it here."""
    action: Mapped[CountAction] = choice(CountAction, default=CountAction.NONE)
    transfer_from_id: Mapped[int | None] = refers_to("location")
    note: Mapped[str] = mapped_column(default="")
    difference: Mapped[int | None]
    """By how much what was counted differed from the books when the count was posted."""
    posted_difference: Mapped[int | None]
    """By how much the count's own movements changed what the books say is here."""
    condition_before: Mapped[Condition | None] = choice(Condition)
    """In what state an asset was that the count took out of the books or brought back."""

    product: Mapped[Product] = related("Product", "CountLine.product_id")
    location: Mapped[Location] = related("Location", "CountLine.location_id")
    asset: Mapped[Asset | None] = related("Asset", "CountLine.asset_id")

    __table_args__ = (
        Index(None, "organization_id", "count_id", "location_id", "product_id"),
        UniqueConstraint("organization_id", "count_id", "product_id", "location_id", "asset_id"),
        Index(
            "uq_count_line_counted", "organization_id", "count_id", "product_id", "location_id", unique=True,
            sqlite_where=text("asset_id IS NULL"), postgresql_where=text("asset_id IS NULL"),
        ),
    )  # fmt: skip


class CountEntry(OrganizationOwned, Base):
    """One thing that somebody counted: so many, here, then. Never edited; the sum of a line's entries counts.

    One that takes back another names it.
    """

    __tablename__ = "count_entry"

    count_id: Mapped[int] = refers_to("count_session")
    line_id: Mapped[int] = refers_to("count_line")
    uuid: Mapped[str]
    quantity: Mapped[int]
    raw_code: Mapped[str] = mapped_column(default="")
    takes_back_id: Mapped[int | None] = refers_to("count_entry")
    round: Mapped[int] = mapped_column(default=1)
    """What was counted in a round before the line's own counts no more."""
    by_id: Mapped[int | None] = refers_to("user")
    by_name: Mapped[str] = mapped_column(default="")
    counted_at: Mapped[datetime]
    recorded_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organization_id", "uuid"),
        UniqueConstraint("organization_id", "takes_back_id"),
        Index(None, "organization_id", "count_id", "line_id", "id"),
        Index(None, "organization_id", "count_id", "by_id", "id"),
    )
