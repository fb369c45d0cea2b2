"""The stock ledger: every movement, and what the movements sum to."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, OrganizationOwned, UnitCost, choice, names, refers_to, related
from app.models.inventory import Asset, Location, Product


class TransactionKind(StrEnum):
    """The four movements of the ledger."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"


class StockTransaction(OrganizationOwned, Base):
    """One movement in the ledger. It is never edited or deleted; a correction reverses it.

    `said_quantity` and `said_unit` are what a person wrote (2 boxes), `quantity` what it came to in the
    product's own unit (48 rolls). `total_after`, `from_after` and `to_after` are what there was after it:
    of the product in all, and in the places that it touched. They stand in the order of recording.
    `average_after` is what one piece costs on average from then on, where a movement with a cost of its own set it.

    On PostgreSQL it lies in a partition for each month of `recorded_at`, which is part of the key there; on SQLite
    closed years lie in a file of their own (whole_ledger.py). So nothing refers to this table, and what must be
    unique through all of it stands in Posting and Reversal.
    """

    __tablename__ = "stock_transaction"

    product_id: Mapped[int] = refers_to("product")
    asset_id: Mapped[int | None] = refers_to("asset")
    kind: Mapped[TransactionKind] = choice(TransactionKind)
    quantity: Mapped[int]
    said_quantity: Mapped[int | None]
    said_unit: Mapped[str] = mapped_column(default="")
    from_id: Mapped[int | None] = refers_to("location")
    to_id: Mapped[int | None] = refers_to("location")
    total_after: Mapped[int]
    from_after: Mapped[int | None]
    to_after: Mapped[int | None]
    unit_cost: Mapped[Decimal] = mapped_column(UnitCost(), default=Decimal(0))
    average_after: Mapped[Decimal | None] = mapped_column(UnitCost())
    reference_type: Mapped[str] = mapped_column(default="")
    reference_number: Mapped[str] = mapped_column(default="")
    event_id: Mapped[int | None] = refers_to("event")
    job_part_id: Mapped[int | None] = refers_to("job_part")
    order_line_id: Mapped[int | None] = refers_to("order_line")
    count_line_id: Mapped[int | None] = refers_to("count_line")
    notes: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = refers_to("user")
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    request_id: Mapped[str | None]
    reverses_id: Mapped[int | None] = names("stock_transaction")

    product: Mapped[Product] = related("Product", "StockTransaction.product_id")
    asset: Mapped[Asset | None] = related("Asset", "StockTransaction.asset_id")
    from_location: Mapped[Location | None] = related("Location", "StockTransaction.from_id")
    to_location: Mapped[Location | None] = related("Location", "StockTransaction.to_id")

    __table_args__ = (
        Index(None, "organization_id", "product_id", "happened_at"),
        Index(None, "organization_id", "product_id", "id"),
        Index(None, "organization_id", "happened_at"),
        # What was used in a time, of what, for what and at what cost: read from this index alone.
        Index(
            "ix_stock_transaction_used",
            "organization_id",
            "kind",
            "asset_id",
            "reverses_id",
            "happened_at",
            "product_id",
            "quantity",
            "unit_cost",
            "job_part_id",
            "event_id",
            "from_id",
            sqlite_where=text("kind = 'issue'"),
            postgresql_where=text("kind = 'issue'"),
        ),
        # What one cost on average at any past date: read from this index alone.
        Index(
            "ix_stock_transaction_average",
            "organization_id",
            "product_id",
            "id",
            "happened_at",
            "average_after",
            sqlite_where=text("average_after IS NOT NULL"),
            postgresql_where=text("average_after IS NOT NULL"),
        ),
        # The ledger of a place, newest first.
        Index(None, "organization_id", "from_id", "id"),
        Index(None, "organization_id", "to_id", "id"),
        Index(
            "ix_stock_transaction_reference_number",
            "organization_id",
            "reference_number",
            sqlite_where=text("reference_number <> ''"),
            postgresql_where=text("reference_number <> ''"),
        ),
        Index(None, "organization_id", "recorded_at"),
        *(
            Index(
                f"ix_stock_transaction_{name}",
                "organization_id",
                name,
                sqlite_where=text(f"{name} IS NOT NULL"),
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("job_part_id", "order_line_id", "count_line_id", "reverses_id")
        ),
        Index(None, "organization_id", "asset_id", "happened_at"),
        Index(None, "organization_id", "event_id"),
        CheckConstraint("quantity > 0", name="some"),
        CheckConstraint("asset_id IS NULL OR quantity = 1", name="one_asset_at_a_time"),
        CheckConstraint(
            "(kind = 'receipt' AND from_id IS NULL AND to_id IS NOT NULL)"
            " OR (kind = 'issue' AND from_id IS NOT NULL AND to_id IS NULL)"
            " OR (kind = 'transfer' AND from_id IS NOT NULL AND to_id IS NOT NULL AND from_id <> to_id)"
            " OR (kind = 'adjustment' AND ((from_id IS NULL) <> (to_id IS NULL)))",
            name="places_fit_kind",
        ),
        {"info": {"nothing_refers_here": True}},
    )


class Posting(Base):
    """A request that was posted: whoever sends it again learns what it wrote, and nothing moves twice.

    All that one request writes has this `recorded_at`, so that it is found in its month at once.
    """

    __tablename__ = "posting"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    request_id: Mapped[str] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime]

    __table_args__ = ({"sqlite_with_rowid": False},)


class Reversal(Base):
    """A movement that was reversed; the key sees to it that this happens once."""

    __tablename__ = "reversal"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    transaction_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]

    __table_args__ = ({"sqlite_with_rowid": False},)


class LedgerReach(Base):
    """Where the lines of the ledger lie: one row for the installation.

    On SQLite those up to `archived_id` lie in the archive beside the database. Those up to `dropped_id` are gone,
    by a setting; the ledger begins at `begins_at` then, with what BroughtForward tells.
    """

    __tablename__ = "ledger_reach"

    id: Mapped[int] = mapped_column(primary_key=True)
    archived_id: Mapped[int]
    dropped_id: Mapped[int]
    begins_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class BroughtForward(OrganizationOwned, Base):
    """What the lines that are gone summed to: how many of a product or which asset a place held by them, and what
    that had cost. With what is left it makes the levels; each time lines are dropped adds rows of its own.

    `happened_at` is when the last of them happened, `begins_at` where the ledger began from then on.
    """

    __tablename__ = "brought_forward"

    begins_at: Mapped[datetime]
    product_id: Mapped[int] = refers_to("product")
    asset_id: Mapped[int | None] = refers_to("asset")
    location_id: Mapped[int] = refers_to("location")
    quantity: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(UnitCost())
    happened_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "organization_id", "product_id"),
        {"info": {"nothing_refers_here": True}},
    )


class OpeningBalance(OrganizationOwned, Base):
    """What a place held of a product at a moment, by all movements that happened before it.

    With it nobody reads further back than to the turn of the year before. Never below zero is not promised
    here: who posts late what happened early may have had less than nothing in the books.
    """

    __tablename__ = "opening_balance"

    starts_at: Mapped[datetime]
    product_id: Mapped[int] = refers_to("product")
    location_id: Mapped[int] = refers_to("location")
    quantity: Mapped[int]

    __table_args__ = (
        UniqueConstraint("organization_id", "starts_at", "product_id", "location_id"),
        {"info": {"nothing_refers_here": True}},
    )


class OpeningValue(OrganizationOwned, Base):
    """What there was of a product in all at a moment, what one piece cost on average, and the movement that set
    this; nothing where none had happened by then."""

    __tablename__ = "opening_value"

    starts_at: Mapped[datetime]
    product_id: Mapped[int] = refers_to("product")
    quantity: Mapped[int]
    average: Mapped[Decimal | None] = mapped_column(UnitCost())
    set_by_id: Mapped[int | None] = names("stock_transaction")

    __table_args__ = (
        UniqueConstraint("organization_id", "starts_at", "product_id"),
        {"info": {"nothing_refers_here": True}},
    )


class StockLevel(OrganizationOwned, Base):
    """What the ledger sums to, by product and location; changed in the ledger's own transaction."""

    __tablename__ = "stock_level"

    product_id: Mapped[int] = refers_to("product")
    location_id: Mapped[int] = refers_to("location")
    quantity: Mapped[int]

    product: Mapped[Product] = related("Product", "StockLevel.product_id")
    location: Mapped[Location] = related("Location", "StockLevel.location_id")

    @hybrid_property
    def is_held(self) -> bool:
        """True where there is something. As a condition it is written just as the index of such levels has it."""
        return self.quantity > 0

    @is_held.inplace.expression
    @classmethod
    def _is_held(cls) -> ColumnElement[bool]:
        return cls.quantity > literal_column("0")

    __table_args__ = (
        UniqueConstraint("organization_id", "product_id", "location_id"),
        # What lies in a place, and what all of it is worth, is told by this index alone.
        Index(
            None,
            "organization_id",
            "location_id",
            "product_id",
            "quantity",
            sqlite_where=text("quantity > 0"),
            postgresql_where=text("quantity > 0"),
        ),
        CheckConstraint("quantity >= 0", name="not_negative"),
    )
